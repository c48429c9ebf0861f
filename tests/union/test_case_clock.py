"""The 24-hour clock (S1 三(三)3): it counts from intake, on the wall clock, and only a message that has reached the worker stops it."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from storage.models import (
    Case,
    CaseFollower,
    CaseStatus,
    Conversation,
    Deadline,
    DeadlineStatus,
    Intake,
    OutboxRow,
    Role,
    RoleGrant,
    Rung,
    Unit,
    UnitKind,
)
from storage.types import CaseId, PersonId, UnitId
from tests.union.world import CHAOYANG, HAIDIAN, JINSONG, OWNER, RULES, ZHONGGUANCUN, World, new_lawyer, new_officer
from union import cases, deadlines, people, routing
from union.alerts import DESK, Fact
from union.case_clock import CaseClock


async def taken(world: World) -> CaseId:
    """A case that its lawyer has accepted, so that it is passed on to nobody."""
    case_id = await world.new_case()
    await world.accept(case_id)
    return case_id


async def run_to_breach(world: World) -> None:
    """24 hours pass, and the clock looks."""
    world.clock.advance(hours=24)
    await world.sweep()


async def close_doors(world: World, *person_ids: PersonId) -> None:
    async with world.database.begin() as session:
        await session.execute(
            sa.update(Conversation).where(Conversation.person_id.in_(person_ids)).values(unreachable_since=world.clock.now())
        )


# ---- what starts and what stops it


async def test_a_case_is_overdue_at_24_hours_and_not_a_minute_before(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=23, minutes=59)
    await world.sweep()
    assert not (await world.case(case_id)).overdue
    world.clock.advance(minutes=1)
    await world.sweep()
    assert (await world.case(case_id)).overdue


async def test_the_clock_counts_from_intake_and_not_from_assignment(world: World) -> None:
    received = world.clock.now()
    case_id = await world.new_case(routed=False)
    world.clock.advance(hours=5)
    await world.change(case_id, lambda s, c: routing.route(s, c, RULES, world.clock.now()))
    deadline = await world.deadline(case_id)
    assert (deadline.started_at, deadline.due_at - received) == (received, RULES["intervention"].due)


async def test_pressing_accept_does_not_stop_the_clock(world: World) -> None:
    case_id = await world.new_case()
    before = await world.deadline(case_id)
    await world.accept(case_id)
    after = await world.deadline(case_id)
    assert (after.status, after.due_at, after.next_at) == (DeadlineStatus.LIVE, before.due_at, before.next_at)
    await run_to_breach(world)
    assert (await world.case(case_id)).overdue


async def test_declining_does_not_restart_the_clock(world: World) -> None:
    case_id = await world.new_case()
    due_at = (await world.deadline(case_id)).due_at
    world.clock.advance(hours=10)
    await world.decline(case_id)
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer
    assert (await world.deadline(case_id)).due_at == due_at
    world.clock.advance(hours=14)
    await world.sweep()
    assert (await world.case(case_id)).overdue


async def test_reassigning_does_not_restart_the_clock(world: World) -> None:
    case_id = await world.new_case()
    due_at = (await world.deadline(case_id)).due_at
    world.clock.advance(hours=10)
    await world.give(case_id, world.pool_lawyer)
    assert (await world.deadline(case_id)).due_at == due_at


async def test_a_message_that_is_only_on_its_way_does_not_stop_the_clock(world: World) -> None:
    case_id = await world.new_case()
    await world.write(case_id, world.lawyer)
    await run_to_breach(world)
    assert (await world.case(case_id)).overdue
    assert (await world.deadline(case_id)).status is DeadlineStatus.LIVE


async def test_the_lawyers_message_that_reaches_the_worker_stops_the_clock(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=3)
    await world.contact(case_id)
    case = await world.case(case_id)
    deadline = await world.deadline(case_id)
    assert (case.status, case.intervened_at) == (CaseStatus.INTERVENED, world.clock.now())
    assert (deadline.status, deadline.next_at) == (DeadlineStatus.MET, None)
    await run_to_breach(world)
    assert not (await world.case(case_id)).overdue


async def test_a_message_of_the_worker_does_not_stop_the_clock(world: World) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    await world.reached(await world.write(case_id, world.worker, "律师在吗"))
    assert (await world.deadline(case_id)).status is DeadlineStatus.LIVE


async def test_a_message_of_a_lawyer_who_was_replaced_does_not_stop_the_clock(world: World) -> None:
    case_id = await world.new_case()
    message = await world.write(case_id, world.lawyer)
    await world.give(case_id, world.pool_lawyer)
    await world.reached(message)
    assert (await world.deadline(case_id)).status is DeadlineStatus.LIVE


async def test_contact_within_24_hours_meets_the_deadline_and_contact_at_24_hours_misses_it(world: World) -> None:
    in_time, late = await world.new_case(), await world.new_case()
    world.clock.advance(hours=23, minutes=59, seconds=59)
    await world.contact(in_time)
    world.clock.advance(seconds=1)
    await world.contact(late)
    assert (await world.deadline(in_time)).status is DeadlineStatus.MET
    assert (await world.deadline(late)).status is DeadlineStatus.MISSED


async def test_contact_after_24_hours_marks_the_case_overdue_even_if_the_clock_had_not_looked_yet(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=24)
    await world.contact(case_id)
    assert (await world.case(case_id)).overdue


async def test_contact_in_time_leaves_no_mark(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=23, minutes=59)
    await world.contact(case_id)
    world.clock.advance(hours=1)
    await world.sweep()
    assert not (await world.case(case_id)).overdue


async def test_the_mark_overdue_stays_when_the_lawyer_comes_at_last(world: World) -> None:
    case_id = await world.new_case()
    await run_to_breach(world)
    await world.contact(case_id)
    case = await world.case(case_id)
    assert case.overdue
    assert case.intervened_at is not None


async def test_a_case_taken_back_by_its_worker_runs_no_clock_any_more(world: World) -> None:
    case_id = await world.new_case()
    await world.withdraw(case_id)
    await run_to_breach(world)
    assert not (await world.case(case_id)).overdue
    assert (await world.deadline(case_id)).status is DeadlineStatus.CANCELLED


# ---- whom it tells


async def test_the_lawyer_is_reminded_at_2_12_20_and_23_hours(world: World) -> None:
    await taken(world)
    reminders = []
    for _ in range(24):
        reminders.append((await world.told(world.lawyer)).count(Fact.CASE_REMINDER))
        world.clock.advance(hours=1)
        await world.sweep()
    assert [hour for hour in range(1, 24) if reminders[hour] > reminders[hour - 1]] == [2, 12, 20, 23]


async def test_a_reminder_about_a_case_without_a_lawyer_goes_to_the_staff_because_it_is_theirs(world: World) -> None:
    await world.new_case(routed=False)
    world.clock.advance(hours=2)
    await world.sweep()
    assert await world.told() == [Fact.CASE_UNASSIGNED]
    assert await world.told(world.staff) == [Fact.CASE_UNASSIGNED]


async def test_a_dispute_that_staff_keep_reminds_the_nearest_staff_and_not_its_keeper_to_write(world: World) -> None:
    case_id = await world.new_case(unit_id=ZHONGGUANCUN)  # no lawyer is named there
    async with world.database.begin() as session:
        colleague = await new_officer(session, "同事", HAIDIAN, world.clock.now())
    assert (await world.case(case_id)).officer_id == world.haidian_staff
    world.clock.advance(hours=2)
    await world.sweep()
    assert await world.told(colleague) == [Fact.CASE_UNASSIGNED]
    assert await world.told(world.haidian_staff) == [Fact.CASE_UNASSIGNED] * 2
    assert (await world.events(case_id))[-1].detail["told"] == [world.haidian_staff, colleague]


async def test_at_20_and_23_hours_the_street_is_told_together_with_the_lawyer(world: World) -> None:
    async with world.database.begin() as session:
        street = await new_officer(session, "街道干部", JINSONG, world.clock.now())
    case_id = await taken(world)
    for hours in (20, 3):
        world.clock.advance(hours=hours)
        await world.sweep()
    assert await world.told(street) == [Fact.CASE_WAITS] * 2
    assert Fact.CASE_WAITS not in await world.told(world.staff)
    lines = [line.detail for line in await world.events(case_id) if line.action == "case.reminded"]
    assert [(line["step"], line.get("for_also"), line["told"]) for line in lines] == [
        (2, [0, 1], [world.lawyer, street]),
        (3, None, [world.lawyer, street]),
    ]


async def test_no_alarm_about_a_case_finds_the_accused_employers_chair_though_they_are_staff(world: World) -> None:
    async with world.database.begin() as session:
        name = "劲松饭店有限公司工会"
        session.add(Unit(id=50, kind=UnitKind.WORKPLACE, name=name, short=name, parent_id=JINSONG, path="1.2.4.50."))
        street = await new_officer(session, "街道干部", JINSONG, world.clock.now())
        await people.grant(session, person_id=street, role=Role.CHAIR, unit_id=UnitId(50), now=world.clock.now())
    case_id = await taken(world)
    for hours in (20, 4, 12):
        world.clock.advance(hours=hours)
        await world.sweep()
    assert await world.told(street) == []
    assert Fact.CASE_WAITS in await world.told(world.staff)  # the rung is as good as empty: the next one above is told
    assert not [line for line in await world.events(case_id) if street in line.detail.get("told", ())]


async def test_staff_hear_nothing_at_the_desk_of_a_case_of_their_own(world: World) -> None:
    await world.new_case(worker_id=world.staff)
    await run_to_breach(world)
    assert await world.told(world.staff) == [Fact.CASE_LATE]
    assert Fact.CASE_OVERDUE in await world.told(world.city_staff)


async def test_a_breach_is_told_to_the_worker_at_every_door_from_which_they_follow_the_case(world: World) -> None:
    case_id = await taken(world)
    async with world.database.begin() as session:
        session.add(CaseFollower(case_id=case_id, person_id=world.other_worker, since=world.clock.now()))
    await run_to_breach(world)
    assert await world.told(world.other_worker) == [Fact.CASE_LATE]


async def test_a_chair_who_reported_an_incident_is_told_at_the_desk_where_they_sit(world: World) -> None:
    case_id = await world.new_case(kind="incident", worker_id=world.chair, intake=Intake.CHAIR)
    await world.contact(case_id)
    await world.close(case_id)
    world.clock.advance(days=3)
    await world.sweep()
    async with world.database.begin() as session:
        sides = await session.execute(sa.select(OutboxRow.kind, OutboxRow.side).where(OutboxRow.person_id == world.chair))
        assert (Fact.RATING_ASKED, DESK) in [(kind, side) for kind, side in sides]


async def test_a_breach_tells_the_worker_once_and_never_again(world: World) -> None:
    await world.new_case()
    await run_to_breach(world)
    assert (await world.told(world.worker)).count(Fact.CASE_LATE) == 1
    world.clock.advance(hours=12)
    await world.sweep()
    assert (await world.told(world.worker)).count(Fact.CASE_LATE) == 1


async def test_a_rung_with_nobody_on_it_passes_the_alarm_to_the_next_one_above(world: World) -> None:
    await taken(world)  # 劲松 has a chair and a lawyer, but no staff
    await run_to_breach(world)
    assert Fact.CASE_OVERDUE in await world.told(world.staff)
    assert await world.told(world.chair) == []


async def test_staff_of_the_street_are_told_together_with_the_district(world: World) -> None:
    async with world.database.begin() as session:
        street = await new_officer(session, "街道干部", JINSONG, world.clock.now())
    await taken(world)
    await run_to_breach(world)
    assert Fact.CASE_OVERDUE in await world.told(street)
    assert await world.told(world.staff) == [Fact.CASE_OVERDUE]
    assert await world.told(world.city_staff) == []


async def test_a_rung_whose_people_all_have_their_doors_shut_passes_the_alarm_on(world: World) -> None:
    await world.new_case()
    await close_doors(world, world.staff)
    await run_to_breach(world)
    assert Fact.CASE_OVERDUE in await world.told(world.city_staff)


async def test_when_nobody_at_all_can_be_reached_the_alarm_still_waits_for_those_of_the_rung(world: World) -> None:
    await world.new_case()
    await close_doors(world, world.staff, world.city_staff)
    await run_to_breach(world)
    assert Fact.CASE_OVERDUE in await world.told(world.staff)


async def test_whose_role_was_taken_away_is_not_told(world: World) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.update(RoleGrant).where(RoleGrant.person_id == world.staff).values(revoked_at=world.clock.now()))
    await taken(world)
    await run_to_breach(world)
    assert await world.told(world.staff) == []
    assert await world.told(world.city_staff) == [Fact.CASE_OVERDUE]


async def test_at_36_hours_the_city_is_told_as_well(world: World) -> None:
    await world.new_case()
    await run_to_breach(world)
    world.clock.advance(hours=12)
    await world.sweep()
    assert await world.told(world.city_staff) == [Fact.CASE_OVERDUE]
    assert (await world.told(world.staff)).count(Fact.CASE_OVERDUE) == 2


async def test_district_and_city_are_told_again_every_12_hours_until_somebody_comes(world: World) -> None:
    case_id = await world.new_case()
    await run_to_breach(world)
    for _ in range(4):
        world.clock.advance(hours=12)
        await world.sweep()
    assert (await world.told(world.city_staff)).count(Fact.CASE_OVERDUE) == 4
    await world.contact(case_id)
    world.clock.advance(hours=12)
    await world.sweep()
    assert (await world.told(world.city_staff)).count(Fact.CASE_OVERDUE) == 4


async def test_other_districts_hear_nothing(world: World) -> None:
    await world.new_case()
    world.clock.advance(hours=60)
    await world.sweep()
    assert await world.told(world.haidian_staff) == []


async def test_a_case_without_any_staff_above_it_still_breaches_and_says_that_nobody_was_told(world: World) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.delete(RoleGrant).where(RoleGrant.role == Role.STAFF))
    case_id = await world.new_case()
    await run_to_breach(world)
    assert (await world.case(case_id)).overdue
    async with world.database.begin() as session:
        assert (await session.scalars(sa.select(Rung.told))).one() == 0


async def test_breach_and_escalation_are_written_to_the_history_with_who_was_told(world: World) -> None:
    case_id = await taken(world)
    await run_to_breach(world)
    world.clock.advance(hours=12)
    await world.sweep()
    events = {event.action: event.detail for event in await world.events(case_id)}
    clock = (await world.deadline(case_id)).id
    assert events["case.overdue"] == {
        "rule": "intervention", "deadline": clock, "step": 4, "for_also": [0, 1, 2, 3], "unit": CHAOYANG, "told": [world.staff],
    }  # fmt: skip
    assert events["case.escalated"]["told"] == [world.staff, world.city_staff]


async def test_the_words_of_a_fact_carry_the_case_and_the_deadline_that_a_button_needs(world: World) -> None:
    case_id = await taken(world)
    await run_to_breach(world)
    async with world.database.begin() as session:
        params = await session.scalar(sa.select(OutboxRow.params).where(OutboxRow.kind == Fact.CASE_OVERDUE))
    assert params == {
        "case": case_id, "deadline": (await world.deadline(case_id)).id, "step": 4, "unit": JINSONG, "rule": "intervention",
    }  # fmt: skip


async def test_acting_twice_on_the_same_step_tells_nobody_twice(world: World) -> None:
    """A process that dies between two commits takes the step again after it comes back."""
    case_id = await world.new_case()
    await run_to_breach(world)
    told = await world.told()
    deadline = await world.deadline(case_id)
    async with world.database.begin() as session:
        await session.execute(sa.update(Deadline).where(Deadline.id == deadline.id).values(step=4, next_at=world.clock.now()))
    await world.sweep()
    assert await world.told() == told


# ---- following up


async def test_after_contact_the_lawyer_is_asked_for_news_every_seven_days(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    world.clock.advance(days=6, hours=23)
    await world.sweep()
    assert Fact.FOLLOW_UP_DUE not in await world.told(world.lawyer)
    world.clock.advance(hours=1)
    await world.sweep()
    world.clock.advance(days=7)
    await world.sweep()
    assert (await world.told(world.lawyer)).count(Fact.FOLLOW_UP_DUE) == 2


async def test_each_word_to_the_worker_starts_the_seven_days_again(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    world.clock.advance(days=5)
    await world.contact(case_id)
    world.clock.advance(days=6)
    await world.sweep()
    assert Fact.FOLLOW_UP_DUE not in await world.told(world.lawyer)
    world.clock.advance(days=1)
    await world.sweep()
    assert Fact.FOLLOW_UP_DUE in await world.told(world.lawyer)


async def test_the_first_contact_is_one_and_a_second_message_changes_nothing_of_it(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    first = (await world.case(case_id)).intervened_at
    world.clock.advance(hours=1)
    await world.contact(case_id)
    assert (await world.case(case_id)).intervened_at == first
    assert (await world.history(case_id)).count("case.intervened") == 1


# ---- at the same moment


async def test_contact_and_breach_at_the_same_moment_wait_for_each_other_instead_of_locking_up(world: World) -> None:
    """The message reaches the worker (case, then deadline) while the clock takes the breach (deadline, then case)."""
    case_id = await world.new_case()
    message = await world.write(case_id, world.lawyer)
    world.clock.advance(hours=24)
    async with world.database.connect() as connection:
        ids = await deadlines.claim(connection, owner=OWNER, now=world.clock.now(), limit=10)

    async def breach() -> int:
        async with world.database.begin() as session:
            return await deadlines.act(session, ids, owner=OWNER, rules=RULES, subjects={"case": CaseClock()}, now=world.clock.now())

    async with world.database.begin() as session:
        case = await session.get_one(Case, case_id, with_for_update=True)
        acting = asyncio.create_task(breach())
        await asyncio.sleep(0.1)
        await cases.intervene(session, case, RULES, world.clock.now(), "message")
    assert await acting == 0
    await world.reached(message)
    assert (await world.deadline(case_id)).status is DeadlineStatus.MISSED


async def test_a_lawyer_on_the_case_of_another_gets_no_reminder(world: World) -> None:
    async with world.database.begin() as session:
        other = await new_lawyer(session, "望京律师", CHAOYANG, world.clock.now())
    await taken(world)
    world.clock.advance(hours=23)
    await world.sweep()
    assert await world.told(other) == []
