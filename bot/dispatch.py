"""Dispatch: takes events from the inbox in each sender's order, many senders at once, and gives each one transaction.

Everything that one event causes is committed together or not at all. Nothing below here commits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from bot.clock import Clock
from bot.intake import Intake
from bot.logs import where
from handlers import routes
from handlers.conversation import Incoming, Kind, Reply
from handlers.turn import House, State, Turn
from storage import inbox
from storage.database import Database
from storage.outbox import revive
from storage.work import Line, Work

log = structlog.get_logger()

Sender = tuple[str, str]
"""(door, address)"""

WORKERS = 8
ATTEMPTS = 5
RETRY_AFTER = (0.2, 1.0, 3.0, 10.0)
"""Real seconds before an event that failed is tried again."""

HANDLER_SECONDS = 20.0
SWEEP_SECONDS = 1.0
QUEUE_BOUND = 10_000
"""Senders known to wait at most; those beyond are found by the sweep."""

REVIVE_WITHIN = timedelta(days=7)
APOLOGY = "对不起，刚才这条消息我没能处理好，已经记下来请工作人员查看。请再发一次，或打工会热线 12351。"

Handled = Callable[[str, str, str], Awaitable[None]]
"""Told of each event that was dealt with: door, address, event id."""


class Dispatch:
    """The dispatcher. `store` is given to the doors; `start` begins to work, `stop` finishes what is in hand."""

    def __init__(self, database: Database, clock: Clock, house: House, *, on_replies: Callable[[], None], on_handled: Handled) -> None:
        self._database = database
        self._clock = clock
        self._house = house
        self._on_replies = on_replies
        self._on_handled = on_handled
        self._intake = Intake(database, clock)
        self._waiting: dict[Sender, int] = {}
        self._busy: set[Sender] = set()
        self._ready: asyncio.Queue[Sender | None] = asyncio.Queue()  # bounded by QUEUE_BOUND through _waiting
        self._tasks: list[asyncio.Task[None]] = []
        self._sweeper: asyncio.Task[None] | None = None

    def use(self, house: House) -> None:
        """Turns that begin from now on are given this house."""
        self._house = house

    async def store(self, arrived: Sequence[Incoming]) -> None:
        """Stores what a door received, all of it in one commit, and only then returns: the door acknowledges after this."""
        if not arrived:
            return
        await self._intake.store([inbox.Arrival(i.door, i.address, i.event_id, i.to_json()) for i in arrived])
        for incoming in arrived:
            self.nudge((incoming.door, incoming.address))

    def nudge(self, sender: Sender, events: int = 1) -> None:
        """Somebody has `events` more in the inbox."""
        if sender in self._waiting:
            self._waiting[sender] += events
        elif len(self._waiting) < QUEUE_BOUND:
            self._waiting[sender] = events
            if sender not in self._busy:
                self._ready.put_nowait(sender)

    async def start(self) -> None:
        """Begins to work."""
        self._tasks = [asyncio.create_task(self._work(), name=f"dispatch-{n}") for n in range(WORKERS)]
        self._sweeper = asyncio.create_task(self._sweep(), name="dispatch-sweep")

    async def stop(self) -> None:
        """Finishes what is in hand. What still waits is safe in the inbox."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
        self._waiting.clear()
        for _ in self._tasks:
            self._ready.put_nowait(None)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=HANDLER_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def idle(self) -> None:
        """Returns when nobody known here waits any more (for tests and benches)."""
        while self._waiting or self._busy:  # noqa: ASYNC110 (the hot path pays nothing for those who wait here)
            await asyncio.sleep(0.005)

    async def _work(self) -> None:
        hand = _Hand(self._database)
        while (sender := await self._ready.get()) is not None:
            if sender in self._busy:
                continue
            self._busy.add(sender)
            try:
                await self._drain(hand, sender)
            finally:
                self._busy.discard(sender)
                if sender in self._waiting:
                    self._ready.put_nowait(sender)
        await hand.let_go()

    async def _drain(self, hand: _Hand, sender: Sender) -> None:
        """Handles as many events of one sender as are known to wait."""
        events = self._waiting.pop(sender, 0)
        first = True
        while events > 0:
            events -= 1
            try:
                if not await self._one(hand, sender, first=first):
                    return
            except Exception as error:
                # Whatever went wrong outside a handler must not end the worker. Mostly the database is out of reach: nothing is lost,
                # and the sweep comes back to it.
                log.warning("dispatch.interrupted", **where(error))
                await hand.let_go()
                await asyncio.sleep(0.5)
                return
            first = False
            events += self._waiting.pop(sender, 0)

    async def _one(self, hand: _Hand, sender: Sender, *, first: bool) -> bool:
        """Handles the sender's oldest event in one transaction. Returns False when there is none to handle now."""
        taken: inbox.Taken | None = None
        line = await hand.line()
        try:
            async with line.work() as work:
                taken = await inbox.take(work.driver, self._database.vault, *sender, self._clock.now())
                if taken is not None:
                    async with asyncio.timeout(HANDLER_SECONDS):
                        await self._handle(work, sender, taken)
        except Exception as error:
            if taken is None or line.is_gone():
                raise
            await self._failed(sender, taken, error)
            return False
        if taken is None:
            return first and await self._meet(hand, sender)
        self._on_replies()
        await self._on_handled(*sender, taken.event_id)
        return True

    async def _handle(self, work: Work, sender: Sender, taken: inbox.Taken) -> None:
        now = self._clock.now()
        incoming = Incoming.from_json(*sender, taken.event_id, taken.payload)
        turn = Turn(incoming, State.from_json(taken.state), taken.person_id, work, self._house, now)
        replies = await routes.handle(turn)
        gone = incoming.kind is Kind.STOPPED
        if turn.person_id is not None and (taken.unreachable or turn.person_id != taken.person_id) and not gone:
            await revive(work.session, turn.person_id, turn.side, now - REVIVE_WITHIN, now)
        await work.flush()
        await inbox.finish(
            work.driver,
            self._database.vault,
            taken,
            state=turn.state.to_json(),
            person_id=turn.person_id,
            replies=[inbox.NewReply(r.to_json(), r.slot or None, r.edit or None) for r in replies],
            gone=gone,
            now=now,
        )

    async def _meet(self, hand: _Hand, sender: Sender) -> bool:
        """Makes the conversation of somebody who writes for the first time. Returns whether their event can be handled now."""
        async with self._database.connect() as connection:
            met = await inbox.first_unmet(connection, self._database.vault, *sender)
            if met is None:
                return False
            incoming = Incoming.from_json(*sender, met[1], met[0])
            await inbox.ensure_conversation(connection, *sender, incoming.side, self._clock.now())
        return await self._one(hand, sender, first=False)

    async def _failed(self, sender: Sender, taken: inbox.Taken, error: Exception) -> None:
        """The event is tried again a bounded number of times; after that the person gets a word, and the row stays for us to look at."""
        attempt = taken.attempts + 1
        log.error("event.failed", inbox_id=taken.inbox_id, door=sender[0], attempt=attempt, **where(error))
        name = type(error).__name__
        async with self._database.connect() as connection:
            if attempt < ATTEMPTS:
                delay = RETRY_AFTER[attempt - 1]
                await inbox.postpone(connection, taken.inbox_id, name, self._clock.after(delay))
                asyncio.get_running_loop().call_later(delay + 0.01, self.nudge, sender, 1)
                return
            now = self._clock.now()
            await inbox.apologise(connection, taken, Reply(text=APOLOGY).to_json(), now)
            await inbox.give_up(connection, taken.inbox_id, name, now)
        self._on_replies()
        self.nudge(sender)

    async def _sweep(self) -> None:
        """Finds what nobody nudged for: left by a restart, by another process's end, or beyond the queue's bound."""
        while True:
            try:
                async with self._database.connect() as connection:
                    waiting = await inbox.waiting_senders(connection, self._clock.now(), 1000)
                for door, address, events in waiting:
                    if (door, address) not in self._busy and (door, address) not in self._waiting:
                        self.nudge((door, address), events)
            except (DBAPIError, OSError, TimeoutError) as error:
                log.warning("sweep.interrupted", **where(error))
            await asyncio.sleep(SWEEP_SECONDS)


class _Hand:
    """A worker's line to the database: opened when it is first needed, let go when it breaks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._line: Line | None = None

    async def line(self) -> Line:
        """The line, a new one if there is none. Raises what connecting raises."""
        if self._line is None or self._line.is_gone():
            await self.let_go()
            self._line = await Line.open(self._database)
        return self._line

    async def let_go(self) -> None:
        """Gives the connection back."""
        line, self._line = self._line, None
        if line is not None:
            await line.close()
