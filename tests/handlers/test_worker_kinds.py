"""我要维权 for everything that can be brought: what is asked, who gets it, by when, and what the words promise."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.models import Case, CaseKind, CaseStatus
from tests.handlers.talk import EMPLOYER, Talk
from tests.union.world import CHAOYANG, CITY, JINSONG, World
from union.alerts import Fact

COMPLAINT = "投诉劲松街道工会不办事，材料交了半年没人管"
HARDSHIP = "家里孩子得了白血病，实在没钱治了，想申请困难补助"
IDEA = "建议工会多办一些技能培训班"
PLAIN = "就是刚才说的那件事情"


async def begin(worker: Talk, kind: str = "") -> None:
    await worker.say("我要维权")
    if "同意" in worker.labels:
        await worker.press("同意")
    if kind:
        await worker.press(kind)


async def opened(world: World, worker: Talk) -> Case:
    return await world.case(int(worker.button("看进度").choice.rpartition(":")[2]))  # type: ignore[arg-type]


async def step(worker: Talk) -> str:
    draft = (await worker.state()).draft
    assert draft is not None
    return draft.step


# ---- what is it


async def test_where_nothing_was_said_before_it_is_asked_first(worker: Talk) -> None:
    await begin(worker)
    assert worker.labels == ["讨薪、劳动争议，找律师", "投诉一件事", "有困难，想要帮扶", "提意见建议", "取消"]
    assert "/" not in worker.screen  # nobody knows yet how many questions there will be


@pytest.mark.parametrize(
    ("said", "kind", "first"),
    [
        ("老板拖欠我三个月工资不给，怎么办", "讨薪、劳动争议，找律师", "发生了什么事"),
        ("拖欠工资怎么办", "讨薪、劳动争议，找律师", "发生了什么事"),
        (COMPLAINT, "投诉一件事", "投诉哪个单位"),
        (HARDSHIP, "有困难，想要帮扶", "遇到了什么困难"),
        (IDEA, "提意见建议", "什么意见或建议"),
    ],
)
async def test_what_was_read_before_decides_and_the_way_to_the_others_is_said(worker: Talk, said: str, kind: str, first: str) -> None:
    await worker.say(said)
    await begin(worker)
    assert f"按“{kind}”受理" in worker.screen
    assert first in worker.screen
    await worker.press("上一步")
    assert "提意见建议" in worker.labels


@pytest.mark.parametrize(("said", "label"), [(HARDSHIP, "申请帮扶"), (IDEA, "提建议")])
async def test_the_button_under_an_answer_is_named_for_what_it_leads_to(worker: Talk, said: str, label: str) -> None:
    await worker.start()
    await worker.press("同意")
    await worker.say(said)
    assert label in worker.labels
    await worker.say("老板拖欠我三个月工资不给，怎么办")
    await worker.press(label)  # the older one: it still leads where it says
    assert "受理" in worker.screen
    assert "讨薪" not in worker.screen


async def test_what_was_said_when_it_was_asked_is_the_story_and_decides_the_kind(worker: Talk) -> None:
    await begin(worker)
    await worker.say(HARDSHIP)
    draft = (await worker.state()).draft
    assert draft is not None
    assert draft.values == {"kind": "help", "story": HARDSHIP}


async def test_where_the_words_do_not_make_it_plain_they_are_kept_and_it_is_asked(worker: Talk) -> None:
    await begin(worker)
    await worker.say(PLAIN)
    assert "记下了" in worker.screen
    await worker.press("投诉一件事")
    draft = (await worker.state()).draft
    assert draft is not None
    assert draft.values == {"kind": "complaint", "story": PLAIN}
    assert draft.step == "employer"


@pytest.mark.parametrize("text", ["？", "😀😀😀😀😀😀", "字" * 2001])
async def test_what_is_no_answer_is_asked_for_again(worker: Talk, text: str) -> None:
    await begin(worker)
    await worker.say(text)
    draft = (await worker.state()).draft
    assert draft is not None
    assert (draft.step, draft.values) == ("kind", {})


async def test_another_kind_chosen_at_the_end_asks_what_is_missing_and_drops_what_does_not_belong(world: World, worker: Talk) -> None:
    await begin(worker, "讨薪")
    await worker.say("老板拖欠我三个月工资不给", EMPLOYER)
    await worker.press("朝阳", "劲松街道", "上个月")
    await worker.say("3万5")
    await worker.press("跳过", "匿名", "修改", "哪一类", "有困难，想要帮扶")
    assert await step(worker) == "wish"
    await worker.press("跳过", "提交")
    case = await opened(world, worker)
    assert (case.kind, case.amount, case.since) == (CaseKind.HELP, None, None)


# ---- from the first question to the receipt


async def test_a_complaint_goes_to_the_staff_of_the_place_with_three_days(world: World, worker: Talk, staff: Talk) -> None:
    await begin(worker, "投诉一件事")
    await worker.say("劲松饭店", "食堂天天给我们吃变质的菜")
    await worker.press("朝阳", "劲松街道")
    await worker.photo()
    await worker.press("发完了", "匿名", "提交")
    assert "您的投诉已受理" in worker.screen
    assert "3 天内" in worker.screen
    assert "60 天内给您答复" in worker.screen
    assert "律师" not in worker.screen
    case = await opened(world, worker)
    assert (case.kind, case.employer, case.unit_id, case.status) == (CaseKind.COMPLAINT, "劲松饭店", JINSONG, CaseStatus.ASSIGNED)
    assert case.officer_id == world.staff
    assert case.due_at - case.received_at == timedelta(days=3)
    assert Fact.CASE_ASSIGNED in await world.told(world.staff)
    await staff.hears()
    assert "匿名" in staff.screen


async def test_hardship_goes_to_the_staff_of_the_place_within_a_day_and_keeps_what_is_wished_for(world: World, worker: Talk) -> None:
    await begin(worker, "有困难")
    await worker.say(HARDSHIP, "大病补助")
    await worker.press("朝阳", "劲松街道", "留姓名电话")
    await worker.say("张三", "13900001234")
    await worker.press("提交")
    assert "24 小时内" in worker.screen
    case = await opened(world, worker)
    assert (case.kind, case.contact_name, case.contact_phone) == (CaseKind.HELP, "张三", "13900001234")
    assert case.story == f"{HARDSHIP}\n\n想要的帮助：大病补助"


@pytest.mark.parametrize(("place", "unit"), [(("朝阳", "劲松街道"), JINSONG), (("跳过",), CITY)])
async def test_a_suggestion_without_a_place_is_the_citys(world: World, worker: Talk, place: tuple[str, ...], unit: int) -> None:
    await begin(worker, "提意见建议")
    await worker.say(IDEA)
    await worker.press(*place, "可以公开", "匿名", "提交")
    assert "您同意公开答复" in worker.screen
    case = await opened(world, worker)
    assert (case.kind, case.unit_id, case.publish_agreed) == (CaseKind.SUGGESTION, unit, True)


async def test_who_does_not_want_it_published_is_not_asked_twice(world: World, worker: Talk) -> None:
    await begin(worker, "提意见建议")
    await worker.say(IDEA)
    await worker.press("跳过", "不公开", "匿名", "提交")
    assert "公开" not in worker.screen
    assert not (await opened(world, worker)).publish_agreed


async def test_consent_on_the_way_leads_on_to_the_kind_that_was_pressed(worker: Talk) -> None:
    await worker.say(IDEA)
    await worker.press("提建议", "同意")
    assert "什么意见或建议" in worker.screen


# ---- a complaint about the union itself


@pytest.mark.parametrize(
    ("accused", "unit"),
    [
        ("劲松街道总工会", CHAOYANG),
        ("朝阳区劲松街道工会服务站", CHAOYANG),
        ("朝阳区总工会", CITY),
        ("劲松饭店", JINSONG),
        ("社区居委会", JINSONG),
    ],
)
async def test_nobody_handles_a_complaint_about_themselves(world: World, worker: Talk, accused: str, unit: int) -> None:
    await begin(worker, "投诉一件事")
    await worker.say(accused, "交了半年的表没有人管")
    await worker.press("朝阳", "劲松街道", "跳过", "匿名", "提交")
    assert (await opened(world, worker)).unit_id == unit
