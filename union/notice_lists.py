"""Lists of people by phone or card number: who is found is kept, for audiences; the numbers themselves are not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import NoticeList, NoticeListEntry, Person, Unit
from storage.types import BlindIndex, ListId, PersonId
from union.audience_filter import REACHABLE, SENDERS, own_units
from union.errors import NotAllowed, UnionError
from union.numbers import plain_number
from union.people import Actor

MOST_ROWS = 100_000
LONGEST_NAME = 60

STEP = 2_000
"""Numbers looked up in one statement: each costs two fingerprints, and in between others have their turn (some 10 ms)."""

Row = tuple[int, Sequence[str]]
"""A row of a sheet: its number there, and the phone or card numbers in it, as they were written."""


class TooManyRows(UnionError):
    """A list of more than `MOST_ROWS`."""

    code = "list.too_many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What became of the rows. list_id: None when nobody was found. people: how many are on the list.

    repeated: rows with somebody who stands further up already. unreadable: rows in which nothing can be a number. missing: rows with a number
    by which nobody was found within the sender's own units; whether there is somebody elsewhere is not told, or one could ask about anybody.
    """

    list_id: ListId | None
    people: int
    repeated: tuple[int, ...] = ()
    unreadable: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()


async def make(session: AsyncSession, actor: Actor, name: str, rows: Sequence[Row], now: datetime) -> Found:
    """Makes a list of those of the sender's own units who are found by these numbers; by the first number of a row that finds somebody.

    Raises NotAllowed, TooManyRows.
    """
    own = sorted(actor.units(*SENDERS), key=lambda unit: unit.path.count("."))
    if not own:
        raise NotAllowed
    if len(rows) > MOST_ROWS:
        raise TooManyRows
    numbers = await asyncio.to_thread(_numbers, rows)  # a second's work in all, from which the others get their share
    by_number = await _look_up(session, actor, sorted({number for found in numbers.values() for number in found}))
    found, first = await asyncio.to_thread(_account, numbers, by_number)
    if not first:
        return found
    lost = len(found.unreadable) + len(found.missing)
    kept = NoticeList(unit_id=own[0].id, author_id=actor.id, name=name[:LONGEST_NAME], missing=lost, created_at=now)
    session.add(kept)
    await session.flush()
    await _keep(session, kept.id, first)
    return replace(found, list_id=kept.id)


def _numbers(rows: Sequence[Row]) -> dict[int, list[str]]:
    """The numbers of each row in the form in which they are looked up."""
    return {row: [plain for text in texts if (plain := plain_number(text))] for row, texts in rows}


def _account(numbers: Mapping[int, Sequence[str]], by_number: Mapping[str, PersonId]) -> tuple[Found, list[PersonId]]:
    """What becomes of each row, and those who were found, in the order of their first rows."""
    first: dict[PersonId, int] = {}
    repeated: list[int] = []
    missing: list[int] = []
    unreadable: list[int] = []
    for row, written in numbers.items():
        person_id = next((by_number[number] for number in written if number in by_number), None)
        if person_id is not None:
            if first.setdefault(person_id, row) != row:
                repeated.append(row)
        else:
            (missing if written else unreadable).append(row)
    found = Found(list_id=None, people=len(first), repeated=tuple(repeated), unreadable=tuple(unreadable), missing=tuple(missing))
    return found, list(first)


async def _look_up(session: AsyncSession, actor: Actor, numbers: Sequence[str]) -> dict[str, PersonId]:
    """Whom each number finds within the sender's units: as a phone before as a card, whoever can be reached before others."""
    found: dict[str, PersonId] = {}
    for at in range(0, len(numbers), STEP):
        some = numbers[at : at + STEP]
        found |= await _by(session, actor, Person.phone_index, BlindIndex("person.phone"), some)
        others = [number for number in some if number not in found]
        found |= await _by(session, actor, Person.card_index, BlindIndex("person.card"), others)
    return found


async def _by(
    session: AsyncSession, actor: Actor, column: sa.orm.InstrumentedAttribute[str | None], kind: BlindIndex, numbers: Sequence[str]
) -> dict[str, PersonId]:
    given = (
        sa.func.unnest(sa.bindparam("numbers", numbers, type_=ARRAY(kind)))
        .table_valued(sa.column("blind", kind), with_ordinality="place", name="given")
        .render_derived()
    )
    query = (
        sa.select(given.c.place, Person.id)
        .join(Person, column == given.c.blind)
        .join(Unit, Unit.id == Person.unit_id)
        .where(own_units(actor))
        .order_by(given.c.place, sa.and_(*REACHABLE).desc(), Person.id)
        .ext(distinct_on(given.c.place))
    )
    rows: Any = await session.execute(query)
    return {numbers[place - 1]: PersonId(person_id) for place, person_id in rows}


async def _keep(session: AsyncSession, list_id: ListId, people: Sequence[PersonId]) -> None:
    each = sa.func.unnest(sa.bindparam("people", sorted(people), type_=ARRAY(sa.BigInteger))).column_valued("person_id")
    entries = sa.select(sa.literal(list_id, sa.BigInteger), each)
    await session.execute(insert(NoticeListEntry).from_select(["list_id", "person_id"], entries))


async def recent(session: AsyncSession, actor: Actor, limit: int) -> list[NoticeList]:
    """The latest lists that somebody made themselves and that have not been tidied away (storage/tidying)."""
    kept = sa.exists().where(NoticeListEntry.list_id == NoticeList.id)
    query = sa.select(NoticeList).where(NoticeList.author_id == actor.id, kept).order_by(NoticeList.id.desc()).limit(limit)
    return list(await session.scalars(query))
