"""Sentences kept ready: one tap shows one, the next sends it, and it goes to nobody else."""

from __future__ import annotations

import re

import pytest

from handlers.lawyer.shared_replies import SharedReply, shared_replies
from storage.models import CaseKind
from storage.types import CaseId
from tests.handlers.talk import Talk, Talks
from tests.union.world import World


async def said(world: World, case_id: CaseId) -> list[str]:
    return [message.text for message in await world.room(case_id)]


@pytest.mark.parametrize("reply", shared_replies().values(), ids=lambda reply: reply.code)
def test_a_shared_sentence_is_short_and_whole(reply: SharedReply) -> None:
    assert 2 <= len(reply.title) <= 14
    assert 15 <= len(reply.text) <= 120
    assert set(re.findall(r"\{.*?\}", reply.text)) <= {"{me}", "{code}"}
    assert set(reply.kinds) <= set(CaseKind)
    assert re.fullmatch(r"[a-z_]{2,18}", reply.code)


async def test_one_tap_shows_a_sentence_and_the_next_sends_it_to_this_worker_alone(world: World, lawyer: Talk) -> None:
    case_id, other = await world.new_case(), await world.new_case(worker_id=world.other_worker)
    await lawyer.choose(f"c:room:{case_id}")
    await lawyer.press("常用语", "刚接手", "第一次问好")
    code = (await world.case(case_id)).code
    assert f"我是何律师，您的事（案件 {code[:4]} {code[4:]}）由我来办" in lawyer.screen
    assert await said(world, case_id) == []
    await lawyer.press("发出")
    assert len(await said(world, case_id)) == 1
    assert await said(world, other) == []
    await lawyer.say("请问合同还在吗")
    assert (await said(world, case_id))[1] == "请问合同还在吗"


async def test_a_sentence_can_be_taken_and_changed(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.choose(f"c:text:{case_id}:free")
    await lawyer.press("改一改")
    assert lawyer.last[0].text.startswith("工会请律师")
    assert await said(world, case_id) == []
    await lawyer.say("工会帮您，不收钱。")
    assert await said(world, case_id) == ["工会帮您，不收钱。"]


async def test_a_sentence_about_disputes_is_not_offered_for_other_kinds(world: World, staff: Talk) -> None:
    case_id = await world.new_case(kind="help")
    await staff.choose(f"c:canned:{case_id}")
    await staff.press("要材料")
    assert "要合同和工资记录" not in staff.labels
    assert "还差几个问题" in staff.labels


async def test_an_officer_introduces_themselves_as_one(world: World, staff: Talk) -> None:
    case_id = await world.new_case(kind="help")
    await staff.choose(f"c:text:{case_id}:hello")
    assert "我是工会干部区干部" in staff.screen


async def test_ones_own_sentences_are_kept_offered_and_deleted(world: World, talks: Talks, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.say("我的设置")
    await lawyer.press("常用语", "添加")
    await lawyer.say("明天上午我在服务站，您可以过来。")
    assert "存好了" in lawyer.screen
    await lawyer.choose(f"c:canned:{case_id}")
    await lawyer.press("我的常用语（1）", "明天上午", "发出")
    assert await said(world, case_id) == ["明天上午我在服务站，您可以过来。"]
    other = await talks.of(world.pool_lawyer)
    await other.choose(lawyer.button("明天上午").choice)
    assert "没有找到这个案件" in other.screen
    await lawyer.choose("m:sentences")
    await lawyer.press("删掉第 1 条")
    assert "还没有" in lawyer.screen


async def test_nobody_sends_or_deletes_somebody_elses_sentence(world: World, talks: Talks, lawyer: Talk) -> None:
    case_id = await world.new_case()
    other = await talks.of(world.pool_lawyer)
    await other.choose("m:sentence")
    await other.say("这是周律师自己的话")
    number = other.button("删掉第 1 条").choice.rpartition(":")[2]
    await lawyer.choose(f"c:say:{case_id}:o{number}")
    await lawyer.choose(f"m:unsentence:{number}")
    assert await said(world, case_id) == []
    await other.choose("m:sentences")
    assert "这是周律师自己的话" in other.screen


@pytest.mark.parametrize("key", ["nonsense", "o999999", "o", "oo1", ""])
async def test_a_sentence_that_there_is_not_sends_nothing(world: World, lawyer: Talk, key: str) -> None:
    case_id = await world.new_case()
    for choice in ("text", "say", "redo"):
        await lawyer.choose(f"c:{choice}:{case_id}:{key}")
        assert "选一类" in lawyer.screen
    assert await said(world, case_id) == []


async def test_in_an_ended_case_nothing_is_sent(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.withdraw(case_id)
    await lawyer.choose(f"c:say:{case_id}:free")
    assert "已经结束" in lawyer.screen
    assert await said(world, case_id) == []
