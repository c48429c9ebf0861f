"""The room between the worker and the one responsible for a case. Both write through the bot; neither sees the other's account or number."""

from __future__ import annotations

from datetime import datetime

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseStatus, RoomMessage
from storage.rooms import last_word, paused_case
from storage.types import CaseId, FileId, PersonId
from union import cases, lifecycle
from union.alerts import Fact, tell, tell_worker
from union.errors import IllegalTransition
from union.lifecycle import ENDED, OPEN
from union.rules import Rules


async def write(
    session: AsyncSession, case: Case, author_id: PersonId, rules: Rules, now: datetime, *, text: str, file_id: FileId | None = None
) -> RoomMessage:
    """Puts a message into the room and on its way to the other side. Writing takes the case as accepted, if it had not been pressed.

    author_id: the one responsible, or the worker (at whatever door: access was asked when the case was loaded). A worker who writes can be
    reached again, so a pause ends. Raises IllegalTransition for an ended case or one that nobody handles yet, InConflict as `cases.accept` does.
    """
    handler_id = case.responsible_id
    if case.status in ENDED or handler_id is None or case.status is CaseStatus.RECEIVED:
        raise IllegalTransition(case.status, "write")
    from_worker = author_id != handler_id
    if from_worker:
        await cases.resume(session, case, rules, now, by=author_id)
    else:
        await cases.accept(session, case, author_id, rules, now)
    message = RoomMessage(case_id=case.id, from_worker=from_worker, author_id=author_id, text=text, file_id=file_id, created_at=now)
    session.add(message)
    await session.flush()
    await seen(session, case.id, now, by_worker=from_worker)
    key = f"room:{message.id}"
    if from_worker:
        await tell(session, handler_id, Fact.ROOM_ANSWER, now, subject="case", subject_id=case.id, key=key, message=message.id)
    else:
        await tell_worker(session, case, Fact.ROOM_MESSAGE, now, key=key, message=message.id)
    return message


async def reached(session: AsyncSession, message_id: int, at: datetime, rules: Rules) -> None:
    """A message has reached the other side. The handler's first one to reach the worker is the intervention that stops the clock (S1 三(三)3)."""
    case_id = await session.scalar(sa.select(RoomMessage.case_id).where(RoomMessage.id == message_id))
    if case_id is None:
        return
    case = await session.get_one(Case, case_id, with_for_update=True)  # the case before its message, as everybody does
    message = await session.get_one(RoomMessage, message_id, with_for_update=True)
    if message.reached_at is not None:
        return
    message.reached_at = at
    if message.from_worker or case.status in ENDED or case.responsible_id != message.author_id:
        return
    if not await cases.intervene(session, case, rules, at, "message"):
        await lifecycle.happened(session, case, "news", rules, at)


async def seen(session: AsyncSession, case_id: CaseId, at: datetime, *, by_worker: bool) -> None:
    """One side looks at the room, or answers: what the other side wrote and what reached them is read."""
    await session.execute(
        sa.update(RoomMessage)
        .where(
            RoomMessage.case_id == case_id,
            RoomMessage.from_worker.is_(not by_worker),
            RoomMessage.reached_at.is_not(None),
            RoomMessage.read_at.is_(None),
        )
        .values(read_at=at)
        .execution_options(synchronize_session=False)
    )


async def waiting_for_answer(driver: asyncpg.Connection, worker_id: PersonId, since: datetime) -> CaseId | None:
    """The worker's open case in which the lawyer had the last word since `since`: what the worker types next is most likely an answer.

    So it is, however long ago, where somebody has tried in vain to reach them: any word of theirs lets the clocks run on.
    Asked for whatever a known worker types, so it goes the hot path's way.
    """
    said = await last_word(driver, worker_id, OPEN)
    if said is not None and not said.from_worker and said.at >= since:
        return said.case_id
    return await paused_case(driver, worker_id, [status for status in OPEN if status is not CaseStatus.RECEIVED])


async def transcript(session: AsyncSession, case_id: CaseId, limit: int = 10, *, before: int | None = None) -> list[RoomMessage]:
    """The last messages of a room, oldest first. before: only those before the message of that number."""
    query = sa.select(RoomMessage).where(RoomMessage.case_id == case_id).order_by(RoomMessage.id.desc()).limit(limit)
    if before is not None:
        query = query.where(RoomMessage.id < before)
    return list(reversed(list(await session.scalars(query))))
