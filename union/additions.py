"""More words for a case that is there already, so that nothing a worker says is lost, whether or not somebody handles the case yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseStatus
from storage.types import FileId, PersonId
from union import evidence, history, room
from union.errors import IllegalTransition
from union.lifecycle import ENDED
from union.rules import Rules


async def add(
    session: AsyncSession, case: Case, by: PersonId, rules: Rules, now: datetime, *, text: str, file_ids: Sequence[FileId] = ()
) -> None:
    """The worker adds words and files. The one responsible hears them in the room; as long as nobody is, they stand at the end of the story.

    Raises IllegalTransition for a case that has ended.
    """
    if case.status in ENDED:
        raise IllegalTransition(case.status, "add")
    await evidence.attach(session, file_ids, case.id)
    history.note(session, case.id, "case.added", now, actor_id=by, files=len(file_ids))
    if case.responsible_id is None or case.status is CaseStatus.RECEIVED:
        case.story = f"{case.story}\n\n{text}"
    else:
        await room.write(session, case, by, rules, now, text=text)
