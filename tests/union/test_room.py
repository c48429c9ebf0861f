"""The room between worker and lawyer: both write through the bot, neither learns who the other is beyond what they were told."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage.models import CaseStatus, OutboxRow
from storage.types import CaseId
from tests.union.world import World
from tests.work import begin_work
from union import room
from union.alerts import Fact
from union.errors import IllegalTransition

DAY = timedelta(hours=24)


async def waiting(world: World) -> CaseId | None:
    """The case to which the worker's next words most likely belong."""
    async with begin_work(world.database) as work:
        return await room.waiting_for_answer(work.driver, world.worker, world.clock.now() - DAY)


async def test_what_the_lawyer_writes_goes_to_the_worker_and_the_answer_to_the_lawyer(world: World) -> None:
    case_id = await world.new_case()
    await world.write(case_id, world.lawyer, "请发合同")
    await world.write(case_id, world.worker, "马上发")
    assert (await world.told(world.worker))[-1] == Fact.ROOM_MESSAGE
    assert (await world.told(world.lawyer))[-1] == Fact.ROOM_ANSWER
    assert [(m.from_worker, m.text) for m in await world.room(case_id)] == [(False, "请发合同"), (True, "马上发")]


async def test_what_is_put_on_its_way_names_the_message_and_the_case_and_nobody(world: World) -> None:
    case_id = await world.new_case()
    message = await world.write(case_id, world.lawyer, "我是何律师，电话13800000000")
    async with world.database.begin() as session:
        row = (await session.scalars(sa.select(OutboxRow).where(OutboxRow.kind == Fact.ROOM_MESSAGE))).one()
    assert row.params == {"case": case_id, "message": message}
    assert row.body is None


async def test_a_case_without_a_lawyer_has_no_room_yet(world: World) -> None:
    case_id = await world.new_case(routed=False)
    with pytest.raises(IllegalTransition):
        await world.write(case_id, world.worker)


async def test_in_an_ended_case_nobody_can_write(world: World) -> None:
    case_id = await world.new_case()
    await world.withdraw(case_id)
    for author in (world.worker, world.lawyer):
        with pytest.raises(IllegalTransition):
            await world.write(case_id, author)


async def test_a_lawyer_who_writes_without_having_accepted_has_accepted(world: World) -> None:
    case_id = await world.new_case()
    await world.write(case_id, world.lawyer)
    assert (await world.case(case_id)).status is CaseStatus.ACCEPTED
    assert await world.told(world.worker) == [Fact.CASE_ACCEPTED, Fact.ROOM_MESSAGE]


async def test_a_worker_may_write_before_the_lawyer_has_accepted(world: World) -> None:
    case_id = await world.new_case()
    await world.write(case_id, world.worker, "律师您好")
    assert (await world.case(case_id)).status is CaseStatus.ASSIGNED


async def test_a_message_that_is_shown_twice_has_reached_once(world: World) -> None:
    case_id = await world.new_case()
    message = await world.write(case_id, world.lawyer)
    await world.reached(message)
    first = world.clock.now()
    world.clock.advance(hours=1)
    await world.reached(message)
    assert [m.reached_at for m in await world.room(case_id)] == [first]


async def test_a_message_that_does_not_exist_reaches_nobody(world: World) -> None:
    await world.reached(12345)
    assert await world.told() == []


async def test_after_the_lawyers_word_the_workers_next_words_are_an_answer_for_24_hours(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    assert await waiting(world) == case_id
    world.clock.advance(hours=24)
    assert await waiting(world) == case_id
    world.clock.advance(seconds=1)
    assert await waiting(world) is None


async def test_after_the_worker_has_answered_nothing_waits_any_more(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await world.write(case_id, world.worker)
    assert await waiting(world) is None


async def test_without_a_word_of_the_lawyer_nothing_waits_for_an_answer(world: World) -> None:
    await world.new_case()
    assert await waiting(world) is None


async def test_the_case_in_which_the_lawyer_wrote_last_is_the_one_that_waits(world: World) -> None:
    first, second = await world.new_case(), await world.new_case()
    await world.contact(second)
    world.clock.advance(minutes=1)
    await world.contact(first)
    assert await waiting(world) == first


async def test_the_transcript_has_the_last_messages_oldest_first(world: World) -> None:
    case_id = await world.new_case()
    for number in range(12):
        await world.write(case_id, world.lawyer, f"第{number}句")
    async with world.database.begin() as session:
        assert [m.text for m in await room.transcript(session, case_id, 3)] == ["第9句", "第10句", "第11句"]
