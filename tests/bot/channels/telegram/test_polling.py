"""What every Telegram door keeps to when it is polled, whichever library it stands on, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from handlers.conversation import Button, Incoming, Kind, Reply
from tests.bot.channels.telegram.conftest import NOW, SECRET, USER, House
from tests.botapi import FaultKind

YES_NO = ((Button(label="是", choice="yes"), Button(label="否", choice="no")),)
JPEG = b"\xff\xd8\xff\xe0 a small picture"


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
        calls = house.api.calls
        asked: list[list[object]] = []

        async def store(batch: Sequence[Incoming]) -> None:
            asked.append([call.params.get("offset") for call in calls(house.token, "getUpdates")])
            await house.inbox(batch)

        house.inbox.failures = [OSError("the database is away"), OSError("still away")]
        await phone.say("不能丢")
        async with house.polling(store=store):
            await house.inbox.until(1)
            bot = house.api.bot(house.token)
            await bot.until(lambda: not bot.updates, 3)
        assert asked == [[None]] * 3  # three tries, and no word to the server meanwhile
        assert len(house.inbox.all) == 1

    async def test_half_an_emoji_does_not_stop_what_follows(self, house: House) -> None:
        phone = await house.phone()
        async with house.polling():
            await phone.say("工会\ud83d")
            await phone.say("您好")
            assert [incoming.text for incoming in await house.inbox.until(2)] == ["工会?", "您好"]
        assert await house.door().take(rb'{"update_id": 1, "message": {"text": "\ud83d"}}', SECRET)

    async def test_what_was_stored_but_not_acknowledged_comes_again(self, house: House) -> None:
        phone = await house.phone()
        await phone.say("死机之前")
        reached = asyncio.Event()

        async def store_and_die(batch: object) -> None:
            reached.set()
            await asyncio.sleep(60)

        async with house.polling(store=store_and_die):
            await asyncio.wait_for(reached.wait(), 60)
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
