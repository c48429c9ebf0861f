"""Days that count in law, noted on a case: the terms of the law run from them and end with them (data/paths.toml, data/deadlines.toml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseDate, Deadline, DeadlineStatus
from storage.types import CaseId, PersonId
from union import history
from union.calendar import beginning_of, day_of
from union.deadlines import RUNNING
from union.errors import IllegalTransition
from union.lifecycle import OPEN, happened
from union.paths import date_kinds
from union.rules import Rule, Rules

OLDEST = timedelta(days=366 * 20)
FURTHEST = timedelta(days=366 * 2)
"""What may lie in the future (a payment that a judgment orders) lies within two years."""


class NotADay(ValueError):
    """A day that can't be meant: too long ago, or in the future for what has to have happened."""


@dataclass(frozen=True, slots=True)
class Term:
    """A term set by law that runs on a case. last_day: the last on which something can be done (民法典第201、203条)."""

    rule: str
    title: str
    last_day: date


async def note(session: AsyncSession, case: Case, code: str, rules: Rules, now: datetime, *, day: date, by: PersonId) -> None:
    """Notes a day on a case: what the rules let begin with it begins (or counts anew), what they let end ends.

    Raises KeyError for a code that is not among `paths.date_kinds`, NotADay, IllegalTransition for a case that has ended.
    """
    kind = date_kinds()[code]
    if case.status not in OPEN:
        raise IllegalTransition(case.status, "set_date")
    begins = beginning_of(day)
    if not now - OLDEST < begins < now + FURTHEST or (begins > now and not kind.ahead):
        raise NotADay
    session.add(CaseDate(case_id=case.id, code=kind.code, day=day, noted_by=by, noted_at=now))
    history.note(session, case.id, "case.date_noted", now, actor_id=by, code=code, day=day.isoformat())
    await happened(session, case, f"date:{code}", rules, now, started_at=begins)


async def run_again(session: AsyncSession, case: Case, rules: Rules, now: datetime) -> None:
    """A case is taken up again: the terms of the law, which ended with it, run on from the days that were noted, as far as they are not over."""
    noted = sa.select(CaseDate.code, CaseDate.day).where(CaseDate.case_id == case.id).order_by(CaseDate.id)
    for code, day in (await session.execute(noted)).all():
        await happened(session, case, f"date:{code}", rules, now, started_at=beginning_of(day))


async def of_case(session: AsyncSession, case_id: CaseId) -> Mapping[str, date]:
    """The days noted on a case, by their codes; the one noted last holds."""
    rows = await session.execute(sa.select(CaseDate.code, CaseDate.day).where(CaseDate.case_id == case_id).order_by(CaseDate.id))
    return {row[0]: row[1] for row in rows}


async def terms(session: AsyncSession, case_id: CaseId, rules: Rules, now: datetime) -> list[Term]:
    """The terms of the law that run on a case, the nearest first; one is still shown on its last day, when its last warning has been given."""
    by_date = {rule.code: rule for rule in rules.values() if any(event.startswith("date:") for event in rule.starts)}
    last_day = sa.and_(Deadline.status == DeadlineStatus.MISSED, Deadline.due_at > now - timedelta(days=1), Deadline.due_at <= now)
    query = (
        sa.select(Deadline.rule, Deadline.started_at, Deadline.due_at)
        .where(Deadline.subject == "case", Deadline.subject_id == case_id, Deadline.rule.in_(by_date))
        .where(sa.or_(Deadline.status.in_(RUNNING), last_day))
        .order_by(Deadline.due_at, Deadline.id)
    )
    rows = (await session.execute(query)).all()
    noted = await of_case(session, case_id) if rows else {}
    return [Term(code, by_date[code].title, day_of(due)) for code, started, due in rows if not _done(by_date[code], noted, day_of(started))]


def _done(rule: Rule, noted: Mapping[str, date], since: date) -> bool:
    """Whether what the term is for has been done: on its last day that may be noted after the program has put the deadline away."""
    return any(noted.get(event.removeprefix("date:"), date.min) >= since for event in rule.stops)
