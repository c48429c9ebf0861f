"""发送情况: what became of a notice, while it goes out and afterwards: all together, by unit, by hour, as a table, and for one person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Concatenate

import structlog

from handlers import forms
from handlers.choices import Choices, Take
from handlers.conversation import Button, ButtonRows, Reply, rows
from handlers.forms import Form
from handlers.sheets import XLSX
from handlers.staff import notice_report_sheet, notice_report_words
from handlers.steps import Answered, Ask, Problem, Value, Values
from handlers.turn import Turn
from handlers.wording import moment, shorten
from storage.models import NoticeStatus
from storage.types import NoticeId, UnitId
from union import notice_recipients, notice_report, papers
from union import units as register
from union.errors import NotFound
from union.notice_report import Report
from union.numbers import plain_number
from union.units import UnitCard

log = structlog.get_logger()

ROWS_A_PAGE = 8
HOURS_A_PAGE = 12

DISTRICT_RUNG = 2
"""Under the city; there those begin who belong elsewhere."""

_NOT_YOURS = "没有找到这条通知，或者它不归您管。请从“发通知”里选。"
_NOBODY = "没有这个号码的人，或者不归您管辖。请核对号码：11 位手机号，或者会员卡号。"

_STANDS = {
    NoticeStatus.SENDING: "正在发送，数字还会变",
    NoticeStatus.PAUSED: "已暂停，数字还会变",
    NoticeStatus.SENT: "已发完",
    NoticeStatus.STOPPED: "已停止",
}


def button(notice_id: NoticeId, label: str = "发送情况") -> Button:
    """Leads here."""
    return Button(label=label, choice=f"s:report:{notice_id}")


async def show(turn: Turn, report: Report) -> list[Reply]:
    """All figures of a notice, and where to go from here."""
    notice = report.notice
    if notice.started_at is None or notice.status not in _STANDS:
        return [Reply(title=_title(report), text="这条通知还没有开始发送，没有数字可看。")]
    found = await notice_report.summary(turn.session, report)
    ended = f"，{moment(notice.finished_at)}结束" if notice.finished_at else ""
    about = f"{report.unit.name}　{moment(notice.started_at)}开始{ended}\n{_STANDS[notice.status]}。"
    if notice.version > 1:
        about += f"更正过 {notice.version - 1} 次。"
    notes = [notice_report_words.SEEN] if found.sent or found.gathered else []
    if report.survey is not None and report.survey.anonymous:
        notes.append(f"{notice_report_words.took_part(report)}是不记名的，只有总数，不按单位、时间和个人列出。")
    text = "\n\n".join([about, notice_report_words.whole(report, found), *(["\n".join(notes)] if notes else [])])
    return [Reply(title=_title(report), text=text, buttons=_onward(report))]


def _title(report: Report) -> str:
    return f"发送情况 · {report.notice.title}"


def _onward(report: Report) -> ButtonRows:
    of = report.notice.id
    buttons = [
        Button(label="按单位", choice=f"s:report_units:{of}:{report.unit.id}"),
        Button(label="按小时", choice=f"s:report_hours:{of}"),
        Button(label="导出表格", choice=f"s:report_sheet:{of}"),
        Button(label="查一个人", choice=f"s:report_person:{of}"),
        button(of, "刷新"),
    ]
    return rows(buttons, 2)


# ---- by unit, by hour


async def by_unit(turn: Turn, report: Report, unit: str, page: str = "0") -> list[Reply]:
    """按单位: a block for each unit one rung down, eight at a time; each leads one rung further."""
    looked_at = await register.unit_card(turn.session, UnitId(int(unit)))
    found = await notice_report.by_unit(turn.session, report, looked_at)
    number, last = _page(page, len(found), ROWS_A_PAGE)
    shown = found[number * ROWS_A_PAGE : (number + 1) * ROWS_A_PAGE]
    cards = await register.cards(turn.session, [row.unit_id for row in shown if row.unit_id is not None])
    blocks = [notice_report_words.block(report, notice_report_words.unit_name(row, cards), row.figures) for row in shown] or [
        "这里没有人要收这条通知。"
    ]
    deeper = [
        Button(label=cards[row.unit_id].name, choice=f"s:report_units:{report.notice.id}:{row.unit_id}")
        for row in shown
        if row.unit_id is not None and row.unit_id != looked_at.id
    ]
    turning = _turning(f"s:report_units:{report.notice.id}:{looked_at.id}", number, last)
    back = _up(report, looked_at)
    title = f"按单位{_place(number, last)} · {looked_at.name} · {shorten(report.notice.title, 20)}"
    return [Reply(title=title, text="\n\n".join(blocks), buttons=(*rows(deeper, 2), *rows([*turning, back], 3)))]


def _up(report: Report, looked_at: UnitCard) -> Button:
    if looked_at.id == report.unit.id:
        return button(report.notice.id, "返回")
    rungs = looked_at.path.split(".")[:-1]
    above = rungs[-2] if looked_at.is_below(report.unit.path) or len(rungs) > DISTRICT_RUNG else report.unit.id
    return Button(label="上一级", choice=f"s:report_units:{report.notice.id}:{above}")


async def by_hour(turn: Turn, report: Report, page: str = "0") -> list[Reply]:
    """按小时: a line for each hour in which something happened, twelve at a time."""
    found = await notice_report.by_hour(turn.session, report)
    number, last = _page(page, len(found), HOURS_A_PAGE)
    shown = found[number * HOURS_A_PAGE : (number + 1) * HOURS_A_PAGE]
    most = max((row.sent for row in found), default=0)
    text = notice_report_words.hours(report, shown, most) if shown else "还没有发出。"
    buttons = rows([*_turning(f"s:report_hours:{report.notice.id}", number, last), button(report.notice.id, "返回")], 3)
    title = f"按小时{_place(number, last)} · {shorten(report.notice.title, 20)}"
    return [Reply(title=title, text=f"北京时间；没有动静的小时不列。发出最多的一小时是满格。\n\n{text}", buttons=buttons)]


def _page(page: str, count: int, size: int) -> tuple[int, int]:
    last = max(0, (count - 1) // size)
    return max(0, min(int(page), last)), last


def _place(number: int, last: int) -> str:
    return f"（{number + 1}/{last + 1}）" if last else ""


def _turning(choice: str, number: int, last: int) -> list[Button]:
    turned = (("上一页", number - 1), ("下一页", number + 1))
    return [Button(label=label, choice=f"{choice}:{to}") for label, to in turned if 0 <= to <= last]


# ---- a table


async def sheet(turn: Turn, report: Report) -> list[Reply]:
    """导出表格: everything, with charts; a row for each recipient for those entitled to it."""
    data, listed = await notice_report_sheet.workbook(turn.session, report, turn.now)
    name = f"通知发送情况-{report.unit.short}-{report.notice.id}.xlsx"
    file_id = await papers.make(turn.session, name=name, mime=XLSX, data=data, now=turn.now)
    actor = await turn.actor()
    log.info("notice.exported", person=actor.id, notice=report.notice.id, recipients=listed)
    about = "合计、按单位、按小时各一页，都带图；最后一页写着怎么算的。"
    if listed:
        about += f"“逐人”一页每人一行，共 {listed:,} 行，没有姓名和号码；也请妥善保管，不要外传。"
    return [Reply(text=about, file=file_id)]


# ---- one person


async def ask_person(turn: Turn, report: Report) -> list[Reply]:
    """查一个人: asks for the number."""
    turn.state.room = None
    return await forms.begin(turn, FORM, int(report.notice.id), of=shorten(report.notice.title, 20))


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """What became of the notice for whoever has this number, if they are within reach."""
    actor = await turn.actor()
    try:
        report = await notice_report.open_report(turn.session, actor, NoticeId(int(values.get("about", 0))))
    except NotFound:
        return [Reply(text=_NOT_YOURS)]
    again = rows([Button(label="再查一个", choice=f"s:report_person:{report.notice.id}"), button(report.notice.id, "返回")], 2)
    found = await notice_recipients.find(turn.session, actor, values["number"])
    log.info("notice.looked_up", person=actor.id, notice=report.notice.id, found=len(found))
    title = f"查一个人 · {shorten(report.notice.title, 20)}"
    if not found:
        return [Reply(title=title, text=_NOBODY, buttons=again)]
    told = []
    for person_id in found:
        outcome = await notice_recipients.outcome_of(turn.session, report.notice.id, person_id)
        if outcome is not None:
            told.append(notice_report_words.recipient(report, outcome))
        elif notice_recipients.is_complete(report.notice, person_id):
            told.append("不在这条通知的发送范围里：选范围时不符合条件，或者那时还没有打开过机器人、关掉了通知。")
        else:
            told.append("名单还在生成，过一会儿再查。")
    return [Reply(title=title, text=f"尾号 {values['number'][-4:]}\n" + "\n\n".join(told), buttons=again)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Ask):
    """A phone or card number, kept in its plain form."""

    async def from_words(self, turn: Turn, values: Values, text: str) -> Answered:
        plain = plain_number(text)
        return Value(plain) if plain else Problem("这不像手机号或会员卡号。请只发号码：11 位手机号，或者会员卡号。")


FORM = Form(
    code="notice_recipient",
    title="查一个人",
    steps=(Number(key="number", label="号码", ask="查谁？请发对方的手机号或会员卡号。只查得到您管辖范围里的人，查过会留下记录。"),),
    summary="",
    submit_label="查",
    submit=submit,
    straight=True,
)


# ---- buttons


def _on_report(action: Callable[Concatenate[Turn, Report, ...], Awaitable[list[Reply]]], least: int = 0, most: int = 0) -> Take:
    """For a button behind which a notice stands, and from `least` to `most` parts more."""

    async def take(turn: Turn, parts: list[str]) -> list[Reply]:
        notice_id, *rest = parts
        if not least <= len(rest) <= most:
            raise ValueError("not a button of ours")
        try:
            report = await notice_report.open_report(turn.session, await turn.actor(), NoticeId(int(notice_id)))
            return await action(turn, report, *rest)
        except NotFound:
            return [Reply(text=_NOT_YOURS)]

    return take


CHOICES: Choices = {
    "s:report": _on_report(show),
    "s:report_units": _on_report(by_unit, 1, 2),
    "s:report_hours": _on_report(by_hour, 0, 1),
    "s:report_sheet": _on_report(sheet),
    "s:report_person": _on_report(ask_person),
}
