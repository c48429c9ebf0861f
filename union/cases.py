"""What happens to a case from its opening to its end. Each change goes through the one table of the life cycle."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseFollower, CaseKind, CaseStatus, Intake, Outcome, Person
from storage.types import CaseId, PersonId, UnitId
from union import alarms, case_dates, conflicts, deadlines, history
from union.access import nearest_rung
from union.alerts import Fact, tell
from union.codes import new_code
from union.errors import IllegalTransition, InConflict, NotFound
from union.lifecycle import AT_WORK, ENDED, OPEN, happened, perform
from union.people import Actor
from union.rules import Rules, contact_rule

LOW = 2
"""A mark up to this one goes to the head of the unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grievance:
    """What somebody tells when a case is opened. since: the day the trouble began. amount: 元; None when it is not about money.

    intake: by which way it came in; intake_by: the seat that wrote it down for a caller.
    """

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
    intake: Intake = Intake.WORKER
    intake_by: PersonId | None = None
    publish_agreed: bool = False


async def open_case(session: AsyncSession, grievance: Grievance, rules: Rules, now: datetime) -> Case:
    """Opens a case and starts its clock: it counts from here, not from assignment (S1 三(三)3). Routing is the caller's next step."""
    code = new_code()
    while await session.scalar(sa.select(sa.exists().where(Case.code == code))):
        code = new_code()
    kind = CaseKind(grievance.kind)
    case = Case(
        code=code,
        kind=kind,
        topic=grievance.topic,
        nature=grievance.nature,
        status=CaseStatus.RECEIVED,
        intake=grievance.intake,
        intake_by=grievance.intake_by,
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
        due_at=now + contact_rule(rules, kind).due,
        overdue=False,
        publish_agreed=grievance.publish_agreed,
    )
    session.add(case)
    await session.flush()
    # Until somebody joins the union, the case says where they belong: the notices of that area are for them too. Not so a cry for help.
    if kind is not CaseKind.INCIDENT:
        await session.execute(
            sa.update(Person).where(Person.id == grievance.worker_id, Person.unit_id.is_(None)).values(unit_id=grievance.unit_id)
        )
    told_by = grievance.intake_by or grievance.worker_id
    history.note(session, case.id, "case.received", now, actor_id=told_by, anonymous=grievance.anonymous, intake=grievance.intake.value)
    await happened(session, case, "received", rules, now)
    if kind is CaseKind.DISPUTE and case.since is not None:
        # The year to go to arbitration may run from the day the trouble began: better warned too early (劳动争议调解仲裁法第27条).
        with suppress(case_dates.NotADay):  # a trouble older than the law's longest term by far runs no term any more
            await case_dates.note(session, case, "dispute_arose", rules, now, day=case.since, by=told_by)
    return case


async def cases_of_worker(session: AsyncSession, worker_id: PersonId, limit: int = 10) -> list[Case]:
    """A worker's cases, and those they follow from here, open ones first, then the latest."""
    followed = sa.select(CaseFollower.case_id).where(CaseFollower.person_id == worker_id)
    query = (
        sa.select(Case)
        .where(sa.or_(Case.worker_id == worker_id, Case.id.in_(followed)))
        .order_by(Case.status.in_(ENDED), Case.id.desc())
        .limit(limit)
    )
    return list(await session.scalars(query))


async def cases_of_handler(session: AsyncSession, person_id: PersonId, limit: int = 20) -> list[Case]:
    """The open cases that somebody is responsible for: those whose clock still runs first, the most urgent of them on top."""
    query = (
        sa.select(Case)
        .where(sa.or_(Case.lawyer_id == person_id, Case.officer_id == person_id), Case.status.in_(OPEN))
        .order_by(Case.intervened_at.is_not(None), Case.due_at, Case.id)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def accept(session: AsyncSession, case: Case, handler_id: PersonId, rules: Rules, now: datetime) -> bool:
    """接单: the one who was given the case takes it. The 24-hour clock runs on: only contact with the worker stops it.

    Raises NotFound for anybody else, InConflict when the lawyer or the firm has declared the employer as a client, IllegalTransition.
    """
    if case.responsible_id != handler_id:
        raise NotFound
    if case.lawyer_id is not None and await conflicts.stands_between(session, case.lawyer_id, case):
        raise InConflict
    if case.status in AT_WORK:  # it was given to them in the middle of the work
        if case.accepted_at is not None:
            return False
        history.note(session, case.id, "case.accepted", now, actor_id=handler_id)
        await happened(session, case, "accepted", rules, now)
    # Without a key: who accepts a second time, after it was somebody else's in between, is news again.
    elif not await perform(session, case, "accept", rules, now, by=handler_id):
        return False
    case.accepted_at = now
    return True


async def intervene(session: AsyncSession, case: Case, rules: Rules, now: datetime, how: str, *, by: PersonId | None = None) -> bool:
    """The first real contact with the worker (介入): it stops the 24-hour clock and starts the follow-ups. Repeats change nothing.

    how: "message" that reached them, or a logged "call" or "visit".
    """
    if case.intervened_at is not None or case.status not in (CaseStatus.ASSIGNED, CaseStatus.ACCEPTED):
        return False  # also while staff keep a dispute that has no lawyer: their call is no lawyer's intervention
    await resume(session, case, rules, now, by=None)
    case.intervened_at = now
    if now >= case.due_at:
        case.overdue = True  # also when the clock had not looked yet: a process that slept must not make a late contact a timely one
    return await perform(session, case, "intervene", rules, now, by=by or case.responsible_id, key="once", how=how)


async def proceed(session: AsyncSession, case: Case, step: str, rules: Rules, now: datetime, *, by: PersonId) -> bool:
    """办理: the case is on this step of its path (union/paths). Returns False when it was there already. Raises IllegalTransition."""
    if case.status is CaseStatus.IN_PROGRESS and case.step == step:
        return False
    if case.status not in AT_WORK:
        raise IllegalTransition(case.status, "proceed")
    before, case.step = case.step, step
    if case.status is CaseStatus.IN_PROGRESS:  # from one step to the next: the state stays
        case.status = CaseStatus.INTERVENED
    return await perform(session, case, "proceed", rules, now, by=by, step=step, before=before)


async def close(
    session: AsyncSession,
    case: Case,
    handler: Actor,
    rules: Rules,
    now: datetime,
    *,
    outcome: Outcome,
    recovered: Decimal | None,
    remark: str,
) -> bool:
    """办结 with an outcome and the money recovered (元). Ends every deadline and asks the worker for a rating. Raises IllegalTransition."""
    if case.status in AT_WORK:
        await resume(session, case, rules, now, by=None)
    sum_of_money = None if recovered is None else str(recovered)
    if not await perform(session, case, "close", rules, now, by=handler.id, outcome=outcome.value, recovered=sum_of_money):
        return False
    case.closed_at, case.outcome, case.recovered, case.outcome_note = now, outcome, recovered, remark or None
    return True


@dataclass(frozen=True, slots=True)
class Marks:
    """A worker's answers after the end, 1 to 5: content with it, how quick it was, how they were treated; and a word."""

    content: int
    speed: int | None = None
    manner: int | None = None
    comment: str = ""


async def rate(session: AsyncSession, case: Case, worker_id: PersonId, rules: Rules, now: datetime, *, marks: Marks) -> bool:
    """The worker's rating. Low marks go to the head of the unit. Returns False when it was rated already. Raises IllegalTransition, ValueError."""
    given = [mark for mark in (marks.content, marks.speed, marks.manner) if mark is not None]
    if not all(1 <= mark <= 5 for mark in given):
        raise ValueError("a mark is 1 to 5")
    if not await perform(session, case, "rate", rules, now, by=worker_id, marks=given):
        return False
    case.rating, case.rating_speed, case.rating_manner = marks.content, marks.speed, marks.manner
    case.rating_comment = marks.comment or None
    if min(given) <= LOW:
        for person_id in (await nearest_rung(session, case)).people:
            if person_id != case.responsible_id:
                await tell(session, person_id, Fact.LOW_RATING, now, subject="case", subject_id=case.id)
    return True


async def withdraw(session: AsyncSession, case: Case, worker_id: PersonId, rules: Rules, now: datetime) -> bool:
    """The worker takes the case back. Raises IllegalTransition when it has ended."""
    if not await perform(session, case, "withdraw", rules, now, by=worker_id):
        return False
    case.closed_at, case.outcome, case.paused_at = now, Outcome.WITHDRAWN, None
    if case.kind is CaseKind.INCIDENT:  # a whole line is on its feet
        await alarms.call_off(session, case, now)
    return True


async def reopen(session: AsyncSession, case: Case, rules: Rules, now: datetime, *, by: PersonId) -> bool:
    """An ended case is taken up again. Where nobody had been in contact with the worker yet, the 24 hours begin anew, because the promise does,
    and routing is the caller's next step (the state is RECEIVED); otherwise the work goes on with whoever had it. Raises IllegalTransition."""
    anew = case.intervened_at is None
    if not await perform(session, case, "reopen_unheard" if anew else "reopen", rules, now, by=by):
        return False
    case.closed_at = case.outcome = case.outcome_note = case.recovered = None
    case.rating = case.rating_speed = case.rating_manner = case.rating_comment = None
    if anew:
        case.lawyer_id = case.officer_id = case.accepted_at = None
        case.due_at = now + contact_rule(rules, case.kind).due
    await case_dates.run_again(session, case, rules, now)
    return True


async def pause(session: AsyncSession, case: Case, rules: Rules, now: datetime, *, by: PersonId) -> bool:
    """Staff confirm that the worker can't be reached: the clocks that wait for the worker stand still. Returns False when they do already."""
    if case.paused_at is not None:
        return False
    await perform(session, case, "pause", rules, now, by=by)
    await deadlines.pause(session, "case", case.id, [rule.code for rule in rules.values() if rule.pausable], now)
    case.paused_at = now
    return True


async def resume(session: AsyncSession, case: Case, rules: Rules, now: datetime, *, by: PersonId | None) -> bool:
    """The worker is back (by their own word, or as staff say): the clocks run on with the time that was left. Returns False when none stood still."""
    if case.paused_at is None:
        return False
    await deadlines.resume(session, "case", case.id, rules, now)
    if case.intervened_at is None and contact_rule(rules, case.kind).pausable:
        case.due_at += now - case.paused_at
    case.paused_at = None
    await perform(session, case, "resume", rules, now, by=by)
    return True


async def archive(session: AsyncSession, case_id: CaseId, rules: Rules, now: datetime) -> bool:
    """归档: the case is put away. Nothing of it is deleted."""
    case = await session.get_one(Case, case_id, populate_existing=True)
    return await perform(session, case, "archive", rules, now, by=None)
