"""What the choice among lawyers is made from, read from the register."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import IS_OPEN, Case, CaseEvent, Lawyer, LawyerLeave, LawyerUnit, Person, Role, RoleGrant, Unit
from storage.types import PersonId
from union import conflicts
from union.choosing import Candidate
from union.units import UnitCard

GIVEN_BACK = ("case.declined", "case.passed_on", "case.handed_over")
"""Whoever appears as the actor, or as `lawyer`, of such a line does not get the same case again by the program's choice."""


_case, _now = sa.bindparam("case", type_=sa.BigInteger), sa.bindparam("now", type_=sa.DateTime(timezone=True))

_path = sa.select(Unit.path).where(Unit.id == sa.bindparam("unit", type_=sa.BigInteger)).scalar_subquery()
_above = sa.cast(sa.func.string_to_array(sa.func.rtrim(_path, "."), "."), ARRAY(sa.BigInteger))

_away = sa.exists().where(
    LawyerLeave.lawyer_id == Lawyer.person_id,
    LawyerLeave.starts_at <= _now,
    LawyerLeave.ends_at > _now,
    LawyerLeave.cancelled_at.is_(None),
)
_still_lawyer = sa.exists().where(RoleGrant.person_id == Lawyer.person_id, RoleGrant.role == Role.LAWYER, RoleGrant.revoked_at.is_(None))
_gave_back = sa.exists().where(
    CaseEvent.case_id == _case,
    CaseEvent.action.in_(GIVEN_BACK),
    sa.or_(CaseEvent.actor_id == Lawyer.person_id, CaseEvent.detail["lawyer"].as_integer() == Lawyer.person_id),
)
_worker = sa.bindparam("worker", type_=sa.BigInteger)
_language = sa.select(Person.language).where(Person.id == _worker).scalar_subquery()

# Columns, not entities, and everything in one statement that is made once: a pool is seventy lawyers, read for every new case.
_CANDIDATES = (
    sa.select(
        Unit.id,
        Unit.kind,
        Unit.name,
        Unit.short,
        Unit.path,
        _path.label("own_path"),
        LawyerUnit.named_at,
        Lawyer.person_id,
        Lawyer.capacity,
        Lawyer.last_assigned_at,
        Person.made_up,
        _away.label("away"),
        _gave_back.label("gave_back"),
        conflicts.DECLARED.label("declared"),
        conflicts.CHAIRED.label("chaired"),
        sa.or_(sa.func.cardinality(Lawyer.topics) == 0, sa.bindparam("topic", type_=sa.Text) == sa.any_(Lawyer.topics)).label("knows"),
        sa.or_(_language.is_(None), _language == sa.any_(Lawyer.languages)).label("speaks"),
    )
    .join(LawyerUnit, LawyerUnit.unit_id == Unit.id)
    .join(Lawyer, Lawyer.person_id == LawyerUnit.lawyer_id)
    .join(Person, Person.id == Lawyer.person_id)
    .where(Unit.id == sa.any_(_above), Lawyer.person_id != _worker, _still_lawyer)
)


async def candidates_for(session: AsyncSession, case: Case, now: datetime) -> list[Candidate]:
    """Every lawyer named for a unit on the case's ladder, without their open cases counted; nobody is a candidate for a case of their own."""
    asked = {"case": case.id, "unit": case.unit_id, "worker": case.worker_id, "topic": case.topic, "employer": case.employer, "now": now}
    return [
        Candidate(
            lawyer_id=row.person_id,
            unit=UnitCard(row.id, row.kind, row.name, row.short, row.path),
            level=row.own_path.count(".") - row.path.count("."),
            capacity=row.capacity,
            on_leave=row.away,
            in_conflict=row.declared or conflicts.accuses(row.chaired, case.employer),
            knows_topic=row.knows,
            speaks=row.speaks,
            made_up=row.made_up,
            named_at=row.named_at,
            last_assigned_at=row.last_assigned_at,
            gave_back=row.gave_back,
        )
        for row in await session.execute(_CANDIDATES, asked)
    ]


_LOADS = (
    sa.select(Case.lawyer_id, sa.func.count())
    .where(Case.lawyer_id == sa.any_(sa.bindparam("lawyers", type_=ARRAY(sa.BigInteger))), IS_OPEN)
    .group_by(Case.lawyer_id)
)
_CAPACITY = sa.select(Lawyer.capacity).where(Lawyer.person_id == sa.bindparam("lawyer")).with_for_update(key_share=True)


async def loads(session: AsyncSession, lawyer_ids: Sequence[PersonId]) -> dict[PersonId, int]:
    """How many open cases each of them has."""
    found = {PersonId(row[0]): row[1] for row in await session.execute(_LOADS, {"lawyers": list(lawyer_ids)}) if row[0] is not None}
    return {lawyer_id: found.get(lawyer_id, 0) for lawyer_id in lawyer_ids}


async def is_full(session: AsyncSession, lawyer_id: PersonId) -> bool:
    """Whether a lawyer has no place left. The row of one who has stays locked until the end of the transaction, so that the answer stays true.

    Of one who has none it is let go at once: two cases that held on to full lawyers, each in its own order, would wait for each other.
    """
    await session.flush()  # what is rolled back here is the lock alone
    await session.execute(sa.text("SAVEPOINT before_the_lock"))
    capacity = await session.scalar(_CAPACITY, {"lawyer": lawyer_id})
    full = capacity is None or (await loads(session, [lawyer_id]))[lawyer_id] >= capacity
    if full:
        await session.execute(sa.text("ROLLBACK TO SAVEPOINT before_the_lock"))
    return full
