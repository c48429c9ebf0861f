"""The whole trip, as a worker and a lawyer see it on their phones: the program as its own process, both bots by long polling."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import httpx

from storage.database import Database
from storage.models import Case, Deadline, DeadlineStatus, InboxRow, OutboxRow, Role, RoomMessage, StoredFile
from tests.acceptance.conftest import DESK, MEMBER, invited
from tests.acceptance.program import Person, Program, command
from tests.bot.world import break_events, mend_events, rows
from tests.botapi import BotApi

MARK = "石榴石"
"""Stands in every personal field of the trip, and nowhere in the program."""

PHONE = "13987654321"
PHOTOS = (b"\xff\xd8 first photo", b"\xff\xd8 second photo")


async def test_from_the_question_to_the_rating_and_no_personal_word_in_the_log(
    program: Program, api: BotApi, database: Database, database_url: str, tmp_path: Path
) -> None:
    staff, staff_code = await invited(database, api.phone(DESK, 3001, MARK), Role.STAFF, f"孙{MARK}", "朝阳区")
    city, city_code = await invited(database, api.phone(DESK, 3002, MARK), Role.STAFF, f"周{MARK}", "北京市")
    made = await command(
        tmp_path,
        *("invite", "--role", "lawyer", "--name", f"陈{MARK}", "--unit", "劲松街道", "--json"),
        command_settings={name: program.settings[name] for name in ("DATABASE_URL", "SECRET_KEY", "DATA_DIR")},
    )
    assert made.code == 0, made.err
    lawyer_code = json.loads(made.out)["code"]
    await program.start()

    # the desk comes in
    lawyer = Person(api.phone(DESK, 2001, MARK))
    await lawyer.does(lawyer.phone.start(lawyer_code), "劲松街道总工会的律师")
    await staff.does(staff.phone.start(staff_code), "朝阳区总工会")
    await city.does(city.phone.start(city_code), "北京市总工会")
    await lawyer.does(lawyer.phone.start(lawyer_code), "已经用过")

    # a question, without a name
    worker = Person(api.phone(MEMBER, 1001, MARK))
    await worker.does(worker.phone.start(), "您好，这里是工会维权服务")
    answer = await worker.says(f"老板拖欠我三个月工资不给，怎么办，我叫{MARK}", "依据：")
    assert "《" in answer.text

    # consent, then the form
    await worker.taps("我要维权", "个人信息保护法")
    await worker.taps("同意", "发生了什么事")
    await worker.says(f"2026年8月起老板没发工资，我是{MARK}", "单位叫什么名字")
    await worker.says(f"{MARK}餐饮公司", "单位在哪个区")
    await worker.taps("朝阳", "哪个街道")
    await worker.taps("劲松街道", "从什么时候开始")
    await worker.taps("三个月前", "大概涉及多少钱")
    await worker.says("3万5", "有证据的话发上来")
    await worker.phone.photo(PHOTOS[0], caption=MARK, group="album")
    await worker.phone.photo(PHOTOS[1], group="album")
    await worker.sees("已经收到 2 份", ever=True)
    await worker.taps("发完了，下一步", "要留姓名电话吗")
    await worker.taps("留姓名电话", "怎么称呼您")
    await worker.says(f"王{MARK}", "留一个电话")
    summary = await worker.says(PHONE, "请核对")
    assert f"{MARK}餐饮公司" in summary.text
    received = await worker.taps("提交", "案件编号")
    assert "已经派给负责您那里的律师" in received.text

    # the lawyer
    card = await lawyer.sees("新案件派给您", ever=True)
    assert f"{MARK}餐饮公司" in card.text
    assert PHONE not in card.text
    await lawyer.taps("接单", "24 小时的钟还在走")
    await worker.sees("律师接手了", ever=True)
    deadlines = dict(await rows(database, Deadline.rule, Deadline.status))
    assert (deadlines["intervention"], deadlines["acceptance"]) == ("live", "met")
    await lawyer.says(f"您好，我是陈{MARK}律师", "已发出")
    await worker.sees(f"我是陈{MARK}律师", ever=True)
    await lawyer.sees("时钟已停", ever=True)
    deadlines = dict(await rows(database, Deadline.rule, Deadline.status))
    assert (deadlines["intervention"], deadlines["follow_up"]) == ("met", "live")

    # an event that fails for a while: it is handled in the end, and the log keeps quiet about what was in it
    await break_events(database_url, "%")
    await worker.phone.say(f"律师好，我是{MARK}，材料发您了")
    async with asyncio.timeout(60):
        while not any(await rows(database, InboxRow.attempts, where=InboxRow.status == "pending")):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await mend_events(database_url)
    await lawyer.sees(f"我是{MARK}，材料发您了", ever=True)

    # the evidence, then the end
    await lawyer.taps("看案件", "已介入")
    async with asyncio.timeout(60):
        while await rows(database, StoredFile.status) != ["stored", "stored"]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await lawyer.taps("看材料（2）", "材料 2/2")
    sent = [message.data for message in lawyer.phone.replies() if message.kind == "photo"]
    assert sent == list(PHOTOS)
    await lawyer.taps("更多", "已介入")
    await lawyer.taps("办结", "怎么结的")
    await lawyer.taps("调解成功", "追回多少钱")
    await lawyer.says("35000", "给对方写一句结果说明")
    await lawyer.says(f"公司已经付清，{MARK}", "请核对")
    await lawyer.taps("提交办结", "已办结")
    closed = await worker.sees("办得怎么样", ever=True)
    assert "35,000 元" in closed.text
    await worker.taps("都满意，5分", "谢谢您的评价")
    await lawyer.sees("评了 5 分", ever=True)
    await worker.taps("我的诉求", "已办结，已评价")

    async with httpx.AsyncClient(trust_env=False) as client:
        health = (await client.get(f"http://127.0.0.1:{program.settings['WEB_PORT']}/health")).json()
    assert health["ok"] is True
    assert health["doors"] == {"web": "web", "member_telegram": "polling", "desk_telegram": "polling"}

    assert await program.stop(signal.SIGTERM) == 0
    assert await rows(database, Case.status, Case.rating) == [("rated", 5)]
    assert await rows(database, Deadline.rule, where=Deadline.status == DeadlineStatus.LIVE) == ["archive"]
    assert set(await rows(database, InboxRow.status)) == {"done"}
    assert set(await rows(database, OutboxRow.status)) == {"sent"}
    assert await rows(database, StoredFile.status) == ["stored", "stored"]
    assert len(await rows(database, RoomMessage.id)) == 2
    for secret in (MARK, PHONE, PHONE[:3] + "****", MEMBER, DESK, lawyer_code, "Traceback", "工资"):
        assert secret not in program.err, f"{secret!r} is in what the program wrote"
    assert '"event": "event.failed"' in program.err
