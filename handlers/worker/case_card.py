"""A case as its worker sees it: where it stands in honest words, and what they can do next."""

from __future__ import annotations

from datetime import timedelta

from handlers.conversation import Button, ButtonRows, Reply, rows
from handlers.turn import Turn
from handlers.wording import OUTCOME, countdown, handler_title, handler_word, moment, money, shorten, status_word
from knowledge import Topic
from storage.models import Case, CaseKind, CaseStatus, Intake
from storage.types import CaseId
from union import callbacks, mediation, passphrases, people
from union.codes import spoken
from union.lifecycle import OPEN

REOPEN_WITHIN = timedelta(days=90)
"""How long after its end a case can be taken up again; then it is archived (deadlines.toml, [archive])."""

OF_OPINION = (CaseKind.COMPLAINT, CaseKind.SUGGESTION)
"""The kinds whose answer may be published if the writer agrees (S1: 建议案)."""


async def card(turn: Turn, case: Case) -> Reply:
    """The card of a case with its buttons."""
    lines = [f"现在：{status_word(case)}", f"受理：{moment(case.received_at)}", f"事由：{_matter(case)}{shorten(case.story, 60)}"]
    if case.employer:
        lines.append(f"单位：{case.employer}")
    if case.kind is CaseKind.DISPUTE:
        lines.append(f"金额：{money(case.amount)}")
    if case.accepted_at is not None and case.responsible_id is not None:
        name = (await people.names(turn.session, [case.responsible_id])).get(case.responsible_id, "")
        lines.append(f"办理：{handler_title(case, name)}")
    lines += await _now(turn, case) if case.status in OPEN else _result(case)
    buttons = await _while_open(turn, case) if case.status in OPEN else _after(turn, case)
    return Reply(title=f"案件 {spoken(case.code)}", text="\n".join(lines), buttons=buttons)


def _matter(case: Case) -> str:
    """劳动欠薪 · or 困难帮扶 · in front of the worker's own words."""
    if case.kind is CaseKind.DISPUTE:
        return f"{Topic(case.topic).label} · "
    return (
        f"{ {CaseKind.COMPLAINT: '投诉', CaseKind.HELP: '帮扶', CaseKind.SUGGESTION: '建议', CaseKind.INCIDENT: '突发事件'}[case.kind] } · "
    )


async def _now(turn: Turn, case: Case) -> list[str]:
    """What runs, and what waits for the worker."""
    lines = []
    if case.paused_at is not None:
        lines.append("我们联系不上您，时限先停着。您在这里说一句话，就接着办。")
    elif case.intervened_at is None:
        lines.append(f"{handler_word(case)}联系您的时限：{moment(case.due_at)}（{countdown(case.due_at, turn.now)}）")
        if case.overdue:
            lines.append("已经超时，我们报给了上级工会，正在催办。对不起让您久等。")
    for call in await callbacks.open_of(turn.session, case.id):
        lines.append(f"您约了电话：{moment(call.wanted_at)} 左右")
    if (ahead := await mediation.planned(turn.session, case.id)) is not None:
        answer = {True: "您说会去", False: "您说去不了", None: "请告诉我们去不去"}[ahead.worker_coming]
        lines.append(f"调解：{moment(ahead.at)}，{ahead.place}（{answer}）")
    return lines


def _result(case: Case) -> list[str]:
    lines = []
    if case.outcome is not None and case.status is not CaseStatus.WITHDRAWN:
        lines.append(f"结果：{OUTCOME[case.outcome]}" + (f"，追回 {money(case.recovered)}" if case.recovered else ""))
    if case.outcome_note:
        lines.append(f"说明：{case.outcome_note}")
    if case.rating is not None:
        lines.append(f"您的评价：{'★' * case.rating}{'☆' * (5 - case.rating)}")
    return lines


async def _while_open(turn: Turn, case: Case) -> ButtonRows:
    word = handler_word(case)
    found: list[tuple[Button, ...]] = []
    ahead = await mediation.planned(turn.session, case.id)
    if ahead is not None:
        found.append((Button(label="调解我去", choice=f"w:come:{ahead.id}"), Button(label="调解去不了", choice=f"w:notcome:{ahead.id}")))
    talk = Button(label="看对话", choice=f"w:talk:{case.id}")
    room = Button(label=f"给{word}留言", choice=f"w:room:{case.id}")
    found.append((room, talk) if case.status is not CaseStatus.RECEIVED else (talk,))
    found.append((Button(label=f"请{word}打电话", choice=f"w:call:{case.id}"),))
    if case.kind is CaseKind.DISPUTE:
        found.append((Button(label="下一步怎么走、要什么材料", choice=f"w:path:{case.id}"),))
    found.append((Button(label="撤回诉求", choice=f"w:withdraw:{case.id}"), Button(label="其他", choice=f"w:other:{case.id}")))
    return tuple(found)


def _after(turn: Turn, case: Case) -> ButtonRows:
    found: list[tuple[Button, ...]] = []
    if case.status is CaseStatus.CLOSED:
        found.append(rate_buttons(case.id))
    if may_reopen(turn, case):
        found.append((Button(label="重新办理", choice=f"w:reopen:{case.id}"),))
    if case.status is CaseStatus.MERGED and case.merged_into_id is not None:
        found.append((Button(label="看并入的案件", choice=f"w:case:{case.merged_into_id}"),))
    found.append((Button(label="看对话", choice=f"w:talk:{case.id}"), Button(label="其他", choice=f"w:other:{case.id}")))
    return tuple(found)


def rate_buttons(case_id: CaseId) -> tuple[Button, ...]:
    """The one tap of those who are content, and the way to the questions of the rating."""
    return (Button(label="都满意，5分", choice=f"w:rate5:{case_id}"), Button(label="评价", choice=f"w:rate:{case_id}"))


def may_reopen(turn: Turn, case: Case) -> bool:
    """Whether the worker can still have it taken up again."""
    ended = case.status in (CaseStatus.CLOSED, CaseStatus.RATED, CaseStatus.WITHDRAWN)
    return ended and case.closed_at is not None and turn.now < case.closed_at + REOPEN_WITHIN


async def other(turn: Turn, case: Case) -> Reply:
    """其他: what is wanted seldom."""
    assert turn.person_id is not None
    buttons = []
    if case.intake is not Intake.CHAIR:  # a chair's report is seen to at the desk, where there is no other door
        buttons.append(Button(label="编号和口令（换手机也能查）", choice=f"w:phrase:{case.id}"))
    if case.anonymous:
        buttons.append(Button(label="不再匿名", choice=f"w:reveal:{case.id}"))
    if case.kind in OF_OPINION:
        label = "不公开答复了" if case.publish_agreed else "同意公开答复"
        buttons.append(Button(label=label, choice=f"w:publish:{case.id}:{'no' if case.publish_agreed else 'yes'}"))
    if await passphrases.follows(turn.session, turn.person_id, case):
        buttons.append(Button(label="不再关注这个案件", choice=f"w:unfollow:{case.id}"))
    buttons.append(Button(label="回到案件", choice=f"w:case:{case.id}"))
    return Reply(text=f"案件 {spoken(case.code)}，还可以：", buttons=rows(buttons, 1))
