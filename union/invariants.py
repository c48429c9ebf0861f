"""What must always be true, checked by the program on itself: shown in `doctor` and /health, and told to staff of the city when it fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import (
    Case,
    Conversation,
    Deadline,
    DeadlineStatus,
    OutboxRow,
    OutboxStatus,
    Priority,
    Role,
    RoleGrant,
    Rung,
    Unit,
    UnitKind,
)
from storage.outbox import put_fact
from union.access import within_reach
from union.alerts import DESK, Fact, side_of
from union.calendar import day_of
from union.lifecycle import OPEN
from union.people import Actor
from union.rungs import Ladder, at_kind, ladders

GRACE = timedelta(hours=2)
"""How long a rung may wait for somebody to say that they have it, before that itself is a fault."""

LATE = timedelta(minutes=5)
"""How late a step may be taken, before something must be wrong with the program."""

REMEMBERED = timedelta(days=7)
"""How long an alert that reached nobody is spoken of."""

EXAMPLES = 5

GRAVE = frozenset({"open_case_without_live_deadline", "deadline_step_late", "case_without_one_responsible"})
"""Those that mean a fault of the program itself; the others need a person to do something (open a door, press a button)."""


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold. code: its name. count: how often. examples: numbers of cases or deadlines, five at most."""

    code: str
    count: int
    examples: tuple[int, ...]


async def check(session: AsyncSession, now: datetime, late: timedelta = LATE) -> list[Violation]:
    """All invariants; an empty list when everything holds. late: how late a step may be taken; a demonstration's hours pass in seconds."""
    found = [
        await _found(session, "open_case_without_live_deadline", _open_cases_without_deadline()),
        await _found(session, "deadline_without_reachable_person", await _deadlines_without_reachable_person(session)),
        await _found(session, "case_without_one_responsible", _cases_without_one_responsible()),
        await _found(session, "rung_not_acknowledged", _rungs_nobody_acknowledged(now)),
        await _found(session, "alert_not_received", _alerts_nobody_received(now)),
        await _found(session, "deadline_step_late", _late_steps(now - max(late, LATE))),
    ]
    return [violation for violation in found if violation is not None]


async def check_and_tell(session: AsyncSession, now: datetime, late: timedelta = LATE) -> list[Violation]:
    """All invariants; of each that does not hold every member of staff of the city is told once a day, in the caller's transaction."""
    broken = await check(session, now, late)
    if not broken:
        return broken
    held = sa.and_(Unit.kind == UnitKind.CITY, RoleGrant.role.in_((Role.STAFF, Role.ADMIN)), RoleGrant.revoked_at.is_(None))
    query = sa.select(RoleGrant.person_id).join(Unit, Unit.id == RoleGrant.unit_id).where(held).distinct().order_by(RoleGrant.person_id)
    for person_id in await session.scalars(query):
        for violation in broken:
            await put_fact(
                session,
                person_id=person_id,
                side=side_of(Fact.HOUSE_FAULT),
                kind=Fact.HOUSE_FAULT,
                params={"code": violation.code, "count": violation.count, "examples": list(violation.examples)},
                now=now,
                dedupe_key=f"{Fact.HOUSE_FAULT}:{violation.code}:{day_of(now)}:{person_id}",
            )
    return broken


_ABOUT_DEADLINES = frozenset({"deadline_without_reachable_person", "rung_not_acknowledged", "deadline_step_late"})


async def cases_behind(session: AsyncSession, actor: Actor, code: str, examples: Sequence[int]) -> list[str]:
    """The codes of the cases that the examples of a violation are about, as far as somebody may see them."""
    numbers: sa.ColumnElement[bool] = Case.id.in_(examples)
    if code in _ABOUT_DEADLINES:
        numbers = Case.id.in_(sa.select(Deadline.subject_id).where(Deadline.id.in_(examples), Deadline.subject == "case"))
    query = sa.select(Case.code).join(Unit, Unit.id == Case.unit_id).where(numbers, within_reach(actor)).order_by(Case.id)
    return list(await session.scalars(query))


async def _found(session: AsyncSession, code: str, numbers: sa.Select[Any] | sa.CompoundSelect[Any] | None) -> Violation | None:
    """Counts what a query of numbers yields. None when it yields nothing."""
    if numbers is None:
        return None
    (number,) = numbers.subquery("broken").c
    some = sa.func.array_agg(aggregate_order_by(number, number), type_=ARRAY(sa.BigInteger))[1 : EXAMPLES * 10]
    count, examples = (await session.execute(sa.select(sa.func.count(), some).select_from(number.table))).one()
    return Violation(code, count, tuple(dict.fromkeys(examples))[:EXAMPLES]) if count else None


def _open_cases_without_deadline() -> sa.Select[Any]:
    live = sa.exists().where(
        Deadline.subject == "case",
        Deadline.subject_id == Case.id,
        Deadline.status == DeadlineStatus.LIVE,
        Deadline.next_at.is_not(None),
    )
    return sa.select(Case.id).where(Case.status.in_(OPEN), sa.not_(live))


async def _deadlines_without_reachable_person(session: AsyncSession) -> sa.Select[Any] | None:
    """A live deadline needs an open door to the one responsible, and on the way up to staff of the district and of the city: a rung in
    between that is empty is passed over. Asked by units and by people, of which there are hundreds, not by deadlines; None when all is well."""
    places = (await session.scalars(sa.select(Case.unit_id).where(Case.status.in_(OPEN)).distinct())).all()
    open_to_the_top = {unit_id for unit_id, ladder in (await ladders(session, places)).items() if _can_climb(ladder)}
    shut = [unit_id for unit_id in places if unit_id not in open_to_the_top]
    responsible = sa.func.coalesce(Case.lawyer_id, Case.officer_id)
    handlers = sa.select(responsible.label("id")).where(Case.status.in_(OPEN)).distinct().subquery()
    door = sa.exists().where(Conversation.person_id == handlers.c.id, Conversation.side == DESK, Conversation.unreachable_since.is_(None))
    gone = (await session.scalars(sa.select(handlers.c.id).where(handlers.c.id.is_not(None), sa.not_(door)))).all()
    if not shut and not gone:
        return None
    return (
        sa.select(Deadline.id)
        .join(Case, Case.id == Deadline.subject_id)
        .where(Deadline.subject == "case", Deadline.status == DeadlineStatus.LIVE, Case.status.in_(OPEN))
        .where(sa.or_(Case.unit_id.in_(shut), responsible.in_(gone)))
    )


def _can_climb(ladder: Ladder) -> bool:
    """Whether an alarm finds somebody who can be reached in the district, if there is one above, and somebody else in the city."""
    district = at_kind(ladder, UnitKind.DISTRICT)
    has_district = any(rung.kind is UnitKind.DISTRICT for rung in ladder)
    return ladder[-1].reachable and (district.kind is UnitKind.DISTRICT or not has_district)


def _cases_without_one_responsible() -> sa.Select[Any]:
    """Nobody, or two. A case that reached nobody because no staff is registered anywhere above it is one of them."""
    return sa.select(Case.id).where(Case.status.in_(OPEN), Case.lawyer_id.is_(None) == Case.officer_id.is_(None))


def _rungs_nobody_acknowledged(now: datetime) -> sa.Select[Any]:
    return (
        sa.select(Rung.deadline_id)
        .join(Deadline, Deadline.id == Rung.deadline_id)
        .where(Rung.acknowledged_at.is_(None), Rung.told_at < now - GRACE, Deadline.status == DeadlineStatus.LIVE)
        .distinct()
    )


def _alerts_nobody_received(now: datetime) -> sa.Select[Any]:
    return sa.select(OutboxRow.subject_id).where(
        OutboxRow.subject == "case",
        OutboxRow.side == DESK,
        OutboxRow.priority == Priority.ALERT,
        OutboxRow.status.in_((OutboxStatus.UNREACHABLE, OutboxStatus.FAILED)),
        OutboxRow.created_at > now - REMEMBERED,
    )


def _late_steps(before: datetime) -> sa.CompoundSelect[Any]:
    """In two halves, those that nobody holds and those that somebody does: each has its index."""
    late = sa.select(Deadline.id).where(Deadline.next_at < before, Deadline.next_at.is_not(None))
    return late.where(Deadline.owner.is_(None)).union_all(late.where(Deadline.owner.is_not(None)))
