"""One database for many tests, emptied before each: a few milliseconds instead of a copy of a whole database."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import asyncpg
import pytest

from bot.embedded import Server

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


@pytest.fixture
async def database_url(shared_url: str) -> AsyncIterator[str]:
    """Its address, and nothing in it."""
    connection = await asyncpg.connect(shared_url)
    try:
        await connection.execute(EMPTY)
    finally:
        await connection.close()
    yield shared_url
