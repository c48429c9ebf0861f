"""我要维权: what the story says in passing is offered at the steps after it, and a vague story keeps the subject asked about before."""

from __future__ import annotations

from decimal import Decimal

import pytest

from handlers.conversation import CHOICE_LIMIT
from handlers.steps import LONGEST_SUGGESTED, MOST_SUGGESTED
from handlers.turn import House
from knowledge import Topic
from tests.handlers.talk import EMPLOYER, Talk
from tests.union.world import CHAOYANG, JINSONG, WANGJING, World

RICH = "我在朝阳区劲松街道的北京示例餐饮有限公司上班，从2026年3月开始拖欠工资，一共欠我3万5"
OTHER = "我在海淀区中关村街道的北京样品科技有限公司上班，去年10月开始拖欠工资，一共欠我八千元"
PLAIN = "老板拖欠我三个月工资不给"
VAGUE = "就是刚才说的那件事情"
SAID = "刚才说的："


async def tell(worker: Talk, story: str) -> None:
    await worker.say("我要维权")
    if "同意" in worker.labels:
        await worker.press("同意")
    await worker.say(story)


async def at(worker: Talk, key: str, story: str = RICH) -> None:
    """Tells the story and goes on to a step without taking a suggestion."""
    await tell(worker, story)
    if key == "employer":
        return
    await worker.say(EMPLOYER)
    if key == "place":
        return
    await worker.press("朝阳", "望京街道")
    if key == "amount":
        await worker.press("跳过")
    assert await step(worker) == key


async def step(worker: Talk) -> str:
    draft = (await worker.state()).draft
    assert draft is not None
    return draft.step


async def values(worker: Talk) -> dict[str, object]:
    draft = (await worker.state()).draft
    assert draft is not None
    return draft.values


def offered(worker: Talk) -> list[str]:
    return [label for label in worker.labels if label.startswith(SAID)]


async def test_what_the_story_says_is_offered_first_and_one_press_takes_it(world: World, worker: Talk) -> None:
    await tell(worker, RICH)
    for label in ("北京示例餐饮有限公司", "朝阳区劲松街道", "2026年3月", "35,000 元"):
        assert worker.labels[0] == f"{SAID}{label}"
        assert len(offered(worker)) == 1
        await worker.press(SAID)
    assert await values(worker) == {
        "kind": "dispute",
        "story": RICH,
        "employer": "北京示例餐饮有限公司",
        "place": {"unit": JINSONG, "name": "朝阳区 劲松街道"},
        "since": "2026-03-01",
        "amount": "35000",
    }
    await worker.press("跳过", "匿名", "提交")
    case = await world.case(int(worker.button("看进度").choice.rpartition(":")[2]))  # type: ignore[arg-type]
    assert (case.employer, case.unit_id, str(case.since), case.amount) == ("北京示例餐饮有限公司", JINSONG, "2026-03-01", Decimal(35000))


async def test_nothing_is_filled_in_by_itself(worker: Talk) -> None:
    await tell(worker, RICH)
    assert await values(worker) == {"kind": "dispute", "story": RICH}
    assert await step(worker) == "employer"


async def test_a_story_that_says_nothing_in_passing_offers_nothing(worker: Talk) -> None:
    await tell(worker, PLAIN)
    assert offered(worker) == []
    await worker.say(EMPLOYER)
    assert worker.labels == ["朝阳", "海淀", "上一步", "取消"]
    await worker.press("朝阳", "劲松街道")
    assert offered(worker) == []
    await worker.press("上个月")
    assert worker.labels == ["上一步", "跳过", "取消"]


async def test_something_else_can_be_typed_or_pressed_as_ever(worker: Talk) -> None:
    await tell(worker, RICH)
    await worker.say(EMPLOYER, "中关村")
    await worker.press("上个月")
    await worker.say("一万二千元")
    kept = await values(worker)
    assert (kept["employer"], kept["since"], kept["amount"]) == (EMPLOYER, "2026-10-01", "12000")


async def test_an_answer_that_is_changed_from_the_summary_is_suggested_as_well(worker: Talk) -> None:
    await at(worker, "amount")
    await worker.press("跳过", "跳过", "匿名", "修改", "涉及金额", SAID)
    assert "涉及金额：35,000 元" in worker.screen


# ---- which ones, and how many


MANY = (
    "我先在劲松和望京、后来在海淀区中关村街道上班，每月底薪3000元、提成2000元、餐补500元，一共欠一万五，"
    "2025年3月入职，2025年8月降薪，2026年1月停发，名字写在合同上：北京特别特别特别特别特别特别特别特别特别长示例餐饮有限公司"
)


@pytest.mark.parametrize("key", ["employer", "place", "since", "amount"])
async def test_there_are_at_most_two_suggestions_and_they_fit_on_a_button(worker: Talk, key: str) -> None:
    await at(worker, key, MANY)
    assert 1 <= len(offered(worker)) <= MOST_SUGGESTED == 2
    for label in offered(worker):
        assert len(label) <= LONGEST_SUGGESTED == 30
        assert len(worker.button(label).choice.encode()) <= CHOICE_LIMIT


async def test_a_long_name_is_cut_on_the_button_and_whole_in_the_form(worker: Talk) -> None:
    await at(worker, "employer", MANY)
    assert offered(worker)[0].endswith("…")
    await worker.press(SAID)
    assert str((await values(worker))["employer"]).endswith("长示例餐饮有限公司")


async def test_of_many_amounts_the_largest_are_offered(worker: Talk) -> None:
    await at(worker, "amount", MANY)
    assert offered(worker) == [f"{SAID}3,000 元", f"{SAID}15,000 元"]
    await worker.press(f"{SAID}15,000 元")
    assert (await values(worker))["amount"] == "15000"


async def test_a_day_is_offered_to_the_day_and_a_month_as_a_month(worker: Talk) -> None:
    await at(worker, "since", "2026年8月15日老板说没钱，去年12月就停了社保，拖欠工资")
    assert offered(worker) == [f"{SAID}2026年8月15日", f"{SAID}2025年12月"]


@pytest.mark.parametrize(
    ("story", "labels"),
    [
        ("2024年入职，一直拖欠我的工资", []),
        ("2024年1月入职，一直拖欠我的工资", [f"{SAID}2024年1月"]),
        ("2024年11月入职，去年开始拖欠我的工资", [f"{SAID}2024年11月"]),
        ("去年年初开始拖欠我的工资", [f"{SAID}2025年1月"]),
        ("干了12年，2026-01-01起拖欠我的工资", [f"{SAID}2026年1月"]),
    ],
)
async def test_a_year_alone_is_no_january(worker: Talk, story: str, labels: list[str]) -> None:
    await at(worker, "since", story)
    assert offered(worker) == labels


# ---- places


async def test_a_district_alone_leads_to_its_streets(worker: Talk) -> None:
    await at(worker, "place", "我在朝阳区上班，老板拖欠工资")
    assert offered(worker) == [f"{SAID}朝阳区"]
    await worker.press(SAID)
    assert "place" not in await values(worker)
    assert worker.labels == ["劲松街道", "望京街道", "不清楚街道", "换一个区", "上一步", "取消"]
    await worker.press("不清楚街道")
    assert (await values(worker))["place"] == {"unit": CHAOYANG, "name": "朝阳区（街道不清楚）"}


async def test_a_street_that_the_union_does_not_have_is_not_offered_but_its_district_is(worker: Talk) -> None:
    await at(worker, "place", "我在朝阳区双井街道上班，老板拖欠工资")
    assert offered(worker) == [f"{SAID}朝阳区"]


async def test_a_district_that_the_union_does_not_have_is_not_offered(worker: Talk) -> None:
    await at(worker, "place", "我在通州区马驹桥镇上班，老板拖欠工资")
    assert worker.labels == ["朝阳", "海淀", "上一步", "取消"]


async def test_within_a_district_only_its_own_streets_are_offered(worker: Talk) -> None:
    await at(worker, "place", "我在望京的分店上班，总店在中关村，拖欠工资")
    assert offered(worker) == [f"{SAID}朝阳区望京街道", f"{SAID}海淀区中关村街道"]
    await worker.press("朝阳")
    assert offered(worker) == [f"{SAID}朝阳区望京街道"]
    await worker.press(SAID)
    assert (await values(worker))["place"] == {"unit": WANGJING, "name": "朝阳区 望京街道"}


# ---- old and forged buttons


@pytest.mark.parametrize("key", ["employer", "place", "since", "amount"])
@pytest.mark.parametrize("story", [OTHER, PLAIN])
async def test_a_button_from_before_the_story_was_changed_fills_in_nothing_and_says_so(worker: Talk, key: str, story: str) -> None:
    await at(worker, key)
    old = worker.button(SAID).choice
    while await step(worker) != "story":
        await worker.press("上一步")
    await at(worker, key, story)
    await worker.choose(old)
    assert "现在对不上了" in worker.screen
    assert await step(worker) == key
    assert key not in await values(worker)
    assert len(offered(worker)) == (story is OTHER)


async def test_a_button_holds_while_the_new_story_says_the_same(worker: Talk) -> None:
    await at(worker, "employer")
    old = worker.button(SAID).choice
    await worker.press("上一步")
    await worker.say(f"{RICH}，还有加班费")
    await worker.choose(old)
    assert (await values(worker))["employer"] == "北京示例餐饮有限公司"


async def test_a_button_whose_day_has_moved_on_fills_in_nothing(world: World, worker: Talk) -> None:
    await at(worker, "since", "上个月开始拖欠我的工资")
    assert offered(worker) == [f"{SAID}2026年10月"]
    world.clock.advance(days=40)
    await worker.press(SAID)
    assert "现在对不上了" in worker.screen
    assert "since" not in await values(worker)


@pytest.mark.parametrize("key", ["employer", "place", "since", "amount"])
@pytest.mark.parametrize("forged", ["~", "~0", "~00000000", "~x:y:z"])
async def test_a_forged_suggestion_fills_in_nothing(worker: Talk, key: str, forged: str) -> None:
    await at(worker, key)
    draft = (await worker.state()).draft
    assert draft is not None
    await worker.choose(f"f:{draft.id}:{key}:{forged}")
    assert await step(worker) == key
    assert "没有填上" in worker.screen


# ---- a vague story


async def topic_of(world: World, worker: Talk, story: str) -> str:
    await tell(worker, story)
    if "记下了" in worker.screen:  # what it is was not plain
        await worker.press("讨薪、劳动争议")
    await worker.say(EMPLOYER)
    await worker.press("朝阳", "劲松街道", "跳过", "跳过", "跳过", "匿名", "提交")
    return (await world.case(int(worker.button("看进度").choice.rpartition(":")[2]))).topic  # type: ignore[arg-type]


async def test_a_vague_story_keeps_the_subject_of_the_question_before(world: World, worker: Talk, house: House) -> None:
    assert not house.knowledge.read(VAGUE).sure
    await worker.say("公司不给我交社保，怎么办")
    assert await topic_of(world, worker, VAGUE) == Topic.INSURANCE


async def test_a_vague_story_by_itself_is_read_as_well_as_can_be(world: World, worker: Talk, house: House) -> None:
    assert await topic_of(world, worker, VAGUE) == house.knowledge.read(VAGUE).topic


async def test_a_question_that_was_not_about_work_does_not_decide(world: World, worker: Talk, house: House) -> None:
    await worker.say("今天天气怎么样")
    assert (await worker.state()).topic == Topic.NOT_LABOUR
    assert await topic_of(world, worker, VAGUE) == house.knowledge.read(VAGUE).topic


async def test_a_clear_story_decides_whatever_was_asked_before(world: World, worker: Talk) -> None:
    await worker.say("公司不给我交社保，怎么办")
    assert await topic_of(world, worker, PLAIN) == Topic.WAGES
