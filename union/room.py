"""The room between the worker and the lawyer of a case. Both write through the bot; neither sees the other's account or number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, RoomMessage
from storage.rooms import last_word
from storage.types import CaseId, FileId, PersonId
from union import cases, deadlines
from union.alerts import Fact, tell
from union.errors import IllegalTransition, NotFound
from union.rules import Rule


async def write(
    session: AsyncSession, case: Case, author_id: PersonId, text: str, now: datetime, *, file_id: FileId | None = None
) -> RoomMessage:
    """Puts a message into the room and on its way to the other side. Writing takes the case as accepted, if the lawyer had not pressed it.

    Raises NotFound for anybody but the two, IllegalTransition for an ended case or one that no lawyer has yet.
    """
    if author_id not in (case.worker_id, case.lawyer_id):
        raise NotFound
    if case.status in cases.ENDED or case.lawyer_id is None:
        raise IllegalTransition(case.status, "write")
    from_worker = author_id == case.worker_id
    if not from_worker:
        await cases.accept(session, case, author_id, now)
    message = RoomMessage(case_id=case.id, from_worker=from_worker, author_id=author_id, text=text, file_id=file_id, created_at=now)
    session.add(message)
    await session.flush()
    to = case.lawyer_id if from_worker else case.worker_id
    fact = Fact.ROOM_ANSWER if from_worker else Fact.ROOM_MESSAGE
    await tell(session, to, fact, now, subject="case", subject_id=case.id, key=f"room:{message.id}", message=message.id)
    return message


async def reached(session: AsyncSession, message_id: int, at: datetime, rules: Mapping[str, Rule]) -> None:
    """A message has reached the other side. The lawyer's first one to reach the worker is the intervention that stops the 24-hour clock."""
    message = await session.get(RoomMessage, message_id, with_for_update=True)
    if message is None or message.reached_at is not None:
        return
    message.reached_at = at
    if message.from_worker:
        return
    case = await session.get_one(Case, message.case_id, with_for_update=True)
    if case.status in cases.ENDED or case.lawyer_id != message.author_id:
        return
    if not await cases.intervene(session, case, at, "message", rules):
        await deadlines.restart(session, rules["follow_up"], case.id, at)


async def waiting_for_answer(driver: asyncpg.Connection, worker_id: PersonId, since: datetime) -> CaseId | None:
    """The worker's open case in which the lawyer had the last word since `since`: what the worker types next is most likely an answer.

    Asked for whatever a known worker types, so it goes the hot path's way.
    """
    said = await last_word(driver, worker_id, cases.OPEN)
    if said is None or said.from_worker or said.at < since:
        return None
    return said.case_id


async def transcript(session: AsyncSession, case_id: CaseId, limit: int = 10) -> list[RoomMessage]:
    """The last messages of a room, oldest first."""
    query = sa.select(RoomMessage).where(RoomMessage.case_id == case_id).order_by(RoomMessage.id.desc()).limit(limit)
    return list(reversed(list(await session.scalars(query))))
