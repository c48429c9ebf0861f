"""Mediation (调解): when and where the two sides meet, who was asked to come, and what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Appointment, AppointmentStatus, Case, ServicePoint, Unit, UnitKind
from storage.types import CaseId, PersonId, UnitId
from union import case_dates, history
from union.alerts import Fact, tell, tell_worker
from union.calendar import day_of
from union.errors import IllegalTransition, NotFound, UnionError
from union.lifecycle import OPEN, happened
from union.rules import Rules
from union.units import ladder

ROOM = "劳动争议调解室"
"""The sort of service point that can be booked (S1)."""

FURTHEST = timedelta(days=365)
DAY_BEFORE = timedelta(hours=24)


class Result(StrEnum):
    """What came of a mediation."""

    AGREED = "agreed"
    NOT_AGREED = "not_agreed"
    WORKER_ABSENT = "worker_absent"
    EMPLOYER_ABSENT = "employer_absent"


class AlreadyPlanned(UnionError):
    """The case has a mediation ahead: that one is to be changed or called off."""

    code = "mediation.already_planned"


class BadMoment(ValueError):
    """A mediation lies ahead, and within a year."""


async def plan(
    session: AsyncSession,
    case: Case,
    rules: Rules,
    now: datetime,
    *,
    by: PersonId,
    at: datetime,
    place: str,
    point_id: int | None = None,
    employer_contact: str | None = None,
) -> Appointment:
    """Fixes a mediation and invites the worker; the one responsible is told, both are reminded on the day before.

    employer_contact: how the employer was asked to come. Raises AlreadyPlanned, BadMoment, IllegalTransition for a case that has ended.
    """
    if case.status not in OPEN:
        raise IllegalTransition(case.status, "mediate")
    if await planned(session, case.id) is not None:
        raise AlreadyPlanned
    _check(at, now)
    appointment = Appointment(
        case_id=case.id,
        point_id=point_id,
        place=place,
        at=at,
        employer_contact=employer_contact,
        made_by=by,
        made_at=now,
        status=AppointmentStatus.PLANNED,
    )
    session.add(appointment)
    await session.flush()
    await _announce(session, case, appointment, rules, now, action="case.mediation_planned", by=by)
    return appointment


async def change(
    session: AsyncSession,
    case: Case,
    appointment: Appointment,
    rules: Rules,
    now: datetime,
    *,
    by: PersonId,
    at: datetime,
    place: str,
    point_id: int | None = None,
    employer_contact: str | None = None,
) -> None:
    """Another time or place: everybody is told and asked anew. Raises BadMoment, NotFound for one that is no longer ahead.

    employer_contact: how the employer was told of the change; without it what was noted held for the time before, and is forgotten.
    """
    _still_ahead(appointment)
    _check(at, now)
    if employer_contact is not None or (at, place) != (appointment.at, appointment.place):
        appointment.employer_contact = employer_contact
    appointment.at, appointment.place, appointment.point_id, appointment.worker_coming = at, place, point_id, None
    await _announce(session, case, appointment, rules, now, action="case.mediation_changed", by=by)


async def call_off(session: AsyncSession, case: Case, appointment: Appointment, rules: Rules, now: datetime, *, by: PersonId) -> None:
    """The mediation does not take place; everybody is told. Raises NotFound for one that is no longer ahead."""
    _still_ahead(appointment)
    appointment.status = AppointmentStatus.CANCELLED
    history.note(session, case.id, "case.mediation_off", now, actor_id=by, appointment=appointment.id)
    if case.status in OPEN:
        await happened(session, case, "mediation_over", rules, now)
    await _tell_both(session, case, appointment, now, by=by)


async def record(
    session: AsyncSession, case: Case, appointment: Appointment, rules: Rules, now: datetime, *, by: PersonId, result: Result, remark: str
) -> None:
    """What came of it. An agreement's day counts from here: 30 days to have a court confirm it (民事诉讼法第205条). Raises NotFound."""
    _still_ahead(appointment)
    appointment.status, appointment.result, appointment.remark = AppointmentStatus.HELD, result, remark or None
    history.note(session, case.id, "case.mediation_held", now, actor_id=by, appointment=appointment.id, result=result.value)
    if case.status not in OPEN:
        return
    await happened(session, case, "mediation_over", rules, now)
    if result is Result.AGREED:
        day = min(day_of(appointment.at), day_of(now))
        await case_dates.note(session, case, "mediation_agreed", rules, now, day=day, by=by)


async def answer(session: AsyncSession, case: Case, appointment: Appointment, now: datetime, *, by: PersonId, coming: bool) -> bool:
    """The worker says whether they come; the one responsible and whoever fixed it are told. Returns False when they had said so. Raises NotFound."""
    _still_ahead(appointment)
    if appointment.worker_coming is coming:
        return False
    appointment.worker_coming = coming
    history.note(session, case.id, "case.mediation_answered", now, actor_id=by, appointment=appointment.id, coming=coming)
    for person_id in dict.fromkeys((case.responsible_id, appointment.made_by)):
        if person_id is not None and person_id != by:
            await tell(session, person_id, Fact.MEDIATION_ANSWERED, now, subject="case", subject_id=case.id, appointment=appointment.id)
    return True


async def of_case(session: AsyncSession, case_id: CaseId) -> list[Appointment]:
    """The mediations of a case, the latest first."""
    return list(await session.scalars(sa.select(Appointment).where(Appointment.case_id == case_id).order_by(Appointment.id.desc())))


async def planned(session: AsyncSession, case_id: CaseId) -> Appointment | None:
    """The one that lies ahead, or whose outcome nobody has noted yet."""
    query = sa.select(Appointment).where(Appointment.case_id == case_id, Appointment.status == AppointmentStatus.PLANNED)
    return await session.scalar(query.order_by(Appointment.id.desc()).limit(1))


async def one_of(session: AsyncSession, appointment_id: int) -> Appointment:
    """An appointment by its number; whoever asks has to be let at its case next (union/access). Raises NotFound."""
    appointment = await session.get(Appointment, appointment_id)
    if appointment is None:
        raise NotFound
    return appointment


async def rooms_near(session: AsyncSession, unit_id: UnitId, limit: int = 6) -> list[ServicePoint]:
    """The mediation rooms (调解室) of the unit's district, its own and those below it first."""
    rungs = await ladder(session, unit_id)
    district = next((unit for unit in rungs if unit.kind is UnitKind.DISTRICT), rungs[-1])
    query = (
        sa.select(ServicePoint)
        .join(Unit, Unit.id == ServicePoint.unit_id)
        .where(ServicePoint.kind == ROOM, Unit.path.startswith(district.path, autoescape=True))
        .order_by(Unit.path.startswith(rungs[0].path, autoescape=True).desc(), ServicePoint.id)
        .limit(limit)
    )
    return list(await session.scalars(query))


def _check(at: datetime, now: datetime) -> None:
    if not now < at <= now + FURTHEST:
        raise BadMoment


def _still_ahead(appointment: Appointment) -> None:
    if appointment.status is not AppointmentStatus.PLANNED:
        raise NotFound


async def _announce(
    session: AsyncSession, case: Case, appointment: Appointment, rules: Rules, now: datetime, *, action: str, by: PersonId
) -> None:
    history.note(
        session, case.id, action, now, actor_id=by, appointment=appointment.id, at=appointment.at.isoformat(), point=appointment.point_id
    )
    await happened(session, case, "mediation", rules, now, started_at=appointment.at - DAY_BEFORE)
    await _tell_both(session, case, appointment, now, by=by, changed=action == "case.mediation_changed")


async def _tell_both(
    session: AsyncSession, case: Case, appointment: Appointment, now: datetime, *, by: PersonId, changed: bool = False
) -> None:
    await tell_worker(session, case, Fact.MEDIATION, now, but=by, appointment=appointment.id, changed=changed)
    handler = case.responsible_id
    if handler is not None and handler != by:
        about: dict[str, Any] = {"appointment": appointment.id, "changed": changed}
        await tell(session, handler, Fact.MEDIATION_SET, now, subject="case", subject_id=case.id, **about)
