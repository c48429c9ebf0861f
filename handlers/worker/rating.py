"""评价: three short questions and a word, once a case is closed."""

from __future__ import annotations

from handlers import forms
from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply
from handlers.forms import Form
from handlers.steps import Ask, Pick, Values
from handlers.turn import Turn
from handlers.worker.my_cases import own
from storage.models import CaseStatus
from storage.types import CaseId
from union import cases
from union.cases import Marks
from union.errors import IllegalTransition

_STARS = tuple((f"{number}分", str(number)) for number in range(1, 6))


async def begin(turn: Turn, case_id: CaseId) -> list[Reply]:
    """Opens the three questions."""
    case = await own(turn, case_id, "rate")
    if case.status is CaseStatus.RATED:
        return [Reply(text=f"您已经评过 {case.rating} 分了，谢谢。")]
    if case.status is not CaseStatus.CLOSED:
        return [Reply(text="这个案件还没有办结，办结后再请您评价。")]
    if turn.state.draft is not None and turn.state.draft.form != FORM.code:
        return [Reply(text="您有一张表还没填完，先提交或取消（/cancel），再来评价。", buttons=forms.resume_button(turn))]
    turn.state.room = None
    return await forms.begin(turn, FORM, about=case.id)


async def content(turn: Turn, case_id: CaseId) -> list[Reply]:
    """都满意，5分: one tap."""
    if turn.state.draft is not None and turn.state.draft.form == FORM.code and turn.state.draft.about == case_id:
        turn.state.draft = None
    return await _keep(turn, case_id, Marks(5, 5, 5))


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """Keeps the marks; low ones go to the head of the unit."""
    marks = Marks(int(values["content"]), int(values["speed"]), int(values["manner"]), values.get("comment") or "")
    return await _keep(turn, CaseId(values["about"]), marks)


async def _keep(turn: Turn, case_id: CaseId, marks: Marks) -> list[Reply]:
    case = await own(turn, case_id, "rate", lock=True)
    assert turn.person_id is not None
    try:
        fresh = await cases.rate(turn.session, case, turn.person_id, turn.house.rules, turn.now, marks=marks)
    except IllegalTransition:
        return [Reply(text="这个案件现在不能评价了，谢谢您。")]
    if not fresh:
        return [Reply(text=f"您已经评过 {case.rating} 分了，谢谢。")]
    low = min(mark for mark in (marks.content, marks.speed, marks.manner) if mark is not None) <= cases.LOW
    stars = f"{'★' * marks.content}{'☆' * (5 - marks.content)}"
    if not low:
        return [Reply(text=f"谢谢您的评价！{stars}")]
    text = f"谢谢您直说。{stars}\n工会会看这件事哪里没办好。事情还没完的话，可以重新办理。"
    return [Reply(text=text, buttons=((Button(label="重新办理", choice=f"w:reopen:{case.id}"),),))]


FORM = Form(
    code="rating",
    title="评价",
    summary="就这些了，点“提交”就好。",
    submit_label="提交",
    submit=submit,
    straight=True,
    steps=(
        Pick(key="content", label="满意", ask="总的来说，这件事办得您满意吗？5 分最满意。", choices=_STARS, width=5),
        Pick(key="speed", label="快慢", ask="办得快不快？5 分最快。", choices=_STARS, width=5),
        Pick(key="manner", label="态度", ask="办事的人态度怎么样？5 分最好。", choices=_STARS, width=5),
        Ask(key="comment", label="一句话", ask="还想说一句什么吗？没有就点“跳过”，评价就交上了。", longest=500, optional=True),
    ),
)

CHOICES: Choices = {"w:rate": on_case(begin), "w:rate5": on_case(content)}
