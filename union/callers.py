"""Who speaks on the telephone: somebody known by number and name, or somebody new who has no door."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseFollower, Conversation, Person
from storage.types import PersonId
from union.alerts import side_of_worker


async def caller(session: AsyncSession, now: datetime, *, name: str | None, phone: str | None, language: str | None = None) -> PersonId:
    """The person behind a call. They have heard the privacy notice and agreed (个人信息保护法第13条): the seat saw to that.

    Known are those whose number and name are both the same: one wrong digit must not bring somebody's case to a stranger.
    Who leaves no name, or no number, is somebody new each time.
    """
    person = await _known(session, name, phone) if name and phone else None
    if person is None:
        person = Person(name=name, phone=phone if name else None, phone_index=phone if name else None, created_at=now)
        session.add(person)
    person.consent_at = person.consent_at or now
    person.language = language or person.language
    await session.flush()
    return person.id


async def has_door(session: AsyncSession, case: Case) -> bool:
    """Whether what is written in a case's room reaches somebody: the worker, or whoever follows it with code and passphrase."""
    followers = sa.select(CaseFollower.person_id).where(CaseFollower.case_id == case.id)
    door = sa.exists().where(
        sa.or_(Conversation.person_id == case.worker_id, Conversation.person_id.in_(followers)),
        Conversation.side == side_of_worker(case),
        Conversation.unreachable_since.is_(None),
    )
    return bool(await session.scalar(sa.select(door)))


async def _known(session: AsyncSession, name: str, phone: str) -> Person | None:
    found = await session.scalars(sa.select(Person).where(Person.phone_index == phone).order_by(Person.id))
    return next((person for person in found if (person.name or "").strip() == name.strip()), None)
