"""模板: a notice to begin from, kept by one's unit for itself and all below it."""

from __future__ import annotations

from dataclasses import replace

from handlers import forms
from handlers.alerts import notice_words
from handlers.choices import Choices, plain
from handlers.conversation import Button, Reply, rows
from handlers.forms import Form, NotAccepted
from handlers.lawyer import at_hand
from handlers.staff import notice_form
from handlers.staff.notice_problems import told
from handlers.staff.notice_sheet import load, on_notice
from handlers.steps import Ask, Values
from handlers.turn import Turn
from handlers.wording import shorten
from storage.models import Notice
from storage.types import NoticeId
from union import notice_templates as templates
from union.errors import UnionError
from union.notice_content import Content
from union.notice_templates import LONGEST_NAME, MOST, TooManyTemplates

_BACK = (Button(label="回到发通知", choice="s:nhome"),)


async def show_list(turn: Turn) -> list[Reply]:
    """用模板写: which?"""
    found = await templates.usable(turn.session, await turn.actor())
    buttons = [Button(label=shorten(one.name, 30), choice=f"s:ntemplate:{one.id}") for one in found[:40]]
    text = "点一个看内容：" if found else "还没有模板。写好一条通知以后点“存为模板”，下次就能从它开始。"
    return [Reply(title="模板", text=text, buttons=(*rows(buttons, 2), _BACK))]


async def _show(turn: Turn, parts: list[str]) -> list[Reply]:
    actor = await turn.actor()
    one = await templates.one(turn.session, actor, int(parts[0]))
    content = Content.from_json(one.content)
    buttons = [Button(label="用它写", choice=f"s:nuse:{one.id}")]
    if await templates.may_delete(turn.session, actor, one):
        buttons.append(Button(label="删掉模板", choice=f"s:nunkeep:{one.id}"))
    shown = notice_words.written(f"模板：{one.name}", content.title, content.text)
    return [replace(shown, buttons=(tuple(buttons), _BACK))]


async def _use(turn: Turn, parts: list[str]) -> list[Reply]:
    one = await templates.one(turn.session, await turn.actor(), int(parts[0]))
    return await notice_form.begin(turn, Content.from_json(one.content))


async def _delete(turn: Turn, parts: list[str]) -> list[Reply]:
    await templates.delete(turn.session, await turn.actor(), int(parts[0]))
    return [Reply(text="模板删掉了。"), *await show_list(turn)]


async def _begin_keeping(turn: Turn, notice: Notice) -> list[Reply]:
    if turn.state.draft is not None:
        return at_hand.unfinished(turn)
    turn.state.room = None
    return await forms.begin(turn, KEEP, about=notice.id, of=shorten(notice.title, 20))


async def _keep(turn: Turn, values: Values) -> list[Reply]:
    try:
        notice = await load(turn, NoticeId(values["about"]))
        await templates.keep(turn.session, await turn.actor(), values["name"], Content.of(notice), turn.now)
    except TooManyTemplates:
        raise NotAccepted("name", f"本单位已经有 {MOST} 个模板了。写一个已有的名字，就换掉那一个；或者先取消，删掉几个。") from None
    except UnionError as error:
        return [Reply(text=told(error))]
    return [Reply(text=f"存成模板“{values['name']}”了（不带图片和报名）。下次点“用模板写”。")]


KEEP = Form(
    code="notice_template",
    title="存为模板",
    summary="请核对。",
    submit_label="存好",
    submit=_keep,
    steps=(
        Ask(key="name", label="名字", ask=f"模板叫什么？{LONGEST_NAME} 个字以内，例如：体检通知。同名的会换掉。", longest=LONGEST_NAME),
    ),
    straight=True,
)

FORMS = (KEEP,)

CHOICES: Choices = {
    "s:ntemplates": plain(show_list),
    "s:ntemplate": _show,
    "s:nuse": _use,
    "s:nunkeep": _delete,
    "s:nkeep": on_notice(_begin_keeping, lock=False),
}
