"""公开答复: staff write it without names, members read it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.models import Case, CaseStatus, PublishedAnswer
from storage.types import CaseId
from tests.handlers.talk import Talk, Talks
from tests.union.world import HAIDIAN, World

QUESTION, ANSWER = "希望站里中午也开门", "从下月起，中午也有人值班"


async def answered(world: World, **other: object) -> CaseId:
    case_id = await world.new_case(**{"kind": "suggestion", "publish_agreed": True, **other})  # type: ignore[arg-type]
    async with world.database.begin() as session:
        await session.execute(sa.update(Case).where(Case.id == case_id).values(status=CaseStatus.CLOSED))
    return case_id


async def publish(talk: Talk, case_id: CaseId, question: str = QUESTION) -> None:
    await talk.choose(f"s:publish:{case_id}")
    await talk.say(question, ANSWER)
    await talk.press("公开")


async def test_staff_publish_and_a_member_reads_it(world: World, staff: Talk, talks: Talks) -> None:
    case_id = await answered(world)
    await staff.choose(f"s:more:{case_id}")
    await staff.press("公开答复")
    await staff.say(QUESTION, ANSWER)
    await staff.press("公开")
    writer, reader = await talks.of(world.worker), talks.stranger()
    await writer.hears()
    assert "答复已经公布" in writer.screen
    await writer.press("看公开答复")
    assert ANSWER in writer.screen
    await reader.say("更多")
    await reader.press("公开答复")
    assert f"问：{QUESTION}\n答：{ANSWER}\n—— 劲松街道总工会，2026年11月18日" in reader.screen


async def test_a_name_in_the_text_is_shown_and_asked_away(world: World, staff: Talk) -> None:
    case_id = await answered(world)
    await publish(staff, case_id, question="张三建议劲松饭店食堂中午开门")
    assert "职工的名字" in staff.screen
    assert "单位的名字" in staff.screen
    async with world.database.begin() as session:
        assert await session.get(PublishedAnswer, case_id) is None
    await staff.say(QUESTION)
    await staff.press("公开")
    async with world.database.begin() as session:
        assert (await session.get_one(PublishedAnswer, case_id)).question == QUESTION


async def test_what_is_public_can_be_changed_and_taken_down(world: World, staff: Talk, talks: Talks) -> None:
    case_id = await answered(world)
    await publish(staff, case_id)
    await staff.choose(f"s:publish:{case_id}")
    await staff.press("改文字", "修改", "问")
    await staff.say("希望站里周末也开门")
    await staff.press("公开")
    reader = talks.stranger()
    await reader.choose("w:public")
    assert "周末" in reader.screen
    await staff.choose(f"s:publish:{case_id}")
    await staff.press("撤下来")
    await reader.choose("w:public")
    assert "还没有公开的答复" in reader.screen


async def test_without_the_writers_consent_nothing_is_published(world: World, staff: Talk) -> None:
    case_id = await answered(world, publish_agreed=False)
    await staff.choose(f"s:more:{case_id}")
    assert "公开答复" not in staff.labels
    await staff.choose(f"s:publish:{case_id}")
    assert "没有同意公开" in staff.screen


async def test_older_ones_are_on_the_next_page_and_districts_have_their_own(world: World, staff: Talk, talks: Talks) -> None:
    for number in range(4):
        await publish(staff, await answered(world), question=f"第{number}个建议怎么样")
        world.clock.advance(hours=1)
    haidian = await talks.of(world.haidian_staff)
    await publish(haidian, await answered(world, unit_id=HAIDIAN), question="海淀的建议怎么样")
    reader = talks.stranger()
    await reader.choose("w:public")
    assert "海淀的建议" in reader.screen
    assert "第0个建议" not in reader.screen
    await reader.press("早一些的")
    assert "第0个建议" in reader.screen
    await reader.press("选区看", "海淀 1")
    assert "海淀的建议" in reader.screen
    assert "第3个建议" not in reader.screen


@pytest.mark.parametrize("choice", ["w:public:x", "w:public:999999:0", "w:public:0:-1", "w:public:0:99999999"])
async def test_a_forged_button_of_the_list_is_answered(worker: Talk, choice: str) -> None:
    await worker.choose(choice)
    assert len(worker.last) == 1


async def test_who_closes_what_may_be_published_is_shown_the_way_and_keeps_the_words(world: World, talks: Talks) -> None:
    case_id = await world.new_case(kind="suggestion", publish_agreed=True)
    officer = await talks.of(world.staff)
    await officer.choose(f"s:entrust:{case_id}:{world.staff}")
    await world.contact(case_id)
    await officer.choose(f"c:close:{case_id}")
    await officer.press("已答复")
    await officer.say("从下月起，中午也有人值班。")
    await officer.press("提交办结", "公开答复")
    await officer.say(QUESTION)
    await officer.press("就用给写信人的答复", "公开")
    async with world.database.begin() as session:
        assert (await session.get_one(PublishedAnswer, case_id)).answer == "从下月起，中午也有人值班。"


async def test_the_card_says_what_was_answered_and_whether_it_may_be_published(world: World, staff: Talk) -> None:
    case_id = await answered(world, publish_agreed=False)
    async with world.database.begin() as session:
        await session.execute(sa.update(Case).where(Case.id == case_id).values(outcome="answered", outcome_note="中午有人值班了"))
    await staff.choose(f"c:card:{case_id}")
    assert "给对方的话：中午有人值班了" in staff.screen
    assert "写信人没有同意" in staff.screen


async def test_where_nothing_is_public_there_is_nothing_to_choose(worker: Talk) -> None:
    await worker.choose("w:public")
    assert "还没有公开的答复" in worker.screen
    assert worker.labels == []
