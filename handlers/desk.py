"""The desk: which handler takes what a lawyer or a staff member does, and how somebody gets in."""

from __future__ import annotations

from collections.abc import Mapping

from handlers import forms
from handlers.conversation import Kind, Reply, parts_of
from handlers.counter import FORMS, Handler, aside, cancel, command_in, old_button
from handlers.lawyer import inbox
from handlers.staff import board, fact_sheet, facts, notice
from handlers.turn import Turn
from handlers.wording import ROLE
from storage.models import Role
from storage.types import CaseId, DeadlineId, NoticeId, PersonId
from union import facts as register
from union import people
from union.errors import BadInvite, NotFound

INBOX, BOARD, NOTICE, FACTS, DUTY, HELP = "收件箱", "看板", "发通知", "数据", "值班", "帮助"


async def desk(turn: Turn) -> list[Reply]:
    """One turn at the desk."""
    incoming = turn.incoming
    command, rest = command_in(incoming.text.strip()) if incoming.kind is Kind.TEXT else ("", "")
    if incoming.kind is Kind.START or command == "/start":
        return await _start(turn, rest if command else incoming.text)
    if turn.person_id is None:
        return await _stranger(turn)
    if incoming.kind is Kind.CHOICE:
        return await _choice(turn)
    if command:
        if command in _COMMANDS and command != "/cancel":  # as for the menu: something else begins
            turn.state.room = None
        return await aside(turn, _COMMANDS.get(command, _unknown), rest)
    if incoming.kind is Kind.TEXT and incoming.text.strip() in _MENU:
        turn.state.room = None
        return await aside(turn, _MENU[incoming.text.strip()], "")
    if turn.state.draft is not None:
        return await forms.take(turn, FORMS)
    if turn.state.room is not None:
        return await inbox.say(turn, CaseId(turn.state.room))
    if incoming.kind is Kind.FILE and fact_sheet.looks_like_one(incoming.file) and register.may_change(await turn.actor()):
        return await fact_sheet.take(turn)
    if incoming.kind is Kind.TEXT and (await turn.actor()).has(Role.LAWYER):
        return await inbox.choose_case(turn)
    return [Reply(text="请先选要办的事：点下面的菜单，或发 /help。", menu=await _menu(turn))]


async def _start(turn: Turn, code: str) -> list[Reply]:
    if not code:
        if turn.person_id is None:
            return await _stranger(turn)
        return await _help(turn, "")
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
    return [Reply(title="欢迎", text="\n".join(lines), menu=await _menu(turn))]


async def _stranger(turn: Turn) -> list[Reply]:
    return [
        Reply(
            title="这里是工会工作台",
            text="供律师和工会干部使用。请发送管理员给您的邀请码，格式：/start 邀请码\n职工咨询和维权，请用工会的会员机器人，或打 12351。",
        )
    ]


async def _menu(turn: Turn) -> tuple[tuple[str, ...], ...]:
    actor = await turn.actor()
    if actor.has(Role.STAFF, Role.ADMIN):
        first = (BOARD, NOTICE, FACTS) if register.may_change(actor) else (BOARD, NOTICE)
        return (first, (INBOX, DUTY, HELP) if actor.has(Role.LAWYER) else (DUTY, HELP))
    return ((INBOX, DUTY, HELP),)


async def _help(turn: Turn, rest: str) -> list[Reply]:
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
    if register.may_change(actor):
        lines.append("· 数据：最低工资、平均工资、节假日等，核对、添加，或者用表格一次改")
    lines += ["· /case 编号：直接打开案件", "· /cancel：取消正在填的内容"]
    return [Reply(title="工作台怎么用", text="\n".join(lines), menu=await _menu(turn))]


async def _inbox(turn: Turn, rest: str) -> list[Reply]:
    return await inbox.inbox(turn)


async def _board(turn: Turn, rest: str) -> list[Reply]:
    return await board.board(turn)


async def _duty(turn: Turn, rest: str) -> list[Reply]:
    return await board.duty(turn)


async def _notice(turn: Turn, rest: str) -> list[Reply]:
    return await notice.begin(turn)


async def _facts(turn: Turn, rest: str) -> list[Reply]:
    return await facts.overview(turn)


async def _case(turn: Turn, rest: str) -> list[Reply]:
    return await inbox.by_code(turn, rest)


async def _unknown(turn: Turn, rest: str) -> list[Reply]:
    return [Reply(text="没有这个命令。发 /help 看看能做什么。")]


_MENU: Mapping[str, Handler] = {INBOX: _inbox, BOARD: _board, NOTICE: _notice, FACTS: _facts, DUTY: _duty, HELP: _help}

_COMMANDS: Mapping[str, Handler] = {
    "/help": _help,
    "/inbox": _inbox,
    "/case": _case,
    "/notice": _notice,
    "/board": _board,
    "/facts": _facts,
    "/duty": _duty,
    "/cancel": cancel,
}


async def _choice(turn: Turn) -> list[Reply]:
    choice = turn.incoming.text
    if choice.startswith(forms.PREFIX):
        return await forms.take(turn, FORMS)
    if choice.startswith(facts.PREFIX):
        return await facts.choose(turn, choice)
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
    return old_button()


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
    return old_button()
