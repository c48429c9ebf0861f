"""Questions typed one per line."""

from __future__ import annotations

import pytest

from handlers.staff.survey_lines import EXAMPLE, BadLines, read_lines, write_lines
from handlers.survey_sets import ready_made
from storage.models import SurveyKind
from union.survey_questions import Means, Takes, check
from union.surveys import MEMBERS_ONLY


def test_the_example_reads_as_it_says() -> None:
    content, courses, hours, remark = read_lines(EXAMPLE)
    assert (content.takes, content.text, content.options) == (Takes.ONE, "您对食堂满意吗", ("满意", "一般", "不满意"))
    assert (courses.takes, courses.options) == (Takes.MANY, ("电工", "法律", "英语"))
    assert (hours.takes, hours.text, hours.optional) == (Takes.NUMBER, "每周工作几小时", False)
    assert (remark.takes, remark.text, remark.optional) == (Takes.WORDS, "还有什么建议", True)


@pytest.mark.parametrize(
    ("line", "takes", "text", "optional"),
    [
        ("1. 几号来？", Takes.WORDS, "几号来？", False),
        ("（3）几号来？", Takes.WORDS, "（3）几号来？", False),
        ("3、上个月工资(金额)（选填）", Takes.MONEY, "上个月工资", True),
        ("二、会什么（可不填）（多选）:电工/木工", Takes.MANY, "会什么", True),
        ("来不来（周六）：来／不来", Takes.ONE, "来不来（周六）", False),
    ],
)
def test_a_line_is_read_as_people_write_it(line: str, takes: Takes, text: str, optional: bool) -> None:
    [question] = read_lines(line)
    assert (question.takes, question.text, question.optional) == (takes, text, optional)


def test_what_was_read_reads_the_same_when_written_again() -> None:
    questions = read_lines(EXAMPLE)
    assert read_lines(write_lines(questions)) == questions


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "没有看到题目"),
        ("问题\n" * 21, "最多 20 题"),
        ("好吗：好\n来吗：来／不来", "第 1 题：选择题至少要两个选项"),
        ("来吗：来／不来\n好吗：好／好", "第 2 题：有两个选项一样"),
        ("几个（数字）：一／二", "就不要再写选项"),
        ("：来／不来", "没有写题目"),
        ("字" * 201, "题目太长"),
        ("选吗：" + "／".join(str(n) for n in range(13)), "最多 12 个"),
        ("选吗（多选）", "至少要两个选项"),
    ],
)
def test_a_line_that_cannot_be_asked_is_named_with_what_to_mend(text: str, said: str) -> None:
    with pytest.raises(BadLines) as refused:
        read_lines(text)
    assert said in str(refused.value)


def test_what_stands_ready_can_be_asked() -> None:
    for each in ready_made().values():
        check(each.questions)
        assert each.kind not in MEMBERS_ONLY or any(question.good for question in each.questions)
    assert {each.kind for each in ready_made().values()} == set(SurveyKind)
    wages = next(each for each in ready_made().values() if each.kind is SurveyKind.WAGES)
    assert {question.means for question in wages.questions} >= set(Means)
