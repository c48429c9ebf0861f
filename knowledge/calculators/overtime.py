"""Overtime pay: 劳动法 41, 44 and 工资支付暂行规定 13."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ..articles import ArticleReference
from .base import Check, Document, Input, Kind, Needed, Option, Result, Situation, Values, cents
from .calculator import Calculator
from .working import (
    ABOVE_EVERY_MINIMUM,
    BEIJING_WAGES,
    MINIMUM_WAGE,
    Working,
    labour_contract_law,
    labour_law,
    minimum_wage,
    monthly_wage,
    no_minimum_known,
    plain_number,
    yuan,
)

HOURS_A_DAY = 8
PAY_DAYS = Decimal("21.75")
MOST_HOURS_A_MONTH = 36
WORKDAY, REST_DAY, HOLIDAY = Decimal("1.5"), Decimal(2), Decimal(3)
_WAGE_RULES = ArticleReference("工资支付暂行规定", 13)
_CONVERSION = Document("关于职工全年月平均工作时间和工资折算问题的通知", "人社部发〔2025〕2号")
_SYSTEMS = (
    Option("standard", "标准工时（一般上下班都是这种）"),
    Option("combined", "综合计算工时（要经人社部门批准）"),
    Option("flexible", "不定时工作制（要经人社部门批准）"),
)
_PARTS = (
    ("workday_hours", "平时延长工作", WORKDAY, "150%"),
    ("rest_hours", "休息日工作、没有补休", REST_DAY, "200%"),
    ("holiday_hours", "法定节假日工作", HOLIDAY, "300%"),
)


def _standard(values: Values, _situation: Situation) -> bool:
    return values.choice("system") == "standard"


def _not_flexible(values: Values, _situation: Situation) -> bool:
    return values.choice("system") != "flexible"


def _minimum_asked(values: Values, situation: Situation) -> bool:
    return _not_flexible(values, situation) and no_minimum_known(values, situation)


def _overtime(values: Values, situation: Situation) -> Result:
    working = Working(situation)
    if not _not_flexible(values, situation):
        working.line("经批准实行不定时工作制的，不执行加班费的规定", _WAGE_RULES)
        working.note("不定时要经人社部门批准，没批准的按标准工时算加班费，可以要公司拿批文。有的地方法定节假日仍要付三倍。")
        return working.result("不定时工作制一般没有加班费", Decimal(0))
    base = _base(values, working)
    days = _pay_days(working)
    hourly = base / (days * HOURS_A_DAY)
    working.line(
        f"小时工资：{yuan(base)} ÷ {plain_number(days)} 天 ÷ {HOURS_A_DAY} 小时，约 {yuan(hourly)}", _WAGE_RULES, _CONVERSION, amount=hourly
    )
    total = Decimal(0)
    parts: dict[str, Decimal] = {}
    for name, what, times, percent in _PARTS:
        hours = values.number(name) or Decimal(0)
        if hours:
            part = base * times * hours / (days * HOURS_A_DAY)
            working.line(f"{what} {plain_number(hours)} 小时 × {percent}", labour_law(44), amount=part)
            parts[name.replace("hours", "pay")] = cents(part)
            total += part
    paid = values.number("paid") or Decimal(0)
    if paid:
        working.line("减去已经发的加班费", amount=-paid)
    _limits(values, working)
    owed = max(Decimal(0), total - paid)
    headline = f"加班费约 {yuan(owed)}" if not paid else f"还差加班费约 {yuan(owed)}（应付 {yuan(total)}）"
    return working.result(headline, owed, hourly_wage=cents(hourly), total=cents(total), **parts)


def _base(values: Values, working: Working) -> Decimal:
    """The agreed monthly wage, raised to the minimum wage."""
    wage = values.need_number("wage")
    least = minimum_wage(values, working, working.situation.today) if wage < ABOVE_EVERY_MINIMUM else None
    if least is not None and wage < least:
        documents = (BEIJING_WAGES("第四十四条"),) if working.in_beijing else ()
        working.line(f"约定的工资低于最低工资，按 {yuan(least)}算", *documents, amount=least)
        return least
    return wage


def _pay_days(working: Working) -> Decimal:
    fact = working.situation.fact("pay-days-month")
    return working.use(fact) if fact is not None else PAY_DAYS


def _limits(values: Values, working: Working) -> None:
    extra = (values.number("workday_hours") or Decimal(0)) + (values.number("rest_hours") or Decimal(0))
    months = values.number("months") or Decimal(1)
    if extra > MOST_HOURS_A_MONTH * months:
        working.line(
            f"平均每月加班超过 {MOST_HOURS_A_MONTH} 小时：这本身违法，但加班费照样要全付，可以向劳动监察投诉",
            labour_law(41),
        )
    if values.choice("system") == "combined":
        working.note("综合计算工时：整个周期超过法定总工时的部分按 150%，法定节假日按 300%；休息日本身不另算 200%。")
    working.note("加班费的基数按合同约定的月工资；没约定的，一般按实际的正常工资，不能低于最低工资。计件的，按计件单价的倍数。")
    working.note("加班由您先举证：考勤、排班、聊天记录、加班申请都留好；记录在公司手里的，可以请仲裁委要求它拿出来。")
    working.line("不付加班费的，可以向劳动监察投诉、申请仲裁", labour_contract_law(85))


def _hours(name: str, label: str, help_text: str, *, needed_when: Needed = _not_flexible) -> Input:
    return Input(
        name=name,
        label=label,
        kind=Kind.NUMBER,
        optional=True,
        unit="小时",
        help=help_text,
        example="20",
        most=Decimal(20000),
        needed_when=needed_when,
    )


def _hours_fit(values: Values, _situation: Situation) -> bool:
    hours = sum((values.number(name) or Decimal(0) for name, *_ in _PARTS), Decimal(0))
    return hours <= 744 * (values.number("months") or Decimal(1))


OVERTIME = Calculator(
    name="overtime",
    title="加班费",
    about="平时、休息日、节假日加班，应发多少",
    inputs=(
        Input(name="system", label="您是哪种工时制？不清楚就选标准工时", kind=Kind.CHOICE, options=_SYSTEMS),
        monthly_wage("合同里约定的每月工资是多少？", "没约定的，填正常上班一个月应发的工资，不含加班费", needed_when=_not_flexible),
        _hours("workday_hours", "平时下班后一共加班多少小时？没有就跳过", "综合工时的，填整个周期超出法定总工时的小时数"),
        _hours("rest_hours", "休息日加班、又没给补休的，一共多少小时？没有就跳过", "一天按 8 小时", needed_when=_standard),
        _hours("holiday_hours", "法定节假日（三倍工资的日子）加班多少小时？没有就跳过", "只算节日当天，不算调休的日子；一天按 8 小时"),
        Input(
            name="months",
            label="这些加班是几个月里的？",
            kind=Kind.NUMBER,
            unit="个月",
            example="1",
            least=Decimal("0.5"),
            most=Decimal(480),
            needed_when=_not_flexible,
        ),
        Input(
            name="paid",
            label="这些加班，公司已经发了多少加班费？没发就跳过",
            kind=Kind.MONEY,
            optional=True,
            example="500",
            needed_when=_not_flexible,
        ),
        replace(MINIMUM_WAGE, needed_when=_minimum_asked),
    ),
    checks=(Check(("months",), _hours_fit, "加班的小时数比这几个月的全部小时还多，请核对"),),
    work=_overtime,
    articles=(labour_law(41), labour_law(44), _WAGE_RULES, labour_contract_law(85)),
)
