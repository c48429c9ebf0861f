"""我的诉求: where a case stands, writing to the lawyer, taking it back, rating it."""

from __future__ import annotations

from datetime import timedelta

from handlers import receiving
from handlers.conversation import Button, Kind, Reply, rows
from handlers.turn import Turn
from handlers.wording import OUTCOME, STATUS, countdown, moment, money, shorten
from handlers.worker.welcome import CLAIM
from knowledge import Topic
from storage.models import Case, CaseStatus
from storage.types import CaseId, FileId
from union import cases, evidence, room
from union.codes import read_code, spoken
from union.errors import IllegalTransition, NotFound
from union.people import Actor

ANSWER_WITHIN = timedelta(hours=24)
"""How long after the lawyer's last word a worker's message is taken as the answer to it."""

NOT_YOURS = "没有找到这个案件。请核对编号（8 位数字），或从“我的诉求”里选。"

LEAVE_ROOM = "w:leave"


def _actor(turn: Turn) -> Actor | None:
    return None if turn.person_id is None else Actor(turn.person_id, "")


async def mine(turn: Turn) -> list[Reply]:
    """我的诉求 and /mycases."""
    actor = _actor(turn)
    found = await cases.cases_of_worker(turn.session, actor.id) if actor else []
    if not found:
        return [
            Reply(
                text="您还没有提交过诉求。遇到事情可以先直接问，想找律师就点下面。",
                buttons=((Button(label=CLAIM, choice="w:claim"),),),
            )
        ]
    if len(found) == 1:
        return [_card(turn, found[0])]
    buttons = [Button(label=f"{spoken(case.code)} · {STATUS[case.status].split('，')[0]}", choice=f"w:case:{case.id}") for case in found]
    return [Reply(title="我的诉求", text="点一个看详情：", buttons=rows(buttons, 1))]


async def by_code(turn: Turn, text: str) -> list[Reply]:
    """/case 4829 1376."""
    code = read_code(text)
    actor = _actor(turn)
    if not text.strip():
        return await mine(turn)
    if code is None or actor is None:
        return [Reply(text=NOT_YOURS)]
    try:
        return await show(turn, (await cases.find_case(turn.session, actor, code)).id)
    except NotFound:
        return [Reply(text=NOT_YOURS)]


async def _own(turn: Turn, case_id: CaseId, *, lock: bool = False) -> Case:
    actor = _actor(turn)
    if actor is None:
        raise NotFound
    case = await cases.access_case(turn.session, actor, case_id, lock=lock)
    if case.worker_id != actor.id:  # a lawyer or staff member at the members' counter is a member like any other
        raise NotFound
    return case


async def show(turn: Turn, case_id: CaseId) -> list[Reply]:
    """看进度. Who looks at a case has it in mind: what they type next must not go to the lawyer of another."""
    case = await _own(turn, case_id)
    if turn.state.room != case.id:
        turn.state.room = None
    return [_card(turn, case)]


def _card(turn: Turn, case: Case) -> Reply:
    lines = [
        f"现在：{STATUS[case.status]}",
        f"受理：{moment(case.received_at)}",
        f"事由：{Topic(case.topic).label} · {shorten(case.story, 60)}",
        f"单位：{case.employer}",
        f"金额：{money(case.amount)}",
    ]
    if case.status in cases.OPEN and case.intervened_at is None:
        due = case.received_at + turn.house.rules["intervention"].due
        lines.append(f"律师联系您的时限：{moment(due)}（{countdown(due, turn.now)}）")
        if case.overdue:
            lines.append("已经超时，我们报给了上级工会，正在催办。对不起让您久等。")
    if case.outcome is not None:
        lines.append(f"结果：{OUTCOME[case.outcome]}" + (f"，追回 {money(case.recovered)}" if case.recovered else ""))
    buttons: list[tuple[Button, ...]] = []
    if case.status in cases.OPEN:
        if case.lawyer_id is not None:
            buttons.append((Button(label="给律师留言", choice=f"w:room:{case.id}"),))
        buttons.append((Button(label="撤回诉求", choice=f"w:withdraw:{case.id}"),))
    if case.status is CaseStatus.CLOSED:
        buttons.append(stars(case.id))
    return Reply(title=f"案件 {spoken(case.code)}", text="\n".join(lines), buttons=tuple(buttons))


def stars(case_id: CaseId) -> tuple[Button, ...]:
    """The five buttons of a rating."""
    return tuple(Button(label=f"{number}分", choice=f"w:rate:{case_id}:{number}") for number in range(1, 6))


async def open_room(turn: Turn, case_id: CaseId) -> list[Reply]:
    """给律师留言: from here on, what is written goes to the lawyer."""
    case = await _own(turn, case_id)
    if case.status in cases.ENDED:
        return [Reply(text=f"案件 {spoken(case.code)} 已经结束，不能再留言了。有新情况请重新点“{CLAIM}”。")]
    if case.lawyer_id is None:
        return [Reply(text="还在安排律师，律师接手后就能留言了。安排好会马上通知您。")]
    if turn.state.draft is not None:
        return [Reply(text="您有一张表没填完，请先提交或取消（/cancel），再给律师留言。")]
    turn.state.room = case.id
    return [
        Reply(
            title=f"给律师留言 · 案件 {spoken(case.code)}",
            text="现在打的字、发的照片和文件都会转给律师。律师看不到您的账号和电话。说完了点“结束留言”。",
            buttons=((Button(label="结束留言", choice=LEAVE_ROOM),),),
        )
    ]


def leave_room(turn: Turn) -> list[Reply]:
    """结束留言."""
    turn.state.room = None
    return [Reply(text="好的，留言结束了。律师回复会发到这里；要接着说，点“我的诉求”。")]


async def say(turn: Turn, case_id: CaseId, *, opened: bool = False) -> list[Reply]:
    """Passes what came in on to the lawyer. opened: the room has opened by itself just now, and the screen says so."""
    incoming = turn.incoming
    file_id: FileId | None = None
    try:
        case = await _own(turn, case_id, lock=True)
        if incoming.file is not None:
            if problem := receiving.too_large(turn):
                return [Reply(text=problem)]
            file_id = await receiving.register(turn)
        text = incoming.text.strip()
        if incoming.kind is Kind.EDITED:
            text = f"（更正）{text}"
        if not text and file_id is None:
            return [Reply(text="这种消息转不了，请打字，或者发照片、文件、语音。")]
        assert turn.person_id is not None
        await room.write(turn.session, case, turn.person_id, text, turn.now, file_id=file_id)
        await evidence.attach(turn.session, [file_id] if file_id is not None else [], case.id)
    except (NotFound, IllegalTransition):
        turn.state.room = None
        return [Reply(text="这个案件现在不能留言（可能已经结束，或正在换律师），刚才的话没有发出。点“我的诉求”看看进度。")]
    slot = f"album:{incoming.group}" if incoming.group else ""
    leave = ((Button(label="结束留言", choice=LEAVE_ROOM),),) if turn.state.room else ()
    more = "\n接着说的也会转给律师；要问别的，先点“结束留言”。" if opened else ""
    return [Reply(text=f"已转给律师 · 案件 {spoken(case.code)}{more}", buttons=leave, slot=slot)]


async def answering(turn: Turn) -> CaseId | None:
    """The case in which the lawyer has just written: what the worker types without choosing anything is most likely the answer.

    The room opens with it, because an answer often comes in several messages; 结束留言 is under each.
    """
    if turn.person_id is None:
        return None
    turn.state.room = await room.waiting_for_answer(turn.work.driver, turn.person_id, turn.now - ANSWER_WITHIN)
    return None if turn.state.room is None else CaseId(turn.state.room)


async def ask_withdraw(turn: Turn, case_id: CaseId) -> list[Reply]:
    """撤回诉求: are you sure?"""
    case = await _own(turn, case_id)
    if case.status in cases.ENDED:
        return [_card(turn, case)]
    buttons = (Button(label="确定撤回", choice=f"w:withdrawn:{case.id}"), Button(label="不撤回", choice=f"w:case:{case.id}"))
    return [Reply(text=f"撤回后律师就不再办理案件 {spoken(case.code)} 了。确定吗？", buttons=(buttons,))]


async def withdraw(turn: Turn, case_id: CaseId) -> list[Reply]:
    """确定撤回."""
    case = await _own(turn, case_id, lock=True)
    try:
        await cases.withdraw(turn.session, case, case.worker_id, turn.now)
    except IllegalTransition:
        return [_card(turn, case)]
    if turn.state.room == case_id:
        turn.state.room = None
    return [Reply(text=f"案件 {spoken(case.code)} 已撤回。以后想再办，随时点“{CLAIM}”。")]


async def rate(turn: Turn, case_id: CaseId, number: int) -> list[Reply]:
    """A rating, 1 to 5."""
    case = await _own(turn, case_id, lock=True)
    try:
        fresh = await cases.rate(turn.session, case, case.worker_id, number, turn.now)
    except (IllegalTransition, ValueError):
        return [Reply(text="这个案件还没有办结，办结后再请您评价。")]
    if not fresh:
        return [Reply(text=f"您已经评过 {case.rating} 分了，谢谢。")]
    word = "谢谢您的评价！" if number >= 4 else "谢谢您直说。我们会看这件事哪里没办好。"
    return [Reply(text=f"{word}\n评分：{'★' * number}{'☆' * (5 - number)}")]
