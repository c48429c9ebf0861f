"""办结: how a case ended, by its kind; the one whose case it is reads the result and is asked for a rating."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply
from handlers.forms import Form
from handlers.lawyer import at_hand
from handlers.steps import Amount, Ask, Pick, Step, Values
from handlers.turn import Turn
from handlers.wording import OUTCOME
from storage.models import Case, CaseKind, Outcome
from storage.types import CaseId
from union import cases, publishing
from union.lifecycle import ENDED, OPEN

OUTCOMES: Mapping[CaseKind, tuple[Outcome, ...]] = {
    CaseKind.DISPUTE: (
        Outcome.SETTLED,
        Outcome.MEDIATED,
        Outcome.ARBITRATION,
        Outcome.LITIGATION,
        Outcome.INSPECTORATE,
        Outcome.COLLECTIVE,
        Outcome.ADVISED,
        Outcome.UNFOUNDED,
    ),
    CaseKind.COMPLAINT: (Outcome.ANSWERED, Outcome.SETTLED, Outcome.INSPECTORATE, Outcome.UNFOUNDED),
    CaseKind.SUGGESTION: (Outcome.ANSWERED, Outcome.UNFOUNDED),
    CaseKind.HELP: (Outcome.HELPED, Outcome.ADVISED),
    CaseKind.INCIDENT: (Outcome.SETTLED, Outcome.HELPED, Outcome.ADVISED, Outcome.UNFOUNDED),
}
"""How a case of each kind can end; WITHDRAWN is the worker's own act."""

_NOTHING_RECOVERED = (Outcome.ADVISED.value, Outcome.UNFOUNDED.value)


def _about_money(values: Values) -> bool:
    return values.get("outcome") not in _NOTHING_RECOVERED


async def begin(turn: Turn, case_id: CaseId) -> list[Reply]:
    """办结: the form for this kind of case."""
    case = await at_hand.take(turn, case_id, "close")
    if case.intervened_at is None or case.status in ENDED:
        if case.status not in OPEN:
            return [await at_hand.card(turn, case)]
        text = "还没有和本人联系上，不能办结。先写一句，或者登记一次电话、见面。"
        return [Reply(text=text), await at_hand.card(turn, case, title="现在还不能办结 ·")]
    return await at_hand.begin(turn, FORM_OF[case.kind], case)


async def _close(turn: Turn, case: Case, values: Values) -> list[Reply]:
    """Closes the case; the worker is told and asked for a rating."""
    recovered = Decimal(values["recovered"]) if values.get("recovered") else None
    await cases.close(
        turn.session,
        case,
        await turn.actor(),
        turn.house.rules,
        turn.now,
        outcome=Outcome(values["outcome"]),
        recovered=recovered,
        remark=values.get("remark") or "",
    )
    text = "结果已经告诉对方，并请对方评价。评价来了会通知您。"
    buttons = [at_hand.back(case, "看案件")]
    if publishing.may_publish(case):
        text += "\n写信人同意公开答复，现在就可以公开。"
        buttons.insert(0, Button(label="公开答复", choice=f"s:publish:{case.id}"))
    return [Reply(title=at_hand.titled("已办结", case), text=text, buttons=(tuple(buttons),))]


_ANSWERS = (CaseKind.COMPLAINT, CaseKind.SUGGESTION)
"""Kinds that end with an answer in words, always (S1: 建议案 is answered)."""


def _form(kind: CaseKind) -> Form:
    outcome: Step = Pick(key="outcome", label="结果", ask="怎么结的？", choices=tuple((OUTCOME[o], o.value) for o in OUTCOMES[kind]))
    money = Amount(key="recovered", label="追回金额", ask="为职工追回多少钱（元）？没有就点“跳过”。", optional=True, when=_about_money)
    ask = "给对方写一句结果说明，对方会看到。不写就点“跳过”。"
    remark = Ask(key="remark", label="给对方的话", ask=ask, longest=1000, optional=True)
    answer = Ask(
        key="remark",
        label="答复",
        ask="请写答复，对方会原样看到：查了什么、结果怎样、为什么、接下来怎么办。",
        shortest=10,
        longest=1000,
    )
    last = answer if kind in _ANSWERS else remark
    return Form(
        code="close" if kind is CaseKind.DISPUTE else f"close_{kind}",
        title="办结",
        summary="请核对，提交后对方会收到结果。",
        submit_label="提交办结",
        submit=at_hand.on_submit("close", _close),
        steps=(outcome, money, last) if kind is CaseKind.DISPUTE else (outcome, last),
    )


FORM_OF: Mapping[CaseKind, Form] = {kind: _form(kind) for kind in OUTCOMES}
FORMS = tuple(FORM_OF.values())

CHOICES: Choices = {"c:close": on_case(begin)}
