"""What the clock brings due: deadlines, files to fetch, and the tidying up. APScheduler only says when to look;
what is due is always read from the database, so a restart, a late start or a jump of the clock needs no code."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from bot.clock import Clock
from bot.fetching import Fetching
from bot.logs import where
from handlers.alerts import digest_words
from storage import outbox, tidying
from storage.database import Database
from storage.models import Deadline
from storage.types import DeadlineId
from union import adoption, deadlines, digest, invariants, leave, signups, survey_closing
from union.deadlines import Subject
from union.rules import Rule

log = structlog.get_logger()

CLAIM = 5_000
"""Deadlines claimed at once; two processes share ten thousand that fall due in the same second."""

BATCH = 250
"""Deadlines acted on in one transaction."""

LOOK_SECONDS = 1.0
"""Real seconds between looks when nothing wakes us earlier."""


SURVEY_SECONDS = 30.0
"""Real seconds between two looks at what people signed up for and at surveys that are over."""

DIGEST_SECONDS = 20.0
"""Real seconds between two looks whether the digest of the day is due."""

WATCH_SECONDS = 60.0
"""Seconds of the program's clock between two checks of what must always be true."""

WATCH_LEAST = 1.0
"""And real seconds at least."""

SWEEP_PATIENCE = 10.0
"""Real seconds within which what has come due is dealt with, however fast the clock runs; beyond that something is wrong."""


class Timers:
    """The periodic work and the wake-up for the earliest deadline."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        rules: Mapping[str, Rule],
        subjects: Mapping[str, Subject],
        owner: int,
        fetching: Fetching,
        on_facts: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._rules = rules
        self._subjects = subjects
        self._owner = owner
        self._fetching = fetching
        self._on_facts = on_facts
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._sweeping = asyncio.Lock()
        self._in_doubt = True
        """Whether more may be noted as ours than we know of."""
        self._running: set[asyncio.Task[object]] = set()

    async def start(self) -> None:
        """Begins to work; what fell due while nobody ran is done first."""
        look = max(0.05, min(LOOK_SECONDS, 300 / self._clock.speed))
        self.every(look, "deadlines", self.sweep_deadlines)
        self.every(max(0.5, min(SURVEY_SECONDS, 3600 / self._clock.speed)), "surveys", self.look_at_surveys)
        self.every(max(0.5, min(DIGEST_SECONDS, 3600 / self._clock.speed)), "digest", self.begin_digest)
        self.every(1.0, "files", self._fetching.run)
        self.every(3.0, "orphans", self.release_orphans)
        self.every(600.0, "tidying", self.tidy)
        self._scheduler.start()
        await self.release_orphans()

    def every(self, seconds: float, name: str, work: Callable[[], Awaitable[object]]) -> None:
        """Has `work` done every so many real seconds, never twice at once; trouble is logged, and it comes back."""

        async def run() -> None:
            task = asyncio.current_task()
            if task is not None:
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            try:
                await work()
            except (DBAPIError, OSError, TimeoutError) as error:
                log.warning("timer.interrupted", work=name, **where(error))
            except Exception as error:
                log.error("timer.failed", work=name, **where(error))

        # misfire_grace_time: APScheduler would otherwise drop a run for good after the loop was busy for a second.
        self._scheduler.add_job(
            run,
            "interval",
            seconds=seconds,
            id=name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )

    async def stop(self) -> None:
        """Stops looking and finishes what is in hand."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._running:
            await asyncio.wait(self._running, timeout=10)

    async def sweep_deadlines(self) -> int:
        """Claims every deadline of which a step is due, acts on them, and sets the alarm for the next one. Returns how many."""
        acted = 0
        async with self._sweeping:
            if self._in_doubt:
                async with self._database.connect() as connection:
                    # Nobody else of this process is at it, so what is noted as ours was left when the database broke off in the middle.
                    await connection.execute(sa.update(Deadline).where(Deadline.owner == self._owner).values(owner=None))
            self._in_doubt = True
            ours, earliest = await self._claim([])
            while ours:
                batch, ours = ours[:BATCH], ours[BATCH:]
                acted += await self._act(batch)
                if len(ours) < CLAIM:  # between batches too: what falls due meanwhile is not kept waiting for those before it
                    ours, earliest = await self._claim(ours)
            self._in_doubt = False
            self._set_alarm(earliest)
        return acted

    async def _claim(self, ours: list[DeadlineId]) -> tuple[list[DeadlineId], datetime | None]:
        """Those in hand with what is due by now; when there is nothing at all, the moment at which the next step falls."""
        async with self._database.connect() as connection:
            ours = ours + await deadlines.claim(connection, owner=self._owner, now=self._clock.now(), limit=CLAIM)
            return ours, None if ours else await deadlines.next_due(connection)

    async def _act(self, ids: list[DeadlineId]) -> int:
        try:
            async with self._database.begin() as session:
                acted = await deadlines.act(
                    session, ids, owner=self._owner, rules=self._rules, subjects=self._subjects, now=self._clock.now()
                )
        except (OperationalError, InterfaceError, OSError, TimeoutError):
            raise  # the database is out of reach: the next sweep takes them up again
        except Exception as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            if len(ids) > 1:  # one that can't be acted on must not hold up the others
                half = len(ids) // 2
                return await self._act(ids[:half]) + await self._act(ids[half:])
            log.error("deadline.failed", deadline_id=ids[0], **where(error))
            async with self._database.connect() as connection:
                await deadlines.give_back(connection, ids, self._owner, self._clock.after(5.0))
            return 0
        self._on_facts()
        return acted

    def _set_alarm(self, earliest: datetime | None) -> None:
        if earliest is None:
            return
        wait = self._clock.real_seconds_until(earliest)
        if wait < LOOK_SECONDS:  # later ones are found by the regular look before they come near
            asyncio.get_running_loop().call_later(wait, self._ring)

    def _ring(self) -> None:
        if self._scheduler.running:
            self._scheduler.modify_job("deadlines", next_run_time=datetime.now(UTC))

    async def look_at_surveys(self) -> None:
        """Ends the surveys whose time is over, and reminds people of what they signed up for."""
        for due in (survey_closing.close_due, signups.remind):
            more = True
            while more:
                async with self._database.begin() as session:
                    more = await due(session, self._clock.now(), limit=1) > 0
                if more:
                    self._on_facts()

    async def begin_digest(self) -> None:
        """Begins the digest of the day when it is due; of processes that look at once one does. Its deliveries are made and sent like any notice's."""
        async with self._database.begin() as session:
            await digest.begin_due(session, digest_words.TITLE, self._clock.now())

    async def release_orphans(self) -> None:
        """Gives back what processes that have ended still held."""
        async with self._database.connect() as connection:
            released = await outbox.release_orphans(connection, self._owner)
        if released:
            log.info("orphans.released", count=released)
            self._on_facts()

    async def watch_house(self) -> None:
        """Checks again and again what must always be true. For the one process that is elected to; runs until it is cancelled."""
        while True:
            await asyncio.sleep(
                max(WATCH_LEAST, WATCH_SECONDS / self._clock.speed)
            )  # first: what fell due while nobody ran is being dealt with
            try:
                await self.check_house()
            except (DBAPIError, OSError, TimeoutError) as error:
                log.warning("timer.interrupted", work="house", **where(error))
            except Exception as error:
                log.error("timer.failed", work="house", **where(error))

    async def check_house(self) -> None:
        """Checks it once, and tells the staff of the city what does not hold. What an earlier version left lying is taken up first.

        Leaves that begin are told of here too: whose turn it is to watch is decided by the day, not by a deadline.
        """
        async with self._database.begin() as session:
            taken_up = await adoption.adopt(session, self._rules, self._clock.now())
        if taken_up:
            log.info("cases.adopted", count=taken_up)
            self._on_facts()
        async with self._database.begin() as session:
            begun = await leave.announce(session, self._clock.now())
        if begun:
            self._on_facts()
        async with self._database.begin() as session:
            late = self._clock.passing_in(SWEEP_PATIENCE)
            broken = await invariants.check_and_tell(session, self._clock.now(), late)
        if broken:
            log.warning("house.fault", codes=[violation.code for violation in broken])
            self._on_facts()

    async def tidy(self) -> None:
        """Deletes what has served its time."""
        async with self._database.connect() as connection:
            await tidying.tidy(connection, self._clock.now())
