"""Two hours to accept (接单): then the case goes to the next lawyer, and while there is none it stays where it is and staff are told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.models import CaseStatus, DeadlineStatus
from storage.types import CaseId
from tests.union.world import CHAOYANG, RULES, World, new_lawyer
from union import cases, routing
from union.alerts import Fact
from union.errors import NotFound


async def two_hours(world: World) -> None:
    world.clock.advance(hours=2)
    await world.sweep()


async def another_lawyer(world: World) -> int:
    async with world.database.begin() as session:
        return await new_lawyer(session, "吴律师", CHAOYANG, world.clock.now())


async def test_a_case_that_is_not_accepted_within_two_hours_goes_to_the_next_lawyer_and_not_a_second_earlier(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=1, minutes=59, seconds=59)
    await world.sweep()
    assert (await world.case(case_id)).lawyer_id == world.lawyer
    world.clock.advance(seconds=1)
    await world.sweep()
    case = await world.case(case_id)
    assert (case.lawyer_id, case.status, case.accepted_at) == (world.pool_lawyer, CaseStatus.ASSIGNED, None)
    assert (await world.history(case_id))[-2:] == ["case.passed_on", "case.assigned"]
    assert (await world.told(world.lawyer))[-1] == Fact.CASE_REASSIGNED
    assert await world.told(world.pool_lawyer) == [Fact.CASE_ASSIGNED]


async def test_the_24_hour_clock_does_not_notice(world: World) -> None:
    case_id = await world.new_case()
    was, due_at = await world.deadline(case_id), (await world.case(case_id)).due_at
    await two_hours(world)
    now = await world.deadline(case_id)
    assert (now.id, now.started_at, now.due_at) == (was.id, was.started_at, was.due_at)
    assert (await world.case(case_id)).due_at == due_at


async def test_the_next_lawyer_has_two_hours_of_their_own(world: World) -> None:
    case_id, third = await world.new_case(), await another_lawyer(world)
    handlers = []
    for _ in range(2):
        await two_hours(world)
        handlers.append((await world.case(case_id)).lawyer_id)
    assert sorted(i for i in handlers if i is not None) == sorted([world.pool_lawyer, third])
    assert (await world.deadline(case_id, "acceptance")).started_at == world.clock.now()


async def test_an_accepted_case_is_passed_on_to_nobody(world: World) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    assert (await world.deadline(case_id, "acceptance")).status is DeadlineStatus.MET
    await two_hours(world)
    assert (await world.case(case_id)).lawyer_id == world.lawyer


async def test_whoever_has_spoken_to_the_worker_has_taken_the_case(world: World) -> None:
    case_id = await world.new_case()
    await world.change(case_id, lambda s, c: cases.intervene(s, c, RULES, world.clock.now(), "call", by=world.lawyer))
    await two_hours(world)
    assert (await world.case(case_id)).lawyer_id == world.lawyer


async def test_without_a_next_lawyer_it_stays_and_the_staff_are_told_once(world: World) -> None:
    case_id = await world.new_case()
    await two_hours(world)
    for _ in (1, 2):
        await two_hours(world)
        case = await world.case(case_id)
        assert (case.lawyer_id, case.status) == (world.pool_lawyer, CaseStatus.ASSIGNED)
        assert (await world.told(world.staff)).count(Fact.CASE_NOT_TAKEN) == 1
    await world.accept(case_id)  # late is better than never
    assert (await world.case(case_id)).status is CaseStatus.ACCEPTED


async def test_a_lawyer_who_is_named_meanwhile_gets_what_nobody_took(world: World) -> None:
    case_id = await world.new_case()
    await two_hours(world)
    third = await another_lawyer(world)
    await two_hours(world)
    assert (await world.case(case_id)).lawyer_id == third


async def test_who_declined_or_let_it_pass_never_gets_it_again(world: World) -> None:
    case_id = await world.new_case()
    await world.decline(case_id)
    third = await another_lawyer(world)
    await two_hours(world)
    assert (await world.case(case_id)).lawyer_id == third
    for _ in range(5):
        await two_hours(world)
        assert (await world.case(case_id)).lawyer_id == third


async def test_who_let_it_pass_can_no_longer_accept_it(world: World) -> None:
    case_id = await world.new_case()
    await two_hours(world)
    with pytest.raises(NotFound):
        await world.change(case_id, lambda s, c: cases.accept(s, c, world.lawyer, RULES, world.clock.now()))


async def test_staff_can_give_it_back_to_who_let_it_pass_and_the_two_hours_begin_anew(world: World) -> None:
    case_id = await world.new_case()
    await two_hours(world)
    await world.change(case_id, lambda s, c: routing.assign_by_hand(s, c, world.lawyer, RULES, world.clock.now(), by=world.staff))
    assert (await world.case(case_id)).lawyer_id == world.lawyer
    deadline = await world.deadline(case_id, "acceptance")
    assert (deadline.started_at, deadline.due_at) == (world.clock.now(), world.clock.now() + timedelta(hours=2))


async def test_the_last_to_decline_leaves_no_two_hours_behind(world: World) -> None:
    case_id = await world.new_case()
    await world.decline(case_id)
    await world.decline(case_id)
    assert "acceptance" not in await world.running(case_id)


# ---- handed over in the middle of the work


async def handed_over(world: World) -> CaseId:
    case_id = await world.new_case()
    await world.contact(case_id)
    await world.change(case_id, lambda s, c: routing.hand_over(s, c, world.lawyer, RULES, world.clock.now(), reason="ill"))
    return case_id


async def test_a_case_that_was_handed_over_goes_on_to_the_third_when_the_second_does_not_take_it(world: World) -> None:
    case_id = await handed_over(world)
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer
    third = await another_lawyer(world)
    await two_hours(world)
    case = await world.case(case_id)
    assert (case.lawyer_id, case.status) == (third, CaseStatus.INTERVENED)


async def test_a_case_that_was_handed_over_and_accepted_stays(world: World) -> None:
    case_id = await handed_over(world)
    await world.accept(case_id)
    assert (await world.case(case_id)).accepted_at == world.clock.now()
    await two_hours(world)
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer


async def test_the_word_of_the_second_to_the_worker_takes_it_as_well(world: World) -> None:
    case_id = await handed_over(world)
    await world.contact(case_id)
    await two_hours(world)
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer


async def test_without_another_lawyer_a_case_cannot_be_handed_over_and_the_staff_are_told(world: World) -> None:
    case_id = await handed_over(world)
    await world.accept(case_id)
    gone = await world.change(case_id, lambda s, c: routing.hand_over(s, c, world.pool_lawyer, RULES, world.clock.now(), reason="ill"))
    assert gone is False
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer
    assert Fact.CASE_NOT_TAKEN in await world.told(world.staff)
