"""What became of a notice: the outcomes add up, by unit and by hour too, and every recipient has an answer."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage.models import DeliveryStatus, Notice, NoticeDelivery, NoticeStatus, Place, Role, SurveyKind
from storage.types import NoticeId, PersonId, UnitId
from tests.union.notice_rows import attach_survey, deliver, new_notice, take_part
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, WANGJING, ZHONGGUANCUN, World
from union import notice_recipients, notice_report, people
from union.errors import NotFound
from union.notice_recipients import Recipient
from union.notice_report import Figures, HourRow, UnitRow
from union.units import unit_card

SENT, WAITING, IN_HAND = DeliveryStatus.SENT, DeliveryStatus.WAITING, DeliveryStatus.IN_HAND
UNREACHABLE, FAILED = DeliveryStatus.UNREACHABLE, DeliveryStatus.FAILED
LEFT_OUT, GATHERED = DeliveryStatus.LEFT_OUT, DeliveryStatus.GATHERED

OUTCOMES = ("waiting", "sent", "unreachable", "failed", "left_out", "gathered")


async def summary(world: World, notice_id: NoticeId, person_id: PersonId | None = None) -> Figures:
    actor = await world.actor(person_id or world.staff)
    async with world.database.begin() as session:
        return await notice_report.summary(session, await notice_report.open_report(session, actor, notice_id))


async def by_unit(world: World, notice_id: NoticeId, unit_id: UnitId, person_id: PersonId | None = None) -> list[UnitRow]:
    actor = await world.actor(person_id or world.staff)
    async with world.database.begin() as session:
        report = await notice_report.open_report(session, actor, notice_id)
        return await notice_report.by_unit(session, report, await unit_card(session, unit_id))


async def by_hour(world: World, notice_id: NoticeId) -> list[HourRow]:
    actor = await world.actor(world.staff)
    async with world.database.begin() as session:
        return await notice_report.by_hour(session, await notice_report.open_report(session, actor, notice_id))


async def listed(world: World, notice_id: NoticeId) -> list[Recipient]:
    actor = await world.actor(world.staff)
    async with world.database.begin() as session:
        report = await notice_report.open_report(session, actor, notice_id)
        return [one async for some in notice_recipients.rows(session, report) for one in some]


async def outcome(world: World, notice_id: NoticeId, person_id: PersonId) -> Recipient | None:
    async with world.database.begin() as session:
        return await notice_recipients.outcome_of(session, notice_id, person_id)


async def found(world: World, number: str, by: PersonId) -> list[PersonId]:
    actor = await world.actor(by)
    async with world.database.begin() as session:
        return await notice_recipients.find(session, actor, number)


def outcomes(figures: Figures) -> dict[str, int]:
    return {name: getattr(figures, name) for name in OUTCOMES if getattr(figures, name)}


async def one_of_each(world: World, notice_id: NoticeId, unit_id: UnitId = JINSONG) -> None:
    for status in DeliveryStatus:
        await deliver(world, notice_id, status, unit_id)
    await deliver(world, notice_id, SENT, unit_id)


# ---- all together


async def test_every_delivery_has_one_outcome_and_they_add_up(world: World) -> None:
    notice_id = await new_notice(world, status=NoticeStatus.SENDING)
    await one_of_each(world, notice_id)
    counted = await summary(world, notice_id)
    assert outcomes(counted) == {"waiting": 2, "sent": 2, "unreachable": 1, "failed": 1, "left_out": 1, "gathered": 1}
    assert counted.total == sum(outcomes(counted).values()) == 8


async def test_what_people_did_is_counted(world: World) -> None:
    notice_id = await new_notice(world)
    now = world.clock.now()
    await deliver(world, notice_id, seen_at=now, tapped=0b001)
    await deliver(world, notice_id, seen_at=now, tapped=0b101)
    await deliver(world, notice_id, seen_at=now, left=True)
    await deliver(world, notice_id)
    counted = await summary(world, notice_id)
    assert (counted.seen, counted.tapped, counted.taps, counted.left, counted.taken_part) == (3, 2, (2, 0, 1), 1, None)


async def test_another_notice_is_not_counted(world: World) -> None:
    notice_id, other = await new_notice(world), await new_notice(world)
    await deliver(world, other)
    assert (await summary(world, notice_id)).total == 0


async def test_what_may_have_gone_out_twice_is_counted(world: World) -> None:
    notice_id = await new_notice(world)
    await deliver(world, notice_id, attempts=1)
    await deliver(world, notice_id)
    await deliver(world, notice_id, FAILED, attempts=3)
    assert (await summary(world, notice_id)).repeats == 1


@pytest.mark.parametrize(
    ("status", "expected"),
    [(NoticeStatus.SENDING, {"sent": 1, "waiting": 4}), (NoticeStatus.STOPPED, {"sent": 1, "left_out": 4})],
)
async def test_who_has_no_delivery_yet_is_counted_among_those_meant(world: World, status: NoticeStatus, expected: dict[str, int]) -> None:
    notice_id = await new_notice(world, status=status, expanded=False, total=5)
    await deliver(world, notice_id)
    counted = await summary(world, notice_id)
    assert (outcomes(counted), counted.total) == (expected, 5)


async def test_taking_part_is_counted_of_those_it_reached_and_from_the_day_it_went_out(world: World) -> None:
    notice_id = await new_notice(world)
    survey_id = await attach_survey(world, notice_id)
    now = world.clock.now()
    await take_part(world, survey_id, await deliver(world, notice_id))
    await take_part(world, survey_id, await deliver(world, notice_id, GATHERED), Place.WAITING, now + timedelta(hours=3))
    await take_part(world, survey_id, await deliver(world, notice_id), Place.CANCELLED)
    await take_part(world, survey_id, await deliver(world, notice_id), at=now - timedelta(days=1))
    await take_part(world, survey_id, await deliver(world, notice_id, FAILED))
    await take_part(world, survey_id, world.worker)
    assert (await summary(world, notice_id)).taken_part == 2


async def test_of_an_anonymous_form_only_the_total_is_told(world: World) -> None:
    notice_id = await new_notice(world)
    survey_id = await attach_survey(world, notice_id, anonymous=True, kind=SurveyKind.APPRAISAL)
    person_id = await deliver(world, notice_id, sent_at=world.clock.now())
    await take_part(world, survey_id, person_id, None, world.clock.now() - timedelta(days=1))
    assert (await summary(world, notice_id)).taken_part == 1
    assert [row.figures.taken_part for row in await by_unit(world, notice_id, CHAOYANG)] == [None]
    assert [row.taken_part for row in await by_hour(world, notice_id)] == [None]
    assert [one.taken_part for one in await listed(world, notice_id)] == [None]
    one = await outcome(world, notice_id, person_id)
    assert one is not None
    assert one.taken_part is None


# ---- by unit


async def test_by_unit_goes_one_rung_down_and_adds_up(world: World) -> None:
    notice_id = await new_notice(world, unit_id=CITY, author_id=world.city_staff)
    await one_of_each(world, notice_id, JINSONG)
    await one_of_each(world, notice_id, CHAOYANG)
    await deliver(world, notice_id, unit_id=ZHONGGUANCUN)
    await deliver(world, notice_id, unit_id=CITY)
    at_city = await by_unit(world, notice_id, CITY, world.city_staff)
    assert [(row.unit_id, row.figures.total) for row in at_city] == [(CHAOYANG, 16), (CITY, 1), (HAIDIAN, 1)]
    at_chaoyang = await by_unit(world, notice_id, CHAOYANG, world.city_staff)
    assert [(row.unit_id, row.figures.total) for row in at_chaoyang] == [(CHAOYANG, 8), (JINSONG, 8)]
    whole = await summary(world, notice_id, world.city_staff)
    for name in ("total", *OUTCOMES):
        assert sum(getattr(row.figures, name) for row in at_city) == getattr(whole, name), name


async def test_every_figure_of_a_unit_is_its_own(world: World) -> None:
    notice_id = await new_notice(world)
    survey_id = await attach_survey(world, notice_id)
    here = await deliver(world, notice_id, unit_id=JINSONG, seen_at=world.clock.now(), tapped=0b100, left=True, attempts=1)
    await take_part(world, survey_id, here)
    await deliver(world, notice_id, UNREACHABLE, WANGJING)
    rows = {row.unit_id: row.figures for row in await by_unit(world, notice_id, CHAOYANG)}
    empty: dict[str, Any] = dict.fromkeys((field.name for field in fields(Figures)), 0) | {"taps": (0, 0, 0)}
    did: dict[str, Any] = {"total": 1, "sent": 1, "seen": 1, "tapped": 1, "taps": (0, 0, 1), "left": 1, "repeats": 1, "taken_part": 1}
    assert rows[JINSONG] == Figures(**{**empty, **did})
    assert rows[WANGJING] == Figures(**{**empty, "total": 1, "unreachable": 1})


async def test_who_belongs_elsewhere_is_counted_by_their_districts(world: World) -> None:
    notice_id = await new_notice(world)
    for unit_id in (ZHONGGUANCUN, HAIDIAN, ZHONGGUANCUN, CITY, None, JINSONG):
        await deliver(world, notice_id, unit_id=unit_id)
    at_top = [(row.unit_id, row.figures.total) for row in await by_unit(world, notice_id, CHAOYANG)]
    assert at_top == [(HAIDIAN, 3), (CITY, 1), (JINSONG, 1), (None, 1)]
    assert [(row.unit_id, row.figures.total) for row in await by_unit(world, notice_id, HAIDIAN)] == [(ZHONGGUANCUN, 2), (HAIDIAN, 1)]
    assert [(row.unit_id, row.figures.total) for row in await by_unit(world, notice_id, JINSONG)] == [(JINSONG, 1)]


# ---- by hour


async def test_by_hour_tells_when_it_went_out_and_when_it_was_seen(world: World) -> None:
    notice_id = await new_notice(world)
    survey_id = await attach_survey(world, notice_id)
    at = datetime(2026, 11, 18, 2, 59, 59, tzinfo=UTC)
    hour = datetime(2026, 11, 18, 2, tzinfo=UTC)
    person_id = await deliver(world, notice_id, sent_at=at, seen_at=at + timedelta(seconds=1))
    await deliver(world, notice_id, sent_at=hour, seen_at=hour)
    await deliver(world, notice_id, FAILED, sent_at=hour)
    await take_part(world, survey_id, person_id, at=at + timedelta(hours=30))
    assert await by_hour(world, notice_id) == [
        HourRow(hour, 2, 1, 0),
        HourRow(hour + timedelta(hours=1), 0, 1, 0),
        HourRow(hour + timedelta(hours=30), 0, 0, 1),
    ]


async def test_without_a_form_no_hour_says_that_nobody_took_part(world: World) -> None:
    notice_id = await new_notice(world)
    await deliver(world, notice_id, sent_at=world.clock.now())
    assert [row.taken_part for row in await by_hour(world, notice_id)] == [None]


# ---- one by one


async def test_each_recipient_has_a_row_by_unit_and_outcome(world: World) -> None:
    notice_id = await new_notice(world)
    for unit_id in (WANGJING, JINSONG):
        await one_of_each(world, notice_id, unit_id)
    rows = await listed(world, notice_id)
    assert [(row.unit, row.status) for row in rows] == [
        (unit, status) for unit in ("劲松街道总工会", "望京街道总工会") for status in (0, 1, 2, 2, 3, 4, 5, 6)
    ]


async def test_no_more_rows_than_a_table_takes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_recipients, "MOST_ROWS", 3)
    notice_id = await new_notice(world)
    await one_of_each(world, notice_id)
    assert len(await listed(world, notice_id)) == 3


async def test_what_became_of_it_for_one_person(world: World) -> None:
    notice_id = await new_notice(world)
    survey_id = await attach_survey(world, notice_id)
    now = world.clock.now()
    person_id = await deliver(world, notice_id, sent_at=now, seen_at=now, tapped=0b101, attempts=1, left=True)
    await take_part(world, survey_id, person_id)
    assert await outcome(world, notice_id, person_id) == Recipient(
        unit="劲松街道总工会", status=SENT, sent_at=now, seen_at=now, taps=(0, 2), left=True, repeats=True, taken_part=True, digest=None
    )


async def test_a_gathered_one_says_when_its_digest_went_out(world: World) -> None:
    notice_id, digest_id = await new_notice(world), await new_notice(world, unit_id=CITY)
    person_id = await deliver(world, notice_id, GATHERED, digest_id=digest_id)
    one = await outcome(world, notice_id, person_id)
    assert one is not None
    assert one.digest is None
    told_at = world.clock.now() + timedelta(hours=1)
    async with world.database.begin() as session:
        session.add(NoticeDelivery(notice_id=digest_id, person_id=person_id, status=SENT, sent_at=told_at))
    one = await outcome(world, notice_id, person_id)
    assert one is not None
    assert one.digest == told_at


async def test_who_was_not_meant_has_no_outcome(world: World) -> None:
    assert await outcome(world, await new_notice(world), world.worker) is None


@pytest.mark.parametrize(
    ("state", "complete"),
    [
        ({"status": NoticeStatus.SENDING, "expanded": False, "expanded_to": 100}, False),
        ({"status": NoticeStatus.SENDING, "expanded": False, "expanded_to": 1000}, True),
        ({"status": NoticeStatus.SENDING, "expanded": True}, True),
        ({"status": NoticeStatus.STOPPED, "expanded": False}, True),
    ],
)
async def test_while_deliveries_are_made_somebody_may_still_come(world: World, state: dict[str, Any], complete: bool) -> None:
    notice_id = await new_notice(world, **state)
    async with world.database.begin() as session:
        notice = await session.get_one(Notice, notice_id)
    assert notice_recipients.is_complete(notice, PersonId(1000)) is complete


@pytest.mark.parametrize("typed", ["13900001234", "+86 139-0000-1234", "１３９００００１２３４", " 8613900001234"])
async def test_somebody_is_found_by_phone_however_it_is_typed(world: World, typed: str) -> None:
    person_id = await deliver(world, await new_notice(world), phone="13900001234")
    assert await found(world, typed, world.staff) == [person_id]


async def test_somebody_is_found_by_card(world: World) -> None:
    person_id = await deliver(world, await new_notice(world), card="BJ00123456")
    assert await found(world, "bj0012 3456", world.staff) == [person_id]


async def test_nobody_beyond_ones_units_is_found(world: World) -> None:
    person_id = await deliver(world, await new_notice(world), unit_id=ZHONGGUANCUN, phone="13900001234")
    assert await found(world, "13900001234", world.staff) == []
    assert await found(world, "13900001234", world.lawyer) == []
    assert await found(world, "13900001234", world.city_staff) == [person_id]
    assert await found(world, "  ", world.city_staff) == []


# ---- who sees it


async def test_staff_of_the_unit_and_above_see_the_figures(world: World) -> None:
    notice_id = await new_notice(world)
    await deliver(world, notice_id)
    for person_id in (world.staff, world.city_staff):
        assert (await summary(world, notice_id, person_id)).total == 1
    for person_id in (world.haidian_staff, world.lawyer, world.chair, world.worker):
        with pytest.raises(NotFound):
            await summary(world, notice_id, person_id)


async def test_an_author_who_has_moved_on_sees_figures_and_no_rows(world: World) -> None:
    notice_id = await new_notice(world, author_id=world.haidian_staff)
    actor, own = await world.actor(world.haidian_staff), await world.actor(world.staff)
    async with world.database.begin() as session:
        assert not (await notice_report.open_report(session, actor, notice_id)).entitled
        assert (await notice_report.open_report(session, own, notice_id)).entitled


async def test_an_administrator_is_entitled_too(world: World) -> None:
    notice_id = await new_notice(world)
    async with world.database.begin() as session:
        await people.grant(session, person_id=world.lawyer, role=Role.ADMIN, unit_id=CITY, now=world.clock.now())
    actor = await world.actor(world.lawyer)
    async with world.database.begin() as session:
        assert (await notice_report.open_report(session, actor, notice_id)).entitled
