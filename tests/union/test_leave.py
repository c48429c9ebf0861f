"""Leave: days of Beijing, both ends included; what touches becomes one; from the first moment of it no case comes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.union.world import World
from union import leave
from union.alerts import Fact
from union.errors import NotFound
from union.leave import BadLeave, check, first_day, last_day

TODAY = date(2026, 11, 18)


async def add(world: World, first: date, last: date) -> None:
    async with world.database.begin() as session:
        await leave.add(session, world.lawyer, first, last, world.clock.now())


async def spans(world: World) -> list[tuple[date, date]]:
    async with world.database.begin() as session:
        return [(first_day(each), last_day(each)) for each in await leave.standing(session, world.lawyer, world.clock.now())]


async def away(world: World) -> bool:
    async with world.database.begin() as session:
        return await leave.present(session, world.lawyer, world.clock.now()) is not None


async def test_a_leave_lasts_from_the_first_midnight_of_beijing_to_the_last(world: World) -> None:
    await add(world, date(2026, 11, 20), date(2026, 11, 20))
    for moment, expected in (
        (datetime(2026, 11, 19, 15, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 19, 16, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 20, 16, 0, tzinfo=UTC), False),
    ):
        world.clock.advance(seconds=(moment - world.clock.now()).total_seconds())
        assert await away(world) is expected, moment


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ((20, 25), [(20, 25)]),  # inside and beyond
        ((18, 30), [(18, 30)]),  # around
        ((23, 25), [(20, 25)]),  # the day after
        ((18, 19), [(18, 22)]),  # the day before
        ((24, 25), [(20, 22), (24, 25)]),  # a day at work between
    ],
)
async def test_leaves_that_overlap_or_touch_become_one(world: World, second: tuple[int, int], expected: list[tuple[int, int]]) -> None:
    await add(world, date(2026, 11, 20), date(2026, 11, 22))
    await add(world, date(2026, 11, second[0]), date(2026, 11, second[1]))
    assert [(first.day, last.day) for first, last in await spans(world)] == expected


async def test_one_leave_can_join_several(world: World) -> None:
    for first, last in ((20, 21), (24, 25), (29, 30)):
        await add(world, date(2026, 11, first), date(2026, 11, last))
    await add(world, date(2026, 11, 22), date(2026, 11, 28))
    assert await spans(world) == [(date(2026, 11, 20), date(2026, 11, 30))]


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        (TODAY + timedelta(3), TODAY + timedelta(2), "order"),
        (TODAY - timedelta(1), TODAY, "past"),
        (TODAY, TODAY + timedelta(366), "long"),
        (TODAY + timedelta(367), TODAY + timedelta(368), "far"),
    ],
)
def test_days_that_cannot_be_meant_are_refused(first: date, last: date, reason: str) -> None:
    with pytest.raises(BadLeave) as refused:
        check(first, last, TODAY)
    assert refused.value.reason == reason


@given(st.integers(0, 366), st.integers(0, 365))
def test_every_leave_from_today_on_within_a_year_is_taken(ahead: int, length: int) -> None:
    first = TODAY + timedelta(days=ahead)
    check(first, first + timedelta(days=length), TODAY)


async def test_cancelling_is_for_the_lawyer_alone_and_once(world: World) -> None:
    await add(world, TODAY, TODAY)
    async with world.database.begin() as session:
        (standing,) = await leave.standing(session, world.lawyer, world.clock.now())
        assert not await leave.cancel(session, world.pool_lawyer, standing.id, world.clock.now())
        assert await leave.cancel(session, world.lawyer, standing.id, world.clock.now())
        assert not await leave.cancel(session, world.lawyer, standing.id, world.clock.now())
    assert not await away(world)


async def test_only_lawyers_have_a_leave(world: World) -> None:
    async with world.database.begin() as session:
        with pytest.raises(NotFound):
            await leave.add(session, world.staff, TODAY, TODAY, world.clock.now())


async def test_untaken_are_the_cases_given_and_not_accepted(world: World) -> None:
    waiting, accepted, ended = await world.new_case(), await world.new_case(), await world.new_case()
    await world.accept(accepted)
    await world.withdraw(ended)
    async with world.database.begin() as session:
        assert [case.id for case in await leave.untaken(session, world.lawyer)] == [waiting]


# ---- the first day


async def announced(world: World) -> int:
    async with world.database.begin() as session:
        return await leave.announce(session, world.clock.now())


async def test_on_the_first_day_the_lawyer_and_the_nearest_staff_are_told_once(world: World) -> None:
    await world.taken()
    await add(world, date(2026, 11, 20), date(2026, 11, 22))
    assert await announced(world) == 0
    world.clock.advance(days=2)
    assert [await announced(world), await announced(world)] == [1, 0]
    assert (await world.told(world.lawyer)).count(Fact.LEAVE_BEGINS) == 1
    assert (await world.told(world.staff)).count(Fact.LAWYER_AWAY) == 1


async def test_staff_hear_nothing_of_a_lawyer_without_cases(world: World) -> None:
    await add(world, date(2026, 11, 18), date(2026, 11, 22))
    await announced(world)
    assert Fact.LAWYER_AWAY not in await world.told(world.staff)


async def test_a_leave_that_was_taken_back_is_not_announced(world: World) -> None:
    await add(world, date(2026, 11, 20), date(2026, 11, 22))
    async with world.database.begin() as session:
        [noted] = await leave.standing(session, world.lawyer, world.clock.now())
        await leave.cancel(session, world.lawyer, noted.id, world.clock.now())
    world.clock.advance(days=2)
    assert await announced(world) == 0
