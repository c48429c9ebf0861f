"""What somebody has on the desk, and how much and what a lawyer is ready to take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, Lawyer, RoomMessage
from storage.types import CaseId, PersonId
from union.access import not_against_own_employer
from union.errors import NotFound
from union.lifecycle import AT_WORK, OPEN
from union.people import Actor

LEAST, MOST = 1, 200
"""Open cases that a lawyer may set as the limit."""


class Pile(StrEnum):
    """A part of what lies on a desk."""

    ALL = "all"
    CONTACT = "contact"  # the worker waits for the first contact
    REPLY = "reply"  # the worker had the last word
    WORK = "work"  # in contact, and the work goes on


@dataclass(frozen=True, slots=True)
class Desk:
    """A page of somebody's open cases. counts: how many there are in each pile; unread: messages that nobody has looked at, by case."""

    cases: Sequence[Case]
    counts: Mapping[Pile, int]
    unread: Mapping[CaseId, int]


_last_from_worker = (
    sa.select(RoomMessage.from_worker)
    .where(RoomMessage.case_id == Case.id)
    .order_by(RoomMessage.id.desc())
    .limit(1)
    .correlate(Case)
    .scalar_subquery()
)

_waits = sa.and_(Case.intervened_at.is_(None), Case.status.not_in(AT_WORK))
_PILES: Mapping[Pile, sa.ColumnElement[bool]] = {
    Pile.ALL: sa.true(),
    Pile.CONTACT: _waits,
    Pile.REPLY: sa.func.coalesce(_last_from_worker, False).is_(True),
    Pile.WORK: sa.not_(_waits),
}


async def desk_of(session: AsyncSession, actor: Actor, pile: Pile = Pile.ALL, *, page: int = 0, size: int = 20) -> Desk:
    """The open cases that somebody is responsible for: those whose clock still runs first, the most urgent of them on top."""
    theirs = sa.and_(
        sa.or_(Case.lawyer_id == actor.id, sa.and_(Case.officer_id == actor.id, Case.lawyer_id.is_(None))),
        Case.status.in_(OPEN),
        not_against_own_employer(actor),
    )
    numbers = (await session.execute(sa.select(*[sa.func.count().filter(within) for within in _PILES.values()]).where(theirs))).one()
    query = (
        sa.select(Case)
        .where(theirs, _PILES[pile])
        .order_by(Case.intervened_at.is_not(None), Case.due_at, Case.id)
        .offset(max(0, page) * size)
        .limit(size)
    )
    found = list(await session.scalars(query))
    return Desk(found, dict(zip(_PILES, numbers, strict=True)), await unread(session, [case.id for case in found]))


async def unread(session: AsyncSession, case_ids: Sequence[CaseId]) -> dict[CaseId, int]:
    """How many of the workers' messages nobody has looked at, by case; cases without any are left out."""
    query = (
        sa.select(RoomMessage.case_id, sa.func.count())
        .where(RoomMessage.case_id.in_(case_ids), RoomMessage.from_worker, RoomMessage.read_at.is_(None))
        .group_by(RoomMessage.case_id)
    )
    return {row[0]: row[1] for row in await session.execute(query)} if case_ids else {}


async def against(session: AsyncSession, lawyer_id: PersonId, employer: str) -> list[Case]:
    """A lawyer's open cases against an employer, by any of its names."""
    query = sa.select(Case).where(Case.lawyer_id == lawyer_id, Case.status.in_(OPEN), Case.employer_index == employer).order_by(Case.id)
    return list(await session.scalars(query))


async def lawyer(session: AsyncSession, lawyer_id: PersonId) -> Lawyer:
    """What is noted of a lawyer, to read or to change. Raises NotFound."""
    found = await session.get(Lawyer, lawyer_id, with_for_update=True)
    if found is None:
        raise NotFound
    return found


async def set_capacity(session: AsyncSession, lawyer_id: PersonId, capacity: int) -> None:
    """How many open cases a lawyer takes at most; what they have stays theirs. Raises ValueError outside 1 to 200, NotFound."""
    if not LEAST <= capacity <= MOST:
        raise ValueError(f"a lawyer takes {LEAST} to {MOST} cases")
    (await lawyer(session, lawyer_id)).capacity = capacity


async def toggle_topic(session: AsyncSession, lawyer_id: PersonId, topic: str) -> None:
    """A subject that a lawyer knows, or no longer; an empty topic means all of them (and the list is empty). Raises NotFound."""
    found = await lawyer(session, lawyer_id)
    found.topics = _toggled(found.topics, topic) if topic else []


async def toggle_language(session: AsyncSession, lawyer_id: PersonId, language: str) -> None:
    """A language that a lawyer speaks besides Chinese, or not. Raises NotFound."""
    found = await lawyer(session, lawyer_id)
    found.languages = _toggled(found.languages, language)


def _toggled(standing: Sequence[str], one: str) -> list[str]:
    return [each for each in standing if each != one] if one in standing else [*standing, one]


async def load_of(session: AsyncSession, lawyer_id: PersonId) -> int:
    """How many open cases a lawyer has."""
    return await session.scalar(sa.select(sa.func.count()).where(Case.lawyer_id == lawyer_id, Case.status.in_(OPEN))) or 0
