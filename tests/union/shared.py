"""One open database for many tests, emptied before each: a few milliseconds instead of a copy of a whole database and a cold engine."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import asyncpg
import pytest
import sqlalchemy as sa

from bot.embedded import Server
from storage.database import Database, open_database
from storage.types import Vault
from tests.conftest import TEST_SECRET

_numbers = itertools.count(1)

# As a replica, so that neither foreign keys nor the trigger that guards the history stand in the way.
EMPTY = """
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('alembic_version', 'key_check') LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
END
$$
"""


@pytest.fixture(scope="session")
async def shared_url(server: Server, template: str) -> str:
    """The address of a migrated database that the tests of a folder share."""
    name = f"union_shared_{next(_numbers)}"
    admin = await asyncpg.connect(server.get_uri())
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    await admin.close()
    return server.get_uri(name)


@pytest.fixture(scope="session")
async def shared_database(shared_url: str) -> AsyncIterator[Database]:
    """The same, opened once."""
    database = open_database(shared_url, Vault([TEST_SECRET]))
    yield database
    await database.close()


@pytest.fixture
async def database_url(shared_url: str, shared_database: Database) -> str:
    """Its address, and nothing in it."""
    async with shared_database.connect() as connection:
        await connection.execute(sa.text(EMPTY))
    return shared_url


@pytest.fixture
async def database(database_url: str, shared_database: Database) -> Database:
    """The database, opened, and nothing in it."""
    return shared_database
