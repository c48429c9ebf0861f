"""Days that count in law: what begins with them and ends with them, from a day that may lie far behind (劳动争议调解仲裁法 and others)."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from storage.models import CaseDate, Deadline, DeadlineStatus
from storage.types import CaseId
from tests.union.world import RULES, World
from union import case_dates
from union.alerts import Fact
from union.calendar import beginning_of
from union.case_dates import NotADay
from union.errors import IllegalTransition
from union.paths import date_kinds

TODAY = date(2026, 11, 18)
BEIJING = timezone(timedelta(hours=8))


async def note(world: World, case_id: CaseId, code: str, day: date = TODAY) -> None:
    await world.change(case_id, lambda s, c: case_dates.note(s, c, code, RULES, world.clock.now(), day=day, by=world.lawyer))


async def plain(world: World) -> CaseId:
    """A dispute on which no day is noted yet."""
    return await world.new_case(since=None)


async def terms_running(world: World, case_id: CaseId) -> set[str]:
    return {code for code in await world.running(case_id) if RULES[code].starts[0].startswith("date:")}


def days_before(number: int) -> date:
    return TODAY - timedelta(days=number)


BEGINS = {
    "dispute_arose": {"arbitration_limit", "inspection_limit"},
    "claimed_again": {"arbitration_limit"},
    "employment_ended": {"arbitration_limit_wages"},
    "injured": {"injury_report_30", "injury_claim_1y"},
    "inspection_filed": {"inspection_accept"},
    "inspection_accepted": {"inspection_60"},
    "mediation_accepted": {"mediation_15"},
    "mediation_agreed": {"confirmation_30"},
    "arbitration_filed": {"arbitration_accept"},
    "arbitration_accepted": {"arbitration_45", "arbitration_60"},
    "award_received": {"sue_15"},
    "judgment_received": {"appeal_15"},
    "judgment_effective": {"enforcement_2y"},
    "offer_sent": {"offer_answer_20"},
}

ENDS = {
    "arbitration_filed": ({"dispute_arose", "employment_ended", "mediation_accepted"}, {"inspection_limit", "arbitration_accept"}),
    "inspection_filed": ({"dispute_arose"}, {"arbitration_limit", "inspection_accept"}),
    "inspection_accepted": ({"inspection_filed"}, {"inspection_60"}),
    "injury_claimed": ({"injured"}, set()),
    "mediation_agreed": ({"mediation_accepted"}, {"confirmation_30"}),
    "mediation_confirmed": ({"mediation_agreed"}, set()),
    "arbitration_accepted": ({"arbitration_filed"}, {"arbitration_45", "arbitration_60"}),
    "award_received": ({"arbitration_accepted"}, {"sue_15"}),
    "suit_filed": ({"award_received"}, set()),
    "appeal_filed": ({"judgment_received"}, set()),
    "enforcement_filed": ({"judgment_effective"}, set()),
    "offer_answered": ({"offer_sent"}, set()),
}


@pytest.mark.parametrize("code", sorted(date_kinds()))
async def test_a_day_begins_these_terms_and_no_others(world: World, code: str) -> None:
    case_id = await plain(world)
    await note(world, case_id, code)
    assert await terms_running(world, case_id) == BEGINS.get(code, set())


@pytest.mark.parametrize("code", sorted(ENDS))
async def test_a_day_ends_the_terms_that_wait_for_it(world: World, code: str) -> None:
    before, still = ENDS[code]
    case_id = await plain(world)
    for earlier in sorted(before):
        await note(world, case_id, earlier)
    await note(world, case_id, code)
    assert await terms_running(world, case_id) == still


def test_every_day_that_can_be_noted_begins_or_ends_something() -> None:
    assert set(BEGINS) | set(ENDS) == set(date_kinds())


# ---- how a term is counted


@pytest.mark.parametrize(
    ("code", "rule", "days"),
    [
        ("dispute_arose", "arbitration_limit", 365),
        ("award_received", "sue_15", 15),
        ("judgment_received", "appeal_15", 15),
        ("judgment_effective", "enforcement_2y", 730),
        ("injured", "injury_claim_1y", 365),
        ("arbitration_accepted", "arbitration_45", 45),
    ],
)
async def test_a_term_is_counted_from_the_beginning_of_the_day_in_beijing(world: World, code: str, rule: str, days: int) -> None:
    case_id = await plain(world)
    await note(world, case_id, code, days_before(3))
    deadline = await world.deadline(case_id, rule)
    assert deadline.started_at == datetime(2026, 11, 15, tzinfo=BEIJING)
    assert deadline.due_at == datetime(2026, 11, 15, tzinfo=BEIJING) + timedelta(days=days)


async def test_warnings_that_lie_behind_are_left_out_and_those_to_come_are_given_to_worker_and_lawyer(world: World) -> None:
    case_id = await plain(world)
    await world.contact(case_id)
    await note(world, case_id, "award_received", days_before(8))  # the warning of the 7th day lies behind
    await world.sweep()
    assert Fact.TERM_WARNING not in await world.told(world.worker)
    world.clock.advance(days=7)
    await world.sweep()
    for person, fact in ((world.worker, Fact.TERM_WARNING), (world.lawyer, Fact.TERM_NEAR)):
        assert (await world.told(person)).count(fact) == 1  # 11th and 14th day were slept through together: one word stands for both
    assert (await world.deadline(case_id, "sue_15")).status is DeadlineStatus.MISSED  # its last day has come


async def test_of_a_term_that_is_over_nothing_is_begun(world: World) -> None:
    case_id = await plain(world)
    await note(world, case_id, "award_received", days_before(16))
    assert await terms_running(world, case_id) == set()


async def test_the_latest_of_a_kind_holds_and_what_ran_from_the_one_before_ends(world: World) -> None:
    case_id = await plain(world)
    await note(world, case_id, "award_received", days_before(10))
    await note(world, case_id, "award_received", days_before(2))
    async with world.database.begin() as session:
        statuses = list(await session.scalars(sa.select(Deadline.status).where(Deadline.rule == "sue_15").order_by(Deadline.id)))
        assert (await case_dates.of_case(session, case_id)) == {"award_received": days_before(2)}
    assert statuses == [DeadlineStatus.CANCELLED, DeadlineStatus.LIVE]
    assert (await world.deadline(case_id, "sue_15")).started_at == beginning_of(days_before(2))


async def test_a_claim_against_the_employer_begins_the_year_anew(world: World) -> None:
    case_id = await plain(world)
    await note(world, case_id, "dispute_arose", days_before(300))
    await note(world, case_id, "claimed_again", days_before(5))
    assert (await world.deadline(case_id, "arbitration_limit")).started_at == beginning_of(days_before(5))


async def test_with_a_new_dispute_the_day_the_trouble_began_is_noted_at_once(world: World) -> None:
    case_id = await world.new_case(since=days_before(100))
    assert await terms_running(world, case_id) == {"arbitration_limit", "inspection_limit"}
    async with world.database.begin() as session:
        assert await case_dates.of_case(session, case_id) == {"dispute_arose": days_before(100)}


@pytest.mark.parametrize("kind", ["complaint", "help", "suggestion", "incident"])
async def test_the_law_of_disputes_runs_on_no_other_kind_of_case(world: World, kind: str) -> None:
    case_id = await world.new_case(kind=kind, since=days_before(100))
    assert await terms_running(world, case_id) == set()


async def test_a_trouble_older_than_any_term_is_taken_in_without_one(world: World) -> None:
    case_id = await world.new_case(since=date(1998, 7, 1))
    assert (await world.case(case_id)).since == date(1998, 7, 1)
    assert await terms_running(world, case_id) == set()


# ---- what is refused


@pytest.mark.parametrize("day", [date(1990, 1, 1), date(2030, 1, 1), date(2026, 11, 19)])
async def test_a_day_that_cannot_be_meant_is_refused_and_leaves_no_trace(world: World, day: date) -> None:
    case_id = await plain(world)
    before = await world.history(case_id)
    with pytest.raises(NotADay):
        await note(world, case_id, "award_received", day)
    assert await world.history(case_id) == before


async def test_only_a_day_of_payment_may_lie_ahead(world: World) -> None:
    case_id = await plain(world)
    await note(world, case_id, "judgment_effective", date(2027, 3, 1))
    assert (await world.deadline(case_id, "enforcement_2y")).started_at == beginning_of(date(2027, 3, 1))
    assert {code for code, kind in date_kinds().items() if kind.ahead} == {"judgment_effective"}


async def test_a_kind_of_day_that_there_is_not_is_refused(world: World) -> None:
    case_id = await plain(world)
    with pytest.raises(KeyError):
        await note(world, case_id, "full_moon")


async def test_on_an_ended_case_no_day_is_noted(world: World) -> None:
    case_id = await plain(world)
    await world.withdraw(case_id)
    with pytest.raises(IllegalTransition):
        await note(world, case_id, "award_received")


async def test_every_day_that_was_noted_stands_in_the_history_and_none_is_overwritten(world: World) -> None:
    case_id = await plain(world)
    for ago in (10, 2):
        await note(world, case_id, "award_received", days_before(ago))
    lines = [line for line in await world.events(case_id) if line.action == "case.date_noted"]
    assert [(line.actor_id, line.detail) for line in lines] == [
        (world.lawyer, {"code": "award_received", "day": "2026-11-08"}),
        (world.lawyer, {"code": "award_received", "day": "2026-11-16"}),
    ]
    async with world.database.begin() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(CaseDate)) == 2


# ---- the end of a case, and after


async def test_the_terms_end_with_the_case_and_run_on_when_it_is_reopened(world: World) -> None:
    case_id = await plain(world)
    await world.contact(case_id)
    await note(world, case_id, "dispute_arose", days_before(100))
    await note(world, case_id, "arbitration_filed", days_before(3))
    running = await terms_running(world, case_id)
    assert running == {"inspection_limit", "arbitration_accept"}
    await world.close(case_id)
    assert await terms_running(world, case_id) == set()
    await world.reopen(case_id)
    assert await terms_running(world, case_id) == running
    assert (await world.deadline(case_id, "inspection_limit")).started_at == beginning_of(days_before(100))


async def test_a_term_that_ran_out_while_the_case_was_closed_does_not_come_back(world: World) -> None:
    case_id = await plain(world)
    await world.contact(case_id)
    await note(world, case_id, "award_received", days_before(1))
    await world.close(case_id)
    world.clock.advance(days=20)
    await world.reopen(case_id)
    assert await terms_running(world, case_id) == set()


async def test_the_laws_terms_do_not_wait_while_the_worker_cannot_be_reached(world: World) -> None:
    case_id = await plain(world)
    await note(world, case_id, "award_received")
    due_at = (await world.deadline(case_id, "sue_15")).due_at
    await world.pause(case_id)
    world.clock.advance(days=3)
    await world.resume(case_id)
    assert (await world.deadline(case_id, "sue_15")).due_at == due_at
