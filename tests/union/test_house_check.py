"""What does not hold is told to the staff of the city, once a day each; what holds again is silent."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from storage.models import Case, Conversation, OutboxRow, Role, RoleGrant
from storage.types import PersonId
from tests.union.world import CHAOYANG, CITY, JINSONG, World, new_officer
from union import invariants
from union.alerts import Fact


async def tell(world: World) -> list[str]:
    async with world.database.begin() as session:
        return [violation.code for violation in await invariants.check_and_tell(session, world.clock.now())]


async def told(world: World) -> list[tuple[PersonId, str]]:
    async with world.database.begin() as session:
        query = sa.select(OutboxRow.person_id, OutboxRow.params["code"].as_string()).where(OutboxRow.kind == Fact.HOUSE_FAULT)
        return [(row[0], row[1]) for row in await session.execute(query.order_by(OutboxRow.id))]


async def break_responsibility(world: World) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.update(Case).values(lawyer_id=None, officer_id=None))


async def test_while_everything_holds_nobody_is_told(world: World) -> None:
    await world.new_case()
    assert await tell(world) == []
    assert await told(world) == []


async def test_everybody_of_the_city_is_told_and_nobody_below(world: World) -> None:
    async with world.database.begin() as session:
        admin = await new_officer(session, "管理员", CITY, world.clock.now(), role=Role.ADMIN)
        await new_officer(session, "区管理员", CHAOYANG, world.clock.now(), role=Role.ADMIN)
        gone = await new_officer(session, "调走的", CITY, world.clock.now())
        await session.execute(sa.update(RoleGrant).where(RoleGrant.person_id == gone).values(revoked_at=world.clock.now()))
    await world.new_case()
    await break_responsibility(world)
    await tell(world)
    assert await told(world) == [(person, "case_without_one_responsible") for person in (world.city_staff, admin)]


async def test_the_same_fault_is_told_once_a_day_of_beijing(world: World) -> None:
    await world.new_case()
    await break_responsibility(world)
    for _ in range(3):
        await tell(world)
    world.clock.advance(hours=1, minutes=30)  # from 10:00: the same day
    await tell(world)
    assert len(await told(world)) == 1
    world.clock.advance(hours=13)  # past midnight in Beijing, the same day in UTC
    await tell(world)
    assert [code for _, code in await told(world)].count("case_without_one_responsible") == 2


async def test_each_fault_is_told_by_itself(world: World) -> None:
    await world.new_case()
    await break_responsibility(world)
    world.clock.advance(hours=2, minutes=6)
    assert await tell(world) == ["case_without_one_responsible", "deadline_step_late"]
    assert [code for _, code in await told(world)] == ["case_without_one_responsible", "deadline_step_late"]


async def codes(world: World) -> list[str]:
    async with world.database.begin() as session:
        return [violation.code for violation in await invariants.check(session, world.clock.now())]


async def shut_the_door_of(world: World, person_id: PersonId) -> None:
    async with world.database.begin() as session:
        query = sa.update(Conversation).where(Conversation.person_id == person_id)
        await session.execute(query.values(unreachable_since=world.clock.now()))


async def test_staff_of_a_street_do_not_stand_in_for_the_district(world: World) -> None:
    async with world.database.begin() as session:
        await new_officer(session, "街道干部", JINSONG, world.clock.now())
    await world.new_case()
    assert await codes(world) == []
    await shut_the_door_of(world, world.staff)
    assert await codes(world) == ["deadline_without_reachable_person"]


async def test_a_case_of_the_city_itself_needs_nobody_but_the_city(world: World) -> None:
    await world.new_case(unit_id=CITY)
    assert await codes(world) == []


async def test_a_member_of_staff_who_is_responsible_and_shut_the_door_is_found(world: World) -> None:
    async with world.database.begin() as session:
        officer = await new_officer(session, "街道干部", JINSONG, world.clock.now())
    case_id = await world.new_case()
    async with world.database.begin() as session:
        await session.execute(sa.update(Case).where(Case.id == case_id).values(lawyer_id=None, officer_id=officer))
    assert await codes(world) == []
    await shut_the_door_of(world, officer)
    assert await codes(world) == ["deadline_without_reachable_person"]


async def test_a_demonstration_in_which_hours_pass_in_seconds_may_be_minutes_late(world: World) -> None:
    await world.new_case()
    world.clock.advance(hours=3)
    async with world.database.begin() as session:
        assert await invariants.check(session, world.clock.now(), timedelta(hours=1)) == []
        assert [v.code for v in await invariants.check(session, world.clock.now(), timedelta(minutes=59))] == ["deadline_step_late"]
