"""The deadline engine: reminders that stand for several, terms that end, days that lie behind, and what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.clock import VirtualClock
from storage.database import Database
from storage.models import DeadlineStatus
from storage.types import DeadlineId
from tests.union.garden import REMINDERS, RULE, RULES, TERM, UNIT, Garden, act, begin, claim, hours, row, stop, sweep
from union import deadlines

# ---- one reminder for several


async def test_the_one_reminder_that_is_given_says_for_which_others_it_stands(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    clock.advance(hours=13)
    await sweep(database, clock, garden)
    assert (garden.reminded, garden.for_also) == ([1], [(0,)])


async def test_a_breach_says_for_which_reminders_it_stands(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    clock.advance(hours=37)
    await sweep(database, clock, garden)
    assert (garden.breached, garden.for_also) == ([2, 3], [(0, 1), ()])


async def test_a_step_that_was_taken_in_its_time_stands_for_itself_alone(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    for hours_to_come in (2, 10, 12):
        clock.advance(hours=hours_to_come)
        await sweep(database, clock, garden)
    assert garden.for_also == [(), (), ()]


# ---- a rule that ends


async def test_a_rule_that_ends_is_over_with_its_last_step(database: Database, clock: VirtualClock, garden: Garden) -> None:
    (deadline_id,) = await begin(database, clock, rule=TERM)
    clock.advance(hours=47)
    await sweep(database, clock, garden)
    assert (await row(database, deadline_id)).status is DeadlineStatus.LIVE
    clock.advance(hours=1)
    await sweep(database, clock, garden)
    deadline = await row(database, deadline_id)
    assert (deadline.status, deadline.next_at, deadline.stopped_at) == (DeadlineStatus.MISSED, None, clock.now())
    clock.advance(days=100)
    assert await sweep(database, clock, garden) == 0
    assert garden.reminded == [0, 1]


async def test_a_rule_that_ends_and_was_met_before_says_nothing_more(database: Database, clock: VirtualClock, garden: Garden) -> None:
    (deadline_id,) = await begin(database, clock, rule=TERM)
    clock.advance(hours=30)
    await stop(database, clock)
    clock.advance(days=100)
    assert await sweep(database, clock, garden) == 0
    assert (await row(database, deadline_id)).status is DeadlineStatus.MET


# ---- counted from a day that has passed


@pytest.mark.parametrize(
    ("ago", "first", "next_in"), [(0, 0, 2), (2, 1, 10), (13, 2, 11), (24, 3, 12), (36, 4, 12), (37, 4, 11), (100, 9, 8)]
)
async def test_a_deadline_that_began_in_the_past_leaves_out_the_steps_that_lie_behind(
    database: Database, clock: VirtualClock, started: DeadlineId, *, ago: int, first: int, next_in: int
) -> None:
    now = clock.now()
    async with database.begin() as session:
        deadline_id = await deadlines.start(session, RULE, 7, UNIT, now - hours(ago), now=now)
    deadline = await row(database, deadline_id)
    assert (deadline.step, deadline.next_at) == (first, now + hours(next_in))
    assert deadline.due_at == now - hours(ago) + RULE.due


async def test_a_deadline_whose_beginning_lies_ahead_waits_for_it(database: Database, clock: VirtualClock, started: DeadlineId) -> None:
    now = clock.now()
    async with database.begin() as session:
        deadline_id = await deadlines.start(session, RULE, 7, UNIT, now + hours(100), now=now)
    assert (await row(database, deadline_id)).next_at == now + hours(102)


# ---- waiting


async def pause(database: Database, clock: VirtualClock, *rules: str) -> None:
    async with database.begin() as session:
        await deadlines.pause(session, "flower", 1, rules or ("watering",), clock.now())


async def resume(database: Database, clock: VirtualClock) -> None:
    async with database.begin() as session:
        await deadlines.resume(session, "flower", 1, RULES, clock.now())


async def test_what_waits_takes_no_step_however_long(database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId) -> None:
    clock.advance(hours=1)
    await pause(database, clock)
    clock.advance(days=400)
    assert await sweep(database, clock, garden) == 0
    async with database.connect() as connection:
        assert await deadlines.next_due(connection) is None


@pytest.mark.parametrize(("before", "waited"), [(1, 5), (2, 48), (13, 1), (23, 1000)])
async def test_what_waited_has_exactly_as_much_time_left_as_it_had(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId, *, before: int, waited: int
) -> None:
    clock.advance(hours=before)
    await sweep(database, clock, garden)
    was = await row(database, started)
    await pause(database, clock)
    clock.advance(hours=waited, seconds=1)
    await resume(database, clock)
    deadline, shift = await row(database, started), hours(waited) + timedelta(seconds=1)
    assert was.next_at is not None
    assert (deadline.status, deadline.step, deadline.stopped_at) == (DeadlineStatus.LIVE, was.step, None)
    assert (deadline.started_at, deadline.due_at, deadline.next_at) == (was.started_at + shift, was.due_at + shift, was.next_at + shift)


async def test_waiting_twice_adds_up(database: Database, clock: VirtualClock, started: DeadlineId) -> None:
    due_at = (await row(database, started)).due_at
    for _ in range(2):
        clock.advance(hours=1)
        await pause(database, clock)
        clock.advance(hours=10)
        await resume(database, clock)
    assert (await row(database, started)).due_at == due_at + hours(20)


async def test_only_the_rules_that_are_named_wait_and_resuming_wakes_nothing_else(database: Database, clock: VirtualClock) -> None:
    (watering,), (news,) = await begin(database, clock), await begin(database, clock, rule=REMINDERS)
    await stop(database, clock, rule="news")
    await pause(database, clock, "watering", "news")
    assert [(await row(database, i)).status for i in (watering, news)] == [DeadlineStatus.PAUSED, DeadlineStatus.MET]
    await resume(database, clock)
    assert [(await row(database, i)).status for i in (watering, news)] == [DeadlineStatus.LIVE, DeadlineStatus.MET]


async def test_a_step_that_was_claimed_when_the_pause_came_is_not_taken(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    clock.advance(hours=2)
    ids = await claim(database, clock)
    await pause(database, clock)
    assert await act(database, clock, garden, ids) == 0
    await resume(database, clock)
    assert await sweep(database, clock, garden) == 1


async def test_what_waits_can_be_ended(database: Database, clock: VirtualClock, started: DeadlineId) -> None:
    await pause(database, clock)
    clock.advance(days=30)
    assert await stop(database, clock) == 1
    assert (await row(database, started)).status is DeadlineStatus.MET  # its time had not run out when it began to wait


async def test_a_rule_that_was_taken_out_of_the_file_while_it_waited_wakes_to_nothing(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    await pause(database, clock)
    async with database.begin() as session:
        await deadlines.resume(session, "flower", 1, {}, clock.now())
    assert (await row(database, started)).next_at is None
