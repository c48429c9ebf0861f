"""请律师打电话: a time and a number, seen by the one responsible alone and only until the call is made."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from storage.models import CallBack
from tests.handlers.talk import Talk, Talks, submit_case
from tests.union.world import World

PHONE = "13911112222"


async def calls(world: World) -> list[CallBack]:
    async with world.database.begin() as session:
        return list(await session.scalars(sa.select(CallBack).order_by(CallBack.id)))


async def ask(worker: Talk, *, when: str = "明天下午3点") -> None:
    await worker.press("看进度", "请律师打电话")
    await worker.say(when)
    await worker.say(PHONE)


async def test_two_answers_and_it_is_done(world: World, worker: Talk, lawyer: Talk) -> None:
    case_id = await submit_case(worker)
    await ask(worker)
    assert "15:00 左右打给您" in worker.screen
    assert "139****2222" in worker.screen
    assert PHONE not in worker.screen
    assert "打完就删掉" in worker.screen
    [call] = await calls(world)
    assert (call.case_id, call.phone) == (case_id, PHONE)
    await lawyer.hears()
    assert "请您打电话" in lawyer.screen
    assert PHONE not in lawyer.screen  # an alert may lie on a locked screen
    await worker.press("看进度")
    assert "您约了电话" in worker.screen


async def test_only_the_one_responsible_sees_the_number(world: World, worker: Talk, lawyer: Talk, staff: Talk, talks: Talks) -> None:
    case_id = await submit_case(worker)
    await ask(worker)
    await lawyer.hears()
    await lawyer.press("看号码")
    assert PHONE in lawyer.screen
    pool = await talks.of(world.pool_lawyer)
    for other in (staff, pool):
        await other.choose(f"c:calls:{case_id}")
        assert PHONE not in other.screen


async def test_the_number_left_with_the_case_is_one_tap_away_and_masked(world: World, worker: Talk) -> None:
    await submit_case(worker)
    await worker.press("看进度", "请律师打电话", "明天下午", "就打 139****1234")
    assert "记下了" in worker.screen
    assert [call.phone for call in await calls(world)] == ["13900001234"]


async def test_who_is_anonymous_is_offered_no_number(worker: Talk) -> None:
    await submit_case(worker, named=False)
    await worker.press("看进度", "请律师打电话", "明天下午")
    assert worker.labels == ["上一步", "取消"]


async def test_the_parts_of_today_that_are_over_are_not_offered(world: World, worker: Talk) -> None:
    world.clock.advance(hours=24 - (world.clock.now().hour + 8) % 24 + 15)  # 15:xx in Beijing
    await submit_case(worker)
    await worker.press("看进度", "请律师打电话")
    assert worker.labels[:5] == ["今天下午", "今天晚上", "明天上午", "明天下午", "明天晚上"]


async def test_a_part_that_was_pressed_too_late_is_asked_again(world: World, worker: Talk) -> None:
    await submit_case(worker)
    await worker.press("看进度", "请律师打电话")
    old = worker.button("明天上午").choice
    world.clock.advance(days=2)
    await worker.choose(old)
    assert "已经过了" in worker.screen
    assert await calls(world) == []


async def test_a_time_that_is_none_or_too_far_is_asked_again(worker: Talk) -> None:
    await submit_case(worker)
    await worker.press("看进度", "请律师打电话")
    for text, says in (("随便", "没看懂"), ("今天凌晨", "没看懂"), ("12月31日 9:00", "14 天以内"), ("2026年1月1日 9:00", "已经过了")):
        await worker.say(text)
        assert says in worker.screen, text


async def test_it_can_be_taken_back_and_the_number_is_gone(world: World, worker: Talk, lawyer: Talk) -> None:
    await submit_case(worker)
    await ask(worker)
    await worker.press("不用打了")
    assert "已经删掉" in worker.screen
    assert [call.phone for call in await calls(world)] == [None]
    await lawyer.hears()
    assert "请您打电话" not in lawyer.screen
    await worker.press("不用打了")
    assert "没有约着的电话" in worker.screen


async def test_another_time_takes_the_place_of_the_first(world: World, worker: Talk) -> None:
    await submit_case(worker)
    await ask(worker)
    await worker.press("看进度", "请律师打电话")
    await worker.say("后天上午10点", PHONE)
    [call] = await calls(world)
    assert call.wanted_at - world.clock.now() > timedelta(days=1)


async def test_an_ended_case_asks_for_no_call(world: World, worker: Talk) -> None:
    case_id = await submit_case(worker)
    await world.withdraw(case_id)  # type: ignore[arg-type]
    await worker.choose(f"w:call:{case_id}")
    assert "已撤回" in worker.screen
    assert (await worker.state()).draft is None
