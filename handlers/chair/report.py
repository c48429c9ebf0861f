"""报告突发事件: a chair's report, or that of staff, and what becomes of it. A chair must report at once (信息员, S1 二(一))."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from handlers import forms
from handlers.choices import Choices, plain
from handlers.conversation import Button, Reply, rows
from handlers.forms import Form
from handlers.incidents import radar, wording
from handlers.steps import Answered, Ask, Offer, Pick, Place, Value, Values
from handlers.turn import Turn
from handlers.wording import shorten, status_word, today
from handlers.worker import call_back, my_cases, rating, reopening, talk
from storage.models import Case, Intake, Role, UnitKind
from storage.types import CaseId, PersonId, UnitId
from union import cases, incidents
from union.codes import spoken
from union.incidents import Sort
from union.units import UnitCard, unit_card

REPORT, MINE = "报告突发事件", "我的报告"

_OWN = "own"
_MOST_OWN = 3
_NOT_FOR_YOU = "报告突发事件是给基层工会主席和工会干部用的。您是律师的话，请打 12351。"
_WHEN: Sequence[tuple[str, str]] = (("刚刚", "now"), ("今天早些时候", "today"), ("昨天", "yesterday"), ("更早", "before"))


async def _units(turn: Turn) -> list[UnitCard]:
    return (await turn.actor()).units(Role.CHAIR, Role.STAFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Where(Place):
    """The place, with the reporter's own units on the first buttons."""

    async def offer(self, turn: Turn, values: Values) -> Offer:
        """One's own units, then the districts."""
        usual = await Place.offer(self, turn, values)
        if self._district(values) is not None:
            return usual
        return [*[[(f"本单位：{unit.name}", f"{_OWN}{unit.id}")] for unit in (await _units(turn))[:_MOST_OWN]], *usual]

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        """One's own unit, or any place."""
        if choice.startswith(_OWN):
            own = next((unit for unit in await _units(turn) if choice == f"{_OWN}{unit.id}"), None)
            if own is not None:
                return Value({"unit": own.id, "name": own.name})
        return await Place.read(self, turn, values, choice)


async def begin(turn: Turn) -> list[Reply]:
    """报告突发事件 and /incident: the form, short enough to fill in while things happen; a second press goes on where it stands."""
    if not (await turn.actor()).has(Role.CHAIR, Role.STAFF, Role.ADMIN):
        return [Reply(text=_NOT_FOR_YOU)]
    first = Reply(text=f"人命最要紧：{wording.NUMBERS}，先打电话再填表。")
    if turn.state.draft is not None and turn.state.draft.form == FORM.code:
        return [first, *await forms.show(turn, FORM)]
    return [first, *await forms.begin(turn, FORM)]


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """Opens the incident and says who knows of it now, and what to do meanwhile."""
    assert turn.person_id is not None
    reported = await incidents.report(turn.session, await _grievance(turn, values), turn.house.rules, turn.now)
    await radar.watch(turn, reported.case)
    who = await wording.told(turn.session, reported.levels, turn.house.rules)
    text = (
        f"案件编号：{spoken(reported.case.code)}\n{who}\n\n您现在：\n"
        f"1. {wording.NUMBERS}。\n2. 让人离开危险的地方，稳住大家，别让事态扩大。\n"
        "3. 记下时间、人数和经过，保护好现场，拍照留存。\n4. 手机保持畅通，有变化点“补充情况”。"
    )
    return [Reply(title="已经上报", text=text, buttons=((*_more(reported.case), Button(label=MINE, choice="i:mine")),))]


def _more(case: Case) -> list[Button]:
    """The room is the chair's who brought it; staff who reported find the case among those of their units."""
    if case.intake is Intake.CHAIR:
        return [Button(label="补充情况", choice=f"w:room:{case.id}")]
    return [Button(label="看案件", choice=f"c:card:{case.id}")]


async def _grievance(turn: Turn, values: Values) -> cases.Grievance:
    """A chair's report is the chair's own case. Staff write theirs down as for a caller: they may come to handle it themselves."""
    assert turn.person_id is not None
    actor = await turn.actor()
    by_staff = actor.has(Role.STAFF, Role.ADMIN)
    unit = await unit_card(turn.session, UnitId(values["place"]["unit"]))
    worker_id: PersonId = await incidents.nobody(turn.session, turn.now) if by_staff else actor.id
    return cases.Grievance(
        worker_id=worker_id,
        kind="incident",
        topic=turn.house.knowledge.read(values["story"]).topic,
        nature=values["sort"],
        story=_story(values),
        employer=unit.name if unit.kind is UnitKind.WORKPLACE else "",
        unit_id=unit.id,
        since=_day(turn, values["when"]),
        amount=None,
        anonymous=False,
        contact_name=actor.name or None,
        contact_phone=None,
        intake=Intake.HOTLINE if by_staff else Intake.CHAIR,
        intake_by=actor.id if by_staff else None,
    )


def _story(values: Values) -> str:
    """Everything that has no column of its own, in lines."""
    when = next(label for label, value in _WHEN if value == values["when"])
    people = values.get("people")
    lines = [values["story"], f"人数：{people}" if people else "人数：不清楚", f"开始：{when}", f"地点：{values['place']['name']}"]
    return "\n".join(lines)


def _day(turn: Turn, when: str) -> date | None:
    days = {"now": 0, "today": 0, "yesterday": 1}.get(when)
    return None if days is None else today(turn.now) - timedelta(days=days)


async def mine(turn: Turn) -> list[Reply]:
    """我的报告: what one has reported, and where it stands."""
    actor = await turn.actor()
    found = await incidents.reported_by(turn.session, actor.id)
    if not found:
        return [Reply(text="您还没有报告过突发事件。", buttons=((Button(label=REPORT, choice="i:report"),),))]
    buttons = [Button(label=_line(case), choice=_open(case)) for case in found]
    return [Reply(title=MINE, text="点一个看办到哪一步：", buttons=rows(buttons, 1))]


def _line(case: Case) -> str:
    return shorten(f"{spoken(case.code)} {wording.sort_word(case)} · {status_word(case).split('，')[0]}", 40)


def _open(case: Case) -> str:
    return f"w:case:{case.id}" if case.intake is Intake.CHAIR else f"c:card:{case.id}"


async def say(turn: Turn, case_id: CaseId) -> list[Reply] | None:
    """What is typed while the room of one's own report is open; None when the open room is another's to handle."""
    case = await turn.session.get(Case, case_id)
    if case is None or case.worker_id != turn.person_id:
        return None
    return await talk.say(turn, case_id)


async def _leave(turn: Turn) -> list[Reply]:
    turn.state.room = None
    return [Reply(text=f"好的。对方回复会发到这里；要接着说，点“{MINE}”。")]


FORM = Form(
    code="incident",
    title=REPORT,
    summary="请看一眼，对了马上报；越快越好，细节以后可以补。",
    submit_label="马上报告",
    submit=submit,
    steps=(
        Pick(
            key="sort",
            label="什么事",
            ask="出了什么事？",
            choices=tuple((wording.SORT[sort], sort.value) for sort in (Sort.CROWD, Sort.CASUALTY, Sort.THREAT, Sort.OTHER)),
        ),
        Ask(key="story", label="经过", ask="现在是什么情况？一两句话，先说最要紧的。", shortest=4, longest=2000),
        Ask(key="people", label="人数", ask="涉及多少人？写个大概就行，不清楚点“跳过”。", longest=30, optional=True),
        Where(key="place", label="地点", ask="在哪里？是本单位就点第一个；也可以选区、打街道名字，或者发送位置。"),
        Pick(key="when", label="什么时候开始", ask="什么时候开始的？", choices=tuple(_WHEN)),
    ),
)

_OWN_CASE: Any = {
    name: take
    for table in (my_cases.CHOICES, talk.CHOICES, call_back.CHOICES, rating.CHOICES, reopening.CHOICES)
    for name, take in table.items()
}

CHOICES: Choices = {
    **_OWN_CASE,  # a chair's report is the chair's own case, and is seen to here as a worker's is at the members' counter
    talk.LEAVE_ROOM: plain(_leave),
    "i:report": plain(begin),
    "i:mine": plain(mine),
}
"""What stands behind the buttons of a chair's reports."""
