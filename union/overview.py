"""The board: the open cases within somebody's reach, the most pressing first, and how many there are where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseKind, CaseStatus, Unit
from storage.types import UnitId
from union.access import within_reach
from union.lifecycle import AT_WORK, OPEN, WAITING
from union.people import Actor
from union.units import UnitCard


class Only(StrEnum):
    """What of the board is looked at."""

    ALL = "all"
    OVERDUE = "overdue"  # the clock until the first contact has run out
    UNTAKEN = "untaken"  # nobody has it, or whoever has it has not taken it
    WAITING = "waiting"  # no contact with the worker yet
    AT_WORK = "work"
    COMPLAINT = "complaint"
    HELP = "help"
    SUGGESTION = "suggestion"
    INCIDENT = "incident"


_KINDS: Mapping[Only, CaseKind] = {
    Only.COMPLAINT: CaseKind.COMPLAINT,
    Only.HELP: CaseKind.HELP,
    Only.SUGGESTION: CaseKind.SUGGESTION,
    Only.INCIDENT: CaseKind.INCIDENT,
}


@dataclass(frozen=True, slots=True)
class Counts:
    """Open cases by where they stand: 待派单, 待接单, 等联系, 办理中; of these, those that are overdue; and by kind."""

    received: int = 0
    assigned: int = 0
    accepted: int = 0
    at_work: int = 0
    overdue: int = 0
    complaint: int = 0
    help: int = 0
    suggestion: int = 0
    incident: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    @property
    def all(self) -> int:
        """All of them."""
        return self.received + self.assigned + self.accepted + self.at_work

    def of(self, only: Only) -> int:
        """How many a look at the board would list."""
        match only:
            case Only.ALL:
                return self.all
            case Only.UNTAKEN:
                return self.received + self.assigned
            case Only.WAITING:
                return self.received + self.assigned + self.accepted
            case Only.AT_WORK:
                return self.at_work
            case _:
                found: int = getattr(self, only.value)
                return found


@dataclass(frozen=True, slots=True)
class Row:
    """The cases of a unit and everything below it. unit_id: a unit directly below the one looked at, or that one itself (what lies with it alone)."""

    unit_id: UnitId
    counts: Counts


def is_overdue(now: datetime) -> sa.ColumnElement[bool]:
    """The clock until the first contact has run out, and does not stand still."""
    return sa.and_(Case.intervened_at.is_(None), Case.paused_at.is_(None), Case.due_at <= now)


def wanted(only: Only, now: datetime) -> Sequence[sa.ColumnElement[bool]]:
    """What `open_cases` narrows its list by."""
    match only:
        case Only.ALL:
            return ()
        case Only.OVERDUE:
            return (is_overdue(now),)
        case Only.UNTAKEN:
            return (Case.status.in_((CaseStatus.RECEIVED, CaseStatus.ASSIGNED)),)
        case Only.WAITING:
            return (Case.status.in_(WAITING),)
        case Only.AT_WORK:
            return (Case.status.in_(AT_WORK),)
        case _:
            return (Case.kind == _KINDS[only],)


async def open_cases(
    session: AsyncSession,
    actor: Actor,
    limit: int = 20,
    *,
    offset: int = 0,
    below: str = "",
    narrowed: Sequence[sa.ColumnElement[bool]] = (),
) -> list[Case]:
    """The open cases that a staff member's units reach: those without contact first, of these the ones that are overdue or have least time left.

    below: the path of a unit; only what lies with it and under it. narrowed: see `wanted`.
    """
    query = (
        sa.select(Case)
        .join(Unit, Unit.id == Case.unit_id)
        .where(Case.status.in_(OPEN), within_reach(actor), *narrowed)
        .order_by(Case.intervened_at.is_not(None), Case.due_at, Case.id)
        .offset(offset)
        .limit(limit)
    )
    if below:
        query = query.where(Unit.path.startswith(below, autoescape=True))
    return list(await session.scalars(query))


async def counts_below(session: AsyncSession, actor: Actor, unit: UnitCard, now: datetime) -> Sequence[Row]:
    """How many open cases lie with a unit itself and with each unit directly below it (with all that is under that one), in their order."""
    # Planned for what is asked each time: a plan for any unit and any state could use none of the indexes of open cases (measured: 20 times slower).
    await session.execute(sa.text("SET LOCAL plan_cache_mode = force_custom_plan"))
    depth = unit.path.count(".")
    child = sa.func.split_part(Unit.path, ".", depth + 1)
    query = (
        sa.select(
            child,
            _count(Case.status == CaseStatus.RECEIVED),
            _count(Case.status == CaseStatus.ASSIGNED),
            _count(Case.status == CaseStatus.ACCEPTED),
            _count(Case.status.in_(AT_WORK)),
            _count(is_overdue(now)),
            *(_count(Case.kind == kind) for kind in _KINDS.values()),
        )
        .select_from(Case)
        .join(Unit, Unit.id == Case.unit_id)
        .where(Case.status.in_(OPEN), within_reach(actor), Unit.path.startswith(unit.path, autoescape=True))
        .group_by(child)
    )
    rows = [Row(UnitId(int(row[0])) if row[0] else unit.id, Counts(*row[1:])) for row in await session.execute(query)]
    return sorted(rows, key=lambda row: (row.unit_id != unit.id, row.unit_id))


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count().filter(condition)


def top_units(units: Sequence[UnitCard]) -> list[UnitCard]:
    """Of some units those that stand under none of the others: what they reach is counted once."""
    return [unit for unit in units if not any(unit.path != other.path and unit.is_below(other.path) for other in units)]
