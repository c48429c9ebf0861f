"""A Bot API in trouble: the others still get theirs, and nothing is lost."""

from __future__ import annotations

import asyncio
import time

from storage.database import Database
from storage.models import Conversation, InboxRow, OutboxRow
from tests.acceptance.conftest import MEMBER
from tests.acceptance.program import Person, QuickProgram
from tests.bot.world import rows
from tests.botapi import BotApi

HELLO, QUESTION = "您好，这里是工会维权服务", "老板拖欠我三个月工资不给，怎么办"


async def settled(database: Database) -> None:
    async with asyncio.timeout(60):
        while "pending" in await rows(database, InboxRow.status) or {"pending", "sending"} & set(await rows(database, OutboxRow.status)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_whatever_the_bot_api_does_everybody_gets_every_answer_once_it_is_well_again(
    pair: tuple[QuickProgram, QuickProgram], api: BotApi, database: Database
) -> None:
    program = pair[0]
    people = [Person(api.phone(MEMBER, 1001 + n)) for n in range(5)]
    first, second, third, fourth, blocked = people
    await program.start()
    for person in people:
        await person.does(person.phone.start(), HELLO)

    # one chat is throttled: it waits as long as it was told to, and nobody else does
    api.fail(MEMBER, "sendMessage", "429", chat_id=1001, retry_after=6)
    began = time.monotonic()
    slow = asyncio.create_task(first.says(QUESTION, "依据："))
    await asyncio.gather(*(person.says(QUESTION, "依据：") for person in (second, third)))
    assert not slow.done()
    await slow
    assert time.monotonic() - began >= 6

    # somebody blocks the bot without its noticing: the others get theirs
    blocked.phone._chat.blocked = True
    await blocked.phone.say(QUESTION)
    await fourth.says(QUESTION, "依据：")
    await settled(database)
    assert await rows(database, Conversation.address, where=Conversation.unreachable_since.is_not(None)) == ["1005"]
    assert await rows(database, OutboxRow.status, where=OutboxRow.status != "sent") == ["unreachable"]
    blocked.phone._chat.blocked = False
    await blocked.says("/help", "可以这样用")
    assert await rows(database, Conversation.address, where=Conversation.unreachable_since.is_not(None)) == []

    # the server breaks down for a while, on every call, and lines are cut before and after something was done
    api.fail(MEMBER, "*", "502", times=8)
    await asyncio.gather(*(person.says("/services", "服务") for person in people[:4]))
    api.fail(MEMBER, "sendMessage", "disconnect", times=3)
    api.fail(MEMBER, "sendMessage", "drop", times=2)
    api.fail(MEMBER, "getUpdates", "drop", times=2)
    await asyncio.gather(*(person.says("/privacy", "谁在处理") for person in people[:4]))

    # in the end: nothing waits, nothing was lost, nothing was handled twice
    await settled(database)
    assert await program.stop() == 0
    assert set(await rows(database, InboxRow.status)) == {"done"}
    assert await rows(database, OutboxRow.status, where=OutboxRow.status != "sent") == ["unreachable"]
    for person in people[:4]:
        answers = [text for text in person.texts() if "依据：" in text]
        assert len(answers) == 1
        shown = [message.text for message in person.phone.replies()]
        assert sum("您好，这里是" in text for text in shown) == 1
    assert "Traceback" not in program.err
