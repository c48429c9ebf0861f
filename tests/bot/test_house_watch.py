"""The program looks at itself again and again, in one process at a time, and goes on whatever it finds."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot import timers as timers_module
from bot.clock import Clock, VirtualClock
from bot.fetching import Fetching
from bot.timers import Timers
from storage.database import Database
from storage.models import OutboxRow
from tests.bot.world import RULES, World, make_case, make_world, rows
from union import invariants, leave
from union.calendar import day_of
from union.case_clock import CaseClock


def make_timers(database: Database, clock: Clock, nudges: list[None]) -> Timers:
    fetching = Fetching(database, clock, {})
    return Timers(
        database, clock, rules=RULES, subjects={"case": CaseClock()}, owner=4711, fetching=fetching, on_facts=lambda: nudges.append(None)
    )


@pytest.fixture
async def world(database: Database, clock: VirtualClock) -> World:
    return await make_world(database, clock.now())


async def faults(database: Database) -> int:
    return len(await rows(database, OutboxRow.id, where=OutboxRow.kind == "house_fault"))


async def test_a_fault_is_put_on_its_way_at_once(database: Database, clock: VirtualClock, world: World) -> None:
    nudges: list[None] = []
    timers = make_timers(database, clock, nudges)
    await make_case(database, world, clock.now())
    await timers.check_house()
    assert (await faults(database), nudges) == (0, [])
    clock.advance(hours=3)  # and nobody sweeps
    await timers.check_house()
    assert (await faults(database), nudges) == (1, [None])


async def test_a_leave_that_has_begun_is_told_at_the_next_look(database: Database, clock: VirtualClock, world: World) -> None:
    async with database.begin() as session:
        await leave.add(session, world.lawyer, day_of(clock.now()), day_of(clock.now()), clock.now())
    nudges: list[None] = []
    await make_timers(database, clock, nudges).check_house()
    told = await rows(database, OutboxRow.person_id, where=OutboxRow.kind == "leave_begins")
    assert (len(told), nudges) == (1, [None])


async def test_it_looks_again_after_a_look_that_failed(database: Database, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(3600, datetime(2026, 11, 18, 2, 0, tzinfo=UTC))
    looked: list[datetime] = []

    async def check_and_tell(session: object, now: datetime, late: object) -> list[invariants.Violation]:
        looked.append(now)
        if len(looked) < 3:
            raise [KeyError("x"), TimeoutError()][len(looked) - 1]
        return []

    monkeypatch.setattr(invariants, "check_and_tell", check_and_tell)
    monkeypatch.setattr(timers_module, "WATCH_LEAST", 0.01)
    watching = asyncio.create_task(make_timers(database, clock, []).watch_house())
    async with asyncio.timeout(60):
        while len(looked) < 4:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    watching.cancel()
    assert looked == sorted(looked)


async def test_a_step_that_a_fast_clock_passed_a_moment_ago_is_no_fault(database: Database, world: World) -> None:
    clock = Clock(36_000, datetime.now(UTC))  # ten hours in a second
    await make_case(database, world, clock.now() - timedelta(hours=3))  # the reminder after two hours: a tenth of a second ago
    await make_timers(database, clock, []).check_house()
    assert await faults(database) == 0
