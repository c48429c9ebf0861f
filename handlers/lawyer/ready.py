"""常用语: sentences kept ready for the rooms, those of everybody and one's own. One tap shows one, the next sends it."""

from __future__ import annotations

from handlers import forms
from handlers.choices import Choices, on_case, plain
from handlers.conversation import Button, Reply, rows
from handlers.forms import Form
from handlers.lawyer import at_hand, cards, writing
from handlers.lawyer.shared_replies import shared_replies
from handlers.lawyer.taking import LEAVE_ROOM
from handlers.steps import Ask, Values
from handlers.turn import Turn
from handlers.wording import handler_title, shorten
from storage.models import Case, CaseStatus
from storage.types import CaseId
from union import canned
from union.codes import spoken
from union.errors import IllegalTransition, InConflict, NotFound
from union.lifecycle import ENDED

OWN = "o"
"""What the key of one's own sentence begins with; its number follows."""

A_PAGE = 8


async def choose(turn: Turn, case_id: CaseId) -> list[Reply]:
    """常用语: which?"""
    case = await at_hand.look(turn, case_id, "write")
    own = await canned.of(turn.session, at_hand.me(turn))
    fitting = [one for one in shared_replies().values() if not one.kinds or case.kind in one.kinds]
    groups = list(dict.fromkeys(one.group for one in fitting))
    buttons = [Button(label=f"我的常用语（{len(own)}）", choice=f"c:mine:{case.id}:0")] if own else []
    buttons += [Button(label=group, choice=f"c:group:{case.id}:{number}") for number, group in enumerate(groups)]
    last = (Button(label="添加我的", choice="m:sentence"), Button(label="不用了", choice=f"c:room:{case.id}"))
    return [Reply(title=at_hand.titled("常用语", case), text="选一类，看好了再发：", buttons=(*rows(buttons, 2), last))]


async def of_group(turn: Turn, case_id: CaseId, number: str) -> list[Reply]:
    """Everybody's sentences for one situation."""
    case = await at_hand.look(turn, case_id, "write")
    fitting = [one for one in shared_replies().values() if not one.kinds or case.kind in one.kinds]
    groups = list(dict.fromkeys(one.group for one in fitting))
    if not 0 <= int(number) < len(groups):
        return await choose(turn, case_id)
    group = groups[int(number)]
    buttons = [Button(label=one.title, choice=f"c:text:{case.id}:{one.code}") for one in fitting if one.group == group]
    back = (Button(label="换一类", choice=f"c:canned:{case.id}"),)
    return [Reply(title=at_hand.titled(f"常用语：{group}", case), text="点一句看全文：", buttons=(*rows(buttons, 1), back))]


async def mine(turn: Turn, case_id: CaseId, page: str) -> list[Reply]:
    """One's own sentences."""
    case = await at_hand.look(turn, case_id, "write")
    own = await canned.of(turn.session, at_hand.me(turn))
    last = max(0, (len(own) - 1) // A_PAGE)
    at = max(0, min(int(page), last))
    buttons = [
        Button(label=shorten(one.text, 24), choice=f"c:text:{case.id}:{OWN}{one.id}") for one in own[at * A_PAGE : (at + 1) * A_PAGE]
    ]
    turns = [Button(label="下一页", choice=f"c:mine:{case.id}:{at + 1}")] if at < last else []
    turns += [Button(label="上一页", choice=f"c:mine:{case.id}:{at - 1}")] if at else []
    back = (*turns, Button(label="换一类", choice=f"c:canned:{case.id}"))
    text = "点一句看全文：" if own else "您还没有自己的常用语。"
    return [Reply(title=at_hand.titled("我的常用语", case), text=text, buttons=(*rows(buttons, 1), back))]


async def _text_of(turn: Turn, case: Case, key: str) -> str:
    """The sentence behind a key, with what it leaves open filled in. Raises NotFound."""
    if key.startswith(OWN) and key[1:].isdecimal():
        return (await canned.one(turn.session, at_hand.me(turn), int(key[1:]))).text
    shared = shared_replies().get(key)
    if shared is None:
        raise NotFound
    name = handler_title(case, (await turn.actor()).name)
    return shared.text.replace("{me}", name).replace("{code}", spoken(case.code))


async def show(turn: Turn, case_id: CaseId, key: str) -> list[Reply]:
    """A sentence as it would go out."""
    case = await at_hand.look(turn, case_id, "write")
    try:
        text = await _text_of(turn, case, key)
    except NotFound:
        return await choose(turn, case_id)
    buttons = (Button(label="发出", choice=f"c:say:{case.id}:{key}"), Button(label="改一改", choice=f"c:redo:{case.id}:{key}"))
    back = (Button(label="换一句", choice=f"c:canned:{case.id}"),)
    return [Reply(title=at_hand.titled(f"要发给{cards.who(case)}吗？", case), text=text, buttons=(buttons, back))]


async def send(turn: Turn, case_id: CaseId, key: str) -> list[Reply]:
    """发出: the sentence goes to the worker of this case, and the room is open."""
    case = await at_hand.take(turn, case_id, "write")
    if case.status in ENDED or case.status is CaseStatus.RECEIVED or turn.state.draft is not None:
        return await writing.open_room(turn, case_id)
    try:
        sent = await writing.write(turn, case, await _text_of(turn, case, key), None)
    except NotFound:
        return await choose(turn, case_id)
    except InConflict:
        return [Reply(text="刚才的话没有发出。"), *await at_hand.given_back(turn, case_id)]
    except IllegalTransition:
        return [await at_hand.card(turn, case)]
    turn.state.room = case.id
    return [sent]


async def redo(turn: Turn, case_id: CaseId, key: str) -> list[Reply]:
    """改一改: the bare sentence, to copy and change; what is typed next goes to this worker."""
    case = await at_hand.take(turn, case_id, "write")
    if case.status in ENDED or case.status is CaseStatus.RECEIVED or turn.state.draft is not None:
        return await writing.open_room(turn, case_id)
    try:
        text = await _text_of(turn, case, key)
    except NotFound:
        return await choose(turn, case_id)
    turn.state.room = case.id
    how = f"长按上面这段复制，改好发出来，就发给案件 {spoken(case.code)} 的{cards.role(case)}。"
    return [Reply(text=text), Reply(text=how, buttons=((Button(label="不写了", choice=LEAVE_ROOM),),))]


# ---- one's own


async def settings(turn: Turn) -> list[Reply]:
    """我的常用语 in the settings: what there is, and what can go."""
    own = await canned.of(turn.session, at_hand.me(turn))
    lines = [f"{number}. {shorten(one.text, 60)}" for number, one in enumerate(own, 1)]
    text = "\n".join(lines) if lines else "还没有。常说的话存在这里，写给对方时点一下就能用。"
    gone = [Button(label=f"删掉第 {number} 条", choice=f"m:unsentence:{one.id}") for number, one in enumerate(own, 1)]
    last = (Button(label="添加", choice="m:sentence"), Button(label="回到设置", choice="m:settings"))
    return [Reply(title=f"我的常用语（{len(own)}/{canned.MOST}）", text=text, buttons=(*rows(gone, 3), last))]


async def begin(turn: Turn) -> list[Reply]:
    """添加."""
    if turn.state.draft is not None and turn.state.draft.form != FORM.code:
        return at_hand.unfinished(turn)
    turn.state.room = None
    return await forms.begin(turn, FORM)


async def _add(turn: Turn, values: Values) -> list[Reply]:
    try:
        await canned.add(turn.session, at_hand.me(turn), values["text"], turn.now)
    except canned.TooMany:
        return [Reply(text=f"已经有 {canned.MOST} 条了，先删掉几条再添加。"), *await settings(turn)]
    return [Reply(text="存好了。写给对方时点“常用语”就能用。"), *await settings(turn)]


async def delete(turn: Turn, parts: list[str]) -> list[Reply]:
    """删掉. Pressed twice it is gone all the same."""
    try:
        await canned.delete(turn.session, at_hand.me(turn), int(parts[0]))
    except NotFound:
        return await settings(turn)
    return await settings(turn)


FORM = Form(
    code="sentence",
    title="添加常用语",
    summary="请核对。",
    submit_label="存下",
    submit=_add,
    steps=(Ask(key="text", label="常用语", ask="写下这句话，不要写具体某个人的名字和电话。", shortest=2, longest=canned.LONGEST),),
    straight=True,
)

CHOICES: Choices = {
    "c:canned": on_case(choose),
    "c:group": on_case(of_group),
    "c:mine": on_case(mine),
    "c:text": on_case(show),
    "c:say": on_case(send),
    "c:redo": on_case(redo),
    "m:sentences": plain(settings),
    "m:sentence": plain(begin),
    "m:unsentence": delete,
}
