"""More words for a case that is there already: nothing a worker says is lost, whether or not somebody handles it."""

from __future__ import annotations

import pytest

from storage.models import Case, FileStatus, StoredFile
from storage.types import CaseId, FileId
from tests.union.world import RULES, World
from union import additions, anonymity, evidence
from union.errors import IllegalTransition


async def add(world: World, case_id: CaseId, *files: FileId) -> None:
    await world.change(
        case_id, lambda s, c: additions.add(s, c, world.worker, RULES, world.clock.now(), text="还有加班费", file_ids=files)
    )  # fmt: skip


async def a_file(world: World) -> FileId:
    now = world.clock.now()
    async with world.database.begin() as session:
        file = StoredFile(
            door="test", handle="h", kind="photo", name="", mime="image/jpeg", size=1, status=FileStatus.WAITING,
            attempts=0, not_before=now, address="1", created_at=now,
        )  # fmt: skip
        session.add(file)
        await session.flush()
        return file.id


async def test_who_handles_the_case_hears_it_in_the_room(world: World) -> None:
    case_id = await world.new_case()
    story = (await world.case(case_id)).story
    await add(world, case_id)
    assert [(m.from_worker, m.text) for m in await world.room(case_id)] == [(True, "还有加班费")]
    assert (await world.case(case_id)).story == story


async def test_while_nobody_does_it_stands_at_the_end_of_the_story(world: World) -> None:
    case_id = await world.new_case(routed=False)
    story = (await world.case(case_id)).story
    await add(world, case_id)
    assert (await world.case(case_id)).story == f"{story}\n\n还有加班费"
    assert await world.room(case_id) == []


@pytest.mark.parametrize("routed", [True, False])
async def test_the_files_belong_to_the_case(world: World, routed: bool) -> None:
    case_id, file = await world.new_case(routed=routed), await a_file(world)
    await add(world, case_id, file)
    async with world.database.begin() as session:
        assert [found.id for found in await evidence.of_case(session, case_id)] == [file]


async def test_an_ended_case_takes_nothing_and_says_so(world: World) -> None:
    case_id, file = await world.new_case(), await a_file(world)
    await world.withdraw(case_id)
    with pytest.raises(IllegalTransition):
        await add(world, case_id, file)
    async with world.database.begin() as session:
        assert await evidence.of_case(session, case_id) == []


async def test_the_deadline_of_the_old_case_stays(world: World) -> None:
    case_id = await world.new_case()
    due = (await world.case(case_id)).due_at
    world.clock.advance(hours=2)
    await add(world, case_id)
    assert (await world.case(case_id)).due_at == due


async def test_a_worker_who_gives_up_being_anonymous_has_a_name_from_then_on(world: World) -> None:
    case_id = await world.new_case(anonymous=True, contact_name=None, contact_phone=None)
    now = world.clock.now()

    async def reveal(session: object, case: Case) -> bool:
        return await anonymity.reveal(session, case, now, by=world.worker, name="张三", phone="13900001234")  # type: ignore[arg-type]

    assert await world.change(case_id, reveal)
    case = await world.case(case_id)
    assert (case.anonymous, case.contact_name, case.contact_phone) == (False, "张三", "13900001234")
    assert not await world.change(case_id, reveal)
    assert (await world.history(case_id)).count("case.revealed") == 1
