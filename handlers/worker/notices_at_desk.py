"""The buttons of a notice at the desk, where it reaches those who have no other door (a chair gets 劳动午报 there, S1), and where its author sees
the preview, whose buttons look the same."""

from __future__ import annotations

from collections import ChainMap

from handlers.choices import Choices, Take
from handlers.conversation import Reply
from handlers.turn import Turn
from handlers.worker import notice_taps, subscription, survey
from storage.types import NoticeId
from union import subscriptions
from union.notice_content import Do

ONLY_A_PREVIEW = "这是预览上的按钮，会员点了才起作用。"


def _if_it_was_meant_for_them(take: Take, place: int) -> Take:
    """place: where the notice's number stands among the parts; a button without one stands under no notice."""

    async def taken(turn: Turn, parts: list[str]) -> list[Reply]:
        notice_id = NoticeId(int(parts[place])) if parts[place:] else None
        if (
            turn.person_id is not None
            and notice_id is not None
            and not await subscriptions.was_meant(turn.session, turn.person_id, notice_id)
        ):
            return [Reply(text=ONLY_A_PREVIEW)]
        return await take(turn, parts)

    return taken


async def _tap(turn: Turn, parts: list[str]) -> list[Reply]:
    """There are no services for workers at the desk: says where they are."""
    button = await notice_taps.pressed(turn, parts)
    if button.do is Do.ACK:
        return [Reply(text=notice_taps.THANKS)]
    return [Reply(text=f"“{button.label}”在工会的会员机器人里：打开它，从菜单里点，或者直接打字问。")]


CHOICES: Choices = ChainMap(
    {
        "n:tap": _if_it_was_meant_for_them(_tap, 0),
        "n:off": _if_it_was_meant_for_them(subscription.CHOICES["n:off"], 1),
        "n:survey": _if_it_was_meant_for_them(survey.CHOICES["n:survey"], 1),
    },
    dict(subscription.CHOICES),
    dict(survey.CHOICES),
)
