"""统计: the figures of the units within one's reach, by unit, lawyer, topic, month and kind, on a phone and as tables.

Every button carries the unit and the days that it is about: pressed a month later it still shows the same.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Concatenate

import structlog

from handlers import forms
from handlers.choices import Choices, Take
from handlers.conversation import Button, ButtonRows, Reply, rows
from handlers.figure_words import NOTHING, ROWS_READ, block, period_title, whole
from handlers.forms import Form, NotAccepted
from handlers.sheets import XLSX
from handlers.staff import case_sheet, figure_sheet
from handlers.staff.figure_sheet import BY, names_of
from handlers.steps import Answered, Day, Offer, Value, Values
from handlers.turn import Turn
from handlers.wording import today
from storage.models import Role
from storage.types import UnitId
from union import case_rows, figures, papers
from union.case_rows import MOST_ROWS, TooMany
from union.errors import NotFound
from union.figures import By, Row, Scope
from union.periods import Period, month_of, read_period, year_of

log = structlog.get_logger()

ROWS_A_PAGE = 8

_NOT_FOR_YOU = "“统计”是工会干部用的。您是律师的话，自己的办案情况在“我的设置”里看。"
_NOT_YOURS = "没有找到这个单位，或者它不归您管辖。请从“统计”里选。"

_NOTES: Mapping[By, str] = {By.LAWYER: "算在现在承办的律师名下。", By.UNIT: "点下面的单位，看它自己的统计。"}


async def begin(turn: Turn) -> list[Reply]:
    """统计 and /figures: this month, for all units within reach."""
    actor = await turn.actor()
    if not actor.has(Role.STAFF, Role.ADMIN):
        return [Reply(text=_NOT_FOR_YOU)]
    return await overview(turn, await _scope(turn, 0, month_of(today(turn.now))))


async def _scope(turn: Turn, unit: int, period: Period) -> Scope:
    """unit: 0 for all units within reach. Raises NotFound."""
    return await figures.scope_of(turn.session, await turn.actor(), period, UnitId(unit) if unit else None)


def _place(scope: Scope) -> str:
    return "、".join(unit.name for unit in scope.units)


def _at(scope: Scope) -> str:
    """Unit and period, as they stand behind a button."""
    return f"{scope.units[0].id if len(scope.units) == 1 else 0}:{scope.period.code}"


async def overview(turn: Turn, scope: Scope) -> list[Reply]:
    """All figures of a unit in a period, and where to go from here."""
    found = await figures.figures(turn.session, scope, turn.house.rules, turn.now)
    title = f"统计 · {_place(scope)} · {period_title(scope.period)}"
    further = [Button(label=label, choice=f"g:by:{_at(scope)}:{by}:0") for by, label in BY.items()]
    files = [Button(label="导出表格", choice=f"g:sheet:{_at(scope)}"), Button(label="案件明细表", choice=f"g:cases:{_at(scope)}")]
    counted = (*rows(further, 3), *rows(files, 2)) if found.cases else ()
    return [Reply(title=title, text=whole(found), buttons=(*counted, *_periods(turn, scope), *await _up(turn, scope)))]


def _periods(turn: Turn, scope: Scope) -> ButtonRows:
    on = today(turn.now)
    offered = {
        "本月": month_of(on),
        "上月": month_of(on, 1),
        "今年": year_of(on),
        "去年": year_of(date(on.year - 1, 1, 1)),
    }
    unit = _at(scope).partition(":")[0]
    buttons = [Button(label=label, choice=f"g:show:{unit}:{period.code}") for label, period in offered.items() if period != scope.period]
    return rows([*buttons, Button(label="自定时间", choice=f"g:days:{_at(scope)}")], 5)


async def _up(turn: Turn, scope: Scope) -> ButtonRows:
    """The way back up, as far as one's reach goes."""
    top = figures.top_units(await turn.actor())
    if len(scope.units) != 1 or scope.units == top:
        return ()
    unit = scope.units[0]
    above = 0 if any(unit.id == other.id for other in top) else int(unit.path.split(".")[-3])
    return ((Button(label="上一级", choice=f"g:show:{above}:{scope.period.code}"),),)


async def breakdown(turn: Turn, scope: Scope, by: str, page: str) -> list[Reply]:
    """按工会, 按律师 …: a block for each row, eight at a time."""
    what, number = By(by), int(page)
    found = await figures.broken_down(turn.session, scope, what, turn.house.rules, turn.now)
    last = max(0, (len(found) - 1) // ROWS_A_PAGE)
    number = max(0, min(number, last))
    shown = found[number * ROWS_A_PAGE : (number + 1) * ROWS_A_PAGE]
    names = await names_of(turn.session, what, shown)
    blocks = [block(name, row.figures) for name, row in zip(names, shown, strict=True)] or [NOTHING]
    place = f"（{number + 1}/{last + 1}）" if last else ""
    turning = [
        Button(label=label, choice=f"g:by:{_at(scope)}:{what}:{to}")
        for label, to in (("上一页", number - 1), ("下一页", number + 1))
        if 0 <= to <= last
    ]
    back = Button(label="返回", choice=f"g:show:{_at(scope)}")
    deeper = _deeper(scope, shown, names) if what is By.UNIT else ()
    title = f"{BY[what]}{place} · {_place(scope)} · {period_title(scope.period)}"
    text = "\n\n".join([ROWS_READ + (_NOTES.get(what, "") if deeper or what is By.LAWYER else ""), *blocks])
    return [Reply(title=title, text=text, buttons=(*deeper, *rows([*turning, back], 3)))]


def _deeper(scope: Scope, shown: list[Row], names: list[str]) -> ButtonRows:
    looked_at = scope.units[0].id if len(scope.units) == 1 else None
    found = [
        Button(label=name, choice=f"g:show:{row.key}:{scope.period.code}")
        for name, row in zip(names, shown, strict=True)
        if row.key != looked_at
    ]
    return rows(found, 2)


async def sheet(turn: Turn, scope: Scope) -> list[Reply]:
    """导出表格: the figures of the whole and of every breakdown."""
    data = await figure_sheet.workbook(turn.session, scope, turn.house.rules, turn.now)
    return await _file(turn, scope, data, "统计", "合计和每一种分法各一页，最后一页写着怎么算的。", count=None)


async def cases(turn: Turn, scope: Scope) -> list[Reply]:
    """案件明细表: a row for each case."""
    try:
        count = await case_rows.count(turn.session, scope)
    except TooMany as many:
        return [Reply(text=f"这里有 {many.count:,} 件，一张表最多 {MOST_ROWS:,} 件。请选短一点的时间，或者先点“按工会”选下一级单位。")]
    if not count:
        return [Reply(text=NOTHING)]
    data = await case_sheet.workbook(turn.session, scope, turn.house.rules, turn.now)
    about = f"共 {count:,} 件，一件一行；没有职工的姓名、电话和诉求内容。里面有用人单位名称，请妥善保管，不要外传。"
    return await _file(turn, scope, data, "案件明细", about, count=count)


async def _file(turn: Turn, scope: Scope, data: bytes, name: str, about: str, *, count: int | None) -> list[Reply]:
    """Hands a table over, and notes who took what."""
    actor = await turn.actor()
    place = scope.units[0].short if len(scope.units) == 1 else "各单位"
    name = f"{name}-{place}-{scope.period.code}.xlsx"
    file_id = await papers.make(turn.session, name=name, mime=XLSX, data=data, now=turn.now)
    log.info("figures.exported", person=actor.id, units=[unit.id for unit in scope.units], period=scope.period.code, cases=count)
    return [Reply(text=about, file=file_id)]


# ---- days of one's own choice


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDay(Day):
    """The day up to which is counted; a month or a year means its end."""

    async def offer(self, turn: Turn, values: Values) -> Offer:
        return [[("今天", "今天"), ("上个月底", "上个月")]]

    async def from_words(self, turn: Turn, values: Values, text: str) -> Answered:
        found = await Day.from_words(self, turn, values, text)
        if not isinstance(found, Value):
            return found
        said = text.strip().removesuffix("底").removesuffix("份")
        on = date.fromisoformat(found.value)
        if said.endswith("月") or re.fullmatch(r"\d{4}[-/.]\d{1,2}", said):
            return Value(month_of(on).last.isoformat())
        return Value(year_of(on).last.isoformat()) if said.endswith("年") else found


async def choose_days(turn: Turn, scope: Scope) -> list[Reply]:
    """自定时间."""
    turn.state.room = None
    return await forms.begin(turn, FORM, int(_at(scope).partition(":")[0]))


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """The figures of the days that were given. Raises NotAccepted when they are the wrong way round."""
    first, last = (date.fromisoformat(values[key]) for key in ("first", "last"))
    if last < first:
        raise NotAccepted("last", "这一天在开始的日子之前，请改成以后的日子。")
    try:
        return await overview(turn, await _scope(turn, int(values.get("about", 0)), Period(first, last)))
    except ValueError:
        raise NotAccepted("first", "从 2000 年以后的日子开始，好吗？") from None
    except NotFound:
        return [Reply(text=_NOT_YOURS)]


FORM = Form(
    code="figures",
    title="统计 · 自定时间",
    steps=(
        Day(key="first", label="从", ask="从哪一天开始？比如：2026年1月、今年3月15日。按受理的日子算。"),
        LastDay(key="last", label="到", ask="到哪一天为止（含这一天）？只写月份就是到那个月底。"),
    ),
    summary="看这段时间受理的案件：",
    submit_label="看统计",
    submit=submit,
)


# ---- buttons


def _on_scope(action: Callable[Concatenate[Turn, Scope, ...], Awaitable[list[Reply]]], more: int = 0) -> Take:
    """For a button behind which a unit and a period stand, and as many parts more."""

    async def take(turn: Turn, parts: list[str]) -> list[Reply]:
        unit, code, *rest = parts
        if len(rest) != more:
            raise ValueError("not a button of ours")
        try:
            scope = await _scope(turn, int(unit), read_period(code))
        except NotFound:
            return [Reply(text=_NOT_YOURS)]
        return await action(turn, scope, *rest)

    return take


CHOICES: Choices = {
    "g:show": _on_scope(overview),
    "g:by": _on_scope(breakdown, more=2),
    "g:days": _on_scope(choose_days),
    "g:sheet": _on_scope(sheet),
    "g:cases": _on_scope(cases),
}
