"""Maternity leave and its pay: 女职工劳动保护特别规定 7, 8, 社会保险法 56, and each region's extension."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from ..articles import ArticleReference
from .base import Check, Document, Input, Kind, Option, Result, Situation, Values, cents
from .calculator import Calculator
from .periods import day_text
from .working import Working, monthly_wage, plain_number, social_insurance_law, yuan

BIRTH_DAYS, HARD_BIRTH_DAYS, FURTHER_CHILD_DAYS = 98, 15, 15
MISCARRIAGE_DAYS = {"early": 15, "late": 42}
DAYS_A_MONTH = 30  # by which the allowance is divided
_women = partial(ArticleReference, "女职工劳动保护特别规定")
_family_law = partial(ArticleReference, "人口与计划生育法")
_BEIJING = Document("北京市人口与计划生育条例")
_EVENTS = (
    Option("birth", "生孩子"),
    Option("early", "怀孕不满四个月流产"),
    Option("late", "怀孕满四个月流产"),
)


def _birth(values: Values, _situation: Situation) -> bool:
    return values.choice("event") == "birth"


def _extension_unknown(values: Values, situation: Situation) -> bool:
    return _birth(values, situation) and situation.fact("maternity-extension-days", values.day("born_on")) is None


def _insured(values: Values, _situation: Situation) -> bool:
    return values.yes("insured")


def _maternity(values: Values, situation: Situation) -> Result:
    working = Working(situation)
    days, extension = _leave_days(values, working)
    begins = values.day("leave_from")
    last = begins + timedelta(days=days - 1) if begins is not None else None
    if begins is not None and last is not None:
        working.line(f"从{day_text(begins)}休到{day_text(last)}（周末、节假日算在内）", _women(7))
    owed, allowance, top_up = _pay(days, values, working)
    partner = situation.fact("partner-leave-days", values.day("born_on")) if _birth(values, situation) else None
    if partner is not None:
        working.line(f"配偶陪产假 {plain_number(working.use(partner))} 天", *_documents(working))
    working.note("怀孕、产假、哺乳期间，公司不能因此降工资、辞退；津贴打到公司账上的，公司要及时足额给您。")
    working.note("公司规定或当地规定更长、更高的，按长的、高的。")
    headline = f"产假 {days} 天" + (f"，其间应得约 {yuan(owed)}" if owed else "")
    return working.result(
        headline,
        owed,
        days=days,
        extension_days=extension if extension else None,
        last_day=last,
        allowance=cents(allowance) if allowance else None,
        employer_pays=cents(top_up),
        partner_days=int(partner.number) if partner is not None else None,
    )


def _documents(working: Working) -> tuple[Document, ...]:
    return (_BEIJING,) if working.in_beijing else ()


def _leave_days(values: Values, working: Working) -> tuple[int, int]:
    """Days of leave in all, and how many of them are the region's extension."""
    event = values.choice("event")
    if event != "birth":
        days = MISCARRIAGE_DAYS[event]
        when = "不满四个月" if event == "early" else "满四个月"
        working.line(f"怀孕{when}流产：{days} 天", _women(7))
        return days, 0
    fact = working.situation.fact("maternity-leave-days", values.need_day("born_on"))
    days = int(working.use(fact)) if fact is not None else BIRTH_DAYS
    working.line(f"生育：{days} 天，其中产前可以休 15 天", _women(7))
    if values.yes("hard"):
        days += HARD_BIRTH_DAYS
        working.line(f"难产（一般包括剖宫产）：加 {HARD_BIRTH_DAYS} 天", _women(7))
    further = values.need_whole("children") - 1
    if further:
        days += FURTHER_CHILD_DAYS * further
        working.line(f"多胞胎，多生 {further} 个：加 {FURTHER_CHILD_DAYS * further} 天", _women(7))
    extension = _extension(values, working)
    return days + extension, extension


def _extension(values: Values, working: Working) -> int:
    fact = working.situation.fact("maternity-extension-days", values.need_day("born_on"))
    extension = int(working.use(fact)) if fact is not None else values.whole("extension_days") or 0
    if extension:
        working.line(f"按规定生育的，当地再延长 {extension} 天", _family_law(25), *_documents(working))
        if working.in_beijing:
            working.note("在北京，经公司同意还可以再增加一至三个月；延长的假也可以和配偶调整着休，须双方单位同意。")
    elif fact is None:
        working.note("各省还有延长的产假（生育假），这里没有算进来，请问当地 12333 或工会女职工委员会。")
    return extension


def _pay(days: int, values: Values, working: Working) -> tuple[Decimal, Decimal, Decimal]:
    """What is due in all, the fund's allowance in it, and what the employer adds."""
    wage = values.need_number("wage")
    own = wage * days / DAYS_A_MONTH
    if not values.yes("insured"):
        working.line(f"没上生育保险：由单位按产假前的工资付，{yuan(wage)} ÷ {DAYS_A_MONTH} × {days} 天", _women(8), amount=own)
        return own, Decimal(0), own
    average = values.number("employer_average")
    if average is None:
        working.line("生育津贴由生育保险基金付，按单位上年度职工月平均工资算", _women(8), social_insurance_law(56))
        working.note("没有填单位的平均缴费工资，这里按您本人工资估算；津贴高于本人工资的，按津贴。")
        return own, Decimal(0), Decimal(0)
    allowance = average * days / DAYS_A_MONTH
    working.line(
        f"生育津贴：单位上年度月平均缴费工资 {yuan(average)} ÷ {DAYS_A_MONTH} × {days} 天，由基金付",
        _women(8),
        social_insurance_law(56),
        amount=allowance,
    )
    if own > allowance:
        rules = (Document("北京市企业职工生育保险规定", "", "第十五条"),) if working.in_beijing else ()
        working.line("津贴低于本人工资的，差额由单位补足", *rules, _women(5), amount=own - allowance)
        return own, allowance, own - allowance
    working.line("津贴不低于本人工资，单位不用再补，也不能扣下高出的部分", _women(8))
    return allowance, allowance, Decimal(0)


MATERNITY = Calculator(
    name="maternity",
    title="产假和生育津贴",
    about="产假多少天，其间应得多少钱",
    inputs=(
        Input(name="event", label="是哪种情形？", kind=Kind.CHOICE, options=_EVENTS),
        Input(
            name="born_on",
            label="孩子哪天出生（或预产期）？",
            kind=Kind.DAY,
            example="2026-12-20",
            ahead=True,
            needed_when=_birth,
        ),
        Input(name="hard", label="是难产吗？（医院证明写明的，一般包括剖宫产）", kind=Kind.YES_NO, needed_when=_birth),
        Input(
            name="children",
            label="这次生了几个宝宝？",
            kind=Kind.WHOLE,
            unit="个",
            example="1",
            least=Decimal(1),
            most=Decimal(9),
            needed_when=_birth,
        ),
        Input(
            name="extension_days",
            label="当地延长的产假（生育假）是多少天？不知道可以跳过",
            kind=Kind.WHOLE,
            optional=True,
            unit="天",
            example="60",
            most=Decimal(400),
            needed_when=_extension_unknown,
        ),
        Input(name="leave_from", label="从哪天开始休？还没定可以跳过", kind=Kind.DAY, optional=True, example="2026-12-06", ahead=True),
        Input(name="insured", label="单位给您交生育保险了吗？（现在和医保一起交）", kind=Kind.YES_NO),
        monthly_wage("休假以前，您每月应发工资是多少？"),
        Input(
            name="employer_average",
            label="单位上年度的月平均缴费工资是多少元？不知道可以跳过",
            kind=Kind.MONEY,
            optional=True,
            help="可以问人事，或打 12393 医保热线",
            example="9000",
            least=Decimal(1),
            most=Decimal(1_000_000),
            needed_when=_insured,
        ),
    ),
    checks=(
        Check(
            ("born_on",),
            lambda values, _situation: values.need_day("born_on") >= date(2012, 4, 28),
            "2012年4月28日以前生育的，天数不一样，请问律师",
        ),
        Check(
            ("born_on", "leave_from"),
            lambda values, _situation: abs((values.need_day("leave_from") - values.need_day("born_on")).days) <= 300,
            "开始休假的日子离孩子出生太远了，请核对",
        ),
    ),
    work=_maternity,
    articles=(*(_women(number) for number in (5, 7, 8)), _family_law(25), social_insurance_law(56)),
)
