"""The room from the desk's side: what is typed goes to the one whose case is chosen, and to nobody else."""

from __future__ import annotations

from collections.abc import Sequence

from handlers import receiving
from handlers.choices import Choices, on_case
from handlers.conversation import Button, Kind, Reply, rows
from handlers.lawyer import at_hand, cards
from handlers.lawyer.taking import LEAVE_ROOM
from handlers.turn import Turn
from handlers.wording import moment, shorten
from storage.models import Case, CaseStatus, RoomMessage
from storage.types import CaseId, FileId, PersonId
from union import evidence, room, workload
from union.codes import spoken
from union.errors import IllegalTransition, InConflict, NotFound
from union.lifecycle import ENDED

UNSEND = "c:unsend"

MOST_UNSENT = 20
"""Texts that wait for a case to be chosen, at most."""

LAST_LINES, WHOLE_TALK = 6, 40
"""Messages shown on opening a room, and behind 看对话."""

SCREEN = 3500
"""Characters of a conversation on one screen."""


def told(said: Sequence[RoomMessage], reader: PersonId, longest: int) -> str:
    """What was said, line by line; behind one's own side how far it has come."""
    lines = []
    for message in said:
        name = "对方" if message.from_worker else "我" if message.author_id == reader else "前一位办理人"
        far = "" if message.from_worker else f"（{cards.mark(message)}）"
        file = "［文件］" if message.file_id is not None else ""
        lines.append(f"{name} {moment(message.created_at)}{far}：{shorten(f'{file}{message.text}', longest)}")
    while len("\n".join(lines)) > SCREEN:
        lines.pop(0)
    return "\n".join(lines)


async def open_room(turn: Turn, case_id: CaseId) -> list[Reply]:
    """写给职工: from here on, what is written goes to the worker of this case, and every line says which case that is."""
    case = await at_hand.take(turn, case_id, "write")
    if problem := _closed(case):
        return [problem]
    if turn.state.draft is not None:
        return at_hand.unfinished(turn)
    turn.state.room = case.id
    said = await room.transcript(turn.session, case.id, LAST_LINES)
    await room.seen(turn.session, case.id, turn.now, by_worker=False)
    history = f"最近的对话：\n{told(said, at_hand.me(turn), 80)}\n\n" if said else ""
    replies = [
        Reply(
            title=at_hand.titled(f"写给{cards.role(case)}", case),
            text=f"{history}现在打的字、发的文件都会发给{_whom(case)}。对方看不到您的账号。",
            buttons=((Button(label="常用语", choice=f"c:canned:{case.id}"), Button(label="写完了", choice=LEAVE_ROOM)),),
        )
    ]
    if turn.state.unsent:
        buttons = (Button(label=f"发给这位{cards.role(case)}", choice=f"c:send:{case.id}"), Button(label="不发了", choice=UNSEND))
        replies.append(Reply(text=f"您之前打的话还没有发出：{_unsent(turn)}\n要发给{cards.who(case)}吗？", buttons=(buttons,)))
    return replies


def _whom(case: Case) -> str:
    return f"{cards.who(case)}（{shorten(case.employer, 20)}）" if case.employer else cards.who(case)


def _closed(case: Case) -> Reply | None:
    if case.status in ENDED:
        return Reply(text=f"案件 {spoken(case.code)} 已经结束，不能再写了。")
    if case.status is CaseStatus.RECEIVED:
        return Reply(text=f"案件 {spoken(case.code)} 还没有派给律师，派出去以后由律师联系职工。")
    return None


def _unsent(turn: Turn) -> str:
    return "".join(f"“{shorten(text, 40)}”" for text in turn.state.unsent)


async def send_unsent(turn: Turn, case_id: CaseId) -> list[Reply]:
    """The case of a text that waited is chosen: it goes out, and the room stays open."""
    case = await at_hand.take(turn, case_id, "write")
    texts = turn.state.unsent
    if not texts or _closed(case) or turn.state.draft is not None:
        return await open_room(turn, case_id)
    turn.state.unsent = []
    opened = await open_room(turn, case_id)
    sent = [await write(turn, case, text, None) for text in texts]
    return [*opened, sent[-1]]


def unsend(turn: Turn) -> list[Reply]:
    """不发了."""
    turn.state.unsent = []
    return [Reply(text="好的，没有发出。")]


def leave_room(turn: Turn) -> list[Reply]:
    """写完了."""
    turn.state.room = None
    return [Reply(text="好的。对方回复会发到这里；要接着写，从“收件箱”点开案件。")]


async def say(turn: Turn, case_id: CaseId) -> list[Reply]:
    """Passes what came in on to the worker of the chosen case."""
    try:
        case = await at_hand.take(turn, case_id, "write")
        incoming = turn.incoming
        file_id: FileId | None = None
        if incoming.file is not None:
            if problem := receiving.too_large(turn):
                return [Reply(text=problem)]
            file_id = await receiving.register(turn)
        text = incoming.text.strip()
        if incoming.kind is Kind.EDITED:
            text = f"（更正）{text}"
        if not text and file_id is None:
            return [Reply(text="这种消息转不了，请打字，或者发照片、文件、语音。")]
        sent = await write(turn, case, text, file_id)
        await evidence.attach(turn.session, [file_id] if file_id is not None else [], case.id)
        return [sent]
    except InConflict:
        return [Reply(text="刚才的话没有发出。"), *await at_hand.given_back(turn, case_id)]
    except (NotFound, IllegalTransition):
        turn.state.room = None
        return [Reply(text="这个案件已经结束或不再归您办理，刚才的话没有发出。请从“收件箱”重新选。")]


async def write(turn: Turn, case: Case, text: str, file_id: FileId | None) -> Reply:
    """Puts a message into the room. Raises IllegalTransition, InConflict."""
    await room.write(turn.session, case, at_hand.me(turn), turn.house.rules, turn.now, text=text, file_id=file_id)
    slot = f"album:{turn.incoming.group}" if turn.incoming.group else ""
    return Reply(
        text=f"已发出 · 案件 {spoken(case.code)}",
        buttons=(
            (Button(label="常用语", choice=f"c:canned:{case.id}"), at_hand.back(case, "看案件"), Button(label="写完了", choice=LEAVE_ROOM)),
        ),
        slot=slot,
    )


async def choose_case(turn: Turn) -> list[Reply]:
    """Somebody wrote something without having chosen a case: it is kept until they choose, so nothing goes to the wrong worker."""
    desk = await workload.desk_of(turn.session, await turn.actor())
    found = [case for case in desk.cases if not _closed(case)]
    if not found:
        return [Reply(text="现在没有派给您的案件，所以这句话没有发给谁。")]
    text = turn.incoming.text.strip()
    full = len(turn.state.unsent) >= MOST_UNSENT
    if text and not full:
        turn.state.unsent = [*turn.state.unsent, text]
    if not turn.state.unsent:
        return [Reply(text="没有看到文字，所以没有发给谁。")]
    buttons = [Button(label=cards.short_line(case, turn.now), choice=f"c:send:{case.id}") for case in found]
    which = "这句话" if len(turn.state.unsent) == 1 else f"这 {len(turn.state.unsent)} 句话（{_unsent(turn)}）"
    asked = f"{which}要发给哪个案件？点一下就发出。"
    if full:
        asked = f"没选案件的话太多了，最后这句没有收下。\n{asked}"
    if desk.counts[workload.Pile.ALL] > len(desk.cases):
        asked += f"\n（只列出最急的 {len(desk.cases)} 件，其余的请从“收件箱”点开再写）"
    return [Reply(text=asked, buttons=(*rows(buttons, 1), (Button(label="不发了", choice=UNSEND),)))]


async def talk(turn: Turn, case_id: CaseId) -> list[Reply]:
    """看对话: everything said lately, and how far it has come."""
    case = await at_hand.look(turn, case_id, "read_room")
    said = await room.transcript(turn.session, case.id, WHOLE_TALK)
    await room.seen(turn.session, case.id, turn.now, by_worker=False)
    write_ = () if _closed(case) else (Button(label=f"写给{cards.role(case)}", choice=f"c:room:{case.id}"),)
    text = told(said, at_hand.me(turn), 200) if said else "还没有说过话。"
    return [Reply(title=at_hand.titled("对话", case), text=text, buttons=((*write_, at_hand.back(case)),))]


CHOICES: Choices = {
    "c:room": on_case(open_room),
    "c:send": on_case(send_unsent),
    "c:talk": on_case(talk),
}
