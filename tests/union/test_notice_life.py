"""A notice from its time on: it begins once, what has changed since is looked at, it is paused, stopped, corrected, and comes back."""

from __future__ import annotations

import asyncio
from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa

from storage.models import DeliveryStatus, NoticeStatus, OutboxRow, Person, UnitSetting
from storage.types import NoticeId, PersonId
from tests.union import notice_made as made
from tests.union.world import CITY, World
from union import deliveries, notice_correction, notice_life
from union.alerts import Fact
from union.errors import NotAllowed, NotFound
from union.notice_approval import NoApprover
from union.notice_content import BadContent
from union.notice_schedule import Every, Repeat, Timing
from union.notices import NotNow
from union.unit_settings import APPROVAL_ABOVE

MONDAYS = Timing(None, Repeat(Every.WEEK, time(9), weekday=1))


@pytest.fixture(autouse=True)
async def people(world: World) -> list[PersonId]:
    return await made.members(world, 3)


async def planned(world: World, timing: Timing | None = None) -> NoticeId:
    """For tomorrow at ten, unless it is said when."""
    notice_id = await made.write(world, timing=timing or Timing(world.clock.now() + timedelta(days=1)))
    assert await made.submit(world, notice_id) is NoticeStatus.SCHEDULED
    return notice_id


async def eyes_above(world: World, number: int) -> None:
    async with world.database.begin() as session:
        session.add(UnitSetting(unit_id=CITY, name=APPROVAL_ABOVE, value=number, set_by=world.city_staff, set_at=world.clock.now()))


async def status(world: World, notice_id: NoticeId) -> NoticeStatus:
    return (await made.notice(world, notice_id)).status


async def nobody_reachable(world: World, people: list[PersonId]) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.update(Person).where(Person.id.in_(people)).values(notices_off_at=world.clock.now()))


# ---- beginning


async def test_it_begins_when_its_time_has_come_and_not_before(world: World) -> None:
    notice_id = await planned(world)
    world.clock.advance(hours=23, minutes=59)
    assert await made.due(world) == []
    world.clock.advance(minutes=1)
    assert await made.due(world) == [notice_id]
    assert await made.due(world) == []
    assert (await made.notice(world, notice_id)).started_at == world.clock.now()


async def test_of_several_processes_one_begins_it(world: World) -> None:
    notice_id = await planned(world)
    world.clock.advance(days=1)
    begun = await asyncio.gather(*(made.due(world) for _ in range(6)))
    assert sorted(begun, reverse=True)[0] == [notice_id]
    assert sum(len(each) for each in begun) == 1
    assert (await made.actions(world, notice_id)).count("started") == 1


async def test_the_author_who_may_not_send_there_any_more_sends_nothing(world: World) -> None:
    notice_id = await planned(world, MONDAYS)
    async with world.database.begin() as session:
        await session.execute(sa.text("UPDATE role_grant SET revoked_at = now() WHERE person_id = :staff"), {"staff": world.staff})
    world.clock.advance(days=7)
    assert await made.due(world) == []
    assert [notice.status for notice in await made.all_notices(world)] == [NoticeStatus.STOPPED]
    assert (await made.log(world, notice_id))[-1].detail == {"reason": "not_allowed"}
    assert (await world.told(world.staff))[-1] == Fact.NOTICE_HELD


async def test_where_nobody_can_be_reached_any_more_it_falls_out_and_comes_again_the_next_time(
    world: World, people: list[PersonId]
) -> None:
    notice_id = await planned(world, MONDAYS)
    await nobody_reachable(world, people)
    world.clock.advance(days=6)
    assert await made.due(world) == []
    first, second = await made.all_notices(world)
    assert (first.id, first.status, second.status) == (notice_id, NoticeStatus.STOPPED, NoticeStatus.SCHEDULED)
    assert second.send_at == made.at(world, "2026-11-30 09:00")


async def test_what_has_grown_beyond_the_number_without_having_been_seen_is_put_before_somebody(world: World) -> None:
    await eyes_above(world, 3)
    notice_id = await planned(world)
    await made.members(world, 1)
    world.clock.advance(days=1)
    assert await made.due(world) == []
    assert await status(world, notice_id) is NoticeStatus.WAITING
    assert (await world.told(world.city_staff), await world.told(world.staff)) == ([Fact.NOTICE_APPROVAL], [Fact.NOTICE_HELD])
    assert await made.approve(world, notice_id) is NoticeStatus.SENDING


async def test_what_was_approved_may_grow(world: World) -> None:
    await eyes_above(world, 2)
    notice_id = await made.write(world, timing=Timing(world.clock.now() + timedelta(days=1)))
    await made.submit(world, notice_id)
    await made.approve(world, notice_id)
    await made.members(world, 5)
    world.clock.advance(days=1)
    assert await made.due(world) == [notice_id]


# ---- coming back


async def test_each_time_is_a_notice_of_its_own_for_those_who_are_there_then(world: World) -> None:
    first = await planned(world, MONDAYS)
    world.clock.advance(days=6)
    assert await made.due(world) == [first]
    await made.expanded(world, first)
    await made.members(world, 2)
    world.clock.advance(days=7)
    [second] = await made.due(world)
    await made.expanded(world, second)
    one, two, three = await made.all_notices(world)
    assert (one.total, two.total) == (3, 5)
    assert (two.series_id, three.series_id) == (first, first)
    assert (three.status, three.send_at) == (NoticeStatus.SCHEDULED, made.at(world, "2026-12-07 09:00"))
    assert (two.title, two.text, two.audience) == (one.title, one.text, one.audience)


async def test_times_that_were_slept_through_are_told_once(world: World) -> None:
    first = await planned(world, MONDAYS)
    world.clock.advance(days=30)
    assert await made.due(world) == [first]
    assert (await made.all_notices(world))[-1].send_at == made.at(world, "2026-12-21 09:00")


async def test_after_the_last_of_the_days_before_a_date_there_is_no_more(world: World) -> None:
    first = await planned(world, Timing(None, Repeat(Every.BEFORE, time(9), target=date(2026, 11, 25), days=(1, 3))))
    world.clock.advance(days=4)
    await made.due(world)
    world.clock.advance(days=2)
    [second] = await made.due(world)
    assert [notice.id for notice in await made.all_notices(world)] == [first, second]


async def test_an_approval_holds_for_every_time(world: World) -> None:
    await eyes_above(world, 2)
    first = await made.write(world, timing=MONDAYS)
    await made.submit(world, first)
    await made.approve(world, first)
    world.clock.advance(days=6)
    await made.due(world)
    world.clock.advance(days=7)
    assert len(await made.due(world)) == 1


async def test_one_time_can_be_skipped(world: World) -> None:
    first = await planned(world, MONDAYS)
    following = await made.on(world, world.staff, first, notice_life.skip, world.clock.now())
    assert following.send_at == made.at(world, "2026-11-30 09:00")
    world.clock.advance(days=6)
    assert await made.due(world) == []


async def test_calling_it_off_ends_all_that_would_have_come(world: World) -> None:
    first = await planned(world, MONDAYS)
    assert await made.on(world, world.staff, first, notice_life.stop, world.clock.now())
    world.clock.advance(days=30)
    assert await made.due(world) == []


async def test_only_a_planned_repetition_can_be_skipped(world: World) -> None:
    notice_id = await planned(world)
    with pytest.raises(NotNow):
        await made.on(world, world.staff, notice_id, notice_life.skip, world.clock.now())


# ---- while it runs


async def test_it_is_paused_and_taken_up_again(world: World) -> None:
    notice_id = await made.begun(world)
    assert await made.on(world, world.city_staff, notice_id, notice_life.pause, world.clock.now())
    assert await status(world, notice_id) is NoticeStatus.PAUSED
    assert not await made.on(world, world.staff, notice_id, notice_life.pause, world.clock.now())
    assert await made.on(world, world.staff, notice_id, notice_life.resume, world.clock.now())
    assert await status(world, notice_id) is NoticeStatus.SENDING
    assert not await made.on(world, world.staff, notice_id, notice_life.resume, world.clock.now())


async def test_a_stopped_one_drops_who_still_waits_and_stays_stopped(world: World, people: list[PersonId]) -> None:
    notice_id = await made.begun(world)
    await made.expanded(world, notice_id)
    await made.outcome(world, notice_id, people[0])
    assert await made.on(world, world.staff, notice_id, notice_life.stop, world.clock.now())
    async with world.database.begin() as session:
        place = await deliveries.progress(session, notice_id)
    assert (place.sent, place.left_out, place.waiting) == (1, 2, 0)
    assert not await made.on(world, world.staff, notice_id, notice_life.stop, world.clock.now())
    assert not await made.on(world, world.staff, notice_id, notice_life.resume, world.clock.now())


@pytest.mark.parametrize("who", ["haidian_staff", "lawyer", "chair", "worker"])
async def test_others_do_not_even_learn_that_it_exists(world: World, who: str) -> None:
    notice_id = await made.begun(world)
    with pytest.raises(NotFound):
        await made.on(world, getattr(world, who), notice_id, notice_life.stop, world.clock.now())
    assert await status(world, notice_id) is NoticeStatus.SENDING


async def watch(world: World, notice_id: NoticeId) -> bool:
    async with world.database.begin() as session:
        return await notice_life.watch(session, notice_id, world.clock.now())


async def test_it_is_over_when_everybody_has_an_outcome(world: World, people: list[PersonId]) -> None:
    notice_id = await made.begun(world)
    assert await watch(world, notice_id)
    await made.expanded(world, notice_id)
    for person_id, outcome in zip(people, (DeliveryStatus.SENT, DeliveryStatus.UNREACHABLE, DeliveryStatus.FAILED), strict=True):
        assert await watch(world, notice_id)
        await made.outcome(world, notice_id, person_id, outcome)
    assert not await watch(world, notice_id)
    notice = await made.notice(world, notice_id)
    assert (notice.status, notice.finished_at) == (NoticeStatus.SENT, world.clock.now())


async def test_a_paused_one_is_left_alone(world: World) -> None:
    notice_id = await made.begun(world)
    await made.on(world, world.staff, notice_id, notice_life.pause, world.clock.now())
    assert not await watch(world, notice_id)
    assert await status(world, notice_id) is NoticeStatus.PAUSED


async def test_the_author_sees_the_progress_in_one_place_and_at_most_every_two_seconds(world: World) -> None:
    notice_id = await made.begun(world)
    for _ in range(8):
        world.clock.advance(seconds=0.5)
        await watch(world, notice_id)
    async with world.database.begin() as session:
        rows = list(await session.scalars(sa.select(OutboxRow).where(OutboxRow.kind == Fact.NOTICE_PROGRESS)))
    assert len(rows) == 3
    assert {row.slot for row in rows} == {f"notice:{notice_id}"}


async def test_in_a_night_in_which_nothing_moves_the_progress_is_told_once(world: World) -> None:
    notice_id = await made.begun(world)

    async def told() -> int:
        for _ in range(4):
            world.clock.advance(minutes=10)
            await watch(world, notice_id)
        async with world.database.begin() as session:
            return len(list(await session.scalars(sa.select(OutboxRow.id).where(OutboxRow.kind == Fact.NOTICE_PROGRESS))))

    by_day = await told()
    world.clock.advance(hours=11)
    assert await told() == by_day + 1
    world.clock.advance(hours=10)
    assert await told() == by_day + 1 + 4


async def test_the_time_to_go_follows_the_pace_since_it_was_last_taken_up(world: World) -> None:
    notice_id = await made.begun(world)

    async def left(done: int, waiting: int) -> timedelta | None:
        place = deliveries.Progress(
            total=done + waiting, waiting=waiting, sent=done, seen=0, unreachable=0, failed=0, left_out=0, gathered=0
        )
        async with world.database.begin() as session:
            return await notice_life.time_to_go(session, await made.notice(world, notice_id), place, world.clock.now())

    assert await left(0, 100) is None
    world.clock.advance(minutes=1)
    assert await left(0, 100) is None
    assert await left(10, 100) == timedelta(minutes=10)
    await made.on(world, world.staff, notice_id, notice_life.pause, world.clock.now())
    assert await left(10, 100) is None
    world.clock.advance(hours=5)
    await made.on(world, world.staff, notice_id, notice_life.resume, world.clock.now())
    world.clock.advance(minutes=1)
    assert await left(10, 100) == timedelta(minutes=10)


async def test_the_nights_do_not_count_in_the_pace_but_in_the_time_to_go(world: World) -> None:
    notice_id = await made.begun(world)

    async def left(done: int, waiting: int) -> timedelta | None:
        place = deliveries.Progress(
            total=done + waiting, waiting=waiting, sent=done, seen=0, unreachable=0, failed=0, left_out=0, gathered=0
        )
        async with world.database.begin() as session:
            return await notice_life.time_to_go(session, await made.notice(world, notice_id), place, world.clock.now())

    world.clock.advance(hours=10)  # from 10:00 to 20:00
    assert await left(100, 5) == timedelta(minutes=30)
    assert await left(100, 20) == timedelta(hours=2 + 11)
    assert await left(100, 150) == timedelta(hours=15 + 2 * 11)
    world.clock.advance(hours=4)
    assert await left(100, 5) is None
    world.clock.advance(hours=9)  # 9:00
    assert await left(120, 10) == timedelta(hours=1)


# ---- correcting


async def correct(world: World, notice_id: NoticeId, who: PersonId | None = None, *, text: str = "改到周日上午九点") -> bool:
    how = {"title": "体检改期", "text": text, "now": world.clock.now()}
    done: bool = await made.on(world, who or world.staff, notice_id, notice_correction.correct, **how)
    return done


async def approved(world: World) -> NoticeId:
    await eyes_above(world, 2)
    notice_id = await made.write(world)
    await made.submit(world, notice_id)
    await made.approve(world, notice_id)
    return notice_id


async def asked(world: World, notice_id: NoticeId) -> int:
    async with world.database.begin() as session:
        event = await notice_correction.asked_for(session, await made.notice(world, notice_id))
    assert event is not None
    return event.id


async def test_a_small_notice_is_corrected_at_once(world: World) -> None:
    notice_id = await made.begun(world)
    assert await correct(world, notice_id)
    notice = await made.notice(world, notice_id)
    assert (notice.title, notice.text, notice.version) == ("体检改期", "改到周日上午九点", 2)


async def test_what_two_have_seen_is_corrected_by_two(world: World) -> None:
    notice_id = await approved(world)
    assert not await correct(world, notice_id)
    assert (await made.notice(world, notice_id)).version == 1
    assert (await world.told(world.city_staff))[-1] == Fact.NOTICE_CORRECTION
    event = await asked(world, notice_id)
    with pytest.raises(NotAllowed):
        await made.on(world, world.staff, notice_id, notice_correction.decide, event, world.clock.now(), agreed=True)
    await made.on(world, world.city_staff, notice_id, notice_correction.decide, event, world.clock.now(), agreed=True)
    assert (await made.notice(world, notice_id)).text == "改到周日上午九点"
    with pytest.raises(NotNow):
        await made.on(world, world.city_staff, notice_id, notice_correction.decide, event, world.clock.now(), agreed=True)


async def test_a_correction_that_is_refused_changes_nothing(world: World) -> None:
    notice_id = await approved(world)
    await correct(world, notice_id)
    event = await asked(world, notice_id)
    await made.on(world, world.city_staff, notice_id, notice_correction.decide, event, world.clock.now(), agreed=False)
    assert (await made.notice(world, notice_id)).version == 1
    assert (await world.told(world.staff))[-1] == Fact.NOTICE_CORRECTION_REFUSED


async def test_only_the_words_that_were_seen_are_agreed_to(world: World) -> None:
    notice_id = await approved(world)
    await correct(world, notice_id)
    seen = await asked(world, notice_id)
    await correct(world, notice_id, text="全都不一样了")
    with pytest.raises(NotNow):
        await made.on(world, world.city_staff, notice_id, notice_correction.decide, seen, world.clock.now(), agreed=True)


async def test_who_corrects_somebody_elses_notice_does_not_agree_to_it_themselves(world: World) -> None:
    notice_id = await approved(world)
    await correct(world, notice_id, world.city_staff)
    event = await asked(world, notice_id)
    with pytest.raises(NotAllowed):
        await made.on(world, world.city_staff, notice_id, notice_correction.decide, event, world.clock.now(), agreed=True)


async def test_bad_words_and_what_has_not_begun_can_not_be_corrected(world: World) -> None:
    with pytest.raises(NotNow):
        await correct(world, await planned(world))
    with pytest.raises(BadContent):
        await correct(world, await made.begun(world), text="{工号}的体检改期了")


async def test_without_anybody_else_to_agree_it_is_not_corrected(world: World) -> None:
    notice_id = await approved(world)
    async with world.database.begin() as session:
        await session.execute(sa.text("UPDATE role_grant SET revoked_at = now() WHERE person_id <> :staff"), {"staff": world.staff})
    with pytest.raises(NoApprover):
        await correct(world, notice_id)
