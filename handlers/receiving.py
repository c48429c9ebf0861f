"""Taking in a file that somebody sent in this turn."""

from __future__ import annotations

from handlers.conversation import FILE_LIMIT
from handlers.turn import Turn
from storage.types import FileId
from union import evidence

MEGABYTE = 1024 * 1024


def too_large(turn: Turn) -> str:
    """What to say of a file over the limit; empty when it isn't."""
    file = turn.incoming.file
    if file is None or file.size <= FILE_LIMIT:
        return ""
    return f"这个文件有 {file.size / MEGABYTE:.0f} MB，最大只能收 {FILE_LIMIT // MEGABYTE} MB，没有收下。可以压缩一下，或者拍照发来。"


async def register(turn: Turn) -> FileId:
    """Registers the turn's file; its bytes are fetched in the background. Raises NotFound for a web handle that is somebody else's."""
    file = turn.incoming.file
    if file is None:
        raise ValueError("no file in this turn")
    return await evidence.register(
        turn.session,
        door=turn.incoming.door,
        address=turn.incoming.address,
        handle=file.handle,
        kind=file.kind,
        name=file.name,
        mime=file.mime,
        size=file.size,
        now=turn.now,
    )
