"""The dated facts that staff keep, over those that are built in: how a fact becomes the register's row, and a row a fact again."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.facts import BadFacts, Fact, Facts, read_fact_row
from union import facts
from union.facts import Row


def row_of(fact: Fact) -> Row:
    """A fact as the register keeps it."""
    values = fact.value if isinstance(fact.value, tuple) else (fact.value,)
    return Row(
        name=fact.name,
        region=fact.region,
        value=" ".join(f"{value:f}" if isinstance(value, Decimal) else str(value) for value in values),
        unit=fact.unit,
        valid_from=fact.valid_from,
        valid_until=fact.valid_until,
        source=fact.source,
        note=fact.note,
    )


def fact_of(row: Row) -> Fact:
    """A row as a fact. Raises BadFacts for one that an older program kept and this one would not take."""
    return read_fact_row(row.as_json())


def read_rows(rows: Iterable[Row]) -> tuple[list[Fact], list[Row]]:
    """The rows as facts, and those that this program does not understand."""
    found: list[Fact] = []
    strange: list[Row] = []
    for row in rows:
        try:
            found.append(fact_of(row))
        except BadFacts:
            strange.append(row)
    return found, strange


async def current(session: AsyncSession, built_in: Facts) -> Facts:
    """The whole table as it is now in the database, for those who change it; everybody else uses the house's, which follows."""
    found, _ = read_rows(each.row for each in await facts.kept(session))
    return built_in.with_rows(found)
