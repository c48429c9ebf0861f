"""A database with a million deadlines, and the many that fall due at once: real cases with lawyers, staff on every rung, reminders and breaches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg

from bench.ground import Ground
from union.rules import load_rules

LAWYERS = 400
WORKERS = 1000
FAR_OFF = timedelta(days=2)

REMINDER, BREACH = 0, 4
"""The steps of the rule `intervention` that fall due here, in equal parts: the first reminder, and the end of the 24 hours."""

TOLD = {REMINDER: 1, BREACH: 3}
"""How many are told of each: the lawyer; or the street, the district and the worker."""

_PEOPLE = "INSERT INTO person (consent_at, created_at, made_up) SELECT $1, $1, true FROM generate_series(1, $2::int) RETURNING id"

_STAFF = """
    WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM unit WHERE kind IN ('city', 'district', 'street'))
    INSERT INTO role_grant (person_id, role, unit_id, granted_at) SELECT ($1::bigint[])[n], 'staff', id, $2 FROM numbered
    """

_LAWYERS = "INSERT INTO lawyer (person_id, capacity, topics) SELECT unnest($1::bigint[]), 100, ARRAY[]::text[]"

# What would be encrypted is left empty: nothing that happens to a deadline reads it.
_CASES = """
    WITH street AS (SELECT array_agg(id ORDER BY id) AS ids FROM unit WHERE kind = 'street')
    INSERT INTO "case" (code, kind, topic, status, worker_id, anonymous, story, employer, employer_index, unit_id, lawyer_id,
        received_at, due_at, overdue)
    SELECT lpad(n::text, 8, '0'), 'dispute', 'wages', 'assigned', ($1::bigint[])[1 + n % cardinality($1::bigint[])], true, '', '', '',
        ids[1 + n % cardinality(ids)], ($2::bigint[])[1 + n % cardinality($2::bigint[])], $3::timestamptz, $3::timestamptz + interval '24 hours', false
    FROM street, generate_series(1, $4::int) AS n
    """

_PENDING = """
    INSERT INTO deadline (rule, subject, subject_id, unit_id, started_at, due_at, step, next_at, status)
    SELECT 'follow_up', 'case', 1000000000 + n, unit_id, $1, at, 0, at, 'live'
    FROM (SELECT n, (SELECT min(id) FROM unit) AS unit_id, $1::timestamptz + n * interval '1 second' AS at
        FROM generate_series(1, $2::int) AS n) AS spread
    """

_DUE = """
    INSERT INTO deadline (rule, subject, subject_id, unit_id, started_at, due_at, step, next_at, status)
    SELECT 'intervention', 'case', id, unit_id, at - after, at - after + $1::interval, step, at, 'live'
    FROM (
        SELECT id, unit_id, CASE id % 2 WHEN 0 THEN $2::int ELSE $3::int END AS step,
            CASE id % 2 WHEN 0 THEN $4::interval ELSE $5::interval END AS after,
            $6::timestamptz + $7::interval * ((row_number() OVER (ORDER BY id) - 1)::float8 / count(*) OVER ()) AS at
        FROM "case"
    ) AS each
    RETURNING id, next_at
    """

# A deadline is right when its step was taken once: one step further, free again, and everybody told exactly once.
_WRONG = """
    SELECT count(*) FILTER (WHERE step IN ($1, $2)) AS missed,
        count(*) FILTER (WHERE step NOT IN ($1, $2) AND NOT (owner IS NULL AND next_at > $5 AND status = 'live'
            AND step = 1 + CASE subject_id % 2 WHEN 0 THEN $1::int ELSE $2::int END
            AND told = CASE subject_id % 2 WHEN 0 THEN $3::int ELSE $4::int END
            AND rungs = subject_id % 2 AND events = 1)) AS wrong
    FROM (
        SELECT d.*, (SELECT count(*) FROM outbox o WHERE o.subject = 'case' AND o.subject_id = d.subject_id) AS told,
            (SELECT count(*) FROM rung r WHERE r.deadline_id = d.id) AS rungs,
            (SELECT count(*) FROM case_event e WHERE e.case_id = d.subject_id) AS events
        FROM deadline d WHERE d.id = ANY($6::bigint[])
    ) AS seen
    """


async def fill(server: Ground, pending: int, due: int) -> str:
    """A database with `pending` deadlines that lie far off, and `due` cases that have none yet; its name."""
    name = await server.fresh()
    now = datetime.now(UTC)
    connection = await asyncpg.connect(server.url(name))
    units = await connection.fetchval("SELECT count(*) FROM unit")
    staff, lawyers, workers = [[row["id"] for row in await connection.fetch(_PEOPLE, now, count)] for count in (units, LAWYERS, WORKERS)]
    await connection.execute(_STAFF, staff, now)
    await connection.execute(_LAWYERS, lawyers)
    await connection.execute(_CASES, workers, lawyers, now, due)
    await connection.execute(_PENDING, now + FAR_OFF, pending)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return name


async def let_fall_due(connection: asyncpg.Connection, moment: datetime, within: timedelta) -> dict[int, datetime]:
    """Gives each case the deadline that falls due at `moment` or spread evenly `within` it. Returns when each of them does."""
    rule = load_rules()["intervention"]
    steps = (REMINDER, BREACH, rule.steps[REMINDER].at, rule.steps[BREACH].at)
    return {row["id"]: row["next_at"] for row in await connection.fetch(_DUE, rule.due, *steps, moment, within)}


async def verdict(connection: asyncpg.Connection, ids: list[int], moment: datetime) -> tuple[int, int, int]:
    """How many of these deadlines were missed, how many are not as they should be, and how many facts were put in the outbox once too often."""
    missed, wrong = await connection.fetchrow(_WRONG, REMINDER, BREACH, TOLD[REMINDER], TOLD[BREACH], moment, ids)
    # A fact that is told already is dropped by its key, but the sequence has counted the try.
    repeated = await connection.fetchval("SELECT last_value - (SELECT count(*) FROM outbox) FROM outbox_id_seq")
    return missed, wrong, repeated
