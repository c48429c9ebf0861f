"""What is taken for the same thing told twice: the same worker, employer and subject, still open, within thirty days."""

from __future__ import annotations

from typing import Any

import pytest

from storage.models import Case, CaseFollower
from storage.types import CaseId, PersonId
from tests.union.world import World
from union import duplicates

DOUBLES = {"employer": "劲松饭店", "topic": "wages"}


async def like(world: World, *, worker_id: PersonId | None = None, but: CaseId | None = None, **told: str) -> list[CaseId]:
    asked: dict[str, Any] = {**DOUBLES, **told}
    async with world.database.begin() as session:
        found = await duplicates.open_like(session, worker_id=worker_id or world.worker, now=world.clock.now(), but=but, **asked)
        return [case.id for case in found]


@pytest.mark.parametrize("name", ["劲松饭店", "北京市劲松饭店有限公司", "劲松饭店（朝阳店）", " 劲松 饭店 "])
async def test_the_same_employer_under_another_name_is_the_same(world: World, name: str) -> None:
    case_id = await world.new_case()
    assert await like(world, employer=name) == [case_id]


async def test_another_employer_another_subject_and_another_worker_are_not(world: World) -> None:
    await world.new_case()
    assert await like(world, employer="望京饭店") == []
    assert await like(world, topic="injury") == []
    assert await like(world, worker_id=world.other_worker) == []


async def test_the_latest_comes_first_and_one_can_be_left_out(world: World) -> None:
    first, second = await world.new_case(), await world.new_case()
    assert await like(world) == [second, first]
    assert await like(world, but=second) == [first]


async def test_what_has_ended_is_no_duplicate(world: World) -> None:
    case_id = await world.new_case()
    await world.withdraw(case_id)
    assert await like(world) == []


async def test_after_thirty_days_it_is_another_matter(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(days=29, hours=23)
    assert await like(world) == [case_id]
    world.clock.advance(hours=1)
    assert await like(world) == []


async def test_without_an_employer_nothing_is_the_same(world: World) -> None:
    await world.new_case(kind="suggestion", employer="")
    assert await like(world, employer="") == []


async def test_an_incident_is_no_duplicate(world: World) -> None:
    await world.new_case(kind="incident")
    assert await like(world) == []


async def test_a_case_that_is_followed_counts_as_ones_own(world: World) -> None:
    case_id = await world.new_case()
    async with world.database.begin() as session:
        session.add(CaseFollower(case_id=case_id, person_id=world.other_worker, since=world.clock.now()))
    assert await like(world, worker_id=world.other_worker) == [case_id]


async def test_looking_changes_nothing(world: World) -> None:
    case_id = await world.new_case()
    before = await world.history(case_id)
    await like(world)
    assert await world.history(case_id) == before
    async with world.database.begin() as session:
        assert not session.is_modified(await session.get_one(Case, case_id))
