"""Giving a case to somebody else: before the first contact and after it, and when a conflict of interest comes to light."""

from __future__ import annotations

import pytest

from handlers.lawyer.taking import OVER_REASONS
from storage.models import CaseStatus
from tests.handlers.talk import Talk, Talks
from tests.union.world import World
from union import conflicts


async def declare(world: World, lawyer_id: int, employer: str = "劲松饭店有限公司") -> None:
    async with world.database.begin() as session:
        await conflicts.declare(session, lawyer_id, employer, world.clock.now())  # type: ignore[arg-type]


@pytest.mark.parametrize(("label", "reason"), OVER_REASONS)
async def test_in_the_middle_of_the_work_a_case_is_handed_to_the_next_with_all_there_is(
    world: World, talks: Talks, lawyer: Talk, label: str, reason: str
) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await lawyer.choose(f"c:more:{case_id}")
    await lawyer.press("转办", label)
    assert "已转给下一位律师" in lawyer.screen
    case = await world.case(case_id)
    assert (case.lawyer_id, case.status) == (world.pool_lawyer, CaseStatus.INTERVENED)
    told = next(event for event in await world.events(case_id) if event.action == "case.handed_over")
    assert told.detail["reason"] == reason
    following = await talks.of(world.pool_lawyer)
    await following.choose(f"c:talk:{case_id}")
    assert "前一位办理人" in following.screen


async def test_while_there_is_nobody_else_the_case_stays_and_staff_are_asked(world: World, lawyer: Talk, staff: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await declare(world, world.pool_lawyer)
    await lawyer.choose(f"c:overed:{case_id}:busy")
    assert "现在没有别的律师能接" in lawyer.screen
    assert (await world.case(case_id)).lawyer_id == world.lawyer
    await staff.hears()
    assert "没人接单" in staff.screen


async def test_who_hands_over_does_not_write_into_the_room_any_more(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await lawyer.choose(f"c:room:{case_id}")
    await lawyer.choose(f"c:overed:{case_id}:busy")
    await lawyer.say("您好")
    assert [message.text for message in await world.room(case_id)] == ["您好"]  # the contact's own


async def test_declining_for_want_of_anybody_else_says_so(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await declare(world, world.pool_lawyer)
    await lawyer.choose(f"c:declined:{case_id}:busy")
    assert "暂时没有别的律师能接" in lawyer.screen


async def test_accepting_in_conflict_gives_the_case_to_the_next_and_says_why(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.hears()
    await declare(world, world.lawyer)
    await lawyer.press("接单")
    assert "利益冲突" in lawyer.screen
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer


async def test_writing_in_conflict_sends_nothing_and_gives_the_case_to_the_next(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.choose(f"c:room:{case_id}")
    await declare(world, world.lawyer)
    await lawyer.say("您好")
    assert "刚才的话没有发出" in lawyer.screen
    assert await world.room(case_id) == []
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer
    assert (await lawyer.state()).room is None


async def test_a_case_that_comes_in_the_middle_of_the_work_is_accepted_or_handed_on(world: World, talks: Talks, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await lawyer.choose(f"c:overed:{case_id}:busy")
    following = await talks.of(world.pool_lawyer)
    await following.hears()
    assert {"接单", "转办"} <= set(following.labels)
    await following.press("接单")
    assert (await world.case(case_id)).accepted_at is not None


async def test_the_card_says_until_when_a_case_is_to_be_accepted(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.hears()
    assert "请在 11月18日 12:00 前接单" in lawyer.screen
    await world.accept(case_id)
    await lawyer.choose(f"c:card:{case_id}")
    assert "前接单" not in lawyer.screen


async def test_staff_do_not_decline_or_hand_over_what_is_no_lawyers_case(world: World, staff: Talk) -> None:
    case_id = await world.new_case(kind="help")
    for choice in ("decline", "declined", "over", "overed"):
        await staff.choose(f"c:{choice}:{case_id}:busy" if choice.endswith("ed") else f"c:{choice}:{case_id}")
        assert "工会工作人员负责" in staff.screen
    assert (await world.case(case_id)).officer_id == world.staff


async def test_the_accused_employers_conflict_can_be_noted_right_after_declining(world: World, lawyer: Talk) -> None:
    await world.new_case()
    await lawyer.hears()
    await lawyer.press("退单", "与该单位有利益冲突")
    await lawyer.press("登记利益冲突")
    assert "一行一家" in lawyer.screen


async def test_who_takes_a_case_with_a_form_half_filled_in_is_told_where_their_words_go(world: World, lawyer: Talk) -> None:
    first, second = await world.new_case(), await world.new_case(worker_id=world.other_worker)
    await lawyer.choose(f"c:note:{first}")
    await lawyer.choose(f"c:accept:{second}")
    assert "内部备注 · 案件" in lawyer.last[1].text
    assert lawyer.labels[-2:] == ["继续填写", "不填了"]
