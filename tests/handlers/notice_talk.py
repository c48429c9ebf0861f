"""Writing a notice in a conversation, for the tests of what comes after."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from handlers.conversation import Reply
from storage.models import Notice
from tests.handlers.talk import Talk
from tests.union.world import World

TITLE, WORDS = "免费体检", "周六上午九点，<社区>医院一层 & 二层"


def on_sheet(place: str) -> Sequence[str]:
    """The buttons that choose everybody of a place."""
    return ("换单位", place, "就这些")


def bold(reply: Reply) -> list[str]:
    """What is bold in it."""
    return [reply.text[start:end] for start, end in reply.bold]


async def to_the_buttons(staff: Talk, *, file: bool = True) -> None:
    """As far as the question for buttons; without file as far as the one for a picture."""
    await staff.say("发通知")
    await staff.press("写通知", "服务信息", *on_sheet("劲松"))
    await staff.say(TITLE, WORDS)
    if file:
        await staff.press("跳过")


async def to_the_time(staff: Talk) -> None:
    """As far as the question when it goes out."""
    await to_the_buttons(staff)
    await staff.press("跳过", "夜里不打扰")


async def written(staff: Talk) -> None:
    """A draft for 劲松, to go out at once."""
    await to_the_time(staff)
    await staff.press("马上发", "存好，看预览")


async def the_notice(world: World) -> Notice:
    """The notice that was written last."""
    async with world.database.begin() as session:
        return (await session.scalars(sa.select(Notice).order_by(Notice.id.desc()).limit(1))).one()
