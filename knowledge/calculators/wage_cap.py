"""The three-times cap of 劳动合同法 47 on a monthly wage, and whose average it is measured by."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .base import Input, Kind, Situation, Values
from .working import Working, labour_contract_law, yuan

TIMES = 3


def cap_may_matter(values: Values, situation: Situation) -> bool:
    """Whether the wage may be over three times the average, and the published average is not in the facts."""
    wage, on = values.number("wage"), values.day("end") or situation.today
    if wage is None or situation.fact("average-wage", on) is not None:
        return False
    known = situation.facts.latest("contribution-average-wage", situation.region, on)
    return known is None or wage > TIMES * known.number


AVERAGE_WAGE = Input(
    name="average_wage",
    label="当地公布的上年度职工月平均工资是多少元？不知道可以跳过",
    kind=Kind.MONEY,
    optional=True,
    help="工资特别高的才用得上：超过它的三倍，补偿会封顶。可以打 12333 问",
    example="11937",
    least=Decimal(500),
    most=Decimal(100_000),
    needed_when=cap_may_matter,
)


@dataclass(frozen=True, slots=True)
class Capped:
    """The monthly wage to count with, and whether the cap reached it."""

    monthly: Decimal
    reached: bool


def capped_wage(wage: Decimal, values: Values, working: Working) -> Capped:
    """The wage, or three times the average if it is more. Without a published average the contribution average stands in."""
    average = _average(wage, values, working)
    if average is None or wage <= TIMES * average:
        if average is not None:
            working.line(f"没有超过职工月平均工资 {yuan(average)}的三倍，按本人工资算", labour_contract_law(47))
        return Capped(wage, False)
    capped = TIMES * average
    working.line(
        f"超过职工月平均工资 {yuan(average)}的三倍，每月按 {yuan(capped)}算，年限最多十二年", labour_contract_law(47), amount=capped
    )
    return Capped(capped, True)


def _average(wage: Decimal, values: Values, working: Working) -> Decimal | None:
    situation, on = working.situation, values.need_day("end")
    published, asked = situation.fact("average-wage", on), values.number("average_wage")
    if published is not None:
        return working.use(published)
    if asked is not None:
        return asked
    known = situation.facts.latest("contribution-average-wage", situation.region, on)
    if known is None:
        working.note("没有查到当地上年度职工月平均工资，这里没有封顶。月工资超过它三倍的，每月按三倍算，年限最多十二年。")
        return None
    if wage > TIMES * known.number:
        # All published averages we know of lie above the contribution one, so this never promises too much.
        working.note("封顶先用了社保缴费口径的平均工资；仲裁委可能采用另一个公布数，那样钱一般只会更多。请让律师核对。")
    return working.use(known)
