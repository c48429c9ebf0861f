"""来电登记: what a seat writes down for a caller, and how the caller finds it again."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from storage.models import CallBack, Case, CaseKind, Conversation, Intake, Person
from tests.handlers.talk import Talk, Talks
from tests.union.world import HAIDIAN, JINSONG, World
from union import callers


async def dispute(seat: Talk, *, place: tuple[str, str] = ("朝阳", "劲松街道")) -> None:
    """Everything up to whether a name is left."""
    await seat.say("来电登记")
    await seat.press("念过了，对方同意", "劳动争议，找律师")
    await seat.say("老板拖欠我两个月工资，一直不给", "劲松饭店")
    await seat.press(*place, "上个月")
    await seat.say("12000")


async def named(seat: Talk, *, phone: str = "13900001234", call: bool = True) -> None:
    await seat.press("留姓名")
    await seat.say("李四", phone)
    await seat.press(*(("可以", "跳过") if call else ("不要打",)))
    await seat.press("普通话", "登记")


async def the_case(world: World) -> Case:
    async with world.database.begin() as session:
        return (await session.scalars(sa.select(Case).order_by(Case.id.desc()).limit(1))).one()


async def test_a_callers_case_has_a_lawyer_and_the_callers_number_is_for_the_call_alone(world: World, staff: Talk, lawyer: Talk) -> None:
    await dispute(staff)
    await named(staff)
    case = await the_case(world)
    assert (case.intake, case.intake_by, case.unit_id, case.lawyer_id) == (Intake.HOTLINE, world.staff, JINSONG, world.lawyer)
    assert (case.contact_name, case.anonymous, case.kind) == ("李四", False, CaseKind.DISPUTE)
    await lawyer.hears()
    assert "新案件派给您" in lawyer.screen
    async with world.database.begin() as session:
        assert await session.scalar(sa.select(CallBack.phone).where(CallBack.case_id == case.id)) == "13900001234"
    assert "13900001234" not in lawyer.screen


async def test_the_seat_reads_out_a_code_and_a_passphrase_that_open_the_case(world: World, staff: Talk, talks: Talks) -> None:
    await dispute(staff)
    await named(staff)
    case = await the_case(world)
    said = re.search(r"编号 (\d{4} \d{4})，口令 (\S+ \S+ \S+ \S+?)。", staff.screen)
    assert said is not None
    assert said[1].replace(" ", "") == case.code
    caller = talks.stranger()
    await caller.say("/follow")
    await caller.press("同意")
    await caller.say(said[1], said[2])
    assert "老板拖欠我两个月工资" in caller.screen


async def test_the_seat_finds_the_case_by_its_code(world: World, staff: Talk) -> None:
    await dispute(staff)
    await named(staff)
    await staff.say(f"/case {(await the_case(world)).code}")
    assert "老板拖欠我两个月工资" in staff.screen


async def test_the_lawyer_is_told_that_writing_does_not_reach_the_caller_until_they_have_a_door(
    world: World, staff: Talk, lawyer: Talk, talks: Talks
) -> None:
    await dispute(staff)
    await named(staff)
    said = re.search(r"编号 (\d{4} \d{4})，口令 (\S+ \S+ \S+ \S+?)。", staff.screen)
    assert said is not None
    case = await the_case(world)
    await lawyer.choose(f"c:card:{case.id}")
    assert "没有聊天入口" in lawyer.screen
    caller = talks.stranger()
    await caller.say("/follow")
    await caller.press("同意")
    await caller.say(said[1], said[2])
    await lawyer.choose(f"c:card:{case.id}")
    assert "没有聊天入口" not in lawyer.screen


async def test_without_the_callers_yes_nothing_is_written_down(world: World, staff: Talk) -> None:
    await staff.say("来电登记")
    assert "先念给来电人" in staff.screen
    await staff.press("对方不同意")
    assert "不同意就不登记" in staff.screen
    await staff.press("取消")
    async with world.database.begin() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(Case)) == 0


async def test_that_the_notice_was_read_out_stands_in_the_history(world: World, staff: Talk) -> None:
    await dispute(staff)
    await named(staff)
    case = await the_case(world)
    assert "case.consent_heard" in await world.history(case.id)
    async with world.database.begin() as session:
        assert (await session.get_one(Person, case.worker_id)).consent_at == world.clock.now()


async def test_an_anonymous_caller_leaves_neither_name_nor_number(world: World, staff: Talk) -> None:
    await dispute(staff)
    await staff.press("匿名", "跳过", "普通话", "登记")
    case = await the_case(world)
    assert (case.anonymous, case.contact_name, case.contact_phone) == (True, None, None)
    async with world.database.begin() as session:
        person = await session.get_one(Person, case.worker_id)
        assert (person.name, person.phone) == (None, None)
    assert "我们打不到您" in staff.screen


async def test_an_anonymous_callers_number_is_kept_for_the_call_alone(world: World, staff: Talk) -> None:
    await dispute(staff)
    await staff.press("匿名")
    await staff.say("13900001234")
    await staff.press("可以", "跳过", "普通话", "登记")
    case = await the_case(world)
    async with world.database.begin() as session:
        person = await session.get_one(Person, case.worker_id)
        assert (case.contact_phone, person.phone) == (None, None)
        assert await session.scalar(sa.select(CallBack.phone).where(CallBack.case_id == case.id)) == "13900001234"


async def test_who_does_not_want_to_be_called_is_not(world: World, staff: Talk) -> None:
    await dispute(staff)
    await named(staff, call=False)
    async with world.database.begin() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(CallBack)) == 0


async def test_a_language_leads_to_a_lawyer_who_speaks_it(world: World, staff: Talk) -> None:
    await dispute(staff)
    await staff.press("匿名", "跳过", "维吾尔语", "登记")
    async with world.database.begin() as session:
        assert (await session.get_one(Person, (await the_case(world)).worker_id)).language == "ug"


async def test_a_suggestion_of_the_whole_city_goes_to_the_city(world: World, staff: Talk) -> None:
    await staff.say("/hotline")
    await staff.press("念过了，对方同意", "意见建议")
    await staff.say("希望站里中午也开门")
    await staff.press("跳过", "可以公开", "匿名", "跳过", "普通话", "登记")
    case = await the_case(world)
    assert (case.kind, case.publish_agreed, case.officer_id, case.employer) == (CaseKind.SUGGESTION, True, world.city_staff, "")
    assert "不在您的辖区" in staff.screen
    assert "看案件" not in staff.labels


async def test_a_caller_of_another_district_is_written_down_all_the_same(world: World, staff: Talk) -> None:
    await dispute(staff, place=("海淀", "中关村街道"))
    await named(staff)
    assert "不在您的辖区" in staff.screen
    await staff.say(f"/case {(await the_case(world)).code}")
    assert "没有找到这个案件" in staff.screen


async def test_a_caller_in_danger_is_not_only_written_down(world: World, staff: Talk) -> None:
    await staff.say("来电登记")
    await staff.press("念过了，对方同意", "投诉")
    await staff.say("工地塌了，有人被埋在下面，快来救人", "劲松饭店")
    await staff.press("朝阳", "劲松街道", "匿名", "跳过", "普通话", "登记")
    assert "报告突发事件" in staff.labels
    assert "120" in staff.screen


async def test_lawyers_and_chairs_have_no_hotline(world: World, lawyer: Talk, talks: Talks) -> None:
    for talk in (lawyer, await talks.of(world.chair)):
        await talk.say("来电登记")
        assert "没有这个权限" in talk.screen
        await talk.choose("s:hotline")
        assert "没有这个权限" in talk.screen


# ---- who calls


@pytest.mark.parametrize(
    ("name", "phone", "known"),
    [("李四", "13900001234", True), (" 李四", "13900001234", True), ("王五", "13900001234", False), ("李四", "13900001235", False)],
)
async def test_a_caller_is_known_by_number_and_name_together(world: World, name: str, phone: str, known: bool) -> None:
    now = world.clock.now()
    async with world.database.begin() as session:
        first = await callers.caller(session, now, name="李四", phone="13900001234")
        again = await callers.caller(session, now, name=name, phone=phone)
    assert (again == first) is known


async def test_who_leaves_no_name_is_somebody_new_each_time(world: World) -> None:
    async with world.database.begin() as session:
        found = [await callers.caller(session, world.clock.now(), name=None, phone="13900001234") for _ in range(2)]
        assert found[0] != found[1]
        assert not await session.scalar(sa.select(sa.exists().where(Conversation.person_id.in_(found))))


async def test_the_district_named_by_the_caller_decides_not_that_of_the_seat(world: World, talks: Talks) -> None:
    seat = await talks.of(world.city_staff)
    await dispute(seat, place=("海淀", "不清楚街道"))
    await named(seat)
    assert (await the_case(world)).unit_id == HAIDIAN
    assert "看案件" in seat.labels
