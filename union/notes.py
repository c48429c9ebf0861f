"""What those who handle a case write down for one another. None of it ever reaches the worker."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseNote, NoteKind
from storage.types import CaseId, PersonId
from union import history

LONGEST = 1000
"""Characters of a note."""


async def add(
    session: AsyncSession,
    case: Case,
    text: str,
    now: datetime,
    *,
    by: PersonId,
    kind: NoteKind = NoteKind.NOTE,
    happened_at: datetime | None = None,
    action: str = "case.noted",
) -> CaseNote:
    """Writes a note; the history says that there is one, not what it says. happened_at: when a call or visit took place, now if left out.

    action: the line of the history.
    """
    note = CaseNote(case_id=case.id, author_id=by, kind=kind, text=text[:LONGEST], happened_at=happened_at or now, created_at=now)
    session.add(note)
    await session.flush()
    history.note(session, case.id, action, now, actor_id=by, note=note.id, kind=kind.value)
    return note


async def of_case(session: AsyncSession, case_id: CaseId, limit: int = 15) -> list[CaseNote]:
    """The last notes on a case, oldest first; calls and visits are among them."""
    query = sa.select(CaseNote).where(CaseNote.case_id == case_id).order_by(CaseNote.id.desc()).limit(limit)
    return list(reversed(list(await session.scalars(query))))
