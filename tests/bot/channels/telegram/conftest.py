"""Both doors, one Bot API stand-in, and an inbox that only remembers."""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.base import Attachment, Outgoing
from bot.channels.desk_telegram import DeskTelegram
from bot.channels.members_telegram import MembersTelegram
from bot.channels.telegram.door import TelegramDoor
from bot.clock import VirtualClock
from handlers.conversation import Incoming, Reply
from tests.botapi import BotApi, Phone

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
SECRET = "a-secret_of_the_webhook"
USER = 1001


class Inbox:
    """What a door stored, batch by batch. failures: what the next calls raise instead."""

    def __init__(self) -> None:
        self.batches: list[list[Incoming]] = []
        self.failures: list[Exception] = []
        self.changed = asyncio.Condition()

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.batches.append(list(batch))
        async with self.changed:
            self.changed.notify_all()

    @property
    def all(self) -> list[Incoming]:
        return [incoming for batch in self.batches for incoming in batch]

    async def until(self, count: int) -> list[Incoming]:
        """Waits until so many have been stored."""
        async with asyncio.timeout(60), self.changed:
            await self.changed.wait_for(lambda: len(self.all) >= count)
        return self.all


@dataclass
class House:
    """A door of one kind, its server and its inbox."""

    kind: type[MembersTelegram] | type[DeskTelegram]
    token: str
    api: BotApi
    inbox: Inbox = field(default_factory=Inbox)
    doors: list[TelegramDoor] = field(default_factory=list)
    _outbox_ids: int = 0

    def door(self, **changes: Any) -> TelegramDoor:
        """A new door. changes: other arguments for its constructor."""
        settings: dict[str, Any] = {"api": self.api.url, "store": self.inbox, "clock": VirtualClock(NOW)}
        settings |= {"webhook_url": None, "webhook_secret": SECRET, "token": self.token} | changes
        door = self.kind(settings.pop("token"), **settings)
        self.doors.append(door)
        return door

    @asynccontextmanager
    async def polling(self, **changes: Any) -> AsyncIterator[TelegramDoor]:
        """A door that has been started and is polled."""
        door = self.door(**changes)
        await door.start()
        task = asyncio.create_task(door.poll_forever())
        try:
            yield door
        finally:
            await door.stop()
            await task

    async def phone(self) -> Phone:
        """A phone on which the chat is open. What opening it made waits for nobody."""
        phone = self.api.phone(self.token, USER)
        await phone.start()
        self.api.bot(self.token).updates.clear()
        return phone

    def out(self, reply: Reply, *, edit: str = "", attachment: Attachment | None = None, address: str = str(USER)) -> Outgoing:
        """An outgoing message with a number of its own."""
        self._outbox_ids += 1
        return Outgoing(outbox_id=self._outbox_ids, address=address, reply=reply, edit=edit, attachment=attachment)


@pytest.fixture(scope="package", autouse=True)
def one_tls_context() -> Iterator[None]:
    """Reading the list of authorities takes 30 ms for every door, and no door here uses TLS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", functools.cache(ssl.create_default_context))
        yield


@pytest.fixture(params=[(MembersTelegram, "111:member"), (DeskTelegram, "222:desk")], ids=["members", "desk"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    kind, token = request.param
    async with BotApi(tokens={token}) as api:
        house = House(kind, token, api)
        yield house
        for door in house.doors:
            await door.close()
    assert api.violations == []
