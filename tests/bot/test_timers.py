"""What the clock brings due: deadlines above all, whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.clock import Clock, VirtualClock
from bot.fetching import Fetching
from bot.timers import Timers
from storage.database import Database, open_database
from storage.models import Case, Deadline, OutboxRow, Rung
from storage.types import DeadlineId, Vault
from tests.bot.doors import until
from tests.bot.world import RULES, World, cut_connections, make_case, make_world, rows
from tests.conftest import TEST_SECRET
from union import cases, deadlines
from union.case_clock import CaseClock
from union.deadlines import Subject, Told

OWNER = 4711


class Bell:
    """Counts how often it was said that there are facts to tell."""

    rung = 0

    def ring(self) -> None:
        self.rung += 1


@pytest.fixture
def bell() -> Bell:
    return Bell()


def make_timers(database: Database, clock: Clock, bell: Bell, *, owner: int = OWNER, subject: Subject | None = None) -> Timers:
    subjects: dict[str, Subject] = {"case": subject or CaseClock()}
    fetching = Fetching(database, clock, {})
    return Timers(database, clock, rules=RULES, subjects=subjects, owner=owner, fetching=fetching, on_facts=bell.ring)


@pytest.fixture
def timers(database: Database, clock: VirtualClock, bell: Bell) -> Timers:
    return make_timers(database, clock, bell)


@pytest.fixture
async def world(database: Database, clock: VirtualClock) -> World:
    return await make_world(database, clock.now())


async def facts(database: Database, kind: str | None = None) -> list[Any]:
    where = None if kind is None else OutboxRow.kind == kind
    return await rows(database, OutboxRow.kind, OutboxRow.person_id, where=where)


# ---- acting and setting the next step


async def test_a_step_that_is_due_is_acted_on_and_the_next_one_set(
    timers: Timers, database: Database, world: World, clock: VirtualClock, bell: Bell
) -> None:
    case = await make_case(database, world, clock.now())
    assert await timers.sweep_deadlines() == 0
    clock.advance(hours=2)
    assert await timers.sweep_deadlines() == 1
    assert await facts(database) == [("case_reminder", world.lawyer)]
    assert await rows(database, Deadline.step, Deadline.next_at, Deadline.owner) == [(1, case.received_at + timedelta(hours=12), None)]
    assert bell.rung == 1


async def test_the_same_step_is_never_acted_on_twice(timers: Timers, database: Database, world: World, clock: VirtualClock) -> None:
    await make_case(database, world, clock.now())
    clock.advance(hours=2)
    await asyncio.gather(*(timers.sweep_deadlines() for _ in range(3)))
    assert len(await facts(database)) == 1


async def test_two_processes_share_what_is_due_and_do_nothing_twice(
    database: Database, database_url: str, world: World, clock: VirtualClock, bell: Bell
) -> None:
    for _ in range(12):
        await make_case(database, world, clock.now())
    clock.advance(hours=24)
    theirs = open_database(database_url, Vault([TEST_SECRET]), pool_size=4)
    try:
        await asyncio.gather(
            make_timers(database, clock, bell).sweep_deadlines(), make_timers(theirs, clock, bell, owner=OWNER + 1).sweep_deadlines()
        )
    finally:
        await theirs.close()
    assert len(await facts(database, "case_overdue")) == 12
    assert len(await rows(database, Rung.id)) == 12


async def test_after_a_long_standstill_only_the_last_reminder_is_given_but_the_breach_is_never_left_out(
    timers: Timers, database: Database, world: World, clock: VirtualClock
) -> None:
    await make_case(database, world, clock.now())
    clock.advance(hours=22)
    await timers.sweep_deadlines()
    assert await facts(database) == [("case_reminder", world.lawyer), ("case_waits", world.district_staff)]
    clock.advance(hours=50)
    await timers.sweep_deadlines()
    told = await facts(database)
    assert ("case_overdue", world.district_staff) in told
    assert ("case_overdue", world.city_staff) in told
    assert ("case_late", world.worker) in told


async def test_a_deadline_that_was_met_says_nothing_more(timers: Timers, database: Database, world: World, clock: VirtualClock) -> None:
    case = await make_case(database, world, clock.now())
    clock.advance(hours=23, minutes=59)
    async with database.begin() as session:
        await cases.intervene(session, await session.get_one(Case, case.id), RULES, clock.now(), "call")
    clock.advance(hours=2)
    await timers.sweep_deadlines()
    assert await facts(database, "case_overdue") == []


# ---- what goes wrong on the way


class Stubborn(CaseClock):
    """The subject of deadlines, of which one case can't be acted on."""

    def __init__(self, bad: int) -> None:
        self.bad = bad

    async def act(self, session: Any, due: Any, rules: Any, now: datetime) -> list[Told]:
        if any(d.subject_id == self.bad for d in due):
            raise KeyError(self.bad)
        return await super().act(session, due, rules, now)


async def test_one_deadline_that_can_not_be_acted_on_holds_up_no_other(
    database: Database, world: World, clock: VirtualClock, bell: Bell
) -> None:
    made = [await make_case(database, world, clock.now()) for _ in range(7)]
    timers = make_timers(database, clock, bell, subject=Stubborn(made[3].id))
    clock.advance(hours=2)
    assert await timers.sweep_deadlines() == 6
    assert len(await facts(database)) == 6
    assert await rows(database, Deadline.owner) == [None] * 7
    later = dict(await rows(database, Deadline.subject_id, Deadline.next_at))
    assert later[made[3].id] == clock.now() + timedelta(seconds=5)


async def test_a_deadline_of_a_rule_that_is_no_longer_there_holds_up_no_other(
    timers: Timers, database: Database, world: World, clock: VirtualClock
) -> None:
    made = [await make_case(database, world, clock.now()) for _ in range(3)]
    async with database.begin() as session:
        await session.execute(sa.update(Deadline).where(Deadline.subject_id == made[0].id).values(rule="abolished"))
    clock.advance(hours=2)
    assert await timers.sweep_deadlines() == 3
    assert len(await facts(database, "case_reminder")) == 2
    assert await rows(database, Deadline.status, Deadline.next_at, where=Deadline.rule == "abolished") == [("missed", None)]


async def test_deadlines_in_hand_when_the_database_breaks_off_are_taken_up_again(
    database: Database, database_url: str, world: World, clock: VirtualClock, bell: Bell
) -> None:
    """They stay noted as this living process's own, and nobody else may take them."""

    class Cut(CaseClock):
        times = 1

        async def act(self, session: Any, due: Any, rules: Any, now: datetime) -> list[Told]:
            if self.times:
                self.times -= 1
                await asyncio.sleep(0)
                for _ in range(3):  # the pool hands out broken connections until it has noticed
                    await cut_connections(database_url)
                raise ConnectionResetError
            return await super().act(session, due, rules, now)

    await make_case(database, world, clock.now())
    timers = make_timers(database, clock, bell, subject=Cut())
    clock.advance(hours=2)
    for _ in range(6):
        try:
            await timers.sweep_deadlines()
        except Exception:  # the scheduler notes it and comes again
            await asyncio.sleep(0.01)
        clock.advance(seconds=6)
    assert await facts(database) == [("case_reminder", world.lawyer)]
    assert await rows(database, Deadline.owner) == [None]


async def test_what_this_process_claimed_and_did_not_finish_is_acted_on_at_the_next_look(
    timers: Timers, database: Database, world: World, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit of the claim went through, and its answer was lost with the connection."""
    await make_case(database, world, clock.now())
    await timers.sweep_deadlines()
    clock.advance(hours=2)
    claim = deadlines.claim

    async def lost(*given: Any, **named: Any) -> list[DeadlineId]:
        connection, *_ = given
        await claim(*given, **named)
        await connection.commit()
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(deadlines, "claim", lost)
        with pytest.raises(OSError):
            await timers.sweep_deadlines()
    assert await rows(database, Deadline.owner) == [OWNER]
    await timers.sweep_deadlines()
    assert await facts(database) == [("case_reminder", world.lawyer)]


# ---- the whole life of a missed promise, with time running


@pytest.fixture
async def running(database: Database) -> AsyncIterator[tuple[Clock, Timers]]:
    clock = Clock(12_000, datetime(2026, 11, 18, 2, 0, tzinfo=UTC))  # 0.3 seconds an hour: what is slept through is told once
    timers = make_timers(database, clock, Bell())
    yield clock, timers
    await timers.stop()


async def test_the_whole_life_of_a_missed_24_hour_clock_runs_through_in_seconds(running: tuple[Clock, Timers], database: Database) -> None:
    clock, timers = running
    world = await make_world(database, clock.now())
    await timers.start()
    case = await make_case(database, world, clock.now())
    async with asyncio.timeout(60):
        while await rows(database, Deadline.step) != [6]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    told = await rows(database, OutboxRow.kind, OutboxRow.person_id, OutboxRow.created_at)
    hours = [(kind, person, (at - case.received_at) / timedelta(hours=1)) for kind, person, at in told]
    expected = [
        ("case_reminder", world.lawyer, 2),
        ("case_reminder", world.lawyer, 12),
        ("case_reminder", world.lawyer, 20),
        ("case_waits", world.district_staff, 20),
        ("case_reminder", world.lawyer, 23),
        ("case_waits", world.district_staff, 23),
        ("case_overdue", world.district_staff, 24),
        ("case_late", world.worker, 24),
        ("case_overdue", world.district_staff, 36),
        ("case_overdue", world.city_staff, 36),
    ]
    assert [(kind, person) for kind, person, _ in hours] == [(kind, person) for kind, person, _ in expected]
    for (kind, _, at), (_, _, due) in zip(hours, expected, strict=True):
        assert due <= at < due + 6, f"{kind} came at {at:.1f} h, not at {due} h"
    assert await rows(database, Case.overdue) == [True]


async def test_a_deadline_is_acted_on_when_it_falls_and_not_at_the_next_regular_look(database: Database, clock: VirtualClock) -> None:
    moving = Clock(3600, clock.now())
    world = await make_world(database, moving.now())
    timers = make_timers(database, moving, Bell())
    case = await make_case(database, world, moving.now() - timedelta(hours=1))  # due in an hour: in a second
    await timers.start()
    try:
        async with asyncio.timeout(60):
            while not await facts(database):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        await timers.stop()
    ((at,),) = [[row] for row in await rows(database, OutboxRow.created_at)]
    assert at - case.received_at - timedelta(hours=2) < timedelta(minutes=20)  # a third of a real second


async def test_what_a_former_process_left_is_given_back_when_this_one_starts(
    timers: Timers, database: Database, world: World, clock: VirtualClock, bell: Bell
) -> None:
    await make_case(database, world, clock.now())
    async with database.begin() as session:
        await session.execute(sa.update(Deadline).values(owner=999))
    clock.advance(hours=2)
    await timers.start()
    try:
        async with asyncio.timeout(60):
            while not await facts(database):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        await timers.stop()
    await until(lambda: bell.rung > 0)
