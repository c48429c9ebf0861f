"""Whom the clock of a case tells, and when: lawyer, staff rung by rung, the worker; and nobody whom it must not find."""

from __future__ import annotations

import sqlalchemy as sa

from storage.models import (
    CaseFollower,
    Conversation,
    Deadline,
    Intake,
    OutboxRow,
    Role,
    RoleGrant,
    Rung,
    Unit,
    UnitKind,
)
from storage.types import PersonId, UnitId
from tests.union.world import CHAOYANG, HAIDIAN, JINSONG, ZHONGGUANCUN, World, new_officer
from union import people
from union.alerts import DESK, Fact


async def close_doors(world: World, *person_ids: PersonId) -> None:
    async with world.database.begin() as session:
        await session.execute(
            sa.update(Conversation).where(Conversation.person_id.in_(person_ids)).values(unreachable_since=world.clock.now())
        )


# ---- whom it tells


async def test_the_lawyer_is_reminded_at_2_12_20_and_23_hours(world: World) -> None:
    await world.taken()
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
    case_id = await world.taken()
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
    case_id = await world.taken()
    for hours in (20, 4, 12):
        world.clock.advance(hours=hours)
        await world.sweep()
    assert await world.told(street) == []
    assert Fact.CASE_WAITS in await world.told(world.staff)  # the rung is as good as empty: the next one above is told
    assert not [line for line in await world.events(case_id) if street in line.detail.get("told", ())]


async def test_staff_hear_nothing_at_the_desk_of_a_case_of_their_own(world: World) -> None:
    await world.new_case(worker_id=world.staff)
    await world.run_to_breach()
    assert await world.told(world.staff) == [Fact.CASE_LATE]
    assert Fact.CASE_OVERDUE in await world.told(world.city_staff)


async def test_a_breach_is_told_to_the_worker_at_every_door_from_which_they_follow_the_case(world: World) -> None:
    case_id = await world.taken()
    async with world.database.begin() as session:
        session.add(CaseFollower(case_id=case_id, person_id=world.other_worker, since=world.clock.now()))
    await world.run_to_breach()
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
    await world.run_to_breach()
    assert (await world.told(world.worker)).count(Fact.CASE_LATE) == 1
    world.clock.advance(hours=12)
    await world.sweep()
    assert (await world.told(world.worker)).count(Fact.CASE_LATE) == 1


async def test_a_rung_with_nobody_on_it_passes_the_alarm_to_the_next_one_above(world: World) -> None:
    await world.taken()  # 劲松 has a chair and a lawyer, but no staff
    await world.run_to_breach()
    assert Fact.CASE_OVERDUE in await world.told(world.staff)
    assert await world.told(world.chair) == []


async def test_staff_of_the_street_are_told_together_with_the_district(world: World) -> None:
    async with world.database.begin() as session:
        street = await new_officer(session, "街道干部", JINSONG, world.clock.now())
    await world.taken()
    await world.run_to_breach()
    assert Fact.CASE_OVERDUE in await world.told(street)
    assert await world.told(world.staff) == [Fact.CASE_OVERDUE]
    assert await world.told(world.city_staff) == []


async def test_a_rung_whose_people_all_have_their_doors_shut_passes_the_alarm_on(world: World) -> None:
    await world.new_case()
    await close_doors(world, world.staff)
    await world.run_to_breach()
    assert Fact.CASE_OVERDUE in await world.told(world.city_staff)


async def test_when_nobody_at_all_can_be_reached_the_alarm_still_waits_for_those_of_the_rung(world: World) -> None:
    await world.new_case()
    await close_doors(world, world.staff, world.city_staff)
    await world.run_to_breach()
    assert Fact.CASE_OVERDUE in await world.told(world.staff)


async def test_whose_role_was_taken_away_is_not_told(world: World) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.update(RoleGrant).where(RoleGrant.person_id == world.staff).values(revoked_at=world.clock.now()))
    await world.taken()
    await world.run_to_breach()
    assert await world.told(world.staff) == []
    assert await world.told(world.city_staff) == [Fact.CASE_OVERDUE]


async def test_at_36_hours_the_city_is_told_as_well(world: World) -> None:
    await world.new_case()
    await world.run_to_breach()
    world.clock.advance(hours=12)
    await world.sweep()
    assert await world.told(world.city_staff) == [Fact.CASE_OVERDUE]
    assert (await world.told(world.staff)).count(Fact.CASE_OVERDUE) == 2


async def test_district_and_city_are_told_again_every_12_hours_until_somebody_comes(world: World) -> None:
    case_id = await world.new_case()
    await world.run_to_breach()
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
    await world.run_to_breach()
    assert (await world.case(case_id)).overdue
    async with world.database.begin() as session:
        assert (await session.scalars(sa.select(Rung.told))).one() == 0


async def test_breach_and_escalation_are_written_to_the_history_with_who_was_told(world: World) -> None:
    case_id = await world.taken()
    await world.run_to_breach()
    world.clock.advance(hours=12)
    await world.sweep()
    events = {event.action: event.detail for event in await world.events(case_id)}
    clock = (await world.deadline(case_id)).id
    assert events["case.overdue"] == {
        "rule": "intervention", "deadline": clock, "step": 4, "for_also": [0, 1, 2, 3], "unit": CHAOYANG, "told": [world.staff],
    }  # fmt: skip
    assert events["case.escalated"]["told"] == [world.staff, world.city_staff]


async def test_the_words_of_a_fact_carry_the_case_and_the_deadline_that_a_button_needs(world: World) -> None:
    case_id = await world.taken()
    await world.run_to_breach()
    async with world.database.begin() as session:
        params = await session.scalar(sa.select(OutboxRow.params).where(OutboxRow.kind == Fact.CASE_OVERDUE))
    assert params == {
        "case": case_id, "deadline": (await world.deadline(case_id)).id, "step": 4, "unit": JINSONG, "rule": "intervention",
    }  # fmt: skip


async def test_acting_twice_on_the_same_step_tells_nobody_twice(world: World) -> None:
    """A process that dies between two commits takes the step again after it comes back."""
    case_id = await world.new_case()
    await world.run_to_breach()
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
