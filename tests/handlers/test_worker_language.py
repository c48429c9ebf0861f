"""需要其他语言: kept only with consent, and lawyers who speak it come first."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from handlers.conversation import CHOICE_LIMIT
from handlers.languages import label, languages
from storage.models import Lawyer, Person
from tests.handlers.talk import Talk, Talks, submit_case
from tests.union.world import World


async def language(world: World, worker: Talk) -> str | None:
    async with world.database.begin() as session:
        return await session.scalar(sa.select(Person.language).where(Person.id == await worker.person_id()))


async def test_it_is_two_taps_away_from_the_menu(world: World, worker: Talk) -> None:
    await worker.start()
    await worker.press("同意")
    await worker.say("更多")
    await worker.press("需要其他语言")
    assert worker.labels == [*(each.button for each in languages().values()), "普通话"]
    await worker.press("维吾尔语")
    assert "维吾尔语" in worker.screen
    assert await language(world, worker) == "ug"


async def test_it_can_be_changed_back(world: World, worker: Talk) -> None:
    await worker.start()
    await worker.press("同意")
    await worker.choose("w:lang:en")
    await worker.choose("w:lang:zh")
    assert await language(world, worker) is None


async def test_a_stranger_agrees_first_and_then_chooses(world: World, worker: Talk) -> None:
    await worker.choose("w:lang:ug")
    assert "同意" in worker.labels
    await worker.press("同意")
    await worker.press("藏语")
    assert await language(world, worker) == "bo"


@pytest.mark.parametrize("code", ["xx", "EN", ":", "ug:1"])
async def test_a_language_that_is_not_in_the_list_is_not_kept(world: World, worker: Talk, code: str) -> None:
    await worker.start()
    await worker.press("同意")
    await worker.choose(f"w:lang:{code}")
    assert await language(world, worker) in (None, "ug")


async def test_a_lawyer_who_speaks_it_comes_before_the_one_named_for_the_street(world: World, talks: Talks, worker: Talk) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.update(Lawyer).where(Lawyer.person_id == world.pool_lawyer).values(languages=["ug"]))
    await worker.start()
    await worker.press("同意")
    await worker.choose("w:lang:ug")
    case_id = await submit_case(worker)
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer  # type: ignore[arg-type]


def test_every_language_fits_behind_a_button_and_has_a_chinese_name() -> None:
    for code, each in languages().items():
        assert each.label
        assert len(f"w:lang:{code}".encode()) <= CHOICE_LIMIT
    assert label(None) == "普通话"
    assert label("ug") == "维吾尔语"
    assert label("gone") == "gone"
