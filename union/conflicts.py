"""Conflicts of interest: an employer that is or was a client of a lawyer or of the firm. Declared by the lawyers, asked at routing and at acceptance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.employers import EmployerIndex, employer_key
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


_today = aliased(Lawyer)

DECLARED = sa.exists(
    sa.select(Conflict.id)
    .join(_today, _today.person_id == Conflict.lawyer_id)
    .where(
        Conflict.employer_index == sa.bindparam("employer", type_=EmployerIndex()),
        Conflict.withdrawn_at.is_(None),
        # The lawyer, the firm by which it was declared, and the firm where whoever declared it is today.
        sa.or_(Conflict.lawyer_id == Lawyer.person_id, Conflict.firm_id == Lawyer.firm_id, _today.firm_id == Lawyer.firm_id),
    )
).correlate(Lawyer)
"""Of a lawyer: whether they or the firm have or had `employer` as a client."""

CHAIRED = sa.func.array(
    sa.select(Unit.name)
    .join(RoleGrant, RoleGrant.unit_id == Unit.id)
    .where(RoleGrant.person_id == Lawyer.person_id, RoleGrant.role == Role.CHAIR, RoleGrant.revoked_at.is_(None))
    .correlate(Lawyer)
    .scalar_subquery(),
    type_=ARRAY(sa.Text),
)
"""Of a lawyer: the units whose union they chair."""

_AMONG = sa.select(Lawyer.person_id, DECLARED.label("declared"), CHAIRED.label("chaired")).where(
    Lawyer.person_id == sa.any_(sa.bindparam("lawyers", type_=ARRAY(sa.BigInteger)))
)


async def among(session: AsyncSession, lawyer_ids: Sequence[PersonId], employer: str) -> set[PersonId]:
    """Those of these lawyers who, or whose firm, have or had the employer as a client, or who chair its union."""
    rows = await session.execute(_AMONG, {"lawyers": list(lawyer_ids), "employer": employer})
    return {row.person_id for row in rows if row.declared or accuses(row.chaired, employer)}


def accuses(units: Iterable[str], employer: str) -> bool:
    """Whether one of these unions is that of the employer."""
    return any(employer_key(name) == employer_key(employer) for name in units)


async def stands_between(session: AsyncSession, lawyer_id: PersonId, case: Case) -> bool:
    """Whether a conflict keeps this lawyer from this case."""
    return bool(await among(session, [lawyer_id], case.employer))
