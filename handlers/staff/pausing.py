"""Clocks that stand still because the worker can't be reached, the worker's contact, and taking an ended case up again."""

from __future__ import annotations

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply
from handlers.lawyer import at_hand
from handlers.turn import Turn
from handlers.wording import countdown
from storage.models import Case, CaseStatus
from storage.types import CaseId
from union import cases, history
from union.alerts import Fact, tell
from union.codes import spoken
from union.errors import IllegalTransition
from union.lifecycle import ENDED


def _over(case: Case) -> list[Reply]:
    return [Reply(text=f"案件 {spoken(case.code)} 已经结束，没有时钟在走了。", buttons=((at_hand.back(case),),))]


async def ask_pause(turn: Turn, case_id: CaseId) -> list[Reply]:
    """联系不上，暂停时钟: what that means, before it is done."""
    case = await at_hand.take(turn, case_id, "pause")
    if case.status in ENDED:
        return _over(case)
    text = "请先自己联系一次职工（“看联系方式”）。确实联系不上再暂停：24 小时等时限先停着，职工一说话就接着走；每 3 天会提醒再联系一次。"
    buttons = (Button(label="确认暂停", choice=f"s:pause:{case.id}"), at_hand.back(case))
    return [Reply(title=at_hand.titled("暂停时钟", case), text=text, buttons=(buttons,))]


async def pause(turn: Turn, case_id: CaseId) -> list[Reply]:
    """确认暂停: staff have seen for themselves that the worker can't be reached."""
    case = await at_hand.take(turn, case_id, "pause")
    try:
        fresh = await cases.pause(turn.session, case, turn.house.rules, turn.now, by=at_hand.me(turn))
    except IllegalTransition:
        return _over(case)
    if not fresh:
        return [Reply(text=f"案件 {spoken(case.code)} 的时钟已经停着了。", buttons=((at_hand.back(case),),))]
    resume_it = Button(label="联系上了，恢复时钟", choice=f"s:resume:{case.id}")
    return [
        Reply(
            text=f"案件 {spoken(case.code)} 的时钟先停着，办案的人已收到通知。职工一说话就自动接着走；您联系上了也可以点下面。",
            buttons=((resume_it, at_hand.back(case)),),
        )
    ]


async def refuse_pause(turn: Turn, case_id: CaseId) -> list[Reply]:
    """不同意: the clock runs on, and whoever asked is told to try again."""
    case = await at_hand.take(turn, case_id, "pause")
    if case.status in ENDED:
        return _over(case)
    if case.paused_at is not None:
        return [Reply(text=f"案件 {spoken(case.code)} 的时钟已经停了。要让它接着走，点“恢复时钟”。", buttons=((_resume(case),),))]
    history.note(turn.session, case.id, "case.pause_refused", turn.now, actor_id=at_hand.me(turn))
    if case.responsible_id is not None and case.responsible_id != turn.person_id:
        await tell(turn.session, case.responsible_id, Fact.PAUSE_REFUSED, turn.now, subject="case", subject_id=case.id)
    return [Reply(text=f"好的，案件 {spoken(case.code)} 的时钟照走，已请办案的人再联系。", buttons=((at_hand.back(case),),))]


def _resume(case: Case) -> Button:
    return Button(label="恢复时钟", choice=f"s:resume:{case.id}")


async def resume(turn: Turn, case_id: CaseId) -> list[Reply]:
    """恢复时钟: the worker can be reached again."""
    case = await at_hand.take(turn, case_id, "resume")
    try:
        fresh = await cases.resume(turn.session, case, turn.house.rules, turn.now, by=at_hand.me(turn))
    except IllegalTransition:
        return _over(case)
    left = f"（{countdown(case.due_at, turn.now)}）" if case.intervened_at is None else ""
    text = f"案件 {spoken(case.code)} 的时钟接着走{left}，办案的人已收到通知。" if fresh else f"案件 {spoken(case.code)} 的时钟没有停。"
    return [Reply(text=text, buttons=((at_hand.back(case),),))]


async def contact(turn: Turn, case_id: CaseId) -> list[Reply]:
    """看联系方式: name and phone, left for the union alone when nothing else reaches the worker; who looked is written down."""
    case = await at_hand.take(turn, case_id, "see_contact")
    if case.anonymous or not (case.contact_name or case.contact_phone):
        text = "这位职工是匿名的，没有留联系方式。" if case.anonymous else "这位职工没有留联系方式。"
        return [Reply(text=f"{text}只能通过办案的人在机器人里联系。", buttons=((at_hand.back(case),),))]
    history.note(turn.session, case.id, "case.contact_seen", turn.now, actor_id=at_hand.me(turn))
    lines = [f"称呼：{case.contact_name or '没有留'}", f"电话：{case.contact_phone or '没有留'}"]
    text = "\n".join([*lines, "", "职工留电话是给工会联系不上时用的，请不要转给单位或别人。您看过这一次已记入办理经过。"])
    return [Reply(title=at_hand.titled("联系方式", case), text=text, buttons=((at_hand.back(case),),))]


async def ask_reopen(turn: Turn, case_id: CaseId) -> list[Reply]:
    """重新办理: are you sure?"""
    case = await at_hand.take(turn, case_id, "reopen")
    if case.status is CaseStatus.WITHDRAWN:
        return [_taken_back(case)]
    buttons = (Button(label="确定重新办理", choice=f"s:reopened:{case.id}"), at_hand.back(case))
    return [Reply(text=f"案件 {spoken(case.code)} 会回到原来办案的人手里，对方马上收到通知。确定吗？", buttons=(buttons,))]


async def reopen(turn: Turn, case_id: CaseId) -> list[Reply]:
    """A closed case is taken up again, after a low rating say. What the worker took back is the worker's to bring again."""
    case = await at_hand.take(turn, case_id, "reopen")
    if case.status is CaseStatus.WITHDRAWN:
        return [_taken_back(case)]
    try:
        await cases.reopen(turn.session, case, turn.house.rules, turn.now, by=at_hand.me(turn))
    except IllegalTransition:
        return [Reply(text=f"案件 {spoken(case.code)} 现在不能重新办理。", buttons=((at_hand.back(case),),))]
    return [Reply(text=f"案件 {spoken(case.code)} 已重新办理。", buttons=((at_hand.back(case),),))]


def _taken_back(case: Case) -> Reply:
    return Reply(text=f"案件 {spoken(case.code)} 是职工自己撤回的，要不要重新办由本人决定。", buttons=((at_hand.back(case),),))


CHOICES: Choices = {
    "s:askpause": on_case(ask_pause),
    "s:pause": on_case(pause),
    "s:nopause": on_case(refuse_pause),
    "s:resume": on_case(resume),
    "s:contact": on_case(contact),
    "s:reopen": on_case(ask_reopen),
    "s:reopened": on_case(reopen),
}
