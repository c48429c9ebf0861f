"""The path of a dispute: its nature decides the steps (S4 广东), the unit register says which office each step leads to.

Steps, offices and the days that start a warning are data (data/paths.toml), for a lawyer of the union to read and to change.
"""

from __future__ import annotations

import pathlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import ServicePoint, Unit, UnitKind
from storage.types import UnitId
from union.units import UnitCard, ladder

PATHS_FILE = pathlib.Path(__file__).parent / "data" / "paths.toml"

USUAL = "rights"
"""The path of a case whose nature is not known."""

SOME_DISTRICT = "单位所在区"
"""Stands for the district where the register does not tell it: a case that lies with the city."""

UNION_OFFICE = "union"


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take, in words, and the article that says so (law by its short name)."""

    words: str
    law: str
    article: int


@dataclass(frozen=True, slots=True)
class OfficeKind:
    """How offices of a kind are called and reached. elsewhere: districts that belong to an office of another name. points: where one may be found."""

    code: str
    name: str
    phone: str
    elsewhere: Mapping[str, str]
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step. documents: what to bring. papers: codes of what can be drafted for it. dates: codes of the days that come up on it."""

    code: str
    title: str
    about: str
    documents: tuple[str, ...]
    office: OfficeKind
    papers: tuple[str, ...]
    limits: tuple[Limit, ...]
    dates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """The steps that a dispute of one nature goes, in order. dates: codes of the days that may come up on any of them."""

    nature: str
    title: str
    steps: tuple[PathStep, ...]
    dates: tuple[str, ...] = ()

    def place(self, code: str | None) -> int:
        """Which step a case is on, counted from 0: the first as long as none is noted, or one that is not on this path."""
        return next((place for place, step in enumerate(self.steps) if step.code == code), 0)

    @property
    def papers(self) -> tuple[str, ...]:
        """All that can be drafted on the way, each once."""
        return tuple(dict.fromkeys(paper for step in self.steps for paper in step.papers))


@dataclass(frozen=True, slots=True)
class CaseDateKind:
    """A day that somebody can note on a case. Deadlines begin and end with it under the name date:code (deadlines.toml).

    topics: the subjects for which it is offered; none means all. ahead: it may lie in the future.
    """

    code: str
    label: str
    topics: tuple[str, ...] = ()
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Paths:
    """What the file holds: the paths by nature, the kinds of dates by code."""

    by_nature: Mapping[str, Path]
    dates: Mapping[str, CaseDateKind]


@dataclass(frozen=True, slots=True)
class Office:
    """Where to go with a step. address: empty where the register has none. phone: its own, else the public line."""

    name: str
    address: str
    phone: str


class BadPaths(ValueError):
    """The file of paths is wrong; the text says where and what is expected."""


def load_paths(path: pathlib.Path = PATHS_FILE) -> Paths:
    """The paths and the dates. Raises BadPaths."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadPaths(f"{path.name}: {error}") from error
    offices = _section(path.name, raw, "offices", _office)
    dates = _section(path.name, raw, "dates", _date_kind)
    steps = _section(path.name, raw, "steps", lambda code, table: _step(code, table, offices, dates))
    paths = _section(path.name, raw, "paths", lambda code, table: _path(code, table, steps, dates))
    if USUAL not in paths:
        raise BadPaths(f"{path.name}: [paths.{USUAL}] is expected: cases of unknown nature go it")
    return Paths(paths, dates)


_Made = TypeVar("_Made")
_Known = TypeVar("_Known")


def _section(file: str, raw: Mapping[str, Any], name: str, make: Callable[[str, dict[str, Any]], _Made]) -> dict[str, _Made]:
    tables = raw.get(name)
    if not isinstance(tables, dict) or not tables:
        raise BadPaths(f"{file}: at least one [{name}.X] is expected")
    made: dict[str, _Made] = {}
    for code, table in tables.items():
        try:
            if not isinstance(table, dict):
                raise ValueError("a table is expected")
            made[code] = make(code, table)
        except ValueError as error:
            raise BadPaths(f"{file}: [{name}.{code}]: {error}") from error
    return made


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} = a text is expected")
    return value


def _texts(table: Mapping[str, Any], key: str, *, needed: bool = True) -> tuple[str, ...]:
    value = table.get(key, None if needed else [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise ValueError(f"{key} = a list of texts is expected")
    return tuple(value)


def _one_of(known: Mapping[str, _Known], section: str, code: str) -> _Known:
    if code not in known:
        raise ValueError(f"{code!r} is none of [{section}.X]: {', '.join(known)} are expected")
    return known[code]


def _office(code: str, table: Mapping[str, Any]) -> OfficeKind:
    name = _text(table, "name")
    if name.count("{place}") != 1 or name.count("{") != 1:
        raise ValueError("name = a text with {place} in it is expected")
    elsewhere = table.get("elsewhere", {})
    if not isinstance(elsewhere, dict) or not all(isinstance(other, str) and other for other in elsewhere.values()):
        raise ValueError("elsewhere = a table of district = name of the office is expected")
    return OfficeKind(code, name, _text(table, "phone"), elsewhere, _texts(table, "points", needed=False))


def _date_kind(code: str, table: Mapping[str, Any]) -> CaseDateKind:
    ahead = table.get("ahead", False)
    if not isinstance(ahead, bool):
        raise ValueError("ahead = true or false is expected")
    return CaseDateKind(code, _text(table, "label"), _texts(table, "topics", needed=False), ahead)


def _dates(table: Mapping[str, Any], known: Mapping[str, CaseDateKind]) -> tuple[str, ...]:
    return tuple(_one_of(known, "dates", code).code for code in _texts(table, "dates", needed=False))


def _step(code: str, table: Mapping[str, Any], offices: Mapping[str, OfficeKind], dates: Mapping[str, CaseDateKind]) -> PathStep:
    limits = table.get("limits")
    if not isinstance(limits, list) or not all(isinstance(limit, dict) for limit in limits):
        raise ValueError("limits = a list of tables is expected")
    return PathStep(
        code=code,
        title=_text(table, "title"),
        about=_text(table, "about"),
        documents=_texts(table, "documents"),
        office=_one_of(offices, "offices", _text(table, "office")),
        papers=_texts(table, "papers"),
        limits=tuple(_limit(limit) for limit in limits),
        dates=_dates(table, dates),
    )


def _limit(table: Mapping[str, Any]) -> Limit:
    article = table.get("article")
    if not isinstance(article, int) or not 0 < article < 10_000:
        raise ValueError("article = the number of an article is expected in each of limits")
    return Limit(_text(table, "words"), _text(table, "law"), article)


def _path(code: str, table: Mapping[str, Any], steps: Mapping[str, PathStep], dates: Mapping[str, CaseDateKind]) -> Path:
    codes = _texts(table, "steps")
    if not codes or len(set(codes)) != len(codes):
        raise ValueError("steps = at least one step, each once, is expected")
    return Path(code, _text(table, "title"), tuple(_one_of(steps, "steps", step) for step in codes), _dates(table, dates))


@cache
def _shipped() -> Paths:
    return load_paths()


def path_for(nature: str | None) -> Path:
    """The path of a dispute of this nature; that of a disagreement on rights where the nature is not known."""
    paths = _shipped().by_nature
    return paths.get(nature or USUAL, paths[USUAL])


def date_kinds() -> Mapping[str, CaseDateKind]:
    """The days that can be noted on a case, by code."""
    return _shipped().dates


def dates_on(path: Path, step: str | None, topic: str) -> list[CaseDateKind]:
    """The days that may be noted on a case of this subject, on this step of its path: what comes up now first, then what else may."""
    now = path.place(step)
    codes = [*path.steps[now].dates, *path.dates, *(code for each in path.steps for code in each.dates)]
    kinds = [date_kinds()[code] for code in dict.fromkeys(codes)]
    return [kind for kind in kinds if not kind.topics or topic in kind.topics]


async def office_for(session: AsyncSession, step: PathStep, unit_id: UnitId) -> Office:
    """Where somebody of this unit goes with a step: the district's office by name, or a service point that the register knows. Raises NotFound."""
    rungs, kind = await ladder(session, unit_id), step.office
    if kind.code == UNION_OFFICE:
        union = next((unit for unit in rungs if unit.kind in _UNIONS), rungs[-1])
        own = await _nearest_point(session, kind.points, [union])  # a point of a unit above would be another union's
        return Office(union.name, own.address, own.phone or kind.phone) if own else Office(union.name, "", kind.phone)
    point = await _nearest_point(session, kind.points, rungs)
    if point is not None:
        return Office(point.name, point.address, point.phone or kind.phone)
    return Office(_office_name(kind, rungs), "", kind.phone)


_UNIONS = (UnitKind.STREET, UnitKind.DISTRICT, UnitKind.CITY)


def _rung(rungs: Sequence[UnitCard], kind: UnitKind) -> UnitCard | None:
    return next((unit for unit in rungs if unit.kind is kind), None)


def _district_place(rungs: Sequence[UnitCard]) -> str:
    """北京市朝阳区, or nothing. A district that is named after the city already keeps its name: 北京经济技术开发区."""
    district, city = _rung(rungs, UnitKind.DISTRICT), _rung(rungs, UnitKind.CITY)
    if district is None:
        return ""
    return district.place if city is None or district.place.startswith(city.short) else city.place + district.place


def _office_name(kind: OfficeKind, rungs: Sequence[UnitCard]) -> str:
    """北京市朝阳区人民法院."""
    district = _rung(rungs, UnitKind.DISTRICT)
    if district is not None and district.place in kind.elsewhere:
        return kind.elsewhere[district.place]
    return kind.name.format(place=_district_place(rungs) or SOME_DISTRICT)


async def place_of(session: AsyncSession, unit_id: UnitId) -> str:
    """Where a unit lies: 北京市朝阳区劲松街道; empty for the city, which says too little. Raises NotFound."""
    rungs = await ladder(session, unit_id)
    street = _rung(rungs, UnitKind.STREET)
    return _district_place(rungs) + (street.place if street else "")


async def _nearest_point(session: AsyncSession, kinds: Sequence[str], rungs: Sequence[UnitCard]) -> ServicePoint | None:
    """The point of one of these kinds that stands nearest in the tree: the unit's own, one below it, one above it up to its district."""
    own = rungs[0]
    above = [unit.id for unit in rungs if unit.kind is not UnitKind.CITY]
    if not above:  # of the whole city any point would do, and none is near
        return None
    query = (
        sa.select(ServicePoint, Unit.path)
        .join(Unit, Unit.id == ServicePoint.unit_id)
        .where(ServicePoint.kind.in_(kinds), sa.or_(Unit.id.in_(above), Unit.path.startswith(own.path, autoescape=True)))
        .order_by(ServicePoint.id)
    )
    found = [(point, path) for point, path in await session.execute(query)]
    if not found:
        return None

    def distance(path: str) -> tuple[bool, int]:
        below = path.startswith(own.path)
        return not below, abs(path.count(".") - own.path.count("."))

    return min(found, key=lambda row: distance(row[1]))[0]
