"""发通知: to whom, what, how many that reaches, and a line that tells how far it has come."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.models import Notice, NoticeStatus
from storage.types import NoticeId
from tests.handlers.talk import Talk, Talks
from tests.union.world import JINSONG, WANGJING, World, new_person
from union import notices
from union.alerts import MEMBER


@pytest.fixture
async def members(world: World, talks: Talks) -> list[Talk]:
    """Three members of 劲松 with an open door, and one without."""
    async with world.database.begin() as session:
        ids = [await new_person(session, "会员", world.clock.now(), MEMBER, unit_id=JINSONG) for _ in range(3)]
        await new_person(session, "会员", world.clock.now(), MEMBER, unit_id=JINSONG, door=False)
    return [await talks.of(person_id) for person_id in ids]


async def spread(world: World) -> None:
    """The clock makes what rows there are to make, and looks at how far it has come."""
    async with world.database.begin() as session:
        found = await notices.under_way(session)
    for notice_id in found:
        more = True
        while more:
            async with world.database.begin() as session:
                more = await notices.spread(session, notice_id, world.clock.now())


async def composed(staff: Talk) -> None:
    await staff.say("发通知")
    await staff.press("劲松")
    await staff.say("免费体检", "周六上午九点，<社区>医院一层 & 二层")


async def test_a_notice_is_composed_counted_sent_and_followed_to_its_end(world: World, staff: Talk, members: list[Talk]) -> None:
    await composed(staff)
    assert "劲松街道总工会，能收到 3 人，另有 1 人收不到" in staff.screen
    await staff.press("确认发送")
    assert "预计 3 人收到" in staff.screen
    await staff.hears()
    assert "正在发送 · 免费体检" in staff.screen
    assert staff.last[0].slot.startswith("notice:")
    await spread(world)
    for member in members:
        await member.hears()
        assert "周六上午九点，<社区>医院一层 & 二层\n\n—— 劲松街道总工会" in member.screen
        assert member.labels == ["知道了", "不再接收通知"]
    world.clock.advance(seconds=2)
    await spread(world)
    await staff.hears()
    assert "已发完 · 免费体检" in staff.screen
    assert "▓▓▓▓▓▓▓▓▓▓ 100%" in staff.screen
    assert "共 3 人：已发出 3，收不到 0，失败 0，待发 0" in staff.screen
    assert staff.labels == []


async def test_a_notice_is_stopped_with_one_press(world: World, staff: Talk, members: list[Talk]) -> None:
    await composed(staff)
    await staff.press("确认发送")
    await staff.hears()
    world.clock.advance(seconds=1)
    await staff.press("停止发送")
    assert "已停止" in staff.screen
    await spread(world)
    for member in members:
        assert await member.hears() == []
    await staff.press("停止发送")
    assert "已经发完或已停止" in staff.screen
    await staff.hears()
    assert "已停止 · 免费体检" in staff.screen


async def test_one_may_choose_ones_own_unit_or_one_directly_below_and_nothing_else(staff: Talk, members: list[Talk]) -> None:
    await staff.say("发通知")
    assert staff.labels == ["朝阳", "劲松", "望京", "取消"]
    for typed in ("海淀", "北京", "中关村街道总工会", "", "😀"):
        await staff.say(typed)
        assert "只能发给您管辖的地区" in staff.screen
    await staff.say("劲松街道总工会")
    assert "标题" in staff.screen


async def test_a_unit_where_nobody_can_be_reached_is_refused_with_the_number(staff: Talk, world: World) -> None:
    async with world.database.begin() as session:
        await new_person(session, "会员", world.clock.now(), MEMBER, unit_id=WANGJING, door=False)
    await staff.say("发通知")
    await staff.press("望京")
    assert "1 人还没有打开过机器人" in staff.screen


async def test_what_is_no_unit_is_answered_with_the_list(staff: Talk, members: list[Talk]) -> None:
    await staff.say("发通知")
    for send in (staff.sticker(), staff.photo(), staff.place(39.9, 116.4)):
        await send
        assert "朝阳" in staff.labels


async def test_title_and_text_have_their_limits(staff: Talk, members: list[Talk]) -> None:
    await staff.say("发通知")
    await staff.press("劲松")
    await staff.say("字" * 31)
    assert "最多 30 个字" in staff.screen
    await staff.say("体检")
    await staff.say("字" * 1001)
    assert "最多 1000 个字" in staff.screen
    await staff.say("字" * 1000)
    assert "确认发送" in staff.labels


async def test_going_back_to_the_audience_while_correcting_breaks_nothing(staff: Talk, members: list[Talk]) -> None:
    await composed(staff)
    draft = (await staff.state()).draft
    assert draft is not None
    await staff.press("修改", "标题")
    await staff.choose(f"f:{draft.id}:title:!back")
    await staff.choose(f"f:{draft.id}::!resume")
    assert staff.last
    assert "发给" in staff.screen


async def test_whose_role_was_taken_away_while_composing_sends_nothing(world: World, staff: Talk, members: list[Talk]) -> None:
    await composed(staff)
    async with world.database.begin() as session:
        await session.execute(sa.text("UPDATE role_grant SET revoked_at = now() WHERE person_id = :p"), {"p": world.staff})
    await staff.press("确认发送")
    assert "没有发送" in staff.screen
    async with world.database.begin() as session:
        assert await notices.under_way(session) == []


async def test_a_notice_of_somebody_else_cannot_be_stopped(world: World, talks: Talks, staff: Talk, members: list[Talk]) -> None:
    await composed(staff)
    await staff.press("确认发送")
    async with world.database.begin() as session:
        notice_id = (await notices.under_way(session))[0]
    haidian = await talks.of(world.haidian_staff)
    for choice in (f"s:stop:{notice_id}", "s:stop:987654"):
        await haidian.choose(choice)
        assert "没有找到这条通知" in haidian.screen
    async with world.database.begin() as session:
        assert (await session.get_one(Notice, NoticeId(notice_id))).status is NoticeStatus.SENDING


async def test_who_unsubscribes_under_a_notice_gets_no_more_of_them(world: World, staff: Talk, members: list[Talk]) -> None:
    await composed(staff)
    await staff.press("确认发送")
    await spread(world)
    await members[0].hears()
    await members[0].press("不再接收通知")
    await staff.say("发通知")
    await staff.press("劲松")
    assert "（1/3）" not in staff.screen
    await staff.say("又一次", "下周六再来一次")
    assert "能收到 2 人" in staff.screen
    await members[0].press("恢复接收")
    assert "恢复" in members[0].screen
