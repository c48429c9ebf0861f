"""What a person sends through the page, and what the house puts on the screen."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.channels.base import FileGone
from bot.clock import VirtualClock
from handlers.conversation import Button, Kind, Reply, Side
from tests.bot.channels.web.conftest import visit
from tests.bot.channels.web.house import House


def text(own_id: str, words: str) -> dict[str, Any]:
    return {"id": own_id, "kind": "text", "text": words}


async def screen_of(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await client.get("/chat/history", params={"before": 10**15})
    messages: list[dict[str, Any]] = answer.json()["messages"]
    return messages


async def test_opening_the_page_twice_is_one_session_and_one_start(app: FastAPI, house: House) -> None:
    async with visit(app) as browser:
        first = await browser.post("/chat/session")
        second = await browser.post("/chat/session")
    assert first.json() == second.json()
    assert first.json()["demo"] is False
    assert [(start.side, start.text) for start in house.starts] == [(Side.MEMBER, "")]
    cookie = first.headers["set-cookie"]
    assert "union_session=" in cookie
    for part in ("HttpOnly", "SameSite=strict", "Max-Age=15552000"):
        assert part in cookie
    assert "Secure" not in cookie


async def test_over_https_the_cookie_is_secure(app: FastAPI) -> None:
    async with visit(app, headers={"X-Forwarded-Proto": "https"}) as browser:
        assert "Secure" in (await browser.post("/chat/session")).headers["set-cookie"]


async def test_the_two_counters_are_two_sessions_in_one_browser(app: FastAPI, house: House) -> None:
    async with visit(app) as browser:
        await browser.post("/chat/session")
        await browser.post("/chat/session?side=desk")
        assert set(browser.cookies) == {"union_session", "union_desk"}
    assert [start.side for start in house.starts] == [Side.MEMBER, Side.DESK]


async def test_a_session_unused_for_180_days_is_over(app: FastAPI, house: House, clock: VirtualClock) -> None:
    async with visit(app) as browser:
        await browser.post("/chat/session")
        clock.advance(days=179)
        assert (await browser.get("/chat/history?before=1")).status_code == 200
        clock.advance(days=179)
        assert (await browser.get("/chat/history?before=1")).status_code == 200
        clock.advance(days=181)
        assert (await browser.get("/chat/history?before=1")).status_code == 401


async def test_a_message_is_stored_and_then_acknowledged(client: httpx.AsyncClient, house: House) -> None:
    answer = await client.post("/chat/messages", json=text("11112222-aaaa", "老板拖欠工资\x00三个月"))
    assert answer.status_code == 200
    shown = answer.json()["message"]
    assert (shown["text"], shown["house"], shown["delivered"], shown["read"]) == ("老板拖欠工资三个月", False, True, False)
    (heard,) = house.heard
    assert (heard.kind, heard.text, heard.side, heard.door) == (Kind.TEXT, "老板拖欠工资三个月", Side.MEMBER, "web")
    assert heard.event_id == f"{heard.address}:11112222-aaaa"


async def test_a_repeat_is_one_message_and_says_what_the_first_said(client: httpx.AsyncClient, house: House) -> None:
    first = await client.post("/chat/messages", json=text("11112222-aaaa", "你好"))
    again = await client.post("/chat/messages", json=text("11112222-aaaa", "别的话"))
    assert first.json() == again.json()
    assert [heard.text for heard in house.heard] == ["你好"]
    assert [message["text"] for message in await screen_of(client)] == ["你好"]


async def test_a_message_that_was_not_stored_is_not_acknowledged_and_the_retry_mends_it(app: FastAPI, house: House) -> None:
    async with visit(app) as client:
        await client.post("/chat/session")
        house.failing = True
        with pytest.raises(ConnectionError):
            await client.post("/chat/messages", json=text("11112222-aaaa", "你好"))
        (shown,) = await screen_of(client)
        assert (shown["delivered"], house.heard) == (False, [])
        house.failing = False
        # Another tab, or the same after a reload, knows only what is on the screen.
        again = await client.post("/chat/messages", json={"id": shown["own_id"], "kind": "again"})
        assert again.json()["message"]["delivered"] is True
        assert [heard.text for heard in house.heard] == ["你好"]
        assert len(await screen_of(client)) == 1


async def test_asking_again_for_what_was_never_sent_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/chat/messages", json={"id": "11112222-aaaa", "kind": "again"})).status_code == 404


async def test_a_pressed_button_shows_its_label_and_carries_its_choice(client: httpx.AsyncClient, house: House) -> None:
    pressed = {"id": "11112222-bbbb", "kind": "choice", "text": "topic:wages", "label": "欠薪", "message_ref": "17"}
    answer = await client.post("/chat/messages", json=pressed)
    assert answer.json()["message"]["text"] == "欠薪"
    (heard,) = house.heard
    assert (heard.kind, heard.text, heard.message_ref) == (Kind.CHOICE, "topic:wages", "17")


async def test_a_place_is_two_numbers_on_the_earth(client: httpx.AsyncClient, house: House) -> None:
    await client.post("/chat/messages", json={"id": "11112222-cccc", "kind": "place", "place": [39.9, 116.4]})
    assert house.heard[0].place == (39.9, 116.4)
    for place in ([39.9], [391, 0], ["39", "116"], None, [True, False], [10**400, 0]):
        answer = await client.post("/chat/messages", content=str({"id": "11112222-dddd"}), json=None)
        assert answer.status_code == 400
        if place != [10**400, 0]:
            wrong = {"id": "11112222-dddd", "kind": "place", "place": place}
            assert (await client.post("/chat/messages", json=wrong)).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        "{",
        '{"id":"11112222","kind":"text"}',
        '{"id":"11112222","kind":"text","text":"  "}',
        '{"id":"11112222","kind":"text","text":5}',
        '{"id":"../../etc","kind":"text","text":"a"}',
        '{"id":5,"kind":"text","text":"a"}',
        '{"id":"11112222","kind":"START","text":"a"}',
        '{"id":"11112222","kind":["text"],"text":"a"}',
        '{"id":"11112222","kind":"choice","text":"a","label":"","message_ref":"1"}',
    ],
)
async def test_what_the_page_would_not_send_is_refused_with_a_sentence(client: httpx.AsyncClient, house: House, body: str) -> None:
    answer = await client.post("/chat/messages", content=body)
    assert answer.status_code == 400
    assert "刷新页面" in answer.json()["detail"]
    assert house.heard == []


async def test_a_choice_over_64_bytes_is_refused(client: httpx.AsyncClient) -> None:
    pressed = {"id": "11112222-bbbb", "kind": "choice", "text": "选" * 22, "label": "选", "message_ref": "1"}
    assert (await client.post("/chat/messages", json=pressed)).status_code == 400


async def test_a_text_of_4096_characters_is_taken_and_one_more_is_not(client: httpx.AsyncClient, house: House) -> None:
    assert (await client.post("/chat/messages", json=text("11112222-aaaa", "𠮷" * 4096))).status_code == 200
    refused = await client.post("/chat/messages", json=text("11112222-bbbb", "字" * 4097))
    assert (refused.status_code, "4096" in refused.json()["detail"]) == (413, True)
    huge = await client.post("/chat/messages", json=text("11112222-cccc", "字" * 40000))
    assert huge.status_code == 413
    assert len(house.heard) == 1


async def test_the_thirty_first_message_in_ten_seconds_waits(client: httpx.AsyncClient, house: House) -> None:
    answers = [await client.post("/chat/messages", json=text(f"message-{n}", "喂")) for n in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 11
    assert "稍等" in answers[-1].json()["detail"]
    assert len(house.heard) == 30


async def test_the_same_outbox_row_sent_twice_is_shown_once(client: httpx.AsyncClient, house: House) -> None:
    address = house.starts[0].address
    reply = Reply(text="您好", title="工会", buttons=((Button(label="欠薪", choice="topic:wages"),),))
    first = await house.say(address, reply, outbox_id=7)
    second = await house.say(address, reply, outbox_id=7)
    assert first == second
    assert first.reached is False
    (shown,) = await screen_of(client)
    assert (shown["title"], shown["text"], shown["buttons"]) == ("工会", "您好", [[["欠薪", "topic:wages", ""]]])
    assert str(shown["id"]) == first.message_ref


async def test_an_edit_changes_the_message_in_place(client: httpx.AsyncClient, house: House) -> None:
    address = house.starts[0].address
    first = await house.say(address, "第一步")
    await house.say(address, "别的")
    changed = await house.say(address, "第二步", edit=first.message_ref)
    assert changed == first
    shown = await screen_of(client)
    assert [message["text"] for message in shown] == ["第二步", "别的"]
    assert shown[0]["revision"] > shown[1]["revision"]


async def test_an_edit_of_a_message_that_is_gone_or_somebody_elses_is_a_new_message(
    app: FastAPI, client: httpx.AsyncClient, house: House
) -> None:
    address = house.starts[0].address
    async with visit(app) as other:
        await other.post("/chat/session")
        theirs = await house.say(house.starts[1].address, "不是您的")
        sent = await house.say(address, "新的", edit=theirs.message_ref)
        await house.say(address, "也是新的", edit="no number")
        assert sent != theirs
        assert [message["text"] for message in await screen_of(other)] == ["不是您的"]
    assert [message["text"] for message in await screen_of(client)] == ["新的", "也是新的"]


async def test_handling_a_message_marks_it_and_the_earlier_ones_read(client: httpx.AsyncClient, house: House) -> None:
    for n in range(3):
        await client.post("/chat/messages", json=text(f"message-{n}", str(n)))
    second = house.heard[1]
    await house.door.handled(second.address, second.event_id)
    await house.door.handled(second.address, house.starts[0].event_id)
    assert [message["read"] for message in await screen_of(client)] == [True, True, False]


async def test_a_receipt_is_reported_once_and_only_for_ones_own_messages(app: FastAPI, client: httpx.AsyncClient, house: House) -> None:
    address = house.starts[0].address
    await house.say(address, "一", outbox_id=11)
    await house.say(address, "二", outbox_id=12)
    revisions = [message["revision"] for message in await screen_of(client)]
    async with visit(app) as stranger:
        await stranger.post("/chat/session")
        await stranger.post("/chat/receipts", json={"delivered": revisions})
    assert house.reached == []
    await client.post("/chat/receipts", json={"delivered": revisions, "read": revisions[:1]})
    await client.post("/chat/receipts", json={"delivered": revisions, "read": revisions})
    assert [sorted(ids) for ids in house.reached] == [[11, 12]]
    assert [(m["delivered"], m["read"]) for m in await screen_of(client)] == [(True, True), (True, True)]


async def test_a_receipt_for_the_old_text_does_not_count_for_the_new_one(client: httpx.AsyncClient, house: House) -> None:
    address = house.starts[0].address
    first = await house.say(address, "旧", outbox_id=11)
    (old,) = await screen_of(client)
    await house.say(address, "新", outbox_id=12, edit=first.message_ref)
    await client.post("/chat/receipts", json={"delivered": [old["revision"]]})
    assert house.reached == []
    (new,) = await screen_of(client)
    await client.post("/chat/receipts", json={"delivered": [new["revision"]]})
    assert house.reached == [[11, 12]]


@pytest.mark.parametrize("body", [{"delivered": "1"}, {"delivered": [True]}, {"read": [-1]}, {"read": [2**63]}, {"read": [1] * 501}])
async def test_a_malformed_receipt_is_refused(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert (await client.post("/chat/receipts", json=body)).status_code == 400


async def test_the_web_door_has_nothing_left_to_fetch(house: House) -> None:
    with pytest.raises(FileGone):
        await house.door.fetch("1")
