"""What a question is answered with, screen by screen."""

from __future__ import annotations

from datetime import date

import pytest

from handlers.turn import House
from handlers.worker import consult
from knowledge import Topic
from knowledge.facts import Facts
from tests.handlers.talk import Talk


async def test_what_is_kept_as_evidence_and_where_to_go_stand_with_the_steps(worker: Talk, house: House) -> None:
    answer = house.knowledge.answer_by_code("wages-unpaid")
    assert answer is not None
    await worker.choose(f"{consult.STEPS}:{answer.code}")
    assert f"先留好：{'；'.join(answer.evidence)}。" in worker.screen
    assert f"找谁：{'；'.join(answer.where)}。" in worker.screen
    await worker.choose(f"{consult.MORE}:{answer.code}")
    assert worker.last[0].text.startswith(answer.more[:20])
    assert answer.evidence[0] not in worker.screen


@pytest.mark.parametrize("text", ["8", "10000", "2026-01-05"])
async def test_a_bare_number_is_not_greeted(worker: Talk, text: str) -> None:
    await worker.say(text)
    assert "只看到数字" in worker.screen
    assert worker.labels == ["算一算"]


async def test_an_emergency_is_comforted_and_its_words_are_not_weighed_aloud(worker: Talk) -> None:
    await worker.say("救命，我同事被机器夹住手了流了好多血")
    assert "120" in worker.last[0].text
    assert "12356" in worker.last[0].text
    assert all("我的理解" not in reply.text for reply in worker.last)


async def test_who_is_not_understood_may_choose_what_people_mostly_ask_about(worker: Talk) -> None:
    await worker.say("单位")
    assert "没有完全看懂" in worker.screen
    usual = {topic.label for topic in (Topic.WAGES, Topic.TERMINATION, Topic.INJURY)}
    assert usual <= set(worker.labels)
    assert "不是工作上的事" not in worker.labels[:-2]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("主管老是摸我手，说荤段子", "safety-harassment"), ("领导摸我大腿", "safety-harassment"),
        ("送外卖摔断了腿，平台说我不是员工，不算工伤", "relationship-rider-hurt"),
        ("上周突然说部门裁撤让我走人，只给一个月工资，合理吗", "termination-big-change"),
        ("干了半个月不想干了，工资不给", "wages-on-leaving"), ("保安上24休24有加班费吗", "hours-duty"),
    ],
)  # fmt: skip
async def test_what_people_asked_in_a_trial_finds_its_answer(house: House, text: str, code: str) -> None:
    answer = house.knowledge.answer(text, house.knowledge.read(text))
    assert answer is not None
    assert answer.code == code


async def test_a_cry_for_help_in_the_middle_of_a_form_is_heard(worker: Talk) -> None:
    await worker.say("算一算")
    await worker.press("经济补偿")
    await worker.say("我不想活了，站在楼顶上")
    assert any("120" in reply.text for reply in worker.last)


async def test_a_subject_leads_to_what_people_ask_about_it_and_one_press_further_to_the_answer(worker: Talk, house: House) -> None:
    await worker.choose(f"{consult.TOPIC}:{Topic.HOURS}")
    first = house.knowledge.answers_on(Topic.HOURS)[0]
    await worker.press(first.title[:8])
    assert first.text[:20] in worker.screen
    await worker.choose(f"{consult.TOPIC}:weather")
    assert "已经更新" in worker.screen


async def test_an_answer_offers_the_calculators_that_help(worker: Talk) -> None:
    await worker.say("公司辞退我，经济补偿怎么算")
    assert any(label.startswith("算") for label in worker.labels)


def test_a_dated_fact_is_said_with_its_place_and_first_day() -> None:
    said = consult.with_facts("不低于{fact:minimum-wage-month@北京}。", Facts.load(), date(2026, 11, 21))
    assert said == "不低于北京2025年9月1日起每月2,540元。"


def test_a_fact_that_nobody_has_entered_is_not_made_up() -> None:
    assert consult.with_facts("{fact:minimum-wage-month@西藏}", Facts.load(), date(2026, 11, 21)) == "（当年的数请问 12333）"
