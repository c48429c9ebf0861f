"""Gathers a result while it is worked out, and the few things that several calculators ask and do alike."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial

from ..articles import ArticleReference
from ..facts import Fact
from ..quantities import amount_text
from .base import LARGEST_WAGE, Document, Figure, Input, Kind, Line, Needed, Result, Situation, Values, always, cents
from .periods import day_text

labour_contract_law = partial(ArticleReference, "劳动合同法")
contract_regulation = partial(ArticleReference, "劳动合同法实施条例")
labour_law = partial(ArticleReference, "劳动法")
civil_code = partial(ArticleReference, "民法典")
social_insurance_law = partial(ArticleReference, "社会保险法")
arbitration_law = partial(ArticleReference, "劳动争议调解仲裁法")
injury_regulation = partial(ArticleReference, "工伤保险条例")
BEIJING_WAGES = partial(Document, "北京市工资支付规定", "")

# No region's monthly minimum wage had reached this by the end of 2025; above it the minimum needs no asking.
ABOVE_EVERY_MINIMUM = Decimal(3000)


class Working:
    """The working of one calculation."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self._lines: list[Line] = []
        self._notes: list[str] = []
        self._facts: list[Fact] = []

    def line(self, text: str, *cited: ArticleReference | Document, amount: Decimal | None = None) -> None:
        """One step, with what it rests on."""
        articles = tuple(each for each in cited if isinstance(each, ArticleReference))
        documents = tuple(each for each in cited if isinstance(each, Document))
        self._lines.append(Line(text, None if amount is None else cents(amount), articles, documents))

    def note(self, text: str) -> None:
        """A limit of the result, or something to check."""
        if text not in self._notes:
            self._notes.append(text)

    def use(self, fact: Fact) -> Decimal:
        """The fact's number, which the result then shows."""
        if fact not in self._facts:
            self._facts.append(fact)
        return fact.number

    def show(self, fact: Fact) -> None:
        """A fact the result rests on though it is no single number."""
        if fact not in self._facts:
            self._facts.append(fact)

    @property
    def in_beijing(self) -> bool:
        """Whether Beijing's own rules apply."""
        return self.situation.region.startswith("北京")

    def result(self, headline: str, amount: Decimal | None = None, **values: Figure | None) -> Result:
        """What came out; figures that are None are left out."""
        today = self.situation.today
        self._notes.append(f"这是按您填的情况和{day_text(today)}的规定算的，供参考，不代替律师意见。")
        return Result(
            headline=headline,
            amount=None if amount is None else cents(amount),
            values={name: value for name, value in values.items() if value is not None},
            lines=tuple(self._lines),
            notes=tuple(self._notes),
            facts_used=tuple(self._facts),
            as_of=today,
            region=self.situation.region,
        )


def plain_number(number: Decimal) -> str:
    """Without needless zeros: 3.5, 12."""
    return f"{round(number, 2).normalize():f}"


def yuan(amount: Decimal) -> str:
    """An amount as it is shown, rounded to 分."""
    return amount_text(cents(amount))


def monthly_wage(label: str, help_text: str = "", *, name: str = "wage", needed_when: Needed = always) -> Input:
    """A question for a monthly wage."""
    return Input(
        name=name,
        label=label,
        kind=Kind.MONEY,
        help=help_text,
        example="8000",
        least=Decimal(1),
        most=LARGEST_WAGE,
        needed_when=needed_when,
    )


def no_minimum_known(values: Values, situation: Situation) -> bool:
    """Whether the minimum wage may matter and is not in the facts."""
    wage = values.number("wage")
    low = wage is None or wage < ABOVE_EVERY_MINIMUM
    return low and situation.fact("minimum-wage-month", values.day("end")) is None


MINIMUM_WAGE = Input(
    name="minimum_wage",
    label="当地的月最低工资标准是多少元？不知道可以跳过",
    kind=Kind.MONEY,
    optional=True,
    help="可以打 12333 问当地人社部门",
    example="2540",
    least=Decimal(300),
    most=Decimal(20000),
    needed_when=no_minimum_known,
)


def minimum_wage(values: Values, working: Working, on: date) -> Decimal | None:
    """The monthly minimum wage that held on that day: from the facts, else as answered, else None."""
    fact = working.situation.fact("minimum-wage-month", on)
    return working.use(fact) if fact is not None else values.number("minimum_wage")
