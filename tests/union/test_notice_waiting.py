"""A notice on which nobody decides: who is told again, when, and until when."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from storage.models import Category, Deadline, OutboxRow, UnitSetting
from storage.types import NoticeId, PersonId
from tests.union import notice_made as made
from tests.union.world import CHAOYANG, CITY, RULES, World, new_officer
from union import notice_approval, notice_correction, notice_life, notices
from union.alerts import Fact
from union.notice_content import Content
from union.rules import in_working_hours
from union.unit_settings import APPROVAL_ABOVE

URGENT = Content("停水", "明早六点停水", Category.EMERGENCY, urgent=True)


@pytest.fixture(autouse=True)
async def people(world: World) -> list[PersonId]:
    """Three members, where two may be told without a second pair of eyes. It is ten in the morning in Beijing."""
    world.clock.advance(seconds=(made.at(world, "2026-11-25 10:00") - world.clock.now()).total_seconds())
    async with world.database.begin() as session:
        session.add(UnitSetting(unit_id=CITY, name=APPROVAL_ABOVE, value=2, set_by=world.city_staff, set_at=world.clock.now()))
    return await made.members(world, 3)


@pytest.fixture
async def colleague(world: World) -> PersonId:
    """Another officer of 朝阳: what its staff write is put before them, and the city is the next unit up."""
    async with world.database.begin() as session:
        return await new_officer(session, "同事", CHAOYANG, world.clock.now())


async def submitted(world: World, **how: object) -> NoticeId:
    notice_id = await made.write(world, **how)  # type: ignore[arg-type]
    await made.submit(world, notice_id)
    return notice_id


async def told(world: World, kind: Fact = Fact.NOTICE_APPROVAL) -> list[tuple[PersonId | None, int | None]]:
    """Whom a fact was told, and how many hours it had waited then; in the order in which it was."""
    query = sa.select(OutboxRow.person_id, OutboxRow.params).where(OutboxRow.kind == kind).order_by(OutboxRow.id)
    async with world.database.begin() as session:
        return [(row[0], row[1].get("hours")) for row in await session.execute(query)]


async def after(world: World, hours: float) -> None:
    """The clock looks for what is due so much later."""
    world.clock.advance(hours=hours)
    await world.sweep()


async def still_running(world: World) -> int:
    async with world.database.begin() as session:
        return await session.scalar(sa.select(sa.func.count()).where(Deadline.subject == "notice", Deadline.next_at.is_not(None))) or 0


async def test_those_it_was_put_before_are_told_again_after_four_hours_and_the_next_unit_up_after_a_day(
    world: World, colleague: PersonId
) -> None:
    notice_id = await submitted(world)
    await after(world, 3.9)
    assert await told(world) == [(colleague, None)]
    await after(world, 0.2)
    assert await told(world) == [(colleague, None), (colleague, 4)]
    await after(world, 20)
    assert (await told(world))[2:] == [(colleague, 24), (world.city_staff, 24)]
    assert await made.actions(world, notice_id) == ["written", "submitted", "pressed", "pressed_above"]


async def test_its_author_hears_once_that_it_still_waits(world: World, colleague: PersonId) -> None:
    await submitted(world)
    for hours in (5, 20, 24, 24):
        await after(world, hours)
    assert await world.told(world.staff) == [Fact.NOTICE_HELD]


async def test_it_never_falls_silent_while_nobody_decides(world: World, colleague: PersonId) -> None:
    await submitted(world)
    for _ in range(4):
        await after(world, 24)
    assert [hours for person, hours in await told(world) if person == world.city_staff] == [24, 48, 72, 96]


async def test_where_there_is_nobody_above_the_same_are_told(world: World) -> None:
    await submitted(world)  # nobody else in the district: it was put before the city at once
    await after(world, 25)
    assert await told(world) == [(world.city_staff, None), (world.city_staff, 25)]


async def test_nobody_is_told_at_night(world: World, colleague: PersonId) -> None:
    world.clock.advance(hours=7)  # 17:00: four hours later it is 21:00
    await submitted(world)
    await after(world, 15.9)
    assert await told(world) == [(colleague, None)]
    await after(world, 0.1)
    assert await told(world) == [(colleague, None), (colleague, 16)]


async def test_what_is_urgent_waits_for_no_morning(world: World, colleague: PersonId) -> None:
    world.clock.advance(hours=13)  # 23:00
    await submitted(world, content=URGENT)
    await after(world, 0.25)
    assert await told(world) == [(colleague, None), (colleague, 0)]
    await after(world, 0.25)
    assert {person for person, _ in (await told(world))[2:]} == {colleague, world.city_staff}


async def _approve(world: World, notice_id: NoticeId) -> None:
    await made.approve(world, notice_id)


async def _refuse(world: World, notice_id: NoticeId) -> None:
    await made.on(world, world.city_staff, notice_id, notice_approval.refuse, "改一改", world.clock.now())


async def _take_back(world: World, notice_id: NoticeId) -> None:
    await made.on(world, world.staff, notice_id, notices.take_back, world.clock.now())


async def _call_off(world: World, notice_id: NoticeId) -> None:
    await made.on(world, world.staff, notice_id, notice_life.stop, world.clock.now())


@pytest.mark.parametrize("decide", [_approve, _refuse, _take_back, _call_off])
async def test_once_it_is_decided_nobody_is_told_again(
    world: World, colleague: PersonId, decide: Callable[[World, NoticeId], Awaitable[None]]
) -> None:
    notice_id = await submitted(world)
    assert await still_running(world) == 1
    await decide(world, notice_id)
    assert await still_running(world) == 0
    await after(world, 48)
    assert await told(world) == [(colleague, None)]


async def test_submitted_again_it_waits_anew(world: World, colleague: PersonId) -> None:
    notice_id = await submitted(world)
    await after(world, 3)
    await _take_back(world, notice_id)
    await made.submit(world, notice_id)
    await after(world, 2)
    assert await told(world) == [(colleague, None), (colleague, None)]
    await after(world, 2)
    assert (await told(world))[2:] == [(colleague, 4)]


async def test_a_correction_that_waits_is_told_again_and_no_longer_once_it_is_agreed_to(world: World, colleague: PersonId) -> None:
    notice_id = await submitted(world)
    await made.approve(world, notice_id, colleague)
    await made.on(
        world, world.staff, notice_id, notice_correction.correct, title="免费体检", text="改到周日上午九点", now=world.clock.now()
    )
    await after(world, 1)
    await after(world, 3)
    assert await told(world, Fact.NOTICE_CORRECTION) == [(colleague, None), (colleague, 1), (colleague, 4), (world.city_staff, 4)]
    async with world.database.begin() as session:
        asked = await notice_correction.asked_for(session, await made.notice(world, notice_id))
    assert asked is not None
    await made.on(world, colleague, notice_id, notice_correction.decide, asked.id, world.clock.now(), agreed=True)
    assert await still_running(world) == 0


# ---- the hours


@pytest.mark.parametrize(
    ("moment", "shown"),
    [("25 08:59", "25 09:00"), ("25 09:00", "25 09:00"), ("25 17:59", "25 17:59"), ("25 18:00", "26 09:00"), ("25 23:30", "26 09:00")],
)
def test_a_step_falls_within_the_working_hours_of_beijing(moment: str, shown: str) -> None:
    meant, found = (datetime.fromisoformat(f"2026-11-{text}+08:00") for text in (moment, shown))
    assert in_working_hours(meant.astimezone(UTC)) == found


def test_after_a_long_sleep_the_next_step_lies_ahead_within_working_hours() -> None:
    rule = replace(RULES["notice_approval"], repeat=timedelta(hours=5))
    began = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
    for hours in range(1, 200):
        now = began + timedelta(hours=hours)
        following = rule.next_at(began, rule.first_after(began, now))
        assert following is not None
        assert now < following == in_working_hours(following)
        assert following <= in_working_hours(now + timedelta(hours=20))
