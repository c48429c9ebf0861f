"""What a library must do for a Telegram door, and the one error that it may fail with.

Each door has its own `BotClient`, a thin layer over one library. Nothing else in the program sees that library's classes or errors.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import urlsplit

import orjson
import structlog

from bot.channels.base import Attachment
from bot.channels.telegram.layout import Keyboard, Piece
from bot.errors import SettingsError

if TYPE_CHECKING:
    from aiogram.types import Update as AiogramUpdate
    from telegram import Update as PtbUpdate

log: structlog.stdlib.BoundLogger = structlog.get_logger()

Media = Literal["photo", "voice", "video", "document"]

CONNECT_SECONDS = 5
ANSWER_SECONDS = 15
UPLOAD_SECONDS = 90
POLL_SECONDS = 25
"""How long the server may hold a getUpdates that finds nothing."""

POLL_LIMIT = 100
WEBHOOK_CONNECTIONS = 40
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")


class CallFailed(Exception):
    """A call to the Bot API that did not succeed. Its own text is only the code: libraries put the token and people's words in theirs.

    code: as in HTTP; 0 when no answer came. description: the server's words, in small letters; never logged as they are.
    retry_after: seconds that the server asked for. refused: nobody listens at the address.
    """

    def __init__(self, code: int, description: str = "", *, retry_after: float = 0, refused: bool = False) -> None:
        super().__init__(f"the call failed with code {code}" if code else "no answer")
        self.code = code
        self.description = description.lower()
        self.retry_after = retry_after
        self.refused = refused


class BotClient(Protocol):
    """One bot at the Bot API. Every method raises CallFailed and nothing else; none tries a call again by itself."""

    async def me(self) -> str:
        """The bot's user name, which shows that the token is good."""

    async def describe(self, commands: Sequence[tuple[str, str]], short: str, about: str) -> None:
        """Sets the list of commands and the two texts of the bot's page."""

    async def set_webhook(self, url: str, secret: str) -> None: ...

    async def delete_webhook(self) -> None:
        """Goes back to polling; what waits at the server is kept."""

    async def updates(self, offset: int | None) -> list[dict[str, Any]]:
        """Waits up to POLL_SECONDS for updates from `offset` on, which confirms those before. They come unread: see `parse`."""

    def parse(self, raw: dict[str, Any]) -> AiogramUpdate | PtbUpdate:
        """One raw update as the library's model. Raises ValueError, TypeError, KeyError or AttributeError when it doesn't fit."""

    async def answer_callback(self, callback_id: str) -> None: ...

    async def send_text(self, chat: int, piece: Piece, keyboard: Keyboard | None, *, paid: bool = False) -> int:
        """Sends a text and returns the number of the message. paid: at the paid rate, beyond the free limit."""

    async def edit_text(self, chat: int, message: int, piece: Piece, keyboard: Keyboard | None) -> None: ...

    async def send_file(
        self, chat: int, media: Media, file: Attachment | str, piece: Piece, keyboard: Keyboard | None, *, paid: bool = False
    ) -> tuple[int, str]:
        """Sends a file with `piece` as its caption (which may be empty). file: its bytes, or the handle of one that was sent before.

        Returns the number of the message, and the handle.
        """

    async def download(self, handle: str, limit: int) -> bytes:
        """The bytes of a file; code 413 when there are more than `limit`."""

    async def close(self) -> None: ...


def check_token(token: str, setting: str) -> str:
    """The token, if it has the shape of one. Raises SettingsError."""
    if not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", token):
        raise SettingsError(f"{setting} is not a bot token: it should look like 123456:ABC-DEF…, as @BotFather gave it.")
    return token


def check_api(api: str | None) -> str | None:
    """The base address of another Bot API server without the slash at its end, or None for Telegram's own. Raises SettingsError."""
    if not api:
        return None
    try:
        parts = urlsplit(api)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and not re.search(r"[\s{}?#]", api)
    except ValueError:  # a port that is no number, an IPv6 address without its bracket
        good = False
    if not good:
        raise SettingsError("UNION_TELEGRAM_API should be the base address of a Bot API server, such as http://127.0.0.1:8081.")
    return api.rstrip("/")


def uses_proxy(api: str | None) -> bool:
    """Whether the proxy named in the environment (HTTPS_PROXY …) is for this server: not for one on this machine."""
    host = urlsplit(api).hostname or "" if api else ""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def was_refused(error: BaseException) -> bool:
    """Whether somewhere at the bottom of the error a connection was refused."""
    return any(isinstance(cause, ConnectionRefusedError) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = error.__cause__ or error.__context__


def read_json(data: bytes | str) -> Any:
    """What the JSON says. orjson is strict about half an emoji, which a phone may have sent; one such text must not stop all that follow.

    Raises ValueError.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return json.loads(data.decode("utf-8", "replace") if isinstance(data, bytes) else data)


def answer_error(status: int, body: bytes | str) -> CallFailed:
    """What an answer that is no success means. A page instead of JSON is from something on the way, never from the Bot API: a bad
    gateway, whatever its status; only that a file was too large is believed of it.
    """
    try:
        answer = read_json(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or "ok" not in answer:
        return CallFailed(413 if status == 413 else 502)
    parameters = answer.get("parameters") or {}
    return CallFailed(status, str(answer.get("description") or ""), retry_after=float(parameters.get("retry_after") or 0))


def unexpected(error: Exception) -> CallFailed:
    """What a library should never raise. A value that it can't take is our mistake and is not tried again; anything else is."""
    log.error("call.broken", error=type(error).__name__)
    return CallFailed(400 if isinstance(error, ValueError | TypeError) else 0)


def keep_quiet(*loggers: str) -> None:
    """Holds the loggers of a library at WARNING: below it they write addresses that contain the token, and what people said."""
    for name in loggers:
        logger = logging.getLogger(name)
        if logger.level < logging.WARNING:
            logger.setLevel(logging.WARNING)
