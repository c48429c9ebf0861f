"""What health and metrics say of notices: how many are being sent, how many deliveries wait, how many go out in a minute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from bot import health
from bot.clock import VirtualClock
from bot.health import Health, metrics_text
from storage.database import Database
from storage.models import DeliveryStatus, NoticeDelivery, NoticeStatus
from tests.union.notice_rows import deliver, new_notice
from tests.union.world import World, make_world


@pytest.fixture
async def world(database: Database, clock: VirtualClock) -> World:
    return await make_world(database, clock)


@pytest.fixture
def watch(world: World, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> Health:
    monkeypatch.setattr(health, "REMEMBER_SECONDS", -1.0)
    return Health(world.database, clock, {}, lambda: {"ok": True})


async def notices(watch: Health) -> Mapping[str, Any]:
    said: Mapping[str, Any] = (await watch.report())["notices"]
    return said


async def send_all(world: World) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.update(NoticeDelivery).values(status=DeliveryStatus.SENT))


async def test_what_is_being_sent_and_what_waits(world: World, watch: Health) -> None:
    for status in (NoticeStatus.SENDING, NoticeStatus.PAUSED, NoticeStatus.STOPPED):
        notice_id = await new_notice(world, status=status)
        await deliver(world, notice_id, DeliveryStatus.WAITING)
        await deliver(world, notice_id, DeliveryStatus.UNREACHABLE)
    assert await notices(watch) == {"sending": 1, "waiting": 2, "sent": 0, "sent_per_minute": None}


async def test_the_rate_is_taken_over_the_last_minute(world: World, watch: Health, clock: VirtualClock) -> None:
    notice_id = await new_notice(world, status=NoticeStatus.SENDING)
    assert (await notices(watch))["sent_per_minute"] is None
    for _ in range(3):
        await deliver(world, notice_id)
    clock.advance(seconds=30)
    assert (await notices(watch))["sent_per_minute"] == 6.0
    clock.advance(seconds=30)
    assert (await notices(watch))["sent_per_minute"] == 3.0
    clock.advance(seconds=60)
    assert (await notices(watch))["sent_per_minute"] == 0.0


async def test_prometheus_gets_the_same_numbers(world: World, watch: Health, clock: VirtualClock) -> None:
    notice_id = await new_notice(world, status=NoticeStatus.SENDING)
    await deliver(world, notice_id, DeliveryStatus.WAITING)
    first = (await metrics_text(watch)).decode()
    assert ("union_notices_sending 1.0" in first, "union_notices_waiting 1.0" in first, "per_minute" in first) == (True, True, False)
    await send_all(world)
    clock.advance(seconds=60)
    assert "union_notices_sent_per_minute 1.0" in (await metrics_text(watch)).decode()
