"""What the stand-in knows: bots, chats, the messages on screens, and the updates that wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

FaultKind = Literal["400", "403", "404", "409", "429", "500", "502", "timeout", "disconnect", "drop"]


@dataclass(slots=True, kw_only=True)
class Fault:
    """A failure on purpose. disconnect: the line is cut and nothing is done; drop: it is done, then the line is cut.

    after: how many calls go well first. times: how many fail then.
    """

    method: str
    kind: FaultKind
    times: int = 1
    after: int = 0
    retry_after: int = 1
    seconds: float = 60
    description: str = ""
    chat_id: int | None = None


@dataclass(slots=True, kw_only=True)
class Call:
    """A call that a bot made, and how it ended (200, 400 …; 0 for a line that was cut)."""

    method: str
    params: dict[str, Any]
    status: int


@dataclass(slots=True, kw_only=True)
class Message:
    """A message on a screen. raw: as the Bot API gives it. edits: its earlier texts. data: the file in it."""

    id: int
    from_bot: bool
    raw: dict[str, Any]
    edits: list[str] = field(default_factory=list)
    data: bytes | None = None
    has_menu: bool = False

    @property
    def text(self) -> str:
        return str(self.raw.get("text", self.raw.get("caption", "")))

    @property
    def bold(self) -> str:
        """What is in bold, cut out as Telegram does: by UTF-16 units."""
        wide = self.text.encode("utf-16-le")
        entities = self.raw.get("entities", self.raw.get("caption_entities", []))
        return "".join(wide[e["offset"] * 2 : (e["offset"] + e["length"]) * 2].decode("utf-16-le") for e in entities if e["type"] == "bold")

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """Its inline buttons, row after row."""
        return [button for row in self.raw.get("reply_markup", {}).get("inline_keyboard", []) for button in row]

    @property
    def kind(self) -> str:
        """text, photo, voice …"""
        return next((k for k in ("text", "photo", "voice", "video", "document") if k in self.raw), "other")


@dataclass(slots=True)
class Chat:
    """A private chat of one person with one bot."""

    user: dict[str, Any]
    messages: list[Message] = field(default_factory=list)
    menu: list[list[str]] = field(default_factory=list)
    blocked: bool = False

    @property
    def id(self) -> int:
        return int(self.user["id"])

    def find(self, message_id: int) -> Message | None:
        return next((m for m in self.messages if m.id == message_id), None)


class Bot:
    """One token's bot. changed: is notified of everything that happens, so that nobody needs to look twice."""

    def __init__(self, token: str, files: dict[str, bytes]) -> None:
        self.token = token
        self.files = files
        self.changed = asyncio.Condition()
        self.chats: dict[int, Chat] = {}
        self.updates: list[dict[str, Any]] = []
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.answered: list[str] = []
        self.pressed: list[str] = []
        self.commands: list[dict[str, str]] = []
        self.short_description = ""
        self.description = ""
        self.webhook: dict[str, Any] = {}
        self.poller = 0
        self.ids = count(1)
        self._update_ids = count(int(token.split(":", maxsplit=1)[0]) * 1000 + 1)

    @property
    def user(self) -> dict[str, Any]:
        number, name = self.token.split(":", maxsplit=1)
        return {"id": int(number), "is_bot": True, "first_name": name, "username": f"{name}_bot"}

    async def notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def push(self, **update: Any) -> int:
        """Makes an update wait for the bot; its number."""
        number = next(self._update_ids)
        self.updates.append({"update_id": number, **update})
        await self.notify()
        return number

    async def until(self, true: Callable[[], bool], seconds: float) -> None:
        """Waits until something is so, looking whenever anything has happened."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(true)

    def fault(self, method: str, chat_id: int | None) -> Fault | None:
        """The failure that this call shall meet, if any; each is used up."""
        for fault in self.faults:
            if fault.method in {method, "*"} and fault.chat_id in {None, chat_id} and fault.times > 0:
                if fault.after:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault
        return None
