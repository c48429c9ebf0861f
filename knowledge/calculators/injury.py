"""Benefits for an injury at work by grade of disability: 工伤保险条例 33–37, 62, 64."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ..facts import Fact
from .base import Input, Kind, Option, Result, Situation, Values, cents
from .calculator import Calculator
from .injury_wage import AVERAGE, OWN_WAGE, bounded_wage, local_average
from .working import ABOVE_EVERY_MINIMUM, MINIMUM_WAGE, Working, injury_regulation, minimum_wage, monthly_wage, plain_number, yuan

GRANT_MONTHS = (27, 25, 23, 21, 18, 16, 13, 11, 9, 7)  # by grade 1 to 10: 35, 36, 37
ALLOWANCE_PERCENT = (90, 85, 80, 75, 70, 60)  # by grade 1 to 6: 35, 36
NURSING_PERCENT = {"full": 50, "most": 40, "part": 30}  # 34
LEAVING_GRADES = range(5, 11)
_NURSING = (
    Option("none", "不需要护理，或没有确认"),
    Option("part", "生活部分不能自理"),
    Option("most", "生活大部分不能自理"),
    Option("full", "生活完全不能自理"),
)
_GRANTS = (
    ("medical", "一次性工伤医疗补助金", "injury-medical-grant-months", "工伤保险基金"),
    ("employment", "一次性伤残就业补助金", "injury-employment-grant-months", "单位"),
)


def _article(grade: int) -> int:
    return 35 if grade <= 4 else 36 if grade <= 6 else 37


def _grade(values: Values) -> int:
    return values.whole("grade") or 0


def _may_leave(values: Values, _situation: Situation) -> bool:
    return _grade(values) in LEAVING_GRADES


def _leaves(values: Values, _situation: Situation) -> bool:
    return _grade(values) in LEAVING_GRADES and values.yes("leaving")


def _injury(values: Values, situation: Situation) -> Result:
    working, grade = Working(situation), values.need_whole("grade")
    average = local_average(values, working, situation.today)
    wage = bounded_wage(values, working, average)
    payer = "工伤保险基金" if values.yes("insured") else "单位"
    months = GRANT_MONTHS[grade - 1]
    grant = months * wage
    working.line(
        f"一次性伤残补助金：{grade} 级 {months} 个月 × {yuan(wage)}，由{payer}付", injury_regulation(_article(grade)), amount=grant
    )
    leaving = _leaving_grants(grade, values, working, average, payer)
    pay = _paid_leave(values, working)
    monthly = _allowance(grade, wage, values, working, payer)
    nursing = _nursing(values, working, average, payer)
    _notes(grade, values, working)
    total = grant + sum(leaving.values(), Decimal(0)) + pay
    return working.result(
        f"{grade} 级伤残，一次性的钱合计约 {yuan(total)}" + (f"，另外每月约 {yuan(monthly + nursing)}" if monthly + nursing else ""),
        total,
        disability_grant=cents(grant),
        medical_grant=_figure(leaving.get("medical")),
        employment_grant=_figure(leaving.get("employment")),
        paid_leave=cents(pay) if pay else None,
        monthly_allowance=cents(monthly) if monthly else None,
        monthly_nursing=cents(nursing) if nursing else None,
    )


def _figure(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else cents(amount)


def _leaving_grants(grade: int, values: Values, working: Working, average: Decimal | None, payer: str) -> dict[str, Decimal]:
    """The two lump sums that the provinces set, due when the employment ends (36, 37)."""
    found: dict[str, Decimal] = {}
    if not _leaves(values, working.situation):
        if _may_leave(values, working.situation):
            working.note("将来离开单位时，还有一次性工伤医疗补助金和一次性伤残就业补助金两笔。")
        return found
    for name, title, fact_name, by_law in _GRANTS:
        fact = working.situation.fact(fact_name)
        months = _months_of_grade(fact, grade) if fact is not None else values.number(f"{name}_months")
        source = payer if by_law != "单位" else "单位"
        if months is None or average is None:
            working.line(f"{title}：标准由各省定，这里没有算进来，由{source}付", injury_regulation(_article(grade)))
            continue
        if fact is not None:
            working.show(fact)
        found[name] = months * average
        working.line(
            f"{title}：{plain_number(months)} 个月 × 职工月平均工资 {yuan(average)}，由{source}付",
            injury_regulation(_article(grade)),
            amount=found[name],
        )
    if working.in_beijing:
        working.note("在北京，离法定退休年龄不足五年的，这两笔会逐年递减。")
    return found


def _months_of_grade(fact: Fact, grade: int) -> Decimal:
    return fact.numbers[grade - LEAVING_GRADES.start]


def _paid_leave(values: Values, working: Working) -> Decimal:
    """Wages for the time of treatment (33)."""
    months = values.number("paid_leave_months") or Decimal(0)
    if not months:
        return Decimal(0)
    if months > 12:
        working.note("停工留薪期一般不超过十二个月；要延长须经劳动能力鉴定委员会确认，最多再延十二个月。")
    owed = max(Decimal(0), values.need_number("paid_leave_wage") * months - (values.number("paid_leave_paid") or Decimal(0)))
    working.line(f"停工留薪期 {plain_number(months)} 个月，原工资照发，减去已发的，单位还欠", injury_regulation(33), amount=owed)
    return owed


def _allowance(grade: int, wage: Decimal, values: Values, working: Working, payer: str) -> Decimal:
    """The monthly allowance of grades 1 to 6, at least the minimum wage (35, 36)."""
    if grade > 6 or (grade > 4 and not values.yes("no_work")):
        return Decimal(0)
    percent = ALLOWANCE_PERCENT[grade - 1]
    allowance = wage * percent / 100
    source = payer if grade <= 4 else "单位"
    working.line(f"每月伤残津贴：本人工资的 {percent}%，由{source}付", injury_regulation(_article(grade)), amount=allowance)
    least = minimum_wage(values, working, working.situation.today) if allowance < ABOVE_EVERY_MINIMUM else None
    if least is not None and allowance < least:
        working.line(f"低于最低工资 {yuan(least)}，补足到最低工资", injury_regulation(_article(grade)), amount=least)
        return least
    return allowance


def _nursing(values: Values, working: Working, average: Decimal | None, payer: str) -> Decimal:
    percent = NURSING_PERCENT.get(values.choice("nursing"))
    if percent is None or average is None:
        return Decimal(0)
    nursing = average * percent / 100
    working.line(f"每月生活护理费：职工月平均工资的 {percent}%，由{payer}付", injury_regulation(34), amount=nursing)
    return nursing


def _notes(grade: int, values: Values, working: Working) -> None:
    if not values.yes("insured"):
        working.line("单位没上工伤保险的，全部由单位按同样的标准付", injury_regulation(62))
    if grade <= 4:
        working.note("一到四级保留劳动关系、退出岗位；到退休改领养老金，少了的由基金补足。")
    elif grade <= 6:
        working.note("五、六级要离开单位，须由您本人提出；单位不能因此赶您走。")
    working.note("医疗费、住院伙食补助、康复、辅助器具另外报销，没有算在这里。")
    working.note("要先有工伤认定和劳动能力鉴定；单位三十天不申报的，您一年内可以自己去申请。")


def _minimum_asked(values: Values, situation: Situation) -> bool:
    gets_allowance = 1 <= _grade(values) <= 4 or values.yes("no_work")
    return gets_allowance and situation.fact("minimum-wage-month") is None


def _months_asked(fact_name: str, title: str, name: str) -> Input:
    return Input(
        name=f"{name}_months",
        label=f"{title}，您那个等级当地规定是几个月的职工月平均工资？不知道可以跳过",
        kind=Kind.NUMBER,
        optional=True,
        unit="个月",
        example="6",
        most=Decimal(100),
        needed_when=lambda values, situation: _leaves(values, situation) and situation.fact(fact_name) is None,
    )


INJURY = Calculator(
    name="injury",
    title="工伤待遇",
    about="评了伤残等级，能拿哪几笔钱",
    inputs=(
        Input(
            name="grade",
            label="劳动能力鉴定是几级？（一级最重，十级最轻）",
            kind=Kind.WHOLE,
            unit="级",
            example="9",
            least=Decimal(1),
            most=Decimal(10),
        ),
        OWN_WAGE,
        AVERAGE,
        Input(name="insured", label="单位给您上工伤保险了吗？", kind=Kind.YES_NO),
        Input(name="leaving", label="您要离开（或合同已经到期离开）这家单位吗？", kind=Kind.YES_NO, needed_when=_may_leave),
        *(_months_asked(fact_name, title, name) for name, title, fact_name, _payer in _GRANTS),
        Input(
            name="no_work",
            label="单位是不是安排不了适合您的工作？",
            kind=Kind.YES_NO,
            needed_when=lambda values, _situation: _grade(values) in {5, 6} and not values.yes("leaving"),
        ),
        Input(
            name="nursing",
            label="劳动能力鉴定委员会确认了要生活护理吗？",
            kind=Kind.CHOICE,
            options=_NURSING,
            needed_when=lambda values, _situation: 1 <= _grade(values) <= 6,
        ),
        Input(
            name="paid_leave_months",
            label="停工养伤一共几个月？养伤的工资都发足了就跳过",
            kind=Kind.NUMBER,
            optional=True,
            unit="个月",
            example="4",
            most=Decimal(24),
        ),
        monthly_wage(
            "受伤以前，每月应发工资是多少？",
            name="paid_leave_wage",
            needed_when=lambda values, _situation: bool(values.number("paid_leave_months")),
        ),
        Input(
            name="paid_leave_paid",
            label="养伤期间，单位一共已经发了多少工资？没发就跳过",
            kind=Kind.MONEY,
            optional=True,
            example="6000",
            needed_when=lambda values, _situation: bool(values.number("paid_leave_months")),
        ),
        replace(MINIMUM_WAGE, needed_when=_minimum_asked),
    ),
    work=_injury,
    articles=tuple(injury_regulation(number) for number in (33, 34, 35, 36, 37, 62, 64)),
)
