"""The members' counter: which handler takes what a worker does."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import replace

from handlers import choices, forms
from handlers.choices import Choices
from handlers.conversation import FileKind, Kind, Reply
from handlers.counter import FORMS, Handler, aside, cancel, command_in, old_button
from handlers.turn import Turn
from handlers.worker import (
    answers_published,
    appearing,
    calculate,
    call_back,
    consult,
    following,
    grievance,
    ladder,
    language,
    my_cases,
    notice_taps,
    passphrase,
    rating,
    reopening,
    reveal,
    same_matter,
    services,
    statute_text,
    subscription,
    survey,
    talk,
    urgent,
    welcome,
)
from storage.types import CaseId
from union.errors import NotFound
from union.notice_content import Do

_SHORTEST_CRY = 5
_UNREADABLE = "这种消息我看不懂。请打字说，照片、文件和语音可以在填表或给律师留言时发。"
_VOICE = "语音我还听不懂，请打字说，一两句话就行。想把语音交给律师，先点“我要维权”或“我的诉求”。"
_HOMELESS = "收到的材料还没有对应的案件，所以没有保存。先点“我要维权”，填到“证据”那一步再发；已经有案件就点“我的诉求”给律师留言。"


async def member(turn: Turn) -> list[Reply]:
    """One turn at the members' counter."""
    incoming = turn.incoming
    if incoming.kind is Kind.START:
        return welcome.start(turn)
    if incoming.kind is Kind.CHOICE:
        return await _choice(turn)
    command, rest = command_in(incoming.text.strip()) if incoming.kind is Kind.TEXT else ("", "")
    if command:
        return await aside(turn, _COMMANDS.get(command, _unknown_command), rest)
    if incoming.kind is Kind.TEXT and incoming.text.strip() in _MENU:
        return await aside(turn, _MENU[incoming.text.strip()], "")
    if turn.state.draft is not None:
        return [*await _cry(turn), *await forms.take(turn, FORMS)]
    if turn.state.room is not None:
        said = await talk.say(turn, CaseId(turn.state.room))
        return [*await _cry(turn), *said]
    return await _free(turn)


async def _cry(turn: Turn) -> list[Reply]:
    """Who cries for help in the middle of a form, or to their lawyer, is heard, whatever that makes of it.

    Only where the grammar of danger says so too: the short answers of a conversation (好的，马上) are no questions, and weights alone mistake them.
    """
    text = turn.incoming.text
    if turn.incoming.kind not in (Kind.TEXT, Kind.EDITED) or not _may_cry(text):
        return []
    reading = turn.house.knowledge.read(text)
    if not (reading.urgent and reading.alarmed):
        return []
    return [consult.emergency(), *await urgent.after_reading(turn, text)]


def _may_cry(text: str) -> bool:
    """Whether it is worth reading: most answers to a form are a number, a day, a name."""
    return len(text) >= _SHORTEST_CRY or "救" in text


async def _free(turn: Turn) -> list[Reply]:
    """Something said out of the blue: an answer to the lawyer who has just written, or a question."""
    kind = turn.incoming.kind
    if kind is Kind.PLACE and turn.incoming.place is not None:
        return await services.near(turn, *turn.incoming.place)
    if kind in (Kind.TEXT, Kind.FILE, Kind.EDITED):
        case_id = await talk.answering(turn)
        if case_id is not None:
            said = await talk.say(turn, case_id, opened=True)
            return [*await _cry(turn), *said]
    if kind is Kind.TEXT and (wanted := calculate.asked_for(turn.incoming.text)) is not None:
        return await calculate.menu(turn, wanted)
    if kind is Kind.TEXT and grievance.complains(turn, turn.incoming.text):
        return await grievance.begin_complaint(turn, turn.incoming.text)
    if kind in (Kind.TEXT, Kind.EDITED) or (kind is Kind.FILE and turn.incoming.text.strip()):
        return await consult.consult(turn, turn.incoming.text)
    if kind is Kind.FILE:
        spoken = turn.incoming.file is not None and turn.incoming.file.kind is FileKind.VOICE
        return [Reply(text=_VOICE if spoken else _HOMELESS)]
    return [Reply(text=_UNREADABLE)]


async def _claim(turn: Turn, rest: str) -> list[Reply]:
    return await grievance.begin(turn)


async def _start(turn: Turn, rest: str) -> list[Reply]:
    return welcome.start(turn)


async def _help(turn: Turn, rest: str) -> list[Reply]:
    return welcome.help_text(turn)


async def _ask(turn: Turn, rest: str) -> list[Reply]:
    turn.state.room = None
    if rest:
        return await consult.consult(turn, rest)
    return [replace(reply, buttons=(*reply.buttons, (calculate.BUTTON,))) for reply in consult.invite()]


async def _mine(turn: Turn, rest: str) -> list[Reply]:
    turn.state.room = None
    return await my_cases.mine(turn)


async def _case(turn: Turn, rest: str) -> list[Reply]:
    return await my_cases.by_code(turn, rest)


async def _more(turn: Turn, rest: str) -> list[Reply]:
    return [
        *welcome.help_text(turn),
        Reply(
            text="这里还有：",
            buttons=((calculate.BUTTON,), (my_cases.BY_PASSPHRASE,), (answers_published.BUTTON, language.BUTTON), (subscription.BUTTON,)),
        ),
    ]


async def _follow(turn: Turn, rest: str) -> list[Reply]:
    return await following.begin(turn, rest)


async def _calculate(turn: Turn, rest: str) -> list[Reply]:
    return await calculate.menu(turn, rest)


async def _notices(turn: Turn, rest: str) -> list[Reply]:
    return await subscription.show(turn)


async def _services(turn: Turn, rest: str) -> list[Reply]:
    return services.services()


async def _nearby(turn: Turn, rest: str) -> list[Reply]:
    return await services.in_district(turn, rest) if rest else services.nearby()


async def _privacy(turn: Turn, rest: str) -> list[Reply]:
    return welcome.details() if turn.person_id is None else [Reply(title=r.title, text=r.text) for r in welcome.details()]


async def _unknown_command(turn: Turn, rest: str) -> list[Reply]:
    return [Reply(text="没有这个命令。发 /help 看看能做什么，或者直接打字提问。")]


_MENU: Mapping[str, Handler] = {
    welcome.ASK: _ask,
    welcome.CLAIM: _claim,
    welcome.MINE: _mine,
    welcome.SERVICES: _services,
    welcome.NEARBY: _nearby,
    welcome.MORE: _more,
    calculate.WORD: _calculate,
    subscription.WORD: _notices,
}

_COMMANDS: Mapping[str, Handler] = {
    "/start": _start,
    "/help": _help,
    "/cancel": cancel,
    "/ask": _ask,
    "/calc": _calculate,
    "/case": _case,
    "/mycases": _mine,
    "/follow": _follow,
    "/services": _services,
    "/nearby": _nearby,
    subscription.COMMAND: _notices,
    "/privacy": _privacy,
}


_SCREENS: Mapping[str, Callable[[Turn, str], list[Reply]]] = {
    consult.STEPS: consult.steps,
    consult.ARTICLES: consult.articles,
    consult.MORE: consult.more,
    consult.TOPIC: consult.topic,
    consult.ANSWER: consult.answer,
    statute_text.TEXT: statute_text.statute_text,
}
"""What a button of an answer leads to; what stands behind the colon is an answer's code or a subject's."""


async def _choice(turn: Turn) -> list[Reply]:
    choice = turn.incoming.text
    if choice.startswith(forms.PREFIX):
        return await forms.take(turn, FORMS)
    if choice == welcome.AGREE:
        return await _agreed(turn)
    if choice == welcome.DETAILS:
        return welcome.details()
    if choice in (consult.GRIEVANCE, grievance.START_OVER):
        return await grievance.begin(turn, afresh=choice == grievance.START_OVER)
    if choice.startswith(f"{consult.GRIEVANCE}:"):
        return await grievance.begin(turn, kind=choice.removeprefix(f"{consult.GRIEVANCE}:"))
    if choice == calculate.LIST or choice.startswith(f"{calculate.LIST}:"):
        return await calculate.answer(turn, choice)
    for screen, show in _SCREENS.items():
        if choice.startswith(f"{screen}:"):
            return show(turn, choice.removeprefix(f"{screen}:"))
    if choice == talk.LEAVE_ROOM:
        return talk.leave_room(turn)
    try:
        return await choices.take(turn, CHOICES, choice) or old_button()
    except (NotFound, ValueError):
        return [Reply(text=my_cases.NOT_YOURS)]


_OF_CASES = (
    answers_published,
    my_cases,
    rating,
    ladder,
    urgent,
    talk,
    call_back,
    passphrase,
    following,
    reveal,
    reopening,
    same_matter,
    appearing,
    language,
    subscription,
    survey,
)


async def _tap(turn: Turn, parts: list[str]) -> list[Reply]:
    """A button of a notice: what it opens is what the menu opens."""
    try:
        button = await notice_taps.pressed(turn, parts)
    except NotFound:
        return old_button()
    opens = {Do.ASK: _ask, Do.SERVICE: _MENU.get(button.value)}.get(button.do)
    return [Reply(text=notice_taps.THANKS)] if opens is None else await aside(turn, opens, "")


CHOICES: Choices = ChainMap(*(dict(module.CHOICES) for module in _OF_CASES), {"n:tap": _tap})
"""What stands behind every button about a case of one's own, and about notices."""


async def _agreed(turn: Turn) -> list[Reply]:
    known = turn.person_id is not None
    await welcome.agree(turn)
    then, turn.state.then = turn.state.then, ""
    if then.startswith("grievance"):
        return await grievance.begin(turn, kind=then.partition(":")[2])
    if then == "follow":
        return await following.begin(turn)
    if then == "language":
        return await language.choose(turn)
    if then == subscription.THEN:
        return await subscription.show(turn)
    if known:
        return [Reply(text="您已经同意过了，可以直接提问或点下面的菜单。", menu=welcome.MENU)]
    return [Reply(text="谢谢。现在可以直接打字提问，或者点下面的菜单。", menu=welcome.MENU)]
