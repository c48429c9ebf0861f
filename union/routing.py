"""Which lawyer a case goes to, and why: the one named for the street, else the district's pool, else the city's (一家一站一律师, S1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseEvent, CaseStatus, Lawyer, LawyerUnit, Person
from storage.types import PersonId
from union import cases
from union.alerts import DESK, Fact, tell
from union.errors import IllegalTransition
from union.people import staff_of
from union.units import UnitCard, ladder


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lawyer named for a unit on the case's ladder. level: how many units up from the case's own. load: open cases."""

    lawyer_id: PersonId
    unit: UnitCard
    level: int
    load: int
    capacity: int
    on_leave: bool
    made_up: bool
    named_at: datetime
    last_assigned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Choice:
    """The decision with its reasons, as they are written to the history. lawyer_id is None when nobody may take the case."""

    lawyer_id: PersonId | None
    unit: UnitCard | None
    passed_over: tuple[tuple[PersonId, str], ...]

    def detail(self) -> dict[str, Any]:
        """For the history: numbers and codes only."""
        return {
            "lawyer": self.lawyer_id,
            "named_for": self.unit.id if self.unit else None,
            "passed_over": [{"lawyer": lawyer, "why": why} for lawyer, why in self.passed_over],
        }


def choose(candidates: Sequence[Candidate], declined: frozenset[PersonId]) -> Choice:
    """The decision itself, from plain values. Nearest unit first; on the same unit the latest named, in a pool the least loaded, then the one who
    has waited longest. The demo's made-up lawyers come after every real one: they can't answer a real worker."""

    def order(candidate: Candidate) -> tuple[Any, ...]:
        newest_first = -candidate.named_at.timestamp() if candidate.level == 0 else 0.0
        waited = candidate.last_assigned_at or datetime.min.replace(tzinfo=UTC)
        return (candidate.made_up, candidate.level, newest_first, candidate.load, waited, candidate.lawyer_id)

    passed_over: list[tuple[PersonId, str]] = []
    for candidate in sorted(candidates, key=order):
        if candidate.lawyer_id in declined:
            passed_over.append((candidate.lawyer_id, "declined"))
        elif candidate.on_leave:
            passed_over.append((candidate.lawyer_id, "on_leave"))
        elif candidate.load >= candidate.capacity:
            passed_over.append((candidate.lawyer_id, "full"))
        else:
            return Choice(candidate.lawyer_id, candidate.unit, tuple(passed_over))
    return Choice(None, None, tuple(passed_over))


async def candidates_for(session: AsyncSession, case: Case, now: datetime) -> list[Candidate]:
    """Every lawyer named for a unit on the case's ladder."""
    rungs = {unit.id: (level, unit) for level, unit in enumerate(await ladder(session, case.unit_id))}
    own = sa.select(Case).where(Case.lawyer_id == Lawyer.person_id)
    load = own.where(Case.status.in_(cases.OPEN)).with_only_columns(sa.func.count()).scalar_subquery()
    last = own.with_only_columns(sa.func.max(Case.received_at)).scalar_subquery()
    query = (
        sa.select(
            LawyerUnit.lawyer_id, LawyerUnit.unit_id, LawyerUnit.named_at, Lawyer.capacity, Lawyer.leave_until, Person.made_up, load, last
        )
        .join(Lawyer, Lawyer.person_id == LawyerUnit.lawyer_id)
        .join(Person, Person.id == Lawyer.person_id)
        .where(LawyerUnit.unit_id.in_(rungs))
    )
    found = []
    for lawyer_id, unit_id, named_at, capacity, leave_until, made_up, open_cases, last_at in await session.execute(query):
        level, unit = rungs[unit_id]
        on_leave = leave_until is not None and leave_until > now
        found.append(Candidate(lawyer_id, unit, level, open_cases, capacity, on_leave, made_up, named_at, last_at))
    return found


async def route(session: AsyncSession, case: Case, now: datetime, *, actor_id: PersonId | None = None) -> Choice:
    """Gives the case to the lawyer whose turn it is, with the reasons in the history; without one, tells the staff at once.

    The 24-hour clock is not touched: neither declining nor reassigning restarts it.
    """
    declined = frozenset(
        await session.scalars(sa.select(CaseEvent.actor_id).where(CaseEvent.case_id == case.id, CaseEvent.action == "case.declined"))
    )
    choice = choose(await candidates_for(session, case, now), frozenset(person for person in declined if person is not None))
    if choice.lawyer_id is None:
        if case.status is not CaseStatus.RECEIVED:
            cases.move(case, "unassign")
        case.lawyer_id = None
        cases.note(session, case.id, "case.unassigned", now, actor_id=actor_id, **choice.detail())
        await _tell_staff(session, case, now)
    else:
        await give(session, case, choice.lawyer_id, now, actor_id=actor_id, detail=choice.detail())
    return choice


async def give(
    session: AsyncSession, case: Case, lawyer_id: PersonId, now: datetime, *, actor_id: PersonId | None, detail: dict[str, Any]
) -> None:
    """Makes one lawyer responsible and tells them; the one before is told that it is no longer theirs."""
    before = case.lawyer_id
    if before == lawyer_id:
        return
    if case.status is CaseStatus.ASSIGNED:
        case.lawyer_id = lawyer_id  # from one lawyer to the next: the state stays
    else:
        cases.move(case, "assign")
        case.lawyer_id = lawyer_id
    case.accepted_at = None
    cases.note(session, case.id, "case.assigned", now, actor_id=actor_id, **detail)
    await session.flush()
    turn = await session.scalar(
        sa.select(sa.func.count()).select_from(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.action == "case.assigned")
    )
    await tell(session, lawyer_id, Fact.CASE_ASSIGNED, now, subject="case", subject_id=case.id, key=f"assigned:{case.id}:{turn}")
    if before is not None:
        await tell(session, before, Fact.CASE_REASSIGNED, now, subject="case", subject_id=case.id, key=f"reassigned:{case.id}:{turn}")


async def decline(session: AsyncSession, case: Case, lawyer_id: PersonId, reason: str, now: datetime) -> Choice:
    """退单: the lawyer gives the case back, with a reason code, and it goes to the next. Raises IllegalTransition once they have intervened."""
    if case.status not in (CaseStatus.ASSIGNED, CaseStatus.ACCEPTED):
        raise IllegalTransition(case.status, "decline")
    cases.note(session, case.id, "case.declined", now, actor_id=lawyer_id, reason=reason)
    await session.flush()
    return await route(session, case, now, actor_id=lawyer_id)


async def _tell_staff(session: AsyncSession, case: Case, now: datetime) -> None:
    """Tells the nearest rung on which somebody can be reached; where nobody can, the nearest with anybody: they get it when they come back."""
    rungs = [await staff_of(session, [unit.id], DESK) for unit in await ladder(session, case.unit_id)]
    staffed = [people for people in rungs if people]
    reachable = [people for people in staffed if any(open_door for _, _, open_door in people)]
    for _, person_id, _ in (reachable or staffed or [[]])[0]:
        await tell(session, person_id, Fact.CASE_UNASSIGNED, now, subject="case", subject_id=case.id)
