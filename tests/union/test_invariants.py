"""What must always be true: each invariant is broken here on purpose and found, and a normal life breaks none."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.models import Case, CaseKind, Conversation, Deadline, OutboxRow, OutboxStatus, RoleGrant
from storage.types import PersonId
from tests.union.world import World
from union import deadlines, invariants
from union.invariants import GRACE, GRAVE, Violation


async def check(world: World) -> list[Violation]:
    async with world.database.begin() as session:
        return await invariants.check(session, world.clock.now())


async def codes(world: World) -> set[str]:
    return {violation.code for violation in await check(world)}


async def shut_the_door_of(world: World, *person_ids: PersonId) -> None:
    async with world.database.begin() as session:
        query = sa.update(Conversation).where(Conversation.person_id.in_(person_ids))
        await session.execute(query.values(unreachable_since=world.clock.now()))


async def test_an_empty_house_breaks_nothing(world: World) -> None:
    assert await check(world) == []


async def test_a_normal_life_breaks_nothing_at_any_time(world: World) -> None:
    case_id = await world.new_case()
    assert await check(world) == []
    for hours in (1, 1, 10, 8, 3):
        world.clock.advance(hours=hours)
        await world.sweep()
        assert await check(world) == []
    await world.contact(case_id)
    assert await check(world) == []
    world.clock.advance(days=7)
    await world.sweep()
    assert await check(world) == []
    await world.close(case_id)
    assert await check(world) == []


async def test_a_declined_and_then_unassigned_case_breaks_nothing_while_staff_can_be_reached(world: World) -> None:
    case_id = await world.new_case()
    for _ in range(2):
        await world.decline(case_id)
    assert await check(world) == []


async def test_an_open_dispute_without_a_live_deadline_is_found(world: World) -> None:
    case_id = await world.new_case()
    async with world.database.begin() as session:
        await deadlines.stop(session, "case", case_id, world.clock.now())
    assert await check(world) == [Violation("open_case_without_live_deadline", 1, (case_id,))]


async def test_a_live_deadline_without_a_next_step_counts_as_none(world: World) -> None:
    await world.new_case()
    async with world.database.begin() as session:
        await session.execute(sa.update(Deadline).values(next_at=None))
    assert await codes(world) == {"open_case_without_live_deadline"}


async def test_a_lawyer_with_a_running_clock_and_no_open_door_is_found(world: World) -> None:
    await world.new_case()
    await shut_the_door_of(world, world.lawyer)
    assert await codes(world) == {"deadline_without_reachable_person"}


async def test_a_city_that_nobody_can_reach_is_found(world: World) -> None:
    await world.new_case()
    await shut_the_door_of(world, world.city_staff)
    assert await codes(world) == {"deadline_without_reachable_person"}


async def test_a_district_without_anybody_is_found(world: World) -> None:
    await world.new_case()
    async with world.database.begin() as session:
        await session.execute(sa.update(RoleGrant).where(RoleGrant.person_id == world.staff).values(revoked_at=world.clock.now()))
    assert await codes(world) == {"deadline_without_reachable_person"}


async def test_a_rung_that_nobody_acknowledged_within_two_hours_is_found_and_not_a_second_earlier(world: World) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    world.clock.advance(hours=24)
    await world.sweep()
    world.clock.advance(seconds=GRACE.total_seconds())
    assert "rung_not_acknowledged" not in await codes(world)
    world.clock.advance(seconds=1)
    assert await codes(world) == {"rung_not_acknowledged"}
    async with world.database.begin() as session:
        clock = await world.deadline(case_id)
        await deadlines.acknowledge(session, clock.id, world.staff, world.clock.now(), subject="case", subject_id=case_id)
    assert await check(world) == []


async def test_a_rung_of_a_case_in_which_the_lawyer_came_at_last_needs_nobody_any_more(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=24)
    await world.sweep()
    await world.contact(case_id)
    world.clock.advance(hours=3)
    assert await check(world) == []


async def test_an_alert_that_nobody_received_is_found_for_a_week(world: World) -> None:
    case_id = await world.new_case()
    for status in (OutboxStatus.UNREACHABLE, OutboxStatus.FAILED):
        async with world.database.begin() as session:
            await session.execute(sa.update(OutboxRow).values(status=status))
        assert await check(world) == [Violation("alert_not_received", 1, (case_id,))]
    await world.contact(case_id)  # so that the clock is quiet for seven days
    world.clock.advance(days=7)
    await world.sweep()
    assert await codes(world) == set()


async def test_a_step_that_is_more_than_five_minutes_late_is_found_and_grave(world: World) -> None:
    await world.new_case()
    world.clock.advance(hours=2, minutes=5)
    assert await check(world) == []
    world.clock.advance(seconds=1)
    assert await codes(world) == {"deadline_step_late"}
    assert "deadline_step_late" in GRAVE


async def test_a_step_held_by_a_process_that_does_not_act_is_late_as_well(world: World) -> None:
    await world.new_case()
    world.clock.advance(hours=2)
    async with world.database.connect() as connection:
        await deadlines.claim(connection, owner=99, now=world.clock.now(), limit=10)
    world.clock.advance(minutes=6)
    assert await codes(world) == {"deadline_step_late"}


async def test_at_most_five_examples_are_named_but_all_are_counted(world: World) -> None:
    for _ in range(7):
        await world.new_case()
    async with world.database.begin() as session:
        await session.execute(sa.update(Deadline).values(next_at=None))
    found = (await check(world))[0]
    assert (found.count, len(found.examples)) == (7, 5)


@pytest.mark.parametrize("kind", list(CaseKind))
async def test_an_open_case_of_every_kind_has_a_clock_from_the_beginning(world: World, kind: CaseKind) -> None:
    case_id = await world.new_case(kind=kind)
    assert await check(world) == []
    async with world.database.begin() as session:
        await deadlines.stop(session, "case", case_id, world.clock.now())
    assert await codes(world) == {"open_case_without_live_deadline"}


async def test_a_paused_case_is_still_watched(world: World) -> None:
    case_id = await world.new_case()
    await world.pause(case_id)
    assert await check(world) == []


async def test_an_open_case_that_nobody_is_responsible_for_is_found_and_grave(world: World) -> None:
    case_id = await world.new_case(routed=False)
    assert await check(world) == [Violation("case_without_one_responsible", 1, (case_id,))]
    assert "case_without_one_responsible" in GRAVE


async def test_an_open_case_that_two_are_responsible_for_is_found(world: World) -> None:
    case_id = await world.new_case()
    async with world.database.begin() as session:
        await session.execute(sa.update(Case).values(officer_id=world.staff))
    assert await check(world) == [Violation("case_without_one_responsible", 1, (case_id,))]
