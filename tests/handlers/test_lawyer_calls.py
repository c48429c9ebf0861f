"""Calls and visits: what counts as contact stops the clock, what doesn't is noted, and who can't be reached is for staff to confirm."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from handlers.conversation import Side
from storage.models import CallBack, CaseStatus
from storage.types import CaseId
from tests.handlers.talk import Talk, Talks
from tests.union.world import World
from union import callbacks, contact


async def ask_for_a_call(world: World, case_id: CaseId, phone: str = "13911112222") -> None:
    at = world.clock.now() + timedelta(hours=3)
    await world.change(case_id, lambda s, c: callbacks.ask(s, c, world.clock.now(), by=c.worker_id, wanted_at=at, phone=phone))


async def the_call(world: World) -> tuple[str | None, datetime | None]:
    async with world.database.begin() as session:
        asked = (await session.scalars(sa.select(CallBack))).one()
        return asked.phone, asked.done_at


@pytest.mark.parametrize(("label", "how"), [("打通了电话", "call"), ("见了面", "visit")])
async def test_a_call_or_a_visit_that_is_logged_stops_the_clock(world: World, lawyer: Talk, label: str, how: str) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    world.clock.advance(hours=3)
    await lawyer.choose(f"c:log:{case_id}")
    await lawyer.press(label)
    await lawyer.say("说了欠薪的经过，要了合同")
    await lawyer.press("登记")
    assert "24 小时的钟停了" in lawyer.screen
    case = await world.case(case_id)
    assert (case.status, case.intervened_at, case.overdue) == (CaseStatus.INTERVENED, world.clock.now(), False)
    told = next(event for event in await world.events(case_id) if event.action == "case.intervened")
    assert told.detail["how"] == how


async def test_the_clock_stops_when_a_call_is_logged_and_not_when_it_is_said_to_have_been(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    world.clock.advance(hours=25)
    await lawyer.choose(f"c:called:{case_id}")
    await lawyer.say("昨天就打过了")
    await lawyer.press("修改", "时间", "昨天", "登记")
    case = await world.case(case_id)
    assert (case.intervened_at, case.overdue) == (world.clock.now(), True)


async def test_logging_takes_a_case_that_was_not_accepted(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.choose(f"c:called:{case_id}")
    await lawyer.say("联系上了")
    await lawyer.press("登记")
    assert (await world.case(case_id)).accepted_at is not None


async def test_a_later_call_counts_as_news_and_does_not_intervene_again(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    before = (await world.case(case_id)).intervened_at
    world.clock.advance(days=6)
    await lawyer.choose(f"c:called:{case_id}")
    await lawyer.say("报了进展")
    await lawyer.press("登记")
    assert (await world.case(case_id)).intervened_at == before
    assert (await world.deadline(case_id, "follow_up")).started_at == world.clock.now()
    assert (await world.history(case_id)).count("case.intervened") == 1


async def test_what_was_said_is_written_for_colleagues_and_never_told_to_the_worker(world: World, talks: Talks, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.choose(f"c:called:{case_id}")
    await lawyer.say("证据看起来不太够")
    await lawyer.press("登记")
    await lawyer.choose(f"c:notes:{case_id}")
    assert "电话：证据看起来不太够" in lawyer.screen
    worker = await talks.of(world.worker)
    await worker.hears()
    await worker.choose(f"w:case:{case_id}")
    assert not any("证据看起来不太够" in f"{reply}" for reply in worker.shown)


async def test_a_call_that_nobody_answers_stops_nothing_and_the_third_offers_the_way_out(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    for number in (1, 2, 3):
        await lawyer.choose(f"c:missed:{case_id}")
        assert f"连续 {number} 次没打通" in lawyer.screen
        assert ("联系不上职工" in lawyer.labels) is (number == contact.TRIES)
    assert (await world.case(case_id)).intervened_at is None


async def test_who_was_spoken_to_in_between_is_not_counted_as_unreachable(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    for _ in range(2):
        await lawyer.choose(f"c:missed:{case_id}")
    await lawyer.choose(f"c:called:{case_id}")
    await lawyer.say("通了")
    await lawyer.press("登记")
    await lawyer.choose(f"c:missed:{case_id}")
    assert "连续 1 次没打通" in lawyer.screen


async def test_staff_are_asked_to_confirm_that_a_worker_cannot_be_reached_and_the_clock_runs_on(
    world: World, lawyer: Talk, staff: Talk
) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    await lawyer.choose(f"c:lost:{case_id}")
    assert "时钟照走" in lawyer.screen
    await lawyer.press("申请核实")
    assert (await world.case(case_id)).paused_at is None
    await staff.hears()
    assert "联系不上职工，请核实" in staff.screen
    await lawyer.choose(f"c:losted:{case_id}")
    assert "已经申请过了" in lawyer.screen
    assert (await world.told(world.staff)).count("pause_asked") == 1


async def test_a_call_ends_a_pause(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    await world.pause(case_id)
    await lawyer.choose(f"c:called:{case_id}")
    await lawyer.say("终于接了")
    await lawyer.press("登记")
    assert (await world.case(case_id)).paused_at is None


async def test_the_number_for_a_call_is_seen_by_the_handler_alone_and_is_gone_once_called(
    world: World, talks: Talks, lawyer: Talk, staff: Talk
) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    await ask_for_a_call(world, case_id)
    await lawyer.choose(f"c:card:{case_id}")
    assert "请打电话" in lawyer.screen
    assert "13911112222" not in lawyer.screen
    await lawyer.press("更多", "请打电话的")
    assert "13911112222" in lawyer.screen
    for other in (staff, await talks.of(world.pool_lawyer)):
        await other.choose(f"c:calls:{case_id}")
        assert "没有找到这个案件" in other.screen
    await lawyer.press("打通了，登记")
    assert await the_call(world) == ("13911112222", None)  # until it is logged: a slip of the thumb loses no number
    await lawyer.say("说了经过")
    await lawyer.press("登记")
    assert await the_call(world) == (None, world.clock.now())


async def test_a_number_is_kept_while_nobody_answers(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    await ask_for_a_call(world, case_id)
    await lawyer.choose(f"c:missed:{case_id}")
    assert await the_call(world) == ("13911112222", None)


async def test_a_lawyer_with_a_conflict_logs_nothing_and_the_case_goes_on(world: World, lawyer: Talk) -> None:
    from union import conflicts

    case_id = await world.new_case()
    async with world.database.begin() as session:
        await conflicts.declare(session, world.lawyer, "劲松饭店有限公司", world.clock.now())
    await lawyer.choose(f"c:missed:{case_id}")
    assert "利益冲突" in lawyer.screen
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer


async def test_an_ended_case_takes_no_more_calls(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.withdraw(case_id)
    for choice in ("log", "missed", "calls", "lost", "losted"):
        await lawyer.choose(f"c:{choice}:{case_id}")
        assert lawyer.last
    assert "case.call_failed" not in await world.history(case_id)


async def test_a_stranger_logs_nothing(world: World, talks: Talks) -> None:
    case_id = await world.new_case()
    other = talks.stranger(Side.DESK)
    await other.choose(f"c:called:{case_id}")
    assert "邀请码" in other.screen
