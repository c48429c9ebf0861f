"""A calculator as a form: each of its inputs is a step, and only those are asked that the answers so far, the place and the day make needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypedDict

from handlers.conversation import Kind
from handlers.forms import Form
from handlers.steps import Answered, Offer, Problem, Step, Value, Values
from handlers.turn import Turn
from handlers.wording import day, shorten, today
from knowledge.calculators import BadInput, Calculator, Input, expected
from knowledge.calculators import Kind as Takes
from knowledge.calculators import Value as Answer
from knowledge.facts import NATIONAL, Facts, read_region
from knowledge.quantities import amount_text

REGION = "region"
HOME = "北京"
_LONGEST_LABEL = 18  # characters on a button before a phone cuts it off
_MOST_NUMBERS = 10  # buttons for whole numbers
_SKIPPING = frozenset({"跳过", "没有", "没", "无", "不知道", "不清楚", "不记得", "不记得了", "还没有", "还没"})
_YES_NO = (("是", "是"), ("否", "否"))

SAME_EVERYWHERE = frozenset({"double-wage", "arbitration-limit", "annual-leave", "notice-pay", "training-bond"})
"""The calculators for which the place makes no difference: it is not offered."""

SHORT: Mapping[str, str] = {
    "again": "以前约定过试用期", "agreed": "约定的违约金", "agreed_months": "约定的试用期", "alone": "孤寡老人或孤儿",
    "average_wage": "当地平均工资", "barred": "特殊情形", "benefit": "当地失业金", "bond_from": "服务期开始", "bond_until": "服务期到期",
    "born_on": "出生日（预产期）", "children": "几个宝宝", "claim": "要的是什么", "claimed_on": "申请仲裁日", "construction": "建筑工地",
    "contract_months": "合同期限", "cost": "培训费", "died_on": "去世日期", "employed": "还在职", "employer_average": "单位平均工资",
    "employment_months": "就业补助金月数", "end": "离开日期", "event": "哪种情形", "extension_days": "延长产假", "grade": "伤残等级",
    "hard": "难产", "holiday_hours": "节假日加班", "insured": "上了保险", "joined": "进单位日期", "known_on": "知道的日期",
    "leave_from": "开始休假日", "leaving": "要离开单位", "left": "已经离开", "left_on": "离开日期", "left_over": "没领完的月数",
    "medical_months": "医疗补助金月数", "minimum_wage": "当地最低工资", "months": "月数", "national_income": "全国人均收入", "no_work": "安排不了工作",
    "nursing": "生活护理", "offered": "公司愿意续签", "ordered": "已责令限期支付", "others": "其他供养亲属", "own_wish": "自己书面不休",
    "own_years": "本单位年数", "paid": "已经发了", "paid_leave_months": "停工养伤月数", "paid_leave_paid": "养伤期已发",
    "paid_leave_wage": "受伤前工资", "part_time": "小时工", "probation_wage": "试用期工资", "reason": "离开原因", "rest_hours": "休息日加班",
    "served_months": "试用期已干", "sick_from": "病休开始日", "sick_pay": "病假工资", "signed": "补签了合同", "signed_on": "签合同日期",
    "special": "有专项培训", "spouse": "供养的配偶", "start": "上班日期", "stopped": "要过或投诉过", "stopped_on": "最近一次", "system": "工时制",
    "taken": "已休天数", "term": "合同种类", "told": "书面通知过", "told_on": "收到通知日", "total_years": "总工作年数",
    "twelve_months": "已连续工作满一年", "wage": "月工资", "when": "哪种情形", "workday_hours": "平时加班", "year": "哪一年", "years": "缴费年数",
}  # fmt: skip
"""What an input is called in the summary and on the buttons to correct it."""

CARRIED = frozenset({"start", "end", "left_on", "wage", "grade", "total_years", "average_wage", "minimum_wage"})
"""The inputs that mean about the same in every calculator: what was answered in one is offered in the next."""


class Situation(TypedDict):
    """What a calculator is told besides the answers."""

    today: date
    facts: Facts
    region: str


def situation(turn: Turn, values: Values) -> Situation:
    """The day, the facts and the place of this turn."""
    return {"today": today(turn.now), "facts": turn.house.facts, "region": values.get(REGION) or HOME}


def answers(calculator: Calculator, turn: Turn, values: Values) -> tuple[dict[str, Answer], Input | None]:
    """The answers that count, in order, and the first input that still needs one: what no longer matters is left out."""
    around, taken = situation(turn, values), dict[str, Answer]()
    while (asked := calculator.next_input(taken, **around)) is not None and asked.name in values:
        try:
            taken[asked.name] = _from_draft(asked, values[asked.name])
        except (TypeError, ValueError, ArithmeticError):  # kept by an older program that asked for something else
            break
    return taken, asked


def _from_draft(asked: Input, kept: Any) -> Answer:
    if kept is None:
        if asked.optional:
            return None
        raise ValueError(asked.name)
    match asked.kind:
        case Takes.MONEY | Takes.NUMBER:
            return Decimal(kept)
        case Takes.DAY:
            return date.fromisoformat(kept)
        case Takes.CHOICE:
            if kept not in {option.key for option in asked.options}:
                raise ValueError(kept)
            return str(kept)
    return bool(kept) if asked.kind is Takes.YES_NO else int(kept)


def _to_draft(value: Answer) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class InputStep(Step):
    """One input of a calculator. What is typed and what stands on a button are read alike: by the calculator."""

    calculator: Calculator
    input: Input

    async def offer(self, turn: Turn, values: Values) -> Offer:
        match self.input.kind:
            case Takes.YES_NO:
                return [_YES_NO]
            case Takes.CHOICE:
                return [[(label, option.key)] for label, option in zip(_option_labels(self.input), self.input.options, strict=True)]
        return [[each] for each in self._suggestions(turn, values)] + _numbers(self.input, today(turn.now))

    def _suggestions(self, turn: Turn, values: Values) -> list[tuple[str, str]]:
        """What the last question said in passing, and what was answered in the last calculation; nothing is filled in by itself."""
        found: dict[str, str] = {}
        for before, texts in (("刚才说的", self._said(turn)), ("上次填的", self._answered_before(turn))):
            for text in texts:
                value = self._read(turn, values, text)
                if not isinstance(value, BadInput) and value is not None:
                    found.setdefault(text, f"{before}：{self.shown(_to_draft(value))}")
        return [(label, text) for text, label in found.items()][:3]

    def _said(self, turn: Turn) -> list[str]:
        if not turn.state.question:
            return []
        said = turn.house.knowledge.pick_up(turn.state.question, today(turn.now))
        match self.input.kind, self.input.unit:
            case Takes.MONEY, _:
                return [f"{amount:f}" for amount in said.amounts]
            case Takes.DAY, _:
                return [each.isoformat() for each in said.days]
            case Takes.WHOLE, "级":
                return [f"{said.injury_grade}"] if said.injury_grade else []
            case Takes.NUMBER, "年":
                return [f"{Decimal(said.months_worked) / 12:.1f}".removesuffix(".0")] if said.months_worked else []
            case Takes.NUMBER, "个月":
                return [f"{length.months}" for length in said.lengths if not length.days and length.months != said.months_worked]
        return []

    def _answered_before(self, turn: Turn) -> list[str]:
        last = turn.state.worked_out
        if last is None or (last.form != code(self.calculator) and self.key not in CARRIED):
            return []
        kept = last.values.get(self.key)
        return [str(kept)] if isinstance(kept, str | int) and not isinstance(kept, bool) else []

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        text = choice or (turn.incoming.text.strip() if turn.incoming.kind is Kind.TEXT else None)
        if text is None:
            return Problem("这一步请打字回答。" if turn.incoming.kind is not Kind.EDITED else "改动前面的消息不会改变已经填好的内容。")
        if self.optional and text in _SKIPPING:
            return Value(None)
        value = self._read(turn, values, text)
        if not isinstance(value, BadInput):
            return Value(_to_draft(value))
        if self.input.kind is Takes.CHOICE:
            return Problem("请点下面的按钮选一个。")
        return Problem(f"没看懂。{value.sentence}。" if value.sentence.startswith(expected(self.input)) else f"{value.sentence}。")

    def _read(self, turn: Turn, values: Values, text: str) -> Answer | BadInput:
        others = {name: answer for name, answer in answers(self.calculator, turn, values)[0].items() if name != self.key}
        if not text.strip():
            return BadInput(self.key, expected(self.input))
        try:
            return self.calculator.read(self.key, text, others, **situation(turn, values))
        except BadInput as bad:
            return bad

    def shown(self, value: Any) -> str:
        try:
            answer = _from_draft(self.input, value)
        except (TypeError, ValueError, ArithmeticError):
            answer = None
        match answer:
            case None:
                return Step.shown(self, None)
            case bool():
                return "是" if answer else "否"
            case date():
                return day(answer)
            case str():
                return next(option.label for option in self.input.options if option.key == answer)
        if self.input.kind is Takes.MONEY:
            return amount_text(Decimal(answer))
        return f"{answer:f} {self.input.unit}".rstrip() if isinstance(answer, Decimal) else f"{answer} {self.input.unit}".rstrip()


def _option_labels(asked: Input) -> list[str]:
    """As they stand on buttons: numbered and cut short if one is too long for a phone; the question then spells them out."""
    if not _spelled_out(asked):
        return [option.label for option in asked.options]
    return [shorten(f"{place}. {option.label}", _LONGEST_LABEL) for place, option in enumerate(asked.options, 1)]


def _spelled_out(asked: Input) -> bool:
    return any(len(option.label) > _LONGEST_LABEL for option in asked.options)


def _numbers(asked: Input, on: date) -> list[list[tuple[str, str]]]:
    """Buttons for a whole number where there are only a few: a grade, how many children; for a year this one and the last."""
    if asked.kind is not Takes.WHOLE:
        return []
    if asked.unit == "年":
        return [[(f"{year} 年", str(year)) for year in (on.year, on.year - 1)]]
    if asked.most is None or asked.most > 20:
        return []
    least = int(asked.least or 0)
    numbers = range(least, min(int(asked.most), least + _MOST_NUMBERS - 1) + 1)
    pairs = [(str(number), str(number)) for number in numbers]
    return [pairs[:5], pairs[5:]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionStep(Step):
    """Where one works: the standards of pay differ. Beijing unless the person says otherwise."""

    async def offer(self, turn: Turn, values: Values) -> Offer:
        return [[(HOME, HOME), ("不分地区，按全国的算", NATIONAL)]]

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        text = choice or (turn.incoming.text.strip() if turn.incoming.kind is Kind.TEXT else "")
        region = read_region(text)
        return Value(region) if region else Problem("没看懂这个地方。请写省市，例如 上海、山东临沂；或者点下面的按钮。")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculatorForm(Form):
    """The form of one calculator."""

    calculator: Calculator

    def path(self, turn: Turn, values: Values) -> list[Step]:
        """What was answered and counts, and the next question; the place, which is preset, comes last."""
        taken, asked = answers(self.calculator, turn, values)
        keys = {*taken, asked.name if asked else "", REGION}
        return [step for step in self.steps if step.key in keys]

    def place(self, number: int, path: Sequence[Step]) -> str:
        """How many questions there will be depends on the answers: it only tells which this is."""
        return f" · 第 {number} 问"


def code(calculator: Calculator) -> str:
    """The code of a calculator's form."""
    return f"calc:{calculator.name}"


def steps_of(calculator: Calculator) -> tuple[Step, ...]:
    """A step for each input, and one for the place where that matters."""
    steps: list[Step] = [
        InputStep(
            key=asked.name,
            label=SHORT.get(asked.name) or shorten(asked.label, 12),
            ask=_question(asked),
            optional=asked.optional,
            calculator=calculator,
            input=asked,
        )
        for asked in calculator.inputs
    ]
    if calculator.name not in SAME_EVERYWHERE:
        steps.append(
            RegionStep(key=REGION, label="地区", ask="您在哪里上班？各地的标准不一样。不在北京的，直接打省市的名字，例如 上海、山东临沂。")
        )
    return tuple(steps)


def _question(asked: Input) -> str:
    lines = [asked.label]
    if asked.help:
        lines.append(f"{asked.help}。")
    if asked.example:
        lines.append(f"例如：{asked.example} {asked.unit}".rstrip())
    if _spelled_out(asked):
        lines += ["", *(f"{place}. {option.label}" for place, option in enumerate(asked.options, 1))]
    return "\n".join(lines)
