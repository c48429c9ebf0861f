"""Cases among one another on the screen: merging what was told twice, splitting what is two matters, leading a group of workers together."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply
from handlers.forms import Form
from handlers.lawyer import at_hand, cards
from handlers.steps import Ask, Pick, Values
from handlers.turn import Turn
from handlers.wording import KIND, countdown, handler_title, handler_word, shorten
from knowledge import RequestKind, Topic
from storage.models import Case, CaseKind, CaseStatus
from storage.types import CaseId
from union import links, people, room
from union.codes import spoken
from union.errors import IllegalTransition, InConflict, NotAllowed, NotFound
from union.lifecycle import ENDED, OPEN

MOST = 10
"""Cases to choose from on one screen."""


async def show(turn: Turn, case_id: CaseId) -> list[Reply]:
    """并案、拆案、群体: what this case has to do with others, and what can be done about it."""
    case = await at_hand.look(turn, case_id, "link")
    lines: list[str] = []
    buttons: list[tuple[Button, ...]] = []
    twins = await links.duplicates_of(turn.session, case)
    if twins:
        lines.append(f"同一个人还有 {len(twins)} 件在办，可能是一件事：")
        buttons += [(Button(label=f"并案 {_line(turn, twin)}", choice=f"s:merge:{case.id}:{twin.id}"),) for twin in twins]
    merged = await links.merged_into(turn.session, case.id)
    if merged:
        lines.append(f"已并进来：{'、'.join(spoken(each.code) for each in merged)}")
        buttons.append(tuple(Button(label=f"看 {spoken(each.code)}", choice=f"c:card:{each.id}") for each in merged[:3]))
    lines += await _group_lines(turn, case, buttons)
    if case.status in OPEN:
        buttons.append((Button(label="拆出一件", choice=f"c:split:{case.id}"),))
    text = "\n".join(lines) or "没有发现同一个人或同一单位的其他案件。"
    return [Reply(title=at_hand.titled("和其他案件", case), text=text, buttons=(*buttons, (at_hand.back(case),)))]


async def _group_lines(turn: Turn, case: Case, buttons: list[tuple[Button, ...]]) -> list[str]:
    """What the screen says of the case's group, with the buttons for it."""
    group = await links.group_of(turn.session, case)
    if group:
        buttons.append((Button(label="看群体", choice=f"s:group:{case.id}"), Button(label="退出群体，单独办", choice=f"s:leave:{case.id}")))
        return [f"群体案件：一共 {len(group)} 件一起办，牵头的是 {spoken(group[0].code)}。"]
    if case.status not in OPEN:
        return []
    others = await links.may_join(turn.session, await turn.actor(), case, MOST)
    if not others:
        return []
    buttons.append((Button(label="组成群体案件一起办", choice=f"s:group:{case.id}"),))
    return [f"同一单位还有别的职工的 {len(others)}{' 件以上' if len(others) == MOST else ' 件'}在办。"]


def _line(turn: Turn, case: Case) -> str:
    return cards.short_line(case, turn.now)


# ---- one out of two


async def _both(turn: Turn, one: CaseId, other: str, action: str) -> tuple[Case, Case]:
    """Two cases, locked in the order of their numbers, so that two people who do this at once don't wait for one another. Raises NotFound."""
    ids = sorted((one, CaseId(int(other))))
    if ids[0] == ids[1]:
        raise NotFound
    found = {case_id: await at_hand.take(turn, case_id, action) for case_id in ids}
    return found[one], found[CaseId(int(other))]


async def ask_merge(turn: Turn, case_id: CaseId, other: str) -> list[Reply]:
    """并案: which stays, and what comes along, before it is done."""
    into, newer = links.older_of(*await _both(turn, case_id, other, "merge"))
    lines = [
        f"留下：{spoken(into.code)}（先受理的，时限照它算）\n　{shorten(into.story, 60)}",
        f"并入：{spoken(newer.code)}\n　{shorten(newer.story, 60)}",
        "材料、对话、备注、日期都转到留下的那件，职工和办案的人会收到通知。并了不能再分开（可以拆案）。",
    ]
    sure = (Button(label="是一件事，并案", choice=f"s:merged:{case_id}:{other}"), Button(label="不并", choice=f"s:links:{case_id}"))
    return [Reply(title="并成一个案件？", text="\n".join(lines), buttons=(sure,))]


async def merge(turn: Turn, case_id: CaseId, other: str) -> list[Reply]:
    """是一件事，并案."""
    one, two = await _both(turn, case_id, other, "merge")
    try:
        _, newer = links.older_of(one, two)
        headed = f"（并入的案件 {spoken(newer.code)}，对方的原话）"
        into = await links.merge(turn.session, one, two, turn.house.rules, turn.now, by=at_hand.me(turn), headed=headed)
    except NotAllowed:
        return [Reply(text="这两件不是同一个人的，不能并案。", buttons=((at_hand.back(one),),))]
    except IllegalTransition:
        return [Reply(text="其中一件已经结束，不能并案了。", buttons=((at_hand.back(one),),))]
    return [Reply(text=f"已并到案件 {spoken(into.code)}，职工和办案的人都已收到通知。", buttons=((at_hand.back(into, "看案件"),),))]


# ---- two out of one


async def begin_split(turn: Turn, case_id: CaseId) -> list[Reply]:
    """拆出一件: what the other matter is."""
    case = await at_hand.take(turn, case_id, "split")
    if case.status in ENDED:
        return [Reply(text=f"案件 {spoken(case.code)} 已经结束，不能拆了。", buttons=((at_hand.back(case),),))]
    return await at_hand.begin(turn, SPLIT, case)


async def _submit_split(turn: Turn, case: Case, values: Values) -> list[Reply]:
    """Opens the new case, with a clock of its own, and says who has it."""
    kind, story = CaseKind(values["kind"]), values["story"]
    reading = turn.house.knowledge.read(story)
    known = reading.kind is RequestKind.DISPUTE and reading.nature is not None
    nature = (reading.nature if known else case.nature) if kind is CaseKind.DISPUTE else None
    part = links.Part(kind=kind, topic=values["topic"], nature=nature, story=story)
    new = await links.split(turn.session, case, part, turn.house.rules, turn.now, by=at_hand.me(turn))
    name = (await people.names(turn.session, [new.responsible_id]))[new.responsible_id] if new.responsible_id else ""
    whose = f"由{handler_title(new, name)}负责" if new.responsible_id else "还没有人可派，已提醒工会工作人员"
    text = f"新案件 {spoken(new.code)}：{whose}，{handler_word(new)}联系职工的时限从现在算（{countdown(new.due_at, turn.now)}）。职工已收到通知。"
    return [Reply(title=at_hand.titled("拆出一件", case), text=text, buttons=((at_hand.back(case, "看原案件"),),))]


# ---- together


async def show_group(turn: Turn, case_id: CaseId) -> list[Reply]:
    """群体案件: who is in it, and who may join."""
    case = await at_hand.look(turn, case_id, "link")
    group = await links.group_of(turn.session, case)
    lead = group[0] if group else case
    may = await links.may_join(turn.session, await turn.actor(), lead, MOST) if lead.status in OPEN else []
    lines = [f"{'牵头' if each.id == lead.id else '一起'}：{_line(turn, each)}" for each in group[:MOST]]
    if len(group) > MOST:
        lines.append(f"……一共 {len(group)} 件")
    if may:
        lines += ["", "同一单位、可以加进来的："] if lines else [f"由 {spoken(lead.code)} 牵头，把这些案件放在一起办："]
        lines.append("每位职工还是各说各的，互相看不到；能由同一位律师办的，都转给牵头案件的律师。")
    buttons: list[tuple[Button, ...]] = [(Button(label=f"加入 {_line(turn, each)}", choice=f"s:join:{lead.id}:{each.id}"),) for each in may]
    if len(may) > 1:
        buttons.append((Button(label=f"这 {len(may)} 件全部加入", choice=f"s:joinall:{lead.id}"),))
    text = "\n".join(lines) or "同一单位没有别的职工的案件可以加进来。"
    return [Reply(title=at_hand.titled("群体案件", lead), text=text, buttons=(*buttons, (at_hand.back(case),)))]


async def join(turn: Turn, lead_id: CaseId, member: str) -> list[Reply]:
    """加入: one more."""
    lead, case = await _both(turn, lead_id, member, "join")
    return await _join(turn, lead, [case])


async def join_all(turn: Turn, lead_id: CaseId) -> list[Reply]:
    """全部加入."""
    lead = await at_hand.look(turn, lead_id, "join")
    ids = [case.id for case in await links.may_join(turn.session, await turn.actor(), lead, MOST)]
    found = {case_id: await at_hand.take(turn, case_id, "join") for case_id in sorted({*ids, lead_id})}
    lead = found.pop(lead_id)
    seen, members = {lead.worker_id}, []
    for case in found.values():  # one case of each worker
        if case.worker_id not in seen:
            seen.add(case.worker_id)
            members.append(case)
    return await _join(turn, lead, members)


async def _join(turn: Turn, lead: Case, members: Sequence[Case]) -> list[Reply]:
    try:
        joined = await links.join(turn.session, lead, members, turn.house.rules, turn.now, by=at_hand.me(turn))
    except (NotAllowed, IllegalTransition):
        return [Reply(text="这些案件现在不能放在一起办（已结束、已在别的群体，或不是同一单位）。", buttons=((at_hand.back(lead),),))]
    text = f"{len(joined.cases)} 件已加入群体，由 {spoken(lead.code)} 牵头。"
    if joined.with_others:
        text += f"其中 {len(joined.with_others)} 件不能转给同一位办理人（满了、有冲突或不在辖区），还由原来的人办。"
    more = Button(label="看群体", choice=f"s:group:{lead.id}")
    return [Reply(title=at_hand.titled("群体案件", lead), text=text, buttons=((more, at_hand.back(lead)),))]


async def leave(turn: Turn, case_id: CaseId) -> list[Reply]:
    """退出群体: it goes on by itself, with whoever has it."""
    case = await at_hand.take(turn, case_id, "leave_group")
    try:
        await links.leave_group(turn.session, case, turn.house.rules, turn.now, by=at_hand.me(turn))
    except IllegalTransition:
        return [Reply(text=f"案件 {spoken(case.code)} 已经结束。", buttons=((at_hand.back(case),),))]
    return [Reply(text=f"案件 {spoken(case.code)} 单独办了，还由现在的人负责。", buttons=((at_hand.back(case),),))]


async def begin_word(turn: Turn, case_id: CaseId) -> list[Reply]:
    """给群体里的职工都写一句: for whoever handles them."""
    case = await at_hand.take(turn, case_id, "write")
    theirs = [each for each in await links.group_of(turn.session, case) if _can_hear(turn, each)]
    if len(theirs) < 2:
        return [Reply(text="这个案件没有和别的案件一起办（或别的不归您办），点“写给职工”就行。", buttons=((at_hand.back(case),),))]
    return await at_hand.begin(turn, WORD, case)


def _can_hear(turn: Turn, case: Case) -> bool:
    return case.responsible_id == turn.person_id and case.status in OPEN and case.status is not CaseStatus.RECEIVED


async def _submit_word(turn: Turn, case: Case, values: Values) -> list[Reply]:
    """Each worker gets it in a room of their own; nobody sees who else does."""
    ids = sorted(each.id for each in await links.group_of(turn.session, case) if _can_hear(turn, each))
    sent = 0
    for case_id in ids:
        try:
            each = await at_hand.take(turn, case_id, "write")
            await room.write(turn.session, each, at_hand.me(turn), turn.house.rules, turn.now, text=values["text"])
            sent += 1
        except (NotFound, IllegalTransition, InConflict):  # it went to somebody else meanwhile
            continue
    return [Reply(title=at_hand.titled("已发出", case), text=f"已分别发给群体里由您办的 {sent} 位职工。", buttons=((at_hand.back(case),),))]


_KINDS = (CaseKind.DISPUTE, CaseKind.COMPLAINT, CaseKind.HELP, CaseKind.SUGGESTION)

SPLIT = Form(
    code="split",
    title="拆出一件",
    summary="请核对。提交后马上受理成新案件，重新计时，职工会收到通知。",
    submit_label="受理成新案件",
    submit=at_hand.on_submit("split", _submit_split),
    steps=(
        Ask(key="story", label="是什么事", ask="另一件事是什么？把职工说的和它有关的内容写下来（职工看得到）。", shortest=5, longest=2000),
        Pick(key="kind", label="种类", ask="属于哪一类？", choices=tuple((KIND[kind], kind.value) for kind in _KINDS)),
        Pick(
            key="topic",
            label="事由",
            ask="是哪方面的事？",
            choices=tuple((topic.label, topic.value) for topic in Topic if topic is not Topic.NOT_LABOUR),
        ),
    ),
)

WORD = Form(
    code="group_word",
    title="写给群体里的每位职工",
    summary="请核对。会分别发到每位职工那里，互相看不到。",
    submit_label="发出",
    submit=at_hand.on_submit("write", _submit_word),
    steps=(Ask(key="text", label="内容", ask="要告诉大家什么？", shortest=2, longest=1000),),
)

CHOICES: Choices = {
    "s:links": on_case(show),
    "s:merge": on_case(ask_merge),
    "s:merged": on_case(merge),
    "c:split": on_case(begin_split),
    "s:group": on_case(show_group),
    "s:join": on_case(join),
    "s:joinall": on_case(join_all),
    "s:leave": on_case(leave),
    "c:groupword": on_case(begin_word),
}
