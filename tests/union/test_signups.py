"""Signing up: places and the waiting list, who is next, and the reminder on the day before."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage.models import OutboxRow, Place, SurveyKind, SurveyTurnout
from storage.types import PersonId, SurveyId
from tests.union.survey_made import REMARK, WEEK, make, members
from tests.union.world import ZHONGGUANCUN, World
from union import signups, survey_closing
from union.calendar import day_of
from union.errors import NotFound
from union.survey_questions import BadAnswer
from union.surveys import Closed, NotEntitled

HELD = WEEK + timedelta(days=3)


async def activity(world: World, places: int | None = 2, **other: Any) -> SurveyId:
    return await make(world, SurveyKind.SIGN_UP, places=places, held_at=world.clock.now() + HELD, **other)


async def sign_up(world: World, survey_id: SurveyId, person_id: PersonId, **answers: object) -> Place:
    async with world.database.begin() as session:
        return await signups.sign_up(session, survey_id, person_id, answers, world.clock.now())


async def cancel(world: World, survey_id: SurveyId, person_id: PersonId) -> bool:
    async with world.database.begin() as session:
        return await signups.cancel(session, survey_id, person_id, world.clock.now())


async def remind(world: World) -> int:
    async with world.database.begin() as session:
        return await signups.remind(session, world.clock.now())


async def places(world: World, survey_id: SurveyId) -> dict[PersonId, Place | None]:
    async with world.database.begin() as session:
        rows = await session.scalars(sa.select(SurveyTurnout).where(SurveyTurnout.survey_id == survey_id))
        return {row.person_id: row.place for row in rows}


async def test_places_are_given_in_the_order_of_coming_then_people_wait(world: World) -> None:
    survey_id = await activity(world)
    people = await members(world, 4)
    assert [await sign_up(world, survey_id, person) for person in people] == [Place.IN, Place.IN, Place.WAITING, Place.WAITING]
    async with world.database.begin() as session:
        last = await signups.own(session, people[3], world.clock.now())
    assert [(each.survey.id, each.place, each.ahead) for each in last] == [(survey_id, Place.WAITING, 1)]


async def test_without_a_limit_everybody_has_a_place(world: World) -> None:
    survey_id = await activity(world, None)
    assert {await sign_up(world, survey_id, person) for person in await members(world, 5)} == {Place.IN}


async def test_of_many_who_want_the_last_place_at_once_one_gets_it(world: World) -> None:
    survey_id = await activity(world, 1)
    people = await members(world, 6)
    given = await asyncio.gather(*(sign_up(world, survey_id, person) for person in people))
    assert sorted(given) == [Place.IN, *[Place.WAITING] * 5]


async def test_signing_up_twice_at_once_takes_one_place(world: World) -> None:
    survey_id = await activity(world)
    person, other = await members(world, 2)
    assert await asyncio.gather(*(sign_up(world, survey_id, person) for _ in range(4))) == [Place.IN] * 4
    assert await sign_up(world, survey_id, other) is Place.IN


async def test_when_somebody_cancels_the_next_in_line_is_in_and_told(world: World) -> None:
    survey_id = await activity(world, 1)
    first, second, third = await members(world, 3)
    for person in (first, second, third):
        await sign_up(world, survey_id, person)
    assert await cancel(world, survey_id, first)
    assert await places(world, survey_id) == {first: Place.CANCELLED, second: Place.IN, third: Place.WAITING}
    assert await world.told() == ["place_given"]
    assert await world.told(second) == ["place_given"]


async def test_leaving_the_waiting_list_moves_nobody(world: World) -> None:
    survey_id = await activity(world, 1)
    first, second, third = await members(world, 3)
    for person in (first, second, third):
        await sign_up(world, survey_id, person)
    await cancel(world, survey_id, second)
    assert await world.told() == []
    assert (await places(world, survey_id))[third] is Place.WAITING


async def test_who_comes_back_stands_at_the_end_of_the_queue(world: World) -> None:
    survey_id = await activity(world, 1)
    first, second, third = await members(world, 3)
    for person in (first, second, third):
        await sign_up(world, survey_id, person)
    await cancel(world, survey_id, second)
    assert await sign_up(world, survey_id, second) is Place.WAITING
    await cancel(world, survey_id, first)
    assert await places(world, survey_id) == {first: Place.CANCELLED, second: Place.WAITING, third: Place.IN}


async def test_giving_up_a_place_twice_gives_it_to_one_other(world: World) -> None:
    survey_id = await activity(world, 1)
    first, second, third = await members(world, 3)
    for person in (first, second, third):
        await sign_up(world, survey_id, person)
    done = await asyncio.gather(*(cancel(world, survey_id, first) for _ in range(4)))
    assert sorted(done) == [False, False, False, True]
    assert (await places(world, survey_id))[third] is Place.WAITING


async def test_a_place_passes_on_after_signing_up_has_ended_but_not_once_it_has_begun(world: World) -> None:
    survey_id = await activity(world, 1)
    first, second, late = await members(world, 3)
    for person in (first, second):
        await sign_up(world, survey_id, person)
    world.clock.advance(days=8)
    with pytest.raises(Closed):
        await sign_up(world, survey_id, late)
    assert await cancel(world, survey_id, first)
    assert (await places(world, survey_id))[second] is Place.IN
    world.clock.advance(days=2)
    with pytest.raises(Closed):
        await cancel(world, survey_id, second)


@pytest.mark.parametrize("ended", ["by its time", "by hand"])
async def test_a_place_of_an_activity_without_a_day_passes_on_after_signing_up_has_ended(world: World, ended: str) -> None:
    survey_id = await make(world, SurveyKind.SIGN_UP, places=1)
    first, second = await members(world, 2)
    for person in (first, second):
        await sign_up(world, survey_id, person)
    if ended == "by hand":
        async with world.database.begin() as session:
            await survey_closing.close(session, await world.actor(world.staff), survey_id, world.clock.now())
    world.clock.advance(days=8)
    async with world.database.begin() as session:
        assert [each.place for each in await signups.own(session, second, world.clock.now())] == [Place.WAITING]
    assert await cancel(world, survey_id, first)
    assert await world.told(second) == ["place_given"]
    world.clock.advance(days=90)
    with pytest.raises(Closed):
        await cancel(world, survey_id, second)


@pytest.mark.parametrize("moment", ["23:59", "00:00", "03:30"])
async def test_whatever_the_hour_the_next_in_line_is_in_and_told_at_once(world: World, moment: str) -> None:
    survey_id = await activity(world, 1)
    first, second, third = await members(world, 3)
    for person in (first, second, third):
        await sign_up(world, survey_id, person)
    meant = datetime.fromisoformat(f"{day_of(world.clock.now()) + timedelta(days=1)}T{moment}+08:00")
    world.clock.advance(seconds=(meant - world.clock.now()).total_seconds())
    await cancel(world, survey_id, first)
    assert (await places(world, survey_id))[second] is Place.IN
    async with world.database.begin() as session:
        due = await session.scalar(sa.select(OutboxRow.not_before).where(OutboxRow.person_id == second, OutboxRow.kind == "place_given"))
    assert due == world.clock.now()


async def test_who_gives_a_place_up_that_nobody_waits_for_leaves_it_to_the_next_who_comes(world: World) -> None:
    survey_id = await activity(world, 1)
    first, second = await members(world, 2)
    await sign_up(world, survey_id, first)
    await cancel(world, survey_id, first)
    assert await sign_up(world, survey_id, second) is Place.IN
    assert await world.told() == []


async def test_more_places_are_given_to_those_who_wait_and_fewer_take_nobodys(world: World) -> None:
    survey_id = await activity(world, 1)
    people = await members(world, 4)
    for person in people:
        await sign_up(world, survey_id, person)
    staff, haidian = await world.actor(world.staff), await world.actor(world.haidian_staff)
    async with world.database.begin() as session:
        assert await signups.set_places(session, staff, survey_id, 3, world.clock.now()) == 2
        assert await signups.set_places(session, staff, survey_id, 1, world.clock.now()) == 0
        with pytest.raises(NotFound):
            await signups.set_places(session, haidian, survey_id, 9, world.clock.now())
    assert [place for _, place in sorted((await places(world, survey_id)).items())] == [Place.IN, Place.IN, Place.IN, Place.WAITING]


async def test_what_was_asked_is_kept_until_one_cancels(world: World) -> None:
    survey_id = await activity(world, questions=(REMARK,))
    person = (await members(world, 1))[0]
    with pytest.raises(BadAnswer):
        await sign_up(world, survey_id, person, q9="x")
    await sign_up(world, survey_id, person, q3="不吃辣")
    await cancel(world, survey_id, person)
    async with world.database.begin() as session:
        assert await session.scalar(sa.text("SELECT count(*) FROM survey_answer")) == 0


async def test_only_those_it_is_meant_for_sign_up(world: World) -> None:
    survey_id = await activity(world)
    with pytest.raises(NotEntitled):
        await sign_up(world, survey_id, (await members(world, 1, ZHONGGUANCUN))[0])
    with pytest.raises(NotFound):
        await sign_up(world, await make(world, SurveyKind.SURVEY), world.worker)


async def test_those_with_a_place_are_reminded_once_on_the_day_before(world: World) -> None:
    survey_id = await activity(world, 1)
    first, second = await members(world, 2)
    for person in (first, second):
        await sign_up(world, survey_id, person)
    world.clock.advance(days=8, hours=23, minutes=59)
    assert await remind(world) == 0
    world.clock.advance(minutes=1)
    assert sum(await asyncio.gather(remind(world), remind(world))) == 1
    assert await remind(world) == 0
    assert await world.told(first) == ["sign_up_eve"]
    assert await world.told(second) == []


async def test_what_has_begun_while_nobody_ran_is_not_reminded_of(world: World) -> None:
    survey_id = await activity(world)
    await sign_up(world, survey_id, (await members(world, 1))[0])
    world.clock.advance(days=11)
    assert await remind(world) == 0


async def test_what_is_over_is_no_longer_among_ones_own(world: World) -> None:
    survey_id = await activity(world)
    person = (await members(world, 1))[0]
    await sign_up(world, survey_id, person)
    world.clock.advance(days=11)
    async with world.database.begin() as session:
        assert await signups.own(session, person, world.clock.now()) == []
