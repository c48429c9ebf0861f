"""The stream of events to an open page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from bot.channels.base import Outgoing, Refused, TryLater
from bot.channels.web.door import WebDoor
from bot.channels.web.hub import PAGES_PER_ADDRESS, Crowded, Hub
from bot.clock import Clock
from handlers.conversation import Reply
from storage.database import Database, open_database
from storage.types import Vault
from tests.bot.channels.web.conftest import OURS, Served
from tests.bot.channels.web.house import House
from tests.conftest import TEST_SECRET

Event = tuple[str, dict[str, Any]]


class Stream:
    """The events as they come, by name and data."""

    def __init__(self, response: httpx.Response) -> None:
        self._events = self._read(response)

    async def _read(self, response: httpx.Response) -> AsyncIterator[Event]:
        name = ""
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                yield name, orjson.loads(line[6:])

    async def next(self) -> Event:
        async with asyncio.timeout(60):
            return await anext(self._events)

    async def until_ready(self) -> list[dict[str, Any]]:
        """The messages before "ready"."""
        messages = []
        while (event := await self.next())[0] != "ready":
            if event[0] == "message":
                messages.append(event[1])
        return messages

    async def ended(self) -> bool:
        try:
            await self.next()
        except StopAsyncIteration:
            return True
        return False


@pytest.fixture
async def browser(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a window, connected over the network; its session is open."""
    async with httpx.AsyncClient(base_url=served.url, headers=OURS) as client:
        await client.post("/chat/session")
        yield client


@asynccontextmanager
async def listening(client: httpx.AsyncClient, **query: int) -> AsyncIterator[Stream]:
    async with client.stream("GET", "/chat/events", params=query) as response:
        assert response.status_code == 200
        yield Stream(response)


async def test_a_page_gets_what_is_there_and_then_what_comes(browser: httpx.AsyncClient, house: House) -> None:
    address = house.starts[0].address
    await house.say(address, Reply(text="您好", menu=(("法律咨询",),)))
    async with listening(browser) as stream:
        name, hello = await stream.next()
        assert (name, hello["menu"], hello["more"]) == ("hello", [["法律咨询"]], False)
        assert [m["text"] for m in await stream.until_ready()] == ["您好"]
        await house.say(address, "又一条")
        name, message = await stream.next()
        assert (name, message["text"]) == ("message", "又一条")


async def test_after_a_break_the_page_gets_what_it_missed_and_nothing_else(browser: httpx.AsyncClient, house: House) -> None:
    address = house.starts[0].address
    first = await house.say(address, "一")
    await house.say(address, "二")
    async with listening(browser) as stream:
        seen = (await stream.until_ready())[-1]["revision"]
    await house.say(address, "三")
    await house.say(address, "一，改过", edit=first.message_ref)
    async with listening(browser, after=seen) as stream:
        assert [m["text"] for m in await stream.until_ready()] == ["三", "一，改过"]
    async with browser.stream("GET", "/chat/events", headers={"Last-Event-ID": str(seen)}) as response:
        assert len(await Stream(response).until_ready()) == 2


async def test_a_long_absence_is_caught_up_whole(browser: httpx.AsyncClient, house: House) -> None:
    address = house.starts[0].address
    for n in range(250):
        await house.say(address, str(n))
    async with listening(browser, after=0) as stream:
        assert [m["text"] for m in await stream.until_ready()] == [str(n) for n in range(250)]
    async with listening(browser) as stream:
        assert (await stream.next())[1]["more"] is True
        latest = await stream.until_ready()
        assert [m["text"] for m in latest] == [str(n) for n in range(150, 250)]
    older = (await browser.get("/chat/history", params={"before": latest[0]["id"]})).json()
    assert ([m["text"] for m in older["messages"]], older["more"]) == ([str(n) for n in range(50, 150)], True)


async def test_the_keyboard_of_long_ago_is_still_there(browser: httpx.AsyncClient, house: House) -> None:
    address = house.starts[0].address
    await house.say(address, Reply(text="菜单", menu=(("法律咨询", "更多"),)))
    for n in range(110):
        await house.say(address, str(n))
    async with listening(browser) as stream:
        assert (await stream.next())[1]["menu"] == [["法律咨询", "更多"]]


async def test_what_another_process_sends_arrives(browser: httpx.AsyncClient, house: House, database: Database, clock: Clock) -> None:
    address = house.starts[0].address
    other = House(database, clock)
    async with listening(browser) as stream:
        await stream.until_ready()
        await other.door.send(Outgoing(outbox_id=1, address=address, reply=Reply(text="从别的进程来")))
        async with asyncio.timeout(60):
            assert (await stream.next())[1]["text"] == "从别的进程来"


async def test_changes_made_at_once_are_all_seen(browser: httpx.AsyncClient, house: House) -> None:
    address = house.starts[0].address
    async with listening(browser) as stream:
        await stream.until_ready()
        await asyncio.gather(*(house.say(address, str(n)) for n in range(40)))
        got = [(await stream.next())[1] for _ in range(40)]
    assert {m["text"] for m in got} == {str(n) for n in range(40)}
    assert [m["revision"] for m in got] == sorted(m["revision"] for m in got)


async def test_a_page_is_told_when_its_message_was_read(browser: httpx.AsyncClient, house: House) -> None:
    async with listening(browser) as stream:
        await stream.until_ready()
        await browser.post("/chat/messages", json={"id": "11112222", "kind": "text", "text": "你好"})
        states = [(await stream.next())[1]]
        await house.door.handled(house.heard[0].address, house.heard[0].event_id)
        while not states[-1]["read"]:
            states.append((await stream.next())[1])
    assert {m["own_id"] for m in states} == {"11112222"}
    assert states[-1]["delivered"] is True


async def test_when_the_door_stops_the_streams_end(served: Served, browser: httpx.AsyncClient, house: House) -> None:
    async with listening(browser) as stream:
        await stream.until_ready()
        async with asyncio.timeout(60):
            await house.door.stop()
            assert await stream.ended()
    assert (await browser.get("/chat/events")).status_code == 503
    await house.door.start()


async def test_a_closed_page_is_forgotten_at_once_and_the_ninth_is_refused(browser: httpx.AsyncClient, house: House) -> None:
    address = house.starts[0].address
    pages = [house.door.hub.join(address) for _ in range(PAGES_PER_ADDRESS - 1)]
    async with listening(browser) as stream:
        await stream.until_ready()
        refused = await browser.get("/chat/events")
        assert (refused.status_code, "太多" in refused.json()["detail"]) == (429, True)
    async with asyncio.timeout(60):
        while len(house.door.hub) >= PAGES_PER_ADDRESS:  # noqa: ASYNC110  the hub tells nobody
            await asyncio.sleep(0.02)
    for page in pages:
        house.door.hub.leave(page)
    assert len(house.door.hub) == 0


async def test_a_malformed_place_to_go_on_from_is_refused(browser: httpx.AsyncClient) -> None:
    for after in ("x", "-1", "9" * 30):
        assert (await browser.get("/chat/events", params={"after": after})).status_code == 400


async def test_nobody_connected_means_no_query(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.web.hub.POLL_SECONDS", 0.1)
    asked: list[list[str]] = []

    async def newest(addresses: Any) -> dict[str, int]:
        asked.append(list(addresses))
        return {}

    hub = Hub(newest)
    hub.start()
    await asyncio.sleep(0.15)
    assert asked == []
    page = hub.join("s:1")
    await asyncio.sleep(0.15)
    assert asked == [["s:1"]]
    hub.leave(page)
    for _ in range(PAGES_PER_ADDRESS):
        hub.join("s:2")
    with pytest.raises(Crowded):
        hub.join("s:2")
    await hub.stop()


async def test_the_screen_outlives_the_door(database: Database, clock: Clock, house: House) -> None:
    async def unused(_: Any) -> None:
        raise AssertionError

    door = WebDoor(database, clock, unused, unused)
    first = await house.say("s:restart", "一", outbox_id=1)
    assert await door.send(Outgoing(outbox_id=1, address="s:restart", reply=Reply(text="一"))) == first


async def test_a_message_waits_while_the_database_is_away_and_is_refused_if_it_can_never_be_stored(clock: Clock, house: House) -> None:
    nowhere = open_database("postgresql://union@127.0.0.1:1/union", Vault([TEST_SECRET]))
    with pytest.raises(TryLater):
        await House(nowhere, clock).say("s:1", "一")
    await nowhere.close()
    with pytest.raises(Refused):
        await house.say("s:\x00", "一")
