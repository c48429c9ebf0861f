"""A million lines of history, chained as the trigger would chain them: the first line of every case at once, then every second one …"""

from __future__ import annotations

from datetime import UTC, datetime

import asyncpg

_CASES = """
    WITH someone AS (INSERT INTO person (consent_at, created_at, made_up) VALUES ($1, $1, false) RETURNING id)
    INSERT INTO "case" (code, kind, topic, status, worker_id, anonymous, story, employer, employer_index, unit_id, received_at, due_at, overdue)
    SELECT lpad(n::text, 8, '0'), 'dispute', 'wages', 'received', someone.id, true, '', '', '', (SELECT min(id) FROM unit), $1, $1, false
    FROM someone, generate_series(1, $2::int) AS n
    """

# What the trigger `case_event_chain` does for one line, for the next line of every case.
_NEXT_LINES = """
    WITH next AS (
        SELECT c.id AS case_id, $1::int AS number, $2::timestamptz + $1::int * interval '1 hour' AS at, coalesce(chain.head, '') AS before,
            jsonb_build_object('rule', 'follow_up', 'deadline', c.id, 'step', $1::int, 'told', jsonb_build_array(c.worker_id)) AS detail
        FROM "case" c LEFT JOIN case_chain chain ON chain.case_id = c.id
    ), written AS (
        INSERT INTO case_event (case_id, number, at, action, detail, digest)
        SELECT case_id, number, at, 'case.reminded', detail, case_event_digest(before, case_id, number, at, NULL, 'case.reminded', detail) FROM next
        RETURNING case_id, number, digest
    )
    INSERT INTO case_chain (case_id, length, head) SELECT case_id, number, digest FROM written
    ON CONFLICT (case_id) DO UPDATE SET length = EXCLUDED.length, head = EXCLUDED.head
    """


async def fill_history(connection: asyncpg.Connection, *, cases: int, lines: int) -> None:
    """Writes so many cases with so many lines each. The database holds nothing else that matters."""
    now = datetime.now(UTC)
    await connection.execute(_CASES, now, cases)
    await add_lines(connection, lines, now)


async def add_lines(connection: asyncpg.Connection, lines: int, now: datetime) -> None:
    """Writes the first so many lines of every case that there is."""
    await connection.execute("SET session_replication_role = replica")
    for number in range(1, lines + 1):
        await connection.execute(_NEXT_LINES, number, now)
    await connection.execute("SET session_replication_role = origin")
    await connection.execute("VACUUM ANALYZE case_event")
    await connection.execute("VACUUM ANALYZE case_chain")
