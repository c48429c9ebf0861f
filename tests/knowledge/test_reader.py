"""What a message is understood to say. All sentences here are written for these tests."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge import Knowledge, Nature, Reading, RequestKind, Topic

UNPAID = "老板拖欠我三个月工资不给，怎么办"


def test_unpaid_wages_are_a_dispute_over_a_broken_duty_and_no_emergency(knowledge: Knowledge) -> None:
    reading = knowledge.read(UNPAID)
    assert (reading.topic, reading.kind, reading.nature) == (Topic.WAGES, RequestKind.DISPUTE, Nature.VIOLATION)
    assert not reading.urgent
    assert reading.sure
    assert {"拖欠", "工资", "老板"} <= set(reading.why)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("工资条上少了两百，问会计说是罚款", Topic.WAGES),
        ("周六周日天天加班，加班费一分没有", Topic.HOURS),
        ("我工作十一年，年休假能休几天", Topic.LEAVE),
        ("入职半年了还没签劳动合同", Topic.CONTRACT),
        ("今天被公司辞退了，能拿几个月补偿", Topic.TERMINATION),
        ("辞职报告交了，领导不批", Topic.RESIGNATION),
        ("在车间被机器轧了手指，算工伤吗", Topic.INJURY),
        ("公司一直不给交社保", Topic.INSURANCE),
        ("怀孕五个月，公司给我降薪", Topic.WOMEN),
        ("竞业限制协议签了两年", Topic.RESTRICTIVE),
        ("跑外卖的和平台算不算劳动关系", Topic.RELATIONSHIP),
        ("申请劳动仲裁要交什么材料", Topic.PROCEDURE),
        ("四十度高温还让我们在室外干活，高温津贴也没有", Topic.SAFETY),
        ("职代会多久开一次", Topic.COLLECTIVE),
        ("京卡怎么办理", Topic.UNION),
        ("我得了癌症，家里困难，能申请救助吗", Topic.HARDSHIP),
        ("房东不退押金怎么办", Topic.NOT_LABOUR),
        ("离婚以后孩子归谁抚养", Topic.NOT_LABOUR),
    ],
)
def test_each_topic_is_recognised_by_its_common_questions(knowledge: Knowledge, text: str, topic: Topic) -> None:
    assert knowledge.read(text).topic is topic


def test_injured_and_dismissed_is_about_the_injury_first(knowledge: Knowledge) -> None:
    reading = knowledge.read("我受了工伤还在养伤，公司就把我辞退了")
    assert reading.topics[:2] == (Topic.INJURY, Topic.TERMINATION)


def test_pregnant_and_dismissed_is_about_the_pregnancy_first(knowledge: Knowledge) -> None:
    reading = knowledge.read("我怀孕了，公司要辞退我")
    assert reading.topics[:2] == (Topic.WOMEN, Topic.TERMINATION)


def test_a_loan_note_is_not_unpaid_wages(knowledge: Knowledge) -> None:
    assert knowledge.read("朋友借钱打了欠条不还，怎么起诉").topic is Topic.NOT_LABOUR


def test_a_word_across_two_words_is_not_found(knowledge: Knowledge) -> None:
    assert Topic.UNION not in knowledge.read("公司的员工会不会被辞退").topics


def test_wages_that_are_not_withheld_are_no_violation(knowledge: Knowledge) -> None:
    reading = knowledge.read("公司没有拖欠工资，我们大伙就是想涨工资，工会能帮着谈吗")
    assert reading.nature is not Nature.VIOLATION


def test_who_dismisses_whom_decides(knowledge: Knowledge) -> None:
    assert knowledge.read("公司要辞退我").topic is Topic.TERMINATION
    assert knowledge.read("我想辞职，要提前几天说").topic is Topic.RESIGNATION


@pytest.mark.parametrize(
    "text",
    ["我不想活了，站在楼顶", "快来人，有个工友从架子上掉下来没呼吸了", "厂门口现在聚集了两百多人，堵门讨薪", "老板拿着刀追我"],
)
def test_danger_to_life_and_crowds_are_urgent_incidents(knowledge: Knowledge, text: str) -> None:
    reading = knowledge.read(text)
    assert reading.urgent
    assert reading.kind is RequestKind.INCIDENT


@pytest.mark.parametrize("text", ["加班加得累死了哈哈", "去年工地上摔死过人，家属怎么赔", UNPAID, "请问罢工合法吗"])
def test_figures_of_speech_and_the_past_are_not_urgent(knowledge: Knowledge, text: str) -> None:
    assert not knowledge.read(text).urgent


@pytest.mark.parametrize("text", ["你好", "", "   ", "😀😀👍", "。。。", "谢谢", "\x00"])
def test_greetings_and_emptiness_are_small_talk(knowledge: Knowledge, text: str) -> None:
    reading = knowledge.read(text)
    assert (reading.topic, reading.kind) == (Topic.NOT_LABOUR, RequestKind.SMALLTALK)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [("老闆拖欠我三個月工資不給，怎麼辦", UNPAID), ("老板托欠我三个月工咨不给，怎么办", UNPAID), ("公司不给交SB", "公司不给交社保")],
)
def test_traditional_characters_and_slips_read_like_the_plain_form(knowledge: Knowledge, typed: str, plain: str) -> None:
    assert knowledge.read(typed) == knowledge.read(plain)


def test_only_disputes_have_a_nature(knowledge: Knowledge) -> None:
    for text in ("年假几天", UNPAID, "建议工会周末也开门", "你好"):
        reading = knowledge.read(text)
        assert (reading.nature is not None) == (reading.kind is RequestKind.DISPUTE)


@settings(max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(), st.text(alphabet="老板拖欠我工资不给没有吗？〈〉@+#，合同 \n\x00\ud800😀ａ")))
def test_reading_never_raises(knowledge: Knowledge, text: str) -> None:
    reading = knowledge.read(text)
    assert isinstance(reading, Reading)
    assert reading.topics[0] is reading.topic
    assert 1 <= len(reading.topics) <= 3
    assert knowledge.read(text) == reading


@pytest.mark.parametrize("text", ["工" * 4096, "拖欠工资" * 1024, "a" * 4096, "我被辞退了，" * 682])
def test_the_longest_message_is_read_in_a_moment(knowledge: Knowledge, text: str) -> None:
    began = time.process_time()
    knowledge.read(text)
    assert time.process_time() - began < 0.5


def test_a_short_message_is_read_in_under_two_milliseconds(knowledge: Knowledge) -> None:
    knowledge.read(UNPAID)
    began = time.process_time()
    for _ in range(100):
        knowledge.read(UNPAID)
    # Measured at 0.2 ms; what others do on the machine is not counted.
    assert (time.process_time() - began) / 100 < 0.002
