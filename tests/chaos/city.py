"""The city that chaos comes over: two districts, lawyers by the dozen of whom some are soon full, staff on most rungs, workers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.clock import VirtualClock
from storage.database import Database
from storage.models import Lawyer
from storage.types import PersonId, UnitId
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, WANGJING, ZHONGGUANCUN, make_world, new_lawyer, new_officer, new_person
from union.alerts import MEMBER

PLACES = (JINSONG, WANGJING, ZHONGGUANCUN)
POOLS: tuple[UnitId, ...] = (CHAOYANG, HAIDIAN, CITY)
FULL_SOON = 3
"""Every so manieth lawyer has place for two cases only."""


@dataclass(frozen=True, slots=True)
class People:
    """Who does something."""

    workers: list[PersonId]
    staff: list[PersonId]  # of the city: they reach everything


async def settle(database: Database, start: datetime, *, lawyers: int, workers: int) -> People:
    """Fills an empty database."""
    world = await make_world(database, VirtualClock(start))
    async with database.begin() as session:
        for number in range(lawyers):
            unit = (*PLACES, *POOLS)[number % 6]
            person = await new_lawyer(session, f"律师{number}", unit, start, ago=timedelta(days=number))
            if number % FULL_SOON == 0:
                await session.execute(sa.update(Lawyer).where(Lawyer.person_id == person).values(capacity=2))
        staff = [world.city_staff, await new_officer(session, "市干部二", CITY, start)]
        for number, unit in enumerate((JINSONG, WANGJING, HAIDIAN)):
            await new_officer(session, f"干部{number}", unit, start)
        people = [await new_person(session, "", start, MEMBER) for _ in range(workers)]
    return People(people, staff)
