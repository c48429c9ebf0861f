"""The facts that the union tells people. A fact is a kind and some numbers; how it reads on a screen is the conversation's business."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseFollower, Intake
from storage.outbox import put_fact
from storage.types import PersonId

MEMBER = "member"
DESK = "desk"


class Fact(StrEnum):
    """Every kind of fact there is; `side_of` says at which counter it is told. Behind each: its parameters."""

    # to the one responsible
    CASE_ASSIGNED = "case_assigned"  # case
    CASE_REMINDER = "case_reminder"  # case, hours (left until it is due)
    CASE_INTERVENED = "case_intervened"  # case: their message arrived, the clock has stopped
    CASE_REASSIGNED = "case_reassigned"  # case: it is no longer yours
    CASE_WITHDRAWN = "case_withdrawn"  # case
    CASE_MERGED = "case_merged"  # case
    CASE_REOPENED = "case_reopened"  # case
    CASE_RATED = "case_rated"  # case
    CASE_PAUSED = "case_paused"  # case
    CASE_RESUMED = "case_resumed"  # case
    PAUSE_REFUSED = "pause_refused"  # case: staff want the worker to be tried again
    CASE_ABSORBED = "case_absorbed"  # case, merged: another of the same worker was merged into it
    FOLLOW_UP_DUE = "follow_up_due"  # case
    TERM_NEAR = "term_near"  # case, rule, due (the day): a term set by law runs out
    CALL_BACK_ASKED = "call_back_asked"  # case, call_back
    MEDIATION_SET = "mediation_set"  # case, appointment: planned, changed, called off; on the day before (then without its number)
    MEDIATION_ANSWERED = "mediation_answered"  # case, appointment: the worker comes, or doesn't
    LEAVE_BEGINS = "leave_begins"  # leave: their own, and what becomes of their cases
    # to staff
    CASE_OVERDUE = "case_overdue"  # case, deadline, step
    CASE_UNASSIGNED = "case_unassigned"  # case: no lawyer may take it
    CASE_WAITS = "case_waits"  # case, hours: the station is told that a lawyer's time runs out
    CASE_NOT_TAKEN = "case_not_taken"  # case, lawyer, asked: not accepted in time (or asked to hand it over), and there is no other lawyer
    PAUSE_ASKED = "pause_asked"  # case: the worker can't be reached, says the lawyer
    PAUSE_CHECK = "pause_check"  # case: it has been waiting for long
    LOW_RATING = "low_rating"  # case
    LAWYER_AWAY = "lawyer_away"  # leave: a lawyer with cases of theirs is away from today
    INCIDENT = "incident"  # case, deadline, unit (the reader's own), due: acknowledge within 30 minutes
    INCIDENT_UNANSWERED = "incident_unanswered"  # case, deadline, unit: the rung below has not acknowledged
    INCIDENT_OFF = "incident_off"  # case: whoever cried for help says that nothing happened
    HOUSE_FAULT = "house_fault"  # code, count: an invariant of the program does not hold
    NOTICE_PROGRESS = "notice_progress"  # notice
    NOTICE_APPROVAL = "notice_approval"  # notice, hours (that it has waited, when it is told again): it needs a second pair of eyes
    NOTICE_APPROVED = "notice_approved"  # notice: to its author
    NOTICE_REFUSED = "notice_refused"  # notice: to its author
    NOTICE_HELD = "notice_held"  # notice, reason: its time had come, and it did not go out; or nobody decides on it
    NOTICE_CORRECTION = "notice_correction"  # notice, hours (likewise): other words for it need a second pair of eyes
    NOTICE_CORRECTED = "notice_corrected"  # notice: to whoever asked for the other words
    NOTICE_CORRECTION_REFUSED = "notice_correction_refused"  # notice: likewise
    NOTICE_TEST = "notice_test"  # notice: to its author alone, as everybody will get it
    SURVEY_CLOSED = "survey_closed"  # survey: its results can be seen
    # to the worker
    CASE_ACCEPTED = "case_accepted"  # case
    CASE_TRANSFERRED = "case_transferred"  # case: somebody else handles it now
    CASE_HANDED_UP = "case_handed_up"  # case: another unit has it now
    NOT_REACHED = "not_reached"  # case: its clocks stand still until they say a word
    CASE_LATE = "case_late"  # case: nobody came within 24 hours, and who has been told
    CASE_STEP = "case_step"  # case: it is on the next step of its path
    CASE_CLOSED = "case_closed"  # case: asks for a rating
    RATING_ASKED = "rating_asked"  # case: asks once more
    TERM_WARNING = "term_warning"  # case, rule, due (the day): a term set by law runs out
    MEDIATION = "mediation"  # case, appointment: planned, changed, called off; on the day before (then without its number)
    CASES_MERGED = "cases_merged"  # case: it was merged into another of theirs
    CASE_SPLIT = "case_split"  # case: a part of another of theirs, on its own now
    ANSWER_PUBLISHED = "answer_published"  # case
    PLACE_GIVEN = "place_given"  # survey: somebody cancelled, and they are in
    SIGN_UP_EVE = "sign_up_eve"  # survey: what they have a place for is tomorrow
    # either way
    ROOM_MESSAGE = "room_message"  # message
    ROOM_ANSWER = "room_answer"  # message


_TO_WORKER = frozenset(
    {
        Fact.CASE_ACCEPTED,
        Fact.CASE_TRANSFERRED,
        Fact.CASE_HANDED_UP,
        Fact.NOT_REACHED,
        Fact.CASE_LATE,
        Fact.CASE_STEP,
        Fact.CASE_CLOSED,
        Fact.RATING_ASKED,
        Fact.TERM_WARNING,
        Fact.MEDIATION,
        Fact.CASES_MERGED,
        Fact.CASE_SPLIT,
        Fact.ANSWER_PUBLISHED,
        Fact.PLACE_GIVEN,
        Fact.SIGN_UP_EVE,
        Fact.ROOM_MESSAGE,
    }
)


def side_of(fact: Fact) -> str:
    """At which counter a fact is told."""
    return MEMBER if fact in _TO_WORKER else DESK


async def tell(
    session: AsyncSession,
    person_id: PersonId,
    fact: Fact,
    now: datetime,
    *,
    subject: str,
    subject_id: int,
    key: str | None = None,
    slot: str | None = None,
    side: str | None = None,
    **params: Any,
) -> None:
    """Puts a fact for one person in the outbox, in the caller's transaction. subject: "case", "notice" or "leave"; key: told once and never again.

    side: another counter than the fact's own (a chair who reported an incident is told at the desk).
    """
    await put_fact(
        session,
        person_id=person_id,
        side=side or side_of(fact),
        kind=fact,
        params={subject: subject_id, **params},
        now=now,
        dedupe_key=key,
        slot=slot,
        subject=subject,
        subject_id=subject_id,
    )


async def tell_worker(
    session: AsyncSession, case: Case, fact: Fact, now: datetime, *, key: str | None = None, but: PersonId | None = None, **params: Any
) -> None:
    """Tells the worker of a case, at every door from which they follow it. but: the person who caused it and knows. key: told once to each."""
    if case.intake is Intake.RADAR:  # nobody brought it
        return
    followers = await session.scalars(
        sa.select(CaseFollower.person_id).where(CaseFollower.case_id == case.id).order_by(CaseFollower.person_id)
    )
    for person_id in (case.worker_id, *followers):
        if person_id != but:
            own_key = None if key is None else key if person_id == case.worker_id else f"{key}:{person_id}"
            await tell(session, person_id, fact, now, subject="case", subject_id=case.id, key=own_key, side=side_of_worker(case), **params)


def side_of_worker(case: Case) -> str:
    """At which counter the one who brought the case is told: a chair who reported an incident sits at the desk."""
    return DESK if case.intake is Intake.CHAIR else MEMBER
