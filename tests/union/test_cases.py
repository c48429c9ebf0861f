"""The life of a case: each arrow is checked, each change written down for good, and nobody sees what is not theirs."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseEvent, CaseStatus, Deadline, DeadlineStatus, Outcome, Person, Unit, UnitKind
from storage.types import CaseId, PersonId, UnitId
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, RULES, WANGJING, World, grievance, new_officer
from union import cases, people, routing
from union.alerts import Fact
from union.cases import ARROWS
from union.errors import IllegalTransition, NotFound
from union.people import Actor

Action = Callable[[AsyncSession, Case], Awaitable[object]]

ALL = list(CaseStatus)


async def do(world: World, case_id: CaseId, action: Action) -> object:
    """Lets something happen to a case, in a transaction of its own."""
    async with world.database.begin() as session:
        return await action(session, await session.get_one(Case, case_id))


async def close(world: World, case_id: CaseId) -> object:
    lawyer = await world.actor(world.lawyer)
    return await do(
        world,
        case_id,
        lambda s, c: cases.close(s, c, lawyer, outcome=Outcome.SETTLED, recovered=Decimal("8000"), remark="已到账", now=world.clock.now()),
    )


async def rate(world: World, case_id: CaseId, stars: int = 5, by: PersonId | None = None) -> object:
    return await do(world, case_id, lambda s, c: cases.rate(s, c, by or world.worker, stars, world.clock.now()))


async def withdraw(world: World, case_id: CaseId, by: PersonId | None = None) -> object:
    return await do(world, case_id, lambda s, c: cases.withdraw(s, c, by or world.worker, world.clock.now()))


# ---- the arrows


@pytest.mark.parametrize("action", sorted(ARROWS))
def test_each_arrow_leads_from_its_sources_to_its_target_and_every_other_is_refused(action: str) -> None:
    sources, target = ARROWS[action]
    for status in ALL:
        case = Case(status=status)
        if status == target:
            assert cases.move(case, action) is False  # it is there already: a button pressed twice
        elif status in sources:
            assert cases.move(case, action) is True
            assert case.status is target
        else:
            with pytest.raises(IllegalTransition) as error:
                cases.move(case, action)
            assert error.value.status == status
            assert case.status is status


def test_no_arrow_leads_out_of_an_ended_case_except_the_rating() -> None:
    leaving = {action for action, (sources, _) in ARROWS.items() for status in cases.ENDED if status in sources}
    assert leaving == {"rate"}


def test_open_and_ended_are_all_there_is() -> None:
    assert sorted(cases.OPEN + cases.ENDED) == sorted(ALL)


# ---- opening


async def test_a_new_case_has_a_code_a_running_clock_and_its_first_line_of_history(world: World) -> None:
    case_id = await world.new_case(routed=False)
    case = await world.case(case_id)
    assert (case.status, len(case.code), case.received_at, case.overdue) == (CaseStatus.RECEIVED, 8, world.clock.now(), False)
    assert await world.history(case_id) == ["case.received"]
    async with world.database.begin() as session:
        deadline = (await session.scalars(sa.select(Deadline))).one()
    assert (deadline.rule, deadline.started_at) == ("intervention", world.clock.now())


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
    assert await do(world, case_id, lambda s, c: cases.accept(s, c, world.lawyer, world.clock.now())) is True
    world.clock.advance(minutes=5)
    assert await do(world, case_id, lambda s, c: cases.accept(s, c, world.lawyer, world.clock.now())) is False
    assert (await world.case(case_id)).accepted_at == first
    assert (await world.told(world.worker)).count(Fact.CASE_ACCEPTED) == 1
    assert (await world.history(case_id)).count("case.accepted") == 1


async def test_accepting_after_contact_changes_nothing(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    assert await do(world, case_id, lambda s, c: cases.accept(s, c, world.lawyer, world.clock.now())) is False
    assert (await world.case(case_id)).status is CaseStatus.INTERVENED


async def test_only_the_responsible_lawyer_can_accept(world: World) -> None:
    case_id = await world.new_case()
    with pytest.raises(NotFound):
        await do(world, case_id, lambda s, c: cases.accept(s, c, world.pool_lawyer, world.clock.now()))


async def test_closing_needs_contact_first(world: World) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    with pytest.raises(IllegalTransition):
        await close(world, case_id)


async def test_closing_ends_every_deadline_tells_the_worker_and_a_second_time_changes_nothing(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    assert await close(world, case_id) is True
    assert await close(world, case_id) is False
    case = await world.case(case_id)
    assert (case.outcome, case.recovered, case.outcome_note) == (Outcome.SETTLED, Decimal("8000"), "已到账")
    async with world.database.begin() as session:
        live = sa.select(sa.func.count()).select_from(Deadline).where(Deadline.status == DeadlineStatus.LIVE)
        assert await session.scalar(live) == 0
    assert (await world.told(world.worker)).count(Fact.CASE_CLOSED) == 1


async def test_a_case_is_rated_once_after_it_was_closed_by_its_own_worker(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    with pytest.raises(IllegalTransition):
        await rate(world, case_id)
    await close(world, case_id)
    with pytest.raises(NotFound):
        await rate(world, case_id, by=world.other_worker)
    assert await rate(world, case_id, 4) is True
    assert await rate(world, case_id, 1) is False
    assert (await world.case(case_id)).rating == 4
    assert (await world.told(world.lawyer)).count(Fact.CASE_RATED) == 1


@pytest.mark.parametrize("stars", [0, 6, -1])
async def test_a_rating_outside_one_to_five_is_refused(world: World, stars: int) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await close(world, case_id)
    with pytest.raises(ValueError, match="1 to 5"):
        await rate(world, case_id, stars)


async def test_a_worker_takes_their_case_back_once_and_the_lawyer_is_told(world: World) -> None:
    case_id = await world.new_case()
    with pytest.raises(NotFound):
        await withdraw(world, case_id, by=world.other_worker)
    assert await withdraw(world, case_id) is True
    assert await withdraw(world, case_id) is False
    case = await world.case(case_id)
    assert (case.status, case.outcome, case.closed_at) == (CaseStatus.WITHDRAWN, Outcome.WITHDRAWN, world.clock.now())
    assert (await world.told(world.lawyer)).count(Fact.CASE_WITHDRAWN) == 1


async def test_a_closed_case_cannot_be_taken_back_any_more(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await close(world, case_id)
    with pytest.raises(IllegalTransition):
        await withdraw(world, case_id)


async def test_a_message_that_arrives_after_the_case_was_taken_back_does_not_wake_it(world: World) -> None:
    case_id = await world.new_case()
    message = await world.write(case_id, world.lawyer)
    await withdraw(world, case_id)
    await world.reached(message)
    case = await world.case(case_id)
    assert (case.status, case.intervened_at) == (CaseStatus.WITHDRAWN, None)


# ---- the history


@pytest.mark.parametrize("statement", ["UPDATE case_event SET action = 'x'", "DELETE FROM case_event", "UPDATE case_event SET at = now()"])
async def test_the_history_refuses_to_be_changed_or_deleted(world: World, statement: str) -> None:
    await world.new_case()
    async with world.database.begin() as session:
        with pytest.raises(DBAPIError, match="append-only"):
            await session.execute(sa.text(statement))


async def test_the_history_refuses_changes_through_the_models_as_well(world: World) -> None:
    case_id = await world.new_case()
    with pytest.raises(DBAPIError, match="append-only"):
        async with world.database.begin() as session:
            event = (await cases.history(session, case_id))[0]
            event.action = "case.forged"


async def test_a_case_that_went_all_the_way_tells_its_life_in_order(world: World) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    await world.contact(case_id)
    await close(world, case_id)
    await rate(world, case_id)
    assert await world.history(case_id) == [
        "case.received", "case.assigned", "case.accepted", "case.intervened", "case.closed", "case.rated",
    ]  # fmt: skip


async def test_the_history_holds_numbers_and_codes_but_never_a_name(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await close(world, case_id)
    async with world.database.begin() as session:
        stored = " ".join(await session.scalars(sa.select(sa.cast(CaseEvent.detail, sa.Text)).where(CaseEvent.case_id == case_id)))
    assert not [word for word in ("律师", "张三", "饭店", "已到账") if word in stored]


# ---- whose business it is


async def can_see(world: World, case_id: CaseId, actor: Actor) -> bool:
    async with world.database.begin() as session:
        try:
            return (await cases.access_case(session, actor, case_id)).id == case_id
        except NotFound:
            return False


async def test_a_case_is_seen_by_its_worker_its_lawyer_and_the_staff_above_it_only(world: World) -> None:
    case_id = await world.new_case()
    sees = {
        name
        for name in ("worker", "other_worker", "lawyer", "pool_lawyer", "staff", "city_staff", "haidian_staff", "chair")
        if await can_see(world, case_id, await world.actor(getattr(world, name)))
    }
    assert sees == {"worker", "lawyer", "staff", "city_staff"}


async def test_staff_of_one_street_do_not_see_the_next_street_nor_the_district(world: World) -> None:
    async with world.database.begin() as session:
        street = await new_officer(session, "街道干部", WANGJING, world.clock.now())
    actor = await world.actor(street)
    assert await can_see(world, await world.new_case(unit_id=WANGJING), actor)
    assert not await can_see(world, await world.new_case(unit_id=JINSONG), actor)
    assert not await can_see(world, await world.new_case(unit_id=CHAOYANG), actor)


async def test_a_unit_whose_number_begins_alike_is_not_below(world: World) -> None:
    async with world.database.begin() as session:
        session.add(Unit(id=22, kind=UnitKind.DISTRICT, name="丰台区总工会", short="丰台", parent_id=CITY, path="1.22."))
    assert not await can_see(world, await world.new_case(unit_id=UnitId(22)), await world.actor(world.staff))


async def test_a_missing_case_and_somebody_elses_are_the_same_error(world: World) -> None:
    case_id = await world.new_case()
    stranger = await world.actor(world.other_worker)
    code = (await world.case(case_id)).code
    said = []
    async with world.database.begin() as session:
        for wanted in (case_id, CaseId(case_id + 1000)):
            with pytest.raises(NotFound) as error:
                await cases.access_case(session, stranger, wanted)
            said.append((error.type, error.value.args, error.value.code))
        for sought in (code, "00000000"):
            with pytest.raises(NotFound) as error:
                await cases.find_case(session, stranger, sought)
            said.append((error.type, error.value.args, error.value.code))
    assert len(set(said)) == 1


async def test_a_lawyer_who_gave_the_case_back_does_not_see_it_any_more(world: World) -> None:
    case_id = await world.new_case()
    await do(world, case_id, lambda s, c: routing.decline(s, c, world.lawyer, "busy", world.clock.now()))
    assert not await can_see(world, case_id, await world.actor(world.lawyer))


async def test_a_role_that_was_taken_away_reaches_nothing_any_more(world: World) -> None:
    case_id = await world.new_case()
    async with world.database.begin() as session:
        await session.execute(sa.text("UPDATE role_grant SET revoked_at = now() WHERE person_id = :p"), {"p": world.staff})
    assert not await can_see(world, case_id, await world.actor(world.staff))


async def test_a_case_is_found_by_the_code_that_its_worker_knows(world: World) -> None:
    case_id = await world.new_case()
    code = (await world.case(case_id)).code
    async with world.database.begin() as session:
        assert (await cases.find_case(session, Actor(world.worker, ""), code)).id == case_id


# ---- the lists


async def test_a_workers_list_has_open_cases_first_and_nobody_elses(world: World) -> None:
    ended, open_ = await world.new_case(), await world.new_case()
    await world.new_case(worker_id=world.other_worker)
    newest_but_ended = await world.new_case()
    await withdraw(world, ended)
    await withdraw(world, newest_but_ended)
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
    await withdraw(world, gone)
    async with world.database.begin() as session:
        assert [case.id for case in await cases.cases_of_lawyer(session, world.lawyer)] == [older, newer, contacted]


async def test_the_boards_list_has_overdue_cases_first_and_only_those_below(world: World) -> None:
    contacted = await world.new_case()
    await world.contact(contacted)
    overdue = await world.new_case()
    world.clock.advance(hours=24)
    await world.sweep()
    fresh = await world.new_case(unit_id=WANGJING)
    elsewhere = await world.new_case(unit_id=HAIDIAN)
    async with world.database.begin() as session:
        district = await cases.cases_of_units(session, await people.load_actor(session, world.staff))
        city = await cases.cases_of_units(session, await people.load_actor(session, world.city_staff))
        assert [case.id for case in district] == [overdue, fresh, contacted]
        assert {case.id for case in city} == {overdue, fresh, contacted, elsewhere}
        assert await cases.cases_of_units(session, await people.load_actor(session, world.chair)) == []
