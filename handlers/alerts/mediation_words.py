"""How a mediation reads: to the worker who is asked to come, and to the one responsible for the case."""

from __future__ import annotations

from handlers.alerts.about import About, Table
from handlers.conversation import Button, Reply
from handlers.wording import handler_title, moment, today
from handlers.worker.welcome import HOTLINE
from storage.models import Appointment, AppointmentStatus
from union import mediation
from union.alerts import Fact
from union.codes import spoken

_WEEKDAYS = "一二三四五六日"


async def _meant(about: About) -> Appointment | None:
    """The mediation that the fact is about: a reminder means whichever lies ahead by then."""
    number = about.params.get("appointment")
    if number is None:
        return await mediation.planned(about.session, about.case.id)
    return await about.session.get(Appointment, int(number))


def _when(about: About, appointment: Appointment) -> str:
    days = (today(appointment.at) - today(about.now)).days
    near = {0: "今天 ", 1: "明天 "}.get(days, "")
    return f"{near}{moment(appointment.at)}（周{_WEEKDAYS[today(appointment.at).weekday()]}）"


async def _to_worker(about: About) -> Reply | None:
    appointment = await _meant(about)
    if appointment is None or about.ended or appointment.status is AppointmentStatus.HELD:
        return None
    code = spoken(about.case.code)
    see = Button(label="看进度", choice=f"w:case:{about.case.id}")
    if appointment.status is AppointmentStatus.CANCELLED:
        text = f"原定 {moment(appointment.at)} 的调解取消了，您不用去。之后怎么办，办案的人会在这里告诉您。"
        return Reply(title=f"调解取消了 · 案件 {code}", text=text, buttons=((see,),))
    if appointment.at <= about.now:
        return None
    reminder = "appointment" not in about.params
    title = "提醒您去调解" if reminder else "调解改了时间或地点" if about.params.get("changed") else "约好调解了"
    lines = [
        f"时间：{_when(about, appointment)}",
        f"地点：{appointment.place}",
        "请带上身份证，还有合同、工资条、聊天记录这些材料。工会居中调解，不收费；谈不成也不耽误仲裁。",
    ]
    if reminder and appointment.worker_coming is True:
        lines.append("您说过会去，谢谢。临时去不了请点下面。")
    else:
        lines.append(f"您能去吗？请点下面。要换时间，在案件里给办案的人留言，或打{HOTLINE}。")
    come = (
        Button(label="我去", choice=f"w:come:{appointment.id}"),
        Button(label="去不了", choice=f"w:notcome:{appointment.id}"),
    )
    return Reply(title=f"{title} · 案件 {code}", text="\n".join(lines), buttons=(come, (see,)))


def _coming(appointment: Appointment) -> str:
    return {True: "对方会来", False: "对方来不了", None: "对方还没回"}[appointment.worker_coming]


def _to_case(about: About) -> tuple[tuple[Button, ...], ...]:
    arrangement = Button(label="调解安排", choice=f"s:mediate:{about.case.id}")
    return ((arrangement, Button(label="看案件", choice=f"c:card:{about.case.id}")),)


async def _to_handler(about: About) -> Reply | None:
    appointment = await _meant(about)
    if appointment is None or not about.theirs or appointment.status is AppointmentStatus.HELD:
        return None
    code = spoken(about.case.code)
    if appointment.status is AppointmentStatus.CANCELLED:
        return Reply(title=f"调解取消 · 案件 {code}", text=f"原定 {moment(appointment.at)} 的调解取消了。", buttons=_to_case(about))
    if appointment.at <= about.now:
        return None
    reminder = "appointment" not in about.params
    title = "快到调解时间了" if reminder else "调解改期" if about.params.get("changed") else "约了调解"
    text = f"{_when(about, appointment)}\n{appointment.place}\n{_coming(appointment)}。调解完请记下结果。"
    return Reply(title=f"{title} · 案件 {code}", text=text, buttons=_to_case(about))


async def _answered(about: About) -> Reply | None:
    appointment = await _meant(about)
    if appointment is None or about.ended or appointment.status is not AppointmentStatus.PLANNED or appointment.worker_coming is None:
        return None
    text = f"{_when(about, appointment)}的调解：{_coming(appointment)}。"
    if appointment.worker_coming is False and about.theirs:
        text += "请在案件里问问对方什么时候方便，改时间或者取消。"
    elif appointment.worker_coming is False:  # the room is not theirs to read
        name = handler_title(about.case, await about.name_of(about.case.responsible_id)) if about.case.responsible_id else "办案的人"
        text += f"对方什么时候方便，会告诉{name}；请和他商量改时间，或者取消。"
    return Reply(title=f"调解的回复 · 案件 {spoken(about.case.code)}", text=text, buttons=_to_case(about))


WORDS: Table = {
    Fact.MEDIATION: _to_worker,
    Fact.MEDIATION_SET: _to_handler,
    Fact.MEDIATION_ANSWERED: _answered,
}
