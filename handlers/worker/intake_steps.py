"""The questions of 我要维权, by what somebody brings: a dispute, a complaint, hardship, a suggestion. What the story says in passing is offered later."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from handlers.conversation import Kind
from handlers.steps import MOST_SUGGESTED, Again, Amount, Answered, Ask, Day, Files, Phone, Pick, Place, Problem, Said, Step, Value, Values
from handlers.turn import Turn
from handlers.wording import today
from knowledge import RequestKind, Topic
from knowledge.particulars import Particulars

_YEAR_ALONE = re.compile("(?:[0-9]{4}|今|去|前|上一)年(?!的?[0-9元一二三四五六七八九十]{1,3}月|年?[初底])")
_SHORTEST_STORY, _LONGEST_STORY = 5, 2000

DISPUTE, COMPLAINT, HELP, SUGGESTION = RequestKind.DISPUTE, RequestKind.COMPLAINT, RequestKind.HELP, RequestKind.SUGGESTION

KINDS: tuple[tuple[str, str], ...] = (
    ("讨薪、劳动争议，找律师", DISPUTE.value),
    ("投诉一件事", COMPLAINT.value),
    ("有困难，想要帮扶", HELP.value),
    ("提意见建议", SUGGESTION.value),
)
"""What can be brought: the label, and the kind of case that it becomes (12351's own)."""

_CODES = frozenset(code for _, code in KINDS)
NO_DISPUTE = frozenset({Topic.NOT_LABOUR, Topic.UNION, Topic.HARDSHIP})


def kind_of(request: str, topic: str) -> str:
    """What a reading makes it; empty when it does not make it plain. A question about work, once its writer wants to act on it, is a dispute."""
    if request in _CODES:
        return request
    asked_about_work = request == RequestKind.CONSULT and topic != "" and topic not in NO_DISPUTE
    return DISPUTE.value if asked_about_work or request == RequestKind.INCIDENT else ""


def _of(*kinds: str) -> Callable[[Values], bool]:
    return lambda values: values.get("kind") in kinds


def _named(values: Values) -> bool:
    return values.get("who") == "named"


# ---- what was said before, for the steps after it


def _question(turn: Turn, values: Values) -> Sequence[Said]:
    return [Said(turn.state.question, label="就用刚才那句话")] if turn.state.question else []


def _story(turn: Turn, values: Values) -> Particulars:
    return turn.house.knowledge.pick_up(values.get("story") or "", today(turn.now))


def _employer(turn: Turn, values: Values) -> Sequence[Said]:
    employer = _story(turn, values).employer
    return [Said(employer)] if employer else []


def _places(turn: Turn, values: Values) -> Sequence[Said]:
    return [Said(place.district + place.street, instead=place.district) for place in _story(turn, values).places]


def _days(turn: Turn, values: Values) -> Sequence[Said]:
    days = _story(turn, values).days
    # A year alone (2024年入职) is read as its first day, which nobody has said.
    year_alone = _YEAR_ALONE.search(values.get("story") or "")
    return [Said(day.isoformat()) for day in days if not (year_alone and (day.month, day.day) == (1, 1))]


def _amounts(turn: Turn, values: Values) -> Sequence[Said]:
    amounts = _story(turn, values).amounts
    largest = sorted(amounts, reverse=True)[:MOST_SUGGESTED]  # the sum that is owed, rather than the monthly pay and its parts
    return [Said(f"{amount:f}元") for amount in amounts if amount in largest]


# ---- the steps


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIsIt(Pick):
    """Which kind it is. Who simply tells what happened has answered it too, if the words make it plain; they are the story then."""

    def question(self, values: Values) -> str:
        return "记下了。这件事属于哪一类？点最接近的一个。" if "story" in values else self.ask

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        picked = await Pick.read(self, turn, values, choice)
        if isinstance(picked, Value) or choice or turn.incoming.kind is not Kind.TEXT or "story" in values:
            return picked
        text = turn.incoming.text.strip()
        reading = turn.house.knowledge.read(text)
        kind = kind_of(reading.kind, reading.topic)
        if not any(c.isalnum() for c in text):
            return picked
        if len(text) > _LONGEST_STORY:
            return Problem(f"内容有 {len(text)} 个字，最多 {_LONGEST_STORY} 个字，请说得短一些。")
        told = {"story": text} if len(text) >= _SHORTEST_STORY else {}
        return Value(kind, told) if kind else Again(told) if told else picked


def _tell(kind: RequestKind, label: str, ask: str) -> Step:
    return Ask(
        key="story", label=label, ask=ask, shortest=_SHORTEST_STORY, longest=_LONGEST_STORY, suggest=_question, when=_of(kind)
    )  # fmt: skip


def _who(ask: str, *kinds: RequestKind) -> Step:
    return Pick(key="who", label="留名方式", ask=ask, choices=(("留姓名电话", "named"), ("匿名", "anonymous")), when=_of(*kinds))


_EMPLOYER = "单位叫什么名字？营业执照、工资条或合同上的名字最好；不清楚就写平时怎么叫。"
_FILES = "有证据的话发上来：合同、工资条、考勤、聊天记录的照片或文件都行。没有也没关系，点“跳过”。"

STEPS: tuple[Step, ...] = (
    WhatIsIt(key="kind", label="哪一类", ask="发生了什么事？点最接近的一类；不知道点哪个，直接打字说就行。", choices=KINDS, width=1),
    Ask(
        key="employer",
        label="投诉谁",
        ask="投诉哪个单位，或者哪个部门？写平时怎么叫就行。",
        shortest=2,
        longest=100,
        suggest=_employer,
        when=_of(COMPLAINT),
    ),
    _tell(DISPUTE, "发生了什么", "发生了什么事？按时间顺序，简单说说就行。"),
    _tell(COMPLAINT, "发生了什么", "发生了什么事？什么时候、怎么回事，简单说说就行。"),
    _tell(HELP, "困难", "遇到了什么困难？家里的情况、从什么时候开始的，简单说说就行。"),
    _tell(SUGGESTION, "建议", "您有什么意见或建议？"),
    Ask(key="employer", label="单位", ask=_EMPLOYER, shortest=2, longest=100, suggest=_employer, when=_of(DISPUTE)),
    Ask(
        key="wish",
        label="想要的帮助",
        ask="最希望工会帮什么？例如救助金、看病、孩子上学、找工作。说不好就点“跳过”。",
        longest=300,
        optional=True,
        when=_of(HELP),
    ),
    Place(key="place", label="地区", ask="单位在哪个区？点一下，或者发送位置。", suggest=_places, when=_of(DISPUTE)),
    Place(key="place", label="地区", ask="事情发生在哪个区？点一下，或者发送位置。", suggest=_places, when=_of(COMPLAINT)),
    Place(key="place", label="地区", ask="您住在或者工作在哪个区？点一下，或者发送位置。", suggest=_places, when=_of(HELP)),
    Place(
        key="place",
        label="地区",
        ask="和哪个区有关？点一下；不分区的就点“跳过”，交给市总工会。",
        optional=True,
        suggest=_places,
        when=_of(SUGGESTION),
    ),
    Day(key="since", label="从什么时候开始", ask="从什么时候开始的？", optional=True, suggest=_days, when=_of(DISPUTE)),
    Amount(
        key="amount",
        label="涉及金额",
        ask="大概涉及多少钱（元）？估计个数就行；不涉及钱就点“跳过”。",
        optional=True,
        suggest=_amounts,
        when=_of(DISPUTE),
    ),
    Files(key="files", label="证据", ask=_FILES, optional=True, when=_of(DISPUTE)),
    Files(key="files", label="材料", ask="有照片、文件就发上来。没有也没关系，点“跳过”。", optional=True, when=_of(COMPLAINT)),
    Pick(
        key="publish",
        label="公开答复",
        ask="答复以后，可以把建议和答复公开给大家看吗？不带您的名字和单位。",
        choices=(("可以公开", "yes"), ("不公开", "no")),
        when=_of(SUGGESTION),
    ),
    _who("要留姓名电话吗？匿名也一样办理，律师通过这里和您联系。无论哪种，律师都看不到您的账号和电话。", DISPUTE),
    _who("要留姓名电话吗？匿名也一样办理，工作人员通过这里和您联系，看不到您的账号。", COMPLAINT, SUGGESTION),
    _who("要留姓名电话吗？帮扶要核实情况，留了会快一些；匿名也一样受理，工作人员通过这里和您联系。", HELP),
    Ask(key="name", label="称呼", ask="怎么称呼您？", longest=30, when=_named),
    Phone(key="phone", label="电话", ask="留一个电话，只有工会工作人员在联系不上您时才用。", optional=True, when=_named),
)
