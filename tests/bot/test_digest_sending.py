"""The day's number and the digest, through the engine to a door: what is over the number comes at 11:30, once, in one message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from bot.broadcast import Broadcast
from bot.clock import VirtualClock
from bot.fetching import Fetching
from bot.pace import Pace
from bot.timers import Timers
from handlers.alerts.digest_words import TITLE
from storage.database import Database
from storage.models import Category, DeliveryStatus, Notice, NoticeDelivery, NoticeStatus, Role
from storage.types import NoticeId, PersonId
from tests.bot.doors import RecordingDoor
from tests.union.world import CITY, JINSONG, RULES, World, make_world, new_person
from union import deliveries, subscriptions
from union.alerts import MEMBER
from union.audience import Audience

MEMBERS, AT_DESK = "test-member", "test-desk"
OWNER = 4711


@pytest.fixture
async def world(database: Database, clock: VirtualClock) -> World:
    return await make_world(database, clock)


@pytest.fixture
async def member(world: World) -> PersonId:
    """A member of 劲松."""
    async with world.database.begin() as session:
        return await new_person(session, "", world.clock.now(), MEMBER, unit_id=JINSONG)


@pytest.fixture
async def doors(world: World) -> AsyncIterator[dict[str, RecordingDoor]]:
    """Both counters' doors, through which notices go out."""
    doors = {name: RecordingDoor(name) for name in (MEMBERS, AT_DESK)}
    broadcast = Broadcast(world.database, world.clock, doors, {name: Pace(1000) for name in doors}, owner=OWNER, paid_rate=1000)
    await broadcast.start()
    lanes = [asyncio.create_task(lane.run()) for lane in broadcast.lanes.values()]
    yield doors
    for lane in lanes:
        lane.cancel()
    await asyncio.gather(*lanes, return_exceptions=True)
    await broadcast.stop()


async def send(world: World, title: str, **other: Any) -> NoticeId:
    """A notice to everybody in the city, unless it is said to whom, begins, and its deliveries are made."""
    now = world.clock.now()
    told = {"author_id": world.city_staff, "unit_id": CITY, "category": Category.SERVICE, "audience": Audience(units=(CITY,)).to_json()}
    async with world.database.begin() as session:
        notice = Notice(title=title, text=f"{title}的事", status=NoticeStatus.SENDING, created_at=now, started_at=now, **(told | other))
        session.add(notice)
        await session.flush()
        await deliveries.begin(session, notice)
        notice_id = NoticeId(notice.id)
    await expand(world, notice_id)
    return notice_id


async def expand(world: World, notice_id: NoticeId) -> None:
    more = True
    while more:
        async with world.database.begin() as session:
            more = await deliveries.expand_some(session, notice_id)


async def settled(world: World, notice_id: NoticeId) -> dict[PersonId, DeliveryStatus]:
    """What became of a notice for everybody, once it is settled."""
    query = sa.select(NoticeDelivery.person_id, NoticeDelivery.status).where(NoticeDelivery.notice_id == notice_id)
    for _ in range(500):
        async with world.database.begin() as session:
            found = {row[0]: DeliveryStatus(row[1]) for row in await session.execute(query)}
        if not {DeliveryStatus.WAITING, DeliveryStatus.IN_HAND} & set(found.values()):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("somebody still waits")


async def tell_digest(world: World) -> NoticeId | None:
    """The clock looks whether a digest is due, and makes its deliveries."""
    timers = Timers(
        world.database,
        world.clock,
        rules=RULES,
        subjects={},
        owner=OWNER,
        fetching=Fetching(world.database, world.clock, {}),
        on_facts=lambda: None,
    )
    await timers.begin_digest()
    async with world.database.begin() as session:
        found = await session.scalar(sa.select(Notice.id).where(Notice.digest_day.is_not(None)).order_by(Notice.id.desc()).limit(1))
    if found is not None:
        await expand(world, found)
    return found


async def test_the_fourth_notice_of_a_day_comes_at_half_past_eleven_in_a_digest_and_once(
    world: World, member: PersonId, doors: dict[str, RecordingDoor]
) -> None:
    for number in range(1, 4):
        assert await settled(world, await send(world, f"通知{number}")) == {member: DeliveryStatus.SENT}
    assert await settled(world, await send(world, "第四条通知")) == {member: DeliveryStatus.GATHERED}
    assert await settled(world, await send(world, "停水停电", urgent=True)) == {member: DeliveryStatus.SENT}
    sent = doors[MEMBERS].sent
    assert [each.reply.title for each in sent] == ["通知1", "通知2", "通知3", "停水停电"]
    world.clock.advance(hours=1, minutes=29)
    assert await tell_digest(world) is None
    world.clock.advance(minutes=1)
    digest_id = await tell_digest(world)
    assert digest_id is not None
    assert await settled(world, digest_id) == {member: DeliveryStatus.SENT}
    assert [(each.reply.title, each.address) for each in sent[4:]] == [(TITLE, sent[0].address)]
    assert "1. 第四条通知\n第四条通知的事" in sent[4].reply.text
    world.clock.advance(days=1)
    assert await tell_digest(world) == digest_id  # no other was begun


async def test_the_midday_paper_reaches_chairs_at_the_desk(world: World, doors: dict[str, RecordingDoor]) -> None:
    chairs = Audience(units=(CITY,), role=Role.CHAIR).to_json()
    paper = await send(world, "劳动午报", category=Category.DIGEST, audience=chairs)
    assert await settled(world, paper) == {world.chair: DeliveryStatus.SENT}
    assert [each.reply.title for each in doors[AT_DESK].sent] == ["劳动午报"]


async def test_sent_to_everybody_the_midday_paper_reaches_only_those_who_asked_for_it(
    world: World, member: PersonId, doors: dict[str, RecordingDoor]
) -> None:
    async with world.database.begin() as session:
        other = await new_person(session, "", world.clock.now(), MEMBER, unit_id=JINSONG)
        await subscriptions.switch(session, other, Category.DIGEST, world.clock.now(), on=True)
    paper = await send(world, "劳动午报", category=Category.DIGEST)
    assert await settled(world, paper) == {member: DeliveryStatus.LEFT_OUT, other: DeliveryStatus.SENT}
    assert len(doors[MEMBERS].sent) == 1
