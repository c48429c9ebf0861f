"""突发事件 on the screens: comfort first, a stranger's button, a false alarm, a chair's form, the staff's buttons, the radar's threshold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from handlers.incidents import radar
from handlers.turn import House
from knowledge.facts import NATIONAL, Fact
from storage.models import Case, CaseKind, CaseStatus, Intake, Role, UnitKind
from storage.types import CaseId
from tests.handlers.talk import Talk, Talks, submit_case
from tests.union.world import CITY, JINSONG, WANGJING, World, new_officer

CRY = "救命，有人拿刀堵在车间门口要砍人"
WEAK_CRY = "好的，马上"  # read as urgent by the weight of its pieces alone


async def incidents(world: World) -> list[Case]:
    async with world.database.begin() as session:
        return list(await session.scalars(sa.select(Case).where(Case.kind == CaseKind.INCIDENT).order_by(Case.id)))


async def incident(world: World) -> Case:
    """The one incident there is."""
    (found,) = await incidents(world)
    return found


@pytest.fixture
async def known(worker: Talk) -> Talk:
    """A worker who has agreed to the privacy notice."""
    await worker.start()
    await worker.press("同意")
    return worker


@pytest.fixture
async def street(world: World, talks: Talks) -> Talk:
    """Staff at 劲松街道."""
    async with world.database.begin() as session:
        person_id = await new_officer(session, "街道干部", JINSONG, world.clock.now())
    return await talks.of(person_id)


@pytest.fixture
async def city(world: World, talks: Talks) -> Talk:
    return await talks.of(world.city_staff)


@pytest.fixture
async def chair(world: World, talks: Talks) -> Talk:
    """The chair at 劲松."""
    return await talks.of(world.chair)


# ---- somebody cries for help


async def test_comfort_and_the_numbers_come_before_anything_else(known: Talk) -> None:
    await known.say(CRY)
    assert known.last[0].title == "先保证安全"
    for number in ("110", "120", "119", "12351"):
        assert number in known.last[0].text


async def test_whom_we_know_is_reported_at_once_with_their_own_words(world: World, known: Talk) -> None:
    await known.say(CRY)
    case = await incident(world)
    assert (case.story, case.intake, case.worker_id) == (CRY, Intake.URGENT, await known.person_id())


async def test_the_screen_says_who_has_been_told_and_that_the_numbers_come_first(known: Talk) -> None:
    await known.say(CRY)
    assert "北京市总工会" in known.last[1].text
    assert "先打 110、120" in known.last[1].text


async def test_the_unit_is_where_the_words_say(world: World, known: Talk) -> None:
    await known.say(f"{CRY}，我在朝阳区望京街道")
    assert (await incident(world)).unit_id == WANGJING


async def test_the_unit_is_that_of_the_newest_open_case(world: World, worker: Talk) -> None:
    await submit_case(worker)
    await worker.say(CRY)
    case = await incident(world)
    assert (case.unit_id, case.employer) == (JINSONG, "劲松饭店有限公司")


async def test_without_any_place_it_is_the_city_s(world: World, known: Talk) -> None:
    await known.say(CRY)
    assert (await incident(world)).unit_id == CITY


async def test_a_stranger_is_given_one_button_and_nothing_is_reported(world: World, worker: Talk) -> None:
    await worker.say(CRY)
    assert "让工会的人马上联系我" in worker.labels
    assert await incidents(world) == []
    assert await worker.person_id() is None


async def test_the_button_is_consent_and_report_in_one(world: World, worker: Talk) -> None:
    await worker.say(CRY)
    await worker.press("让工会的人马上联系我")
    case = await incident(world)
    assert case.worker_id == await worker.person_id()
    assert case.story == CRY
    assert (await worker.state()).cry == ""


async def test_words_that_only_weigh_like_a_cry_ask_before_they_alarm_a_city(world: World, known: Talk) -> None:
    reading = known.house.knowledge.read(WEAK_CRY)
    assert reading.urgent and not reading.alarmed
    await known.say(WEAK_CRY)
    assert known.last[0].title == "先保证安全"
    assert await incidents(world) == []
    await known.press("让工会的人马上联系我")
    assert (await incident(world)).story == WEAK_CRY


async def test_what_they_say_after_the_button_goes_to_whoever_handles_it(world: World, worker: Talk, city: Talk) -> None:
    await worker.say(CRY)
    await worker.press("让工会的人马上联系我")
    await worker.say("在三号楼二层")
    await city.hears()
    assert "在三号楼二层" in city.screen


async def test_a_question_about_danger_in_general_alarms_nobody(world: World, known: Talk) -> None:
    await known.say("单位不发安全帽怎么办")
    assert await incidents(world) == []


async def test_who_cries_for_help_in_the_middle_of_the_intake_form_is_reported_and_the_form_goes_on(world: World, known: Talk) -> None:
    await known.say("我要维权")
    before = (await known.state()).draft
    assert before is not None
    await known.say(CRY)
    assert known.last[0].title == "先保证安全"
    assert (await incident(world)).story == CRY
    assert (await known.state()).draft is not None


async def test_who_cries_for_help_to_their_lawyer_is_reported_and_the_lawyer_hears_it_as_well(
    world: World, worker: Talk, lawyer: Talk
) -> None:
    case_id = CaseId(await submit_case(worker))
    await world.accept(case_id)
    await worker.choose(f"w:room:{case_id}")
    await worker.say(CRY)
    assert worker.last[0].title == "先保证安全"
    assert (await incident(world)).story == CRY
    await lawyer.hears()
    assert CRY in lawyer.screen


async def test_a_second_cry_is_added_and_says_so(world: World, known: Talk) -> None:
    await known.say(CRY)
    await known.press("结束留言")
    await known.say("救命啊，他冲进来砍人了")
    assert "刚才的话也转给工会的人了" in known.screen
    assert "他冲进来砍人了" in (await incident(world)).story


async def test_what_somebody_in_danger_says_next_goes_to_those_who_help(world: World, known: Talk) -> None:
    await known.say(CRY)
    assert "接下来打的字会直接转给工会的人" in known.screen
    await known.say("我在饭店后厨")
    assert "已转给工会" in known.screen
    [said] = await world.room((await incident(world)).id)
    assert said.text == "我在饭店后厨"


async def test_who_presses_that_they_have_it_answers_for_their_level_too(world: World, known: Talk, talks: Talks) -> None:
    await known.say(CRY)
    case = await incident(world)
    assert case.officer_id is not None
    officer = await talks.of(case.officer_id)
    await officer.choose(f"c:accept:{case.id}")
    assert "case.acknowledged" in await world.history(case.id)


async def test_after_the_alarm_is_taken_the_next_words_go_to_who_cried(world: World, known: Talk, talks: Talks) -> None:
    await known.say(CRY)
    case = await incident(world)
    assert case.officer_id is not None
    officer = await talks.of(case.officer_id)
    await officer.choose(f"s:incack:{case.id}")
    assert "现在直接打字" in officer.screen
    await officer.say("我是街道工会的，您现在安全吗")
    await known.hears()
    assert "您现在安全吗" in known.screen


async def test_a_false_alarm_takes_two_taps_and_is_told_to_the_line(world: World, known: Talk, city: Talk) -> None:
    await known.say(CRY)
    await known.press("没事，我说错了")
    assert (await incident(world)).status is CaseStatus.ASSIGNED
    await known.press("真的没事")
    assert (await incident(world)).status is CaseStatus.WITHDRAWN
    await city.hears()
    assert "突发事件已解除" in city.screen


async def test_nobody_else_can_call_an_alarm_off(world: World, known: Talk, talks: Talks) -> None:
    await known.say(CRY)
    other = talks.stranger()
    await other.start()
    await other.press("同意")
    await other.choose(f"w:calmed:{(await incident(world)).id}")
    assert (await incident(world)).status is CaseStatus.ASSIGNED


# ---- a chair's report


async def fill_in(chair: Talk) -> None:
    """Fills in the form of a chair's report and sends it."""
    await chair.say("报告突发事件")
    await chair.press("群体性事件")
    await chair.say("三十多人堵在厂门口讨薪，有人要跳楼", "30多人")
    await chair.press("本单位", "刚刚", "马上报告")


async def test_a_second_press_goes_on_where_the_form_stands(chair: Talk) -> None:
    await chair.say("报告突发事件")
    await chair.press("群体性事件")
    await chair.say("三十多人停工", "报告突发事件")
    assert "涉及多少人" in chair.screen


async def test_a_chair_s_report_goes_up_the_line_of_their_own_unit(world: World, chair: Talk, street: Talk) -> None:
    await fill_in(chair)
    case = await incident(world)
    assert (case.unit_id, case.intake, case.worker_id, case.nature) == (JINSONG, Intake.CHAIR, world.chair, "crowd")
    for number in ("30多人", "三十多人堵在厂门口讨薪"):
        assert number in case.story
    assert "incident" in await world.told(world.staff)


async def test_the_chair_reads_who_has_been_told_and_what_to_do_now(chair: Talk, street: Talk) -> None:
    await fill_in(chair)
    assert "劲松街道总工会、朝阳区总工会、北京市总工会" in chair.screen
    assert "手机保持畅通" in chair.screen


async def test_a_chair_has_their_reports_and_can_add_to_them_at_the_desk(world: World, chair: Talk, street: Talk) -> None:
    await fill_in(chair)
    await chair.say("我的报告")
    await chair.press(chair.labels[0])
    assert "突发事件" in chair.screen
    await chair.press("给工会留言")
    await chair.say("人已经散了")
    await street.hears()
    assert "人已经散了" in street.screen


async def test_a_chair_is_told_at_the_desk_that_somebody_has_it(world: World, chair: Talk, street: Talk) -> None:
    await fill_in(chair)
    await world.accept((await incident(world)).id)
    await chair.hears()
    assert "接手了" in chair.screen


async def test_staff_write_a_report_down_as_for_a_caller(world: World, city: Talk, staff: Talk) -> None:
    await staff.say("/incident")
    await staff.press("死亡或重伤")
    await staff.say("脚手架倒了，两人重伤")
    await staff.press("跳过", "本单位", "刚刚", "马上报告")
    case = await incident(world)
    assert (case.intake, case.intake_by) == (Intake.HOTLINE, world.staff)
    assert case.officer_id == world.staff
    await staff.say("我的报告")
    assert "死亡或重伤" in staff.labels[0]


async def test_a_lawyer_has_no_such_form(world: World, lawyer: Talk) -> None:
    await lawyer.say("/incident")
    assert "基层工会主席" in lawyer.screen
    assert (await lawyer.state()).draft is None


async def test_a_workplace_chair_s_report_names_the_workplace_though_their_own_union_stays_with_it(world: World, talks: Talks) -> None:
    async with world.database.begin() as session:
        await session.execute(
            sa.text("INSERT INTO unit (id, kind, name, short, parent_id, path) VALUES (7, :kind, '劲松饭店工会', '饭店', 4, '1.2.4.7.')"),
            {"kind": UnitKind.WORKPLACE.value},
        )
        person_id = await new_officer(session, "饭店主席", 7, world.clock.now(), role=Role.CHAIR)  # type: ignore[arg-type]
    chair = await talks.of(person_id)
    await fill_in(chair)
    assert (await incident(world)).employer == "劲松饭店工会"
    await chair.say("我的报告")
    await chair.press(chair.labels[0])
    assert "劲松饭店工会" in chair.screen


# ---- the staff


async def test_the_alarm_tells_what_where_and_by_whom_and_begins_with_what_it_is(chair: Talk, street: Talk) -> None:
    await fill_in(chair)
    await street.hears()
    alarm = next(reply for reply in street.last if "收到，我来处理" in [button.label for row in reply.buttons for button in row])
    assert alarm.title.startswith("突发事件")
    for word in ("群体性事件", "在哪里：劲松街道", "30多人", "基层工会主席主席", "10:30"):
        assert word in alarm.text


async def test_received_is_one_press_and_harmless_twice(world: World, chair: Talk, street: Talk) -> None:
    await fill_in(chair)
    await street.hears()
    await street.press("收到，我来处理")
    assert "劲松街道总工会由您处理" in street.screen
    await street.press("收到，我来处理")
    assert "已经有人确认过了" in street.screen


async def test_received_by_the_one_responsible_takes_the_case_as_well(world: World, chair: Talk, street: Talk) -> None:
    await fill_in(chair)
    await street.hears()
    await street.press("收到，我来处理")
    assert (await incident(world)).status is CaseStatus.ACCEPTED
    await chair.hears()
    assert "接手了" in chair.screen


async def test_a_cry_from_nowhere_tells_the_city_that_the_place_is_not_known(known: Talk, city: Talk) -> None:
    await known.say(CRY)
    await city.hears()
    assert "没说具体地方" in city.screen


async def test_what_a_level_left_unanswered_is_taken_over_by_the_one_above(world: World, chair: Talk, street: Talk, staff: Talk) -> None:
    await fill_in(chair)
    await staff.hears()
    await staff.press("收到，我来处理")
    world.clock.advance(minutes=30)
    await world.sweep()
    await staff.hears()
    assert "突发事件没人确认" in staff.screen
    await staff.press("我来接手")
    assert "您替劲松街道总工会接手" in staff.screen


async def test_who_knew_what_when_stands_on_a_screen(world: World, chair: Talk, street: Talk) -> None:
    await fill_in(chair)
    world.clock.advance(minutes=3)
    await street.hears()
    world.clock.advance(minutes=1)
    await street.press("收到，我来处理")
    await street.press("谁知道了")
    first, second, _ = street.last[0].text.split("\n\n")
    assert first.splitlines() == [
        "11月18日 10:00 劲松街道总工会", "· 街道干部：11月18日 10:03 送达", "→ 11月18日 10:04 街道干部确认",
    ]  # fmt: skip
    assert second.splitlines()[1:] == ["· 区干部：还没送到", "→ 还没有确认"]


async def test_the_history_tells_the_alarm_in_words(chair: Talk, street: Talk, world: World) -> None:
    await fill_in(chair)
    await street.hears()
    await street.press("收到，我来处理")
    await street.choose(f"c:history:{(await incident(world)).id}")
    assert "同时报给劲松街道总工会（街道干部）" in street.screen
    assert "case." not in street.screen


async def test_staff_of_another_district_see_nothing_of_it(world: World, chair: Talk, talks: Talks) -> None:
    await fill_in(chair)
    case_id = (await incident(world)).id
    other = await talks.of(world.haidian_staff)
    for choice in (f"s:incack:{case_id}", f"s:who:{case_id}", f"s:inctake:{case_id}:1"):
        await other.choose(choice)
        assert "没有找到这个案件" in other.screen


# ---- the radar


def with_threshold(house: House, **values: int) -> House:
    """A house whose staff have set the radar's threshold."""
    source = {"region": NATIONAL, "valid_from": date(2026, 11, 1), "source": "工作人员设置"}
    units = {radar.REPORTS: "名职工", radar.DAYS: "天"}
    rows = [
        Fact(name=name, value=Decimal(values[name.removeprefix("radar-")]), unit=unit, **source)  # type: ignore[arg-type]
        for name, unit in units.items()
    ]
    return replace(house, facts=house.facts.with_rows(rows))


async def bring_cases(world: World, talks: Talks, count: int) -> None:
    for _ in range(count):
        await submit_case(talks.stranger())


async def test_the_fifth_case_at_the_counter_raises_the_radar_and_its_worker_hears_nothing_of_it(world: World, talks: Talks) -> None:
    await bring_cases(world, talks, 4)
    assert await incidents(world) == []
    fifth = talks.stranger()
    await submit_case(fifth)
    case = await incident(world)
    assert case.intake is Intake.RADAR
    assert "劲松饭店" in case.story
    await fifth.hears()
    assert "突发" not in fifth.screen


async def test_staff_set_the_threshold_as_a_dated_fact(world: World, house: House) -> None:
    talks = Talks(world, with_threshold(house, reports=2, days=1))
    await bring_cases(world, talks, 2)
    assert (await incident(world)).intake is Intake.RADAR


async def test_the_radar_s_alarm_names_nobody(world: World, talks: Talks, city: Talk) -> None:
    await bring_cases(world, talks, 5)
    await city.hears()
    assert "多名职工反映同一单位" in city.screen
    assert "谁报的：系统预警" in city.screen
    assert "张三" not in city.screen
