"""What a card shows beside the case itself: where it lies, its files, the terms that run, who waits for a call, the last word in the room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from handlers.languages import label
from storage.models import Appointment, CallBack, Case, CaseStatus, Deadline, DeadlineStatus, Intake, Person, RoomMessage
from union import callbacks, callers, case_dates, contact, evidence, links, mediation, room
from union.case_dates import Term
from union.lifecycle import OPEN
from union.rules import Rules
from union.units import unit_card

ACCEPTANCE = "acceptance"
"""The rule by which a case that nobody accepts goes on (deadlines.toml)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """unit: the place that the case lies in. language: what the worker asked for besides Chinese; empty for none. tries: failed calls in a row.

    twins: other open cases of the same worker, counted for staff: perhaps the same matter told twice. take_by: when it goes on if nobody accepts.
    doorless: the worker telephoned and has no chat: what is written does not reach them. group: how many cases are led together, 0 for none.
    """

    unit: str
    files: int
    language: str = ""
    terms: Sequence[Term] = ()
    calls: Sequence[CallBack] = ()
    mediation: Appointment | None = None
    last: RoomMessage | None = None
    tries: int = 0
    twins: int = 0
    take_by: datetime | None = None
    doorless: bool = False
    group: int = 0


async def standing_of(session: AsyncSession, case: Case, rules: Rules, now: datetime, *, mine: bool) -> Standing:
    """Everything that the card of a case shows. mine: to the one who handles it, not to staff."""
    language = await session.scalar(sa.select(Person.language).where(Person.id == case.worker_id))
    said = await room.transcript(session, case.id, 1)
    return Standing(
        unit=(await unit_card(session, case.unit_id)).place,
        files=len(await evidence.of_case(session, case.id)),
        language=label(language) if language else "",
        terms=await case_dates.terms(session, case.id, rules, now),
        calls=await callbacks.open_of(session, case.id),
        mediation=await mediation.planned(session, case.id),
        last=said[-1] if said else None,
        tries=0 if case.status is CaseStatus.RECEIVED else await contact.failed_tries(session, case.id),
        take_by=await _take_by(session, case) if mine else None,
        doorless=case.intake is Intake.HOTLINE and case.status in OPEN and not await callers.has_door(session, case),
        group=len(await links.group_of(session, case)),
        twins=0 if mine else len(await links.duplicates_of(session, case)),
    )


async def _take_by(session: AsyncSession, case: Case) -> datetime | None:
    """When a case that was not accepted goes to the next lawyer."""
    if case.accepted_at is not None or case.lawyer_id is None:
        return None
    live = sa.select(Deadline.due_at).where(Deadline.subject == "case", Deadline.subject_id == case.id, Deadline.rule == ACCEPTANCE)
    return await session.scalar(live.where(Deadline.status == DeadlineStatus.LIVE).order_by(Deadline.id.desc()).limit(1))
