"""Double wages for work without a written contract: 劳动合同法 82, 实施条例 6, 7; and how much of it is still in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from .base import Check, Document, Input, Kind, Result, Situation, Values, cents
from .calculator import Calculator
from .periods import add_years, day_text, months_of, period_end
from .working import Working, arbitration_law, contract_regulation, labour_contract_law, monthly_wage, plain_number, yuan

_DAY = timedelta(days=1)
_JUDICIAL_2025 = Document("最高人民法院关于审理劳动争议案件适用法律问题的解释（二）", "法释〔2025〕12号", "第六条")


@dataclass(frozen=True, slots=True)
class Window:
    """The days for which double wages are due, both counted; none if `last` comes before `first`."""

    first: date
    last: date
    full_year: bool  # whether a whole year went by without a contract

    @property
    def empty(self) -> bool:
        """Whether nothing is due."""
        return self.last < self.first


def window(start: date, until: date, signed: date | None) -> Window:
    """From the day after the first full month to the day before signing, leaving, or a full year (实施条例 6, 7)."""
    year_ends = period_end(start, 12)
    lasts = min(until, signed - _DAY) if signed else until
    return Window(period_end(start, 1) + _DAY, min(lasts, year_ends), lasts >= year_ends)


def _double_wage(values: Values, situation: Situation) -> Result:
    working = Working(situation)
    start, wage = values.need_day("start"), values.need_number("wage")
    until = values.day("left_on") or situation.today
    due = window(start, until, values.day("signed_on"))
    if due.empty:
        working.line("上班满一个月以内签了合同，或者没干满一个月：没有双倍工资", labour_contract_law(82), contract_regulation(6))
        return working.result("按这种情形，没有双倍工资", Decimal(0), months=Decimal(0))
    months = months_of(due.first, due.last, anchor=start)
    total = months * Fraction(wage)
    working.line(
        f"从{day_text(due.first)}（上班满一个月的次日）到{day_text(due.last)}，共 {_text(months)} 个月（取两位小数）",
        labour_contract_law(82),
        contract_regulation(6),
        contract_regulation(7),
    )
    working.line(f"每月多付一倍工资：{_text(months)} 个月 × {yuan(wage)}", labour_contract_law(82), amount=cents(total))
    if months.denominator != 1:
        working.line("不满一个月的部分，这里按日历天数折算；审理时按当月实际工作日算", _JUDICIAL_2025)
    _year_without(due, values, working)
    in_time = _in_time(due, values, working, wage)
    return working.result(
        _headline(total, in_time),
        in_time,
        months=cents(months),
        total=cents(total),
        first_day=due.first,
        last_day=due.last,
        last_claim_day=add_years(due.last, 1),
    )


def _headline(total: Fraction, in_time: Decimal) -> str:
    if in_time == cents(total):
        return f"双倍工资的差额约 {yuan(in_time)}，都还来得及要"
    return f"双倍工资的差额一共约 {yuan(cents(total))}，按月算时效还来得及的约 {yuan(in_time)}"


def _text(months: Fraction) -> str:
    return plain_number(cents(months))


def _in_time(due: Window, values: Values, working: Working, wage: Decimal) -> Decimal:
    """What a claim of that day still reaches if each day's part runs out by itself after a year: the view less good for the worker."""
    claimed = values.day("claimed_on") or working.situation.today
    first = max(due.first, add_years(claimed, -1))
    amount = cents(months_of(first, due.last, anchor=values.need_day("start")) * Fraction(wage))
    if first <= due.last:
        working.line(
            f"时效从严看是逐月算的：{day_text(claimed)}主张，往前一年，从{day_text(first)}起的部分来得及",
            arbitration_law(27),
            amount=amount,
        )
    else:
        working.line(f"时效从严看是逐月算的：到{day_text(claimed)}已经都过了一年", arbitration_law(27))
    last_day = add_years(due.last, 1)
    late = "这种算法也已经过期" if last_day < claimed else "按这种算法整段都来得及"
    working.line(f"也有从最后一天起整段算一年的做法，那样最晚到{day_text(last_day)}：{late}", arbitration_law(27))
    working.note("双倍工资里多出来的一倍一般不算劳动报酬，时效一年、过一天少一天，请尽快申请仲裁；期间向公司要过、投诉过的，时效重新算。")
    return amount


def _year_without(due: Window, values: Values, working: Working) -> None:
    if due.full_year:
        working.line("满一年没签合同，视为已经签了无固定期限合同；双倍工资最多十一个月", labour_contract_law(14), contract_regulation(7))
    elif values.day("signed_on") is None and values.day("left_on") is None:
        working.note("还没满一年，合同一直不签，每过一天会再多一些。")
    working.note("公司书面通知您签、是您不肯签的，一般没有双倍工资。")
    working.note("合同到期后没续签、还继续上班的，以及该签无固定期限合同而不签的，起算日不一样，请问律师。")


def _signed_later(values: Values, _situation: Situation) -> bool:
    return values.yes("signed")


def _has_left(values: Values, _situation: Situation) -> bool:
    return values.yes("left")


DOUBLE_WAGE = Calculator(
    name="double-wage",
    title="没签合同的双倍工资",
    about="上班一个月后还没签书面合同，可以多要多少工资",
    inputs=(
        Input(name="start", label="您是哪天开始上班的？", kind=Kind.DAY, example="2026-01-05"),
        Input(name="signed", label="后来补签书面劳动合同了吗？", kind=Kind.YES_NO),
        Input(name="signed_on", label="哪天签的？", kind=Kind.DAY, example="2026-06-01", needed_when=_signed_later),
        Input(name="left", label="您已经离开这家单位了吗？", kind=Kind.YES_NO),
        Input(name="left_on", label="最后一天上班是哪天？", kind=Kind.DAY, example="2026-09-30", needed_when=_has_left),
        monthly_wage("没签合同那段时间，每月应发多少工资？", "每个月不一样的，填平均数"),
        Input(
            name="claimed_on",
            label="已经申请仲裁的，是哪天申请的？还没有就跳过",
            kind=Kind.DAY,
            optional=True,
            help="跳过就按今天算",
            example="2026-11-02",
        ),
    ),
    checks=(
        Check(
            ("start", "signed_on"),
            lambda values, _situation: values.need_day("start") <= values.need_day("signed_on"),
            "在上班之前就签了合同的，没有双倍工资；请核对日期",
        ),
        Check(
            ("start", "left_on"),
            lambda values, _situation: values.need_day("start") <= values.need_day("left_on"),
            "离开的日子不能早于上班的日子",
        ),
        Check(
            ("start",),
            lambda values, _situation: values.need_day("start") >= date(2008, 1, 1),
            "2008年以前上班的，双倍工资另有算法，请找律师看",
        ),
        Check(
            ("start", "claimed_on"),
            lambda values, _situation: values.need_day("start") <= values.need_day("claimed_on"),
            "申请仲裁的日子不能早于上班的日子",
        ),
    ),
    work=_double_wage,
    articles=(
        labour_contract_law(14),
        labour_contract_law(82),
        contract_regulation(6),
        contract_regulation(7),
        arbitration_law(27),
    ),
)
