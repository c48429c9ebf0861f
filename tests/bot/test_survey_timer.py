"""The clock ends surveys and reminds people of what they signed up for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.clock import VirtualClock
from bot.fetching import Fetching
from bot.timers import Timers
from storage.database import Database
from storage.models import SurveyKind
from tests.union.survey_made import WEEK, make, members, survey
from tests.union.world import RULES, World, make_world
from union import signups


@pytest.fixture
async def world(database: Database, clock: VirtualClock) -> World:
    return await make_world(database, clock)


@pytest.fixture
def rung() -> list[str]:
    """A stroke for every time that it was said that there are facts to tell."""
    return []


@pytest.fixture
def timers(world: World, rung: list[str]) -> Timers:
    fetching = Fetching(world.database, world.clock, {})
    return Timers(world.database, world.clock, rules=RULES, subjects={}, owner=4711, fetching=fetching, on_facts=lambda: rung.append("!"))


async def test_everything_that_is_over_is_ended_at_one_look(world: World, timers: Timers, rung: list[str]) -> None:
    ids = [await make(world, SurveyKind.SURVEY) for _ in range(3)]
    await timers.look_at_surveys()
    assert (rung, await world.told()) == ([], [])
    world.clock.advance(days=8)
    await timers.look_at_surveys()
    await timers.look_at_surveys()
    assert {(await survey(world, each)).closed_at for each in ids} == {world.clock.now() - timedelta(days=1)}
    assert await world.told() == ["survey_closed"] * 3
    assert rung


async def test_those_who_signed_up_are_reminded_by_the_clock(world: World, timers: Timers) -> None:
    held = world.clock.now() + WEEK + timedelta(days=3)
    survey_id = await make(world, SurveyKind.SIGN_UP, held_at=held)
    person = (await members(world, 1))[0]
    async with world.database.begin() as session:
        await signups.sign_up(session, survey_id, person, {}, world.clock.now())
    world.clock.advance(days=9, hours=1)
    await timers.look_at_surveys()
    assert await world.told(person) == ["sign_up_eve"]
