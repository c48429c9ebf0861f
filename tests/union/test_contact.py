"""Contacts that are logged, tries that failed, and whom a worker who can't be reached is reported to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.models import CaseStatus, NoteKind
from storage.types import CaseId, PersonId
from tests.union.world import CHAOYANG, World, new_officer
from union import contact
from union.contact import Logged
from union.errors import IllegalTransition


async def log(world: World, case_id: CaseId, kind: NoteKind = NoteKind.CALL, by: PersonId | None = None) -> Logged:
    now = world.clock.now()
    return await world.change(
        case_id, lambda s, c: contact.log(s, c, kind, world.rules, now, by=by or world.lawyer, text="说了", happened_at=now)
    )


async def failed(world: World, case_id: CaseId) -> int:
    return await world.change(case_id, lambda s, c: contact.log_failed(s, c, world.rules, world.clock.now(), by=world.lawyer))


async def ask_pause(world: World, case_id: CaseId, by: PersonId) -> bool:
    return await world.change(case_id, lambda s, c: contact.ask_pause(s, c, world.rules, world.clock.now(), by=by))


@pytest.mark.parametrize("kind", [NoteKind.CALL, NoteKind.VISIT])
async def test_the_first_contact_stops_the_clock_and_the_second_does_not_stop_it_again(world: World, kind: NoteKind) -> None:
    case_id = await world.new_case()
    assert (await log(world, case_id, kind)).first
    first = (await world.case(case_id)).intervened_at
    assert "intervention" not in await world.running(case_id)
    world.clock.advance(hours=1)
    assert not (await log(world, case_id, kind)).first
    assert (await world.case(case_id)).intervened_at == first


async def test_a_contact_logged_when_the_time_is_over_is_late(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=24)
    await log(world, case_id)
    assert (await world.case(case_id)).overdue


async def test_a_keeper_of_a_dispute_without_a_lawyer_stops_no_clock_with_a_call(world: World) -> None:
    case_id = await world.new_case()
    await world.decline(case_id)
    await world.decline(case_id)
    case = await world.case(case_id)
    assert (case.status, case.officer_id) == (CaseStatus.RECEIVED, world.staff)
    assert not (await log(world, case_id, by=world.staff)).first
    assert (await world.case(case_id)).intervened_at is None


async def test_an_ended_case_takes_no_contact(world: World) -> None:
    case_id = await world.new_case()
    await world.withdraw(case_id)
    for attempt in (log(world, case_id), failed(world, case_id)):
        with pytest.raises(IllegalTransition):
            await attempt


async def test_failed_tries_are_counted_in_a_row_and_a_resumed_case_begins_anew(world: World) -> None:
    case_id = await world.new_case()
    assert [await failed(world, case_id) for _ in range(3)] == [1, 2, 3]
    await world.pause(case_id)
    await world.resume(case_id)
    assert await failed(world, case_id) == 1


async def test_failed_tries_stop_no_clock(world: World) -> None:
    case_id = await world.new_case()
    due = (await world.case(case_id)).due_at
    await failed(world, case_id)
    case = await world.case(case_id)
    assert (case.due_at, case.intervened_at) == (due, None)
    assert "intervention" in await world.running(case_id)


async def test_the_nearest_staff_are_asked_once_a_day(world: World) -> None:
    case_id = await world.new_case()
    assert await ask_pause(world, case_id, world.lawyer)
    assert not await ask_pause(world, case_id, world.lawyer)
    world.clock.advance(hours=23, minutes=59)
    assert not await ask_pause(world, case_id, world.lawyer)
    world.clock.advance(minutes=1)
    assert await ask_pause(world, case_id, world.lawyer)
    assert (await world.told(world.staff)).count("pause_asked") == 2


async def test_nobody_is_asked_whether_their_own_clock_may_stand_still(world: World) -> None:
    """The only member of staff on the rung handles the case: the rung above decides; with a colleague there it is the colleague."""
    case_id = await world.new_case(kind="complaint")
    assert await ask_pause(world, case_id, world.staff)
    assert "pause_asked" not in await world.told(world.staff)
    assert "pause_asked" in await world.told(world.city_staff)
    async with world.database.begin() as session:
        colleague = await new_officer(session, "同事", CHAOYANG, world.clock.now())
    world.clock.advance(days=1)
    assert await ask_pause(world, case_id, world.staff)
    assert "pause_asked" in await world.told(colleague)


async def test_a_clock_that_stands_still_already_is_nothing_to_ask_for(world: World) -> None:
    case_id = await world.new_case()
    await world.pause(case_id)
    assert not await ask_pause(world, case_id, world.lawyer)


async def test_a_contact_ends_a_pause_and_leaves_the_time_that_was_left(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    before = (await world.deadline(case_id, "follow_up")).due_at
    await world.pause(case_id)
    world.clock.advance(days=2)
    await log(world, case_id)
    assert (await world.case(case_id)).paused_at is None
    assert (await world.deadline(case_id, "follow_up")).due_at == before + timedelta(days=2)
