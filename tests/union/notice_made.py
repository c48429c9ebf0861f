"""Notices in tests: written, submitted, approved, begun."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.models import DeliveryStatus, Notice, NoticeDelivery, NoticeEvent, NoticeStatus
from storage.types import NoticeId, PersonId, UnitId
from tests.union.world import CHAOYANG, JINSONG, World, new_person
from union import deliveries, notice_approval, notice_clock, notices
from union.alerts import MEMBER
from union.audience import Audience
from union.notice_content import Content
from union.notice_schedule import Timing

TEXT = Content("免费体检", "周六上午九点，社区医院一层")
AT_ONCE = Timing()
HERE = Audience(units=(CHAOYANG,))


async def members(world: World, number: int = 3, unit_id: UnitId = JINSONG) -> list[PersonId]:
    """Members with an open door."""
    async with world.database.begin() as session:
        return [await new_person(session, "会员", world.clock.now(), MEMBER, unit_id=unit_id) for _ in range(number)]


async def write(
    world: World, who: PersonId | None = None, content: Content = TEXT, audience: Audience = HERE, timing: Timing = AT_ONCE
) -> NoticeId:
    """Somebody (the staff of 朝阳) writes a draft."""
    actor = await world.actor(who or world.staff)
    async with world.database.begin() as session:
        return (await notices.write(session, actor, content, audience, timing=timing, now=world.clock.now())).id


async def on(world: World, who: PersonId, notice_id: NoticeId, change: Any, *args: Any, **kwargs: Any) -> Any:
    """Somebody does something with a notice: `change(session, actor, notice, …)` in a transaction of its own."""
    actor = await world.actor(who)
    async with world.database.begin() as session:
        notice = await notices.access_notice(session, actor, notice_id, lock=True)
        return await change(session, actor, notice, *args, **kwargs)


async def submit(world: World, notice_id: NoticeId, who: PersonId | None = None) -> NoticeStatus:
    """Its author submits it."""
    status: NoticeStatus = await on(world, who or world.staff, notice_id, notice_approval.submit, world.clock.now())
    return status


async def approve(world: World, notice_id: NoticeId, who: PersonId | None = None) -> NoticeStatus:
    """Somebody (the staff of the city) approves it."""
    status: NoticeStatus = await on(world, who or world.city_staff, notice_id, notice_approval.approve, world.clock.now())
    return status


async def begun(world: World, **how: Any) -> NoticeId:
    """A small notice that is being sent."""
    notice_id = await write(world, **how)
    assert await submit(world, notice_id, how.get("who")) is NoticeStatus.SENDING
    return notice_id


async def due(world: World) -> list[NoticeId]:
    """The clock looks for what is due."""
    async with world.database.begin() as session:
        return await notice_clock.start_due(session, world.clock.now())


async def expanded(world: World, notice_id: NoticeId) -> None:
    """All its deliveries are made."""
    more = True
    while more:
        async with world.database.begin() as session:
            more = await deliveries.expand_some(session, notice_id)


async def outcome(world: World, notice_id: NoticeId, person_id: PersonId, status: DeliveryStatus = DeliveryStatus.SENT) -> None:
    """What became of it for one person."""
    which = sa.and_(NoticeDelivery.notice_id == notice_id, NoticeDelivery.person_id == person_id)
    async with world.database.begin() as session:
        await session.execute(sa.update(NoticeDelivery).where(which).values(status=status))


async def notice(world: World, notice_id: NoticeId) -> Notice:
    """The notice as it stands in the database now."""
    async with world.database.begin() as session:
        return await session.get_one(Notice, notice_id)


async def all_notices(world: World) -> list[Notice]:
    """Every notice, oldest first."""
    async with world.database.begin() as session:
        return list(await session.scalars(sa.select(Notice).order_by(Notice.id)))


async def log(world: World, notice_id: NoticeId) -> list[NoticeEvent]:
    """What was done with it."""
    async with world.database.begin() as session:
        return await notices.events(session, notice_id)


async def actions(world: World, notice_id: NoticeId) -> list[str]:
    """The names of what was done with it."""
    return [line.action for line in await log(world, notice_id)]


def at(world: World, text: str) -> datetime:
    """A moment in Beijing, such as "2026-11-25 09:00"."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(world.clock.now().tzinfo)
