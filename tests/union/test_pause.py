"""联系不上: while staff have confirmed that the worker can't be reached, the clocks that wait for the worker stand still, and exactly so long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.models import CaseStatus, DeadlineStatus
from storage.types import CaseId
from tests.union.world import RULES, World
from union.access import access_case
from union.alerts import Fact
from union.errors import IllegalTransition, NotFound
from union.lifecycle import perform

SHIFT = timedelta(days=2, hours=3, seconds=7)


async def paused(world: World, after_hours: int = 1) -> CaseId:
    """An accepted case that has been paused some hours after it came in."""
    case_id = await world.new_case()
    await world.accept(case_id)
    world.clock.advance(hours=after_hours)
    await world.sweep()
    assert await world.pause(case_id)
    return case_id


async def wait(world: World) -> None:
    world.clock.advance(seconds=SHIFT.total_seconds())
    await world.sweep()


# ---- who can


@pytest.mark.parametrize("who", ["worker", "lawyer", "pool_lawyer", "chair", "haidian_staff"])
async def test_nobody_but_the_staff_above_can_let_the_clock_stand_still(world: World, who: str) -> None:
    case_id = await world.new_case()
    actor = await world.actor(getattr(world, who))
    async with world.database.begin() as session:
        with pytest.raises(NotFound):
            await access_case(session, actor, case_id, "pause")


@pytest.mark.parametrize("who", ["staff", "city_staff"])
async def test_staff_above_the_case_can(world: World, who: str) -> None:
    case_id = await world.new_case()
    actor = await world.actor(getattr(world, who))
    async with world.database.begin() as session:
        assert (await access_case(session, actor, case_id, "pause")).id == case_id


async def test_asking_for_it_stops_nothing(world: World) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    before = await world.deadline(case_id)
    await world.change(case_id, lambda s, c: perform(s, c, "ask_pause", RULES, world.clock.now(), by=world.lawyer))
    after = await world.deadline(case_id)
    assert (after.status, after.next_at, after.due_at) == (DeadlineStatus.LIVE, before.next_at, before.due_at)
    assert (await world.case(case_id)).paused_at is None


# ---- while it stands still


async def test_nobody_is_reminded_nothing_is_passed_on_and_nothing_becomes_overdue(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=1)
    await world.pause(case_id)
    told = await world.told(world.lawyer)
    world.clock.advance(days=2)
    await world.sweep()
    case = await world.case(case_id)
    assert (case.overdue, case.lawyer_id, case.status) == (False, world.lawyer, CaseStatus.ASSIGNED)
    assert await world.told(world.lawyer) == told
    assert await world.told(world.city_staff) == []


async def test_every_three_days_the_handler_and_the_staff_are_asked_to_see_again(world: World) -> None:
    await paused(world)
    for _ in range(2):
        world.clock.advance(days=3)
        await world.sweep()
    assert (await world.told(world.lawyer)).count(Fact.PAUSE_CHECK) == 2
    assert (await world.told(world.staff)).count(Fact.PAUSE_CHECK) == 2
    assert Fact.PAUSE_CHECK not in await world.told(world.worker)


async def test_pausing_again_changes_nothing(world: World) -> None:
    case_id = await paused(world)
    since = (await world.case(case_id)).paused_at
    world.clock.advance(hours=1)
    assert await world.pause(case_id) is False
    assert (await world.case(case_id)).paused_at == since
    assert (await world.history(case_id)).count("case.paused") == 1


async def test_an_ended_case_cannot_be_paused(world: World) -> None:
    case_id = await world.new_case()
    await world.withdraw(case_id)
    with pytest.raises(IllegalTransition):
        await world.pause(case_id)


# ---- when it runs on


@pytest.mark.parametrize("after_hours", [1, 3, 13, 21, 23])
async def test_the_clock_runs_on_with_exactly_the_time_that_was_left(world: World, after_hours: int) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    world.clock.advance(hours=after_hours)
    await world.sweep()
    was, due_at = await world.deadline(case_id), (await world.case(case_id)).due_at
    await world.pause(case_id)
    await wait(world)
    assert await world.resume(case_id)
    now = await world.deadline(case_id)
    assert was.next_at is not None
    assert (now.status, now.step, now.next_at) == (DeadlineStatus.LIVE, was.step, was.next_at + SHIFT)
    assert now.due_at == was.due_at + SHIFT == (await world.case(case_id)).due_at == due_at + SHIFT


async def test_after_a_pause_the_case_is_overdue_after_24_hours_of_running_and_not_a_second_before(world: World) -> None:
    case_id = await paused(world, after_hours=10)
    await wait(world)
    await world.resume(case_id)
    world.clock.advance(hours=13, minutes=59, seconds=59)
    await world.sweep()
    assert not (await world.case(case_id)).overdue
    world.clock.advance(seconds=1)
    await world.sweep()
    assert (await world.case(case_id)).overdue


@pytest.mark.parametrize("how", ["resume", "contact", "worker_writes"])
async def test_staff_a_message_that_arrives_or_the_workers_own_word_end_it(world: World, how: str) -> None:
    case_id = await paused(world)
    await wait(world)
    if how == "resume":
        await world.resume(case_id)
    elif how == "contact":
        await world.contact(case_id)
    else:
        await world.write(case_id, world.worker, "我的手机修好了")
    assert (await world.case(case_id)).paused_at is None
    assert "pause_check" not in await world.running(case_id)
    assert (await world.history(case_id)).count("case.resumed") == 1
    assert Fact.CASE_RESUMED in await world.told(world.lawyer)


async def test_contact_out_of_a_pause_is_in_time_when_the_running_hours_were_fewer_than_24(world: World) -> None:
    case_id = await paused(world, after_hours=23)
    await wait(world)
    await world.contact(case_id)
    assert not (await world.case(case_id)).overdue
    assert (await world.deadline(case_id)).status is DeadlineStatus.MET


async def test_what_the_lawyer_writes_on_its_way_ends_nothing(world: World) -> None:
    case_id = await paused(world)
    await world.write(case_id, world.lawyer, "在吗")
    assert (await world.case(case_id)).paused_at is not None


async def test_resuming_what_does_not_stand_still_changes_nothing(world: World) -> None:
    case_id = await world.new_case()
    before = await world.history(case_id)
    assert await world.resume(case_id) is False
    assert await world.history(case_id) == before


async def test_the_mark_overdue_that_was_there_before_stays(world: World) -> None:
    case_id = await paused(world, after_hours=25)
    await wait(world)
    await world.resume(case_id)
    assert (await world.case(case_id)).overdue


async def test_after_contact_a_pause_moves_the_follow_up_and_leaves_the_met_clock_alone(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    was, due_at = await world.deadline(case_id, "follow_up"), (await world.case(case_id)).due_at
    await world.pause(case_id)
    await wait(world)
    await world.resume(case_id)
    assert (await world.deadline(case_id, "follow_up")).due_at == was.due_at + SHIFT
    assert (await world.case(case_id)).due_at == due_at
    assert (await world.deadline(case_id)).status is DeadlineStatus.MET


async def test_a_paused_case_that_is_taken_back_or_closed_waits_for_nothing_any_more(world: World) -> None:
    taken_back = await paused(world)
    await world.withdraw(taken_back)
    closed = await world.new_case()
    await world.contact(closed)
    await world.pause(closed)
    await world.close(closed)
    for case_id in (taken_back, closed):
        assert (await world.case(case_id)).paused_at is None
        assert await world.running(case_id) <= {"rating", "archive"}
