"""写通知: the form, its preview, a test to oneself, drafts, templates."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.models import Category, Notice, NoticeStatus, StoredFile, Survey, SurveyKind
from tests.handlers.notice_talk import TITLE, WORDS, bold, on_sheet, the_notice, to_the_buttons, to_the_time, written
from tests.handlers.talk import Talk, Talks
from tests.union import notice_made as made
from tests.union.world import CHAOYANG, JINSONG, World, new_officer, new_person
from union.alerts import MEMBER


@pytest.fixture(autouse=True)
async def members(world: World, talks: Talks) -> list[Talk]:
    """Three members of 劲松 with an open door, and one without."""
    ids = await made.members(world, 3)
    async with world.database.begin() as session:
        await new_person(session, "会员", world.clock.now(), MEMBER, unit_id=JINSONG, door=False)
    return [await talks.of(person_id) for person_id in ids]


async def test_a_notice_is_written_step_by_step_and_shown_as_it_will_look(world: World, staff: Talk) -> None:
    await written(staff)
    preview, sheet = staff.last
    assert preview.title == TITLE
    assert preview.text == f"{WORDS}\n\n—— 朝阳区总工会"
    assert [button.label for row in preview.buttons for button in row] == ["不再接收这类通知"]
    assert "能收到 3 人" in sheet.text
    assert "抽样：会*（劲松街道总工会）" in sheet.text
    assert "夜里不打扰" in sheet.text
    assert "审批：500 人以内不用" in sheet.text
    assert (await the_notice(world)).status is NoticeStatus.DRAFT


async def test_nothing_is_sent_before_it_is_submitted(world: World, staff: Talk, members: list[Talk]) -> None:
    await written(staff)
    assert await made.due(world) == []
    assert (await the_notice(world)).started_at is None
    await staff.press("提交发送")
    assert "预计 3 人收到" in staff.screen
    assert (await the_notice(world)).status is NoticeStatus.SENDING


async def test_names_and_units_are_filled_in_for_each_and_unknown_ones_refused(staff: Talk) -> None:
    await staff.say("发通知")
    await staff.press("写通知", "维权信息", *on_sheet("劲松"))
    await staff.say(TITLE, "{工号}的{姓名}您好，请来体检")
    assert "{工号} 不认识" in staff.screen
    assert "{姓名}、{单位}" in staff.screen
    await staff.say("｛单位｝的{姓名}您好，请来体检")
    await staff.press("跳过", "跳过", "夜里不打扰", "马上发", "存好，看预览")
    assert staff.last[0].text.startswith("朝阳区总工会的区干部您好，请来体检")


async def test_title_and_text_have_their_limits(staff: Talk) -> None:
    await staff.say("发通知")
    await staff.press("写通知", "服务信息", *on_sheet("劲松"))
    await staff.say("字" * 31)
    assert "最多 30 个字" in staff.screen
    await staff.say("体检")
    await staff.say("字" * 1001)
    assert "最多 1000 个字" in staff.screen
    await staff.say("字" * 1000)
    assert "图片" in staff.screen


async def test_what_would_not_fit_beside_a_picture_is_refused_with_both_numbers(staff: Talk) -> None:
    await staff.say("发通知")
    await staff.press("写通知", "服务信息", *on_sheet("劲松"))
    await staff.say(TITLE, "好" + "😀" * 600)
    await staff.photo()
    await staff.press("跳过", "夜里不打扰", "马上发", "存好，看预览")
    assert "最长 1024" in staff.screen
    await staff.say("短一些的正文")
    await staff.press("存好，看预览")
    assert "草稿" in staff.screen


async def test_a_picture_is_still_called_one_when_the_notice_is_opened_again(staff: Talk) -> None:
    await to_the_buttons(staff, file=False)
    await staff.photo()
    await staff.press("跳过", "夜里不打扰", "马上发", "存好，看预览", "修改", "时间", "马上发")
    assert "图片或文件：图片" in staff.screen


async def test_what_could_grow_beyond_a_message_with_the_longest_names_is_refused(staff: Talk) -> None:
    await staff.say("发通知")
    await staff.press("写通知", "服务信息", *on_sheet("劲松"))
    await staff.say(TITLE, "好" + "{姓名}" * 200)
    await staff.press("跳过", "跳过", "夜里不打扰", "马上发", "存好，看预览")
    assert "最长 4096" in staff.screen


async def test_a_picture_or_a_file_goes_along(world: World, staff: Talk) -> None:
    await to_the_buttons(staff, file=False)
    await staff.voice()
    assert "语音不能随通知发" in staff.screen
    await staff.document("大片.mp4", 21 * 1024 * 1024)
    assert "最大只能收 20 MB" in staff.screen
    await staff.photo(size=11 * 1024 * 1024)
    assert "最大 10 MB" in staff.screen
    await staff.say("图片在路上")
    assert "请发一张图片" in staff.screen
    await staff.document("报名表.docx", 30_000)
    await staff.press("跳过", "夜里不打扰", "马上发", "存好，看预览")
    assert staff.last[0].file == (await the_notice(world)).file_id
    async with world.database.begin() as session:
        assert len(list(await session.scalars(sa.select(StoredFile)))) == 1


async def test_up_to_three_buttons_are_put_under_it(world: World, staff: Talk) -> None:
    await to_the_buttons(staff)
    await staff.press("已阅", "打开服务", "法律咨询", "链接")
    await staff.say("看全文 http://example.cn")
    assert "以 https:// 开头" in staff.screen
    await staff.say("看全文 https://example.cn/a")
    assert "夜里" in staff.screen  # the third was the last
    await staff.press("夜里不打扰", "马上发", "存好，看预览")
    labels = [button.label for row in staff.last[0].buttons for button in row]
    assert labels == ["已阅", "法律咨询", "看全文", "不再接收这类通知"]
    notice = await the_notice(world)
    assert [button["do"] for button in notice.buttons] == ["ack", "service", "link"]
    assert [button.url for row in staff.last[0].buttons for button in row if button.url] == ["https://example.cn/a"]


async def test_buttons_can_be_taken_away_again(world: World, staff: Talk) -> None:
    await to_the_buttons(staff)
    await staff.press("已阅", "已阅")
    assert "已经有了" in staff.screen
    await staff.press("全部去掉", "咨询", "就这些", "夜里不打扰", "马上发", "存好，看预览")
    assert [button["do"] for button in (await the_notice(world)).buttons] == ["ask"]


async def test_an_open_form_of_ones_own_units_can_stand_behind_a_button(world: World, staff: Talk) -> None:
    now = world.clock.now()
    await to_the_buttons(staff)
    await staff.press("报名或调查")
    assert "没有开放的报名或调查" in staff.screen
    async with world.database.begin() as session:
        survey = Survey(
            unit_id=CHAOYANG, author_id=world.staff, kind=SurveyKind.SIGN_UP, title="春游", questions=[], anonymous=False,
            opens_at=now, closes_at=now.replace(year=2027), created_at=now,
        )  # fmt: skip
        session.add(survey)
    await staff.press("报名或调查", "春游", "就这些", "夜里不打扰", "马上发", "存好，看预览")
    notice = await the_notice(world)
    assert notice.survey_id == survey.id
    assert staff.button("我要报名").choice == f"n:survey:{survey.id}:{notice.id}"


async def test_only_the_district_and_above_are_offered_the_night(world: World, talks: Talks) -> None:
    async with world.database.begin() as session:
        street = await new_officer(session, "街道干部", JINSONG, world.clock.now())
    talk = await talks.of(street)
    await talk.say("发通知")
    await talk.press("写通知")
    assert "紧急通知" not in talk.labels
    await talk.say("紧急通知")
    assert "只有区、市和产业工会可以发" in talk.screen
    await talk.press("服务信息", "就这些")
    await talk.say(TITLE, WORDS)
    await talk.press("跳过", "跳过")
    assert "什么时候发" in talk.screen


async def test_an_emergency_goes_out_at_any_hour_without_being_asked(world: World, staff: Talk) -> None:
    await staff.say("发通知")
    await staff.press("写通知", "紧急通知", *on_sheet("劲松"))
    await staff.say("暴雨红色预警", "今晚有特大暴雨，请不要外出。")
    await staff.press("跳过", "跳过", "马上发", "存好，看预览")
    notice = await the_notice(world)
    assert (notice.category, notice.urgent) == (Category.EMERGENCY, True)
    assert "紧急，夜里也发" in staff.screen


# ---- when


@pytest.mark.parametrize("said", ["昨天上午9点", "前天下午3点", "2024年1月1日 9:00", "11月1日 9:00"])
async def test_a_time_in_the_past_is_refused(staff: Talk, said: str) -> None:
    await to_the_time(staff)
    await staff.say(said)
    assert "已经过了" in staff.screen


async def test_a_day_of_the_next_year_is_shown_with_its_year(staff: Talk) -> None:
    await to_the_time(staff)
    await staff.say("2027年11月1日 9:00")
    assert "时间：2027年11月1日 09:00" in staff.screen


@pytest.mark.parametrize(("menu", "said", "shown"), [("每周", "周五下午3点", "每周五 15:00"), ("每月", "15号", "每月15 号 9:00")])
async def test_a_repetition_need_not_be_said_twice(staff: Talk, menu: str, said: str, shown: str) -> None:
    await to_the_time(staff)
    await staff.press(menu)
    await staff.say(said)
    assert f"时间：{shown}（接下来" in staff.screen


async def test_a_title_on_two_lines_is_refused(staff: Talk) -> None:
    await staff.say("发通知")
    await staff.press("写通知", "服务信息", *on_sheet("劲松"))
    await staff.say("免费体检\n报名")
    assert "标题要写在一行里" in staff.screen


async def test_a_time_too_far_ahead_and_one_that_is_none_are_refused(staff: Talk) -> None:
    await to_the_time(staff)
    await staff.say("2028年1月1日 9:00")
    assert "最多定到一年以后" in staff.screen
    await staff.say("有空的时候")
    assert "没看懂这个时间" in staff.screen
    await staff.sticker()
    assert "打字写个时间" in staff.screen


async def test_a_repetition_is_chosen_with_buttons_and_its_next_times_are_shown(world: World, staff: Talk) -> None:
    await to_the_time(staff)
    await staff.press("每月", "换一种", "每周", "周一")
    assert "每周一 9:00（接下来：11月23日 09:00、11月30日 09:00、12月7日 09:00）" in staff.screen
    await staff.press("存好，看预览", "提交发送")
    assert "定好了：每周一 9:00" in staff.screen
    notice = await the_notice(world)
    assert (notice.status, notice.send_at) == (NoticeStatus.SCHEDULED, made.at(world, "2026-11-23 09:00"))


async def test_a_draft_whose_time_has_passed_is_refused_when_it_is_submitted(world: World, staff: Talk) -> None:
    await to_the_time(staff)
    await staff.say("今天下午3点")
    await staff.press("存好，看预览")
    world.clock.advance(hours=10)
    await staff.press("提交发送")
    assert "发送时间已经过了" in staff.screen
    await staff.press("打开这条通知", "修改", "时间", "马上发", "存好，看预览", "提交发送")
    assert "开始发送" in staff.screen


# ---- drafts, tests, templates


async def test_a_draft_is_found_again_changed_and_thrown_away(world: World, staff: Talk) -> None:
    await written(staff)
    await staff.say("发通知")
    await staff.press("草稿（1）", "草稿")
    await staff.press("修改", "标题")
    await staff.say("体检改期")
    await staff.press("存好，看预览")
    assert staff.last[0].title == "体检改期"
    assert len(await made.all_notices(world)) == 1
    await staff.press("删除")
    assert (await the_notice(world)).status is NoticeStatus.DRAFT  # it asks first
    await staff.press("确定删除")
    await staff.say("发通知")
    assert "草稿（0）" in staff.labels


async def test_a_test_comes_to_oneself_alone_at_the_desk_when_there_is_no_other_door(
    world: World, staff: Talk, members: list[Talk]
) -> None:
    await written(staff)
    await staff.press("发给自己试看")
    assert "只有您收到" in staff.screen
    [received] = await staff.hears()
    assert (received.title, received.text) == (TITLE, f"{WORDS}\n\n—— 朝阳区总工会")
    assert [await member.hears() for member in members] == [[], [], []]
    await staff.press("不再接收这类通知")
    assert "这是预览上的按钮" in staff.screen


async def test_a_test_comes_to_ones_own_member_door_if_there_is_one(world: World, staff: Talk) -> None:
    await written(staff)
    async with world.database.begin() as session:
        await session.execute(
            sa.text(
                "INSERT INTO conversation (door, address, side, person_id, created_at) VALUES ('test-member', 'own', 'member', :me, now())"
            ),
            {"me": world.staff},
        )
    await staff.press("发给自己试看")
    assert "您自己的会员机器人" in staff.screen
    async with world.database.begin() as session:
        sides = await session.execute(sa.text("SELECT side, person_id FROM outbox WHERE kind = 'notice_test'"))
        assert [tuple(row) for row in sides] == [(MEMBER, world.staff)]


async def to_the_text(staff: Talk) -> None:
    await staff.say("发通知")
    await staff.press("写通知", "服务信息", *on_sheet("劲松"))
    await staff.say(TITLE)


async def test_marks_are_explained_refused_where_they_are_wrong_and_shown_as_they_will_look(world: World, staff: Talk) -> None:
    await to_the_text(staff)
    assert "**重点**" in staff.screen
    await staff.say("请带：\n- 身份证\n- **京卡")
    assert "正文第 3 行的 ** 没有成对" in staff.screen
    await staff.say("请带****身份证")
    assert "正文第 1 行的 ** 中间没有字" in staff.screen
    await staff.say("**好** " * 61)
    assert "正文有 61 处加粗，最多 60 处" in staff.screen
    await staff.say("请带：\n- 身份证\n- **京卡**")
    await staff.press("跳过", "跳过", "夜里不打扰", "马上发")
    assert "正文：请带： · 身份证 · 京卡" in staff.screen
    await staff.press("存好，看预览")
    preview = staff.last[0]
    assert (preview.text, bold(preview)) == ("请带：\n· 身份证\n· 京卡\n\n—— 朝阳区总工会", ["京卡"])
    assert (await the_notice(world)).text == "请带：\n- 身份证\n- **京卡**"


async def test_what_telegram_made_bold_while_it_was_typed_is_bold(world: World, staff: Talk) -> None:
    await to_the_text(staff)
    await staff.say_bold("请带京卡来体检", "京卡")
    await staff.press("跳过", "跳过", "夜里不打扰", "马上发", "存好，看预览")
    assert bold(staff.last[0]) == ["京卡"]
    assert (await the_notice(world)).text == "请带**京卡**来体检"


async def test_a_template_keeps_what_is_bold(world: World, staff: Talk) -> None:
    await to_the_text(staff)
    await staff.say("请带**京卡**来体检")
    await staff.press("跳过", "跳过", "夜里不打扰", "马上发", "存好，看预览", "存为模板")
    await staff.say("体检", "发通知")
    await staff.press("用模板写", "体检")
    assert (staff.last[0].text, bold(staff.last[0])) == (f"{TITLE}\n请带京卡来体检", ["京卡"])
    await staff.press("用它写", *on_sheet("劲松"), "跳过", "马上发", "存好，看预览")
    assert (await the_notice(world)).text == "请带**京卡**来体检"


async def test_a_template_is_kept_used_and_deleted(world: World, staff: Talk) -> None:
    await written(staff)
    await staff.press("存为模板")
    await staff.say("体检")
    assert "存成模板“体检”" in staff.screen
    await staff.say("发通知")
    await staff.press("用模板写", "体检")
    assert WORDS in staff.screen
    await staff.press("用它写")
    await staff.press(*on_sheet("劲松"))
    await staff.press("跳过", "马上发", "存好，看预览")
    assert [notice.title for notice in await made.all_notices(world)] == [TITLE, TITLE]
    await staff.say("发通知")
    await staff.press("用模板写", "体检", "删掉模板")
    assert "还没有模板" in staff.screen


async def test_somebody_elses_draft_is_not_found(world: World, talks: Talks, staff: Talk) -> None:
    await written(staff)
    notice = await the_notice(world)
    city = await talks.of(world.city_staff)
    for choice in (f"s:notice:{notice.id}", f"s:nsubmit:{notice.id}", f"s:nedit:{notice.id}", "s:notice:987654"):
        await city.choose(choice)
        assert "没有找到这条通知" in city.screen
    assert (await the_notice(world)).status is NoticeStatus.DRAFT


async def test_a_draft_whose_people_can_not_be_addressed_any_more_asks_for_others(world: World, staff: Talk) -> None:
    await written(staff)
    async with world.database.begin() as session:
        await session.execute(sa.update(Notice).values(audience={"v": 99}))
    await staff.choose(f"s:notice:{(await the_notice(world)).id}")
    assert "现在读不出来了" in staff.screen
    await staff.press("修改", "不改了", "就这些", "存好，看预览")
    assert "能收到 3 人" in staff.screen


@pytest.mark.parametrize("who", ["lawyer", "chair"])
async def test_who_sends_no_notices_is_told_so(world: World, talks: Talks, who: str) -> None:
    talk = await talks.of(getattr(world, who))
    for how in (talk.say("/notice"), talk.choose("s:nwrite"), talk.choose("s:notices:over:0")):
        await how
        assert "工会干部的功能" in talk.screen


async def test_whose_role_was_taken_away_while_writing_sends_nothing(world: World, staff: Talk) -> None:
    await to_the_time(staff)
    await staff.press("马上发")
    async with world.database.begin() as session:
        await session.execute(sa.text("UPDATE role_grant SET revoked_at = now() WHERE person_id = :p"), {"p": world.staff})
    await staff.press("存好，看预览")
    assert "没有办成" in staff.screen
    async with world.database.begin() as session:
        assert list(await session.scalars(sa.select(Notice))) == []


async def test_beginning_another_form_does_not_lose_a_half_written_notice(staff: Talk) -> None:
    await to_the_buttons(staff)
    await staff.say("发通知")
    assert "刚才的表还没填完" in staff.screen
    await staff.press("继续填写")
    assert "按钮" in staff.screen


async def test_forged_choices_are_survived(staff: Talk) -> None:
    for choice in (
        "s:notices:nothing:0",
        "s:notices:drafts:x",
        "s:notice:x",
        "s:nsubmit:",
        "s:nrule:999",
        "s:ntemplate:7",
        "s:ncorrected:1",
    ):
        await staff.choose(choice)
        assert staff.last
