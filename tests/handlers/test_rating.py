"""评价: one tap for those who are content, three questions and a word for the others."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.models import Case, CaseStatus
from tests.handlers.talk import Talk, Talks
from tests.union.world import World
from union.alerts import Fact


@pytest.fixture
async def mine(talks: Talks, world: World) -> Talk:
    """The worker of a case that has just been closed, who has heard of it."""
    case_id = await world.new_case()
    await world.contact(case_id)
    await world.close(case_id)
    talk = await talks.of(world.worker)
    await talk.hears()
    return talk


async def marks(world: World) -> tuple[CaseStatus, int | None, int | None, int | None, str | None]:
    async with world.database.begin() as session:
        case = (await session.scalars(sa.select(Case))).one()
    return case.status, case.rating, case.rating_speed, case.rating_manner, case.rating_comment


async def test_one_tap_under_the_news_is_enough(world: World, mine: Talk) -> None:
    await mine.press("都满意，5分")
    assert "★★★★★" in mine.screen
    assert await marks(world) == (CaseStatus.RATED, 5, 5, 5, None)


async def test_three_taps_and_a_word_are_sent_without_a_summary(world: World, mine: Talk) -> None:
    await mine.press("评价", "4分", "3分", "5分")
    assert "还想说一句" in mine.screen
    await mine.say("律师很好，就是慢")
    assert "谢谢您的评价" in mine.screen
    assert await marks(world) == (CaseStatus.RATED, 4, 3, 5, "律师很好，就是慢")


async def test_the_word_can_be_left_out(world: World, mine: Talk) -> None:
    await mine.press("评价", "5分", "5分", "5分", "跳过")
    assert await marks(world) == (CaseStatus.RATED, 5, 5, 5, None)


async def test_low_marks_are_thanked_for_and_the_way_back_is_offered(world: World, mine: Talk) -> None:
    await mine.press("评价", "4分", "1分", "4分", "跳过")
    assert "谢谢您直说" in mine.screen
    assert "重新办理" in mine.labels
    assert Fact.LOW_RATING in await world.told(world.staff)


async def test_a_second_rating_changes_nothing(world: World, mine: Talk) -> None:
    await mine.press("都满意，5分", "都满意，5分")
    assert "已经评过 5 分" in mine.screen
    await mine.press("评价")
    assert "已经评过 5 分" in mine.screen
    assert (await world.told(world.lawyer)).count(Fact.CASE_RATED) == 1


async def test_one_tap_while_the_questions_are_open_ends_them(world: World, mine: Talk) -> None:
    await mine.press("评价", "2分", "都满意，5分")
    assert (await marks(world))[1] == 5
    assert (await mine.state()).draft is None


async def test_before_its_end_a_case_is_not_rated(world: World, talks: Talks) -> None:
    case_id = await world.new_case()
    talk = await talks.of(world.worker)
    await talk.choose(f"w:rate:{case_id}")
    assert "还没有办结" in talk.screen
    await talk.choose(f"w:rate5:{case_id}")
    assert "不能评价" in talk.screen
    assert (await world.case(case_id)).rating is None
