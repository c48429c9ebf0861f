"""The plain alternatives to what is done with cases: a choice that counts everybody's open cases, a board that sorts them all, a check in memory."""

from __future__ import annotations

from datetime import datetime

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case
from storage.types import PersonId

_OPEN = "status IN ('received', 'assigned', 'accepted', 'intervened', 'in_progress')"

_CHOICE = sa.text(f"""
    SELECT l.person_id FROM lawyer l
    JOIN lawyer_unit lu ON lu.lawyer_id = l.person_id JOIN unit u ON u.id = lu.unit_id
    WHERE (SELECT path FROM unit WHERE id = :unit) LIKE u.path || '%' AND l.person_id <> :worker
        AND (cardinality(l.topics) = 0 OR :topic = ANY(l.topics))
        AND (SELECT count(*) FROM "case" c WHERE c.lawyer_id = l.person_id AND c.{_OPEN}) < l.capacity
        AND NOT EXISTS (SELECT 1 FROM lawyer_leave v WHERE v.lawyer_id = l.person_id AND v.starts_at <= :now AND v.ends_at > :now
            AND v.cancelled_at IS NULL)
    ORDER BY length(u.path) DESC, (SELECT count(*) FROM "case" c WHERE c.lawyer_id = l.person_id AND c.{_OPEN}), l.person_id LIMIT 1
    """)

_WHOLE = f'SELECT id, lawyer_id, officer_id FROM "case" WHERE {_OPEN}'


async def choose(session: AsyncSession, case: Case, now: datetime) -> PersonId | None:
    """One query that counts the open cases of every lawyer on the ladder."""
    found = await session.scalar(_CHOICE, {"unit": case.unit_id, "worker": case.worker_id, "topic": case.topic, "now": now})
    return None if found is None else PersonId(found)


async def without_indexes(session: AsyncSession) -> None:
    """From here to the end of the transaction every table is read from its first row to its last."""
    for path in ("indexscan", "bitmapscan", "indexonlyscan"):
        await session.execute(sa.text(f"SET LOCAL enable_{path} = off"))


async def check(connection: asyncpg.Connection) -> int:
    """The invariants about open cases and live deadlines, held against one another in memory. Returns how many are broken."""
    live = {
        row["subject_id"] for row in await connection.fetch("SELECT subject_id FROM deadline WHERE next_at IS NOT NULL AND status = 'live'")
    }
    doors = {row["person_id"] for row in await connection.fetch("SELECT person_id FROM conversation WHERE unreachable_since IS NULL")}
    cases = await connection.fetch(_WHOLE)
    without_deadline = sum(case["id"] not in live for case in cases)
    without_one = sum((case["lawyer_id"] is None) == (case["officer_id"] is None) for case in cases)
    without_door = sum((case["lawyer_id"] or case["officer_id"]) not in doors for case in cases)
    return without_deadline + without_one + without_door
