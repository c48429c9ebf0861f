"""Wages owed, and what the employer must add if it lets the inspectorate's order pass: 劳动合同法 30, 85."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ..articles import ArticleReference
from .base import Check, Input, Kind, Result, Situation, Values, cents
from .calculator import Calculator
from .working import (
    ABOVE_EVERY_MINIMUM,
    MINIMUM_WAGE,
    Working,
    arbitration_law,
    labour_contract_law,
    labour_law,
    minimum_wage,
    monthly_wage,
    no_minimum_known,
    plain_number,
    yuan,
)

LEAST_ADDED, MOST_ADDED = Decimal("0.5"), Decimal(1)
_INSPECTION = ArticleReference("劳动保障监察条例", 26)
_MIGRANT = ArticleReference("保障农民工工资支付条例", 30)


def _full_time_minimum(values: Values, situation: Situation) -> bool:
    return not values.yes("part_time") and no_minimum_known(values, situation)


def _arrears(values: Values, situation: Situation) -> Result:
    working = Working(situation)
    wage, months = _monthly(values, working), values.need_number("months")
    due = wage * months
    working.line(f"应发工资：{yuan(wage)} × {plain_number(months)} 个月", labour_contract_law(30), labour_law(50), amount=due)
    paid = values.number("paid") or Decimal(0)
    if paid:
        working.line("减去已经发的", amount=-paid)
    owed = max(Decimal(0), due - paid)
    if values.yes("construction"):
        working.line("工地上分包单位欠的，由施工总承包单位先垫付", _MIGRANT)
    if owed and values.yes("ordered"):
        working.line(
            f"劳动部门责令限期支付、公司过期还不付的，再加付 50% 到 100%：{yuan(owed * LEAST_ADDED)}到 {yuan(owed * MOST_ADDED)}",
            labour_contract_law(85),
            _INSPECTION,
            amount=owed * LEAST_ADDED,
        )
    elif owed:
        working.line("先向劳动监察投诉；责令限期支付后公司还不付的，要再加付 50% 到 100%", labour_contract_law(85), _INSPECTION)
    _notes(working)
    added = owed if values.yes("ordered") else None
    return working.result(
        f"被欠的工资约 {yuan(owed)}" + (f"，另可要求加付 {yuan(owed * LEAST_ADDED)}到 {yuan(owed)}" if added else ""),
        owed,
        due=cents(due),
        added_least=cents(owed * LEAST_ADDED) if added else None,
        added_most=cents(owed * MOST_ADDED) if added else None,
    )


def _monthly(values: Values, working: Working) -> Decimal:
    """The agreed wage, or the minimum wage if that is more and the work is full-time."""
    wage = values.need_number("wage")
    if values.yes("part_time") or wage >= ABOVE_EVERY_MINIMUM:
        return wage
    least = minimum_wage(values, working, working.situation.today)
    if least is None or wage >= least:
        return wage
    working.line(f"全职每月约定 {yuan(wage)}，低于最低工资 {yuan(least)}，按最低工资算", labour_contract_law(85), amount=least)
    return least


def _notes(working: Working) -> None:
    working.line("因为欠薪，您可以书面提出解除合同，并要经济补偿", labour_contract_law(38), labour_contract_law(46))
    working.line("还在职的，要工资没有一年的限制；离开了，一年内申请仲裁", arbitration_law(27))
    working.note("加付的那部分，先要劳动监察责令限期支付、公司过期不付；能不能直接在仲裁里要，各地做法不同。")
    working.note("数额明确、有欠条的，可以向法院申请支付令；恶意欠薪、数额较大的，可能构成犯罪。")
    working.note("最低工资按今天的标准；欠的是以前的工资，按当时的标准。")


ARREARS = Calculator(
    name="arrears",
    title="拖欠的工资",
    about="公司一共欠了多少工资，能不能多要",
    inputs=(
        Input(name="part_time", label="您是小时工（非全日制）吗？", kind=Kind.YES_NO),
        monthly_wage("约定每月工资是多少？", "每个月不一样的，填平均数"),
        Input(
            name="months",
            label="欠了几个月？（不满一个月的用小数，半个月填 0.5）",
            kind=Kind.NUMBER,
            unit="个月",
            example="3",
            least=Decimal("0.01"),
            most=Decimal(600),
        ),
        Input(name="paid", label="这几个月里已经发了多少？一分没发就跳过", kind=Kind.MONEY, optional=True, example="2000"),
        Input(name="ordered", label="劳动监察已经责令公司限期支付，期限过了还没付吗？", kind=Kind.YES_NO),
        Input(name="construction", label="是在建筑工地干活吗？", kind=Kind.YES_NO),
        replace(MINIMUM_WAGE, needed_when=_full_time_minimum),
    ),
    checks=(
        Check(
            ("wage", "months", "paid"),
            lambda values, _situation: (
                values.need_number("paid") <= max(ABOVE_EVERY_MINIMUM, values.need_number("wage")) * values.need_number("months")
            ),
            "已经发的比应发的还多，请核对",
        ),
    ),
    work=_arrears,
    articles=(
        *(labour_contract_law(number) for number in (30, 38, 46, 85)),
        labour_law(50),
        _INSPECTION,
        _MIGRANT,
        arbitration_law(27),
    ),
)
