"""每人每天几条: the city's staff say how many notices one person gets on a day."""

from __future__ import annotations

import pytest

from storage.models import Role
from tests.handlers.talk import Talk, Talks
from tests.union.world import CITY, World
from union import people, subscriptions


@pytest.fixture
async def city(world: World, talks: Talks) -> Talk:
    """The officer of the city."""
    return await talks.of(world.city_staff)


async def a_day(world: World) -> int:
    async with world.database.begin() as session:
        return await subscriptions.a_day(session)


async def test_the_city_sets_a_smaller_number_and_members_read_it(world: World, talks: Talks, city: Talk) -> None:
    await city.choose("s:nrules")
    await city.press("每人每天几条")
    assert "现在 3 条" in city.screen
    await city.press("2")
    assert "最多 2 条" in city.screen
    assert await a_day(world) == 2
    member = await talks.of(world.worker)
    await member.say("/notices")
    assert "最多 2 条" in member.screen


async def test_more_than_the_default_is_for_an_administrator(world: World, city: Talk) -> None:
    await city.choose("s:nday")
    await city.say("5条")
    assert "请管理员" in city.screen
    assert await a_day(world) == 3
    async with world.database.begin() as session:
        await people.grant(session, person_id=world.city_staff, role=Role.ADMIN, unit_id=CITY, now=world.clock.now())
    await city.choose("s:nday")
    await city.say("5")
    assert await a_day(world) == 5


@pytest.mark.parametrize("typed", ["0", "21", "-1", "三", "1.5", "²"])
async def test_what_is_no_such_number_is_asked_again(world: World, city: Talk, typed: str) -> None:
    await city.choose("s:nday")
    await city.say(typed)
    assert "1 到 20" in city.screen
    assert await a_day(world) == 3


async def test_a_district_has_no_word_in_it(world: World, staff: Talk) -> None:
    await staff.choose("s:nrules")
    assert "每人每天几条" not in staff.labels
    await staff.choose("s:nday")
    assert "最多" not in staff.screen
