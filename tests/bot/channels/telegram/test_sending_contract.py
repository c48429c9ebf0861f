"""What every Telegram door keeps to when it sends, whichever library it stands on, over real HTTP."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest
import structlog

from bot.channels.base import Attachment, Refused, TryLater, Unreachable
from bot.channels.members_telegram import MembersTelegram
from handlers.conversation import Button, FileKind, Reply
from tests.bot.channels.telegram.conftest import House
from tests.botapi import FaultKind
from union import emphasis

YES_NO = ((Button(label="是", choice="yes"), Button(label="否", choice="no")),)
JPEG = b"\xff\xd8\xff\xe0 a small picture"


class TestSending:
    async def test_a_title_is_bold_over_plain_text(self, house: House) -> None:
        phone = await house.phone()
        sent = await house.door().send(house.out(Reply(title="进展🎉", text="<b>*不是格式*</b> https://example.org")))
        (message,) = phone.replies()
        assert (message.text, message.bold) == ("进展🎉\n<b>*不是格式*</b> https://example.org", "进展🎉")
        assert (sent.message_ref, sent.reached) == (str(message.id), True)
        assert house.api.calls(house.token)[-1].params["link_preview_options"] == {"is_disabled": True}

    async def test_a_notice_is_bold_where_its_author_marked_it(self, house: House) -> None:
        phone = await house.phone()
        read = emphasis.read("😀请带**身份证**\n- **九点**前")
        await house.door().send(house.out(Reply(title="体检", text=read.text, bold=read.bold)))
        (message,) = phone.replies()
        assert (message.text, message.bold) == ("体检\n😀请带身份证\n· 九点前", "体检身份证九点")

    async def test_buttons_and_links_are_under_the_message(self, house: House) -> None:
        phone = await house.phone()
        link = Button(label="看原文", url="https://example.org/law")
        await house.door().send(house.out(Reply(text="要律师吗？", buttons=(*YES_NO, (link,)))))
        assert [button["text"] for button in phone.replies()[0].buttons] == ["是", "否", "看原文"]

    async def test_a_message_at_the_paid_rate_says_so_and_looks_like_any_other(self, house: House) -> None:
        phone, door = await house.phone(), house.door()
        reply = Reply(title="通知", text="明天放假", bold=((0, 2),), buttons=YES_NO)
        for paid in (False, True):
            await door.send(replace(house.out(reply), paid=paid))
        free, bought = phone.replies()
        assert bought.bold == "通知明天"
        assert {**free.raw, "message_id": 0, "date": 0} == {**bought.raw, "message_id": 0, "date": 0}
        asked = [call.params.get("allow_paid_broadcast") for call in house.api.calls(house.token, "sendMessage")]
        assert asked == [None, True]

    @pytest.mark.parametrize(("fault", "error"), [("429", TryLater), ("403", Unreachable), ("502", TryLater), ("disconnect", TryLater)])
    async def test_what_goes_wrong_at_the_paid_rate_is_one_of_the_three_errors(
        self, house: House, fault: FaultKind, error: type[Exception]
    ) -> None:
        await house.phone()
        house.api.fail(house.token, "sendMessage", fault, retry_after=7)
        with pytest.raises(error) as failed:
            await house.door().send(replace(house.out(Reply(text="明天放假")), paid=True))
        if isinstance(failed.value, TryLater):
            assert (failed.value.throttled, failed.value.unsure) == (fault == "429", fault == "disconnect")

    async def test_a_file_for_many_is_uploaded_once(self, house: House) -> None:
        door = house.door()
        phones = [await house.phone(), house.api.phone(house.token, 1002)]
        await phones[1].start()
        attachment = Attachment(kind=FileKind.PHOTO, name="a.jpg", mime="image/jpeg", data=JPEG)
        for address in ("1001", "1002"):
            outgoing = house.out(Reply(text="海报", file=7), address=address)
            await door.send(replace(outgoing, attachment=attachment))
        assert [phone.replies()[-1].data for phone in phones] == [JPEG, JPEG]
        first, second = (call.params["photo"] for call in house.api.calls(house.token, "sendPhoto"))
        assert (second in house.api.files, first in house.api.files) == (True, False)

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
            await asyncio.wait_for(house.door().send(house.out(Reply(text="您好"))), 60)

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
