"""How processes know of each other: each holds a numbered lock in the database as long as it lives, and some work is one process's at a time."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import zlib
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from bot.logs import where
from storage.outbox import PRESENCE

LEADERSHIP = 12352
TRY_SECONDS = 1.0

log = structlog.get_logger()


class Presence:
    """This process's number, held as a lock on a connection of its own: when the process ends, however it ends, the lock is gone
    and others may take over what it held."""

    def __init__(self, url: str) -> None:
        self.number = secrets.randbelow(2**31 - 2) + 1
        self._url = url
        self._connection: asyncpg.Connection | None = None
        self._lock = asyncio.Lock()
        self._keeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Takes the lock, and takes it again whenever the connection was lost. Raises what connecting raises."""
        async with self._lock:
            await self._connect()
        self._keeping = asyncio.create_task(self._keep(), name="presence")

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(TRY_SECONDS)
            try:
                async with self._lock:
                    await self._connect()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("presence.interrupted", **where(error))

    async def _connect(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            connection = await asyncpg.connect(self._url, timeout=10)
            try:
                await connection.execute("SELECT pg_advisory_lock($1, $2)", PRESENCE, self.number)
            except BaseException:
                connection.terminate()
                raise
            self._connection = connection
        return self._connection

    async def lead(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Runs `work` while this process is the one elected for `name`; stands by otherwise. Runs until it is cancelled."""
        key = zlib.crc32(name.encode()) & 0x7FFFFFFF
        task: asyncio.Task[None] | None = None
        try:
            while True:
                elected = await self._holds(key)
                if elected and (task is None or task.done()):
                    log.info("leader.elected", work=name)
                    task = asyncio.create_task(_run(work), name=name)
                elif not elected and task is not None:
                    log.warning("leader.lost", work=name)
                    await _end(task)
                    task = None
                await asyncio.sleep(TRY_SECONDS)
        finally:
            if task is not None:
                await _end(task)

    async def _holds(self, key: int) -> bool:
        try:
            async with self._lock:
                connection = await self._connect()
                held = await connection.fetchval(
                    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid = $2"
                    " AND pid = pg_backend_pid() AND granted)",
                    LEADERSHIP,
                    key,
                )
                return bool(held or await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", LEADERSHIP, key))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            log.warning("presence.interrupted", **where(error))
            return False

    async def close(self) -> None:
        """Gives back every lock."""
        if self._keeping is not None:
            await _end(self._keeping)
        async with self._lock:
            if self._connection is not None:
                await self._connection.close(timeout=5)
                self._connection = None


async def _run(work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except Exception as error:
        log.error("leader.failed", **where(error))


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
