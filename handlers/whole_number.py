"""The step of a form that asks how many."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.steps import Answered, Ask, Offer, Problem, Value, Values
from handlers.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeNumber(Ask):
    """A whole number from least to most, kept as text. usual: those that stand on buttons. counter: what people write behind it (件, 人, 条)."""

    usual: tuple[int, ...]
    counter: str
    least: int
    most: int
    problem: str

    async def offer(self, turn: Turn, values: Values) -> Offer:
        return [[(str(number), str(number)) for number in self.usual]]

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        return await self.from_words(turn, values, choice) if choice else await Ask.read(self, turn, values, choice)

    async def from_words(self, turn: Turn, values: Values, text: str) -> Answered:
        plain = text.strip().removesuffix(self.counter).replace(",", "").replace("，", "").strip()
        if not plain.isdecimal() or len(plain) > 12 or not self.least <= int(plain) <= self.most:
            return Problem(self.problem)
        return Value(str(int(plain)))
