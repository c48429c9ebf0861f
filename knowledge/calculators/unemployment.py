"""How many months of unemployment benefit: 社会保险法 45, 46, and Beijing's own steps."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from ..articles import ArticleReference
from .base import Document, Input, Kind, Option, Result, Situation, Values, cents
from .calculator import Calculator
from .working import Working, labour_contract_law, plain_number, social_insurance_law, yuan

MOST_MONTHS = 24
_regulation = partial(ArticleReference, "失业保险条例")
_BEIJING = Document("北京市失业保险规定")
_REASONS = (
    Option("dismissed", "公司辞退、裁员，或协商时是公司提出的"),
    Option("expired", "合同到期没续"),
    Option("forced", "公司欠薪、不交社保等，我被迫辞职"),
    Option("own", "我自己想走"),
)


def most_months(years: Decimal) -> int:
    """The longest time for the years paid: 12, 18 or 24 months (社会保险法 46)."""
    if years < 1:
        return 0
    return 12 if years < 5 else 18 if years < 10 else MOST_MONTHS


def _may_receive(values: Values, _situation: Situation) -> bool:
    return (values.number("years") or Decimal(0)) >= 1 and values.choice("reason") != "own"


def _benefit_unknown(values: Values, situation: Situation) -> bool:
    return _may_receive(values, situation) and situation.fact("unemployment-benefit") is None


def _unemployment(values: Values, situation: Situation) -> Result:
    working = Working(situation)
    years = values.need_number("years")
    if not _may_receive(values, situation):
        return _nothing(years, working)
    working.line("不是自己要走的，单位和本人交满一年，办了失业登记、愿意找工作：可以领", social_insurance_law(45), _regulation(14))
    if values.choice("reason") == "forced":
        working.line("因公司欠薪、不交社保等被迫走的，不算自己要走", labour_contract_law(38))
        working.note("离职证明上要写明是因公司的原因，写成“个人原因”会影响领取。")
    limit = most_months(years)
    working.line(f"累计缴费 {plain_number(years)} 年：最长 {limit} 个月", social_insurance_law(46), _regulation(17))
    months = _local_months(years, limit, working)
    left_over = values.whole("left_over") or 0
    if left_over:
        months = min(MOST_MONTHS, months + left_over)
        working.line(f"加上上次没领完的 {left_over} 个月，合并最长 {MOST_MONTHS} 个月：{months} 个月", social_insurance_law(46))
    least, most = _benefit(values, working)
    total = least * months if least is not None else None
    if total is not None and least is not None and most is not None:
        _amount_line(months, least, most, working)
    working.note("从办失业登记那个月起算，尽早办；其间的职工医保由基金交，自己不用交。")
    working.note("以社保经办机构核定的月数和标准为准；重新就业就停发，没领完的下次可以接着用。")
    headline = f"失业金最多 {months} 个月" + (f"，合计约 {yuan(total)}" + ("起" if least != most else "") if total is not None else "")
    return working.result(headline, total, months=months, monthly=None if least is None else cents(least))


def _nothing(years: Decimal, working: Working) -> Result:
    if years < 1:
        working.line("累计缴费不满一年：还不能领失业金", social_insurance_law(45))
    else:
        working.line("自己想走的，一般不能领失业金", social_insurance_law(45), _regulation(14))
        working.note("如果走的原因是公司欠薪、不交社保等（《劳动合同法》第三十八条），可以领，请改选“被迫辞职”。")
    working.note("缴费年限不会作废，以后失业时接着累计。")
    return working.result("按这种情形，现在还不能领失业金", Decimal(0), months=0)


def _local_months(years: Decimal, limit: int, working: Working) -> int:
    """The months by the region's own steps where they are known, never more than the law's limit."""
    fact = working.situation.fact("unemployment-months")
    full_years = int(years)
    if fact is None or full_years > len(fact.numbers):
        if fact is not None:
            working.note("缴费年数再长的，由当地经办机构按办法核定，可能比最长的月数少。")
        return limit
    working.show(fact)
    months = min(limit, int(fact.numbers[full_years - 1]))
    documents = (_BEIJING,) if working.in_beijing else ()
    working.line(f"当地的办法：满 {full_years} 年领 {months} 个月", *documents)
    return months


def _benefit(values: Values, working: Working) -> tuple[Decimal | None, Decimal | None]:
    fact = working.situation.fact("unemployment-benefit")
    if fact is not None:
        working.show(fact)
        return min(fact.numbers), max(fact.numbers)
    asked = values.number("benefit")
    if asked is None:
        working.note("每月标准各地不同、会调整，这里没有算进来，请打 12333 问。")
    return asked, asked


def _amount_line(months: int, least: Decimal, most: Decimal, working: Working) -> None:
    each = yuan(least) if least == most else f"{yuan(least)}到 {yuan(most)}"
    working.line(f"每月 {each}，{months} 个月", social_insurance_law(47), amount=least * months)


UNEMPLOYMENT = Calculator(
    name="unemployment",
    title="失业金",
    about="失业了能领几个月失业金",
    inputs=(
        Input(name="reason", label="您是怎么离开的？", kind=Kind.CHOICE, options=_REASONS),
        Input(
            name="years",
            label="失业保险一共交了多少年？（上次领过失业金的，从再就业后算）",
            kind=Kind.NUMBER,
            unit="年",
            example="3.5",
            most=Decimal(60),
        ),
        Input(
            name="left_over",
            label="上次失业还剩几个月没领完？没有就跳过",
            kind=Kind.WHOLE,
            optional=True,
            unit="个月",
            example="2",
            most=Decimal(24),
            needed_when=_may_receive,
        ),
        Input(
            name="benefit",
            label="当地失业金每月是多少元？不知道可以跳过",
            kind=Kind.MONEY,
            optional=True,
            help="可以打 12333 问",
            example="2100",
            least=Decimal(300),
            most=Decimal(20000),
            needed_when=_benefit_unknown,
        ),
    ),
    work=_unemployment,
    articles=(*(social_insurance_law(number) for number in (45, 46, 47)), _regulation(14), _regulation(17), labour_contract_law(38)),
)
