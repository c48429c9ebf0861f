"""What every Telegram door keeps to when it starts, whichever library it stands on, over real HTTP."""

from __future__ import annotations

import socket

import pytest

from bot.channels.base import Door
from bot.channels.members_telegram import MembersTelegram
from bot.errors import SettingsError
from tests.bot.channels.telegram.conftest import House


class TestStarting:
    async def test_it_is_a_door_and_says_which(self, house: House) -> None:
        door: Door = house.door(bulk_rate=5)
        assert door.name == ("member_telegram" if house.kind is MembersTelegram else "desk_telegram")
        assert door.bulk_rate == 5

    async def test_the_commands_and_the_descriptions_are_set(self, house: House) -> None:
        door = house.door()
        await door.start()
        bot = house.api.bot(house.token)
        names = [command["command"] for command in bot.commands]
        if house.kind is MembersTelegram:
            assert names == [
                "start",
                "help",
                "cancel",
                "ask",
                "calc",
                "case",
                "mycases",
                "follow",
                "services",
                "nearby",
                "notices",
                "privacy",
            ]
        else:
            assert names == ["start", "help", "inbox", "case", "settings", "notice", "surveys", "board", "hotline", "incident", "duty"]
        assert bot.short_description
        assert bot.description
        assert door.ready

    async def test_a_token_that_the_server_rejects_names_its_setting(self, house: House) -> None:
        setting = "UNION_MEMBER_TOKEN" if house.kind is MembersTelegram else "UNION_DESK_TOKEN"
        with pytest.raises(SettingsError, match=f"^{setting} is not accepted"):
            await house.door(token="333:stranger").start()
        for odd in ("", "no-token", "333:a b", "333:"):
            with pytest.raises(SettingsError, match=f"^{setting} is not a bot token"):
                house.door(token=odd)

    @pytest.mark.parametrize("api", ["127.0.0.1:8081", "ftp://example.org", "http://", "http://host:port", "http://h/{token}"])
    async def test_an_address_that_is_none_names_its_setting(self, house: House, api: str) -> None:
        with pytest.raises(SettingsError, match=r"^UNION_TELEGRAM_API"):
            house.door(api=api)

    async def test_an_address_where_nobody_listens_names_its_setting(self, house: House) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            with pytest.raises(SettingsError, match=r"^UNION_TELEGRAM_API"):
                await house.door(api=f"http://127.0.0.1:{taken.getsockname()[1]}").start()

    async def test_a_server_in_trouble_does_not_end_the_start_and_is_tried_again(self, house: House) -> None:
        house.api.fail(house.token, "getMe", "502")
        phone = await house.phone()
        async with house.polling() as door:
            assert not door.ready
            await phone.say("您好")
            await house.inbox.until(1)
            assert door.ready

    async def test_a_profile_that_can_not_be_set_holds_nothing_up(self, house: House) -> None:
        house.api.fail(house.token, "setMyCommands", "429", retry_after=9000)
        door = house.door()
        await door.start()
        assert door.ready

    async def test_a_door_can_be_closed_before_it_was_started(self, house: House) -> None:
        await house.door().close()
