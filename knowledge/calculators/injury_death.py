"""What the family receives after a death at work: 工伤保险条例 39, 62, 64."""

from __future__ import annotations

from decimal import Decimal

from .base import Check, Input, Kind, Option, Result, Situation, Values, cents
from .calculator import Calculator
from .injury_wage import AVERAGE, OWN_WAGE, bounded_wage, local_average
from .working import Working, injury_regulation, yuan

FUNERAL_MONTHS = 6
DEATH_GRANT_TIMES = 20
SPOUSE, OTHER, ALONE = Decimal("0.4"), Decimal("0.3"), Decimal("0.1")
_WHEN = (
    Option("work", "因工去世，或在停工留薪期里因工伤去世"),
    Option("later", "一到四级伤残，停工留薪期满以后去世"),
)


def _income_not_known(values: Values, situation: Situation) -> bool:
    died = values.day("died_on") or situation.today
    return values.choice("when") == "work" and situation.fact("national-urban-income", died) is None


def _death(values: Values, situation: Situation) -> Result:
    working = Working(situation)
    died = values.need_day("died_on")
    average = local_average(values, working, died)
    wage = bounded_wage(values, working, average)
    funeral = _funeral(average, working)
    grant = _death_grant(values, working)
    pension = _pensions(wage, values, working)
    payer = "工伤保险基金" if values.yes("insured") else "单位"
    if not values.yes("insured"):
        working.line("单位没上工伤保险的，全部由单位按同样的标准付", injury_regulation(62))
    _notes(working)
    known = [amount for amount in (funeral, grant) if amount is not None]
    total = sum(known, Decimal(0)) if known else None
    return working.result(
        _headline(total, pension, payer),
        total,
        funeral_grant=None if funeral is None else cents(funeral),
        death_grant=None if grant is None else cents(grant),
        monthly_pensions=cents(pension) if pension else None,
    )


def _headline(total: Decimal | None, pension: Decimal, payer: str) -> str:
    once = f"一次性的钱合计约 {yuan(total)}" if total is not None else "一次性的钱还差公布的数，没有算出来"
    return f"请节哀。由{payer}付：{once}" + (f"，另外每月抚恤金合计 {yuan(pension)}" if pension else "")


def _funeral(average: Decimal | None, working: Working) -> Decimal | None:
    if average is None:
        working.line(f"丧葬补助金：{FUNERAL_MONTHS} 个月的当地上年度职工月平均工资", injury_regulation(39))
        return None
    funeral = FUNERAL_MONTHS * average
    working.line(f"丧葬补助金：{FUNERAL_MONTHS} 个月 × 职工月平均工资 {yuan(average)}", injury_regulation(39), amount=funeral)
    return funeral


def _death_grant(values: Values, working: Working) -> Decimal | None:
    if values.choice("when") != "work":
        working.line("停工留薪期满以后去世的，没有一次性工亡补助金", injury_regulation(39))
        return None
    fact = working.situation.fact("national-urban-income", values.need_day("died_on"))
    income = working.use(fact) if fact is not None else values.number("national_income")
    if income is None:
        working.line(f"一次性工亡补助金：上一年全国城镇居民人均可支配收入的 {DEATH_GRANT_TIMES} 倍，全国一个数", injury_regulation(39))
        working.note("一次性工亡补助金没有算进来：请查国家统计局公布的上一年数字，乘以二十。")
        return None
    grant = DEATH_GRANT_TIMES * income
    working.line(
        f"一次性工亡补助金：上一年全国城镇居民人均可支配收入 {yuan(income)} × {DEATH_GRANT_TIMES}", injury_regulation(39), amount=grant
    )
    return grant


def _pensions(wage: Decimal, values: Values, working: Working) -> Decimal:
    """Monthly pensions of the dependants, together never more than the wage (39)."""
    others, alone = values.whole("others") or 0, values.whole("alone") or 0
    parts = (
        (1 if values.yes("spouse") else 0, SPOUSE, "配偶"),
        (others, OTHER, "其他供养亲属"),
        (alone, ALONE, "其中孤寡老人或孤儿，再加"),
    )
    total = Decimal(0)
    for count, share, who in parts:
        if count:
            part = wage * share * count
            working.line(f"每月抚恤金，{who} {count} 人 × {share:.0%}", injury_regulation(39), amount=part)
            total += part
    if total > wage:
        working.line("各人加起来不超过去世职工生前的工资", injury_regulation(39), amount=wage)
    return min(total, wage)


def _notes(working: Working) -> None:
    working.note("供养亲属要符合条件：靠去世的人生活，并且没有劳动能力（如年老、未满十八岁、上学、残疾）。")
    working.note("私了协议远低于这些数的先别签；工伤认定，家属一年内可以自己去申请。")
    working.note("每月的抚恤金各地会逐年调整。")


INJURY_DEATH = Calculator(
    name="injury-death",
    title="工亡待遇",
    about="亲人因工去世，家属能领哪几笔钱",
    inputs=(
        Input(name="when", label="是哪种情形？", kind=Kind.CHOICE, options=_WHEN),
        Input(name="died_on", label="去世是哪天？", kind=Kind.DAY, example="2025-06-18"),
        OWN_WAGE,
        AVERAGE,
        Input(
            name="national_income",
            label="去世前一年的全国城镇居民人均可支配收入是多少元？不知道可以跳过",
            kind=Kind.MONEY,
            optional=True,
            help="国家统计局每年一月公布",
            example="54188",
            least=Decimal(5000),
            most=Decimal(1_000_000),
            needed_when=_income_not_known,
        ),
        Input(name="insured", label="单位上工伤保险了吗？", kind=Kind.YES_NO),
        Input(name="spouse", label="有没有靠他/她生活、没有劳动能力的配偶？", kind=Kind.YES_NO),
        Input(
            name="others",
            label="另外还有几位靠他/她生活的亲属？（父母、未成年的孩子等）没有填 0",
            kind=Kind.WHOLE,
            unit="人",
            example="2",
            most=Decimal(20),
        ),
        Input(
            name="alone",
            label="这几位里，有几位是孤寡老人或孤儿？没有填 0",
            kind=Kind.WHOLE,
            unit="人",
            example="0",
            most=Decimal(20),
            needed_when=lambda values, _situation: bool(values.whole("others")),
        ),
    ),
    checks=(
        Check(
            ("others", "alone"),
            lambda values, _situation: values.need_whole("alone") <= values.need_whole("others"),
            "孤寡老人和孤儿的人数不能比亲属的人数多",
        ),
    ),
    work=_death,
    articles=tuple(injury_regulation(number) for number in (39, 62, 64)),
)
