"""A notice that runs: the message that changes by itself, 暂停, 继续, 停止, 更正; what is planned called off or skipped."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.models import DeliveryStatus, NoticeStatus, Person, UnitSetting
from storage.types import NoticeId
from tests.handlers.notice_talk import TITLE, bold, the_notice, to_the_time, written
from tests.handlers.talk import Talk, Talks
from tests.union import notice_made as made
from tests.union.world import CITY, World
from union import notice_life
from union.unit_settings import APPROVAL_ABOVE


@pytest.fixture(autouse=True)
async def members(world: World, talks: Talks) -> list[Talk]:
    """Four members of 劲松."""
    return [await talks.of(person_id) for person_id in await made.members(world, 4)]


@pytest.fixture
async def notice_id(world: World, staff: Talk) -> NoticeId:
    """A notice of the officer's that is being sent, all its deliveries made."""
    await written(staff)
    await staff.press("提交发送")
    found = (await the_notice(world)).id
    await made.expanded(world, found)
    return found


async def look(world: World, notice_id: NoticeId) -> None:
    """The clock looks at it."""
    async with world.database.begin() as session:
        await notice_life.watch(session, notice_id, world.clock.now())


async def test_the_progress_is_one_message_that_changes_until_the_end(
    world: World, staff: Talk, members: list[Talk], notice_id: NoticeId
) -> None:
    await staff.hears()
    assert f"正在发送 · {TITLE}" in staff.screen
    assert "共 4 人：已发出 0，收不到 0，失败 0，没有发 0，待发 4" in staff.screen
    assert staff.labels == ["暂停", "停止", "更正内容", "看发送情况"]
    slots = {reply.slot for reply in staff.last}
    people = [await member.person_id() for member in members]
    outcomes = (DeliveryStatus.SENT, DeliveryStatus.UNREACHABLE, DeliveryStatus.FAILED, DeliveryStatus.GATHERED)
    for person_id, outcome in list(zip(people, outcomes, strict=True))[:2]:
        assert person_id is not None
        await made.outcome(world, notice_id, person_id, outcome)
    world.clock.advance(seconds=60)
    await look(world, notice_id)
    await staff.hears()
    assert "▓▓▓▓▓░░░░░ 50%" in staff.screen
    assert "照现在的速度，大约还要1分钟" in staff.screen
    for person_id, outcome in list(zip(people, outcomes, strict=True))[2:]:
        assert person_id is not None
        await made.outcome(world, notice_id, person_id, outcome)
    world.clock.advance(seconds=2)
    await look(world, notice_id)
    await staff.hears()
    assert f"已发完 · {TITLE}" in staff.screen
    assert "共 4 人：已发出 1，收不到 1，失败 1，没有发 0，并入汇总 1，待发 0" in staff.screen
    assert staff.button("看发送情况").choice == f"s:report:{notice_id}"
    assert slots | {reply.slot for reply in staff.last} == {f"notice:{notice_id}"}


async def test_it_is_paused_and_taken_up_again_from_the_progress(world: World, staff: Talk, notice_id: NoticeId) -> None:
    await staff.hears()
    await staff.press("暂停")
    assert "暂停了" in staff.screen
    await staff.press("暂停")
    assert "现在没有在发" in staff.screen
    await staff.hears()
    assert f"已暂停 · {TITLE}" in staff.screen
    assert "继续" in staff.labels
    await staff.press("继续")
    assert "接着发了" in staff.screen
    assert (await the_notice(world)).status is NoticeStatus.SENDING


async def test_it_is_stopped_after_a_question_and_says_so(world: World, staff: Talk, notice_id: NoticeId) -> None:
    await staff.hears()
    await staff.press("停止")
    assert "只是想等一等，请点“暂停”" in staff.screen
    assert (await the_notice(world)).status is NoticeStatus.SENDING
    await staff.press("确定")
    assert "停止了" in staff.screen
    await staff.press("确定")
    assert "已经发完或已停止" in staff.screen
    await staff.hears()
    assert f"已停止 · {TITLE}" in staff.screen
    assert "没有发 4，待发 0" in staff.screen


async def test_staff_above_may_stop_it_and_others_find_nothing(world: World, talks: Talks, notice_id: NoticeId) -> None:
    haidian, city = await talks.of(world.haidian_staff), await talks.of(world.city_staff)
    for name in ("npause", "nstop", "nstopped", "ncorrect", "nprogress", "nlog"):
        await haidian.choose(f"s:{name}:{notice_id}")
        assert "没有找到这条通知" in haidian.screen
    await city.choose(f"s:nstopped:{notice_id}")
    assert (await the_notice(world)).status is NoticeStatus.STOPPED


async def test_a_correction_changes_what_it_says_and_marks_it(world: World, staff: Talk, notice_id: NoticeId) -> None:
    await staff.hears()
    await staff.press("更正内容", "正文")
    await staff.say("改到{工号}")
    assert "不认识" in staff.screen
    await staff.say("改到周日上午九点，还是社区医院")
    await staff.press("更正")
    assert "还没收到的人直接收到新内容" in staff.screen
    await staff.choose(f"s:notice:{notice_id}")
    assert staff.last[0].title == f"更正：{TITLE}"
    assert staff.last[0].text.startswith("改到周日上午九点")


async def test_a_correction_of_what_was_approved_is_shown_to_a_second_pair_beside_the_old_words(
    world: World, talks: Talks, staff: Talk
) -> None:
    async with world.database.begin() as session:
        session.add(UnitSetting(unit_id=CITY, name=APPROVAL_ABOVE, value=1, set_by=world.city_staff, set_at=world.clock.now()))
    city = await talks.of(world.city_staff)
    await written(staff)
    await staff.press("提交发送")
    await city.hears()
    await city.press("看内容并审批", "批准")
    await staff.hears()
    await staff.press("更正内容", "标题")
    await staff.say("体检改期")
    await staff.press("修改", "正文")
    await staff.say("改到**周日**上午九点")
    await staff.press("更正")
    assert "要另一位同志同意才改" in staff.screen
    assert "先暂停发送" in staff.labels
    await staff.press("看这条通知", "看更正")
    assert "同意更正" not in staff.labels
    await city.hears()
    await city.press("看更正")
    assert f"原来：{TITLE}" in city.screen
    assert (city.last[1].text, bold(city.last[1])) == ("改成：体检改期\n改到周日上午九点", ["周日"])
    await city.press("同意更正")
    assert "马上生效" in city.screen
    await staff.hears()
    assert "更正生效 · 体检改期" in staff.screen
    await city.press("不同意")
    assert "状态已经变了" in city.screen


async def test_what_is_planned_is_called_off_or_skipped_once(world: World, staff: Talk) -> None:
    await to_the_time(staff)
    await staff.say("每周一上午9点")
    await staff.press("存好，看预览", "提交发送", "看这条通知", "跳过这一次")
    assert "下一次在 11月30日 09:00" in staff.screen
    await staff.press("看这条通知")
    assert "（接下来：11月30日 09:00、12月7日" in staff.screen
    await staff.say("发通知")
    await staff.press("定时和正在发的（1）", f"{TITLE} · 定时待发 11月30日", "不发了")
    assert "后面各次也都取消" in staff.screen
    await staff.press("确定")
    world.clock.advance(days=60)
    assert await made.due(world) == []


async def test_in_the_night_it_is_said_when_it_goes_out(world: World, staff: Talk) -> None:
    world.clock.advance(hours=12)
    await written(staff)
    await staff.press("提交发送")
    assert "夜里不打扰，11月19日 08:00 开始发" in staff.screen
    await staff.press("看这条通知", "看进度")
    assert "夜里不打扰，11月19日 08:00 接着发" in staff.screen
    assert "照现在的速度" not in staff.screen


async def test_when_it_could_not_begin_its_author_hears_why(world: World, staff: Talk, members: list[Talk]) -> None:
    await to_the_time(staff)
    await staff.say("明天上午9点")
    await staff.press("存好，看预览", "提交发送")
    async with world.database.begin() as session:
        await session.execute(sa.update(Person).values(notices_off_at=world.clock.now()))
    world.clock.advance(days=1)
    await made.due(world)
    await staff.hears()
    assert "这个范围现在没有人能收到，所以没有发" in staff.screen


async def test_what_was_done_with_it_can_be_read(world: World, staff: Talk, notice_id: NoticeId) -> None:
    await staff.choose(f"s:nlog:{notice_id}")
    assert [line.split(" ", 2)[2] for line in staff.last[0].text.split("\n")] == ["写好 区干部", "提交 区干部", "开始发送"]


async def test_what_is_over_is_found_in_the_list(world: World, staff: Talk, notice_id: NoticeId) -> None:
    await staff.choose(f"s:nstopped:{notice_id}")
    await staff.say("发通知")
    await staff.press("发过的（1）", f"{TITLE} · 已停止")
    assert "看发送情况" in staff.labels
    await staff.press("照着再写一条", "就这些")
    await staff.press("跳过", "马上发", "存好，看预览")
    assert [each.title for each in await made.all_notices(world)] == [TITLE, TITLE]


async def test_after_every_step_the_next_one_is_a_button_away(staff: Talk, notice_id: NoticeId) -> None:
    await staff.hears()
    await staff.press("暂停")
    assert staff.labels == ["继续", "看这条通知"]
    await staff.hears()
    assert "已经在路上的几条还会到" in staff.screen
    await staff.press("继续")
    assert staff.labels == ["看这条通知"]
    await staff.press("看这条通知", "停止", "确定不发了")
    assert staff.labels == ["看这条通知", "回到发通知"]
    await staff.choose(f"s:npause:{notice_id}")
    assert "没有在发" in staff.screen
    assert staff.labels == ["看这条通知"]
