"""Spreadsheets: a table out of one that somebody sent, which may be anything, and a table into one for somebody to fill in.

Nothing in a file is believed: not its size when unpacked, not its markup, not that it can be read at all. Formulas are never evaluated.
"""

from __future__ import annotations

import threading
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import zip_longest
from typing import Any

from handlers.wording import shorten

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MEGABYTE = 1024 * 1024
LARGEST_FILE = MEGABYTE
LARGEST_UNPACKED = 10 * MEGABYTE
MOST_MEMBERS = 200
MOST_ROWS = 2_000
MOST_COLUMNS = 30
LONGEST_CELL = 4_000
"""Characters."""

_FORMULA = "这里是公式，请改成算好的内容（复制后，选择性粘贴为数值）"
_TOO_LONG = f"太长了，最多 {LONGEST_CELL} 个字"

_one_at_a_time = threading.Lock()  # bounds the memory, and keeps `warnings.catch_warnings` to one thread

Cell = str | int | float | date | Decimal | None


@dataclass(frozen=True, slots=True)
class Size:
    """How large a workbook may be. file, unpacked: bytes. rows: under the line of names. looked_at: rows, empty ones among them: some programs
    leave a million behind."""

    file: int
    unpacked: int
    rows: int
    looked_at: int


TABLE = Size(LARGEST_FILE, LARGEST_UNPACKED, MOST_ROWS, 20_000)
LONG_LIST = Size(5 * MEGABYTE, 40 * MEGABYTE, 100_000, 120_000)


class BadSheet(Exception):
    """A file that no table can be taken from. It says why, in a sentence for a person."""


class UnreadableSheet(BadSheet):
    """A workbook that is damaged."""

    def __init__(self) -> None:
        super().__init__("这个表格读不出来，可能损坏了。请用 Excel 或 WPS 打开，另存为 .xlsx 再发。")


@dataclass(frozen=True, slots=True)
class Table:
    """What is on a sheet under its line of column names. rows: the first is row 2 of the sheet; empty ones are kept, so that numbers agree.

    refused: cells that can't be taken as they are, by row and column, and what is expected there; in `rows` they are empty.
    """

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, object], ...]
    refused: Mapping[tuple[int, str], str]


def read_table(data: bytes, *, sheet: str, columns: Sequence[str], size: Size = TABLE) -> Table:
    """The table on the sheet of that name, or on the first one. Slow: not for the event loop. Raises BadSheet.

    columns: the names that the first line may have. Columns without a name and without content are passed over.
    """
    check_workbook(data, size)
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parts that openpyxl does not know, which we don't need either
        try:
            lines = _lines(data, sheet, size)
        except BadSheet:
            raise
        except Exception:  # openpyxl raises whatever comes to pass in a file that is not as it should be
            raise UnreadableSheet from None
    return table_of(lines, columns)


def check_workbook(data: bytes, size: Size) -> None:
    """Refuses what is not a workbook, or would cost us too much to open. Raises BadSheet."""
    if len(data) > size.file:
        raise BadSheet(f"这个文件有 {len(data) / MEGABYTE:.1f} MB，最大 {size.file // MEGABYTE} MB。")
    no_workbook = BadSheet("这不是 .xlsx 表格。请用 Excel 或 WPS 另存为“Excel 工作簿（.xlsx）”再发。")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            if "xl/workbook.xml" not in archive.namelist():
                raise no_workbook
            # What a member unpacks to is bounded by the size that it declares: zipfile reads no further.
            if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > size.unpacked:
                raise BadSheet("这个表格展开后太大，没有打开。请只留下要导入的那一页，去掉图片，另存后再发。")
            if any(_is_odd(archive.read(member)) for member in members if member.filename.endswith((".xml", ".rels"))):
                raise BadSheet("这个表格里有不该有的内容，没有打开。请用 Excel 或 WPS 另存为 .xlsx 再发。")
    except BadSheet:
        raise
    except Exception:  # as for openpyxl: a damaged archive raises many things
        raise no_workbook from None


def _is_odd(xml: bytes) -> bool:
    """Whether markup declares entities (which can unfold to gigabytes), or is in an encoding in which we would not see that it does."""
    return b"<!" in xml.replace(b"<!--", b"").replace(b"<![CDATA[", b"") or b"\x00" in xml


def _lines(data: bytes, sheet: str, size: Size) -> list[list[tuple[Any, str]]]:
    """The cells of the sheet, each with openpyxl's letter for what it is, without empty lines at the end."""
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(data), read_only=True, data_only=False, keep_links=False)
    try:
        found = next((page for page in book.worksheets if page.title == sheet), next(iter(book.worksheets), None))
        if found is None:
            raise BadSheet("这个文件里没有表格。")
        found.reset_dimensions()  # what the file says of them may be wrong
        lines: list[list[tuple[Any, str]]] = []
        filled = 0
        for number, row in enumerate(found.iter_rows(max_col=MOST_COLUMNS), start=1):
            if number > size.looked_at:
                raise BadSheet(f"表格超过 {size.looked_at:,} 行，请删掉下面的空行再发。")
            cells = [(cell.value, cell.data_type) for cell in row]
            lines.append(cells)
            if any(value is not None for value, _ in cells):
                filled = number
            if filled > size.rows + 1:
                raise BadSheet(f"表格太长，一次最多 {size.rows:,} 行（第 1 行是列名）。请分成几个文件。")
        return lines[:filled]
    finally:
        book.close()


def table_of(lines: list[list[tuple[Any, str]]], columns: Sequence[str]) -> Table:
    """The table in these lines, the first of which names the columns. Raises BadSheet."""
    if not lines:
        raise BadSheet("表格是空的。")
    titles = ["" if value is None else str(value)[:LONGEST_CELL].strip() for value, _ in lines[0]]
    problems = [f"不认识的列“{title[:20]}”" for title in titles if title and title not in columns]
    problems += [f"“{title}”这一列出现了两次" for title in columns if titles.count(title) > 1]
    if not any(title in columns for title in titles):
        problems = ["没有看到列名"]
    if any(not titles[place] and value is not None for line in lines[1:] for place, (value, _) in enumerate(line) if place < len(titles)):
        problems.append("有一列没有列名，却有内容")
    if problems:
        raise BadSheet(f"第 1 行：{'；'.join(problems[:10])}。第 1 行只写这些列名：{'、'.join(columns)}。")
    rows: list[Mapping[str, object]] = []
    refused: dict[tuple[int, str], str] = {}
    for number, line in enumerate(lines[1:], start=2):
        row: dict[str, object] = {}
        for title, (value, kind) in zip(titles, line, strict=False):
            if not title:
                continue
            problem = _FORMULA if kind == "f" else _TOO_LONG if isinstance(value, str) and len(value) > LONGEST_CELL else ""
            if problem:
                refused[number, title] = problem
            row[title] = None if problem else value
        rows.append(row)
    return Table(tuple(title for title in titles if title), tuple(rows), refused)


def row_ranges(numbers: Sequence[int], longest: int) -> str:
    """Numbers of rows as people read them: 2、4–7、9; cut at `longest` characters."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return shorten("、".join(f"{first}" if first == last else f"{first}–{last}" for first, last in spans), longest)


def write_table(
    *,
    sheet: str,
    columns: Mapping[str, float],
    rows: Iterable[Sequence[Cell]],
    choices: Mapping[str, Sequence[str]],
    notes: Sequence[Sequence[str]],
) -> bytes:
    """A workbook with one table. Slow: not for the event loop. columns: the names with their widths.

    choices: what may be picked in a column. notes: the lines of a second sheet, which explains.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    page = book.active
    page.title = sheet
    page.append(list(columns))
    for row in rows:
        page.append([_safe(page, value) for value in row])
    page.freeze_panes = "A2"
    for place, width in enumerate(columns.values(), start=1):
        letter = get_column_letter(place)
        page[f"{letter}1"].font = Font(bold=True)
        page.column_dimensions[letter].width = width
    explained = book.create_sheet("填写说明")
    for line in notes:
        explained.append([_safe(explained, value) for value in line])
    for place, width in enumerate((44, 14, 90), start=1):
        explained.column_dimensions[get_column_letter(place)].width = width
    lists = book.create_sheet("选项")
    for line in zip_longest(*choices.values()):
        lists.append([_safe(lists, choice) for choice in line])
    for place, (name, offered) in enumerate(choices.items(), start=1):
        letter, column = get_column_letter(place), get_column_letter(list(columns).index(name) + 1)
        picking = DataValidation(type="list", formula1=f"选项!${letter}$1:${letter}${len(offered)}", allow_blank=True, errorStyle="warning")
        picking.add(f"{column}2:{column}{MOST_ROWS + 1}")
        page.add_data_validation(picking)
    lists.sheet_state = "hidden"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _safe(page: Any, value: Cell) -> Any:
    """The cell; a text that begins like a formula stays a text."""
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(page, value)
    cell.data_type = "s"
    return cell
