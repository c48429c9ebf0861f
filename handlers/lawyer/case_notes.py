"""内部备注: what those who handle a case write for one another; the worker never sees it."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply
from handlers.forms import Form
from handlers.lawyer import at_hand
from handlers.steps import Ask, Values
from handlers.turn import Turn
from handlers.wording import moment, shorten
from storage.models import Case, CaseNote, NoteKind
from storage.types import CaseId
from union import notes, people

_KIND: Mapping[NoteKind, str] = {NoteKind.NOTE: "备注", NoteKind.CALL: "电话", NoteKind.VISIT: "见面"}


async def show(turn: Turn, case_id: CaseId) -> list[Reply]:
    """The last notes, calls and visits."""
    case = await at_hand.look(turn, case_id, "see_notes")
    found = await notes.of_case(turn.session, case.id)
    names = await people.names(turn.session, list({note.author_id for note in found}))
    lines = [_line(note, names.get(note.author_id) or "同事") for note in found]
    text = "\n".join(lines) if lines else "还没有备注。写给同事和自己看的，对方永远看不到。"
    buttons = (Button(label="加一条", choice=f"c:note:{case.id}"), at_hand.back(case))
    return [Reply(title=at_hand.titled("内部备注", case), text=text, buttons=(buttons,))]


def _line(note: CaseNote, name: str) -> str:
    said = shorten(note.text, 200) if note.text else "没打通"
    when = moment(note.happened_at).removesuffix(" 00:00")  # of an earlier day only the day is known
    return f"{when} {name} · {_KIND[note.kind]}：{said}"


async def begin(turn: Turn, case_id: CaseId) -> list[Reply]:
    """加一条."""
    return await at_hand.begin(turn, FORM, await at_hand.look(turn, case_id, "add_note"))


async def _add(turn: Turn, case: Case, values: Values) -> list[Reply]:
    await notes.add(turn.session, case, values["text"], turn.now, by=at_hand.me(turn))
    return await show(turn, case.id)


FORM = Form(
    code="case_note",
    title="内部备注",
    summary="请核对。对方永远看不到。",
    submit_label="记下",
    submit=at_hand.on_submit("add_note", _add),
    steps=(Ask(key="text", label="备注", ask="写什么？只有办理这件事的人看得到。", longest=notes.LONGEST),),
    straight=True,
)

CHOICES: Choices = {"c:notes": on_case(show), "c:note": on_case(begin)}
