"""A month's pay in place of thirty days' notice (代通知金): 劳动合同法 40, 实施条例 20."""

from __future__ import annotations

from decimal import Decimal

from .base import Check, Input, Kind, Option, Result, Situation, Values
from .calculator import Calculator
from .periods import day_text
from .working import Working, contract_regulation, labour_contract_law, monthly_wage, yuan

NOTICE_DAYS = 30
_REASONS = (
    Option("ill", "病假期满干不了原来和另安排的活"),
    Option("unfit", "公司说我不胜任，培训或调岗后仍不胜任"),
    Option("changed", "公司说情况发生重大变化，没谈拢"),
    Option("other", "别的原因（协商、裁员、到期、违纪、没理由）"),
)


def _due(values: Values, _situation: Situation) -> bool:
    return values.choice("reason") != "other"


def _told_in_writing(values: Values, situation: Situation) -> bool:
    return _due(values, situation) and values.yes("told")


def _notice_pay(values: Values, situation: Situation) -> Result:
    working = Working(situation)
    if not _due(values, situation):
        working.line("代通知金只用在因病、不胜任、情况重大变化这三种解除上", labour_contract_law(40))
        working.note("被无故辞退的，可以要违法解除赔偿金（2N），那里面不再另加一个月。公司和您约定多付的，按约定。")
        return working.result("按这种情形，没有代通知金", Decimal(0))
    told, end = values.day("told_on"), values.day("end")
    if told is not None and end is not None:
        days = (end - told).days
        working.line(f"{day_text(told)}书面通知，{day_text(end)}离开，提前了 {days} 天", labour_contract_law(40))
        if days >= NOTICE_DAYS:
            return working.result("公司已经提前三十天书面通知，不用付代通知金", Decimal(0), notice_days=days)
        working.note("提前通知了但不足三十天的，各地有按差的天数折算的做法，请让律师核对。")
    else:
        working.line("公司没有提前三十天书面通知", labour_contract_law(40))
    wage = values.need_number("wage")
    working.line("额外付一个月工资，按上一个月的工资标准", contract_regulation(20), amount=wage)
    working.note("这笔钱之外，还有经济补偿（N），合起来就是“N+1”。")
    return working.result(f"代通知金 {yuan(wage)}", wage)


NOTICE_PAY = Calculator(
    name="notice-pay",
    title="代通知金（+1）",
    about="公司没有提前三十天通知就解除，要不要多付一个月工资",
    inputs=(
        Input(name="reason", label="公司用什么理由让您走？", kind=Kind.CHOICE, options=_REASONS),
        Input(name="told", label="公司有没有书面通知过您？（口头说的不算）", kind=Kind.YES_NO, needed_when=_due),
        Input(name="told_on", label="哪天收到书面通知？", kind=Kind.DAY, example="2026-10-08", needed_when=_told_in_writing),
        Input(
            name="end",
            label="最后一天上班是哪天？（定下来的将来的日子也可以）",
            kind=Kind.DAY,
            example="2026-10-31",
            ahead=True,
            needed_when=_told_in_writing,
        ),
        monthly_wage("上一个月的工资标准是多少？", "离开前最后一个完整月份的应发工资", needed_when=_due),
    ),
    checks=(
        Check(
            ("told_on", "end"),
            lambda values, _situation: values.need_day("told_on") <= values.need_day("end"),
            "离开的日子不能早于收到通知的日子",
        ),
    ),
    work=_notice_pay,
    articles=(labour_contract_law(40), contract_regulation(20)),
)
