"""Long lists out of spreadsheets: text and numbers only, read in one pass. openpyxl makes an object of every cell, which for 100,000 rows takes
some ten times as long and blocks a turn; it stays for tables with dates (handlers/sheets)."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from handlers.sheets import LONG_LIST, MOST_COLUMNS, BadSheet, Size, Table, UnreadableSheet, check_workbook, table_of

_CHUNK = 1 << 16
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")

Line = list[tuple[Any, str]]
"""The cells of a row, each with openpyxl's letter for what it is: f formula, n number, s text."""


def read_long_table(data: bytes, *, sheet: str, columns: Sequence[str], size: Size = LONG_LIST) -> Table:
    """As `sheets.read_table`. Slow: not for the event loop. Raises BadSheet."""
    check_workbook(data, size)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            texts = _Texts()
            for part in _related(archive, "Type"):
                if part[0].endswith("/sharedStrings"):
                    _parse(archive, part[1], texts)
            cells = _Cells(texts.found, size)
            _parse(archive, _page(archive, sheet), cells)
    except BadSheet:
        raise
    except Exception:  # what a damaged file brings forth can't be foreseen
        raise UnreadableSheet from None
    return table_of(cells.filled, columns)


def _page(archive: zipfile.ZipFile, sheet: str) -> str:
    """The part that holds the sheet of that name, or the first one."""
    pages = _attributes(archive, "xl/workbook.xml", "sheet", "name", "id")
    if not pages:
        raise BadSheet("这个文件里没有表格。")
    wanted = next((number for name, number in pages if name == sheet), pages[0][1])
    return dict(_related(archive, "Id"))[wanted]


def _related(archive: zipfile.ZipFile, by: str) -> list[tuple[str, str]]:
    """The parts of the workbook, with their Id or Type."""
    found = _attributes(archive, "xl/_rels/workbook.xml.rels", "Relationship", by, "Target")
    return [(key, target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")) for key, target in found]


def _attributes(archive: zipfile.ZipFile, part: str, element: str, first: str, second: str) -> list[tuple[str, str]]:
    found = []
    for node in ElementTree.fromstring(archive.read(part)).iter():
        if _local(node.tag) == element:
            given = {_local(name): value for name, value in node.attrib.items()}
            found.append((given[first], given[second]))
    return found


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _parse(archive: zipfile.ZipFile, part: str, reader: _Texts | _Cells) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk)
    parser.Parse(b"", True)


class _Texts:
    """The texts that cells refer to by number. How they are to be pronounced (rPh) is left out."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._parts: list[str] = []
        self._reading = self._aside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "t":
            self._reading = not self._aside
        elif name == "rPh":
            self._aside = True

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name == "t":
            self._reading = False
        elif name == "rPh":
            self._aside = False
        elif name == "si":
            self.found.append("".join(self._parts))
            self._parts = []

    def text(self, text: str) -> None:
        if self._reading:
            self._parts.append(text)


class _Cells:
    """The rows of a sheet. Raises BadSheet for more of them than may be."""

    def __init__(self, texts: Sequence[str], size: Size) -> None:
        self._texts, self._size = texts, size
        self._lines: list[Line] = []
        self._last = 0
        self._line: Line = []
        self._column = 0
        self._kind = ""
        self._formula = self._reading = False
        self._parts: list[str] = []

    @property
    def filled(self) -> list[Line]:
        """The rows down to the last that holds anything."""
        return self._lines[: self._last]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "c":
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self._column = _column(place[1]) if place else self._column + 1
            self._kind, self._formula, self._parts = attributes.get("t", "n"), False, []
        elif name in ("v", "t"):
            self._reading = True
        elif name == "f":
            self._formula = True
        elif name == "row":
            self._begin_row(int(attributes.get("r", len(self._lines) + 1)))

    def _begin_row(self, number: int) -> None:
        if number > self._size.looked_at:
            raise BadSheet(f"表格超过 {self._size.looked_at:,} 行，请删掉下面的空行再发。")
        while len(self._lines) < number - 1:
            self._lines.append([])
        self._line, self._column = [], 0

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name in ("v", "t"):
            self._reading = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._lines.append(self._line)
            if any(value is not None for value, _ in self._line):
                self._last = len(self._lines)
            if self._last > self._size.rows + 1:
                raise BadSheet(f"表格太长，一次最多 {self._size.rows:,} 行（第 1 行是列名）。请分成几个文件。")

    def _end_cell(self) -> None:
        text = "".join(self._parts)
        if self._column > MOST_COLUMNS or not (text or self._formula):
            return
        while len(self._line) < self._column - 1:
            self._line.append((None, "n"))
        if self._formula:
            self._line.append((text or "=", "f"))
        elif self._kind == "s":
            self._line.append((self._texts[int(text)], "s"))
        else:
            self._line.append((_number(text) if self._kind == "n" else text, self._kind))

    def text(self, text: str) -> None:
        if self._reading:
            self._parts.append(text)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _number(text: str) -> int | float:
    return int(text) if text.isdecimal() else float(text)
