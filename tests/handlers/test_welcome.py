"""First contact at the members' counter: what this is, consent before anything personal is kept, and nobody gets lost."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from handlers.conversation import Kind, Side
from handlers.turn import State
from handlers.worker.welcome import MENU
from storage.models import Conversation, Person, Role
from tests.handlers.talk import Talk, Talks, fill_in, submit_case
from tests.union.world import CHAOYANG, JINSONG, World
from union import people


async def people_known(world: World) -> int:
    async with world.database.begin() as session:
        return await session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0


async def test_the_first_screen_says_what_this_is_and_how_data_are_used(worker: Talk) -> None:
    await worker.start()
    assert worker.last[0].menu == MENU
    assert "24 小时内有律师联系您" in worker.screen
    assert "《个人信息保护法》" in worker.screen
    assert worker.labels == ["同意", "看详情"]


async def test_before_consent_nobody_is_known_and_no_word_is_remembered(world: World, worker: Talk) -> None:
    before = await people_known(world)
    await worker.start()
    for send in (
        worker.say("我叫张三，电话13900001234，劲松饭店老板拖欠我三个月工资不给，怎么办"),
        worker.say("我要维权", "我的诉求", "/privacy", "会员服务"),
        worker.photo(caption="劲松饭店老板拖欠我工资"),
        worker.edit("劲松饭店老板拖欠我四个月工资不给"),
        worker.place(39.9, 116.4),
        worker.contact("13900001234"),
    ):
        await send
        state = await worker.state()
        assert (state.draft, state.question, state.unsent) == (None, "", [])
        stored = (state.to_json() or b"").decode()
        assert not [word for word in ("张三", "13900001234", "劲松", "拖欠") if word in stored]
    assert await people_known(world) == before
    async with world.database.begin() as session:
        assert await session.scalar(sa.text("SELECT count(*) FROM file")) == 0


async def test_consent_given_on_the_way_to_the_form_leads_straight_on_to_it(worker: Talk) -> None:
    await worker.say("我要维权")
    assert "开始之前" in worker.screen
    await worker.press("同意")
    assert "发生了什么事" in worker.screen
    assert await worker.person_id() is not None


async def test_consent_given_after_the_details_leads_on_as_well(worker: Talk) -> None:
    await worker.say("我要维权")
    await worker.press("看详情", "同意")
    assert "发生了什么事" in worker.screen


async def test_agreeing_twice_makes_one_person(world: World, worker: Talk) -> None:
    await worker.start()
    await worker.press("同意")
    before, person = await people_known(world), await worker.person_id()
    await worker.press("同意")
    assert "已经同意过" in worker.screen
    assert (await people_known(world), await worker.person_id()) == (before, person)


async def test_who_has_agreed_is_not_asked_again(worker: Talk) -> None:
    await worker.start()
    await worker.press("同意")
    await worker.start()
    assert "同意" not in worker.labels


async def test_who_has_agreed_sees_the_privacy_words_without_the_button(worker: Talk) -> None:
    await worker.start()
    await worker.press("同意")
    await worker.say("/privacy")
    assert "谁能看到" in worker.screen
    assert worker.labels == []


async def test_a_code_for_the_desk_is_sent_to_the_desk_and_not_used_up(world: World, worker: Talk, talks: Talks) -> None:
    async with world.database.begin() as session:
        code = await people.invite(session, role=Role.LAWYER, name="孙律师", unit_id=JINSONG, now=world.clock.now())
    await worker.start(code)
    assert "工作台" in worker.screen
    desk = talks.stranger(Side.DESK)
    await desk.start(code)
    assert "孙律师" in desk.screen


@pytest.mark.parametrize("command", ["/help", "/HELP", "/help@union_bot", "/help 什么", "更多"])
async def test_help_is_had_by_any_spelling(worker: Talk, command: str) -> None:
    await worker.say(command)
    assert "可以这样用" in worker.screen


async def test_an_unknown_command_points_to_the_help(worker: Talk) -> None:
    await worker.say("/frobnicate")
    assert "/help" in worker.screen


@pytest.mark.parametrize("text", ["", "😀", "……", "?!"])
async def test_a_message_without_words_is_asked_for_words(worker: Talk, text: str) -> None:
    await worker.say(text)
    assert "打" in worker.screen


async def test_what_nobody_can_read_is_answered_and_not_ignored(worker: Talk) -> None:
    for send, says in (
        (worker.sticker(), "看不懂"),
        (worker.contact("13900001234"), "看不懂"),
        (worker.voice(), "语音我还听不懂"),
        (worker.photo(), "没有保存"),
        (worker.document("合同.pdf", 10_000), "没有保存"),
    ):
        await send
        assert says in worker.screen


async def test_a_photo_with_a_question_under_it_is_answered_like_the_question(worker: Talk) -> None:
    await worker.photo(caption="老板拖欠我三个月工资不给，怎么办")
    assert "第三十条" in worker.screen


async def test_an_edited_question_is_answered_anew(worker: Talk) -> None:
    await worker.edit("公司不给我交社保怎么办")
    assert "社" in worker.screen


async def test_a_text_that_is_too_long_is_counted_and_refused(worker: Talk) -> None:
    await worker.say("拖" * 4097)
    assert "4097" in worker.screen
    await worker.say("拖欠工资" * 1024)
    assert "4096" not in worker.screen


async def test_blocking_and_coming_back_bring_no_message(world: World, worker: Talk) -> None:
    await worker.start()
    assert await worker.do(Kind.STOPPED) == []
    async with world.database.begin() as session:
        query = sa.select(Conversation.unreachable_since).where(Conversation.address == worker.address)
        assert await session.scalar(query) == world.clock.now()
    assert await worker.do(Kind.RETURNED) == []
    async with world.database.begin() as session:
        assert await session.scalar(query) is None


@pytest.mark.parametrize(
    "choice",
    [
        "", "x", "w:", "w:case", "w:case:x", "w:case:1", "w:case:-1", "w:case:1:2", "w:rate:1", "w:rate:1:9", "w:nothing:1", "n:x", "w:law:",
        "w:law:no-such-answer", "w:room:999999999999999999999999999", "w:withdrawn:999999999999999999999999999", "c:card:1", "s:stop:1",
        "w:case:１", "p:agree:1",
    ],
)  # fmt: skip
async def test_a_forged_or_forgotten_button_is_answered_and_opens_nothing(world: World, worker: Talk, choice: str) -> None:
    await world.new_case()
    await worker.start()
    await worker.press("同意")
    await worker.choose(choice)
    assert worker.last
    assert "劲松饭店" not in worker.screen
    assert (await worker.state()) == State()


async def test_before_anything_was_submitted_my_cases_shows_the_way(worker: Talk) -> None:
    for command in ("我的诉求", "/mycases", "/case"):
        await worker.say(command)
        assert "还没有提交过诉求" in worker.screen
        assert "我要维权" in worker.labels


async def test_a_case_is_opened_by_its_code_by_its_worker_and_by_nobody_else(world: World, talks: Talks, worker: Talk) -> None:
    case = await world.case(await submit_case(worker))  # type: ignore[arg-type]
    await worker.say(f"/case {case.code[:4]} {case.code[4:]}")
    assert "律师联系您的时限" in worker.screen
    stranger = talks.stranger()
    answers = []
    for code in (case.code, "12345678", "00000000", "abc"):
        await stranger.say(f"/case {code}")
        answers.append(stranger.screen)
    assert len(set(answers)) == 1
    await stranger.start()
    await stranger.press("同意")
    await stranger.say(f"/case {case.code}")
    assert stranger.screen == answers[0]


async def test_a_lawyer_at_the_members_counter_is_a_member_like_any_other(world: World, talks: Talks, worker: Talk) -> None:
    case_id = await submit_case(worker)
    async with world.database.begin() as session:
        session.add(Conversation(door="test-member", address="lawyer", side="member", person_id=world.lawyer, created_at=world.clock.now()))
    as_member = Talk(world, talks.house, Side.MEMBER, "test-member", "lawyer")
    await as_member.choose(f"w:case:{case_id}")
    assert "没有找到这个案件" in as_member.screen


async def test_unsubscribing_from_notices_is_one_press_and_so_is_coming_back(world: World, worker: Talk) -> None:
    await worker.start()
    await worker.press("同意")
    for choice, off in (("n:off", True), ("n:on", False), ("n:read", False)):
        await worker.choose(choice)
        async with world.database.begin() as session:
            person = await session.get_one(Person, await worker.person_id())
        assert (person.notices_off_at is not None) is off


async def test_a_position_out_of_the_blue_asks_for_the_nearest_station(worker: Talk) -> None:
    await worker.place(39.9, 116.4)
    assert "12351" in worker.screen  # no point is registered in the small city


async def test_a_case_is_filed_under_what_its_story_says_and_not_under_an_earlier_question(world: World, worker: Talk) -> None:
    await worker.say("在吗")
    case = await world.case(await submit_case(worker))  # type: ignore[arg-type]
    assert case.topic == "wages"


async def test_a_story_without_any_words_of_work_is_filed_under_the_question_before_it(world: World, worker: Talk) -> None:
    await worker.start()
    await worker.press("同意")
    await worker.say("公司不给我交社保怎么办", "我要维权")
    await worker.say("就是刚才说的那件事情", "劲松饭店")
    await worker.press("朝阳", "不清楚街道", "跳过", "跳过", "跳过", "匿名", "提交")
    case = await world.case(int(worker.button("看进度").choice.rpartition(":")[2]))  # type: ignore[arg-type]
    assert (case.topic, case.unit_id) == ("insurance", CHAOYANG)


async def test_danger_to_life_is_answered_with_the_emergency_numbers_first(worker: Talk) -> None:
    await worker.say("工地塌了，有人被埋，快救人")
    assert "110" in worker.last[0].text
    assert "120" in worker.last[0].text


async def test_the_summary_is_not_sent_by_who_never_agreed(worker: Talk) -> None:
    await fill_in(worker)
    assert await worker.person_id() is not None


async def test_steps_and_articles_of_an_answer_are_one_press_away(worker: Talk) -> None:
    await worker.say("老板拖欠我三个月工资不给，怎么办")
    await worker.press("接下来怎么做")
    assert "1. " in worker.screen
    await worker.press("看条文")
    assert "版本" in worker.screen
    await worker.choose("w:steps:no-such-answer")
    await worker.choose("w:law:no-such-answer")
    assert "已经更新" in worker.screen


# ---- complaints


async def test_who_says_that_they_want_to_complain_is_given_the_form_with_their_words(worker: Talk) -> None:
    await worker.say("我要维权")
    await worker.press("同意")
    await worker.say("/cancel", "我想投诉我们街道工会，办会员卡拖了两个月")
    assert "按“投诉一件事”受理" in worker.screen
    await worker.say("劲松街道工会")
    assert "就用刚才那句话" in worker.labels


async def test_a_stranger_who_wants_to_complain_agrees_first_and_then_has_the_form(worker: Talk) -> None:
    await worker.say("我想投诉我们街道工会，办会员卡拖了两个月")
    await worker.press("同意")
    assert "按“投诉一件事”受理" in worker.screen


@pytest.mark.parametrize("text", ["我要投诉公司拖欠工资", "怎么投诉工会", "投诉工会打什么电话", "我想投诉一下，投诉热线是多少？"])
async def test_what_only_sounds_like_a_complaint_is_answered(worker: Talk, text: str) -> None:
    await worker.say("我要维权")
    await worker.press("同意")
    await worker.say("/cancel", text)
    assert "受理；要办别的事" not in worker.screen
