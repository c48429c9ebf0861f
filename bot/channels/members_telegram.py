"""The members' bot: a Telegram door over aiogram 3.

Only its client and its models are used. Its dispatcher is not: that counts an update as done before anything of it is stored.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

import orjson
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import AiogramError
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)
from aiohttp import ClientError, ClientResponseError, ClientSession, ClientTimeout, TCPConnector

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
from bot.channels.telegram.profiles import MEMBER
from bot.clock import Clock
from handlers.conversation import Side

CONNECTIONS = 400
"""At once, to the Bot API: as many messages as may be on their way at the paid rate."""


class MembersTelegram(TelegramDoor):
    """The public bot. Raises SettingsError if the token or the address can't be right; what only the server knows, `start` says."""

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
            AiogramClient(check_token(token, "UNION_MEMBER_TOKEN"), api),
            name="member_telegram",
            side=Side.MEMBER,
            profile=MEMBER,
            token_setting="UNION_MEMBER_TOKEN",
            api=api,
            store=store,
            clock=clock,
            webhook_url=webhook_url,
            webhook_secret=webhook_secret,
            bulk_rate=bulk_rate,
        )


class _RawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates without reading what comes: one update that the models don't know must not keep the others back."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = POLL_LIMIT
    timeout: int = POLL_SECONDS
    allowed_updates: Sequence[str] = ALLOWED_UPDATES


class _Session(AiohttpSession):
    """aiogram's session with a separate, short time to connect, the proxy that the environment names, and CallFailed for its errors."""

    def __init__(self, api: str | None) -> None:
        server = TelegramAPIServer.from_base(api) if api else PRODUCTION
        super().__init__(api=server, json_loads=read_json, timeout=CONNECT_SECONDS + ANSWER_SECONDS, limit=CONNECTIONS)
        self._trust_env = uses_proxy(api)

    async def create_session(self) -> ClientSession:
        if self._session is None or self._session.closed:
            self._session = ClientSession(connector=TCPConnector(**self._connector_init), trust_env=self._trust_env)
        return self._session

    async def make_request(self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None) -> TelegramType:
        limits = ClientTimeout(total=timeout or self.timeout, sock_connect=CONNECT_SECONDS)
        return await super().make_request(bot, method, cast(int, limits))  # handed on to aiohttp as it is

    def check_response(self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str) -> Response[TelegramType]:
        if not 200 <= status_code < 300:
            raise answer_error(status_code, content)
        return super().check_response(bot, method, status_code, content)

    async def post(self, url: str, body: bytes) -> Any:
        """The result of a call whose parameters are JSON already."""
        session = await self.create_session()
        limits = ClientTimeout(total=CONNECT_SECONDS + ANSWER_SECONDS, sock_connect=CONNECT_SECONDS)
        async with session.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=limits) as response:
            answer = await response.read()
        if not 200 <= response.status < 300:
            raise answer_error(response.status, answer)
        try:
            return read_json(answer)["result"]
        except (ValueError, KeyError, TypeError):  # something on the way answered, and not the Bot API
            raise CallFailed(0) from None

    async def read(self, url: str, limit: int) -> bytes:
        """What lies at the address. Raises CallFailed(413) as soon as it is more than `limit`."""
        session = await self.create_session()
        limits = ClientTimeout(total=UPLOAD_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=ANSWER_SECONDS)
        data = bytearray()
        async with session.get(url, timeout=limits, raise_for_status=True) as response:
            async for chunk in response.content.iter_chunked(1 << 16):
                data += chunk
                if len(data) > limit:
                    raise CallFailed(413)
        return bytes(data)

    async def close(self) -> None:
        if self.api.base.startswith("https:"):
            await super().close()  # waits for TLS connections to be closed in good order
        elif self._session:
            await self._session.close()


class AiogramClient:
    """A `BotClient` over aiogram's `Bot`."""

    def __init__(self, token: str, api: str | None) -> None:
        keep_quiet("aiogram")
        self._session = _Session(api)
        self._bot = Bot(token, session=self._session)

    async def me(self) -> str:
        with _translated():
            return (await self._bot.get_me()).username or ""

    async def describe(self, commands: Sequence[tuple[str, str]], short: str, about: str) -> None:
        with _translated():
            await self._bot.set_my_commands([BotCommand(command=name, description=text) for name, text in commands])
            await self._bot.set_my_short_description(short)
            await self._bot.set_my_description(about)

    async def set_webhook(self, url: str, secret: str) -> None:
        with _translated():
            await self._bot.set_webhook(
                url,
                secret_token=secret,
                allowed_updates=list(ALLOWED_UPDATES),
                max_connections=WEBHOOK_CONNECTIONS,
                drop_pending_updates=False,
            )

    async def delete_webhook(self) -> None:
        with _translated():
            await self._bot.delete_webhook(drop_pending_updates=False)

    async def updates(self, offset: int | None) -> list[dict[str, Any]]:
        with _translated():
            return await self._bot(_RawUpdates(offset=offset), request_timeout=POLL_SECONDS + ANSWER_SECONDS)

    def parse(self, raw: dict[str, Any]) -> Update:
        return Update.model_validate(raw)

    async def answer_callback(self, callback_id: str) -> None:
        with _translated():
            await self._bot.answer_callback_query(callback_id)

    async def send_text(self, chat: int, piece: Piece, keyboard: Keyboard | None, *, paid: bool = False) -> int:
        if paid:
            return await self._send_quickly(chat, piece, keyboard)
        with _translated():
            message = await self._bot.send_message(
                chat,
                piece.text,
                entities=_entities(piece),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=_markup(keyboard),
            )
        return message.message_id

    async def _send_quickly(self, chat: int, piece: Piece, keyboard: Keyboard | None) -> int:
        """At the paid rate a thousand a second: aiogram's models cost a millisecond each way, so the same words are made into JSON once for all."""
        with _translated():
            body = b'{"chat_id":%d,%b' % (chat, _paid_body(piece, keyboard)[1:])
            result = await self._session.post(self._session.api.api_url(self._bot.token, "sendMessage"), body)
            return int(result["message_id"])

    async def edit_text(self, chat: int, message: int, piece: Piece, keyboard: Keyboard | None) -> None:
        with _translated():
            markup = _markup(keyboard)
            await self._bot.edit_message_text(
                piece.text,
                chat_id=chat,
                message_id=message,
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
                file if isinstance(file, str) else BufferedInputFile(file.data, file.name),
                caption=piece.text or None,
                caption_entities=_entities(piece),
                reply_markup=_markup(keyboard),
                allow_paid_broadcast=paid or None,
                request_timeout=UPLOAD_SECONDS,
            )
        return message.message_id, _handle(message, media)

    async def download(self, handle: str, limit: int) -> bytes:
        with _translated():
            file = await self._bot.get_file(handle)
            if not file.file_path or (file.file_size or 0) > limit:
                raise CallFailed(413)
            return await self._session.read(self._session.api.file_url(self._bot.token, file.file_path), limit)

    async def close(self) -> None:
        await self._session.close()


@contextmanager
def _translated() -> Iterator[None]:
    """Turns what aiogram and aiohttp raise into CallFailed. `from None`: their texts hold the address, and with it the token."""
    try:
        yield
    except CallFailed:
        raise
    except Exception as error:
        raise _failed(error) from None


def _failed(error: Exception) -> CallFailed:
    if isinstance(error, ClientResponseError):  # of a download
        return CallFailed(error.status)
    if isinstance(error, AiogramError | ClientError | OSError | TimeoutError):
        return CallFailed(0, refused=was_refused(error))
    return unexpected(error)


@lru_cache(maxsize=8)
def _paid_body(piece: Piece, keyboard: Keyboard | None) -> bytes:
    """What is the same for all in a message at the paid rate, as JSON."""
    markup, entities = _markup(keyboard), _entities(piece)
    body = {
        "text": piece.text,
        "entities": [entity.model_dump(exclude_none=True) for entity in entities] if entities else None,
        "link_preview_options": {"is_disabled": True},
        "reply_markup": markup.model_dump(exclude_none=True) if markup else None,
        "allow_paid_broadcast": True,
    }
    return orjson.dumps({name: value for name, value in body.items() if value is not None})


def _handle(message: Message, media: Media) -> str:
    """The name by which a file that was sent can be sent again; of a picture the largest size."""
    sent = message.photo[-1] if media == "photo" and message.photo else getattr(message, media, None)
    return sent.file_id if sent else ""


def _entities(piece: Piece) -> list[MessageEntity] | None:
    return [MessageEntity(type="bold", offset=offset, length=length) for offset, length in piece.bold] or None


def _markup(keyboard: Keyboard | None) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
    if keyboard is None:
        return None
    if isinstance(keyboard, MenuKeyboard):
        if not keyboard.rows:
            return ReplyKeyboardRemove(remove_keyboard=True)
        keys = [[KeyboardButton(text=label) for label in row] for row in keyboard.rows]
        return ReplyKeyboardMarkup(keyboard=keys, resize_keyboard=True, is_persistent=True)
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=b.label, callback_data=b.choice or None, url=b.url or None) for b in row] for row in keyboard.rows
        ]
    )
