"""The loaders fill an empty database, once, quickly, and with nothing that the program's own checks object to."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.clock import VirtualClock
from bot.demo.load import NoRegister, NotEmpty, is_empty, load_people, load_register
from bot.demo.people import make_people
from bot.demo.register import read_register
from storage.database import Database
from storage.models import (
    Case,
    CaseEvent,
    CaseStatus,
    Conversation,
    Deadline,
    DeadlineStatus,
    Firm,
    Lawyer,
    OutboxRow,
    Person,
    RoleGrant,
    ServicePoint,
    Unit,
    UnitKind,
)
from union import invariants
from union.units import find_by_name, ladder, nearest_street


async def load_both(database: Database, clock: VirtualClock) -> None:
    async with database.begin() as session:
        await load_register(session, clock.now())
    async with database.begin() as session:
        await load_people(session, clock.now())


async def test_the_register_makes_a_tree_of_units_with_service_points(database: Database, clock: VirtualClock) -> None:
    register = read_register()
    async with database.begin() as session:
        assert await is_empty(session)
        await load_register(session, clock.now())
        assert not await is_empty(session)
        counted = await session.execute(sa.select(Unit.kind, sa.func.count()).group_by(Unit.kind))
        kinds = {kind: count for kind, count in counted}
        assert kinds == {UnitKind.CITY: 1, UnitKind.DISTRICT: 17, UnitKind.STREET: len(register.streets), UnitKind.INDUSTRY: 8}
        assert await session.scalar(sa.select(sa.func.count()).select_from(ServicePoint)) == len(register.points)
        assert await session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0

        (street,) = await find_by_name(session, "劲松街道总工会")
        assert [unit.name for unit in await ladder(session, street.id)] == ["劲松街道总工会", "朝阳区总工会", "北京市总工会"]
        near = await nearest_street(session, 39.8851, 116.4601)
        assert near is not None and near.id == street.id


async def test_the_people_are_loaded_with_their_doors_and_roles(database: Database, clock: VirtualClock) -> None:
    people = make_people(read_register())
    await load_both(database, clock)
    async with database.begin() as session:
        persons = list(await session.scalars(sa.select(Person)))
        everybody = len(people.lawyers) + len(people.officers) + len(people.members)
        assert len(persons) == everybody
        assert all(person.made_up for person in persons)
        assert await session.scalar(sa.select(sa.func.count()).select_from(Conversation)) == everybody
        assert await session.scalar(sa.select(sa.func.count()).select_from(Lawyer)) == 60
        assert await session.scalar(sa.select(sa.func.count()).select_from(Firm)) == 21
        roles = sum(len(lawyer.units) for lawyer in people.lawyers) + len(people.officers)
        assert await session.scalar(sa.select(sa.func.count()).select_from(RoleGrant)) == roles
        member = await session.scalar(sa.select(Person).where(Person.phone_index == people.members[0].phone))
        assert member is not None and member.name == people.members[0].name


async def test_every_case_stands_where_its_story_says(database: Database, clock: VirtualClock) -> None:
    people = make_people(read_register())
    await load_both(database, clock)
    async with database.begin() as session:
        by_story = {case.story: case for case in await session.scalars(sa.select(Case))}
        assert len(by_story) == len(people.cases)
        for example, _ in people.cases:
            case = by_story[example.story]
            assert case.status == example.status, example.story
            assert case.received_at == clock.now() - timedelta(hours=example.received_hours)
            assert (case.lawyer_id is not None) == (example.kind == "dispute" and example.status != "received")
            assert case.responsible_id is not None
            if example.kind == "dispute":
                assert (case.intervened_at is not None) == (example.intervened_hours is not None)
                waited = example.received_hours if example.intervened_hours is None else example.intervened_hours
                assert case.overdue == (waited > 24), example.story
            else:
                assert (case.intervened_at is not None) == (example.status not in ("received", "assigned"))
                assert not case.overdue
            assert case.rating == example.rating
            assert (case.closed_at is None) == example.open


async def test_history_is_in_order_of_time_and_never_ahead_of_now(database: Database, clock: VirtualClock) -> None:
    await load_both(database, clock)
    async with database.begin() as session:
        times: dict[int, list[object]] = {}
        for event in await session.scalars(sa.select(CaseEvent).order_by(CaseEvent.case_id, CaseEvent.id)):
            assert event.at <= clock.now()
            times.setdefault(event.case_id, []).append(event.at)
        assert len(times) == await session.scalar(sa.select(sa.func.count()).select_from(Case))
        assert all(moments == sorted(moments) for moments in times.values())  # type: ignore[type-var]


async def test_whoever_did_not_accept_within_two_hours_has_lost_the_case_to_the_next_lawyer(
    database: Database, clock: VirtualClock
) -> None:
    await load_both(database, clock)
    async with database.begin() as session:
        query = sa.select(Case).where(Case.status == CaseStatus.ASSIGNED, Case.lawyer_id.is_not(None))
        for case in await session.scalars(query):
            passed = sa.select(sa.func.count()).where(CaseEvent.case_id == case.id, CaseEvent.action == "case.passed_on")
            assert await session.scalar(passed) == (clock.now() - case.received_at) // timedelta(hours=2)


async def test_no_step_of_a_deadline_is_late_and_no_invariant_is_broken(database: Database, clock: VirtualClock) -> None:
    await load_both(database, clock)
    async with database.begin() as session:
        live = list(await session.scalars(sa.select(Deadline).where(Deadline.status == DeadlineStatus.LIVE)))
        assert live
        assert all(deadline.next_at is not None and deadline.next_at > clock.now() and deadline.owner is None for deadline in live)
        assert await invariants.check(session, clock.now()) == []


async def test_only_alerts_about_cases_that_still_wait_are_left_to_send(database: Database, clock: VirtualClock) -> None:
    await load_both(database, clock)
    async with database.begin() as session:
        rows = list(await session.scalars(sa.select(OutboxRow)))
        kinds = {row.kind for row in rows}
        assert {"case_assigned", "case_reminder", "case_overdue", "case_unassigned"} <= kinds
        assert {row.side for row in rows} == {"desk"}
        statuses = set(await session.scalars(sa.select(Case.status).where(Case.id.in_([row.subject_id for row in rows]))))
        assert statuses == {CaseStatus.RECEIVED, CaseStatus.ASSIGNED, CaseStatus.ACCEPTED}


async def test_loading_is_refused_where_there_is_something_already(database: Database, clock: VirtualClock) -> None:
    async with database.begin() as session:
        with pytest.raises(NoRegister):
            await load_people(session, clock.now())
    await load_both(database, clock)
    async with database.begin() as session:
        with pytest.raises(NotEmpty):
            await load_register(session, clock.now())
        with pytest.raises(NotEmpty):
            await load_people(session, clock.now())


async def test_loading_takes_less_than_three_seconds_of_work(database: Database, clock: VirtualClock) -> None:
    """Of this process's own time: what else the machine is busy with is not the loaders' doing."""
    began = time.process_time()
    await load_both(database, clock)
    assert time.process_time() - began < 3
