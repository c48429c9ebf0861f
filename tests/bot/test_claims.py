"""What a process holds is given back when it ends, however it ends, and never while it lives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import sqlalchemy as sa

from bot.clock import VirtualClock
from bot.presence import Presence
from storage import outbox
from storage.database import Database
from storage.models import Deadline, OutboxRow
from storage.outbox import PRESENCE
from tests.bot.doors import until
from tests.bot.world import make_case, make_conversation, make_world, put_reply, rows

ME = 1


@pytest.fixture
async def presence(database_url: str) -> AsyncIterator[Presence]:
    """Another process."""
    presence = Presence(database_url)
    await presence.start()
    yield presence
    await presence.close()


@pytest.fixture
async def claimed(database: Database, clock: VirtualClock, presence: Presence) -> None:
    """A message and a deadline in the other process's hands."""
    ann = await make_conversation(database, "ann", clock.now())
    await put_reply(database, ann, "a", clock.now())
    await make_case(database, await make_world(database, clock.now()), clock.now())
    async with database.begin() as session:
        await session.execute(sa.update(OutboxRow).values(status="sending", owner=presence.number))
        await session.execute(sa.update(Deadline).values(owner=presence.number))


async def release(database: Database) -> int:
    async with database.connect() as connection:
        return await outbox.release_orphans(connection, ME)


async def held(database: Database) -> list[object]:
    return await rows(database, OutboxRow.owner) + await rows(database, Deadline.owner)


@pytest.mark.usefixtures("claimed")
async def test_a_living_process_keeps_what_it_holds(database: Database, presence: Presence) -> None:
    assert await release(database) == 0
    assert await held(database) == [presence.number, presence.number]


@pytest.mark.usefixtures("claimed")
async def test_what_a_process_held_is_free_once_it_has_ended(database: Database, presence: Presence) -> None:
    await presence.close()
    assert await release(database) == 2
    assert await held(database) == [None, None]
    assert await rows(database, OutboxRow.status) == ["pending"]


@pytest.mark.usefixtures("claimed")
async def test_what_i_hold_myself_is_not_released_by_me(database: Database, presence: Presence) -> None:
    await presence.close()
    async with database.connect() as connection:
        assert await outbox.release_orphans(connection, presence.number) == 0


@pytest.mark.usefixtures("claimed")
async def test_a_process_that_lost_its_connection_and_lives_on_shows_again_that_it_lives(
    database: Database, database_url: str, presence: Presence
) -> None:
    await end_lock(database_url, presence.number)
    connection = await asyncpg.connect(database_url)
    try:
        async with asyncio.timeout(60):
            held = "SELECT count(*) FROM pg_locks WHERE classid = $1 AND objid = $2"
            while not await connection.fetchval(held, PRESENCE, presence.number):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    finally:
        await connection.close()
    assert await release(database) == 0


async def end_lock(url: str, number: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE classid = $1 AND objid = $2", PRESENCE, number)
    finally:
        await connection.close()


async def test_one_process_is_elected_and_another_takes_over_when_it_ends(database_url: str, presence: Presence) -> None:
    other = Presence(database_url)
    await other.start()
    at_work: list[str] = []

    async def work(name: str) -> None:
        at_work.append(name)
        try:
            await asyncio.sleep(3600)
        finally:
            at_work.remove(name)

    first = asyncio.create_task(presence.lead("poll", lambda: work("first")))
    await until(lambda: at_work == ["first"])
    second = asyncio.create_task(other.lead("poll", lambda: work("second")))
    await asyncio.sleep(0.2)
    assert at_work == ["first"]
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await presence.close()
    await until(lambda: at_work == ["second"])
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    await other.close()


async def test_work_that_ends_with_an_error_is_taken_up_again(presence: Presence) -> None:
    begun = 0

    async def work() -> None:
        nonlocal begun
        begun += 1
        raise RuntimeError

    leading = asyncio.create_task(presence.lead("poll", work))
    await until(lambda: begun == 2)
    leading.cancel()
    await asyncio.gather(leading, return_exceptions=True)
