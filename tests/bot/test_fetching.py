"""Evidence is fetched from the door it came through and is not lost to a door in trouble."""

from __future__ import annotations

import pytest

from bot.channels.base import FileGone, TryLater
from bot.clock import VirtualClock
from bot.fetching import Fetching
from handlers.conversation import FILE_LIMIT
from storage.database import Database
from storage.models import FileStatus, StoredFile
from tests.bot.doors import RecordingDoor
from tests.bot.world import rows


@pytest.fixture
def door() -> RecordingDoor:
    return RecordingDoor("members")


@pytest.fixture
def fetching(database: Database, clock: VirtualClock, door: RecordingDoor) -> Fetching:
    return Fetching(database, clock, {"members": door})


async def put_file(database: Database, clock: VirtualClock, handle: str, door: str = "members") -> None:
    async with database.begin() as session:
        session.add(
            StoredFile(
                door=door,
                handle=handle,
                kind="photo",
                name="",
                mime="image/jpeg",
                size=0,
                status=FileStatus.WAITING,
                not_before=clock.now(),
                address="ann",
                created_at=clock.now(),
            )
        )


async def test_a_file_is_fetched_once_and_kept(database: Database, clock: VirtualClock, door: RecordingDoor, fetching: Fetching) -> None:
    await put_file(database, clock, "a")
    door.files["a"] = [b"abc"]
    await fetching.run()
    await fetching.run()
    assert await rows(database, StoredFile.status, StoredFile.data, StoredFile.size) == [("stored", b"abc", 3)]


async def test_a_file_survives_an_hour_of_trouble_at_its_door(
    database: Database, clock: VirtualClock, door: RecordingDoor, fetching: Fetching
) -> None:
    await put_file(database, clock, "a")
    door.files["a"] = [*(TryLater(1) for _ in range(60)), b"abc"]
    for _ in range(61):
        await fetching.run()
        clock.advance(minutes=1)
    assert await rows(database, StoredFile.status) == ["stored"]


async def test_a_file_that_can_not_be_had_for_days_is_given_up(
    database: Database, clock: VirtualClock, door: RecordingDoor, fetching: Fetching
) -> None:
    await put_file(database, clock, "a")
    door.files["a"] = [TryLater(1) for _ in range(10_000)]
    for _ in range(60):
        await fetching.run()
        clock.advance(hours=2)
    assert await rows(database, StoredFile.status) == ["gone"]


async def test_a_file_that_the_door_no_longer_has_is_noted_as_gone(
    database: Database, clock: VirtualClock, door: RecordingDoor, fetching: Fetching
) -> None:
    await put_file(database, clock, "a")
    door.files["a"] = [FileGone()]
    await fetching.run()
    assert await rows(database, StoredFile.status) == ["gone"]


async def test_a_file_that_is_too_large_is_not_kept(
    database: Database, clock: VirtualClock, door: RecordingDoor, fetching: Fetching
) -> None:
    await put_file(database, clock, "a")
    door.files["a"] = [bytes(FILE_LIMIT + 1)]
    await fetching.run()
    assert await rows(database, StoredFile.status, StoredFile.data) == [("gone", None)]


async def test_a_door_that_fails_in_an_unheard_of_way_loses_nothing_and_holds_up_no_other_file(
    database: Database, clock: VirtualClock, door: RecordingDoor, fetching: Fetching
) -> None:
    for handle in ("a", "b"):
        await put_file(database, clock, handle)
    door.files |= {"a": [RuntimeError("?"), b"abc"], "b": [b"xyz"]}
    await fetching.run()
    assert await rows(database, StoredFile.status) == ["waiting", "stored"]
    clock.advance(minutes=5)
    await fetching.run()
    assert await rows(database, StoredFile.status) == ["stored", "stored"]


async def test_a_file_of_a_door_that_is_not_here_is_left_for_the_process_that_has_it(
    database: Database, clock: VirtualClock, fetching: Fetching
) -> None:
    await put_file(database, clock, "a", door="elsewhere")
    await fetching.run()
    assert await rows(database, StoredFile.status, StoredFile.attempts) == [("waiting", 0)]
