"""The facts that the union tells people. A fact is a kind and some numbers; how it reads on a screen is the conversation's business."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Priority
from storage.outbox import put_fact
from storage.types import PersonId

MEMBER = "member"
DESK = "desk"


class Fact(StrEnum):
    """Every kind of fact there is; `side_of` says at which counter it is told."""

    # to lawyers
    CASE_ASSIGNED = "case_assigned"  # case
    CASE_REMINDER = "case_reminder"  # case, hours (left until it is due)
    CASE_INTERVENED = "case_intervened"  # case: their message arrived, the clock has stopped
    CASE_REASSIGNED = "case_reassigned"  # case: it is no longer yours
    CASE_WITHDRAWN = "case_withdrawn"  # case
    CASE_RATED = "case_rated"  # case
    FOLLOW_UP_DUE = "follow_up_due"  # case
    # to staff
    CASE_OVERDUE = "case_overdue"  # case, deadline, step
    CASE_UNASSIGNED = "case_unassigned"  # case: no lawyer may take it
    NOTICE_PROGRESS = "notice_progress"  # notice
    # to the worker
    CASE_ACCEPTED = "case_accepted"  # case
    CASE_LATE = "case_late"  # case: nobody came within 24 hours, and who has been told
    CASE_CLOSED = "case_closed"  # case: asks for a rating
    # either way
    ROOM_MESSAGE = "room_message"  # message
    ROOM_ANSWER = "room_answer"  # message
    # to many
    NOTICE = "notice"  # notice


_TO_WORKER = frozenset({Fact.CASE_ACCEPTED, Fact.CASE_LATE, Fact.CASE_CLOSED, Fact.ROOM_MESSAGE, Fact.NOTICE})


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
    **params: Any,
) -> None:
    """Puts a fact for one person in the outbox, in the caller's transaction. subject: "case" or "notice"; key: told once and never again."""
    await put_fact(
        session,
        person_id=person_id,
        side=side_of(fact),
        kind=fact,
        params={subject: subject_id, **params},
        now=now,
        priority=Priority.NOTICE if fact is Fact.NOTICE else Priority.ALERT,
        dedupe_key=key,
        slot=slot,
        subject=subject,
        subject_id=subject_id,
    )
