"""A spreadsheet of phone or card numbers that becomes a list for an audience: read safely, every row accounted for."""

from __future__ import annotations

import asyncio
from datetime import date, datetime

from handlers import receiving
from handlers.long_sheets import read_long_table
from handlers.sheets import LONG_LIST, MEGABYTE, BadSheet, Table, row_ranges
from handlers.turn import Turn
from storage.types import FileId
from union import notice_lists, papers
from union.notice_lists import Found, Row

COLUMNS = ("手机号", "手机号码", "手机", "电话", "卡号", "京卡号", "会员卡号", "会员号", "号码", "姓名", "单位", "备注")
"""The columns that a sheet may have; the last three are not read."""

_NUMBERS = COLUMNS[:-3]
_ROWS_SHOWN = 500
"""Characters of row numbers of each sort on the screen: three sorts and the rest must fit one message."""


def too_large(turn: Turn) -> str:
    """What to say of a file over the limit; empty when it isn't."""
    file = turn.incoming.file
    if file is None or file.size <= LONG_LIST.file:
        return ""
    return f"这个文件有 {file.size / MEGABYTE:.1f} MB，最大 {LONG_LIST.file // MEGABYTE} MB，没有收下。"


async def register(turn: Turn) -> FileId:
    """Takes the file in. Raises NotFound for a web handle that is somebody else's."""
    return await receiving.register(turn)


async def make(turn: Turn, file_id: FileId, name: str) -> Found | None:
    """The list out of a file that was sent; None while it is still being fetched.

    Raises BadSheet, NotFound for a file that is gone, NotAllowed.
    """
    data = await papers.read(turn.session, file_id, door=turn.incoming.door, address=turn.incoming.address)
    if data is None:
        return None
    rows = await asyncio.to_thread(read_rows, data)
    return await notice_lists.make(turn.session, await turn.actor(), name, rows, turn.now)


def read_rows(data: bytes) -> list[Row]:
    """The numbers on a sheet, by row; rows in which nothing stands are passed over. Slow: not for the event loop. Raises BadSheet."""
    table = read_long_table(data, sheet="名单", columns=COLUMNS)
    _refuse(table)
    rows: list[Row] = []
    for number, row in enumerate(table.rows, start=2):
        if any(value is not None for value in row.values()):
            rows.append((number, [_as_text(row[title]) for title in _NUMBERS if row.get(title) is not None]))
    if not rows:
        raise BadSheet("表格里没有号码：第 1 行是列名，从第 2 行起一行一个人。")
    return rows


def _refuse(table: Table) -> None:
    if not any(title in table.columns for title in _NUMBERS):
        raise BadSheet("没有看到号码那一列：第 1 行要有“手机号”或“卡号”。")
    wrong = sorted({number for (number, title), _ in table.refused.items() if title in _NUMBERS})
    if wrong:
        which = row_ranges(wrong, _ROWS_SHOWN)
        raise BadSheet(f"号码里有公式或太长的内容，在第 {which} 行。请改成写好的号码（复制后，选择性粘贴为数值）再发。")


def _as_text(value: object) -> str:
    """A number as it was meant: spreadsheets keep 13900001234 as 13900001234.0."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if isinstance(value, (date, datetime, bool)) else str(value)


def told(found: Found) -> str:
    """What became of the rows."""
    lines = [
        f"名单里找到 {found.people:,} 人。这份名单 30 天不用就自动清掉。"
        if found.people
        else "表格里没有找到您管辖范围内的人，名单没有存。"
    ]
    for rows, words in (
        (found.missing, "没有找到，或者不在您的管辖范围"),
        (found.unreadable, "不像手机号或卡号"),
        (found.repeated, "和前面的人重复"),
    ):
        if rows:
            lines.append(f"{len(rows):,} 行{words}：第 {row_ranges(rows, _ROWS_SHOWN)} 行。")
    return "\n".join(lines)
