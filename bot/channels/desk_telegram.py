"""The desk bot of lawyers, staff and chairs: a Telegram door over python-telegram-bot 22.

Only its client and its models are used. Its Application is not: that acknowledges an update before anything of it is stored.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import certifi
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)
from telegram.error import NetworkError, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.base import Attachment, StoreIncoming
from bot.channels.telegram.client import (
    ALLOWED_UPDATES,
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    POLL_LIMIT,
    POLL_SECONDS,
    UPLOAD_SECONDS,
    WEBHOOK_CONNECTIONS,
    CallFailed,
    Media,
    answer_error,
    check_api,
    check_token,
    keep_quiet,
    read_json,
    unexpected,
    uses_proxy,
    was_refused,
)
from bot.channels.telegram.door import TelegramDoor
from bot.channels.telegram.layout import Keyboard, MenuKeyboard, Piece
from bot.channels.telegram.profiles import DESK
from bot.clock import Clock
from handlers.conversation import Side


class DeskTelegram(TelegramDoor):
    """The desk's bot. Raises SettingsError if the token or the address can't be right; what only the server knows, `start` says."""

    def __init__(
        self,
        token: str,
        *,
        api: str | None,
        store: StoreIncoming,
        clock: Clock,
        webhook_url: str | None,
        webhook_secret: str,
        bulk_rate: float = 30.0,
    ) -> None:
        api = check_api(api)
        super().__init__(
            PtbClient(check_token(token, "UNION_DESK_TOKEN"), api),
            name="desk_telegram",
            side=Side.DESK,
            profile=DESK,
            token_setting="UNION_DESK_TOKEN",
            api=api,
            store=store,
            clock=clock,
            webhook_url=webhook_url,
            webhook_secret=webhook_secret,
            bulk_rate=bulk_rate,
        )


class _AnswerError(TelegramError):
    """An answer that is no success, in the only family of errors that the library hands on as they are."""

    def __init__(self, failure: CallFailed) -> None:
        super().__init__(str(failure))
        self.failure = failure


class _Request(HTTPXRequest):
    """The library's own transport. It says exactly what the server answered, and doesn't write an unreadable answer to the log."""

    def __init__(self, *, connections: int, trust_env: bool, tls: ssl.SSLContext) -> None:
        super().__init__(
            connection_pool_size=connections,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=ANSWER_SECONDS,
            write_timeout=ANSWER_SECONDS,
            pool_timeout=ANSWER_SECONDS,
            media_write_timeout=UPLOAD_SECONDS,
            httpx_kwargs={"trust_env": trust_env, "verify": tls},
        )

    async def do_request(self, url: str, method: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        code, payload = await super().do_request(url, method, *args, **kwargs)
        if not 200 <= code < 300:
            raise _AnswerError(CallFailed(code) if method == "GET" else answer_error(code, payload))  # GET is a download
        return code, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = read_json(payload)
        except ValueError:
            raise NetworkError("the answer is not JSON") from None
        return answer


class _Bot(Bot):
    """The library's bot, which can also ask for updates without reading them."""

    async def raw_updates(self, offset: int | None) -> list[dict[str, Any]]:
        """As get_updates. One update that the models don't know must not keep the others back, nor be written to the log whole."""
        data = {"offset": offset, "limit": POLL_LIMIT, "timeout": POLL_SECONDS, "allowed_updates": list(ALLOWED_UPDATES)}
        updates: list[dict[str, Any]] = await self._post("getUpdates", data, read_timeout=POLL_SECONDS + ANSWER_SECONDS)
        return updates


class PtbClient:
    """A `BotClient` over python-telegram-bot's `Bot`."""

    def __init__(self, token: str, api: str | None) -> None:
        keep_quiet("telegram", "httpx", "httpcore")
        transport: dict[str, Any] = {"trust_env": uses_proxy(api), "tls": ssl.create_default_context(cafile=certifi.where())}
        self._requests = (_Request(connections=2, **transport), _Request(connections=64, **transport))
        base = api or "https://api.telegram.org"
        self._files = f"{base}/file/bot{token}/"
        self._bot = _Bot(token, f"{base}/bot", f"{base}/file/bot", get_updates_request=self._requests[0], request=self._requests[1])

    async def me(self) -> str:
        with _translated():
            return (await self._bot.get_me()).username or ""

    async def describe(self, commands: Sequence[tuple[str, str]], short: str, about: str) -> None:
        with _translated():
            await self._bot.set_my_commands([BotCommand(name, text) for name, text in commands])
            await self._bot.set_my_short_description(short)
            await self._bot.set_my_description(about)

    async def set_webhook(self, url: str, secret: str) -> None:
        with _translated():
            await self._bot.set_webhook(
                url,
                secret_token=secret,
                allowed_updates=ALLOWED_UPDATES,
                max_connections=WEBHOOK_CONNECTIONS,
                drop_pending_updates=False,
            )

    async def delete_webhook(self) -> None:
        with _translated():
            await self._bot.delete_webhook(drop_pending_updates=False)

    async def updates(self, offset: int | None) -> list[dict[str, Any]]:
        with _translated():
            return await self._bot.raw_updates(offset)

    def parse(self, raw: dict[str, Any]) -> Update:
        return Update.de_json(raw, self._bot)

    async def answer_callback(self, callback_id: str) -> None:
        with _translated():
            await self._bot.answer_callback_query(callback_id)

    async def send_text(self, chat: int, piece: Piece, keyboard: Keyboard | None, *, paid: bool = False) -> int:
        with _translated():
            message = await self._bot.send_message(
                chat,
                piece.text,
                entities=_entities(piece),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=_markup(keyboard),
                allow_paid_broadcast=paid or None,
            )
        return message.message_id

    async def edit_text(self, chat: int, message: int, piece: Piece, keyboard: Keyboard | None) -> None:
        with _translated():
            markup = _markup(keyboard)
            await self._bot.edit_message_text(
                piece.text,
                chat,
                message,
                entities=_entities(piece),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=markup if isinstance(markup, InlineKeyboardMarkup) else None,
            )

    async def send_file(
        self, chat: int, media: Media, file: Attachment | str, piece: Piece, keyboard: Keyboard | None, *, paid: bool = False
    ) -> tuple[int, str]:
        calls: dict[Media, Callable[..., Awaitable[Message]]] = {
            "photo": self._bot.send_photo,
            "voice": self._bot.send_voice,
            "video": self._bot.send_video,
            "document": self._bot.send_document,
        }
        with _translated():
            message = await calls[media](
                chat,
                file if isinstance(file, str) else InputFile(file.data, file.name),
                caption=piece.text or None,
                caption_entities=_entities(piece),
                reply_markup=_markup(keyboard),
                allow_paid_broadcast=paid or None,
                read_timeout=UPLOAD_SECONDS,
            )
        return message.message_id, _handle(message, media)

    async def download(self, handle: str, limit: int) -> bytes:
        with _translated():
            file = await self._bot.get_file(handle)
            # A server in local mode names a path on its own disk, which is not ours to open.
            if (file.file_size or 0) > limit or not (file.file_path or "").startswith(self._files):
                raise CallFailed(413)
            url = self._files + quote((file.file_path or "")[len(self._files) :])
            data = await self._bot.request.retrieve(url, read_timeout=UPLOAD_SECONDS)
            if len(data) > limit:
                raise CallFailed(413)
            return data

    async def close(self) -> None:
        for request in self._requests:
            await request.shutdown()


@contextmanager
def _translated() -> Iterator[None]:
    """Turns what the library raises into CallFailed. `from None`: its texts may hold the address, and with it the token."""
    try:
        yield
    except CallFailed:
        raise
    except Exception as error:
        raise _failed(error) from None


def _failed(error: Exception) -> CallFailed:
    if isinstance(error, _AnswerError):
        return error.failure
    if isinstance(error, TelegramError):
        return CallFailed(0, refused=was_refused(error))
    return unexpected(error)


def _handle(message: Message, media: Media) -> str:
    """The name by which a file that was sent can be sent again; of a picture the largest size."""
    sent = message.photo[-1] if media == "photo" and message.photo else getattr(message, media, None)
    return sent.file_id if sent else ""


def _entities(piece: Piece) -> list[MessageEntity] | None:
    return [MessageEntity("bold", offset, length) for offset, length in piece.bold] or None


def _markup(keyboard: Keyboard | None) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
    if keyboard is None:
        return None
    if isinstance(keyboard, MenuKeyboard):
        if not keyboard.rows:
            return ReplyKeyboardRemove()
        keys = [[KeyboardButton(label) for label in row] for row in keyboard.rows]
        return ReplyKeyboardMarkup(keys, resize_keyboard=True, is_persistent=True)
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(b.label, callback_data=b.choice or None, url=b.url or None) for b in row] for row in keyboard.rows]
    )
