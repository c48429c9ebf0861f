"""The register of dated facts: who may change it, and the trail that a change leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from storage.models import DatedFactChange, Role
from tests.union.world import CHAOYANG, CITY, World, new_officer
from union import facts
from union.errors import NotAllowed, NotFound
from union.facts import Row

WAGE = Row(
    name="minimum-wage-month",
    region="北京",
    value="2600",
    unit="元/月",
    valid_from=date(2026, 9, 1),
    valid_until=None,
    source="一个通知",
    note="",
)


async def put(world: World, person: int, *rows: Row) -> None:
    actor = await world.actor(person)  # type: ignore[arg-type]
    async with world.database.begin() as session:
        await facts.put(session, actor, rows, world.clock.now())


async def version(world: World) -> int:
    async with world.database.connect() as connection:
        return await facts.version(connection)


async def test_staff_of_the_city_and_admins_may_change_and_nobody_else(world: World) -> None:
    async with world.database.begin() as session:
        admin = await new_officer(session, "管理员", CHAOYANG, world.clock.now(), role=Role.ADMIN)
        city_chair = await new_officer(session, "主席", CITY, world.clock.now(), role=Role.CHAIR)
    for person in (world.city_staff, admin):
        await put(world, person, WAGE)
    for person in (world.staff, world.chair, world.lawyer, world.worker, city_chair):
        with pytest.raises(NotAllowed):
            await put(world, person, WAGE)
        actor = await world.actor(person)
        async with world.database.begin() as session:
            with pytest.raises(NotAllowed):
                await facts.take_back(session, actor, WAGE.key, world.clock.now())


async def test_a_correction_replaces_the_row_and_the_old_one_stays_in_the_trail(world: World) -> None:
    await put(world, world.city_staff, WAGE)
    first = await version(world)
    world.clock.advance(days=1)
    await put(world, world.city_staff, replace(WAGE, value="2620"), replace(WAGE, valid_from=date(2027, 9, 1), value="2700"))
    assert await version(world) > first
    async with world.database.begin() as session:
        kept = await facts.kept(session)
        trail = await facts.changes(session, 10)
    assert [(each.row.valid_from.year, each.row.value) for each in kept] == [(2026, "2620"), (2027, "2700")]
    assert kept[0].added_at == world.clock.now()
    assert [(c.before and c.before["value"], c.after and c.after["value"]) for c in trail] == [
        (None, "2700"),
        ("2600", "2620"),
        (None, "2600"),
    ]
    assert trail[1].before == WAGE.as_json()
    assert [c.at for c in trail] == [world.clock.now()] * 2 + [world.clock.now() - timedelta(days=1)]


async def test_a_row_is_taken_back_once_and_the_trail_says_what_it_was(world: World) -> None:
    await put(world, world.city_staff, WAGE)
    before = await version(world)
    actor = await world.actor(world.city_staff)
    async with world.database.begin() as session:
        assert await facts.take_back(session, actor, WAGE.key, world.clock.now()) == WAGE
    assert await version(world) > before
    async with world.database.begin() as session:
        assert await facts.kept(session) == []
        assert (await facts.changes(session, 1))[0].before == WAGE.as_json()
        with pytest.raises(NotFound):
            await facts.take_back(session, actor, WAGE.key, world.clock.now())


@pytest.mark.parametrize("statement", [sa.update(DatedFactChange).values(name="x"), sa.delete(DatedFactChange)])
async def test_the_trail_can_not_be_changed(world: World, statement: sa.Update | sa.Delete) -> None:
    await put(world, world.city_staff, WAGE)
    with pytest.raises(DBAPIError):
        async with world.database.begin() as session:
            await session.execute(statement)


async def test_an_empty_register_has_version_0(world: World) -> None:
    assert await version(world) == 0
