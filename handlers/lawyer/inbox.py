"""The lawyer's inbox and the handling of a case: accept, decline, write, look at the evidence, close."""

from __future__ import annotations

from decimal import Decimal

from handlers import forms, receiving
from handlers.conversation import Button, Kind, Reply, rows
from handlers.forms import Form
from handlers.lawyer import cards
from handlers.steps import Amount, Ask, Pick, Values
from handlers.turn import Turn
from handlers.wording import OUTCOME, moment, shorten
from storage.models import Case, FileStatus, Outcome
from storage.types import CaseId, FileId
from union import cases, evidence, room, routing
from union.codes import read_code, spoken
from union.errors import IllegalTransition, NotFound
from union.units import unit_card

NOT_YOURS = "没有找到这个案件，或者它不归您办理。请从“收件箱”里选。"

LEAVE_ROOM, UNSEND = "c:leave", "c:unsend"

MOST_UNSENT = 20
"""Texts that wait for a case to be chosen, at most."""

DECLINE_REASONS: tuple[tuple[str, str], ...] = (
    ("与该单位有利益冲突", "conflict"),
    ("手上案件太多", "busy"),
    ("不熟悉这类案件", "topic"),
    ("休假或外出", "away"),
)


async def inbox(turn: Turn) -> list[Reply]:
    """收件箱 and /inbox: open cases, those whose clock runs first."""
    actor = await turn.actor()
    found = await cases.cases_of_lawyer(turn.session, actor.id)
    if not found:
        return [Reply(text="收件箱是空的，目前没有派给您的案件。有新案件会马上通知您。")]
    buttons = [Button(label=cards.short_line(case, turn.house.rules, turn.now), choice=f"c:card:{case.id}") for case in found]
    waiting = sum(case.intervened_at is None for case in found)
    text = f"共 {len(found)} 件，其中 {waiting} 件还在等您联系职工。点开办理：" if waiting else f"共 {len(found)} 件，都已介入。点开办理："
    return [Reply(title="收件箱", text=text, buttons=rows(buttons, 1))]


async def _case(turn: Turn, case_id: CaseId, *, lock: bool = False) -> Case:
    return await cases.access_case(turn.session, await turn.actor(), case_id, lock=lock)


async def _mine(turn: Turn, case_id: CaseId) -> Case:
    case = await _case(turn, case_id, lock=True)
    if case.lawyer_id != turn.person_id:
        raise NotFound
    return case


async def show(turn: Turn, case_id: CaseId, *, full: bool = False, title: str = "案件") -> list[Reply]:
    """The card of a case."""
    case = await _case(turn, case_id)
    _leave_other_room(turn, case.id)
    return [await _card(turn, case, title=title, full=full)]


def _leave_other_room(turn: Turn, case_id: CaseId) -> None:
    """Who looks at a case has it in mind: what they type next must not go to the worker of another."""
    if turn.state.room != case_id:
        turn.state.room = None


async def _card(turn: Turn, case: Case, *, title: str, full: bool = False) -> Reply:
    files = len(await evidence.of_case(turn.session, case.id))
    unit = await unit_card(turn.session, case.unit_id)
    mine = case.lawyer_id == turn.person_id
    return cards.card(case, unit.place, files, turn.house.rules, turn.now, title=title, mine=mine, full=full)


async def by_code(turn: Turn, text: str) -> list[Reply]:
    """/case 4829 1376."""
    code = read_code(text)
    if code is None:
        return [Reply(text="请在 /case 后面写 8 位案件编号，例如：/case 4829 1376")]
    try:
        case = await cases.find_case(turn.session, await turn.actor(), code)
    except NotFound:
        return [Reply(text=NOT_YOURS)]
    _leave_other_room(turn, case.id)
    return [await _card(turn, case, title="案件", full=True)]


async def accept(turn: Turn, case_id: CaseId) -> list[Reply]:
    """接单. The clock runs on until the worker has heard from the lawyer, and the screen says so."""
    case = await _mine(turn, case_id)
    try:
        fresh = await cases.accept(turn.session, case, case.lawyer_id or turn.person_id, turn.now)  # type: ignore[arg-type]
    except IllegalTransition:
        return [await _card(turn, case, title="案件")]
    await turn.session.flush()
    shown = await _card(turn, case, title="已接单 ·" if fresh else "您已经接过这件了 ·")
    if case.intervened_at is None:
        turn.state.room = case.id
        hint = f"职工已收到通知。24 小时的钟还在走：您的第一条消息送到职工手里才算介入。\n\n现在直接打字，就会发给案件 {spoken(case.code)} 的职工。"
        return [shown, Reply(text=hint, buttons=((Button(label="以后再写", choice=LEAVE_ROOM),),))]
    return [shown]


async def ask_decline(turn: Turn, case_id: CaseId) -> list[Reply]:
    """退单: why?"""
    case = await _mine(turn, case_id)
    buttons = [Button(label=label, choice=f"c:declined:{case.id}:{code}") for label, code in DECLINE_REASONS]
    back = Button(label="不退了", choice=f"c:card:{case.id}")
    return [
        Reply(text=f"退回案件 {spoken(case.code)} 的原因是？案件会马上派给下一位律师，时钟不停。", buttons=(*rows(buttons, 1), (back,)))
    ]


async def decline(turn: Turn, case_id: CaseId, reason: str) -> list[Reply]:
    """退单, with a reason: it goes to the next at once."""
    if reason not in {code for _, code in DECLINE_REASONS}:
        return await ask_decline(turn, case_id)
    case = await _mine(turn, case_id)
    try:
        await routing.decline(turn.session, case, case.lawyer_id, reason, turn.now)  # type: ignore[arg-type]
    except IllegalTransition:
        return [Reply(text="已经介入的案件不能退单。确实办不了，请联系区总工会改派。")]
    if turn.state.room == case_id:
        turn.state.room = None
    return [Reply(text=f"案件 {spoken(case.code)} 已退回，正在派给下一位律师。")]


async def open_room(turn: Turn, case_id: CaseId) -> list[Reply]:
    """写给职工: from here on, what is written goes to the worker of this case, and every line says which case that is."""
    case = await _mine(turn, case_id)
    if case.status in cases.ENDED:
        return [Reply(text=f"案件 {spoken(case.code)} 已经结束，不能再写了。")]
    turn.state.room = case.id
    said = await room.transcript(turn.session, case.id)
    lines = [f"{'职工' if m.from_worker else '我'} {moment(m.created_at)}：{shorten(m.text or '［文件］', 80)}" for m in said]
    history = "最近的对话：\n" + "\n".join(lines) + "\n\n" if lines else ""
    replies = [
        Reply(
            title=f"写给职工 · 案件 {spoken(case.code)}",
            text=f"{history}现在打的字、发的文件都会发给{cards.who(case)}（{shorten(case.employer, 20)}）。对方看不到您的账号。",
            buttons=((Button(label="写完了", choice=LEAVE_ROOM),),),
        )
    ]
    if turn.state.unsent:
        buttons = (Button(label="发给这位职工", choice=f"c:send:{case.id}"), Button(label="不发了", choice=UNSEND))
        replies.append(Reply(text=f"您之前打的话还没有发出：{_unsent(turn)}\n要发给{cards.who(case)}吗？", buttons=(buttons,)))
    return replies


def _unsent(turn: Turn) -> str:
    return "".join(f"“{shorten(text, 40)}”" for text in turn.state.unsent)


async def send_unsent(turn: Turn, case_id: CaseId) -> list[Reply]:
    """The case of a text that waited is chosen: it goes out, and the room stays open."""
    case = await _mine(turn, case_id)
    texts = turn.state.unsent
    if not texts or case.status in cases.ENDED:
        return await open_room(turn, case_id)
    turn.state.unsent = []
    opened = await open_room(turn, case_id)
    sent = [await _write(turn, case, text, None) for text in texts]
    return [*opened, sent[-1]]


def unsend(turn: Turn) -> list[Reply]:
    """不发了."""
    turn.state.unsent = []
    return [Reply(text="好的，没有发出。")]


def leave_room(turn: Turn) -> list[Reply]:
    """写完了."""
    turn.state.room = None
    return [Reply(text="好的。职工回复会发到这里；要接着写，从“收件箱”点开案件。")]


async def say(turn: Turn, case_id: CaseId) -> list[Reply]:
    """Passes what came in on to the worker of the chosen case."""
    try:
        case = await _mine(turn, case_id)
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
        sent = await _write(turn, case, text, file_id)
        await evidence.attach(turn.session, [file_id] if file_id is not None else [], case.id)
        return [sent]
    except (NotFound, IllegalTransition):
        turn.state.room = None
        return [Reply(text="这个案件已经结束或不再归您办理，刚才的话没有发出。请从“收件箱”重新选。")]


async def _write(turn: Turn, case: Case, text: str, file_id: FileId | None) -> Reply:
    assert turn.person_id is not None
    await room.write(turn.session, case, turn.person_id, text, turn.now, file_id=file_id)
    slot = f"album:{turn.incoming.group}" if turn.incoming.group else ""
    return Reply(
        text=f"已发出 · 案件 {spoken(case.code)}",
        buttons=((Button(label="写完了", choice=LEAVE_ROOM), Button(label="看案件", choice=f"c:card:{case.id}")),),
        slot=slot,
    )


async def choose_case(turn: Turn) -> list[Reply]:
    """A lawyer wrote something without having chosen a case: it is kept until they choose, so nothing goes to the wrong worker."""
    actor = await turn.actor()
    found = [case for case in await cases.cases_of_lawyer(turn.session, actor.id) if case.status in cases.OPEN]
    if not found:
        return [Reply(text="现在没有派给您的案件，所以这句话没有发给谁。")]
    text = turn.incoming.text.strip()
    full = len(turn.state.unsent) >= MOST_UNSENT
    if text and not full:
        turn.state.unsent = [*turn.state.unsent, text]
    if not turn.state.unsent:
        return [Reply(text="没有看到文字，所以没有发给谁。")]
    buttons = [Button(label=cards.short_line(case, turn.house.rules, turn.now), choice=f"c:send:{case.id}") for case in found]
    which = "这句话" if len(turn.state.unsent) == 1 else f"这 {len(turn.state.unsent)} 句话（{_unsent(turn)}）"
    asked = f"{which}要发给哪个案件的职工？点一下就发出。"
    if full:
        asked = f"没选案件的话太多了，最后这句没有收下。\n{asked}"
    return [Reply(text=asked, buttons=(*rows(buttons, 1), (Button(label="不发了", choice=UNSEND),)))]


async def files(turn: Turn, case_id: CaseId) -> list[Reply]:
    """看材料: the evidence, one message each."""
    case = await _case(turn, case_id)
    found = await evidence.of_case(turn.session, case.id)
    if not found:
        return [Reply(text="这个案件还没有材料。")]
    stored = [file for file in found if file.status is FileStatus.STORED]
    replies = [Reply(text=f"材料 {n}/{len(found)} · 案件 {spoken(case.code)}", file=file.id) for n, file in enumerate(stored, 1)]
    missing = len(found) - len(stored)
    if missing:
        replies.append(Reply(text=f"还有 {missing} 份材料正在接收或已失效，请稍后再点“看材料”。"))
    return replies


async def begin_close(turn: Turn, case_id: CaseId) -> list[Reply]:
    """办结: the outcome form."""
    case = await _mine(turn, case_id)
    if case.intervened_at is None or case.status in cases.ENDED:
        return [await _card(turn, case, title="现在还不能办结 ·" if case.status in cases.OPEN else "案件")]
    turn.state.room = None
    return await forms.begin(turn, CLOSE_FORM, about=case.id)


async def submit_close(turn: Turn, values: Values) -> list[Reply]:
    """Closes the case; the worker is told and asked for a rating."""
    try:
        case = await _mine(turn, CaseId(values["about"]))
    except NotFound:  # it went to somebody else while the form was filled in
        return [Reply(text=NOT_YOURS)]
    recovered = Decimal(values["recovered"]) if values.get("recovered") else None
    try:
        await cases.close(
            turn.session,
            case,
            await turn.actor(),
            outcome=Outcome(values["outcome"]),
            recovered=recovered,
            remark=values.get("remark") or "",
            now=turn.now,
        )
    except IllegalTransition:
        return [await _card(turn, case, title="案件")]
    return [Reply(title=f"已办结 · 案件 {spoken(case.code)}", text="结果已经告诉职工，并请职工评价。评价来了会通知您。")]


async def history(turn: Turn, case_id: CaseId) -> list[Reply]:
    """办理经过: the case's history, in words."""
    from handlers.staff.history import told

    case = await _case(turn, case_id)
    return [Reply(title=f"办理经过 · 案件 {spoken(case.code)}", text=await told(turn.session, case.id))]


CLOSE_FORM = Form(
    code="close",
    title="办结",
    summary="请核对，提交后职工会收到结果。",
    submit_label="提交办结",
    submit=submit_close,
    steps=(
        Pick(
            key="outcome",
            label="结果",
            ask="案件怎么结的？",
            choices=tuple((OUTCOME[o], o.value) for o in Outcome if o is not Outcome.WITHDRAWN),
        ),
        Amount(key="recovered", label="追回金额", ask="为职工追回多少钱（元）？没有就点“跳过”。", optional=True),
        Ask(key="remark", label="给职工的话", ask="给职工写一句结果说明（职工会看到）。不写就点“跳过”。", longest=1000, optional=True),
    ),
)
