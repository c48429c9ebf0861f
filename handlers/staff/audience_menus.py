"""What can be chosen for an audience, as tables: for each condition its question, what is offered, and what a choice does to the audience."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers import interests, languages
from handlers.staff.audience_words import DOOR, language_word, topic_word
from handlers.turn import Turn
from handlers.wording import ROLE, shorten
from knowledge.topics import Topic
from storage.models import Role, UnitKind
from storage.types import ListId, SurveyId, UnitId
from union import audience as audiences
from union import notice_lists, units
from union.audience import CHINESE, Audience
from union.audience_filter import INDUSTRIAL, SENDERS
from union.units import UnitCard

Options = Sequence[tuple[str, str]]
"""(label, value)."""

MOST_UNITS = 40
MOST_RECENT = 6
LABEL = 20
ANYWHERE = "0"

_BELOW: Mapping[UnitKind, Sequence[UnitKind]] = {
    UnitKind.CITY: (UnitKind.DISTRICT,),
    UnitKind.DISTRICT: (UnitKind.STREET,),
    UnitKind.STREET: (UnitKind.STATION, UnitKind.COMMUNITY, UnitKind.WORKPLACE),
    UnitKind.STATION: (UnitKind.COMMUNITY, UnitKind.WORKPLACE),
    UnitKind.COMMUNITY: (UnitKind.WORKPLACE,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """One thing to choose. label: under 加一个条件. options: what is offered. chosen: the audience with a choice; raises ValueError for no choice of
    ours."""

    label: str
    ask: str
    options: Callable[[Turn, Audience], Awaitable[Options]]
    chosen: Callable[[Audience, str], Audience]


def _fixed(options: Options) -> Callable[[Turn, Audience], Awaitable[Options]]:
    async def offered(turn: Turn, audience: Audience) -> Options:
        return options

    return offered


# ---- units


async def _places(turn: Turn, audience: Audience) -> Options:
    """Where one could go from here: what one's roles are held at, one rung up, one rung down."""
    actor = await turn.actor()
    own = [unit for unit in actor.units(*SENDERS) if unit.kind not in INDUSTRIAL]
    if not own:  # an industry union: its line runs through the districts
        found = await units.units_of_kind(turn.session, UnitKind.DISTRICT)
        return [*([("不限地区", ANYWHERE)] if audience.units else []), *_as_options(found, audience)]
    rungs: list[UnitCard] = list(own)
    if len(audience.units) == 1:
        ladder = await units.ladder(turn.session, audience.units[0])
        rungs += [unit for unit in reversed(ladder) if actor.reaches(unit.path, *SENDERS)]
    base = rungs[-1] if len(audience.units) == 1 or len(own) == 1 else None
    for kind in _BELOW.get(base.kind, ()) if base else ():
        rungs += await units.children(turn.session, base.id, kind) if base else []
    return _as_options(rungs, audience)


def _as_options(found: Sequence[UnitCard], audience: Audience) -> Options:
    chosen = audience.units if len(audience.units) == 1 else ()
    offered = {str(unit.id): unit.short for unit in found if unit.id not in chosen}
    return [(shorten(short, LABEL), value) for value, short in offered.items()][:MOST_UNITS]


def _go(audience: Audience, value: str) -> Audience:
    return replace(audience, units=() if value == ANYWHERE else (UnitId(_number(value)),))


def _add_unit(audience: Audience, value: str) -> Audience:
    return replace(audience, units=tuple(dict.fromkeys([*audience.units, UnitId(_number(value))])))


def with_unit(audience: Audience, unit: UnitCard, *, also: bool) -> Audience:
    """The audience with a unit that was named: an industry union is a line, everything else a place. also: beside those chosen before."""
    if unit.kind in INDUSTRIAL:
        return replace(audience, line=unit.id)
    return (_add_unit if also else _go)(audience, str(unit.id))


async def _lines(turn: Turn, audience: Audience) -> Options:
    found = await units.units_of_kind(turn.session, UnitKind.INDUSTRY)
    return [(unit.short, str(unit.id)) for unit in found if unit.id != audience.line][:MOST_UNITS]


# ---- what depends on what there is


async def _sign_ups(turn: Turn, audience: Audience) -> Options:
    found = await audiences.sign_ups(turn.session, await turn.actor(), MOST_RECENT)
    return [(shorten(survey.title, LABEL), str(survey.id)) for survey in found]


async def _lists(turn: Turn, audience: Audience) -> Options:
    found = await notice_lists.recent(turn.session, await turn.actor(), MOST_RECENT)
    return [(shorten(kept.name, LABEL), str(kept.id)) for kept in found]


async def _topics(turn: Turn, audience: Audience) -> Options:
    if (await turn.actor()).has(Role.CHAIR):  # see audience.permit
        return ()
    return [(topic_word(topic), topic.value) for topic in Topic if topic is not Topic.NOT_LABOUR]


def _number(value: str) -> int:
    if not value.isdecimal() or len(value) > 18:
        raise ValueError("no number of ours")
    return int(value)


def _set(name: str, read: Callable[[str], Any]) -> Callable[[Audience, str], Audience]:
    return lambda audience, value: audience.changed(name, read(value))


def _more(name: str) -> Callable[[Audience, str], Audience]:
    """One more of several, any of which will do."""
    return lambda audience, value: audience.changed(name, tuple(dict.fromkeys([*getattr(audience, name), value])))


def _yes(value: str) -> bool:
    return value == "1"


UNIT, ALSO, LIST = "unit", "also", "list_id"

_TYPE_IT = "也可以直接打单位的全名。"

MENUS: Mapping[str, Menu] = {
    UNIT: Menu(label="换单位", ask=f"发给哪个单位（包括它下面所有单位）？{_TYPE_IT}", options=_places, chosen=_go),
    ALSO: Menu(label="再加一个单位", ask=f"再加哪个单位（包括它下面所有单位）？{_TYPE_IT}", options=_places, chosen=_add_unit),
    "member": Menu(
        label="会员", ask="发给会员，还是还没入会的？", options=_fixed([("会员", "1"), ("还没入会的", "0")]), chosen=_set("member", _yes)
    ),
    "card": Menu(
        label="京卡", ask="持京卡的，还是没有京卡的？", options=_fixed([("持京卡", "1"), ("没有京卡", "0")]), chosen=_set("card", _yes)
    ),
    "interests": Menu(
        label="关注的内容",
        ask="关注什么的？可以选几次，关注其中一样的都算。",
        options=_fixed([(label, code) for code, label in interests.interests().items()]),
        chosen=_more("interests"),
    ),
    "role": Menu(
        label="身份",
        ask="在这些单位里是什么身份的？",
        options=_fixed([(ROLE[role], role.value) for role in (Role.CHAIR, Role.STAFF, Role.LAWYER)]),
        chosen=_set("role", Role),
    ),
    "line": Menu(
        label="行业",
        ask="哪个行业的？不管在哪个区，归它联系的单位都算。",
        options=_lines,
        chosen=_set("line", lambda value: UnitId(_number(value))),
    ),
    "took_part": Menu(
        label="报过名的",
        ask="报上了哪个活动或培训的？",
        options=_sign_ups,
        chosen=_set("took_part", lambda value: SurveyId(_number(value))),
    ),
    "case_topics": Menu(label="有案件在办", ask="有哪一类案件在办的？匿名的案件不算。", options=_topics, chosen=_more("case_topics")),
    "languages": Menu(
        label="语言",
        ask="说什么语言的？可以选几次。",
        options=_fixed([(language_word(code), code) for code in (CHINESE, *languages.languages())]),
        chosen=_more("languages"),
    ),
    "doors": Menu(
        label="从哪里收", ask="从哪里收通知的？", options=_fixed([(label, door) for door, label in DOOR.items()]), chosen=_more("doors")
    ),
    LIST: Menu(
        label="表格名单",
        ask="请发一个 .xlsx 表格：第 1 行写列名“手机号”或“卡号”，从第 2 行起一行一个人，最多 100,000 行，不要用公式。",
        options=_lists,
        chosen=_set("list_id", lambda value: ListId(_number(value))),
    ),
}
"""By the name of the condition in the audience, in the order of the screen."""

NEEDS_SOMETHING = ("took_part", "case_topics")
"""Not offered where there is nothing to choose."""


async def offered(turn: Turn, audience: Audience) -> Options:
    """加一个条件: what may still be added."""
    found = []
    for name, menu in MENUS.items():
        if name == UNIT or (name in NEEDS_SOMETHING and not await menu.options(turn, audience)):
            continue
        found.append((menu.label, name))
    return found


async def choose(turn: Turn, audience: Audience, name: str, value: str) -> Audience:
    """The audience with one more choice. Raises ValueError for what was not offered, and what `audience.permit` raises."""
    menu = MENUS.get(name)
    if menu is None:
        raise ValueError("no such menu")
    # Units may be any of one's own; everything else only what stands there.
    if name not in (UNIT, ALSO) and value not in [offer for _, offer in await menu.options(turn, audience)]:
        raise ValueError("not offered")
    chosen = menu.chosen(audience, value)
    await audiences.permit(turn.session, await turn.actor(), chosen)
    return chosen
