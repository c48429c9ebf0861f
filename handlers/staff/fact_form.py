"""添加 a dated fact: one row, cell by cell, each checked as in a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers import forms
from handlers.conversation import Button, Reply
from handlers.forms import Form, NotAccepted
from handlers.steps import Answered, Ask, Offer, Problem, Step, Value, Values
from handlers.stored_facts import current, row_of
from handlers.turn import Turn
from handlers.wording import day, shorten, today
from knowledge.facts import COLUMNS, NATIONAL, BadFacts, Fact, FactName, ValueKind, fact_names, read_fact_row, read_region
from union import facts
from union.errors import NotAllowed

USUAL_REGION = "北京"


def _name(values: Values) -> FactName | None:
    return fact_names().get(values.get("name", ""))


def _cells(values: Values) -> dict[str, object]:
    """The answers so far as the cells of a row."""
    given: Mapping[str, object] = {key: values.get(key) or "" for key in COLUMNS}
    name = _name(values)
    return {**given, "region": NATIONAL} if name is not None and not name.regional else dict(given)


def _expected(column: str, values: Values) -> str:
    """What is wrong with this cell, given the others so far; empty when nothing is."""
    try:
        read_fact_row(_cells(values))
    except BadFacts as bad:
        return next((problem.expected for problem in bad.problems if problem.column == COLUMNS[column]), "")
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Step):
    """Which fact, from the registry."""

    async def offer(self, turn: Turn, values: Values) -> Offer:
        return [[(shorten(name.label, 30), name.name)] for name in fact_names().values()]

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        said = choice or turn.incoming.text.strip()
        found = next((name for name in fact_names().values() if said in (name.name, name.label)), None)
        return Value(found.name) if found else Problem("请点下面的按钮选一项。")

    def shown(self, value: Any) -> str:
        return fact_names()[value].label if value in fact_names() else Step.shown(self, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell(Ask):
    """A cell that is typed or picked. offers: what can be had with one press. hint: a line under the question."""

    offers: Callable[[Turn, Values], Offer] = lambda turn, values: ()
    hint: Callable[[Values], str] = lambda values: ""

    def question(self, values: Values) -> str:
        return "\n".join(line for line in (self.ask, self.hint(values)) if line)

    async def offer(self, turn: Turn, values: Values) -> Offer:
        return self.offers(turn, values)

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        result = Value(choice) if choice else await Ask.read(self, turn, values, "")
        if not isinstance(result, Value):
            return result
        expected = _expected(self.key, {**values, self.key: result.value})
        return Problem(f"{expected}。") if expected else Value(self.kept(str(result.value)))

    def kept(self, written: str) -> str:
        """The answer as it is kept and shown."""
        return written


@dataclass(frozen=True, slots=True, kw_only=True)
class Region(Cell):
    """Where it holds."""

    def kept(self, written: str) -> str:
        return read_region(written) or written


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyDay(Cell):
    """A day, in the past or in the future."""

    def shown(self, value: Any) -> str:
        try:
            return day(date.fromisoformat(value))
        except (TypeError, ValueError):
            return Cell.shown(self, value)


def _regions(turn: Turn, values: Values) -> Offer:
    used = sorted({row.region for row in turn.house.facts.rows if row.name == values.get("name")} - {USUAL_REGION, NATIONAL})[:6]
    offered = [(region, region) for region in (USUAL_REGION, *used, NATIONAL)]
    return [offered[i : i + 3] for i in range(0, len(offered), 3)]


def _first_days(turn: Turn, values: Values) -> Offer:
    on = today(turn.now)
    following = date(on.year + on.month // 12, on.month % 12 + 1, 1)
    days = dict.fromkeys((on, on.replace(day=1), following, date(on.year, 1, 1), date(on.year + 1, 1, 1)))
    return [[(day(each), each.isoformat())] for each in days]


def _value_hint(values: Values) -> str:
    name = _name(values)
    if name is None:
        return ""
    how = {
        ValueKind.NUMBERS: f"写{f' {name.count} ' if name.count else '几'}个数，中间用空格隔开",
        ValueKind.DAYS: "写日期，中间用空格隔开，例如 2026-05-01 2026-05-02",
    }.get(name.kind, "只写数字")
    return "\n".join(line for line in (f"{how}。" + (f"单位：{name.unit}。" if name.unit else ""), name.about) if line)


async def begin(turn: Turn, name: FactName | None = None) -> list[Reply]:
    """添加: the form, for this fact if it is known which."""
    turn.state.room = None
    return await forms.begin(turn, FORM, values={"name": name.name} if name else None)


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """保存. A cell that no longer fits the others (they were changed since) is asked for again."""
    try:
        fact = read_fact_row(_cells(values))
    except BadFacts as bad:
        first = next(key for key, label in COLUMNS.items() if label == bad.problems[0].column)
        raise NotAccepted(first, "\n".join(problem.text for problem in bad.problems)) from None
    table = await current(turn.session, turn.house.facts.built_in)
    before = next((row for row in table.rows if row_of(row).key == row_of(fact).key), None)
    try:
        await facts.put(turn.session, await turn.actor(), [row_of(fact)], turn.now)
    except NotAllowed:
        return [Reply(text="数据由市总工会的工作人员或管理员维护，没有保存。")]
    more = (Button(label="再添加一条", choice="d:add"), Button(label="看这一项", choice=f"d:name:{fact.name}:0"))
    return [Reply(title="已保存", text=_saved(turn, fact, before), buttons=(more,))]


def _saved(turn: Turn, fact: Fact, before: Fact | None) -> str:
    lines = [f"{fact_names()[fact.name].label}\n{shorten(fact.sentence, 100)}"]
    if before is not None and before.value != fact.value:
        lines.append(f"原来是{shorten(before.value_text, 60)}，已经替换；修改记录里查得到。")
    if fact.valid_from > today(turn.now):
        lines.append(f"到{day(fact.valid_from)}那天自动启用，在那之前用现在的数。")
    else:
        lines.append("几秒钟后，机器人的回答和计算就用这个数。")
    return "\n".join(lines)


FORM = Form(
    code="fact",
    title="添加数据",
    summary="请核对，保存后所有人的回答和计算都用它。同一名称、地区、生效日已经有的，会被替换。",
    submit_label="确认保存",
    submit=submit,
    steps=(
        Name(key="name", label=COLUMNS["name"], ask="添加哪一项？"),
        Region(
            key="region",
            label=COLUMNS["region"],
            ask="哪个地区？点一个，或者打字，例如 山东临沂。",
            when=lambda values: (name := _name(values)) is None or name.regional,
            offers=_regions,
        ),
        AnyDay(
            key="valid_from",
            label=COLUMNS["valid_from"],
            ask="从哪一天起？可以是将来的日子。点一个，或者写成 2027-01-01 的样子。",
            offers=_first_days,
        ),
        AnyDay(
            key="valid_until",
            label=COLUMNS["valid_until"],
            ask="到哪一天为止（含当天）？不知道就点“跳过”，会一直用到下一个数。",
            optional=True,
        ),
        Cell(key="value", label=COLUMNS["value"], ask="是多少？", hint=_value_hint),
        Cell(key="source", label=COLUMNS["source"], ask="依据是什么？写文件名和文号。", shortest=4, longest=300),
    ),
)
