"""Mediation: one lies ahead at a time, both sides hear of it and of every change, and an agreement starts its term."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage.models import Appointment, AppointmentStatus, Case, OutboxRow, ServicePoint
from storage.types import CaseId, UnitId
from tests.union.world import CHAOYANG, HAIDIAN, JINSONG, RULES, WANGJING, World
from union import case_dates, mediation
from union.alerts import Fact
from union.errors import IllegalTransition, NotFound
from union.mediation import AlreadyPlanned, BadMoment, Result


async def plan(world: World, case_id: CaseId, at: datetime | None = None, **other: Any) -> int:
    at = at or world.clock.now() + timedelta(days=3)
    told = {"place": "朝阳区调解室", "by": world.staff, **other}
    found = await world.change(case_id, lambda s, c: mediation.plan(s, c, RULES, world.clock.now(), at=at, **told))
    return found.id


async def with_it(world: World, appointment_id: int, work: Any) -> Any:
    async with world.database.begin() as session:
        appointment = await session.get_one(Appointment, appointment_id)
        return await work(session, await session.get_one(Case, appointment.case_id), appointment)


async def appointment(world: World, appointment_id: int) -> Appointment:
    async with world.database.begin() as session:
        return await session.get_one(Appointment, appointment_id)


async def told(world: World, fact: Fact) -> list[int]:
    async with world.database.begin() as session:
        found = await session.scalars(sa.select(OutboxRow.person_id).where(OutboxRow.kind == fact).order_by(OutboxRow.id))
        return [int(person_id) for person_id in found if person_id is not None]


async def test_both_sides_of_the_case_are_told_and_whoever_planned_it_is_not(world: World) -> None:
    case_id = await world.new_case()
    await plan(world, case_id)
    assert await told(world, Fact.MEDIATION) == [world.worker]
    assert await told(world, Fact.MEDIATION_SET) == [world.lawyer]


async def test_a_lawyer_who_plans_is_not_told_of_it(world: World) -> None:
    case_id = await world.new_case()
    await plan(world, case_id, by=world.lawyer)
    assert await told(world, Fact.MEDIATION_SET) == []


@pytest.mark.parametrize("hours", [-1, 0, 366 * 24])
async def test_a_mediation_lies_ahead_and_within_a_year(world: World, hours: int) -> None:
    case_id = await world.new_case()
    with pytest.raises(BadMoment):
        await plan(world, case_id, world.clock.now() + timedelta(hours=hours))


async def test_there_is_one_ahead_at_a_time(world: World) -> None:
    case_id = await world.new_case()
    await plan(world, case_id)
    with pytest.raises(AlreadyPlanned):
        await plan(world, case_id)


async def test_an_ended_case_gets_no_mediation(world: World) -> None:
    case_id = await world.new_case()
    await world.withdraw(case_id)
    with pytest.raises(IllegalTransition):
        await plan(world, case_id)


async def test_both_are_reminded_once_on_the_day_before_and_once_on_the_day(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await plan(world, case_id, world.clock.now() + timedelta(days=3))
    world.clock.advance(days=1, hours=23)
    await world.sweep()
    assert len(await told(world, Fact.MEDIATION)) == 1
    world.clock.advance(hours=1)
    await world.sweep()
    assert await told(world, Fact.MEDIATION) == [world.worker] * 2
    assert await told(world, Fact.MEDIATION_SET) == [world.lawyer] * 2
    world.clock.advance(hours=21)
    await world.sweep()
    assert len(await told(world, Fact.MEDIATION)) == 3
    world.clock.advance(days=10)
    await world.sweep()
    assert len(await told(world, Fact.MEDIATION)) == 3


async def test_one_that_was_put_off_reminds_before_its_new_time_only(world: World) -> None:
    case_id = await world.new_case()
    number = await plan(world, case_id, world.clock.now() + timedelta(days=3))
    now = world.clock.now()
    at = now + timedelta(days=10)
    await with_it(world, number, lambda s, c, a: mediation.change(s, c, a, RULES, now, by=world.staff, at=at, place="望京"))
    before = len(await told(world, Fact.MEDIATION))
    world.clock.advance(days=3)
    await world.sweep()
    assert len(await told(world, Fact.MEDIATION)) == before
    world.clock.advance(days=6)
    await world.sweep()
    assert len(await told(world, Fact.MEDIATION)) == before + 1


async def test_a_change_asks_the_worker_anew(world: World) -> None:
    case_id = await world.new_case()
    number = await plan(world, case_id, employer_contact="给王经理打了电话")
    now = world.clock.now()
    await with_it(world, number, lambda s, c, a: mediation.answer(s, c, a, now, by=world.worker, coming=True))
    at = now + timedelta(days=4)
    await with_it(world, number, lambda s, c, a: mediation.change(s, c, a, RULES, now, by=world.staff, at=at, place="望京"))
    changed = await appointment(world, number)
    assert (changed.worker_coming, changed.place, changed.employer_contact) == (None, "望京", None)
    assert len(await told(world, Fact.MEDIATION)) == 2


async def test_the_answer_is_told_to_the_lawyer_and_to_whoever_planned_it_once(world: World) -> None:
    case_id = await world.new_case()
    number = await plan(world, case_id)
    now = world.clock.now()
    for _ in range(2):
        await with_it(world, number, lambda s, c, a: mediation.answer(s, c, a, now, by=world.worker, coming=False))
    assert sorted(await told(world, Fact.MEDIATION_ANSWERED)) == sorted([world.lawyer, world.staff])


async def test_one_that_is_called_off_reminds_nobody(world: World) -> None:
    case_id = await world.new_case()
    number = await plan(world, case_id)
    await with_it(world, number, lambda s, c, a: mediation.call_off(s, c, a, RULES, world.clock.now(), by=world.staff))
    assert (await appointment(world, number)).status is AppointmentStatus.CANCELLED
    assert "mediation_day" not in await world.running(case_id)
    with pytest.raises(NotFound):
        await with_it(world, number, lambda s, c, a: mediation.call_off(s, c, a, RULES, world.clock.now(), by=world.staff))


async def test_an_agreement_starts_the_thirty_days_for_its_confirmation(world: World) -> None:
    case_id = await world.new_case()
    number = await plan(world, case_id)
    world.clock.advance(days=4)
    now = world.clock.now()
    agreed = Result.AGREED
    await with_it(world, number, lambda s, c, a: mediation.record(s, c, a, RULES, now, by=world.staff, result=agreed, remark="分两次付清"))
    held = await appointment(world, number)
    assert (held.status, held.result, held.remark) == (AppointmentStatus.HELD, "agreed", "分两次付清")
    assert "confirmation_30" in await world.running(case_id)
    async with world.database.begin() as session:
        assert (await case_dates.of_case(session, case_id))["mediation_agreed"].isoformat() == "2026-11-21"  # the day it was held


async def test_without_an_agreement_no_term_begins(world: World) -> None:
    case_id = await world.new_case()
    number = await plan(world, case_id)
    world.clock.advance(days=4)
    result = Result.EMPLOYER_ABSENT
    await with_it(
        world, number, lambda s, c, a: mediation.record(s, c, a, RULES, world.clock.now(), by=world.staff, result=result, remark="")
    )
    assert "confirmation_30" not in await world.running(case_id)
    await plan(world, case_id)  # and another can be planned


async def test_a_result_of_a_closed_case_leaves_its_rating_alone(world: World) -> None:
    """What is noted after the end must not end what begins with it."""
    case_id = await world.new_case()
    await world.contact(case_id)
    number = await plan(world, case_id)
    await world.close(case_id)
    running = await world.running(case_id)
    now, result = world.clock.now(), Result.AGREED
    await with_it(world, number, lambda s, c, a: mediation.record(s, c, a, RULES, now, by=world.staff, result=result, remark=""))
    assert await world.running(case_id) == running


async def test_the_rooms_of_the_district_are_offered_the_nearest_first(world: World) -> None:
    def room(unit_id: UnitId, name: str, kind: str = mediation.ROOM) -> ServicePoint:
        where = {"address": "某路1号", "phone": "010", "hours": "9-17", "latitude": 39.9, "longitude": 116.4}
        return ServicePoint(unit_id=unit_id, kind=kind, name=name, **where)

    async with world.database.begin() as session:
        for unit_id, name in ((CHAOYANG, "区"), (WANGJING, "望京"), (JINSONG, "劲松"), (HAIDIAN, "海淀")):
            session.add(room(unit_id, name))
            await session.flush()
        session.add(room(JINSONG, "书屋", "职工书屋"))
        await session.flush()
        found = await mediation.rooms_near(session, JINSONG)
    assert [point.name for point in found] == ["劲松", "区", "望京"]
