"""不再匿名: only the worker themself gives it up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case
from storage.types import PersonId
from union import history


async def reveal(session: AsyncSession, case: Case, now: datetime, *, by: PersonId, name: str, phone: str | None) -> bool:
    """The worker gives a name, and a phone if they like. The history says that it was done, not what was given. Returns False when it was so before."""
    if not case.anonymous:
        return False
    case.anonymous, case.contact_name, case.contact_phone = False, name, phone
    history.note(session, case.id, "case.revealed", now, actor_id=by)
    return True
