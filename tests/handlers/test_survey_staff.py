"""报名和调查 at the desk: made with a form, results as bars and tables, and who sees what."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from handlers.alerts import render
from handlers.staff.survey_words import verdict
from storage.models import Place, Survey, SurveyKind, SurveyTurnout
from storage.types import PersonId, SurveyId
from tests.handlers.talk import Talk, Talks
from tests.union.survey_made import COURSES, REMARK, answer, make, members
from tests.union.world import CITY, JINSONG, RULES, ZHONGGUANCUN, World
from union import signups, survey_closing
from union.alerts import Fact
from union.survey_results import Vote


@pytest.fixture
async def city(talks: Talks, world: World) -> Talk:
    """The officer of the city."""
    return await talks.of(world.city_staff)


async def made(world: World) -> Survey:
    async with world.database.begin() as session:
        return (await session.scalars(sa.select(Survey))).one()


async def close(world: World, survey_id: SurveyId) -> None:
    async with world.database.begin() as session:
        await survey_closing.close(session, await world.actor(world.city_staff), survey_id, world.clock.now())


# ---- made


async def test_an_activity_is_made_with_a_few_taps(world: World, staff: Talk) -> None:
    await staff.say("报名和调查")
    assert "还没有建过" in staff.screen
    await staff.press("新建", "活动报名", "劲松")
    await staff.say("秋季健步走")
    await staff.press("就用现成的题目", "30")
    await staff.say("11月28日 9:00")
    await staff.press("一周")
    assert "名额：30 个" in staff.screen
    assert "截止：11月25日 18:00" in staff.screen
    await staff.press("建好")
    survey = await made(world)
    assert (survey.kind, survey.unit_id, survey.places, survey.anonymous) == (SurveyKind.SIGN_UP, JINSONG, 30, False)
    await staff.press("打开看看")
    assert "还剩 30 个" in staff.screen


async def test_questions_are_typed_one_per_line_and_a_bad_line_is_named(world: World, staff: Talk) -> None:
    await staff.say("/surveys")
    await staff.press("新建", "问卷调查", "朝阳")
    await staff.say("培训需求", "想学什么（多选）：电工")
    assert "第 1 题：选择题至少要两个选项" in staff.screen
    await staff.say("想学什么（多选）：电工／法律\n还有什么建议（可不填）")
    await staff.press("不记名", "两周", "建好")
    survey = await made(world)
    assert (survey.anonymous, len(survey.questions), survey.places) == (True, 2, None)


async def test_votes_are_held_on_the_same_questions_everywhere(world: World, staff: Talk) -> None:
    await staff.say("/surveys")
    await staff.press("新建", "会员评议", "朝阳")
    await staff.say("2026年会员评议", "我们好不好：好／很好")
    assert "请用现成的" in staff.screen
    await staff.press("就用现成的题目", "一周", "建好")
    survey = await made(world)
    assert (survey.kind, survey.anonymous) == (SurveyKind.APPRAISAL, True)


async def test_the_end_must_lie_before_the_activity(world: World, staff: Talk) -> None:
    await staff.say("/surveys")
    await staff.press("新建", "活动报名", "朝阳")
    await staff.say("健步走")
    await staff.press("什么都不用填", "不限")
    await staff.say("11月20日 9:00")
    await staff.press("一周", "建好")
    assert "报名要在活动开始以前截止" in staff.screen
    await staff.say("11月19日 18:00")
    await staff.press("建好")
    assert (await made(world)).questions == []


async def test_only_units_within_reach_can_be_chosen(world: World, staff: Talk) -> None:
    await staff.say("/surveys")
    await staff.press("新建", "年度计划")
    assert staff.labels[:3] == ["朝阳", "劲松", "望京"]
    for typed in ("海淀", "北京市总工会", "中关村街道总工会", "不知道"):
        await staff.say(typed)
        assert "您管辖的单位" in staff.screen
    await staff.say("望京街道总工会")
    assert "叫什么名字" in staff.screen


async def test_who_lost_their_role_while_filling_it_in_makes_nothing(world: World, staff: Talk) -> None:
    await staff.say("/surveys")
    await staff.press("新建", "年度计划", "朝阳")
    await staff.say("2026年重点工作")
    await staff.press("就用现成的题目", "一周")
    async with world.database.begin() as session:
        await session.execute(sa.text("UPDATE role_grant SET revoked_at = now() WHERE person_id = :p"), {"p": world.staff})
    await staff.press("建好")
    assert "没有建" in staff.screen


async def test_lawyers_have_no_surveys(lawyer: Talk) -> None:
    for way in ("报名和调查", "/surveys"):
        await lawyer.say(way)
        assert "工会干部用的" in lawyer.screen
    await lawyer.choose("s:survey_new")
    assert "没有这个权限" in lawyer.screen


# ---- who sees to it


@pytest.mark.parametrize(
    "choice",
    ["survey:{}", "survey_results:{}:0", "survey_units:{}:0", "survey_wages:{}:0", "survey_words:{}:0", "survey_sheet:{}", "survey_places:{}",
     "survey_close:{}:yes"],
)  # fmt: skip
async def test_staff_of_another_district_find_nothing(world: World, talks: Talks, choice: str) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    haidian = await talks.of(world.haidian_staff)
    for number in (survey_id, 987654):
        await haidian.choose("s:" + choice.format(number))
        assert "没有找到这个报名或调查" in haidian.screen
        assert haidian.last[0].file is None
    assert (await made(world)).closed_at is None


@pytest.mark.parametrize(
    "choice", ["s:survey", "s:survey:", "s:survey:x", "s:survey:1:2", "s:survey_results:1", "s:surveys", "s:surveys:x"]
)
async def test_a_button_that_is_none_breaks_nothing(staff: Talk, choice: str) -> None:
    await staff.choose(choice)
    assert len(staff.last) == 1


async def test_the_list_turns_its_pages(world: World, staff: Talk) -> None:
    for number in range(9):
        await make(world, SurveyKind.SURVEY, title=f"第{number}次")
    await staff.say("/surveys")
    assert "第8次 · 调查" in staff.labels
    await staff.press("下一页")
    assert "第0次 · 调查" in staff.labels
    assert "下一页" not in staff.labels
    await staff.press("上一页")
    assert "第8次 · 调查" in staff.labels


# ---- results


async def vote(world: World, survey_id: SurveyId, *numbers: int, unit_id: int = JINSONG) -> list[PersonId]:
    people = await members(world, sum(numbers), unit_id)  # type: ignore[arg-type]
    options = [option for option, number in enumerate(numbers) for _ in range(number)]
    for person, option in zip(people, options, strict=True):
        await answer(world, survey_id, person, q1=option)
    return people


async def test_the_vote_on_the_plan_says_its_denominator(world: World, staff: Talk) -> None:
    survey_id = await make(world, SurveyKind.CONSENT)
    await vote(world, survey_id, 6, 1)
    await members(world, 2)
    await staff.choose(f"s:survey:{survey_id}")
    assert "参加 7 人，应参加的会员 9 人（77.7%）" in staff.screen
    assert "结束以后才能看结果" in staff.screen
    assert "看结果" not in staff.labels
    await staff.choose(f"s:survey_results:{survey_id}:0")
    assert "同意 6" not in staff.screen
    await staff.press("现在就截止", "确定截止")
    assert "通过：同意 6 人 ÷ 应参加的全体会员 9 人 = 66.6%，达到三分之二" in staff.screen
    await staff.press("看结果")
    assert "▓▓▓▓▓▓▓▓░░ 同意 6（85.7%）" in staff.screen


@pytest.mark.parametrize(
    ("vote_", "words"),
    [
        (Vote(9, 6, 6), "通过：同意 6 人"),
        (Vote(9, 8, 5), "没到三分之二"),
        (Vote(9, 5, 5), "参加的还不到全体会员的三分之二"),
        (Vote(0, 0, 0), "算不出"),
    ],
)
def test_the_verdict_is_said_with_its_sum(vote_: Vote, words: str) -> None:
    assert words in verdict(vote_)


async def test_satisfaction_is_shown_by_unit_against_ninety_percent(world: World, city: Talk) -> None:
    survey_id = await make(world, SurveyKind.APPRAISAL, unit_id=CITY, by=world.city_staff)
    await vote(world, survey_id, 7, 2, 1)
    await vote(world, survey_id, 5, 0, 5, unit_id=ZHONGGUANCUN)
    await close(world, survey_id)
    await city.choose(f"s:survey:{survey_id}")
    await city.press("看结果")
    assert "满意率 70.0%（20 票中 满意、基本满意 14 票），没到 90% 的目标" in city.screen
    await city.press("返回", "按单位")
    lines = city.last[0].text.splitlines()
    assert lines[-2:] == ["▓▓▓▓▓░░░░░ 海淀区总工会　满意 50.0%（5/10），没到 90%", "▓▓▓▓▓▓▓▓▓░ 朝阳区总工会　满意 90.0%（9/10）"]


async def test_what_was_written_in_a_vote_is_read_apart_and_not_by_everybody(world: World, talks: Talks, staff: Talk, city: Talk) -> None:
    survey_id = await make(world, SurveyKind.APPRAISAL)
    for number, person in enumerate(await members(world, 6)):
        await answer(world, survey_id, person, q1=2, q3=f"建议{number}")
    await staff.choose(f"s:survey_words:{survey_id}:0")
    assert "建议0" not in staff.screen
    await close(world, survey_id)
    await staff.choose(f"s:survey:{survey_id}")
    await staff.press("看写的话")
    assert "建议0" in staff.screen
    await city.choose(f"s:survey:{survey_id}")
    assert "看写的话" not in city.labels
    for choice in (f"s:survey_words:{survey_id}:0", f"s:survey_sheet:{survey_id}"):
        await city.choose(choice)
        assert "建议0" not in city.screen
    assert "建议0" not in str(await city.pages())


async def test_many_long_texts_are_read_a_page_at_a_time(world: World, staff: Talk) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    for person in await members(world, 4):
        await answer(world, survey_id, person, q1=[0], q3="字" * 1000)
    await staff.choose(f"s:survey_words:{survey_id}:0")
    assert len(staff.screen) < 4096
    await staff.press("下一页")
    assert "下一页" not in staff.labels


async def test_wages_are_shown_by_industry_and_district(world: World, city: Talk) -> None:
    survey_id = await make(world, SurveyKind.WAGES, unit_id=CITY, by=world.city_staff)
    for industry, unit_id, wages in ((0, JINSONG, range(4000, 4500, 100)), (1, JINSONG, range(9000, 9005))):
        for person, wage in zip(await members(world, len(wages), unit_id), wages, strict=True):
            await answer(world, survey_id, person, q1=industry, q2=str(wage))
    await close(world, survey_id)
    await city.choose(f"s:survey:{survey_id}")
    await city.press("按行业和区")
    assert "餐饮\n  中位数 4,200 元（一成不到 4,040 元，一成超过 4,360 元；5 人）" in city.screen
    assert "快递\n  中位数 9,000 元" in city.screen
    assert "9,001" not in city.screen
    await city.press("返回", "导出表格")
    pages = await city.pages()
    assert ("餐饮", 4200, 4040, 4360, 5) in pages["工资"]
    assert "工资" in await city.charts()


async def test_a_wage_that_could_be_worked_out_from_the_others_is_hidden_with_a_neighbour(world: World, city: Talk) -> None:
    survey_id = await make(world, SurveyKind.WAGES, unit_id=CITY, by=world.city_staff)
    for industry, wages in ((0, range(4000, 4500, 100)), (1, (9000,))):
        for person, wage in zip(await members(world, len(wages), JINSONG), wages, strict=True):
            await answer(world, survey_id, person, q1=industry, q2=str(wage))
    await close(world, survey_id)
    await city.choose(f"s:survey:{survey_id}")
    await city.press("按行业和区")
    assert "餐饮\n  人太少，不显示" in city.screen
    assert "快递\n  人太少，不显示" in city.screen


async def test_an_empty_survey_has_results_that_say_so(world: World, staff: Talk) -> None:
    for kind in (SurveyKind.SURVEY, SurveyKind.SIGN_UP):
        survey_id = await make(world, kind)
        await staff.choose(f"s:survey_results:{survey_id}:0")
        await staff.choose(f"s:survey_sheet:{survey_id}")
        assert staff.last[0].file is not None
    vote_id = await make(world, SurveyKind.APPRAISAL)
    await close(world, vote_id)
    await staff.choose(f"s:survey:{vote_id}")
    assert "不到 5 人" in staff.screen


async def test_a_long_survey_is_shown_a_few_questions_at_a_time(world: World, staff: Talk) -> None:
    from dataclasses import replace

    questions = [
        replace(COURSES, key=f"q{number}", text=f"第{number}问", options=tuple(f"{n}" + "长" * 50 for n in range(12)))
        for number in range(20)
    ]
    survey_id = await make(world, SurveyKind.SURVEY, questions=questions)
    person = (await members(world, 1))[0]
    await answer(world, survey_id, person, **{question.key: [0] for question in questions})
    await staff.choose(f"s:survey_results:{survey_id}:0")
    for _ in range(6):
        assert len(staff.screen) <= 4096
        await staff.press("下一页")
    assert "20. 第19问" in staff.screen
    await staff.choose(f"s:survey_sheet:{survey_id}")
    assert len(await staff.charts()) == 20


# ---- the table


async def test_the_table_of_an_activity_lists_who_comes_for_those_entitled(world: World, staff: Talk, city: Talk) -> None:
    survey_id = await make(world, SurveyKind.SIGN_UP, places=1, questions=(REMARK,))
    first, second = await members(world, 2)
    async with world.database.begin() as session:
        for person, said in ((first, "=1+1"), (second, "不吃辣")):
            await signups.sign_up(session, survey_id, person, {"q3": said}, world.clock.now())
    await staff.choose(f"s:survey_sheet:{survey_id}")
    assert "请妥善保管" in staff.screen
    lines = (await staff.pages())["名单"]
    assert [(line[0], line[1], line[2], line[4], line[5]) for line in lines[1:]] == [
        (1, "会员", "劲松", "已报上", "=1+1"),
        (2, "会员", "劲松", "候补", "不吃辣"),
    ]
    await city.choose(f"s:survey_sheet:{survey_id}")
    assert "名单" not in await city.pages()


async def test_the_table_of_a_vote_has_charts_and_nobody_in_it(world: World, staff: Talk) -> None:
    survey_id = await make(world, SurveyKind.APPRAISAL)
    await vote(world, survey_id, 6)
    await staff.choose(f"s:survey_sheet:{survey_id}")
    assert staff.last[0].file is None
    await close(world, survey_id)
    await staff.choose(f"s:survey_sheet:{survey_id}")
    pages = await staff.pages()
    assert set(pages) == {"总的情况", "第1题", "第1题按单位"}
    assert ("满意", 6, 100, "对工会工作满意吗？") in pages["第1题"]
    assert await staff.charts() == ["第1题", "第1题按单位"]


# ---- changed


async def test_more_places_let_those_in_who_wait(world: World, staff: Talk, talks: Talks) -> None:
    survey_id = await make(world, SurveyKind.SIGN_UP, places=1)
    first, second = await members(world, 2)
    async with world.database.begin() as session:
        for person in (first, second):
            await signups.sign_up(session, survey_id, person, {}, world.clock.now())
    await staff.choose(f"s:survey:{survey_id}")
    await staff.press("改名额")
    await staff.say("很多")
    assert "请写一个数" in staff.screen
    await staff.say("2")
    assert "候补的 1 人有了名额" in staff.screen
    async with world.database.begin() as session:
        assert (await session.get_one(SurveyTurnout, (survey_id, second))).place is Place.IN
    talk = await talks.of(second)
    await talk.hears()
    assert "候补轮到您了" in talk.screen


async def test_ending_early_asks_first(world: World, staff: Talk) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    await staff.choose(f"s:survey:{survey_id}")
    await staff.press("现在就截止")
    assert (await made(world)).closed_at is None
    await staff.press("不截止", "现在就截止", "确定截止")
    assert (await made(world)).closed_at == world.clock.now()
    assert "现在就截止" not in staff.labels


async def test_the_author_hears_that_it_is_over_and_goes_to_the_results(world: World, staff: Talk) -> None:
    survey_id = await make(world, SurveyKind.CONSENT)
    await vote(world, survey_id, 6)
    world.clock.advance(days=8)
    async with world.database.begin() as session:
        await survey_closing.close_due(session, world.clock.now())
    await staff.hears()
    assert "“秋季健步走”结束了，共 6 人参加" in staff.screen
    await staff.press("看结果")
    assert "结果 · " in staff.screen
    assert "通过：" in staff.screen


async def test_a_fact_about_a_survey_that_is_gone_is_not_said(world: World) -> None:
    async with world.database.begin() as session:
        for fact in (Fact.SURVEY_CLOSED, Fact.PLACE_GIVEN, Fact.SIGN_UP_EVE):
            found = await render(session, fact, {"survey": 987654}, reader=world.worker, rules=RULES, now=world.clock.now())
            assert found is None
