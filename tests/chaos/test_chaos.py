"""Chaos: two processes of which one is killed every few seconds, lawyers who come late or never; and every reminder, pass-on and alarm comes exactly once.

A small one runs with all tests; `make chaos` runs the large one. CHAOS_CASES, CHAOS_SECONDS and CHAOS_SEED change it; the seed is printed.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from storage.database import Database
from storage.models import Deadline, OutboxRow, OutboxStatus
from tests.chaos.city import settle
from tests.chaos.crew import Course, Crew
from tests.chaos.life import Life
from tests.chaos.quick_rules import quick_rules
from tests.chaos.verdict import judge
from tests.conftest import TEST_SECRET

START = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
LONG = timedelta(hours=50)
"""What passes on the program's clock: a case that nobody touches is reminded of, overdue, escalated, and escalated again."""

STALL_SECONDS = 60.0
"""So long nothing that is left gets done, and it will never be. How long all of it takes is the machine's business."""

LOOK_SECONDS = 0.5
SLOWER = 20


@dataclass(frozen=True, slots=True)
class Scale:
    """How much chaos. seconds: real ones, in which LONG passes."""

    cases: int
    seconds: float
    seed: int

    @classmethod
    def wanted(cls) -> Scale:
        """As the environment says."""
        count = int(os.environ.get("CHAOS_CASES", "40"))
        seconds = float(os.environ.get("CHAOS_SECONDS", max(20.0, count * 0.4)))
        return cls(count, seconds, int(os.environ.get("CHAOS_SEED", random.SystemRandom().randrange(10**6))))


async def kill_now_and_then(crew: Crew, course: Course, pids: list[int], chance: random.Random) -> None:
    """Kills one of them every few seconds, sometimes while the other is still away, and starts another in its place."""

    async def again(place: int) -> None:
        await asyncio.sleep(chance.choice((0.0, 0.3, 2.5)))
        pids[place] = await crew.start(course)

    starting: set[asyncio.Task[None]] = set()
    try:
        while True:
            await asyncio.sleep(chance.uniform(1.0, 3.5))
            place = chance.randrange(len(pids))
            if pids[place]:
                gone, pids[place] = pids[place], 0
                await crew.kill(gone)
                starting.add(asyncio.create_task(again(place)))
    finally:
        await asyncio.gather(*starting)


async def settled(database: Database, until: datetime) -> None:
    """Waits until everything that fell due by then has been dealt with, and told."""
    due = sa.select(Deadline.rule, sa.func.count()).where(Deadline.next_at <= until).group_by(Deadline.rule)
    unsent = OutboxRow.status.in_((OutboxStatus.PENDING, OutboxStatus.SENDING))
    waiting = sa.select(OutboxRow.kind, sa.func.count()).where(unsent, OutboxRow.created_at <= until).group_by(OutboxRow.kind)
    fewest, since = 2**31, time.monotonic()
    while True:
        async with database.connect() as connection:
            left = [(row[0], row[1]) for query in (due, waiting) for row in await connection.execute(query)]
        if not left:
            return
        if (number := sum(count for _, count in left)) < fewest:
            fewest, since = number, time.monotonic()
        elif time.monotonic() - since > STALL_SECONDS:
            raise AssertionError(f"for {STALL_SECONDS:g} seconds nothing of what is left was done: {left}")
        await asyncio.sleep(LOOK_SECONDS)


async def test_whatever_dies_every_step_is_taken_once_and_in_time(database: Database, database_url: str) -> None:
    scale = Scale.wanted()
    print(f"\nchaos: {scale}")  # noqa: T201
    chance, rules = random.Random(scale.seed), quick_rules()
    people = await settle(database, START, lawyers=max(12, scale.cases // 12), workers=max(10, scale.cases // 20))
    crew = Crew(database_url, TEST_SECRET)
    try:
        await crew.open()
        course = Course(LONG.total_seconds() / scale.seconds, time.time(), START)
        clock = course.clock()
        life = Life(database, clock, rules, people, scale.seed, START + LONG)
        pids = [await crew.start(course), await crew.start(course)]
        killing = asyncio.create_task(kill_now_and_then(crew, course, pids, chance))
        try:
            await life.live(scale.cases, LONG / 2)
            await asyncio.sleep(clock.real_seconds_until(life.end))
        finally:
            killing.cancel()
            await asyncio.gather(killing, return_exceptions=True)
        # From here on time goes slowly, so that what is left to do is a number that falls.
        slow = Course(course.speed / SLOWER, time.time(), clock.now())
        for place, pid in enumerate(pids):
            await crew.kill(pid)
            pids[place] = await crew.start(slow)
        await settled(database, life.end)
        assert [await crew.stop(pid) for pid in pids] == [0, 0]
    finally:
        await crew.close()
    async with database.begin() as session:
        verdict = await judge(session, rules, until=life.end, haste=life.haste, careful=life.careful)
    print(  # noqa: T201
        f"chaos: {verdict.cases} cases, {verdict.lines} lines, {life.done} deeds, {life.deadlocks} deadlocks, {crew.killed} kills,"
        f" {verdict.stood_for} reminders slept through; {dict(verdict.taken)}"
    )
    assert verdict.cases == scale.cases
    assert not verdict.wrong, f"CHAOS_SEED={scale.seed}\n{verdict}"
    assert crew.killed >= scale.seconds / 10
    for sort in ("intervention.overdue", "intervention.escalated", "acceptance.passed_on"):
        assert verdict.taken[sort], f"nothing of the sort {sort} happened: CHAOS_SEED={scale.seed}"
