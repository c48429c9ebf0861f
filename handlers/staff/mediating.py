"""约调解: where and when, who was asked, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers import forms
from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply
from handlers.forms import Form
from handlers.lawyer import at_hand
from handlers.moments import When
from handlers.steps import Answered, Ask, Offer, Pick, Problem, Step, Value, Values
from handlers.turn import Turn
from handlers.wording import day, moment, today
from handlers.worker.welcome import HOTLINE
from knowledge import Topic
from storage.models import Appointment, AppointmentStatus, Case, ServicePoint
from storage.types import CaseId
from union import mediation
from union.codes import spoken
from union.errors import NotFound
from union.lifecycle import ENDED
from union.mediation import Result
from union.units import unit_card

RESULTS: tuple[tuple[str, Result], ...] = (
    ("达成协议", Result.AGREED),
    ("没达成", Result.NOT_AGREED),
    ("职工没来", Result.WORKER_ABSENT),
    ("单位没来", Result.EMPLOYER_ABSENT),
)
RESULT_WORDS = {result.value: label for label, result in RESULTS}

_COMING = {True: "会来", False: "来不了", None: "还没回"}


async def show(turn: Turn, case_id: CaseId) -> list[Reply]:
    """约调解, or how the one that lies ahead stands."""
    case = await at_hand.take(turn, case_id, "mediate")
    ahead = await mediation.planned(turn.session, case.id)
    if ahead is None:
        if case.status in ENDED:
            return [await _past(turn, case)]
        return await at_hand.begin(turn, FORM, case)
    lines = [
        f"时间：{moment(ahead.at)}",
        f"地点：{ahead.place}",
        f"职工：{_COMING[ahead.worker_coming]}",
        f"单位：{ahead.employer_contact or '还没写怎么通知的'}",
    ]
    buttons = (
        (Button(label="记结果", choice=f"s:mediated:{case.id}"), Button(label="给单位的通知", choice=f"s:invite:{case.id}")),
        (Button(label="改时间地点", choice=f"s:remediate:{case.id}"), Button(label="取消调解", choice=f"s:askoff:{case.id}")),
        (at_hand.back(case),),
    )
    return [Reply(title=at_hand.titled("调解安排", case), text="\n".join(lines), buttons=buttons)]


async def _past(turn: Turn, case: Case) -> Reply:
    """What there was."""
    lines = [_told(each) for each in reversed(await mediation.of_case(turn.session, case.id))]
    return Reply(title=at_hand.titled("调解", case), text="\n".join(lines) or "没有约过调解。", buttons=((at_hand.back(case),),))


def _told(appointment: Appointment) -> str:
    result = "取消了" if appointment.status is AppointmentStatus.CANCELLED else RESULT_WORDS.get(appointment.result or "", "没记结果")
    return f"{moment(appointment.at)} {appointment.place}：{result}" + (f"（{appointment.remark}）" if appointment.remark else "")


# ---- where and when


@dataclass(frozen=True, slots=True, kw_only=True)
class Room(Step):
    """A mediation room of the case's district, or a place as it is typed. Kept as {"point": number or None, "name": text}."""

    longest: int = 100

    async def _rooms(self, turn: Turn) -> list[ServicePoint]:
        draft = turn.state.draft
        case = None if draft is None else await turn.session.get(Case, CaseId(draft.about))
        return [] if case is None else await mediation.rooms_near(turn.session, case.unit_id)

    async def offer(self, turn: Turn, values: Values) -> Offer:
        return [[(point.name, str(point.id))] for point in await self._rooms(turn)]

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        typed = turn.incoming.text.strip() if not choice else ""
        for point in await self._rooms(turn):
            if choice == str(point.id) or (typed and typed == point.name):
                return Value({"point": point.id, "name": f"{point.name}（{point.address}，电话 {point.phone}）"})
        if choice or not any(c.isalnum() for c in typed):
            return Problem("请点一个调解室，或者把地点打出来。")
        if len(typed) > self.longest:
            return Problem(f"地点最多写 {self.longest} 个字。")
        return Value({"point": None, "name": typed})

    def shown(self, value: Any) -> str:
        return value["name"] if value else "（没有填）"


async def change(turn: Turn, case_id: CaseId) -> list[Reply]:
    """改时间地点: what is to be another; the rest stays as it is."""
    case = await at_hand.take(turn, case_id, "mediate")
    ahead = await mediation.planned(turn.session, case.id)
    if ahead is None:
        return [_nothing_ahead(case)]
    values = {"place": {"point": ahead.point_id, "name": ahead.place}, "at": ahead.at.isoformat(), "employer": None}
    begun = await at_hand.begin(turn, FORM, case, values)
    draft = turn.state.draft
    if draft is None or (draft.form, draft.about) != (FORM.code, case.id):
        return begun
    draft.step = forms.EDIT
    return await forms.show(turn, FORM)


async def _submit(turn: Turn, case: Case, values: Values) -> list[Reply]:
    """Fixes the mediation, or puts off the one that lies ahead; the worker is asked, the employer's invitation can be copied."""
    at, place = datetime.fromisoformat(values["at"]), values["place"]
    told = {"at": at, "place": place["name"], "point_id": place["point"], "employer_contact": values.get("employer")}
    ahead = await mediation.planned(turn.session, case.id)
    changed = ahead is not None
    try:
        if ahead is None:
            ahead = await mediation.plan(turn.session, case, turn.house.rules, turn.now, by=at_hand.me(turn), **told)
        else:
            await mediation.change(turn.session, case, ahead, turn.house.rules, turn.now, by=at_hand.me(turn), **told)
    except mediation.BadMoment:  # it was in time when it was typed
        return [
            Reply(
                text="约的时间已经过了，请重新约。", buttons=((Button(label="重新约", choice=f"s:mediate:{case.id}"), at_hand.back(case)),)
            )
        ]
    told_to = "已经请职工回复能不能来" if case.responsible_id == at_hand.me(turn) else "职工和办案的人都已收到通知"
    employer = "单位那边要重新通知，下面是给单位的通知" if changed and not values.get("employer") else "下面是给单位的通知"
    text = f"{moment(at)}，{place['name']}\n{told_to}；前一天会再提醒一次。{employer}，可以复制或打印。"
    arrangement = Button(label="调解安排", choice=f"s:mediate:{case.id}")
    return [
        Reply(title=at_hand.titled("调解约好了", case), text=text, buttons=((arrangement, at_hand.back(case)),)),
        await _letter(turn, case, ahead),
    ]


async def invite(turn: Turn, case_id: CaseId) -> list[Reply]:
    """给单位的通知, once more."""
    case = await at_hand.take(turn, case_id, "mediate")
    ahead = await mediation.planned(turn.session, case.id)
    return [_nothing_ahead(case)] if ahead is None else [await _letter(turn, case, ahead)]


async def _letter(turn: Turn, case: Case, ahead: Appointment) -> Reply:
    """The employer's invitation, to copy or to print. It does not name the worker: whether it may is theirs to say."""
    unit = await unit_card(turn.session, case.unit_id)
    text = (
        f"{case.employer or '（单位名称）'}：\n"
        f"贵单位一名职工就“{Topic(case.topic).label}”一事向工会提出调解。现请贵单位负责人，或带授权委托书的代表，按时参加：\n"
        f"时间：{day(today(ahead.at))} {moment(ahead.at).partition(' ')[2]}\n"
        f"地点：{ahead.place}\n"
        "请带：营业执照复印件，与这件事有关的劳动合同、工资和考勤记录。\n"
        f"调解自愿、免费，谈的内容不公开。来不了请提前联系我们，或拨打{HOTLINE}。\n"
        f"{unit.name}\n{day(today(turn.now))}"
    )
    return Reply(title="劳动争议调解通知", text=text)


def _nothing_ahead(case: Case) -> Reply:
    return Reply(text=f"案件 {spoken(case.code)} 现在没有约好的调解（已经记过结果或取消了）。", buttons=((at_hand.back(case),),))


# ---- called off, and what came of it


async def ask_off(turn: Turn, case_id: CaseId) -> list[Reply]:
    """取消调解: are you sure?"""
    case = await at_hand.take(turn, case_id, "mediate")
    sure = (Button(label="确定取消", choice=f"s:off:{case.id}"), Button(label="不取消", choice=f"s:mediate:{case.id}"))
    return [Reply(text=f"取消案件 {spoken(case.code)} 的调解？职工会收到通知；单位那边请您自己说一声。", buttons=(sure,))]


async def call_off(turn: Turn, case_id: CaseId) -> list[Reply]:
    """确定取消."""
    case = await at_hand.take(turn, case_id, "mediate")
    ahead = await mediation.planned(turn.session, case.id)
    if ahead is None:
        return [_nothing_ahead(case)]
    await mediation.call_off(turn.session, case, ahead, turn.house.rules, turn.now, by=at_hand.me(turn))
    return [Reply(text=f"案件 {spoken(case.code)} 的调解已取消，职工已收到通知。请告诉单位一声。", buttons=((at_hand.back(case),),))]


async def begin_result(turn: Turn, case_id: CaseId) -> list[Reply]:
    """记结果."""
    case = await at_hand.take(turn, case_id, "mediate")
    ahead = await mediation.planned(turn.session, case.id)
    if ahead is None:
        return [_nothing_ahead(case)]
    if ahead.at > turn.now:
        return [Reply(text=f"还没到约好的时间（{moment(ahead.at)}）。改期或取消请看“调解安排”。", buttons=((at_hand.back(case),),))]
    return await at_hand.begin(turn, RESULT, case)


async def _submit_result(turn: Turn, case: Case, values: Values) -> list[Reply]:
    """What came of it is noted; an agreement starts the 30 days in which a court can confirm it."""
    ahead = await mediation.planned(turn.session, case.id)
    result = Result(values["result"])
    try:
        if ahead is None:
            raise NotFound
        await mediation.record(
            turn.session, case, ahead, turn.house.rules, turn.now, by=at_hand.me(turn), result=result, remark=values.get("remark") or ""
        )
    except NotFound:
        return [_nothing_ahead(case)]
    after = {
        Result.AGREED: "协议签字盖章后生效；30 天内双方可以一起到法院申请司法确认，期限已经开始提醒。履行完了再办结。",
        Result.NOT_AGREED: "谈不成可以去仲裁，不要等：仲裁时效只有一年。",
        Result.WORKER_ABSENT: "请联系职工问问原因，可以再约一次。",
        Result.EMPLOYER_ABSENT: "单位不来，可以再约一次，也可以直接去仲裁。",
    }[result]
    again = Button(label="再约一次", choice=f"s:mediate:{case.id}")
    buttons = ((at_hand.back(case),),) if result is Result.AGREED else ((again, at_hand.back(case)),)
    return [Reply(title=at_hand.titled(f"调解结果：{RESULT_WORDS[result]}", case), text=after, buttons=buttons)]


FORM = Form(
    code="mediation",
    title="约调解",
    summary="请核对。提交后职工会收到通知，请他回复能不能来。",
    submit_label="约好了，通知职工",
    submit=at_hand.on_submit("mediate", _submit),
    steps=(
        Room(key="place", label="地点", ask="在哪里调解？点一个调解室，或者把地点打出来。"),
        When(key="at", label="时间", ask="什么时候？例如：明天下午3点、11月25日 14:30。", furthest=timedelta(days=90), parts=False),
        Ask(
            key="employer",
            label="怎么通知单位",
            ask="单位那边怎么通知的？例如：给人事王经理打了电话。还没通知就点“跳过”。",
            longest=200,
            optional=True,
        ),
    ),
)

RESULT = Form(
    code="mediation_result",
    title="调解结果",
    summary="请核对。",
    submit_label="记下",
    submit=at_hand.on_submit("mediate", _submit_result),
    steps=(
        Pick(key="result", label="结果", ask="调解怎么样？", choices=tuple((label, result.value) for label, result in RESULTS)),
        Ask(key="remark", label="说明", ask="要写一句说明吗？（职工看不到）没有就点“跳过”。", longest=500, optional=True),
    ),
)

CHOICES: Choices = {
    "s:mediate": on_case(show),
    "s:remediate": on_case(change),
    "s:invite": on_case(invite),
    "s:askoff": on_case(ask_off),
    "s:off": on_case(call_off),
    "s:mediated": on_case(begin_result),
}
