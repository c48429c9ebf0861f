"""What every Telegram door keeps to behind a webhook, whichever library it stands on, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest
from aiohttp import web

from bot.channels.telegram.door import TelegramDoor
from bot.errors import SettingsError
from tests.bot.channels.telegram.conftest import SECRET, House


@asynccontextmanager
async def webhook(house: House) -> AsyncIterator[tuple[TelegramDoor, list[int]]]:
    """A door behind a webhook, and the status of every delivery."""
    statuses: list[int] = []

    async def receive(request: web.Request) -> web.Response:
        try:
            taken = await door.take(await request.read(), request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
            statuses.append(200 if taken else 403)
        except OSError:
            statuses.append(503)
        return web.Response(status=statuses[-1])

    app = web.Application()
    app.router.add_post("/hook", receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    door = house.door(webhook_url=f"http://127.0.0.1:{runner.addresses[0][1]}/hook")
    try:
        await door.start()
        yield door, statuses
    finally:
        await runner.cleanup()


class TestWebhook:
    async def test_it_is_set_with_its_secret_and_without_dropping_what_waits(self, house: House) -> None:
        phone = await house.phone()
        await phone.say("早就发了")
        async with webhook(house) as (door, statuses):
            await house.inbox.until(1)
            assert not door.polls
        assert statuses == [200]
        assert house.api.bot(house.token).webhook["secret_token"] == SECRET
        assert set(house.api.bot(house.token).webhook["allowed_updates"]) == {
            "message",
            "edited_message",
            "callback_query",
            "my_chat_member",
        }

    async def test_200_means_stored(self, house: House) -> None:
        phone = await house.phone()
        house.inbox.failures = [OSError("the database is away")]
        async with webhook(house) as (_, statuses):
            await phone.say("不能丢")
            await house.inbox.until(1)
            await house.api.bot(house.token).until(lambda: not house.api.bot(house.token).updates, 3)
        assert statuses == [503, 200]

    @pytest.mark.parametrize("header", [None, "", "wrong", SECRET + "x", "密"])
    async def test_a_wrong_secret_is_turned_away_unread(self, house: House, header: str | None) -> None:
        assert not await house.door().take(b"not even read", header)
        assert house.inbox.all == []

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"update_id": "1"}', b'{"update_id": true}', b"\xff"])
    async def test_a_body_that_is_no_update_is_a_value_error(self, house: House, body: bytes) -> None:
        with pytest.raises(ValueError, match=r".*"):
            await house.door().take(body, SECRET)

    async def test_an_update_for_nobody_is_taken_and_not_stored(self, house: House) -> None:
        assert await house.door().take(orjson.dumps({"update_id": 1}), SECRET)
        assert house.inbox.batches == []

    async def test_an_address_that_telegram_does_not_take_names_its_setting(self, house: House) -> None:
        with pytest.raises(SettingsError, match=r"^UNION_WEBHOOK_URL"):
            await house.door(webhook_url="http://example.org/hook").start()

    async def test_a_webhook_without_a_secret_is_not_built(self, house: House) -> None:
        with pytest.raises(ValueError, match="secret"):
            house.door(webhook_url="https://example.org/hook", webhook_secret="")
