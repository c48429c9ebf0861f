"""The form engine: a conversation with several steps is a declared list of typed steps. Every form of the field runs on it.

A step asks, offers buttons, and reads what comes back. The engine gives 上一步 / 跳过 / 取消, a summary to correct before sending, and a
draft that lives in the conversation's memory, so it survives restarts and days of silence.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers.conversation import Button, ButtonRows, Kind, Reply, rows
from handlers.steps import Again, Problem, Step, Value, Values
from handlers.turn import Draft, Turn

PREFIX = "f:"
BACK, SKIP, CANCEL, EDIT, SUBMIT, RESUME = "!back", "!skip", "!cancel", "!edit", "!submit", "!resume"
SUMMARY = "!summary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form. summary: what stands over the values before they are sent. submit: what happens then; it returns the replies.

    presets: answers that hold unless the person changes them; offered for that under the first question, and in the summary.
    straight: sent as soon as nothing is missing, without a summary: for what takes a tap or two and can be done anew.
    """

    code: str
    title: str
    steps: tuple[Step, ...]
    summary: str
    submit_label: str
    submit: Callable[[Turn, Values], Awaitable[list[Reply]]]
    presets: Mapping[str, Any] = field(default_factory=dict)
    straight: bool = False

    def path(self, turn: Turn, values: Values) -> list[Step]:
        """The steps that apply, given what was answered so far."""
        return [step for step in self.steps if step.applies(values)]

    def step(self, turn: Turn, key: str, values: Values) -> Step | None:
        """The step of that key, if it applies."""
        return next((step for step in self.path(turn, values) if step.key == key), None)

    def place(self, number: int, path: Sequence[Step]) -> str:
        """How far one has come, behind the title."""
        return f"（{number}/{len(path)}）"


Forms = Mapping[str, Form]


class NotAccepted(Exception):
    """Raised by `submit` when an answer does not hold after all: it is asked again. text: what is expected."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(key, text)
        self.key = key
        self.text = text


async def begin(turn: Turn, form: Form, about: int = 0, values: Values | None = None, *, of: str = "") -> list[Reply]:
    """Starts a form at its first step. A draft of another form is dropped: the caller has asked before.

    about: the number of what the form is about (a case); it comes back to `submit` as values["about"]. of: the same in words, for every title.
    values: answers that are known already; their steps are not asked, and can be corrected in the summary.
    """
    known = {**form.presets, **(values or {})}
    turn.state.draft = Draft(form.code, _new_id(), _first_missing(turn, form, known), known, about=about, of=of)
    return await show(turn, form)


def finished(form: Form, values: Values) -> Draft:
    """A draft to keep from a form that was sent, so that `reopen` can take it up."""
    return Draft(form.code, _new_id(), SUMMARY, {key: value for key, value in values.items() if key != "about"})


async def reopen(turn: Turn, form: Form, kept: Draft) -> list[Reply]:
    """Takes a form up again that was filled in before: asks which of its answers is to be another."""
    turn.state.draft = Draft(form.code, _new_id(), EDIT, dict(kept.values), about=kept.about)
    return await show(turn, form)


def _new_id() -> str:
    return secrets.token_hex(3)


def _first_missing(turn: Turn, form: Form, values: Values) -> str:
    return next((step.key for step in form.path(turn, values) if step.key not in values), SUMMARY)


async def show(turn: Turn, form: Form, problem: str = "") -> list[Reply]:
    """The current step's question, or the summary, once more."""
    draft = _draft(turn)
    if draft.step == SUMMARY:
        return [_summary(turn, form, draft, problem)]
    if draft.step == EDIT:
        return [_fields(turn, form, draft)]
    step = form.step(turn, draft.step, draft.values)
    if step is None:  # the form, or what its path depends on, has changed since the draft was made
        draft.step, draft.editing = _first_missing(turn, form, draft.values), False
        return await show(turn, form, problem)
    path = form.path(turn, draft.values)
    number = path.index(step) + 1
    text = await step.asked(turn, draft.values)
    if problem:
        text = f"{problem}\n\n{text}"
    offered = await step.offer(turn, draft.values)
    buttons = tuple(tuple(_button(draft, step.key, label, value) for label, value in row) for row in offered)
    if number == 1 and not draft.editing:
        preset = [s for s in path if s.key in form.presets and s.key in draft.values]
        presets = [_button(draft, s.key, f"{s.label}：{s.shown(draft.values[s.key])}", EDIT) for s in preset]
        buttons = (*buttons, *rows(presets, 2))
    return [Reply(title=f"{_title(form, draft)}{form.place(number, path)}", text=text, buttons=(*buttons, _controls(draft, step, number)))]


def _draft(turn: Turn) -> Draft:
    if turn.state.draft is None:
        raise RuntimeError("no form is being filled in")
    return turn.state.draft


def _title(form: Form, draft: Draft) -> str:
    return f"{form.title} · {draft.of}" if draft.of else form.title


def _button(draft: Draft, key: str, label: str, value: str) -> Button:
    return Button(label=label, choice=f"{PREFIX}{draft.id}:{key}:{value}")


def _controls(draft: Draft, step: Step, number: int) -> tuple[Button, ...]:
    controls = []
    if draft.editing:
        controls.append(_button(draft, "", "不改了", RESUME))
    elif number > 1:
        controls.append(_button(draft, step.key, "上一步", BACK))
    if step.optional:
        controls.append(_button(draft, step.key, "跳过", SKIP))
    controls.append(_button(draft, "", "取消", CANCEL))
    return tuple(controls)


def _summary(turn: Turn, form: Form, draft: Draft, problem: str = "") -> Reply:
    lines = [f"{step.label}：{step.shown(draft.values.get(step.key))}" for step in form.path(turn, draft.values)]
    text = "\n".join([*([problem, ""] if problem else []), form.summary, "", *lines])
    buttons = ((_button(draft, "", form.submit_label, SUBMIT),), (_button(draft, "", "修改", EDIT), _button(draft, "", "取消", CANCEL)))
    return Reply(title=f"{_title(form, draft)} · 请核对", text=text, buttons=buttons)


def _fields(turn: Turn, form: Form, draft: Draft) -> Reply:
    fields = [_button(draft, step.key, step.label, EDIT) for step in form.path(turn, draft.values)]
    return Reply(title=_title(form, draft), text="要改哪一项？", buttons=(*rows(fields, 2), (_button(draft, "", "不改了", RESUME),)))


async def take(turn: Turn, forms: Forms) -> list[Reply]:
    """Takes what came in as an answer to the form that is being filled in (or as one of its buttons)."""
    draft = turn.state.draft
    if draft is None or draft.form not in forms:
        turn.state.draft = None
        return [Reply(text="这个按钮属于一张已经提交或取消的表，现在不能用了。需要的话，请从菜单重新开始。")]
    form = forms[draft.form]
    if turn.incoming.kind is Kind.CHOICE:
        return await _choice(turn, form, draft)
    if draft.step in (SUMMARY, EDIT):
        return await show(turn, form, "内容还没有提交。没问题就点下面的按钮提交，要改请点“修改”。")
    return await _answer(turn, form, draft, "")


async def _choice(turn: Turn, form: Form, draft: Draft) -> list[Reply]:
    _, draft_id, key, value = [*turn.incoming.text.split(":", 3), "", "", ""][:4]
    if draft_id != draft.id:
        return await show(turn, form, "刚才点的是以前一张表的按钮。您现在填到这里：")
    if value == CANCEL:
        return cancel(turn, form)
    if value == RESUME:
        if not (draft.editing or draft.step == EDIT):
            return await _to(turn, form, draft.step)
        return await _next(turn, form, draft)  # to the summary, unless an older 上一步 has taken an answer away
    if value == SUBMIT:
        return await _submit(turn, form, draft)
    if value == EDIT:
        if not key:
            return await _to(turn, form, EDIT) if _complete(turn, form, draft) else await show(turn, form)
        draft.editing = True
        draft.step = key
        return await show(turn, form)
    if key != draft.step:
        return await show(turn, form, "这一步已经过去了。您现在填到这里：")
    if value == BACK:
        return await _back(turn, form, draft)
    if value == SKIP:
        step = form.step(turn, draft.step, draft.values)
        if step is not None and step.optional:
            draft.values[step.key] = step.skipped(draft.values)
            return await _next(turn, form, draft)
        return await show(turn, form)
    return await _answer(turn, form, draft, value)


async def _answer(turn: Turn, form: Form, draft: Draft, choice: str) -> list[Reply]:
    step = form.step(turn, draft.step, draft.values)
    if step is None:
        return await show(turn, form)
    result = await step.read(turn, draft.values, choice)
    match result:
        case Value(value, also):
            draft.values.update({step.key: value, **also})
            return await _next(turn, form, draft)
        case Again(values, text, slot):
            draft.values.update(values)
            replies = await show(turn, form, text)
            return [_with_slot(replies[0], slot), *replies[1:]] if slot else replies
        case Problem(text):
            return await show(turn, form, text)


def _with_slot(reply: Reply, slot: str) -> Reply:
    return Reply(text=reply.text, title=reply.title, buttons=reply.buttons, slot=slot)


async def _next(turn: Turn, form: Form, draft: Draft) -> list[Reply]:
    missing = _first_missing(turn, form, draft.values)
    if form.straight and missing == SUMMARY:
        return await _submit(turn, form, draft)
    return await _to(turn, form, missing)


async def _to(turn: Turn, form: Form, step: str) -> list[Reply]:
    draft = _draft(turn)
    draft.step = step
    draft.editing = False
    return await show(turn, form)


async def _back(turn: Turn, form: Form, draft: Draft) -> list[Reply]:
    keys = [step.key for step in form.path(turn, draft.values)]
    at = keys.index(draft.step) if draft.step in keys else len(keys)
    if at > 0:
        draft.step = keys[at - 1]
        draft.values.pop(draft.step, None)
    return await show(turn, form)


def _complete(turn: Turn, form: Form, draft: Draft) -> bool:
    return _first_missing(turn, form, draft.values) == SUMMARY


async def _submit(turn: Turn, form: Form, draft: Draft) -> list[Reply]:
    if not _complete(turn, form, draft):
        return await _next(turn, form, draft)
    turn.state.draft = None
    applying = {step.key for step in form.path(turn, draft.values)}
    values = {key: value for key, value in draft.values.items() if key in applying}
    try:
        return await form.submit(turn, {**values, "about": draft.about})
    except NotAccepted as refused:
        turn.state.draft = draft
        draft.step, draft.editing = refused.key, True
        return await show(turn, form, refused.text)


def cancel(turn: Turn, form: Form) -> list[Reply]:
    """Drops the draft."""
    turn.state.draft = None
    return [Reply(text=f"好的，“{form.title}”已取消，填的内容没有保存。")]


def resume_button(turn: Turn, *, or_drop: bool = True) -> ButtonRows:
    """The way back into the draft, for a message that answered something else in between. or_drop: and the way out of it beside."""
    draft = _draft(turn)
    buttons = [Button(label="继续填写", choice=f"{PREFIX}{draft.id}::{RESUME}")]
    if or_drop:
        buttons.append(Button(label="不填了", choice=f"{PREFIX}{draft.id}::{CANCEL}"))
    return (tuple(buttons),)
