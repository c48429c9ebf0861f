"""What the choice among lawyers is made from, read from the register."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, Lawyer, LawyerLeave, LawyerUnit, Person, RoleGrant
from storage.models.people import Role
from storage.types import PersonId
from union import conflicts
from union.choosing import Candidate
from union.lifecycle import OPEN
from union.units import ladder


async def candidates_for(session: AsyncSession, case: Case, now: datetime) -> list[Candidate]:
    """Every lawyer named for a unit on the case's ladder, without their open cases counted; nobody is a candidate for a case of their own."""
    rungs = {unit.id: (level, unit) for level, unit in enumerate(await ladder(session, case.unit_id))}
    away = sa.exists().where(
        LawyerLeave.lawyer_id == Lawyer.person_id,
        LawyerLeave.starts_at <= now,
        LawyerLeave.ends_at > now,
        LawyerLeave.cancelled_at.is_(None),
    )
    still_lawyer = sa.exists().where(RoleGrant.person_id == Lawyer.person_id, RoleGrant.role == Role.LAWYER, RoleGrant.revoked_at.is_(None))
    # Columns, not entities, and the language in the same statement: a pool is seventy lawyers, read for every new case.
    language = sa.select(Person.language).where(Person.id == case.worker_id).scalar_subquery()
    query = (
        sa.select(
            LawyerUnit.unit_id,
            LawyerUnit.named_at,
            Lawyer.person_id,
            Lawyer.capacity,
            Lawyer.last_assigned_at,
            Person.made_up,
            away.label("away"),
            sa.or_(sa.func.cardinality(Lawyer.topics) == 0, sa.literal(case.topic) == sa.any_(Lawyer.topics)).label("knows"),
            sa.or_(language.is_(None), language == sa.any_(Lawyer.languages)).label("speaks"),
        )
        .join(Lawyer, Lawyer.person_id == LawyerUnit.lawyer_id)
        .join(Person, Person.id == Lawyer.person_id)
        .where(LawyerUnit.unit_id.in_(rungs), Lawyer.person_id != case.worker_id, still_lawyer)
    )
    rows = (await session.execute(query)).all()
    against = await conflicts.among(session, [row.person_id for row in rows], case.employer)
    found = []
    for row in rows:
        level, unit = rungs[row.unit_id]
        found.append(
            Candidate(
                lawyer_id=row.person_id,
                unit=unit,
                level=level,
                capacity=row.capacity,
                on_leave=row.away,
                in_conflict=row.person_id in against,
                knows_topic=row.knows,
                speaks=row.speaks,
                made_up=row.made_up,
                named_at=row.named_at,
                last_assigned_at=row.last_assigned_at,
            )
        )
    return found


async def loads(session: AsyncSession, lawyer_ids: Sequence[PersonId]) -> dict[PersonId, int]:
    """How many open cases each of them has."""
    counted = (
        sa.select(Case.lawyer_id, sa.func.count()).where(Case.lawyer_id.in_(lawyer_ids), Case.status.in_(OPEN)).group_by(Case.lawyer_id)
    )
    found = {PersonId(row[0]): row[1] for row in await session.execute(counted) if row[0] is not None}
    return {lawyer_id: found.get(lawyer_id, 0) for lawyer_id in lawyer_ids}


async def is_full(session: AsyncSession, lawyer_id: PersonId) -> bool:
    """Whether a lawyer has no place left. The row of one who has stays locked until the end of the transaction, so that the answer stays true.

    Of one who has none it is let go at once: two cases that held on to full lawyers, each in its own order, would wait for each other.
    """
    await session.flush()  # what is rolled back here is the lock alone
    await session.execute(sa.text("SAVEPOINT before_the_lock"))
    capacity = await session.scalar(sa.select(Lawyer.capacity).where(Lawyer.person_id == lawyer_id).with_for_update(key_share=True))
    full = capacity is None or (await loads(session, [lawyer_id]))[lawyer_id] >= capacity
    if full:
        await session.execute(sa.text("ROLLBACK TO SAVEPOINT before_the_lock"))
    return full
