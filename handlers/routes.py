"""Which counter takes what came in. The one entrance for dispatch; everything behind it is plain functions."""

from __future__ import annotations

from handlers.conversation import TEXT_LIMIT, Kind, Reply, Side
from handlers.desk import desk
from handlers.turn import Turn
from handlers.worker.counter import member


async def handle(turn: Turn) -> list[Reply]:
    """One turn, whatever it is."""
    if turn.incoming.kind in (Kind.STOPPED, Kind.RETURNED):
        return []
    if len(turn.incoming.text) > TEXT_LIMIT:
        return [Reply(text=f"这条消息有 {len(turn.incoming.text)} 个字，最多 {TEXT_LIMIT} 个字。请分成几条发。")]
    return await (member(turn) if turn.side is Side.MEMBER else desk(turn))
