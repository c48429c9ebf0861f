"""Taking a case in hand: what every screen of those who handle cases begins with. The chosen case stands in the title of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from handlers import forms
from handlers.conversation import Button, Reply
from handlers.forms import Form
from handlers.lawyer import cards
from handlers.steps import Values
from handlers.turn import Turn
from storage.models import Case
from storage.types import CaseId, PersonId
from union.access import access_case
from union.codes import spoken
from union.errors import IllegalTransition, InConflict, NotFound

NOT_YOURS = "没有找到这个案件，或者它不归您办理。请从“收件箱”里选。"
MOVED_ON = "这一步现在不能做：案件已经变了。请重新打开案件看看。"
UNFINISHED = "“{}”那张表还没填完，现在打的字会填到那里。先填完或者点“不填了”，再来做这一步。"


def me(turn: Turn) -> PersonId:
    """Who is at the desk; a case is never loaded for anybody unknown."""
    if turn.person_id is None:
        raise NotFound
    return turn.person_id


async def look(turn: Turn, case_id: CaseId, action: str = "see") -> Case:
    """The case, to look at. Who looks at one has it in mind: what they type next must not go to the worker of another. Raises NotFound."""
    case = await access_case(turn.session, await turn.actor(), case_id, action)
    if turn.state.room != case.id:
        turn.state.room = None
    return case


async def take(turn: Turn, case_id: CaseId, action: str) -> Case:
    """The case, to do something with; nobody else changes it meanwhile. Raises NotFound."""
    case = await access_case(turn.session, await turn.actor(), case_id, action, lock=True)
    if turn.state.room != case.id:
        turn.state.room = None
    return case


def titled(words: str, case: Case) -> str:
    """A title that says which case it is about."""
    return f"{words} · 案件 {spoken(case.code)}"


def back(case: Case, label: str = "回到案件") -> Button:
    """The way back to the card."""
    return Button(label=label, choice=f"c:card:{case.id}")


async def card(turn: Turn, case: Case, *, title: str = "案件", full: bool = False) -> Reply:
    """The card of the case as this person sees it."""
    mine = cards.handled_by(case, turn.person_id)
    return await cards.load(turn.session, case, turn.house.rules, turn.now, title=title, mine=mine, full=full)


def unfinished(turn: Turn) -> list[Reply]:
    """There is a form in the way; what is typed next would go there."""
    from handlers.counter import FORMS

    draft = turn.state.draft
    title = FORMS[draft.form].title if draft is not None and draft.form in FORMS else "刚才"
    return [
        Reply(
            text=UNFINISHED.format(f"{title} · {draft.of}" if draft is not None and draft.of else title), buttons=forms.resume_button(turn)
        )
    ]


async def begin(turn: Turn, form: Form, case: Case, values: dict[str, Any] | None = None) -> list[Reply]:
    """Begins a form about a case, unless another one, or the same about another case, is half filled in."""
    draft = turn.state.draft
    if draft is not None and (draft.form, draft.about) != (form.code, case.id):
        return unfinished(turn)
    turn.state.room = None
    return await forms.begin(turn, form, about=case.id, values=values, of=f"案件 {spoken(case.code)}")


Submit = Callable[[Turn, Values], Awaitable[list[Reply]]]


def on_submit(action: str, work: Callable[[Turn, Case, Values], Awaitable[list[Reply]]]) -> Submit:
    """For a form about a case: it is loaded anew, because it may have gone to somebody else, or come to an end, while the form was filled in."""

    async def submit(turn: Turn, values: Values) -> list[Reply]:
        try:
            case = await take(turn, CaseId(values["about"]), action)
            return await work(turn, case, values)
        except NotFound:
            return [Reply(text=NOT_YOURS)]
        except InConflict:
            return await given_back(turn, CaseId(values["about"]))
        except IllegalTransition:
            return [await card(turn, case, title="现在做不了这一步 ·")]

    return submit


async def given_back(turn: Turn, case_id: CaseId) -> list[Reply]:
    """A conflict of interest has come to light: the case goes to somebody else at once, whatever was to be done with it."""
    from handlers.lawyer import taking

    return await taking.give_back(turn, case_id, "conflict", declared=True)
