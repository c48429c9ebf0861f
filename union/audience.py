"""Who is meant by a notice: whether somebody may address them, how many there are and how they are reached, and ten of them to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import NoticeList, NoticeListEntry, Person, Role, Survey, SurveyKind, Unit
from storage.types import PersonId, UnitId
from union.audience_filter import CHINESE, INDUSTRIAL, SENDERS, Audience, BadAudience, below, meant, own_units, people, place_of, within
from union.errors import NotAllowed, NotFound, UnionError
from union.people import Actor

__all__ = [
    "CHINESE",
    "Audience",
    "BadAudience",
    "Count",
    "EmptyAudience",
    "ListGone",
    "Sampled",
    "check",
    "count",
    "list_gone",
    "people",
    "permit",
    "sample",
    "start_from",
]

SAMPLE_UNITS = 40


class EmptyAudience(UnionError):
    """Nobody would get it."""

    code = "audience.empty"


class ListGone(EmptyAudience):
    """Nobody, because the list of people has been tidied away."""

    code = "audience.list_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many are meant. reachable: would get it; unreachable: no door of theirs is open; unwilling: want no notices.

    by_door: the reachable by the door they are reached by. by_unit: the reachable by the units one rung below (by those chosen, if they are
    several; by districts, if it is a line alone); whoever belongs to the chosen unit itself stands under that one.
    """

    reachable: int
    unreachable: int
    unwilling: int
    by_door: Mapping[str, int] = field(default_factory=dict)
    by_unit: Mapping[UnitId, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sampled:
    """Somebody of an audience, as staff may see them before they send: 王*, and where they belong."""

    name: str
    unit: str


async def check(session: AsyncSession, actor: Actor, audience: Audience) -> None:
    """Whether this sender may address this audience, and anybody would get it.

    Raises NotFound for a unit, a list or a sign-up that is not there or not theirs, NotAllowed, EmptyAudience, ListGone.
    """
    await permit(session, actor, audience)
    if not await session.scalar(sa.select(sa.exists(people(audience, actor)))):
        raise ListGone if await list_gone(session, audience) else EmptyAudience


async def list_gone(session: AsyncSession, audience: Audience) -> bool:
    """Whether its list of people has been tidied away (storage/tidying). One is never kept empty."""
    if audience.list_id is None:
        return False
    return not await session.scalar(sa.select(sa.exists().where(NoticeListEntry.list_id == audience.list_id)))


async def permit(session: AsyncSession, actor: Actor, audience: Audience) -> list[Unit]:
    """The audience's units, if the sender may address it; whether anybody would get it is not looked at. Raises NotFound, NotAllowed."""
    named = [*audience.units, *([] if audience.line is None else [audience.line])]
    units = {unit.id: unit for unit in await session.scalars(sa.select(Unit).where(Unit.id.in_(named)))}
    if set(named) != units.keys():
        raise NotFound
    on_own_line = audience.line is not None and actor.reaches(units[audience.line].path, *SENDERS)
    if not on_own_line and not (audience.units and all(actor.reaches(units[unit_id].path, *SENDERS) for unit_id in audience.units)):
        raise NotAllowed
    # Who chairs a union sees nothing of the cases against its employer, not even that there are any (union/access).
    if audience.case_topics and actor.has(Role.CHAIR):
        raise NotAllowed
    if audience.list_id is not None and not await _is_theirs(session, actor, NoticeList, NoticeList.id == audience.list_id):
        raise NotFound
    sign_up = sa.and_(Survey.id == audience.took_part, Survey.kind == SurveyKind.SIGN_UP)
    if audience.took_part is not None and not await _is_theirs(session, actor, Survey, sign_up):
        raise NotFound
    return [units[unit_id] for unit_id in audience.units]


async def _is_theirs(session: AsyncSession, actor: Actor, table: type[NoticeList | Survey], which: sa.ColumnElement[bool]) -> bool:
    mine = sa.or_(table.author_id == actor.id, own_units(actor))
    return bool(await session.scalar(sa.select(sa.exists(sa.select(table.id).join(Unit, Unit.id == table.unit_id).where(which, mine)))))


async def count(session: AsyncSession, actor: Actor, audience: Audience) -> Count:
    """How many are meant, and how they are reached. Raises as `check`, but for EmptyAudience.

    4,020,000 people in half a second to a second and a half (`python -m bench audience`): all of it is read from one small index.
    """
    units = await permit(session, actor, audience)
    inner = (
        sa.select(place_of(audience).label("unit_id"), Person.wants_notices, Person.door, sa.func.count().label("number"))
        .where(*meant(audience, actor))
        .group_by(sa.text("1"), Person.wants_notices, Person.door)
        .subquery()
    )
    rung = _rung(units)
    query = (
        sa.select(rung, inner.c.wants_notices, inner.c.door, sa.cast(sa.func.sum(inner.c.number), sa.BigInteger))
        .join(Unit, Unit.id == inner.c.unit_id)
        .group_by(rung, inner.c.wants_notices, inner.c.door)
    )
    top = units[0].id if units else None
    return _counted([tuple(row) for row in await session.execute(query)], top)


def _rung(units: Sequence[Unit]) -> sa.ColumnElement[Any]:
    """For which of the units one rung down somebody is counted, as text; empty for the unit itself."""
    if len(units) > 1:
        return sa.case(*[(below(unit.id), str(unit.id)) for unit in units], else_="")
    depth = units[0].path.count(".") if units else 1
    return sa.func.split_part(Unit.path, ".", sa.bindparam(None, depth + 1, literal_execute=True))


def _counted(rows: Sequence[tuple[str, bool, str | None, int]], top: UnitId | None) -> Count:
    unreachable = unwilling = 0
    by_door: dict[str, int] = {}
    by_unit: dict[UnitId, int] = {}
    for rung, wants, door, number in rows:
        if not wants:
            unwilling += number
        elif door is None:
            unreachable += number
        else:
            by_door[door] = by_door.get(door, 0) + number
            unit_id = UnitId(int(rung)) if rung else top
            if unit_id is not None:
                by_unit[unit_id] = by_unit.get(unit_id, 0) + number
    return Count(
        reachable=sum(by_door.values()),
        unreachable=unreachable,
        unwilling=unwilling,
        by_door=dict(sorted(by_door.items())),
        by_unit=dict(sorted(by_unit.items())),
    )


async def sample(session: AsyncSession, actor: Actor, audience: Audience, number: int = 10) -> list[Sampled]:
    """Some of those who would get it, drawn at random, fewer than `number` only if there are no more. Raises as `count`."""
    await permit(session, actor, audience)
    found = await _from_some_units(session, actor, audience, number)
    if len(found) < number:
        found = list(await session.scalars(people(audience, actor).order_by(sa.func.random()).limit(number)))
    query = sa.select(Person.name, Unit.name).outerjoin(Unit, Unit.id == place_of(audience)).where(Person.id.in_(found))
    return sorted((Sampled(masked(name or ""), unit or "") for name, unit in await session.execute(query)), key=lambda one: one.unit)


async def _from_some_units(session: AsyncSession, actor: Actor, audience: Audience, number: int) -> list[PersonId]:
    """The draw among many units without reading everybody: a few units by lot, and in each of them a few people."""
    if audience.role is not None:
        return []
    drawn = sa.select(Unit.id).where(within(audience), own_units(actor)).order_by(sa.func.random()).limit(SAMPLE_UNITS).subquery()
    some = people(audience, actor).where(Person.unit_id == drawn.c.id).correlate(drawn).limit(number).lateral()
    return list(
        await session.scalars(sa.select(some.c.id).select_from(drawn.join(some, sa.true())).order_by(sa.func.random()).limit(number))
    )


async def sign_ups(session: AsyncSession, actor: Actor, limit: int) -> list[Survey]:
    """The sign-ups by which this sender may choose people (`took_part`), the newest first."""
    mine = sa.or_(Survey.author_id == actor.id, own_units(actor))
    query = sa.select(Survey).join(Unit, Unit.id == Survey.unit_id).where(Survey.kind == SurveyKind.SIGN_UP, mine)
    return list(await session.scalars(query.order_by(Survey.id.desc()).limit(limit)))


def masked(name: str) -> str:
    """王小明 as 王*."""
    return f"{name[0]}*" if name else ""


def start_from(actor: Actor) -> Audience:
    """Everybody in the sender's own units, to begin from. Raises NotAllowed for somebody who sends no notices."""
    own = actor.units(*SENDERS)
    places = [unit for unit in own if unit.kind not in INDUSTRIAL]
    top = [unit for unit in places if not any(unit.path != other.path and unit.is_below(other.path) for other in places)]
    if top:
        return Audience(units=tuple(dict.fromkeys(unit.id for unit in top)))
    if not own:
        raise NotAllowed
    return Audience(line=own[0].id)
