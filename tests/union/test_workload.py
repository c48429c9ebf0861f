"""What lies on a desk: the piles, their order, what is unread, and whose cases are never among them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.models import Role, Unit, UnitKind
from storage.types import UnitId
from tests.union.world import JINSONG, World
from union import people, workload
from union.workload import Desk, Pile


async def desk(world: World, person_id: int, pile: Pile = Pile.ALL, page: int = 0, size: int = 20) -> Desk:
    actor = await world.actor(person_id)  # type: ignore[arg-type]
    async with world.database.begin() as session:
        return await workload.desk_of(session, actor, pile, page=page, size=size)


async def test_the_piles_are_counted_and_each_case_lies_in_the_right_ones(world: World) -> None:
    waits, talks, works, ended = [await world.new_case() for _ in range(4)]
    for case_id in (talks, works):
        await world.contact(case_id)
    await world.write(talks, world.worker, "请问")
    await world.withdraw(ended)
    found = await desk(world, world.lawyer)
    assert found.counts == {Pile.ALL: 3, Pile.CONTACT: 1, Pile.REPLY: 1, Pile.WORK: 2}
    assert [case.id for case in found.cases] == [waits, talks, works]
    assert found.unread == {talks: 1}
    assert [case.id for case in (await desk(world, world.lawyer, Pile.REPLY)).cases] == [talks]


async def test_pages_do_not_overlap(world: World) -> None:
    opened = [await world.new_case() for _ in range(5)]
    pages = [[case.id for case in (await desk(world, world.lawyer, page=page, size=2)).cases] for page in range(3)]
    assert pages == [opened[:2], opened[2:4], opened[4:]]


async def test_a_dispute_that_has_a_lawyer_lies_on_no_officers_desk(world: World) -> None:
    case_id = await world.new_case()
    async with world.database.begin() as session:
        await session.execute(sa.text('UPDATE "case" SET officer_id = :o'), {"o": world.staff})
    assert [case.id for case in (await desk(world, world.lawyer)).cases] == [case_id]
    assert (await desk(world, world.staff)).counts[Pile.ALL] == 0


async def test_a_case_against_the_workplace_whose_union_one_chairs_is_not_even_counted(world: World) -> None:
    await world.new_case()
    now = world.clock.now()
    async with world.database.begin() as session:
        unit = Unit(id=UnitId(99), kind=UnitKind.WORKPLACE, name="劲松饭店", short="劲松饭店", parent_id=JINSONG, path="1.2.4.99.")
        session.add(unit)
        await session.flush()
        await people.grant(session, person_id=world.lawyer, role=Role.CHAIR, unit_id=unit.id, now=now)
    found = await desk(world, world.lawyer)
    assert (list(found.cases), found.counts[Pile.ALL]) == ([], 0)


@pytest.mark.parametrize("capacity", [0, 201, -1])
async def test_a_capacity_that_cannot_be_meant_is_refused(world: World, capacity: int) -> None:
    async with world.database.begin() as session:
        with pytest.raises(ValueError, match="1 to 200"):
            await workload.set_capacity(session, world.lawyer, capacity)


async def test_open_cases_against_an_employer_are_found_by_any_of_its_names(world: World) -> None:
    case_id = await world.new_case()
    await world.new_case(employer="别的公司")
    async with world.database.begin() as session:
        found = await workload.against(session, world.lawyer, "北京劲松饭店有限公司")
    assert [case.id for case in found] == [case_id]
