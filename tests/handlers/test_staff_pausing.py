"""Clocks that stand still on the staff's word, the worker's contact, and a closed case taken up again."""

from __future__ import annotations

from datetime import timedelta

from storage.models import CaseStatus
from tests.handlers.talk import Talk, Talks
from tests.union.world import World


async def test_staff_confirm_and_the_lawyer_and_the_clock_know(world: World, staff: Talk, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    due = (await world.case(case_id)).due_at
    await lawyer.hears()
    await staff.choose(f"s:askpause:{case_id}")
    assert "先自己联系一次" in staff.screen
    await staff.press("确认暂停")
    await lawyer.hears()
    assert "时钟先停着" in lawyer.screen
    world.clock.advance(hours=30)
    await world.sweep()
    assert not (await world.case(case_id)).overdue
    await staff.press("联系上了，恢复时钟")
    assert (await world.case(case_id)).due_at == due + timedelta(hours=30)


async def test_the_worker_hears_that_nobody_reached_them_and_any_word_lets_the_clock_run_on(
    world: World, staff: Talk, talks: Talks
) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    worker = await talks.of(world.worker)
    await staff.choose(f"s:pause:{case_id}")
    await worker.hears()
    assert "我们联系不上您" in worker.screen
    world.clock.advance(days=5)
    await worker.say("手机没电了，刚看到")
    assert "已转给律师" in worker.screen
    assert (await world.case(case_id)).paused_at is None


async def test_who_is_asked_to_check_has_the_number_one_tap_away(world: World, staff: Talk, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    await lawyer.choose(f"c:losted:{case_id}")
    await staff.hears()
    await staff.press("看联系方式")
    assert "13900001234" in staff.screen


async def test_where_no_number_was_left_nobody_is_sent_to_look_for_it(world: World, staff: Talk, lawyer: Talk) -> None:
    case_id = await world.new_case(anonymous=True, contact_name=None, contact_phone=None)
    await world.accept(case_id)
    await lawyer.choose(f"c:losted:{case_id}")
    await staff.hears()
    assert "没有留电话" in staff.screen
    assert "看联系方式" not in staff.labels


async def test_pausing_twice_is_harmless(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    for _ in range(2):
        await staff.choose(f"s:pause:{case_id}")
    assert "已经停着" in staff.screen
    assert (await world.history(case_id)).count("case.paused") == 1


async def test_staff_who_refuse_send_the_lawyer_back_to_the_telephone(world: World, staff: Talk, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.accept(case_id)
    await lawyer.hears()
    await staff.choose(f"s:nopause:{case_id}")
    await lawyer.hears()
    assert "没有同意暂停" in lawyer.screen
    assert (await world.case(case_id)).paused_at is None
    assert "case.pause_refused" in await world.history(case_id)


async def test_a_lawyer_never_stops_their_own_clock(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    for choice in ("askpause", "pause", "nopause", "resume"):
        await lawyer.choose(f"s:{choice}:{case_id}")
        assert "没有找到这个案件" in lawyer.screen
    assert (await world.case(case_id)).paused_at is None


async def test_an_ended_case_has_no_clock_to_stop(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    await world.withdraw(case_id)
    for choice in ("askpause", "pause", "nopause"):
        await staff.choose(f"s:{choice}:{case_id}")
        assert "已经结束" in staff.screen


# ---- the contact


async def test_who_looked_at_name_and_phone_is_written_down(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    await staff.choose(f"s:contact:{case_id}")
    assert "张三" in staff.screen
    assert "13900001234" in staff.screen
    assert "case.contact_seen" in await world.history(case_id)


async def test_an_anonymous_worker_has_no_contact_to_show(world: World, staff: Talk) -> None:
    case_id = await world.new_case(anonymous=True)
    await staff.choose(f"s:contact:{case_id}")
    assert "匿名" in staff.screen
    assert "case.contact_seen" not in await world.history(case_id)
    await staff.choose(f"s:more:{case_id}")
    assert "看联系方式" not in staff.labels


async def test_neither_the_lawyer_nor_staff_elsewhere_see_the_phone(world: World, talks: Talks, lawyer: Talk) -> None:
    case_id = await world.new_case()
    haidian = await talks.of(world.haidian_staff)
    for talk in (lawyer, haidian):
        await talk.choose(f"s:contact:{case_id}")
        assert "13900001234" not in talk.screen
        assert "没有找到这个案件" in talk.screen


# ---- taken up again


async def test_a_closed_case_is_taken_up_again_by_staff(world: World, staff: Talk, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await world.close(case_id)
    await lawyer.hears()
    await staff.choose(f"s:more:{case_id}")
    await staff.press("重新办理", "确定重新办理")
    assert (await world.case(case_id)).status is CaseStatus.IN_PROGRESS
    await lawyer.hears()
    assert "重新办理" in lawyer.screen


async def test_what_the_worker_took_back_staff_do_not_take_up(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    await world.withdraw(case_id)
    for choice in ("reopen", "reopened"):
        await staff.choose(f"s:{choice}:{case_id}")
        assert "由本人决定" in staff.screen
    assert (await world.case(case_id)).status is CaseStatus.WITHDRAWN
