"""Steps and days: the worker is told where it stands, and the terms of the law run from the days that are noted."""

from __future__ import annotations

import pytest

from storage.models import CaseStatus
from storage.types import CaseId
from tests.handlers.talk import Talk, Talks
from tests.union.world import World
from union import case_dates


@pytest.fixture
async def case_id(world: World) -> CaseId:
    """A dispute on which the lawyer is at work."""
    case_id = await world.new_case()
    await world.contact(case_id)
    return case_id


async def note(lawyer: Talk, case_id: CaseId, label: str, *said: str) -> None:
    await lawyer.choose(f"c:dates:{case_id}")
    await lawyer.press(label)
    await lawyer.say(*said)


async def test_a_step_is_noted_with_one_tap_and_the_worker_is_told(world: World, talks: Talks, lawyer: Talk, case_id: CaseId) -> None:
    await lawyer.choose(f"c:more:{case_id}")
    await lawyer.press("走到哪一步", "仲裁")
    case = await world.case(case_id)
    assert (case.step, case.status) == ("arbitration", CaseStatus.IN_PROGRESS)
    worker = await talks.of(world.worker)
    await worker.hears()
    assert "仲裁" in worker.screen
    await lawyer.choose(f"c:card:{case_id}")
    assert "走到仲裁（4/7）" in lawyer.screen


async def test_before_contact_no_step_is_noted(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.choose(f"c:step:{case_id}:arbitration")
    assert (await world.case(case_id)).step is None


async def test_a_step_of_another_path_is_not_taken(world: World, lawyer: Talk, case_id: CaseId) -> None:
    await lawyer.choose(f"c:step:{case_id}:collective")
    assert (await world.case(case_id)).step is None


async def test_a_day_starts_the_terms_that_run_from_it_and_the_reply_says_until_when(lawyer: Talk, case_id: CaseId) -> None:
    await note(lawyer, case_id, "收到仲裁裁决书", "11月16日")
    await lawyer.press("记上")
    assert "收到裁决书15天内起诉：最后一天 2026年12月1日（还剩13天）" in lawyer.screen
    await lawyer.choose(f"c:card:{case_id}")
    assert "期限：收到裁决书15天内起诉，最后一天 2026年12月1日（还剩13天）" in lawyer.screen


async def test_the_last_day_of_a_term_is_still_shown_and_what_is_done_is_not(world: World, lawyer: Talk, case_id: CaseId) -> None:
    await note(lawyer, case_id, "收到仲裁裁决书", "今天")
    await lawyer.press("记上")
    world.clock.advance(days=15)
    await world.sweep()
    await lawyer.choose(f"c:card:{case_id}")
    assert "今天是最后一天" in lawyer.screen
    await note(lawyer, case_id, "向法院起诉", "今天")
    await lawyer.press("记上")
    assert "收到裁决书15天内起诉" not in lawyer.screen


async def test_the_days_of_the_step_come_first_and_those_of_an_injury_only_for_an_injury(
    world: World, lawyer: Talk, case_id: CaseId
) -> None:
    await lawyer.choose(f"c:step:{case_id}:enforcement")
    await lawyer.choose(f"c:dates:{case_id}")
    assert lawyer.labels[0].startswith("生效文书写明的付款期限")
    assert "受伤或确诊职业病" not in lawyer.labels
    injury = await world.new_case(topic="injury")
    await lawyer.choose(f"c:dates:{injury}")
    assert "受伤或确诊职业病" in lawyer.labels


@pytest.mark.parametrize("said", ["11月", "去年", "上个月", "明天", "不记得", "2026年2月30日", "2027年1月1日"])
async def test_what_is_no_day_or_not_yet_one_is_asked_again(world: World, lawyer: Talk, case_id: CaseId, said: str) -> None:
    await note(lawyer, case_id, "收到仲裁裁决书", said)
    assert "请写到哪一天" in lawyer.screen
    async with world.database.begin() as session:
        assert "award_received" not in await case_dates.of_case(session, case_id)


async def test_only_a_day_of_payment_may_lie_ahead(world: World, lawyer: Talk, case_id: CaseId) -> None:
    await note(lawyer, case_id, "生效文书写明的付款期限", "2027年1月31日")
    await lawyer.press("记上")
    assert "2027年1月31日" in lawyer.screen
    async with world.database.begin() as session:
        assert "judgment_effective" in await case_dates.of_case(session, case_id)


async def test_a_day_too_far_away_is_refused_with_words(lawyer: Talk, case_id: CaseId) -> None:
    await note(lawyer, case_id, "生效文书写明的付款期限", "2031年1月31日")
    await lawyer.press("记上")
    assert "这个日子不对" in lawyer.screen


async def test_other_kinds_of_cases_have_no_path(world: World, staff: Talk) -> None:
    case_id = await world.new_case(kind="complaint")
    await world.contact(case_id)
    for choice in (f"c:steps:{case_id}", f"c:dates:{case_id}"):
        await staff.choose(choice)
        assert "只有劳动争议" in staff.screen


async def test_a_code_that_is_no_day_shows_the_list(lawyer: Talk, case_id: CaseId) -> None:
    for code in ("nonsense", "offer_sent", "a" * 40):
        await lawyer.choose(f"c:date:{case_id}:{code}")
        assert "要记哪一个" in lawyer.screen
