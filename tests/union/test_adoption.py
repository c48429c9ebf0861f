"""What an earlier version left without a clock and without anybody is taken up."""

from __future__ import annotations

import sqlalchemy as sa

from storage.models import Case, CaseKind, CaseStatus, Deadline
from storage.types import CaseId
from tests.union.world import RULES, World
from union import invariants
from union.adoption import adopt


async def adopted(world: World) -> int:
    async with world.database.begin() as session:
        return await adopt(session, RULES, world.clock.now())


async def of_an_earlier_version(world: World) -> CaseId:
    case_id = await world.new_case(kind=CaseKind.COMPLAINT)
    async with world.database.begin() as session:
        await session.execute(sa.delete(Deadline).where(Deadline.subject_id == case_id))
        values = {"officer_id": None, "lawyer_id": None, "status": CaseStatus.RECEIVED}
        await session.execute(sa.update(Case).where(Case.id == case_id).values(**values))
    return case_id


async def test_a_case_without_a_clock_gets_one_and_somebody_responsible(world: World) -> None:
    case_id = await of_an_earlier_version(world)
    world.clock.advance(days=3)
    assert await adopted(world) == 1
    case = await world.case(case_id)
    assert case.responsible_id is not None
    assert case.due_at > world.clock.now()
    assert await world.running(case_id)
    async with world.database.begin() as session:
        assert await invariants.check(session, world.clock.now()) == []


async def test_it_is_taken_up_once(world: World) -> None:
    case_id = await of_an_earlier_version(world)
    await adopted(world)
    before = await world.history(case_id)
    assert await adopted(world) == 0
    assert await world.history(case_id) == before


async def test_a_case_that_lives_is_left_alone(world: World) -> None:
    await world.new_case()
    await world.new_case(kind=CaseKind.COMPLAINT)
    assert await adopted(world) == 0
