"""The desk: strangers get nowhere, a code makes them somebody, and everybody sees what is theirs."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from handlers.conversation import Side
from handlers.lawyer import tables
from storage.models import Deadline, Role, Rung
from tests.handlers.talk import Talk, Talks
from tests.union.world import HAIDIAN, WANGJING, World
from union import people

ABOUT_A_CASE = [name for name in tables.CHOICES if name.startswith("c:") and name not in ("c:inbox", "c:figures")]
WITH_MORE = ("declined", "overed", "group", "mine", "text", "say", "redo", "step", "date", "paper")
"""Buttons behind whose number stands something else."""


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
    assert stranger.last[0].menu == (("收件箱", "我的设置"), ("值班", "帮助"))
    case_id = await world.new_case(unit_id=WANGJING)
    await stranger.hears()
    assert f"c:accept:{case_id}" == stranger.button("接单").choice


async def test_a_code_for_staff_opens_the_board(world: World, stranger: Talk) -> None:
    await stranger.start(await invite(world, Role.STAFF, "赵干部"))
    assert stranger.last[0].menu == (("看板", "收件箱", "来电登记"), ("发通知", "报名和调查", "统计"), ("报告突发事件", "值班", "帮助"))
    await stranger.say("看板")
    assert "望京街道总工会" in stranger.screen


async def test_staff_report_an_incident_from_the_menu(staff: Talk) -> None:
    await staff.say("报告突发事件")
    assert "出了什么事" in staff.screen


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
    rows = (("看板", "收件箱", "来电登记"), ("发通知", "报名和调查", "统计"), ("报告突发事件", "值班", "帮助"))
    assert lawyer.last[0].menu == (*rows, ("我的设置",))
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
    for choice in sorted(name.removeprefix("c:") for name in ABOUT_A_CASE):
        await other.choose(f"c:{choice}:{case_id}:0" if choice in WITH_MORE else f"c:{choice}:{case_id}")
        assert "没有找到这个案件" in other.screen, choice


async def test_staff_look_at_a_case_but_do_not_act_as_its_lawyer(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    await staff.choose(f"c:card:{case_id}")
    assert "改派" in staff.labels
    assert "接单" not in staff.labels
    for choice in ("accept", "decline", "declined", "over", "overed", "room", "send", "canned", "text", "say", "redo", "talk", "log", "missed", "calls",
                   "lost", "losted", "steps", "step", "papers", "paper", "close"):  # fmt: skip
        await staff.choose(f"c:{choice}:{case_id}:x" if choice in WITH_MORE else f"c:{choice}:{case_id}")
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


# ---- the history


async def test_the_history_is_told_in_words(world: World, lawyer: Talk, staff: Talk) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    await lawyer.choose(f"c:missed:{case_id}")
    world.clock.advance(hours=24)
    await world.sweep()
    await world.contact(case_id)
    await staff.choose(f"s:urge:{case_id}")
    await lawyer.choose(f"c:step:{case_id}:arbitration")
    await lawyer.choose(f"c:note:{case_id}")
    await lawyer.say("备注里写了什么不在办理经过里")
    await lawyer.choose(f"c:overed:{case_id}:wish")
    await staff.choose(f"c:history:{case_id}")
    for words in (
        "受理",
        "派给何律师（劲松街道总工会指定律师）",
        "何律师接单",
        "超过24小时未介入，已报朝阳区总工会（区干部）",
        "何律师介入",
        "职工希望换一位律师",
    ):
        assert words in staff.screen, words
    assert "case." not in staff.screen
    assert "备注里写了什么" not in staff.screen
