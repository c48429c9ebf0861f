"""突发事件: the whole line at once, each level's 30 minutes, one alarm for one danger, the radar, and who knew what when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage.models import Case, CaseStatus, Conversation, Deadline, DeadlineStatus, Intake, OutboxRow, Person, Role, Rung
from storage.types import CaseId, DeadlineId, PersonId, UnitId
from tests.union.world import CHAOYANG, CITY, JINSONG, RULES, WANGJING, World, grievance, new_officer, new_person
from union import alarms, incidents, invariants, routing
from union.access import access_case
from union.alerts import MEMBER
from union.errors import NotFound
from union.incidents import Reported, Sort
from union.rules import INCIDENT_RULE

STREET_LINE = [JINSONG, CHAOYANG, CITY]


@pytest.fixture
async def street(world: World) -> PersonId:
    """Staff at 劲松街道, which has none in the small city."""
    async with world.database.begin() as session:
        return await new_officer(session, "街道干部", JINSONG, world.clock.now())


async def report(world: World, *, in_room: bool = False, **told: Any) -> Reported:
    """Somebody cries for help, or what `told` makes of it."""
    cry = {"kind": "incident", "nature": Sort.THREAT, "story": "有人拿刀堵在车间门口", "intake": Intake.URGENT, "employer": ""} | told
    async with world.database.begin() as session:
        what = replace(grievance(world.worker), **cry)
        return await incidents.report(session, what, RULES, world.clock.now(), in_room=in_room)


async def acknowledge(world: World, case_id: CaseId, person_id: PersonId) -> list[UnitId]:
    """One of the staff presses 收到."""
    person = await world.actor(person_id)
    return await world.change(case_id, lambda s, c: alarms.acknowledge(s, c, person, world.clock.now()))


async def take_over(world: World, case_id: CaseId, person_id: PersonId, deadline_id: DeadlineId) -> UnitId | None:
    """One of the staff steps in for a level below."""
    person = await world.actor(person_id)
    return await world.change(case_id, lambda s, c: alarms.take_over(s, c, person, deadline_id, world.clock.now()))


async def duties(world: World, case_id: CaseId) -> dict[UnitId, Deadline]:
    """The duty of each level."""
    query = sa.select(Deadline).where(Deadline.rule == INCIDENT_RULE, Deadline.subject_id == case_id)
    async with world.database.begin() as session:
        return {duty.unit_id: duty for duty in await session.scalars(query)}


async def log(world: World, case_id: CaseId) -> list[alarms.LogEntry]:
    async with world.database.begin() as session:
        return await alarms.log(session, case_id)


async def pass_time(world: World, minutes: int) -> None:
    """The clock goes on, and looks for what is due every minute."""
    for _ in range(minutes):
        world.clock.advance(minutes=1)
        await world.sweep()


def incidents_told(kinds: list[str]) -> list[str]:
    return [kind for kind in kinds if kind.startswith("incident")]


# ---- the alarm


async def test_every_level_is_told_in_the_same_moment(world: World, street: PersonId) -> None:
    reported = await report(world)
    assert [level.unit_id for level in reported.levels] == STREET_LINE
    for person_id in (street, world.staff, world.city_staff):
        assert "incident" in await world.told(person_id)
    assert "incident" not in await world.told(world.haidian_staff)


async def test_every_level_has_a_duty_of_its_own_of_thirty_minutes(world: World, street: PersonId) -> None:
    found = await duties(world, (await report(world)).case.id)
    assert set(found) == set(STREET_LINE)
    assert {duty.due_at - duty.started_at for duty in found.values()} == {timedelta(minutes=30)}


async def test_an_incident_has_one_responsible_and_holds_every_invariant(world: World, street: PersonId) -> None:
    case = (await report(world)).case
    assert case.officer_id == street
    assert case.status is CaseStatus.ASSIGNED
    async with world.database.begin() as session:
        assert await invariants.check(session, world.clock.now()) == []


async def test_a_level_where_nobody_can_be_reached_passes_its_duty_up_but_hears_when_it_is_back(world: World, street: PersonId) -> None:
    async with world.database.begin() as session:
        shut = sa.update(Conversation).where(Conversation.person_id == street).values(unreachable_since=world.clock.now())
        await session.execute(shut)
    reported = await report(world)
    assert set(await duties(world, reported.case.id)) == {CHAOYANG, CITY}
    assert "incident" in await world.told(street)


async def test_a_chair_of_the_accused_employer_is_not_told_though_they_are_staff_as_well(world: World) -> None:
    async with world.database.begin() as session:
        await session.execute(
            sa.text(
                "INSERT INTO unit (id, kind, name, short, parent_id, path) VALUES (7, 'workplace', '劲松饭店工会', '劲松饭店', 4, '1.2.4.7.')"
            )
        )
        both = await new_officer(session, "两头", JINSONG, world.clock.now())
        await new_officer(session, "", UnitId(7), world.clock.now(), role=Role.CHAIR)
        await session.execute(
            sa.text("INSERT INTO role_grant (person_id, role, unit_id, granted_at) VALUES (:p, 'chair', 7, now())"), {"p": both}
        )
    reported = await report(world, employer="劲松饭店")
    assert [level.unit_id for level in reported.levels] == [CHAOYANG, CITY]
    assert await world.told(both) == []


async def test_the_history_says_whom_each_level_told(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    lines = [event.detail for event in await world.events(case_id) if event.action == "case.alarmed"]
    assert [(line["unit"], line["told"]) for line in lines] == [(JINSONG, [street]), (CHAOYANG, [world.staff]), (CITY, [world.city_staff])]


async def test_a_cry_for_help_does_not_say_where_somebody_belongs(world: World) -> None:
    await report(world, unit_id=CITY)
    async with world.database.begin() as session:
        assert (await session.get_one(Person, world.worker)).unit_id is None


# ---- 收到


async def test_each_level_answers_for_itself_alone(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    assert await acknowledge(world, case_id, world.city_staff) == [CITY]
    found = await duties(world, case_id)
    assert {unit: duty.status for unit, duty in found.items()} == {
        JINSONG: DeadlineStatus.LIVE, CHAOYANG: DeadlineStatus.LIVE, CITY: DeadlineStatus.MET,
    }  # fmt: skip


async def test_acknowledging_twice_changes_nothing(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    await acknowledge(world, case_id, street)
    assert await acknowledge(world, case_id, street) == []
    assert (await world.history(case_id)).count("case.acknowledged") == 1


async def test_a_level_that_has_answered_is_not_passed_over(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    for person_id in (street, world.staff, world.city_staff):
        await acknowledge(world, case_id, person_id)
    await pass_time(world, 95)
    assert "incident_unanswered" not in await world.told()


async def test_an_answer_after_thirty_minutes_counts_as_missed(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    await pass_time(world, 30)
    await acknowledge(world, case_id, street)
    assert (await duties(world, case_id))[JINSONG].status is DeadlineStatus.MISSED


async def test_staff_of_another_district_are_on_no_level(world: World, street: PersonId) -> None:
    assert await acknowledge(world, (await report(world)).case.id, world.haidian_staff) == []


# ---- nobody answers


async def unanswered(world: World, case_id: CaseId, unit_id: UnitId) -> list[PersonId]:
    """Who has been told that a level did not answer, in order."""
    duty = (await duties(world, case_id))[unit_id]
    query = sa.select(OutboxRow.person_id).where(
        OutboxRow.kind == "incident_unanswered", OutboxRow.params["deadline"].as_integer() == duty.id
    )
    async with world.database.begin() as session:
        return [person for person in await session.scalars(query.order_by(OutboxRow.id)) if person is not None]


async def test_at_thirty_minutes_and_not_before_one_level_higher_is_told(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    await pass_time(world, 29)
    assert await unanswered(world, case_id, JINSONG) == []
    await pass_time(world, 1)
    assert await unanswered(world, case_id, JINSONG) == [world.staff]


async def test_thirty_minutes_later_it_is_one_level_higher_again_and_then_stays_at_the_top(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    await pass_time(world, 60)
    assert await unanswered(world, case_id, JINSONG) == [world.staff, world.city_staff]
    await pass_time(world, 30)
    assert await unanswered(world, case_id, JINSONG) == [world.staff, world.city_staff, world.city_staff]


async def test_an_answer_of_the_level_itself_ends_its_climb(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    await pass_time(world, 31)
    await acknowledge(world, case_id, street)
    await pass_time(world, 60)
    assert await unanswered(world, case_id, JINSONG) == [world.staff]
    async with world.database.begin() as session:
        duty = (await duties(world, case_id))[JINSONG]
        climbed = sa.select(Rung.acknowledged_by).where(Rung.deadline_id == duty.id)
        assert list(await session.scalars(climbed)) == [street]


async def test_a_higher_level_steps_in_only_in_so_many_words(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    await pass_time(world, 30)
    duty = (await duties(world, case_id))[JINSONG]
    assert await take_over(world, case_id, world.staff, duty.id) == JINSONG
    found = await duties(world, case_id)
    assert found[JINSONG].status is DeadlineStatus.MISSED
    assert found[CHAOYANG].stopped_at is not None  # who steps in below has it on their own level as well
    assert found[CITY].status is DeadlineStatus.LIVE


async def test_who_steps_in_too_late_is_told_so(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    duty = (await duties(world, case_id))[JINSONG]
    await acknowledge(world, case_id, street)
    assert await take_over(world, case_id, world.staff, duty.id) is None


@pytest.mark.parametrize("above", [CHAOYANG, CITY])
async def test_a_lower_level_can_not_take_a_higher_one_s_duty(world: World, street: PersonId, above: UnitId) -> None:
    case_id = (await report(world)).case.id
    with pytest.raises(NotFound):
        await take_over(world, case_id, street, (await duties(world, case_id))[above].id)


async def test_handing_the_case_up_leaves_each_level_its_own_duty(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    await world.change(case_id, lambda s, c: routing.hand_up(s, c, RULES, world.clock.now(), by=street, reason="beyond us"))
    assert set(await duties(world, case_id)) == set(STREET_LINE)


# ---- one danger, one alarm


async def test_a_second_cry_within_a_day_is_added_and_alarms_nobody(world: World, street: PersonId) -> None:
    first = await report(world)
    before = incidents_told(await world.told())
    world.clock.advance(hours=23, minutes=59)
    again = await report(world, story="他还在砸门")
    assert again.added
    assert again.case.id == first.case.id
    assert incidents_told(await world.told()) == before


async def test_what_is_added_reaches_the_one_responsible_and_every_level_s_story(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    await report(world, story="他还在砸门")
    assert (await world.case(case_id)).story == "有人拿刀堵在车间门口\n\n他还在砸门"
    assert "room_answer" in await world.told(street)


async def test_what_was_said_in_its_own_room_is_not_said_there_twice(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    await report(world, story="他还在砸门", in_room=True)
    assert list(await world.room(case_id)) == []
    assert "他还在砸门" in (await world.case(case_id)).story


async def test_after_a_day_it_is_another_danger(world: World, street: PersonId) -> None:
    first = await report(world)
    world.clock.advance(hours=24)
    assert (await report(world)).case.id != first.case.id


async def test_after_the_end_it_is_another_danger(world: World, street: PersonId) -> None:
    first = await report(world)
    await world.withdraw(first.case.id)
    assert not (await report(world)).added


async def test_a_chair_may_report_two_things_on_one_day(world: World, street: PersonId) -> None:
    told: dict[str, Any] = {"worker_id": world.chair, "intake": Intake.CHAIR}
    assert (await report(world, **told)).case.id != (await report(world, **told)).case.id


async def test_a_false_alarm_ends_every_duty_and_tells_everybody_who_was_alarmed(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    await world.change(case_id, lambda s, c: incidents.false_alarm(s, c, world.worker, RULES, world.clock.now()))
    assert (await world.case(case_id)).status is CaseStatus.WITHDRAWN
    assert {duty.status for duty in (await duties(world, case_id)).values()} == {DeadlineStatus.CANCELLED}
    assert "case.false_alarm" in await world.history(case_id)
    for person_id in (street, world.staff, world.city_staff):
        assert "incident_off" in await world.told(person_id)


# ---- the radar


async def complain(world: World, *, employer: str = "劲松饭店", worker_id: PersonId | None = None, **other: Any) -> Reported | None:
    """A worker whom nobody has seen yet brings a case, and the radar looks."""
    async with world.database.begin() as session:
        worker = worker_id or await new_person(session, "", world.clock.now(), MEMBER)
    case_id = await world.new_case(worker_id=worker, employer=employer, **other)
    return await world.change(case_id, lambda s, c: incidents.radar(s, c, RULES, world.clock.now(), story="五人反映同一单位"))


async def many(world: World, count: int, **other: Any) -> list[Reported | None]:
    return [await complain(world, **other) for _ in range(count)]


async def test_the_fifth_worker_within_three_days_raises_it_and_the_fourth_does_not(world: World) -> None:
    assert await many(world, 4) == [None] * 4
    raised = await complain(world, employer="北京市劲松饭店有限公司")
    assert raised is not None
    assert raised.case.intake is Intake.RADAR
    assert {level.unit_id for level in raised.levels} == {CHAOYANG, CITY}


async def test_five_within_four_days_do_not_raise_it(world: World) -> None:
    await many(world, 1)
    world.clock.advance(days=3)
    assert await many(world, 4) == [None] * 4


async def test_one_worker_s_five_cases_do_not_raise_it(world: World) -> None:
    assert await many(world, 5, worker_id=world.worker) == [None] * 5


@pytest.mark.parametrize("kind", ["help", "suggestion"])
async def test_who_asks_for_help_or_makes_a_suggestion_accuses_nobody(world: World, kind: str) -> None:
    assert await many(world, 5, kind=kind) == [None] * 5


@pytest.mark.parametrize("employer", ["不清楚", "公司", "。"])
async def test_no_name_is_nothing_in_common(world: World, employer: str) -> None:
    assert await many(world, 5, employer=employer) == [None] * 5


async def test_a_case_that_was_taken_back_does_not_count(world: World) -> None:
    await world.withdraw(await world.new_case(worker_id=world.other_worker))
    assert await many(world, 4) == [None] * 4


async def test_the_threshold_is_the_caller_s(world: World) -> None:
    await world.new_case(worker_id=world.other_worker)
    case_id = await world.new_case()
    raised = await world.change(case_id, lambda s, c: incidents.radar(s, c, RULES, world.clock.now(), reports=2, days=1))
    assert raised is not None


async def test_it_keeps_still_while_one_is_open_and_for_seven_days(world: World) -> None:
    raised = (await many(world, 5))[-1]
    assert raised is not None
    assert await complain(world) is None
    await world.change(raised.case.id, lambda s, c: _end(c))
    world.clock.advance(days=7, seconds=-1)
    assert await many(world, 5) == [None] * 5
    world.clock.advance(seconds=1)
    assert await complain(world) is not None


async def _end(case: Case) -> None:
    """As if it had been worked through and closed."""
    case.status = CaseStatus.CLOSED


async def test_it_names_the_cases_in_its_history_by_their_codes(world: World) -> None:
    raised = (await many(world, 5))[-1]
    assert raised is not None
    line = next(event for event in await world.events(raised.case.id) if event.action == "case.radar")
    async with world.database.begin() as session:
        codes = await session.scalars(sa.select(Case.code).where(Case.id != raised.case.id).order_by(Case.code))
        assert line.detail == {"cases": list(codes), "reports": 5, "days": 3}


async def test_it_lies_with_the_unit_from_which_most_cases_come(world: World) -> None:
    await many(world, 3)
    raised = (await many(world, 2, unit_id=WANGJING))[-1]
    assert raised is not None
    assert raised.case.unit_id == JINSONG


async def test_no_worker_whose_case_was_counted_may_see_it_or_hears_of_it(world: World) -> None:
    await world.new_case()
    raised = (await many(world, 4))[-1]
    assert raised is not None
    worker = await world.actor(world.worker)
    async with world.database.begin() as session:
        with pytest.raises(NotFound):
            await access_case(session, worker, raised.case.id, "follow")
        told = sa.select(OutboxRow.person_id).where(OutboxRow.subject_id == raised.case.id, OutboxRow.side == MEMBER)
        assert list(await session.scalars(told)) == []
    assert set(await world.told(raised.case.officer_id)) >= {"case_assigned", "incident"}


# ---- who knew what when


async def test_the_log_tells_for_each_level_when_it_was_told_and_when_it_arrived_and_who_answered(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    began = world.clock.now()
    world.clock.advance(minutes=2)
    async with world.database.begin() as session:
        arrived = {"sent_at": world.clock.now(), "reached_at": world.clock.now()}
        await session.execute(sa.update(OutboxRow).where(OutboxRow.person_id == street, OutboxRow.kind == "incident").values(**arrived))
    await acknowledge(world, case_id, street)
    first, second, _ = await log(world, case_id)
    assert first == alarms.LogEntry(
        unit_id=JINSONG, told_at=began, people=(alarms.Knew(street, world.clock.now(), world.clock.now()),),
        answered_at=world.clock.now(), answered_by=street,
    )  # fmt: skip
    assert second == alarms.LogEntry(unit_id=CHAOYANG, told_at=began, people=(alarms.Knew(world.staff, None, None),))


async def test_the_log_tells_instead_of_whom_a_level_was_told_and_who_stepped_in(world: World, street: PersonId) -> None:
    case_id = (await report(world)).case.id
    for person_id in (world.staff, world.city_staff):
        await acknowledge(world, case_id, person_id)
    await pass_time(world, 30)
    await take_over(world, case_id, world.staff, (await duties(world, case_id))[JINSONG].id)
    climbed = (await log(world, case_id))[-1]
    assert (climbed.unit_id, climbed.instead_of, climbed.answered_by, climbed.by_higher) == (CHAOYANG, JINSONG, world.staff, True)
    assert [knew.person_id for knew in climbed.people] == [world.staff]


async def test_an_incident_that_nobody_is_there_to_hear_is_still_written_down(world: World) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.text("UPDATE role_grant SET revoked_at = now() WHERE role = 'staff'"))
    case_id = (await report(world)).case.id
    entry = (await log(world, case_id))[0]
    assert (entry.unit_id, entry.people) == (CITY, ())
    assert set(await duties(world, case_id)) == {CITY}
