"""Lets the example cases happen: each goes through the union's own functions at the times at which it went through them.

So history, deadlines and the marks of missed ones are what the program itself makes of such a case, and can't contradict it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bot.demo.cases import ExampleCase
from bot.demo.people import ExampleMember
from bot.demo.person_rows import Loading
from storage.models import Case, CaseStatus, Deadline, DeadlineStatus, OutboxRow, Outcome
from storage.types import PersonId
from union import cases, deadlines, room, routing
from union.alerts import DESK, Fact, tell
from union.case_clock import CaseClock
from union.codes import new_code
from union.people import Actor, staff_of
from union.rules import Do, Rule, load_rules

BEIJING = ZoneInfo("Asia/Shanghai")

OWNER = 0
"""Holds a deadline while it is replayed; no process has this number."""

ANSWER_AFTER = timedelta(minutes=20)
PROCEED_AFTER = timedelta(hours=20)
NEWS_EVERY = timedelta(days=5)
RATED_AFTER = timedelta(hours=26)

OPENING = "您好，我是工会为您指派的律师，您的情况我已经看过了。先别着急，手里的证据都留好，接下来每一步我都会跟您商量着办。"
ANSWER = "太好了，谢谢律师。聊天记录和照片我都留着，今晚整理好发给您。"
NEWS = "跟您说一下进展：我已经和单位的负责人谈过一次，材料也交过去了，下一步等对方答复，有消息马上告诉您。"


async def replay(session: AsyncSession, loading: Loading) -> None:
    """Lets every example case happen, the oldest first, up to now."""
    now = loading.now
    rules = load_rules()
    for example, member in sorted(loading.people.cases, key=lambda entry: -entry[0].received_hours):
        grievance = _grievance(example, member, loading)
        if example.kind == "dispute":
            await _dispute(session, example, grievance, rules, now)
        else:
            await _other(session, example, grievance, now)
    await session.flush()
    await _forget_old_alerts(session)
    session.expire_all()


def _grievance(example: ExampleCase, member: ExampleMember, loading: Loading) -> cases.Grievance:
    return cases.Grievance(
        worker_id=loading.persons[member.phone],
        kind=example.kind,
        topic=example.topic,
        nature=example.nature or None,
        story=example.story,
        employer=example.workplace.name,
        unit_id=loading.units[(member.district, member.street)],
        since=(loading.now - timedelta(days=example.since_days)).astimezone(BEIJING).date(),
        amount=None if example.amount is None else Decimal(example.amount),
        anonymous=False,
        contact_name=member.name,
        contact_phone=member.phone,
    )


async def _dispute(
    session: AsyncSession, example: ExampleCase, grievance: cases.Grievance, rules: Mapping[str, Rule], now: datetime
) -> None:
    received = now - timedelta(hours=example.received_hours)

    def after(hours: int) -> datetime:
        return received + timedelta(hours=hours)

    case = await cases.open_case(session, grievance, rules, received)
    if example.status == "received":
        await _hand_to_staff(session, case, received)
        await _run_clock(session, case, rules, now)
        return
    await routing.route(session, case, received)
    lawyer_id = case.lawyer_id
    if lawyer_id is None:
        raise ValueError(f"no lawyer for the case at {grievance.employer}")
    if example.accepted_hours is not None:
        await cases.accept(session, case, lawyer_id, after(example.accepted_hours))
    if example.intervened_hours is not None:
        await _run_clock(session, case, rules, after(example.intervened_hours))
        await _contact(session, case, after(example.intervened_hours), rules)
        if example.status != "intervened":
            await _proceed(session, case, now if example.closed_hours is None else after(example.closed_hours), rules)
    if example.closed_hours is not None:
        await _end(session, case, example, lawyer_id, after(example.closed_hours))
    await _run_clock(session, case, rules, now)


async def _hand_to_staff(session: AsyncSession, case: Case, at: datetime) -> None:
    """Nobody could take it: the staff of the street, or else of the district, have been told and must choose a lawyer."""
    cases.note(session, case.id, "case.unassigned", at, lawyer=None, named_for=None, passed_over=[])
    for _, person_id, _ in await staff_of(session, [case.unit_id], DESK):
        await tell(session, person_id, Fact.CASE_UNASSIGNED, at, subject="case", subject_id=case.id)


async def _contact(session: AsyncSession, case: Case, at: datetime, rules: Mapping[str, Rule]) -> None:
    """The lawyer writes, which stops the 24-hour clock, and the worker answers."""
    for author_id, text, moment in ((case.lawyer_id, OPENING, at), (case.worker_id, ANSWER, at + ANSWER_AFTER)):
        if author_id is not None:
            message = await room.write(session, case, author_id, text, moment)
            await room.reached(session, message.id, moment, rules)


async def _proceed(session: AsyncSession, case: Case, end: datetime, rules: Mapping[str, Rule]) -> None:
    """The work goes on until the end, with a word of news now and then; the last one is recent enough for the follow-up to run on."""
    start = case.intervened_at
    if start is None or case.lawyer_id is None:
        return
    at = min(start + PROCEED_AFTER, end)
    if cases.move(case, "proceed"):
        cases.note(session, case.id, "case.proceeded", at, actor_id=case.lawyer_id)
    last = end - timedelta(hours=1)
    if start + NEWS_EVERY < last:
        # One word of news stands for all: a room full of the same sentence would help nobody.
        at = last - (last - start) % NEWS_EVERY
        message = await room.write(session, case, case.lawyer_id, NEWS, at)
        await room.reached(session, message.id, at, rules)


async def _end(session: AsyncSession, case: Case, example: ExampleCase, lawyer_id: PersonId, at: datetime) -> None:
    if example.status == "withdrawn":
        await cases.withdraw(session, case, case.worker_id, at)
        return
    recovered = None if example.recovered is None else Decimal(example.recovered)
    lawyer = Actor(lawyer_id, "")
    await cases.close(session, case, lawyer, outcome=Outcome(example.outcome), recovered=recovered, remark="", now=at)
    if example.rating is not None:
        await cases.rate(session, case, case.worker_id, example.rating, at + RATED_AFTER)
        case.rating_comment = example.comment or None


async def _other(session: AsyncSession, example: ExampleCase, grievance: cases.Grievance, now: datetime) -> None:
    """A complaint, a request for help or a suggestion: the staff of the unit handle it, without a lawyer and the 24-hour clock."""
    received = now - timedelta(hours=example.received_hours)
    closed = None if example.closed_hours is None else received + timedelta(hours=example.closed_hours)
    case = Case(
        code=new_code(),
        kind=grievance.kind,
        topic=grievance.topic,
        nature=None,
        status=CaseStatus(example.status),
        worker_id=grievance.worker_id,
        anonymous=False,
        contact_name=grievance.contact_name,
        contact_phone=grievance.contact_phone,
        story=grievance.story,
        employer=grievance.employer,
        employer_index=grievance.employer,
        unit_id=grievance.unit_id,
        since=grievance.since,
        amount=grievance.amount,
        received_at=received,
        overdue=False,
        closed_at=closed,
        outcome=Outcome(example.outcome) if example.outcome else None,
        recovered=None if example.recovered is None else Decimal(example.recovered),
        rating=example.rating,
        rating_comment=example.comment or None,
    )
    session.add(case)
    await session.flush()
    worker_id = grievance.worker_id
    cases.note(session, case.id, "case.received", received, actor_id=worker_id, anonymous=False)
    if example.status != "received":
        cases.note(session, case.id, "case.proceeded", received + timedelta(hours=3))
    if closed is not None:
        recovered = None if example.recovered is None else f"{example.recovered}"
        cases.note(session, case.id, "case.closed", closed, outcome=example.outcome, recovered=recovered)
    if closed is not None and example.rating is not None:
        cases.note(session, case.id, "case.rated", closed + RATED_AFTER, actor_id=worker_id, stars=example.rating)


async def _run_clock(session: AsyncSession, case: Case, rules: Mapping[str, Rule], until: datetime) -> None:
    """Takes the steps of the case's live deadlines that fell due until then: breaches and escalations each at their own time."""
    await session.flush()
    live = sa.select(Deadline.id, Deadline.rule, Deadline.started_at).where(
        Deadline.subject == "case", Deadline.subject_id == case.id, Deadline.status == DeadlineStatus.LIVE
    )
    for deadline_id, code, started_at in (await session.execute(live)).all():
        steps = [started_at + step.at for step in rules[code].steps if step.do is not Do.REMIND]
        for moment in (*[step for step in steps if step < until], until):
            await session.execute(
                sa.update(Deadline).where(Deadline.id == deadline_id).values(owner=OWNER).execution_options(synchronize_session=False)
            )
            await deadlines.act(session, [deadline_id], owner=OWNER, rules=rules, subjects={"case": CaseClock()}, now=moment)


async def _forget_old_alerts(session: AsyncSession) -> None:
    """What was told in the past is past: kept is only what the desk must know of cases that wait for a lawyer's first word."""
    waiting = sa.select(Case.id).where(Case.status.in_(cases.OPEN), Case.intervened_at.is_(None))
    kept = sa.and_(OutboxRow.side == DESK, OutboxRow.subject_id.in_(waiting))
    await session.execute(
        sa.delete(OutboxRow).where(OutboxRow.subject == "case", sa.not_(kept)).execution_options(synchronize_session=False)
    )
