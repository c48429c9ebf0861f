"""Cases among one another: duplicates merged, one case split in two, the workers of one employer led as a group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import (
    Appointment,
    CallBack,
    Case,
    CaseFollower,
    CaseKind,
    CaseNote,
    Intake,
    NoteKind,
    RoomMessage,
    StoredFile,
    Unit,
)
from storage.types import CaseId, PersonId
from union import case_dates, cases, history, mediation, routing
from union.access import within_reach
from union.alerts import Fact, tell, tell_worker
from union.errors import IllegalTransition, NotAllowed
from union.lifecycle import OPEN, happened, perform
from union.people import Actor
from union.rules import Rules

MOST_IN_GROUP = 200
"""Cases that one lead may have; the workers of a larger dispute are spoken for by delegates."""


# ---- duplicates


async def duplicates_of(session: AsyncSession, case: Case, limit: int = 5) -> list[Case]:
    """Other open cases of the same worker, those about the same employer first: what may have been told twice.

    Who is anonymous in one case stays so: a case with a name is never shown to be theirs, and without a name only what is about the same employer.
    An incident is no duplicate of anything: it has people and duties of its own.
    """
    if case.status not in OPEN or case.kind is CaseKind.INCIDENT:
        return []
    same_employer = Case.employer_index == case.employer
    query = (
        sa.select(Case)
        .where(Case.worker_id == case.worker_id, Case.id != case.id, Case.status.in_(OPEN), Case.anonymous.is_(case.anonymous))
        .where(Case.kind == case.kind)
        .where(same_employer if case.anonymous else sa.true())
        .where(Case.id != (case.split_from_id or 0), Case.split_from_id.is_distinct_from(case.id))  # somebody has seen that these are two
        .order_by(same_employer.desc(), Case.id)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def merged_into(session: AsyncSession, case_id: CaseId) -> list[Case]:
    """The duplicates that were merged into a case."""
    return list(await session.scalars(sa.select(Case).where(Case.merged_into_id == case_id).order_by(Case.id)))


def older_of(one: Case, other: Case) -> tuple[Case, Case]:
    """Of two cases the older, whose clock counts, and the newer."""
    first, second = sorted((one, other), key=lambda case: (case.received_at, case.id))
    return first, second


async def merge(session: AsyncSession, one: Case, other: Case, rules: Rules, now: datetime, *, by: PersonId, headed: str = "") -> Case:
    """并案: two open cases of one worker become the older one, whose clock runs on unchanged. Returns it.

    Files, the room, notes, call-backs, dates, a mediation and those who follow go over to it; what the newer one told is a note there.
    headed: what stands over that note, so that nobody takes the worker's words for those of whoever merged.
    Raises NotAllowed for cases of different workers or kinds, for incidents, and where one has a name and one has none; IllegalTransition when one has ended.
    """
    told_twice = one.id != other.id and (one.worker_id, one.kind, one.anonymous) == (other.worker_id, other.kind, other.anonymous)
    if not told_twice or one.kind is CaseKind.INCIDENT:
        raise NotAllowed
    into, case = older_of(one, other)
    for each in (into, case):
        if each.status not in OPEN:
            raise IllegalTransition(each.status, "merge")
    if case.collective_id is not None:
        await leave_group(session, case, rules, now, by=by)
    await _move_mediation(session, case, into, rules, now, by=by)
    await _move_what_belongs(session, case, into, now, by=by, headed=headed)
    await _move_dates(session, case, into, rules, now, by=by)
    case.merged_into_id, case.closed_at, case.paused_at = into.id, now, None
    await perform(session, case, "merge", rules, now, by=by, into=into.id)
    history.note(session, into.id, "case.absorbed", now, actor_id=by, merged=case.id)
    await tell_worker(session, case, Fact.CASES_MERGED, now, but=by)
    handler = into.responsible_id
    if handler is not None and handler != by:
        await tell(session, handler, Fact.CASE_ABSORBED, now, subject="case", subject_id=into.id, merged=case.id)
    return into


async def _move_what_belongs(session: AsyncSession, case: Case, into: Case, now: datetime, *, by: PersonId, headed: str) -> None:
    for owned in (StoredFile, RoomMessage, CaseNote, CallBack):
        await session.execute(
            sa.update(owned).where(owned.case_id == case.id).values(case_id=into.id).execution_options(synchronize_session="fetch")
        )
    followers = sa.select(sa.literal(into.id), CaseFollower.person_id, CaseFollower.since).where(
        CaseFollower.case_id == case.id, CaseFollower.person_id != into.worker_id
    )
    await session.execute(insert(CaseFollower).from_select(["case_id", "person_id", "since"], followers).on_conflict_do_nothing())
    # Whoever handles the older one can't open the newer: what was told there comes along.
    told = f"{headed}{case.story}"
    session.add(CaseNote(case_id=into.id, author_id=by, kind=NoteKind.NOTE, text=told, happened_at=case.received_at, created_at=now))
    for name in ("contact_name", "contact_phone"):
        if getattr(into, name) is None:
            setattr(into, name, getattr(case, name))
    await session.flush()


async def _move_mediation(session: AsyncSession, case: Case, into: Case, rules: Rules, now: datetime, *, by: PersonId) -> None:
    """A mediation that lies ahead goes over, unless the older case has one of its own: then it is called off."""
    ahead = await mediation.planned(session, case.id)
    if ahead is None:
        return
    if await mediation.planned(session, into.id) is not None:
        await mediation.call_off(session, case, ahead, rules, now, by=by)
        return
    await session.execute(sa.update(Appointment).where(Appointment.id == ahead.id).values(case_id=into.id))
    await happened(session, case, "mediation_over", rules, now)
    await happened(session, into, "mediation", rules, now, started_at=ahead.at - mediation.DAY_BEFORE)


async def _move_dates(session: AsyncSession, case: Case, into: Case, rules: Rules, now: datetime, *, by: PersonId) -> None:
    """Days that only the newer one has are noted on the older, so that the terms of the law run there; where both have one, the older's holds."""
    known = await case_dates.of_case(session, into.id)
    for code, day in (await case_dates.of_case(session, case.id)).items():
        if code not in known:
            await case_dates.note(session, into, code, rules, now, day=day, by=by)


# ---- one in two


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What becomes a case of its own. nature: of a dispute."""

    kind: CaseKind
    topic: str
    nature: str | None
    story: str


async def split(session: AsyncSession, case: Case, part: Part, rules: Rules, now: datetime, *, by: PersonId) -> Case:
    """拆案: a part of a case becomes a new one of the same worker, with a clock that begins now; it is routed, the worker is told. Returns it.

    Raises IllegalTransition for a case that has ended.
    """
    await perform(session, case, "split", rules, now, by=by)
    told = cases.Grievance(
        worker_id=case.worker_id,
        kind=part.kind,
        topic=part.topic,
        nature=part.nature,
        story=part.story,
        employer=case.employer,
        unit_id=case.unit_id,
        since=None,
        amount=None,
        anonymous=case.anonymous,
        contact_name=case.contact_name,
        contact_phone=case.contact_phone,
        intake=Intake.SPLIT,
        intake_by=by,
    )
    new = await cases.open_case(session, told, rules, now)
    new.split_from_id = case.id
    followers = sa.select(sa.literal(new.id), CaseFollower.person_id, CaseFollower.since).where(CaseFollower.case_id == case.id)
    await session.execute(insert(CaseFollower).from_select(["case_id", "person_id", "since"], followers))
    history.note(session, new.id, "case.split_from", now, actor_id=by, before=case.id)
    history.note(session, case.id, "case.split_into", now, actor_id=by, new=new.id)
    await tell_worker(session, new, Fact.CASE_SPLIT, now, but=by)
    await routing.route(session, new, rules, now, actor_id=by)
    return new


# ---- a group


@dataclass(frozen=True, slots=True)
class Joined:
    """What came of leading cases as a group. cases: those that joined. with_others: of them, those that the lead's lawyer may not take."""

    cases: tuple[CaseId, ...]
    with_others: tuple[CaseId, ...]


async def may_join(session: AsyncSession, actor: Actor, lead: Case, limit: int = 10) -> list[Case]:
    """Open cases of the same kind about the same employer within somebody's reach, of other workers, that are in no group yet; and how many."""
    if not lead.employer.strip():
        return []
    query = (
        sa.select(Case)
        .join(Unit, Unit.id == Case.unit_id)
        .where(
            Case.employer_index == lead.employer,
            Case.kind == lead.kind,
            Case.status.in_(OPEN),
            Case.worker_id != lead.worker_id,
            Case.collective_id.is_(None),
            within_reach(actor),
        )
        .order_by(Case.id)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def group_of(session: AsyncSession, case: Case) -> list[Case]:
    """The cases of a case's group, the lead first; empty when it is in none."""
    if case.collective_id is None:
        return []
    query = sa.select(Case).where(Case.collective_id == case.collective_id).order_by(Case.id != case.collective_id, Case.id)
    return list(await session.scalars(query))


async def join(session: AsyncSession, lead: Case, members: Sequence[Case], rules: Rules, now: datetime, *, by: PersonId) -> Joined:
    """群体案件: the cases of workers of one employer are led by one of them; each worker keeps a room of their own.

    The lead's lawyer takes the others as far as leave, conflicts and places allow; the rest stay with whom they are.
    Raises NotAllowed when a case does not fit to the lead (another employer, kind, the same worker, another group, too many), IllegalTransition.
    """
    standing = await group_of(session, lead)
    if lead.collective_id not in (None, lead.id) or len(standing) + len(members) > MOST_IN_GROUP or not members:
        raise NotAllowed
    workers = {lead.worker_id, *(case.worker_id for case in standing)}
    index = await _employers(session, [lead, *members])
    for case in members:
        if case.collective_id is not None or case.worker_id in workers or case.kind is not lead.kind or index[case.id] != index[lead.id]:
            raise NotAllowed
        workers.add(case.worker_id)
    if lead.collective_id is None:
        await perform(session, lead, "join", rules, now, by=by, lead=lead.id)
        lead.collective_id = lead.id
    left = []
    for case in members:
        await perform(session, case, "join", rules, now, by=by, lead=lead.id)
        case.collective_id = lead.id
        if not await _goes_to_the_leads(session, case, lead, rules, now, by=by):
            left.append(case.id)
    await session.flush()
    return Joined(tuple(case.id for case in members), tuple(left))


async def _employers(session: AsyncSession, found: Sequence[Case]) -> dict[CaseId, str]:
    rows = await session.execute(sa.select(Case.id, Case.employer_index).where(Case.id.in_([case.id for case in found])))
    return {row[0]: row[1] for row in rows}


async def _goes_to_the_leads(session: AsyncSession, case: Case, lead: Case, rules: Rules, now: datetime, *, by: PersonId) -> bool:
    """Gives a case to whoever handles the lead, if they may have it. Returns whether it is theirs."""
    if case.responsible_id == lead.responsible_id:
        return True
    try:
        if lead.lawyer_id is not None:
            await routing.assign_by_hand(session, case, lead.lawyer_id, rules, now, by=by)
            return True
        if (
            lead.officer_id is not None
            and lead.kind is not CaseKind.DISPUTE
            and lead.officer_id in dict(await routing.officers_for(session, case))
        ):
            await routing.entrust_to(session, case, lead.officer_id, rules, now, by=by)
            return True
    except NotAllowed:
        return False
    return False


async def leave_group(session: AsyncSession, case: Case, rules: Rules, now: datetime, *, by: PersonId) -> None:
    """A case goes on by itself. Where it led, the next takes the lead; a group of one is none. Raises IllegalTransition for an ended one."""
    rest = [other for other in await group_of(session, case) if other.id != case.id]
    if case.collective_id is None:
        return
    await perform(session, case, "leave_group", rules, now, by=by, lead=case.collective_id)
    case.collective_id = None
    new_lead = next((other for other in rest if other.status in OPEN), None)
    dissolved = len(rest) < 2 or new_lead is None
    for other in rest:
        if dissolved or other.collective_id == case.id:
            other.collective_id = None if dissolved or new_lead is None else new_lead.id
            history.note(session, other.id, "case.group_changed", now, actor_id=by, lead=other.collective_id)
    await session.flush()
