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

_BARS_ACROSS = 20
"""Up to so many lines a chart's bars lie, with their names beside them; more of them stand."""


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

    def chart(self, page: Any, title: str, *, lines: int, columns: Sequence[int], at: str, stacked: bool = False) -> None:
        """Columns of a sheet as a bar chart beside them. lines: how many lines under the names it shows; columns: which, the second is 2, with
        the first for the names of the bars. at: the cell in which its corner lies. Nothing to show, no chart.
        """
        from openpyxl.chart import BarChart, Reference

        if not lines:
            return
        chart = BarChart()
        chart.title, chart.type, chart.width, chart.height = title, "bar" if lines <= _BARS_ACROSS else "col", 24, 12
        for column in columns:
            chart.add_data(Reference(page, min_col=column, min_row=1, max_row=lines + 1), titles_from_data=True)
        chart.set_categories(Reference(page, min_col=1, min_row=2, max_row=lines + 1))
        if stacked:
            chart.grouping, chart.overlap = "stacked", 100
        chart.x_axis.delete = chart.y_axis.delete = False  # newer programs hide the axes of a chart that does not say so
        if len(columns) == 1:
            chart.legend = None
        if chart.type == "bar":
            chart.x_axis.scaling.orientation = "maxMin"  # the first line on top, as in the table
        page.add_chart(chart, at)

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
