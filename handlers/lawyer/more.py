"""更多: everything that can be done with a case and is not needed every day, as one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply, rows
from handlers.lawyer import at_hand, cards
from handlers.lawyer.standing import Standing, standing_of
from handlers.turn import Turn
from storage.models import Case, CaseKind, CaseStatus
from storage.types import CaseId
from union import publishing
from union.lifecycle import AT_WORK, OPEN


def _open(case: Case, standing: Standing) -> bool:
    return case.status in OPEN


def _given(case: Case, standing: Standing) -> bool:
    return case.status in OPEN and case.status is not CaseStatus.RECEIVED


def _at_work(case: Case, standing: Standing) -> bool:
    return case.status in AT_WORK


def _dispute(case: Case, standing: Standing) -> bool:
    return case.kind is CaseKind.DISPUTE


def _open_dispute(case: Case, standing: Standing) -> bool:
    return case.kind is CaseKind.DISPUTE and case.status in OPEN


def _dispute_at_work(case: Case, standing: Standing) -> bool:
    return case.kind is CaseKind.DISPUTE and case.status in AT_WORK


def _always(case: Case, standing: Standing) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Item:
    """Something to do. choice: what its button says, before the number of the case. when: whether it can be done now."""

    label: str
    choice: str
    when: Callable[[Case, Standing], bool] = _always


ITEMS: tuple[Item, ...] = (
    Item("请打电话的", "c:calls", lambda case, standing: bool(standing.calls) and case.status in OPEN),
    Item("记电话、见面", "c:log", _open),
    Item("走到哪一步", "c:steps", _dispute_at_work),
    Item("记日期", "c:dates", _open_dispute),
    Item("内部备注", "c:notes"),
    Item("看对话", "c:talk"),
    Item("文书草稿", "c:papers", _dispute),
    Item("退单", "c:decline", lambda case, standing: case.lawyer_id is not None and case.status is CaseStatus.ACCEPTED),
    Item("转办", "c:over", lambda case, standing: case.lawyer_id is not None and case.status in AT_WORK),
    Item("联系不上对方", "c:lost", lambda case, standing: _given(case, standing) and case.paused_at is None),
    Item("约调解", "s:mediate", _open_dispute),
    Item("拆出一件", "c:split", _open),
    Item("写给群体里每个人", "c:groupword", lambda case, standing: case.collective_id is not None and _given(case, standing)),
    Item("逐级上报", "c:up", lambda case, standing: case.lawyer_id is None and case.status in OPEN),
    Item("转单位、并案等", "s:more", lambda case, standing: case.lawyer_id is None and case.status in OPEN),
    Item("公开答复", "s:publish", lambda case, standing: case.lawyer_id is None and publishing.may_publish(case)),
    Item("重新办理等", "s:more", lambda case, standing: case.lawyer_id is None and case.status not in OPEN),
    Item("办结", "c:close", _at_work),
    Item("办理经过", "c:history"),
)
"""In the order of the screen."""


async def show(turn: Turn, case_id: CaseId) -> list[Reply]:
    """更多: what can be done with this case now. Who only looks at it sees the card."""
    case = await at_hand.look(turn, case_id)
    if not cards.handled_by(case, turn.person_id):
        return [await at_hand.card(turn, case)]
    standing = await standing_of(turn.session, case, turn.house.rules, turn.now, mine=True)
    buttons = [Button(label=item.label, choice=f"{item.choice}:{case.id}") for item in ITEMS if item.when(case, standing)]
    text = f"{cards.who(case)}，{cards.clock_line(case, turn.now)}"
    return [Reply(title=at_hand.titled("更多", case), text=text, buttons=(*rows(buttons, 2), (at_hand.back(case),)))]


CHOICES: Choices = {"c:more": on_case(show)}
