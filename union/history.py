"""The history of a case: lines that are only ever added, each chained to the one before, and the check that none was changed or lost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import CaseEvent
from storage.types import CaseId, PersonId


def note(session: AsyncSession, case_id: CaseId, action: str, now: datetime, *, actor_id: PersonId | None = None, **detail: Any) -> None:
    """Writes a line of the history, in the transaction of the change that it tells of. detail: ids and codes only."""
    session.add(CaseEvent(case_id=case_id, at=now, actor_id=actor_id, action=action, detail=detail))


_NOTE_MANY = sa.text("""
    INSERT INTO case_event (case_id, at, action, detail)
    SELECT case_id, :now, action, detail FROM jsonb_to_recordset(:lines) AS line(case_id bigint, action text, detail jsonb) ORDER BY case_id
    """).bindparams(sa.bindparam("lines", type_=JSONB), sa.bindparam("now", type_=sa.DateTime(timezone=True)))


async def note_many(session: AsyncSession, lines: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Lines that the program itself writes for many cases, each with case_id, action and detail, in one statement, in order of the cases."""
    if lines:
        await session.execute(_NOTE_MANY, {"lines": list(lines), "now": now})


async def of_case(session: AsyncSession, case_id: CaseId) -> list[CaseEvent]:
    """The lines of a case's history, from the first."""
    return list(await session.scalars(sa.select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.number)))


@dataclass(frozen=True, slots=True)
class Broken:
    """A history that is not as it was written. line: the first that does not fit; 0 when the end is missing."""

    case_id: CaseId
    line: int


@dataclass(frozen=True, slots=True)
class Audit:
    """What the check found. mark: stands for everything up to the last line; kept outside, it shows later whether all of it was written anew."""

    lines: int
    cases: int
    broken: tuple[Broken, ...]
    mark: str


_BROKEN = sa.text("""
    WITH line AS (
        SELECT case_id, number, digest, case_event_digest(
            coalesce(lag(digest) OVER of_case, ''), case_id, number, at, actor_id, action, detail
        ) AS expected, row_number() OVER of_case AS place
        FROM case_event WINDOW of_case AS (PARTITION BY case_id ORDER BY number)
    ), wrong AS (
        SELECT case_id, min(number) AS number FROM line WHERE digest <> expected OR number <> place GROUP BY case_id
    ), last AS (
        SELECT DISTINCT ON (case_id) case_id, number, digest FROM case_event ORDER BY case_id, number DESC
    ), cut AS (
        SELECT coalesce(c.case_id, l.case_id) AS case_id, 0 AS number
        FROM case_chain c FULL JOIN last l ON l.case_id = c.case_id
        WHERE c.head IS DISTINCT FROM l.digest OR c.length IS DISTINCT FROM l.number
    )
    SELECT case_id, number FROM wrong
    UNION ALL SELECT case_id, number FROM cut WHERE case_id NOT IN (SELECT case_id FROM wrong)
    ORDER BY case_id LIMIT :limit
    """)

_MARK = sa.text(
    "SELECT count(*), coalesce(max(id), 0), encode(sha256(string_agg(digest, '' ORDER BY id)), 'hex') FROM case_event WHERE id <= :last"
)

EVERYTHING = 2**62


async def audit(session: AsyncSession, limit: int = 100) -> Audit:
    """Reads every history again and holds it against its chain. limit: broken ones named at most."""
    broken = tuple(Broken(row[0], row[1]) for row in await session.execute(_BROKEN, {"limit": limit}))
    lines, last, digest = (await session.execute(_MARK, {"last": EVERYTHING})).one()
    cases = await session.scalar(sa.text("SELECT count(*) FROM case_chain")) or 0
    return Audit(lines, cases, broken, f"{last}-{lines}-{(digest or '0' * 64)[:32]}")


async def matches(session: AsyncSession, mark: str) -> bool:
    """Whether everything that an earlier audit's mark stands for is still as it was. Raises ValueError for what is no mark."""
    if re.fullmatch(r"\d{1,18}-\d{1,18}-[0-9a-f]{32}", mark) is None:
        raise ValueError("a mark looks like 4711-815- followed by 32 letters and digits")
    last, lines, digest = mark.split("-")
    found = (await session.execute(_MARK, {"last": int(last)})).one()
    return found[0] == int(lines) and (found[2] or "0" * 64)[:32] == digest
