"""The units of the union and the ladders between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Unit, UnitKind
from storage.types import UnitId
from union.errors import NotFound

UNION = "总工会"


@dataclass(frozen=True, slots=True)
class UnitCard:
    """A unit as conversations see it."""

    id: UnitId
    kind: UnitKind
    name: str
    short: str
    path: str

    @property
    def place(self) -> str:
        """The place itself, without its union: 劲松街道."""
        return self.name.removesuffix(UNION)

    def is_below(self, other_path: str) -> bool:
        """Whether this unit is the other one or stands somewhere under it."""
        return self.path.startswith(other_path)


def card_of(unit: Unit) -> UnitCard:
    """The card of a loaded unit."""
    return UnitCard(unit.id, unit.kind, unit.name, unit.short, unit.path)


async def unit_card(session: AsyncSession, unit_id: UnitId) -> UnitCard:
    """One unit. Raises NotFound."""
    unit = await session.get(Unit, unit_id)
    if unit is None:
        raise NotFound
    return card_of(unit)


async def cards(session: AsyncSession, unit_ids: Sequence[UnitId]) -> dict[UnitId, UnitCard]:
    """Several units by their number."""
    return {unit.id: card_of(unit) for unit in await session.scalars(sa.select(Unit).where(Unit.id.in_(unit_ids)))}


async def units_of_kind(session: AsyncSession, kind: UnitKind, below: str = "") -> list[UnitCard]:
    """All units of a kind under a path, in the order in which they were entered (the districts' official order)."""
    query = sa.select(Unit).where(Unit.kind == kind, Unit.path.startswith(below, autoescape=True)).order_by(Unit.id)
    return [card_of(unit) for unit in await session.scalars(query)]


async def children(session: AsyncSession, parent_id: UnitId, kind: UnitKind) -> list[UnitCard]:
    """The units of a kind directly under another."""
    query = sa.select(Unit).where(Unit.parent_id == parent_id, Unit.kind == kind).order_by(Unit.id)
    return [card_of(unit) for unit in await session.scalars(query)]


async def find_by_name(session: AsyncSession, name: str) -> Sequence[UnitCard]:
    """Units that people call `name`, territorial ones first; several when the name is not unique.

    劲松, 劲松街道 and 劲松街道总工会 are the same unit; 朝阳, 朝阳区 and 朝阳区总工会 as well.
    """
    query = sa.select(Unit).where(sa.or_(Unit.name == name, Unit.short == name, Unit.name == f"{name}{UNION}")).order_by(Unit.path)
    found = [card_of(unit) for unit in await session.scalars(query)]
    if not found:
        return await _find_below_district(session, name)
    territorial = [unit for unit in found if unit.kind in TERRITORIAL]
    return territorial or found


async def _find_below_district(session: AsyncSession, name: str) -> Sequence[UnitCard]:
    """朝阳区八里庄街道: two districts have a street of that name, and people say which."""
    for district in await units_of_kind(session, UnitKind.DISTRICT):
        for spelling in (district.place, district.short):
            rest = name.removeprefix(spelling).strip()
            if rest and rest != name:
                below = await units_of_kind(session, UnitKind.STREET, district.path)
                return [street for street in below if rest in (street.name, street.place, street.short)]
    return []


TERRITORIAL = (UnitKind.CITY, UnitKind.DISTRICT, UnitKind.STREET, UnitKind.STATION, UnitKind.COMMUNITY)


async def ladder(session: AsyncSession, unit_id: UnitId) -> list[UnitCard]:
    """The unit and all above it, from the bottom up to the city. Raises NotFound."""
    own = sa.select(Unit.path).where(Unit.id == unit_id).scalar_subquery()
    ids = sa.func.string_to_array(sa.func.rtrim(own, "."), ".", type_=ARRAY(sa.Text))
    query = sa.select(Unit).where(Unit.id == sa.any_(sa.cast(ids, ARRAY(sa.BigInteger)))).order_by(sa.func.length(Unit.path).desc())
    found = [card_of(unit) for unit in await session.scalars(query)]
    if not found:
        raise NotFound
    return found


async def nearest_street(session: AsyncSession, latitude: float, longitude: float) -> UnitCard | None:
    """The street nearest to a position, among those whose position we know; None when it is not in or around the city (over 60 km away)."""
    # On this scale a degree of longitude is 0.77 of a degree of latitude (cos 40°); no need for a geographic index over 120 streets.
    distance = sa.func.power(Unit.latitude - latitude, 2) + sa.func.power((Unit.longitude - longitude) * 0.77, 2)
    query = sa.select(Unit, distance).where(Unit.kind == UnitKind.STREET, Unit.latitude.is_not(None)).order_by(distance).limit(1)
    row = (await session.execute(query)).first()
    if row is None or row[1] > (60 / 111) ** 2:
        return None
    return card_of(row[0])
