"""A whole city at work: every unit with its staff, 600 lawyers, 50,000 open cases among 250,000, a million deadlines; laid in by few statements.

What would be encrypted is one and the same sealed value in every row: nothing that is measured reads more than the rows of one screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from bench.ground import SECRET, Ground
from bench.history_rows import add_lines
from storage.employers import employer_key
from storage.types import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """How large it is. Beside 17 districts (S4); each open case has four live deadlines, each ended one a live one and three that are over."""

    streets: int = 315
    stations: int = 819
    lawyers: int = 600
    workers: int = 20_000
    open_cases: int = 50_000
    ended_cases: int = 200_000

    @property
    def deadlines(self) -> int:
        """How many deadlines there are in it."""
        return 4 * (self.open_cases + self.ended_cases)


_UNITS_BELOW = """
    WITH above AS (SELECT array_agg(id ORDER BY id) AS ids, array_agg(path ORDER BY id) AS paths FROM unit WHERE kind = $1::text),
    fresh AS (SELECT n, nextval(pg_get_serial_sequence('unit', 'id')) AS id FROM generate_series(1, $3::int) AS n)
    INSERT INTO unit (id, kind, name, short, parent_id, path)
    SELECT id, $2::text, $2::text || n, $2::text || n, ids[1 + n % cardinality(ids)], paths[1 + n % cardinality(ids)] || id || '.' FROM fresh, above
    """

_PEOPLE = "INSERT INTO person (consent_at, created_at, made_up) SELECT $1, $1, false FROM generate_series(1, $2::int) RETURNING id"

_DOORS = """
    INSERT INTO conversation (door, address, side, person_id, created_at) SELECT 'bench', 'p' || id, $2, id, $3 FROM unnest($1::bigint[]) AS id
    """

_STAFF = """
    WITH placed AS (
        SELECT id, row_number() OVER (ORDER BY id) AS n FROM unit WHERE kind IN ('city', 'district', 'street', 'station')
    )
    INSERT INTO role_grant (person_id, role, unit_id, granted_at) SELECT ($1::bigint[])[n], 'staff', id, $2 FROM placed
    """

_LAWYERS = "INSERT INTO lawyer (person_id, capacity, topics) SELECT id, 1, '{}' FROM unnest($1::bigint[]) AS id"
_LAWYER_GRANTS = """
    INSERT INTO role_grant (person_id, role, unit_id, granted_at)
    SELECT id, 'lawyer', (SELECT min(id) FROM unit WHERE kind = 'city'), $2 FROM unnest($1::bigint[]) AS id
    """

# One for every street, then the pools: three of four in a district's, the rest in the city's.
_NAMED = """
    WITH placed AS (
        SELECT array_agg(id ORDER BY id) FILTER (WHERE kind = 'street') AS streets,
            array_agg(id ORDER BY id) FILTER (WHERE kind = 'district') AS districts, min(id) FILTER (WHERE kind = 'city') AS city FROM unit
    )
    INSERT INTO lawyer_unit (unit_id, lawyer_id, named_at)
    SELECT CASE WHEN n <= cardinality(streets) THEN streets[n] WHEN n % 4 = 0 THEN city ELSE districts[1 + n % cardinality(districts)] END,
        person_id, $2
    FROM placed, unnest($1::bigint[]) WITH ORDINALITY AS named(person_id, n)
    """

# Of ten cases seven are disputes; of twenty one is not given to anybody, four wait for contact, fifteen are worked on.
_CASES = """
    WITH placed AS (
        SELECT array_agg(u.id ORDER BY u.id) AS units, array_agg(g.person_id ORDER BY u.id) AS officers
        FROM unit u JOIN role_grant g ON g.unit_id = u.id AND g.role = 'staff' WHERE u.kind IN ('street', 'station')
    ), drawn AS (
        SELECT n, n <= $6::int AS is_open, (n * 7919) % cardinality(units) + 1 AS place, n % 20 AS turn,
            CASE WHEN n / 7 % 10 < 7 THEN 'dispute' ELSE (ARRAY['complaint', 'help', 'suggestion'])[n / 7 % 10 - 6] END AS kind
        FROM placed, generate_series(1, $6::int + $7::int) AS n
    ), set_out AS (
        SELECT drawn.*, is_open AND turn < 5 AS waits, CASE WHEN kind IN ('complaint', 'suggestion') THEN interval '72h' ELSE interval '24h' END AS due,
            CASE WHEN is_open AND turn < 5 THEN $8::timestamptz - (n % 1200) * interval '1 minute'
                ELSE $8::timestamptz - interval '2 days' - (n % 200) * interval '1 day' END AS received_at
        FROM drawn
    )
    INSERT INTO "case" (code, kind, topic, status, worker_id, anonymous, story, employer, employer_index, unit_id, lawyer_id, officer_id,
        received_at, due_at, accepted_at, intervened_at, closed_at, overdue)
    SELECT lpad(n::text, 8, '0'), kind, (ARRAY['wages', 'contract', 'injury', 'hours'])[1 + n % 4],
        CASE WHEN NOT is_open THEN 'closed' WHEN turn = 0 AND kind = 'dispute' THEN 'received' WHEN turn < 3 THEN 'assigned' WHEN turn < 5 THEN 'accepted'
            WHEN turn < 10 THEN 'intervened' ELSE 'in_progress' END,
        ($1::bigint[])[1 + n % cardinality($1::bigint[])], true, $3, $4, ($5::bytea[])[1 + n % cardinality($5::bytea[])], units[place],
        CASE WHEN kind = 'dispute' AND NOT (is_open AND turn = 0) THEN ($2::bigint[])[1 + n / 20 % cardinality($2::bigint[])] END,
        CASE WHEN kind <> 'dispute' OR is_open AND turn = 0 THEN officers[place] END,
        received_at, received_at + due, CASE WHEN NOT waits OR turn > 2 THEN received_at + interval '1h' END,
        CASE WHEN NOT waits THEN received_at + interval '20h' END, CASE WHEN NOT is_open THEN received_at + interval '2 days' END, n % 50 = 0
    FROM placed, set_out
    """

# A third of the streets' lawyers and every fourth district's pool have no place left; the others have some.
_CAPACITY = """
    UPDATE lawyer SET capacity = load + CASE WHEN full_up THEN 0 ELSE 40 END FROM (
        SELECT l.person_id, (SELECT count(*) FROM "case" c WHERE c.lawyer_id = l.person_id AND c.status IN
                ('received', 'assigned', 'accepted', 'intervened', 'in_progress')) AS load,
            bool_or(u.kind = 'street' AND u.id % 3 = 0 OR u.kind = 'district' AND u.id % 4 = 0) AS full_up
        FROM lawyer l JOIN lawyer_unit lu ON lu.lawyer_id = l.person_id JOIN unit u ON u.id = lu.unit_id GROUP BY l.person_id
    ) AS counted WHERE counted.person_id = lawyer.person_id
    """

# The first contact or the follow-up, and the terms of the law; nothing of it falls due while something is measured.
_LIVE = """
    INSERT INTO deadline (rule, subject, subject_id, unit_id, started_at, due_at, step, next_at, status)
    SELECT CASE WHEN number > 1 THEN (ARRAY['arbitration_limit', 'inspection_limit', 'injury_claim_1y'])[number - 1] WHEN intervened_at IS NOT NULL
            THEN 'follow_up' WHEN kind = 'dispute' THEN 'intervention' WHEN kind = 'help' THEN 'contact_help' ELSE 'contact_letter' END,
        'case', id, unit_id, received_at, due_at, 0, $1::timestamptz + number * (1 + id % 100000) * interval '5 seconds', 'live'
    FROM "case", generate_series(1, 4) AS number WHERE closed_at IS NULL
    """

_OVER = """
    INSERT INTO deadline (rule, subject, subject_id, unit_id, started_at, due_at, step, next_at, status, stopped_at)
    SELECT (ARRAY['archive', 'intervention', 'acceptance', 'follow_up'])[number], 'case', id, unit_id, received_at, due_at, 0,
        CASE WHEN number = 1 THEN $1::timestamptz + (1 + id % 1000000) * interval '5 seconds' END, CASE WHEN number = 1 THEN 'live' ELSE 'met' END,
        CASE WHEN number > 1 THEN closed_at END
    FROM "case", generate_series(1, 4) AS number WHERE closed_at IS NOT NULL
    """

QUIET = timedelta(hours=6)
"""No deadline falls due so soon."""

LINES = 2
"""Of every case's history: it was received, and given to somebody."""

EMPLOYERS = 2000


async def fill_city(server: Ground, city: City, now: datetime | None = None) -> str:
    """A database with the city in it; its name."""
    now = now or datetime.now(UTC)
    name = await server.fresh()
    connection = await asyncpg.connect(server.url(name))
    try:
        await _fill(connection, city, now)
    finally:
        await connection.close()
    return name


async def _fill(connection: asyncpg.Connection, city: City, now: datetime) -> None:
    streets = await connection.fetchval("SELECT count(*) FROM unit WHERE kind = 'street'")
    await connection.execute(_UNITS_BELOW, "district", "street", max(0, city.streets - streets))
    await connection.execute(_UNITS_BELOW, "street", "station", city.stations)
    placed = await connection.fetchval("SELECT count(*) FROM unit WHERE kind IN ('city', 'district', 'street', 'station')")
    staff, lawyers, workers = [await _people(connection, count, now) for count in (placed, city.lawyers, city.workers)]
    for people, side in ((staff, "desk"), (lawyers, "desk"), (workers, "member")):
        await connection.execute(_DOORS, people, side, now)
    await connection.execute(_STAFF, staff, now)
    await connection.execute(_LAWYERS, lawyers)
    await connection.execute(_LAWYER_GRANTS, lawyers, now)
    await connection.execute(_NAMED, lawyers, now)
    vault = Vault([SECRET])
    story, employer = vault.seal("老板拖欠我两个月工资".encode(), "case.story"), vault.seal("劲松饭店".encode(), "case.employer")
    indexes = [vault.blind(employer_key(employer_name(number)), "case.employer") for number in range(EMPLOYERS)]
    await connection.execute(_CASES, workers, lawyers, story, employer, indexes, city.open_cases, city.ended_cases, now)
    await connection.execute("ANALYZE")
    await connection.execute(_CAPACITY)
    await connection.execute(_LIVE, now + QUIET)
    await connection.execute(_OVER, now + QUIET)
    await add_lines(connection, LINES, now)
    await connection.execute("VACUUM ANALYZE")


async def _people(connection: asyncpg.Connection, count: int, now: datetime) -> list[Any]:
    return [row["id"] for row in await connection.fetch(_PEOPLE, now, count)]


def employer_name(number: int) -> str:
    """The employers that the cases are about."""
    return f"第{number}饭店"
