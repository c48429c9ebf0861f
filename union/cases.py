"""The life of a case: one state machine, each change checked, written to the history, and told to whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseEvent, CaseStatus, Outcome, Person, Role, Unit
from storage.types import CaseId, PersonId, UnitId
from union import deadlines
from union.alerts import Fact, tell
from union.codes import new_code
from union.errors import IllegalTransition, NotFound
from union.people import Actor
from union.rules import Rule

OPEN = (CaseStatus.RECEIVED, CaseStatus.ASSIGNED, CaseStatus.ACCEPTED, CaseStatus.INTERVENED, CaseStatus.IN_PROGRESS)
ENDED = (CaseStatus.CLOSED, CaseStatus.RATED, CaseStatus.ARCHIVED, CaseStatus.WITHDRAWN)

ARROWS: Mapping[str, tuple[tuple[CaseStatus, ...], CaseStatus]] = {
    "assign": ((CaseStatus.RECEIVED, CaseStatus.ASSIGNED, CaseStatus.ACCEPTED), CaseStatus.ASSIGNED),
    "unassign": ((CaseStatus.ASSIGNED, CaseStatus.ACCEPTED), CaseStatus.RECEIVED),
    "accept": ((CaseStatus.ASSIGNED,), CaseStatus.ACCEPTED),
    "intervene": ((CaseStatus.ASSIGNED, CaseStatus.ACCEPTED), CaseStatus.INTERVENED),
    "proceed": ((CaseStatus.INTERVENED,), CaseStatus.IN_PROGRESS),
    "close": ((CaseStatus.INTERVENED, CaseStatus.IN_PROGRESS), CaseStatus.CLOSED),
    "rate": ((CaseStatus.CLOSED,), CaseStatus.RATED),
    "withdraw": (OPEN, CaseStatus.WITHDRAWN),
}
"""The arrows of the state machine: from where each action may go, and where it leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grievance:
    """What a worker tells when a case is opened. since: the day the trouble began. amount: 元; None when it is not about money."""

    worker_id: PersonId
    kind: str
    topic: str
    nature: str | None
    story: str
    employer: str
    unit_id: UnitId
    since: date | None
    amount: Decimal | None
    anonymous: bool
    contact_name: str | None
    contact_phone: str | None


async def open_case(session: AsyncSession, grievance: Grievance, rules: Mapping[str, Rule], now: datetime) -> Case:
    """Opens a case and starts the 24-hour clock: it counts from here, not from assignment (S1 三(三)3). Routing is the caller's next step."""
    code = new_code()
    while await session.scalar(sa.select(sa.exists().where(Case.code == code))):
        code = new_code()
    case = Case(
        code=code,
        kind=grievance.kind,
        topic=grievance.topic,
        nature=grievance.nature,
        status=CaseStatus.RECEIVED,
        worker_id=grievance.worker_id,
        anonymous=grievance.anonymous,
        contact_name=None if grievance.anonymous else grievance.contact_name,
        contact_phone=None if grievance.anonymous else grievance.contact_phone,
        story=grievance.story,
        employer=grievance.employer,
        employer_index=grievance.employer,
        unit_id=grievance.unit_id,
        since=grievance.since,
        amount=grievance.amount,
        received_at=now,
        overdue=False,
    )
    session.add(case)
    await session.flush()
    # Until somebody joins the union, the case says where they belong: the notices of that area are for them too.
    await session.execute(
        sa.update(Person).where(Person.id == grievance.worker_id, Person.unit_id.is_(None)).values(unit_id=grievance.unit_id)
    )
    note(session, case.id, "case.received", now, actor_id=grievance.worker_id, anonymous=grievance.anonymous)
    await deadlines.start(session, rules["intervention"], case.id, case.unit_id, now)
    return case


def note(session: AsyncSession, case_id: CaseId, action: str, now: datetime, *, actor_id: PersonId | None = None, **detail: Any) -> None:
    """Writes a line of the history, in the transaction of the change that it tells of. detail: ids and codes only."""
    session.add(CaseEvent(case_id=case_id, at=now, actor_id=actor_id, action=action, detail=detail))


def move(case: Case, action: str) -> bool:
    """Moves a case along an arrow. Returns False if it is already there (a button pressed twice). Raises IllegalTransition."""
    sources, target = ARROWS[action]
    if case.status in sources and case.status != target:
        case.status = target
        return True
    if case.status == target:
        return False
    raise IllegalTransition(case.status, action)


async def access_case(session: AsyncSession, actor: Actor, case_id: CaseId, *, lock: bool = False) -> Case:
    """The case, if it is this person's business: their own, theirs to handle, or of a unit that their staff role reaches.

    Nothing else loads a case for a person. Raises NotFound for a missing case and for somebody else's alike.
    """
    query = sa.select(Case, Unit.path).join(Unit, Unit.id == Case.unit_id).where(Case.id == case_id)
    if lock:
        query = query.with_for_update(of=Case)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound
    case, path = row
    mine = actor.id in (case.worker_id, case.lawyer_id)
    if not mine and not actor.reaches(path, Role.STAFF, Role.ADMIN):
        raise NotFound
    return case


async def find_case(session: AsyncSession, actor: Actor, code: str) -> Case:
    """The same by the case's code."""
    case_id = await session.scalar(sa.select(Case.id).where(Case.code == code))
    if case_id is None:
        raise NotFound
    return await access_case(session, actor, case_id)


async def cases_of_worker(session: AsyncSession, worker_id: PersonId, limit: int = 10) -> list[Case]:
    """A worker's cases, open ones first, then the latest."""
    query = sa.select(Case).where(Case.worker_id == worker_id).order_by(Case.status.in_(ENDED), Case.id.desc()).limit(limit)
    return list(await session.scalars(query))


async def cases_of_lawyer(session: AsyncSession, lawyer_id: PersonId, limit: int = 20) -> list[Case]:
    """A lawyer's open cases: those whose 24-hour clock still runs first, the oldest of them on top."""
    query = (
        sa.select(Case)
        .where(Case.lawyer_id == lawyer_id, Case.status.in_(OPEN))
        .order_by(Case.intervened_at.is_not(None), Case.received_at)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def cases_of_units(session: AsyncSession, actor: Actor, limit: int = 20) -> list[Case]:
    """The open cases that a staff member's units reach: overdue ones first, then those with the least time left."""
    paths = [unit.path for unit in actor.units(Role.STAFF, Role.ADMIN)]
    if not paths:
        return []
    query = (
        sa.select(Case)
        .join(Unit, Unit.id == Case.unit_id)
        .where(Case.status.in_(OPEN), sa.or_(*[Unit.path.startswith(path, autoescape=True) for path in paths]))
        .order_by(sa.not_(Case.overdue & Case.intervened_at.is_(None)), Case.intervened_at.is_not(None), Case.received_at)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def history(session: AsyncSession, case_id: CaseId) -> list[CaseEvent]:
    """The lines of a case's history, from the first."""
    return list(await session.scalars(sa.select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id)))


async def accept(session: AsyncSession, case: Case, lawyer_id: PersonId, now: datetime) -> bool:
    """The lawyer takes the case (接单). The 24-hour clock runs on: only contact with the worker stops it."""
    if case.lawyer_id != lawyer_id:
        raise NotFound
    if case.status in (CaseStatus.INTERVENED, CaseStatus.IN_PROGRESS) or not move(case, "accept"):
        return False
    case.accepted_at = now
    note(session, case.id, "case.accepted", now, actor_id=lawyer_id)
    # Without a key: who accepts a second time, after it was somebody else's in between, is news again.
    await tell(session, case.worker_id, Fact.CASE_ACCEPTED, now, subject="case", subject_id=case.id)
    return True


async def intervene(session: AsyncSession, case: Case, now: datetime, how: str, rules: Mapping[str, Rule]) -> bool:
    """The lawyer's first real contact with the worker (介入): it stops the 24-hour clock and starts the follow-ups. Repeats change nothing."""
    if case.intervened_at is not None or case.status in ENDED:
        return False
    move(case, "intervene")
    case.intervened_at = now
    if now >= case.received_at + rules["intervention"].due:
        case.overdue = True  # also when the clock had not looked yet: a process that slept must not make a late contact a timely one
    note(session, case.id, "case.intervened", now, actor_id=case.lawyer_id, how=how)
    await deadlines.stop(session, "case", case.id, now, rule="intervention")
    await deadlines.start(session, rules["follow_up"], case.id, case.unit_id, now)
    if case.lawyer_id is not None:
        await tell(session, case.lawyer_id, Fact.CASE_INTERVENED, now, subject="case", subject_id=case.id, key=f"intervened:{case.id}")
    return True


async def close(
    session: AsyncSession, case: Case, lawyer: Actor, *, outcome: Outcome, recovered: Decimal | None, remark: str, now: datetime
) -> bool:
    """办结 with an outcome and the money recovered (元). Ends every deadline and asks the worker for a rating. Raises IllegalTransition."""
    if not move(case, "close"):
        return False
    case.closed_at = now
    case.outcome = outcome
    case.recovered = recovered
    case.outcome_note = remark or None
    note(session, case.id, "case.closed", now, actor_id=lawyer.id, outcome=outcome, recovered=None if recovered is None else str(recovered))
    await deadlines.stop(session, "case", case.id, now)
    await tell(session, case.worker_id, Fact.CASE_CLOSED, now, subject="case", subject_id=case.id, key=f"closed:{case.id}")
    return True


async def rate(session: AsyncSession, case: Case, worker_id: PersonId, stars: int, now: datetime) -> bool:
    """The worker's rating, 1 to 5. Returns False when it was rated already. Raises IllegalTransition before it is closed."""
    if worker_id != case.worker_id:
        raise NotFound
    if not 1 <= stars <= 5:
        raise ValueError("a rating has 1 to 5 stars")
    if not move(case, "rate"):
        return False
    case.rating = stars
    note(session, case.id, "case.rated", now, actor_id=worker_id, stars=stars)
    if case.lawyer_id is not None:
        await tell(session, case.lawyer_id, Fact.CASE_RATED, now, subject="case", subject_id=case.id, key=f"rated:{case.id}")
    return True


async def withdraw(session: AsyncSession, case: Case, worker_id: PersonId, now: datetime) -> bool:
    """The worker takes the case back. Raises IllegalTransition when it has ended."""
    if worker_id != case.worker_id:
        raise NotFound
    if not move(case, "withdraw"):
        return False
    case.closed_at = now
    case.outcome = Outcome.WITHDRAWN
    note(session, case.id, "case.withdrawn", now, actor_id=worker_id)
    await deadlines.stop(session, "case", case.id, now, met=False)
    if case.lawyer_id is not None:
        await tell(session, case.lawyer_id, Fact.CASE_WITHDRAWN, now, subject="case", subject_id=case.id, key=f"withdrawn:{case.id}")
    return True
