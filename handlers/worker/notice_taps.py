"""What happens when somebody presses a button of a notice, besides that it is noted: 已阅, 咨询, a service of the menu."""

from __future__ import annotations

from handlers.turn import Turn
from storage.models import Notice
from storage.types import NoticeId
from union import deliveries
from union.errors import NotFound
from union.notice_content import NoticeButton

THANKS = "好的，记下您看过了。有事随时打字问我。"


async def pressed(turn: Turn, parts: list[str]) -> NoticeButton:
    """The button of a notice, and the note that this reader pressed it. parts: the notice and the button's place. Raises NotFound, ValueError."""
    notice_id, number = NoticeId(int(parts[0])), int(parts[1] if parts[1:] else "")
    notice = await turn.session.get(Notice, notice_id)
    if notice is None or not 0 <= number < len(notice.buttons):
        raise NotFound
    if turn.person_id is not None:
        await deliveries.tap(turn.session, notice_id, turn.person_id, number, turn.now)
    return NoticeButton.from_json(notice.buttons[number])
