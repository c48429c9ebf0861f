"""The register of dated facts that staff keep: who may change it, what a change leaves behind, and its version.

What a name means and what its value looks like is not known here: a row comes checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from storage.models import DatedFact, DatedFactChange, Role, UnitKind
from storage.types import PersonId
from union.errors import NotAllowed, NotFound
from union.people import Actor

FACTS_LOCK = 1235102
"""Advisory lock: changes come one after the other, so that their numbers become visible in order and the highest is the table's version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row, as its cells are written."""

    name: str
    region: str
    value: str
    unit: str
    valid_from: date
    valid_until: date | None
    source: str
    note: str

    @property
    def key(self) -> tuple[str, str, date]:
        """What there is one row of."""
        return self.name, self.region, self.valid_from

    def as_json(self) -> dict[str, Any]:
        """As the trail keeps it."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A row that staff keep, with who vouched for it last."""

    row: Row
    added_by: PersonId
    added_at: datetime


def may_change(actor: Actor) -> bool:
    """The figures hold for the whole installation: an admin, or staff of a city, answers for them."""
    return actor.has(Role.ADMIN) or any(unit.kind is UnitKind.CITY for unit in actor.units(Role.STAFF))


async def kept(session: AsyncSession) -> list[Kept]:
    """Every row that staff keep, by name, region and day."""
    query = sa.select(DatedFact).order_by(DatedFact.name, DatedFact.region, DatedFact.valid_from)
    return [Kept(row=_row(fact), added_by=fact.added_by, added_at=fact.added_at) for fact in await session.scalars(query)]


def _row(fact: DatedFact) -> Row:
    return Row(**{field.name: getattr(fact, field.name) for field in fields(Row)})


async def put(session: AsyncSession, actor: Actor, rows: Sequence[Row], now: datetime) -> None:
    """Keeps rows; one of the same name, region and first day is replaced, and what it was stays in the trail. Raises NotAllowed."""
    await _begin_change(session, actor)
    found = {_row(fact).key: fact for fact in await session.scalars(sa.select(DatedFact))}
    for row in rows:
        fact = found.get(row.key)
        before = None if fact is None else _row(fact)
        if fact is None:
            fact = found[row.key] = DatedFact()
            session.add(fact)
        for field in fields(row):
            setattr(fact, field.name, getattr(row, field.name))
        fact.added_by, fact.added_at = actor.id, now
        session.add(_change(actor, row, now, before=before, after=row))
    await session.flush()


async def take_back(session: AsyncSession, actor: Actor, key: tuple[str, str, date], now: datetime) -> Row:
    """Takes a row out of the register, and returns it; a built-in one that it lay over holds again. Raises NotAllowed or NotFound."""
    await _begin_change(session, actor)
    name, region, first = key
    query = sa.select(DatedFact).where(DatedFact.name == name, DatedFact.region == region, DatedFact.valid_from == first)
    fact = await session.scalar(query)
    if fact is None:
        raise NotFound
    row = _row(fact)
    await session.delete(fact)
    session.add(_change(actor, row, now, before=row, after=None))
    await session.flush()
    return row


async def _begin_change(session: AsyncSession, actor: Actor) -> None:
    if not may_change(actor):
        raise NotAllowed
    await session.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": FACTS_LOCK})


def _change(actor: Actor, row: Row, now: datetime, *, before: Row | None, after: Row | None) -> DatedFactChange:
    cells = [None if each is None else each.as_json() for each in (before, after)]
    return DatedFactChange(
        name=row.name, region=row.region, valid_from=row.valid_from, before=cells[0], after=cells[1], actor_id=actor.id, at=now
    )


async def changes(session: AsyncSession, limit: int) -> list[DatedFactChange]:
    """The last changes, the newest first."""
    return list(await session.scalars(sa.select(DatedFactChange).order_by(DatedFactChange.id.desc()).limit(limit)))


async def version(connection: AsyncConnection) -> int:
    """A number that grows with every change: whoever has read the rows at this one has them all."""
    return await connection.scalar(sa.select(sa.func.coalesce(sa.func.max(DatedFactChange.id), 0))) or 0
