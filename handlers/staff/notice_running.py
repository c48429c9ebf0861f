"""暂停, 继续, 停止, 更正: what can be done with a notice that is planned, runs, or is over."""

from __future__ import annotations

from dataclasses import replace

from handlers import forms
from handlers.alerts import notice_words
from handlers.choices import Choices
from handlers.conversation import Button, Reply
from handlers.forms import Form, NotAccepted
from handlers.lawyer import at_hand
from handlers.staff import notice_form
from handlers.staff.notice_problems import told
from handlers.staff.notice_sheet import HOME, load, on_notice, see
from handlers.staff.notice_steps import MARKS, Words
from handlers.steps import Values
from handlers.turn import Turn
from handlers.wording import moment, shorten
from storage.models import Notice, NoticeStatus
from storage.types import NoticeId
from union import notice_correction, notice_life
from union.errors import NotAllowed, UnionError
from union.notice_content import BadContent, Content
from union.notices import NotNow
from union.units import unit_card


async def _progress(turn: Turn, notice: Notice) -> list[Reply]:
    """看进度: under the same slot, so that there is one message that changes."""
    shown = await notice_words.progress(turn.session, notice, turn.now)
    return [Reply(title=shown.title, text=shown.text, buttons=shown.buttons, slot=f"notice:{notice.id}")]


async def _pause(turn: Turn, notice: Notice) -> list[Reply]:
    done = await notice_life.pause(turn.session, await turn.actor(), notice, turn.now)
    if not done:
        return [Reply(text="这条通知现在没有在发。", buttons=(see(notice),))]
    go_on = Button(label="继续", choice=f"s:nresume:{notice.id}")
    return [Reply(text="暂停了，已经在路上的会到，其余的等您点“继续”。", buttons=((go_on, *see(notice)),))]


async def _resume(turn: Turn, notice: Notice) -> list[Reply]:
    done = await notice_life.resume(turn.session, await turn.actor(), notice, turn.now)
    return [Reply(text="接着发了。" if done else "这条通知没有暂停。", buttons=(see(notice),))]


async def _ask_stop(turn: Turn, notice: Notice) -> list[Reply]:
    """停止: it can't be taken up again, so it is asked once."""
    running = notice.status in (NoticeStatus.SENDING, NoticeStatus.PAUSED)
    if not running and notice.status not in (NoticeStatus.SCHEDULED, NoticeStatus.WAITING):
        raise NotNow(notice.status)
    text = (
        "停止以后不能再接着发，还没收到的人就不发了。只是想等一等，请点“暂停”。"
        if running
        else "取消以后不再发" + ("，后面各次也都取消；只是这一次不发，请点“跳过这一次”。" if notice.repeat else "。")
    )
    buttons = (Button(label="确定不发了", choice=f"s:nstopped:{notice.id}"), Button(label="回到这条通知", choice=f"s:notice:{notice.id}"))
    return [Reply(title=f"确定不发了吗 · {notice.title}", text=text, buttons=(buttons,))]


async def _stop(turn: Turn, notice: Notice) -> list[Reply]:
    begun = notice.started_at is not None
    done = await notice_life.stop(turn.session, await turn.actor(), notice, turn.now)
    if not done:
        return [Reply(text="这条通知已经发完或已停止。", buttons=(see(notice),))]
    text = f"“{notice.title}”停止了，还没发出的不再发。" if begun else f"“{notice.title}”取消了，不会发出。"
    return [Reply(text=text, buttons=(see(notice), HOME))]


async def _skip(turn: Turn, notice: Notice) -> list[Reply]:
    following = await notice_life.skip(turn.session, await turn.actor(), notice, turn.now)
    then = f"下一次在 {moment(following.send_at)}。" if following and following.send_at else "后面没有了。"
    return [Reply(text=f"这一次不发了，{then}", buttons=(see(following) if following else HOME,))]


# ---- correcting


async def _begin_correction(turn: Turn, notice: Notice) -> list[Reply]:
    if not notice_life.may_correct(notice) or notice.digest_day is not None:
        raise NotNow(notice.status)
    if turn.state.draft is not None:
        return at_hand.unfinished(turn)
    turn.state.room = None
    kept = forms.finished(CORRECTION, {"title": notice.title, "text": notice.text})
    kept.about = notice.id
    return await forms.reopen(turn, CORRECTION, kept)


async def _correct(turn: Turn, values: Values) -> list[Reply]:
    try:
        notice = await load(turn, NoticeId(values["about"]), lock=True)
        written = Content.of(notice)
        corrected = Content(values["title"], values["text"], written.category, written.urgent, written.buttons, written.file_id)
        notice_form.check_room(corrected, (await unit_card(turn.session, notice.unit_id)).name)
        holds = await notice_correction.correct(
            turn.session, await turn.actor(), notice, title=values["title"], text=values["text"], now=turn.now
        )
    except BadContent as error:
        raise NotAccepted(error.part, told(error)) from None
    except UnionError as error:
        return [Reply(text=told(error))]
    if holds:
        text = "更正了：还没收到的人直接收到新内容，已经收到的会改过来（手机上改不了的，再发一条“更正”）。"
        return [Reply(text=text, buttons=(see(notice),))]
    pause = (Button(label="先暂停发送", choice=f"s:npause:{notice.id}"),) if notice.status is NoticeStatus.SENDING else ()
    text = "更正已提交。这条通知是审批过的，要另一位同志同意才改；同意或不同意，都会告诉您。"
    return [Reply(text=text, buttons=((*pause, *see(notice)),))]


CORRECTION = Form(
    code="notice_correction",
    title="更正通知",
    summary="请核对。更正以后，标题前面会加上“更正”。",
    submit_label="更正",
    submit=_correct,
    steps=(
        Words(key="title", label="标题", ask="标题改成什么？30 个字以内。"),
        Words(key="text", label="正文", ask=f"正文改成什么？1000 个字以内。\n{MARKS}"),
    ),
)


async def _see_correction(turn: Turn, notice: Notice) -> list[Reply]:
    """What the words are and what they would become."""
    asked = await notice_correction.asked_for(turn.session, notice)
    if asked is None:
        return [Reply(text="没有等人同意的更正，可能别人已经处理了。", buttons=(see(notice),))]
    decide = (
        Button(label="同意更正", choice=f"s:ncorrected:{notice.id}:{asked.id}"),
        Button(label="不同意", choice=f"s:nuncorrected:{notice.id}:{asked.id}"),
    )
    before = notice_words.written("原来的内容", f"原来：{notice.title}", notice.text)
    after = notice_words.written(f"更正 · {shorten(notice.title, 30)}", f"改成：{asked.detail['title']}", asked.detail["text"])
    buttons = () if asked.actor_id == turn.person_id else (decide,)
    return [before, replace(after, buttons=buttons)]


async def _decide(turn: Turn, parts: list[str], *, agreed: bool) -> list[Reply]:
    try:
        notice = await load(turn, NoticeId(int(parts[0])), lock=True)
        await notice_correction.decide(turn.session, await turn.actor(), notice, int(parts[1]), turn.now, agreed=agreed)
    except NotAllowed:
        return [Reply(text="自己提出的更正，要请另一位同志同意。")]
    except UnionError as error:
        return [Reply(text=told(error))]
    text = "同意了，更正马上生效，提出的人会收到消息。" if agreed else "没有同意，内容不变，提出的人会收到消息。"
    return [Reply(text=text, buttons=(see(notice),))]


async def _agree(turn: Turn, parts: list[str]) -> list[Reply]:
    return await _decide(turn, parts, agreed=True)


async def _disagree(turn: Turn, parts: list[str]) -> list[Reply]:
    return await _decide(turn, parts, agreed=False)


FORMS = (CORRECTION,)

CHOICES: Choices = {
    "s:nprogress": on_notice(_progress, lock=False),
    "s:npause": on_notice(_pause),
    "s:nresume": on_notice(_resume),
    "s:nstop": on_notice(_ask_stop, lock=False),
    "s:nstopped": on_notice(_stop),
    "s:nskip": on_notice(_skip),
    "s:ncorrect": on_notice(_begin_correction, lock=False),
    "s:ncorrection": on_notice(_see_correction, lock=False),
    "s:ncorrected": _agree,
    "s:nuncorrected": _disagree,
}
