"""约调解 at the desk: from the first button to the result, with the words that the worker and the lawyer get."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.models import Appointment, AppointmentStatus, ServicePoint
from storage.types import CaseId
from tests.handlers.talk import Talk, Talks
from tests.union.world import JINSONG, World


@pytest.fixture
async def room(world: World) -> None:
    async with world.database.begin() as session:
        session.add(
            ServicePoint(
                unit_id=JINSONG,
                kind="劳动争议调解室",
                name="劲松调解室",
                address="劲松路1号",
                phone="010-67770000",
                hours="9-17",
                latitude=39.9,
                longitude=116.4,
            )
        )


async def planned(staff: Talk, case_id: CaseId) -> None:
    await staff.choose(f"s:mediate:{case_id}")
    await staff.press("劲松调解室")
    await staff.say("11月25日 14:30", "给人事王经理打了电话")
    await staff.press("约好了，通知职工")


async def the_one(world: World, case_id: CaseId) -> Appointment:
    async with world.database.begin() as session:
        return (await session.scalars(sa.select(Appointment).where(Appointment.case_id == case_id))).one()


async def test_staff_fix_a_time_and_get_the_letter_for_the_employer(world: World, room: None, staff: Talk) -> None:
    case_id = await world.new_case()
    await planned(staff, case_id)
    assert "11月25日 14:30" in staff.screen
    letter = staff.last[1].text
    assert "劲松饭店：" in letter
    assert "时间：2026年11月25日 14:30" in letter
    assert "劲松调解室（劲松路1号，电话 010-67770000）" in letter
    assert "张三" not in letter  # whether the worker is named is theirs to say
    assert (await the_one(world, case_id)).employer_contact == "给人事王经理打了电话"


async def test_the_worker_is_asked_and_the_lawyer_hears_the_answer(
    world: World, room: None, staff: Talk, lawyer: Talk, talks: Talks
) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    worker = await talks.of(world.worker)
    await worker.hears()
    await lawyer.hears()
    await planned(staff, case_id)
    await worker.hears()
    assert "约好调解了" in worker.screen
    assert "11月25日 14:30" in worker.screen
    await lawyer.hears()
    assert "约了调解" in lawyer.screen
    await worker.press("去不了")
    await lawyer.hears()
    assert "对方来不了" in lawyer.screen
    await staff.hears()
    await staff.press("调解安排")
    assert "职工：来不了" in staff.screen


async def test_a_place_can_be_typed_and_a_time_that_has_passed_is_refused(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    await staff.choose(f"s:mediate:{case_id}")
    await staff.say("单位会议室", "2026年11月1日 9:00")
    assert "已经过了" in staff.screen
    await staff.say("明天下午3点")
    await staff.press("跳过", "约好了，通知职工")
    found = await the_one(world, case_id)
    assert (found.place, found.point_id) == ("单位会议室", None)
    assert found.at.isoformat() == "2026-11-19T07:00:00+00:00"


async def test_a_change_tells_the_worker_the_new_time(world: World, room: None, staff: Talk, talks: Talks) -> None:
    case_id = await world.new_case()
    worker = await talks.of(world.worker)
    await planned(staff, case_id)
    await worker.hears()
    await staff.choose(f"s:mediate:{case_id}")
    await staff.press("改时间地点", "时间")
    await staff.say("11月27日 上午10点")
    await staff.press("约好了，通知职工")
    assert "单位那边要重新通知" in staff.screen
    assert "劲松调解室" in staff.screen
    await worker.hears()
    assert "改了时间或地点" in worker.screen
    assert "11月27日 10:00（周五）" in worker.screen


async def test_how_the_employer_was_told_of_the_time_before_is_forgotten(world: World, room: None, staff: Talk) -> None:
    case_id = await world.new_case()
    await planned(staff, case_id)
    await staff.choose(f"s:remediate:{case_id}")
    await staff.press("时间")
    await staff.say("11月27日 上午10点")
    await staff.press("约好了，通知职工", "调解安排")
    assert "还没写怎么通知的" in staff.screen


async def test_staff_who_planned_it_are_told_who_knows_when_the_worker_can(world: World, room: None, staff: Talk, talks: Talks) -> None:
    case_id = await world.new_case()
    worker = await talks.of(world.worker)
    await planned(staff, case_id)
    await worker.hears()
    await worker.press("去不了")
    await staff.hears()
    assert "请和他商量" in staff.screen


async def test_one_that_is_called_off_is_asked_about_first_and_told(world: World, room: None, staff: Talk, talks: Talks) -> None:
    case_id = await world.new_case()
    worker = await talks.of(world.worker)
    await planned(staff, case_id)
    await staff.choose(f"s:mediate:{case_id}")
    await staff.press("取消调解")
    assert (await the_one(world, case_id)).status is AppointmentStatus.PLANNED
    await staff.press("确定取消")
    await worker.hears()
    assert "调解取消了" in worker.screen  # and not that it is on: the words tell how things stand
    await staff.choose(f"s:off:{case_id}")
    assert "没有约好的调解" in staff.screen


async def test_the_result_is_noted_after_the_time_and_not_before(world: World, room: None, staff: Talk) -> None:
    case_id = await world.new_case()
    await planned(staff, case_id)
    await staff.choose(f"s:mediated:{case_id}")
    assert "还没到约好的时间" in staff.screen
    world.clock.advance(days=8)
    await staff.choose(f"s:mediated:{case_id}")
    await staff.press("达成协议")
    await staff.say("分两次付清")
    await staff.press("记下")
    assert "司法确认" in staff.screen
    await staff.choose(f"c:history:{case_id}")
    assert "区干部记调解结果：达成协议" in staff.screen


async def test_where_the_employer_did_not_come_another_can_be_planned(world: World, room: None, staff: Talk) -> None:
    case_id = await world.new_case()
    await planned(staff, case_id)
    world.clock.advance(days=8)
    await staff.choose(f"s:mediated:{case_id}")
    await staff.press("单位没来", "跳过", "记下", "再约一次")
    assert "在哪里调解" in staff.screen


async def test_the_lawyer_may_plan_too_and_nobody_elsewhere(world: World, room: None, lawyer: Talk, talks: Talks) -> None:
    case_id = await world.new_case()
    haidian = await talks.of(world.haidian_staff)
    for choice in ("mediate", "remediate", "invite", "askoff", "off", "mediated"):
        await haidian.choose(f"s:{choice}:{case_id}")
        assert "没有找到这个案件" in haidian.screen
    await lawyer.choose(f"s:mediate:{case_id}")
    assert "在哪里调解" in lawyer.screen
