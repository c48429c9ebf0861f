"""One process that sends notices as the program does, to be killed: python -m bench.sender DATABASE_URL PORT

Its door speaks to the bench over one line: a line with the address for each message, a line back when it is taken. It runs until it is killed.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

import uvloop

from bench.ground import SECRET
from bench.notice_ground import DOOR, CountingDoor
from bot.broadcast import Broadcast
from bot.channels.base import Outgoing, Sent, TryLater
from bot.clock import Clock
from bot.logs import configure_logs
from bot.notice_work import LOOK_SECONDS, NoticeWork
from bot.pace import Pace
from bot.presence import Presence
from storage import outbox
from storage.database import Database, open_database
from storage.types import Vault

RATE = 1000
ORPHAN_SECONDS = 3.0


class LineDoor(CountingDoor):
    """A door whose other end is the bench."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(RATE)
        self._reader = reader
        self._writer = writer
        self._waiting: deque[asyncio.Future[str]] = deque()
        self._reading = asyncio.create_task(self._read())

    async def send(self, outgoing: Outgoing) -> Sent:
        """Returns when the other end has taken it."""
        taken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append(taken)
        self._writer.write(f"{outgoing.address}\n".encode())
        return Sent(message_ref=await taken)

    async def _read(self) -> None:
        while line := await self._reader.readline():
            self._waiting.popleft().set_result(line.decode().strip())
        for taken in self._waiting:
            taken.set_exception(TryLater(1, unsure=True))


async def send(url: str, port: int) -> None:
    """Sends as long as it lives."""
    database = open_database(url, Vault([SECRET]))
    clock = Clock()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"pid {os.getpid()}\n".encode())
    presence = Presence(url)
    await presence.start()
    door = LineDoor(reader, writer)
    broadcast = Broadcast(database, clock, {DOOR: door}, {DOOR: Pace(RATE)}, owner=presence.number, paid_rate=RATE)
    await broadcast.start()
    await asyncio.gather(
        presence.lead(f"notices {DOOR}", partial(broadcast.take_over, DOOR)),
        _again(LOOK_SECONDS, NoticeWork(database, clock, lambda: None).run),
        _again(ORPHAN_SECONDS, partial(_release, database, presence.number)),
    )


async def _release(database: Database, me: int) -> None:
    async with database.connect() as connection:
        await outbox.release_orphans(connection, me)


async def _again(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await work()
        await asyncio.sleep(seconds)


if __name__ == "__main__":
    configure_logs("error")
    uvloop.run(send(sys.argv[1], int(sys.argv[2])))
