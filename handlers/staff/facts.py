"""数据: the dated facts (minimum wage, average wage, holidays …), since when each holds and who says so; what staff may do to them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from handlers import forms
from handlers.conversation import Button, ButtonRows, Reply, rows
from handlers.sheets import XLSX
from handlers.staff import fact_form, fact_sheet
from handlers.stored_facts import current, row_of
from handlers.turn import Turn
from handlers.wording import day, moment, shorten, today
from knowledge.facts import Fact, FactName, Facts, fact_names
from storage.models import Role
from union import facts, papers, people
from union.errors import NotAllowed, NotFound

PREFIX = "d:"
"""The choices: d:facts:PAGE, d:name:NAME:PAGE, d:add[:NAME], d:upload, d:template, d:log, and d:still/drop/dropped:MARK about one row."""

STALE = timedelta(days=365)
"""After so long without a newer row or a word that it still holds, a figure is to be looked at."""

NAMES_A_PAGE, REGIONS_A_PAGE, REGIONS_A_NAME, LOG_LINES = 5, 6, 2, 20

_NOT_FOR_YOU = "“数据”是工会干部用的。"
_MAY_NOT_CHANGE = "数据全市通用，由市总工会的工作人员或管理员维护。发现不对，请告诉他们。"
_GONE = "这一行已经不在了，请重新打开“数据”。"


@dataclass(frozen=True, slots=True)
class Place:
    """The rows of one fact in one region, as of a day. vouched: whether somebody stood for what is in force within the last year."""

    region: str
    in_force: Fact | None
    coming: Fact | None
    last: Fact
    vouched: bool


def mark_of(fact: Fact) -> str:
    """What stands for a row behind a button: 16 letters, the same as long as name, region and first day are."""
    return hashlib.blake2s(f"{fact.name}|{fact.region}|{fact.valid_from}".encode(), digest_size=8).hexdigest()


async def _places(turn: Turn, table: Facts) -> dict[str, list[Place]]:
    """What there is, by name."""
    on = today(turn.now)
    vouched = {each.row.key: today(each.added_at) for each in await facts.kept(turn.session)}
    by_place: dict[tuple[str, str], list[Fact]] = {}
    for row in table.rows:
        by_place.setdefault((row.name, row.region), []).append(row)
    found: dict[str, list[Place]] = {}
    for (name, region), of_place in by_place.items():
        holding = [row for row in of_place if row.holds(on)]
        in_force = holding[-1] if holding else None
        coming = next((row for row in of_place if row.valid_from > on), None)
        fresh = in_force is not None and (in_force.valid_until is not None or on - _since(in_force, vouched) <= STALE)
        found.setdefault(name, []).append(Place(region, in_force, coming, of_place[-1], fresh))
    return found


def _since(fact: Fact, vouched: dict[tuple[str, str, date], date]) -> date:
    return max(fact.valid_from, vouched.get(row_of(fact).key, fact.valid_from))


def _told(fact: Fact) -> str:
    return shorten(fact.sentence, 70)


def _lines(place: Place, *, source: int) -> list[str]:
    """A place in words: what holds, what is wrong with it, what comes."""
    lines = []
    if place.in_force is None:
        ended = place.last.valid_until
        lines.append(f"· {place.region}：" + (f"⚠ {day(ended)}到期，还没有新的" if ended and place.coming is None else "现在没有"))
    else:
        until = place.in_force.valid_until
        lines.append(f"· {_told(place.in_force)}" + (f"，到{day(until)}" if until else ""))
        if not place.vouched:
            lines.append("  ⚠ 一年多没有核对，请看看有没有新的")
        lines.append(f"  来源：{shorten(place.in_force.source, source)}")
    if place.coming is not None:
        lines.append(f"  将来：{_told(place.coming)}")
    return lines


async def overview(turn: Turn, page: int = 0) -> list[Reply]:
    """数据 and /facts: what is in force, by name, with what needs looking at."""
    actor = await turn.actor()
    if not actor.has(Role.STAFF, Role.ADMIN):
        return [Reply(text=_NOT_FOR_YOU)]
    found = await _places(turn, await current(turn.session, turn.house.facts.built_in))
    names = list(fact_names().values())
    last = (len(names) - 1) // NAMES_A_PAGE
    page = max(0, min(page, last))
    shown = names[page * NAMES_A_PAGE : (page + 1) * NAMES_A_PAGE]
    old = sum(not place.vouched for places in found.values() for place in places if place.in_force)
    blocks = [f"共 {len(names)} 项" + (f"，其中 {old} 个数一年多没有核对（带 ⚠）。" if old else "。")]
    blocks += ["\n".join(_block(name, found.get(name.name, ()))) for name in shown]
    buttons = [Button(label=shorten(name.label, 24), choice=f"{PREFIX}name:{name.name}:0") for name in shown]
    turning = _turning("facts", page, last)
    changing = _changing() if facts.may_change(actor) else ()
    return [Reply(title=f"数据（{page + 1}/{last + 1}）", text="\n\n".join(blocks), buttons=(*rows(buttons, 1), *turning, *changing))]


def _block(name: FactName, places: Sequence[Place]) -> list[str]:
    lines = [shorten(name.label, 40)]
    for place in places[:REGIONS_A_NAME]:
        lines += _lines(place, source=40)
    if not places:
        lines.append("· 还没有数据，用到时会问本人")
    if len(places) > REGIONS_A_NAME:
        lines.append(f"· 还有 {len(places) - REGIONS_A_NAME} 个地区，点开看")
    return lines


def _turning(screen: str, page: int, last: int) -> ButtonRows:
    turns = [
        Button(label=label, choice=f"{PREFIX}{screen}:{to}")
        for label, to in (("上一页", page - 1), ("下一页", page + 1))
        if 0 <= to <= last
    ]
    return (tuple(turns),) if turns else ()


def _changing() -> ButtonRows:
    return rows(
        [
            Button(label="添加", choice=f"{PREFIX}add"),
            Button(label="上传表格", choice=f"{PREFIX}upload"),
            Button(label="下载模板", choice=f"{PREFIX}template"),
            Button(label="修改记录", choice=f"{PREFIX}log"),
        ]
    )


async def choose(turn: Turn, choice: str) -> list[Reply]:
    """What stands behind the buttons of these screens."""
    actor = await turn.actor()
    if not actor.has(Role.STAFF, Role.ADMIN):
        return [Reply(text=_NOT_FOR_YOU)]
    parts = choice.removeprefix(PREFIX).split(":")
    match parts:
        case ["facts", page] if _is_page(page):
            return await overview(turn, int(page))
        case ["name", name, page] if _is_page(page) and name in fact_names():
            return await detail(turn, fact_names()[name], int(page))
    if not facts.may_change(actor):
        return [Reply(text=_MAY_NOT_CHANGE)]
    try:
        return await _change(turn, parts)
    except NotFound:
        return [Reply(text=_GONE)]
    except NotAllowed:
        return [Reply(text=_MAY_NOT_CHANGE)]


def _is_page(written: str) -> bool:
    return written.isascii() and written.isdecimal() and len(written) <= 4


async def _change(turn: Turn, parts: list[str]) -> list[Reply]:
    match parts:
        case ["add", *rest]:
            return await fact_form.begin(turn, fact_names().get(rest[0]) if rest else None)
        case ["upload"]:
            turn.state.room = None
            return await forms.begin(turn, fact_sheet.FORM)
        case ["template"]:
            return await template(turn)
        case ["log"]:
            return await log(turn)
        case ["still", mark]:
            return await still(turn, mark)
        case ["drop", mark]:
            return await ask_drop(turn, mark)
        case ["dropped", mark]:
            return await drop(turn, mark)
    return [Reply(text=_GONE)]


async def detail(turn: Turn, name: FactName, page: int) -> list[Reply]:
    """One fact in every region, and what can be done about each row."""
    places = (await _places(turn, await current(turn.session, turn.house.facts.built_in))).get(name.name, [])
    last = max(0, (len(places) - 1) // REGIONS_A_PAGE)
    page = min(page, last)
    shown = places[page * REGIONS_A_PAGE : (page + 1) * REGIONS_A_PAGE]
    about = [name.about] if name.about else []
    blocks = ["\n".join(_lines(place, source=100)) for place in shown] or ["还没有数据，用到时会问本人。"]
    buttons: list[Button] = []
    if facts.may_change(await turn.actor()):
        kept = {each.row.key for each in await facts.kept(turn.session)}
        for place in shown:
            if place.in_force and not place.vouched:
                buttons.append(Button(label=f"{place.region}：核对过，仍然有效", choice=f"{PREFIX}still:{mark_of(place.in_force)}"))
            for row in (place.in_force, place.coming, place.last if place.in_force is None else None):
                if row is not None and row_of(row).key in kept:
                    buttons.append(Button(label=f"收回 {row.region} {row.valid_from}", choice=f"{PREFIX}drop:{mark_of(row)}"))
        buttons.append(Button(label="添加或更正", choice=f"{PREFIX}add:{name.name}"))
    back = Button(label="返回", choice=f"{PREFIX}facts:{list(fact_names()).index(name.name) // NAMES_A_PAGE}")
    once = tuple(dict.fromkeys(buttons))
    return [
        Reply(
            title=shorten(name.label, 60),
            text="\n\n".join([*about, *blocks]),
            buttons=(*rows(once, 1), *_turning(f"name:{name.name}", page, last), (back,)),
        )
    ]


async def _find(turn: Turn, mark: str) -> Fact:
    table = await current(turn.session, turn.house.facts.built_in)
    found = next((row for row in table.rows if mark_of(row) == mark), None)
    if found is None:
        raise NotFound
    return found


async def still(turn: Turn, mark: str) -> list[Reply]:
    """核对过，仍然有效: the row is vouched for anew, today and by name."""
    found = await _find(turn, mark)
    await facts.put(turn.session, await turn.actor(), [row_of(found)], turn.now)
    return [Reply(text=f"记下了：{_told(found)}，今天核对过。"), *await detail(turn, fact_names()[found.name], 0)]


async def ask_drop(turn: Turn, mark: str) -> list[Reply]:
    """收回: sure?"""
    found = await _find(turn, mark)
    buttons = ((Button(label="确认收回", choice=f"{PREFIX}dropped:{mark}"), Button(label="不收回", choice=f"{PREFIX}name:{found.name}:0")),)
    return [Reply(text=f"收回这一行？\n{_told(found)}\n收回后用它之前的数；修改记录里查得到。", buttons=buttons)]


async def drop(turn: Turn, mark: str) -> list[Reply]:
    """The row is out of the register; what it lay over holds again."""
    found = await _find(turn, mark)
    await facts.take_back(turn.session, await turn.actor(), row_of(found).key, turn.now)
    return [Reply(text=f"已收回：{_told(found)}。"), *await detail(turn, fact_names()[found.name], 0)]


async def template(turn: Turn) -> list[Reply]:
    """下载模板: a workbook with the rows as they are now, to be changed and sent back."""
    table = await current(turn.session, turn.house.facts.built_in)
    data = await asyncio.to_thread(fact_sheet.workbook, table)
    file_id = await papers.make(turn.session, name=f"数据-{today(turn.now)}.xlsx", mime=XLSX, data=data, now=turn.now)
    text = "现在的全部数据。改好、加好以后存盘，直接发到这里：先核对，您确认了才保存。没有改的行不会动，删掉行也不会删除数据。"
    return [Reply(text=text, file=file_id)]


async def log(turn: Turn) -> list[Reply]:
    """修改记录: who changed what, the newest first."""
    found = await facts.changes(turn.session, LOG_LINES)
    if not found:
        return [Reply(text="还没有人改过数据。")]
    names = await people.names(turn.session, [change.actor_id for change in found])
    lines = []
    for change in found:
        before, after = (shorten(str(cells["value"]), 30) if cells else "" for cells in (change.before, change.after))
        what = (
            "收回 " + before
            if change.after is None
            else f"添加 {after}"
            if change.before is None
            else _changed(change.before, change.after)
        )
        name = fact_names().get(change.name)
        label = shorten(name.label if name else change.name, 20)
        lines.append(f"{moment(change.at)} {names.get(change.actor_id, '')}\n{label} {change.region} {change.valid_from}：{what}")
    return [Reply(title=f"修改记录（最近 {len(found)} 次）", text="\n".join(lines))]


def _changed(before: dict[str, object], after: dict[str, object]) -> str:
    if before == after:
        return "核对过，没有变"
    if before["value"] != after["value"]:
        return f"{shorten(str(before['value']), 30)} 改为 {shorten(str(after['value']), 30)}"
    return "改了失效日、来源或说明"
