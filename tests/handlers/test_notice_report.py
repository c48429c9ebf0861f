"""发送情况 at the desk: the figures on the screen, where the buttons lead, the table with its charts, and the answer for one person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from handlers.figure_words import bar
from storage.models import DeliveryStatus, Notice, NoticeStatus, StoredFile, SurveyKind
from storage.types import NoticeId
from tests.handlers.talk import Talk, Talks
from tests.union.notice_rows import attach_survey, deliver, new_notice, take_part
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, WANGJING, ZHONGGUANCUN, World

PHONE = "13900001234"


@pytest.fixture
async def city(talks: Talks, world: World) -> Talk:
    """The officer of the city."""
    return await talks.of(world.city_staff)


async def a_notice(world: World) -> NoticeId:
    """Ten recipients in two streets: seven got it, four of them read it, three pressed a button, two signed up, one left."""
    now = world.clock.now()
    notice_id = await new_notice(world)
    survey_id = await attach_survey(world, notice_id)
    for number in range(7):
        person_id = await deliver(
            world, notice_id, unit_id=JINSONG if number < 5 else WANGJING, sent_at=now + timedelta(minutes=20 * number),
            seen_at=now + timedelta(hours=2) if number < 4 else None, tapped=0b100 if number < 2 else 0b001 if number < 3 else 0,
            left=number == 3, attempts=int(number == 4),
        )  # fmt: skip
        if number < 2:
            await take_part(world, survey_id, person_id)
    await deliver(world, notice_id, DeliveryStatus.UNREACHABLE, JINSONG)
    await deliver(world, notice_id, DeliveryStatus.UNREACHABLE, JINSONG)
    await deliver(world, notice_id, DeliveryStatus.LEFT_OUT, WANGJING)
    return notice_id


async def change(world: World, notice_id: NoticeId, **values: Any) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.update(Notice).where(Notice.id == notice_id).values(**values))


# ---- who may


@pytest.mark.parametrize("choice", ["s:report:{}", "s:report_units:{}:2", "s:report_hours:{}", "s:report_sheet:{}", "s:report_person:{}"])
async def test_who_may_not_see_a_notice_sees_nothing_of_it(world: World, talks: Talks, choice: str) -> None:
    notice_id = await a_notice(world)
    for person_id in (world.haidian_staff, world.lawyer):
        talk = await talks.of(person_id)
        await talk.choose(choice.format(notice_id))
        assert "不归您管" in talk.screen
        assert talk.last[0].file is None


@pytest.mark.parametrize(
    "choice", ["s:report", "s:report:x", "s:report:{}:1", "s:report_units:{}", "s:report_units:{}:x", "s:report_units:{}:2:x:3"]
)
async def test_a_forged_button_does_nothing(world: World, staff: Talk, choice: str) -> None:
    await staff.choose(choice.format(await a_notice(world)))
    assert "没有找到" in staff.screen


async def test_a_unit_that_is_not_there_is_not_shown(world: World, city: Talk) -> None:
    await city.choose(f"s:report_units:{await a_notice(world)}:999")
    assert "没有找到" in city.screen


# ---- on the screen


async def test_the_outcomes_stand_with_their_sum(world: World, staff: Talk) -> None:
    await staff.choose(f"s:report:{await a_notice(world)}")
    for words in (
        "发送情况 · 技能培训班",
        "朝阳区总工会　11月18日 10:00开始，11月18日 10:00结束\n已发完。",
        "应收 10 人：",
        "▓▓▓▓▓▓▓░░░ 已发出 7（70.0%）",
        "▓▓░░░░░░░░ 收不到 2（20.0%）",
        "▓░░░░░░░░░ 没有发 1（10.0%）",
        "加起来：7 + 2 + 1 = 10，每个人都有着落。",
        "看过 4（57.1%）",
        "点了按钮 3（42.8%）：“已阅” 1，“我要报名” 2",
        "报名 2（28.5%）",
        "退订 1　可能收到两遍 1",
        "实际看过的会更多",
    ):
        assert words in staff.screen, words
    assert "看原文" not in staff.screen


async def test_while_it_is_being_sent_it_says_that_figures_change(world: World, staff: Talk) -> None:
    notice_id = await a_notice(world)
    await change(world, notice_id, status=NoticeStatus.SENDING, finished_at=None, expanded=False, total=100)
    await staff.choose(f"s:report:{notice_id}")
    assert "正在发送，数字还会变" in staff.screen
    assert "待发 90（90.0%）" in staff.screen
    await change(world, notice_id, status=NoticeStatus.STOPPED)
    await staff.press("刷新")
    assert "已停止" in staff.screen
    assert "没有发 91（91.0%）" in staff.screen


async def test_when_everybody_got_it_there_is_nothing_to_add_up(world: World, staff: Talk) -> None:
    notice_id = await new_notice(world, buttons=[])
    await deliver(world, notice_id)
    await staff.choose(f"s:report:{notice_id}")
    assert "应收 1 人：\n▓▓▓▓▓▓▓▓▓▓ 已发出 1（100.0%）" in staff.screen
    for words in ("加起来", "点了按钮", "报名"):
        assert words not in staff.screen


async def test_a_planned_one_has_no_figures_yet(world: World, staff: Talk) -> None:
    notice_id = await new_notice(world, status=NoticeStatus.SCHEDULED, started_at=None, finished_at=None)
    await staff.choose(f"s:report:{notice_id}")
    assert "还没有开始发送" in staff.screen


async def test_an_anonymous_vote_says_that_it_is_one(world: World, staff: Talk) -> None:
    notice_id = await new_notice(world)
    survey_id = await attach_survey(world, notice_id, anonymous=True, kind=SurveyKind.APPRAISAL)
    await take_part(world, survey_id, await deliver(world, notice_id), None)
    await staff.choose(f"s:report:{notice_id}")
    assert "投票 1（100.0%）" in staff.screen
    assert "投票是不记名的，只有总数" in staff.screen
    await staff.press("按单位")
    assert "投票" not in staff.screen


@pytest.mark.parametrize(
    ("part", "whole", "filled"), [(0, 0, 0), (0, 9, 0), (1, 4_000_000, 1), (3_999_999, 4_000_000, 9), (4, 4, 10), (5, 4, 10)]
)
def test_a_bar_shows_what_is_not_nothing_and_what_is_not_all(part: int, whole: int, filled: int) -> None:
    assert bar(part, whole) == "▓" * filled + "░" * (10 - filled)


async def test_by_unit_leads_down_and_up_again(world: World, city: Talk) -> None:
    notice_id = await a_notice(world)
    await change(world, notice_id, unit_id=CITY)
    await city.choose(f"s:report:{notice_id}")
    await city.press("按单位")
    assert "按单位 · 北京市总工会 · 技能培训班" in city.screen
    assert "朝阳区总工会　10 人\n▓▓▓▓▓▓▓░░░ 已发出 7（70.0%）\n收不到 2　没有发 1\n看过 4　点了按钮 3　报名 2　退订 1" in city.screen
    await city.press("朝阳区总工会")
    assert "劲松街道总工会　7 人" in city.screen
    assert "望京街道总工会　3 人" in city.screen
    await city.press("望京街道总工会")
    assert "劲松" not in city.screen
    await city.press("上一级")
    assert "按单位 · 朝阳区总工会" in city.screen
    await city.press("上一级", "返回")
    assert "发送情况" in city.screen


async def test_from_units_elsewhere_the_way_leads_back_to_the_notices_own(world: World, staff: Talk) -> None:
    notice_id = await new_notice(world)
    await deliver(world, notice_id, unit_id=ZHONGGUANCUN)
    await deliver(world, notice_id, unit_id=None)
    await staff.choose(f"s:report_units:{notice_id}:{CHAOYANG}")
    assert "没有登记单位的　1 人" in staff.screen
    await staff.press("海淀区总工会", "中关村街道总工会", "上一级")
    assert "按单位 · 海淀区总工会" in staff.screen
    await staff.press("上一级")
    assert "按单位 · 朝阳区总工会" in staff.screen


async def test_many_units_are_turned_over_page_by_page(world: World, staff: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.staff.notice_report.ROWS_A_PAGE", 1)
    notice_id = await a_notice(world)
    await staff.choose(f"s:report_units:{notice_id}:{CHAOYANG}")
    assert ("（1/2）" in staff.screen, "劲松" in staff.screen, "望京" in staff.screen) == (True, True, False)
    await staff.press("下一页")
    assert ("望京" in staff.screen, "下一页" in staff.labels, "上一页" in staff.labels) == (True, False, True)


async def test_by_hour_in_beijing_with_a_bar_for_what_went_out(world: World, staff: Talk) -> None:
    await staff.choose(f"s:report:{await a_notice(world)}")
    await staff.press("按小时")
    assert "11月18日 10时 ▓▓▓▓▓▓▓▓▓▓ 发出 3　看过 0　报名 2" in staff.screen
    assert "11月18日 12时 ▓▓▓░░░░░░░ 发出 1　看过 4　报名 0" in staff.screen


async def test_many_hours_are_turned_over_page_by_page(world: World, staff: Talk) -> None:
    notice_id = await new_notice(world)
    for hour in range(13):
        await deliver(world, notice_id, sent_at=world.clock.now() + timedelta(hours=hour))
    await staff.choose(f"s:report_hours:{notice_id}")
    assert ("（1/2）" in staff.screen, "21时" in staff.screen, "22时" in staff.screen) == (True, True, False)
    await staff.press("下一页")
    assert "22时" in staff.screen


async def test_before_anything_went_out_there_is_no_hour(world: World, staff: Talk) -> None:
    await staff.choose(f"s:report_hours:{await new_notice(world)}")
    assert "还没有发出" in staff.screen


# ---- a table


async def test_the_table_has_everything_and_adds_up(world: World, staff: Talk) -> None:
    await staff.choose(f"s:report:{await a_notice(world)}")
    await staff.press("导出表格")
    assert "共 10 行" in staff.screen
    pages = await staff.pages()
    assert list(pages) == ["合计", "按单位", "按小时", "逐人", "怎么算的"]
    total = {row[0]: row[1] for row in pages["合计"]}
    assert (total["已发出"], total["收不到"], total["没有发"], total["应收（以上各项相加）"]) == (7, 2, 1, 10)
    assert (total["按钮3“我要报名”"], total["报名"], total["退订"], total["可能收到两遍"]) == (2, 2, 1, 1)
    titles, jinsong, wangjing = pages["按单位"]
    line = dict(zip(titles, jinsong, strict=True))
    assert (line["单位"], line["应收"], line["已发出"], line["收不到"], line["报名"], line["可能两遍"]) == ("劲松街道总工会", 7, 5, 2, 2, 1)
    assert dict(zip(titles, wangjing, strict=True))["没有发"] == 1
    assert pages["按小时"][1] == ("2026-11-18 10:00", 3, 0, 2)


async def test_each_of_the_three_pages_has_a_chart_of_its_own(world: World, staff: Talk) -> None:
    await staff.choose(f"s:report_sheet:{await a_notice(world)}")
    async with world.database.begin() as session:
        file = await session.get_one(StoredFile, staff.last[0].file)
    assert file.name.startswith("通知发送情况-朝阳-")
    series = {page.title: [len(chart.series) for chart in page._charts] for page in (await staff.workbook()).worksheets}
    assert series == {"合计": [1], "按单位": [6], "按小时": [3], "逐人": [], "怎么算的": []}


async def test_a_row_for_each_recipient_says_nothing_of_who_it_is(world: World, staff: Talk) -> None:
    notice_id = await new_notice(world)
    await attach_survey(world, notice_id)
    at = world.clock.now()
    await deliver(world, notice_id, sent_at=at, seen_at=at, tapped=0b101, phone=PHONE, card="BJ00123456")
    await staff.choose(f"s:report_sheet:{notice_id}")
    titles, row = (await staff.pages())["逐人"]
    assert titles == ("单位", "结果", "发出时间", "看过时间", "点了按钮", "报名", "退订", "可能两遍")
    local = datetime(2026, 11, 18, 10)  # noqa: DTZ001 (a sheet knows no zones)
    assert row == ("劲松街道总工会", "已发出", local, local, "已阅、我要报名", None, None, None)


async def test_with_too_many_recipients_the_rows_are_left_out_with_a_word_why(
    world: World, staff: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.staff.notice_report_sheet.MOST_ROWS", 9)
    await staff.choose(f"s:report_sheet:{await a_notice(world)}")
    pages = await staff.pages()
    assert "逐人" not in pages
    assert any("人数超过 9" in row[0] for row in pages["怎么算的"])
    assert "逐人" not in staff.screen


async def test_an_author_whose_units_do_not_reach_it_any_more_gets_no_rows(world: World, staff: Talk) -> None:
    notice_id = await a_notice(world)
    await change(world, notice_id, unit_id=HAIDIAN)
    await staff.choose(f"s:report_sheet:{notice_id}")
    assert list(await staff.pages()) == ["合计", "按单位", "按小时", "怎么算的"]


async def test_of_nobody_a_table_is_made_all_the_same(world: World, staff: Talk) -> None:
    await staff.choose(f"s:report_sheet:{await new_notice(world)}")
    pages = await staff.pages()
    assert pages["合计"][-1][1] == 0
    assert len(pages["按单位"]) == 1


async def test_who_takes_a_table_is_noted(world: World, staff: Talk) -> None:
    notice_id = await a_notice(world)
    with structlog.testing.capture_logs() as noted:
        await staff.choose(f"s:report_sheet:{notice_id}")
    assert [line for line in noted if line["event"] == "notice.exported"] == [
        {"event": "notice.exported", "log_level": "info", "person": world.staff, "notice": notice_id, "recipients": 10}
    ]


# ---- one person


async def look_up(talk: Talk, notice_id: NoticeId, number: str = PHONE) -> str:
    await talk.choose(f"s:report_person:{notice_id}")
    await talk.say(number)
    return talk.screen


async def test_what_became_of_it_for_somebody_by_their_number(world: World, staff: Talk) -> None:
    notice_id = await new_notice(world)
    survey_id = await attach_survey(world, notice_id)
    at = world.clock.now()
    person_id = await deliver(world, notice_id, sent_at=at, seen_at=at + timedelta(minutes=5), tapped=0b100, phone=PHONE)
    await take_part(world, survey_id, person_id)
    said = await look_up(staff, notice_id, "+86 139 0000 1234")
    assert "尾号 1234\n劲松街道总工会　已发出：11月18日 10:00\n看过：11月18日 10:05\n点了“我要报名”\n报名：是" in said
    await staff.press("再查一个")
    assert "查谁" in staff.screen


@pytest.mark.parametrize(
    ("status", "other", "said"),
    [
        (DeliveryStatus.WAITING, {}, "待发\n正在排队"),
        (DeliveryStatus.IN_HAND, {}, "待发\n正在排队"),
        (DeliveryStatus.SENT, {}, "看过：不知道"),
        (DeliveryStatus.SENT, {"left": True}, "在这条通知下面点了退订"),
        (DeliveryStatus.SENT, {"attempts": 1}, "可能收到两遍"),
        (DeliveryStatus.UNREACHABLE, {}, "没有能用的聊天窗口"),
        (DeliveryStatus.FAILED, {}, "聊天软件不收这条消息"),
        (DeliveryStatus.LEFT_OUT, {}, "本人已经关掉这类通知"),
        (DeliveryStatus.GATHERED, {}, "汇总还没有发出"),
    ],
)
async def test_every_outcome_has_words_for_one_person(
    world: World, staff: Talk, status: DeliveryStatus, other: dict[str, Any], said: str
) -> None:
    notice_id = await new_notice(world)
    await deliver(world, notice_id, status, phone=PHONE, **other)
    assert said in await look_up(staff, notice_id)


async def test_somebody_it_was_not_meant_for(world: World, staff: Talk) -> None:
    notice_id, other = await new_notice(world), await new_notice(world)
    await deliver(world, other, phone=PHONE)
    assert "不在这条通知的发送范围里" in await look_up(staff, notice_id)
    await change(world, notice_id, expanded=False, status=NoticeStatus.SENDING)
    assert "名单还在生成" in await look_up(staff, notice_id)


async def test_somebody_beyond_ones_units_looks_like_nobody(world: World, staff: Talk) -> None:
    notice_id = await new_notice(world)
    await deliver(world, notice_id, unit_id=ZHONGGUANCUN, phone=PHONE)
    beyond, nobody = await look_up(staff, notice_id), await look_up(staff, notice_id, "13900009999")
    assert beyond == nobody
    assert "没有这个号码的人，或者不归您管辖" in staff.screen


async def test_what_is_no_number_is_asked_again(world: World, staff: Talk) -> None:
    assert "这不像手机号或会员卡号" in await look_up(staff, await new_notice(world), "张三")
    await staff.say(PHONE)
    assert "没有这个号码的人" in staff.screen


async def test_looking_somebody_up_is_noted_without_the_number(world: World, staff: Talk) -> None:
    notice_id = await new_notice(world)
    await deliver(world, notice_id, phone=PHONE)
    with structlog.testing.capture_logs() as noted:
        await look_up(staff, notice_id)
    assert [line for line in noted if line["event"] == "notice.looked_up"] == [
        {"event": "notice.looked_up", "log_level": "info", "person": world.staff, "notice": notice_id, "found": 1}
    ]


async def test_a_notice_that_one_may_not_see_any_more_is_not_answered_about(world: World, staff: Talk) -> None:
    notice_id = await new_notice(world, author_id=world.city_staff)
    await deliver(world, notice_id, phone=PHONE)
    await staff.choose(f"s:report_person:{notice_id}")
    await change(world, notice_id, unit_id=HAIDIAN)
    await staff.say(PHONE)
    assert "没有找到这条通知" in staff.screen
