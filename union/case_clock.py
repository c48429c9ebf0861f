"""What the deadline engine asks about cases: whom to remind, whom to tell when a time is over, what to pass on, what to put away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from storage.models import Case, CaseFollower, CaseKind, UnitKind
from storage.outbox import put_facts
from storage.types import CaseId, PersonId, UnitId, one_of
from union import cases, history, routing
from union.access import Chairs, chairs_among, must_not_hear
from union.alerts import MEMBER, Fact, side_of, side_of_worker
from union.deadlines import Due, Told
from union.lifecycle import ENDED
from union.rules import INCIDENT_RULE, Do, Rules, Whom
from union.rungs import Ladder, Rung, at_kind, first_with_people, ladders, without

Facts = list[dict[str, Any]]

_KINDS: Mapping[Whom, UnitKind] = {Whom.STREET: UnitKind.STREET, Whom.DISTRICT: UnitKind.DISTRICT, Whom.CITY: UnitKind.CITY}

_TO_HANDLER: Mapping[str, Fact] = {"follow_up": Fact.FOLLOW_UP_DUE, "pause_check": Fact.PAUSE_CHECK, "mediation_day": Fact.MEDIATION_SET}
_TO_STAFF: Mapping[str, Fact] = {"pause_check": Fact.PAUSE_CHECK}
_TO_WORKER: Mapping[str, Fact] = {"rating": Fact.RATING_ASKED, "mediation_day": Fact.MEDIATION}
"""How the reminders of a rule are told; those of a clock until the first contact, and of a term that the law sets, are known by what they are."""


class CaseClock:
    """The `Subject` of deadlines on cases. Everything is read and written for many cases at once; only what changes a case is done one by one."""

    async def lock(self, session: AsyncSession, subject_ids: Sequence[int]) -> None:
        """Locks the cases; their history may be written to meanwhile."""
        query = sa.select(Case.id).where(one_of(Case.id, set(subject_ids))).order_by(Case.id)
        await session.execute(query.with_for_update(key_share=True))

    async def act(self, session: AsyncSession, due: Sequence[Due], rules: Rules, now: datetime) -> list[Told]:
        """Takes these steps. What is told and what is noted goes out in two statements; passing on and putting away follow."""
        by_id = {int(case.id): case for case in await session.scalars(_stand(due))}
        climbs = {d.unit_id for d in due if set(d.step.tell) - {Whom.HANDLER, Whom.WORKER} or _is_staffs(by_id[d.subject_id])}
        climbed = await ladders(session, list(climbs)) if climbs else {}
        chairs = await chairs_among(session, {person for ladder in climbed.values() for rung in ladder for person in rung.people})
        accused = await _accused(session, by_id) if chairs else {}
        batch = _Batch(_Around(by_id, climbed, chairs, accused, await _followers(session, due)), rules, now)
        for d in due:
            batch.take(d)
        await batch.write(session)
        for d in due:
            case_id = CaseId(d.subject_id)
            if d.step.do is Do.PASS_ON:
                case = await session.get_one(Case, case_id, populate_existing=True)
                await routing.pass_on(session, case, rules, now, rule=d.rule.code, deadline=d.id, step=d.number)
            elif d.step.do is Do.ARCHIVE:
                await cases.archive(session, case_id, rules, now)
        return batch.told


@dataclass(frozen=True, slots=True)
class _Around:
    """The cases of some steps, and the people around them: staff on the ladders, of these the chairs, and who follows a case from another door.

    accused: the employers, known only where there are chairs.
    """

    cases: Mapping[int, Case]
    ladders: Mapping[UnitId, Ladder]
    chairs: Chairs
    accused: Mapping[int, str]
    followers: Mapping[int, Sequence[PersonId]]


class _Batch:
    """Steps taken together: whom each tells, and what it adds to the history."""

    def __init__(self, around: _Around, rules: Rules, now: datetime) -> None:
        self.told: list[Told] = []
        self._around = around
        self._rules = rules
        self._now = now
        self._facts: Facts = []
        self._events: list[dict[str, Any]] = []
        self._overdue: set[int] = set()

    def take(self, due: Due) -> None:
        """Adds one step."""
        case = self._around.cases[due.subject_id]
        if due.step.do is Do.REMIND:
            self._remind(due, case)
        elif due.step.do in (Do.BREACH, Do.ESCALATE):
            self._climb(due, case)

    async def write(self, session: AsyncSession) -> None:
        """Everything that was taken, at once. The mark 超时 is the clock's until the first contact: a later promise broken is another matter."""
        if self._overdue:
            await session.execute(
                sa.update(Case).where(one_of(Case.id, self._overdue)).values(overdue=True).execution_options(synchronize_session=False)
            )
        await put_facts(session, self._facts, self._now)
        await history.note_many(session, self._events, self._now)

    def _remind(self, due: Due, case: Case) -> None:
        told: list[PersonId] = []
        for whom in due.step.tell:
            people, fact = self._reminded(due, case, whom)
            fresh = [person_id for person_id in people if person_id not in told]
            told.extend(fresh)
            self._tell(due, case, fresh, fact, self._left(due))
        self._note(due, case, "case.reminded", told=told)

    def _reminded(self, due: Due, case: Case, whom: Whom) -> tuple[list[PersonId], Fact]:
        """Who is meant, and what they are told."""
        code, term = due.rule.code, not due.rule.starts or due.rule.starts[0].startswith("date:")
        first_contact = "intervened" in due.rule.stops
        if whom is Whom.WORKER:
            return self._at_their_doors(case), _TO_WORKER.get(code, Fact.TERM_WARNING)
        if whom is Whom.HANDLER and case.responsible_id is not None and not (first_contact and _nobody_took(case)):
            return [case.responsible_id], _TO_HANDLER.get(code, Fact.TERM_NEAR if term else Fact.CASE_REMINDER)
        if whom is Whom.HANDLER:  # without a lawyer it is the staff's: the nearest of them are told
            return self._rung(due, case, Whom.OWN, 0).people, Fact.CASE_UNASSIGNED
        return self._rung(due, case, whom, 0).people, _TO_STAFF.get(code, Fact.TERM_NEAR if term else Fact.CASE_WAITS)

    def _climb(self, due: Due, case: Case) -> None:
        """Marks the case, tells the rungs of the step, and the worker that the matter has gone up."""
        rungs = [self._rung(due, case, whom, due.number) for whom in due.step.tell if whom not in (Whom.HANDLER, Whom.WORKER)]
        people = list(dict.fromkeys(person_id for rung in rungs for person_id in rung.people))
        highest = rungs[-1].unit_id
        self.told.append(Told(due, highest, tuple(people)))
        unanswered = due.rule.code == INCIDENT_RULE
        fact = Fact.INCIDENT_UNANSWERED if unanswered else Fact.CASE_OVERDUE
        where = {"deadline": due.id, "step": due.number, "unit": due.unit_id, "rule": due.rule.code}
        self._tell(due, case, people, fact, where)
        action = "case.incident_unanswered" if unanswered else "case.overdue" if due.step.do is Do.BREACH else "case.escalated"
        self._note(due, case, action, unit=highest, told=people)
        first_contact = "intervened" in due.rule.stops
        if first_contact and due.step.do is Do.BREACH and not case.overdue and case.id not in self._overdue:
            self._overdue.add(case.id)
            if case.kind is CaseKind.DISPUTE:
                self._tell(due, case, self._at_their_doors(case), Fact.CASE_LATE, {})

    def _at_their_doors(self, case: Case) -> list[PersonId]:
        """The worker, at every door from which they follow the case."""
        return [case.worker_id, *self._around.followers.get(case.id, ())]

    def _rung(self, due: Due, case: Case, whom: Whom, number: int) -> Rung:
        hidden = must_not_hear(case.worker_id, self._around.accused.get(case.id, ""), self._around.chairs)
        ladder = without(self._around.ladders[due.unit_id], hidden)
        if whom is Whom.OWN:
            return first_with_people(ladder)
        if whom is Whom.ABOVE:
            # The first time one above its own, and one more each time that nobody has answered.
            again = max(0, number - len(due.rule.steps) + 1)
            return first_with_people(ladder, min(1 + again, len(ladder) - 1))
        return at_kind(ladder, _KINDS[whom])

    def _left(self, due: Due) -> dict[str, Any]:
        hours = max(0, round((due.due_at - self._now).total_seconds() / 3600))
        return {"hours": hours, "rule": due.rule.code, "due": due.due_at.isoformat()}

    def _tell(self, due: Due, case: Case, people: Iterable[PersonId], fact: Fact, params: Mapping[str, Any]) -> None:
        side = side_of(fact)
        for person_id in people:
            self._facts.append(
                {
                    "person_id": person_id,
                    "side": side_of_worker(case) if side == MEMBER else side,
                    "kind": fact.value,
                    "params": {"case": case.id, **params},
                    "subject": "case",
                    "subject_id": case.id,
                    "dedupe_key": f"{fact}:{due.id}:{due.number}:{person_id}",
                }
            )

    def _note(self, due: Due, case: Case, action: str, **detail: Any) -> None:
        if case.status in ENDED and due.rule.code == "rating":
            action = "case.rating_asked"
        also = {"for_also": list(due.for_also)} if due.for_also else {}
        told = {"rule": due.rule.code, "deadline": due.id, "step": due.number, **also, **detail}
        self._events.append({"case_id": case.id, "action": action, "detail": told})


def _stand(due: Sequence[Due]) -> sa.Select[Case]:
    """Where the cases of some steps stand. What a worker told stays encrypted: ten thousand stories are not opened to remind of them."""
    columns = (Case.kind, Case.status, Case.worker_id, Case.lawyer_id, Case.officer_id, Case.intake, Case.overdue)
    query = sa.select(Case).options(load_only(*columns, raiseload=True))
    return query.where(one_of(Case.id, {d.subject_id for d in due})).execution_options(populate_existing=True)


async def _accused(session: AsyncSession, case_ids: Collection[int]) -> Mapping[int, str]:
    rows = await session.execute(sa.select(Case.id, Case.employer).where(one_of(Case.id, case_ids)))
    return {int(row[0]): row[1] for row in rows}


async def _followers(session: AsyncSession, due: Sequence[Due]) -> Mapping[int, Sequence[PersonId]]:
    """Of the cases whose worker may be told something: who else follows them."""
    told = {d.subject_id for d in due if Whom.WORKER in d.step.tell or d.step.do is Do.BREACH}
    found: dict[int, list[PersonId]] = {}
    if told:
        query = sa.select(CaseFollower.case_id, CaseFollower.person_id).where(one_of(CaseFollower.case_id, told))
        for case_id, person_id in await session.execute(query.order_by(CaseFollower.case_id, CaseFollower.person_id)):
            found.setdefault(case_id, []).append(person_id)
    return found


def _is_staffs(case: Case) -> bool:
    """Whether what is meant for the one responsible goes to the nearest staff."""
    return case.responsible_id is None or _nobody_took(case)


def _nobody_took(case: Case) -> bool:
    """A dispute that no lawyer has: its keeper among the staff is told that it is unassigned, not that they should write."""
    return case.kind is CaseKind.DISPUTE and case.lawyer_id is None
