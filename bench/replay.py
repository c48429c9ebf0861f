"""The plain alternatives to dispatch: the recorded statements and nothing else, through bare asyncpg and through SQLAlchemy Core."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol

import asyncpg

from bench.recording import Handled, Recorded
from storage.database import Database


class Plain(Protocol):
    """A way to send recorded statements over one connection."""

    async def store(self, event: Handled) -> None: ...
    async def turn(self, event: Handled) -> None: ...


class BareAsyncpg:
    """BEGIN, the statements, COMMIT, on a connection of one's own; asyncpg prepares each statement once."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def store(self, event: Handled) -> None:
        """Stores an event."""
        async with self._connection.transaction():
            await self._connection.fetch(event.store.sql, *event.store.at(datetime.now(UTC)))

    async def turn(self, event: Handled) -> None:
        """Everything from taking an event to having finished it."""
        now = datetime.now(UTC)
        take, *others = event.turn
        async with self._connection.transaction():
            taken = await self._connection.fetchrow(take.sql, *take.at(now))
            for other in others:
                await self._connection.fetch(other.sql, *other.at(now, taken[0]))


class Core:
    """The same through SQLAlchemy Core: its pool, its transactions, its results."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def store(self, event: Handled) -> None:
        """Stores an event."""
        async with self._database.connect() as connection:
            await connection.exec_driver_sql(event.store.sql, tuple(event.store.at(datetime.now(UTC))))

    async def turn(self, event: Handled) -> None:
        """Everything from taking an event to having finished it."""
        now = datetime.now(UTC)
        take, *others = event.turn
        async with self._database.connect() as connection:
            taken = (await connection.exec_driver_sql(take.sql, tuple(take.at(now)))).one()
            for other in others:
                result = await connection.exec_driver_sql(other.sql, tuple(other.at(now, taken[0])))
                if result.returns_rows:
                    result.all()


async def backlog(hands: Sequence[Plain], recorded: Recorded) -> float:
    """Each hand takes a sender and works through their events. Returns the seconds until all are done."""
    waiting = list(recorded.values())

    async def work(hand: Plain) -> None:
        while waiting:
            for event in waiting.pop():
                await hand.turn(event)

    began = time.perf_counter()
    await asyncio.gather(*(work(hand) for hand in hands))
    return time.perf_counter() - began


async def closed_loop(hands: Iterable[Plain], recorded: Recorded) -> float:
    """Each sender stores an event, has it handled, and goes on to the next; they share the hands. Returns the seconds until all are done."""
    free: asyncio.Queue[Plain] = asyncio.Queue()
    for hand in hands:
        free.put_nowait(hand)

    async def write(events: Sequence[Handled]) -> None:
        for event in events:
            hand = await free.get()
            await hand.store(event)
            await hand.turn(event)
            free.put_nowait(hand)

    began = time.perf_counter()
    await asyncio.gather(*(write(events) for events in recorded.values()))
    return time.perf_counter() - began


@asynccontextmanager
async def bare(url: str, count: int) -> AsyncIterator[list[Plain]]:
    """`count` hands, each with a connection of its own, set up as the program's connections are."""
    settings = {"jit": "off", "timezone": "UTC"}
    connections = [await asyncpg.connect(url, server_settings=settings) for _ in range(count)]
    try:
        yield [BareAsyncpg(connection) for connection in connections]
    finally:
        for connection in connections:
            await connection.close()
