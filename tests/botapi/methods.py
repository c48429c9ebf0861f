"""The methods of the Bot API that the doors use, and the limits that are checked on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from tests.botapi.state import Bot, Chat, Message

Params = Mapping[str, Any]
Upload = tuple[str, bytes]

_SEND = {"chat_id", "reply_markup", "allow_paid_broadcast"}
_TEXT = {"text", "entities", "link_preview_options"}
_FILE = {"caption", "caption_entities"}
ALLOWED: dict[str, set[str]] = {
    "getMe": set(),
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "setWebhook": {"url", "secret_token", "allowed_updates", "max_connections", "drop_pending_updates"},
    "deleteWebhook": {"drop_pending_updates"},
    "setMyCommands": {"commands"},
    "setMyShortDescription": {"short_description"},
    "setMyDescription": {"description"},
    "answerCallbackQuery": {"callback_query_id"},
    "getFile": {"file_id"},
    "sendMessage": _SEND | _TEXT,
    "editMessageText": (_SEND - {"allow_paid_broadcast"}) | _TEXT | {"message_id"},
    "sendPhoto": _SEND | _FILE | {"photo"},
    "sendVoice": _SEND | _FILE | {"voice"},
    "sendVideo": _SEND | _FILE | {"video"},
    "sendDocument": _SEND | _FILE | {"document"},
}

_file_ids = count(1)


class ApiError(Exception):
    """An answer that is not ok. violation: the bot did something that the Bot API never allows."""

    def __init__(self, code: int, description: str, *, violation: bool = False, retry_after: int = 0) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.violation = violation
        self.retry_after = retry_after


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def new_file(bot: Bot, data: bytes, ending: str) -> dict[str, Any]:
    """Keeps a file and gives it its names."""
    number = next(_file_ids)
    file_id = f"file-{number}{ending}"
    bot.files[file_id] = data
    return {"file_id": file_id, "file_unique_id": f"u{number}", "file_size": len(data)}


def run(bot: Bot, method: str, params: Params, uploads: Mapping[str, Upload]) -> Any:
    """Does a call at once and gives its result (getUpdates waits, and is the server's). Raises ApiError."""
    if method not in ALLOWED:
        raise ApiError(404, "Not Found", violation=True)
    if unknown := set(params) - ALLOWED[method]:
        raise ApiError(400, f"Bad Request: unknown parameters {sorted(unknown)}", violation=True)
    return _METHODS[method](bot, params, uploads)


def _get_me(bot: Bot, params: Params, uploads: Mapping[str, Upload]) -> Any:
    return bot.user | {"can_join_groups": False}


def _set_webhook(bot: Bot, params: Params, uploads: Mapping[str, Upload]) -> Any:
    _check(str(params["url"]).startswith(("https://", "http://127.0.0.1")), "bad webhook: An HTTPS URL must be provided for webhook")
    bot.webhook = dict(params)
    return True


def _delete_webhook(bot: Bot, params: Params, uploads: Mapping[str, Upload]) -> Any:
    bot.webhook = {}
    if params.get("drop_pending_updates"):
        bot.updates.clear()
    return True


def _set_commands(bot: Bot, params: Params, uploads: Mapping[str, Upload]) -> Any:
    for command in params["commands"]:
        _check(1 <= len(command["command"]) <= 32 and 1 <= len(command["description"]) <= 256, "BOT_COMMAND_INVALID", violation=True)
    bot.commands = params["commands"]
    return True


def _set_short(bot: Bot, params: Params, uploads: Mapping[str, Upload]) -> Any:
    _check(len(params["short_description"]) <= 120, "short description is too long", violation=True)
    bot.short_description = params["short_description"]
    return True


def _set_description(bot: Bot, params: Params, uploads: Mapping[str, Upload]) -> Any:
    _check(len(params["description"]) <= 512, "description is too long", violation=True)
    bot.description = params["description"]
    return True


def _answer(bot: Bot, params: Params, uploads: Mapping[str, Upload]) -> Any:
    _check(params["callback_query_id"] in bot.pressed, "query is too old and response timeout expired or query ID is invalid")
    bot.answered.append(params["callback_query_id"])
    return True


def _get_file(bot: Bot, params: Params, uploads: Mapping[str, Upload]) -> Any:
    data = bot.files.get(params["file_id"])
    if data is None:
        raise ApiError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    _check(len(data) <= 20 * 1024 * 1024, "file is too big")
    return {"file_id": params["file_id"], "file_unique_id": "u", "file_size": len(data), "file_path": f"files/{params['file_id']}"}


def _send_message(bot: Bot, params: Params, uploads: Mapping[str, Upload]) -> Any:
    chat = _chat(bot, params)
    return _show(bot, chat, params, _text(params)).raw


def _edit(bot: Bot, params: Params, uploads: Mapping[str, Upload]) -> Any:
    chat = _chat(bot, params)
    message = chat.find(int(params["message_id"]))
    if message is None:
        raise ApiError(400, "Bad Request: message to edit not found")
    _check(message.from_bot and not message.has_menu, "message can't be edited")
    _check("text" in message.raw, "there is no text in the message to edit")
    content = _text(params)
    markup = _markup(params)
    if markup:
        content["reply_markup"] = markup
    kept = {key: message.raw[key] for key in ("text", "entities", "reply_markup") if key in message.raw}
    _check(kept != content, "message is not modified: specified new message content and reply markup are exactly the same")
    message.edits.append(message.text)
    message.raw = {key: value for key, value in message.raw.items() if key not in kept} | content
    return message.raw


def _send_file(kind: str) -> Callable[[Bot, Params, Mapping[str, Upload]], Any]:
    def send(bot: Bot, params: Params, uploads: Mapping[str, Upload]) -> Any:
        chat = _chat(bot, params)
        name, data = uploads.get(str(params[kind]).removeprefix("attach://")) or uploads.get(kind) or ("", b"")
        known = bot.files.get(str(params[kind])) if not data else None  # sent before, and named again
        data = known or data
        _check(bool(data), "file must be non-empty")
        file: Any = {"file_id": params[kind], "file_unique_id": "u", "file_size": len(data)} if known else new_file(bot, data, "")
        if kind == "photo":
            _check(data[:2] == b"\xff\xd8" or data[:4] == b"\x89PNG", "IMAGE_PROCESS_FAILED")
            file = [file | {"width": 90, "height": 90}]
        else:
            file |= (
                {"file_name": name}
                | ({} if kind == "document" else {"duration": 1})
                | ({"width": 9, "height": 9} if kind == "video" else {})
            )
        content: dict[str, Any] = {kind: file}
        if caption := str(params.get("caption", "")).strip():
            _check(units(caption) <= 1024, "message caption is too long", violation=True)
            content |= {"caption": caption} | _entities(params, "caption_entities", caption)
        message = _show(bot, chat, params, content)
        message.data = data
        return message.raw

    return send


def _show(bot: Bot, chat: Chat, params: Params, content: dict[str, Any]) -> Message:
    markup = _markup(params)
    raw = {"message_id": next(bot.ids), "date": int(time.time()), "chat": chat_json(chat), "from": bot.user, **content}
    if "inline_keyboard" in markup:
        raw["reply_markup"] = markup
    message = Message(id=raw["message_id"], from_bot=True, raw=raw, has_menu="keyboard" in markup)
    if markup.get("remove_keyboard"):
        chat.menu = []
    elif "keyboard" in markup:
        chat.menu = [[key["text"] for key in row] for row in markup["keyboard"]]
    chat.messages.append(message)
    return message


def chat_json(chat: Chat) -> dict[str, Any]:
    """The chat as the Bot API shows it."""
    return {"id": chat.id, "type": "private", "first_name": chat.user["first_name"]}


def _chat(bot: Bot, params: Params) -> Chat:
    chat = bot.chats.get(int(params["chat_id"]))
    if chat is None or not chat.messages:
        raise ApiError(400, "Bad Request: chat not found")
    if chat.blocked:
        raise ApiError(403, "Forbidden: bot was blocked by the user")
    return chat


def _text(params: Params) -> dict[str, Any]:
    text = str(params.get("text", "")).strip()
    _check(bool(text), "message text is empty", violation=True)
    _check(units(text) <= 4096, "message is too long", violation=True)
    return {"text": text} | _entities(params, "entities", text)


def _entities(params: Params, name: str, text: str) -> dict[str, Any]:
    entities = params.get(name) or []
    for entity in entities:
        inside = entity["offset"] >= 0 and 0 < entity["length"] <= units(text) - entity["offset"]
        _check(inside, "ENTITY_BOUNDS_INVALID", violation=True)
    return {name: entities} if entities else {}


def _markup(params: Params) -> dict[str, Any]:
    markup: dict[str, Any] = params.get("reply_markup") or {}
    for row in markup.get("inline_keyboard", []):
        _check(0 < len(row) <= 8, "a row has 1 to 8 buttons", violation=True)
        for button in row:
            _check(bool(button["text"]) and set(button) in ({"text", "callback_data"}, {"text", "url"}), "BUTTON_INVALID", violation=True)
            _check(1 <= len(button.get("callback_data", "x").encode()) <= 64, "BUTTON_DATA_INVALID", violation=True)
            _check(button.get("url", "tg://").startswith(("http://", "https://", "tg://")), "Wrong HTTP URL", violation=True)
    for row in markup.get("keyboard", []):
        _check(bool(row) and all(key["text"] for key in row), "a key needs a text", violation=True)
    return markup


def _check(good: bool, complaint: str, *, violation: bool = False) -> None:
    if not good:
        raise ApiError(400, f"Bad Request: {complaint}", violation=violation)


_METHODS: dict[str, Callable[[Bot, Params, Mapping[str, Upload]], Any]] = {
    "getMe": _get_me,
    "setWebhook": _set_webhook,
    "deleteWebhook": _delete_webhook,
    "setMyCommands": _set_commands,
    "setMyShortDescription": _set_short,
    "setMyDescription": _set_description,
    "answerCallbackQuery": _answer,
    "getFile": _get_file,
    "sendMessage": _send_message,
    "editMessageText": _edit,
    "sendPhoto": _send_file("photo"),
    "sendVoice": _send_file("voice"),
    "sendVideo": _send_file("video"),
    "sendDocument": _send_file("document"),
}
