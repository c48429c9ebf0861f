"""给律师留言 and 看对话: what the worker and the one responsible say to one another, and whether it was delivered and read."""

from __future__ import annotations

from datetime import timedelta

from handlers import receiving
from handlers.choices import Choices, on_case
from handlers.conversation import Button, Kind, Reply
from handlers.turn import Turn
from handlers.wording import handler_word, moment, shorten
from handlers.worker.my_cases import own
from handlers.worker.welcome import CLAIM
from storage.models import Case, CaseStatus, RoomMessage
from storage.types import CaseId, FileId
from union import evidence, room
from union.codes import spoken
from union.errors import IllegalTransition, NotFound
from union.lifecycle import ENDED

ANSWER_WITHIN = timedelta(hours=24)
"""How long after the lawyer's last word a worker's message is taken as the answer to it."""

LEAVE_ROOM = "w:leave"

PAGE = 10
_LONGEST_SHOWN = 150


async def open_room(turn: Turn, case_id: CaseId) -> list[Reply]:
    """给律师留言: from here on, what is written goes to the lawyer."""
    case = await own(turn, case_id)
    if case.status in ENDED:
        return [Reply(text=f"案件 {spoken(case.code)} 已经结束，不能再留言了。有新情况请重新点“{CLAIM}”。")]
    if case.status is CaseStatus.RECEIVED:
        return [Reply(text=f"还在安排{handler_word(case)}，有人接手后就能留言了。安排好会马上通知您。")]
    if turn.state.draft is not None:
        return [Reply(text=f"您有一张表没填完，请先提交或取消（/cancel），再给{handler_word(case)}留言。")]
    turn.state.room = case.id
    await room.seen(turn.session, case.id, turn.now, by_worker=True)
    return [
        Reply(
            title=f"给{handler_word(case)}留言 · 案件 {spoken(case.code)}",
            text=f"现在打的字、发的照片和文件都会转给{handler_word(case)}。对方看不到您的账号和电话。说完了点“结束留言”。",
            buttons=((Button(label="结束留言", choice=LEAVE_ROOM),),),
        )
    ]


def leave_room(turn: Turn) -> list[Reply]:
    """结束留言."""
    turn.state.room = None
    return [Reply(text="好的，留言结束了。有回复会发到这里；要接着说，点“我的诉求”。")]


async def say(turn: Turn, case_id: CaseId, *, opened: bool = False) -> list[Reply]:
    """Passes what came in on to the lawyer. opened: the room has opened by itself just now, and the screen says so."""
    incoming = turn.incoming
    file_id: FileId | None = None
    try:
        case = await own(turn, case_id, "speak", lock=True)
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
        await room.write(turn.session, case, turn.person_id, turn.house.rules, turn.now, text=text, file_id=file_id)
        await evidence.attach(turn.session, [file_id] if file_id is not None else [], case.id)
    except (NotFound, IllegalTransition):
        turn.state.room = None
        return [Reply(text="这个案件现在不能留言（可能已经结束，或正在换人办理），刚才的话没有发出。点“我的诉求”看看进度。")]
    slot = f"album:{incoming.group}" if incoming.group else ""
    more = f"\n接着说的也会转给{handler_word(case)}；要问别的，先点“结束留言”。" if opened else ""
    leave = [Button(label="结束留言", choice=LEAVE_ROOM)] if turn.state.room else []
    buttons = (*leave, Button(label="看对话", choice=f"w:talk:{case.id}"))
    return [Reply(text=f"已转给{handler_word(case)} · 案件 {spoken(case.code)}{more}", buttons=(buttons,), slot=slot)]


async def answering(turn: Turn) -> CaseId | None:
    """The case in which the lawyer has just written: what the worker types without choosing anything is most likely the answer.

    The room opens with it, because an answer often comes in several messages; 结束留言 is under each.
    """
    if turn.person_id is None:
        return None
    turn.state.room = await room.waiting_for_answer(turn.work.driver, turn.person_id, turn.now - ANSWER_WITHIN)
    return None if turn.state.room is None else CaseId(turn.state.room)


async def talk(turn: Turn, case_id: CaseId, before: str = "") -> list[Reply]:
    """看对话: what was said, oldest first. before: only what was said before the message of that number (看更早的)."""
    case = await own(turn, case_id)
    await room.seen(turn.session, case.id, turn.now, by_worker=True)
    said = await room.transcript(turn.session, case.id, PAGE + 1, before=int(before) if before else None)
    shown = said[-PAGE:]
    earlier = [Button(label="看更早的", choice=f"w:talk:{case.id}:{shown[0].id}")] if len(said) > PAGE else []
    buttons = (*earlier, Button(label="回到案件", choice=f"w:case:{case.id}"))
    text = "\n\n".join(_line(case, message) for message in shown) or "还没有说过话。"
    return [Reply(title=f"对话 · 案件 {spoken(case.code)}", text=text, buttons=(buttons,))]


def _line(case: Case, message: RoomMessage) -> str:
    words = shorten(message.text, _LONGEST_SHOWN)
    file = "［材料］" if message.file_id is not None else ""
    if not message.from_worker:
        return f"{handler_word(case)} {moment(message.created_at)}\n{file}{words}"
    return f"我 {moment(message.created_at)} · {_mark(message)}\n{file}{words}"


def _mark(message: RoomMessage) -> str:
    """How far a message of the worker's has come."""
    return "已读" if message.read_at is not None else "已送达" if message.reached_at is not None else "已发出"


CHOICES: Choices = {"w:room": on_case(open_room), "w:talk": on_case(talk)}
