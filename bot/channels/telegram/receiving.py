"""Receiving: what arrives is stored, and only then acknowledged, whether it was polled or brought to the webhook."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog

from bot.channels.base import StoreIncoming
from bot.channels.telegram.backoff import Backoff
from bot.channels.telegram.client import BotClient, CallFailed
from bot.channels.telegram.reading import Arrived, Reader
from bot.clock import Clock

log: structlog.stdlib.BoundLogger = structlog.get_logger()

ANSWERS_AT_ONCE = 16
ANSWERS_WAITING = 1000
"""Pressed buttons whose little clock is still to be stopped. More than these are left alone: it stops by itself after a while."""


class Answers:
    """Answers pressed buttons in the background. A failure harms nobody: the button's clock turns a little longer."""

    def __init__(self, client: BotClient) -> None:
        self._client = client
        self._tasks: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(ANSWERS_AT_ONCE)

    def add(self, callback_id: str) -> None:
        """Answers the press when there is room."""
        if len(self._tasks) < ANSWERS_WAITING:
            task = asyncio.create_task(self._answer(callback_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def finish(self, seconds: float) -> None:
        """Waits so long for what is under way and drops the rest."""
        if tasks := set(self._tasks):
            await asyncio.wait(tasks, timeout=seconds)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, callback_id: str) -> None:
        async with self._gate:
            with suppress(CallFailed):
                await self._client.answer_callback(callback_id)


class Receiver:
    """Takes updates in: reads, stores, and then answers the pressed buttons among them."""

    def __init__(self, client: BotClient, reader: Reader, store: StoreIncoming, clock: Clock) -> None:
        self._client = client
        self._reader = reader
        self._store = store
        self._clock = clock
        self.answers = Answers(client)

    async def accept(self, batch: Sequence[dict[str, Any]]) -> None:
        """Stores the updates in one go. Raises what `store` raises; nothing is acknowledged then."""
        arrived = [self._read(raw) for raw in batch]
        incoming = [item.incoming for item in arrived if item.incoming]
        if incoming:
            await self._store(incoming)
        for item in arrived:
            if item.callback_id:
                self.answers.add(item.callback_id)

    def _read(self, raw: dict[str, Any]) -> Arrived:
        now = self._clock.now()
        try:
            return self._reader.read(self._client.parse(raw), now)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            # A newer Bot API than the library knows. The update is not lost to sight: the person gets an answer.
            log.warning("update.not_understood", door=self._reader.door, update_id=raw["update_id"], error=type(error).__name__)
            return self._reader.read_unknown(raw, now)


class Poller:
    """Asks for updates, again and again. The offset, which is the acknowledgement, moves only when they are stored."""

    def __init__(self, client: BotClient, receiver: Receiver, door: str) -> None:
        self._client = client
        self._receiver = receiver
        self._log = log.bind(door=door)
        self._network = Backoff(0.2, 30)
        self._crowded = Backoff(3, 30)

    async def run(self) -> None:
        """Polls until it is cancelled."""
        offset: int | None = None
        while True:
            asked = time.monotonic()
            try:
                batch = [raw for raw in await self._client.updates(offset) if isinstance(raw.get("update_id"), int)]
            except CallFailed as failure:
                await self._wait_out(failure)
                continue
            self._network.reset()
            self._crowded.reset()
            if batch:
                await self._store(batch)
                offset = max(raw["update_id"] for raw in batch) + 1
                continue
            # All is confirmed. After a week of silence Telegram numbers anew, perhaps lower, so an old offset must not be kept.
            offset = None
            if time.monotonic() - asked < 1:  # a server that doesn't hold the call must not be asked in a hot loop
                await asyncio.sleep(0.5)

    async def _store(self, batch: Sequence[dict[str, Any]]) -> None:
        backoff = Backoff(0.2, 5)
        while True:
            try:
                await self._receiver.accept(batch)
            except Exception as error:  # whatever the database raises: the updates stay unacknowledged and are tried again
                wait = backoff.next()
                self._log.warning("updates.not_stored", count=len(batch), error=type(error).__name__, retry_in=wait)
                await asyncio.sleep(wait)
            else:
                return

    async def _wait_out(self, failure: CallFailed) -> None:
        if failure.code == 409 and "webhook" in failure.description:
            self._log.warning("webhook.removed", why="another installation had set one for this bot")
            with suppress(CallFailed):
                await self._client.delete_webhook()
            wait = self._network.next()
        elif failure.code == 409:
            wait = self._crowded.next()
            self._log.error("polling.disputed", why="another program polls with the same token", retry_in=wait)
        elif failure.code in {401, 404}:
            wait = self._crowded.next()
            self._log.error("token.rejected", retry_in=wait)
        else:
            wait = max(failure.retry_after, self._network.next())
            self._log.warning("polling.interrupted", code=failure.code, retry_in=wait)
        await asyncio.sleep(wait)
