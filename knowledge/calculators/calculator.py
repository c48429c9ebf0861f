"""A calculator: what it asks, and how it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ..articles import ArticleReference
from ..facts import Facts
from .base import BadInput, Check, Input, Result, Situation, Value, Values
from .reading import bounded, expected, read_input, typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculator:
    """A question of law and money that can be worked out. Pure: the same answers, day, facts and place give the same result."""

    name: str
    title: str
    about: str
    inputs: tuple[Input, ...]
    work: Callable[[Values, Situation], Result]
    articles: tuple[ArticleReference, ...]  # all that its results may cite
    checks: tuple[Check, ...] = ()

    def run(self, values: Mapping[str, Value], *, today: date, facts: Facts, region: str) -> Result:
        """The result. Answers to inputs that are not needed are ignored. Raises BadInput for what is missing or does not fit."""
        situation = Situation(today, facts, region)
        taken: dict[str, Value] = {}
        for each in self._needed(taken, situation):
            value = values.get(each.name)
            taken[each.name] = _skipped(each) if value is None else bounded(each, typed(each, value), situation)
            self.check(taken, today=today, facts=facts, region=region)
        return self.work(Values(taken), situation)

    def next_input(self, values: Mapping[str, Value], *, today: date, facts: Facts, region: str) -> Input | None:
        """What a form asks next: the first needed input that is not in `values` (None there means skipped). None when all is there."""
        situation = Situation(today, facts, region)
        taken: dict[str, Value] = {}
        for each in self._needed(taken, situation):
            if each.name not in values:
                return each
            taken[each.name] = values[each.name]
        return None

    def read(self, name: str, text: str, values: Mapping[str, Value], *, today: date, facts: Facts, region: str) -> Value:
        """One typed answer, seen beside the answers so far; an empty one is None where that is allowed. Raises BadInput, KeyError."""
        asked = self.input(name)
        value = read_input(asked, text, Situation(today, facts, region)) if text.strip() else _skipped(asked)
        self.check({**values, name: value}, today=today, facts=facts, region=region)
        return value

    def check(self, values: Mapping[str, Value], *, today: date, facts: Facts, region: str) -> None:
        """Whether the answers so far fit together. Raises BadInput, naming the one to correct."""
        answers, situation = Values(values), Situation(today, facts, region)
        for rule in self.checks:
            if all(values.get(name) is not None for name in rule.names) and not rule.fits(answers, situation):
                raise BadInput(rule.names[-1], rule.sentence)

    def input(self, name: str) -> Input:
        """The input of that name. Raises KeyError."""
        return {each.name: each for each in self.inputs}[name]

    def _needed(self, taken: Mapping[str, Value], situation: Situation) -> Iterator[Input]:
        """The inputs that matter, each judged by what has been taken before it."""
        for each in self.inputs:
            if each.needed_when(Values(taken), situation):
                yield each


def parse(calculator: Calculator, raw: Mapping[str, str], *, today: date, facts: Facts, region: str) -> Values:
    """Typed answers, by input name, as values that `run` takes; empty ones count as skipped. Raises BadInput for the first that is wrong.

    Answers to inputs that the earlier answers make needless are left out.
    """
    known = [each.name for each in calculator.inputs]
    for name in raw:
        if name not in known:
            raise BadInput(name, f"没有这一项，只有：{'、'.join(known)}")
    values: dict[str, Value] = {}
    while (asked := calculator.next_input(values, today=today, facts=facts, region=region)) is not None:
        values[asked.name] = calculator.read(asked.name, raw.get(asked.name, ""), values, today=today, facts=facts, region=region)
    return Values(values)


def _skipped(asked: Input) -> Value:
    if not asked.optional:
        raise BadInput(asked.name, expected(asked))
    return None
