"""算一算 in the chat: every calculator from the first question to the result; what is asked, refused, corrected, taken up again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from handlers.calculator_form import HOME, REGION, SAME_EVERYWHERE, SHORT, InputStep
from handlers.conversation import CHOICE_LIMIT, Reply
from handlers.turn import Draft, House, State
from handlers.worker import calculate, worked_out
from handlers.worker.calculate import FORMS
from knowledge.calculators import CALCULATORS, BadInput, Calculator, Line, Result, parse
from knowledge.facts import Facts
from storage.models import Conversation
from tests.handlers.talk import Talk, Talks, submit_case
from tests.knowledge.test_calculators_all import EXAMPLES
from tests.union.world import World

TODAY = date(2026, 11, 18)  # of the tests' clock, in Beijing
FACTS = Facts.load()
each_calculator = pytest.mark.parametrize("calculator", list(CALCULATORS.values()), ids=list(CALCULATORS))

CONVERSATIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # What is typed, [pressed], and what the result says; every figure worked out by hand.
    "severance": (
        ("[公司提出，双方谈好走的]", "2021年3月15日", "2026-10-31", "8千"),
        ("48,000 元", "6 个月 × 8,000 元 = 48,000 元（《劳动合同法》第47条）"),  # 5 years and 7 months: 6
    ),
    "unlawful-dismissal": (("2021-03-15", "20261031", "8000元"), ("96,000 元",)),  # twice that
    "arrears": (("[否]", "6000", "三个月", "2千", "[否]", "[否]"), ("16,000 元",)),  # 3 × 6000 − 2000
    "overtime": (
        ("[标准工时", "8700", "20", "16小时", "8", "1", "[跳过]"),
        ("4,300 元", "× 150% = 1,500 元", "× 200% = 1,600 元", "× 300% = 1,200 元"),  # 50 an hour
    ),
    "double-wage": (("2026-01-05", "[否]", "[否]", "6000", "[跳过]"), ("56,800 元",)),  # 5 Feb to 18 Nov: 9 months and 14 of 30 days
    "arbitration-limit": (("[2. 其他", "2026-03-31", "[1. 都没有]"), ("2027年3月31日", "133 天")),
    "injury": (("[9]", "8000", "[跳过]", "[是]", "[否]", "[跳过]"), ("72,000 元", "9 级 9 个月")),
    "injury-death": (
        ("[因工去世", "2025-06-18", "9000", "[跳过]", "[是]", "[是]", "[2]", "[0]"),
        ("1,154,326 元", "70,566 元", "1,083,760 元", "每月抚恤金合计 9,000 元"),  # 6 × 11761, 20 × 54188, 40% + 2 × 30%
    ),
    "annual-leave": (("[2026 年]", "11", "[1. 都没有]", "2021-03-15", "[否]", "2", "[否]", "8700"), ("6,400 元", "8 天")),  # 8 × 2 × 400
    "medical-leave": (("12年", "6", "2026-08-10", "[跳过]"), ("9 个月", "2,032 元")),  # 80% of 2540
    "maternity": (("[生孩子]", "2026-12-20", "[否]", "[1]", "2026-12-06", "[是]", "1万2", "9000"), ("158 天", "63,200 元")),  # 400 a day
    "probation": (("[有固定期限", "12", "[否]", "6", "5", "8000", "6000"), ("24,800 元", "24,000 元", "800 元")),  # 3 × 8000 + 2 × 400
    "notice-pay": (("[2. 公司说我不胜任", "[否]", "8000"), ("8,000 元",)),
    "unemployment": (("[公司辞退", "三年半", "[跳过]", "2100"), ("18,900 元", "9 个月")),
    "training-bond": (
        ("[是]", "[我自己要走]", "3万", "5万", "2024-07-01", "2027-06-30", "2026-06-30"),
        ("10,000 元",),  # a third of the days was left
    ),
}  # fmt: skip


async def does(worker: Talk, *things: str) -> None:
    """Types, or presses what stands in [brackets]."""
    for thing in things:
        await (worker.press(thing.strip("[]")) if thing.startswith("[") else worker.say(thing))


async def begun(worker: Talk, name: str) -> None:
    await worker.say("/calc")
    await worker.press(calculate.short_title(name))


async def worked(worker: Talk, name: str) -> None:
    """Up to the result."""
    await begun(worker, name)
    await does(worker, *CONVERSATIONS[name][0])
    await worker.press("算一算")


async def draft(talk: Talk) -> Draft:
    found = (await talk.state()).draft
    assert found is not None
    return found


def buttons(replies: list[Reply]) -> Iterator[str]:
    return (button.choice for reply in replies for row in reply.buttons for button in row)


# ---- every calculator


def test_there_is_a_conversation_for_every_calculator() -> None:
    assert set(CONVERSATIONS) == set(CALCULATORS)


@each_calculator
async def test_a_whole_conversation_ends_with_the_sum_and_its_working(worker: Talk, calculator: Calculator) -> None:
    things, says = CONVERSATIONS[calculator.name]
    await begun(worker, calculator.name)
    for number, thing in enumerate(things, 1):
        assert worker.last[0].title == f"{calculator.title} · 第 {number} 问"
        await does(worker, thing)
    assert worker.last[0].title == f"{calculator.title} · 请核对"
    assert "（没有填）" not in worker.screen or "[跳过]" in things
    await worker.press("算一算")
    for each in says:
        assert each in worker.screen
    assert worker.last[0].title  # the sum, in bold
    assert "》第" in worker.screen
    assert "以上是按您填的数估算，不是律师意见" in worker.screen
    assert worker.screen.count("律师意见") == 1
    assert worker.labels == ["改一改再算", "我要维权", "看条文要点", "算别的"]
    assert (await worker.state()).draft is None
    assert await worker.person_id() is None  # nobody was asked for consent, nobody is known
    for reply in worker.shown:
        assert len(reply.title) + len(reply.text) <= worked_out.LONGEST
    assert all(len(choice.encode()) <= CHOICE_LIMIT for choice in buttons(worker.shown))


@each_calculator
async def test_its_articles_are_told_in_plain_words(worker: Talk, calculator: Calculator) -> None:
    await worked(worker, calculator.name)
    await worker.press("看条文要点")
    assert worker.last[0].title == f"条文要点：{calculator.title}"
    assert "版本" in worker.screen
    assert "· 第" in worker.screen
    assert "正式条文以官方公布的为准" in worker.screen


@each_calculator
def test_every_input_has_a_short_name_of_its_own(calculator: Calculator) -> None:
    assert {asked.name for asked in calculator.inputs} <= set(SHORT)
    labels = [step.label for step in FORMS[calculator.name].steps]
    assert len(set(labels)) == len(labels)
    assert max(map(len, labels)) <= 10
    assert REGION not in {asked.name for asked in calculator.inputs}


def test_no_short_name_is_left_over() -> None:
    assert set(SHORT) == {asked.name for calculator in CALCULATORS.values() for asked in calculator.inputs}


@each_calculator
def test_every_choice_that_a_form_can_hold_is_short_enough(calculator: Calculator) -> None:
    for step in FORMS[calculator.name].steps:
        values = [option.key for option in step.input.options] if isinstance(step, InputStep) else ["全国"]
        for value in [*values, "!cancel", "2026-11-18", "10000000.00"]:
            assert len(f"f:abcdef:{step.key}:{value}".encode()) <= CHOICE_LIMIT
    assert len(f"w:calc:{calculator.name}:again:abcdef") <= CHOICE_LIMIT


@pytest.mark.parametrize("name", sorted(SAME_EVERYWHERE))
def test_where_no_place_is_offered_it_makes_no_difference(name: str) -> None:
    calculator = CALCULATORS[name]
    results = []
    for region in ("北京", "全国", "上海"):
        around: dict[str, Any] = {"today": TODAY, "facts": FACTS, "region": region}
        results.append(replace(calculator.run(parse(calculator, EXAMPLES[name], **around), **around), region=""))
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("region", ["北京", "全国", "山东临沂"])
@each_calculator
def test_every_result_fits_a_screen_or_two(calculator: Calculator, region: str) -> None:
    around: dict[str, Any] = {"today": TODAY, "facts": FACTS, "region": region}
    # All that can be asked is answered with each of its options in turn: as much working as there is.
    most = max((len(asked.options) for asked in calculator.inputs), default=1) or 1
    for place in range(most):
        for yes in ("是", "否"):
            raw = dict(EXAMPLES[calculator.name])
            raw |= {asked.name: asked.options[place % len(asked.options)].key for asked in calculator.inputs if asked.options}
            raw |= {asked.name: yes for asked in calculator.inputs if asked.kind == "yes_no"}
            raw = {**{asked.name: asked.example for asked in calculator.inputs if asked.example}, **raw}
            try:
                result = calculator.run(parse(calculator, raw, **around), **around)
            except BadInput:
                continue
            replies = worked_out.replies(result, ())
            assert len(replies) <= 2
            for reply in replies:
                assert len(reply.title) + len(reply.text) <= worked_out.LONGEST


def test_a_long_result_is_two_messages_with_the_buttons_under_the_last() -> None:
    lines = tuple(Line(f"第{number}步" + "算" * 50) for number in range(15))
    result = Result("一共 1 元", None, {}, lines, ("要留意" * 120,), (), TODAY, "北京")
    first, second = worked_out.replies(result, ((calculate.BUTTON,),))
    assert (first.title, second.title, first.buttons) == ("一共 1 元", "", ())
    assert second.buttons
    assert "第14步" in first.text
    assert "请注意" in second.text
    assert "不是律师意见" in second.text


def test_a_sum_is_not_told_twice_in_one_line() -> None:
    lines = (
        Line("平均工资：8,000 元", Decimal("8000.00")), Line("一共 48,000 元里的", Decimal("8000.00")), Line("2 个月 × 3 元", Decimal("6.00"))
    )  # fmt: skip
    result = Result("", None, {}, lines, (), (), TODAY, "北京")
    text = worked_out.replies(result, ())[0].text
    assert text.startswith("1. 平均工资：8,000 元\n2. 一共 48,000 元里的：8,000 元\n3. 2 个月 × 3 元 = 6 元\n")


# ---- the way in


async def test_the_list_holds_every_calculator_two_in_a_row(worker: Talk) -> None:
    await worker.choose("w:calc")
    assert worker.labels == [calculate.short_title(name) for name in CALCULATORS]
    assert max(map(len, worker.labels)) <= 8  # what half a row of a phone holds, with 算 before it
    assert {len(row) for row in worker.last[0].buttons[:-1]} == {2}


@pytest.mark.parametrize(
    "way", [("更多", "[算一算]"), ("法律咨询", "[算一算]"), ("/ask", "[算一算]"), ("算一算",), ("/calc",), ("帮我算一下",)]
)
async def test_it_is_found_from_the_menu_and_by_word(worker: Talk, way: tuple[str, ...]) -> None:
    await worker.start()
    await does(worker, *way)
    assert worker.last[0].title == "算一算"
    assert "加班费" in worker.labels


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("算一下经济补偿", "经济补偿（N）"), ("/calc 经济补偿", "经济补偿（N）"), ("帮我算一算加班费", "加班费"), ("算一算 2N", "违法解除赔偿金（2N）"),
        ("算算年假", "未休年休假工资"), ("/calc overtime", "加班费"), ("我想算一下我的产假。", "产假和生育津贴"), ("计算工伤赔偿", "工伤待遇"),
        ("算双倍工资", "没签合同的双倍工资"), ("算没合同双倍工资", "没签合同的双倍工资"), ("算年假", "未休年休假工资"),
    ],
)  # fmt: skip
async def test_a_calculator_is_opened_by_its_name(worker: Talk, text: str, title: str) -> None:
    await worker.say(text)
    assert worker.last[0].title.startswith(f"{title} · 第 1 问")


async def test_words_to_the_lawyer_are_the_lawyers(worker: Talk) -> None:
    await submit_case(worker)
    await worker.press("补充材料")
    await worker.say("帮我算一下经济补偿")
    assert (await worker.state()).draft is None
    assert "第 1 问" not in worker.screen


async def test_words_in_a_form_are_its_answer(worker: Talk) -> None:
    await worker.say("我要维权")
    await worker.press("同意")
    await worker.say("帮我算一下经济补偿")
    assert (await draft(worker)).values == {"story": "帮我算一下经济补偿"}


async def test_an_unknown_name_behind_the_command_gets_the_list(worker: Talk) -> None:
    await worker.say("/calc 彩票")
    assert worker.last[0].title == "算一算"


@pytest.mark.parametrize("text", ["算一下我被辞退能赔多少钱", "老板拖欠我三个月工资，怎么算", "打算辞职", "计算机坏了"])
async def test_a_question_stays_a_question(worker: Talk, text: str) -> None:
    assert calculate.asked_for(text) is None
    await worker.say(text)
    assert (await worker.state()).draft is None


def test_every_calculator_has_words_by_which_people_ask_for_it() -> None:
    assert set(calculate._SPOKEN) == set(CALCULATORS)
    words = [word for spoken in calculate._SPOKEN.values() for word in spoken]
    assert len(set(words)) == len(words)
    assert all(calculate.named(word) == name for name, spoken in calculate._SPOKEN.items() for word in spoken)


@pytest.mark.parametrize(
    "choice", ["w:calc:", "w:calc:lottery", "w:calc:severance:old", "w:calc:severance:again", "w:calc:a:b:c:d:e", "w:calc:::"]
)
async def test_a_stale_or_forged_choice_gets_the_list(worker: Talk, choice: str) -> None:
    await worker.choose(choice)
    assert "已经用不上了" in worker.screen
    assert "加班费" in worker.labels


def test_a_button_for_an_answer_names_the_calculator() -> None:
    assert (calculate.button("overtime").label, calculate.button("overtime").choice) == ("算加班费", "w:calc:overtime")
    with pytest.raises(KeyError):
        calculate.button("lottery")


# ---- questions


async def test_only_what_is_needed_is_asked(worker: Talk) -> None:
    await begun(worker, "severance")
    await worker.press("我自己想走")
    assert worker.last[0].title.endswith("请核对")
    await worker.press("算一算")
    assert worker.last[0].title == "按这种情形，没有经济补偿"


async def test_a_question_shows_an_example_and_what_helps(worker: Talk) -> None:
    await begun(worker, "unlawful-dismissal")
    assert "例如：2021-03-15" in worker.screen
    assert "从实际上班那天算" in worker.screen


async def test_options_too_long_for_a_button_are_spelled_out_above(worker: Talk) -> None:
    await begun(worker, "annual-leave")
    await does(worker, "[2026 年]", "11")
    assert "4. 请病假累计超过了限度（工龄不满十年 2 个月，十年以上 3 个月，二十年以上 4 个月）" in worker.screen
    assert worker.labels[3] == "4. 请病假累计超过了限度（工龄不…"
    await worker.press("4.")
    assert "请病假累计超过了限度（工龄不满十年 2 个月" in worker.screen  # in full in the summary


REFUSED = [
    ("unlawful-dismissal", (), "不记得啦", "例如 2021-03-15，不能晚于今天"),
    ("unlawful-dismissal", (), "2027-01-01", "不能晚于今天"),
    ("unlawful-dismissal", ("2021-03-15",), "2020-01-01", "离开的日子不能早于上班的日子"),
    ("unlawful-dismissal", ("2021-03-15",), "12月31日", "请填年月日"),
    ("unlawful-dismissal", ("2021-03-15", "2026-10-31"), "很多", "请填金额的数字（元）"),
    ("unlawful-dismissal", ("2021-03-15", "2026-10-31"), "5000万", "应在 1 到 10,000,000 之间"),
    ("unlawful-dismissal", ("2021-03-15", "2026-10-31"), "-8000", "请填金额的数字（元）"),
    ("injury", (), "11", "应在 1 到 10 之间"),
    ("injury", (), "2.5", "请填整数（级）"),
    ("medical-leave", (), "三个月", "请填数字（年）"),
    ("medical-leave", ("5",), "6", "在本单位的年数不能比一共工作的年数多"),
    ("arrears", (), "也许", "请回答 是 或 否"),
    ("severance", (), "随便", "请点下面的按钮选一个"),
    ("severance", (), "😀", "请点下面的按钮选一个"),
    ("severance", (), "字" * 4096, "请点下面的按钮选一个"),
    ("injury", (), "", "请填整数（级）"),
]


@pytest.mark.parametrize(("name", "before", "typed", "says"), REFUSED)
async def test_what_does_not_fit_is_asked_again_with_what_is_expected(
    worker: Talk, name: str, before: tuple[str, ...], typed: str, says: str
) -> None:
    await begun(worker, name)
    await does(worker, *before)
    step = (await draft(worker)).step
    await worker.say(typed)
    assert says in worker.screen
    assert (await draft(worker)).step == step
    assert step not in (await draft(worker)).values


async def test_what_is_no_text_is_asked_again(worker: Talk) -> None:
    await begun(worker, "unlawful-dismissal")
    for send in (
        worker.sticker(),
        worker.photo(),
        worker.voice(),
        worker.place(39.9, 116.4),
        worker.contact("13900001234"),
        worker.edit("8000"),
    ):
        await send
        assert "您是哪天到这家单位上班的" in worker.screen
        assert (await draft(worker)).step == "start"


async def test_a_choice_can_be_typed_by_number_or_words(worker: Talk) -> None:
    await begun(worker, "severance")
    await worker.say("欠薪")
    assert (await draft(worker)).values["reason"] == "forced"
    await worker.press("上一步")
    await worker.say("6")
    assert (await draft(worker)).values["reason"] == "layoff"


@pytest.mark.parametrize("typed", ["跳过", "没有", "不知道"])
async def test_who_types_that_there_is_nothing_skips_what_may_be_skipped(worker: Talk, typed: str) -> None:
    await begun(worker, "arrears")
    await does(worker, "[否]", "6000", "3")
    await worker.say(typed)
    assert (await draft(worker)).values["paid"] is None
    assert (await draft(worker)).step == "ordered"


async def test_who_must_answer_cannot_skip(worker: Talk) -> None:
    await begun(worker, "arrears")
    assert "跳过" not in worker.labels
    await worker.choose(f"f:{(await draft(worker)).id}:part_time:!skip")
    assert (await draft(worker)).step == "part_time"


async def test_a_forged_option_is_refused(worker: Talk) -> None:
    await begun(worker, "severance")
    await worker.choose(f"f:{(await draft(worker)).id}:reason:lottery")
    assert "请点下面的按钮选一个" in worker.screen


# ---- back, correct, again


async def test_one_step_back_asks_again_and_the_path_follows_the_new_answer(worker: Talk) -> None:
    await begun(worker, "double-wage")
    await does(worker, "2026-01-05", "[是]")
    assert "哪天签的" in worker.screen
    await worker.press("上一步")
    assert "补签书面劳动合同了吗" in worker.screen
    await worker.press("否")
    assert "已经离开" in worker.screen


async def test_back_from_the_first_question_there_is_none(worker: Talk) -> None:
    await begun(worker, "severance")
    assert "上一步" not in worker.labels


@pytest.mark.parametrize(
    "choice", ["f:{id}:!summary:!back", "f:{id}:!edit:!back", "f:{id}:region:!skip", "f:{id}:lottery:!edit", "f:{id}:region:x"]
)
async def test_a_mangled_choice_breaks_nothing(worker: Talk, choice: str) -> None:
    await begun(worker, "severance")
    await does(worker, *CONVERSATIONS["severance"][0])
    await worker.choose(choice.format(id=(await draft(worker)).id))
    if "您在哪里上班" in worker.screen:
        await worker.press("北京")
    await worker.press("算一算")
    assert "48,000 元" in worker.last[0].title


async def test_an_answer_corrected_in_the_summary_changes_what_else_is_asked(worker: Talk) -> None:
    await begun(worker, "severance")
    await does(worker, *CONVERSATIONS["severance"][0])
    await worker.press("修改")
    assert worker.labels == ["离开原因", "上班日期", "离开日期", "月工资", "地区", "不改了"]
    await worker.press("离开原因", "合同到期")
    assert "愿意按原来的或更好的条件续签" in worker.screen
    await worker.press("否")
    assert worker.last[0].title.endswith("请核对")
    await worker.press("算一算")
    assert "合同到期" in worker.screen
    assert "48,000 元" in worker.screen


async def test_an_answer_that_no_longer_matters_is_neither_shown_nor_in_the_way(worker: Talk) -> None:
    await begun(worker, "double-wage")
    await does(worker, "2026-01-05", "[是]", "2026-06-01", "[否]", "6000", "[跳过]", "[修改]", "[补签了合同]", "[否]")
    assert "签合同日期" not in worker.screen
    await does(worker, "[修改]", "[上班日期]", "2026-07-01")  # after the contract that is none any more
    assert worker.last[0].title.endswith("请核对")


async def test_a_correction_that_does_not_fit_the_others_is_refused(worker: Talk) -> None:
    await begun(worker, "unlawful-dismissal")
    await does(worker, "2021-03-15", "2024-10-31", "8000", "[修改]", "[上班日期]", "2025-01-01")
    assert "离开的日子不能早于上班的日子" in worker.screen
    await worker.press("不改了")
    assert "2021年3月15日" in worker.screen


async def test_an_answer_can_be_taken_back_to_none(worker: Talk) -> None:
    await begun(worker, "arrears")
    await does(worker, "[否]", "6000", "3", "2000", "[否]", "[否]", "[修改]", "[已经发了]", "[跳过]", "[算一算]")
    assert "18,000 元" in worker.last[0].title


async def test_the_result_can_be_changed_with_the_answers_kept(worker: Talk) -> None:
    await worked(worker, "severance")
    await worker.press("改一改再算")
    assert "要改哪一项" in worker.screen
    await does(worker, "[月工资]", "9000")
    assert "2021年3月15日" in worker.screen
    await worker.press("算一算")
    assert "54,000 元" in worker.last[0].title


async def test_the_answers_of_an_older_result_are_gone_and_it_begins_anew(worker: Talk) -> None:
    await worked(worker, "severance")
    old = worker.button("改一改再算").choice
    await worked(worker, "notice-pay")
    await worker.choose(old)
    assert "没有留着" in worker.screen
    assert worker.last[-1].title == "经济补偿（N） · 第 1 问"


async def test_what_was_answered_is_offered_in_the_next_and_never_filled_in(worker: Talk) -> None:
    await worked(worker, "severance")
    await worker.press("算别的", "违法解除赔偿金")
    assert "上次填的：2021年3月15日" in worker.labels
    assert (await draft(worker)).values == {REGION: HOME}
    await worker.press("上次填的", "上次填的", "上次填的", "算一算")
    assert "96,000 元" in worker.last[0].title


async def test_the_way_from_a_result_to_a_lawyer(worker: Talk) -> None:
    await worked(worker, "arrears")
    await worker.press("我要维权")
    assert "同意" in worker.labels
    await worker.press("同意")
    assert "发生了什么事" in worker.screen


# ---- what was said before


async def asked(worker: Talk, question: str) -> None:
    """The last question, as it is remembered of those who have agreed, however the reader takes it."""
    await worker.start()
    state = await worker.state()
    state.question = question
    await remember(worker, state)


async def remember(worker: Talk, state: State) -> None:
    async with worker.world.database.begin() as session:
        await session.execute(sa.update(Conversation).where(Conversation.address == worker.address).values(state=state.to_json()))


async def test_what_the_last_question_said_is_offered_and_never_filled_in(worker: Talk) -> None:
    await asked(worker, "我2021年3月15日入职，每月8000元，老板拖欠我三个月工资不给")
    await begun(worker, "unlawful-dismissal")
    assert "刚才说的：2021年3月15日" in worker.labels
    await does(worker, "[刚才说的：2021年3月15日]", "2026-10-31")
    assert "刚才说的：8,000 元" in worker.labels
    assert "wage" not in (await draft(worker)).values
    await worker.press("刚才说的：8,000 元", "算一算")
    assert "96,000 元" in worker.last[0].title


async def test_months_owed_years_worked_and_a_grade_are_picked_up_too(worker: Talk) -> None:
    await asked(worker, "老板拖欠我三个月工资不给，我干了六年")
    await begun(worker, "arrears")
    await does(worker, "[否]", "6000")
    assert "刚才说的：3 个月" in worker.labels
    await worker.press("取消")
    await begun(worker, "medical-leave")
    assert "刚才说的：6 年" in worker.labels
    await worker.press("取消")
    await asked(worker, "我工伤鉴定为九级，公司不赔钱怎么办")
    await begun(worker, "injury")
    assert "刚才说的：9 级" in worker.labels


async def test_what_was_said_is_not_offered_where_it_can_not_be(worker: Talk) -> None:
    await asked(worker, "我2021年3月15日入职，老板拖欠我三个月工资不给")
    await begun(worker, "severance")
    await does(worker, "[经济性裁员]", "2022-05-01")
    assert not [label for label in worker.labels if label.startswith("刚才说的")]  # one can't leave before one came


# ---- the place


async def test_the_place_is_beijing_and_can_be_another_from_the_first_question_on(worker: Talk) -> None:
    await begun(worker, "maternity")
    assert "地区：北京" in worker.labels
    await worker.press("地区：北京")
    await worker.say("火星")
    assert "没看懂这个地方" in worker.screen
    await worker.say("山东省临沂市")
    assert worker.last[0].title == "产假和生育津贴 · 第 1 问"
    assert "地区：山东临沂" in worker.labels
    await does(worker, "[生孩子]", "2026-12-20", "[否]", "[1]")
    assert "当地延长的产假" in worker.screen  # not known there: it is asked


async def test_another_place_in_the_summary_asks_what_is_not_known_there(worker: Talk) -> None:
    await begun(worker, "medical-leave")
    await does(worker, *CONVERSATIONS["medical-leave"][0])
    assert "地区：北京" in worker.screen
    await worker.press("修改", "地区", "不分地区")
    assert "当地的月最低工资标准是多少元" in worker.screen
    await does(worker, "2000", "[算一算]")
    assert "1,600 元" in worker.last[0].title
    assert "北京" not in worker.screen


@pytest.mark.parametrize("name", sorted(SAME_EVERYWHERE))
async def test_where_the_place_does_not_matter_none_is_spoken_of(worker: Talk, name: str) -> None:
    await begun(worker, name)
    assert not [label for label in worker.labels if "地区" in label]


# ---- in between


async def test_a_question_in_between_is_answered_and_the_way_back_offered(worker: Talk) -> None:
    await begun(worker, "unlawful-dismissal")
    await worker.say("2021-03-15")
    await worker.say("/ask 老板拖欠我三个月工资不给，怎么办")
    assert "劳动合同法" in worker.screen
    await worker.press("继续填写")
    assert "最后一天上班是哪天" in worker.screen
    assert (await draft(worker)).values == {REGION: HOME, "start": "2021-03-15"}


async def test_a_draft_survives_days_of_silence_and_is_seen_from_the_day_it_goes_on(world: World, worker: Talk) -> None:
    await begun(worker, "unlawful-dismissal")
    await worker.say("2021-03-15")
    world.clock.advance(days=40)
    await worker.start()
    await worker.press("继续填写")
    await does(worker, "2026-12-20", "8000", "[算一算]")
    assert "96,000 元" in worker.last[0].title
    assert "2026年12月28日的规定" in worker.screen


async def test_a_half_filled_form_is_not_lost_without_asking(worker: Talk) -> None:
    await worker.say("我要维权")
    await worker.press("同意")
    await worker.say("老板拖欠我三个月工资不给")
    await worker.choose("w:calc:overtime")
    assert worker.labels == ["继续填写", "不要了，算加班费"]
    await worker.say("/calc 加班费")
    assert worker.labels == ["继续填写", "不要了，算加班费"]
    await worker.press("继续填写")
    assert "单位叫什么名字" in worker.screen
    await worker.press("不要了，算加班费")
    assert worker.last[0].title == "加班费 · 第 1 问"


async def test_a_half_filled_calculator_can_go_on_or_begin_again(worker: Talk) -> None:
    await begun(worker, "overtime")
    await begun(worker, "severance")  # nothing was filled in: nothing to ask
    assert worker.last[0].title == "经济补偿（N） · 第 1 问"
    await worker.press("经济性裁员")
    await worker.say("/calc severance")
    assert worker.labels == ["继续填写", "重新算"]
    await worker.press("重新算")
    assert (await draft(worker)).values == {REGION: HOME}


async def test_a_half_filled_calculator_is_asked_about_before_a_grievance_too(worker: Talk) -> None:
    await worker.start()
    await worker.press("同意")
    await begun(worker, "severance")
    await worker.press("经济性裁员")
    await worker.say("我要维权")
    assert worker.labels == ["继续填写", "重新填一张"]


async def test_buttons_of_an_older_calculation_change_nothing(worker: Talk) -> None:
    await begun(worker, "severance")
    old = worker.button("经济性裁员").choice
    await worker.press("取消")
    await worker.choose(old)
    assert "不能用了" in worker.screen
    await begun(worker, "severance")
    await worker.choose(old)
    assert "以前一张表" in worker.screen
    await worker.press("合同到期")
    await worker.choose(old.replace(old.split(":")[1], (await draft(worker)).id))
    assert "这一步已经过去了" in worker.screen
    assert (await draft(worker)).values["reason"] == "expired"


async def test_a_submit_before_the_end_asks_for_what_is_missing(worker: Talk) -> None:
    await begun(worker, "severance")
    await worker.choose(f"f:{(await draft(worker)).id}::!submit")
    assert "您是怎么离开的" in worker.screen


# ---- what an older program, or older facts, have left


async def keep(worker: Talk, changes: Mapping[str, Any]) -> None:
    """Changes the answers that are kept, as if an older program had kept them so."""
    state = await worker.state()
    assert state.draft is not None
    state.draft.values.update(changes)
    await remember(worker, state)


@pytest.mark.parametrize(
    "changes", [{"wage": "much"}, {"start": 7}, {"reason": "lottery"}, {"reason": None}, {"wage": "-5"}, {"end": "2035-10-31"}]
)
async def test_a_kept_answer_that_holds_no_more_is_asked_again_and_never_breaks(worker: Talk, changes: dict[str, Any]) -> None:
    await begun(worker, "severance")
    await does(worker, *CONVERSATIONS["severance"][0])
    await keep(worker, changes)
    await worker.press("算一算")
    assert "这一项要改一下" in worker.screen
    key = next(iter(changes))
    assert (await draft(worker)).step == key
    await does(worker, {"reason": "[经济性裁员]", "wage": "8000", "start": "2021-03-15", "end": "2026-10-31"}[key], "[算一算]")
    assert "48,000 元" in worker.last[0].title


async def test_a_fact_that_becomes_known_while_it_is_asked_for_is_asked_for_no_more(worker: Talk, talks: Talks, house: House) -> None:
    around: dict[str, Any] = {"valid_from": date(2026, 1, 1), "source": "测试"}
    fact = next(row for row in FACTS.rows if row.name == "minimum-wage-month" and row.region == "北京")
    unknown = Facts(row for row in FACTS.rows if row.name != "minimum-wage-month")
    asking = Talk(worker.world, replace(house, facts=unknown), worker.side, worker.door, worker.address)
    await begun(asking, "medical-leave")
    await does(asking, "12", "6", "[跳过]")
    assert "月最低工资标准是多少" in asking.screen
    known = Talk(worker.world, replace(house, facts=unknown.with_rows([replace(fact, **around)])), worker.side, worker.door, worker.address)
    await known.say("2000")
    assert "公司应发给您多少工资" in known.screen
    await known.press("跳过", "算一算")
    assert re.search(r"用到的标准：\n· 月最低工资标准：北京2026年1月1日起每月[\d,]+元，来源：测试", known.screen)
