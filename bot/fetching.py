"""Fetches the files that people sent from the door they came through, and keeps them. Telegram's handles die with the bot's token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from bot.channels.base import Door, FileGone, TryLater
from bot.clock import Clock
from bot.logs import where
from handlers.conversation import FILE_LIMIT
from storage.database import Database
from storage.models import FileStatus, StoredFile

log = structlog.get_logger()

LEASE_SECONDS = 120.0
LONGEST_WAIT = 60.0
"""Real seconds between two tries at most."""

GIVE_UP_AFTER = timedelta(days=3)
TRIES_AT_LEAST = 20
AT_ONCE = 4


class Fetching:
    """One pass fetches up to a few files; the timers call it again and again."""

    def __init__(self, database: Database, clock: Clock, doors: Mapping[str, Door]) -> None:
        self._database = database
        self._clock = clock
        self._doors = doors

    async def run(self) -> None:
        """Fetches what waits and is due. Never raises for a door's or the database's trouble: it comes back."""
        try:
            for file in await self._claim():
                try:
                    await self._fetch(file)
                except Exception as error:
                    log.error("file.failed", file_id=file.id, **where(error))  # its lease runs out, and it is tried again
        except (DBAPIError, OSError, TimeoutError) as error:
            log.warning("fetching.interrupted", **where(error))

    async def _claim(self) -> list[StoredFile]:
        now = self._clock.now()
        async with self._database.begin() as session:
            query = (
                sa.select(StoredFile)
                .where(StoredFile.status == FileStatus.WAITING, StoredFile.not_before <= now, StoredFile.door.in_(self._doors))
                .order_by(StoredFile.id)
                .limit(AT_ONCE)
                .with_for_update(skip_locked=True)
            )
            files = list(await session.scalars(query))
            for file in files:  # a lease: should this process end, another may try after it has run out
                file.not_before = self._clock.after(LEASE_SECONDS)
                file.attempts += 1
        return files

    async def _fetch(self, file: StoredFile) -> None:
        try:
            data = await self._doors[file.door].fetch(file.handle)
        except TryLater as error:
            # Trouble at the door may last for hours, and this is somebody's evidence: it is given up by age, not by the number of tries.
            old = self._clock.now() - file.created_at > GIVE_UP_AFTER * max(1.0, self._clock.speed)
            gone = old and file.attempts >= TRIES_AT_LEAST
            wait = max(error.seconds, min(LONGEST_WAIT, 2.0 ** min(file.attempts - 1, 6)))
            await self._note(file, {"status": FileStatus.GONE if gone else FileStatus.WAITING, "not_before": self._clock.after(wait)})
            return
        except FileGone:
            log.warning("file.gone", file_id=file.id)
            await self._note(file, {"status": FileStatus.GONE})
            return
        if len(data) > FILE_LIMIT:
            await self._note(file, {"status": FileStatus.GONE})
            return
        await self._note(file, {"status": FileStatus.STORED, "data": data, "size": len(data)})

    async def _note(self, file: StoredFile, values: dict[str, object]) -> None:
        async with self._database.begin() as session:
            await session.execute(sa.update(StoredFile).where(StoredFile.id == file.id).values(**values))
