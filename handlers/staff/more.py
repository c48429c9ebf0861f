"""更多: everything else that staff may do with a case now."""

from __future__ import annotations

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply, rows
from handlers.lawyer import at_hand
from handlers.turn import Turn
from storage.models import Case, CaseKind, CaseStatus
from storage.types import CaseId
from union import links, mediation, publishing, referral
from union.lifecycle import OPEN


async def more(turn: Turn, case_id: CaseId) -> list[Reply]:
    """更多: everything else that staff may do with this case now."""
    case = await at_hand.look(turn, case_id, "link")
    buttons = await _while_open(turn, case) if case.status in OPEN else await _ended(turn, case)
    if not case.anonymous and (case.contact_name or case.contact_phone):
        buttons.append(Button(label="看联系方式", choice=f"s:contact:{case.id}"))
    buttons.append(Button(label="内部备注", choice=f"c:notes:{case.id}"))
    if case.kind is CaseKind.INCIDENT:
        buttons.append(Button(label="谁在什么时候知道", choice=f"s:who:{case.id}"))
    return [Reply(title=at_hand.titled("更多", case), text="要做什么？", buttons=(*rows(buttons, 2), (at_hand.back(case),)))]


async def _while_open(turn: Turn, case: Case) -> list[Button]:
    found = [Button(label="调解安排" if await mediation.planned(turn.session, case.id) else "约调解", choice=f"s:mediate:{case.id}")]
    if referral.leads_to_inspectorate(case):
        found.append(Button(label="移送劳动监察", choice=f"s:inspect:{case.id}"))
    found += [
        Button(label="逐级上报", choice=f"c:up:{case.id}"),
        Button(label="转给别的单位", choice=f"s:refer:{case.id}"),
        Button(label="并案、拆案、群体", choice=f"s:links:{case.id}"),
        Button(label="恢复时钟", choice=f"s:resume:{case.id}")
        if case.paused_at is not None
        else Button(label="联系不上，暂停时钟", choice=f"s:askpause:{case.id}"),
    ]
    return found


async def _ended(turn: Turn, case: Case) -> list[Button]:
    found = []
    if case.status in (CaseStatus.CLOSED, CaseStatus.RATED):
        found.append(Button(label="重新办理", choice=f"s:reopen:{case.id}"))
    if publishing.may_publish(case):
        found.append(Button(label="公开答复", choice=f"s:publish:{case.id}"))
    if await mediation.of_case(turn.session, case.id):
        found.append(Button(label="调解安排", choice=f"s:mediate:{case.id}"))
    if await links.merged_into(turn.session, case.id):
        found.append(Button(label="并进来的案件", choice=f"s:links:{case.id}"))
    return found


CHOICES: Choices = {"s:more": on_case(more)}
