"""What the two injury calculators share: the worker's own wage with its bounds, and the local average (工伤保险条例 64)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from .base import Input, Situation, Values
from .wage_cap import AVERAGE_WAGE
from .working import Working, injury_regulation, monthly_wage, yuan

LEAST_SHARE, MOST_SHARE = Decimal("0.6"), Decimal(3)

OWN_WAGE = monthly_wage(
    "受伤（确诊职业病）前十二个月，平均每月的缴费工资是多少？",
    "社保缴费记录上能查到；单位少缴的，先填实际工资，差额可以要单位补",
)


def average_not_known(_values: Values, situation: Situation) -> bool:
    """Whether the published average wage is not in the facts, so that it is asked for."""
    return situation.fact("average-wage") is None


AVERAGE: Input = replace(
    AVERAGE_WAGE,
    label="当地公布的、算工伤待遇用的上年度职工月平均工资是多少元？不知道可以跳过",
    help="可以打 12333 问工伤科",
    needed_when=average_not_known,
)


def local_average(values: Values, working: Working, on: date) -> Decimal | None:
    """The average wage by which benefits are measured: published, as answered, or the contribution average with a warning."""
    situation = working.situation
    published, asked = situation.fact("average-wage", on), values.number("average_wage")
    if published is not None:
        return working.use(published)
    if asked is not None:
        return asked
    known = situation.facts.latest("contribution-average-wage", situation.region, on)
    if known is None:
        working.note("没有查到当地上年度职工月平均工资，按它算的几项没有算进来；请向 12333 问到后再算一次。")
        return None
    working.note("职工月平均工资先用了最近一次社保缴费口径的公布数；工伤待遇用哪个数，以社保经办机构为准。")
    return working.use(known)


def bounded_wage(values: Values, working: Working, average: Decimal | None) -> Decimal:
    """The own wage, at least 60% and at most 300% of the local average (工伤保险条例 64)."""
    wage = values.need_number("wage")
    working.line("本人工资：受伤前十二个月的平均月缴费工资", injury_regulation(64), amount=wage)
    if average is None:
        return wage
    least, most = average * LEAST_SHARE, average * MOST_SHARE
    if wage > most:
        working.line(f"高于职工月平均工资 {yuan(average)}的 300%，按 300% 算", injury_regulation(64), amount=most)
    elif wage < least:
        working.line(f"低于职工月平均工资 {yuan(average)}的 60%，按 60% 算", injury_regulation(64), amount=least)
    return min(max(wage, least), most)
