"""The one table of a case's life: each change from its sources only, twice is harmless, and every trace of it at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage.models import OPEN_STATUSES, Case, CaseKind, CaseStatus, Deadline, DeadlineStatus
from storage.types import CaseId
from tests.union.world import JINSONG, RULES, World
from union import deadlines
from union.access import MAY
from union.alerts import MEMBER, Fact, side_of
from union.errors import IllegalTransition
from union.lifecycle import AT_WORK, ENDED, OPEN, TRANSITIONS, WAITING, Party, Transition, happened, move, perform
from union.rules import Do, Rule, Step, Whom

ACTIONS = sorted(TRANSITIONS)

LIFE = [
    (action, source, TRANSITIONS[action].target)
    for action in ACTIONS
    for source in TRANSITIONS[action].sources
    if source != TRANSITIONS[action].target
]
"""Every single arrow."""


def target_of(transition: Transition, source: CaseStatus) -> CaseStatus:
    return source if transition.target is None else transition.target


# ---- the table


@pytest.mark.parametrize("action", ACTIONS)
def test_each_change_leads_from_its_sources_to_its_target_and_from_every_other_state_it_is_refused(action: str) -> None:
    transition = TRANSITIONS[action]
    for status in CaseStatus:
        case = Case(status=status, kind=CaseKind.DISPUTE)
        if transition.target is not None and status == transition.target:
            assert move(case, action) is False  # it is there already: a button pressed twice
            assert case.status is status
        elif status in transition.sources:
            assert move(case, action) is True
            assert case.status is target_of(transition, status)
        else:
            with pytest.raises(IllegalTransition) as error:
                move(case, action)
            assert (error.value.status, error.value.action, case.status) == (status, action, status)


def test_out_of_an_ended_case_lead_only_the_rating_a_reopening_and_the_archive() -> None:
    leaving = {(status, action) for action, transition in TRANSITIONS.items() for status in transition.sources if status in ENDED}
    assert leaving == {
        (CaseStatus.CLOSED, "rate"),
        (CaseStatus.CLOSED, "reopen"),
        (CaseStatus.CLOSED, "archive"),
        (CaseStatus.RATED, "reopen"),
        (CaseStatus.RATED, "archive"),
        (CaseStatus.WITHDRAWN, "reopen"),
        (CaseStatus.WITHDRAWN, "reopen_unheard"),
        (CaseStatus.WITHDRAWN, "archive"),
        (CaseStatus.MERGED, "archive"),
    }


def test_open_and_ended_are_all_there_is_and_open_is_waiting_or_at_work() -> None:
    assert sorted(OPEN + ENDED) == sorted(CaseStatus)
    assert set(WAITING) | set(AT_WORK) == set(OPEN) == set(OPEN_STATUSES)
    assert not set(WAITING) & set(AT_WORK)


def test_every_state_can_be_reached_from_the_beginning_and_every_case_can_come_to_an_end() -> None:
    after = {status: {target_of(t, status) for t in TRANSITIONS.values() if status in t.sources} for status in CaseStatus}

    def reached_from(status: CaseStatus) -> set[CaseStatus]:
        found, new = {status}, {status}
        while new:
            new = {target for source in new for target in after[source]} - found
            found |= new
        return found

    assert reached_from(CaseStatus.RECEIVED) == set(CaseStatus)
    assert all(CaseStatus.ARCHIVED in reached_from(status) for status in CaseStatus)


def test_no_two_changes_share_a_name_in_the_history() -> None:
    events = [transition.event for transition in TRANSITIONS.values()]
    assert len(set(events)) == len(events)


def test_what_the_worker_hears_is_told_at_their_counter_and_what_the_handler_hears_at_the_desk() -> None:
    heard = {(t.worker_hears, MEMBER) for t in TRANSITIONS.values()} | {(t.handler_hears, "desk") for t in TRANSITIONS.values()}
    assert [fact for fact, side in heard if fact is not None and side_of(fact) != side] == []


def test_who_may_make_a_change_is_the_same_in_the_table_of_access() -> None:
    assert all(MAY[action] == transition.by - {Party.SYSTEM} for action, transition in TRANSITIONS.items())


@pytest.mark.parametrize(
    ("action", "who"),
    [
        ("accept", {Party.HANDLER}),
        ("intervene", {Party.HANDLER, Party.SYSTEM}),
        ("decline", {Party.HANDLER}),
        ("proceed", {Party.HANDLER}),
        ("close", {Party.HANDLER}),
        ("ask_pause", {Party.HANDLER}),
        ("pause", {Party.STAFF}),  # nobody stops their own clock
        ("rate", {Party.WORKER}),
        ("withdraw", {Party.WORKER}),
        ("reopen", {Party.WORKER, Party.STAFF}),
        ("archive", {Party.SYSTEM}),
        ("unassign", {Party.SYSTEM}),
    ],
)
def test_what_matters_most_may_be_done_by_these_and_nobody_else(action: str, who: set[Party]) -> None:
    assert TRANSITIONS[action].by == who


# ---- a change with all of its traces


async def stand(world: World, status: CaseStatus) -> CaseId:
    """A dispute of the lawyer's that stands at some point of its life, with nothing told yet."""
    case_id = await world.new_case()
    async with world.database.begin() as session:
        await session.execute(sa.update(Case).values(status=status))
        await session.execute(sa.text("DELETE FROM outbox"))
    return case_id


@pytest.mark.parametrize(("action", "source", "target"), LIFE)
async def test_a_change_moves_the_case_writes_its_line_and_tells_whom_the_table_names(
    world: World, action: str, source: CaseStatus, target: CaseStatus | None
) -> None:
    case_id, now, transition = await stand(world, source), world.clock.now(), TRANSITIONS[action]
    assert await world.change(case_id, lambda s, c: perform(s, c, action, RULES, now, by=world.staff, reason="x"))
    assert (await world.case(case_id)).status is (target or source)
    line = (await world.events(case_id))[-1]
    assert (line.action, line.actor_id, line.at, line.detail) == (f"case.{transition.event}", world.staff, now, {"reason": "x"})
    assert await world.told(world.worker) == [fact for fact in [transition.worker_hears] if fact]
    assert await world.told(world.lawyer) == [fact for fact in [transition.handler_hears] if fact]


@pytest.mark.parametrize("action", [action for action in ACTIONS if TRANSITIONS[action].target is not None])
async def test_the_same_change_a_second_time_leaves_no_trace(world: World, action: str) -> None:
    case_id = await stand(world, next(s for s in TRANSITIONS[action].sources if s != TRANSITIONS[action].target))
    traces = []
    for expected in (True, False):
        assert await world.change(case_id, lambda s, c: perform(s, c, action, RULES, world.clock.now(), by=world.staff)) is expected
        traces.append((await world.history(case_id), await world.told(), await world.running(case_id)))
        world.clock.advance(minutes=1)
    assert traces[0] == traces[1]


async def test_a_change_that_is_refused_leaves_no_trace(world: World) -> None:
    case_id = await stand(world, CaseStatus.CLOSED)
    before = await world.history(case_id)
    with pytest.raises(IllegalTransition):
        await world.change(case_id, lambda s, c: perform(s, c, "proceed", RULES, world.clock.now(), by=world.lawyer))
    assert (await world.history(case_id), await world.told()) == (before, [])


async def test_who_made_a_change_is_not_told_of_it(world: World) -> None:
    case_id = await stand(world, CaseStatus.CLOSED)
    await world.change(case_id, lambda s, c: perform(s, c, "reopen", RULES, world.clock.now(), by=world.lawyer))
    assert await world.told(world.lawyer) == []


async def test_whoever_handles_a_case_hears_that_their_own_message_has_stopped_the_clock(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    assert Fact.CASE_INTERVENED in await world.told(world.lawyer)


# ---- the deadlines that hang on a change


def rule(code: str, **hangs_on: tuple[str, ...]) -> Rule:
    step = Step(timedelta(days=1), Do.REMIND, (Whom.HANDLER,))
    return Rule(code, code, "case", "S0", timedelta(days=1), timedelta(days=1), (step,), **hangs_on)  # type: ignore[arg-type]


EVENTS = sorted({t.event for t in TRANSITIONS.values()})


@pytest.mark.parametrize("event", EVENTS)
async def test_a_change_begins_ends_and_counts_anew_the_rules_that_name_it_and_no_others(world: World, event: str) -> None:
    other = "accepted" if event != "accepted" else "closed"
    named = rule("begins", starts=(event,)), rule("ends", stops=(event,)), rule("anew", restarts=(event,))
    unnamed = rule("begins_otherwise", starts=(other,)), rule("ends_otherwise", stops=(other,)), rule("anew_otherwise", restarts=(other,))
    rules = {one.code: one for one in (*named, *unnamed)}
    case_id = await world.new_case(routed=False)
    began = world.clock.now()
    async with world.database.begin() as session:
        await session.execute(sa.delete(Deadline))
        for code in ("ends", "anew", "ends_otherwise", "anew_otherwise"):
            await deadlines.start(session, rules[code], case_id, JINSONG, began)
    world.clock.advance(hours=1)
    await world.change(case_id, lambda s, c: happened(s, c, event, rules, world.clock.now()))
    assert await world.running(case_id) == {"begins", "anew", "ends_otherwise", "anew_otherwise"}
    now = world.clock.now()
    assert {code: (await world.deadline(case_id, code)).started_at for code in ("begins", "anew", "anew_otherwise")} == {
        "begins": now, "anew": now, "anew_otherwise": began,
    }  # fmt: skip
    assert (await world.deadline(case_id, "ends")).status is DeadlineStatus.MET


@pytest.mark.parametrize(
    ("status", "met"),
    [
        (CaseStatus.CLOSED, DeadlineStatus.MET),
        (CaseStatus.WITHDRAWN, DeadlineStatus.CANCELLED),
        (CaseStatus.MERGED, DeadlineStatus.CANCELLED),
        (CaseStatus.ARCHIVED, DeadlineStatus.CANCELLED),
    ],
)
async def test_the_end_of_a_case_ends_everything_that_ran_even_what_does_not_name_it(
    world: World, status: CaseStatus, met: DeadlineStatus
) -> None:
    case_id, rules = await stand(world, status), {"idle": rule("idle")}
    async with world.database.begin() as session:
        await session.execute(sa.delete(Deadline))
        await deadlines.start(session, rules["idle"], case_id, JINSONG, world.clock.now())
    await world.change(case_id, lambda s, c: happened(s, c, status.value, rules, world.clock.now()))
    assert (await world.deadline(case_id, "idle")).status is met


async def test_a_rule_that_begins_twice_runs_once(world: World) -> None:
    case_id, rules = await world.new_case(routed=False), {"begins": rule("begins", starts=("news",))}
    for _ in range(2):
        await world.change(case_id, lambda s, c: happened(s, c, "news", rules, world.clock.now()))
        world.clock.advance(hours=1)
    async with world.database.begin() as session:
        statuses = list(await session.scalars(sa.select(Deadline.status).where(Deadline.rule == "begins").order_by(Deadline.id)))
    assert statuses == [DeadlineStatus.CANCELLED, DeadlineStatus.LIVE]


async def test_a_rule_for_other_kinds_of_case_does_not_begin(world: World) -> None:
    case_id, rules = await world.new_case(routed=False), {"begins": rule("begins", starts=("news",), kinds=("help", "incident"))}
    await world.change(case_id, lambda s, c: happened(s, c, "news", rules, world.clock.now()))
    assert "begins" not in await world.running(case_id)


@pytest.mark.parametrize(
    ("kind", "at_first", "after_contact", "after_the_end"),
    [
        ("dispute", {"intervention", "acceptance"}, {"follow_up"}, {"rating", "archive"}),
        ("complaint", {"contact_letter", "answer"}, {"follow_up", "answer"}, {"rating", "archive"}),
        ("suggestion", {"contact_letter", "answer"}, {"follow_up", "answer"}, {"rating", "archive"}),
        ("help", {"contact_help"}, {"follow_up"}, {"rating", "archive"}),
        ("incident", {"contact_incident"}, {"follow_up"}, {"rating", "archive"}),
    ],
)
async def test_the_rules_that_are_shipped_run_on_each_kind_of_case_like_this(
    world: World, kind: str, at_first: set[str], after_contact: set[str], after_the_end: set[str]
) -> None:
    case_id = await world.new_case(kind=kind, since=None)
    assert await world.running(case_id) == at_first
    await world.contact(case_id)
    assert await world.running(case_id) == after_contact
    await world.close(case_id)
    assert await world.running(case_id) == after_the_end
    await world.reopen(case_id)
    assert await world.running(case_id) == after_contact
