"""Reads CSV files that staff edit in a spreadsheet. Every mistake is one sentence that names the file and the line."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class RegisterError(Exception):
    """A line of a register file can't be used. The text names the file, the line and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file, with what is needed to complain about it."""

    file: str
    line: int
    values: Mapping[str, str]

    def error(self, problem: str) -> RegisterError:
        """The error to raise for this line."""
        return RegisterError(f"{self.file} line {self.line}: {problem}")

    def text(self, column: str) -> str:
        """A value that must be there."""
        if not self.values[column]:
            raise self.error(f"{column} is empty")
        return self.values[column]

    def optional(self, column: str) -> str:
        """A value that may be empty."""
        return self.values[column]

    def known(self, column: str, allowed: Collection[str]) -> str:
        """A value that must be one of those allowed."""
        value = self.text(column)
        if value not in allowed:
            raise self.error(f"there is no {column} {value!r}")
        return value

    def whole(self, column: str) -> int:
        """A whole number, 0 or more."""
        value = self.text(column)
        if not (value.isascii() and value.isdigit()):
            raise self.error(f"{column} {value!r} is not a whole number")
        return int(value)

    def coordinate(self, column: str, bounds: tuple[float, float]) -> float:
        """A coordinate within Beijing."""
        value = self.text(column)
        low, high = bounds
        try:
            number = float(value)
        except ValueError:
            raise self.error(f"{column} {value!r} is not a number") from None
        if not low <= number <= high:
            raise self.error(f"{column} {value} is outside Beijing ({low} to {high})")
        return number


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The lines of a CSV file with exactly these columns, values stripped. A spreadsheet's byte order mark and blank lines do no harm."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    except FileNotFoundError:
        raise RegisterError(f"{path.name} is missing") from None
    except UnicodeDecodeError:
        raise RegisterError(f"{path.name} is not UTF-8: save it as “CSV UTF-8”") from None
    reader = csv.reader(lines)
    header = [name.strip() for name in next(reader, [])]
    if header != list(columns):
        raise RegisterError(f"{path.name} line 1: the columns must be {', '.join(columns)}")
    for fields in reader:
        values = [field.strip() for field in fields]
        if not any(values):
            continue
        if len(values) != len(columns):
            raise RegisterError(f"{path.name} line {reader.line_num}: {len(values)} values for {len(columns)} columns")
        yield Row(path.name, reader.line_num, dict(zip(columns, values, strict=True)))


def read_table(path: Path, columns: str, build: Callable[[Row], T], key: Callable[[T], str]) -> tuple[T, ...]:
    """Builds one value per line and refuses a key that is there twice."""
    seen: dict[str, int] = {}
    found = []
    for row in read_rows(path, columns.split()):
        value = build(row)
        name = key(value)
        if name in seen:
            raise row.error(f"{name!r} is already on line {seen[name]}")
        seen[name] = row.line
        found.append(value)
    return tuple(found)
