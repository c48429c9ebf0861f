"""Which lawyer a case goes to: the one named for the street, else the district's pool, else the city's (一家一站一律师, S1)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage.models import Case, CaseStatus, Conversation, Lawyer, LawyerLeave, RoleGrant
from storage.types import CaseId, PersonId, UnitId
from tests.union.world import CHAOYANG, CITY, JINSONG, RULES, WANGJING, ZHONGGUANCUN, World, new_lawyer, new_officer
from union import routing
from union.alerts import Fact
from union.choosing import Choice
from union.errors import IllegalTransition, NotAllowed


async def route(world: World, case_id: CaseId) -> Choice:
    return await world.change(case_id, lambda s, c: routing.route(s, c, RULES, world.clock.now()))


async def lawyer_for(world: World, unit_id: UnitId) -> PersonId | None:
    """Who gets a new case of that unit."""
    return (await world.case(await world.new_case(unit_id=unit_id))).lawyer_id


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


async def leave(world: World, person_id: PersonId, begins: timedelta, ends: timedelta) -> None:
    """A lawyer is away between two moments, counted from now."""
    now = world.clock.now()
    async with world.database.begin() as session:
        session.add(LawyerLeave(lawyer_id=person_id, starts_at=now + begins, ends_at=now + ends))


async def update_lawyer(world: World, person_id: PersonId, **values: object) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.update(Lawyer).where(Lawyer.person_id == person_id).values(**values))


async def why(world: World, case_id: CaseId, action: str = "case.assigned") -> dict[str, object]:
    """The reasons in the last such line of the history."""
    return [event.detail for event in await world.events(case_id) if event.action == action][-1]


# ---- the ladder


async def test_a_case_goes_to_the_lawyer_named_for_its_street(world: World) -> None:
    case_id = await world.new_case(unit_id=JINSONG)
    case = await world.case(case_id)
    assert (case.lawyer_id, case.status) == (world.lawyer, CaseStatus.ASSIGNED)
    assert await why(world, case_id) == {"lawyer": world.lawyer, "named_for": JINSONG, "passed_over": []}
    assert await world.told(world.lawyer) == [Fact.CASE_ASSIGNED]


async def test_a_street_without_a_lawyer_falls_back_to_the_districts_pool(world: World) -> None:
    assert await lawyer_for(world, WANGJING) == world.pool_lawyer


async def test_a_district_without_a_pool_falls_back_to_the_citys(world: World) -> None:
    async with world.database.begin() as session:
        city_lawyer = await new_lawyer(session, "市律师", CITY, world.clock.now())
    assert await lawyer_for(world, ZHONGGUANCUN) == city_lawyer


async def test_a_case_of_a_whole_district_goes_to_its_pool_and_never_down_to_a_street(world: World) -> None:
    assert await lawyer_for(world, CHAOYANG) == world.pool_lawyer


async def test_of_several_lawyers_named_for_a_street_the_latest_comes_first(world: World) -> None:
    async with world.database.begin() as session:
        await new_lawyer(session, "旧律师", JINSONG, world.clock.now(), ago=timedelta(days=30))
    assert await lawyer_for(world, JINSONG) == world.lawyer
    world.clock.advance(days=1)
    async with world.database.begin() as session:
        latest = await new_lawyer(session, "新律师", JINSONG, world.clock.now())
    assert await lawyer_for(world, JINSONG) == latest


async def test_in_a_pool_the_least_loaded_comes_first_and_then_who_has_waited_longest(world: World) -> None:
    async with world.database.begin() as session:
        second = await new_lawyer(session, "吴律师", CHAOYANG, world.clock.now())
    given = []
    for _ in range(4):
        given.append(await lawyer_for(world, WANGJING))
        world.clock.advance(minutes=1)
    assert given == [world.pool_lawyer, second, world.pool_lawyer, second]


async def test_a_lawyer_on_leave_is_passed_over_until_the_day_they_come_back(world: World) -> None:
    await leave(world, world.lawyer, hours(0), hours(24))
    case_id = await world.new_case()
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer
    assert (await why(world, case_id))["passed_over"] == [{"lawyer": world.lawyer, "why": "on_leave"}]
    world.clock.advance(days=1)
    assert await lawyer_for(world, JINSONG) == world.lawyer


async def test_a_lawyer_whose_hands_are_full_is_passed_over_and_ended_cases_do_not_count(world: World) -> None:
    await update_lawyer(world, world.lawyer, capacity=1)
    first, second = await world.new_case(), await world.new_case()
    assert (await world.case(second)).lawyer_id == world.pool_lawyer
    assert (await why(world, second))["passed_over"] == [{"lawyer": world.lawyer, "why": "full"}]
    await world.withdraw(first)
    assert await lawyer_for(world, JINSONG) == world.lawyer


async def test_made_up_lawyers_come_after_every_real_one_however_near(world: World) -> None:
    async with world.database.begin() as session:
        await new_lawyer(session, "演示律师", WANGJING, world.clock.now(), made_up=True)
    assert await lawyer_for(world, WANGJING) == world.pool_lawyer


async def test_a_made_up_lawyer_gets_a_case_when_there_is_no_real_one(world: World) -> None:
    async with world.database.begin() as session:
        made_up = await new_lawyer(session, "演示律师", ZHONGGUANCUN, world.clock.now(), made_up=True)
    assert await lawyer_for(world, ZHONGGUANCUN) == made_up


# ---- declining


async def test_a_declined_case_goes_to_the_next_lawyer_with_the_reasons_in_the_history(world: World) -> None:
    case_id = await world.new_case()
    await world.decline(case_id, "conflict")
    case = await world.case(case_id)
    assert (case.lawyer_id, case.status, case.accepted_at) == (world.pool_lawyer, CaseStatus.ASSIGNED, None)
    assert await why(world, case_id, "case.declined") == {"reason": "conflict"}
    assert (await why(world, case_id))["passed_over"] == [{"lawyer": world.lawyer, "why": "declined"}]
    assert Fact.CASE_REASSIGNED not in await world.told(world.lawyer)  # who gave it back knows
    assert await world.told(world.pool_lawyer) == [Fact.CASE_ASSIGNED]


async def test_an_accepted_case_can_still_be_declined(world: World) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    await world.decline(case_id)
    case = await world.case(case_id)
    assert (case.lawyer_id, case.status, case.accepted_at) == (world.pool_lawyer, CaseStatus.ASSIGNED, None)


async def test_who_declined_is_not_asked_again(world: World) -> None:
    case_id = await world.new_case()
    await world.decline(case_id)
    choice = await world.decline(case_id)
    assert choice.lawyer_id is None
    assert dict(choice.passed_over) == {world.lawyer: "declined", world.pool_lawyer: "declined"}


async def test_after_contact_a_case_cannot_be_declined(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    with pytest.raises(IllegalTransition):
        await world.decline(case_id)


# ---- nobody


async def test_when_nobody_may_take_it_the_staff_are_told_at_once_and_the_history_says_why(world: World) -> None:
    case_id = await world.new_case(unit_id=ZHONGGUANCUN)
    case = await world.case(case_id)
    assert (case.status, case.lawyer_id) == (CaseStatus.RECEIVED, None)
    assert case.officer_id == world.haidian_staff  # one of them keeps it until there is a lawyer
    assert await world.told() == [Fact.CASE_UNASSIGNED]
    assert await world.told(world.haidian_staff) == [Fact.CASE_UNASSIGNED]
    assert await why(world, case_id, "case.unassigned") == {
        "lawyer": None,
        "named_for": None,
        "passed_over": [],
        "officer": world.haidian_staff,
    }


async def test_when_the_last_lawyer_declines_the_case_is_nobodys_and_the_staff_are_told(world: World) -> None:
    case_id = await world.new_case()
    await world.decline(case_id)
    await world.decline(case_id)
    case = await world.case(case_id)
    assert (case.status, case.lawyer_id) == (CaseStatus.RECEIVED, None)
    assert await world.told(world.staff) == [Fact.CASE_UNASSIGNED]


async def test_staff_nearest_to_the_case_are_told_first(world: World) -> None:
    async with world.database.begin() as session:
        street = await new_officer(session, "街道干部", ZHONGGUANCUN, world.clock.now())
    await world.new_case(unit_id=ZHONGGUANCUN)
    assert await world.told(street) == [Fact.CASE_UNASSIGNED]
    assert await world.told(world.haidian_staff) == []


async def test_staff_who_cannot_be_reached_are_passed_over_for_those_above(world: World) -> None:
    async with world.database.begin() as session:
        await session.execute(
            sa.update(Conversation).where(Conversation.person_id == world.haidian_staff).values(unreachable_since=world.clock.now())
        )
    await world.new_case(unit_id=ZHONGGUANCUN)
    assert await world.told(world.city_staff) == [Fact.CASE_UNASSIGNED]


async def test_without_any_staff_a_case_is_still_taken_in(world: World) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.delete(RoleGrant))
    assert await lawyer_for(world, ZHONGGUANCUN) is None


# ---- giving by hand


async def test_staff_give_a_case_to_another_lawyer_and_the_one_before_is_told(world: World) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    await world.give(case_id, world.pool_lawyer)
    case = await world.case(case_id)
    assert (case.lawyer_id, case.status, case.accepted_at) == (world.pool_lawyer, CaseStatus.ASSIGNED, None)
    assert (await world.told(world.lawyer))[-1] == Fact.CASE_REASSIGNED


async def test_giving_a_case_to_who_has_it_already_changes_nothing(world: World) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    before = await world.history(case_id)
    await world.give(case_id, world.lawyer)
    assert await world.history(case_id) == before
    assert (await world.case(case_id)).status is CaseStatus.ACCEPTED


async def test_after_contact_a_case_given_to_another_lawyer_goes_on_where_it_stands_and_the_worker_is_told(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await world.give(case_id, world.pool_lawyer)
    case = await world.case(case_id)
    assert (case.lawyer_id, case.status, case.accepted_at) == (world.pool_lawyer, CaseStatus.INTERVENED, None)
    assert (await world.history(case_id))[-1] == "case.transferred"
    assert (await world.told(world.worker))[-1] == Fact.CASE_TRANSFERRED
    assert "acceptance" in await world.running(case_id)


async def test_a_case_that_comes_back_to_a_lawyer_is_told_to_them_again(world: World) -> None:
    case_id = await world.new_case()
    for lawyer_id in (world.pool_lawyer, world.lawyer):
        await world.give(case_id, lawyer_id)
    assert (await world.told(world.lawyer)).count(Fact.CASE_ASSIGNED) == 2


async def test_the_worker_is_told_whenever_another_lawyer_accepts_even_one_who_had_it_before(world: World) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    for lawyer_id in (world.pool_lawyer, world.lawyer):
        await world.give(case_id, lawyer_id)
        await world.accept(case_id)
    assert (await world.told(world.worker)).count(Fact.CASE_ACCEPTED) == 3


# ---- at the same moment


async def test_cases_that_are_routed_at_once_do_not_fill_one_place_twice(world: World) -> None:
    await update_lawyer(world, world.lawyer, capacity=1)
    await update_lawyer(world, world.pool_lawyer, capacity=1)
    waiting = [await world.new_case(routed=False) for _ in range(4)]
    await asyncio.gather(*(route(world, case_id) for case_id in waiting))
    given = [(await world.case(case_id)).lawyer_id for case_id in waiting]
    assert sorted(given, key=str) == sorted([world.lawyer, world.pool_lawyer, None, None], key=str)


# ---- the staff's own


async def test_every_other_kind_of_case_goes_to_the_least_busy_of_the_nearest_staff(world: World) -> None:
    async with world.database.begin() as session:
        first, second = [await new_officer(session, "街道干部", JINSONG, world.clock.now()) for _ in range(2)]
    given = [(await world.case(await world.new_case(kind=kind))).officer_id for kind in ("complaint", "help", "suggestion", "incident")]
    assert given == [first, second, first, second]
    assert (await world.told(first)).count(Fact.CASE_ASSIGNED) == 2


async def test_staff_do_not_give_their_cases_back_as_lawyers_do(world: World) -> None:
    case_id = await world.new_case(kind="complaint")
    with pytest.raises(IllegalTransition):
        await world.change(case_id, lambda s, c: routing.decline(s, c, world.staff, RULES, world.clock.now(), reason="busy"))
    await world.contact(case_id)
    with pytest.raises(IllegalTransition):
        await world.change(case_id, lambda s, c: routing.hand_over(s, c, world.staff, RULES, world.clock.now(), reason="busy"))
    assert (await world.case(case_id)).officer_id == world.staff


async def test_a_case_is_entrusted_to_a_colleague_who_is_told_and_never_to_its_own_worker(world: World) -> None:
    case_id = await world.new_case(kind="complaint", worker_id=world.city_staff)
    async with world.database.begin() as session:
        colleague = await new_officer(session, "同事", CHAOYANG, world.clock.now())
    await world.change(case_id, lambda s, c: routing.entrust_to(s, c, colleague, RULES, world.clock.now(), by=world.staff))
    assert (await world.case(case_id)).officer_id == colleague
    assert await world.told(colleague) == [Fact.CASE_ASSIGNED]
    with pytest.raises(NotAllowed):
        await world.change(case_id, lambda s, c: routing.entrust_to(s, c, world.city_staff, RULES, world.clock.now(), by=world.staff))


async def test_what_a_unit_cannot_solve_goes_one_level_up_with_its_deadlines_and_the_worker_is_told(world: World) -> None:
    case_id = await world.new_case(kind="help", unit_id=JINSONG)
    deadline = await world.deadline(case_id, "contact_help")
    await world.change(case_id, lambda s, c: routing.hand_up(s, c, RULES, world.clock.now(), by=world.staff, reason="cannot"))
    case = await world.case(case_id)
    assert (case.unit_id, case.officer_id) == (CHAOYANG, world.staff)
    await world.change(case_id, lambda s, c: routing.hand_up(s, c, RULES, world.clock.now(), by=world.staff, reason="cannot"))
    case, after = await world.case(case_id), await world.deadline(case_id, "contact_help")
    assert (case.unit_id, case.officer_id, after.unit_id) == (CITY, world.city_staff, CITY)
    assert (after.id, after.due_at) == (deadline.id, deadline.due_at)
    assert (await world.told(world.worker)).count(Fact.CASE_HANDED_UP) == 2
    up = await world.change(case_id, lambda s, c: routing.hand_up(s, c, RULES, world.clock.now(), by=world.city_staff, reason="cannot"))
    assert up is False  # there is nobody above the city


async def test_a_dispute_that_goes_to_another_unit_stays_with_its_lawyer(world: World) -> None:
    case_id = await world.new_case()
    await world.change(
        case_id, lambda s, c: routing.refer(s, c, ZHONGGUANCUN, RULES, world.clock.now(), by=world.city_staff, reason="moved")
    )
    case = await world.case(case_id)
    assert (case.unit_id, case.lawyer_id) == (ZHONGGUANCUN, world.lawyer)


@pytest.mark.parametrize("deed", ["give", "refer", "entrust"])
async def test_of_an_ended_case_nothing_is_changed_by_what_comes_too_late(world: World, deed: str) -> None:
    case_id = await world.new_case()
    await world.withdraw(case_id)
    now = world.clock.now()
    async with world.database.begin() as session:  # as in a conversation that answers the error and goes on
        case = await session.get_one(Case, case_id)
        with pytest.raises(IllegalTransition):
            if deed == "give":
                await routing.give(session, case, world.pool_lawyer, RULES, now, actor_id=world.staff, detail={})
            elif deed == "refer":
                await routing.refer(session, case, CITY, RULES, now, by=world.staff, reason="x")
            else:
                await routing.entrust_to(session, case, world.staff, RULES, now, by=world.staff)
    case = await world.case(case_id)
    assert (case.lawyer_id, case.officer_id, case.unit_id) == (world.lawyer, None, JINSONG)
