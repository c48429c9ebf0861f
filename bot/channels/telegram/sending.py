"""Sending: a message becomes one call or several, and what goes wrong becomes one of the three errors of a door.

CallFailed ─┬─ 429 ──────────────────────────────────────────► TryLater(throttled)
            ├─ 403 · 400 chat not found, user is deactivated … ► Unreachable
            ├─ other 400 · 413 ────────────────────────────────► Refused
            └─ no answer · 5xx · 401, 404, 409 ────────────────► TryLater
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass

import structlog

from bot.channels.base import Attachment, FileGone, Outgoing, Refused, SendError, Sent, TryLater, Unreachable
from bot.channels.telegram.client import BotClient, CallFailed, Media
from bot.channels.telegram.layout import CAPTION_UNITS, InlineKeyboard, Keyboard, Piece, keyboard, pieces
from handlers.conversation import FILE_LIMIT, FileKind, clean

log: structlog.stdlib.BoundLogger = structlog.get_logger()

PHOTO_LIMIT = 10 * 1024 * 1024
"""Largest photo that Telegram takes as a photo, in bytes; a larger one goes as a document."""

_GONE = (
    "chat not found",
    "user is deactivated",
    "user not found",
    "peer_id_invalid",
    "have no rights to send a message",
    "bot was blocked",
)
_KNOWN = (
    "message text is empty",
    "message is too long",
    "caption is too long",
    "button_data_invalid",
    "button_url_invalid",
    "wrong http url",
    "reply markup is too long",
    "text buttons are unallowed",
    "photo_invalid_dimensions",
    "image_process_failed",
    "wrong type of the web page content",
    "file must be non-empty",
    "wrong file identifier",
    "can't parse entities",
    "entity_bounds_invalid",
    "request entity too large",
)
"""The API's reasons that hold nothing of the message; only these may be logged."""

_REMEMBERED = 1000
_UPLOADED = 100
"""Files that are remembered by what Telegram calls them: a picture to millions is uploaded once."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One call of those that a message needs."""

    piece: Piece
    keyboard: Keyboard | None = None
    edit: int = 0
    attachment: Attachment | None = None
    file: int | None = None
    paid: bool = False


@dataclass(frozen=True, slots=True)
class _Progress:
    """How much of a message has gone out."""

    done: int = 0
    message: int = 0


class Sender:
    """Sends messages and fetches files through one bot.

    A long message is several calls. It remembers which went out, so that a second try after TryLater goes on where the first stopped
    instead of repeating it; this memory is the process's own and bounded.
    """

    def __init__(self, client: BotClient) -> None:
        self._client = client
        self._progress: OrderedDict[int, _Progress] = OrderedDict()
        self._handles: OrderedDict[tuple[int, Media], str] = OrderedDict()

    async def send(self, outgoing: Outgoing) -> Sent:
        """Sends one message; its name is that of the last part. Raises Unreachable, TryLater or Refused, and nothing else."""
        if not re.fullmatch(r"-?\d{1,18}", outgoing.address):
            raise Refused("the address is not a chat number")
        steps = _steps(outgoing)
        if not steps:
            raise Refused("the message is empty")
        progress = self._progress.pop(outgoing.outbox_id, _Progress())
        try:
            for step in steps[progress.done :]:
                progress = _Progress(progress.done + 1, await self._call(int(outgoing.address), step))
        except CallFailed as failure:
            error = send_error(failure)
            if progress.done and isinstance(error, TryLater):
                self._remember(outgoing.outbox_id, progress)
            log.info("message.failed", outbox_id=outgoing.outbox_id, code=failure.code, error=type(error).__name__, reason=reason(failure))
            raise error from None
        return Sent(message_ref=str(progress.message))

    async def fetch(self, handle: str) -> bytes:
        """The bytes of a file that arrived. Raises FileGone, or TryLater."""
        try:
            return await self._client.download(handle, FILE_LIMIT)
        except CallFailed as failure:
            if failure.code in {400, 404, 410, 413}:
                raise FileGone(f"the file can't be had: code {failure.code}") from None
            raise _later(failure) from None

    def _remember(self, outbox_id: int, progress: _Progress) -> None:
        self._progress[outbox_id] = progress
        while len(self._progress) > _REMEMBERED:
            self._progress.popitem(last=False)

    async def _call(self, chat: int, step: _Step) -> int:
        """Makes one call; the number of the message that it left on the screen."""
        if step.attachment:
            return await self._send_file(chat, step, step.attachment)
        if step.edit:
            try:
                await self._client.edit_text(chat, step.edit, step.piece, step.keyboard)
            except CallFailed as failure:
                if failure.code != 400 or _is_gone(failure):
                    raise
                if "message is not modified" in failure.description:
                    return step.edit
                # Too old, deleted, a photo, or under a menu: whatever keeps it from being changed, a new message says it too.
            else:
                return step.edit
        return await self._client.send_text(chat, step.piece, step.keyboard, paid=step.paid)

    async def _send_file(self, chat: int, step: _Step, attachment: Attachment) -> int:
        media = _media(attachment)
        try:
            return await self._upload_once(chat, media, step, attachment)
        except CallFailed as failure:
            if failure.code != 400 or media == "document" or _is_gone(failure):
                raise
        # Odd dimensions, an unknown codec: as a document it arrives all the same.
        return await self._upload_once(chat, "document", step, attachment)

    async def _upload_once(self, chat: int, media: Media, step: _Step, attachment: Attachment) -> int:
        """Sends a file, from the second time on by the name that Telegram gave it; if it has forgotten that name, whole again."""
        key = (step.file or 0, media)
        if known := self._handles.get(key):
            try:
                message, _ = await self._client.send_file(chat, media, known, step.piece, step.keyboard, paid=step.paid)
            except CallFailed as failure:
                if failure.code != 400 or _is_gone(failure):
                    raise
                self._handles.pop(key, None)
            else:
                return message
        message, handle = await self._client.send_file(chat, media, attachment, step.piece, step.keyboard, paid=step.paid)
        if step.file and handle:
            self._handles[key] = handle
            while len(self._handles) > _UPLOADED:
                self._handles.popitem(last=False)
        return message


def _steps(outgoing: Outgoing) -> list[_Step]:
    """The calls that bring the message to the screen, in order; the keyboard is on the last."""
    reply, paid = outgoing.reply, outgoing.paid
    last = keyboard(reply)
    if outgoing.attachment:
        file = outgoing.attachment
        file = Attachment(kind=file.kind, name=_file_name(file), mime=clean(file.mime), data=file.data)
        caption = pieces(reply, CAPTION_UNITS)
        if len(caption) > 1:
            words = [_Step(piece, paid=paid) for piece in pieces(reply)]
            return [*words, _Step(Piece(""), last, attachment=file, file=reply.file, paid=paid)]
        return [_Step(caption[0] if caption else Piece(""), last, attachment=file, file=reply.file, paid=paid)]
    laid = pieces(reply)
    # A message with a menu can't be an edit, and the buttons of an earlier one would stay above it: it is sent anew.
    edit = int(outgoing.edit) if re.fullmatch(r"\d{1,18}", outgoing.edit) and (last is None or isinstance(last, InlineKeyboard)) else 0
    return [
        _Step(piece, last if number == len(laid) - 1 else None, edit if number == 0 else 0, paid=paid) for number, piece in enumerate(laid)
    ]


def _media(attachment: Attachment) -> Media:
    if attachment.kind is FileKind.PHOTO:
        return "photo" if len(attachment.data) <= PHOTO_LIMIT else "document"
    if attachment.kind is FileKind.VOICE:
        return "voice"
    return "video" if attachment.kind is FileKind.VIDEO else "document"


def _file_name(attachment: Attachment) -> str:
    """A name that can stand in the header of an upload: no quotes, no folders, no control characters."""
    name = re.sub(r'[\x00-\x1f\x7f"\\/]+', "_", clean(attachment.name)).strip(" .")[-120:]
    endings = {FileKind.PHOTO: ".jpg", FileKind.VOICE: ".ogg", FileKind.VIDEO: ".mp4"}
    return name or "附件" + endings.get(attachment.kind, "")


def send_error(failure: CallFailed) -> SendError:
    """Which of a door's three errors a failed call is."""
    if failure.code == 403 or (failure.code == 400 and _is_gone(failure)):
        return Unreachable("the person can't be written to")
    if failure.code in {400, 413}:
        return Refused(f"the Bot API refused the message: {reason(failure)}")
    return _later(failure)


def _later(failure: CallFailed) -> TryLater:
    if failure.code == 429:
        return TryLater(max(1.0, failure.retry_after), throttled=True)
    # 401 and 404: the token was changed at @BotFather. That is for the operator to mend; the messages wait.
    return TryLater(60.0 if failure.code in {401, 404} else 1.0, unsure=failure.code == 0 and not failure.refused)


def _is_gone(failure: CallFailed) -> bool:
    return any(phrase in failure.description for phrase in _GONE)


def reason(failure: CallFailed) -> str:
    """The API's reason, if it is one that can't hold anything of the message."""
    return next((phrase for phrase in (*_KNOWN, *_GONE) if phrase in failure.description), "not named here")
