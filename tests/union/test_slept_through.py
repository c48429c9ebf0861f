"""The program stood still while several steps of a rule passed: each thing is done once, and nobody suffers for it."""

from __future__ import annotations

from datetime import timedelta

from storage.models import LawyerLeave
from tests.union.world import CHAOYANG, World, new_lawyer
from union.deadlines import MOVES


async def test_a_case_that_should_have_been_passed_on_three_times_is_passed_on_once(world: World) -> None:
    async with world.database.begin() as session:
        for name in ("吴律师", "郑律师"):
            await new_lawyer(session, name, CHAOYANG, world.clock.now())
    case_id = await world.new_case()
    world.clock.advance(hours=7)  # 2, 4 and 6 hours without anybody to look
    await world.sweep()
    assert (await world.history(case_id)).count("case.passed_on") == 1
    world.clock.advance(hours=1, minutes=59)
    await world.sweep()
    assert (await world.history(case_id)).count("case.passed_on") == 1  # whoever has it now has two hours as well
    world.clock.advance(minutes=1)
    await world.sweep()
    assert (await world.history(case_id)).count("case.passed_on") == 2


async def test_the_line_of_a_case_passed_on_names_the_deadline_and_its_step(world: World) -> None:
    case_id = await world.new_case()
    deadline = await world.deadline(case_id, "acceptance")
    world.clock.advance(hours=2)
    await world.sweep()
    (line,) = [event for event in await world.events(case_id) if event.action == "case.passed_on"]
    assert line.detail == {"lawyer": world.lawyer, "rule": "acceptance", "deadline": deadline.id, "step": 0}


async def test_a_follow_up_that_is_counted_anew_reminds_again(world: World) -> None:
    """It was told of the first step before; of the first step of what begins now it must be told again."""
    case_id = await world.new_case()
    await world.contact(case_id)
    for _ in range(2):
        world.clock.advance(days=7)
        await world.sweep()
        await world.contact(case_id)  # another word, which begins another seven days
    assert (await world.told(world.lawyer)).count("follow_up_due") == 2
    assert (await world.history(case_id)).count("case.reminded") == 2


async def test_a_crowd_of_cases_is_passed_on_a_few_at_a_time_so_that_people_can_get_in_between(world: World) -> None:
    made = [await world.new_case() for _ in range(MOVES + 3)]
    world.clock.advance(hours=2)
    passed = []
    for _ in range(3):
        await world.sweep()
        passed.append(sum([(await world.history(case_id)).count("case.passed_on") for case_id in made]))
    assert passed == [MOVES, MOVES + 3, MOVES + 3]


async def test_those_that_there_was_no_room_for_come_before_those_that_fall_due_again(world: World) -> None:
    made = [await world.new_case() for _ in range(MOVES + 3)]
    async with world.database.begin() as session:
        away = world.clock.now() + timedelta(minutes=1)  # nobody else may take them: they stay where they are and fall due again
        session.add(LawyerLeave(lawyer_id=world.pool_lawyer, starts_at=away, ends_at=away + timedelta(days=30)))
    for _ in range(2):
        world.clock.advance(hours=2)
        await world.sweep()
    assert all([(await world.history(case_id)).count("case.passed_on") for case_id in made])
