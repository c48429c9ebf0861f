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
from storage.models import Case, Deadline, DeadlineStatus, OutboxRow, Outcome
from storage.types import PersonId
from union import cases, deadlines, room, routing
from union.alerts import DESK
from union.case_clock import CaseClock
from union.cases import Marks
from union.lifecycle import OPEN
from union.paths import path_for
from union.people import Actor
from union.rules import Rule, load_rules

BEIJING = ZoneInfo("Asia/Shanghai")

OWNER = 0
"""Holds a deadline while it is replayed; no process has this number."""

FIRST_CONTACT_AFTER = timedelta(hours=3)
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
            await _other(session, example, grievance, rules, now)
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
        await routing.keep(session, case, rules, received)
        await _run_clock(session, case, rules, now)
        return
    await routing.route(session, case, rules, received)
    if example.accepted_hours is not None:
        # Whoever let two hours pass has lost it to the next lawyer.
        await _run_clock(session, case, rules, after(example.accepted_hours))
        await cases.accept(session, case, _handler_of(case), rules, after(example.accepted_hours))
    if example.intervened_hours is not None:
        await _run_clock(session, case, rules, after(example.intervened_hours))
        await _contact(session, case, after(example.intervened_hours), rules)
        if example.status != "intervened":
            await _proceed(session, case, now if example.closed_hours is None else after(example.closed_hours), rules)
    if example.closed_hours is not None:
        await _run_clock(session, case, rules, after(example.closed_hours))
        await _end(session, case, example, _handler_of(case), rules, at=after(example.closed_hours))
    await _run_clock(session, case, rules, now)


def _handler_of(case: Case) -> PersonId:
    if case.responsible_id is None:
        raise ValueError(f"nobody for the case at {case.employer}")
    return case.responsible_id


async def _contact(session: AsyncSession, case: Case, at: datetime, rules: Mapping[str, Rule]) -> None:
    """The lawyer writes, which stops the 24-hour clock, and the worker answers."""
    for author_id, text, moment in ((case.responsible_id, OPENING, at), (case.worker_id, ANSWER, at + ANSWER_AFTER)):
        if author_id is not None:
            message = await room.write(session, case, author_id, rules, moment, text=text)
            await room.reached(session, message.id, moment, rules)


async def _proceed(session: AsyncSession, case: Case, end: datetime, rules: Mapping[str, Rule]) -> None:
    """The work goes on until the end, with a word of news now and then; the last one is recent enough for the follow-up to run on."""
    start = case.intervened_at
    if start is None or case.responsible_id is None:
        return
    at = min(start + PROCEED_AFTER, end)
    await cases.proceed(session, case, path_for(case.nature).steps[1].code, rules, at, by=case.responsible_id)
    last = end - timedelta(hours=1)
    if start + NEWS_EVERY < last:
        # One word of news stands for all: a room full of the same sentence would help nobody.
        at = last - (last - start) % NEWS_EVERY
        message = await room.write(session, case, case.responsible_id, rules, at, text=NEWS)
        await room.reached(session, message.id, at, rules)


async def _end(
    session: AsyncSession, case: Case, example: ExampleCase, handler_id: PersonId, rules: Mapping[str, Rule], *, at: datetime
) -> None:
    if example.status == "withdrawn":
        await cases.withdraw(session, case, case.worker_id, rules, at)
        return
    recovered = None if example.recovered is None else Decimal(example.recovered)
    handler = Actor(handler_id, "")
    await cases.close(session, case, handler, rules, at, outcome=Outcome(example.outcome), recovered=recovered, remark="")
    if example.rating is not None:
        marks = Marks(example.rating, example.rating, example.rating, example.comment or "")
        await cases.rate(session, case, case.worker_id, rules, at + RATED_AFTER, marks=marks)


async def _other(session: AsyncSession, example: ExampleCase, grievance: cases.Grievance, rules: Mapping[str, Rule], now: datetime) -> None:
    """A complaint, a request for help or a suggestion: a member of the unit's staff handles it."""
    received = now - timedelta(hours=example.received_hours)
    case = await cases.open_case(session, grievance, rules, received)
    await routing.route(session, case, rules, received)
    handler_id = _handler_of(case)
    ended = None if example.closed_hours is None else received + timedelta(hours=example.closed_hours)
    if example.status not in ("received", "assigned", "withdrawn"):
        contact = min(received + FIRST_CONTACT_AFTER, ended or now)
        await _run_clock(session, case, rules, contact)
        await _contact(session, case, contact, rules)
        if example.status != "intervened":
            await cases.proceed(session, case, "handling", rules, contact + ANSWER_AFTER, by=handler_id)
        await _run_clock(session, case, rules, ended or now)
    if ended is not None:
        await _end(session, case, example, handler_id, rules, at=ended)
    await _run_clock(session, case, rules, now)


async def _run_clock(session: AsyncSession, case: Case, rules: Mapping[str, Rule], until: datetime) -> None:
    """Takes the steps of the case's live deadlines that fell due until then, one after the other, each at its own time."""
    await session.flush()
    running = sa.and_(Deadline.subject == "case", Deadline.subject_id == case.id, Deadline.status == DeadlineStatus.LIVE)
    earliest = sa.select(Deadline.id, Deadline.next_at).where(running, Deadline.next_at <= until).order_by(Deadline.next_at, Deadline.id)
    while (due := (await session.execute(earliest.limit(1))).one_or_none()) is not None:
        deadline_id, moment = due.id, due.next_at or until
        await session.execute(
            sa.update(Deadline).where(Deadline.id == deadline_id).values(owner=OWNER).execution_options(synchronize_session=False)
        )
        await deadlines.act(session, [deadline_id], owner=OWNER, rules=rules, subjects={"case": CaseClock()}, now=moment or until)
        await session.flush()


async def _forget_old_alerts(session: AsyncSession) -> None:
    """What was told in the past is past: kept is only what the desk must know of cases that wait for a lawyer's first word."""
    waiting = sa.select(Case.id).where(Case.status.in_(OPEN), Case.intervened_at.is_(None))
    kept = sa.and_(OutboxRow.side == DESK, OutboxRow.subject_id.in_(waiting))
    await session.execute(
        sa.delete(OutboxRow).where(OutboxRow.subject == "case", sa.not_(kept)).execution_options(synchronize_session=False)
    )
