"""The small city in which the union's rules are tried."""

from __future__ import annotations

import pytest

from bot.clock import VirtualClock
from storage.database import Database
from tests.union.garden import garden, started
from tests.union.shared import database, database_url, shared_database, shared_url
from tests.union.world import World, make_world

__all__ = ["database", "database_url", "garden", "shared_database", "shared_url", "started", "world"]


@pytest.fixture
async def world(database: Database, clock: VirtualClock) -> World:
    return await make_world(database, clock)
