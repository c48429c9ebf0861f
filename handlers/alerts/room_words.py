"""How what was said in a room reads on the other side."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.alerts.about import Params
from handlers.conversation import Button, Reply
from handlers.lawyer import cards
from handlers.wording import handler_word
from storage.models import Case, RoomMessage
from storage.types import PersonId
from union.alerts import Fact
from union.codes import spoken


async def said(session: AsyncSession, fact: Fact, params: Params, reader: PersonId) -> Reply | None:
    """A message in a room."""
    message = await session.get(RoomMessage, params["message"])
    if message is None:
        return None
    case = await session.get_one(Case, message.case_id)
    if fact is Fact.ROOM_ANSWER:
        if case.responsible_id != reader:  # it went to somebody else meanwhile, who reads it in the room
            return None
        return Reply(
            title=f"{cards.who(case)} · 案件 {spoken(case.code)}",
            text=message.text or "［材料］",
            buttons=((Button(label="回复", choice=f"c:room:{case.id}"), Button(label="看案件", choice=f"c:card:{case.id}")),),
            file=message.file_id,
        )
    return Reply(
        title=f"{handler_word(case)} · 案件 {spoken(case.code)}",
        text=message.text or "［材料］",
        buttons=((Button(label="回复", choice=f"w:room:{case.id}"),),),
        file=message.file_id,
    )
