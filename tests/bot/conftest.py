"""What the tests of the running program share."""

from __future__ import annotations

import asyncpg
import pytest

from bot.embedded import Server
from handlers.turn import House
from knowledge import Knowledge
from tests.bot.world import RULES


@pytest.fixture(scope="session")
def rooms() -> House:
    """What every conversation may use."""
    return House(Knowledge.load(), RULES)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and "database_url" in item.fixturenames:
            item.fixturenames.insert(0, "quick_server")


@pytest.fixture(scope="session")
async def quick_server(server: Server) -> None:
    """Making and dropping a database for every test waits for the disk otherwise, and tests lose nothing in a power cut."""
    admin = await asyncpg.connect(server.get_uri())
    await admin.execute("ALTER SYSTEM SET fsync = off")
    await admin.execute("SELECT pg_reload_conf()")
    await admin.close()
