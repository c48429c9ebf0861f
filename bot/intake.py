"""Storing what arrives, many at once: while one commit is under way the next ones gather."""

from __future__ import annotations

import asyncio

from sqlalchemy.exc import DBAPIError

from bot.clock import Clock
from storage import inbox
from storage.database import Database

TOGETHER = 256
"""Deliveries of doors stored in one commit at most."""


Waiting = tuple[list[inbox.Arrival], asyncio.Future[None]]
"""What one door handed over, and the word that it waits for."""


class Intake:
    """The way into the inbox. What a door hands over together is stored together, with whatever else has come in meanwhile."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._gathered: list[Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def store(self, arrivals: list[inbox.Arrival]) -> None:
        """Returns when it is committed. Raises what the database raises."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._gathered.append((arrivals, stored))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name="dispatch-intake")
        await stored

    async def _write(self) -> None:
        while self._gathered:
            batch, self._gathered = self._gathered[:TOGETHER], self._gathered[TOGETHER:]
            try:
                await self._commit(batch)
            except DBAPIError as error:
                if error.connection_invalidated or len(batch) == 1:
                    _fail(batch, error)
                    continue
                # One of them can't be stored; it must not take the others with it.
                for one in batch:
                    await self._alone(one)
            except Exception as error:
                _fail(batch, error)

    async def _alone(self, one: Waiting) -> None:
        try:
            await self._commit([one])
        except Exception as error:
            _fail([one], error)

    async def _commit(self, batch: list[Waiting]) -> None:
        arrivals = [arrival for arrivals, _ in batch for arrival in arrivals]
        async with self._database.connect() as connection:
            await inbox.store(connection, self._database.vault, arrivals, self._clock.now())
        for _, stored in batch:
            if not stored.done():  # who asked may have given up meanwhile
                stored.set_result(None)


def _fail(batch: list[Waiting], error: Exception) -> None:
    for _, stored in batch:
        if not stored.done():
            stored.set_exception(error)
