"""The deadline engine: what is due is claimed once, acted on in order, and an unmet deadline never falls silent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import VirtualClock
from storage.database import Database
from storage.models import DeadlineStatus, Rung
from storage.types import DeadlineId, PersonId
from tests.union.garden import REMINDERS, RULE, UNIT, Garden, act, begin, claim, hours, row, stop, sweep
from union import deadlines
from union.deadlines import Due, Told
from union.rules import Rules

# ---- claiming


async def test_a_step_is_claimed_when_it_falls_and_not_a_second_before(
    database: Database, clock: VirtualClock, started: DeadlineId
) -> None:
    clock.advance(hours=1, minutes=59, seconds=59)
    assert await claim(database, clock) == []
    clock.advance(seconds=1)
    assert await claim(database, clock) == [started]


async def test_two_connections_that_claim_at_once_get_every_deadline_once_and_miss_none(database: Database, clock: VirtualClock) -> None:
    ids = await begin(database, clock, 40)
    clock.advance(hours=3)
    async with database.connect() as first, database.connect() as second:
        mine = await deadlines.claim(first, owner=1, now=clock.now(), limit=15)
        theirs = await deadlines.claim(second, owner=2, now=clock.now(), limit=100)  # while the first has not committed
    assert len(mine) == 15
    assert set(mine).isdisjoint(theirs)
    assert sorted(mine + theirs) == ids


async def test_many_claimers_in_a_race_share_the_deadlines_without_one_being_claimed_twice(database: Database, clock: VirtualClock) -> None:
    ids = await begin(database, clock, 60)
    clock.advance(hours=3)
    shares = await asyncio.gather(*(claim(database, clock, owner, 20) for owner in range(1, 7)))
    claimed = [deadline_id for share in shares for deadline_id in share]
    claimed += await claim(database, clock, 99)  # whoever looked while others held rows comes back for the rest
    assert sorted(claimed) == ids


async def test_what_one_process_has_claimed_is_not_claimed_by_another(database: Database, clock: VirtualClock, started: DeadlineId) -> None:
    clock.advance(hours=3)
    assert await claim(database, clock, owner=1) == [started]
    assert await claim(database, clock, owner=2) == []


async def test_a_process_acts_only_on_what_it_has_claimed_itself(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    clock.advance(hours=3)
    ids = await claim(database, clock, owner=1)
    assert await act(database, clock, garden, ids, owner=2) == 0
    assert garden.reminded == []


async def test_the_clock_wakes_for_the_earliest_step_of_all(database: Database, clock: VirtualClock) -> None:
    async with database.connect() as connection:
        assert await deadlines.next_due(connection) is None
    begun = clock.now()
    await begin(database, clock, rule=REMINDERS)
    await begin(database, clock)
    async with database.connect() as connection:
        assert await deadlines.next_due(connection) == begun + hours(2)


# ---- acting


async def test_a_step_is_taken_once_and_the_next_one_is_set(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    begun = clock.now()
    clock.advance(hours=2)
    assert await sweep(database, clock, garden) == 1
    assert await sweep(database, clock, garden) == 0
    assert garden.reminded == [0]
    deadline = await row(database, started)
    assert (deadline.step, deadline.next_at, deadline.owner) == (1, begun + hours(12), None)


async def test_of_reminders_that_were_slept_through_only_the_last_is_given(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    clock.advance(hours=13)
    await sweep(database, clock, garden)
    assert garden.reminded == [1]


async def test_a_breach_and_an_escalation_that_were_slept_through_are_both_taken(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    clock.advance(hours=37)
    await sweep(database, clock, garden)
    assert garden.breached == [2, 3]


async def test_a_reminder_slept_through_together_with_the_breach_is_not_given_any_more(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    clock.advance(hours=24)
    await sweep(database, clock, garden)
    assert (garden.reminded, garden.breached) == ([], [2])


async def test_an_unmet_deadline_never_falls_silent(database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId) -> None:
    clock.advance(hours=36)
    await sweep(database, clock, garden)
    for _ in range(60):
        clock.advance(hours=12)
        assert await sweep(database, clock, garden) == 1
    assert garden.breached == list(range(2, 64))
    assert (await row(database, started)).next_at == clock.now() + hours(12)


async def test_after_a_sleep_of_a_year_the_repeat_is_taken_once_and_the_next_lies_ahead(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    clock.advance(hours=36)
    await sweep(database, clock, garden)
    clock.advance(days=365)
    await sweep(database, clock, garden)
    assert len(garden.breached) == 3
    next_at = (await row(database, started)).next_at
    assert next_at is not None
    assert clock.now() < next_at <= clock.now() + hours(12)


async def test_a_reminder_that_repeats_goes_on_reminding(database: Database, clock: VirtualClock, garden: Garden) -> None:
    await begin(database, clock, rule=REMINDERS)
    clock.advance(hours=48)
    for _ in range(5):
        await sweep(database, clock, garden)
        clock.advance(hours=12)
    assert garden.reminded == [0, 1, 2, 3, 4]


async def test_every_step_that_tells_somebody_leaves_a_rung_that_waits_to_be_acknowledged(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    clock.advance(hours=37)
    await sweep(database, clock, garden)
    async with database.begin() as session:
        rungs = list(await session.scalars(sa.select(Rung).order_by(Rung.step)))
    assert [(r.step, r.unit_id, r.told, r.acknowledged_at) for r in rungs] == [(2, UNIT, 2, None), (3, UNIT, 2, None)]


async def test_who_acknowledges_takes_every_rung_that_waits_and_a_second_one_comes_too_late(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    clock.advance(hours=37)
    await sweep(database, clock, garden)
    async with database.begin() as session:
        person = await _person(session, clock)
        assert await deadlines.acknowledge(session, started, person, clock.now(), subject="flower", subject_id=1) is True
        assert await deadlines.acknowledge(session, started, person, clock.now(), subject="flower", subject_id=1) is False


async def test_a_rung_is_acknowledged_only_together_with_the_subject_that_it_belongs_to(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    clock.advance(hours=37)
    await sweep(database, clock, garden)
    async with database.begin() as session:
        person = await _person(session, clock)
        assert await deadlines.acknowledge(session, started, person, clock.now(), subject="flower", subject_id=2) is False


async def _person(session: AsyncSession, clock: VirtualClock) -> PersonId:
    from union.people import agree

    return await agree(session, clock.now())


# ---- stopping


@pytest.mark.parametrize(
    ("after", "status"),
    [
        (hours(1), DeadlineStatus.MET),
        (hours(24) - timedelta(seconds=1), DeadlineStatus.MET),
        (hours(24), DeadlineStatus.MISSED),  # at 24 hours exactly it is over, as for the breach
        (hours(30), DeadlineStatus.MISSED),
    ],
)
async def test_a_deadline_that_stops_before_it_is_due_is_met_and_afterwards_missed(
    database: Database, clock: VirtualClock, started: DeadlineId, after: timedelta, status: DeadlineStatus
) -> None:
    clock.advance(seconds=after.total_seconds())
    assert await stop(database, clock) == 1
    deadline = await row(database, started)
    assert (deadline.status, deadline.next_at, deadline.stopped_at) == (status, None, clock.now())


async def test_a_deadline_whose_subject_is_taken_back_is_neither_met_nor_missed(
    database: Database, clock: VirtualClock, started: DeadlineId
) -> None:
    clock.advance(hours=30)
    await stop(database, clock, met=False)
    assert (await row(database, started)).status is DeadlineStatus.CANCELLED


async def test_stopping_again_changes_nothing(database: Database, clock: VirtualClock, started: DeadlineId) -> None:
    first = clock.now()
    await stop(database, clock)
    clock.advance(hours=30)
    assert await stop(database, clock) == 0
    deadline = await row(database, started)
    assert (deadline.status, deadline.stopped_at) == (DeadlineStatus.MET, first)


async def test_stopping_one_rule_leaves_the_others_and_other_subjects_alone(database: Database, clock: VirtualClock) -> None:
    watering = await begin(database, clock, 2)
    news = await begin(database, clock, rule=REMINDERS)
    assert await stop(database, clock, rule="watering") == 1
    statuses = [(await row(database, i)).status for i in (watering[0], watering[1], news[0])]
    assert statuses == [DeadlineStatus.MET, DeadlineStatus.LIVE, DeadlineStatus.LIVE]


async def test_a_deadline_met_between_claim_and_act_is_left_alone(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    clock.advance(hours=24)
    ids = await claim(database, clock)
    await stop(database, clock)
    assert await act(database, clock, garden, ids) == 0
    assert garden.breached == []
    assert (await row(database, started)).next_at is None


async def test_a_deadline_that_begins_again_between_claim_and_act_is_left_alone(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    clock.advance(hours=24)
    ids = await claim(database, clock)
    async with database.begin() as session:
        await deadlines.restart(session, RULE, 1, clock.now())
    assert await act(database, clock, garden, ids) == 0
    deadline = await row(database, started)
    assert (deadline.step, deadline.next_at, deadline.due_at) == (0, clock.now() + hours(2), clock.now() + hours(24))


async def test_a_restart_does_not_wake_a_deadline_that_has_ended(database: Database, clock: VirtualClock, started: DeadlineId) -> None:
    await stop(database, clock)
    async with database.begin() as session:
        await deadlines.restart(session, RULE, 1, clock.now())
    deadline = await row(database, started)
    assert (deadline.status, deadline.next_at) == (DeadlineStatus.MET, None)


# ---- giving back


async def test_what_could_not_be_acted_on_is_given_back_and_tried_again_a_little_later(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    clock.advance(hours=24)
    ids = await claim(database, clock)
    async with database.connect() as connection:
        await deadlines.give_back(connection, ids, 1, clock.now() + timedelta(seconds=5))
    assert await claim(database, clock) == []
    clock.advance(seconds=5)
    await sweep(database, clock, garden)
    assert garden.breached == [2]  # the step was put off, not lost


async def test_one_process_cannot_give_back_what_another_has_claimed(database: Database, clock: VirtualClock, started: DeadlineId) -> None:
    clock.advance(hours=3)
    ids = await claim(database, clock, owner=1)
    async with database.connect() as connection:
        await deadlines.give_back(connection, ids, 2, clock.now())
    assert (await row(database, started)).owner == 1


async def test_giving_back_does_not_wake_a_deadline_that_was_met_meanwhile(
    database: Database, clock: VirtualClock, started: DeadlineId
) -> None:
    clock.advance(hours=3)
    ids = await claim(database, clock)
    await stop(database, clock)
    async with database.connect() as connection:
        await deadlines.give_back(connection, ids, 1, clock.now())
    assert (await row(database, started)).next_at is None


async def test_when_acting_fails_nothing_of_the_batch_has_happened(
    database: Database, clock: VirtualClock, garden: Garden, started: DeadlineId
) -> None:
    class Storm(Garden):
        async def act(self, session: AsyncSession, due: Sequence[Due], rules: Rules, now: datetime) -> list[Told]:
            await super().act(session, due, rules, now)
            raise RuntimeError("a hailstorm")

    clock.advance(hours=24)
    ids = await claim(database, clock)
    with pytest.raises(RuntimeError, match="hailstorm"):
        await act(database, clock, Storm(), ids)
    deadline = await row(database, started)
    assert (deadline.step, deadline.owner) == (0, 1)
    await act(database, clock, garden, ids)
    assert garden.breached == [2]
