"""The contract of a door, the same for Telegram, the web and whatever comes later. A door holds no rule of the union's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from handlers.conversation import FileKind, Incoming, Reply

StoreIncoming = Callable[[Sequence[Incoming]], Awaitable[None]]
"""Stores what arrived, in one commit, and only then returns. A door acknowledges to its platform after this and never before.
Repeats (same door and event_id) are settled inside. Raises what the database raises: the door then does not acknowledge."""


class SendError(Exception):
    """Why a message did not go out; the three kinds below are all there are."""


class Unreachable(SendError):
    """The person blocked us, left, or never opened this door: trying again is no use until they write."""


class TryLater(SendError):
    """The door asks us to wait, or is out of reach just now. The message is not lost: it goes again after `seconds` of real time.

    throttled: the door itself named the wait (a 429), so other bulk sends through it should wait as well.
    unsure: no answer came, so it may have gone out all the same.
    """

    def __init__(self, seconds: float, *, throttled: bool = False, unsure: bool = False) -> None:
        super().__init__(f"try again in {seconds:g} s")
        self.seconds = seconds
        self.throttled = throttled
        self.unsure = unsure


class Refused(SendError):
    """The door does not accept the message: our mistake. Its text is kept out of the error, which may be logged."""


class FileGone(Exception):
    """The door no longer has the file, or will not give it (too large, expired)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file to send along, whole."""

    kind: FileKind
    name: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message for one address. outbox_id is unique: a door that can tell repeats apart uses it to show the message once.
    That of a notice, which has no outbox row, is negative (bot/lane.number_of).

    edit: the door's name of an earlier message to change instead; a door that can't change it (too old, gone) sends a new one.
    paid: it goes at the door's paid rate, if it has one.
    """

    outbox_id: int
    address: str
    reply: Reply
    edit: str = ""
    attachment: Attachment | None = None
    paid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of it. reached: the message is on the person's device or at their service; the web page says so later by itself."""

    message_ref: str
    reached: bool = True


class Door(Protocol):
    """A way in and out. Doors are built once by the composition root and are started and stopped by it."""

    name: str

    bulk_rate: float
    """Messages a second that notices may use at most, counted over every sliding second together with all other sends of this door."""

    chat_rate: float
    """Messages a second that one chat bears in the long run; math.inf for a door that bears everything."""

    async def start(self) -> None:
        """Checks the door (token, address) and begins to receive. Raises SettingsError with one clear sentence if it can't work."""

    async def stop(self) -> None:
        """Stops receiving. What was stored stays stored; sending still works until `close`."""

    async def close(self) -> None:
        """Lets go of connections."""

    async def send(self, outgoing: Outgoing) -> Sent:
        """Sends one message. Raises Unreachable, TryLater or Refused, and nothing else."""

    async def fetch(self, handle: str) -> bytes:
        """The bytes of a file that arrived. Raises FileGone, or TryLater."""


ReportReached = Callable[[Sequence[int]], Awaitable[None]]
"""Called with outbox ids (negative: notices) by a door whose `send` said reached=False, once those messages are on the person's device. Repeats are harmless."""
