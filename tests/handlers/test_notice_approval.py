"""Four eyes at the desk: what the second pair sees, 批准, 退回, and the rule."""

from __future__ import annotations

import pytest

from storage.models import NoticeStatus, UnitSetting
from tests.handlers.notice_talk import TITLE, WORDS, the_notice, to_the_time, written
from tests.handlers.talk import Talk, Talks
from tests.union import notice_made as made
from tests.union.world import CHAOYANG, CITY, World, new_officer
from union.unit_settings import APPROVAL_ABOVE


@pytest.fixture(autouse=True)
async def members(world: World, talks: Talks) -> list[Talk]:
    """Three members, where two may be told without a second pair of eyes."""
    async with world.database.begin() as session:
        session.add(UnitSetting(unit_id=CITY, name=APPROVAL_ABOVE, value=2, set_by=world.city_staff, set_at=world.clock.now()))
    return [await talks.of(person_id) for person_id in await made.members(world, 3)]


@pytest.fixture
async def city(world: World, talks: Talks) -> Talk:
    """The officer of the city."""
    return await talks.of(world.city_staff)


async def submitted(staff: Talk) -> None:
    await written(staff)
    await staff.press("提交发送")


async def test_the_second_pair_sees_preview_count_sample_and_time_before_they_approve(world: World, staff: Talk, city: Talk) -> None:
    await written(staff)
    assert "超过 2 人，要另一位同志看过才发" in staff.screen
    await staff.press("提交发送")
    assert "等另一位同志审批" in staff.screen
    await city.hears()
    assert "请您审批" in city.screen
    assert "朝阳区总工会 区干部 提交了一条通知，能收到 3 人，批准后马上发" in city.screen
    assert city.labels == ["看内容并审批"]
    await city.press("看内容并审批")
    assert city.last[0].text == f"{WORDS}\n\n—— 朝阳区总工会"
    assert "抽样：会*（劲松街道总工会）" in city.screen
    assert "写的人：区干部（朝阳区总工会）" in city.screen
    await city.press("批准")
    assert "已经开始发送" in city.screen
    assert (await the_notice(world)).status is NoticeStatus.SENDING
    await staff.hears()
    assert "市干部批准了，已经开始发送" in staff.screen


async def test_what_it_costs_is_said_before_it_is_approved(world: World, staff: Talk, city: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    from handlers.staff import notice_sheet
    from union.doors import Paid, paid

    cheap = Paid(paid().stars, paid().free, paid().rate, paid().yuan, worth_from=3)
    monkeypatch.setattr(notice_sheet, "paid", lambda: cheap)
    await written(staff)
    await staff.press("加速发送")
    assert "最多约 1 星（按每颗星 0.15 元约 1 元）" in staff.screen
    assert "要花钱，要另一位同志看过才发" in staff.screen
    await staff.press("改回普通速度")
    assert "花费" not in staff.screen
    await staff.press("加速发送", "提交发送")
    await city.hears()
    await city.press("看内容并审批")
    assert "花费：加速发送" in city.screen


async def test_refused_it_comes_back_with_the_reason_to_be_mended(world: World, staff: Talk, city: Talk) -> None:
    await submitted(staff)
    await city.hears()
    await city.press("看内容并审批", "退回")
    await city.say("请写清楚是几号")
    assert "退回了" in city.screen
    await staff.hears()
    assert "市干部退回了，原因：请写清楚是几号" in staff.screen
    await staff.press("打开修改")
    assert "退回原因：请写清楚是几号" in staff.screen
    assert "要另一位同志看过才发" in staff.screen
    await staff.press("修改", "正文")
    await staff.say("11月21日周六上午九点，社区医院一层")
    await staff.press("存好，看预览", "提交发送")
    assert (await the_notice(world)).status is NoticeStatus.WAITING


async def test_ones_own_is_not_offered_for_approval_and_a_forged_press_is_refused(world: World, staff: Talk) -> None:
    await submitted(staff)
    await staff.press("看这条通知")
    assert "批准" not in staff.labels
    notice = await the_notice(world)
    for forged in (f"s:napprove:{notice.id}", f"s:nrefuse:{notice.id}"):
        await staff.choose(forged)
        assert "另一位同志" in staff.screen
    assert (await the_notice(world)).status is NoticeStatus.WAITING


async def test_what_was_taken_back_to_be_changed_can_not_be_approved_any_more(world: World, staff: Talk, city: Talk) -> None:
    await submitted(staff)
    await city.hears()
    await city.press("看内容并审批")
    await staff.press("看这条通知", "撤回修改")
    assert "要重新“提交发送”" in staff.screen
    await city.press("批准")
    assert "没有找到这条通知" in city.screen
    assert (await the_notice(world)).status is NoticeStatus.DRAFT


async def test_who_was_asked_hears_nothing_when_it_was_taken_back_meanwhile(staff: Talk, city: Talk) -> None:
    await submitted(staff)
    await staff.press("看这条通知", "撤回修改")
    assert await city.hears() == []


async def test_pressed_twice_it_is_approved_once(world: World, staff: Talk, city: Talk) -> None:
    await submitted(staff)
    await city.hears()
    await city.press("看内容并审批", "批准", "批准")
    assert "状态已经变了" in city.screen
    assert (await made.actions(world, (await the_notice(world)).id)).count("started") == 1


async def test_the_approved_one_waits_for_its_time(world: World, staff: Talk, city: Talk) -> None:
    await to_the_time(staff)
    await staff.say("明天上午9点")
    await staff.press("存好，看预览", "提交发送")
    await city.hears()
    assert "定在 11月19日 09:00 发" in city.screen
    await city.press("看内容并审批", "批准")
    assert "11月19日 09:00" in city.screen
    await staff.hears()
    assert "会在 11月19日 09:00 发出" in staff.screen


async def test_where_nobody_else_is_registered_the_next_step_is_said(world: World, talks: Talks) -> None:
    city = await talks.of(world.city_staff)
    await city.say("发通知")
    await city.press("写通知", "服务信息", "就这些")
    await city.say(TITLE, WORDS)
    await city.press("跳过", "跳过", "夜里不打扰", "马上发", "存好，看预览", "提交发送")
    assert "请先请管理员发邀请码" in city.screen


async def test_the_list_shows_what_waits_to_those_who_may_see_it(world: World, staff: Talk, city: Talk, talks: Talks) -> None:
    await submitted(staff)
    await city.say("发通知")
    await city.press("等审批（1）")
    assert f"{TITLE} · 等审批" in city.labels
    haidian = await talks.of(world.haidian_staff)
    await haidian.say("发通知")
    assert "等审批（0）" in haidian.labels


# ---- the rule


async def test_the_rule_is_shown_with_whose_word_it_is_and_made_stricter(world: World, staff: Talk) -> None:
    await staff.say("发通知")
    await staff.press("审批规定")
    assert "朝阳区总工会：超过 2 人要审批（北京市总工会定的）" in staff.screen
    await staff.press("改朝阳的")
    await staff.say("随便")
    assert "请写一个数" in staff.screen
    await staff.press("0")
    assert "朝阳区总工会：超过 0 人要审批（自己定的）" in staff.screen


async def test_the_rule_is_not_made_looser_by_those_it_binds(world: World, staff: Talk, city: Talk) -> None:
    await staff.say("发通知")
    await staff.press("审批规定", "改朝阳的")
    await staff.say("1,000人")
    assert "只能定得更严" in staff.screen
    await city.choose(f"s:nrule:{CHAOYANG}")
    await city.say("1000")
    async with world.database.begin() as session:
        setting = await session.get_one(UnitSetting, (CHAOYANG, APPROVAL_ABOVE))
    assert (setting.value, setting.set_by) == (1000, world.city_staff)


async def test_the_rule_of_another_unit_is_not_found(staff: Talk) -> None:
    await staff.choose(f"s:nrule:{CITY}")
    assert "没有找到" in staff.screen


async def test_an_administrator_of_the_unit_is_asked_first(world: World, talks: Talks, staff: Talk, city: Talk) -> None:
    async with world.database.begin() as session:
        colleague = await new_officer(session, "同事", CHAOYANG, world.clock.now())
    await submitted(staff)
    assert await city.hears() == []
    talk = await talks.of(colleague)
    await talk.hears()
    assert "请您审批" in talk.screen


async def test_while_nobody_decides_the_second_pair_and_the_author_hear_of_it(world: World, staff: Talk, city: Talk) -> None:
    await submitted(staff)
    await city.hears()
    for hours in (4, 20):
        world.clock.advance(hours=hours)
        await world.sweep()
    told = await city.hears()
    assert [reply.title for reply in told] == [f"还在等您审批 · {TITLE}"] * 2
    assert ["已经等了 4 小时，还没有人决定" in told[0].text, "已经等了 24 小时" in told[1].text] == [True, True]
    assert set(city.labels) == {"看内容并审批"}
    await staff.hears()
    assert f"还在等审批 · {TITLE}" in staff.screen
    assert "打电话催一下" in staff.screen
    await staff.press("看这条通知", "经过")
    assert "再次提醒审批的人" in staff.screen
    assert "并告诉上一级" in staff.screen


async def test_what_was_decided_meanwhile_is_not_asked_for_again(world: World, staff: Talk, city: Talk) -> None:
    await submitted(staff)
    world.clock.advance(hours=4)
    await world.sweep()  # it lies in the outbox when the notice is taken back
    await staff.press("看这条通知", "撤回修改")
    assert await city.hears() == []


async def test_after_a_decision_the_next_step_is_a_button_away(staff: Talk, city: Talk) -> None:
    await submitted(staff)
    await city.hears()
    await city.press("看内容并审批", "退回")
    await city.say("时间写错了")
    assert city.labels == ["回到发通知"]
    await staff.hears()
    await staff.press("打开修改", "修改", "存好，看预览", "提交发送")
    await city.hears()
    await city.press("看内容并审批", "批准")
    assert city.labels == ["看这条通知"]
