"""A whole federation to tell something: 4,020,000 members (S4) in the workplaces of the city, laid in by few statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from bench.ground import SECRET, Ground
from storage.types import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """How large it is. interested: who named a topic of interest, one in each ten of them 技能培训. signed_up: who have a place in a sign-up.

    listed: who are on a list, and have a phone number (`phone`). cases: open disputes about wages, a case a worker.
    """

    people: int = 4_020_000
    workplaces: int = 40_000
    interested: int = 400_000
    signed_up: int = 20_000
    listed: int = 100_000
    cases: int = 50_000


SIGN_UP = LIST = 1
"""Their numbers."""


def phone(person: int) -> str:
    """The number of one of those who have one."""
    return f"139{person:08d}"


_WORKPLACES = """
    WITH above AS (SELECT array_agg(id ORDER BY id) AS ids, array_agg(path ORDER BY id) AS paths FROM unit WHERE kind = 'street'),
    lines AS (SELECT array_agg(id ORDER BY id) AS ids FROM unit WHERE kind = 'industry'),
    fresh AS (SELECT n, nextval(pg_get_serial_sequence('unit', 'id')) AS id FROM generate_series(1, $1::int) AS n)
    INSERT INTO unit (id, kind, name, short, parent_id, industry_id, path)
    SELECT fresh.id, 'workplace', '单位' || n, '单位' || n, above.ids[1 + n % cardinality(above.ids)],
        CASE WHEN n % 3 > 0 THEN lines.ids[1 + n % cardinality(lines.ids)] END, above.paths[1 + n % cardinality(above.ids)] || fresh.id || '.'
    FROM fresh, above, lines
    """

# Of a hundred: 79 have a card (3.18 million, S4), 90 an open door (60 of them the Telegram one), 3 want no notices, 2 speak another language.
_PEOPLE = """
    WITH placed AS (SELECT array_agg(id ORDER BY id) AS ids FROM unit WHERE kind = 'workplace')
    INSERT INTO person (id, unit_id, phone_index, card_index, member_since, consent_at, notices_off_at, language, door_id, door, made_up,
        created_at)
    SELECT n, ids[1 + (n * 7919) % cardinality(ids)], sha256(int8send(n)), CASE WHEN n % 100 < 79 THEN sha256(int8send(-n)) END,
        CASE WHEN n % 50 > 0 THEN $2::timestamptz END, $2, CASE WHEN n % 100 >= 97 THEN $2 END,
        CASE WHEN n % 50 = 7 THEN (ARRAY['en', 'ug', 'bo'])[1 + n % 3] END, CASE WHEN n % 10 > 0 THEN n END,
        CASE WHEN n % 10 > 6 THEN 'web' WHEN n % 10 > 0 THEN 'member_telegram' END, false, $2
    FROM placed, generate_series(1, $1::bigint) AS n
    """

_PHONES = (
    "UPDATE person SET phone_index = given.blind FROM unnest($1::bigint[], $2::bytea[]) AS given(id, blind) WHERE person.id = given.id"
)

_DOORS = """
    INSERT INTO conversation (id, door, address, side, person_id, last_in_at, created_at)
    SELECT id, door, id::text, 'member', id, $1, $1 FROM person WHERE door_id IS NOT NULL
    """

_INTERESTS = """
    INSERT INTO interest (person_id, topic)
    SELECT 1 + n * 10 % $1::bigint + n * 10 / $1::bigint, CASE WHEN n % 10 = 0 THEN 'skills' ELSE 'topic' || n % 9 END
    FROM generate_series(1, $2::bigint) AS n ON CONFLICT DO NOTHING
    """

_SIGN_UP = """
    INSERT INTO survey (id, unit_id, author_id, kind, title, questions, anonymous, places, opens_at, closes_at, created_at)
    SELECT 1, min(id), 1, 'sign_up', '', '[]', false, $1::bigint, $2, $2, $2 FROM unit
    """

_TURNOUT = """
    INSERT INTO survey_turnout (survey_id, person_id, number, place, at)
    SELECT 1, 1 + n * 7 % $1::bigint + n * 7 / $1::bigint, n, 'in', $3 FROM generate_series(1, $2::bigint) AS n ON CONFLICT DO NOTHING
    """

_LIST = "INSERT INTO notice_list (id, unit_id, author_id, name, missing, created_at) SELECT 1, min(id), 1, '', 0, $1 FROM unit"

_ENTRIES = """
    INSERT INTO notice_list_entry (list_id, person_id)
    SELECT 1, 1 + n * 13 % $1::bigint + n * 13 / $1::bigint FROM generate_series(1, $2::bigint) AS n ON CONFLICT DO NOTHING
    """

# What would be encrypted is left empty: nobody reads it here.
_CASES = """
    INSERT INTO "case" (code, kind, topic, status, worker_id, anonymous, story, employer, employer_index, unit_id, received_at, due_at,
        overdue)
    SELECT lpad(p.id::text, 8, '0'), 'dispute', 'wages', 'received', p.id, p.id % 10 = 0, '', '', '', unit_id, $2, $2, false
    FROM person p WHERE p.id <= $1::bigint
    """


async def fill_federation(server: Ground, size: Federation) -> str:
    """A database with the federation in it; its name."""
    name = await server.fresh()
    connection = await asyncpg.connect(server.url(name))
    try:
        await _fill(connection, size, datetime.now(UTC))
    finally:
        await connection.close()
    return name


async def _fill(connection: asyncpg.Connection, size: Federation, now: datetime) -> None:
    await connection.execute(_WORKPLACES, size.workplaces)
    # As a replica: the doors are written as the trigger would keep them, and what is referred to is there. Indexes are quicker built at the end.
    await connection.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
    indexes = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'person' AND indexname <> 'pk_person' AND schemaname = 'public'"
    )
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    await connection.execute(_PEOPLE, size.people, now)
    vault, called = Vault([SECRET]), range(1, size.listed + 1)
    await connection.execute(_PHONES, called, [vault.blind(phone(person), "person.phone") for person in called])
    for index in indexes:
        await connection.execute(index["indexdef"])
    await connection.execute(_DOORS, now)
    await connection.execute(_INTERESTS, size.people, size.interested)
    await connection.execute(_SIGN_UP, size.signed_up, now)
    await connection.execute(_TURNOUT, size.people, size.signed_up, now)
    await connection.execute(_LIST, now)
    await connection.execute(_ENTRIES, size.people, size.listed)
    await connection.execute(_CASES, size.cases, now)
    await connection.execute("RESET session_replication_role")
    for table, last in (("person", size.people), ("conversation", size.people), ("notice_list", LIST), ("survey", SIGN_UP)):
        await connection.execute("SELECT setval(pg_get_serial_sequence($1, 'id'), $2)", table, last)
    await connection.execute("VACUUM ANALYZE")
