"""The histories of a hundred thousand cases, a million lines, are read again and held against their chains: how long it takes, and in how much memory."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import asyncpg
import sqlalchemy as sa

from bench.ground import Ground, ground
from bench.history_rows import fill_history
from bench.report import Figure, Limit, Result
from union import history

CASES = 100_000
LINES = 10

_ALL = """
    SELECT case_id, digest, jsonb_build_array(
        case_id, number, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), actor_id, action, detail
    )::text AS text FROM case_event ORDER BY case_id, number
    """


async def measure(seconds: float, *, cases: int = CASES, lines: int = LINES) -> Result:
    """Measures once; how long that takes does not depend on `seconds`."""
    async with ground() as server:
        return await measure_on(server, cases, lines)


async def measure_on(server: Ground, cases: int, lines: int) -> Result:
    """The same, in a server that runs."""
    name = await server.fresh()
    connection = await asyncpg.connect(server.url(name))
    await fill_history(connection, cases=cases, lines=lines)
    await connection.close()
    database = server.open(name)
    async with database.begin() as session:
        backend = await session.scalar(sa.text("SELECT pg_backend_pid()"))
        began = time.perf_counter()
        audit = await history.audit(session)
        took = time.perf_counter() - began
        held = _most_memory(int(backend or 0))
    await database.close()
    before = _most_memory("self")
    began = time.perf_counter()
    broken = await _plain(server.url(name))
    plain = time.perf_counter() - began
    return Result(
        name="audit",
        title=f"{audit.lines:,} lines in the histories of {audit.cases:,} cases",
        plain="every line fetched at once, and the chain computed in Python",
        figures=[
            Figure(what="every history read and held against its chain", value=took, unit="s", beside=plain, limit=Limit(most=60)),
            Figure(
                what="memory of the process that does it, at most",
                value=held,
                unit="MB",
                beside=_most_memory("self") - before,
                limit=Limit(most=512),
            ),
            Figure(what="histories found broken", value=len(audit.broken), unit="", beside=broken, limit=Limit(most=0)),
        ],
        notes=["memory: of PostgreSQL's process, with the 128 MB that it shares with others; plain: what Python's grew by"],
    )


async def _plain(url: str) -> int:
    connection = await asyncpg.connect(url)
    of_case, before, broken = 0, b"", set()
    for row in await connection.fetch(_ALL):
        if row["case_id"] != of_case:
            of_case, before = row["case_id"], b""
        before = hashlib.sha256(before + row["text"].encode()).digest()
        if before != row["digest"]:
            broken.add(of_case)
    await connection.close()
    return len(broken)


def _most_memory(process: int | str) -> float:
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
