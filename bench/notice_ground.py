"""People to tell something, a notice for them, and everything of the program that sends it."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

import sqlalchemy as sa

from bot.broadcast import Broadcast
from bot.channels.base import FileGone, Outgoing, Sent
from bot.clock import Clock
from bot.notice_work import LOOK_SECONDS, NoticeWork
from bot.pace import Pace
from storage.database import Database
from storage.models import Category, Notice, NoticeStatus, Unit, UnitKind
from storage.types import NoticeId, PersonId, UnitId
from union import deliveries

DOOR = "bench"
DAY = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)
"""When everything here began."""

# As wide as they really are: what is encrypted is three values of some forty bytes. The door is written as the trigger would keep it.
_PEOPLE = """
    WITH below AS (SELECT array_agg(id ORDER BY id) AS ids FROM unit WHERE path LIKE :path)
    INSERT INTO person (id, unit_id, name, phone, card, consent_at, made_up, created_at, door_id, door)
    SELECT :first + n, ids[1 + n % cardinality(ids)], sha256(int8send(n)), sha256(int8send(n)), sha256(int8send(n)), :now, false, :now, :first + n, 'bench'
    FROM below, generate_series(0, :people - 1) AS n
    """
_DOORS = """
    INSERT INTO conversation (id, door, address, side, person_id, last_in_at, created_at)
    SELECT :first + n, 'bench', (900000000 + n)::text, 'member', :first + n, :now, :now FROM generate_series(0, :people - 1) AS n
    """


class CountingDoor:
    """A door whose other end notes when each message came, and after `delay` seconds has taken it."""

    name = DOOR
    chat_rate = math.inf

    def __init__(self, bulk_rate: float, delay: float = 0.0) -> None:
        self.bulk_rate = bulk_rate
        self.times: list[float] = []
        self._delay = delay
        self._numbers = count(1)

    async def start(self) -> None:
        """Nothing to begin."""

    async def stop(self) -> None:
        """Nothing to stop."""

    async def close(self) -> None:
        """Nothing to let go of."""

    async def send(self, outgoing: Outgoing) -> Sent:
        """Taken."""
        self.times.append(time.perf_counter())
        if self._delay:
            await asyncio.sleep(self._delay)
        return Sent(message_ref=str(next(self._numbers)))

    async def fetch(self, handle: str) -> bytes:
        """There are no files here."""
        raise FileGone(handle)


async def settle(database: Database, people: int) -> UnitId:
    """Puts so many people with an open door into all units of the city. Returns the city."""
    async with database.begin() as session:
        city = await session.scalar(sa.select(Unit).where(Unit.kind == UnitKind.CITY))
        assert city is not None
        last = sa.text("SELECT greatest((SELECT max(id) FROM person), (SELECT max(id) FROM conversation), 0)")
        first = (await session.scalar(last) or 0) + 1
        # As a replica: no trigger looks for the door that was used last, and what is referred to is there.
        await session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        values = {"path": f"{city.path}%", "first": first, "people": people, "now": DAY}
        types: dict[str, Any] = {"path": sa.Text, "first": sa.BigInteger, "people": sa.BigInteger, "now": sa.DateTime(timezone=True)}
        for statement in (_PEOPLE, _DOORS):
            names = [name for name in types if f":{name}" in statement]
            bound = sa.text(statement).bindparams(*(sa.bindparam(name, type_=types[name]) for name in names))
            await session.execute(bound, {name: values[name] for name in names})
        for table in ("person", "conversation"):
            await session.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"))
    async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.execute(sa.text("VACUUM ANALYZE person, conversation"))
    return city.id


async def begin(database: Database, unit: UnitId, **values: object) -> NoticeId:
    """A notice for everybody of a unit begins."""
    async with database.begin() as session:
        author = await session.scalar(sa.text("SELECT min(id) FROM person"))
        notice = Notice(
            **{
                "author_id": PersonId(author or 0),
                "unit_id": unit,
                "audience": {"unit": unit},
                "title": "免费体检",
                "text": "周六上午九点，社区医院一层，请带上京卡。",
                "category": Category.RIGHTS,
                "urgent": True,
                "status": NoticeStatus.SENDING,
                "created_at": DAY,
                "started_at": DAY,
            }
            | values
        )
        session.add(notice)
        await session.flush()
        await deliveries.begin(session, notice)
        return notice.id


async def expand(database: Database, notice_id: NoticeId) -> list[float]:
    """Makes all deliveries. Returns how long each step took, with its commit."""
    took = []
    more = True
    while more:
        began = time.perf_counter()
        async with database.begin() as session:
            more = await deliveries.expand_some(session, notice_id)
        took.append(time.perf_counter() - began)
    return took


@asynccontextmanager
async def sending(
    database: Database, door: CountingDoor, pace: Pace | None = None, on_facts: Callable[[], None] = lambda: None
) -> AsyncIterator[None]:
    """What the program runs for notices: the pump with a lane for the door, and the work that begins, expands and finishes."""
    clock = Clock()
    broadcast = Broadcast(database, clock, {DOOR: door}, {DOOR: pace or Pace(door.bulk_rate)}, owner=1, paid_rate=1000.0)
    work = NoticeWork(database, clock, on_facts)

    async def look() -> None:
        while True:
            await work.run()
            await asyncio.sleep(LOOK_SECONDS)

    await broadcast.start()
    tasks = [asyncio.create_task(broadcast.lanes[DOOR].run()), asyncio.create_task(look())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await broadcast.stop()
