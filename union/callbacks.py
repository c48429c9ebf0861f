"""“请打电话给我”: the worker asks to be called, at a time, at a number given for this call alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import OPEN_STATUSES, CallBack, Case
from storage.types import CaseId, PersonId
from union import history
from union.alerts import Fact, tell
from union.errors import IllegalTransition

FURTHEST = timedelta(days=14)
"""How far ahead a call can be asked for."""

PAST = timedelta(minutes=5)
"""A time that has just gone by while somebody was typing still means now."""


async def ask(session: AsyncSession, case: Case, now: datetime, *, by: PersonId, wanted_at: datetime, phone: str) -> CallBack:
    """The worker asks to be called; the one responsible is told. Asking again changes the time and the number: there is one open call of a case.

    by: the worker, or the seat that wrote it down for them. While nobody is responsible, whoever becomes it finds the call on the card.
    Raises ValueError for a time that has passed or is too far away, IllegalTransition for a case that has ended.
    """
    if not now - PAST <= wanted_at <= now + FURTHEST:
        raise ValueError("the time of a call lies within the next 14 days")
    if case.status not in OPEN_STATUSES:
        raise IllegalTransition(case.status, "ask_call")
    asked = next(iter(await open_of(session, case.id)), None)
    if asked is None:
        asked = CallBack(case_id=case.id)
        session.add(asked)
    asked.phone, asked.wanted_at, asked.asked_at = phone, wanted_at, now
    await session.flush()
    history.note(session, case.id, "case.call_asked", now, actor_id=by, call_back=asked.id)
    if case.responsible_id is not None:
        await tell(session, case.responsible_id, Fact.CALL_BACK_ASKED, now, subject="case", subject_id=case.id, call_back=asked.id)
    return asked


async def open_of(session: AsyncSession, case_id: CaseId) -> Sequence[CallBack]:
    """The calls that a worker still waits for, the earliest first. Who may see the number: access "call", the one responsible alone."""
    query = sa.select(CallBack).where(CallBack.case_id == case_id, CallBack.done_at.is_(None)).order_by(CallBack.wanted_at, CallBack.id)
    return list(await session.scalars(query))


async def done(session: AsyncSession, case: Case, call_back_id: int, now: datetime, *, by: PersonId) -> bool:
    """The call was made, and its number is erased. Returns False when it was done already, or belongs to another case."""
    if not await _end(session, case.id, now, call_back_id):
        return False
    history.note(session, case.id, "case.call_done", now, actor_id=by, call_back=call_back_id)
    return True


async def cancel(session: AsyncSession, case: Case, now: datetime, *, by: PersonId) -> bool:
    """The worker needs no call any more, and the number is erased. Returns False when none was open."""
    if not await _end(session, case.id, now):
        return False
    history.note(session, case.id, "case.call_cancelled", now, actor_id=by)
    return True


async def forget(session: AsyncSession, case_id: CaseId, now: datetime) -> None:
    """The case has ended: nobody calls any more, so no number is kept."""
    await _end(session, case_id, now)


async def _end(session: AsyncSession, case_id: CaseId, now: datetime, call_back_id: int | None = None) -> bool:
    ended = sa.update(CallBack).where(CallBack.case_id == case_id, CallBack.done_at.is_(None))
    if call_back_id is not None:
        ended = ended.where(CallBack.id == call_back_id)
    rows = await session.scalars(ended.values(done_at=now, phone=None).returning(CallBack.id))
    return bool(rows.all())
