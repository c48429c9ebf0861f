"""What happens to a case from its opening to its end: each change once, with its traces, and the lists in which it stands."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from storage.models import CaseStatus, Outcome, Person
from tests.union.world import HAIDIAN, JINSONG, RULES, WANGJING, World, grievance
from union import cases, people
from union.alerts import Fact
from union.errors import IllegalTransition, NotFound
from union.overview import open_cases

# ---- opening


async def test_a_new_case_has_a_code_a_running_clock_and_its_first_line_of_history(world: World) -> None:
    case_id = await world.new_case(routed=False)
    case = await world.case(case_id)
    assert (case.status, len(case.code), case.received_at, case.overdue) == (CaseStatus.RECEIVED, 8, world.clock.now(), False)
    assert await world.history(case_id) == ["case.received", "case.date_noted"]
    assert await world.running(case_id) == {"intervention", "arbitration_limit", "inspection_limit"}  # the wages are owed since September
    deadline = await world.deadline(case_id)
    assert (deadline.started_at, deadline.due_at, deadline.due_at) == (
        case.received_at,
        case.due_at,
        case.received_at + timedelta(hours=24),
    )


async def test_an_anonymous_case_keeps_neither_name_nor_phone(world: World) -> None:
    async with world.database.begin() as session:
        told = dataclasses.replace(grievance(world.worker), anonymous=True)
        case = await cases.open_case(session, told, RULES, world.clock.now())
    assert (case.contact_name, case.contact_phone) == (None, None)


async def test_what_a_worker_told_stands_nowhere_in_the_database_in_plain_words(world: World) -> None:
    case_id = await world.new_case()
    async with world.database.begin() as session:
        for table in ("case", "case_event", "outbox", "person"):
            rows = await session.scalars(sa.text(f'SELECT t::text FROM "{table}" t'))
            stored = "\n".join(rows) + "\n"
            plain = [word.encode().hex() for word in ("拖欠", "劲松饭店", "张三", "13900001234")]
            assert not [word for word in ("拖欠", "劲松饭店", "张三", "13900001234", *plain) if word in stored], table
    assert (await world.case(case_id)).story == "老板拖欠我两个月工资"


async def test_until_somebody_joins_the_union_their_first_case_says_where_they_belong(world: World) -> None:
    await world.new_case(unit_id=JINSONG)
    await world.new_case(unit_id=WANGJING)
    async with world.database.begin() as session:
        assert (await session.get_one(Person, world.worker)).unit_id == JINSONG


# ---- a button pressed twice


async def test_accepting_twice_is_harmless(world: World) -> None:
    case_id = await world.new_case()
    first = world.clock.now()
    assert await world.change(case_id, lambda s, c: cases.accept(s, c, world.lawyer, RULES, world.clock.now())) is True
    world.clock.advance(minutes=5)
    assert await world.change(case_id, lambda s, c: cases.accept(s, c, world.lawyer, RULES, world.clock.now())) is False
    assert (await world.case(case_id)).accepted_at == first
    assert (await world.told(world.worker)).count(Fact.CASE_ACCEPTED) == 1
    assert (await world.history(case_id)).count("case.accepted") == 1


async def test_accepting_after_contact_changes_nothing(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    assert await world.change(case_id, lambda s, c: cases.accept(s, c, world.lawyer, RULES, world.clock.now())) is False
    assert (await world.case(case_id)).status is CaseStatus.INTERVENED


async def test_only_the_responsible_lawyer_can_accept(world: World) -> None:
    case_id = await world.new_case()
    with pytest.raises(NotFound):
        await world.change(case_id, lambda s, c: cases.accept(s, c, world.pool_lawyer, RULES, world.clock.now()))


async def test_closing_needs_contact_first(world: World) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    with pytest.raises(IllegalTransition):
        await world.close(case_id)


async def test_closing_ends_every_deadline_of_the_work_tells_the_worker_and_a_second_time_changes_nothing(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    assert await world.close(case_id) is True
    assert await world.close(case_id) is False
    case = await world.case(case_id)
    assert (case.outcome, case.recovered, case.outcome_note) == (Outcome.SETTLED, Decimal("8000"), "已到账")
    assert await world.running(case_id) == {"rating", "archive"}  # those that begin with the end
    assert (await world.told(world.worker)).count(Fact.CASE_CLOSED) == 1


async def test_a_case_is_rated_once_after_it_was_closed(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    with pytest.raises(IllegalTransition):
        await world.rate(case_id)
    await world.close(case_id)
    assert await world.rate(case_id, 4) is True
    assert await world.rate(case_id, 1) is False
    assert (await world.case(case_id)).rating == 4
    assert (await world.told(world.lawyer)).count(Fact.CASE_RATED) == 1


@pytest.mark.parametrize("stars", [0, 6, -1])
async def test_a_rating_outside_one_to_five_is_refused(world: World, stars: int) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await world.close(case_id)
    with pytest.raises(ValueError, match="1 to 5"):
        await world.rate(case_id, stars)


async def test_a_worker_takes_their_case_back_once_and_the_lawyer_is_told(world: World) -> None:
    case_id = await world.new_case()
    assert await world.withdraw(case_id) is True
    assert await world.withdraw(case_id) is False
    case = await world.case(case_id)
    assert (case.status, case.outcome, case.closed_at) == (CaseStatus.WITHDRAWN, Outcome.WITHDRAWN, world.clock.now())
    assert (await world.told(world.lawyer)).count(Fact.CASE_WITHDRAWN) == 1


async def test_a_closed_case_cannot_be_taken_back_any_more(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await world.close(case_id)
    with pytest.raises(IllegalTransition):
        await world.withdraw(case_id)


async def test_a_message_that_arrives_after_the_case_was_taken_back_does_not_wake_it(world: World) -> None:
    case_id = await world.new_case()
    message = await world.write(case_id, world.lawyer)
    await world.withdraw(case_id)
    await world.reached(message)
    case = await world.case(case_id)
    assert (case.status, case.intervened_at) == (CaseStatus.WITHDRAWN, None)


# ---- the lists


async def test_a_workers_list_has_open_cases_first_and_nobody_elses(world: World) -> None:
    ended, open_ = await world.new_case(), await world.new_case()
    await world.new_case(worker_id=world.other_worker)
    newest_but_ended = await world.new_case()
    await world.withdraw(ended)
    await world.withdraw(newest_but_ended)
    async with world.database.begin() as session:
        assert [case.id for case in await cases.cases_of_worker(session, world.worker)] == [open_, newest_but_ended, ended]


async def test_a_lawyers_list_has_those_whose_clock_runs_first_the_oldest_on_top(world: World) -> None:
    contacted = await world.new_case()
    await world.contact(contacted)
    world.clock.advance(hours=1)
    older = await world.new_case()
    world.clock.advance(hours=1)
    newer = await world.new_case()
    gone = await world.new_case()
    await world.withdraw(gone)
    async with world.database.begin() as session:
        assert [case.id for case in await cases.cases_of_handler(session, world.lawyer)] == [older, newer, contacted]


async def test_the_boards_list_has_overdue_cases_first_and_only_those_below(world: World) -> None:
    contacted = await world.new_case()
    await world.contact(contacted)
    overdue = await world.new_case()
    world.clock.advance(hours=24)
    await world.sweep()
    fresh = await world.new_case(unit_id=WANGJING)
    elsewhere = await world.new_case(unit_id=HAIDIAN)
    async with world.database.begin() as session:
        district = await open_cases(session, await people.load_actor(session, world.staff))
        city = await open_cases(session, await people.load_actor(session, world.city_staff))
        assert [case.id for case in district] == [overdue, fresh, contacted]
        assert {case.id for case in city} == {overdue, fresh, contacted, elsewhere}
        assert await open_cases(session, await people.load_actor(session, world.chair)) == []
