"""What travels between page and server: a message as the page gets it, and what the page sends, checked."""

from __future__ import annotations

import hmac
import math
import re
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import HTTPException

from bot.channels.web.door import WEB
from bot.channels.web.screen import Shown
from bot.channels.web.visitors import Visitor
from handlers.conversation import CHOICE_LIMIT, TEXT_LIMIT, FileKind, FileReference, Incoming, Kind, clean
from storage.types import Vault

BODY_LIMIT = 64 * 1024
"""Longest JSON that the page may send."""

MALFORMED = "这条消息的格式不对，没有发出。请刷新页面再试。"
TOO_LONG = f"文字太长了：一条最多 {TEXT_LIMIT} 个字，请分几条发送。"

_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


@dataclass(frozen=True, slots=True)
class Said:
    """A message that the page sent. again: only its id was sent, because the screen already has the rest."""

    id: str
    body: dict[str, Any]
    again: bool = False

    @property
    def key(self) -> str:
        """The message's key on the screen."""
        return f"in:{self.id}"


def malformed() -> HTTPException:
    """What is answered to something that our page would not send."""
    return HTTPException(400, MALFORMED)


def object_of(raw: bytes) -> dict[str, Any]:
    """A JSON object. Raises 400 when it is none."""
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise malformed() from None
    if not isinstance(data, dict):
        raise malformed()
    return data


def checked_id(value: object) -> str:
    """The page's own id of a message. Raises 400 for what can't be one."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise malformed()
    return value


def said(raw: bytes) -> Said:
    """The message in a request's body. Raises 400 when it is malformed, 413 when the text is too long."""
    data = object_of(raw)
    own_id = checked_id(data.get("id"))
    match data.get("kind"):
        case "text":
            return Said(own_id, {"kind": Kind.TEXT, "text": _text(data.get("text"))})
        case "choice":
            return Said(own_id, _choice(data))
        case "place":
            return Said(own_id, {"kind": Kind.PLACE, "text": "", "place": _place(data.get("place"))})
        case "again":
            return Said(own_id, {}, again=True)
        case _:
            raise malformed()


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise malformed()
    if len(value) > TEXT_LIMIT:
        raise HTTPException(413, TOO_LONG)
    return clean(value)


def _choice(data: dict[str, Any]) -> dict[str, Any]:
    text, label, ref = data.get("text"), data.get("label"), data.get("message_ref")
    if not isinstance(text, str) or not text or len(text.encode("utf-8", "replace")) > CHOICE_LIMIT:
        raise malformed()
    if not isinstance(label, str) or not 0 < len(label) <= 200 or not isinstance(ref, str) or len(ref) > 20:
        raise malformed()
    return {"kind": Kind.CHOICE, "text": clean(text), "label": clean(label), "ref": ref}


def _place(value: object) -> list[float]:
    if not isinstance(value, list) or len(value) != 2:
        raise malformed()
    if not all(isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) for x in value):
        raise malformed()
    latitude, longitude = float(value[0]), float(value[1])
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise malformed()
    return [latitude, longitude]


def revisions(data: dict[str, Any], name: str) -> list[int]:
    """A list of revisions in a receipt, 500 at most."""
    value = data.get(name, [])
    if not isinstance(value, list) or len(value) > 500 or not all(type(x) is int and 0 < x < 2**63 for x in value):
        raise malformed()
    return value


def incoming_of(visitor: Visitor, shown: Shown) -> Incoming:
    """The event that a message of the person's stands for: from what is on the screen, so a repeat says the same as the first."""
    body = shown.body
    file = body.get("file")
    place = body.get("place")
    reference = None
    if file:
        reference = FileReference(
            handle=str(file["id"]), kind=FileKind(file["kind"]), name=file["name"], mime=file["mime"], size=file["size"]
        )
    return Incoming(
        door=WEB,
        address=visitor.address,
        event_id=f"{visitor.address}:{shown.key.removeprefix('in:')}",
        side=visitor.side,
        kind=Kind(body["kind"]),
        at=shown.at,
        text=body["text"],
        file=reference,
        place=(place[0], place[1]) if place else None,
        message_ref=body.get("ref") or str(shown.id),
        group=body.get("group", ""),
    )


class Pictures:
    """Makes messages into what the page draws, and guards the files they show.

    A link to a file carries a proof that only we can make and that names the person: whoever was not shown the file has none.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def proof(self, address: str, file_id: int) -> str:
        """The proof that this address was shown this file."""
        return self._vault.blind(f"{address}\x00{file_id}", "web file").hex()[:32]

    def proven(self, address: str, file_id: int, proof: str) -> bool:
        """Whether the proof is right."""
        return hmac.compare_digest(self.proof(address, file_id).encode(), proof.encode())

    def of(self, address: str, shown: Shown) -> dict[str, Any]:
        """A message as the page gets it."""
        body = shown.body
        picture: dict[str, Any] = {
            "id": shown.id,
            "revision": shown.revision,
            "house": shown.outgoing,
            "text": body.get("label") or body["text"],
            "at": shown.at,
            "delivered": shown.delivered_at is not None,
            "read": shown.read_at is not None,
        }
        if not shown.outgoing:
            picture["own_id"] = shown.key.removeprefix("in:")
            picture["kind"] = body["kind"]
        for name in ("title", "bold", "buttons", "menu", "place"):
            if name in body:
                picture[name] = body[name]
        if file := body.get("file"):
            link = {} if file.get("gone") else {"url": f"/chat/files/{file['id']}?proof={self.proof(address, file['id'])}"}
            picture["file"] = {**file, **link}
        return picture
