"""Severance pay (经济补偿, N) and damages for unlawful dismissal (违法解除赔偿金, 2N): 劳动合同法 46, 47, 48, 87, 97."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from ..articles import ArticleReference
from .base import Check, Document, Input, Kind, Option, Result, Situation, Values
from .calculator import Calculator
from .periods import add_years, day_text, full_months, period_end, span
from .wage_cap import AVERAGE_WAGE, Capped, capped_wage
from .working import (
    ABOVE_EVERY_MINIMUM,
    MINIMUM_WAGE,
    Working,
    contract_regulation,
    labour_contract_law,
    labour_law,
    minimum_wage,
    monthly_wage,
    plain_number,
    yuan,
)

LAW_BEGAN = date(2008, 1, 1)  # 劳动合同法 98
MOST_YEARS = 12
OLD_RULES = partial(Document, "违反和解除劳动合同的经济补偿办法", "劳部发〔1994〕481号")


@dataclass(frozen=True, slots=True)
class Ending:
    """A way in which work ends: what grants severance, and how years before 2008 count."""

    key: str
    label: str
    grounds: tuple[ArticleReference, ...]
    before_2008: tuple[Document, ...] = ()  # what granted it then; nothing: those years do not count
    old_cap: bool = False  # at most twelve months for the years before 2008
    paid: bool = True


ENDINGS = (
    Ending("agreed", "公司提出，双方谈好走的", (labour_contract_law(46), labour_contract_law(36)), (OLD_RULES("第五条"),), old_cap=True),
    Ending(
        "forced",
        "公司欠薪、不交社保等，我被迫辞职",
        (labour_contract_law(46), labour_contract_law(38)),
        (Document("最高人民法院关于审理劳动争议案件适用法律若干问题的解释", "法释〔2001〕14号，已废止", "第十五条"),),
        old_cap=True,
    ),
    Ending("ill", "病假期满干不了，公司让走", (labour_contract_law(46), labour_contract_law(40)), (OLD_RULES("第六条"),)),
    Ending("unfit", "公司说我不胜任，让走", (labour_contract_law(46), labour_contract_law(40)), (OLD_RULES("第七条"),), old_cap=True),
    Ending("changed", "公司说情况变化、岗位没了，让走", (labour_contract_law(46), labour_contract_law(40)), (OLD_RULES("第八条"),)),
    Ending("layoff", "经济性裁员", (labour_contract_law(46), labour_contract_law(41)), (OLD_RULES("第九条"),)),
    Ending("expired", "合同到期，没有续签", (labour_contract_law(46), labour_contract_law(44))),
    Ending("closed", "公司破产、关门、解散", (labour_contract_law(46), labour_contract_law(44))),
    Ending("own", "我自己想走，公司没有过错", (labour_contract_law(37),), paid=False),
    Ending("fault", "公司说我严重违纪等，并且确有其事", (labour_contract_law(39),), paid=False),
)
_BY_KEY = {ending.key: ending for ending in ENDINGS}


def months_owed(first: date, last: date) -> Decimal:
    """Months of wages for the time worked: one a year, half for less than six months, one for six and more (劳动合同法 47)."""
    if last < first:
        return Decimal(0)
    whole = full_months(first, last)
    years, over = divmod(whole, 12)
    if over >= 6:
        return Decimal(years + 1)
    ends_even = over == 0 and period_end(first, whole) == last
    return Decimal(years) if ends_even else years + Decimal("0.5")


def months_before_2008(first: date, last: date, *, capped: bool) -> Decimal:
    """Months for years under the old rules: one for each year, and for less than a year one (劳部发〔1994〕481号 第五条)."""
    if last < first:
        return Decimal(0)
    whole = full_months(first, last)
    years = whole // 12 + (0 if whole % 12 == 0 and period_end(first, whole) == last else 1)
    return Decimal(min(years, MOST_YEARS) if capped else years)


def _is_paid(values: Values, _situation: Situation) -> bool:
    return _BY_KEY[values.choice("reason")].paid and not values.yes("offered")


def _has_expired(values: Values, _situation: Situation) -> bool:
    return values.choice("reason") == "expired"


_START = Input(
    name="start",
    label="您是哪天到这家单位上班的？",
    kind=Kind.DAY,
    example="2021-03-15",
    help="从实际上班那天算，不是签合同那天",
    needed_when=lambda values, situation: "reason" not in values or _is_paid(values, situation),
)
_END = Input(
    name="end",
    label="最后一天上班是哪天？（已经定下来的将来的日子也可以）",
    kind=Kind.DAY,
    example="2026-10-31",
    ahead=True,
    needed_when=_START.needed_when,
)
_WAGE = monthly_wage(
    "走之前十二个月，平均每月应发多少工资？",
    "扣税扣社保之前的数，奖金、津贴、加班费都算；干不满一年的按实际月数平均",
    needed_when=_START.needed_when,
)


def _if_paid(asked: Input) -> Input:
    """The question, only where there is anything to pay."""
    return replace(
        asked, needed_when=lambda values, situation: _START.needed_when(values, situation) and asked.needed_when(values, situation)
    )


_LENGTH_CHECKS = (
    Check(("start", "end"), lambda values, _situation: values.need_day("start") <= values.need_day("end"), "离开的日子不能早于上班的日子"),
    Check(("end",), lambda values, _situation: values.need_day("end") >= LAW_BEGAN, "2008年以前就离开的，这里算不了，请找律师看"),
    Check(
        ("end",),
        lambda values, situation: values.need_day("end") <= add_years(situation.today, 3),
        "离开的日子太远了，请填三年以内的日子",
    ),
)


def _floored(values: Values, working: Working) -> Decimal:
    """The average wage, raised to the minimum wage (实施条例 27)."""
    wage = values.need_number("wage")
    working.line(f"走之前十二个月的月平均工资：{yuan(wage)}", labour_contract_law(47), contract_regulation(27), amount=wage)
    least = minimum_wage(values, working, values.need_day("end")) if wage < ABOVE_EVERY_MINIMUM else None
    if least is not None and wage < least:
        working.line(f"低于最低工资，按最低工资 {yuan(least)}算", contract_regulation(27), amount=least)
        return least
    return wage


def _counted(first: date, last: date, capped: Capped, working: Working) -> Decimal:
    """The months owed for that time under 劳动合同法 47, with its twelve years at most if the wage is capped."""
    months = months_owed(first, last)
    if capped.reached and months > MOST_YEARS:
        working.line(f"工作 {span(first, last).text}，封顶的最多算十二年", labour_contract_law(47))
        return Decimal(MOST_YEARS)
    working.line(
        f"{day_text(first)}到{day_text(last)}，工作 {span(first, last).text}，按 {plain_number(months)} 个月算", labour_contract_law(47)
    )
    return months


def _severance(values: Values, situation: Situation) -> Result:
    working, ending = Working(situation), _BY_KEY[values.choice("reason")]
    if not _is_paid(values, situation):
        return _nothing(ending, working)
    start, end = values.need_day("start"), values.need_day("end")
    working.line(f"{ending.label}：应当付经济补偿", *ending.grounds)
    wage = _floored(values, working)
    capped = capped_wage(wage, values, working)
    months = _counted(max(start, LAW_BEGAN), end, capped, working)
    amount = months * capped.monthly
    working.line(f"{plain_number(months)} 个月 × {yuan(capped.monthly)}", labour_contract_law(47), amount=amount)
    old_months = Decimal(0)
    if start < LAW_BEGAN:
        old_months = _old_months(start, ending, working)
        if old_months:
            working.line(f"2008年以前 {plain_number(old_months)} 个月 × {yuan(wage)}", labour_contract_law(97), amount=old_months * wage)
    amount += old_months * wage
    _severance_notes(ending, working)
    return working.result(
        f"经济补偿约 {yuan(amount)}（{plain_number(months + old_months)} 个月工资）",
        amount,
        months=months + old_months,
        monthly_wage=capped.monthly,
        unlawful_damages=_damages_if_unlawful(start, end, capped),
    )


def _old_months(start: date, ending: Ending, working: Working) -> Decimal:
    """The months for the time before 2008, and what is assumed about them (劳动合同法 97)."""
    if not ending.before_2008:
        working.line("这种情形的经济补偿是2008年1月1日才有的，之前的年限不算", labour_contract_law(97))
        return Decimal(0)
    last = LAW_BEGAN - timedelta(days=1)
    months = months_before_2008(start, last, capped=ending.old_cap)
    most = "，最多十二个月" if ending.old_cap else ""
    working.line(
        f"2008年以前工作 {span(start, last).text}，按当时的规定每满一年一个月、不满一年也算一个月{most}：{plain_number(months)} 个月",
        labour_contract_law(97),
        labour_law(28),
        *ending.before_2008,
    )
    working.note("2008年以前的年限按当时规定分段算，月工资用离开前十二个月的平均数、不封顶；各地做法有差别，请让律师核对。")
    if ending.key == "forced":
        working.note("2008年以前只有欠薪、不付加班费、暴力强迫等情形才算；只是没交社保的，那几年可能不算。")
    return months


def _damages_if_unlawful(start: date, end: date, capped: Capped) -> Decimal:
    months = months_owed(start, end)
    return 2 * capped.monthly * (min(months, Decimal(MOST_YEARS)) if capped.reached else months)


def _severance_notes(ending: Ending, working: Working) -> None:
    if ending.grounds[-1] == labour_contract_law(40):
        working.note("公司没有提前三十天书面通知的，还要另付一个月工资（代通知金）。")
    if ending.key == "ill":
        working.note("因病解除的，还可能有医疗补助费，请问律师。")
    if ending.key == "agreed":
        working.note("是您先提出离职、公司同意的，公司可以不付；协议上要写明是公司提出的。")
    working.note("如果公司解除没有道理、没走程序，可以要两倍的赔偿金，拿了赔偿金就不再拿经济补偿。")
    working.note("不是您自己要换单位的（改签关联公司、公司合并等），原单位的年限要合并算。")


def _nothing(ending: Ending, working: Working) -> Result:
    if ending.paid:
        working.line("公司愿意按原条件或更好的条件续签，是您不续：没有经济补偿", labour_contract_law(46))
    else:
        working.line(f"{ending.label}：法律没有规定经济补偿", *ending.grounds)
        working.note("有欠薪、不交社保、没给劳动条件等情形的，可以据此提出解除，那样有经济补偿。公司的理由站不住的，是违法解除。")
    return working.result("按这种情形，没有经济补偿", Decimal(0), months=Decimal(0))


def _unlawful(values: Values, situation: Situation) -> Result:
    working = Working(situation)
    start, end = values.need_day("start"), values.need_day("end")
    wage = _floored(values, working)
    capped = capped_wage(wage, values, working)
    months = _counted(start, end, capped, working)
    severance = months * capped.monthly
    working.line(f"经济补偿的标准：{plain_number(months)} 个月 × {yuan(capped.monthly)}", labour_contract_law(47), amount=severance)
    working.line("违法解除按两倍付赔偿金", labour_contract_law(87), labour_contract_law(48), amount=2 * severance)
    if start < LAW_BEGAN:
        working.line("赔偿金的年限从上班那天起算，2008年以前的也算", contract_regulation(25))
    working.note("也可以不要赔偿金，要求恢复工作、补发工资，二选一。拿了赔偿金，不再拿经济补偿。")
    working.note("为什么解除，由公司举证；是不是违法，由仲裁委和法院认定。")
    return working.result(
        f"违法解除赔偿金约 {yuan(2 * severance)}（{plain_number(months)} 个月工资的两倍）",
        2 * severance,
        months=months,
        monthly_wage=capped.monthly,
        severance=severance,
    )


_LENGTH = (_START, _END, _WAGE, _if_paid(MINIMUM_WAGE), _if_paid(AVERAGE_WAGE))
_SHARED = (labour_contract_law(47), contract_regulation(27))

SEVERANCE = Calculator(
    name="severance",
    title="经济补偿（N）",
    about="离开单位时公司应付多少经济补偿",
    inputs=(
        Input(
            name="reason",
            label="您是怎么离开的？（被无故辞退的，请用“违法解除赔偿金”）",
            kind=Kind.CHOICE,
            options=tuple(Option(ending.key, ending.label) for ending in ENDINGS),
        ),
        Input(
            name="offered",
            label="公司是不是愿意按原来的或更好的条件续签，而您不愿意续？",
            kind=Kind.YES_NO,
            needed_when=_has_expired,
        ),
        *_LENGTH,
    ),
    checks=_LENGTH_CHECKS,
    work=_severance,
    articles=(*_SHARED, *(labour_contract_law(number) for number in (36, 37, 38, 39, 40, 41, 44, 46, 97)), labour_law(28)),
)

UNLAWFUL_DISMISSAL = Calculator(
    name="unlawful-dismissal",
    title="违法解除赔偿金（2N）",
    about="公司没有道理地辞退，赔偿金是多少",
    inputs=_LENGTH,
    checks=_LENGTH_CHECKS,
    work=_unlawful,
    articles=(*_SHARED, labour_contract_law(48), labour_contract_law(87), contract_regulation(25)),
)
