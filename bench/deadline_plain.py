"""The plain alternatives to the deadline engine: one sweep by hand, and a scheduler with a job for each deadline."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bench.deadline_rows import let_fall_due

LEAD = timedelta(seconds=3)
CONNECTIONS = 16
GRACE = 1  # the scheduler leaves out what comes later than this, in whole seconds: its own default
PATIENCE = 300.0

SELECT = """
    SELECT id FROM deadline WHERE next_at <= $1 AND next_at IS NOT NULL AND owner IS NULL
    ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED
    """

TELL = """
    INSERT INTO outbox (lane, person_id, side, priority, kind, params, subject, subject_id, dedupe_key, status, attempts,
        not_before, created_at)
    SELECT 'p' || coalesce(c.lawyer_id, c.officer_id), coalesce(c.lawyer_id, c.officer_id), 'desk', 1, 'case_reminder', jsonb_build_object('case', c.id), 'case', c.id,
        'plain:' || d.id, 'pending', 0, $2, $2
    FROM deadline d JOIN "case" c ON c.id = d.subject_id WHERE d.id = ANY($1::bigint[])
    """

ADVANCE = "UPDATE deadline SET step = step + 1, next_at = next_at + interval '12 hours' WHERE id = ANY($1::bigint[])"


@dataclass(frozen=True, slots=True)
class Swept:
    """Seconds after their time: when the last was claimed, and when everything was done."""

    claimed: float
    done: float


async def plain_sweep(url: str, due: int) -> Swept:
    """One process that sleeps until the moment and does everything in one transaction."""
    connection = await asyncpg.connect(url)
    moment = datetime.now(UTC) + LEAD
    await let_fall_due(connection, moment, timedelta(0))
    await asyncio.sleep((moment - datetime.now(UTC)).total_seconds())
    async with connection.transaction():
        ids = [row["id"] for row in await connection.fetch(SELECT, datetime.now(UTC), due)]
        claimed = time.time()
        await connection.execute(TELL, ids, datetime.now(UTC))
        await connection.execute(ADVANCE, ids)
    done = time.time()
    await connection.close()
    if len(ids) != due:
        raise RuntimeError("the plain sweep did not find everything")
    return Swept(claimed - moment.timestamp(), done - moment.timestamp())


async def apscheduler(url: str, due: int) -> tuple[int, float]:
    """A job for each deadline, with the scheduler's defaults; each tells one person. Returns how many ran, and when the last was done.

    A job that comes more than a second late is left out by the scheduler's defaults. Raises TimeoutError when some neither run nor are left out.
    """
    connection = await asyncpg.connect(url)
    ids = list(await let_fall_due(connection, datetime.now(UTC) + timedelta(days=1), timedelta(0)))
    await connection.close()
    free: asyncio.Queue[asyncpg.Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncpg.connect(url))

    async def tell(number: int) -> None:
        mine = await free.get()
        await mine.execute(TELL, [number], datetime.now(UTC))
        free.put_nowait(mine)

    ended: dict[int, list[float]] = {EVENT_JOB_EXECUTED: [], EVENT_JOB_MISSED: [], EVENT_JOB_ERROR: []}
    all_ended = asyncio.Event()

    def note(event: JobExecutionEvent) -> None:
        ended[event.code].append(time.time())
        if sum(map(len, ended.values())) == due:
            all_ended.set()

    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": GRACE})
    scheduler.add_listener(note, EVENT_JOB_EXECUTED | EVENT_JOB_MISSED | EVENT_JOB_ERROR)
    scheduler.start(paused=True)
    moment = datetime.now(UTC) + timedelta(milliseconds=due)  # adding them takes a while
    for number in ids:
        scheduler.add_job(tell, "date", run_date=moment, args=[number])
    scheduler.resume()
    async with asyncio.timeout(PATIENCE):
        await all_ended.wait()
    if ended[EVENT_JOB_ERROR]:
        raise RuntimeError(f"{len(ended[EVENT_JOB_ERROR])} jobs failed")
    scheduler.shutdown(wait=False)
    while not free.empty():
        await free.get_nowait().close()
    return len(ended[EVENT_JOB_EXECUTED]), max(ended[EVENT_JOB_EXECUTED], default=0) - moment.timestamp()
