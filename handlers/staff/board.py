"""The staff's board: what is open in their units and where, what is overdue, and the way into each case."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.choices import Choices
from handlers.conversation import Button, ButtonRows, Reply, rows
from handlers.lawyer import cards
from handlers.turn import Turn
from handlers.wording import ROLE
from storage.models import Case, Role
from storage.types import UnitId
from union import cases, overview, units
from union.overview import Counts, Only
from union.people import Actor
from union.units import UnitCard

NO_BOARD = "看板是给工会干部用的。您是律师的话，请看“收件箱”。"

PAGE = 8
OWN = 5
"""Cases of one's own that stand on top; the rest of them are in 收件箱."""

MOST_UNITS = 20

LABELS: Mapping[Only, str] = {
    Only.OVERDUE: "超时",
    Only.UNTAKEN: "没人接",
    Only.WAITING: "等联系",
    Only.AT_WORK: "办理中",
    Only.COMPLAINT: "投诉",
    Only.HELP: "帮扶",
    Only.SUGGESTION: "建议",
    Only.INCIDENT: "突发",
}

_EVERYWHERE = 0
_WAY_UP: ButtonRows = ((Button(label="回到整个看板", choice=f"s:board:{Only.ALL.value}:0:{_EVERYWHERE}"),),)


async def board(turn: Turn, only: Only = Only.ALL, page: int = 0, below: UnitId | None = None) -> list[Reply]:
    """看板 and /board: how much is open where one's roles reach, then the list, overdue ones first. below: one unit of these alone."""
    actor = await turn.actor()
    if not actor.has(Role.STAFF, Role.ADMIN):
        return [Reply(text=NO_BOARD)]
    looked_at = await _looked_at(turn, actor, below)
    counts = [await overview.counts_below(turn.session, actor, unit, turn.now) for unit in looked_at]
    total = sum((row.counts for found in counts for row in found), Counts())
    title = f"看板 · {'、'.join(unit.name for unit in looked_at)}"
    way_up = _WAY_UP if below is not None else ()
    if not total.all:
        return [Reply(title=title, text="目前没有在办的案件。", buttons=way_up)]
    scope = looked_at[0].id if below is not None else _EVERYWHERE
    own = await _own(turn, actor) if only is Only.ALL and page == 0 and below is None else []
    found = await _page(turn, actor, only, page, looked_at[0].path if below is not None else "")
    listed = [case for case in found if case.id not in {case.id for case in own}]
    shown = rows([_line(turn, case, actor) for case in (*own, *listed)], 1)
    lines = [_summary(total), *([f"其中 {len(own)} 件由您负责，排在最前。"] if own else [])]
    if only is not Only.ALL:
        lines.append(f"现在只看：{LABELS[only]}（{total.of(only)} 件）")
    ways = (*_pages(only, page, scope, total.of(only)), *_filters(only, scope, total), *way_up)
    return [Reply(title=title, text="\n".join(lines), buttons=(*shown, *ways))]


async def _page(turn: Turn, actor: Actor, only: Only, page: int, below: str) -> list[Case]:
    narrowed = overview.wanted(only, turn.now)
    return await overview.open_cases(turn.session, actor, PAGE, offset=page * PAGE, below=below, narrowed=narrowed)


async def _looked_at(turn: Turn, actor: Actor, below: UnitId | None) -> list[UnitCard]:
    """The units whose cases are shown. Raises NotFound for one that is missing; one out of reach shows nothing."""
    if below is not None:
        return [await units.unit_card(turn.session, below)]
    return overview.top_units(actor.units(Role.STAFF, Role.ADMIN))


async def _own(turn: Turn, actor: Actor) -> list[Case]:
    found = await cases.cases_of_handler(turn.session, actor.id, limit=OWN * 4)
    return [case for case in found if case.officer_id == actor.id][:OWN]


def _line(turn: Turn, case: Case, actor: Actor) -> Button:
    mark = "我办 " if case.officer_id == actor.id else ""
    return Button(label=mark + cards.short_line(case, turn.now), choice=f"c:card:{case.id}")


def _summary(total: Counts) -> str:
    waiting = total.of(Only.WAITING)
    text = f"在办 {total.all} 件：等待联系 {waiting} 件，其中超时 {total.overdue} 件；办理中 {total.at_work} 件。"
    kinds = [(LABELS[only], total.of(only)) for only in (Only.INCIDENT, Only.COMPLAINT, Only.HELP, Only.SUGGESTION)]
    named = [f"{label} {count} 件" for label, count in kinds if count]
    return f"{text}\n（{'、'.join(named)}）" if named else text


def _choice(only: Only, page: int, scope: int) -> str:
    return f"s:board:{only.value}:{page}:{scope}"


def _pages(only: Only, page: int, scope: int, total: int) -> ButtonRows:
    last = max(0, (total - 1) // PAGE)
    found = []
    if page > 0:
        found.append(Button(label="上一页", choice=_choice(only, page - 1, scope)))
    if page < last:
        found.append(Button(label=f"下一页（{page + 1}/{last + 1}）", choice=_choice(only, page + 1, scope)))
    return (tuple(found),) if found else ()


def _filters(only: Only, scope: int, total: Counts) -> ButtonRows:
    """What the list can be narrowed to; what there is none of is left out."""
    found = [Button(label=f"{label} {total.of(each)}", choice=_choice(each, 0, scope)) for each, label in LABELS.items() if total.of(each)]
    last = [Button(label="按单位看", choice=f"s:units:{scope}")]
    if only is not Only.ALL:
        last.insert(0, Button(label="看全部", choice=_choice(Only.ALL, 0, scope)))
    return (*rows(found, 4), tuple(last))


async def by_unit(turn: Turn, scope: UnitId) -> list[Reply]:
    """按单位看: a line for each subordinate unit with open cases, those with overdue ones first, and the way into each."""
    actor = await turn.actor()
    if not actor.has(Role.STAFF, Role.ADMIN):
        return [Reply(text=NO_BOARD)]
    looked_at = await _looked_at(turn, actor, scope or None)
    found = [row for unit in looked_at for row in await overview.counts_below(turn.session, actor, unit, turn.now)]
    found.sort(key=lambda row: (-row.counts.overdue, -row.counts.all, row.unit_id))
    named = [(await units.unit_card(turn.session, row.unit_id), row.counts) for row in found[:MOST_UNITS]]
    if not named:
        return [Reply(text="目前没有在办的案件。", buttons=_WAY_UP)]
    own = {unit.id for unit in looked_at}
    lines = [f"{unit.short}{'（本级）' if unit.id in own else ''}：{_in_words(counts)}" for unit, counts in named]
    if len(found) > MOST_UNITS:
        lines.append(f"还有 {len(found) - MOST_UNITS} 个单位，都没有这么急。")
    into = [
        Button(label=f"{unit.short} {counts.all}", choice=_choice(Only.ALL, 0, unit.id)) for unit, counts in named if unit.id not in own
    ]
    where = "、".join(unit.name for unit in looked_at)
    return [Reply(title=f"各单位在办 · {where}", text="\n".join(lines), buttons=(*rows(into, 4), *_WAY_UP))]


def _in_words(counts: Counts) -> str:
    """待派单 1 · 等联系 3 · 办理中 2 · 超时 1, without what there is none of."""
    parts = (
        ("超时", counts.overdue),
        ("待派单", counts.received),
        ("待接单", counts.assigned),
        ("等联系", counts.accepted),
        ("办理中", counts.at_work),
    )
    return " · ".join(f"{label} {count}" for label, count in parts if count)


async def duty(turn: Turn) -> list[Reply]:
    """值班 and /duty: who one is here, and what that reaches."""
    actor = await turn.actor()
    lines = [f"· {ROLE[grant.role]} — {grant.unit.name}" for grant in actor.grants]
    text = "\n".join(
        [f"{actor.name}，您在这里的身份：", *lines, "", "提醒会发到这个聊天。收不到提醒时案件会自动上报上一级，请保持通知打开。"]
    )
    return [Reply(title="我的值班身份", text=text)]


async def _board(turn: Turn, parts: list[str]) -> list[Reply]:
    only, page, scope = [*parts, "0", "0"][:3]
    number = int(page)
    if not 0 <= number < 10_000:
        raise ValueError("no such page")
    return await board(turn, Only(only), number, UnitId(int(scope)) if int(scope) else None)


async def _by_unit(turn: Turn, parts: list[str]) -> list[Reply]:
    return await by_unit(turn, UnitId(int(parts[0])))


CHOICES: Choices = {"s:board": _board, "s:units": _by_unit}
