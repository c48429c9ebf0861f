"""A survey as a form: its questions are the steps. They are kept with the draft, so that it reads the same however long somebody takes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from handlers.conversation import Kind, Reply
from handlers.forms import Form
from handlers.steps import Again, Answered, Offer, Problem, Step, Value, Values
from handlers.turn import Turn
from handlers.wording import money, shorten
from knowledge.numerals import decimal_of, from_chinese
from knowledge.quantities import read_amount
from union.survey_questions import CHOSEN, LARGEST_NUMBER, LONGEST_WORDS, Question, Takes, from_json

QUESTIONS = "questions"
"""Under which the questions are kept in the draft."""

_LONGEST_LABEL = 18  # characters on a button before a phone cuts it off
_DONE = "done"
_NUMBER = re.compile(
    r"(?:大约|大概|约|每周)?(?P<number>\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千万]+)(?:个?小时|个人|人|口|次|天|年|岁|个)?(?:左右|多)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionStep(Step):
    """One question of a survey."""

    posed: Question

    def question(self, values: Values) -> str:
        lines = [self.posed.text]
        if self.posed.takes is Takes.MANY:
            lines.append("可以选几个，选完点“选好了”。")
        if _spelled_out(self.posed):
            lines += ["", *(f"{place}. {option}" for place, option in enumerate(self.posed.options, 1))]
        return "\n".join(lines)

    async def offer(self, turn: Turn, values: Values) -> Offer:
        if self.posed.takes not in CHOSEN:
            return ()
        picked = self._picked(values)
        options = [[(("✓ " if place in picked else "") + label, str(place))] for place, label in enumerate(_labels(self.posed))]
        return [*options, [("选好了", _DONE)]] if picked else options

    def _picked(self, values: Values) -> list[int]:
        return list(values.get(f"{self.key}.picked") or ()) if self.posed.takes is Takes.MANY else []

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        text = turn.incoming.text.strip() if turn.incoming.kind is Kind.TEXT else ""
        match self.posed.takes:
            case Takes.ONE:
                place = self._place(choice, text)
                return Problem("请点下面的按钮选一个。") if place is None else Value(place)
            case Takes.MANY:
                return self._many(values, choice, text)
        if choice or not text:
            return Problem("这一题请打字回答。")
        match self.posed.takes:
            case Takes.MONEY:
                amount = read_amount(text)
                return Problem("没看懂金额。可以写：5200、五千二、1万2。") if amount is None else Value(f"{amount:f}")
            case Takes.NUMBER:
                number = _read_number(text)
                return Problem("请写一个数，例如 44 或 44.5。") if number is None else Value(number)
        if len(text) > LONGEST_WORDS:
            return Problem(f"写了 {len(text)} 个字，最多 {LONGEST_WORDS} 个字，请说得短一些。")
        return Value(text)

    def _many(self, values: Values, choice: str, text: str) -> Answered:
        picked = self._picked(values)
        if choice == _DONE:
            return Value(sorted(picked)) if picked else Problem("请先选，至少选一个。")
        place = self._place(choice, text)
        if place is None:
            return Problem("请点下面的按钮选，可以选几个。")
        changed = [each for each in picked if each != place] if place in picked else [*picked, place]
        return Again({f"{self.key}.picked": changed})

    def _place(self, choice: str, text: str) -> int | None:
        """The option that was pressed (its place, from 0), or typed: its words, or its number on the screen, where they are counted from 1."""
        if choice:
            return int(choice) if choice.isdecimal() and int(choice) < len(self.posed.options) else None
        if text in self.posed.options:
            return self.posed.options.index(text)
        numbered = _spelled_out(self.posed) and text.isdecimal() and len(text) <= 2
        return int(text) - 1 if numbered and 1 <= int(text) <= len(self.posed.options) else None

    def shown(self, value: Any) -> str:
        if value is None or value == []:
            return Step.shown(self, None)
        match self.posed.takes:
            case Takes.ONE:
                return str(self.posed.options[value])
            case Takes.MANY:
                return "、".join(self.posed.options[place] for place in value)
            case Takes.MONEY:
                return money(Decimal(value))
            case Takes.NUMBER:
                return f"{Decimal(value).normalize():f}"
        return str(value)


def _labels(question: Question) -> list[str]:
    """The options as they stand on buttons: numbered and cut short if one is too long for a phone; the question then spells them out."""
    if not _spelled_out(question):
        return list(question.options)
    return [shorten(f"{place}. {option}", _LONGEST_LABEL) for place, option in enumerate(question.options, 1)]


def _spelled_out(question: Question) -> bool:
    return any(len(option) > _LONGEST_LABEL for option in question.options)


def _read_number(text: str) -> str | None:
    """A number as people type it: 44, 44.5小时, 三个人. None when there is none, or it is absurd."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text[:40]).replace(",", "").replace(" ", ""))
    if found is None:
        return None
    number = decimal_of(found["number"])
    if number is None and (whole := from_chinese(found["number"])) is not None:
        number = Decimal(whole)
    return f"{number:f}" if number is not None and number <= LARGEST_NUMBER else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyForm(Form):
    """The form of any survey."""

    def path(self, turn: Turn, values: Values) -> list[Step]:
        """A step for each question."""
        return steps_of(from_json(values.get(QUESTIONS) or ()))


def steps_of(questions: Sequence[Question]) -> list[Step]:
    """A step for each question."""
    return [
        QuestionStep(
            key=question.key, label=shorten(question.text.rstrip("？?"), 14), ask=question.text, optional=question.optional, posed=question
        )
        for question in questions
    ]


def forms_with(submit: Callable[[Turn, Values], Awaitable[list[Reply]]]) -> tuple[SurveyForm, SurveyForm, SurveyForm]:
    """The forms of a sign-up, of a survey, and of an anonymous one: they differ in what is said before they are sent."""
    return (
        SurveyForm(code="sign_up", title="报名", steps=(), summary="请核对，点“报名”就报上了。", submit_label="报名", submit=submit),
        SurveyForm(code="answers", title="填写", steps=(), summary="请核对。截止以前还可以改。", submit_label="提交", submit=submit),
        SurveyForm(
            code="vote",
            title="不记名",
            steps=(),
            summary="请核对。这是不记名的，查不出是谁填的，所以提交以后不能再改。",
            submit_label="提交",
            submit=submit,
        ),
    )
