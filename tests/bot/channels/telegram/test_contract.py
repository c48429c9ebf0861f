"""What every Telegram door keeps to, whichever library it stands on, over real HTTP."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest
import structlog
from aiohttp import web

from bot.channels.base import Attachment, FileGone, Refused, TryLater, Unreachable
from bot.channels.desk_telegram import DeskTelegram
from bot.channels.members_telegram import MembersTelegram
from bot.channels.telegram.door import TelegramDoor
from bot.errors import SettingsError
from handlers.conversation import Button, FileKind, Kind, Reply
from tests.bot.channels.telegram.conftest import NOW, SECRET, USER, House
from tests.botapi import FaultKind

YES_NO = ((Button(label="是", choice="yes"), Button(label="否", choice="no")),)
JPEG = b"\xff\xd8\xff\xe0 a small picture"


class TestStarting:
    async def test_the_commands_and_the_descriptions_are_set(self, house: House) -> None:
        door = house.door()
        await door.start()
        bot = house.api.bot(house.token)
        names = [command["command"] for command in bot.commands]
        if house.kind is MembersTelegram:
            assert names == ["start", "help", "cancel", "ask", "case", "mycases", "services", "nearby", "privacy"]
        else:
            assert names == ["start", "help", "inbox", "case", "notice", "board", "duty"]
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


class TestPolling:
    async def test_what_arrives_is_stored_in_order_with_the_clock_s_time(self, house: House) -> None:
        phone = await house.phone()
        for word in ("一", "二", "三"):
            await phone.say(word)
        async with house.polling() as door:
            stored = await house.inbox.until(3)
        assert [incoming.text for incoming in stored] == ["一", "二", "三"]
        assert len(house.inbox.batches) == 1  # in one commit
        assert {(incoming.door, incoming.address, incoming.at) for incoming in stored} == {(door.name, str(USER), NOW)}

    async def test_everything_that_a_phone_can_do_arrives(self, house: House) -> None:
        phone = await house.phone()
        async with house.polling():
            await phone.start("gh2026")
            number = await phone.say("错字")
            await phone.edit(number, "改过")
            await phone.photo(JPEG, "合同", group="g1")
            await phone.document(b"%PDF", "合同.pdf")
            await phone.voice()
            await phone.sticker()
            await phone.location()
            await phone.contact("8613900000000")
            await phone.block()
            await phone.unblock()
            stored = await house.inbox.until(11)
        kinds = [Kind.START, Kind.TEXT, Kind.EDITED, Kind.FILE, Kind.FILE, Kind.FILE, Kind.OTHER, Kind.PLACE, Kind.CONTACT]
        assert [incoming.kind for incoming in stored] == [*kinds, Kind.STOPPED, Kind.RETURNED]

    async def test_the_offset_moves_only_after_the_commit(self, house: House) -> None:
        phone = await house.phone()
        house.inbox.failures = [OSError("the database is away"), OSError("still away")]
        async with house.polling():
            await phone.say("不能丢")
            await house.inbox.until(1)
            # What has failed twice was never acknowledged: no call has named an offset yet, or only the one after the commit.
            assert house.inbox.failures == []
        offsets = [call.params.get("offset") for call in house.api.calls(house.token, "getUpdates")]
        assert offsets[0] is None
        assert len(house.inbox.all) == 1

    async def test_what_was_stored_but_not_acknowledged_comes_again(self, house: House) -> None:
        phone = await house.phone()
        await phone.say("死机之前")
        reached = asyncio.Event()

        async def store_and_die(batch: object) -> None:
            reached.set()
            await asyncio.sleep(60)

        async with house.polling(store=store_and_die):
            await asyncio.wait_for(reached.wait(), 5)
        async with house.polling():
            stored = await house.inbox.until(1)
        assert [incoming.text for incoming in stored] == ["死机之前"]

    async def test_what_was_acknowledged_does_not_come_again(self, house: House) -> None:
        phone = await house.phone()
        async with house.polling():
            await phone.say("一")
            await house.inbox.until(1)
            await house.api.bot(house.token).until(lambda: not house.api.bot(house.token).updates, 3)
        async with house.polling():
            await phone.say("二")
            await house.inbox.until(2)
        assert [incoming.text for incoming in house.inbox.all] == ["一", "二"]

    async def test_an_update_that_the_library_does_not_take_keeps_no_other_back(self, house: House) -> None:
        phone = await house.phone()
        await house.api.bot(house.token).push(message={"message_id": "seven", "chat": {"id": USER, "type": "private"}, "text": ["?"]})
        await phone.say("您好")
        async with house.polling():
            stored = await house.inbox.until(2)
        assert [incoming.text for incoming in stored if incoming.kind is Kind.TEXT] == ["您好"]

    async def test_a_pressed_button_is_answered_after_it_is_stored(self, house: House) -> None:
        phone = await house.phone()
        async with house.polling() as door:
            sent = await door.send(house.out(Reply(text="要律师吗？", buttons=YES_NO)))
            await phone.tap("是")
            (choice,) = await house.inbox.until(1)
            bot = house.api.bot(house.token)
            await bot.until(lambda: bot.answered == bot.pressed, 3)
        assert (choice.kind, choice.text, choice.message_ref) == (Kind.CHOICE, "yes", sent.message_ref)

    async def test_an_answer_that_comes_too_late_harms_nobody(self, house: House) -> None:
        house.api.fail(house.token, "answerCallbackQuery", "400", description="Bad Request: query is too old")
        phone = await house.phone()
        async with house.polling() as door:
            await door.send(house.out(Reply(text="要律师吗？", buttons=YES_NO)))
            await phone.tap("是")
            await phone.tap("否")
            assert [incoming.text for incoming in await house.inbox.until(2)] == ["yes", "no"]

    @pytest.mark.parametrize("kind", ["500", "502", "disconnect", "429"])
    async def test_trouble_on_the_line_is_waited_out(self, house: House, kind: FaultKind) -> None:
        house.api.fail(house.token, "getUpdates", kind)
        phone = await house.phone()
        async with house.polling():
            await phone.say("您好")
            await house.inbox.until(1)

    async def test_another_poller_is_waited_for_and_not_fought(self, house: House) -> None:
        house.api.fail(house.token, "getUpdates", "409", times=1000)
        async with house.polling():
            await asyncio.sleep(0.3)
        assert len(house.api.calls(house.token, "getUpdates")) == 1

    async def test_somebody_else_s_webhook_is_removed(self, house: House) -> None:
        phone = await house.phone()
        async with house.polling():
            house.api.bot(house.token).webhook = {"url": "https://elsewhere.example.org/"}
            house.api.bot(house.token).poller += 1  # ends the call under way
            await house.api.bot(house.token).notify()
            await house.api.bot(house.token).until(lambda: not house.api.bot(house.token).webhook, 5)
            await phone.say("您好")
            await house.inbox.until(1)

    async def test_a_door_is_polled_once_at_a_time_and_may_be_elected_again(self, house: House) -> None:
        async with house.polling() as door:
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="already"):
                await door.poll_forever()
        elected = asyncio.create_task(door.poll_forever())
        await asyncio.sleep(0.05)
        elected.cancel()
        with pytest.raises(asyncio.CancelledError):
            await elected


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


class TestSending:
    async def test_a_title_is_bold_over_plain_text(self, house: House) -> None:
        phone = await house.phone()
        sent = await house.door().send(house.out(Reply(title="进展🎉", text="<b>*不是格式*</b> https://example.org")))
        (message,) = phone.replies()
        assert (message.text, message.bold) == ("进展🎉\n<b>*不是格式*</b> https://example.org", "进展🎉")
        assert (sent.message_ref, sent.reached) == (str(message.id), True)
        assert house.api.calls(house.token)[-1].params["link_preview_options"] == {"is_disabled": True}

    async def test_buttons_and_links_are_under_the_message(self, house: House) -> None:
        phone = await house.phone()
        link = Button(label="看原文", url="https://example.org/law")
        await house.door().send(house.out(Reply(text="要律师吗？", buttons=(*YES_NO, (link,)))))
        assert [button["text"] for button in phone.replies()[0].buttons] == ["是", "否", "看原文"]

    async def test_a_menu_stays_until_it_is_taken_away(self, house: House) -> None:
        phone, door = await house.phone(), house.door()
        await door.send(house.out(Reply(text="您好", menu=(("法律咨询", "我要维权"), ("更多",)))))
        keyboard = house.api.calls(house.token)[-1].params["reply_markup"]
        assert phone.menu == [["法律咨询", "我要维权"], ["更多"]]
        assert (keyboard["resize_keyboard"], keyboard["is_persistent"]) == (True, True)
        await door.send(house.out(Reply(text="没有改动")))
        assert phone.menu
        await door.send(house.out(Reply(text="再见", menu=())))
        assert phone.menu == []

    async def test_a_long_text_is_several_messages_with_the_buttons_on_the_last(self, house: House) -> None:
        phone = await house.phone()
        text = "\n\n".join(f"{n}、" + "用人单位应当按月支付工资。" * 60 for n in range(12))
        sent = await house.door().send(house.out(Reply(title="答复", text=text, buttons=YES_NO)))
        messages = phone.replies()
        assert len(messages) == 3
        assert "\n\n".join(message.text for message in messages) == f"答复\n{text}"
        assert [len(message.buttons) for message in messages] == [0, 0, 2]
        assert sent.message_ref == str(messages[-1].id)

    async def test_a_long_text_that_was_interrupted_goes_on_where_it_stopped(self, house: House) -> None:
        phone, door = await house.phone(), house.door()
        outgoing = house.out(Reply(text="工" * 4000 + "\n\n" + "会" * 4000))
        await door.send(house.out(Reply(text="前一条")))
        house.api.fail(house.token, "sendMessage", "429", after=1)
        with pytest.raises(TryLater):
            await door.send(outgoing)
        await door.send(outgoing)
        assert [message.text[0] for message in phone.replies()] == ["前", "工", "会"]

    async def test_an_empty_message_is_refused_without_a_call(self, house: House) -> None:
        await house.phone()
        with pytest.raises(Refused):
            await house.door().send(house.out(Reply(text=" \n")))
        with pytest.raises(Refused):
            await house.door().send(house.out(Reply(text="您好"), address="a web session"))
        assert house.api.calls(house.token) == []

    async def test_an_edit_changes_the_message_and_its_buttons(self, house: House) -> None:
        phone, door = await house.phone(), house.door()
        sent = await door.send(house.out(Reply(text="第一步", buttons=YES_NO)))
        again = await door.send(house.out(Reply(text="第二步"), edit=sent.message_ref))
        (message,) = phone.replies()
        assert (message.text, message.edits, message.buttons) == ("第二步", ["第一步"], [])
        assert again.message_ref == sent.message_ref

    async def test_an_edit_that_changes_nothing_counts_as_sent(self, house: House) -> None:
        phone, door = await house.phone(), house.door()
        sent = await door.send(house.out(Reply(text="一样", buttons=YES_NO)))
        again = await door.send(house.out(Reply(text="一样", buttons=YES_NO), edit=sent.message_ref))
        assert again.message_ref == sent.message_ref
        assert len(phone.replies()) == 1

    @pytest.mark.parametrize("edit", ["999", "not a number", "menu"])
    async def test_a_message_that_can_not_be_changed_is_sent_anew(self, house: House, edit: str) -> None:
        phone, door = await house.phone(), house.door()
        menu = await door.send(house.out(Reply(text="首页", menu=(("更多",),))))
        sent = await door.send(house.out(Reply(text="新的", buttons=YES_NO), edit=menu.message_ref if edit == "menu" else edit))
        assert [message.text for message in phone.replies()] == ["首页", "新的"]
        assert sent.message_ref == str(phone.replies()[-1].id)

    @pytest.mark.parametrize(
        ("kind", "name", "data", "shown"),
        [
            (FileKind.PHOTO, "现场.jpg", JPEG, "photo"),
            (FileKind.PHOTO, "坏图.jpg", b"no picture", "document"),
            (FileKind.VOICE, "", b"OggS", "voice"),
            (FileKind.VIDEO, "a.mp4", b"mp4", "video"),
            (FileKind.DOCUMENT, '..\\合"同\n.pdf', b"%PDF", "document"),
        ],
    )
    async def test_a_file_is_sent_as_what_it_is(self, house: House, kind: FileKind, name: str, data: bytes, shown: str) -> None:
        phone = await house.phone()
        attachment = Attachment(kind=kind, name=name, mime="", data=data)
        await house.door().send(house.out(Reply(title="材料", text="请查收", buttons=YES_NO), attachment=attachment))
        (message,) = phone.replies()
        assert (message.kind, message.data, message.text, message.bold) == (shown, data, "材料\n请查收", "材料")
        assert len(message.buttons) == 2
        if kind is FileKind.DOCUMENT:
            assert message.raw["document"]["file_name"] == ".._合_同_.pdf".lstrip(".")

    async def test_a_text_too_long_for_a_caption_goes_before_the_file(self, house: House) -> None:
        phone = await house.phone()
        attachment = Attachment(kind=FileKind.DOCUMENT, name="a.pdf", mime="application/pdf", data=b"%PDF")
        await house.door().send(house.out(Reply(text="工" * 1025, buttons=YES_NO), attachment=attachment))
        assert [(message.kind, len(message.buttons)) for message in phone.replies()] == [("text", 0), ("document", 2)]

    async def test_who_has_blocked_the_bot_or_never_came_is_unreachable(self, house: House) -> None:
        phone, door = await house.phone(), house.door()
        with pytest.raises(Unreachable):
            await door.send(house.out(Reply(text="您好"), address="9"))
        await phone.block()
        with pytest.raises(Unreachable):
            await door.send(house.out(Reply(text="您好")))

    async def test_a_429_names_its_wait_and_is_not_tried_again_by_the_library(self, house: House) -> None:
        await house.phone()
        house.api.fail(house.token, "sendMessage", "429", retry_after=7)
        with pytest.raises(TryLater) as caught:
            await house.door().send(house.out(Reply(text="您好")))
        assert (caught.value.seconds, caught.value.throttled) == (7, True)
        assert len(house.api.calls(house.token, "sendMessage")) == 1

    @pytest.mark.parametrize("kind", ["500", "502", "disconnect", "drop"])
    async def test_a_server_in_trouble_is_tried_later_and_not_by_the_library(self, house: House, kind: FaultKind) -> None:
        await house.phone()
        house.api.fail(house.token, "sendMessage", kind)
        with pytest.raises(TryLater) as caught:
            await house.door().send(house.out(Reply(text="您好")))
        assert not caught.value.throttled
        assert len(house.api.calls(house.token, "sendMessage")) == 1

    async def test_a_server_that_does_not_answer_is_not_waited_for_for_ever(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        module = "bot.channels.members_telegram" if house.kind is MembersTelegram else "bot.channels.desk_telegram"
        monkeypatch.setattr(f"{module}.ANSWER_SECONDS", 0.2)
        monkeypatch.setattr(f"{module}.CONNECT_SECONDS", 0.2)
        await house.phone()
        house.api.fail(house.token, "sendMessage", "timeout")
        with pytest.raises(TryLater):
            await asyncio.wait_for(house.door().send(house.out(Reply(text="您好"))), 2)

    async def test_what_the_server_does_not_accept_is_our_mistake(self, house: House) -> None:
        await house.phone()
        house.api.fail(house.token, "sendMessage", "400", description="Bad Request: BUTTON_DATA_INVALID")
        with pytest.raises(Refused, match="button_data_invalid"):
            await house.door().send(house.out(Reply(text="您好")))

    async def test_neither_the_token_nor_what_was_said_is_logged(self, house: House, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        with structlog.testing.capture_logs() as events:
            phone = await house.phone()
            async with house.polling() as door:
                kinds: list[FaultKind] = ["500", "502", "400", "429", "disconnect"]
                for kind in kinds:
                    house.api.fail(house.token, "sendMessage", kind)
                    with pytest.raises((TryLater, Refused)) as caught:
                        await door.send(house.out(Reply(text="机密内容")))
                    assert house.token not in repr(caught.value) + str(caught.value.__cause__)
                    assert caught.value.__suppress_context__
                await phone.say("机密内容")
                await house.inbox.until(1)
        written = repr(events) + caplog.text.replace("tests.botapi", "")
        assert "机密内容" not in written
        assert house.token not in written
        assert any(event["event"] == "message.failed" for event in events)


class TestFetching:
    async def test_a_file_that_arrived_can_be_fetched_whole(self, house: House) -> None:
        phone = await house.phone()
        data = bytes(range(256)) * 4000
        async with house.polling() as door:
            await phone.document(data, "合同.pdf")
            (incoming,) = await house.inbox.until(1)
            assert incoming.file
            assert incoming.file.size == len(data)
            assert await door.fetch(incoming.file.handle) == data

    async def test_a_file_that_is_gone_or_too_large_is_gone(self, house: House) -> None:
        door = house.door()
        with pytest.raises(FileGone):
            await door.fetch("never seen")
        house.api.files["large"] = bytes(20 * 1024 * 1024 + 1)
        with pytest.raises(FileGone):
            await door.fetch("large")
        house.api.files["lost"] = b"1"
        house.api.fail(house.token, "file", "404")
        with pytest.raises(FileGone):
            await door.fetch("lost")

    @pytest.mark.parametrize("kind", ["500", "502", "disconnect", "429"])
    async def test_a_download_in_trouble_is_tried_later(self, house: House, kind: FaultKind) -> None:
        house.api.files["here"] = b"1234"
        house.api.fail(house.token, "file", kind)
        door = house.door()
        with pytest.raises(TryLater):
            await door.fetch("here")
        assert await door.fetch("here") == b"1234"
