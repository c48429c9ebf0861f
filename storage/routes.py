"""Where a message goes: the open conversations of a person, the one used last first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from storage.models import Conversation, OutboxRow, OutboxStatus
from storage.outbox import Claimed
from storage.types import ConversationId, OutboxId


@dataclass(frozen=True, slots=True)
class Address:
    """A conversation by its door and the address there."""

    conversation_id: ConversationId
    door: str
    address: str


async def addresses(connection: AsyncConnection, claimed: Sequence[Claimed]) -> dict[OutboxId, list[Address]]:
    """For each claimed row where it may go, best first: a reply to its own conversation, a fact to the person's open ones on its side."""
    conversations = {row.conversation_id for row in claimed if row.conversation_id is not None}
    people = {row.person_id for row in claimed if row.conversation_id is None and row.person_id is not None}
    if not claimed:
        return {}
    query = (
        sa.select(Conversation.id, Conversation.door, Conversation.address, Conversation.person_id, Conversation.side)
        .where(
            sa.or_(
                Conversation.id.in_(conversations),
                Conversation.person_id.in_(people) & Conversation.unreachable_since.is_(None),
            )
        )
        .order_by(Conversation.last_in_at.desc().nulls_last(), Conversation.id)
    )
    found = [(Address(row[0], row[1], row[2]), row[3], row[4]) for row in await connection.execute(query)]
    ways: dict[OutboxId, list[Address]] = {}
    for row in claimed:
        if row.conversation_id is not None:
            ways[row.id] = [way for way, _, _ in found if way.conversation_id == row.conversation_id]
        else:
            ways[row.id] = [way for way, person_id, side in found if person_id == row.person_id and side == row.side]
    return ways


async def last_of_slot(session: AsyncSession, conversation_id: ConversationId, slot: str) -> str:
    """The door's name of the last message sent under a slot in a conversation; empty when there is none."""
    query = (
        sa.select(OutboxRow.message_ref)
        .where(OutboxRow.conversation_id == conversation_id, OutboxRow.slot == slot, OutboxRow.status == OutboxStatus.SENT)
        .order_by(OutboxRow.id.desc())
        .limit(1)
    )
    return await session.scalar(query) or ""


async def mark_unreachable(connection: AsyncConnection, conversation_id: ConversationId, now: datetime) -> None:
    """The person blocked us there, or is gone: nothing is sent there until they write again. The caller commits."""
    await connection.execute(
        sa.update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.unreachable_since.is_(None))
        .values(unreachable_since=now)
    )
