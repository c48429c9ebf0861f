"""Pay for annual leave that was not taken: 职工带薪年休假条例 3–5, 企业职工带薪年休假实施办法 3, 5, 10–12."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_FLOOR, Decimal
from functools import partial

from ..articles import ArticleReference
from .base import Check, Document, Input, Kind, Option, Result, Situation, Values, cents
from .calculator import Calculator
from .periods import add_years, day_count, day_text
from .working import Working, monthly_wage, plain_number, yuan

PAY_DAYS = Decimal("21.75")
_YEAR = 365  # the measures divide by 365 in leap years too
_regulation = partial(ArticleReference, "职工带薪年休假条例")
_measures = partial(ArticleReference, "企业职工带薪年休假实施办法")
_CONVERSION = Document("关于职工全年月平均工作时间和工资折算问题的通知", "人社部发〔2025〕2号")
_BARS = (
    Option("none", "都没有"),
    Option("school_holidays", "有寒暑假，而且比年休假天数多"),
    Option("paid_personal", "请事假累计 20 天以上，单位没扣工资"),
    Option("sick", "请病假累计超过了限度（工龄不满十年 2 个月，十年以上 3 个月，二十年以上 4 个月）"),
)


def days_by_years(total_years: Decimal) -> int:
    """Days of leave a year by all the years worked, for whomever: 5, 10 or 15 (条例 3)."""
    if total_years < 1:
        return 0
    return 5 if total_years < 10 else 10 if total_years < 20 else 15


def prorated(days_a_year: int, first: date, last: date) -> int:
    """The whole days of leave for part of a year, both days counted (实施办法 5, 12)."""
    return days_a_year * day_count(first, last) // _YEAR


def _may_have_any(values: Values, _situation: Situation) -> bool:
    return (values.number("total_years") or Decimal(0)) >= 1 and values.choice("barred") in {"", "none"}


def _joined_late(values: Values, situation: Situation) -> bool:
    """Whether the twelve months in a row may not have been full when the year began."""
    joined, year = values.day("joined"), values.whole("year")
    return _may_have_any(values, situation) and joined is not None and year is not None and add_years(joined, 1) > date(year, 1, 1)


def _has_left(values: Values, situation: Situation) -> bool:
    return _may_have_any(values, situation) and values.yes("left")


def _annual_leave(values: Values, situation: Situation) -> Result:
    working = Working(situation)
    total_years = values.need_number("total_years")
    days_a_year = days_by_years(total_years)
    if not days_a_year:
        working.line("累计工作不满一年：还没有年休假", _regulation(2), _regulation(3))
        return working.result("还没有年休假", Decimal(0), days=Decimal(0))
    if values.choice("barred") != "none":
        working.line("有这种情形的，不享受当年的年休假", _regulation(4))
        working.note("已经休完当年年休假之后才出现这些情形的，影响的是下一年的。")
        return working.result("这一年没有年休假", Decimal(0), days=Decimal(0))
    working.line(f"累计工作 {plain_number(total_years)} 年（换单位的都算）：全年 {days_a_year} 天", _regulation(3), _measures(4))
    entitled = _entitled(days_a_year, values, working)
    taken = values.number("taken") or Decimal(0)
    unused = _unused(entitled, taken, left=values.yes("left"))
    working.line(f"应休 {entitled} 天，已休 {plain_number(taken)} 天，没休 {plain_number(unused)} 天", _measures(10))
    if values.yes("own_wish"):
        working.line("公司安排了、是您本人书面提出不休的：公司可以只发正常工资，没有另外的钱", _measures(10))
        return working.result("没有另外的年休假工资", Decimal(0), days=unused)
    return _pay(unused, values, working)


def _entitled(days_a_year: int, values: Values, working: Working) -> int:
    """The days for the part of the year in which the right and the work were there."""
    year = values.need_whole("year")
    first, last = date(year, 1, 1), date(year, 12, 31)
    joined, left = values.need_day("joined"), values.day("left_on")
    if _joined_late(values, working.situation) and not values.yes("twelve_months"):
        first = max(first, add_years(joined, 1))
        if first > last or (left is not None and first > left):
            working.line("这一年里连续工作还没满十二个月：没有年休假", _measures(3))
            return 0
        working.line(f"到{day_text(first)}才连续工作满十二个月，从那天起折算", _measures(3), _measures(5))
    first = max(first, joined)
    if left is not None:
        days = prorated(days_a_year, first, left)
        working.line(f"离职当年按已过天数折算：{day_count(first, left)} ÷ {_YEAR} × {days_a_year}，只取整天，{days} 天", _measures(12))
        return min(days, days_a_year)
    if first > date(year, 1, 1):
        days = prorated(days_a_year, first, last)
        working.line(f"按当年剩余天数折算：{day_count(first, last)} ÷ {_YEAR} × {days_a_year}，只取整天，{days} 天", _measures(5))
        return min(days, days_a_year)
    return days_a_year


def _unused(entitled: int, taken: Decimal, *, left: bool) -> Decimal:
    """Days not taken; what is left of a day is not paid on leaving (实施办法 12). More taken than due is not asked back."""
    rest = max(Decimal(0), entitled - taken)
    return rest.to_integral_value(ROUND_FLOOR) if left else rest


def _pay(unused: Decimal, values: Values, working: Working) -> Result:
    wage = values.need_number("wage")
    fact = working.situation.fact("pay-days-month")
    pay_days = working.use(fact) if fact is not None else PAY_DAYS
    amount = wage * 2 * unused / pay_days
    working.line(
        f"日工资：{yuan(wage)} ÷ {plain_number(pay_days)}，约 {yuan(wage / pay_days)}", _measures(11), _CONVERSION, amount=wage / pay_days
    )
    working.line(
        f"按三倍付，其中一倍已经在平时工资里，还要再付两倍：{plain_number(unused)} 天 × 2", _regulation(5), _measures(10), amount=amount
    )
    if not values.yes("left") and values.need_whole("year") >= working.situation.today.year:
        working.note("今年还没过完，可以先要求公司安排休；经您同意也可以跨一个年度安排。年底前没安排的，再按这个数要钱。")
    working.note("公司的规定或合同更高的，按高的。时效一般一年，各地起算的日子有差别，请尽早提出。")
    headline = f"未休年休假工资约 {yuan(amount)}（{plain_number(unused)} 天）" if unused else "没有没休的天数"
    return working.result(headline, amount, days=unused, full_pay=cents(wage * 3 * unused / pay_days))


ANNUAL_LEAVE = Calculator(
    name="annual-leave",
    title="未休年休假工资",
    about="年休假有几天，没休的应补多少钱",
    inputs=(
        Input(name="year", label="哪一年的年休假？", kind=Kind.WHOLE, unit="年", example="2026", least=Decimal(2008), most=Decimal(2100)),
        Input(
            name="total_years",
            label="到那一年，您一共工作满几年了？（换过的单位都算）",
            kind=Kind.NUMBER,
            unit="年",
            example="6",
            help="可以用社保缴费年限说明；当兵等依法视同工作的也算",
            most=Decimal(60),
        ),
        Input(
            name="barred",
            label="那一年里，您有没有下面的情形？",
            kind=Kind.CHOICE,
            options=_BARS,
            needed_when=lambda values, _situation: (values.number("total_years") or 0) >= 1,
        ),
        Input(name="joined", label="您是哪天进这家单位的？", kind=Kind.DAY, example="2021-03-15", needed_when=_may_have_any),
        Input(
            name="twelve_months",
            label="进这家单位时，您已经连续工作满十二个月了吗？（前一家接着上的也算）",
            kind=Kind.YES_NO,
            needed_when=_joined_late,
        ),
        Input(name="left", label="您在那一年里离职了吗？", kind=Kind.YES_NO, needed_when=_may_have_any),
        Input(
            name="left_on",
            label="最后一天上班是哪天？（定下来的将来的日子也可以）",
            kind=Kind.DAY,
            example="2026-10-31",
            ahead=True,
            needed_when=_has_left,
        ),
        Input(
            name="taken",
            label="那一年的年休假，已经休了几天？没休过就跳过",
            kind=Kind.NUMBER,
            optional=True,
            unit="天",
            example="2",
            most=Decimal(366),
            needed_when=_may_have_any,
        ),
        Input(name="own_wish", label="公司安排了、是您自己书面提出不休的吗？", kind=Kind.YES_NO, needed_when=_may_have_any),
        monthly_wage("前十二个月平均每月工资是多少？（不含加班费）", "在这家不满十二个月的，按实际月数平均", needed_when=_may_have_any),
    ),
    checks=(
        Check(
            ("year",),
            lambda values, situation: values.need_whole("year") <= situation.today.year,
            "还没到的年份算不了，请填今年或以前的年份",
        ),
        Check(
            ("year", "joined"),
            lambda values, _situation: values.need_day("joined").year <= values.need_whole("year"),
            "进单位的日子不能晚于要算的那一年",
        ),
        Check(
            ("year", "joined", "left_on"),
            lambda values, _situation: (
                values.need_day("left_on").year == values.need_whole("year") and values.need_day("joined") <= values.need_day("left_on")
            ),
            "离开的日子应在要算的那一年里，并且不早于进单位的日子",
        ),
    ),
    work=_annual_leave,
    articles=(*(_regulation(number) for number in (2, 3, 4, 5)), *(_measures(number) for number in (3, 4, 5, 10, 11, 12))),
)
