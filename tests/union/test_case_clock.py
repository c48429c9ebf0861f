"""The 24-hour clock (S1 三(三)3): it counts from intake, on the wall clock, and only a message that has reached the worker stops it."""

from __future__ import annotations

import asyncio

from storage.models import (
    Case,
    CaseStatus,
    DeadlineStatus,
)
from tests.union.world import CHAOYANG, OWNER, RULES, World, new_lawyer
from union import cases, deadlines, routing
from union.case_clock import CaseClock

# ---- what starts and what stops it


async def test_a_case_is_overdue_at_24_hours_and_not_a_minute_before(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=23, minutes=59)
    await world.sweep()
    assert not (await world.case(case_id)).overdue
    world.clock.advance(minutes=1)
    await world.sweep()
    assert (await world.case(case_id)).overdue


async def test_the_clock_counts_from_intake_and_not_from_assignment(world: World) -> None:
    received = world.clock.now()
    case_id = await world.new_case(routed=False)
    world.clock.advance(hours=5)
    await world.change(case_id, lambda s, c: routing.route(s, c, RULES, world.clock.now()))
    deadline = await world.deadline(case_id)
    assert (deadline.started_at, deadline.due_at - received) == (received, RULES["intervention"].due)


async def test_pressing_accept_does_not_stop_the_clock(world: World) -> None:
    case_id = await world.new_case()
    before = await world.deadline(case_id)
    await world.accept(case_id)
    after = await world.deadline(case_id)
    assert (after.status, after.due_at, after.next_at) == (DeadlineStatus.LIVE, before.due_at, before.next_at)
    await world.run_to_breach()
    assert (await world.case(case_id)).overdue


async def test_declining_does_not_restart_the_clock(world: World) -> None:
    case_id = await world.new_case()
    due_at = (await world.deadline(case_id)).due_at
    world.clock.advance(hours=10)
    await world.decline(case_id)
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer
    assert (await world.deadline(case_id)).due_at == due_at
    world.clock.advance(hours=14)
    await world.sweep()
    assert (await world.case(case_id)).overdue


async def test_reassigning_does_not_restart_the_clock(world: World) -> None:
    case_id = await world.new_case()
    due_at = (await world.deadline(case_id)).due_at
    world.clock.advance(hours=10)
    await world.give(case_id, world.pool_lawyer)
    assert (await world.deadline(case_id)).due_at == due_at


async def test_a_message_that_is_only_on_its_way_does_not_stop_the_clock(world: World) -> None:
    case_id = await world.new_case()
    await world.write(case_id, world.lawyer)
    await world.run_to_breach()
    assert (await world.case(case_id)).overdue
    assert (await world.deadline(case_id)).status is DeadlineStatus.LIVE


async def test_the_lawyers_message_that_reaches_the_worker_stops_the_clock(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=3)
    await world.contact(case_id)
    case = await world.case(case_id)
    deadline = await world.deadline(case_id)
    assert (case.status, case.intervened_at) == (CaseStatus.INTERVENED, world.clock.now())
    assert (deadline.status, deadline.next_at) == (DeadlineStatus.MET, None)
    await world.run_to_breach()
    assert not (await world.case(case_id)).overdue


async def test_a_message_of_the_worker_does_not_stop_the_clock(world: World) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    await world.reached(await world.write(case_id, world.worker, "律师在吗"))
    assert (await world.deadline(case_id)).status is DeadlineStatus.LIVE


async def test_a_message_of_a_lawyer_who_was_replaced_does_not_stop_the_clock(world: World) -> None:
    case_id = await world.new_case()
    message = await world.write(case_id, world.lawyer)
    await world.give(case_id, world.pool_lawyer)
    await world.reached(message)
    assert (await world.deadline(case_id)).status is DeadlineStatus.LIVE


async def test_contact_within_24_hours_meets_the_deadline_and_contact_at_24_hours_misses_it(world: World) -> None:
    in_time, late = await world.new_case(), await world.new_case()
    world.clock.advance(hours=23, minutes=59, seconds=59)
    await world.contact(in_time)
    world.clock.advance(seconds=1)
    await world.contact(late)
    assert (await world.deadline(in_time)).status is DeadlineStatus.MET
    assert (await world.deadline(late)).status is DeadlineStatus.MISSED


async def test_contact_after_24_hours_marks_the_case_overdue_even_if_the_clock_had_not_looked_yet(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=24)
    await world.contact(case_id)
    assert (await world.case(case_id)).overdue


async def test_contact_in_time_leaves_no_mark(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=23, minutes=59)
    await world.contact(case_id)
    world.clock.advance(hours=1)
    await world.sweep()
    assert not (await world.case(case_id)).overdue


async def test_the_mark_overdue_stays_when_the_lawyer_comes_at_last(world: World) -> None:
    case_id = await world.new_case()
    await world.run_to_breach()
    await world.contact(case_id)
    case = await world.case(case_id)
    assert case.overdue
    assert case.intervened_at is not None


async def test_a_case_taken_back_by_its_worker_runs_no_clock_any_more(world: World) -> None:
    case_id = await world.new_case()
    await world.withdraw(case_id)
    await world.run_to_breach()
    assert not (await world.case(case_id)).overdue
    assert (await world.deadline(case_id)).status is DeadlineStatus.CANCELLED


# ---- at the same moment


async def test_contact_and_breach_at_the_same_moment_wait_for_each_other_instead_of_locking_up(world: World) -> None:
    """The message reaches the worker (case, then deadline) while the clock takes the breach (deadline, then case)."""
    case_id = await world.new_case()
    message = await world.write(case_id, world.lawyer)
    world.clock.advance(hours=24)
    async with world.database.connect() as connection:
        ids = await deadlines.claim(connection, owner=OWNER, now=world.clock.now(), limit=10)

    async def breach() -> int:
        async with world.database.begin() as session:
            return await deadlines.act(session, ids, owner=OWNER, rules=RULES, subjects={"case": CaseClock()}, now=world.clock.now())

    async with world.database.begin() as session:
        case = await session.get_one(Case, case_id, with_for_update=True)
        acting = asyncio.create_task(breach())
        await asyncio.sleep(0.1)
        await cases.intervene(session, case, RULES, world.clock.now(), "message")
    assert await acting == 0
    await world.reached(message)
    assert (await world.deadline(case_id)).status is DeadlineStatus.MISSED


async def test_a_lawyer_on_the_case_of_another_gets_no_reminder(world: World) -> None:
    async with world.database.begin() as session:
        other = await new_lawyer(session, "望京律师", CHAOYANG, world.clock.now())
    await world.taken()
    world.clock.advance(hours=23)
    await world.sweep()
    assert await world.told(other) == []
