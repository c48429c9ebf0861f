"""People in the small city who differ in what an audience can ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Person, Unit, UnitKind
from storage.types import PersonId, UnitId
from tests.union.world import CITY, JINSONG, ZHONGGUANCUN, World, new_person
from union.alerts import MEMBER

EDUCATION, SCHOOLS, HOTEL, SCHOOL = (UnitId(n) for n in (20, 21, 22, 23))
"""An industry union of the city, a federation under it; a workplace of 劲松 on no line, and one of 中关村 on the federation's."""

_MORE_UNITS = (
    (EDUCATION, UnitKind.INDUSTRY, "北京市教育工会", "教育", CITY, None, "1.20."),
    (SCHOOLS, UnitKind.FEDERATION, "民办学校工会联合会", "民办学校", EDUCATION, None, "1.20.21."),
    (HOTEL, UnitKind.WORKPLACE, "劲松饭店", "劲松饭店", JINSONG, None, "1.2.4.22."),
    (SCHOOL, UnitKind.WORKPLACE, "中关村学校", "中关村学校", ZHONGGUANCUN, SCHOOLS, "1.3.6.23."),
)


async def add_units(session: AsyncSession) -> None:
    """The industry union, its federation, and the two workplaces."""
    for unit_id, kind, name, short, parent, line, path in _MORE_UNITS:
        session.add(Unit(id=unit_id, kind=kind, name=name, short=short, parent_id=parent, industry_id=line, path=path))
        await session.flush()


async def add(world: World, unit_id: UnitId, name: str = "王小明", *, door: bool = True, **what: Any) -> PersonId:
    """Somebody who belongs to a unit. what: columns of `Person`."""
    async with world.database.begin() as session:
        return await put(session, world.clock.now(), unit_id, name, door=door, **what)


async def put(session: AsyncSession, now: datetime, unit_id: UnitId, name: str = "王小明", *, door: bool = True, **what: Any) -> PersonId:
    """The same in a session of one's own."""
    person_id = await new_person(session, name, now, MEMBER, unit_id=unit_id, door=door)
    if what:
        await session.execute(sa.update(Person).where(Person.id == person_id).values(what))
    return person_id
