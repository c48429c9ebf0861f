"""Ten thousand deadlines fall due at once, among a million: when two processes have claimed them, and when everything has been done."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from bench.deadline_plain import apscheduler, plain_sweep
from bench.deadline_rows import fill, let_fall_due, verdict
from bench.ground import Ground, ground
from bench.report import Figure, Limit, Result

PENDING = 1_000_000
DUE = 10_000
PROCESSES = 2
LEAD = timedelta(seconds=3)
"""How long before their time the deadlines are put in."""

LINE_LIMIT = 1 << 24
AFTERWARDS = 2.0
PATIENCE = 30.0
"""Seconds after which what has not been done is taken as missed."""


@dataclass(slots=True)
class Seen:
    """What the processes told: how long after its time each deadline was claimed and acted on, in seconds."""

    claimed: dict[int, float] = field(default_factory=dict)
    acted: dict[int, float] = field(default_factory=dict)
    twice: int = 0
    shares: list[int] = field(default_factory=list)
    missed: int = 0
    wrong: int = 0
    repeated: int = 0
    all_done: asyncio.Event = field(default_factory=asyncio.Event)


async def measure(seconds: float, *, pending: int = PENDING, due: int = DUE) -> Result:
    """Measures both shapes once; how long that takes does not depend on `seconds`."""
    async with ground() as server:
        filled = await fill(server, pending, due)
        instant = await fall_due(server, filled, timedelta(0))
        spread = await fall_due(server, filled, timedelta(seconds=1))
        plain = await plain_sweep(server.url(await server.copy(filled)), due)
        ran, last = await apscheduler(server.url(await server.copy(filled)), due)
    figures = [
        Figure(
            what="at one instant: the last is claimed after",
            value=max(instant.claimed.values(), default=PATIENCE) * 1000,
            unit="ms",
            beside=plain.claimed * 1000,
            limit=Limit(most=250),
        ),
        Figure(
            what="at one instant: all is done after",
            value=max(instant.acted.values(), default=PATIENCE),
            unit="s",
            beside=plain.done,
            limit=Limit(most=5),
        ),
        Figure(
            what="spread over a second: the latest is claimed after its time by",
            value=max(spread.claimed.values(), default=PATIENCE) * 1000,
            unit="ms",
            limit=Limit(most=250),
        ),
        Figure(
            what="spread over a second: the latest is done after its time by",
            value=max(spread.acted.values(), default=PATIENCE),
            unit="s",
            limit=Limit(most=5),
        ),
        Figure(what="missed (plain: APScheduler)", value=instant.missed + spread.missed, unit="", beside=due - ran, limit=Limit(most=0)),
        Figure(what="acted on twice", value=sum(s.twice + s.repeated for s in (instant, spread)), unit="", limit=Limit(most=0)),
        Figure(what="otherwise not as it should be", value=instant.wrong + spread.wrong, unit="", limit=Limit(most=0)),
    ]
    return Result(
        name="deadlines",
        title=f"{due:,} deadlines fall due in one second among {pending:,}, {PROCESSES} processes",
        plain=f"one process, one SELECT … FOR UPDATE SKIP LOCKED LIMIT {due}, one fact each by INSERT … SELECT, one UPDATE",
        figures=figures,
        notes=[
            "half are reminders (the lawyer is told, history), half breaches (case marked, history, rung; street, district and worker are told):"
            f" {due * 2:,} facts; the plain sweep writes {due:,}",
            f"at one instant the processes took {' and '.join(f'{share:,}' for share in instant.shares)}",
            f"APScheduler with a job for each and its default misfire_grace_time ran {ran:,} and dropped {due - ran:,};"
            f" the last was done after {last:.2f} s, and a restart would have forgotten them all",
        ],
    )


async def fall_due(server: Ground, filled: str, within: timedelta) -> Seen:
    """Lets the deadlines fall due and watches two processes deal with them."""
    url = server.url(await server.copy(filled))
    connection = await asyncpg.connect(url)
    seen = Seen()
    async with _sweepers(url) as sweepers:
        moment = datetime.now(UTC) + LEAD
        due = await let_fall_due(connection, moment, within)
        lines = [asyncio.create_task(_watch(sweeper, due, seen)) for sweeper in sweepers]
        with suppress(TimeoutError):
            await asyncio.wait_for(seen.all_done.wait(), (LEAD + within).total_seconds() + PATIENCE)
        await asyncio.sleep(AFTERWARDS)  # so that a second claim of the same deadline would still be seen
        for sweeper in sweepers:
            if sweeper.stdin is not None:
                sweeper.stdin.close()
        await asyncio.gather(*lines)
    seen.missed, seen.wrong, seen.repeated = await verdict(connection, list(due), moment)
    await connection.close()
    return seen


async def _watch(sweeper: asyncio.subprocess.Process, due: dict[int, datetime], seen: Seen) -> None:
    share = 0
    async for line in _lines(sweeper):
        told = json.loads(line)
        times = {"claimed": seen.claimed, "acted": seen.acted}.get(told["what"])
        if times is None:
            continue
        for number in told["ids"]:
            if number in due:
                seen.twice += number in times
                times[number] = told["at"] - due[number].timestamp()
        share += len(told["ids"]) if told["what"] == "acted" else 0
        if len(seen.acted) == len(due):
            seen.all_done.set()
    seen.shares.append(share)


async def _lines(sweeper: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
    if sweeper.stdout is not None:
        while line := await sweeper.stdout.readline():
            yield line


@asynccontextmanager
async def _sweepers(url: str) -> AsyncIterator[list[asyncio.subprocess.Process]]:
    """The processes, ready; at the end they are gone."""
    pipe = asyncio.subprocess.PIPE
    root = Path(__file__).parents[1]
    sweepers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.sweeper", url, stdin=pipe, stdout=pipe, cwd=root, limit=LINE_LIMIT
        )
        for _ in range(PROCESSES)
    ]
    try:
        for sweeper in sweepers:
            async for _ in _lines(sweeper):
                break
            else:
                raise RuntimeError("a sweeping process did not start")
        yield sweepers
    finally:
        for sweeper in sweepers:
            if sweeper.returncode is None:
                sweeper.terminate()
            await sweeper.wait()
