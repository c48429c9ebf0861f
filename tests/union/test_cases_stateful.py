"""Whatever anybody does, in whatever order, and however time passes: what must always be true of every case is true after each step."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule, run_state_machine_as_test
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import VirtualClock
from storage.database import Database
from storage.models import Case, CaseEvent, CaseKind, CaseStatus, Deadline, DeadlineStatus, Outcome
from storage.types import CaseId, PersonId, UnitId
from tests.union.machine import House, few, play
from tests.union.world import CHAOYANG, CITY, JINSONG, RULES, WANGJING, ZHONGGUANCUN, World, new_lawyer, new_officer
from union import case_dates, cases, conflicts, history, invariants, routing
from union.access import MAY, access_case
from union.cases import Marks
from union.errors import UnionError
from union.lifecycle import AT_WORK, OPEN, TRANSITIONS, Party, perform
from union.people import Actor
from union.rules import contact_rule

Option = TypeVar("Option")

MOST_CASES = 4
PICKS = st.integers(0, 2**31)
TARGETS = {f"case.{transition.event}": transition for transition in TRANSITIONS.values()}
NOT_REFUSED = (UnionError, case_dates.NotADay)
"""What a button that comes too late, or a hand that reaches too far, is answered with. Anything else that is raised is a fault."""


@dataclass
class Game:
    """The people and the clock of one run, and a choice made for the step at hand."""

    world: World
    lawyers: list[PersonId]
    officers: list[PersonId]

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    @property
    def everybody(self) -> list[PersonId]:
        return [self.world.worker, self.world.other_worker, self.world.chair, *self.lawyers, *self.officers]


def among(options: Sequence[Option], pick: int) -> Option:
    """One of several, each as likely as the next whatever numbers hypothesis favours."""
    return options[zlib.crc32(pick.to_bytes(8, "big")) % len(options)]


Deed = Callable[[Game, AsyncSession, Case, Actor, int], Awaitable[object]]


async def _reopen(game: Game, session: AsyncSession, case: Case, actor: Actor, pick: int) -> None:
    if await cases.reopen(session, case, RULES, game.now, by=actor.id) and case.status is CaseStatus.RECEIVED:
        await routing.route(session, case, RULES, game.now, actor_id=actor.id)


async def _date(game: Game, session: AsyncSession, case: Case, actor: Actor, pick: int) -> None:
    code = ("dispute_arose", "arbitration_filed", "award_received")[pick % 3]
    day = game.now.date() - timedelta(days=(0, 10, 400)[pick % 3])
    await case_dates.note(session, case, code, RULES, game.now, day=day, by=actor.id)


DEEDS: dict[str, Deed] = {
    "accept": lambda g, s, c, a, _: cases.accept(s, c, a.id, RULES, g.now),
    "decline": lambda g, s, c, a, _: routing.decline(s, c, a.id, RULES, g.now, reason="busy"),
    "hand_over": lambda g, s, c, a, _: routing.hand_over(s, c, a.id, RULES, g.now, reason="ill"),
    "log_contact": lambda g, s, c, a, _: cases.intervene(s, c, RULES, g.now, "call", by=a.id),
    "proceed": lambda g, s, c, a, n: cases.proceed(s, c, ("mediation", "arbitration")[n % 2], RULES, g.now, by=a.id),
    "close": lambda g, s, c, a, n: cases.close(
        s, c, a, RULES, g.now, outcome=Outcome.SETTLED, recovered=Decimal(n) if n % 2 else None, remark=""
    ),
    "withdraw": lambda g, s, c, a, _: cases.withdraw(s, c, a.id, RULES, g.now),
    "rate": lambda g, s, c, a, n: cases.rate(s, c, a.id, RULES, g.now, marks=Marks(1 + n % 5)),
    "reopen": _reopen,
    "pause": lambda g, s, c, a, _: cases.pause(s, c, RULES, g.now, by=a.id),
    "resume": lambda g, s, c, a, _: cases.resume(s, c, RULES, g.now, by=a.id),
    "ask_pause": lambda g, s, c, a, _: perform(s, c, "ask_pause", RULES, g.now, by=a.id),
    "set_date": _date,
    "assign_by_hand": lambda g, s, c, a, n: routing.assign_by_hand(s, c, among(g.lawyers, n), RULES, g.now, by=a.id),
    "join": lambda g, s, c, a, n: routing.entrust_to(s, c, among(g.officers, n), RULES, g.now, by=a.id),
    "hand_up": lambda g, s, c, a, _: routing.hand_up(s, c, RULES, g.now, by=a.id, reason="cannot"),
    "refer": lambda g, s, c, a, n: routing.refer(s, c, (WANGJING, ZHONGGUANCUN, CITY)[n % 3], RULES, g.now, by=a.id, reason="elsewhere"),
}
"""What can be done with a case: the action under which it is loaded, and the union's own function. `join` stands for what staff may: entrust it."""

FITS = {action: TRANSITIONS[action].sources for action in DEEDS if action in TRANSITIONS} | {
    "hand_over": AT_WORK,
    "log_contact": (CaseStatus.ASSIGNED, CaseStatus.ACCEPTED),
    "set_date": OPEN,
    "assign_by_hand": OPEN,
}


class Cases(RuleBasedStateMachine):
    """Some cases, everybody around them, and a clock."""

    house: House
    opened = Bundle("opened")

    @initialize(target=opened, kind=st.sampled_from([CaseKind.DISPUTE, CaseKind.DISPUTE, CaseKind.COMPLAINT, CaseKind.INCIDENT]))
    def begin(self, kind: CaseKind) -> CaseId:
        world = self.house.new_world(VirtualClock(datetime(2026, 11, 18, 2, 0, tzinfo=UTC)))
        self.game = Game(world, [world.lawyer, world.pool_lawyer], [world.staff, world.city_staff, world.haidian_staff])
        self.house.run(self._more_people())
        self.seen: dict[CaseId, int] = {}
        self.messages: list[int] = []
        return self._open(kind, JINSONG, world.worker)

    async def _more_people(self) -> None:
        now = self.game.now
        async with self.game.world.database.begin() as session:
            self.game.lawyers.append(await new_lawyer(session, "吴律师", CHAOYANG, now))
            self.game.lawyers.append(await new_lawyer(session, "郑律师", CITY, now))
            self.game.officers.append(await new_officer(session, "街道干部", JINSONG, now))

    # ---- what happens

    @rule(
        target=opened,
        kind=st.sampled_from(list(CaseKind)),
        unit=st.sampled_from([JINSONG, WANGJING, CHAOYANG, CITY]),
        own=st.integers(0, 9),
    )
    def open(self, kind: CaseKind, unit: UnitId, own: int) -> object:
        """A case comes in: mostly of a worker, now and then of somebody who handles others."""
        if len(self.seen) >= MOST_CASES:
            return multiple()
        world = self.game.world
        return self._open(kind, unit, {0: world.staff, 1: world.lawyer}.get(own, world.worker))

    def _open(self, kind: CaseKind, unit: UnitId, worker: PersonId) -> CaseId:
        case_id = self.house.run(self.game.world.new_case(kind=kind, unit_id=unit, worker_id=worker))
        self.seen[case_id] = 0
        return case_id

    @rule(case_id=opened, action=st.sampled_from(sorted(DEEDS)), pick=PICKS)
    def somebody_tries(self, case_id: CaseId, action: str, pick: int) -> None:
        """Anybody at all tries something; most of it is not theirs to do."""
        self.house.run(self._try(case_id, among(self.game.everybody, pick), action, pick))

    @rule(case_id=opened, pick=PICKS)
    def whoever_may_does_what_fits(self, case_id: CaseId, pick: int) -> None:
        """One of those around the case does what they may at this moment."""
        case = self.house.run(self.game.world.case(case_id))
        who = {Party.WORKER: case.worker_id, Party.HANDLER: case.responsible_id, Party.STAFF: self.game.world.city_staff}
        fitting = [(action, party) for action in sorted(DEEDS) if case.status in FITS[action] for party in sorted(MAY[action])]
        if not fitting:  # it is put away for good
            return
        action, party = among(fitting, pick)
        if (person_id := who[party]) is not None:
            self.house.run(self._try(case_id, person_id, action, pick))

    @rule(case_id=opened, pick=PICKS)
    def and_something_else(self, case_id: CaseId, pick: int) -> None:
        """The same, so that more happens than is tried in vain."""
        self.whoever_may_does_what_fits(case_id, pick)

    @rule(case_id=opened, from_worker=st.booleans(), arrives=st.booleans())
    def writes(self, case_id: CaseId, from_worker: bool, arrives: bool) -> None:
        """One of the two sides writes in the room, and it arrives at once or later."""
        case = self.house.run(self.game.world.case(case_id))
        author = case.worker_id if from_worker else case.responsible_id
        if author is None:
            return
        try:
            message = self.house.run(self.game.world.write(case_id, author))
        except UnionError:
            return
        self.messages.append(message)
        if arrives:
            self.house.run(self.game.world.reached(message))

    @rule(pick=PICKS)
    def a_message_arrives(self, pick: int) -> None:
        """In any order, and once more now and then."""
        if self.messages:
            self.house.run(self.game.world.reached(among(self.messages, pick)))

    @rule(pick=PICKS)
    def a_lawyer_declares_a_client(self, pick: int) -> None:
        """The employer of every case here: from now on this lawyer may take none of them."""
        self.house.run(self._declare(among(self.game.lawyers, pick)))

    @rule(minutes=st.sampled_from([1, 20, 60, 119, 121]))
    def a_little_time_passes(self, minutes: int) -> None:
        """The clock goes on, and looks at everything that has come due."""
        self.much_time_passes(minutes)

    @rule(minutes=st.sampled_from([12 * 60, 23 * 60, 24 * 60, 4 * 24 * 60, 91 * 24 * 60]))
    def much_time_passes(self, minutes: int) -> None:
        """The same, and more comes due at once."""
        self.game.world.clock.advance(minutes=minutes)
        while self.house.run(self.game.world.sweep()):
            pass

    async def _try(self, case_id: CaseId, person_id: PersonId, action: str, pick: int) -> None:
        actor = await self.game.world.actor(person_id)
        try:
            async with self.game.world.database.begin() as session:
                case = await access_case(session, actor, case_id, action, lock=True)
                await DEEDS[action](self.game, session, case, actor, pick)
        except NOT_REFUSED:
            return

    async def _declare(self, lawyer_id: PersonId) -> None:
        async with self.game.world.database.begin() as session:
            await conflicts.declare(session, lawyer_id, "北京劲松饭店有限公司", self.game.now)

    # ---- what is always true

    @invariant()
    def everything_holds(self) -> None:
        """After each step."""
        if getattr(self, "seen", None):
            self.house.run(self._check())

    async def _check(self) -> None:
        async with self.game.world.database.begin() as session:
            assert (await history.audit(session)).broken == ()
            found = {violation.code for violation in await invariants.check(session, self.game.now)}
            assert not found & invariants.GRAVE, found
            for case in await session.scalars(sa.select(Case).order_by(Case.id)):
                lines = await history.of_case(session, case.id)
                self._check_case(case, lines)
                await self._check_deadlines(session, case)

    def _check_case(self, case: Case, lines: list[CaseEvent]) -> None:
        times = [line.at for line in lines]
        assert times == sorted(times)
        assert len(lines) >= self.seen[case.id]
        self.seen[case.id] = len(lines)
        assert case.status is walked(lines)
        assert case.due_at == promised(case, lines)
        if case.status in OPEN:
            assert (case.lawyer_id is None) != (case.officer_id is None)
            assert case.kind is CaseKind.DISPUTE or case.lawyer_id is None
            assert case.responsible_id != case.worker_id
        else:
            assert case.paused_at is None
        assert (case.intervened_at is not None) == any(line.action == "case.intervened" for line in lines)
        assert (case.status in AT_WORK) <= (case.intervened_at is not None)
        if not case.overdue:
            assert case.intervened_at is None or case.intervened_at < case.due_at
            stands_still = case.paused_at is not None and contact_rule(RULES, case.kind).pausable
            waits = case.status in OPEN and case.intervened_at is None and not stands_still
            assert not waits or self.game.now < case.due_at

    async def _check_deadlines(self, session: AsyncSession, case: Case) -> None:
        query = sa.select(Deadline).where(Deadline.subject_id == case.id, Deadline.status.in_((DeadlineStatus.LIVE, DeadlineStatus.PAUSED)))
        running = {deadline.rule: deadline for deadline in (await session.scalars(query)).all()}
        clock = running.get(contact_rule(RULES, case.kind).code)
        if case.status not in OPEN:
            assert set(running) <= {"rating", "archive"}
        elif case.intervened_at is None:
            assert clock is not None
            waiting = case.paused_at is not None and contact_rule(RULES, case.kind).pausable
            assert clock.status is (DeadlineStatus.PAUSED if waiting else DeadlineStatus.LIVE)
            assert clock.due_at == case.due_at
        else:
            assert clock is None
            assert "follow_up" in running
        assert ("pause_check" in running) == (case.paused_at is not None)
        taken = case.accepted_at is not None or case.status not in (CaseStatus.ASSIGNED, *AT_WORK)
        assert not (taken and "acceptance" in running)


def walked(lines: list[CaseEvent]) -> CaseStatus:
    """Where the lines of the history lead, each by an arrow of the table."""
    status = CaseStatus.RECEIVED
    for line in lines:
        transition = TARGETS.get(line.action)
        if transition is None or (line.action == "case.accepted" and status in AT_WORK):  # taken over in the middle of the work
            continue
        assert status in transition.sources, f"{line.action} of a case that is {status}"
        status = transition.target or status
    return status


def promised(case: Case, lines: list[CaseEvent]) -> datetime:
    """When the time until the first contact runs out: counted from intake, moved by a pause and by being taken up anew, and by nothing else."""
    clock = contact_rule(RULES, case.kind)
    due_at = case.received_at + clock.due
    paused_at: datetime | None = None
    for line in lines:
        if line.action == "case.intervened":
            break
        if line.action == "case.paused" and clock.pausable:
            paused_at = line.at
        elif line.action == "case.resumed" and paused_at is not None:
            due_at, paused_at = due_at + (line.at - paused_at), None
        elif line.action == "case.received_again":
            due_at, paused_at = line.at + clock.due, None
    return due_at


async def test_whatever_happens_every_case_stays_whole(database: Database) -> None:
    def game(house: House) -> None:
        machine = type("CasesHere", (Cases,), {"house": house})
        run_state_machine_as_test(machine, settings=few(examples=10, steps=25))

    await play(database, game)
