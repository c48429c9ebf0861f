"""What can be asked, and what is an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.union.survey_made import CONTENT, COURSES, HOURS, INDUSTRY, REMARK, WAGE
from union.survey_questions import BadAnswer, BadQuestions, Question, Takes, check, from_json, read_answers

ALL = (COURSES, HOURS, REMARK)


def test_questions_survive_the_database() -> None:
    questions = (CONTENT, HOURS, REMARK, INDUSTRY, WAGE)
    assert from_json([question.to_json() for question in questions]) == questions


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (replace(CONTENT, text=" "), "empty"),
        (replace(CONTENT, text="字" * 201), "too_long"),
        (replace(CONTENT, options=("满意",), good=()), "too_few_options"),
        (replace(CONTENT, options=tuple(str(n) for n in range(13))), "too_many_options"),
        (replace(CONTENT, options=("满意", "满意")), "same_option"),
        (replace(CONTENT, options=("满意", "")), "bad_option"),
        (replace(CONTENT, good=(3,)), "bad_goal"),
        (replace(HOURS, options=("多", "少")), "options_without_choice"),
    ],
)
def test_a_question_that_cannot_be_asked_is_named(question: Question, reason: str) -> None:
    with pytest.raises(BadQuestions) as refused:
        check((REMARK, replace(question, key="q9")))
    assert (refused.value.reason, refused.value.number) == (reason, 2)


def test_twenty_questions_may_be_asked_and_not_one_more() -> None:
    questions = [replace(REMARK, key=f"q{number}") for number in range(21)]
    check(questions[:20])
    with pytest.raises(BadQuestions):
        check(questions)


def test_answers_are_kept_as_they_are_counted() -> None:
    given = read_answers(ALL, {"q1": [2, 0, 2], "q2": "44.5", "q3": " 食堂早点开 "})
    assert (given.choices, given.words) == ({"q1": [0, 2], "q2": "44.50"}, {"q3": "食堂早点开"})


def test_what_may_be_passed_over_is_left_out() -> None:
    given = read_answers(ALL, {"q1": [1], "q2": None})
    assert (given.choices, given.words) == ({"q1": [1]}, {})


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("q1", []), ("q1", None), ("q1", [3]), ("q1", [-1]), ("q1", 1), ("q1", [True]), ("q1", "法律"),
        ("q2", "-1"), ("q2", "NaN"), ("q2", "many"), ("q2", "1e12"), ("q3", ""), ("q3", "字" * 1001), ("q3", 5), ("q7", "x"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused_by_its_question(key: str, answer: Any) -> None:
    with pytest.raises(BadAnswer) as refused:
        read_answers(ALL, {"q1": [1], key: answer})
    assert refused.value.key == key


def test_a_single_choice_is_one_place() -> None:
    assert read_answers((CONTENT,), {"q1": 2}).choices == {"q1": 2}
    assert CONTENT.takes is Takes.ONE
    with pytest.raises(BadAnswer):
        read_answers((CONTENT,), {"q1": [2]})
