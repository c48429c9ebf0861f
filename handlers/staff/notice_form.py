"""写通知: the form in which a notice is written; what comes out is a draft, shown with its preview."""

from __future__ import annotations

import contextlib
from typing import Any

from handlers import forms
from handlers.alerts import notice_words
from handlers.alerts.notice_words import CATEGORY
from handlers.choices import Choices, plain
from handlers.conversation import Reply
from handlers.forms import SUMMARY, Form, NotAccepted
from handlers.lawyer import at_hand
from handlers.staff import audience_steps, notice_sheet, notice_when
from handlers.staff.audience_steps import AudienceStep
from handlers.staff.notice_problems import NOT_FOR_YOU, told
from handlers.staff.notice_steps import MARKS, Buttons, CategoryStep, NoticeFile, Words, stored_file
from handlers.staff.notice_when import SendTime
from handlers.steps import Pick, Values
from handlers.turn import Draft, Turn
from storage.models import Category, Notice
from storage.types import FileId, NoticeId
from union import notices
from union.audience import EmptyAudience
from union.doors import limits
from union.errors import NotAllowed, NotFound, UnionError
from union.notice_content import BadContent, Content, NoticeButton
from union.notice_life import timing_of
from union.notice_schedule import BadTiming
from union.notices import NotNow

QUIET, URGENT = "quiet", "urgent"

_RANK = "rank"
"""Kept with the answers of whoever may send at night: only they are asked whether it is to go out then."""


async def begin(turn: Turn, content: Content | None = None) -> list[Reply]:
    """写通知; content: from a template, to be changed."""
    actor = await turn.actor()
    if not notices.may_send(actor):
        return [Reply(text=NOT_FOR_YOU)]
    if turn.state.draft is not None and turn.state.draft.form != FORM.code:
        return at_hand.unfinished(turn)
    turn.state.room = None
    return await forms.begin(turn, FORM, values={_RANK: notices.may_urge(actor), **(_content_values(content) if content else {})})


def _content_values(content: Content) -> dict[str, Any]:
    buttons = [button.to_json() for button in content.buttons]
    return {
        "category": content.category.value,
        "urgent": URGENT if content.urgent else QUIET,
        "title": content.title,
        "text": content.text,
        "buttons": buttons,
    }


async def edit(turn: Turn, notice: Notice) -> list[Reply]:
    """修改: the form once more, with what was written."""
    if turn.state.draft is not None:
        return at_hand.unfinished(turn)
    turn.state.room = None
    timing = timing_of(notice)
    values = {
        _RANK: notices.may_urge(await turn.actor()),
        **_content_values(Content.of(notice)),
        "file": await stored_file(turn, notice.file_id),
        "when": {**notice_when.to_json(timing), "words": notice_when.words(timing, turn.now)},
    }
    with contextlib.suppress(UnionError):  # one that can't be addressed any more is asked for anew
        values["audience"] = await audience_steps.value_of(turn, notice.audience)
    return await forms.reopen(turn, FORM, Draft(FORM.code, "", SUMMARY, values, about=notice.id))


def content_of(values: Values) -> Content:
    """What was written, out of the form's answers."""
    buttons = tuple(NoticeButton.from_json(button) for button in values.get("buttons") or ())
    category, file = Category(values["category"]), values.get("file")
    urgent = category is Category.EMERGENCY or values.get("urgent") == URGENT
    return Content(values["title"], values["text"], category, urgent, buttons, FileId(file["file"]) if file else None)


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """存成草稿看预览: nothing is sent yet."""
    actor, content = await turn.actor(), content_of(values)
    audience, timing = audience_steps.audience_of(values["audience"]), notice_when.from_json(values["when"])
    try:
        check_room(content, notices.in_whose_name(actor).name)
        notice = await notices.access_notice(turn.session, actor, NoticeId(values["about"]), lock=True) if values["about"] else None
        notice = await notices.write(turn.session, actor, content, audience, timing=timing, now=turn.now, notice=notice)
    except BadContent as error:
        raise NotAccepted(error.part, told(error)) from None
    except BadTiming as error:
        raise NotAccepted("when", told(error)) from None
    except EmptyAudience as error:
        raise NotAccepted("audience", told(error)) from None
    except (NotAllowed, NotFound, NotNow) as error:
        return [Reply(text=told(error))]
    return await notice_sheet.show(turn, notice.id)


def check_room(content: Content, unit_name: str) -> None:
    """Whether every door shows it in one message, whoever it is for. Raises BadContent."""
    most = limits().caption if content.file_id else limits().text
    needed = notice_words.length(content.title, content.text, unit_name)
    if needed > most:
        raise BadContent("text", "room" if content.file_id else "whole", needed, most)


def _asks_for_the_night(values: Values) -> bool:
    return bool(values.get(_RANK)) and values.get("category") not in (None, Category.EMERGENCY)


FORM = Form(
    code="notice",
    title="写通知",
    summary="请核对。下一步看预览，还不会发出去。",
    submit_label="存好，看预览",
    submit=submit,
    steps=(
        CategoryStep(
            key="category",
            label="类别",
            ask="这是哪一类通知？职工按类别订阅和退订。",
            choices=tuple((label, category.value) for category, label in CATEGORY.items()),
        ),
        AudienceStep(key="audience", label="发给", ask="发给谁？"),
        Words(key="title", label="标题", ask="标题是什么？30 个字以内。"),
        Words(
            key="text",
            label="正文",
            ask=f"正文怎么写？1000 个字以内，说清楚时间、地点、找谁。写 {{姓名}}、{{单位}}，发的时候会换成每个人自己的。\n{MARKS}",
        ),
        NoticeFile(
            key="file", label="图片或文件", ask="要带一张图片（10 MB 以内）或一个文件（20 MB 以内）吗？不带就点“跳过”。", optional=True
        ),
        Buttons(key="buttons", label="按钮", ask="下面要放按钮吗？最多 3 个；不要就点“跳过”。", optional=True),
        Pick(
            key="urgent",
            label="夜里",
            ask="晚上 9 点到早上 8 点也发吗？只有马上要知道的事才选“夜里也发”。",
            choices=(("夜里不打扰", QUIET), ("紧急，夜里也发", URGENT)),
            when=_asks_for_the_night,
        ),
        SendTime(
            key="when",
            label="时间",
            ask="什么时候发？可以点，也可以写：明天上午9点、11月25日 14:30、每周一 9:00、每月15号、12月31日前7天。",
        ),
    ),
)

CHOICES: Choices = {"s:nwrite": plain(begin)}
