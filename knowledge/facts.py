"""Dated facts: figures that change by region and year, each with its source, and what staff may add to them.

    facts = Facts.load()
    fact = facts.value("minimum-wage-month", "北京", date(2026, 11, 21))
    fact.sentence      # 北京2025年9月1日起每月2,540元

Only figures we are certain of are built in. Where there is none, a calculator asks; staff add rows (`Facts.with_rows`).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from .folder import data_folder

NATIONAL = "全国"
PROVINCES = (
    "北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "上海", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南",
    "湖北", "湖南", "广东", "广西", "海南", "重庆", "四川", "贵州", "云南", "西藏", "陕西", "甘肃", "青海", "宁夏", "新疆",
)  # fmt: skip
COLUMNS = {
    "name": "名称", "region": "地区", "value": "数值", "unit": "单位",
    "valid_from": "生效日", "valid_until": "失效日", "source": "来源", "note": "说明",
}  # fmt: skip
_LONGEST = 300  # characters in a cell of words
_REGION = re.compile(rf"(?P<province>{'|'.join(PROVINCES)})(?:省|市|(?:壮族|回族|维吾尔)?自治区)?(?P<city>[\u4e00-\u9fff]{{0,12}}?)市?")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_SEPARATORS = re.compile(r"[,;、\s]+")


class ValueKind(StrEnum):
    """What a fact's value is."""

    MONEY = "money"
    NUMBER = "number"
    NUMBERS = "numbers"
    DAYS = "days"
    TEXT = "text"


FactValue = Decimal | str | tuple[Decimal, ...] | tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactName:
    """A fact that the table may hold: what it is called, and what its value looks like."""

    name: str
    label: str
    unit: str
    kind: ValueKind
    regional: bool  # whether regions differ; if not there are rows for 全国 only
    least: Decimal | None = None
    most: Decimal | None = None
    count: int | None = None  # of NUMBERS, if it is fixed
    about: str = ""

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions to choose from; a city may follow its province (山东临沂)."""
        return (NATIONAL, *PROVINCES) if self.regional else (NATIONAL,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One row of the table: a value, where and when it holds, and who says so."""

    name: str
    region: str
    value: FactValue
    unit: str
    valid_from: date
    source: str
    valid_until: date | None = None  # the last day; None until a later row takes over
    note: str = ""

    @property
    def number(self) -> Decimal:
        """The value of a fact that is one number. Raises TypeError for others."""
        if not isinstance(self.value, Decimal):
            raise TypeError(f"{self.name} is not one number")
        return self.value

    @property
    def numbers(self) -> tuple[Decimal, ...]:
        """The values of a fact that is several numbers; of one number, that one. Raises TypeError for others."""
        found = tuple(value for value in self._values if isinstance(value, Decimal))
        if len(found) != len(self._values):
            raise TypeError(f"{self.name} is not numbers")
        return found

    @property
    def days(self) -> tuple[date, ...]:
        """The value of a fact that is a list of days. Raises TypeError for others."""
        found = tuple(value for value in self._values if isinstance(value, date))
        if len(found) != len(self._values):
            raise TypeError(f"{self.name} is not a list of days")
        return found

    @property
    def _values(self) -> tuple[object, ...]:
        return self.value if isinstance(self.value, tuple) else (self.value,)

    @property
    def value_text(self) -> str:
        """The value as a person reads it: 每月2,540元, 13天."""
        unit, _, per = self.unit.partition("/")
        values = "、".join(f"{each:,f}" if isinstance(each, Decimal) else str(each) for each in self._values)
        return (f"每{per}" if per else "") + values + unit

    @property
    def sentence(self) -> str:
        """What holds, where and since when: 北京2025年9月1日起每月2,540元."""
        since = self.valid_from
        return f"{self.region}{since.year}年{since.month}月{since.day}日起{self.value_text}"

    def holds(self, on: date) -> bool:
        """Whether it is valid on that day."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


class Facts:
    """All rows, and what holds where and when. Never changes: more rows make another table."""

    def __init__(self, rows: Iterable[Fact], built_in: Facts | None = None) -> None:
        self._built_in = built_in
        by_key = {(row.name, row.region, row.valid_from): row for row in rows}
        self._rows = tuple(by_key[key] for key in sorted(by_key))
        self._by_place: dict[tuple[str, str], list[Fact]] = {}
        for row in self._rows:
            self._by_place.setdefault((row.name, row.region), []).append(row)

    @classmethod
    def load(cls, overlay: Path | None = None) -> Facts:
        """The built-in rows; a file in `overlay`/facts stands in for ours of the same name, except for the registry of names.

        Raises BadFacts, or another ValueError or KeyError, if a file is malformed.
        """
        return cls(_built_in(data_folder(overlay) / "facts"))

    @property
    def built_in(self) -> Facts:
        """The table as it was loaded, without the rows that were added."""
        return self._built_in or self

    @property
    def rows(self) -> tuple[Fact, ...]:
        """Every row, by name, region and day."""
        return self._rows

    def with_rows(self, rows: Iterable[Fact]) -> Facts:
        """This table with more rows: one of the same name, region and first day takes the place of ours."""
        return Facts((*self._rows, *rows), self.built_in)

    def value(self, name: str, region: str, on: date) -> Fact | None:
        """What holds there on that day: the row that began last, of the place itself, else its province, else 全国.

        Raises KeyError for a name that is not in the registry.
        """
        return self._last(name, region, lambda row: row.holds(on))

    def latest(self, name: str, region: str, on: date) -> Fact | None:
        """The row that began last by that day, though it may have run out: a yearly figure before the new one is known."""
        return self._last(name, region, lambda row: row.valid_from <= on)

    def _last(self, name: str, region: str, fits: Callable[[Fact], bool]) -> Fact | None:
        fact_names()[name]
        for place in _places(region):
            found = [row for row in self._by_place.get((name, place), ()) if fits(row)]
            if found:
                return found[-1]
        return None


def _places(region: str) -> Iterator[str]:
    place = read_region(region)
    if place and place != NATIONAL:
        yield place
        province = next(province for province in PROVINCES if place.startswith(province))
        if province != place:
            yield province
    yield NATIONAL


def read_region(written: str) -> str | None:
    """A region as the table calls it: 北京市 -> 北京, 山东省临沂市 -> 山东临沂. None if it is none."""
    plain = unicodedata.normalize("NFKC", written[:_LONGEST]).strip()
    if plain == NATIONAL:
        return NATIONAL
    found = _REGION.fullmatch(plain)
    return found["province"] + found["city"] if found else None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell: its column, and what is expected there."""

    column: str  # as people call it: 生效日
    expected: str
    row: int | None = None  # of a table, as the spreadsheet counts

    @property
    def text(self) -> str:
        """As it is told: 第 3 行“生效日”：请写成 2025-09-01 的样子."""
        return (f"第 {self.row} 行" if self.row is not None else "") + f"“{self.column}”：{self.expected}"


class BadFacts(ValueError):
    """Rows that cannot be read: every problem, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("；".join(problem.text for problem in self.problems))


class _Wrong(Exception): ...  # says what is expected of the cell


def read_fact_rows(rows: Iterable[Mapping[str, object]], *, first_row: int = 2) -> tuple[Fact, ...]:
    """The facts of a table under a line of column names; empty rows are passed over. Raises BadFacts with all that is wrong."""
    facts: list[Fact] = []
    problems: list[Problem] = []
    seen: dict[tuple[str, str, date], int] = {}
    for number, row in enumerate(rows, start=first_row):
        if all(_plain(cell) == "" for cell in row.values()):
            continue
        try:
            fact = read_fact_row(row)
        except BadFacts as bad:
            problems.extend(replace(problem, row=number) for problem in bad.problems)
            continue
        key = (fact.name, fact.region, fact.valid_from)
        if key in seen:
            problems.append(Problem(COLUMNS["valid_from"], f"和第 {seen[key]} 行是同一个名称、地区和生效日，请只留一行", number))
        seen.setdefault(key, number)
        facts.append(fact)
    if problems:
        raise BadFacts(problems)
    return tuple(facts)


def read_fact_row(row: Mapping[str, object]) -> Fact:
    """A fact from its cells, by our column names or the Chinese ones. Raises BadFacts with all that is wrong."""
    reader = _RowReader(row)
    name = reader.read("name", _name_of)
    first = reader.read("valid_from", _day)
    last = reader.read("valid_until", lambda cell: _last_day(cell, first))
    region = reader.read("region", lambda cell: _region_of(cell, name))
    value = reader.read("value", lambda cell: _value_of(cell, name, first, last)) if name else None
    unit = reader.read("unit", lambda cell: _unit_of(cell, name)) if name else None
    source = reader.read("source", lambda cell: _words(cell, required=True))
    note = reader.read("note", lambda cell: _words(cell, required=False))
    if reader.problems or not (name and region and source and first) or value is None or unit is None or note is None:
        raise BadFacts(reader.problems)
    return Fact(name=name.name, region=region, value=value, unit=unit, valid_from=first, valid_until=last, source=source, note=note)


_Read = TypeVar("_Read")


class _RowReader:
    """Reads one row's cells and gathers what is wrong with them."""

    def __init__(self, row: Mapping[str, object]) -> None:
        self.problems: list[Problem] = []
        self._cells: dict[str, object] = {}
        columns = {title: column for column, titles in COLUMNS.items() for title in (column, titles)}
        for title, cell in row.items():
            column = columns.get(_plain(title))
            if column is None:
                self.problems.append(Problem(_plain(title)[:20] or "（空列名）", f"没有这一列，只认：{'、'.join(COLUMNS.values())}"))
            elif column in self._cells:
                self.problems.append(Problem(COLUMNS[column], "这一列出现了两次"))
            else:
                self._cells[column] = cell

    def read(self, column: str, reader: Callable[[object], _Read]) -> _Read | None:
        try:
            return reader(self._cells.get(column))
        except _Wrong as wrong:
            self.problems.append(Problem(COLUMNS[column], str(wrong)))
            return None


def _plain(cell: object) -> str:
    return "" if cell is None else unicodedata.normalize("NFKC", str(cell)).strip()


def _name_of(cell: object) -> FactName:
    for name in fact_names().values():
        if _plain(cell) in {name.name, _plain(name.label)}:
            return name
    raise _Wrong("请从名单里选一个，例如 月最低工资标准")


def _region_of(cell: object, name: FactName | None) -> str:
    region = read_region(_plain(cell))
    if region is None:
        raise _Wrong("请写省级地区，后面可以跟城市，例如 北京、山东临沂；全国统一的写 全国")
    if name is not None and not name.regional and region != NATIONAL:
        raise _Wrong(f"{name.label}全国一个数，请写 全国")
    return region


def _day(cell: object) -> date:
    if isinstance(cell, date):
        return cell.date() if isinstance(cell, datetime) else cell
    found = _DAY.fullmatch(_plain(cell))
    with suppress(ValueError):
        if found and 1949 <= int(found[1]) <= 2100:
            return date(*map(int, found.groups()))
    raise _Wrong("请写成 2025-09-01 的样子")


def _last_day(cell: object, first: date | None) -> date | None:
    last = None if _plain(cell) == "" else _day(cell)
    if first and last and last < first:
        raise _Wrong("不能早于生效日")
    return last


def _number_of(cell: object, name: FactName) -> Decimal:
    written = _plain(cell).replace(",", "")
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,4})?", written):
        raise _Wrong(f"只写数字，例如 2540（单位：{name.unit}）")
    number = Decimal(f"{Decimal(written).normalize():f}")
    if name.kind is ValueKind.MONEY and number != round(number, 2):
        raise _Wrong("小数点后最多 2 位")
    if (name.least is not None and number < name.least) or (name.most is not None and number > name.most):
        raise _Wrong(f"应在 {name.least} 到 {name.most} 之间（单位：{name.unit}）")
    return number


def _value_of(cell: object, name: FactName, first: date | None, last: date | None) -> FactValue:
    if name.kind in {ValueKind.MONEY, ValueKind.NUMBER}:
        return _number_of(cell, name)
    if name.kind is ValueKind.TEXT:
        return _words(cell, required=True)
    parts = [part for part in _SEPARATORS.split(_plain(cell)) if part][:400]
    if name.kind is ValueKind.DAYS:
        return _days_of(parts, first, last)
    if not parts or (name.count is not None and len(parts) != name.count):
        raise _Wrong(f"请写 {name.count or '几'} 个数，中间用空格隔开，例如 18 15 12 9 6 3")
    return tuple(_number_of(part, name) for part in parts)


def _days_of(parts: list[str], first: date | None, last: date | None) -> tuple[date, ...]:
    days = tuple(_day(part) for part in parts)
    if not days or len(set(days)) != len(days):
        raise _Wrong("请写日期，用空格隔开，不要重复，例如 2026-05-01 2026-05-02")
    if (first and min(days) < first) or (last and max(days) > last):
        raise _Wrong("每个日期都要在生效日和失效日之间")
    return tuple(sorted(days))


def _unit_of(cell: object, name: FactName) -> str:
    if _plain(cell) not in {"", name.unit}:
        raise _Wrong(f"单位应是 {name.unit}，也可以空着" if name.unit else "这一项没有单位，请空着")
    return name.unit


def _words(cell: object, *, required: bool) -> str:
    words = "" if cell is None else str(cell).strip()
    if required and not words:
        raise _Wrong("请写清依据，例如文件名和文号")
    if len(words) > _LONGEST or not (words.isprintable() or words == ""):
        raise _Wrong(f"请写一行字，不超过 {_LONGEST} 个字")
    return words


@cache
def fact_names() -> Mapping[str, FactName]:
    """The facts there may be, by name, in the order in which staff pick from them. Raises ValueError or KeyError if malformed."""
    table = tomllib.loads((data_folder() / "facts" / "names.toml").read_text(encoding="utf-8"), parse_float=Decimal)
    names: list[FactName] = []
    for row in table["name"]:
        bounds = {bound: Decimal(row[bound]) for bound in ("least", "most") if bound in row}
        names.append(FactName(**{**row, "kind": ValueKind(row["kind"]), **bounds}))
    return MappingProxyType({name.name: name for name in names})


def _built_in(folder: Traversable) -> Iterator[Fact]:
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml") and file.name != "names.toml":
            yield from read_fact_rows(tomllib.loads(file.read_text(encoding="utf-8"))["fact"], first_row=1)
