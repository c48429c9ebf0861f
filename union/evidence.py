"""Files that people send: registered at once, fetched from their door in the background, tied to a case when it is opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import FileStatus, RoomMessage, StoredFile
from storage.types import CaseId, FileId
from union.errors import NotFound

WEB = "web"


async def register(
    session: AsyncSession, *, door: str, address: str, handle: str, kind: str, name: str, mime: str, size: int, now: datetime
) -> FileId:
    """Notes a file that arrived; its bytes are fetched later (the web door has stored them already: its handle is our number).

    Raises NotFound for a handle of the web door that is somebody else's.
    """
    if door == WEB:
        found = await session.scalar(sa.select(StoredFile).where(StoredFile.id == int(handle), StoredFile.address == address))
        if found is None:
            raise NotFound
        return found.id
    file = StoredFile(
        door=door,
        address=address,
        handle=handle,
        kind=kind,
        name=name,
        mime=mime,
        size=size,
        status=FileStatus.WAITING,
        attempts=0,
        not_before=now,
        created_at=now,
    )
    session.add(file)
    await session.flush()
    return file.id


async def attach(session: AsyncSession, file_ids: Sequence[FileId], case_id: CaseId) -> None:
    """Ties files to a case."""
    if file_ids:
        await session.execute(sa.update(StoredFile).where(StoredFile.id.in_(file_ids)).values(case_id=case_id))


async def of_case(session: AsyncSession, case_id: CaseId) -> list[StoredFile]:
    """The files of a case, without their bytes."""
    return list(await session.scalars(sa.select(StoredFile).where(StoredFile.case_id == case_id).order_by(StoredFile.id)))


async def of_worker(session: AsyncSession, case_id: CaseId) -> list[StoredFile]:
    """The files of a case that the worker sent and we have or are fetching: what the lawyer sent into the room is no evidence of theirs."""
    from_lawyer = sa.select(RoomMessage.id).where(RoomMessage.file_id == StoredFile.id, sa.not_(RoomMessage.from_worker))
    query = sa.select(StoredFile).where(StoredFile.case_id == case_id, StoredFile.status != FileStatus.GONE, sa.not_(from_lawyer.exists()))
    return list(await session.scalars(query.order_by(StoredFile.id)))
