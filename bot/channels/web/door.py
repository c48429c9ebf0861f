"""The web door: what the house says is put on the screen of the chat page, which fetches it and says itself when it has arrived."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import FileGone, Outgoing, Refused, ReportReached, Sent, StoreIncoming, TryLater
from bot.channels.web import screen
from bot.channels.web.hub import Hub
from bot.clock import Clock
from handlers.conversation import Reply, clean
from storage.database import Database
from storage.models import FileStatus, StoredFile
from union import emphasis
from union.doors import units

WEB = "web"
"""The door's name, as it stands in conversations, inbox and files."""

_PASSING = frozenset({"08", "40", "53", "55", "57"})
"""Classes of PostgreSQL's error codes that go by themselves: connection, rollback, resources, object in use, operator's doing."""


class WebDoor:
    """The door of the chat page (see `routes.chat_router` for its other half, which the browser talks to)."""

    name = WEB
    bulk_rate = 1000.0
    chat_rate = math.inf

    def __init__(self, database: Database, clock: Clock, store: StoreIncoming, report_reached: ReportReached) -> None:
        self.database = database
        self.clock = clock
        self.store = store
        self.report_reached = report_reached
        self.hub = Hub(self._newest)

    async def start(self) -> None:
        """Begins to watch for what other processes put on the screens of the pages open here."""
        self.hub.start()

    async def stop(self) -> None:
        """Ends the open streams, so that the server can stop; the pages reconnect wherever they are let in."""
        await self.hub.stop()

    async def close(self) -> None:
        """Nothing to let go of: the database belongs to the composition root."""

    async def send(self, outgoing: Outgoing) -> Sent:
        """Puts the message on the screen, or changes the one that is named. reached comes later, by the page's receipt.

        Raises TryLater when the database is away, Refused when it does not take the message.
        """
        try:
            async with screen.change_screen(self.database, outgoing.address) as connection:
                shown = await self._show(connection, outgoing)
        except (sa.exc.TimeoutError, OSError) as error:
            raise TryLater(2) from error
        except sa.exc.DBAPIError as error:
            code = getattr(error.orig, "sqlstate", None)
            if code is None or code[:2] in _PASSING:
                raise TryLater(2) from error
            raise Refused(f"the database refuses it: {code}") from error
        self.hub.wake(outgoing.address)
        return Sent(message_ref=str(shown.id), reached=False)

    async def fetch(self, handle: str) -> bytes:
        """Always FileGone: a file sent through the page is stored as it arrives, and there is nothing left to fetch."""
        raise FileGone(handle)

    async def handled(self, address: str, event_id: str) -> None:
        """The house has dealt with this event: the person's message, and those before it, show as read. Other events are ignored."""
        own_id = event_id.removeprefix(f"{address}:")
        if own_id == event_id:
            return
        async with screen.change_screen(self.database, address) as connection:
            changed = await screen.mark_handled(connection, address, f"in:{own_id}", self.clock.now())
        if changed:
            self.hub.wake(address)

    async def _show(self, connection: AsyncConnection, outgoing: Outgoing) -> screen.Shown:
        body = await _body(connection, outgoing.reply)
        if outgoing.edit.isdecimal():
            changed = await screen.replace(connection, outgoing.address, int(outgoing.edit), body, outgoing.outbox_id)
            if changed is not None:
                return changed
        shown, _ = await screen.add(
            connection,
            outgoing.address,
            f"out:{outgoing.outbox_id}",
            outgoing=True,
            body={**body, "outbox": [outgoing.outbox_id]},
            at=self.clock.now(),
        )
        return shown

    async def _newest(self, addresses: Sequence[str]) -> dict[str, int]:
        async with self.database.connect() as connection:
            return await screen.newest_revisions(connection, addresses)


async def _body(connection: AsyncConnection, reply: Reply) -> dict[str, Any]:
    text, bold = emphasis.joined((clean(part), is_bold) for part, is_bold in emphasis.runs_of(reply.text, reply.bold))
    body: dict[str, Any] = {"text": text}
    if bold:
        body["bold"] = [[units(text[:start]), units(text[:end])] for start, end in bold]  # as a script counts
    if reply.title:
        body["title"] = clean(reply.title)
    if reply.buttons:
        body["buttons"] = [[[clean(b.label), b.choice, b.url] for b in row] for row in reply.buttons]
    if reply.menu is not None:
        body["menu"] = [[clean(label) for label in row] for row in reply.menu]
    if reply.file is not None:
        body["file"] = await _file_facts(connection, reply.file)
    return body


async def _file_facts(connection: AsyncConnection, file_id: int) -> dict[str, Any]:
    statement = sa.select(StoredFile.name, StoredFile.mime, StoredFile.size, StoredFile.kind).where(
        StoredFile.id == file_id, StoredFile.status == FileStatus.STORED
    )
    row = (await connection.execute(statement)).first()
    if row is None:
        return {"id": file_id, "gone": True}
    return {"id": file_id, "name": row.name, "mime": row.mime, "size": row.size, "kind": row.kind}
