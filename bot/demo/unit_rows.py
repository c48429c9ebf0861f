"""Units as rows of the database, and units that are in it found again by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bot.demo.people import CITY, UnitKey
from bot.demo.register import Register
from storage.models import Base, Unit, UnitKind
from storage.types import UnitId

CITY_UNION = "北京市总工会"
CITY_SHORT = "北京市"
CITY_CENTRE = {"latitude": 39.9042, "longitude": 116.4074}

Row = dict[str, Any]


async def reserve(session: AsyncSession, table: str, count: int) -> list[int]:
    """Fresh ids, so that rows can name each other before they are written."""
    sequence = sa.func.pg_get_serial_sequence(table, "id")
    return list(await session.scalars(sa.select(sa.func.nextval(sequence)).select_from(sa.func.generate_series(1, count))))


async def insert(session: AsyncSession, table: type[Base], rows: list[Row]) -> None:
    """Writes many rows in few statements. Without `render_nulls` every change of which values are None would begin a new one."""
    await session.execute(sa.insert(table).execution_options(render_nulls=True), rows)


async def write_units(session: AsyncSession, register: Register) -> dict[UnitKey, UnitId]:
    """Writes the city, districts, streets and industry unions. Returns the territorial ones by their names from the top."""
    count = 1 + len(register.districts) + len(register.streets) + len(register.industry_unions)
    fresh = iter(await reserve(session, "unit", count))
    city = _row(next(fresh), UnitKind.CITY, CITY_UNION, CITY_SHORT, None, **CITY_CENTRE)
    rows = [city]
    by_key: dict[UnitKey, Row] = {CITY: city}
    for district in register.districts:
        place = {"latitude": district.latitude, "longitude": district.longitude}
        row = _row(next(fresh), UnitKind.DISTRICT, district.union_name, district.short, city, **place)
        by_key[(district.name,)] = row
        rows.append(row)
    for street in register.streets:
        place = {"latitude": street.latitude, "longitude": street.longitude}
        row = _row(next(fresh), UnitKind.STREET, street.union_name, street.short, by_key[(street.district,)], **place)
        by_key[(street.district, street.name)] = row
        rows.append(row)
    rows += [_row(next(fresh), UnitKind.INDUSTRY, union.name, union.short, city) for union in register.industry_unions]
    await insert(session, Unit, rows)
    return {key: row["id"] for key, row in by_key.items()}


async def find_units(session: AsyncSession, register: Register) -> dict[UnitKey, UnitId]:
    """The territorial units that are in the database, by their names from the top."""
    district_of = {district.union_name: district.name for district in register.districts}
    street_of = {street.union_name: street.name for street in register.streets}
    units: dict[UnitKey, UnitId] = {}
    districts: dict[UnitId | None, str] = {}
    query = sa.select(Unit.id, Unit.kind, Unit.name)
    for unit_id, kind, name in await session.execute(query):
        if kind is UnitKind.CITY:
            units[CITY] = unit_id
        elif kind is UnitKind.DISTRICT and name in district_of:
            districts[unit_id] = district_of[name]
            units[(district_of[name],)] = unit_id
    streets = sa.select(Unit.id, Unit.name, Unit.parent_id).where(Unit.kind == UnitKind.STREET)
    for unit_id, name, parent_id in await session.execute(streets):
        if parent_id in districts and name in street_of:
            units[(districts[parent_id], street_of[name])] = unit_id
    return units


async def write_workplaces(session: AsyncSession, register: Register, units: Mapping[UnitKey, UnitId]) -> dict[UnitKey, UnitId]:
    """Writes the workplaces under their streets, each with its industry line. Returns them by their names from the top."""
    found = await session.execute(sa.select(Unit.name, Unit.id).where(Unit.kind == UnitKind.INDUSTRY))
    industries = {name: unit_id for name, unit_id in found}
    fresh = await reserve(session, "unit", len(register.workplaces))
    workplaces: dict[UnitKey, UnitId] = {}
    rows: list[Row] = []
    for unit_id, workplace in zip(fresh, register.workplaces, strict=True):
        above = ((workplace.district,), (workplace.district, workplace.street))
        path = "".join(f"{units[key]}." for key in (CITY, *above))
        street = {"id": units[above[1]], "path": path}
        industry = industries.get(workplace.industry_union)
        name = workplace.name
        rows.append(_row(unit_id, UnitKind.WORKPLACE, name, name, street, industry_id=industry, workers=workplace.workers))
        workplaces[(*above[1], name)] = UnitId(unit_id)
    await insert(session, Unit, rows)
    return workplaces


def _row(unit_id: int, kind: UnitKind, name: str, short: str, parent: Row | None = None, **more: Any) -> Row:
    """A row of the table of units. more: what only some kinds have."""
    return {
        "id": unit_id,
        "kind": kind,
        "name": name,
        "short": short,
        "parent_id": parent["id"] if parent else None,
        "path": f"{parent['path'] if parent else ''}{unit_id}.",
        "industry_id": None,
        "workers": None,
        "latitude": None,
        "longitude": None,
        **more,
    }
