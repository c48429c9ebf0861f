"""Figures against a handful of cases whose figures were worked out by hand, and every border of what is counted."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from storage.models import Case, CaseKind, CaseStatus, Outcome, Role, Unit, UnitKind
from storage.types import CaseId, PersonId, UnitId
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, RULES, WANGJING, ZHONGGUANCUN, World, new_officer
from union import cases, figures, people
from union.errors import NotFound
from union.figures import By, Figures, Row, share
from union.periods import Period, year_of

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

_codes = itertools.count(10_000_000)


async def put(world: World, **given: Any) -> CaseId:
    """A dispute about wages in 劲松, received half a day ago, as it would stand in the table."""
    received = given.pop("received_at", world.clock.now() - 12 * HOUR)
    values: dict[str, Any] = {
        "code": str(next(_codes)), "kind": CaseKind.DISPUTE, "topic": "wages", "status": CaseStatus.ASSIGNED, "worker_id": world.worker,
        "anonymous": True, "story": "老板拖欠我两个月工资", "employer": "劲松饭店", "unit_id": JINSONG, "lawyer_id": world.lawyer,
        "received_at": received, "due_at": received + DAY,
    }  # fmt: skip
    values |= given
    case = Case(**values, employer_index=values["employer"])
    async with world.database.begin() as session:
        session.add(case)
        await session.flush()
        return case.id


async def reached(world: World, after: timedelta, **given: Any) -> CaseId:
    """A case received two days ago, whose lawyer reached the worker so long after it came in."""
    received = given.pop("received_at", world.clock.now() - 2 * DAY)
    late = after >= DAY
    return await put(
        world, **{"received_at": received, "intervened_at": received + after, "status": CaseStatus.INTERVENED, "overdue": late} | given
    )


async def closed(world: World, outcome: Outcome, recovered: str | None = None, **given: Any) -> CaseId:
    """A case that was reached within an hour and ended."""
    ended = {"status": CaseStatus.CLOSED, "closed_at": world.clock.now(), "outcome": outcome}
    return await reached(world, HOUR, **ended, recovered=None if recovered is None else Decimal(recovered), **given)


async def rated(world: World, mark: int, **given: Any) -> CaseId:
    """A case that was settled and got a mark."""
    case_id = await closed(world, Outcome.SETTLED, **given)
    async with world.database.begin() as session:
        await session.execute(sa.update(Case).where(Case.id == case_id).values(status=CaseStatus.RATED, rating=mark))
    return case_id


async def seen_by(world: World, person_id: PersonId, unit_id: UnitId | None = None, period: Period = NOVEMBER) -> Figures:
    actor = await world.actor(person_id)
    async with world.database.begin() as session:
        scope = await figures.scope_of(session, actor, period, unit_id)
        return await figures.figures(session, scope, RULES, world.clock.now())


async def total(world: World) -> Figures:
    return await seen_by(world, world.city_staff)


async def by(world: World, what: By, person_id: PersonId, unit_id: UnitId | None = None, period: Period = NOVEMBER) -> list[Row]:
    actor = await world.actor(person_id)
    async with world.database.begin() as session:
        scope = await figures.scope_of(session, actor, period, unit_id)
        return await figures.broken_down(session, scope, what, RULES, world.clock.now())


def counted(rows: Sequence[Row]) -> list[tuple[Any, int]]:
    return [(row.key, row.figures.cases) for row in rows]


# ---- the whole, worked out by hand


async def test_a_handful_of_cases_comes_to_what_was_worked_out_by_hand(world: World) -> None:
    for hours in (1, 2, 3, 4):
        await reached(world, hours * HOUR)
    await reached(world, 30 * HOUR)
    await put(world)
    await closed(world, Outcome.MEDIATED, "20000.50")
    await closed(world, Outcome.ARBITRATION, "0")
    await closed(world, Outcome.ADVISED)
    await closed(world, Outcome.WITHDRAWN)
    await put(
        world, kind=CaseKind.HELP, status=CaseStatus.CLOSED, closed_at=world.clock.now(), outcome=Outcome.HELPED, recovered=Decimal("1.25")
    )
    found = await total(world)
    # Reached: after 1 1 1 1 1 2 3 4 30 hours; the middle one is the fifth, and nine tenths of the way lie 0.2 behind the eighth: 4 + 0.2 × 26.
    assert (found.cases, found.on_time, found.late, found.running, found.ended) == (11, 8, 1, 1, 1)
    assert (found.decided, found.on_time_rate) == (9, Decimal("0.888"))
    assert (found.median, found.p90, found.worst) == (HOUR, timedelta(hours=9.2), 30 * HOUR)
    assert (found.closed, found.settled, found.referred, found.withdrawn) == (4, 2, 1, 1)
    assert found.recovered == Decimal("20001.75")


async def test_where_there_is_no_case_nothing_is_counted_and_no_share_is_made_up(world: World) -> None:
    found = await total(world)
    assert (found.cases, found.decided, found.on_time_rate, found.median, found.p90, found.worst) == (0, 0, None, None, None, None)
    assert (found.recovered, found.content_rate, found.reaches_goal) == (Decimal(0), None, False)


# ---- the clock


async def test_not_yet_due_is_not_decided(world: World) -> None:
    await put(world, received_at=world.clock.now() - DAY + timedelta(seconds=1))
    assert ((await total(world)).running, (await total(world)).decided) == (1, 0)


async def test_at_the_due_time_itself_it_is_late_even_before_the_clock_has_looked(world: World) -> None:
    await put(world, received_at=world.clock.now() - DAY)
    assert (await total(world)).late == 1


async def test_contact_at_the_due_time_itself_is_late(world: World) -> None:
    await reached(world, DAY, overdue=False)
    assert ((await total(world)).late, (await total(world)).on_time) == (1, 0)


async def test_contact_a_second_before_is_on_time(world: World) -> None:
    await reached(world, DAY - timedelta(seconds=1))
    assert ((await total(world)).late, (await total(world)).on_time) == (0, 1)


async def test_the_mark_of_an_overdue_case_stays_whatever_came_after(world: World) -> None:
    await put(world, overdue=True, due_at=world.clock.now() + HOUR)
    assert (await total(world)).late == 1


async def test_a_clock_that_stands_still_is_not_decided(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=20)
    async with world.database.begin() as session:
        await cases.pause(session, await session.get_one(Case, case_id), RULES, world.clock.now(), by=world.staff)
    world.clock.advance(days=5)
    assert ((await total(world)).paused, (await total(world)).decided) == (1, 0)


async def test_a_clock_that_had_run_out_before_it_stood_still_is_late(world: World) -> None:
    received = world.clock.now() - 2 * DAY
    await put(world, received_at=received, paused_at=received + DAY)
    assert ((await total(world)).late, (await total(world)).paused) == (1, 0)


async def test_the_time_that_a_clock_stood_still_is_not_counted(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=20)
    async with world.database.begin() as session:
        await cases.pause(session, await session.get_one(Case, case_id), RULES, world.clock.now(), by=world.staff)
    world.clock.advance(days=5)
    async with world.database.begin() as session:
        await cases.resume(session, await session.get_one(Case, case_id), RULES, world.clock.now(), by=world.staff)
    world.clock.advance(hours=3)
    async with world.database.begin() as session:
        await cases.intervene(session, await session.get_one(Case, case_id), RULES, world.clock.now(), "call")
    found = await total(world)
    assert (found.on_time, found.worst) == (1, 23 * HOUR)


async def test_withdrawn_before_contact_is_not_decided(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=23)
    async with world.database.begin() as session:
        await cases.withdraw(session, await session.get_one(Case, case_id), world.worker, RULES, world.clock.now())
    world.clock.advance(days=2)
    found = await total(world)
    assert (found.ended, found.decided, found.withdrawn) == (1, 0, 1)


async def test_withdrawn_after_the_clock_ran_out_is_late(world: World) -> None:
    received = world.clock.now() - 2 * DAY
    await put(world, received_at=received, status=CaseStatus.WITHDRAWN, outcome=Outcome.WITHDRAWN, closed_at=received + DAY)
    assert ((await total(world)).late, (await total(world)).ended) == (1, 0)


async def test_a_duplicate_merged_before_contact_is_counted_once_more_but_not_decided(world: World) -> None:
    first = await reached(world, HOUR)
    await put(world, status=CaseStatus.MERGED, merged_into_id=first)
    found = await total(world)
    assert (found.cases, found.merged, found.ended, found.decided) == (2, 1, 1, 1)


async def test_a_case_taken_up_again_is_counted_by_its_new_clock(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=10)
    async with world.database.begin() as session:
        case = await session.get_one(Case, case_id)
        await cases.withdraw(session, case, world.worker, RULES, world.clock.now())
    world.clock.advance(days=3)
    async with world.database.begin() as session:
        case = await session.get_one(Case, case_id)
        await cases.reopen(session, case, RULES, world.clock.now(), by=world.worker)
    assert ((await total(world)).running, (await total(world)).withdrawn) == (1, 0)
    async with world.database.begin() as session:
        await session.execute(
            sa.update(Case)
            .where(Case.id == case_id)
            .values(status=CaseStatus.INTERVENED, lawyer_id=world.lawyer, intervened_at=world.clock.now() + 2 * HOUR)
        )
    found = await total(world)
    assert (found.on_time, found.worst) == (1, 2 * HOUR)


async def test_only_disputes_say_how_long_the_contact_took(world: World) -> None:
    await reached(world, HOUR, kind=CaseKind.COMPLAINT)
    found = await total(world)
    assert (found.on_time, found.median) == (1, None)


# ---- content, and rates


async def test_with_fewer_than_five_ratings_no_share_is_given(world: World) -> None:
    for mark in (5, 5, 5, 5):
        await rated(world, mark)
    found = await total(world)
    assert (found.rated, found.content, found.content_rate, found.reaches_goal) == (4, 4, None, False)


@pytest.mark.parametrize(("low", "rate", "there"), [(3, "0.900", True), (2, "0.900", True), (5, "1.000", True)])
async def test_content_is_four_and_five_of_those_who_rated(world: World, low: int, rate: str, there: bool) -> None:
    for mark in (4, 5, 4, 5, 4, 5, 4, 5, 4, low):
        await rated(world, mark)
    await closed(world, Outcome.SETTLED)
    found = await total(world)
    assert (found.rated, found.content_rate, found.reaches_goal) == (10, Decimal(rate), there)


async def test_just_below_the_goal_is_below_it(world: World) -> None:
    for mark in (1, 4, 4, 4, 4, 4, 4, 4, 4):
        await rated(world, mark)
    found = await total(world)
    assert (found.content_rate, found.reaches_goal) == (Decimal("0.888"), False)


def test_a_share_is_all_only_when_it_is_all() -> None:
    assert share(99_999, 100_000) == Decimal("0.999")
    assert share(7, 7) == 1
    assert share(0, 7) == 0
    assert share(0, 0) is None


# ---- periods


@pytest.mark.parametrize(
    ("received", "belongs"),
    [
        (datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 30, 16, 0, tzinfo=UTC), False),
    ],
)
async def test_a_month_is_one_in_beijing(world: World, received: datetime, belongs: bool) -> None:
    await put(world, received_at=received)
    assert (await total(world)).cases == belongs


async def test_by_month_is_by_the_months_of_beijing_in_order(world: World) -> None:
    for received in (datetime(2026, 9, 30, 16, tzinfo=UTC), datetime(2026, 9, 30, 15, tzinfo=UTC), datetime(2026, 10, 31, 15, tzinfo=UTC)):
        await put(world, received_at=received)
    rows = await by(world, By.MONTH, world.city_staff, period=year_of(date(2026, 1, 1)))
    assert counted(rows) == [(date(2026, 9, 1), 1), (date(2026, 10, 1), 2)]


# ---- by what


async def test_by_unit_goes_one_rung_down_and_gathers_what_is_below(world: World) -> None:
    await put(world, unit_id=JINSONG)
    await put(world, unit_id=WANGJING)
    await put(world, unit_id=CHAOYANG)
    await put(world, unit_id=ZHONGGUANCUN)
    assert counted(await by(world, By.UNIT, world.city_staff)) == [(CHAOYANG, 3), (HAIDIAN, 1)]
    assert counted(await by(world, By.UNIT, world.city_staff, CHAOYANG)) == [(CHAOYANG, 1), (JINSONG, 1), (WANGJING, 1)]
    assert counted(await by(world, By.UNIT, world.city_staff, JINSONG)) == [(JINSONG, 1)]


async def test_a_unit_whose_number_begins_like_anothers_is_not_below_it(world: World) -> None:
    async with world.database.begin() as session:
        session.add(Unit(id=UnitId(21), kind=UnitKind.DISTRICT, name="顺义区总工会", short="顺义", parent_id=CITY, path="1.21."))
    await put(world, unit_id=UnitId(21))
    assert (await seen_by(world, world.staff)).cases == 0
    assert counted(await by(world, By.UNIT, world.city_staff)) == [(21, 1)]


async def test_staff_of_two_units_see_both_side_by_side(world: World) -> None:
    async with world.database.begin() as session:
        for unit_id in (HAIDIAN, JINSONG):  # 劲松 stands below 朝阳 and is not shown beside it
            await people.grant(session, person_id=world.staff, role=Role.STAFF, unit_id=unit_id, now=world.clock.now())
    for unit_id in (JINSONG, WANGJING, ZHONGGUANCUN):
        await put(world, unit_id=unit_id)
    assert counted(await by(world, By.UNIT, world.staff)) == [(CHAOYANG, 2), (HAIDIAN, 1)]
    assert (await seen_by(world, world.staff)).cases == 3


async def test_by_lawyer_topic_and_kind_the_most_come_first(world: World) -> None:
    await put(world)
    await put(world, topic="injury")
    await put(world, topic="injury", lawyer_id=world.pool_lawyer)
    await put(world, topic="injury", kind=CaseKind.COMPLAINT, lawyer_id=None, officer_id=world.staff)
    assert counted(await by(world, By.TOPIC, world.staff)) == [("injury", 3), ("wages", 1)]
    assert counted(await by(world, By.KIND, world.staff)) == [("dispute", 3), ("complaint", 1)]
    assert counted(await by(world, By.LAWYER, world.staff)) == [(world.lawyer, 2), (world.pool_lawyer, 1), (None, 1)]


async def test_every_row_has_figures_of_its_own(world: World) -> None:
    await reached(world, 2 * HOUR, unit_id=JINSONG)
    await closed(world, Outcome.SETTLED, "100", unit_id=JINSONG)
    await reached(world, 25 * HOUR, unit_id=WANGJING)
    there, here = await by(world, By.UNIT, world.staff)
    assert (there.figures.on_time_rate, there.figures.worst, there.figures.recovered) == (Decimal(1), 2 * HOUR, Decimal(100))
    assert (here.figures.on_time_rate, here.figures.worst, here.figures.recovered) == (Decimal(0), 25 * HOUR, Decimal(0))


# ---- who sees what


async def test_staff_see_their_units_and_no_others(world: World) -> None:
    await put(world, unit_id=JINSONG)
    await put(world, unit_id=ZHONGGUANCUN)
    assert ((await seen_by(world, world.staff)).cases, (await seen_by(world, world.haidian_staff)).cases) == (1, 1)
    with pytest.raises(NotFound):
        await seen_by(world, world.staff, ZHONGGUANCUN)
    with pytest.raises(NotFound):
        await seen_by(world, world.staff, CITY)
    with pytest.raises(NotFound):
        await seen_by(world, world.staff, UnitId(999))


@pytest.mark.parametrize("who", ["worker", "lawyer", "chair"])
async def test_who_is_no_staff_sees_no_figures_of_units(world: World, who: str) -> None:
    await put(world)
    for unit_id in (None, JINSONG):
        with pytest.raises(NotFound):
            await seen_by(world, getattr(world, who), unit_id)


async def test_cases_against_the_workplace_that_somebody_chairs_are_not_in_their_figures(world: World) -> None:
    async with world.database.begin() as session:
        workplace = UnitId(70)
        session.add(
            Unit(id=workplace, kind=UnitKind.WORKPLACE, name="劲松饭店有限公司工会", short="劲松饭店", parent_id=JINSONG, path="1.2.4.70.")
        )
        await session.flush()
        both = await new_officer(session, "饭店主席", workplace, world.clock.now(), role=Role.CHAIR)
        await people.grant(session, person_id=both, role=Role.STAFF, unit_id=CHAOYANG, now=world.clock.now())
    await put(world, employer="北京市劲松饭店有限责任公司")
    await put(world, employer="望京书店")
    assert ((await seen_by(world, both)).cases, (await seen_by(world, world.staff)).cases) == (1, 2)


async def test_a_lawyer_sees_their_own_by_month(world: World) -> None:
    await reached(world, HOUR)
    await reached(world, 30 * HOUR, received_at=datetime(2026, 10, 10, tzinfo=UTC))
    await reached(world, HOUR, received_at=datetime(2026, 5, 31, 15, tzinfo=UTC))  # seven months ago
    await reached(world, HOUR, lawyer_id=world.pool_lawyer)
    actor = await world.actor(world.lawyer)
    async with world.database.begin() as session:
        all_of_them, rows = await figures.of_lawyer(session, actor, RULES, world.clock.now())
    assert (all_of_them.cases, all_of_them.on_time, all_of_them.late) == (2, 1, 1)
    assert counted(rows) == [(date(2026, 10, 1), 1), (date(2026, 11, 1), 1)]
