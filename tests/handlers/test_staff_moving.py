"""Moving a case on: who follows it up, urging, and giving it to somebody else by hand."""

from __future__ import annotations

import pytest

from storage.models import CaseStatus
from tests.handlers.talk import Talk, Talks
from tests.union.world import CHAOYANG, CITY, JINSONG, World, new_officer


async def test_who_follows_up_first_is_written_down_and_the_second_is_told(world: World, talks: Talks, staff: Talk) -> None:
    async with world.database.begin() as session:
        colleague = await new_officer(session, "同事", CHAOYANG, world.clock.now())
    case_id = await world.new_case()
    await world.accept(case_id)
    world.clock.advance(hours=24)
    await world.sweep()
    second = await talks.of(colleague)
    await staff.hears()
    await second.hears()
    await staff.press("我来跟进")
    assert "由您跟进" in staff.screen
    await second.press("我来跟进")
    assert "已经有人确认跟进" in second.screen
    assert (await world.history(case_id)).count("case.acknowledged") == 1


# ---- urging


async def test_urging_twice_within_ten_minutes_reminds_the_lawyer_once(world: World, lawyer: Talk, staff: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.hears()
    for _ in range(2):
        await staff.choose(f"s:urge:{case_id}")
    assert "何律师会马上收到提醒" in staff.screen
    await lawyer.hears()
    assert len(lawyer.last) == 1
    assert "催办" in lawyer.screen
    world.clock.advance(minutes=10)
    await staff.choose(f"s:urge:{case_id}")
    await lawyer.hears()
    assert len(lawyer.last) == 1


async def test_after_the_first_contact_urging_asks_for_news(world: World, lawyer: Talk, staff: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await lawyer.hears()
    await staff.choose(f"s:urge:{case_id}")
    await lawyer.hears()
    assert "催办" in lawyer.screen
    assert "办到哪一步" in lawyer.screen


async def test_an_officer_is_urged_as_a_lawyer_is(world: World, talks: Talks, staff: Talk) -> None:
    case_id = await world.new_case(kind="complaint")
    city = await talks.of(world.city_staff)
    await staff.hears()
    await city.choose(f"s:urge:{case_id}")
    assert "工会干部区干部会马上收到提醒" in city.screen
    await staff.hears()
    assert "催办" in staff.screen


async def test_nobody_is_urged_where_there_is_nobody(world: World, staff: Talk) -> None:
    nobody = await world.new_case(routed=False)
    await staff.choose(f"s:urge:{nobody}")
    assert "还没有律师" in staff.screen
    own = await world.new_case(kind="help")
    await staff.choose(f"s:urge:{own}")
    assert "由您自己办" in staff.screen
    assert "case.urged" not in await world.history(own)


# ---- another lawyer


async def test_a_case_is_given_to_a_lawyer_of_the_list_and_to_nobody_else(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    await staff.choose(f"s:reassign:{case_id}")
    assert [label.split(" · ")[0] for label in staff.labels] == ["周律师"]
    await staff.choose(f"s:give:{case_id}:{world.city_staff}")  # no lawyer: the list again
    assert "派给哪位律师" in staff.screen
    await staff.press("周律师")
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer


async def test_after_contact_the_next_lawyer_goes_on_and_the_worker_is_told(world: World, talks: Talks, staff: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    worker = await talks.of(world.worker)
    await worker.hears()
    await staff.choose(f"s:reassign:{case_id}")
    assert "职工会收到换人的通知" in staff.screen
    await staff.press("周律师")
    case = await world.case(case_id)
    assert (case.lawyer_id, case.status) == (world.pool_lawyer, CaseStatus.INTERVENED)
    await worker.hears()
    assert "周律师接着办" in worker.screen


async def test_an_ended_case_is_not_given_to_anybody(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    await world.withdraw(case_id)
    for choice in (f"s:reassign:{case_id}", f"s:give:{case_id}:{world.pool_lawyer}", f"s:urge:{case_id}"):
        await staff.choose(choice)
        assert "已经结束" in staff.screen
    assert (await world.case(case_id)).lawyer_id == world.lawyer


# ---- another officer


async def test_a_complaint_is_given_to_a_colleague_who_is_told(world: World, talks: Talks, staff: Talk) -> None:
    case_id = await world.new_case(kind="complaint")
    async with world.database.begin() as session:
        colleague = await new_officer(session, "街道干部", JINSONG, world.clock.now())
    await staff.choose(f"s:reassign:{case_id}")
    assert staff.labels == ["街道干部 · 劲松"]
    await staff.press("街道干部")
    assert (await world.case(case_id)).officer_id == colleague
    other = await talks.of(colleague)
    await other.hears()
    assert "新案件派给您" in other.screen


async def test_an_officer_takes_a_complaint_themselves_and_has_accepted_it(world: World, talks: Talks) -> None:
    case_id = await world.new_case(kind="complaint")
    async with world.database.begin() as session:
        colleague = await new_officer(session, "同事", CHAOYANG, world.clock.now())
    second = await talks.of(colleague)
    await second.choose(f"s:reassign:{case_id}")
    await second.press("我来办")
    case = await world.case(case_id)
    assert (case.officer_id, case.status) == (colleague, CaseStatus.ACCEPTED)


async def test_what_an_officer_types_after_taking_a_complaint_goes_to_its_writer(world: World, talks: Talks) -> None:
    case_id = await world.new_case(kind="complaint")
    officer = await talks.of(world.city_staff)
    await officer.choose(f"s:entrust:{case_id}:{world.city_staff}")
    await officer.say("您好，我是市总工会的")
    assert [said.text for said in await world.room(case_id)] == ["您好，我是市总工会的"]


async def test_nobody_gives_a_case_up_the_line_by_choosing_a_superior(world: World, staff: Talk) -> None:
    """The district's officer may give to the district and below; the city is asked by 逐级上报."""
    case_id = await world.new_case(kind="complaint")
    await staff.choose(f"s:entrust:{case_id}:{world.city_staff}")
    assert (await world.case(case_id)).officer_id == world.staff
    assert "逐级上报" in staff.screen


async def test_a_dispute_without_a_lawyer_can_be_kept_by_a_colleague(world: World, talks: Talks) -> None:
    case_id = await world.new_case(unit_id=CITY)
    case = await world.case(case_id)
    assert (case.lawyer_id, case.officer_id) == (None, world.city_staff)
    async with world.database.begin() as session:
        colleague = await new_officer(session, "市里同事", CITY, world.clock.now())
    city = await talks.of(world.city_staff)
    await city.choose(f"s:reassign:{case_id}")
    assert "没有空闲的律师" in city.screen
    await city.press("交给同事盯住")
    assert city.labels == ["市里同事 · 北京"]
    await city.press("市里同事")
    case = await world.case(case_id)
    assert (case.officer_id, case.status) == (colleague, CaseStatus.RECEIVED)


@pytest.mark.parametrize("choice", ["s:give:{}:x", "s:entrust:{}:x", "s:entrust:{}", "s:ack:{}", "s:urge:{}:1"])
async def test_a_forged_button_moves_nothing(world: World, staff: Talk, choice: str) -> None:
    case_id = await world.new_case()
    await staff.choose(choice.format(case_id))
    assert "没有找到这个案件" in staff.screen
    assert (await world.case(case_id)).lawyer_id == world.lawyer
