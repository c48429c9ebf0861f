"""The bulk pump: notices to many, a lane for each door. Replies and alerts have a way of their own (bot/delivery), and always go first."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy.exc import DBAPIError

from bot.channels.base import Door
from bot.clock import Clock
from bot.lane import STOP_SECONDS, Lane, delivery_of
from bot.logs import where
from bot.notice_board import Board, Marks
from bot.notice_text import Texts
from bot.pace import WINDOW, Pace
from storage.database import Database
from union import deliveries

log = structlog.get_logger()

TEND_SECONDS = 3.0


class Broadcast:
    """Every lane of this process. Which of them run here is decided by election (bot/app); `start` only begins to look for notices."""

    def __init__(
        self, database: Database, clock: Clock, doors: Mapping[str, Door], paces: Mapping[str, Pace], *, owner: int, paid_rate: float
    ) -> None:
        self._database = database
        self._clock = clock
        self._paces = paces
        texts = Texts()
        self.board = Board(database, clock, texts)
        self._marks = Marks(database, clock, owner)
        self._tending: asyncio.Task[None] | None = None
        self.lanes = {
            name: Lane(
                door,
                paces[name],
                database=database,
                clock=clock,
                board=self.board,
                marks=self._marks,
                texts=texts,
                owner=owner,
                paid_rate=paid_rate,
            )
            for name, door in doors.items()
        }

    async def start(self) -> None:
        """Begins to look for notices."""
        await self.board.start()
        self._tending = asyncio.create_task(self._tend(), name="notice-marks")

    async def stop(self) -> None:
        """Stops looking. The lanes have been ended by then; what they could not note is noted now, if the database is there."""
        await self.board.stop()
        if self._tending:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._marks.tend()
        except (DBAPIError, OSError, TimeoutError):
            log.error("broadcast.cut_short", why="the database is away; what it could not note as sent may be sent again")

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(TEND_SECONDS)
            try:
                await self._marks.tend()
            except (DBAPIError, OSError, TimeoutError) as error:
                log.warning("broadcast.interrupted", work="tend", **where(error))
            except Exception as error:
                log.error("broadcast.failed", work="tend", **where(error))

    async def take_over(self, name: str) -> None:
        """Runs a door's lane until it is cancelled. Whoever ran it before may have sent a full second's worth just now, so it begins a second later."""
        self._paces[name].hold(WINDOW)
        await self.lanes[name].run()

    async def shown(self, numbers: Sequence[int]) -> None:
        """Deliveries that a page has shown, by the numbers that the door was given. Repeats change nothing."""
        async with self._database.begin() as session:
            await deliveries.mark_seen(session, [delivery_of(number) for number in numbers], self._clock.now())
