"""What an update means. Total: any update that Telegram may send is read as something, and nothing in it can raise.

The models of both libraries carry the Bot API's own field names, so one reader serves both; mypy checks it against each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from handlers.conversation import FileKind, FileReference, Incoming, Kind, Side, clean
from union import emphasis
from union.emphasis import Spans

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery as AiogramCallback
    from aiogram.types import ChatMemberUpdated as AiogramMembership
    from aiogram.types import Message as AiogramMessage
    from aiogram.types import MessageEntity as AiogramEntity
    from aiogram.types import PhotoSize as AiogramPhoto
    from aiogram.types import Update as AiogramUpdate
    from telegram import CallbackQuery as PtbCallback
    from telegram import ChatMemberUpdated as PtbMembership
    from telegram import Message as PtbMessage
    from telegram import MessageEntity as PtbEntity
    from telegram import PhotoSize as PtbPhoto
    from telegram import Update as PtbUpdate

_START = re.compile(r"/start(?:@\w+)?(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
_COMMAND_NAME = re.compile(r"(/\w+)@\w+")


@dataclass(frozen=True, slots=True)
class Arrived:
    """An update as the program takes it. incoming: None when nobody in a private chat did anything. callback_id: "" if none waits."""

    incoming: Incoming | None
    callback_id: str = ""


@dataclass(frozen=True, slots=True)
class _Said:
    kind: Kind
    text: str = ""
    file: FileReference | None = None
    place: tuple[float, float] | None = None
    bold: Spans = ()


_UNREADABLE = _Said(Kind.OTHER)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the updates of one door."""

    door: str
    side: Side

    def read(self, update: AiogramUpdate | PtbUpdate, at: datetime) -> Arrived:
        """What an update of either library's model means."""
        event = update.update_id
        if update.message:
            message = update.message
            return Arrived(self._from_message(event, message, _said(message), at))
        if update.edited_message:
            edited = update.edited_message
            # A shared live position arrives as an edit every few seconds: nothing was said anew.
            return Arrived(None if edited.location else self._from_message(event, edited, _Said(Kind.EDITED, _words(edited)), at))
        if update.callback_query:
            return Arrived(self._from_callback(event, update.callback_query, at), update.callback_query.id)
        if update.my_chat_member:
            return Arrived(self._from_membership(event, update.my_chat_member, at))
        return Arrived(None)

    def read_unknown(self, raw: dict[str, Any], at: datetime) -> Arrived:
        """What remains of an update that the library's model does not take: that somebody did something, so that they get an answer."""
        callback = raw.get("callback_query")
        callback = callback if isinstance(callback, dict) else {}
        message = raw.get("message") or callback.get("message")
        chat = message.get("chat") if isinstance(message, dict) else None
        callback_id = str(callback.get("id") or "")
        if not isinstance(chat, dict) or chat.get("type") != "private" or not isinstance(chat.get("id"), int):
            return Arrived(None, callback_id)
        return Arrived(self._incoming(raw["update_id"], chat["id"], at, _UNREADABLE), callback_id)

    def _from_message(self, event: int, message: AiogramMessage | PtbMessage, said: _Said, at: datetime) -> Incoming | None:
        if message.chat.type != "private":
            return None
        return self._incoming(event, message.chat.id, at, said, message=message.message_id, group=message.media_group_id or "")

    def _from_callback(self, event: int, callback: AiogramCallback | PtbCallback, at: datetime) -> Incoming | None:
        message = callback.message
        if message is None or message.chat.type != "private":
            return None
        said = _Said(Kind.CHOICE, callback.data) if callback.data else _UNREADABLE
        return self._incoming(event, message.chat.id, at, said, message=message.message_id)

    def _from_membership(self, event: int, change: AiogramMembership | PtbMembership, at: datetime) -> Incoming | None:
        kind = {"kicked": Kind.STOPPED, "member": Kind.RETURNED}.get(str(change.new_chat_member.status))
        if kind is None or change.chat.type != "private":
            return None
        return self._incoming(event, change.chat.id, at, _Said(kind))

    def _incoming(self, event: int, chat: int, at: datetime, said: _Said, *, message: int | None = None, group: str = "") -> Incoming:
        text, bold = emphasis.joined((clean(part), is_bold) for part, is_bold in emphasis.runs_of(said.text, said.bold))
        return Incoming(
            door=self.door,
            address=str(chat),
            event_id=str(event),
            side=self.side,
            kind=said.kind,
            at=at,
            text=text,
            file=said.file,
            place=said.place,
            message_ref="" if message is None else str(message),
            group=group,
            bold=bold,
        )


def _said(message: AiogramMessage | PtbMessage) -> _Said:
    if message.text is not None:
        start = _START.fullmatch(message.text.strip())
        if start:
            return _Said(Kind.START, (start[1] or "").strip())
        if message.text.startswith("/"):
            return _Said(Kind.TEXT, _COMMAND_NAME.sub(r"\1", message.text, count=1))
        return _Said(Kind.TEXT, message.text, bold=_bold(message.text, message.entities or ()))
    if file := _file(message):
        return _Said(Kind.FILE, message.caption or "", file)
    if message.location:
        return _Said(Kind.PLACE, place=(message.location.latitude, message.location.longitude))
    # Somebody else's card is not the sender's phone number.
    if message.contact and message.from_user and message.contact.user_id == message.from_user.id:
        return _Said(Kind.CONTACT, message.contact.phone_number)
    return _UNREADABLE


def _bold(text: str, entities: Iterable[AiogramEntity | PtbEntity]) -> Spans:
    """What is bold, in characters; Telegram counts in UTF-16 units."""
    wide = text.encode("utf-16-le", "surrogatepass")
    spans: list[tuple[int, int]] = []
    for entity in sorted((entity for entity in entities if entity.type == "bold"), key=lambda entity: entity.offset):
        start, end = (len(wide[: max(0, at) * 2].decode("utf-16-le", "replace")) for at in (entity.offset, entity.offset + entity.length))
        if start < end and (not spans or start >= spans[-1][1]):
            spans.append((start, end))
    return tuple(spans)


def _words(message: AiogramMessage | PtbMessage) -> str:
    return message.text or message.caption or ""


def _area(photo: AiogramPhoto | PtbPhoto) -> int:
    return photo.width * photo.height


def _file(message: AiogramMessage | PtbMessage) -> FileReference | None:
    if message.photo:
        photo: AiogramPhoto | PtbPhoto = max(message.photo, key=_area)
        return FileReference(handle=photo.file_id, kind=FileKind.PHOTO, mime="image/jpeg", size=photo.file_size or 0)
    if voice := message.voice:
        return FileReference(handle=voice.file_id, kind=FileKind.VOICE, mime=clean(voice.mime_type or ""), size=voice.file_size or 0)
    if note := message.video_note:  # a round video, always MPEG-4 and without a name
        return FileReference(handle=note.file_id, kind=FileKind.VIDEO, mime="video/mp4", size=note.file_size or 0)
    named = message.video or message.audio or message.document
    if named is None:
        return None
    return FileReference(
        handle=named.file_id,
        kind=FileKind.VIDEO if message.video else FileKind.DOCUMENT,
        name=clean(named.file_name or ""),
        mime=clean(named.mime_type or ""),
        size=named.file_size or 0,
    )
