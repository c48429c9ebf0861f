"""The questions of a survey as data, and what counts as an answer to them. No table is seen here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from union.errors import UnionError

MOST_QUESTIONS = 20
MOST_OPTIONS = 12
LONGEST_QUESTION = 200
LONGEST_OPTION = 60
LONGEST_WORDS = 1000
LARGEST_NUMBER = Decimal(1_000_000_000)


class Takes(StrEnum):
    """What a question wants to hear."""

    ONE = "one"
    MANY = "many"
    NUMBER = "number"
    MONEY = "money"  # 元
    WORDS = "words"


CHOSEN = (Takes.ONE, Takes.MANY)
COUNTED = (Takes.NUMBER, Takes.MONEY)


class Means(StrEnum):
    """What an answer means to the wage survey (S3): the figures are made from these."""

    WAGE = "wage"
    INDUSTRY = "industry"


class BadQuestions(UnionError):
    """Questions that can't be asked. reason: what is wrong; number: with which question, from 1; 0 for all of them."""

    code = "survey.bad_questions"

    def __init__(self, reason: str, number: int = 0) -> None:
        super().__init__(f"{reason} ({number})")
        self.reason = reason
        self.number = number


class BadAnswer(UnionError):
    """An answer that its question does not allow. key: the question's."""

    code = "survey.bad_answer"

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. good: the options that count towards the goal (满意, 同意). optional: it may be passed over."""

    key: str
    takes: Takes
    text: str
    options: tuple[str, ...] = ()
    good: tuple[int, ...] = ()
    optional: bool = False
    means: Means | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is stored with a survey; what is empty is left out."""
        data: dict[str, Any] = {"key": self.key, "takes": self.takes.value, "text": self.text}
        if self.options:
            data["options"] = list(self.options)
        if self.good:
            data["good"] = list(self.good)
        if self.optional:
            data["optional"] = True
        if self.means:
            data["means"] = self.means.value
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Question:
        """What `to_json` wrote."""
        return cls(
            key=data["key"],
            takes=Takes(data["takes"]),
            text=data["text"],
            options=tuple(data.get("options", ())),
            good=tuple(data.get("good", ())),
            optional=bool(data.get("optional", False)),
            means=Means(data["means"]) if data.get("means") else None,
        )


@dataclass(frozen=True, slots=True)
class Given:
    """Answers as they are stored, by the questions' keys: what is counted (places of options, numbers as text), and what was written."""

    choices: Mapping[str, Any]
    words: Mapping[str, str]


def from_json(data: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    """The questions of a survey as they are stored."""
    return tuple(Question.from_json(each) for each in data)


def check(questions: Sequence[Question]) -> None:
    """Raises BadQuestions when they can't be asked as they are."""
    if len(questions) > MOST_QUESTIONS:
        raise BadQuestions("too_many")
    if len({question.key for question in questions}) < len(questions):
        raise BadQuestions("same_key")
    for number, question in enumerate(questions, 1):
        if reason := _wrong(question):
            raise BadQuestions(reason, number)


def _wrong(question: Question) -> str:
    """What is wrong with a question; empty when nothing is."""
    if not question.text.strip():
        return "empty"
    if len(question.text) > LONGEST_QUESTION:
        return "too_long"
    if question.takes not in CHOSEN:
        return "options_without_choice" if question.options else ""
    if len(question.options) < 2:
        return "too_few_options"
    if len(question.options) > MOST_OPTIONS:
        return "too_many_options"
    if len(set(question.options)) < len(question.options):
        return "same_option"
    if any(not option.strip() or len(option) > LONGEST_OPTION for option in question.options):
        return "bad_option"
    return "" if all(0 <= place < len(question.options) for place in question.good) else "bad_goal"


def read_answers(questions: Sequence[Question], answers: Mapping[str, Any]) -> Given:
    """Answers as they are stored. Raises BadAnswer.

    What was passed over is left out. answers: by the questions' keys; what belongs to no question is an error.
    """
    unknown = answers.keys() - {question.key for question in questions}
    if unknown:
        raise BadAnswer(min(unknown))
    choices: dict[str, Any] = {}
    words: dict[str, str] = {}
    for question in questions:
        given = answers.get(question.key)
        if given is None or given == []:
            if not question.optional:
                raise BadAnswer(question.key)
        elif question.takes is Takes.WORDS:
            words[question.key] = _words(question, given)
        else:
            choices[question.key] = _choice(question, given)
    return Given(choices, words)


def _words(question: Question, given: Any) -> str:
    if not isinstance(given, str) or not given.strip() or len(given) > LONGEST_WORDS:
        raise BadAnswer(question.key)
    return given.strip()


def _choice(question: Question, given: Any) -> Any:
    if question.takes in COUNTED:
        return _number(question, given)
    places = given if question.takes is Takes.MANY else [given]
    if not isinstance(places, list) or not all(type(place) is int and 0 <= place < len(question.options) for place in places):
        raise BadAnswer(question.key)
    return sorted(set(places)) if question.takes is Takes.MANY else places[0]


def _number(question: Question, given: Any) -> str:
    try:
        number = Decimal(given)
    except (InvalidOperation, TypeError, ValueError):
        raise BadAnswer(question.key) from None
    if not number.is_finite() or not 0 <= number <= LARGEST_NUMBER:
        raise BadAnswer(question.key)
    return f"{number.quantize(Decimal('0.01')):f}"
