"""重新办理: a case that has ended is taken up again, within 90 days."""

from __future__ import annotations

from handlers import forms
from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply
from handlers.forms import Form
from handlers.steps import Ask, Values
from handlers.turn import Turn
from handlers.wording import handler_word, moment
from handlers.worker import case_card
from handlers.worker.my_cases import own
from handlers.worker.welcome import CLAIM
from storage.models import Case, CaseStatus
from storage.types import CaseId
from union import additions, cases, routing
from union.codes import spoken
from union.errors import IllegalTransition

_TOO_LATE = f"这个案件结束超过 {case_card.REOPEN_WITHIN.days} 天，已经归档了。事情还没完的话，请重新点“{CLAIM}”，把这个编号一起写上。"


async def begin(turn: Turn, case_id: CaseId) -> list[Reply]:
    """Asks why, if they like to say."""
    case = await own(turn, case_id, "reopen")
    if not case_card.may_reopen(turn, case):
        return [Reply(text=_TOO_LATE)] if case.status is CaseStatus.ARCHIVED else [await case_card.card(turn, case)]
    if turn.state.draft is not None and turn.state.draft.form != FORM.code:
        return [Reply(text="您有一张表还没填完，先提交或取消（/cancel），再来重新办理。", buttons=forms.resume_button(turn))]
    turn.state.room = None
    return await forms.begin(turn, FORM, about=case.id)


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """Reopens it. Where nobody had been in contact yet it goes the way of a new one: the 24 hours, and routing."""
    case = await own(turn, CaseId(values["about"]), "reopen", lock=True)
    if not case_card.may_reopen(turn, case):
        return [await case_card.card(turn, case)]
    assert turn.person_id is not None
    try:
        await cases.reopen(turn.session, case, turn.house.rules, turn.now, by=turn.person_id)
    except IllegalTransition:
        return [await case_card.card(turn, case)]
    if case.status is CaseStatus.RECEIVED:
        await routing.route(turn.session, case, turn.house.rules, turn.now)
    if values.get("reason"):
        text = f"（重新办理）{values['reason']}"
        await additions.add(turn.session, case, turn.person_id, turn.house.rules, turn.now, text=text)
    buttons = ((Button(label="看进度", choice=f"w:case:{case.id}"),),)
    return [Reply(title=f"重新办理 · 案件 {spoken(case.code)}", text=_next(case), buttons=buttons)]


def _next(case: Case) -> str:
    if case.intervened_at is None:
        return f"重新受理了。最晚 {moment(case.due_at)} 前会有{handler_word(case)}联系您；到时没人联系，会自动报给上一级工会。"
    return f"原来的{handler_word(case)}接着办，会在这里联系您。之前的材料和对话都在。"


FORM = Form(
    code="reopen",
    title="重新办理",
    summary="就这样重新办理吗？",
    submit_label="重新办理",
    submit=submit,
    straight=True,
    steps=(Ask(key="reason", label="原因", ask="哪里没办好，或者有什么新情况？写一两句；不想写就点“跳过”。", longest=500, optional=True),),
)

CHOICES: Choices = {"w:reopen": on_case(begin)}
