"""Calls and visits that somebody logs on a case, tries that failed, and what to do about a worker who can't be reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseEvent, CaseStatus, NoteKind
from storage.types import CaseId, PersonId
from union import callbacks, cases, notes
from union.access import ladder_of
from union.alerts import Fact, tell
from union.errors import IllegalTransition
from union.lifecycle import AT_WORK, ENDED, perform
from union.rules import Rules
from union.rungs import first_with_people, without

TRIES = 3
"""So many failed calls, and the handler is asked whether the worker can't be reached."""

ASK_AGAIN = timedelta(hours=24)
"""The staff are asked once a day at most to confirm that a worker can't be reached."""

CALLED, VISITED, FAILED = "case.called", "case.visited", "case.call_failed"


@dataclass(frozen=True, slots=True)
class Logged:
    """What logging a contact has done. first: it was the first one and stopped the clock."""

    first: bool


async def log(
    session: AsyncSession, case: Case, kind: NoteKind, rules: Rules, now: datetime, *, by: PersonId, text: str, happened_at: datetime
) -> Logged:
    """A call or a visit in which the worker was spoken to: the first stops the 24-hour clock (S1 三(三)3), a later one counts as news. A call that
    the worker had asked for is done with it.

    The clock stops when the contact is logged, not when it is said to have been: nobody makes a late one timely afterwards.
    Raises IllegalTransition for an ended case, InConflict as `cases.accept` does.
    """
    await _take(session, case, rules, now, by)
    action = VISITED if kind is NoteKind.VISIT else CALLED
    await notes.add(session, case, text, now, by=by, kind=kind, happened_at=happened_at, action=action)
    for asked in await callbacks.open_of(session, case.id):  # who was spoken to need not be called any more
        await callbacks.done(session, case, asked.id, now, by=by)
    if case.status is CaseStatus.RECEIVED:  # it waits for its lawyer: a keeper's call is no lawyer's intervention
        return Logged(first=False)
    if await cases.intervene(session, case, rules, now, kind.value, by=by):
        return Logged(first=True)
    await cases.resume(session, case, rules, now, by=None)  # whoever was spoken to can be reached
    if case.status in AT_WORK:
        await perform(session, case, "report", rules, now, by=by, how=kind.value)
    return Logged(first=False)


async def log_failed(session: AsyncSession, case: Case, rules: Rules, now: datetime, *, by: PersonId) -> int:
    """Nobody answered the call: noted, and the clock runs on. Returns how many tries have failed since the worker was last spoken to.

    Raises IllegalTransition, InConflict.
    """
    await _take(session, case, rules, now, by)
    await notes.add(session, case, "", now, by=by, kind=NoteKind.CALL, action=FAILED)
    await session.flush()
    return await failed_tries(session, case.id)


async def _take(session: AsyncSession, case: Case, rules: Rules, now: datetime, by: PersonId) -> None:
    """Who calls has taken the case, as who writes has."""
    if case.status in ENDED:
        raise IllegalTransition(case.status, "log_contact")
    if case.status is not CaseStatus.RECEIVED:
        await cases.accept(session, case, by, rules, now)


async def failed_tries(session: AsyncSession, case_id: CaseId) -> int:
    """How many calls in a row have failed: those after the last one in which the worker was spoken to, or wrote back and ended a pause."""
    spoken_to = sa.select(sa.func.coalesce(sa.func.max(CaseEvent.id), 0)).where(
        CaseEvent.case_id == case_id, CaseEvent.action.in_((CALLED, VISITED, "case.resumed"))
    )
    query = sa.select(sa.func.count()).where(
        CaseEvent.case_id == case_id, CaseEvent.action == FAILED, CaseEvent.id > spoken_to.scalar_subquery()
    )
    return await session.scalar(query) or 0


async def ask_pause(session: AsyncSession, case: Case, rules: Rules, now: datetime, *, by: PersonId) -> bool:
    """联系不上: the nearest staff are asked to see for themselves and to let the clocks stand still. Only they can: nobody stops their own clock.

    Returns False when they have been asked within a day, or the clocks stand still already. Raises IllegalTransition.
    """
    asked = sa.exists().where(
        CaseEvent.case_id == case.id, CaseEvent.action == "case.pause_asked", CaseEvent.actor_id == by, CaseEvent.at > now - ASK_AGAIN
    )
    if case.paused_at is not None or await session.scalar(sa.select(asked)):
        return False
    await perform(session, case, "ask_pause", rules, now, by=by, failed=await failed_tries(session, case.id))
    rung = first_with_people(
        without(await ladder_of(session, case), [by])
    )  # of a member of staff it is a colleague's, or a superior's, to say
    for person_id in rung.people:
        await tell(session, person_id, Fact.PAUSE_ASKED, now, subject="case", subject_id=case.id)
    return True
