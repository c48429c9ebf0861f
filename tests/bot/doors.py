"""A door that remembers what it was given to send, and fails when it is told to."""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Callable

from bot.channels.base import Outgoing, SendError, Sent


class RecordingDoor:
    """A `Door` whose other end is a list. failures: what the next sends to an address raise, one each. gate: sends wait while it is closed."""

    def __init__(self, name: str, *, bulk_rate: float = 1000.0, chat_rate: float = math.inf, reaches: bool = True) -> None:
        self.name = name
        self.chat_rate = chat_rate
        self.bulk_rate = bulk_rate
        self.reaches = reaches
        self.sent: list[Outgoing] = []
        self.asked: list[Outgoing] = []
        self.failures: dict[str, list[SendError]] = defaultdict(list)
        self.files: dict[str, list[bytes | Exception]] = defaultdict(list)
        self.gate = asyncio.Event()
        self.gate.set()

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def close(self) -> None: ...

    async def send(self, outgoing: Outgoing) -> Sent:
        self.asked.append(outgoing)
        await self.gate.wait()
        if waiting := self.failures[outgoing.address]:
            raise waiting.pop(0)
        self.sent.append(outgoing)
        return Sent(message_ref=str(len(self.sent)), reached=self.reaches)

    async def fetch(self, handle: str) -> bytes:
        found = self.files[handle].pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def texts(self, address: str | None = None) -> list[str]:
        """What was sent (to one address), in order."""
        return [outgoing.reply.text for outgoing in self.sent if address in (None, outgoing.address)]


async def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Waits until something is so. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  what is waited for has no event of its own
            await asyncio.sleep(0.005)
