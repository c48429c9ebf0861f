"""案件明细表: a row for each case of a scope, to check a figure against. No story, no worker's name or phone, and no remark is in it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.lawyer.cards import NATURE
from handlers.wording import DESK_STATUS, KIND, OUTCOME
from handlers.workbook import Workbook, Written
from knowledge import Topic
from union.case_rows import CaseRow, case_rows
from union.codes import spoken
from union.figures import Clock, Scope
from union.rules import Rules

COLUMNS: Mapping[str, float] = {
    "编号": 12,
    "类别": 10,
    "主题": 18,
    "争议性质": 18,
    "工会": 22,
    "用人单位": 28,
    "受理时间": 19,
    "联系时限": 19,
    "首次联系": 19,
    "用时（小时）": 12,
    "按时": 16,
    "承办人": 12,
    "状态": 12,
    "结果": 14,
    "追回（元）": 14,
    "满意": 6,
    "速度": 6,
    "态度": 6,
}

CLOCK: Mapping[Clock, str] = {
    Clock.ON_TIME: "按时",
    Clock.LATE: "超时",
    Clock.RUNNING: "没到时限",
    Clock.PAUSED: "已暂停",
    Clock.ENDED: "时限内撤回或并案",
}


async def workbook(session: AsyncSession, scope: Scope, rules: Rules, now: datetime) -> bytes:
    """The file, written while the rows come in, beside the event loop. How many there are was asked before (union/case_rows.count)."""
    book = Workbook()
    page = await asyncio.to_thread(book.page, "案件", COLUMNS)
    async for some in case_rows(session, scope, rules, now):
        await asyncio.to_thread(book.add, page, [_cells(row) for row in some])
    return await asyncio.to_thread(book.done)


def _cells(row: CaseRow) -> list[Written]:
    return [
        spoken(row.code),
        KIND[row.kind],
        Topic(row.topic).label,
        NATURE.get(row.nature or "", ""),
        row.unit,
        row.employer,
        row.received_at,
        row.due_at,
        row.intervened_at,
        hours(row.used),
        CLOCK[row.clock],
        row.handler,
        DESK_STATUS[row.status],
        OUTCOME[row.outcome] if row.outcome else None,
        row.recovered,
        row.rating,
        row.rating_speed,
        row.rating_manner,
    ]


def hours(length: timedelta | None) -> Decimal | None:
    """In hours, to a hundredth."""
    return None if length is None else round(Decimal(length.total_seconds()) / 3600, 2)
