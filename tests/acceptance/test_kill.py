"""kill -9 in the middle of several conversations, again and again: nothing that was accepted is lost, nothing is done twice."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import sqlalchemy as sa

from bot.clock import Clock
from storage.database import Database
from storage.models import Case, Deadline, DeadlineStatus, InboxRow, OutboxRow, Role, RoomMessage
from tests.acceptance.conftest import DESK, MEMBER, invited
from tests.acceptance.program import Person, Program, QuickProgram
from tests.bot.world import rows
from tests.botapi import BotApi, Message
from union import invariants, lifecycle

WORKERS = 4
KILLS = 3
"""Of each of the two processes, which share one database: sometimes the other one takes over, sometimes nobody is left for seconds."""

BURST = [f"第{n}句" for n in range(1, 6)]


async def file_grievance(worker: Person, name: str) -> None:
    """From the first hello to the case's number."""
    await worker.does(worker.phone.start(), "个人信息保护法")
    await worker.taps("同意", "谢谢")
    await worker.says("老板拖欠我三个月工资不给，怎么办", "依据：")
    await worker.taps("我要维权", "发生了什么事")
    await worker.says(f"{name}：三个月没发工资了", "单位叫什么名字")
    await worker.says(f"{name}公司", "单位在哪个区")
    await worker.taps("朝阳", "哪个街道")
    await worker.taps("劲松街道", "从什么时候开始")
    await worker.taps("跳过", "大概涉及多少钱")
    await worker.says("35000", "有证据的话发上来")
    await worker.does(worker.phone.photo(b"\xff\xd8" + name.encode()), "已经收到 1 份")
    await worker.taps("发完了，下一步", "要留姓名电话吗")
    await worker.taps("匿名", "请核对")
    await worker.taps("提交", "案件编号")


async def talk_to_the_lawyer(worker: Person, name: str) -> None:
    """Waits for the lawyer's word and answers with several messages in one breath."""
    await worker.sees(f"您好，{name}", ever=True)
    await worker.taps("回复", "都会转给律师")
    for text in BURST:
        await worker.phone.say(f"{name}{text}")


async def take_every_case(lawyer: Person, count: int) -> None:
    """Accepts each case as its card comes in, and writes to its worker."""
    done: set[str] = set()
    while len(done) < count:
        await lawyer.phone.wait_for(lambda screen: bool(_new_cards(lawyer, done)), 60)
        card = _new_cards(lawyer, done)[0]
        accept = next(b["callback_data"] for b in card.buttons if b["text"] == "接单")
        name = card.text.partition("单位：")[2].partition("公司")[0]
        done.add(accept)
        await lawyer.taps(accept, "24 小时的钟还在走")
        await lawyer.says(f"您好，{name}", "已发出")


def _new_cards(lawyer: Person, done: set[str]) -> list[Message]:
    return [
        m
        for m in lawyer.phone.replies()
        if m.text.startswith("新案件派给您") and any(b["text"] == "接单" and b["callback_data"] not in done for b in m.buttons)
    ]


async def kill_now_and_then(program: Program, api: BotApi, chance: random.Random) -> None:
    """Kills the program in the middle of its work and starts it again."""
    for _ in range(KILLS):
        enough = len(api.calls(MEMBER)) + len(api.calls(DESK)) + chance.randrange(5, 25)
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                while len(api.calls(MEMBER)) + len(api.calls(DESK)) < enough:  # noqa: ASYNC110
                    await asyncio.sleep(0.002)
        await program.kill()
        await program.start()


async def test_six_kills_in_the_middle_of_five_conversations_lose_nothing_and_do_nothing_twice(
    pair: tuple[QuickProgram, QuickProgram], api: BotApi, database: Database
) -> None:
    names = [f"职工{'甲乙丙丁戊己'[n]}" for n in range(WORKERS)]
    lawyer, code = await invited(database, api.phone(DESK, 2001), Role.LAWYER, "陈律师", "劲松街道")
    staff = [
        await invited(database, api.phone(DESK, 3000 + n), Role.STAFF, f"干事{n}", unit) for n, unit in enumerate(("朝阳区", "北京市"))
    ]
    workers = [Person(api.phone(MEMBER, 1001 + n)) for n in range(WORKERS)]
    await asyncio.gather(*(program.start() for program in pair))
    for person, its_code in [(lawyer, code), *staff]:
        await person.does(person.phone.start(its_code), "您已登记")

    chance = random.Random(12351)
    killers = [asyncio.create_task(kill_now_and_then(one, api, chance)) for one in pair]
    taking = asyncio.create_task(take_every_case(lawyer, WORKERS))

    async def whole(worker: Person, name: str) -> None:
        await file_grievance(worker, name)
        await talk_to_the_lawyer(worker, name)

    await asyncio.gather(*(whole(worker, name) for worker, name in zip(workers, names, strict=True)), taking)
    await asyncio.gather(*killers)

    for name in names:
        await lawyer.sees(f"{name}{BURST[-1]}", ever=True)
        heard = [line for text in lawyer.texts() for line in text.splitlines() if line.startswith(name) and line[len(name) :] in BURST]
        assert list(dict.fromkeys(heard)) == [f"{name}{text}" for text in BURST]
    for worker in workers:
        await worker.says("/mycases", "律师已介入")
    async with asyncio.timeout(60):
        while "pending" in await rows(database, InboxRow.status) or not set(await rows(database, OutboxRow.status)) <= {"sent", "moot"}:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert [await program.stop() for program in pair] == [0, 0]

    assert set(await rows(database, InboxRow.status)) == {"done"}
    assert sorted(await rows(database, Case.employer)) == sorted(f"{name}公司" for name in names)
    assert len(await rows(database, RoomMessage.id)) == WORKERS * (1 + len(BURST))
    live = await rows(database, Deadline.subject_id, where=sa.and_(Deadline.status == DeadlineStatus.LIVE, Deadline.next_at.is_not(None)))
    assert sorted(set(live)) == sorted(await rows(database, Case.id, where=Case.status.in_(lifecycle.OPEN)))
    async with database.begin() as session:
        assert await invariants.check(session, Clock().now()) == []
    assert "Traceback" not in pair[0].err + pair[1].err
