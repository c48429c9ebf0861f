"""Taking in what a person says: shown on the screen, stored for the house, and marked as taken in, in this order."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import HTTPException
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.web import screen
from bot.channels.web.door import WEB, WebDoor
from bot.channels.web.screen import Shown
from bot.channels.web.sniff import kind_of, mime_of
from bot.channels.web.visitors import Visitor
from bot.channels.web.wire import Said, incoming_of
from handlers.conversation import Kind
from storage.models import FileStatus, StoredFile


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as the page sent it."""

    name: str
    caption: str
    group: str
    data: bytes


async def take_in(door: WebDoor, visitor: Visitor, message: Said, upload: Upload | None = None) -> Shown:
    """Accepts a message; when this returns, it is stored. A repeat with the same id is one message and says what the first said.

    The screen comes first, still without the mark that the house has it: so the answer can't stand above the question. A crash before the
    message is stored leaves it unmarked, the page sends it again with the same id, and every step here is harmless the second time.
    Raises 404 for a message that should be on the screen and is not.
    """
    address = visitor.address
    now = door.clock.now()
    async with screen.change_screen(door.database, address) as connection:
        shown = await screen.find(connection, address, message.key)
        if shown is None and message.again:
            raise HTTPException(404, "这条消息没有保存下来，请重新发送。")
        if shown is None:
            body = dict(message.body)
            if upload:
                body = await _store_file(connection, door, address, upload)
            shown, _ = await screen.add(connection, address, message.key, outgoing=False, body=body, at=now)
    door.hub.wake(address)
    if shown.delivered_at is None:
        await door.store([incoming_of(visitor, shown)])
        async with screen.change_screen(door.database, address) as connection:
            shown = await screen.accept(connection, address, message.key, now)
        door.hub.wake(address)
    return shown


async def _store_file(connection: AsyncConnection, door: WebDoor, address: str, upload: Upload) -> dict[str, object]:
    mime = mime_of(upload.data)
    kind = kind_of(mime)
    now = door.clock.now()
    values = {
        "door": WEB,
        "handle": "",
        "kind": kind,
        "name": upload.name,
        "mime": mime,
        "size": len(upload.data),
        "data": upload.data,
        "status": FileStatus.STORED,
        "not_before": now,
        "address": address,
        "created_at": now,
    }
    file_id = await connection.scalar(sa.insert(StoredFile).values(values).returning(StoredFile.id))
    file = {"id": file_id, "name": upload.name, "mime": mime, "size": len(upload.data), "kind": kind}
    body: dict[str, object] = {"kind": Kind.FILE, "text": upload.caption, "file": file}
    if upload.group:
        body["group"] = upload.group
    return body
