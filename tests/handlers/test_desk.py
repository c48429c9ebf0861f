"""The desk: strangers get nowhere, a code makes them somebody, and everybody sees what is theirs."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from handlers.conversation import Side
from storage.models import Deadline, Role, Rung
from tests.handlers.talk import Talk, Talks
from tests.union.world import CHAOYANG, HAIDIAN, WANGJING, World, new_officer
from union import people


@pytest.fixture
def stranger(talks: Talks) -> Talk:
    return talks.stranger(Side.DESK)


async def invite(world: World, role: Role = Role.LAWYER, name: str = "孙律师") -> str:
    async with world.database.begin() as session:
        return await people.invite(session, role=role, name=name, unit_id=WANGJING, now=world.clock.now())


# ---- coming in


async def test_a_stranger_gets_nothing_but_the_way_in(world: World, stranger: Talk) -> None:
    case_id = await world.new_case()
    code = (await world.case(case_id)).code
    for send in (
        stranger.start(), stranger.say("收件箱", "看板", "发通知", "值班", "帮助", "/help", "/inbox", "/board", f"/case {code}", "你好"),
        stranger.choose(f"c:card:{case_id}"), stranger.choose("f:abc::!submit"), stranger.photo(), stranger.sticker(),
    ):  # fmt: skip
        await send
    assert len({(reply.title, reply.text) for reply in stranger.shown}) == 1
    assert "邀请码" in stranger.screen
    assert await stranger.person_id() is None


@pytest.mark.parametrize("way", ["link", "command"])
async def test_a_code_lets_a_lawyer_in_by_link_and_by_command(world: World, stranger: Talk, way: str) -> None:
    code = await invite(world)
    await (stranger.start(code) if way == "link" else stranger.say(f"/start {code}"))
    assert "孙律师，您已登记为望京街道总工会的律师" in stranger.screen
    assert stranger.last[0].menu == (("收件箱", "值班", "帮助"),)
    case_id = await world.new_case(unit_id=WANGJING)
    await stranger.hears()
    assert f"c:accept:{case_id}" == stranger.button("接单").choice


async def test_a_code_for_staff_opens_the_board(world: World, stranger: Talk) -> None:
    await stranger.start(await invite(world, Role.STAFF, "赵干部"))
    assert stranger.last[0].menu == (("看板", "发通知"), ("值班", "帮助"))
    await stranger.say("看板")
    assert "望京街道总工会" in stranger.screen


@pytest.mark.parametrize("code", ["AAAAAAAAAA", "x", "x" * 64, "'; DROP TABLE person; --", "一二三"])
async def test_a_wrong_code_is_said_to_be_wrong(stranger: Talk, code: str) -> None:
    await stranger.start(code)
    assert "邀请码不对" in stranger.screen
    assert await stranger.person_id() is None


async def test_a_used_code_is_said_to_be_used(world: World, talks: Talks, stranger: Talk) -> None:
    code = await invite(world)
    await stranger.start(code)
    other = talks.stranger(Side.DESK)
    await other.start(code)
    assert "已经用过" in other.screen
    assert await other.person_id() is None


async def test_an_expired_code_is_said_to_be_expired(world: World, stranger: Talk) -> None:
    code = await invite(world)
    world.clock.advance(days=7)
    await stranger.start(code)
    assert "过期" in stranger.screen


async def test_a_known_officer_who_opens_the_bot_again_gets_the_help(staff: Talk) -> None:
    await staff.start()
    assert "工作台怎么用" in staff.screen


async def test_a_second_role_is_added_to_the_first(world: World, lawyer: Talk) -> None:
    await lawyer.start(await invite(world, Role.STAFF, "谁"))
    assert "何律师" in lawyer.screen
    assert lawyer.last[0].menu == (("看板", "发通知"), ("收件箱", "值班", "帮助"))
    await lawyer.say("值班")
    assert "律师 — 劲松街道总工会" in lawyer.screen
    assert "工会干部 — 望京街道总工会" in lawyer.screen


# ---- who sees what


async def test_a_chair_sees_no_case_and_sends_no_notice(world: World, talks: Talks) -> None:
    case_id = await world.new_case()
    code = (await world.case(case_id)).code
    chair = await talks.of(world.chair)
    await chair.say("看板")
    assert "给工会干部用的" in chair.screen
    await chair.say("发通知")
    assert "没有这个权限" in chair.screen
    await chair.say("收件箱")
    assert "收件箱是空的" in chair.screen
    for send in (chair.say(f"/case {code}"), chair.choose(f"c:card:{case_id}"), chair.choose(f"s:reassign:{case_id}")):
        await send
        assert "没有找到这个案件" in chair.screen


async def test_a_missing_case_and_somebody_elses_read_the_same(world: World, talks: Talks) -> None:
    case_id = await world.new_case()
    code = (await world.case(case_id)).code
    haidian = await talks.of(world.haidian_staff)
    said = set()
    for send in (
        haidian.choose(f"c:card:{case_id}"), haidian.choose("c:card:987654"), haidian.say(f"/case {code}"), haidian.choose(f"s:urge:{case_id}"),
        haidian.choose("s:urge:987654"), haidian.choose(f"c:files:{case_id}"), haidian.choose(f"c:history:{case_id}"),
    ):  # fmt: skip
        await send
        said.add(haidian.screen)
    assert len(said) == 1


async def test_a_lawyer_sees_a_case_that_is_not_theirs_nowhere(world: World, talks: Talks) -> None:
    case_id = await world.new_case()
    other = await talks.of(world.pool_lawyer)
    for choice in ("card", "show", "accept", "decline", "room", "files", "close", "history"):
        await other.choose(f"c:{choice}:{case_id}")
        assert "没有找到这个案件" in other.screen


async def test_staff_look_at_a_case_but_do_not_act_as_its_lawyer(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    await staff.choose(f"c:card:{case_id}")
    assert "改派律师" in staff.labels
    assert "接单" not in staff.labels
    for choice in ("accept", "decline", "room", "close"):
        await staff.choose(f"c:{choice}:{case_id}")
        assert "没有找到这个案件" in staff.screen


async def test_staff_of_another_district_cannot_acknowledge_a_rung_through_a_case_of_their_own(world: World, talks: Talks) -> None:
    """A forged button: their own case, somebody else's deadline."""
    foreign = await world.new_case()
    own = await world.new_case(unit_id=HAIDIAN)
    world.clock.advance(hours=24)
    await world.sweep()
    async with world.database.begin() as session:
        deadline_id = await session.scalar(sa.select(Deadline.id).where(Deadline.subject_id == foreign))
    haidian = await talks.of(world.haidian_staff)
    await haidian.choose(f"s:ack:{own}:{deadline_id}")
    async with world.database.begin() as session:
        assert await session.scalar(sa.select(Rung.acknowledged_at).where(Rung.deadline_id == deadline_id)) is None


@pytest.mark.parametrize(
    "choice",
    [
        "", "x", "c", "c:", "c:card", "c:card:x", "c:card:1:2", "c:declined:1:nonsense", "s:", "s:give:1:x", "s:stop:1", "s:ack:1", "n:off",
        "c:card:999999999999999999999999999", "s:give:1:999999999999999999999999999", "s:stop:999999999999999999999999999", "w:case:1",
    ],
)  # fmt: skip
async def test_a_forged_or_forgotten_button_is_answered(world: World, lawyer: Talk, staff: Talk, choice: str) -> None:
    await world.new_case()
    for talk in (lawyer, staff):
        await talk.choose(choice)
        assert talk.last


async def test_the_hands_of_an_officer_are_led_to_the_menu_when_they_type_at_random(staff: Talk) -> None:
    for send in (staff.say("你好"), staff.sticker(), staff.photo(), staff.edit("你好")):
        await send
        assert staff.last[0].menu is not None
    await staff.say("/nonsense")
    assert "/help" in staff.screen


# ---- the board


async def test_the_board_lists_what_is_open_below_with_the_overdue_on_top(world: World, staff: Talk) -> None:
    await staff.say("看板")
    assert "没有在办的案件" in staff.screen
    overdue = await world.new_case()
    world.clock.advance(hours=24)
    await world.sweep()
    fresh = await world.new_case(unit_id=WANGJING)
    await staff.say("/board")
    assert "在办 2 件：等待介入 2 件，其中超时 1 件" in staff.screen
    assert [button.choice for row in staff.last[0].buttons for button in row] == [f"c:card:{overdue}", f"c:card:{fresh}"]
    assert staff.labels[0].startswith("超时")


async def test_who_follows_up_first_is_written_down_and_the_second_is_told(world: World, talks: Talks, staff: Talk) -> None:
    async with world.database.begin() as session:
        colleague = await new_officer(session, "同事", CHAOYANG, world.clock.now())
    case_id = await world.new_case()
    world.clock.advance(hours=24)
    await world.sweep()
    second = await talks.of(colleague)
    await staff.hears()
    await second.hears()
    await staff.press("我来跟进")
    assert "由您跟进" in staff.screen
    await second.press("我来跟进")
    assert "已经有人确认跟进" in second.screen
    assert (await world.history(case_id)).count("case.acknowledged") == 1


async def test_urging_twice_within_ten_minutes_reminds_the_lawyer_once(world: World, lawyer: Talk, staff: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.hears()
    for _ in range(2):
        await staff.choose(f"s:urge:{case_id}")
    await lawyer.hears()
    assert len(lawyer.last) == 1
    assert "催办" in lawyer.screen
    world.clock.advance(minutes=10)
    await staff.choose(f"s:urge:{case_id}")
    await lawyer.hears()
    assert len(lawyer.last) == 1


async def test_there_is_nobody_to_urge_before_there_is_a_lawyer_or_after_contact(world: World, staff: Talk) -> None:
    nobody = await world.new_case(routed=False)
    await staff.choose(f"s:urge:{nobody}")
    assert "还没有律师" in staff.screen
    done = await world.new_case()
    await world.contact(done)
    await staff.choose(f"s:urge:{done}")
    assert "已经介入" in staff.screen


async def test_a_case_is_given_to_a_lawyer_of_the_list_and_to_nobody_else(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    await staff.choose(f"s:reassign:{case_id}")
    assert [label.split(" · ")[0] for label in staff.labels] == ["周律师"]
    await staff.choose(f"s:give:{case_id}:{world.city_staff}")  # no lawyer: the list again
    assert "派给哪位律师" in staff.screen
    await staff.press("周律师")
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer


async def test_after_contact_a_case_is_not_reassigned_any_more(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await staff.choose(f"s:give:{case_id}:{world.pool_lawyer}")
    assert "不能改派" in staff.screen


async def test_the_history_is_told_in_words(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=24)
    await world.sweep()
    await world.accept(case_id)
    await world.contact(case_id)
    await staff.choose(f"s:urge:{case_id}")
    await staff.choose(f"c:history:{case_id}")
    for words in (
        "受理",
        "派给何律师（劲松街道总工会指定律师）",
        "超过24小时未介入，已报朝阳区总工会（区干部）",
        "何律师接单",
        "何律师介入",
    ):
        assert words in staff.screen, words
