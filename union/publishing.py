"""Answers that everybody may read (S1: 建议案, published if the writer agrees): without anything that names whoever wrote."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.employers import employer_key
from storage.models import Case, CaseKind, CaseStatus, Person, PublishedAnswer, Unit, UnitKind
from storage.types import PersonId
from union import history
from union.alerts import Fact, tell_worker
from union.errors import NotAllowed
from union.units import UnitCard, card_of

KINDS = (CaseKind.SUGGESTION, CaseKind.COMPLAINT)
ANSWERED = (CaseStatus.CLOSED, CaseStatus.RATED, CaseStatus.ARCHIVED)

_NUMBER = re.compile(r"\d{7,}")
"""A phone, a card, a code: nothing that is published needs so long a number."""

_SHORTEST_NAME = 2


class Named(StrEnum):
    """What a text must not hold."""

    NAME = "name"
    NUMBER = "number"
    EMPLOYER = "employer"


@dataclass(frozen=True, slots=True)
class Shown:
    """A published answer with the unit that gave it."""

    answer: PublishedAnswer
    unit: UnitCard


def may_publish(case: Case) -> bool:
    """Whether the answer to a case may be published: the writer agrees, it is a suggestion or a complaint, and it has been answered."""
    return case.publish_agreed and case.kind in KINDS and case.status in ANSWERED


async def named_in(session: AsyncSession, case: Case, text: str) -> list[Named]:
    """What in a text would give the writer away: their name, a number as long as a phone's, the employer's name. Spaces and width don't hide it."""
    plain = re.sub(r"[\s\-·]+", "", unicodedata.normalize("NFKC", text)).casefold()
    person = await session.get_one(Person, case.worker_id)
    names = {name.strip().casefold() for name in (case.contact_name, person.name) if name and len(name.strip()) >= _SHORTEST_NAME}
    found = []
    if any(name in plain for name in names):
        found.append(Named.NAME)
    if _NUMBER.search(plain):
        found.append(Named.NUMBER)
    employer = employer_key(case.employer)
    if len(employer) >= _SHORTEST_NAME and employer in plain:
        found.append(Named.EMPLOYER)
    return found


async def publish(session: AsyncSession, case: Case, *, question: str, answer: str, by: PersonId, now: datetime) -> PublishedAnswer:
    """Publishes an answer, or puts a better text in its place; the writer is told the first time. Raises NotAllowed for a case of which it may not be."""
    if not may_publish(case) or await named_in(session, case, f"{question}\n{answer}"):
        raise NotAllowed
    published = await session.get(PublishedAnswer, case.id)
    if published is not None:
        published.question, published.answer, published.published_by = question, answer, by
        history.note(session, case.id, "case.answer_changed", now, actor_id=by)
        return published
    published = PublishedAnswer(case_id=case.id, unit_id=case.unit_id, question=question, answer=answer, published_by=by, published_at=now)
    session.add(published)
    await session.flush()
    history.note(session, case.id, "case.answer_published", now, actor_id=by)
    await tell_worker(session, case, Fact.ANSWER_PUBLISHED, now, key=f"published:{case.id}", but=by)
    return published


async def take_down(session: AsyncSession, case: Case, *, by: PersonId, now: datetime) -> bool:
    """Takes an answer down again. Returns False when none is published."""
    published = await session.get(PublishedAnswer, case.id)
    if published is None:
        return False
    await session.delete(published)
    await session.flush()
    history.note(session, case.id, "case.answer_taken_down", now, actor_id=by)
    return True


def _readable(below: str) -> tuple[sa.ColumnElement[bool], ...]:
    # A writer who takes the consent back is obeyed at once, before anybody takes the text down.
    return (Unit.path.startswith(below, autoescape=True), Case.publish_agreed.is_(True))


async def latest(session: AsyncSession, *, below: str = "", offset: int = 0, limit: int = 3) -> tuple[list[Shown], int]:
    """What is published by the units under a path, the newest first; and how many there are in all."""
    joined = (
        sa.select(PublishedAnswer, Unit)
        .join(Case, Case.id == PublishedAnswer.case_id)
        .join(Unit, Unit.id == PublishedAnswer.unit_id)
        .where(*_readable(below))
    )
    total = await session.scalar(sa.select(sa.func.count()).select_from(joined.subquery())) or 0
    newest = joined.order_by(PublishedAnswer.published_at.desc(), PublishedAnswer.case_id.desc()).offset(offset).limit(limit)
    return [Shown(row[0], card_of(row[1])) for row in await session.execute(newest)], total


async def districts(session: AsyncSession) -> Sequence[tuple[UnitCard, int]]:
    """The districts in which something is published, with how much, in their order."""
    above = aliased(Unit)
    query = (
        sa.select(above, sa.func.count())
        .select_from(PublishedAnswer)
        .join(Case, Case.id == PublishedAnswer.case_id)
        .join(Unit, Unit.id == PublishedAnswer.unit_id)
        .join(above, sa.and_(above.kind == UnitKind.DISTRICT, sa.func.starts_with(Unit.path, above.path)))
        .where(*_readable(""))
        .group_by(above.id)
        .order_by(above.id)
    )
    return [(card_of(row[0]), row[1]) for row in await session.execute(query)]


def consent(session: AsyncSession, case: Case, now: datetime, *, by: PersonId, agreed: bool) -> bool:
    """The writer lets the answer be published, or takes that back. Returns False when it was so already."""
    if case.publish_agreed is agreed:
        return False
    case.publish_agreed = agreed
    history.note(session, case.id, "case.publish_agreed" if agreed else "case.publish_refused", now, actor_id=by)
    return True
