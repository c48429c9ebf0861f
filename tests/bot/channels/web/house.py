"""A house of one room, standing for everything behind the web door: it keeps what arrives, and speaks when told to."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from bot.channels.base import Outgoing, Sent
from bot.channels.web.door import WebDoor
from bot.clock import Clock
from handlers.conversation import Incoming, Kind, Reply
from storage.database import Database


class House:
    """What the tests ask of dispatch and delivery. failing: storing raises, as with the database away."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.stored: dict[str, Incoming] = {}
        self.calls = 0
        self.reached: list[list[int]] = []
        self.failing = False
        self.door = WebDoor(database, clock, self._store, self._report_reached)
        self._numbers = itertools.count(101)

    async def _store(self, arrived: Sequence[Incoming]) -> None:
        if self.failing:
            raise ConnectionError("the database is away")
        self.calls += 1
        for incoming in arrived:
            self.stored.setdefault(incoming.event_id, incoming)

    async def _report_reached(self, outbox_ids: Sequence[int]) -> None:
        self.reached.append(list(outbox_ids))

    async def say(self, address: str, reply: Reply | str, *, outbox_id: int | None = None, edit: str = "") -> Sent:
        """Sends a message to a page."""
        reply = Reply(text=reply) if isinstance(reply, str) else reply
        number = outbox_id or next(self._numbers)
        return await self.door.send(Outgoing(outbox_id=number, address=address, reply=replace(reply, edit=""), edit=edit))

    @property
    def heard(self) -> list[Incoming]:
        """What people said, without the starts."""
        return [incoming for incoming in self.stored.values() if incoming.kind is not Kind.START]

    @property
    def starts(self) -> list[Incoming]:
        """Conversations that were opened."""
        return [incoming for incoming in self.stored.values() if incoming.kind is Kind.START]
