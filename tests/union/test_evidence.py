"""Files that people send: registered at once, tied to a case when there is one, and nobody can claim somebody else's."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.models import FileStatus, StoredFile
from storage.types import FileId
from tests.union.world import World
from union import evidence
from union.errors import NotFound


async def register(world: World, *, door: str, address: str, handle: str) -> FileId:
    async with world.database.begin() as session:
        return await evidence.register(
            session,
            door=door,
            address=address,
            handle=handle,
            kind="photo",
            name="工资条.jpg",
            mime="image/jpeg",
            size=3,
            now=world.clock.now(),
        )


async def uploaded(world: World, address: str) -> FileId:
    """A file that the web door has stored for a browser."""
    async with world.database.begin() as session:
        file = StoredFile(
            door="web",
            handle="",
            kind="photo",
            name="工资条.jpg",
            mime="image/jpeg",
            size=3,
            data=b"abc",
            status=FileStatus.STORED,
            not_before=world.clock.now(),
            address=address,
            created_at=world.clock.now(),
        )
        session.add(file)
        await session.flush()
        return file.id


async def test_a_file_of_telegram_is_noted_and_waits_to_be_fetched(world: World) -> None:
    file_id = await register(world, door="members", address="7", handle="AgACAg")
    async with world.database.begin() as session:
        file = await session.get_one(StoredFile, file_id)
    assert (file.status, file.handle, file.name, file.not_before) == (FileStatus.WAITING, "AgACAg", "工资条.jpg", world.clock.now())


async def test_a_file_of_the_web_is_the_one_that_was_stored_already(world: World) -> None:
    stored = await uploaded(world, "browser-1")
    assert await register(world, door="web", address="browser-1", handle=str(stored)) == stored


@pytest.mark.parametrize("handle", ["{stored}", "999999", "0"])
async def test_a_web_handle_of_somebody_else_or_of_nothing_is_refused(world: World, handle: str) -> None:
    stored = await uploaded(world, "browser-1")
    with pytest.raises(NotFound):
        await register(world, door="web", address="browser-2", handle=handle.format(stored=stored))


async def test_files_are_tied_to_a_case_and_listed_in_the_order_in_which_they_came(world: World) -> None:
    case_id = await world.new_case()
    files = [await register(world, door="members", address="7", handle=str(n)) for n in range(3)]
    async with world.database.begin() as session:
        await evidence.attach(session, files, case_id)
        await evidence.attach(session, [], case_id)
        assert [file.id for file in await evidence.of_case(session, case_id)] == files


async def test_the_name_of_a_file_stands_nowhere_in_plain_words(world: World) -> None:
    await register(world, door="members", address="7", handle="AgACAg")
    async with world.database.begin() as session:
        stored = await session.scalar(sa.text("SELECT f::text FROM file f"))
    assert "工资条" not in stored
    assert "工资条".encode().hex() not in stored
