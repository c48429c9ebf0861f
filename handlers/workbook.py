"""A workbook that is written line by line, so that a table of many thousand rows never lies in memory whole. Formulas can't get into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from handlers.sheets import Cell
from union.calendar import BEIJING

Written = Cell | datetime


_UNHEARD_OF = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Control characters that no sheet may hold."""


class Workbook:
    """A workbook under way. Slow: its methods are not for the event loop."""

    def __init__(self) -> None:
        from openpyxl import Workbook as Book
        from openpyxl.cell import WriteOnlyCell

        self._book = Book(write_only=True)
        self._styled = WriteOnlyCell

    def page(self, title: str, columns: Mapping[str, float]) -> Any:
        """A new sheet with a line of column names that stays in sight. columns: the names with their widths, in characters of a Latin letter."""
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter

        page = self._book.create_sheet(title)
        page.freeze_panes = "A2"
        for place, width in enumerate(columns.values(), start=1):
            page.column_dimensions[get_column_letter(place)].width = width
        names = [self._styled(page, name) for name in columns]
        for name in names:
            name.font = Font(bold=True)
        page.append(names)
        return page

    def add(self, page: Any, rows: Iterable[Sequence[Written]]) -> None:
        """Lines at the end of a sheet. Moments become dates with the time of Beijing."""
        for row in rows:
            page.append([self._cell(page, value) for value in row])

    def done(self) -> bytes:
        """The whole file. Nothing can be added any more."""
        out = BytesIO()
        self._book.save(out)
        return out.getvalue()

    def _cell(self, page: Any, value: Written) -> Any:
        """The value as openpyxl takes it. What people wrote stays a text, however it begins."""
        if isinstance(value, str):
            text = _UNHEARD_OF.sub("", value)
            if text[:1] not in ("=", "#"):  # + - @ are texts to a workbook; = would be a formula, # an error
                return text
            cell = self._styled(page, text)
            cell.data_type = "s"
            return cell
        if isinstance(value, datetime):
            return value.astimezone(BEIJING).replace(tzinfo=None)
        return value
