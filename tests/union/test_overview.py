"""The board's figures: how many open cases lie where, each counted once, none that somebody must not see."""

from __future__ import annotations

from storage.models import Role
from storage.types import UnitId
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, WANGJING, World
from union import overview, people, units
from union.overview import Counts, Only, Row
from union.people import Actor
from union.units import UnitCard


async def card(world: World, unit_id: int) -> UnitCard:
    async with world.database.begin() as session:
        return await units.unit_card(session, UnitId(unit_id))


async def rows(world: World, actor: Actor, unit_id: int) -> list[Row]:
    unit = await card(world, unit_id)
    async with world.database.begin() as session:
        return list(await overview.counts_below(session, actor, unit, world.clock.now()))


async def listed(world: World, actor: Actor, only: Only) -> list[int]:
    async with world.database.begin() as session:
        found = await overview.open_cases(session, actor, 100, narrowed=overview.wanted(only, world.clock.now()))
        return [case.id for case in found]


async def test_every_state_is_counted_where_it_lies(world: World) -> None:
    await world.new_case(routed=False)  # 待派单, and overdue below
    world.clock.advance(hours=24)
    await world.new_case()
    await world.accept(await world.new_case(unit_id=WANGJING))
    await world.contact(await world.new_case(unit_id=WANGJING))
    await world.new_case(unit_id=CHAOYANG, kind="complaint")
    await world.withdraw(await world.new_case())
    await world.new_case(unit_id=HAIDIAN)
    assert await rows(world, await world.actor(world.staff), CHAOYANG) == [
        Row(CHAOYANG, Counts(assigned=1, complaint=1)),
        Row(JINSONG, Counts(received=1, assigned=1, overdue=1)),
        Row(WANGJING, Counts(accepted=1, at_work=1)),
    ]


async def test_the_city_counts_by_district(world: World) -> None:
    await world.new_case()
    await world.new_case(unit_id=HAIDIAN, routed=False)
    found = await rows(world, await world.actor(world.city_staff), CITY)
    assert [(row.unit_id, row.counts.all) for row in found] == [(CHAOYANG, 1), (HAIDIAN, 1)]


async def test_what_a_look_promises_is_what_it_lists(world: World) -> None:
    await world.new_case(routed=False)
    world.clock.advance(hours=24)
    for kind in ("dispute", "complaint", "help", "suggestion", "incident"):
        await world.new_case(kind=kind)
        await world.contact(await world.new_case(kind=kind))
    actor = await world.actor(world.staff)
    total = sum((row.counts for row in await rows(world, actor, CHAOYANG)), Counts())
    for only in Only:
        assert len(await listed(world, actor, only)) == total.of(only), only


async def test_a_clock_that_stands_still_is_not_overdue(world: World) -> None:
    case_id = await world.new_case()
    await world.pause(case_id)
    world.clock.advance(hours=30)
    actor = await world.actor(world.staff)
    assert await listed(world, actor, Only.OVERDUE) == []
    assert (await rows(world, actor, CHAOYANG))[0].counts.overdue == 0


async def test_a_case_against_the_workplace_whose_union_one_chairs_is_not_even_counted(world: World) -> None:
    await world.new_case(employer="劲松街道总工会")
    async with world.database.begin() as session:
        await people.grant(session, person_id=world.staff, role=Role.CHAIR, unit_id=JINSONG, now=world.clock.now())
    assert await rows(world, await world.actor(world.staff), CHAOYANG) == []


async def test_units_under_one_another_are_looked_at_once(world: World) -> None:
    cards = [await card(world, unit) for unit in (JINSONG, CHAOYANG, HAIDIAN)]
    assert [unit.id for unit in overview.top_units(cards)] == [CHAOYANG, HAIDIAN]
