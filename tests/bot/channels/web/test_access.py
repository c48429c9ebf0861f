"""Who may do what at the page: other sites, other people, other machines."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from handlers.conversation import Side
from storage.database import Database
from storage.models import Conversation
from storage.types import PersonId
from tests.bot.channels.web.conftest import visit
from tests.bot.channels.web.house import House

CHANGES = ["/chat/session", "/chat/messages", "/chat/files?id=11112222", "/chat/receipts"]


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize(
    "headers",
    [
        {"X-Union": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:12352"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_site_can_change_nothing(client: httpx.AsyncClient, house: House, path: str, headers: dict[str, str]) -> None:
    before = len(house.stored)
    answer = await client.post(path, headers=headers, content=b"{}")
    assert (answer.status_code, "来源" in answer.json()["detail"]) == (403, True)
    assert len(house.stored) == before


async def test_our_own_page_may_also_behind_a_proxy(client: httpx.AsyncClient) -> None:
    for headers in (
        {"Origin": "http://127.0.0.1:12351", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://union.example", "X-Forwarded-Host": "union.example"},
    ):
        assert (await client.post("/chat/session", headers=headers)).status_code == 200


@pytest.mark.parametrize("path", ["/chat/events", "/chat/history?before=1", "/chat/files/1"])
async def test_without_a_session_nothing_is_shown(app: FastAPI, path: str) -> None:
    async with visit(app) as stranger:
        assert (await stranger.get(path)).status_code == 401
        stranger.cookies.set("union_session", "guessed")
        assert (await stranger.get(path)).status_code == 401


async def test_the_page_forbids_everything_foreign(app: FastAPI) -> None:
    async with visit(app) as browser:
        for path in ("/", "/desk"):
            page = await browser.get(path)
            assert page.status_code == 200
            assert "set-cookie" not in page.headers
            policy = page.headers["content-security-policy"]
            for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
                assert part in policy
            assert page.headers["x-content-type-options"] == "nosniff"
            assert page.headers["referrer-policy"] == "no-referrer"
            again = await browser.get(path, headers={"If-None-Match": page.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
        assert "onclick" not in page.text
        assert "style=" not in page.text
        assert (await browser.get("/chat/static/any/../../door.py")).status_code == 404
        assert (await browser.get("/chat/static/any/page.html")).status_code == 404


@pytest.mark.parametrize("demo", [True])
async def test_in_the_demo_one_browser_can_be_a_worker_and_a_lawyer(
    app: FastAPI, house: House, database: Database, people: dict[str, PersonId]
) -> None:
    lawyer = people["陈律师"]
    async with visit(app) as browser:
        worker = await browser.post("/chat/session")
        assert worker.json()["demo"] is True
        as_lawyer = await browser.post(f"/chat/session?as={lawyer}")
        assert as_lawyer.json()["mark"] != worker.json()["mark"]
        await browser.post(f"/chat/session?as={lawyer}")
        await browser.post(f"/chat/messages?as={lawyer}", json={"id": "11112222", "kind": "text", "text": "接单"})
        await browser.post("/chat/messages", json={"id": "11112222", "kind": "text", "text": "求助"})
    assert [(h.text, h.side) for h in house.heard] == [("接单", Side.DESK), ("求助", Side.MEMBER)]
    assert house.heard[0].address == f"demo:{lawyer}"
    assert len(house.starts) == 2
    async with database.connect() as connection:
        rows = await connection.execute(sa.select(Conversation.side, Conversation.person_id).where(Conversation.person_id == lawyer))
        assert [tuple(row) for row in rows] == [("desk", lawyer)]


@pytest.mark.parametrize("demo", [True])
async def test_the_demo_lists_made_up_people_with_a_role_and_the_unread_first(
    app: FastAPI, house: House, people: dict[str, PersonId]
) -> None:
    async with visit(app) as browser:
        await house.say(f"demo:{people['孙干事']}", "新投诉")
        groups: dict[str, list[dict[str, Any]]] = (await browser.get("/chat/demo/people")).json()
    assert {"id": people["陈律师"], "label": "陈律师 · 望京", "unread": 0} in groups["lawyers"]
    assert groups["staff"][0] == {"id": people["孙干事"], "label": "孙干事 · 望京", "unread": 1}
    everybody = {one["id"] for group in groups.values() for one in group}
    assert not everybody & {people["真人"], people["离任"]}


@pytest.mark.parametrize("demo", [True])
async def test_the_demo_lets_nobody_be_a_real_person_or_nobody(app: FastAPI, people: dict[str, PersonId]) -> None:
    async with visit(app) as browser:
        for person in (people["真人"], people["离任"], 0, -1, "1 OR 1=1", "٣", 10**30):
            answer = await browser.post("/chat/session", params={"as": str(person)})
            assert answer.status_code == 403


@pytest.mark.parametrize("demo", [True])
@pytest.mark.parametrize(
    ("host", "peer", "headers"),
    [
        ("union.example", "127.0.0.1", {}),
        ("127.0.0.1.evil.example", "127.0.0.1", {}),
        ("127.0.0.1:12351", "192.0.2.7", {}),
        ("127.0.0.1:12351", "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1:12351", "127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
        ("localhost:12351", "127.0.0.1", {"X-Real-IP": "127.0.0.1"}),
    ],
)
async def test_the_demo_is_for_this_machine_only(
    app: FastAPI, people: dict[str, PersonId], host: str, peer: str, headers: dict[str, str]
) -> None:
    lawyer = people["陈律师"]
    async with visit(app, host=host, peer=peer, headers=headers) as browser:
        assert (await browser.post("/chat/session")).json()["demo"] is False
        assert (await browser.get("/chat/demo/people")).status_code == 403
        for method, path in (("POST", "session"), ("GET", "events"), ("GET", "history"), ("POST", "messages"), ("POST", "receipts")):
            answer = await browser.request(method, f"/chat/{path}?as={lawyer}", content=b"{}" if method == "POST" else None)
            assert answer.status_code == 403


@pytest.mark.parametrize("demo", [True])
async def test_this_machine_has_three_names(app: FastAPI) -> None:
    for host, peer in (("127.0.0.1:12351", "127.0.0.1"), ("localhost", "127.0.0.1"), ("[::1]:12351", "::1")):
        async with visit(app, host=host, peer=peer) as browser:
            assert (await browser.get("/chat/demo/people")).status_code == 200


async def test_without_demo_mode_nobody_can_be_somebody_else(app: FastAPI, people: dict[str, PersonId]) -> None:
    async with visit(app) as browser:
        assert (await browser.post(f"/chat/session?as={people['陈律师']}")).status_code == 403
        assert (await browser.get("/chat/demo/people")).status_code == 403
