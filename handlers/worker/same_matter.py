"""What a worker chooses when a grievance looks like a case that is open already: to add it to that one, or to have it received by itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from handlers.choices import Choices, Take, on_case
from handlers.conversation import Button, Reply
from handlers.steps import Values
from handlers.turn import Draft, Turn
from handlers.wording import day, handler_word, moment, money
from handlers.worker import grievance
from handlers.worker.my_cases import own
from storage.models import Case
from storage.types import CaseId, FileId
from union import additions
from union.codes import spoken
from union.errors import IllegalTransition

_GONE = "这张表已经提交或取消了。点“我的诉求”看看办到哪一步。"


def _waiting(turn: Turn, draft_id: str) -> Draft | None:
    """The answers that wait for the choice."""
    draft = turn.state.draft
    return draft if draft is not None and draft.form == grievance.FORM.code and draft.id == draft_id else None


async def join(turn: Turn, case_id: CaseId, draft_id: str) -> list[Reply]:
    """并到原来的案件: the new words and files go where the old ones are. It may have ended meanwhile: then they are a case of their own."""
    draft = _waiting(turn, draft_id)
    if draft is None:
        return [Reply(text=_GONE)]
    case = await own(turn, case_id, "speak", lock=True)
    turn.state.draft = None
    files = [FileId(number) for number in draft.values.get("files") or ()]
    assert turn.person_id is not None
    try:
        text = _in_words(turn, case, draft.values)
        await additions.add(turn.session, case, turn.person_id, turn.house.rules, turn.now, text=text, file_ids=files)
    except IllegalTransition:
        return await grievance.open_case(turn, draft.values)
    turn.state.topic = turn.state.request = turn.state.nature = turn.state.question = ""
    heard = f"{handler_word(case)}已经收到" if case.responsible_id is not None else "有人接手时会一起看到"
    text = f"已经加到案件 {spoken(case.code)} 里" + (f"，材料 {len(files)} 份" if files else "") + f"，{heard}。原来的时限不变。"
    return [Reply(text=text, buttons=((Button(label="看进度", choice=f"w:case:{case.id}"),),))]


def _in_words(turn: Turn, case: Case, values: Values) -> str:
    """What the form says more than the case does."""
    lines = [f"（{moment(turn.now)} 补充）{values['story']}"]
    if values.get("wish"):
        lines.append(f"想要的帮助：{values['wish']}")
    if values.get("since") and date.fromisoformat(values["since"]) != case.since:
        lines.append(f"从{day(date.fromisoformat(values['since']))}开始")
    if values.get("amount") and Decimal(values["amount"]) != case.amount:
        lines.append(f"金额：{money(Decimal(values['amount']))}")
    if values.get("files"):
        lines.append(f"另外传了 {len(values['files'])} 份材料")
    return "\n".join(lines)


async def apart(turn: Turn, draft_id: str) -> list[Reply]:
    """是另一件事: a case of its own."""
    draft = _waiting(turn, draft_id)
    if draft is None:
        return [Reply(text=_GONE)]
    turn.state.draft = None
    return await grievance.open_case(turn, draft.values)


def _with_draft() -> Take:
    async def take(turn: Turn, parts: list[str]) -> list[Reply]:
        return await apart(turn, parts[0])

    return take


CHOICES: Choices = {grievance.JOIN: on_case(join), grievance.APART: _with_draft()}
