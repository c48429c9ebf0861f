"""What must always be true, checked by the program on itself and shown in `doctor` and /health."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, Conversation, Deadline, DeadlineStatus, OutboxRow, OutboxStatus, Priority, Rung, Unit
from union import cases
from union.alerts import DESK
from union.people import staff_of

GRACE = timedelta(hours=2)
"""How long a rung may wait for somebody to say that they have it, before that itself is a fault."""


GRAVE = frozenset({"open_case_without_live_deadline", "deadline_step_late"})
"""Those that mean a fault of the program itself; the others need a person to do something (open a door, press a button)."""


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold. code: its name. count: how often. examples: numbers of cases or deadlines, five at most."""

    code: str
    count: int
    examples: tuple[int, ...]


async def check(session: AsyncSession, now: datetime) -> list[Violation]:
    """All invariants; an empty list when everything holds."""
    found = [
        await _open_cases_without_deadline(session),
        await _deadlines_without_reachable_person(session),
        await _rungs_nobody_acknowledged(session, now),
        await _alerts_nobody_received(session, now),
        await _late_steps(session, now),
    ]
    return [violation for violation in found if violation.count]


def _violation(code: str, ids: Sequence[int]) -> Violation:
    return Violation(code, len(ids), tuple(ids[:5]))


async def _open_cases_without_deadline(session: AsyncSession) -> Violation:
    live = (
        sa.select(Deadline.id)
        .where(Deadline.subject == "case", Deadline.subject_id == Case.id, Deadline.status == DeadlineStatus.LIVE)
        .where(Deadline.next_at.is_not(None))
        .exists()
    )
    ids = await session.scalars(sa.select(Case.id).where(Case.status.in_(cases.OPEN), Case.kind == "dispute", sa.not_(live)))
    return _violation("open_case_without_live_deadline", list(ids))


async def _deadlines_without_reachable_person(session: AsyncSession) -> Violation:
    """A live deadline needs an open door to the person responsible, and on the way up to at least one staff member of the district and the city."""
    lawyer_door = (
        sa.select(Conversation.id)
        .where(Conversation.person_id == Case.lawyer_id, Conversation.side == DESK, Conversation.unreachable_since.is_(None))
        .exists()
    )
    rows = await session.execute(
        sa.select(Deadline.id, Unit.path, Case.lawyer_id, lawyer_door)
        .join(Case, Case.id == Deadline.subject_id)
        .join(Unit, Unit.id == Deadline.unit_id)
        .where(Deadline.subject == "case", Deadline.status == DeadlineStatus.LIVE)
    )
    found = [(row[0], [int(part) for part in row[1].split(".") if part], row[2], row[3]) for row in rows]
    units = {unit for _, path, _, _ in found for unit in path}
    reachable = {unit_id for unit_id, _, open_door in await staff_of(session, list(units), DESK) if open_door}  # type: ignore[arg-type]
    bad = [
        deadline_id
        for deadline_id, path, lawyer_id, open_door in found
        if (lawyer_id is not None and not open_door) or path[0] not in reachable or not reachable.intersection(path[1:])
    ]
    return _violation("deadline_without_reachable_person", bad)


async def _rungs_nobody_acknowledged(session: AsyncSession, now: datetime) -> Violation:
    query = (
        sa.select(Rung.deadline_id)
        .join(Deadline, Deadline.id == Rung.deadline_id)
        .where(Rung.acknowledged_at.is_(None), Rung.told_at < now - GRACE, Deadline.status == DeadlineStatus.LIVE)
        .distinct()
    )
    return _violation("rung_not_acknowledged", list(await session.scalars(query)))


async def _alerts_nobody_received(session: AsyncSession, now: datetime) -> Violation:
    query = sa.select(OutboxRow.subject_id).where(
        OutboxRow.subject == "case",
        OutboxRow.side == DESK,
        OutboxRow.priority == Priority.ALERT,
        OutboxRow.status.in_((OutboxStatus.UNREACHABLE, OutboxStatus.FAILED)),
        OutboxRow.created_at > now - timedelta(days=7),
    )
    return _violation("alert_not_received", [case_id for case_id in await session.scalars(query) if case_id is not None])


async def _late_steps(session: AsyncSession, now: datetime) -> Violation:
    query = sa.select(Deadline.id).where(Deadline.next_at < now - timedelta(minutes=5)).limit(100)
    return _violation("deadline_step_late", list(await session.scalars(query)))
