"""Sentences that somebody at the desk keeps ready for the rooms."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import CannedReply
from storage.types import PersonId
from union.errors import NotFound

MOST = 30
"""So many that a list on a phone is still a help."""

LONGEST = 1000
"""Characters of one."""


class TooMany(ValueError):
    """There is no place for another one."""


async def add(session: AsyncSession, owner_id: PersonId, text: str, now: datetime) -> CannedReply:
    """Keeps a sentence; one that is kept already is not kept twice. Raises TooMany."""
    standing = await of(session, owner_id)
    words = text.strip()[:LONGEST]
    for kept in standing:
        if kept.text == words:
            return kept
    if len(standing) >= MOST:
        raise TooMany
    reply = CannedReply(owner_id=owner_id, text=words, created_at=now)
    session.add(reply)
    await session.flush()
    return reply


async def of(session: AsyncSession, owner_id: PersonId) -> list[CannedReply]:
    """Somebody's sentences, the oldest first."""
    return list(await session.scalars(sa.select(CannedReply).where(CannedReply.owner_id == owner_id).order_by(CannedReply.id)))


async def one(session: AsyncSession, owner_id: PersonId, reply_id: int) -> CannedReply:
    """One of somebody's own sentences. Raises NotFound for one that is gone, and for somebody else's."""
    reply = await session.get(CannedReply, reply_id)
    if reply is None or reply.owner_id != owner_id:
        raise NotFound
    return reply


async def delete(session: AsyncSession, owner_id: PersonId, reply_id: int) -> None:
    """Deletes one of somebody's own. Raises NotFound."""
    await session.delete(await one(session, owner_id, reply_id))
    await session.flush()
