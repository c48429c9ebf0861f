"""What the lanes of a broadcast share: which notices may be sent just now, and the notes of what became of deliveries."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.logs import where
from bot.notice_text import Texts
from storage import deliveries
from storage.database import Database
from storage.deliveries import Held, Marked, Outcome
from storage.models import DeliveryStatus, Notice, NoticeStatus
from storage.types import NoticeId, PersonId
from union import subscriptions

log = structlog.get_logger()

LOOK_SECONDS = 0.25
"""Real seconds between looks: so long a pause or a stop takes to be known everywhere."""


GATHER_SECONDS = 0.02
"""Outcomes that come within so long are noted in one transaction: at a thousand a second fifty commits instead of hundreds."""


class Board:
    """The notices that are being sent and those that are being corrected, as the database said a moment ago. At night only the urgent ones."""

    def __init__(self, database: Database, clock: Clock, texts: Texts) -> None:
        self.sending: list[Notice] = []
        self.correcting: list[Notice] = []
        self._database = database
        self._clock = clock
        self._texts = texts
        self._allowed: frozenset[NoticeId] = frozenset()
        self._busy = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to look."""
        self._watching = asyncio.create_task(self._watch(), name="notice-board")

    async def stop(self) -> None:
        """Ends looking."""
        if self._watching:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    def allows(self, notice_id: NoticeId) -> bool:
        """Whether the notice may still be sent: it was neither paused nor stopped, and night has not come."""
        return notice_id in self._allowed

    async def wait(self, seconds: float) -> None:
        """Waits until there is a notice to be sent or corrected, or so long if there is one already."""
        if self._busy.is_set():
            await asyncio.sleep(seconds)
        else:
            await self._busy.wait()

    async def look(self) -> None:
        """Reads how things stand."""
        query = sa.select(Notice).where((Notice.status == NoticeStatus.SENDING) | Notice.corrected_to.is_not(None)).order_by(Notice.id)
        async with self._database.begin() as session:
            found = list(await session.scalars(query))
        now = self._clock.now()
        awake = [notice for notice in found if subscriptions.quiet_until(notice, now) is None]
        self.sending = [notice for notice in awake if notice.status is NoticeStatus.SENDING]
        self.correcting = [notice for notice in awake if notice.corrected_to is not None]
        self._allowed = frozenset(notice.id for notice in self.sending)
        self._texts.keep(found)
        if awake:
            self._busy.set()
        else:
            self._busy.clear()

    async def _watch(self) -> None:
        while True:
            try:
                await self.look()
            except (DBAPIError, OSError, TimeoutError) as error:
                log.warning("broadcast.interrupted", work="board", **where(error))
            except Exception as error:  # it must not stop: pauses and stops are known by it
                log.error("broadcast.failed", work="board", **where(error))
            await asyncio.sleep(LOOK_SECONDS)


@dataclass(frozen=True, slots=True)
class _Note:
    """An outcome on its way to the database."""

    outcome: Outcome
    corrects: bool
    done: asyncio.Future[None]


class Marks:
    """Notes what became of deliveries, many at once: while one commit is under way the next ones gather. Knows what this process has in hand."""

    def __init__(self, database: Database, clock: Clock, owner: int) -> None:
        self._database = database
        self._clock = clock
        self._owner = owner
        self._gathered: list[_Note] = []
        self._in_hand: set[tuple[NoticeId, PersonId]] = set()
        self._writer: asyncio.Task[None] | None = None

    def hold(self, rows: Sequence[Held]) -> list[Held]:
        """These were claimed. Returns those that were not in hand already: corrections are only read, and may be read again."""
        fresh = [held for held in rows if (held.notice_id, held.person_id) not in self._in_hand]
        self._in_hand |= {(held.notice_id, held.person_id) for held in fresh}
        return fresh

    def let_go(self, keys: Iterable[tuple[NoticeId, PersonId]]) -> None:
        """These are not in hand any more."""
        self._in_hand.difference_update(keys)

    def put(self, outcome: Outcome, *, corrects: bool = False) -> asyncio.Future[None]:
        """To be noted with the next ones. What it returns is done when it is."""
        note = _Note(outcome, corrects, asyncio.get_running_loop().create_future())
        self._gathered.append(note)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all(), name="notice-marks")
        return note.done

    async def add(self, outcome: Outcome, *, corrects: bool = False) -> None:
        """Returns when it is noted; it is tried as long as the database is away, so that nothing sent is sent again."""
        await self.put(outcome, corrects=corrects)

    async def flush(self) -> None:
        """Returns when all that has gathered is noted."""
        if self._writer is not None:
            await asyncio.shield(self._writer)

    async def _write_all(self) -> None:
        while self._gathered:
            await asyncio.sleep(GATHER_SECONDS)
            batch, self._gathered = self._gathered, []
            try:
                await self._write(batch)
            except Exception as error:  # whatever it is, what was sent must not be forgotten
                log.warning("broadcast.interrupted", work="marks", **where(error))
                self._gathered = batch + self._gathered
                await asyncio.sleep(0.5)
                continue
            self.let_go((note.outcome.notice_id, note.outcome.person_id) for note in batch)
            for note in batch:
                if not note.done.done():
                    note.done.set_result(None)

    async def tend(self) -> None:
        """Notes what was left over, and frees what the database notes as ours though we don't have it: the answer to a claim may be lost with the
        connection."""
        await self.flush()
        async with self._database.connect() as connection:
            await deliveries.free_unknown(connection, self._owner, self._in_hand)

    async def _write(self, batch: Sequence[_Note]) -> None:
        outcomes = [note.outcome for note in batch if not note.corrects]
        corrections = [note.outcome for note in batch if note.corrects]
        now = self._clock.now()
        async with self._database.begin() as session:
            connection = await session.connection()
            if outcomes:
                await self._give_places_back(session, await deliveries.mark(connection, outcomes, self._owner, now))
            if corrections:
                await deliveries.mark_corrected(connection, corrections, now)

    async def _give_places_back(self, session: AsyncSession, marked: Sequence[Marked]) -> None:
        """Whom it did not reach has one more to come that day."""
        lost: dict[NoticeId, list[PersonId]] = {}
        for one in marked:
            if one.status in (DeliveryStatus.UNREACHABLE, DeliveryStatus.FAILED):
                lost.setdefault(one.notice_id, []).append(one.person_id)
        for notice_id, people in lost.items():
            notice = await session.get_one(Notice, notice_id)
            await subscriptions.give_back(await session.connection(), notice, people, self._clock.now())
