"""我的设置: what a lawyer says about themselves holds at the very next case."""

from __future__ import annotations

import pytest

from storage.models import Lawyer
from storage.types import PersonId
from tests.handlers.talk import Talk, Talks
from tests.union.world import World
from union import leave


async def lawyer_row(world: World, person_id: PersonId) -> Lawyer:
    async with world.database.begin() as session:
        return await session.get_one(Lawyer, person_id)


async def test_the_settings_say_how_things_stand(world: World, lawyer: Talk) -> None:
    await world.new_case()
    await lawyer.say("/settings")
    for words in ("名下案件：1 件，最多接 30 件", "擅长：都可以", "语言：普通话", "休假：没有登记", "利益冲突：0 家"):
        assert words in lawyer.screen, words


async def test_the_settings_are_for_lawyers_and_an_officer_finds_only_their_sentences(world: World, talks: Talks, staff: Talk) -> None:
    await staff.say("/settings")
    assert staff.labels == ["常用语（0）"]
    for choice in ("m:topics", "m:topic:wages", "m:languages", "m:leavecases"):
        await staff.choose(choice)
        assert "没有" in staff.screen
    chair = await talks.of(world.chair)
    await chair.say("/settings")
    assert "给律师用的" in chair.screen


@pytest.mark.parametrize(("said", "number"), [("1", 1), ("200", 200), ("１２", 12), ("15件", 15)])
async def test_how_many_cases_at_most(world: World, lawyer: Talk, said: str, number: int) -> None:
    await lawyer.choose("m:capacity")
    await lawyer.say(said)
    assert (await lawyer_row(world, world.lawyer)).capacity == number


@pytest.mark.parametrize("said", ["0", "201", "-3", "很多", "99999999999999999999", "½", "３０００"])
async def test_what_is_no_number_of_cases_is_asked_again(world: World, lawyer: Talk, said: str) -> None:
    await lawyer.choose("m:capacity")
    await lawyer.say(said)
    assert "1 到 200" in lawyer.screen
    assert (await lawyer_row(world, world.lawyer)).capacity == 30


async def test_who_is_full_is_given_no_more(world: World, lawyer: Talk) -> None:
    await world.new_case()
    await lawyer.choose("m:capacity")
    await lawyer.say("1")
    assert (await world.case(await world.new_case())).lawyer_id == world.pool_lawyer


async def test_topics_are_added_and_taken_away_with_a_tap(world: World, lawyer: Talk) -> None:
    await lawyer.say("我的设置")
    await lawyer.press("擅长的事由", "工伤")
    assert "现在：工伤" in lawyer.screen
    assert (await lawyer_row(world, world.lawyer)).topics == ["injury"]
    await lawyer.press("✓ 工伤")
    assert "现在：都可以" in lawyer.screen
    await lawyer.press("工伤", "都可以")
    assert (await lawyer_row(world, world.lawyer)).topics == []


async def test_languages_are_added_and_taken_away_with_a_tap(world: World, lawyer: Talk) -> None:
    await lawyer.choose("m:languages")
    await lawyer.press("手语", "英语")
    assert (await lawyer_row(world, world.lawyer)).languages == ["sign", "en"]
    await lawyer.press("✓ 手语", "好了")
    assert "普通话、英语" in lawyer.screen


@pytest.mark.parametrize(
    "choice", ["m:topic:nonsense", "m:language:xx", "m:unleave:x", "m:unleave:999", "m:unconflict:999", "m:conflicts:-1"]
)
async def test_a_forged_button_of_the_settings_changes_nothing(world: World, lawyer: Talk, choice: str) -> None:
    await lawyer.choose(choice)
    assert lawyer.last
    row = await lawyer_row(world, world.lawyer)
    assert (row.topics, row.languages, row.capacity) == ([], [], 30)


# ---- leave


async def test_a_leave_is_noted_and_new_cases_go_elsewhere_from_its_first_day(world: World, lawyer: Talk) -> None:
    await lawyer.choose("m:leaving")
    await lawyer.say("11月20日")
    await lawyer.press("共三天", "登记")
    assert "2026年11月20日 到 2026年11月22日" in lawyer.screen
    assert (await world.case(await world.new_case())).lawyer_id == world.lawyer
    world.clock.advance(days=2)
    assert (await world.case(await world.new_case())).lawyer_id == world.pool_lawyer
    world.clock.advance(days=3)
    assert (await world.case(await world.new_case())).lawyer_id == world.lawyer


async def test_leaves_that_touch_become_one_and_the_screen_says_so(world: World, lawyer: Talk) -> None:
    for first, last in (("11月20日", "11月22日"), ("11月23日", "11月30日")):
        await lawyer.choose("m:leaving")
        await lawyer.say(first, last)
        await lawyer.press("登记")
    assert "连在一起" in lawyer.screen
    await lawyer.choose("m:leave")
    assert "2026年11月20日 到 2026年11月30日" in lawyer.screen
    assert lawyer.labels.count("登记休假") == 1
    assert sum(label.startswith("取消") for label in lawyer.labels) == 1


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [
        ("2026-11-30", "2026-11-22", "在第一天前面"),
        ("今天", "2028年1月1日", "一次最多一年"),
        ("2028年1月1日", "2028年1月2日", "最多提前一年"),
    ],
)
async def test_days_that_cannot_be_meant_are_asked_again_with_the_reason(lawyer: Talk, first: str, last: str, problem: str) -> None:
    await lawyer.choose("m:leaving")
    await lawyer.say(first, last)
    await lawyer.press("登记")
    assert problem in lawyer.screen
    await lawyer.choose("m:leave")
    assert "没有登记休假" in lawyer.screen


@pytest.mark.parametrize("said", ["昨天", "2026年11月17日", "随便", "", "2026年2月30日", "贴纸"])
async def test_what_is_no_coming_day_is_asked_again(lawyer: Talk, said: str) -> None:
    await lawyer.choose("m:leaving")
    await (lawyer.sticker() if said == "贴纸" else lawyer.say(said))
    assert "从哪天开始休" in lawyer.screen


async def test_who_goes_on_leave_is_offered_to_give_away_what_they_have_not_taken(world: World, lawyer: Talk) -> None:
    waiting, taken = await world.new_case(), await world.new_case()
    await world.accept(taken)
    await lawyer.choose("m:leaving")
    await lawyer.press("今天", "共一周", "登记")
    assert "还有没接的案件" in lawyer.screen
    await lawyer.press("都转给别的律师")
    assert "已转出 1 件" in lawyer.screen
    assert (await world.case(waiting)).lawyer_id == world.pool_lawyer
    assert (await world.case(taken)).lawyer_id == world.lawyer


async def test_the_inbox_of_somebody_on_leave_says_what_waits(world: World, lawyer: Talk) -> None:
    await lawyer.choose("m:leaving")
    await lawyer.press("明天", "共一周", "登记")
    await world.new_case()
    await lawyer.say("收件箱")
    assert "您在休假" not in lawyer.screen
    world.clock.advance(days=1)
    await lawyer.say("收件箱")
    assert "您在休假（到 2026年11月25日）" in lawyer.screen


async def test_a_leave_is_cancelled(world: World, lawyer: Talk) -> None:
    await lawyer.choose("m:leaving")
    await lawyer.press("今天", "就一天", "登记")
    await lawyer.choose("m:leave")
    await lawyer.press("取消 11-18 起的")
    assert "已取消" in lawyer.screen
    assert (await world.case(await world.new_case())).lawyer_id == world.lawyer


async def test_nobody_cancels_somebody_elses_leave(world: World, talks: Talks, lawyer: Talk) -> None:
    await lawyer.choose("m:leaving")
    await lawyer.press("今天", "就一天", "登记")
    await lawyer.choose("m:leave")
    other = await talks.of(world.pool_lawyer)
    await other.choose(lawyer.button("取消 11-18 起的").choice)
    assert (await world.case(await world.new_case())).lawyer_id == world.pool_lawyer


# ---- conflicts


async def test_conflicts_are_declared_many_at_once_listed_and_taken_back(lawyer: Talk) -> None:
    await lawyer.choose("m:conflict")
    await lawyer.say("甲建筑有限公司\n\n乙餐饮有限公司\n甲建筑公司\nx")
    await lawyer.press("登记")
    assert "登记了 2 家。1 家原来就有。" in lawyer.screen
    assert "没有登记上：x" in lawyer.screen
    await lawyer.press("撤回 1")
    assert "利益冲突（1 家）" in lawyer.screen
    assert "乙餐饮" not in lawyer.screen


async def test_no_case_comes_against_a_declared_employer(world: World, lawyer: Talk) -> None:
    await lawyer.choose("m:conflict")
    await lawyer.say("北京劲松饭店有限责任公司")
    await lawyer.press("登记")
    assert (await world.case(await world.new_case())).lawyer_id == world.pool_lawyer


async def test_a_conflict_with_a_case_at_hand_is_shown_at_once_and_hands_it_over(world: World, lawyer: Talk) -> None:
    fresh, at_work, other = await world.new_case(), await world.new_case(), await world.new_case(employer="别的单位")
    await world.contact(at_work)
    await lawyer.choose("m:conflict")
    await lawyer.say("劲松饭店")
    await lawyer.press("登记")
    ways = [b.choice for reply in lawyer.last for row in reply.buttons for b in row if b.label == "转给别的律师"]
    assert sorted(ways) == sorted([f"c:declined:{fresh}:conflict", f"c:overed:{at_work}:conflict"])
    for way in ways:
        await lawyer.choose(way)
    assert [(await world.case(case_id)).lawyer_id for case_id in (fresh, at_work, other)] == [
        world.pool_lawyer, world.pool_lawyer, world.lawyer,
    ]  # fmt: skip


async def test_a_long_list_of_conflicts_has_pages(lawyer: Talk) -> None:
    await lawyer.choose("m:conflict")
    await lawyer.say("\n".join(f"第{n}建筑有限公司" for n in "一二三四五六七八九十"))
    await lawyer.press("登记")
    await lawyer.choose("m:conflict")
    await lawyer.say("最后一家公司")
    await lawyer.press("登记")
    assert "下一页" in lawyer.labels
    await lawyer.press("下一页")
    assert "11. " in lawyer.screen


async def test_a_lawyers_own_figures_are_one_tap_away(lawyer: Talk) -> None:
    await lawyer.say("我的设置")
    await lawyer.press("我的数据")
    assert "我的数据" in lawyer.screen


async def test_the_first_day_of_a_leave_says_what_becomes_of_the_cases(world: World, lawyer: Talk, staff: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.say("我的设置")
    await lawyer.press("休假", "登记休假", "今天", "共三天", "登记")
    async with world.database.begin() as session:
        await leave.announce(session, world.clock.now())
    await lawyer.hears()
    assert "名下还有 1 件在办，其中 1 件还没接" in lawyer.screen
    await lawyer.press("看收件箱")
    assert "共 1 件" in lawyer.screen
    await staff.hears()
    assert "何律师今天起休假" in staff.screen
    assert staff.last[-1].buttons[0][0].choice == f"c:card:{case_id}"
