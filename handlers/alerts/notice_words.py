"""How a notice reads: to those it is for, exactly as its preview; to its author, how far it has come; to those who are to approve it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.alerts.about import Params
from handlers.conversation import Button, Reply, rows
from handlers.figure_words import bar
from handlers.wording import moment, shorten, span
from storage.models import Category, Notice, NoticeStatus
from storage.types import NoticeId, PersonId
from union import deliveries, emphasis, notice_correction, notice_life
from union.alerts import Fact
from union.deliveries import Progress
from union.doors import units as door_units
from union.notice_content import LONGEST_VALUE, NAME, UNIT, VARIABLES, Do, NoticeButton
from union.people import names
from union.subscriptions import quiet_until
from union.units import unit_card

CATEGORY: Mapping[Category, str] = {
    Category.RIGHTS: "维权信息",
    Category.SERVICE: "服务信息",
    Category.ACTIVITY: "活动和培训",
    Category.SURVEY: "调查和评议",
    Category.DIGEST: "劳动午报",
    Category.EMERGENCY: "紧急通知",
}

STATUS: Mapping[NoticeStatus, str] = {
    NoticeStatus.DRAFT: "草稿",
    NoticeStatus.WAITING: "等审批",
    NoticeStatus.REFUSED: "退回修改",
    NoticeStatus.SCHEDULED: "定时待发",
    NoticeStatus.SENDING: "正在发送",
    NoticeStatus.PAUSED: "已暂停",
    NoticeStatus.SENT: "已发完",
    NoticeStatus.STOPPED: "已停止",
}

NOBODY, NOWHERE = "职工朋友", "您所在的单位"
"""What stands for the variables where we know neither name nor unit."""

_VARIABLE = re.compile("|".join(re.escape(variable) for variable in VARIABLES))

# ---- the notice itself


def compose(notice: Notice, unit_name: str) -> Reply:
    """The notice as people get it, signed by the unit; its variables are still open (`fill`). The same for the preview and for every door."""
    read = emphasis.read(notice.text)
    buttons = [_button(notice, number, NoticeButton.from_json(button)) for number, button in enumerate(notice.buttons)]
    off = Button(label="不再接收这类通知", choice=f"n:off:{notice.category}" + (f":{notice.id}" if notice.id else ""))
    return Reply(
        title=f"更正：{notice.title}" if notice.version > 1 else notice.title,
        text=_signed(read.text, unit_name),
        bold=read.bold,
        buttons=(*rows(buttons, 2), (off,)),
        file=notice.file_id,
    )


def written(heading: str, title: str, text: str) -> Reply:
    """What somebody wrote and nobody gets yet (a template, a correction that waits), the text as it will look."""
    read = emphasis.read(text)
    whole, bold = emphasis.joined([(f"{title}\n", False), *emphasis.runs_of(read.text, read.bold)])
    return Reply(title=heading, text=whole, bold=bold)


def _signed(text: str, unit_name: str) -> str:
    return f"{text}\n\n—— {unit_name}"


def _button(notice: Notice, number: int, button: NoticeButton) -> Button:
    if button.do is Do.LINK:
        return Button(label=button.label, url=button.value)
    if button.do is Do.SURVEY:
        return Button(label=button.label, choice=f"n:survey:{button.value}:{notice.id}")
    return Button(label=button.label, choice=f"n:tap:{notice.id}:{number}")


def has_variables(reply: Reply) -> bool:
    """Whether it reads differently for each person."""
    return any(variable in reply.title or variable in reply.text for variable in VARIABLES)


def fill(reply: Reply, name: str, unit_name: str) -> Reply:
    """The same with a person's name and unit in it."""
    values = {NAME: shorten(name, LONGEST_VALUE) or NOBODY, UNIT: shorten(unit_name, LONGEST_VALUE) or NOWHERE}

    def filled(text: str) -> str:
        """In one pass: what somebody is called is never taken for a variable."""
        return _VARIABLE.sub(lambda found: values[found[0]], text)

    text, bold = emphasis.joined((filled(part), is_bold) for part, is_bold in emphasis.runs_of(reply.text, reply.bold))
    return replace(reply, title=filled(reply.title), text=text, bold=bold)


def length(title: str, text: str, unit_name: str) -> int:
    """How long a notice can become on a screen, as the doors count: with the longest names there are, and the mark of a correction."""
    longest = "长" * LONGEST_VALUE
    whole = fill(Reply(title=f"更正：{title}", text=_signed(emphasis.read(text).text, unit_name)), longest, longest)
    return door_units(f"{whole.title}\n{whole.text}")


# ---- how far it has come

_ON_THEIR_WAY = "已经在路上的几条还会到，准确的数在“看发送情况”里。"


async def progress(session: AsyncSession, notice: Notice, now: datetime) -> Reply:
    """The message that changes by itself."""
    place = await deliveries.progress(session, notice.id)
    left = await notice_life.time_to_go(session, notice, place, now)
    # This message changes no more by itself; what was on its way when it was halted is counted a moment later.
    halted = notice.status in (NoticeStatus.PAUSED, NoticeStatus.STOPPED)
    return Reply(
        title=f"{STATUS[notice.status]} · {notice.title}",
        text=progress_text(place, left, _rests_until(notice, now)) + (f"\n{_ON_THEIR_WAY}" if halted else ""),
        buttons=_progress_buttons(notice),
    )


def begins(notice: Notice, now: datetime) -> str:
    """That it goes out now, or from which morning on."""
    morning = quiet_until(notice, now)
    return "已经开始发送" if morning is None else f"夜里不打扰，{moment(morning)} 开始发"


def _rests_until(notice: Notice, now: datetime) -> datetime | None:
    return quiet_until(notice, now) if notice.status is NoticeStatus.SENDING else None


def progress_text(place: Progress, left: timedelta | None, rests_until: datetime | None = None) -> str:
    """A bar, the outcomes, and how long it will take; in the night until when it rests."""
    done = place.total - place.waiting
    percent = 100 if place.total == 0 else done * 100 // place.total
    outcomes = [
        f"已发出 {place.sent:,}",
        f"收不到 {place.unreachable:,}",
        f"失败 {place.failed:,}",
        f"没有发 {place.left_out:,}",
        *([f"并入汇总 {place.gathered:,}"] if place.gathered else []),
        f"待发 {place.waiting:,}",
    ]
    lines = [f"{bar(percent, 100)} {percent}%", f"共 {place.total:,} 人：{'，'.join(outcomes)}"]
    if rests_until is not None and place.waiting:
        lines.append(f"夜里不打扰，{moment(rests_until)} 接着发。")
    if left is not None and place.waiting:
        lines.append(f"照现在的速度，大约还要{span(left)}。" if left >= timedelta(minutes=1) else "不到1分钟就发完了。")
    return "\n".join(lines)


def _progress_buttons(notice: Notice) -> tuple[tuple[Button, ...], ...]:
    report = Button(label="看发送情况", choice=f"s:report:{notice.id}")
    stop = Button(label="停止", choice=f"s:nstop:{notice.id}")
    correct = Button(label="更正内容", choice=f"s:ncorrect:{notice.id}")
    match notice.status:
        case NoticeStatus.SENDING:
            return ((Button(label="暂停", choice=f"s:npause:{notice.id}"), stop), (correct, report))
        case NoticeStatus.PAUSED:
            return ((Button(label="继续", choice=f"s:nresume:{notice.id}"), stop), (correct, report))
        case _:
            return ((report, correct),)


# ---- what its author and the approvers are told


def _waited(hours: int) -> str:
    """How long it has waited, before what it waits for; empty when somebody is told for the first time."""
    return f"已经等了 {hours} 小时，还没有人决定。" if hours else ""


async def _approval(session: AsyncSession, notice: Notice, hours: int) -> Reply | None:
    if notice.status is not NoticeStatus.WAITING:
        return None
    author = (await names(session, [notice.author_id])).get(notice.author_id) or "一位同志"
    unit = await unit_card(session, notice.unit_id)
    when = f"定在 {moment(notice.send_at)} 发" if notice.send_at else "批准后马上发"
    told = f"{unit.name} {author} 提交了一条通知，能收到 {notice.total:,} 人，{when}。{_waited(hours)}"
    text = f"{told}\n请先看清楚内容、人数和抽样，再批准或者退回。"
    return Reply(title=f"{'还在等您审批' if hours else '请您审批'} · {notice.title}", text=text, buttons=(_see(notice, "看内容并审批"),))


def _see(notice: Notice, label: str = "看这条通知") -> tuple[Button, ...]:
    return (Button(label=label, choice=f"s:notice:{notice.id}"),)


async def _approved(session: AsyncSession, notice: Notice, reader: PersonId) -> Reply | None:
    if notice.status is NoticeStatus.SCHEDULED and notice.send_at:
        then = f"会在 {moment(notice.send_at)} 发出"
    else:
        then = begins(notice, notice.started_at) if notice.started_at else "已经开始发送"
    return Reply(title=f"批准了 · {notice.title}", text=f"{await _decider(session, notice)}批准了，{then}。", buttons=(_see(notice),))


async def _refused(session: AsyncSession, notice: Notice, reader: PersonId) -> Reply | None:
    if notice.status is not NoticeStatus.REFUSED:
        return None
    text = f"{await _decider(session, notice)}退回了，原因：{notice.refusal}\n改好以后可以再提交。"
    return Reply(title=f"退回修改 · {notice.title}", text=text, buttons=(_see(notice, "打开修改"),))


async def _decider(session: AsyncSession, notice: Notice) -> str:
    return (await names(session, [notice.decided_by])).get(notice.decided_by, "") if notice.decided_by else ""


async def _correction(session: AsyncSession, notice: Notice, hours: int) -> Reply | None:
    if await notice_correction.asked_for(session, notice) is None:
        return None
    text = f"这条通知已经发出，有人提出更正内容，要您看过同意才改。{_waited(hours)}"
    return Reply(
        title=f"更正请您同意 · {notice.title}", text=text, buttons=((Button(label="看更正", choice=f"s:ncorrection:{notice.id}"),),)
    )


async def _corrected(session: AsyncSession, notice: Notice, reader: PersonId) -> Reply | None:
    text = "更正已经同意：还没收到的人直接收到新内容，已经收到的会改过来。"
    return Reply(title=f"更正生效 · {notice.title}", text=text, buttons=(_see(notice),))


async def _correction_refused(session: AsyncSession, notice: Notice, reader: PersonId) -> Reply | None:
    return Reply(title=f"更正没有同意 · {notice.title}", text="内容没有改。可以改一改再提出更正。", buttons=(_see(notice),))


async def _test(session: AsyncSession, notice: Notice, reader: PersonId) -> Reply | None:
    unit = await unit_card(session, notice.unit_id)
    name = (await names(session, [reader])).get(reader, "")
    return fill(compose(notice, unit.name), name, unit.name)


_HELD: Mapping[str, str] = {
    "empty": "到了时间，但这个范围现在没有人能收到，所以没有发。",
    "not_allowed": "到了时间，但您的身份、管辖范围变了，或者选的单位、名单已经没有了，所以没有发。要发请“照着再写一条”。",
    "no_approver": "到了时间，但人数超过了不用审批的数，本单位和上级又没有别人可以审批，所以没有发。请先请管理员再登记一位工会干部。",
    "grown": "到了时间，但能收到的人比提交时多，超过了不用审批的数，已经转给别的同志审批。",
    "waits": "提交以后还没有人审批，刚才又提醒了一遍，也告诉了上一级。着急的话，请直接打电话催一下；不急就等，批准或退回会马上告诉您。",
}


def _held(notice: Notice, reason: str) -> Reply | None:
    if reason == "waits" and notice.status is not NoticeStatus.WAITING:
        return None
    title = "还在等审批" if reason == "waits" else "没有按时发"
    return Reply(title=f"{title} · {notice.title}", text=_HELD[reason], buttons=(_see(notice),))


_PRESSING: Mapping[Fact, Callable[[AsyncSession, Notice, int], Awaitable[Reply | None]]] = {
    Fact.NOTICE_APPROVAL: _approval,
    Fact.NOTICE_CORRECTION: _correction,
}
"""What is told again while nobody decides, with how many hours it has waited."""

_WORDS: Mapping[Fact, Callable[[AsyncSession, Notice, PersonId], Awaitable[Reply | None]]] = {
    Fact.NOTICE_APPROVED: _approved,
    Fact.NOTICE_REFUSED: _refused,
    Fact.NOTICE_CORRECTED: _corrected,
    Fact.NOTICE_CORRECTION_REFUSED: _correction_refused,
    Fact.NOTICE_TEST: _test,
}


async def told(session: AsyncSession, fact: Fact, params: Params, *, reader: PersonId, now: datetime) -> Reply | None:
    """What a fact about a notice says; None when it need not be said any more."""
    notice = await session.get(Notice, NoticeId(params["notice"]))
    if notice is None:
        return None
    if fact is Fact.NOTICE_PROGRESS:
        return await progress(session, notice, now)
    if fact is Fact.NOTICE_HELD:
        return _held(notice, str(params["reason"]))
    if pressing := _PRESSING.get(fact):
        return await pressing(session, notice, int(params.get("hours") or 0))
    words = _WORDS.get(fact)
    return None if words is None else await words(session, notice, reader)
