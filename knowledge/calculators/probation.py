"""Probation: how long it may be, what must be paid in it, and damages for what went beyond (劳动合同法 19, 20, 83)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from .base import Check, Input, Kind, Option, Result, Situation, Values, cents
from .calculator import Calculator
from .working import (
    ABOVE_EVERY_MINIMUM,
    MINIMUM_WAGE,
    Working,
    contract_regulation,
    labour_contract_law,
    minimum_wage,
    monthly_wage,
    plain_number,
    yuan,
)

WAGE_SHARE = Decimal("0.8")
_TERMS = (
    Option("fixed", "有固定期限（写明几年几个月）"),
    Option("open", "无固定期限"),
    Option("task", "以完成一项工作为期限"),
    Option("probation_only", "只签了试用期，没有别的期限"),
)


def most_months(term: str, contract_months: Decimal | None) -> int:
    """The longest lawful probation, in months, for a kind of contract and its length (劳动合同法 19)."""
    if term == "open":
        return 6
    if term != "fixed" or contract_months is None or contract_months < 3:
        return 0
    return 1 if contract_months < 12 else 2 if contract_months < 36 else 6


def _probation(values: Values, situation: Situation) -> Result:
    working = Working(situation)
    limit = 0 if values.yes("again") else most_months(values.choice("term"), values.number("contract_months"))
    _explain_limit(limit, values, working)
    served = values.need_number("served_months")
    beyond = max(Decimal(0), served - limit)
    wage, paid = values.need_number("wage"), values.need_number("probation_wage")
    damages = beyond * wage
    if beyond:
        working.line(
            f"超出法定试用期 {plain_number(beyond)} 个月，每月按转正后的工资 {yuan(wage)}付赔偿金", labour_contract_law(83), amount=damages
        )
        working.note("超出的那几个月本来就该按转正工资发，已发的试用期工资和转正工资的差额，也可以一起要。")
    short = _shortfall(min(served, Decimal(limit)), wage, paid, values, working)
    agreed = values.need_number("agreed_months")
    if agreed > limit and not beyond:
        working.note(f"约定的 {plain_number(agreed)} 个月试用期超过了 {limit} 个月，超过的部分不算数；到期就该转正。")
    working.note("试用期也要签合同、上社保；公司在试用期解除，要拿出不符合录用条件的证据并说明理由。")
    total = damages + short
    return working.result(
        _headline(limit, total),
        total,
        most_months=limit,
        months_beyond=round(beyond, 2),
        damages=cents(damages),
        wage_shortfall=cents(short),
    )


def _headline(limit: int, total: Decimal) -> str:
    lawful = f"试用期最长 {limit} 个月" if limit else "依法不能约定试用期"
    return lawful + (f"，公司应补付约 {yuan(total)}" if total else "")


def _explain_limit(limit: int, values: Values, working: Working) -> None:
    if values.yes("again"):
        working.line("同一家单位只能约定一次试用期，再次约定的不算数", labour_contract_law(19))
        return
    match values.choice("term"):
        case "task":
            working.line("以完成一项工作为期限的合同，不能约定试用期", labour_contract_law(19))
        case "probation_only":
            working.line("只签试用期的，试用期不成立，那段时间就是合同期限", labour_contract_law(19))
        case "open":
            working.line(f"无固定期限合同，试用期最长 {limit} 个月", labour_contract_law(19))
        case _:
            months = plain_number(values.need_number("contract_months"))
            allowed = f"试用期最长 {limit} 个月" if limit else "不满三个月，不能约定试用期"
            working.line(f"合同 {months} 个月：{allowed}", labour_contract_law(19))


def _shortfall(months: Decimal, wage: Decimal, paid: Decimal, values: Values, working: Working) -> Decimal:
    """What was paid too little in the lawful part of the probation."""
    floor = wage * WAGE_SHARE
    working.line("试用期工资不能低于约定工资的 80%", labour_contract_law(20), contract_regulation(15), amount=floor)
    least = minimum_wage(values, working, working.situation.today) if floor < ABOVE_EVERY_MINIMUM else None
    if least is not None and least > floor:
        working.line(f"也不能低于最低工资 {yuan(least)}", labour_contract_law(20), amount=least)
        floor = least
    short = max(Decimal(0), floor - paid) * months
    if short:
        working.line(
            f"试用期每月发了 {yuan(paid)}，少发 {yuan(floor - paid)}，{plain_number(months)} 个月", labour_contract_law(20), amount=short
        )
    return short


def _fixed(values: Values, _situation: Situation) -> bool:
    return values.choice("term") == "fixed"


def _minimum_asked(values: Values, situation: Situation) -> bool:
    """Whether 80% of the wage may lie under a minimum wage that is not in the facts."""
    wage = values.number("wage") or Decimal(0)
    return wage * WAGE_SHARE < ABOVE_EVERY_MINIMUM and situation.fact("minimum-wage-month") is None


PROBATION = Calculator(
    name="probation",
    title="试用期",
    about="试用期最长多久、工资最少多少，超期的赔多少",
    inputs=(
        Input(name="term", label="您签的是哪种合同？", kind=Kind.CHOICE, options=_TERMS),
        Input(
            name="contract_months",
            label="合同一共签了多少个月？（三年填 36）",
            kind=Kind.NUMBER,
            unit="个月",
            example="36",
            least=Decimal("0.5"),
            most=Decimal(600),
            needed_when=_fixed,
        ),
        Input(name="again", label="在这家单位，以前已经约定过一次试用期了吗？", kind=Kind.YES_NO),
        Input(
            name="agreed_months",
            label="约定的试用期是几个月？",
            kind=Kind.NUMBER,
            unit="个月",
            example="6",
            most=Decimal(120),
        ),
        Input(
            name="served_months",
            label="试用期已经干了几个月？（不满一个月的用小数，半个月填 0.5）",
            kind=Kind.NUMBER,
            unit="个月",
            example="4",
            most=Decimal(120),
        ),
        monthly_wage("转正以后（合同约定）每月工资是多少？"),
        monthly_wage("试用期每月应发多少工资？", name="probation_wage"),
        replace(MINIMUM_WAGE, needed_when=_minimum_asked),
    ),
    checks=(
        Check(
            ("agreed_months", "served_months"),
            lambda values, _situation: values.need_number("served_months") <= values.need_number("agreed_months"),
            "试用期干的月数不能比约定的多；延长过的，请把约定的月数填成延长以后的",
        ),
    ),
    work=_probation,
    articles=(*(labour_contract_law(number) for number in (19, 20, 83)), contract_regulation(15)),
)
