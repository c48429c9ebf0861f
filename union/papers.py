"""Files outside any case: one that the house makes for somebody, and one that somebody sent to be read. The tidying deletes them after a month."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import FileStatus, StoredFile
from storage.types import FileId
from union.errors import NotFound

HOUSE = "house"
"""The door of a file that came through none."""


async def make(session: AsyncSession, *, name: str, mime: str, data: bytes, now: datetime) -> FileId:
    """Stores a file that a reply can carry. Returns its number."""
    file = StoredFile(
        door=HOUSE,
        handle="",
        kind="document",
        name=name,
        mime=mime,
        size=len(data),
        data=data,
        status=FileStatus.STORED,
        not_before=now,
        address="",
        created_at=now,
    )
    session.add(file)
    await session.flush()
    return file.id


async def read(session: AsyncSession, file_id: FileId, *, door: str, address: str) -> bytes | None:
    """What is in a file that came from this address; None while it is still being fetched. Raises NotFound for one that is gone or not theirs."""
    query = sa.select(StoredFile.status, StoredFile.data).where(
        StoredFile.id == file_id, StoredFile.door == door, StoredFile.address == address
    )
    found = (await session.execute(query)).first()
    if found is None or found.status is FileStatus.GONE:
        raise NotFound
    if found.status is FileStatus.WAITING:
        return None
    return found.data or b""
