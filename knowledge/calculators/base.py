"""What calculators are made of: declared inputs that a form or a command line can ask for, and a result that shows its working."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from ..articles import ArticleReference
from ..facts import Fact, Facts

Value = Decimal | date | int | bool | str | None  # None: skipped
Figure = Decimal | date | int | str
CENT = Decimal("0.01")
LARGEST_WAGE = Decimal(10_000_000)  # a month: beyond it a slip of the finger


def cents(amount: Decimal | Fraction) -> Decimal:
    """Rounded to 分, half up; done once, at the end of a calculation."""
    exact = amount if isinstance(amount, Decimal) else Decimal(amount.numerator) / Decimal(amount.denominator)
    return exact.quantize(CENT, ROUND_HALF_UP)


class BadInput(ValueError):
    """An answer that does not fit: which input, and in a sentence for the person what is expected."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(f"{name}: {sentence}")
        self.name = name
        self.sentence = sentence


class Kind(StrEnum):
    """What an input takes."""

    MONEY = "money"
    DAY = "day"
    WHOLE = "whole"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose, and how it reads."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known without asking: the day, the facts, and the place."""

    today: date
    facts: Facts
    region: str

    def fact(self, name: str, on: date | None = None) -> Fact | None:
        """What holds here on that day (today if none is given)."""
        return self.facts.value(name, self.region, on or self.today)


class Values(Mapping[str, Value]):
    """The answers so far, by input. Each getter gives its type, None for what was skipped or not asked."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def number(self, name: str) -> Decimal | None:
        """An amount or a number."""
        value = self._values.get(name)
        return value if isinstance(value, Decimal) else None

    def day(self, name: str) -> date | None:
        """A day."""
        value = self._values.get(name)
        return value if isinstance(value, date) else None

    def whole(self, name: str) -> int | None:
        """A whole number."""
        value = self._values.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def yes(self, name: str) -> bool:
        """Whether the answer was yes; no if it was skipped or not asked."""
        return self._values.get(name) is True

    def choice(self, name: str) -> str:
        """The key of what was chosen, empty if nothing was."""
        value = self._values.get(name)
        return value if isinstance(value, str) else ""

    def need_number(self, name: str) -> Decimal:
        """An amount or a number that must be there. Raises BadInput."""
        return self._must(name, self.number(name))

    def need_day(self, name: str) -> date:
        """A day that must be there. Raises BadInput."""
        found = self.day(name)
        if found is None:
            raise BadInput(name, "还缺这一项，请补上")
        return found

    def need_whole(self, name: str) -> int:
        """A whole number that must be there. Raises BadInput."""
        return int(self._must(name, self.whole(name)))

    @staticmethod
    def _must(name: str, found: Decimal | int | None) -> Decimal:
        if found is None:
            raise BadInput(name, "还缺这一项，请补上")
        return Decimal(found)


Needed = Callable[[Values, Situation], bool]


def always(_values: Values, _situation: Situation) -> bool:
    """For an input that is asked of everybody."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One question: what it takes, how it reads to the person, and when it is asked at all."""

    name: str
    label: str
    kind: Kind
    optional: bool = False  # may be skipped
    help: str = ""
    example: str = ""
    unit: str = ""  # what may stand behind a number: 个月
    least: Decimal | None = None
    most: Decimal | None = None
    options: tuple[Option, ...] = ()
    ahead: bool = False  # a day that may lie in the future
    needed_when: Needed = always  # of the inputs before it


@dataclass(frozen=True, slots=True)
class Check:
    """Whether answers fit together; looked at as soon as all of them are there."""

    names: tuple[str, ...]
    fits: Callable[[Values, Situation], bool]
    sentence: str  # what is expected of the last of the names


@dataclass(frozen=True, slots=True)
class Document:
    """A document that is not among the imported statutes: cited by its title, not checked against a text."""

    title: str
    number: str = ""  # 劳部发〔1994〕479号
    place: str = ""  # 第三条

    @property
    def cite(self) -> str:
        """As it is cited to a person."""
        title = self.title.replace("《", "〈").replace("》", "〉")
        return f"《{title}》" + (f"（{self.number}）" if self.number else "") + self.place


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the working, with what it came to and what it rests on."""

    text: str
    amount: Decimal | None = None
    articles: tuple[ArticleReference, ...] = ()
    documents: tuple[Document, ...] = ()  # not checked against a text

    @property
    def cites(self) -> tuple[str, ...]:
        """What it rests on, as it is cited to a person."""
        return (*(article.cite for article in self.articles), *(f"{document.cite}，未核对原文" for document in self.documents))


@dataclass(frozen=True, slots=True)
class Result:
    """What came out, and everything needed to check it by hand."""

    headline: str
    amount: Decimal | None  # None if it is no question of money, or a figure is missing
    values: Mapping[str, Figure]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    facts_used: tuple[Fact, ...]
    as_of: date
    region: str

    @property
    def articles(self) -> tuple[ArticleReference, ...]:
        """Every article it rests on, in order, each once."""
        return tuple(dict.fromkeys(article for line in self.lines for article in line.articles))
