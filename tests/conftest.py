"""What every test may ask for: a real PostgreSQL with a fresh, migrated database, and a clock that stands still."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from bot.clock import VirtualClock
from bot.embedded import Server, start_embedded
from storage.database import Database, open_database
from storage.migrate import check_key, migrate
from storage.types import Vault

TEST_SECRET = "a secret that is only used by tests and never elsewhere"

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL server of the tests' own."""
    server = start_embedded(Path(tmp_path_factory.mktemp("union")))
    yield server
    server.cleanup()


@pytest.fixture(scope="session")
async def template(server: Server) -> str:
    """The name of a migrated, empty database that others are copied from."""
    admin = await asyncpg.connect(server.get_uri())
    for setting in ("synchronous_commit", "fsync", "full_page_writes"):  # tests lose nothing in a power cut
        await admin.execute(f"ALTER SYSTEM SET {setting} = off")
    await admin.execute("SELECT pg_reload_conf()")
    await admin.execute('CREATE DATABASE "union_template"')
    await admin.close()
    database = open_database(server.get_uri("union_template"), Vault([TEST_SECRET]))
    await migrate(database)
    await check_key(database)
    await database.close()
    return "union_template"


@pytest.fixture
async def database_url(server: Server, template: str) -> AsyncIterator[str]:
    """The address of a fresh, migrated, empty database."""
    name = f"union_{next(_numbers)}"
    admin = await asyncpg.connect(server.get_uri())
    try:
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        yield server.get_uri(name)
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await admin.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated, empty database, opened."""
    database = open_database(database_url, Vault([TEST_SECRET]))
    yield database
    await database.close()


@pytest.fixture
def clock() -> VirtualClock:
    """A clock that stands at 10:00 on a Wednesday in Beijing until a test moves it."""
    return VirtualClock(datetime(2026, 11, 18, 2, 0, tzinfo=UTC))
