"""Raw update → what a person did, the same for both libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aiogram.types import Update as AiogramUpdate
from telegram import Update as PtbUpdate

from bot.channels.telegram.reading import Arrived, Reader
from handlers.conversation import FileKind, FileReference, Incoming, Kind, Side
from tests.bot.channels.telegram.conftest import NOW

Parse = Callable[[dict[str, Any]], Any]
READER = Reader("member_telegram", Side.MEMBER)
FROM = {"id": 1001, "is_bot": False, "first_name": "王芳"}
CHAT = {"id": 1001, "type": "private", "first_name": "王芳"}
BOT = {"id": 111, "is_bot": True, "first_name": "工会"}
MESSAGE = {"message_id": 7, "date": 1790000000, "chat": CHAT, "from": FROM}
FILE = {"file_id": "F", "file_unique_id": "u", "file_size": 900}
SMALL = {"file_id": "S", "file_unique_id": "s", "width": 90, "height": 60}
LARGE = {"file_id": "L", "file_unique_id": "l", "width": 1280, "height": 960, "file_size": 5000}
PLACE = {"latitude": 39.9, "longitude": 116.4}
STICKER = FILE | {"type": "regular", "width": 9, "height": 9, "is_animated": False, "is_video": False}


@pytest.fixture(params=[AiogramUpdate.model_validate, PtbUpdate.de_json], ids=["aiogram", "ptb"])
def parse(request: pytest.FixtureRequest) -> Parse:
    parse: Parse = request.param
    return parse


def message(**content: Any) -> dict[str, Any]:
    return {"update_id": 50, "message": MESSAGE | content}


def press(**content: Any) -> dict[str, Any]:
    return {"update_id": 50, "callback_query": {"id": "q1", "from": FROM, "chat_instance": "1"} | content}


def membership(status: str) -> dict[str, Any]:
    left = {"until_date": 0} if status == "kicked" else {}
    new = {"user": BOT, "status": status} | left
    change = {"chat": CHAT, "from": FROM, "date": 1, "old_chat_member": {"user": BOT, "status": "left"}, "new_chat_member": new}
    return {"update_id": 50, "my_chat_member": change}


def incoming(kind: Kind, text: str = "", **more: Any) -> Incoming:
    about: dict[str, Any] = {
        "door": "member_telegram",
        "address": "1001",
        "event_id": "50",
        "side": Side.MEMBER,
        "at": NOW,
        "message_ref": "7",
    }
    return Incoming(kind=kind, text=text, **(about | more))


def file(kind: FileKind, **more: Any) -> FileReference:
    about: dict[str, Any] = {"handle": "F", "size": 900} | more
    return FileReference(kind=kind, **about)


READINGS: list[tuple[str, dict[str, Any], Incoming]] = [
    ("start", message(text="/start"), incoming(Kind.START)),
    ("start with a code", message(text="/start gh2026"), incoming(Kind.START, "gh2026")),
    ("start by name", message(text="/start@gonghui_bot gh2026"), incoming(Kind.START, "gh2026")),
    ("not quite start", message(text="/started"), incoming(Kind.TEXT, "/started")),
    ("text", message(text="公司拖欠工资"), incoming(Kind.TEXT, "公司拖欠工资")),
    ("text with NUL", message(text="工\x00会"), incoming(Kind.TEXT, "工会")),
    ("text with half an emoji", message(text="工会\ud83d"), incoming(Kind.TEXT, "工会?")),
    (
        "bold, counted in units",
        message(text="😀请带身份证", entities=[{"type": "italic", "offset": 0, "length": 2}, {"type": "bold", "offset": 4, "length": 3}]),
        incoming(Kind.TEXT, "😀请带身份证", bold=((3, 6),)),
    ),
    (
        "bold beyond the text, and after a NUL",
        message(text="工\x00会", entities=[{"type": "bold", "offset": 2, "length": 99}, {"type": "bold", "offset": 70, "length": 9}]),
        incoming(Kind.TEXT, "工会", bold=((1, 2),)),
    ),
    ("command", message(text="/help"), incoming(Kind.TEXT, "/help")),
    ("command by name", message(text="/case@gonghui_bot 4711"), incoming(Kind.TEXT, "/case 4711")),
    ("an address in a text", message(text="写信给 a/b@c.cn"), incoming(Kind.TEXT, "写信给 a/b@c.cn")),
    ("press", press(message=MESSAGE | {"text": "选"}, data="case:1"), incoming(Kind.CHOICE, "case:1")),
    ("press under an old message", press(message={"message_id": 7, "date": 0, "chat": CHAT}, data="x"), incoming(Kind.CHOICE, "x")),
    ("press of a game", press(message=MESSAGE | {"text": "选"}, game_short_name="g"), incoming(Kind.OTHER)),
    (
        "photo, the largest size",
        message(photo=[SMALL, LARGE], caption="合同"),
        incoming(Kind.FILE, "合同", file=file(FileKind.PHOTO, handle="L", mime="image/jpeg", size=5000)),
    ),
    (
        "photo of an album",
        message(photo=[SMALL], media_group_id="g9"),
        incoming(Kind.FILE, file=file(FileKind.PHOTO, handle="S", mime="image/jpeg", size=0), group="g9"),
    ),
    (
        "document",
        message(document=FILE | {"file_name": "合同.pdf", "mime_type": "application/pdf"}),
        incoming(Kind.FILE, file=file(FileKind.DOCUMENT, name="合同.pdf", mime="application/pdf")),
    ),
    (
        "voice",
        message(voice=FILE | {"duration": 3, "mime_type": "audio/ogg"}),
        incoming(Kind.FILE, file=file(FileKind.VOICE, mime="audio/ogg")),
    ),
    (
        "audio",
        message(audio=FILE | {"duration": 3, "file_name": "录音.m4a", "mime_type": "audio/mp4"}),
        incoming(Kind.FILE, file=file(FileKind.DOCUMENT, name="录音.m4a", mime="audio/mp4")),
    ),
    (
        "video",
        message(video=FILE | {"duration": 3, "width": 9, "height": 9, "mime_type": "video/mp4"}),
        incoming(Kind.FILE, file=file(FileKind.VIDEO, mime="video/mp4")),
    ),
    (
        "round video",
        message(video_note=FILE | {"length": 9, "duration": 3}),
        incoming(Kind.FILE, file=file(FileKind.VIDEO, mime="video/mp4")),
    ),
    ("position", message(location=PLACE), incoming(Kind.PLACE, place=(39.9, 116.4))),
    (
        "venue",
        message(location=PLACE, venue={"location": PLACE, "title": "站", "address": "路"}),
        incoming(Kind.PLACE, place=(39.9, 116.4)),
    ),
    (
        "own card",
        message(contact={"phone_number": "8613900000000", "first_name": "王", "user_id": 1001}),
        incoming(Kind.CONTACT, "8613900000000"),
    ),
    ("somebody else's card", message(contact={"phone_number": "8613900000001", "first_name": "李", "user_id": 2}), incoming(Kind.OTHER)),
    ("a card without a person", message(contact={"phone_number": "8613900000001", "first_name": "李"}), incoming(Kind.OTHER)),
    ("sticker", message(sticker=STICKER), incoming(Kind.OTHER)),
    ("dice", message(dice={"emoji": "🎲", "value": 3}), incoming(Kind.OTHER)),
    ("something new", message(hologram={"depth": 3}), incoming(Kind.OTHER)),
    ("edit", {"update_id": 50, "edited_message": MESSAGE | {"text": "改过", "edit_date": 2}}, incoming(Kind.EDITED, "改过")),
    (
        "edit of a caption",
        {"update_id": 50, "edited_message": MESSAGE | {"photo": [SMALL], "caption": "改过", "edit_date": 2}},
        incoming(Kind.EDITED, "改过"),
    ),
    ("block", membership("kicked"), incoming(Kind.STOPPED, message_ref="")),
    ("unblock", membership("member"), incoming(Kind.RETURNED, message_ref="")),
]


@pytest.mark.parametrize(("raw", "expected"), [reading[1:] for reading in READINGS], ids=[reading[0] for reading in READINGS])
def test_an_update_is_read_as_what_the_person_did(parse: Parse, raw: dict[str, Any], expected: Incoming) -> None:
    assert READER.read(parse(raw), NOW).incoming == expected


GROUP = {"id": -5, "type": "group", "title": "班组"}


@pytest.mark.parametrize(
    "raw",
    [
        message(chat=GROUP, text="大家好"),
        press(message=MESSAGE | {"chat": GROUP, "text": "选"}, data="x"),
        press(inline_message_id="i", data="x"),
        {"update_id": 50, "channel_post": MESSAGE | {"chat": {"id": -7, "type": "channel", "title": "频道"}, "text": "公告"}},
        {"update_id": 50, "edited_message": MESSAGE | {"location": PLACE | {"live_period": 900}, "edit_date": 2}},
        {"update_id": 50, "something_new": {"a": 1}},
        {"update_id": 50},
    ],
    ids=["group", "press in a group", "press elsewhere", "channel", "moving position", "new kind", "nothing"],
)
def test_what_is_not_said_in_a_private_chat_is_passed_over(parse: Parse, raw: dict[str, Any]) -> None:
    assert READER.read(parse(raw), NOW).incoming is None


def test_a_press_waits_for_its_answer_wherever_it_was_made(parse: Parse) -> None:
    assert READER.read(parse(press(inline_message_id="i", data="x")), NOW).callback_id == "q1"
    assert READER.read(parse(message(text="好")), NOW).callback_id == ""


def test_of_an_update_that_no_model_takes_remains_that_somebody_did_something() -> None:
    assert READER.read_unknown(message(text={"rich": 1}, message_id="?"), NOW) == Arrived(incoming(Kind.OTHER, message_ref=""))
    odd = {"update_id": 50, "callback_query": {"id": "q1", "message": {"chat": CHAT}}}
    assert READER.read_unknown(odd, NOW) == Arrived(incoming(Kind.OTHER, message_ref=""), "q1")
    assert READER.read_unknown(message(chat=GROUP), NOW) == Arrived(None)


ODD: list[Any] = [
    None,
    True,
    7,
    "x",
    [],
    {},
    {"chat": 1},
    {"chat": {"type": "private"}},
    {"message": []},
    {"chat": {"id": "x", "type": "private"}},
]


@pytest.mark.parametrize("kind", ["message", "callback_query", "edited_message", "my_chat_member"])
@pytest.mark.parametrize("content", ODD, ids=str)
def test_an_update_however_odd_does_not_raise(kind: str, content: object) -> None:
    assert READER.read_unknown({"update_id": 50, kind: content}, NOW).incoming is None
