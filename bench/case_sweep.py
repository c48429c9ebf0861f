"""A hundred deadlines fall due among a million: how long one sweep of the program's own timers takes, from the claim to the last commit."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import asyncpg

from bench.deadline_plain import ADVANCE, SELECT, TELL
from bench.deadline_rows import BREACH, REMINDER
from bench.report import Figure, Limit, percentile
from bot.clock import Clock
from bot.fetching import Fetching
from bot.timers import Timers
from storage.database import Database
from union.case_clock import CaseClock
from union.rules import load_rules

DUE = 100
OWNER = 4711

_FALL_DUE = """
    UPDATE deadline SET step = CASE d.id % 2 WHEN 0 THEN $2::int ELSE $3::int END, next_at = $1::timestamptz,
        started_at = $1::timestamptz - CASE d.id % 2 WHEN 0 THEN $4::interval ELSE $5::interval END
    FROM (SELECT id FROM deadline WHERE rule = 'intervention' AND status = 'live' AND step = 0 AND next_at > $1::timestamptz ORDER BY id LIMIT $6) AS d
    WHERE deadline.id = d.id
    """


async def sweep(url: str, database: Database, *, rounds: int, limit: Limit, due: int = DUE) -> list[Figure]:
    """Sweeps several times over, each time another hundred; the plain alternative in turns with it."""
    clock = Clock()
    timers = Timers(
        database,
        clock,
        rules=load_rules(),
        subjects={"case": CaseClock()},
        owner=OWNER,
        fetching=Fetching(database, clock, {}),
        on_facts=lambda: None,
    )
    connection = await asyncpg.connect(url)
    ours, plain, acted = [], [], []
    for number in range(rounds + 1):
        await _fall_due(connection, due)
        began = time.perf_counter()
        acted.append(await timers.sweep_deadlines())
        took = time.perf_counter() - began
        await _fall_due(connection, due)
        began = time.perf_counter()
        await _plain(connection, due)
        if number:  # the first one warms up
            ours.append(took * 1000)
            plain.append((time.perf_counter() - began) * 1000)
    await connection.close()
    middle = Figure(
        what=f"sweep with {due} due: half within", value=percentile(ours, 0.5), unit="ms", beside=percentile(plain, 0.5), limit=limit
    )
    slow = Figure(what=f"sweep with {due} due: 95 of 100 within", value=percentile(ours, 0.95), unit="ms", beside=percentile(plain, 0.95))
    return [
        middle,
        slow,
        Figure(what="swept once too often or not at all", value=sum(abs(n - due) for n in acted), unit="", limit=Limit(most=0)),
    ]


async def _fall_due(connection: asyncpg.Connection, due: int) -> None:
    rule = load_rules()["intervention"]
    moment = datetime.now(UTC)
    steps = (REMINDER, BREACH, rule.steps[REMINDER].at, rule.steps[BREACH].at)
    made = await connection.execute(_FALL_DUE, moment, *steps, due)
    if made != f"UPDATE {due}":
        raise RuntimeError("there are not enough deadlines left to fall due")


async def _plain(connection: asyncpg.Connection, due: int) -> None:
    async with connection.transaction():
        ids = [row["id"] for row in await connection.fetch(SELECT, datetime.now(UTC), due)]
        await connection.execute(TELL, ids, datetime.now(UTC))
        await connection.execute(ADVANCE, ids)
