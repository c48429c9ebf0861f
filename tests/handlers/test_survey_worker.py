"""What stands behind a notice's button, for a member: signing up, answering, voting, and giving a place back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage.models import (
    Category,
    Notice,
    NoticeDelivery,
    NoticeStatus,
    Place,
    Survey,
    SurveyAnswer,
    SurveyKind,
    SurveyTurnout,
)
from storage.types import PersonId, SurveyId
from tests.handlers.talk import Talk, Talks
from tests.union.survey_made import CONTENT, COURSES, HOURS, INDUSTRY, REMARK, WAGE, WEEK, make, members
from tests.union.world import CHAOYANG, ZHONGGUANCUN, World
from union import signups, survey_closing
from union.survey_questions import Question, Takes


@pytest.fixture
async def people(world: World, talks: Talks) -> list[Talk]:
    """Three members of 劲松."""
    return [await talks.of(person_id) for person_id in await members(world, 3)]


async def activity(world: World, places: int | None = 1, **other: Any) -> SurveyId:
    return await make(world, SurveyKind.SIGN_UP, places=places, held_at=world.clock.now() + WEEK + timedelta(days=3), **other)


async def answers(world: World) -> list[SurveyAnswer]:
    async with world.database.begin() as session:
        return list(await session.scalars(sa.select(SurveyAnswer)))


async def places(world: World) -> list[Place | None]:
    async with world.database.begin() as session:
        return list(await session.scalars(sa.select(SurveyTurnout.place).order_by(SurveyTurnout.number)))


# ---- signing up


async def test_signing_up_takes_a_tap_where_nothing_is_asked(world: World, people: list[Talk]) -> None:
    survey_id = await activity(world)
    await people[0].choose(f"n:survey:{survey_id}:1")
    assert "一共 1 个名额，还剩 1 个" in people[0].screen
    assert "时间：11月28日 10:00" in people[0].screen
    await people[0].press("报名")
    assert "您报上名了" in people[0].screen
    assert await places(world) == [Place.IN]


async def test_who_comes_late_waits_and_is_told_when_a_place_comes_free(world: World, people: list[Talk]) -> None:
    survey_id = await activity(world)
    for talk in people:
        await talk.choose(f"n:survey:{survey_id}:1")
        await talk.press("报名")
    first, second, third = people
    assert "前面还有 1 人" in third.screen
    await first.press("取消报名")
    assert "确定取消报名吗" in first.screen
    assert await places(world) == [Place.IN, Place.WAITING, Place.WAITING]
    await first.press("确定取消")
    await second.hears()
    assert "候补轮到您了" in second.screen
    assert "11月28日 10:00" in second.screen
    await third.hears()
    assert third.last == []


async def test_who_is_told_of_a_full_activity_knows_that_they_would_wait(world: World, people: list[Talk]) -> None:
    survey_id = await activity(world)
    await people[0].choose(f"n:survey:{survey_id}:1")
    await people[0].press("报名")
    await people[1].choose(f"n:survey:{survey_id}:1")
    assert "1 个名额已经报满" in people[1].screen


async def test_what_is_asked_when_signing_up_is_asked_first(world: World, people: list[Talk]) -> None:
    survey_id = await activity(world, questions=(Question(key="q1", takes=Takes.WORDS, text="怎么称呼您？"),))
    await people[0].choose(f"n:survey:{survey_id}:1")
    await people[0].say("王芳")
    assert "怎么称呼您：王芳" in people[0].screen
    assert await places(world) == []
    await people[0].press("报名")
    assert await places(world) == [Place.IN]


async def test_ones_own_sign_ups_stand_under_the_member_services(world: World, people: list[Talk]) -> None:
    survey_id = await activity(world)
    await people[0].say("会员服务")
    await people[0].press("我的报名")
    assert "没有报名的活动" in people[0].screen
    await people[0].choose(f"w:enrol:{survey_id}")
    await people[0].press("我的报名")
    assert "秋季健步走：已报上，11月28日 10:00" in people[0].screen
    await people[0].press("取消：秋季健步走", "不取消", "取消：秋季健步走", "确定取消")
    await people[0].press("我的报名")
    assert "没有报名的活动" in people[0].screen


async def test_a_place_in_what_has_begun_cannot_be_given_back(world: World, people: list[Talk]) -> None:
    survey_id = await activity(world)
    await people[0].choose(f"w:enrol:{survey_id}")
    world.clock.advance(days=10)
    await people[0].choose(f"w:unsign:{survey_id}:yes")
    assert "已经开始" in people[0].screen
    await people[1].choose(f"w:unsign:{survey_id}:yes")
    assert "没有报名" in people[1].screen


async def test_on_the_day_before_one_is_reminded_and_can_still_cancel(world: World, people: list[Talk]) -> None:
    survey_id = await activity(world)
    await people[0].choose(f"w:enrol:{survey_id}")
    world.clock.advance(days=9)
    async with world.database.begin() as session:
        await signups.remind(session, world.clock.now())
    await people[0].hears()
    assert "活动快到了" in people[0].screen
    await people[0].press("来不了，取消", "确定取消")
    assert await places(world) == [Place.CANCELLED]


async def test_nobody_is_reminded_of_a_place_that_they_gave_back(world: World, people: list[Talk]) -> None:
    survey_id = await activity(world)
    await people[0].choose(f"w:enrol:{survey_id}")
    world.clock.advance(days=9)
    async with world.database.begin() as session:
        await signups.remind(session, world.clock.now())
        await signups.cancel(session, survey_id, await _me(people[0]), world.clock.now())
    await people[0].hears()
    assert people[0].last == []


async def _me(talk: Talk) -> PersonId:
    person_id = await talk.person_id()
    assert person_id is not None
    return person_id


# ---- answering


async def test_every_kind_of_question_is_answered_by_tapping_or_typing(world: World, people: list[Talk]) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    talk = people[0]
    await talk.choose(f"n:survey:{survey_id}:1")
    assert "这是记名的" in talk.screen
    await talk.press("电工", "英语", "电工", "法律")
    assert talk.labels[:4] == ["电工", "✓ 法律", "✓ 英语", "选好了"]
    await talk.press("选好了")
    await talk.say("很多")
    await talk.say("大约44.5小时")
    await talk.say("食堂早点开")
    assert "法律、英语" in talk.screen
    assert "44.5" in talk.screen
    await talk.press("提交")
    [kept] = await answers(world)
    assert kept.choices == {"q1": [1, 2], "q2": "44.50"}
    assert kept.words == '{"q3":"食堂早点开"}'
    assert kept.person_id == await talk.person_id()


async def test_nonsense_is_asked_again_and_what_may_be_skipped_can_be(world: World, people: list[Talk]) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    talk = people[0]
    await talk.choose(f"n:survey:{survey_id}:1")
    await talk.say("都想学")
    assert "请点下面的按钮选" in talk.screen
    assert "选好了" not in talk.labels
    await talk.press("电工", "选好了")
    for nonsense in ("很多", "-3", "1e99", ""):
        await talk.say(nonsense)
        assert HOURS.text in talk.screen
    await talk.press("跳过")
    await talk.say("字" * 1001)
    assert "最多 1000 个字" in talk.screen
    await talk.photo()
    assert "请打字回答" in talk.screen
    await talk.press("跳过", "提交")
    [kept] = await answers(world)
    assert (kept.choices, kept.words) == ({"q1": [0]}, None)


async def test_an_answer_can_be_changed_until_it_closes(world: World, people: list[Talk]) -> None:
    survey_id = await make(world, SurveyKind.SURVEY, questions=(COURSES, REMARK))
    talk = people[0]
    await talk.choose(f"n:survey:{survey_id}:1")
    await talk.press("电工", "选好了", "跳过", "提交")
    await talk.choose(f"n:survey:{survey_id}:1")
    assert "以前还可以改" in talk.screen
    await talk.press("改我的答案")
    assert "电工" in talk.screen
    await talk.press("修改", REMARK.text.rstrip("？"))
    await talk.say("加一门")
    await talk.press("提交")
    assert "改好了" in talk.screen
    [kept] = await answers(world)
    assert (kept.choices, kept.words) == ({"q1": [0]}, '{"q3":"加一门"}')
    world.clock.advance(days=8)
    await talk.press("改我的答案")
    assert "已经截止" in talk.screen


async def test_long_options_are_spelled_out_above_the_buttons(world: World, people: list[Talk]) -> None:
    long = "每周三下午下班以后在职工之家二楼活动室"
    question = Question(key="q1", takes=Takes.ONE, text="什么时候方便？", options=(long, "周末"))
    survey_id = await make(world, SurveyKind.SURVEY, questions=(question,))
    await people[0].choose(f"n:survey:{survey_id}:1")
    assert f"1. {long}" in people[0].screen
    assert all(len(label) <= 18 for label in people[0].labels)
    await people[0].press("1. 每周三")
    assert long in people[0].screen


async def test_the_number_that_stands_before_an_option_may_be_typed(world: World, people: list[Talk]) -> None:
    long = "每周三下午下班以后在职工之家二楼活动室"
    question = Question(key="q1", takes=Takes.ONE, text="什么时候方便？", options=(long, "周末"))
    survey_id = await make(world, SurveyKind.SURVEY, questions=(question,))
    await people[0].choose(f"n:survey:{survey_id}:1")
    await people[0].say("3")
    assert "请点下面的按钮选一个" in people[0].screen
    await people[0].say("1")
    assert f"什么时候方便：{long}" in people[0].screen


# ---- voting


async def test_a_vote_says_that_it_is_anonymous_and_counts_once(world: World, people: list[Talk]) -> None:
    survey_id = await make(world, SurveyKind.APPRAISAL, questions=(CONTENT,))
    talk = people[0]
    await talk.choose(f"n:survey:{survey_id}:1")
    assert "不记名" in talk.screen
    await talk.press("满意")
    assert "不能再改" in talk.screen
    await talk.press("提交")
    await talk.choose(f"n:survey:{survey_id}:1")
    assert "您已经填过了" in talk.screen
    await talk.choose(f"n:again:{survey_id}")
    assert "不能再改" in talk.screen
    [kept] = await answers(world)
    assert (kept.choices, kept.person_id) == ({"q1": 0}, None)
    assert (await talk.state()).draft is None


async def test_the_second_of_two_open_forms_does_not_vote_again(world: World, people: list[Talk]) -> None:
    survey_id = await make(world, SurveyKind.CONSENT)
    talk = people[0]
    await talk.choose(f"n:survey:{survey_id}:1")
    await talk.press("同意")
    async with world.database.begin() as session:  # meanwhile at another door
        session.add(SurveyTurnout(survey_id=survey_id, person_id=await _me(talk), number=0, at=world.clock.now()))
    await talk.press("提交")
    assert "这一次没有算" in talk.screen
    assert await answers(world) == []


async def test_what_ended_while_somebody_filled_it_in_is_not_taken(world: World, people: list[Talk]) -> None:
    survey_id = await make(world, SurveyKind.CONSENT)
    await people[0].choose(f"n:survey:{survey_id}:1")
    await people[0].press("同意")
    async with world.database.begin() as session:
        await survey_closing.close(session, await world.actor(world.staff), survey_id, world.clock.now())
    await people[0].press("提交")
    assert "已经截止" in people[0].screen
    assert await answers(world) == []


async def test_others_are_told_for_whom_it_is(world: World, talks: Talks) -> None:
    survey_id = await make(world, SurveyKind.CONSENT)
    for person_id in (*await members(world, 1, ZHONGGUANCUN), *await members(world, 1, member=False), world.worker):
        talk = await talks.of(person_id)
        await talk.choose(f"n:survey:{survey_id}:1")
        assert "这次面向朝阳区总工会的会员" in talk.screen
        assert talk.labels == []


async def test_who_never_agreed_to_be_known_is_asked_first(world: World, worker: Talk) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    for choice in (f"n:survey:{survey_id}:1", f"n:again:{survey_id}", f"w:enrol:{survey_id}"):
        await worker.choose(choice)
        assert "同意" in worker.labels


async def test_wages_are_typed_as_people_say_them(world: World, people: list[Talk]) -> None:
    survey_id = await make(world, SurveyKind.WAGES)
    await people[0].choose(f"n:survey:{survey_id}:1")
    assert INDUSTRY.text in people[0].screen
    await people[0].press("快递")
    await people[0].say("没多少")
    assert WAGE.text in people[0].screen
    await people[0].say("五千二")
    assert "5,200 元" in people[0].screen
    await people[0].press("提交")
    [kept] = await answers(world)
    assert kept.choices == {"q1": 1, "q2": "5200.00"}


# ---- what nobody should press


@pytest.mark.parametrize(
    "choice", ["n:survey", "n:survey:", "n:survey:x:1", "n:survey:987654:1", "w:enrol:987654", "w:unsign:987654", "n:again:987654"]
)
async def test_a_button_that_is_none_breaks_nothing(world: World, people: list[Talk], choice: str) -> None:
    await people[0].choose(choice)
    assert "没有找到" in people[0].screen


async def test_joining_a_survey_by_the_button_of_a_sign_up_answers_nothing(world: World, people: list[Talk]) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    await people[0].choose(f"w:enrol:{survey_id}")
    assert COURSES.text in people[0].screen
    assert await answers(world) == []


async def test_another_form_half_filled_in_is_not_thrown_away(world: World, people: list[Talk]) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    await people[0].say("我要维权")
    await people[0].choose(f"n:survey:{survey_id}:1")
    assert "先提交或取消" in people[0].screen
    assert "继续填写" in people[0].labels


async def test_the_notice_under_which_it_stood_knows_that_it_was_pressed(world: World, people: list[Talk]) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    me = await _me(people[0])
    async with world.database.begin() as session:
        notice = Notice(
            author_id=world.staff, unit_id=CHAOYANG, category=Category.SURVEY, audience={}, title="调查", text="请填", survey_id=survey_id,
            buttons=[{"label": "已阅", "do": "ack", "value": ""}, {"label": "去填", "do": "survey", "value": str(survey_id)}],
            status=NoticeStatus.SENT, created_at=world.clock.now(), started_at=world.clock.now(), total=1,
        )  # fmt: skip
        session.add(notice)
        await session.flush()
        session.add(NoticeDelivery(notice_id=notice.id, person_id=me, status=2, sent_at=world.clock.now()))
    await people[0].choose(f"n:survey:{survey_id}:{notice.id}")
    async with world.database.begin() as session:
        delivery = await session.get_one(NoticeDelivery, (notice.id, me))
        assert delivery.tapped == 0b10
        assert (await session.get_one(Survey, survey_id)).closed_at is None
