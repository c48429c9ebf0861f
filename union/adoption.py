"""Open cases of an earlier version, from before every kind had its clock and somebody responsible: they are taken up as if they had come today."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseStatus, Deadline
from union import history, routing
from union.lifecycle import happened
from union.rules import Rules, contact_rule

AT_ONCE = 100


async def adopt(session: AsyncSession, rules: Rules, now: datetime) -> int:
    """Gives received cases that never had a deadline their clock, from now on, and somebody responsible. Returns how many; a hundred at once at most."""
    had_one = sa.exists().where(Deadline.subject == "case", Deadline.subject_id == Case.id)
    query = sa.select(Case).where(Case.status == CaseStatus.RECEIVED, sa.not_(had_one)).order_by(Case.id).limit(AT_ONCE)
    left = list(await session.scalars(query.with_for_update(key_share=True, skip_locked=True)))
    for case in left:
        case.due_at = now + contact_rule(rules, case.kind).due
        history.note(session, case.id, "case.adopted", now)
        await happened(session, case, "received", rules, now)
        if case.responsible_id is None:
            await routing.route(session, case, rules, now)
        await session.flush()
    return len(left)
