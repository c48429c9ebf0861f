"""A notice to 4,020,000 people: how long its deliveries take to make, how soon the first message is out, how closely the pace is kept, and how long
a person who writes meanwhile waits for the reply."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Sequence

import sqlalchemy as sa

from bench import latency
from bench.ground import Ground, ground
from bench.latency import CONNECTIONS, RATE, SETTLING, WARM_UP, Waiting, pour
from bench.notice_ground import DAY, DOOR, CountingDoor, begin, expand, sending, settle
from bench.pace import most_in_a_second
from bench.people import Desk, connect_all, make_house, meet
from bench.report import Figure, Limit, Result, percentile
from bot.broadcast import Broadcast
from bot.channels.base import Outgoing, Sent
from bot.clock import Clock
from bot.delivery import Delivery
from bot.notice_work import NoticeWork
from handlers.conversation import Reply
from storage import deliveries as claims
from storage.database import Database
from storage.models import Unit, UnitKind
from storage.types import NoticeId, PersonId, UnitId
from union import deliveries

PEOPLE = 4_020_000
WRITERS = 600
RATES = (30, 1000)
WORDS = Outgoing(outbox_id=-1, address="", reply=Reply(text="周六上午九点，社区医院一层，请带上京卡。"))

_PLAIN = sa.text("""
    INSERT INTO notice_delivery (notice_id, person_id, unit_id)
    SELECT :notice, id, unit_id FROM person WHERE door_id IS NOT NULL AND notices_off_at IS NULL
    """).bindparams(sa.bindparam("notice", type_=sa.BigInteger))


async def measure(seconds: float, *, people: int = PEOPLE, rates: Sequence[int] = RATES) -> Result:
    """Measures the pace for so long at each rate, and as long with people writing; the deliveries of `people` once."""
    async with ground() as server:
        figures = await expansion(server, people)
        for rate in rates:
            figures += await keeping_pace(server, rate, seconds)
        figures += await beside_replies(server, max(rates), seconds)
    return Result(
        name="notices",
        title=f"a notice to {people:,} people",
        plain="one INSERT … SELECT of all rows; a for loop that sends and sleeps; the same replies with no broadcast going on",
        figures=figures,
        notes=[
            f"pace: {seconds:g} s each, claimed from and marked in the database, through a door that takes 50 ms",
            f"replies: {RATE} messages a second for {seconds:g} s, all in one process with the broadcast at {max(rates)} a second",
        ],
    )


# ---- making the deliveries


async def expansion(server: Ground, people: int) -> list[Figure]:
    """All rows, in steps, with somebody writing meanwhile; and the first message of another notice to the same people."""
    database = server.open(await server.fresh())
    unit = await settle(database, people)
    await server.settle()
    notice = await begin(database, unit)
    writing = asyncio.create_task(_write_now_and_then(database))
    began = time.perf_counter()
    steps = await expand(database, notice)
    took = time.perf_counter() - began
    writing.cancel()
    waited = await _gather(writing)
    async with database.begin() as session:
        place = await deliveries.progress(session, notice)
        size = await session.scalar(sa.text("SELECT pg_total_relation_size('notice_delivery')")) or 0
    looked = await _look_again(database, notice)
    await server.settle()
    plain = await _plainly(database, await begin(database, unit))
    await _all_over(database)
    figures = [
        Figure(what="all deliveries made in", value=took, unit="s", beside=plain, limit=Limit(most=25)),
        Figure(what="deliveries missing", value=people - place.total, unit="", limit=Limit(most=0)),
        Figure(what="the longest step", value=max(steps), unit="s", beside=plain),
        Figure(what="somebody's write meanwhile, 99 % within", value=percentile(waited, 0.99) * 1000, unit="ms"),
        Figure(what="space", value=size / 1e6, unit="MB"),
        Figure(what="looking among them for what goes again", value=looked * 1000, unit="ms", limit=Limit(most=20)),
    ]
    for what, kind in (("the city", UnitKind.CITY), ("a district", UnitKind.DISTRICT), ("a street", UnitKind.STREET)):
        first = await _first_message(database, await _last(database, kind))
        figures.append(Figure(what=f"first message after the start, {what}", value=first, unit="s", limit=Limit(most=1)))
    await database.close()
    return figures


async def _plainly(database: Database, notice: NoticeId) -> float:
    """All rows in one statement."""
    began = time.perf_counter()
    async with database.begin() as session:
        await session.execute(_PLAIN, {"notice": notice})
    return time.perf_counter() - began


async def _look_again(database: Database, notice: NoticeId) -> float:
    """What a lane asks twice a second while all others still wait: the slowest of five times."""
    took = []
    for _ in range(5):
        began = time.perf_counter()
        async with database.connect() as connection:
            await claims.claim(connection, notice, owner=1, door=DOOR, after=PersonId(0), limit=8, now=Clock().now(), again=True)
        took.append(time.perf_counter() - began)
    return max(took)


async def _all_over(database: Database) -> None:
    async with database.begin() as session:
        await session.execute(sa.text("UPDATE notice SET status = 'sent', expanded = true"))


async def _last(database: Database, kind: UnitKind) -> UnitId:
    """The unit of a kind that was made last."""
    async with database.begin() as session:
        return UnitId(await session.scalar(sa.select(sa.func.max(Unit.id)).where(Unit.kind == kind)) or 0)


async def _write_now_and_then(database: Database) -> list[float]:
    """Somebody's conversation is used, twenty times a second, as by a message that comes in. Returns how long each took."""
    took: list[float] = []
    touch = sa.text("UPDATE conversation SET last_in_at = :now WHERE id = (SELECT max(id) FROM conversation)").bindparams(
        sa.bindparam("now", type_=sa.DateTime(timezone=True))
    )
    try:
        while True:
            began = time.perf_counter()
            async with database.connect() as connection:
                await connection.execute(touch, {"now": DAY})
            took.append(time.perf_counter() - began)
            await asyncio.sleep(0.05)
    except asyncio.CancelledError:
        return took


async def _gather(task: asyncio.Task[list[float]]) -> list[float]:
    return await task or [0.0]


async def _first_message(database: Database, unit: UnitId) -> float:
    door = CountingDoor(30)
    async with sending(database, door):
        await asyncio.sleep(1)  # it has long been running when somebody approves
        began = time.perf_counter()
        await begin(database, unit)
        async with asyncio.timeout(60):
            while not door.times:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
    await _all_over(database)
    return door.times[0] - began


# ---- keeping pace


async def keeping_pace(server: Ground, rate: int, seconds: float) -> list[Figure]:
    """How much of a rate is used, and the most that goes out in any second."""
    people = round(rate * (seconds + 3))
    database = server.open(await server.fresh())
    unit = await settle(database, people)
    await expand(database, await begin(database, unit))
    await server.settle()
    await connect_all(database, 4)
    door = CountingDoor(rate, delay=0.05)
    async with sending(database, door):
        await asyncio.sleep(seconds)
    await database.close()
    plain = await _for_loop(rate, seconds)
    used, used_plain = (_used(times, rate) for times in (door.times, plain))
    return [
        Figure(
            what=f"{rate}/s: share of the limit used", value=used, unit="%", beside=used_plain, limit=Limit(least=99 if rate < 100 else 95)
        ),
        Figure(
            what=f"{rate}/s: most in any second",
            value=most_in_a_second(door.times),
            unit="sends",
            beside=most_in_a_second(plain),
            limit=Limit(most=rate),
        ),
    ]


def _used(times: Sequence[float], rate: int) -> float:
    """In percent; the first second, or burst, not counted."""
    return (len(times) - rate) / (times[-1] - times[rate - 1]) / rate * 100


async def _for_loop(rate: int, seconds: float) -> list[float]:
    """What one writes first."""
    door = CountingDoor(rate)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        await door.send(WORDS)
        await asyncio.sleep(1 / rate)
    return door.times


# ---- people who write meanwhile


class _Desk(latency.RecordingDoor):
    """The members' door of the bench for replies, at the rate of the broadcast; notices are counted apart."""

    def __init__(self, waiting: Waiting, rate: float) -> None:
        super().__init__(waiting.answered)
        self.bulk_rate = rate
        self.notices = 0

    async def send(self, outgoing: Outgoing) -> Sent:
        """A reply or a notice has come this far."""
        if outgoing.outbox_id < 0:
            self.notices += 1
        return await super().send(outgoing)


async def beside_replies(server: Ground, rate: int, seconds: float) -> list[Figure]:
    """How long people wait for their replies while a broadcast runs flat out in the same process, and without one."""
    messages = round(seconds * RATE) + WARM_UP
    waiting, notices, lost = await _pour_beside(server, rate, messages, broadcasting=True)
    quiet, _, _ = await _pour_beside(server, rate, messages, broadcasting=False)
    busy, still = (percentile(side.took[WARM_UP:] or side.took, 0.99) * 1000 for side in (waiting, quiet))
    return [
        Figure(what="99 % of replies while it runs", value=busy, unit="ms", beside=still, limit=Limit(most=200)),
        Figure(what="notices meanwhile", value=notices / (messages / RATE), unit="a second"),
        Figure(what="never answered", value=lost, unit="messages", limit=Limit(most=0)),
    ]


async def _pour_beside(server: Ground, rate: int, messages: int, *, broadcasting: bool) -> tuple[Waiting, int, int]:
    waiting = Waiting()
    house = await make_house()
    database = server.open(await meet(server, house, WRITERS))
    unit = await settle(database, round(rate * (messages / RATE + 10)))
    if broadcasting:
        await expand(database, await begin(database, unit))
    await server.settle()
    clock, door = Clock(), _Desk(waiting, rate)
    delivery = Delivery(database, clock, {DOOR: door}, rules=house.rules, owner=1, receipts={})
    desk = Desk(database, house, delivery.nudge)
    await connect_all(database, CONNECTIONS)
    await delivery.start()
    await desk.dispatch.start()
    await asyncio.sleep(SETTLING)
    broadcast = Broadcast(database, clock, {DOOR: door}, delivery.paces, owner=1, paid_rate=1000.0)
    work = NoticeWork(database, clock, delivery.nudge)
    await broadcast.start()
    lane = asyncio.create_task(broadcast.lanes[DOOR].run())
    looking = asyncio.create_task(_look(work))
    gc.collect()
    _, lost = await pour(waiting, desk.dispatch.store, WRITERS, messages)
    notices = door.notices
    for task in (lane, looking):
        task.cancel()
    await asyncio.gather(lane, looking, return_exceptions=True)
    await broadcast.stop()
    await desk.dispatch.stop()
    await delivery.stop()
    await database.close()
    return waiting, notices, lost


async def _look(work: NoticeWork) -> None:
    while True:
        await work.run()
        await asyncio.sleep(0.25)
