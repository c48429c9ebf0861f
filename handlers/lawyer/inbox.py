"""收件箱: what lies on somebody's desk, in piles and pages, and the card of a case."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.choices import Choices, on_case
from handlers.conversation import Button, ButtonRows, Reply, rows
from handlers.lawyer import at_hand, cards, on_leave
from handlers.turn import Turn
from storage.models import FileStatus
from storage.types import CaseId
from union import evidence, workload
from union.access import find_case
from union.codes import read_code, spoken
from union.errors import NotFound
from union.workload import Desk, Pile

PAGE = 20

PILES: Mapping[Pile, str] = {Pile.ALL: "全部", Pile.CONTACT: "等我联系", Pile.REPLY: "等我回复", Pile.WORK: "办理中"}


async def inbox(turn: Turn, pile: Pile = Pile.ALL, page: int = 0) -> list[Reply]:
    """收件箱 and /inbox: open cases, those whose clock runs first."""
    actor = await turn.actor()
    page = max(0, min(page, 10_000))
    desk = await workload.desk_of(turn.session, actor, pile, page=page, size=PAGE)
    away = await on_leave.reminder(turn)
    if not desk.counts[Pile.ALL]:
        return [*away, Reply(text="收件箱是空的，目前没有派给您的案件。有新案件会马上通知您。")]
    if page and not desk.cases:
        return await inbox(turn, pile, 0)
    waiting, asked = desk.counts[Pile.CONTACT], desk.counts[Pile.REPLY]
    text = f"共 {desk.counts[Pile.ALL]} 件，" + (f"其中 {waiting} 件还在等您联系。" if waiting else "都已联系上。")
    if asked:
        text += f"有 {asked} 件对方说了话，等您回复。"
    text += "\n点开办理：" if desk.cases else f"\n“{PILES[pile]}”里现在没有案件。"
    last = max(0, (desk.counts[pile] - 1) // PAGE)
    buttons = [
        Button(label=cards.short_line(case, turn.now, desk.unread.get(case.id, 0)), choice=f"c:card:{case.id}") for case in desk.cases
    ]
    title = "收件箱" + (f" · {PILES[pile]}" if pile is not Pile.ALL else "") + (f"（第 {page + 1}/{last + 1} 页）" if last else "")
    return [*away, Reply(title=title, text=text, buttons=(*rows(buttons, 1), *_turning(pile, page, last), *_piles(pile, desk)))]


def _turning(pile: Pile, page: int, last: int) -> ButtonRows:
    turns = [
        Button(label=label, choice=f"c:inbox:{to}:{pile}") for label, to in (("上一页", page - 1), ("下一页", page + 1)) if 0 <= to <= last
    ]
    return (tuple(turns),) if turns else ()


def _piles(shown: Pile, desk: Desk) -> ButtonRows:
    """The other piles, as far as there is anything in them and they are not all there is."""
    everything = desk.counts[Pile.ALL]
    others = [pile for pile in PILES if pile is not shown and desk.counts[pile] and (pile is Pile.ALL or desk.counts[pile] < everything)]
    return rows([Button(label=f"{PILES[pile]} {desk.counts[pile]}", choice=f"c:inbox:0:{pile}") for pile in others], 4)


async def _page(turn: Turn, parts: list[str]) -> list[Reply]:
    pile = Pile(parts[1]) if len(parts) > 1 else Pile.ALL
    turn.state.room = None
    return await inbox(turn, pile, int(parts[0]))


async def show(turn: Turn, case_id: CaseId) -> list[Reply]:
    """The card of a case."""
    return [await at_hand.card(turn, await at_hand.look(turn, case_id))]


async def show_whole(turn: Turn, case_id: CaseId) -> list[Reply]:
    """看全文."""
    return [await at_hand.card(turn, await at_hand.look(turn, case_id), full=True)]


async def by_code(turn: Turn, text: str) -> list[Reply]:
    """/case 4829 1376."""
    code = read_code(text)
    if code is None:
        return [Reply(text="请在 /case 后面写 8 位案件编号，例如：/case 4829 1376")]
    try:
        case = await find_case(turn.session, await turn.actor(), code, "see")
    except NotFound:
        return [Reply(text=at_hand.NOT_YOURS)]
    return await show_whole(turn, case.id)


async def files(turn: Turn, case_id: CaseId) -> list[Reply]:
    """看材料: the evidence, one message each."""
    case = await at_hand.look(turn, case_id)
    found = await evidence.of_case(turn.session, case.id)
    if not found:
        return [Reply(text="这个案件还没有材料。")]
    stored = [file for file in found if file.status is FileStatus.STORED]
    replies = [Reply(text=f"材料 {n}/{len(found)} · 案件 {spoken(case.code)}", file=file.id) for n, file in enumerate(stored, 1)]
    missing = len(found) - len(stored)
    if missing:
        replies.append(Reply(text=f"还有 {missing} 份材料正在接收或已失效，请稍后再点“看材料”。"))
    return replies


async def history(turn: Turn, case_id: CaseId) -> list[Reply]:
    """办理经过: the case's history, in words."""
    from handlers.staff.history import told

    case = await at_hand.look(turn, case_id)
    text = await told(turn.session, case.id, turn.house.rules)
    return [Reply(title=at_hand.titled("办理经过", case), text=text, buttons=((at_hand.back(case),),))]


CHOICES: Choices = {
    "c:inbox": _page,
    "c:card": on_case(show),
    "c:show": on_case(show_whole),
    "c:files": on_case(files),
    "c:history": on_case(history),
}
