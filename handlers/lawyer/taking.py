"""接单, 退单, 转办: who takes a case, who gives it back, who hands it over in the middle of the work."""

from __future__ import annotations

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply, rows
from handlers.lawyer import at_hand, cards
from handlers.turn import Turn
from storage.models import Case, CaseKind
from storage.types import CaseId
from union import alarms, cases, routing
from union.codes import spoken
from union.errors import IllegalTransition, InConflict
from union.lifecycle import AT_WORK

LEAVE_ROOM = "c:leave"

DECLINE_REASONS: tuple[tuple[str, str], ...] = (
    ("与该单位有利益冲突", "conflict"),
    ("手上案件太多", "busy"),
    ("不熟悉这类案件", "topic"),
    ("休假或外出", "away"),
)
OVER_REASONS = (*DECLINE_REASONS, ("职工希望换一位律师", "wish"))


async def accept(turn: Turn, case_id: CaseId) -> list[Reply]:
    """接单. The clock runs on until the worker has heard from the one who accepted, and the screen says so."""
    case = await at_hand.take(turn, case_id, "accept")
    try:
        fresh = await cases.accept(turn.session, case, at_hand.me(turn), turn.house.rules, turn.now)
    except InConflict:
        return await give_back(turn, case_id, "conflict", declared=True)
    except IllegalTransition:
        return [await at_hand.card(turn, case)]
    if case.kind is CaseKind.INCIDENT:  # who takes it in hand has heard the alarm: their level is not asked again
        await alarms.acknowledge(turn.session, case, await turn.actor(), turn.now)
    await turn.session.flush()
    shown = await at_hand.card(turn, case, title="已接单 ·" if fresh else "您已经接过这件了 ·")
    if turn.state.draft is not None:  # what is typed next goes there, and not to whom the card shows
        return [shown, *at_hand.unfinished(turn)]
    if case.intervened_at is not None:
        return [shown]
    turn.state.room = case.id
    dispute = case.kind is CaseKind.DISPUTE
    clock, done = ("24 小时的钟", "介入") if dispute else ("首次联系的时限", "联系上")
    hint = (
        f"对方已收到通知。{clock}还在走：您的第一条消息送到对方手里（或者登记一次通话、见面）才算{done}。\n\n"
        f"现在直接打字，就会发给案件 {spoken(case.code)} 的{cards.role(case)}。"
    )
    buttons = (
        (Button(label="用常用语", choice=f"c:canned:{case.id}"), Button(label="记电话、见面", choice=f"c:log:{case.id}")),
        (Button(label="以后再写", choice=LEAVE_ROOM),),
    )
    return [shown, Reply(text=hint, buttons=buttons)]


async def ask_decline(turn: Turn, case_id: CaseId) -> list[Reply]:
    """退单: why?"""
    case = await at_hand.take(turn, case_id, "decline")
    if case.status in AT_WORK:
        return await ask_over(turn, case_id)
    if case.lawyer_id is None:
        return [_not_a_lawyers(case)]
    buttons = [Button(label=label, choice=f"c:declined:{case.id}:{code}") for label, code in DECLINE_REASONS]
    back = at_hand.back(case, "不退了")
    return [
        Reply(text=f"退回案件 {spoken(case.code)} 的原因是？案件会马上派给下一位律师，时钟不停。", buttons=(*rows(buttons, 1), (back,)))
    ]


async def decline(turn: Turn, case_id: CaseId, reason: str) -> list[Reply]:
    """退单, with a reason: it goes to the next at once."""
    if reason not in {code for _, code in DECLINE_REASONS}:
        return await ask_decline(turn, case_id)
    case = await at_hand.take(turn, case_id, "decline")
    if case.status in AT_WORK:  # an old button: handing over is another matter, and asks once more
        return await ask_over(turn, case_id)
    if case.lawyer_id is None:
        return [_not_a_lawyers(case)]
    return await give_back(turn, case_id, reason)


async def give_back(turn: Turn, case_id: CaseId, reason: str, *, declared: bool = False) -> list[Reply]:
    """A lawyer's case goes to the next: declined before the first contact, handed over after it. declared: a conflict noted before came to light."""
    case = await at_hand.take(turn, case_id, "decline")
    _leave(turn, case)
    why = "您或您的律所登记过和这家单位有利益冲突，" if declared else ""
    if case.status in AT_WORK:
        return await _hand_over(turn, case, reason, why)
    try:
        await routing.decline(turn.session, case, at_hand.me(turn), turn.house.rules, turn.now, reason=reason)
    except IllegalTransition:
        return [await at_hand.card(turn, case)]
    await turn.session.flush()
    note = ((Button(label="登记利益冲突，以后不再派", choice="m:conflict"),),) if reason == "conflict" and not declared else ()
    return [Reply(text=f"{why}案件 {spoken(case.code)} 已退回，{_next_words(case)}", buttons=note)]


def _next_words(case: Case) -> str:
    return "正在派给下一位律师。" if case.lawyer_id is not None else "暂时没有别的律师能接，已请工会工作人员人工安排。"


async def ask_over(turn: Turn, case_id: CaseId) -> list[Reply]:
    """转办: why?"""
    case = await at_hand.take(turn, case_id, "hand_over")
    if case.lawyer_id is None:
        return [_not_a_lawyers(case)]
    if case.status not in AT_WORK:
        return await ask_decline(turn, case_id)
    buttons = [Button(label=label, choice=f"c:overed:{case.id}:{code}") for label, code in OVER_REASONS]
    text = (
        f"把案件 {spoken(case.code)} 转给别的律师，原因是？\n"
        "对话、材料、内部备注都会转过去，职工会收到通知。建议先写一条内部备注，说清办到哪里、下一步要做什么。"
    )
    last = (Button(label="先写备注", choice=f"c:note:{case.id}"), at_hand.back(case, "不转了"))
    return [Reply(title=at_hand.titled("转办", case), text=text, buttons=(*rows(buttons, 1), last))]


async def hand_over(turn: Turn, case_id: CaseId, reason: str) -> list[Reply]:
    """转办, with a reason."""
    if reason not in {code for _, code in OVER_REASONS}:
        return await ask_over(turn, case_id)
    case = await at_hand.take(turn, case_id, "hand_over")
    if case.lawyer_id is None:
        return [_not_a_lawyers(case)]
    if case.status not in AT_WORK:
        return [await at_hand.card(turn, case)]
    return await _hand_over(turn, case, reason, "")


async def _hand_over(turn: Turn, case: Case, reason: str, why: str) -> list[Reply]:
    went = await routing.hand_over(turn.session, case, at_hand.me(turn), turn.house.rules, turn.now, reason=reason)
    if not went:
        text = f"{why}但现在没有别的律师能接。已请工会工作人员人工安排；在那之前案件 {spoken(case.code)} 还在您名下，请照看好期限。"
        return [Reply(text=text if why else text.removeprefix("但"), buttons=((at_hand.back(case),),))]
    _leave(turn, case)
    return [Reply(text=f"{why}案件 {spoken(case.code)} 已转给下一位律师，职工和对方都收到了通知。谢谢您办到现在。")]


def _leave(turn: Turn, case: Case) -> None:
    if turn.state.room == case.id:
        turn.state.room = None


def _not_a_lawyers(case: Case) -> Reply:
    return Reply(text="这件事由工会工作人员负责，不走律师退单。办不了请上报，或请同事接手。", buttons=((at_hand.back(case),),))


CHOICES: Choices = {
    "c:accept": on_case(accept),
    "c:decline": on_case(ask_decline),
    "c:declined": on_case(decline),
    "c:over": on_case(ask_over),
    "c:overed": on_case(hand_over),
}
