"""The medical period in which a sick worker may not be dismissed (医疗期), and sick pay."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial

from .base import Check, Document, Input, Kind, Result, Situation, Values, cents
from .calculator import Calculator
from .periods import add_months, day_text
from .working import BEIJING_WAGES, MINIMUM_WAGE, Working, labour_contract_law, minimum_wage, plain_number, yuan

SICK_PAY_SHARE = Decimal("0.8")  # of the minimum wage: 劳部发〔1995〕309号 59
# The window in which the months of sick leave are added up, by the months granted: 劳部发〔1994〕479号 第四条.
WINDOWS = {3: 6, 6: 12, 9: 15, 12: 18, 18: 24, 24: 30}
_PERIOD = partial(Document, "企业职工患病或非因工负伤医疗期规定", "劳部发〔1994〕479号")
_COUNTING = Document("关于贯彻《企业职工患病或非因工负伤医疗期规定》的通知", "劳部发〔1995〕236号")
_OPINIONS = Document("关于贯彻执行《中华人民共和国劳动法》若干问题的意见", "劳部发〔1995〕309号", "第五十九条")


def medical_months(total_years: Decimal, own_years: Decimal) -> int:
    """Months granted by all the years worked and those with this employer (劳部发〔1994〕479号 第三条)."""
    if total_years < 10:
        return 3 if own_years < 5 else 6
    for below, months in ((5, 6), (10, 9), (15, 12), (20, 18)):
        if own_years < below:
            return months
    return 24


def _medical_leave(values: Values, situation: Situation) -> Result:
    working = Working(situation)
    total, own = values.need_number("total_years"), values.need_number("own_years")
    months = medical_months(total, own)
    window = WINDOWS[months]
    working.line(f"一共工作 {plain_number(total)} 年，在本单位 {plain_number(own)} 年：医疗期 {months} 个月", _PERIOD("第三条"))
    working.line(f"在 {window} 个月里累计病休满 {months} 个月，医疗期才满；病休里的周末、节假日算在内", _PERIOD("第四条"), _COUNTING)
    since = values.day("sick_from")
    window_ends = add_months(since, window) if since is not None else None
    if window_ends is not None and since is not None:
        working.line(f"从{day_text(since)}第一天病休算起，累计到{day_text(window_ends)}为止", _COUNTING)
    working.line(
        "医疗期内，公司不能用不胜任、情况变化、裁员等理由解除合同；合同到期的顺延到医疗期满",
        labour_contract_law(42),
        labour_contract_law(45),
    )
    working.note("患癌症、精神病、瘫痪等特殊疾病，二十四个月还没好的，可以申请适当延长。")
    working.note("上海等地医疗期另有算法，请看当地规定。")
    floor = _sick_pay(values, working)
    short = _shortfall(floor, values, working)
    headline = f"医疗期 {months} 个月" + (f"，病假工资每月不少于 {yuan(floor)}" if floor is not None else "")
    return working.result(headline, short, months=months, window_months=window, window_last_day=window_ends, sick_pay_least=floor)


def _sick_pay(values: Values, working: Working) -> Decimal | None:
    least = minimum_wage(values, working, working.situation.today)
    documents = (_OPINIONS, BEIJING_WAGES("第二十一条")) if working.in_beijing else (_OPINIONS,)
    if least is None:
        working.line("病假工资按合同和公司制度发，不低于当地最低工资的 80%", *documents)
        return None
    floor = cents(least * SICK_PAY_SHARE)
    working.line(f"病假工资按合同和公司制度发，不低于最低工资 {yuan(least)}的 80%", *documents, amount=floor)
    working.note("合同、公司制度或当地规定更高的，按高的。没有休满整月的，按天折算。")
    return floor


def _shortfall(floor: Decimal | None, values: Values, working: Working) -> Decimal | None:
    paid = values.number("sick_pay")
    if floor is None or paid is None:
        return None
    short = max(Decimal(0), floor - paid)
    working.line(
        f"公司每月发了 {yuan(paid)}，" + (f"每月少发 {yuan(short)}" if short else "没有低于这个底线"), labour_contract_law(30), amount=short
    )
    return short


MEDICAL_LEAVE = Calculator(
    name="medical-leave",
    title="医疗期和病假工资",
    about="生病能休多久不能被辞退，病假工资最少多少",
    inputs=(
        Input(
            name="total_years",
            label="您一共工作多少年了？（换过的单位都算）",
            kind=Kind.NUMBER,
            unit="年",
            example="8",
            most=Decimal(60),
        ),
        Input(name="own_years", label="在现在这家单位多少年了？", kind=Kind.NUMBER, unit="年", example="3", most=Decimal(60)),
        Input(
            name="sick_from",
            label="第一天病休是哪天？不记得可以跳过",
            kind=Kind.DAY,
            optional=True,
            example="2026-08-10",
        ),
        replace(MINIMUM_WAGE, needed_when=lambda _values, situation: situation.fact("minimum-wage-month") is None),
        Input(
            name="sick_pay",
            label="病假整月，公司应发给您多少工资？还没发或不清楚就跳过",
            kind=Kind.MONEY,
            optional=True,
            example="2000",
        ),
    ),
    checks=(
        Check(
            ("total_years", "own_years"),
            lambda values, _situation: values.need_number("own_years") <= values.need_number("total_years"),
            "在本单位的年数不能比一共工作的年数多",
        ),
    ),
    work=_medical_leave,
    articles=tuple(labour_contract_law(number) for number in (30, 42, 45)),
)
