"""The most an employer may ask when a worker leaves before the end of a training bond (服务期): 劳动合同法 22, 25."""

from __future__ import annotations

from decimal import Decimal

from .base import Check, Input, Kind, Option, Result, Situation, Values, cents
from .calculator import Calculator
from .periods import day_count, day_text
from .working import Working, contract_regulation, labour_contract_law, yuan

_REASONS = (
    Option("own", "我自己要走"),
    Option("fault", "公司因我严重违纪、失职等解除"),
    Option("forced", "公司欠薪、不交社保等，我被迫辞职"),
    Option("company", "公司辞退我，我没有那样的过错"),
)


def _special(values: Values, _situation: Situation) -> bool:
    return values.yes("special")


def _owes(values: Values, _situation: Situation) -> bool:
    return values.yes("special") and values.choice("reason") in {"own", "fault"}


def _bond(values: Values, situation: Situation) -> Result:
    working = Working(situation)
    if not values.yes("special"):
        working.line("不是公司出钱的专项技术培训（比如入职培训、上岗培训、安全教育）：不能约定这种违约金", labour_contract_law(22))
        working.line("除了专项培训和竞业限制，合同里让职工付违约金的约定不算数", labour_contract_law(25))
        return working.result("不用付违约金", Decimal(0))
    if not _owes(values, situation):
        return _nothing(values, working)
    if values.choice("reason") == "fault":
        working.line("因严重违纪、失职等被解除的，也要按约定付", contract_regulation(26))
    cost, agreed = values.need_number("cost"), values.need_number("agreed")
    share = _share(cost, values, working)
    most = min(cost, agreed, share)
    working.line(
        f"约定的违约金 {yuan(agreed)}、培训费 {yuan(cost)}、应分摊的 {yuan(share)}，取最小的", labour_contract_law(22), amount=most
    )
    if agreed > most:
        working.note(f"公司要的比这多的部分，可以不付（约定 {yuan(agreed)}）。")
    working.note("培训费要有凭证：学费、差旅费和因培训产生的直接费用；培训期间发的工资一般不算。")
    working.note("公司不能从工资里直接扣违约金、不能因此不开离职证明。")
    return working.result(f"最多付违约金 {yuan(most)}", most, unserved_share=cents(share))


def _nothing(values: Values, working: Working) -> Result:
    if values.choice("reason") == "forced":
        working.line("因公司欠薪、不交社保等被迫走的，不算违反服务期，不用付违约金", contract_regulation(26), labour_contract_law(38))
        working.note("辞职信上要写明公司的哪一样过错，留好证据。")
    else:
        working.line("公司自己要解除、您没有严重过错的，不是您违反服务期，不用付违约金", contract_regulation(26), labour_contract_law(22))
    return working.result("不用付违约金", Decimal(0))


def _share(cost: Decimal, values: Values, working: Working) -> Decimal:
    """The part of the cost that falls on the time not served, by days."""
    first, last, left = values.need_day("bond_from"), values.need_day("bond_until"), values.need_day("left_on")
    total = day_count(first, last)
    served = min(total, day_count(first, left))
    share = cost * (total - served) / total
    working.line(
        f"服务期{day_text(first)}到{day_text(last)}共 {total} 天，干了 {served} 天，还差 {total - served} 天",
        labour_contract_law(22),
    )
    working.line(
        f"培训费按没干的天数分摊：{yuan(cost)} × {total - served} ÷ {total}", labour_contract_law(22), contract_regulation(16), amount=share
    )
    return share


TRAINING_BOND = Calculator(
    name="training-bond",
    title="服务期违约金",
    about="公司出钱培训过，提前走最多要赔多少",
    inputs=(
        Input(
            name="special",
            label="公司是不是花钱送您参加过专业技术培训，并且签了服务期？",
            kind=Kind.YES_NO,
            help="入职培训、上岗培训、安全培训不算",
        ),
        Input(name="reason", label="您是怎么走的？", kind=Kind.CHOICE, options=_REASONS, needed_when=_special),
        Input(
            name="cost",
            label="公司有凭证的培训费一共多少元？",
            kind=Kind.MONEY,
            example="30000",
            help="学费、差旅费和其他直接费用",
            needed_when=_owes,
        ),
        Input(name="agreed", label="协议里约定的违约金是多少元？", kind=Kind.MONEY, example="50000", needed_when=_owes),
        Input(name="bond_from", label="服务期从哪天开始？", kind=Kind.DAY, example="2024-07-01", ahead=True, needed_when=_owes),
        Input(name="bond_until", label="服务期到哪天为止？", kind=Kind.DAY, example="2027-06-30", ahead=True, needed_when=_owes),
        Input(
            name="left_on",
            label="最后一天上班是哪天？（定下来的将来的日子也可以）",
            kind=Kind.DAY,
            example="2026-11-30",
            ahead=True,
            needed_when=_owes,
        ),
    ),
    checks=(
        Check(
            ("bond_from", "bond_until"),
            lambda values, _situation: values.need_day("bond_from") <= values.need_day("bond_until"),
            "服务期结束的日子不能早于开始的日子",
        ),
    ),
    work=_bond,
    articles=(*(labour_contract_law(number) for number in (22, 25, 38)), contract_regulation(16), contract_regulation(26)),
)
