"""What is said in a conversation: what came in, what goes back. Every door translates to and from these, and nothing below a door knows more.

`Incoming` is one thing a person did; `Reply` is one message on a screen. Both are plain values that survive a trip through the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

from union.emphasis import Spans

TEXT_LIMIT = 4096
"""Longest text that a person may send in one message, in characters (Telegram's own limit, kept for every door)."""

CHOICE_LIMIT = 64
"""Longest value behind a button, in bytes of UTF-8 (Telegram's callback_data)."""

FILE_LIMIT = 20 * 1024 * 1024
"""Largest file that can be taken in, in bytes (what a Telegram bot may download)."""


class Side(StrEnum):
    """Which counter of the house a conversation is held at."""

    MEMBER = "member"
    DESK = "desk"


class Kind(StrEnum):
    """What a person did."""

    START = "start"  # opened the conversation; `text` is the code of a link or of /start CODE, often empty
    TEXT = "text"
    CHOICE = "choice"  # pressed a button; `text` is the button's choice
    FILE = "file"  # a photo, document, voice or video; `text` is its caption
    PLACE = "place"  # shared a position
    CONTACT = "contact"  # shared a contact card; `text` is the phone number
    EDITED = "edited"  # changed an earlier text; `text` is the new one
    OTHER = "other"  # a sticker, a poll, a dice …: nothing that can be read
    STOPPED = "stopped"  # blocked the bot
    RETURNED = "returned"  # lifted the block


class FileKind(StrEnum):
    PHOTO = "photo"
    DOCUMENT = "document"
    VOICE = "voice"
    VIDEO = "video"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReference:
    """A file that a person sent, as its door knows it.

    handle: what the door's `fetch` needs; on the web, the number of the stored file. size: bytes, 0 if the door did not say.
    """

    handle: str
    kind: FileKind
    name: str = ""
    mime: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One thing that a person did, as a door hands it over.

    address: the person's address at that door (a chat number, a web session). event_id: unique at the door, so that a repeat is harmless.
    message_ref: the door's name for the message meant: the person's own, or for a choice the one that holds the button.
    group: files sent together (an album) share it. at: when the door received it, UTC. bold: what its sender made bold in `text`, in characters.
    """

    door: str
    address: str
    event_id: str
    side: Side
    kind: Kind
    at: datetime
    text: str = ""
    file: FileReference | None = None
    place: tuple[float, float] | None = None
    message_ref: str = ""
    group: str = ""
    bold: Spans = ()

    def to_json(self) -> bytes:
        """The value as it is kept in the inbox. door, address and event_id are columns there and not repeated."""
        data: dict[str, Any] = {"side": self.side, "kind": self.kind, "at": self.at, "text": self.text}
        if self.file:
            data["file"] = self.file
        if self.place:
            data["place"] = self.place
        if self.message_ref:
            data["ref"] = self.message_ref
        if self.group:
            data["group"] = self.group
        if self.bold:
            data["bold"] = self.bold
        return orjson.dumps(data)

    @classmethod
    def from_json(cls, door: str, address: str, event_id: str, data: bytes) -> Incoming:
        """The value that `to_json` wrote."""
        raw = orjson.loads(data)
        file = raw.get("file")
        place = raw.get("place")
        return cls(
            door=door,
            address=address,
            event_id=event_id,
            side=Side(raw["side"]),
            kind=Kind(raw["kind"]),
            at=datetime.fromisoformat(raw["at"]),
            text=raw["text"],
            file=FileReference(**{**file, "kind": FileKind(file["kind"])}) if file else None,
            place=(place[0], place[1]) if place else None,
            message_ref=raw.get("ref", ""),
            group=raw.get("group", ""),
            bold=_spans(raw),
        )


def clean(text: str) -> str:
    """Text that PostgreSQL can store: without NUL and lone surrogates, both of which phones do send. Called at every door."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button under a message: a choice that comes back as `Incoming`, or a link.

    Raises ValueError when neither or both are given, or the choice is over 64 bytes.
    """

    label: str
    choice: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        if bool(self.choice) == bool(self.url):
            raise ValueError(f"button {self.label!r} needs either a choice or a url")
        if len(self.choice.encode()) > CHOICE_LIMIT:
            raise ValueError(f"the choice behind {self.label!r} is over {CHOICE_LIMIT} bytes")


ButtonRows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One message on a screen: plain text (never markup, so nothing a person wrote can break it), under an optional bold title.

    bold: where the text is bold, in characters. Only a notice has any (union/emphasis); `**` in any other text stays as it is written.
    buttons: rows under the message. menu: rows of the keyboard that stays at the bottom of the screen; () takes it away, None leaves it.
    A message has buttons or a menu, not both (Telegram has one place for the two).
    file: number of a stored file to send along. edit: the message to change instead of sending a new one (the one that held a pressed button).
    slot: a name; a later message with the same slot replaces the earlier one on the same screen (a progress line, a form's file counter).
    """

    text: str
    title: str = ""
    buttons: ButtonRows = ()
    menu: tuple[tuple[str, ...], ...] | None = None
    file: int | None = None
    edit: str = ""
    slot: str = ""
    bold: Spans = ()

    def __post_init__(self) -> None:
        if self.buttons and self.menu is not None:
            raise ValueError("a message has buttons or a menu, not both")
        at = 0
        for start, end in self.bold:
            if not at <= start < end <= len(self.text):
                raise ValueError("what is bold lies within the text, in order")
            at = end

    def to_json(self) -> bytes:
        """The value as it is kept in the outbox; `edit` and `slot` are columns there and not repeated."""
        data: dict[str, Any] = {"text": self.text}
        if self.title:
            data["title"] = self.title
        if self.buttons:
            data["buttons"] = [[[b.label, b.choice, b.url] for b in row] for row in self.buttons]
        if self.menu is not None:
            data["menu"] = self.menu
        if self.file is not None:
            data["file"] = self.file
        if self.bold:
            data["bold"] = self.bold
        return orjson.dumps(data)

    @classmethod
    def from_json(cls, data: bytes, *, edit: str = "", slot: str = "") -> Reply:
        """The value that `to_json` wrote."""
        raw = orjson.loads(data)
        menu = raw.get("menu")
        return cls(
            text=raw["text"],
            title=raw.get("title", ""),
            buttons=tuple(tuple(Button(label=b[0], choice=b[1], url=b[2]) for b in row) for row in raw.get("buttons", ())),
            menu=None if menu is None else tuple(tuple(row) for row in menu),
            file=raw.get("file"),
            edit=edit,
            slot=slot,
            bold=_spans(raw),
        )


def _spans(raw: dict[str, Any]) -> Spans:
    return tuple((start, end) for start, end in raw.get("bold", ()))


def parts_of(choice: str) -> list[str]:
    """The parts of a choice like "c:card:4711". Raises ValueError for one that no button of ours ever had: a number that no table can hold."""
    parts = choice.split(":")
    if any(len(part) > 18 and not part.isidentifier() for part in parts):  # the code of a paper or of a date may be longer
        raise ValueError("too long for a number")
    return parts


def rows(buttons: Sequence[Button], width: int = 2) -> ButtonRows:
    """The buttons in rows of `width`, in order."""
    return tuple(tuple(buttons[i : i + width]) for i in range(0, len(buttons), width))


LONGEST_BESIDE = 9
"""Characters of a label that can be read on a phone while another button stands beside it."""


def pairs(buttons: Sequence[Button]) -> ButtonRows:
    """The buttons two in a row, in order, those with a long label in a row of their own."""
    found: list[list[Button]] = []
    for button in buttons:
        room = found and len(found[-1]) == 1 and len(found[-1][0].label) <= LONGEST_BESIDE
        if room and len(button.label) <= LONGEST_BESIDE:
            found[-1].append(button)
        else:
            found.append([button])
    return tuple(map(tuple, found))
