"""The leave of lawyers: who is away is given no new cases. Days are Beijing's, the first and the last included."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, Lawyer, LawyerLeave, OutboxRow
from storage.types import PersonId
from union.access import nearest_rung
from union.alerts import Fact, tell
from union.calendar import beginning_of, day_of
from union.errors import NotFound
from union.lifecycle import AT_WORK, OPEN, WAITING

LONGEST = timedelta(days=366)
FURTHEST = timedelta(days=366)
"""Nobody plans a leave further ahead, or a longer one: it is a slip of the pen."""


class BadLeave(ValueError):
    """Days that can't be meant. reason: "order", "past", "long" or "far"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def first_day(leave: LawyerLeave) -> date:
    """The first day of a leave."""
    return day_of(leave.starts_at)


def last_day(leave: LawyerLeave) -> date:
    """The last day of a leave."""
    return day_of(leave.ends_at) - timedelta(days=1)


def check(first: date, last: date, today: date) -> None:
    """Raises BadLeave for days in the past or in the wrong order, and for a leave that is too long or too far ahead."""
    if last < first:
        raise BadLeave("order")
    if first < today:
        raise BadLeave("past")
    if last - first >= LONGEST:
        raise BadLeave("long")
    if first - today > FURTHEST:
        raise BadLeave("far")


async def add(session: AsyncSession, lawyer_id: PersonId, first: date, last: date, now: datetime) -> LawyerLeave:
    """Notes a leave; those that overlap it, or that it follows without a day between, become one with it. Returns the whole.

    Raises BadLeave, NotFound for somebody who is no lawyer.
    """
    check(first, last, day_of(now))
    # Locked, so that two entries at once become one as well.
    if await session.get(Lawyer, lawyer_id, with_for_update=True) is None:
        raise NotFound
    starts_at, ends_at = beginning_of(first), beginning_of(last + timedelta(days=1))
    for other in await standing(session, lawyer_id, now):
        if other.starts_at <= ends_at and other.ends_at >= starts_at:
            starts_at, ends_at = min(starts_at, other.starts_at), max(ends_at, other.ends_at)
            other.cancelled_at = now
    leave = LawyerLeave(lawyer_id=lawyer_id, starts_at=starts_at, ends_at=ends_at)
    session.add(leave)
    await session.flush()
    return leave


async def standing(session: AsyncSession, lawyer_id: PersonId, now: datetime) -> list[LawyerLeave]:
    """The leaves that are not over and not cancelled, the next one first."""
    query = (
        sa.select(LawyerLeave)
        .where(LawyerLeave.lawyer_id == lawyer_id, LawyerLeave.cancelled_at.is_(None), LawyerLeave.ends_at > now)
        .order_by(LawyerLeave.starts_at)
    )
    return list(await session.scalars(query))


async def present(session: AsyncSession, lawyer_id: PersonId, now: datetime) -> LawyerLeave | None:
    """The leave that somebody is on."""
    return next((leave for leave in await standing(session, lawyer_id, now) if leave.starts_at <= now), None)


async def cancel(session: AsyncSession, lawyer_id: PersonId, leave_id: int, now: datetime) -> bool:
    """A lawyer takes a leave of their own back, or is back earlier. Returns False when there is none such."""
    leave = await session.get(LawyerLeave, leave_id, with_for_update=True)
    if leave is None or leave.lawyer_id != lawyer_id or leave.cancelled_at is not None or leave.ends_at <= now:
        return False
    leave.cancelled_at = now
    return True


async def untaken(session: AsyncSession, lawyer_id: PersonId) -> list[Case]:
    """The cases that a lawyer was given and has not accepted: those they would leave waiting."""
    query = (
        sa.select(Case)
        .where(Case.lawyer_id == lawyer_id, Case.accepted_at.is_(None), Case.status.in_((*WAITING, *AT_WORK)))
        .order_by(Case.due_at, Case.id)
    )
    return list(await session.scalars(query))


async def open_cases(session: AsyncSession, lawyer_id: PersonId) -> list[Case]:
    """Everything that a lawyer has in hand, the most urgent first: it stays theirs while they are away."""
    return list(
        await session.scalars(sa.select(Case).where(Case.lawyer_id == lawyer_id, Case.status.in_(OPEN)).order_by(Case.due_at, Case.id))
    )


async def announce(session: AsyncSession, now: datetime) -> int:
    """On the first day of a leave its lawyer is told what becomes of their cases, and the nearest staff of each case that they watch over it.

    Each is told once, however often this is asked. Returns how many leaves have begun.
    """
    told = sa.exists().where(OutboxRow.dedupe_key == sa.func.concat("leave:", LawyerLeave.id))
    query = sa.select(LawyerLeave).where(LawyerLeave.cancelled_at.is_(None), LawyerLeave.starts_at <= now, LawyerLeave.ends_at > now, ~told)
    begun = list(await session.scalars(query.order_by(LawyerLeave.id)))
    for leave in begun:
        await tell(session, leave.lawyer_id, Fact.LEAVE_BEGINS, now, subject="leave", subject_id=leave.id, key=f"leave:{leave.id}")
        watching: set[PersonId] = set()
        for case in await open_cases(session, leave.lawyer_id):
            watching.update((await nearest_rung(session, case)).people)
        for person_id in sorted(watching - {leave.lawyer_id}):
            key = f"leave:{leave.id}:{person_id}"
            await tell(session, person_id, Fact.LAWYER_AWAY, now, subject="leave", subject_id=leave.id, key=key)
    return len(begun)
