"""What both counters share: how a command is read, what an aside in the middle of a form leaves behind, which forms there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from handlers import forms
from handlers.chair import report
from handlers.conversation import Reply, Side
from handlers.forms import Forms
from handlers.lawyer import tables, writing
from handlers.staff import fact_form, fact_sheet, figures, notice_tables
from handlers.staff import tables as staff_tables
from handlers.turn import Turn
from handlers.worker import calculate, call_back, following, grievance, rating, reopening, reveal, survey, talk

Handler = Callable[[Turn, str], Awaitable[list[Reply]]]
"""Answers a command or a word of the menu; the string is what stood behind the command."""

FORMS: Forms = {
    form.code: form
    for form in (
        grievance.FORM,
        rating.FORM,
        following.FORM,
        reveal.FORM,
        reopening.FORM,
        call_back.FORM,
        *survey.FORMS,
        *tables.FORMS,
        *staff_tables.FORMS,
        *notice_tables.FORMS,
        fact_form.FORM,
        fact_sheet.FORM,
        figures.FORM,
        report.FORM,
        *calculate.FORMS.values(),
    )
}
"""Every form there is, by its code: a draft in a conversation's memory names one of them."""


def command_in(text: str) -> tuple[str, str]:
    """("/case", "4829 1376") for a command, ("", text) otherwise."""
    if not text.startswith("/"):
        return "", text
    name, _, rest = text.partition(" ")
    return name.lower().partition("@")[0], rest.strip()


async def aside(turn: Turn, handler: Handler, rest: str) -> list[Reply]:
    """A command or a menu word in the middle of a form: answered, and the way back offered, unless the answer offers it itself. The draft stays."""
    before = turn.state.draft
    replies = await handler(turn, rest)
    if before is None or turn.state.draft is not before:
        return replies
    way_back = forms.resume_button(turn)
    if any(button in way_back[0] for reply in replies for row in reply.buttons for button in row):
        return replies
    return [*replies, Reply(text="刚才的表还没填完，内容都在。", buttons=way_back)]


async def cancel(turn: Turn, rest: str) -> list[Reply]:
    """/cancel: the form, else the room."""
    if turn.state.draft is not None and turn.state.draft.form in FORMS:
        return forms.cancel(turn, FORMS[turn.state.draft.form])
    if turn.state.room is not None:
        return talk.leave_room(turn) if turn.side is Side.MEMBER else writing.leave_room(turn)
    return [Reply(text="现在没有正在填的表，不用取消。")]


def old_button() -> list[Reply]:
    """For a button that an older program put on a screen."""
    return [Reply(text="这个按钮已经用不上了。请从菜单重新选。")]
