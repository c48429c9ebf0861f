"""Which handler takes what came in. One entrance for each counter; everything below is plain functions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from handlers import forms
from handlers.conversation import TEXT_LIMIT, Kind, Reply, Side, parts_of
from handlers.forms import Forms
from handlers.lawyer import inbox
from handlers.staff import board, notice
from handlers.turn import Turn
from handlers.wording import ROLE
from handlers.worker import consult, grievance, my_cases, services, subscription, welcome
from storage.models import Role
from storage.types import CaseId, DeadlineId, NoticeId, PersonId
from union import people
from union.errors import BadInvite, NotFound

Handler = Callable[[Turn, str], Awaitable[list[Reply]]]

FORMS: Forms = {form.code: form for form in (grievance.FORM, inbox.CLOSE_FORM, notice.FORM)}

_UNREADABLE = "这种消息我看不懂。请打字说，照片、文件和语音可以在填表或给律师留言时发。"
_VOICE = "语音我还听不懂，请打字说，一两句话就行。想把语音交给律师，先点“我要维权”或“我的诉求”。"


async def handle(turn: Turn) -> list[Reply]:
    """One turn, whatever it is. The only entrance for dispatch."""
    if turn.incoming.kind in (Kind.STOPPED, Kind.RETURNED):
        return []
    if len(turn.incoming.text) > TEXT_LIMIT:
        return [Reply(text=f"这条消息有 {len(turn.incoming.text)} 个字，最多 {TEXT_LIMIT} 个字。请分成几条发。")]
    return await (_member(turn) if turn.side is Side.MEMBER else _desk(turn))


def _command(text: str) -> tuple[str, str]:
    """("/case", "4829 1376") for a command, ("", text) otherwise."""
    if not text.startswith("/"):
        return "", text
    name, _, rest = text.partition(" ")
    return name.lower().partition("@")[0], rest.strip()


# ---- the members' counter


async def _member(turn: Turn) -> list[Reply]:
    incoming = turn.incoming
    if incoming.kind is Kind.START:
        return welcome.start(turn)
    if incoming.kind is Kind.CHOICE:
        return await _member_choice(turn)
    command, rest = _command(incoming.text.strip()) if incoming.kind is Kind.TEXT else ("", "")
    if command:
        return await _aside(turn, _MEMBER_COMMANDS.get(command, _unknown_command), rest)
    if incoming.kind is Kind.TEXT and incoming.text.strip() in _MENU:
        return await _aside(turn, _MENU[incoming.text.strip()], "")
    if turn.state.draft is not None:
        return await forms.take(turn, FORMS)
    if turn.state.room is not None:
        return await my_cases.say(turn, CaseId(turn.state.room))
    return await _member_free(turn)


async def _member_free(turn: Turn) -> list[Reply]:
    """Something said out of the blue: an answer to the lawyer who has just written, or a question."""
    kind = turn.incoming.kind
    if kind is Kind.PLACE and turn.incoming.place is not None:
        return await services.near(turn, *turn.incoming.place)
    if kind in (Kind.TEXT, Kind.FILE, Kind.EDITED):
        case_id = await my_cases.answering(turn)
        if case_id is not None:
            return await my_cases.say(turn, case_id, opened=True)
    if kind in (Kind.TEXT, Kind.EDITED) or (kind is Kind.FILE and turn.incoming.text.strip()):
        return consult.consult(turn, turn.incoming.text)
    if kind is Kind.FILE:
        return [
            Reply(
                text=_VOICE
                if turn.incoming.file and turn.incoming.file.kind == "voice"
                else "收到的材料还没有对应的案件，所以没有保存。先点“我要维权”，填到“证据”那一步再发；已经有案件就点“我的诉求”给律师留言。"
            )
        ]
    return [Reply(text=_UNREADABLE)]


async def _aside(turn: Turn, handler: Handler, rest: str) -> list[Reply]:
    """A command or a menu word in the middle of a form: answered, and the way back offered. The draft stays."""
    before = turn.state.draft
    replies = await handler(turn, rest)
    if before is not None and turn.state.draft is before and handler not in (_claim, _start):  # these offer it themselves
        replies = [*replies, Reply(text="刚才的表还没填完，内容都在。", buttons=forms.resume_button(turn))]
    return replies


async def _claim(turn: Turn, rest: str) -> list[Reply]:
    return await grievance.begin(turn)


async def _start(turn: Turn, rest: str) -> list[Reply]:
    return welcome.start(turn)


async def _help(turn: Turn, rest: str) -> list[Reply]:
    return welcome.help_text(turn)


async def _cancel(turn: Turn, rest: str) -> list[Reply]:
    if turn.state.draft is not None and turn.state.draft.form in FORMS:
        return forms.cancel(turn, FORMS[turn.state.draft.form])
    if turn.state.room is not None:
        return my_cases.leave_room(turn) if turn.side is Side.MEMBER else inbox.leave_room(turn)
    return [Reply(text="现在没有正在填的表，不用取消。")]


async def _ask(turn: Turn, rest: str) -> list[Reply]:
    turn.state.room = None
    return consult.consult(turn, rest) if rest else consult.invite()


async def _mine(turn: Turn, rest: str) -> list[Reply]:
    turn.state.room = None
    return await my_cases.mine(turn)


async def _case(turn: Turn, rest: str) -> list[Reply]:
    return await my_cases.by_code(turn, rest)


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
    welcome.MORE: _help,
}

_MEMBER_COMMANDS: Mapping[str, Handler] = {
    "/start": _start,
    "/help": _help,
    "/cancel": _cancel,
    "/ask": _ask,
    "/case": _case,
    "/mycases": _mine,
    "/services": _services,
    "/nearby": _nearby,
    "/privacy": _privacy,
}


async def _member_choice(turn: Turn) -> list[Reply]:
    choice = turn.incoming.text
    if choice.startswith(forms.PREFIX):
        return await forms.take(turn, FORMS)
    if choice == welcome.AGREE:
        return await _agreed(turn)
    if choice == welcome.DETAILS:
        return welcome.details()
    if choice in (consult.GRIEVANCE, grievance.START_OVER):
        return await grievance.begin(turn, afresh=choice == grievance.START_OVER)
    if choice.startswith(f"{consult.STEPS}:"):
        return consult.steps(turn, choice.removeprefix(f"{consult.STEPS}:"))
    if choice.startswith(f"{consult.ARTICLES}:"):
        return consult.articles(turn, choice.removeprefix(f"{consult.ARTICLES}:"))
    if choice == my_cases.LEAVE_ROOM:
        return my_cases.leave_room(turn)
    if choice.startswith("n:"):
        return await subscription.answer(turn, choice)
    try:
        return await _about_own_case(turn, parts_of(choice))
    except (NotFound, ValueError):
        return [Reply(text=my_cases.NOT_YOURS)]


async def _about_own_case(turn: Turn, parts: list[str]) -> list[Reply]:
    match parts:
        case ["w", "case", number]:
            return await my_cases.show(turn, CaseId(int(number)))
        case ["w", "room", number]:
            return await my_cases.open_room(turn, CaseId(int(number)))
        case ["w", "withdraw", number]:
            return await my_cases.ask_withdraw(turn, CaseId(int(number)))
        case ["w", "withdrawn", number]:
            return await my_cases.withdraw(turn, CaseId(int(number)))
        case ["w", "rate", number, given]:
            return await my_cases.rate(turn, CaseId(int(number)), int(given))
    return _old_button()


async def _agreed(turn: Turn) -> list[Reply]:
    known = turn.person_id is not None
    await welcome.agree(turn)
    then, turn.state.then = turn.state.then, ""
    if then == "grievance":
        return await grievance.begin(turn)
    if known:
        return [Reply(text="您已经同意过了，可以直接提问或点下面的菜单。", menu=welcome.MENU)]
    return [Reply(text="谢谢。现在可以直接打字提问，或者点下面的菜单。", menu=welcome.MENU)]


def _old_button() -> list[Reply]:
    return [Reply(text="这个按钮已经用不上了。请从菜单重新选。")]


# ---- the desk

INBOX, BOARD, NOTICE, DUTY, HELP = "收件箱", "看板", "发通知", "值班", "帮助"


async def _desk(turn: Turn) -> list[Reply]:
    incoming = turn.incoming
    command, rest = _command(incoming.text.strip()) if incoming.kind is Kind.TEXT else ("", "")
    if incoming.kind is Kind.START or command == "/start":
        return await _desk_start(turn, rest if command else incoming.text)
    if turn.person_id is None:
        return await _stranger(turn)
    if incoming.kind is Kind.CHOICE:
        return await _desk_choice(turn)
    if command:
        if command in _DESK_COMMANDS and command != "/cancel":  # as for the menu: something else begins
            turn.state.room = None
        return await _aside(turn, _DESK_COMMANDS.get(command, _desk_unknown), rest)
    if incoming.kind is Kind.TEXT and incoming.text.strip() in _DESK_MENU:
        turn.state.room = None
        return await _aside(turn, _DESK_MENU[incoming.text.strip()], "")
    if turn.state.draft is not None:
        return await forms.take(turn, FORMS)
    if turn.state.room is not None:
        return await inbox.say(turn, CaseId(turn.state.room))
    if incoming.kind is Kind.TEXT and (await turn.actor()).has(Role.LAWYER):
        return await inbox.choose_case(turn)
    return [Reply(text="请先选要办的事：点下面的菜单，或发 /help。", menu=await _desk_menu(turn))]


async def _desk_start(turn: Turn, code: str) -> list[Reply]:
    if not code:
        if turn.person_id is None:
            return await _stranger(turn)
        return await _desk_help(turn, "")
    try:
        turn.person_id, granted = await people.redeem(turn.session, code=code, person_id=turn.person_id, now=turn.now)
    except BadInvite as error:
        reason = {"unknown": "这个邀请码不对，请核对后再发一次", "used": "这个邀请码已经用过了", "expired": "这个邀请码过期了"}[
            error.reason
        ]
        return [Reply(text=f"{reason}。邀请码由工会管理员发放，用法：/start 邀请码")]
    turn.forget_actor()
    actor = await turn.actor()
    lines = [f"{actor.name}，您已登记为{granted.unit.name}的{ROLE[granted.role]}。"]
    if granted.role is Role.LAWYER:
        lines.append("派给您的案件会马上发到这里。从受理起 24 小时内，您的消息要送到职工手里。")
    elif granted.role is Role.STAFF:
        lines.append("辖区案件超时、无人可派时会提醒您；您可以看“看板”、“发通知”。")
    return [Reply(title="欢迎", text="\n".join(lines), menu=await _desk_menu(turn))]


async def _stranger(turn: Turn) -> list[Reply]:
    return [
        Reply(
            title="这里是工会工作台",
            text="供律师和工会干部使用。请发送管理员给您的邀请码，格式：/start 邀请码\n职工咨询和维权，请用工会的会员机器人，或打 12351。",
        )
    ]


async def _desk_menu(turn: Turn) -> tuple[tuple[str, ...], ...]:
    actor = await turn.actor()
    if actor.has(Role.STAFF, Role.ADMIN):
        return ((BOARD, NOTICE), (INBOX, DUTY, HELP)) if actor.has(Role.LAWYER) else ((BOARD, NOTICE), (DUTY, HELP))
    return ((INBOX, DUTY, HELP),)


async def _desk_help(turn: Turn, rest: str) -> list[Reply]:
    actor = await turn.actor()
    lines = []
    if actor.has(Role.LAWYER):
        lines += [
            "· 收件箱：派给您的案件，等您联系的排最前",
            "· 接单后直接打字，就发给那个案件的职工；对方看不到您的账号",
            "· 消息送到职工手里，24 小时的钟才停",
        ]
    if actor.has(Role.STAFF, Role.ADMIN):
        lines += ["· 看板：辖区在办案件，超时的排最前，可以改派、催办", "· 发通知：选范围、看人数、确认发送，可随时停止"]
    lines += ["· /case 编号：直接打开案件", "· /cancel：取消正在填的内容"]
    return [Reply(title="工作台怎么用", text="\n".join(lines), menu=await _desk_menu(turn))]


async def _inbox(turn: Turn, rest: str) -> list[Reply]:
    return await inbox.inbox(turn)


async def _board(turn: Turn, rest: str) -> list[Reply]:
    return await board.board(turn)


async def _duty(turn: Turn, rest: str) -> list[Reply]:
    return await board.duty(turn)


async def _notice(turn: Turn, rest: str) -> list[Reply]:
    return await notice.begin(turn)


async def _desk_case(turn: Turn, rest: str) -> list[Reply]:
    return await inbox.by_code(turn, rest)


async def _desk_unknown(turn: Turn, rest: str) -> list[Reply]:
    return [Reply(text="没有这个命令。发 /help 看看能做什么。")]


_DESK_MENU: Mapping[str, Handler] = {INBOX: _inbox, BOARD: _board, NOTICE: _notice, DUTY: _duty, HELP: _desk_help}

_DESK_COMMANDS: Mapping[str, Handler] = {
    "/help": _desk_help,
    "/inbox": _inbox,
    "/case": _desk_case,
    "/notice": _notice,
    "/board": _board,
    "/duty": _duty,
    "/cancel": _cancel,
}


async def _desk_choice(turn: Turn) -> list[Reply]:
    choice = turn.incoming.text
    if choice.startswith(forms.PREFIX):
        return await forms.take(turn, FORMS)
    if choice == inbox.LEAVE_ROOM:
        return inbox.leave_room(turn)
    if choice == inbox.UNSEND:
        return inbox.unsend(turn)
    try:
        parts = parts_of(choice)
        return await (_about_case(turn, parts) if parts[0] == "c" else _about_duty(turn, parts))
    except (NotFound, ValueError):
        return [Reply(text=inbox.NOT_YOURS)]


async def _about_case(turn: Turn, parts: list[str]) -> list[Reply]:
    match parts:
        case ["c", "card", number]:
            return await inbox.show(turn, CaseId(int(number)))
        case ["c", "show", number]:
            return await inbox.show(turn, CaseId(int(number)), full=True)
        case ["c", "accept", number]:
            return await inbox.accept(turn, CaseId(int(number)))
        case ["c", "decline", number]:
            return await inbox.ask_decline(turn, CaseId(int(number)))
        case ["c", "declined", number, reason]:
            return await inbox.decline(turn, CaseId(int(number)), reason)
        case ["c", "room", number]:
            return await inbox.open_room(turn, CaseId(int(number)))
        case ["c", "send", number]:
            return await inbox.send_unsent(turn, CaseId(int(number)))
        case ["c", "files", number]:
            return await inbox.files(turn, CaseId(int(number)))
        case ["c", "close", number]:
            return await inbox.begin_close(turn, CaseId(int(number)))
        case ["c", "history", number]:
            return await inbox.history(turn, CaseId(int(number)))
    return _old_button()


async def _about_duty(turn: Turn, parts: list[str]) -> list[Reply]:
    match parts:
        case ["s", "ack", number, deadline]:
            return await board.acknowledge(turn, CaseId(int(number)), DeadlineId(int(deadline)))
        case ["s", "urge", number]:
            return await board.urge(turn, CaseId(int(number)))
        case ["s", "reassign", number]:
            return await board.choose_lawyer(turn, CaseId(int(number)))
        case ["s", "give", number, lawyer]:
            return await board.give(turn, CaseId(int(number)), PersonId(int(lawyer)))
        case ["s", "stop", number]:
            return await notice.stop(turn, NoticeId(int(number)))
    return _old_button()
