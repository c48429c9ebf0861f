"""不再匿名: the worker's own act, and nobody else's."""

from __future__ import annotations

from handlers import forms
from handlers.choices import Choices, on_case
from handlers.conversation import Reply
from handlers.forms import Form
from handlers.steps import Ask, Phone, Values
from handlers.turn import Turn
from handlers.wording import handler_word
from handlers.worker import case_card
from handlers.worker.my_cases import own
from storage.types import CaseId
from union import anonymity
from union.codes import spoken


async def begin(turn: Turn, case_id: CaseId) -> list[Reply]:
    """Asks for a name and a phone; the summary says what it means, and only then it counts."""
    case = await own(turn, case_id, "reveal")
    if not case.anonymous:
        return [Reply(text=f"案件 {spoken(case.code)} 不是匿名的。"), await case_card.card(turn, case)]
    if turn.state.draft is not None and turn.state.draft.form != FORM.code:
        return [Reply(text="您有一张表还没填完，先提交或取消（/cancel）。", buttons=forms.resume_button(turn))]
    turn.state.room = None
    return await forms.begin(turn, FORM, about=case.id)


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """确定: from here on the case has a name."""
    case = await own(turn, CaseId(values["about"]), "reveal", lock=True)
    assert turn.person_id is not None
    await anonymity.reveal(turn.session, case, turn.now, by=turn.person_id, name=values["name"], phone=values.get("phone"))
    return [
        Reply(text=f"记下了。案件 {spoken(case.code)} 不再匿名，{handler_word(case)}会看到您的称呼。"),
        await case_card.card(turn, case),
    ]


FORM = Form(
    code="reveal",
    title="不再匿名",
    summary="确定后，办理这件事的人能看到您的称呼；电话只有工会工作人员在联系不上您时才看。确定了就不能再变回匿名。",
    submit_label="确定，不再匿名",
    submit=submit,
    steps=(
        Ask(key="name", label="称呼", ask="怎么称呼您？", longest=30),
        Phone(key="phone", label="电话", ask="留一个电话，只有工会工作人员在联系不上您时才用。不留就点“跳过”。", optional=True),
    ),
)

CHOICES: Choices = {"w:reveal": on_case(begin)}
