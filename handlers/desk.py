"""The desk: which handler takes what a lawyer or a staff member does, and how somebody gets in."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping

from handlers import choices, forms
from handlers.chair import report
from handlers.choices import Choices
from handlers.conversation import Kind, Reply
from handlers.counter import FORMS, Handler, aside, cancel, command_in, old_button
from handlers.lawyer import at_hand, inbox, settings, tables, taking, writing
from handlers.staff import board, fact_sheet, facts, figures, hotline, incidents, notice, notice_tables, survey
from handlers.staff import tables as staff_tables
from handlers.turn import Turn
from handlers.wording import ROLE
from handlers.worker import notices_at_desk, subscription
from storage.models import Role
from storage.types import CaseId
from union import cases, people
from union import facts as register
from union.errors import BadInvite, NotFound

INBOX, BOARD, NOTICE, FACTS, FIGURES, DUTY, HELP = "收件箱", "看板", "发通知", "数据", "统计", "值班", "帮助"


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
        own = await report.say(turn, CaseId(turn.state.room))
        return own if own is not None else await writing.say(turn, CaseId(turn.state.room))
    if incoming.kind is Kind.FILE and fact_sheet.looks_like_one(incoming.file) and register.may_change(await turn.actor()):
        return await fact_sheet.take(turn)
    if incoming.kind is Kind.TEXT and await _handles_cases(turn):
        return await writing.choose_case(turn)
    return [Reply(text="请先选要办的事：点下面的菜单，或发 /help。", menu=await _menu(turn))]


async def _handles_cases(turn: Turn) -> bool:
    """Whether what somebody types is most likely meant for the one whose case they handle: a lawyer, or staff with cases of their own."""
    actor = await turn.actor()
    return actor.has(Role.LAWYER) or bool(await cases.cases_of_handler(turn.session, actor.id, limit=1))


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
    elif granted.role is Role.CHAIR:
        lines.append(f"单位里出了大事，点“{report.REPORT}”，各级工会马上都会知道。")
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
        own = (*((FACTS,) if register.may_change(actor) else ()), *((settings.WORD,) if actor.has(Role.LAWYER) else ()))
        rows = ((BOARD, INBOX, hotline.WORD), (NOTICE, survey.WORD, FIGURES), (report.REPORT, DUTY, HELP))
        return (*rows, own) if own else rows
    if actor.has(Role.CHAIR) and not actor.has(Role.LAWYER):
        return ((report.REPORT, report.MINE), (DUTY, HELP))
    return ((INBOX, settings.WORD), (DUTY, HELP))


async def _help(turn: Turn, rest: str) -> list[Reply]:
    actor = await turn.actor()
    lines = []
    if actor.has(Role.LAWYER):
        lines += [
            "· 收件箱：派给您的案件，等您联系的排最前",
            "· 接单后直接打字，就发给那个案件的职工；对方看不到您的账号",
            "· 消息送到职工手里，或者登记了通话、见面，24 小时的钟才停",
            "· 案件里的“更多”：记电话、走到哪一步、记日期、内部备注、文书草稿、转办、办结",
            f"· {settings.WORD}（{settings.COMMAND}）：休假、最多接几件、擅长的事由、语言、利益冲突、常用语",
        ]
    if actor.has(Role.STAFF, Role.ADMIN):
        lines += [
            "· 看板：辖区在办案件，超时的排最前，可以按单位看、改派、催办；案件里的“更多”：约调解、移送、上报、并案、暂停时钟",
            "· 收件箱：由您自己办的投诉、帮扶、建议，直接打字就发给来人",
            f"· {hotline.WORD}（/hotline）：替打电话来的职工登记，编号和口令念给他听",
            "· 发通知：选范围、看人数和预览，提交或定时发，人多的要另一位同志审批；发出后可以暂停、停止、更正",
        ]
        lines.append(f"· {survey.WORD}（{survey.COMMAND}）：活动报名、问卷、会员评议、年度计划表决、工资调查，随通知发出，结果有图有表")
        lines.append("· 统计：按时率、用时、解决、追回、满意率，可以导出表格")
    if register.may_change(actor):
        lines.append("· 数据：最低工资、平均工资、节假日等，核对、添加，或者用表格一次改")
    if actor.has(Role.CHAIR, Role.STAFF, Role.ADMIN):
        lines.append(
            f"· {report.REPORT}（/incident）：群体性事件、死亡或重伤、有人身危险，一报各级工会同时知道；“{report.MINE}”看办到哪一步"
        )
    lines += ["· /case 编号：直接打开案件", f"· {subscription.COMMAND}：您自己收哪些工会通知（劳动午报等）", "· /cancel：取消正在填的内容"]
    return [Reply(title="工作台怎么用", text="\n".join(lines), menu=await _menu(turn))]


async def _inbox(turn: Turn, rest: str) -> list[Reply]:
    return await inbox.inbox(turn)


async def _board(turn: Turn, rest: str) -> list[Reply]:
    return await board.board(turn)


async def _duty(turn: Turn, rest: str) -> list[Reply]:
    return await board.duty(turn)


async def _settings(turn: Turn, rest: str) -> list[Reply]:
    return await settings.show(turn)


async def _notice(turn: Turn, rest: str) -> list[Reply]:
    return await notice.begin(turn)


async def _subscription(turn: Turn, rest: str) -> list[Reply]:
    return await subscription.show(turn)


async def _facts(turn: Turn, rest: str) -> list[Reply]:
    return await facts.overview(turn)


async def _figures(turn: Turn, rest: str) -> list[Reply]:
    return await figures.begin(turn)


async def _report(turn: Turn, rest: str) -> list[Reply]:
    return await report.begin(turn)


async def _reports(turn: Turn, rest: str) -> list[Reply]:
    return await report.mine(turn)


async def _hotline(turn: Turn, rest: str) -> list[Reply]:
    return await hotline.begin(turn)


async def _surveys(turn: Turn, rest: str) -> list[Reply]:
    return await survey.begin(turn)


async def _case(turn: Turn, rest: str) -> list[Reply]:
    return await inbox.by_code(turn, rest)


async def _unknown(turn: Turn, rest: str) -> list[Reply]:
    return [Reply(text="没有这个命令。发 /help 看看能做什么。")]


_MENU: Mapping[str, Handler] = {
    INBOX: _inbox,
    settings.WORD: _settings,
    BOARD: _board,
    hotline.WORD: _hotline,
    NOTICE: _notice,
    survey.WORD: _surveys,
    FACTS: _facts,
    FIGURES: _figures,
    DUTY: _duty,
    HELP: _help,
    report.REPORT: _report,
    report.MINE: _reports,
    subscription.WORD: _subscription,
}

_COMMANDS: Mapping[str, Handler] = {
    "/help": _help,
    "/inbox": _inbox,
    settings.COMMAND: _settings,
    "/case": _case,
    "/notice": _notice,
    survey.COMMAND: _surveys,
    "/board": _board,
    "/hotline": _hotline,
    "/facts": _facts,
    "/figures": _figures,
    "/duty": _duty,
    subscription.COMMAND: _subscription,
    "/incident": _report,
    "/cancel": cancel,
}


async def _choice(turn: Turn) -> list[Reply]:
    choice = turn.incoming.text
    if choice.startswith(forms.PREFIX):
        return await forms.take(turn, FORMS)
    if choice.startswith(facts.PREFIX):
        return await facts.choose(turn, choice)
    if choice == taking.LEAVE_ROOM:
        return writing.leave_room(turn)
    if choice == writing.UNSEND:
        return writing.unsend(turn)
    try:
        return await choices.take(turn, CHOICES, choice) or old_button()
    except (NotFound, ValueError):
        return [Reply(text=at_hand.NOT_YOURS)]


_TABLES = (notices_at_desk, tables, staff_tables, notice_tables, figures, incidents, report)

CHOICES: Choices = ChainMap(*(dict(module.CHOICES) for module in _TABLES))
"""What stands behind every button about a case or a notice, and under a notice that reached somebody here."""
