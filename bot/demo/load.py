"""Fills an empty database: the register, which a real installation can begin with, and the made-up people of the demo.

Both run in the caller's transaction, so a start that is cut short leaves nothing behind.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bot.demo.people import make_people
from bot.demo.person_rows import write_doors, write_lawyers, write_persons, write_roles
from bot.demo.register import read_register
from bot.demo.replay import replay
from bot.demo.unit_rows import find_units, insert, write_units, write_workplaces
from storage.models import Person, ServicePoint, Unit

LOADING_LOCK = 1235102
"""Advisory lock: of several processes that start at once, one loads, and the others find the database filled."""


class NotEmpty(Exception):
    """There is something in the database already; what is loaded would mix with it."""


class NoRegister(Exception):
    """The made-up people need the units of the register, and these are not there."""


async def is_empty(session: AsyncSession) -> bool:
    """Whether there are neither units nor people yet. Until the caller's transaction ends no other process gets an answer."""
    await _lock(session)
    return not await session.scalar(sa.select(sa.or_(sa.exists(sa.select(Unit.id)), sa.exists(sa.select(Person.id)))))


async def load_register(session: AsyncSession, now: datetime) -> None:
    """Loads the city, its districts, streets and industry unions, and the service points.

    Nothing in it depends on `now`; it is there so that both loaders are called alike.
    Raises NotEmpty, or RegisterError for a file that can't be used.
    """
    if not await is_empty(session):
        raise NotEmpty("there are units or people already")
    register = read_register()
    units = await write_units(session, register)
    points = [
        {
            "unit_id": units[(point.district, point.street) if point.street else (point.district,)],
            "kind": point.kind,
            "name": point.name,
            "address": point.address,
            "phone": point.phone,
            "hours": point.hours,
            "latitude": point.latitude,
            "longitude": point.longitude,
        }
        for point in register.points
    ]
    await insert(session, ServicePoint, points)


async def load_people(session: AsyncSession, now: datetime) -> None:
    """Loads the demo on top of the register: workplaces, firms, lawyers, officers, members, and cases with history and live deadlines.

    Raises NotEmpty when there are people already, NoRegister when `load_register` has not run.
    """
    await _lock(session)
    if await session.scalar(sa.select(sa.exists(sa.select(Person.id)))):
        raise NotEmpty("there are people already")
    register = read_register()
    units = await find_units(session, register)
    if any((street.district, street.name) not in units for street in register.streets):
        raise NoRegister("load the register first")
    units |= await write_workplaces(session, register, units)
    loading = await write_persons(session, make_people(register), units, now)
    await write_lawyers(session, register, loading)
    await write_roles(session, loading)
    await write_doors(session, loading)
    await replay(session, loading)


async def _lock(session: AsyncSession) -> None:
    await session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOADING_LOCK)))
