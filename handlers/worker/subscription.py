"""The buttons under a notice: seen, no more of these, and back again."""

from __future__ import annotations

from handlers.conversation import Button, Reply
from handlers.turn import Turn
from union import notices

OFF, ON = "n:off", "n:on"


async def answer(turn: Turn, choice: str) -> list[Reply]:
    """知道了, 不再接收通知, 恢复接收."""
    if turn.person_id is None or choice not in (OFF, ON):
        return [Reply(text="好的。有事随时打字问我。")]
    await notices.subscribe(turn.session, turn.person_id, turn.now, wanted=choice == ON)
    if choice == ON:
        return [Reply(text="好的，恢复接收工会通知。")]
    back = ((Button(label="恢复接收", choice=ON),),)
    return [Reply(text="好的，以后不再给您发工会通知。您自己案件的消息照常会收到。", buttons=back)]
