"""Conflicts of interest: an employer that is or was a client of a lawyer or of the firm. Declared by the lawyers, asked at routing and at acceptance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.employers import employer_key
from storage.models import Case, Conflict, Lawyer, Role, RoleGrant, Unit
from storage.types import PersonId
from union.errors import NotFound

LONGEST = 200
MOST = 500
"""Clients that one lawyer may declare; more are a mistake with a spreadsheet."""


class TooMany(ValueError):
    """A lawyer declares more clients than can be."""


async def declare(session: AsyncSession, lawyer_id: PersonId, employer: str, now: datetime) -> bool:
    """A lawyer says that an employer is or was a client; it holds for everybody of the firm. Returns False when it is noted already.

    Raises ValueError for a name in which nothing is left to look up, TooMany, NotFound for somebody who is no lawyer.
    """
    name = " ".join(employer.split())[:LONGEST]
    if len(employer_key(name)) < 2:
        raise ValueError("an employer's name has at least two characters")
    lawyer = await session.get(Lawyer, lawyer_id)
    if lawyer is None:
        raise NotFound
    standing = await declared(session, lawyer_id)
    if any(employer_key(conflict.employer) == employer_key(name) for conflict in standing):
        return False
    if len(standing) >= MOST:
        raise TooMany
    session.add(Conflict(lawyer_id=lawyer_id, firm_id=lawyer.firm_id, employer=name, employer_index=name, declared_at=now))
    await session.flush()
    return True


async def declared(session: AsyncSession, lawyer_id: PersonId) -> list[Conflict]:
    """What a lawyer has declared and not taken back, the newest first."""
    query = sa.select(Conflict).where(Conflict.lawyer_id == lawyer_id, Conflict.withdrawn_at.is_(None)).order_by(Conflict.id.desc())
    return list(await session.scalars(query))


async def take_back(session: AsyncSession, lawyer_id: PersonId, conflict_id: int, now: datetime) -> bool:
    """A lawyer takes a declaration of their own back. Returns False when there is none such."""
    conflict = await session.get(Conflict, conflict_id, with_for_update=True)
    if conflict is None or conflict.lawyer_id != lawyer_id or conflict.withdrawn_at is not None:
        return False
    conflict.withdrawn_at = now
    return True


async def among(session: AsyncSession, lawyer_ids: Sequence[PersonId], employer: str) -> set[PersonId]:
    """Those of these lawyers who, or whose firm, have or had the employer as a client, or who chair its union."""
    chairs = await _chairing(session, lawyer_ids, employer)
    against = sa.select(Conflict.lawyer_id, Conflict.firm_id).where(Conflict.employer_index == employer, Conflict.withdrawn_at.is_(None))
    rows = (await session.execute(against)).all()
    if not rows:
        return chairs
    theirs, firms = {row[0] for row in rows}, {row[1] for row in rows if row[1] is not None}
    # A firm by which somebody declared it, and the firm where that lawyer is today.
    firms |= set(await session.scalars(sa.select(Lawyer.firm_id).where(Lawyer.person_id.in_(theirs), Lawyer.firm_id.is_not(None))))
    colleagues = sa.select(Lawyer.person_id).where(Lawyer.person_id.in_(lawyer_ids), Lawyer.firm_id.in_(firms))
    return chairs | (theirs & set(lawyer_ids)) | set(await session.scalars(colleagues))


async def _chairing(session: AsyncSession, lawyer_ids: Sequence[PersonId], employer: str) -> set[PersonId]:
    query = sa.select(RoleGrant.person_id, Unit.name).join(Unit, Unit.id == RoleGrant.unit_id)
    query = query.where(RoleGrant.person_id.in_(lawyer_ids), RoleGrant.role == Role.CHAIR, RoleGrant.revoked_at.is_(None))
    accused = employer_key(employer)
    return {person_id for person_id, name in await session.execute(query) if employer_key(name) == accused}


async def stands_between(session: AsyncSession, lawyer_id: PersonId, case: Case) -> bool:
    """Whether a conflict keeps this lawyer from this case."""
    return bool(await among(session, [lawyer_id], case.employer))
