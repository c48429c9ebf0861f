"""The stream of events to an open page (server-sent events): what it missed, then what happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import orjson
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from bot.channels.web import screen
from bot.channels.web.door import WebDoor
from bot.channels.web.hub import Hub, Page
from bot.channels.web.wire import Pictures

BEAT_SECONDS = 15.0

_BATCH = 200


class EventStream(StreamingResponse):
    """The response of one open page, which leaves the hub however it ends."""

    def __init__(self, hub: Hub, page: Page, content: AsyncIterator[bytes]) -> None:
        # X-Accel-Buffering: nginx would else keep events back until it has a page full of them.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(content, media_type="text/event-stream", headers=headers)
        self._hub = hub
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._hub.leave(self._page)


async def events(door: WebDoor, pictures: Pictures, page: Page, after: int | None) -> AsyncIterator[bytes]:
    """All that changed after the revision `after` (None: the last 100 messages), then "ready", then what happens, until the door stops.

    An event's id is its revision, so the browser's Last-Event-ID is where to go on. "beat" comes every 15 s of real time: a page that hears
    nothing for longer knows that the line is dead, which a comment would not tell it.
    """
    page.look()
    cursor = 0 if after is None else after
    if after is None:
        async with door.database.connect() as connection:
            shown = await screen.latest(connection, page.address)
            menu = await screen.current_menu(connection, page.address)
        more = len(shown) == screen.FIRST_PAGE
        yield _event("hello", {"now": door.clock.now(), "menu": menu, "more": more})
        for message in sorted(shown, key=lambda message: message.revision):
            cursor = message.revision
            yield _message(pictures, page.address, message)
    ready = False
    while not door.hub.closing:
        async with door.database.connect() as connection:
            changes = await screen.newer(connection, page.address, cursor, _BATCH)
        for message in changes:
            cursor = message.revision
            yield _message(pictures, page.address, message)
        page.seen = cursor
        if len(changes) == _BATCH:
            continue
        if not ready:
            ready = True
            yield _event("ready", {"now": door.clock.now()})
        while not await page.woken(BEAT_SECONDS):
            yield _event("beat", {"now": door.clock.now()})
        page.look()


def _message(pictures: Pictures, address: str, message: screen.Shown) -> bytes:
    return b"id: %d\n" % message.revision + _event("message", pictures.of(address, message))


def _event(name: str, data: dict[str, Any] | datetime) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(data, option=orjson.OPT_UTC_Z))
