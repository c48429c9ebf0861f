"""What the cases come to: how many were reached in time, how long it took, how they ended, what was recovered, how content people were.

Everything is counted by the database, one query for a total and one for each breakdown. A case belongs to the period in which it was received.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseKind, Outcome, Role, Unit
from storage.types import UnitId
from union.access import not_against_own_employer, within_reach
from union.errors import NotFound
from union.lifecycle import OPEN
from union.people import Actor
from union.periods import Period, last_months
from union.rules import Rules, contact_rule
from union.units import UnitCard, unit_card

SETTLED = (Outcome.SETTLED, Outcome.MEDIATED, Outcome.COLLECTIVE, Outcome.HELPED, Outcome.ANSWERED)
"""解决: the matter itself is done."""
REFERRED = (Outcome.ARBITRATION, Outcome.LITIGATION, Outcome.INSPECTORATE)
"""转入: others decide it."""

CONTENT = 4
"""A mark from which on somebody is content (满意)."""
GOAL = Decimal("0.9")
"""会员评议: at least 90% satisfied (S1)."""
FEWEST_RATINGS = 5
"""With fewer, a share says nothing about the many and too much about the few."""


class Clock(StrEnum):
    """What became of a case's clock until the first contact (S1 三(三)3): decided by the first two, undecided in the others."""

    ON_TIME = "on_time"
    LATE = "late"
    RUNNING = "running"
    PAUSED = "paused"  # the worker can't be reached, staff confirmed it, and it had not run out
    ENDED = "ended"  # withdrawn or merged without contact, before it ran out


class By(StrEnum):
    """What figures can be broken down by."""

    UNIT = "unit"
    LAWYER = "lawyer"
    TOPIC = "topic"
    MONTH = "month"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases are counted. units: those looked at, with all below them; none for a lawyer's own."""

    where: sa.ColumnElement[bool]
    period: Period
    units: tuple[UnitCard, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of some cases.

    on_time, late: those whose clock has stopped or run out; running, paused, ended: those not counted there, and why.
    median, p90, worst: how much of the clock was used up to the first contact, of disputes; time in which it stood still is not in it.
    closed: ended with an outcome by those who handled them, of these settled and referred. recovered: 元. content: rated 4 or 5.
    """

    cases: int
    on_time: int
    late: int
    running: int
    paused: int
    ended: int
    median: timedelta | None
    p90: timedelta | None
    worst: timedelta | None
    closed: int
    settled: int
    referred: int
    withdrawn: int
    merged: int
    recovered: Decimal
    rated: int
    content: int

    @property
    def decided(self) -> int:
        """The denominator of the on-time rate."""
        return self.on_time + self.late

    @property
    def on_time_rate(self) -> Decimal | None:
        """The share of the decided that were reached in time; None when nothing is decided."""
        return share(self.on_time, self.decided)

    @property
    def content_rate(self) -> Decimal | None:
        """满意率; None for fewer than five ratings."""
        return share(self.content, self.rated) if self.rated >= FEWEST_RATINGS else None

    @property
    def reaches_goal(self) -> bool:
        """Whether 满意率 is at 90% or above."""
        return self.content_rate is not None and self.content >= GOAL * self.rated


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a breakdown. key: a unit's or lawyer's number (None: no lawyer), a topic's or kind's code, the first day of a month."""

    key: Any
    figures: Figures


def share(part: int, whole: int) -> Decimal | None:
    """A share, rounded down to a thousandth, so that 100% means all; None of nothing."""
    return (Decimal(part) / whole).quantize(Decimal("0.001"), ROUND_DOWN) if whole else None


def top_units(actor: Actor) -> tuple[UnitCard, ...]:
    """The units that a staff role is held at, without those that stand below another of them."""
    held = {unit.id: unit for unit in actor.units(Role.STAFF, Role.ADMIN)}.values()
    return tuple(unit for unit in held if not any(unit.is_below(other.path) for other in held if other.id != unit.id))


async def scope_of(session: AsyncSession, actor: Actor, period: Period, unit_id: UnitId | None = None) -> Scope:
    """The cases of a unit and all below it, or of all units that the actor's staff roles reach. Raises NotFound for what they do not reach."""
    if unit_id is None:
        looked_at = top_units(actor)
    else:
        unit = await unit_card(session, unit_id)
        looked_at = (unit,) if actor.reaches(unit.path, Role.STAFF, Role.ADMIN) else ()
    if not looked_at:
        raise NotFound
    below = sa.or_(*[Unit.path.startswith(unit.path, autoescape=True) for unit in looked_at])
    return Scope(sa.and_(within_reach(actor), below, _received_in(period)), period, looked_at)


def scope_of_lawyer(actor: Actor, period: Period) -> Scope:
    """The cases that somebody is the lawyer of now."""
    own = sa.and_(Case.lawyer_id == actor.id, Case.worker_id != actor.id, not_against_own_employer(actor))
    return Scope(sa.and_(own, _received_in(period)), period)


def _received_in(period: Period) -> sa.ColumnElement[bool]:
    return sa.and_(Case.received_at >= period.begins, Case.received_at < period.ends)


async def figures(session: AsyncSession, scope: Scope, rules: Rules, now: datetime) -> Figures:
    """The figures of all cases in the scope together."""
    row = (await session.execute(sa.select(*_measures(_each(scope, sa.null(), rules, now).c)))).one()
    return _figures(row)


async def broken_down(session: AsyncSession, scope: Scope, by: By, rules: Rules, now: datetime) -> list[Row]:
    """The figures by one thing: months in order, everything else with the most cases first. What has no case has no row."""
    each = _each(scope, _key(scope, by), rules, now).c
    order = (each.key,) if by is By.MONTH else (sa.func.count().desc(), each.key)
    rows = await session.execute(sa.select(each.key, *_measures(each)).group_by(each.key).order_by(*order))
    return [Row(row.key, _figures(row)) for row in rows]


async def of_lawyer(session: AsyncSession, actor: Actor, rules: Rules, now: datetime, *, months: int = 6) -> tuple[Figures, list[Row]]:
    """A lawyer's own figures of the last months, this one among them: all together, and by month."""
    scope = scope_of_lawyer(actor, last_months(now, months))
    return await figures(session, scope, rules, now), await broken_down(session, scope, By.MONTH, rules, now)


def clock_of(now: datetime) -> sa.Case[str]:
    """What became of the clock of each case, as a `Clock`. At the due time itself it is late; the mark 超时 stays whatever came after.

    Where it waits for the worker, or the case ended, before it ran out, nothing is decided.
    """
    is_open = Case.status.in_(OPEN)
    stood_still = sa.case((is_open, sa.func.coalesce(Case.paused_at, now)), else_=Case.closed_at)
    return sa.case(
        (sa.or_(Case.overdue, Case.intervened_at >= Case.due_at), Clock.LATE.value),
        (Case.intervened_at.is_not(None), Clock.ON_TIME.value),
        (stood_still >= Case.due_at, Clock.LATE.value),
        (~is_open, Clock.ENDED.value),
        (Case.paused_at.is_not(None), Clock.PAUSED.value),
        else_=Clock.RUNNING.value,
    )


def used(rules: Rules) -> sa.ColumnElement[timedelta]:
    """How much of its clock a case had used up at the first contact; NULL before it.

    Pauses, and being taken up anew, have moved the due time along; so it is counted back from there, by the length that the rule gives today.
    """
    lengths = {kind: sa.literal(contact_rule(rules, kind).due, sa.Interval) for kind in CaseKind}
    length = sa.case(*[(Case.kind == kind, due) for kind, due in lengths.items()])
    began = sa.func.greatest(sa.type_coerce(Case.received_at, _TIME), sa.type_coerce(Case.due_at, _TIME) - length)
    return sa.type_coerce(sa.type_coerce(Case.intervened_at, _TIME) - began, sa.Interval)


_TIME = sa.DateTime(timezone=True)


def _key(scope: Scope, by: By) -> sa.ColumnElement[Any]:
    match by:
        case By.UNIT:
            return _unit_key(scope)
        case By.LAWYER:
            return sa.type_coerce(Case.lawyer_id, sa.BigInteger)
        case By.TOPIC:
            return sa.type_coerce(Case.topic, sa.Text)
        case By.KIND:
            return sa.type_coerce(Case.kind, sa.Text)
        case By.MONTH:
            in_beijing = sa.func.timezone(sa.literal(timedelta(hours=8), sa.Interval), Case.received_at)
            return sa.cast(sa.func.date_trunc("month", in_beijing), sa.Date)


def _unit_key(scope: Scope) -> sa.ColumnElement[int]:
    """The unit directly below the one looked at that a case's unit is or stands under, or the unit itself; of several, which of them."""
    if len(scope.units) != 1:
        return sa.case(*[(Unit.path.startswith(unit.path, autoescape=True), int(unit.id)) for unit in scope.units])
    rungs = scope.units[0].path.count(".")
    following = sa.func.nullif(sa.func.split_part(Unit.path, ".", rungs + 1), "")
    return sa.func.coalesce(sa.cast(following, sa.BigInteger), int(scope.units[0].id))


def _each(scope: Scope, key: sa.ColumnElement[Any], rules: Rules, now: datetime) -> sa.Subquery:
    """What is counted of each case."""
    return (
        sa.select(
            key.label("key"),
            clock_of(now).label("clock"),
            sa.case((Case.kind == CaseKind.DISPUTE, used(rules))).label("used"),
            Case.outcome,
            Case.merged_into_id,
            Case.recovered,
            Case.rating,
        )
        .join(Unit, Unit.id == Case.unit_id)
        .where(scope.where)
        .subquery()
    )


def _measures(each: Any) -> list[sa.Label[Any]]:
    def number(where: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count().filter(where)

    def within(part: float) -> sa.ColumnElement[timedelta]:
        return sa.func.percentile_cont(part).within_group(each.used)

    measures: dict[str, sa.ColumnElement[Any]] = {
        "cases": sa.func.count(),
        **{clock.value: number(each.clock == clock.value) for clock in Clock},
        "median": within(0.5),
        "p90": within(0.9),
        "worst": sa.func.max(each.used),
        "closed": number(each.outcome != Outcome.WITHDRAWN),
        "settled": number(each.outcome.in_(SETTLED)),
        "referred": number(each.outcome.in_(REFERRED)),
        "withdrawn": number(each.outcome == Outcome.WITHDRAWN),
        "merged": number(each.merged_into_id.is_not(None)),
        "recovered": sa.func.coalesce(sa.func.sum(each.recovered), 0),
        "rated": sa.func.count(each.rating),
        "content": number(each.rating >= CONTENT),
    }
    return [measure.label(name) for name, measure in measures.items()]


def _figures(row: sa.Row[Any]) -> Figures:
    found = {name: value for name, value in row._mapping.items() if name != "key"}
    return Figures(**{**found, "recovered": Decimal(found["recovered"])})
