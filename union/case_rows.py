"""A row for each case of a scope, for a table: what is needed to check a figure, and nothing that the worker told or is called."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseKind, CaseStatus, Outcome, Person, Unit
from union.figures import Clock, Scope, clock_of, used
from union.rules import Rules

MOST_ROWS = 30_000
"""More than the city receives in a year (S4: 116,000 disputes in five). A turn has 20 seconds; a table of so many takes 6 to 9 on a busy machine."""

_AT_A_TIME = 1_000


class TooMany(Exception):
    """There are more cases than a table takes. count: how many."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


@dataclass(frozen=True, slots=True)
class CaseRow:
    """What is shown of a case. used: of the clock, up to the first contact. handler: the name of the lawyer or officer who is responsible."""

    code: str
    kind: CaseKind
    topic: str
    nature: str | None
    unit: str
    employer: str
    received_at: datetime
    due_at: datetime
    intervened_at: datetime | None
    used: timedelta | None
    clock: Clock
    handler: str
    status: CaseStatus
    outcome: Outcome | None
    recovered: Decimal | None
    rating: int | None
    rating_speed: int | None
    rating_manner: int | None


async def count(session: AsyncSession, scope: Scope) -> int:
    """How many cases the scope has. Raises TooMany when a table can't take them."""
    found = await session.scalar(sa.select(sa.func.count()).select_from(Case).join(Unit, Unit.id == Case.unit_id).where(scope.where)) or 0
    if found > MOST_ROWS:
        raise TooMany(found)
    return found


async def case_rows(session: AsyncSession, scope: Scope, rules: Rules, now: datetime) -> AsyncIterator[Sequence[CaseRow]]:
    """The cases of a scope in the order in which they were received, a thousand at a time."""
    query = (
        sa.select(
            Case.code,
            Case.kind,
            Case.topic,
            Case.nature,
            Unit.name,
            Case.employer,
            Case.received_at,
            Case.due_at,
            Case.intervened_at,
            used(rules),
            clock_of(now),
            Person.name,
            Case.status,
            Case.outcome,
            Case.recovered,
            Case.rating,
            Case.rating_speed,
            Case.rating_manner,
        )
        .join(Unit, Unit.id == Case.unit_id)
        .outerjoin(Person, Person.id == sa.func.coalesce(Case.lawyer_id, Case.officer_id))
        .where(scope.where)
        .order_by(Case.received_at, Case.id)
        .limit(MOST_ROWS)
    )
    result = await session.stream(query.execution_options(yield_per=_AT_A_TIME))
    async for rows in result.partitions():
        yield [_row(row) for row in rows]


def _row(row: Sequence[Any]) -> CaseRow:
    cells = list(row)
    cells[10], cells[11] = Clock(cells[10]), cells[11] or ""
    return CaseRow(*cells)
