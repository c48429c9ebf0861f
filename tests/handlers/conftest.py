"""The small city, and conversations in it."""

from __future__ import annotations

import pytest

from bot.clock import VirtualClock
from handlers.turn import House
from knowledge import Knowledge
from knowledge.facts import Facts
from knowledge.statutes import Statutes
from storage.database import Database
from tests.handlers.talk import Talk, Talks
from tests.union.shared import database, database_url, shared_database, shared_url
from tests.union.world import RULES, World, make_world

__all__ = ["database", "database_url", "shared_database", "shared_url"]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(Knowledge.load(), RULES, Facts.load(), Statutes(tmp_path_factory.mktemp("statutes")))


@pytest.fixture
async def world(database: Database, clock: VirtualClock) -> World:
    return await make_world(database, clock)


@pytest.fixture
def talks(world: World, house: House) -> Talks:
    return Talks(world, house)


@pytest.fixture
def worker(talks: Talks) -> Talk:
    """A worker who opens the members' bot for the first time."""
    return talks.stranger()


@pytest.fixture
async def lawyer(talks: Talks, world: World) -> Talk:
    """何律师, named for 劲松."""
    return await talks.of(world.lawyer)


@pytest.fixture
async def staff(talks: Talks, world: World) -> Talk:
    """The officer of 朝阳."""
    return await talks.of(world.staff)
