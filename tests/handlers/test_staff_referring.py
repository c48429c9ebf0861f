"""A case goes to the labour inspectorate, to the next level up, to another unit."""

from __future__ import annotations

import sqlalchemy as sa

from storage.models import CaseNote
from tests.handlers.talk import Talk, Talks
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, ZHONGGUANCUN, World


async def test_the_inspectorate_with_its_papers_and_the_worker_is_told_what_to_bring(world: World, talks: Talks, staff: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    worker = await talks.of(world.worker)
    await worker.hears()
    await staff.choose(f"s:inspect:{case_id}")
    assert "投诉书" in staff.screen
    assert "朝阳区" in staff.screen
    await staff.press("确认移送")
    assert (await world.case(case_id)).step == "inspection"
    assert "case.referred_to_inspectorate" in await world.history(case_id)
    await worker.hears()
    assert "劳动监察" in worker.screen
    assert "这一步要准备什么" in worker.labels


async def test_before_the_first_contact_a_referral_does_not_stop_the_clock(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    await staff.choose(f"s:inspected:{case_id}")
    case = await world.case(case_id)
    assert case.step == "inspection"
    assert case.intervened_at is None
    assert "intervention" in await world.running(case_id)


async def test_referring_twice_is_said_and_noted_once(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    for _ in range(2):
        await staff.choose(f"s:inspected:{case_id}")
    assert "已经移送过" in staff.screen
    assert (await world.history(case_id)).count("case.referred_to_inspectorate") == 1


async def test_a_matter_that_is_no_violation_does_not_go_to_the_inspectorate(world: World, staff: Talk) -> None:
    case_id = await world.new_case(nature="rights")
    await staff.choose(f"s:more:{case_id}")
    assert "移送劳动监察" not in staff.labels
    await staff.choose(f"s:inspect:{case_id}")
    assert "不属于劳动监察" in staff.screen


# ---- up


async def test_what_the_district_can_not_solve_goes_to_the_city(world: World, talks: Talks, staff: Talk) -> None:
    case_id = await world.new_case(kind="help", unit_id=CHAOYANG)
    worker, city = await talks.of(world.worker), await talks.of(world.city_staff)
    await staff.choose(f"c:up:{case_id}")
    await staff.press("本单位解决不了")
    case = await world.case(case_id)
    assert (case.unit_id, case.officer_id) == (CITY, world.city_staff)
    await worker.hears()
    assert "北京市总工会接着办" in worker.screen
    await city.hears()
    assert "新案件派给您" in city.screen


async def test_there_is_nothing_above_the_city(world: World, talks: Talks) -> None:
    case_id = await world.new_case(kind="help", unit_id=CITY)
    city = await talks.of(world.city_staff)
    await city.choose(f"c:uped:{case_id}:serious")
    assert "没有上级" in city.screen


async def test_a_reason_that_nobody_offered_is_asked_for_again(world: World, staff: Talk) -> None:
    case_id = await world.new_case(kind="help", unit_id=CHAOYANG)
    await staff.choose(f"c:uped:{case_id}:nonsense")
    assert "为什么上报" in staff.screen
    assert (await world.case(case_id)).unit_id == CHAOYANG


# ---- elsewhere


async def test_a_complaint_goes_to_the_unit_that_it_belongs_to(world: World, talks: Talks, staff: Talk) -> None:
    case_id = await world.new_case(kind="complaint")
    await staff.choose(f"s:refer:{case_id}")
    await staff.press("海淀", "中关村街道", "归那边管")
    await staff.say("来人说单位在中关村")
    await staff.press("确认转出")
    assert "不在您的辖区了" in staff.screen
    case = await world.case(case_id)
    assert (case.unit_id, case.officer_id) == (ZHONGGUANCUN, world.haidian_staff)
    async with world.database.begin() as session:
        assert await session.scalar(sa.select(CaseNote.text).where(CaseNote.case_id == case_id)) == "来人说单位在中关村"
    await staff.choose(f"c:card:{case_id}")
    assert "没有找到这个案件" in staff.screen
    haidian = await talks.of(world.haidian_staff)
    await haidian.choose(f"c:history:{case_id}")
    assert "区干部转给中关村街道总工会：归那边管" in haidian.screen


async def test_to_where_it_is_already_nothing_is_referred(world: World, staff: Talk) -> None:
    case_id = await world.new_case(kind="complaint")
    await staff.choose(f"s:refer:{case_id}")
    await staff.press("朝阳", "劲松街道", "归那边管", "跳过", "确认转出")
    assert "本来就在" in staff.screen
    assert "case.referred" not in await world.history(case_id)


async def test_a_case_that_went_elsewhere_while_the_form_was_filled_in_is_not_referred(world: World, staff: Talk, talks: Talks) -> None:
    case_id = await world.new_case(kind="complaint")
    await staff.choose(f"s:refer:{case_id}")
    await staff.press("朝阳", "望京街道", "单位在那边", "跳过")
    city = await talks.of(world.city_staff)
    await city.choose(f"s:refer:{case_id}")
    await city.press("海淀", "不清楚街道", "归那边管", "跳过", "确认转出")
    await staff.press("确认转出")
    assert "没有找到这个案件" in staff.screen
    assert (await world.case(case_id)).unit_id == HAIDIAN


async def test_a_lawyer_does_not_refer_but_may_hand_up(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case(unit_id=JINSONG)
    for choice in ("inspect", "inspected", "refer"):
        await lawyer.choose(f"s:{choice}:{case_id}")
        assert "没有找到这个案件" in lawyer.screen
    await lawyer.choose(f"c:up:{case_id}")
    assert "为什么上报" in lawyer.screen
