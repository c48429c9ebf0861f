"""A notice on the desk: its preview exactly as people get it, what stands around it, and what can be done with it now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from handlers.alerts import notice_words
from handlers.alerts.notice_words import CATEGORY, STATUS
from handlers.choices import Choices, Take
from handlers.conversation import Button, ButtonRows, Reply, rows
from handlers.lawyer import at_hand
from handlers.staff import audience_steps, notice_when
from handlers.staff.audience_words import counted_words
from handlers.staff.notice_problems import told
from handlers.turn import Turn
from handlers.wording import moment
from storage.models import Category, Notice, NoticeStatus, Role
from storage.types import NoticeId
from union import audience as audiences
from union import notice_approval, notice_correction, notices, people
from union.alerts import DESK, MEMBER, Fact, tell
from union.audience import Audience, Count, Sampled
from union.doors import Paid, paid
from union.errors import NotFound, UnionError
from union.evidence import WEB
from union.notice_content import Content
from union.notices import CHANGEABLE, UNWRITTEN
from union.unit_settings import APPROVAL_ABOVE, setting
from union.units import unit_card

_NAMELESS = "没留名"

HOME = (Button(label="回到发通知", choice="s:nhome"),)

SAMPLE = 10
"""People of an audience who are shown."""


@dataclass(frozen=True, slots=True)
class _Reach:
    counted: Count
    sample: Sequence[Sampled]

    @property
    def by_phone(self) -> int:
        """Those for whom the paid rate is paid: the page costs nothing."""
        return self.counted.reachable - self.counted.by_door.get(WEB, 0)


Action = Callable[[Turn, Notice], Awaitable[list[Reply]]]


async def load(turn: Turn, notice_id: NoticeId, *, lock: bool = False) -> Notice:
    """The notice, for whoever may see it. Raises NotFound."""
    return await notices.access_notice(turn.session, await turn.actor(), notice_id, lock=lock)


def on_notice(action: Action, *, lock: bool = True) -> Take:
    """For a button that does something with a notice, or only looks at it (lock=False, so that nobody waits for whoever looks).

    What stands in the way is said in words.
    """

    async def take(turn: Turn, parts: list[str]) -> list[Reply]:
        try:
            return await action(turn, await load(turn, NoticeId(int(parts[0])), lock=lock))
        except NotFound as error:
            return [Reply(text=told(error), buttons=(HOME,))]
        except UnionError as error:
            return [Reply(text=told(error), buttons=((Button(label="打开这条通知", choice=f"s:notice:{parts[0]}"), *HOME),))]

    return take


def see(notice: Notice) -> tuple[Button, ...]:
    """The way back to the notice."""
    return (Button(label="看这条通知", choice=f"s:notice:{notice.id}"),)


async def show(turn: Turn, notice_id: NoticeId) -> list[Reply]:
    """The notice: the preview, and below it the rest with its buttons."""
    return await _show(turn, await load(turn, notice_id))


async def _show(turn: Turn, notice: Notice) -> list[Reply]:
    if notice.digest_day is not None:  # made by the program: every reader's is another
        return [await notice_words.progress(turn.session, notice, turn.now)]
    ahead = notice.status in CHANGEABLE
    counted = await _counted(turn, notice) if ahead else None
    lines = ["上面就是职工看到的样子，手机、网页都一样。", "", f"发给：{await _audience(turn, notice)}"]
    if counted is not None:
        lines += await _reach(turn, notice, counted)
    lines += await _lines(turn, notice)
    sheet = Reply(title=f"{STATUS[notice.status]} · {notice.title}", text="\n".join(lines), buttons=await _buttons(turn, notice, counted))
    return [await preview(turn, notice), sheet]


async def preview(turn: Turn, notice: Notice) -> Reply:
    """The notice as it will look, with one's own name in it."""
    actor, unit = await turn.actor(), await unit_card(turn.session, notice.unit_id)
    return notice_words.fill(notice_words.compose(notice, unit.name), actor.name, unit.name)


# ---- what stands around it


async def _lines(turn: Turn, notice: Notice) -> list[str]:
    lines = [f"类别：{CATEGORY[notice.category]}{'，紧急，夜里也发' if notice.urgent else '，夜里不打扰'}"]
    if notice.started_at is None and notice.status is not NoticeStatus.STOPPED:
        lines.append(f"时间：{notice_when.words_of(notice, turn.now)}")
    if notice.author_id != turn.person_id:
        name = (await people.names(turn.session, [notice.author_id])).get(notice.author_id, "")
        lines.append(f"写的人：{name}（{(await unit_card(turn.session, notice.unit_id)).name}）")
    if notice.refusal and notice.status is NoticeStatus.REFUSED:
        lines += ["", f"退回原因：{notice.refusal}"]
    if await notice_correction.asked_for(turn.session, notice):
        lines += ["", "有一处更正等人同意。"]
    return lines


async def _audience(turn: Turn, notice: Notice) -> str:
    try:
        return await audience_steps.words_of(turn, notice.audience)
    except UnionError as error:
        return told(error)


async def _counted(turn: Turn, notice: Notice) -> _Reach | None:
    """How many its author reaches with it now, and ten of them; None when they may not address them (any more)."""
    author = await people.load_actor(turn.session, notice.author_id)
    try:
        audience = Audience.from_json(notice.audience)
        counted = await audiences.count(turn.session, author, audience)
        return _Reach(counted, await audiences.sample(turn.session, author, audience, SAMPLE))
    except UnionError:
        return None


async def _reach(turn: Turn, notice: Notice, reach: _Reach) -> list[str]:
    """How many it reaches, ten of them as a sample, what it costs, whether a second pair of eyes is needed."""
    counted = reach.counted
    lines = [counted_words(counted)]
    if reach.sample:
        lines.append(f"抽样：{'、'.join(f'{one.name or _NAMELESS}（{one.unit}）' for one in reach.sample)}")
    above = (await setting(turn.session, notice.unit_id, APPROVAL_ABOVE)).value
    if notice.category is Category.DIGEST and notice.audience.get("role") != Role.CHAIR:
        lines.append("劳动午报默认只发给主席，别人自己打开了才发；人数里没有扣除。")
    if notice.paid_rate:
        lines.append(_cost(paid(), reach.by_phone))
    if notice.decided_by is None or notice.status is NoticeStatus.REFUSED:  # refused: the next submission is looked at again
        needs = notice.paid_rate or counted.reachable > above
        why = "要花钱" if notice.paid_rate else f"超过 {above:,} 人"
        lines.append(f"审批：{why}，要另一位同志看过才发" if needs else f"审批：{above:,} 人以内不用")
    return lines


def _cost(rate: Paid, people_: int) -> str:
    cost = rate.cost(people_)
    return (
        f"花费：加速发送，最多约 {cost.stars:,} 星（按每颗星 {rate.yuan} 元约 {cost.yuan:,} 元）；"
        f"每秒前 {rate.free} 条免费，超出的每条 {rate.stars} 星，网页不花钱"
    )


async def _buttons(turn: Turn, notice: Notice, reach: _Reach | None) -> ButtonRows:
    mine = notice.author_id == turn.person_id
    found = _to_do(notice, mine=mine)
    if mine and notice.status in UNWRITTEN and notices.may_urge(await turn.actor()):
        if notice.paid_rate:
            found.append(Button(label="改回普通速度", choice=f"s:nunpaid:{notice.id}"))
        elif reach is not None and reach.by_phone >= paid().worth_from:
            found.append(Button(label="加速发送（要花钱）", choice=f"s:npaid:{notice.id}"))
    if await notice_correction.asked_for(turn.session, notice):
        found.append(Button(label="看更正", choice=f"s:ncorrection:{notice.id}"))
    return (*rows(found, 2), (Button(label="经过", choice=f"s:nlog:{notice.id}"), Button(label="回到发通知", choice="s:nhome")))


def _to_do(notice: Notice, *, mine: bool) -> list[Button]:
    """What this person can do with it now."""

    def button(label: str, name: str) -> Button:
        return Button(label=label, choice=f"s:{name}:{notice.id}")

    match notice.status:
        case NoticeStatus.DRAFT | NoticeStatus.REFUSED:
            own = [button("提交发送", "nsubmit"), button("发给自己试看", "ntest"), button("修改", "nedit")]
            return [*own, button("存为模板", "nkeep"), button("删除", "ndrop")]
        case NoticeStatus.WAITING:
            decide = [button("批准", "napprove"), button("退回", "nrefuse")]
            return [button("撤回修改", "nedit"), button("不发了", "nstop")] if mine else [button("发给自己试看", "ntest"), *decide]
        case NoticeStatus.SCHEDULED:
            found = [button("撤回修改", "nedit")] if mine else []
            found += [button("跳过这一次", "nskip")] if notice.repeat else []
            return [*found, button("不发了", "nstop")]
        case NoticeStatus.SENDING:
            return [button("看进度", "nprogress"), button("暂停", "npause"), button("停止", "nstop"), button("更正内容", "ncorrect")]
        case NoticeStatus.PAUSED:
            return [button("看进度", "nprogress"), button("继续", "nresume"), button("停止", "nstop"), button("更正内容", "ncorrect")]
        case _:
            began = [button("看发送情况", "report"), button("更正内容", "ncorrect")] if notice.started_at else []
            return [*began, button("照着再写一条", "nagain"), *([button("存为模板", "nkeep")] if mine else [])]


# ---- with a draft


async def _submit(turn: Turn, notice: Notice) -> list[Reply]:
    status = await notice_approval.submit(turn.session, await turn.actor(), notice, turn.now)
    match status:
        case NoticeStatus.WAITING:
            text = "已提交，等另一位同志审批。批准或退回，都会马上告诉您；一直没人审批，会再提醒他们，也会告诉上一级。"
        case NoticeStatus.SCHEDULED:
            text = f"定好了：{notice_when.words_of(notice, turn.now)}。在“定时和正在发的”里可以撤回。"
        case _:
            text = f"{notice_words.begins(notice, turn.now)}，预计 {notice.total:,} 人收到。下面的进度会自己更新。"
    return [Reply(text=text, buttons=(see(notice),))]


async def _test(turn: Turn, notice: Notice) -> list[Reply]:
    """To oneself alone: at one's own member door if there is one, else here."""
    me = at_hand.me(turn)
    at_home = await people.has_open_door(turn.session, me, MEMBER)
    side = MEMBER if at_home else DESK
    key = f"test:{notice.id}:{me}:{turn.incoming.event_id}"
    await tell(turn.session, me, Fact.NOTICE_TEST, turn.now, subject="notice", subject_id=notice.id, side=side, key=key)
    where = "您自己的会员机器人" if at_home else "这里（您没有用这个身份打开过会员机器人）"
    return [Reply(text=f"已发到{where}，只有您收到。满意了再提交。", buttons=(see(notice),))]


async def _edit(turn: Turn, notice: Notice) -> list[Reply]:
    """修改; what waits or is planned is taken back with that, so that nobody approves what is being rewritten."""
    from handlers.staff import notice_form

    if turn.state.draft is not None:
        return at_hand.unfinished(turn)
    was_to_go_out = notice.status in (NoticeStatus.WAITING, NoticeStatus.SCHEDULED)
    await notices.take_back(turn.session, await turn.actor(), notice, turn.now)
    warning = Reply(text="已经撤回成草稿，现在不会发了。改完（不改也一样）要重新“提交发送”。")
    return [*([warning] if was_to_go_out else []), *await notice_form.edit(turn, notice)]


async def _again(turn: Turn, notice: Notice) -> list[Reply]:
    """照着再写一条: the form with the same words, for whoever presses it."""
    from handlers.staff import notice_form

    return await notice_form.begin(turn, Content.of(notice))


async def _pay(turn: Turn, notice: Notice) -> list[Reply]:
    await notices.go_paid(turn.session, await turn.actor(), notice, turn.now, paid=True)
    return await _show(turn, notice)


async def _unpay(turn: Turn, notice: Notice) -> list[Reply]:
    await notices.go_paid(turn.session, await turn.actor(), notice, turn.now, paid=False)
    return await _show(turn, notice)


async def _ask_drop(turn: Turn, notice: Notice) -> list[Reply]:
    """删除: what was deleted can't be fetched back, so it is asked once."""
    buttons = (Button(label="确定删除", choice=f"s:ndropped:{notice.id}"), Button(label="不删", choice=f"s:notice:{notice.id}"))
    text = "删掉以后找不回来。以后还用得着的，可以先“存为模板”。"
    return [Reply(title=f"确定删除吗 · {notice.title}", text=text, buttons=(buttons,))]


async def _drop(turn: Turn, notice: Notice) -> list[Reply]:
    await notices.discard(turn.session, await turn.actor(), notice, turn.now)
    return [Reply(text=f"“{notice.title}”删掉了。", buttons=(HOME,))]


# ---- what was done with it

_ACTIONS = {
    "written": "写好",
    "changed": "修改",
    "withdrawn": "撤回",
    "paid": "改为加速发送",
    "unpaid": "改回普通速度",
    "discarded": "删除",
    "submitted": "提交",
    "approved": "批准",
    "refused": "退回",
    "pressed": "再次提醒审批的人",
    "pressed_above": "再次提醒，并告诉上一级",
    "planned": "排好下一次",
    "started": "开始发送",
    "paused": "暂停",
    "resumed": "继续",
    "stopped": "停止",
    "cancelled": "取消",
    "skipped": "跳过这一次",
    "finished": "发完",
    "called_off": "到时间没有发",
    "grown": "到时间人数超过，转审批",
    notice_correction.ASKED: "提出更正",
    notice_correction.DONE: "更正",
    notice_correction.REFUSED: "没有同意更正",
}


async def _log(turn: Turn, notice: Notice) -> list[Reply]:
    """经过: who did what, when."""
    lines = await notices.events(turn.session, notice.id)
    names = await people.names(turn.session, [line.actor_id for line in lines if line.actor_id is not None])
    told_ = [
        f"{moment(line.at)} {_ACTIONS.get(line.action, line.action)} {names.get(line.actor_id, '') if line.actor_id else ''}"
        for line in lines
    ]
    back = Button(label="回到这条通知", choice=f"s:notice:{notice.id}")
    return [Reply(title=f"经过 · {notice.title}", text="\n".join(line.rstrip() for line in told_[-40:]), buttons=((back,),))]


CHOICES: Choices = {
    "s:notice": on_notice(_show, lock=False),
    "s:nsubmit": on_notice(_submit),
    "s:ntest": on_notice(_test),
    "s:nedit": on_notice(_edit),
    "s:npaid": on_notice(_pay),
    "s:nunpaid": on_notice(_unpay),
    "s:ndrop": on_notice(_ask_drop, lock=False),
    "s:ndropped": on_notice(_drop),
    "s:nlog": on_notice(_log, lock=False),
    "s:nagain": on_notice(_again, lock=False),
}
