"""Whether somebody tells the same thing twice. Reads only: what follows from it is the worker's choice, or that of staff (union/links)."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.employers import employer_key
from storage.models import Case, CaseFollower, CaseKind
from storage.types import CaseId, PersonId
from union.lifecycle import OPEN

WITHIN = timedelta(days=30)
"""How long after an open case was received another one on the same matter is taken for the same."""


async def open_like(
    session: AsyncSession, *, worker_id: PersonId, employer: str, topic: str, now: datetime, but: CaseId | None = None
) -> list[Case]:
    """The open cases of the last 30 days that this worker brought, or follows, against the same employer on the same subject, the latest first.

    employer: under whatever name (storage/employers); without one nothing is taken for the same. but: a case that is not looked for.
    An incident is no duplicate of anything: it has people of its own.
    """
    if not employer_key(employer):
        return []
    followed = sa.select(CaseFollower.case_id).where(CaseFollower.person_id == worker_id)
    query = sa.select(Case).where(
        sa.or_(Case.worker_id == worker_id, Case.id.in_(followed)),
        Case.status.in_(OPEN),
        Case.kind != CaseKind.INCIDENT,
        Case.employer_index == employer,
        Case.topic == topic,
        Case.received_at > now - WITHIN,
    )
    if but is not None:
        query = query.where(Case.id != but)
    return list(await session.scalars(query.order_by(Case.id.desc())))
