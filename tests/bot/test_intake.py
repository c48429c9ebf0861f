"""The intake: what arrives together is stored together, and nobody hears "stored" before it is."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from bot.clock import VirtualClock
from bot.intake import Intake
from storage.database import Database
from storage.inbox import Arrival
from storage.models import InboxRow


def arrival(number: int, address: str = "1") -> Arrival:
    return Arrival("door", address, str(number), b"{}")


async def stored(database: Database) -> list[str]:
    async with database.begin() as session:
        return list(await session.scalars(sa.select(InboxRow.event_id).order_by(InboxRow.id)))


async def test_what_arrives_while_a_commit_is_under_way_shares_the_next_one(database: Database, clock: VirtualClock) -> None:
    intake = Intake(database, clock)
    await asyncio.gather(*(intake.store([arrival(number)]) for number in range(50)))
    assert await stored(database) == [str(number) for number in range(50)]
    async with database.begin() as session:
        commits = await session.scalar(sa.text("SELECT count(DISTINCT xmin::text) FROM inbox"))
    assert commits is not None
    assert commits <= 3


async def test_it_is_stored_when_the_door_hears_so(database: Database, clock: VirtualClock) -> None:
    intake = Intake(database, clock)
    await intake.store([arrival(1), arrival(2)])
    assert await stored(database) == ["1", "2"]
    await intake.store([arrival(2), arrival(3)])
    assert await stored(database) == ["1", "2", "3"]


async def test_what_cannot_be_stored_is_refused_alone(database: Database, clock: VirtualClock) -> None:
    intake = Intake(database, clock)
    results = await asyncio.gather(
        intake.store([arrival(1)]),
        intake.store([arrival(2)]),
        intake.store([arrival(3, address="no\x00such address")]),
        intake.store([arrival(4)]),
        return_exceptions=True,
    )
    assert [type(result).__name__ for result in results].count("NoneType") == 3
    assert isinstance(results[2], DBAPIError)
    assert await stored(database) == ["1", "2", "4"]


async def test_when_the_database_is_away_every_door_hears_it(database: Database, clock: VirtualClock) -> None:
    intake = Intake(database, clock)
    await database.close()
    async with database.engine.connect() as connection:
        await connection.execute(sa.text("ALTER TABLE inbox RENAME TO elsewhere"))
        await connection.commit()
    results = await asyncio.gather(*(intake.store([arrival(number)]) for number in range(3)), return_exceptions=True)
    assert all(isinstance(result, DBAPIError) for result in results)
    async with database.engine.connect() as connection:
        await connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO inbox"))
        await connection.commit()
    await intake.store([arrival(9)])
    assert await stored(database) == ["9"]


async def test_a_door_that_stopped_waiting_does_not_stop_the_others(database: Database, clock: VirtualClock) -> None:
    intake = Intake(database, clock)
    impatient = asyncio.create_task(intake.store([arrival(1)]))
    patient = asyncio.create_task(intake.store([arrival(2)]))
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert await stored(database) == ["1", "2"]
