"""How each fact reads on a screen. Delivery asks at the moment of sending, so the words tell how things stand then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.conversation import Button, Reply
from handlers.lawyer import cards
from handlers.staff import notice as notice_words
from handlers.wording import OUTCOME, countdown, money, span
from handlers.worker.my_cases import stars
from handlers.worker.welcome import HOTLINE
from storage.models import Case, CaseStatus, Notice, NoticeStatus, RoomMessage
from storage.types import CaseId, NoticeId, PersonId
from union import cases, evidence, notices, people
from union.alerts import Fact
from union.codes import spoken
from union.rules import Rule
from union.units import unit_card

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class About:
    """What the words for a fact about a case are made from. reader: who will read them."""

    session: AsyncSession
    case: Case
    params: Params
    reader: PersonId
    rules: Mapping[str, Rule]
    now: datetime


async def render(
    session: AsyncSession, fact: Fact, params: Params, *, reader: PersonId, rules: Mapping[str, Rule], now: datetime
) -> Reply | None:
    """The words for a fact; None when it need not be said any more (the case has moved on, the lawyer is another one)."""
    if "message" in params:
        return await _room(session, fact, params, reader)
    if "notice" in params or "notice_progress" in params:
        return await _notice(session, fact, params)
    case = await session.get(Case, CaseId(params["case"]))
    if case is None:
        return None
    return await _CASE_WORDS[fact](About(session, case, params, reader, rules, now))


async def _desk_card(about: About, *, title: str, mine: bool) -> Reply:
    unit = await unit_card(about.session, about.case.unit_id)
    files = len(await evidence.of_case(about.session, about.case.id))
    return cards.card(about.case, unit.place, files, about.rules, about.now, title=title, mine=mine)


async def _assigned(about: About) -> Reply | None:
    case = about.case
    if case.lawyer_id != about.reader or case.status in cases.ENDED:
        return None
    return await _desk_card(about, title="新案件派给您 ·", mine=True)


async def _reminder(about: About) -> Reply | None:
    case = about.case
    if case.lawyer_id != about.reader or case.intervened_at is not None or case.status in cases.ENDED:
        return None
    due = case.received_at + about.rules["intervention"].due
    urged = "工会工作人员催办。" if about.params.get("urged") else ""
    first = (Button(label="写给职工", choice=f"c:room:{case.id}"), Button(label="看案件", choice=f"c:card:{case.id}"))
    if case.status is CaseStatus.ASSIGNED:
        first = (Button(label="接单", choice=f"c:accept:{case.id}"), Button(label="退单", choice=f"c:decline:{case.id}"))
    return Reply(
        title=f"提醒：案件 {spoken(case.code)} {countdown(due, about.now)}",
        text=f"{urged}职工还在等您的第一次联系。您发的消息送到职工手里，24 小时的钟才会停。",
        buttons=(first,),
    )


async def _intervened(about: About) -> Reply | None:
    case = about.case
    if case.intervened_at is None or case.lawyer_id != about.reader:
        return None
    taken = span(case.intervened_at - case.received_at)
    return Reply(text=f"职工已收到您的消息，案件 {spoken(case.code)} 的 24 小时时钟已停（用时{taken}）。办完后在案件里点“办结”。")


async def _reassigned(about: About) -> Reply | None:
    case = about.case
    if case.lawyer_id == about.reader:
        return None
    return Reply(text=f"案件 {spoken(case.code)} 已改由其他律师办理，您不用再处理。")


async def _withdrawn(about: About) -> Reply | None:
    return Reply(text=f"案件 {spoken(about.case.code)} 的职工已撤回诉求，不用再办理。")


async def _rated(about: About) -> Reply | None:
    case = about.case
    rating = case.rating or 0
    return Reply(text=f"案件 {spoken(case.code)} 的职工评了 {rating} 分：{'★' * rating}{'☆' * (5 - rating)}")


async def _follow_up(about: About) -> Reply | None:
    case = about.case
    if case.lawyer_id != about.reader or case.status in cases.ENDED:
        return None
    buttons = ((Button(label="写给职工", choice=f"c:room:{case.id}"), Button(label="办结", choice=f"c:close:{case.id}")),)
    return Reply(
        title=f"该反馈进展了 · 案件 {spoken(case.code)}",
        text=f"已经 {span(about.rules['follow_up'].due)}没有告诉职工办到哪一步了。写一句就行。",
        buttons=buttons,
    )


async def _overdue(about: About) -> Reply | None:
    case = about.case
    if case.intervened_at is not None or case.status in cases.ENDED:
        return None
    unit = await unit_card(about.session, case.unit_id)
    lawyer = (await people.names(about.session, [case.lawyer_id])).get(case.lawyer_id, "") if case.lawyer_id else ""
    waited = span(about.now - case.received_at)
    text = (
        f"受理已 {waited}，律师还没有联系职工。\n"
        f"单位：{case.employer}（{unit.place}）\n"
        f"律师：{lawyer or '还没有安排'} · {'已接单' if case.accepted_at else '未接单'}\n"
        "请确认由您跟进，并改派或催办。"
    )
    buttons = (
        (Button(label="我来跟进", choice=f"s:ack:{case.id}:{about.params['deadline']}"),),
        (Button(label="改派律师", choice=f"s:reassign:{case.id}"), Button(label="催律师", choice=f"s:urge:{case.id}")),
        (Button(label="看案件", choice=f"c:card:{case.id}"),),
    )
    return Reply(title=f"超时：案件 {spoken(case.code)}", text=text, buttons=buttons)


async def _unassigned(about: About) -> Reply | None:
    case = about.case
    if case.lawyer_id is not None or case.status in cases.ENDED:
        return None
    shown = await _desk_card(about, title="没有律师可派 ·", mine=False)
    return Reply(title=shown.title, text="指定律师和律师库里都没有能接的人，请尽快人工指派。\n\n" + shown.text, buttons=shown.buttons)


async def _accepted(about: About) -> Reply | None:
    case = about.case
    if case.lawyer_id is None or case.status in cases.ENDED:
        return None
    name = (await people.names(about.session, [case.lawyer_id])).get(case.lawyer_id, "")
    firm = await people.firm_of(about.session, case.lawyer_id)
    lawyer = f"{name}律师" if name and not name.endswith("律师") else name or "律师"
    return Reply(
        title=f"律师接手了 · 案件 {spoken(case.code)}",
        text=f"{lawyer}{f'（{firm}）' if firm else ''}已接单，会在这里联系您。有话想先说，可以直接留言。",
        buttons=((Button(label="给律师留言", choice=f"w:room:{case.id}"),),),
    )


async def _late(about: About) -> Reply | None:
    case = about.case
    if case.intervened_at is not None or case.status in cases.ENDED:
        return None
    return Reply(
        title=f"让您久等了 · 案件 {spoken(case.code)}",
        text=f"律师没有在 24 小时内联系您，是我们没做到。这件事已经自动报给上级工会督办，有进展马上告诉您。着急可以打{HOTLINE}，报上面的编号。",
        buttons=((Button(label="看进度", choice=f"w:case:{case.id}"),),),
    )


async def _closed(about: About) -> Reply | None:
    case = about.case
    lines = [f"结果：{OUTCOME[case.outcome]}" if case.outcome else "已办结"]
    if case.recovered:
        lines.append(f"追回：{money(case.recovered)}")
    if case.outcome_note:
        lines.append(f"律师说明：{case.outcome_note}")
    if case.status is CaseStatus.CLOSED:
        lines += ["", "办得怎么样？点一下打个分，5 分最好。"]
    return Reply(
        title=f"办结 · 案件 {spoken(case.code)}",
        text="\n".join(lines),
        buttons=(stars(case.id),) if case.status is CaseStatus.CLOSED else (),
    )


Words = Callable[[About], Awaitable[Reply | None]]

_CASE_WORDS: Mapping[Fact, Words] = {
    Fact.CASE_ASSIGNED: _assigned,
    Fact.CASE_REMINDER: _reminder,
    Fact.CASE_INTERVENED: _intervened,
    Fact.CASE_REASSIGNED: _reassigned,
    Fact.CASE_WITHDRAWN: _withdrawn,
    Fact.CASE_RATED: _rated,
    Fact.FOLLOW_UP_DUE: _follow_up,
    Fact.CASE_OVERDUE: _overdue,
    Fact.CASE_UNASSIGNED: _unassigned,
    Fact.CASE_ACCEPTED: _accepted,
    Fact.CASE_LATE: _late,
    Fact.CASE_CLOSED: _closed,
}


async def _room(session: AsyncSession, fact: Fact, params: Params, reader: PersonId) -> Reply | None:
    message = await session.get(RoomMessage, params["message"])
    if message is None:
        return None
    case = await session.get_one(Case, message.case_id)
    if fact is Fact.ROOM_ANSWER:
        if case.lawyer_id != reader:  # the case went to another lawyer meanwhile, who reads it in the room
            return None
        return Reply(
            title=f"{cards.who(case)} · 案件 {spoken(case.code)}",
            text=message.text or "［材料］",
            buttons=((Button(label="回复", choice=f"c:room:{case.id}"), Button(label="看案件", choice=f"c:card:{case.id}")),),
            file=message.file_id,
        )
    return Reply(
        title=f"律师 · 案件 {spoken(case.code)}",
        text=message.text or "［材料］",
        buttons=((Button(label="回复律师", choice=f"w:room:{case.id}"),),),
        file=message.file_id,
    )


async def _notice(session: AsyncSession, fact: Fact, params: Params) -> Reply | None:
    notice = await session.get(Notice, NoticeId(params.get("notice") or params["notice_progress"]))
    if notice is None:
        return None
    if fact is Fact.NOTICE:
        unit = await unit_card(session, notice.unit_id)
        return Reply(
            title=notice.title,
            text=f"{notice.text}\n\n—— {unit.name}",
            buttons=((Button(label="知道了", choice="n:read"), Button(label="不再接收通知", choice="n:off")),),
        )
    ended = {NoticeStatus.SENT: "已发完", NoticeStatus.STOPPED: "已停止"}.get(notice.status, "")
    return notice_words.progress(notice.id, notice.title, await notices.progress(session, notice), ended=ended)
