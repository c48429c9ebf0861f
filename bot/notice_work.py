"""What notices need besides being sent: those that are due begin, deliveries are made step by step, and what is over is finished."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import DBAPIError

from bot.clock import Clock
from bot.logs import where
from storage.database import Database
from storage.types import NoticeId
from union import deliveries, notice_clock, notice_life, notices

log = structlog.get_logger()

LOOK_SECONDS = 0.25
"""Real seconds between looks; the first message goes out within a second of the approval."""

WATCH_SECONDS = 0.5
"""Real seconds between two looks at what is being sent."""


class NoticeWork:
    """`run` does what there is to do now. Any number of processes may run it: each step is one process's, and short."""

    def __init__(self, database: Database, clock: Clock, on_facts: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._on_facts = on_facts
        self._watched_at = 0.0

    async def run(self) -> None:
        """Begins, expands, finishes. However many are meant by one notice, others begin and end meanwhile: they take turns, a step each."""
        more = True
        while more:
            await self._begin()
            async with self._database.begin() as session:
                unfinished = await deliveries.unfinished(session)
            steps = [await self._step(notice_id) for notice_id in unfinished]
            await self._watch()
            more = any(steps)

    async def _begin(self) -> None:
        async with self._database.begin() as session:
            begun = await notice_clock.start_due(session, self._clock.now())
        if begun:
            self._on_facts()

    async def _step(self, notice_id: NoticeId) -> bool:
        try:
            async with self._database.begin() as session:
                return await deliveries.expand_some(session, notice_id)
        except (DBAPIError, OSError, TimeoutError):
            raise
        except Exception as error:  # one that can't be read must not hold up the others
            log.error("notice.stuck", notice_id=notice_id, **where(error))
            return False

    async def _watch(self) -> None:
        if time.monotonic() < self._watched_at + WATCH_SECONDS:
            return
        self._watched_at = time.monotonic()
        async with self._database.begin() as session:
            under_way = await notices.under_way(session)
        for notice_id in under_way:
            async with self._database.begin() as session:
                await notice_life.watch(session, notice_id, self._clock.now())
        if under_way:
            self._on_facts()
