"""导出表格 of a notice: a sheet for the whole, by unit and by hour, each with a chart; one for the recipients; one that says how it is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.staff.notice_report_words import EXPLAINED, OUTCOMES, REPEATS, SEEN, outcome, pressable, took_part, unit_name
from handlers.wording import moment
from handlers.workbook import Workbook, Written
from union import notice_recipients, notice_report, units
from union.calendar import BEIJING
from union.figures import share
from union.notice_recipients import MOST_ROWS, Recipient
from union.notice_report import Figures, HourRow, Report

_CHARTED = 40
"""Lines of a breakdown that its chart shows at most: more can't be read."""


async def workbook(session: AsyncSession, report: Report, now: datetime) -> tuple[bytes, int]:
    """The file, written beside the event loop, and how many recipients are listed in it one by one (0: not entitled, or too many)."""
    found = await notice_report.summary(session, report)
    by_unit = await notice_report.by_unit(session, report, report.unit)
    cards = await units.cards(session, [row.unit_id for row in by_unit if row.unit_id is not None])
    by_hour = await notice_report.by_hour(session, report)
    book = Workbook()
    named = [(unit_name(row, cards), row.figures) for row in by_unit]
    await asyncio.to_thread(_counted, book, report, found, named, by_hour)
    listed = found.total if report.entitled and found.total <= MOST_ROWS else 0
    if listed:
        page = await asyncio.to_thread(book.page, "逐人", _recipient_columns(report))
        listed = 0
        async for some in notice_recipients.rows(session, report):
            await asyncio.to_thread(book.add, page, [_recipient(report, one) for one in some])
            listed += len(some)
    await asyncio.to_thread(_notes, book, report, found, now)
    return await asyncio.to_thread(book.done), listed


def _counted(book: Workbook, report: Report, found: Figures, by_unit: Sequence[tuple[str, Figures]], by_hour: Sequence[HourRow]) -> None:
    total = book.page("合计", {"项目": 26, "人数": 12, "占应收（%）": 12})
    outcomes: list[list[Written]] = [
        [word, getattr(found, key), _percent(getattr(found, key), found.total)] for key, word in OUTCOMES.items()
    ]
    book.add(total, outcomes)
    book.add(total, [["应收（以上各项相加）", found.total, None], *_after(report, found)])
    book.chart(total, "每个人的结果", lines=len(outcomes), columns=[2], at="E2")
    columns = _columns(report)
    page = book.page("按单位", {"单位": 28, **dict.fromkeys(columns, 11.0)})
    book.add(page, [[name, *_cells(report, figures)] for name, figures in by_unit])
    corner = f"{_letter(len(columns) + 3)}2"
    outcome_columns = range(3, 3 + len(OUTCOMES))
    lines = min(len(by_unit), _CHARTED)
    book.chart(page, "各单位的结果", lines=lines, columns=outcome_columns, at=corner, stacked=True)
    hourly = {"小时（北京时间）": 19.0, "发出": 11.0, "看过": 11.0, **({took_part(report): 11.0} if report.shows_turnout else {})}
    hours = book.page("按小时", hourly)
    book.add(
        hours,
        [
            [
                row.hour.astimezone(BEIJING).strftime("%Y-%m-%d %H:00"),
                row.sent,
                row.seen,
                *([row.taken_part] if report.shows_turnout else []),
            ]
            for row in by_hour
        ],
    )
    book.chart(hours, "每小时", lines=len(by_hour), columns=range(2, len(hourly) + 1), at=f"{_letter(len(hourly) + 2)}2")


def _letter(place: int) -> str:
    from openpyxl.utils import get_column_letter

    letter: str = get_column_letter(place)
    return letter


def _after(report: Report, found: Figures) -> list[list[Written]]:
    lines: list[list[Written]] = [["看过", found.seen, _percent(found.seen, found.total)]]
    if pressable(report):
        lines.append(["点了任一按钮", found.tapped, _percent(found.tapped, found.total)])
    lines += [
        [f"按钮{place + 1}“{label}”", found.taps[place], _percent(found.taps[place], found.total)] for place, label in pressable(report)
    ]
    if found.taken_part is not None:
        lines.append([took_part(report), found.taken_part, _percent(found.taken_part, found.total)])
    return [*lines, ["退订", found.left, _percent(found.left, found.total)], ["可能收到两遍", found.repeats, None]]


def _columns(report: Report) -> list[str]:
    turnout = [took_part(report)] if report.shows_turnout else []
    buttons = [f"按钮{place + 1}“{label}”" for place, label in pressable(report)]
    return ["应收", *OUTCOMES.values(), "看过", *buttons, *turnout, "退订", "可能两遍"]


def _cells(report: Report, found: Figures) -> list[Written]:
    turnout: list[Written] = [found.taken_part] if report.shows_turnout else []
    outcomes = [getattr(found, key) for key in OUTCOMES]
    return [found.total, *outcomes, found.seen, *[found.taps[place] for place, _ in pressable(report)], *turnout, found.left, found.repeats]


def _recipient_columns(report: Report) -> dict[str, float]:
    turnout = {took_part(report): 8.0} if report.shows_turnout else {}
    return {"单位": 28, "结果": 11, "发出时间": 19, "看过时间": 19, "点了按钮": 24, **turnout, "退订": 8, "可能两遍": 9}


def _recipient(report: Report, found: Recipient) -> list[Written]:
    pressed = "、".join(report.notice.buttons[place]["label"] for place in found.taps)
    turnout: list[Written] = [_yes(found.taken_part)] if report.shows_turnout else []
    return [found.unit, outcome(found.status), found.sent_at, found.seen_at, pressed, *turnout, _yes(found.left), _yes(found.repeats)]


def _yes(what: bool | None) -> str:
    return "是" if what else ""


def _percent(part: int, whole: int) -> Decimal | None:
    found = share(part, whole)
    return None if found is None else found * 100


def _notes(book: Workbook, report: Report, found: Figures, now: datetime) -> None:
    lines: list[Any] = [f"“{report.notice.title}”，{report.unit.name}；{moment(now)}算出。", *EXPLAINED.values(), SEEN, REPEATS]
    lines.append("单位：做出名单时这个人所在的单位，下级单位的人算在上一级里。")
    if report.survey is not None:
        lines.append(f"{took_part(report)}：收到这条通知的人里，发出当天起{took_part(report)}了、没有取消的。")
        if report.survey.anonymous:
            lines.append(f"{took_part(report)}是不记名的，只有总数，不按单位、时间和个人列出。")
    if report.entitled and found.total > MOST_ROWS:
        lines.append(f"人数超过 {MOST_ROWS:,}，没有“逐人”一页；要知道某一个人的情况，请在“发送情况”里点“查一个人”。")
    book.add(book.page("怎么算的", {"怎么算的": 110}), [[line] for line in lines])
