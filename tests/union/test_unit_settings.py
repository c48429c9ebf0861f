"""What a unit sets for itself, what it takes over from above, and who may make it looser."""

from __future__ import annotations

import pytest

from storage.models import Role
from storage.types import PersonId, UnitId
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, World, new_officer
from union import unit_settings
from union.errors import NotAllowed
from union.unit_settings import APPROVAL_ABOVE, DEFAULTS


async def holds(world: World, unit_id: UnitId) -> tuple[int, UnitId | None]:
    async with world.database.begin() as session:
        found = await unit_settings.setting(session, unit_id, APPROVAL_ABOVE)
    return found.value, found.unit.id if found.unit else None


async def change(world: World, who: PersonId, unit_id: UnitId, value: int) -> None:
    actor = await world.actor(who)
    async with world.database.begin() as session:
        await unit_settings.change(session, actor, unit_id, APPROVAL_ABOVE, value=value, now=world.clock.now())


async def test_without_a_word_the_default_holds(world: World) -> None:
    assert await holds(world, JINSONG) == (DEFAULTS[APPROVAL_ABOVE], None)


async def test_what_a_unit_sets_holds_for_all_below_it_until_they_set_their_own(world: World) -> None:
    await change(world, world.city_staff, CITY, 400)
    await change(world, world.staff, CHAOYANG, 200)
    assert await holds(world, JINSONG) == (200, CHAOYANG)
    assert await holds(world, HAIDIAN) == (400, CITY)
    await change(world, world.staff, CHAOYANG, 300)
    assert await holds(world, JINSONG) == (300, CHAOYANG)


async def test_a_units_own_staff_make_it_stricter_and_only_those_above_looser(world: World) -> None:
    with pytest.raises(NotAllowed):
        await change(world, world.staff, CHAOYANG, 501)
    await change(world, world.city_staff, CHAOYANG, 5000)
    assert await holds(world, CHAOYANG) == (5000, CHAOYANG)


async def test_at_the_top_only_an_administrator_makes_it_looser(world: World) -> None:
    with pytest.raises(NotAllowed):
        await change(world, world.city_staff, CITY, 501)
    async with world.database.begin() as session:
        admin = await new_officer(session, "管理员", CITY, world.clock.now(), role=Role.ADMIN)
    await change(world, admin, CITY, 100_000)
    assert await holds(world, JINSONG) == (100_000, CITY)


@pytest.mark.parametrize("who", ["haidian_staff", "lawyer", "chair", "worker"])
async def test_nobody_else_sets_anything(world: World, who: str) -> None:
    with pytest.raises(NotAllowed):
        await change(world, getattr(world, who), CHAOYANG, 1)


async def test_a_number_that_makes_no_sense_is_refused(world: World) -> None:
    with pytest.raises(NotAllowed):
        await change(world, world.staff, CHAOYANG, -1)
