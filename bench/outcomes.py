"""What became of a notice to four million: the figures that staff look at, all together, by unit and by hour; and the table with 50,000 rows."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bench.audience_rows import Federation, fill_federation
from bench.ground import Ground, ground
from bench.report import Figure, Limit, Result
from handlers.staff import notice_report_sheet
from storage.database import Database
from storage.models import Role, Unit, UnitKind
from storage.types import NoticeId, PersonId
from union import notice_report, units
from union.notice_report import Report
from union.people import Actor, Grant
from union.units import UnitCard

SUMMARY = Limit(most=2.0)
ROUNDS = 5
TABLE_ROWS = 50_000

_NOTICES = """
    INSERT INTO notice (id, author_id, unit_id, audience, title, text, buttons, status, created_at, started_at, finished_at, expanded, total)
    SELECT n, 1, (SELECT min(id) FROM unit WHERE kind = 'city'), '{}', '技能培训', '技能培训',
        '[{"label": "已阅", "do": "ack", "value": ""}, {"label": "报名", "do": "survey", "value": "1"}]', 'sent', $1, $1, $1, true, 0
    FROM generate_series(1, 3) AS n
    """

# Of a hundred: 84 were sent it, 10 can't be reached, 3 don't want it, 2 have it gathered, 1 failed; every third saw it, every fifth pressed a button.
_DELIVERIES = """
    INSERT INTO notice_delivery (notice_id, person_id, unit_id, status, attempts, tapped, "left", conversation_id, message_ref, sent_at, seen_at)
    SELECT $1, id, unit_id, CASE WHEN id % 10 = 0 THEN 3 WHEN id % 100 < 3 THEN 5 WHEN id % 100 < 5 THEN 6 WHEN id % 100 = 5 THEN 4 ELSE 2 END,
        (id % 100000 = 7)::int, CASE WHEN id % 5 = 1 THEN 1 + id % 2 ELSE 0 END, id % 500 = 9, id, 'm' || id,
        $3::timestamptz + id * interval '1 millisecond', CASE WHEN id % 3 = 1 THEN $3::timestamptz + id * interval '7 milliseconds' END
    FROM person WHERE id <= $2 ORDER BY id
    """


async def measure(seconds: float, *, size: Federation | None = None, table_rows: int = TABLE_ROWS) -> Result:
    """Each question a few times; the slowest counts. seconds: not used, what is measured is how long a fixed piece of work takes."""
    async with ground() as server:
        return await measure_on(server, size or Federation(), table_rows)


async def measure_on(server: Ground, size: Federation, table_rows: int) -> Result:
    """The same, in a server that runs."""
    name = await fill_federation(server, size)
    connection = await asyncpg.connect(server.url(name))
    await connection.execute("SET session_replication_role = replica")  # the tallies are not what is measured
    await connection.execute(_NOTICES, now := datetime.now(UTC))
    for notice_id, people in ((1, size.people), (2, size.people), (3, table_rows)):
        await connection.execute(_DELIVERIES, notice_id, people, now)
    await connection.execute("VACUUM ANALYZE notice_delivery")
    await connection.close()
    await server.settle()
    database = server.open(name)
    try:
        figures = await _figures(database, table_rows)
    finally:
        await database.close()
    return Result(
        name="outcomes",
        title=f"a notice to {size.people:,} people in {size.workplaces:,} units, beside another of the same size",
        plain="all together: a query for each outcome; by unit: joined with the person and their unit, row by row",
        figures=figures,
        notes=[f"the slowest of {ROUNDS}; each question is one pass over the notice's deliveries"],
    )


async def _figures(database: Database, table_rows: int) -> list[Figure]:
    async with database.begin() as session:
        city = (await session.scalars(sa.select(Unit).where(Unit.kind == UnitKind.CITY))).one()
        actor = Actor(PersonId(1), "", (Grant(Role.STAFF, units.card_of(city)),))
        report = await notice_report.open_report(session, actor, NoticeId(1))
        small = await notice_report.open_report(session, actor, NoticeId(3))
        district = units.card_of((await session.scalars(sa.select(Unit).where(Unit.kind == UnitKind.DISTRICT).limit(1))).one())

        async def by_unit(unit: UnitCard) -> None:
            await notice_report.by_unit(session, report, unit)

        return [
            Figure(
                what="all together",
                value=await _slowest(lambda: notice_report.summary(session, report)),
                unit="s",
                beside=await _slowest(lambda: _plain_summary(session, report)),
                limit=SUMMARY,
            ),
            Figure(
                what="by unit, the city",
                value=await _slowest(lambda: by_unit(report.unit)),
                unit="s",
                beside=await _slowest(lambda: _plain_by_unit(session, report)),
            ),
            Figure(what="by unit, a district", value=await _slowest(lambda: by_unit(district)), unit="s"),
            Figure(what="by hour", value=await _slowest(lambda: notice_report.by_hour(session, report)), unit="s"),
            Figure(
                what=f"the table with {table_rows:,} recipients",
                value=await _slowest(lambda: notice_report_sheet.workbook(session, small, datetime.now(UTC)), rounds=1),
                unit="s",
            ),
        ]


async def _slowest(ask: Callable[[], Awaitable[object]], rounds: int = ROUNDS) -> float:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        await ask()
        taken.append(time.perf_counter() - began)
    return max(taken)


async def _plain_summary(session: AsyncSession, report: Report) -> None:
    for status in range(7):
        query = sa.text("SELECT count(*), count(seen_at) FROM notice_delivery WHERE notice_id = :notice AND status = :status")
        await session.execute(query, {"notice": report.notice.id, "status": status})


async def _plain_by_unit(session: AsyncSession, report: Report) -> None:
    query = sa.text("""
        SELECT split_part(u.path, '.', 2), count(*), count(*) FILTER (WHERE d.status = 2), count(*) FILTER (WHERE d.status = 3), count(d.seen_at)
        FROM notice_delivery d JOIN person p ON p.id = d.person_id JOIN unit u ON u.id = p.unit_id WHERE d.notice_id = :notice GROUP BY 1
        """)
    await session.execute(query, {"notice": report.notice.id})
