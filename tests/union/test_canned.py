"""Sentences kept ready: one's own, no more than a phone can show, and nobody else's."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.union.world import World
from union import canned
from union.errors import NotFound


async def test_a_sentence_is_kept_once_and_encrypted(world: World) -> None:
    async with world.database.begin() as session:
        first = await canned.add(session, world.lawyer, " 明天见 ", world.clock.now())
        again = await canned.add(session, world.lawyer, "明天见", world.clock.now())
        assert first.id == again.id
        assert [one.text for one in await canned.of(session, world.lawyer)] == ["明天见"]
        raw = (await session.execute(sa.text("SELECT text FROM canned_reply"))).scalar_one()
    assert "明天见".encode() not in bytes(raw)


async def test_there_is_place_for_thirty(world: World) -> None:
    async with world.database.begin() as session:
        for number in range(canned.MOST):
            await canned.add(session, world.lawyer, f"第{number}句", world.clock.now())
        with pytest.raises(canned.TooMany):
            await canned.add(session, world.lawyer, "再来一句", world.clock.now())
        await canned.add(session, world.pool_lawyer, "别人的不算", world.clock.now())


async def test_somebody_elses_sentence_is_not_there(world: World) -> None:
    async with world.database.begin() as session:
        kept = await canned.add(session, world.lawyer, "我的", world.clock.now())
        for attempt in (canned.one, canned.delete):
            with pytest.raises(NotFound):
                await attempt(session, world.pool_lawyer, kept.id)
        await canned.delete(session, world.lawyer, kept.id)
        assert await canned.of(session, world.lawyer) == []
