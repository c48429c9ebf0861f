"""导出表格: the figures of a scope as a workbook, a sheet for the whole and one for each breakdown, and one that says how they are counted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.figure_words import period_title
from handlers.staff.case_sheet import hours
from handlers.wording import KIND, moment
from handlers.workbook import Workbook, Written
from knowledge import Topic
from storage.models import CaseKind
from storage.types import PersonId, UnitId
from union import figures, people, units
from union.figures import FEWEST_RATINGS, By, Figures, Row, Scope
from union.rules import Rules

BY: Mapping[By, str] = {By.UNIT: "按工会", By.LAWYER: "按律师", By.TOPIC: "按主题", By.MONTH: "按月", By.KIND: "按类别"}

NO_LAWYER = "没有律师（工会办理）"

COLUMNS: Mapping[str, float] = {
    "受理": 8,
    "按时": 8,
    "超时": 8,
    "按时率的分母": 13,
    "按时率（%）": 11,
    "没到时限": 9,
    "已暂停": 8,
    "时限内撤回或并案": 17,
    "用时中位（小时）": 16,
    "用时九成（小时）": 16,
    "用时最慢（小时）": 16,
    "办结": 8,
    "解决": 8,
    "转仲裁诉讼监察": 15,
    "职工撤回": 10,
    "并入别案": 10,
    "追回（元）": 15,
    "评价份数": 10,
    "满意份数": 10,
    "满意率（%）": 11,
}

_EXPLAINED = (
    "案件按受理的日子（北京时间）算进哪一段时间；以后办结、追回、评价的，也算在受理的那一段。",
    "按时：在时限内第一次联系上职工。超时：到了时限还没有联系上，含以后才联系上的。正好到时限也算超时。",
    "按时率的分母是按时加超时。没到时限的、联系不上职工已暂停的、时限内撤回或并案的，都还没有定，不在分母里。",
    "用时只算劳动争议，从受理到第一次联系上职工，暂停的时间不算；撤回后重新受理的，从重新受理算起。",
    "解决：协商解决、调解成功、集体协商达成、已帮扶、已答复。",
    f"满意：评 4 分、5 分。不满 {FEWEST_RATINGS} 份评价的，不算满意率。目标是 90%。",
    "按律师：算在现在承办的律师名下。",
)


async def names_of(session: AsyncSession, by: By, rows: Sequence[Row]) -> list[str]:
    """What the rows of a breakdown are called, in their order."""
    match by:
        case By.UNIT:
            cards = await units.cards(session, [UnitId(row.key) for row in rows])
            return [cards[row.key].name for row in rows]
        case By.LAWYER:
            known = await people.names(session, [PersonId(row.key) for row in rows if row.key is not None])
            return [NO_LAWYER if row.key is None else known.get(row.key) or "没有名字的律师" for row in rows]
        case By.TOPIC:
            return [Topic(row.key).label for row in rows]
        case By.KIND:
            return [KIND[CaseKind(row.key)] for row in rows]
        case By.MONTH:
            return [f"{row.key.year}年{row.key.month}月" for row in rows]


async def workbook(session: AsyncSession, scope: Scope, rules: Rules, now: datetime) -> bytes:
    """The file: a handful of queries, then written beside the event loop."""
    whole = await figures.figures(session, scope, rules, now)
    pages: dict[str, list[list[Written]]] = {"合计": [["合计", *_cells(whole)]]}
    for by, title in BY.items():
        rows = await figures.broken_down(session, scope, by, rules, now)
        names = await names_of(session, by, rows)
        pages[title] = [[name, *_cells(row.figures)] for name, row in zip(names, rows, strict=True)]
    where = "、".join(unit.name for unit in scope.units)
    notes = [f"{where}，{period_title(scope.period)}；{moment(now)}算出。", *_EXPLAINED]
    return await asyncio.to_thread(_written, pages, notes)


def _written(pages: Mapping[str, list[list[Written]]], notes: Sequence[str]) -> bytes:
    book = Workbook()
    for title, rows in pages.items():
        book.add(book.page(title, {"名称": 24, **COLUMNS}), rows)
    book.add(book.page("怎么算的", {"怎么算的": 110}), [[note] for note in notes])
    return book.done()


def _cells(found: Figures) -> list[Written]:
    return [
        found.cases,
        found.on_time,
        found.late,
        found.decided,
        _percent(found.on_time_rate),
        found.running,
        found.paused,
        found.ended,
        hours(found.median),
        hours(found.p90),
        hours(found.worst),
        found.closed,
        found.settled,
        found.referred,
        found.withdrawn,
        found.merged,
        found.recovered,
        found.rated,
        found.content,
        _percent(found.content_rate),
    ]


def _percent(rate: Decimal | None) -> Decimal | None:
    return None if rate is None else rate * 100
