"""The rows of a notice: made in steps, each person once, counted where they change, left out after a stop, marked for a correction."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage.models import DeliveryStatus, Notice, NoticeDelivery, NoticeStatus, Person
from storage.types import NoticeId, PersonId
from tests.union import notice_made as made
from tests.union.world import JINSONG, WANGJING, World
from union import deliveries, notice_correction, notice_life
from union.audience import Audience
from union.deliveries import Progress

PEOPLE = 12


@pytest.fixture
async def people(world: World) -> list[PersonId]:
    return await made.members(world, PEOPLE)


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "FIRST_STEP", 2)
    monkeypatch.setattr(deliveries, "STEP", 5)


@pytest.fixture
def short_spans(small_steps: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "FIRST_SPAN", 3)
    monkeypatch.setattr(deliveries, "WIDEST_SPAN", 4)


async def step(world: World, notice_id: NoticeId) -> bool:
    async with world.database.begin() as session:
        return await deliveries.expand_some(session, notice_id)


async def rows(world: World, notice_id: NoticeId) -> dict[PersonId, NoticeDelivery]:
    async with world.database.begin() as session:
        found = await session.scalars(
            sa.select(NoticeDelivery).where(NoticeDelivery.notice_id == notice_id).order_by(NoticeDelivery.person_id)
        )
        return {row.person_id: row for row in found}


async def place(world: World, notice_id: NoticeId) -> Progress:
    async with world.database.begin() as session:
        return await deliveries.progress(session, notice_id)


async def outcomes(world: World, notice_id: NoticeId) -> list[DeliveryStatus]:
    return [DeliveryStatus(row.status) for row in (await rows(world, notice_id)).values()]


def adds_up(place: Progress) -> bool:
    return place.total == place.waiting + place.sent + place.unreachable + place.failed + place.left_out + place.gathered


# ---- made


async def test_everybody_of_the_audience_gets_one_row_in_the_order_of_their_numbers(
    world: World, people: list[PersonId], small_steps: None
) -> None:
    notice_id = await made.begun(world)
    sizes = []
    while await step(world, notice_id):
        sizes.append(len(await rows(world, notice_id)))
    assert sizes[:3] == [2, 7, 12]
    found = await rows(world, notice_id)
    assert set(people) <= set(found)
    assert {row.unit_id for row in found.values()} == {JINSONG}
    assert (await made.notice(world, notice_id)).total == PEOPLE


async def test_few_among_many_get_theirs_at_once_wherever_they_stand_and_nobody_two(world: World, short_spans: None) -> None:
    await made.members(world, 20, WANGJING)
    few = await made.members(world, 7)
    notice_id = await made.begun(world, audience=Audience(units=(JINSONG,)))
    await step(world, notice_id)
    assert len(await rows(world, notice_id)) == 2
    await made.expanded(world, notice_id)
    assert list(await rows(world, notice_id)) == few
    assert (await made.notice(world, notice_id)).total == 7


async def test_a_stop_does_not_wait_for_a_step_nor_a_step_for_a_stop(world: World, people: list[PersonId], small_steps: None) -> None:
    notice_id = await made.begun(world)
    await step(world, notice_id)

    async def one_more() -> None:
        async with world.database.begin() as session:
            await deliveries.expand_some(session, notice_id)

    async with asyncio.timeout(60), world.database.begin() as stopping:
        await stopping.execute(sa.select(Notice.id).where(Notice.id == notice_id).with_for_update())  # as whoever stops it has
        at_work = asyncio.create_task(one_more())
        while not await is_waiting(world):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await deliveries.drop(stopping, notice_id)
    await at_work
    assert (await made.notice(world, notice_id)).expanded is False


async def is_waiting(world: World) -> bool:
    """Whether somebody waits for a lock of somebody else's."""
    async with world.database.connect() as connection:
        query = sa.text("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple'))")
        return bool(await connection.scalar(query))


async def test_a_step_that_fails_leaves_nothing_and_is_made_again(world: World, people: list[PersonId], small_steps: None) -> None:
    notice_id = await made.begun(world)
    with pytest.raises(RuntimeError):
        async with world.database.begin() as session:
            await deliveries.expand_some(session, notice_id)
            raise RuntimeError
    assert await rows(world, notice_id) == {}
    await made.expanded(world, notice_id)
    assert set(await rows(world, notice_id)) == set(people)


async def test_of_many_processes_one_makes_each_step_and_nobody_gets_two_rows(
    world: World, people: list[PersonId], small_steps: None
) -> None:
    notice_id = await made.begun(world)
    for _ in range(6):
        await asyncio.gather(*(step(world, notice_id) for _ in range(6)))
    assert set(await rows(world, notice_id)) == set(people)


async def test_begun_again_from_the_start_it_tells_nobody_twice(world: World, people: list[PersonId]) -> None:
    notice_id = await made.begun(world)
    await made.expanded(world, notice_id)
    async with world.database.begin() as session:
        await session.execute(sa.update(Notice).values(expanded=False, expanded_to=0))
    await made.expanded(world, notice_id)
    assert (await place(world, notice_id)).total == PEOPLE


async def test_pausing_does_not_wait_for_a_step(world: World, people: list[PersonId], small_steps: None) -> None:
    notice_id = await made.begun(world)
    async with world.database.begin() as at_work:
        lock = sa.select(sa.func.pg_advisory_xact_lock(sa.cast(deliveries.EXPANDING, sa.Integer), sa.cast(notice_id, sa.Integer)))
        await at_work.execute(lock)
        async with asyncio.timeout(60):
            assert await made.on(world, world.staff, notice_id, notice_life.pause, world.clock.now())
        assert await step(world, notice_id) is False


async def test_whoever_switched_off_all_notices_or_has_no_door_gets_no_row(world: World, people: list[PersonId]) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.update(Person).where(Person.id == people[0]).values(notices_off_at=world.clock.now()))
        await session.execute(sa.text("UPDATE conversation SET unreachable_since = now() WHERE person_id = :p"), {"p": people[1]})
    notice_id = await made.begun(world)
    await made.expanded(world, notice_id)
    assert set(await rows(world, notice_id)) == set(people[2:])


# ---- counted


async def test_the_outcomes_always_add_up_to_those_who_are_meant(world: World, people: list[PersonId], small_steps: None) -> None:
    notice_id = await made.begun(world)
    await step(world, notice_id)
    assert await place(world, notice_id) == Progress(PEOPLE, PEOPLE, 0, 0, 0, 0, 0, 0)
    await made.expanded(world, notice_id)
    for person_id, status in zip(people, (2, 2, 3, 4, 5, 6, 1), strict=False):
        await made.outcome(world, notice_id, person_id, DeliveryStatus(status))
    found = await place(world, notice_id)
    assert (found.sent, found.unreachable, found.failed, found.left_out, found.gathered, found.waiting) == (2, 1, 1, 1, 1, PEOPLE - 6)
    assert adds_up(found)


async def test_two_who_are_noted_at_once_are_both_counted(world: World, people: list[PersonId]) -> None:
    notice_id = await made.begun(world)
    await made.expanded(world, notice_id)
    await asyncio.gather(*(made.outcome(world, notice_id, person_id) for person_id in people))
    assert (await place(world, notice_id)).sent == PEOPLE


async def test_a_pressed_button_is_noted_once_and_counts_as_seen(world: World, people: list[PersonId]) -> None:
    notice_id = await made.begun(world)
    await made.expanded(world, notice_id)
    first = world.clock.now()
    for button in (0, 2, 2):
        async with world.database.begin() as session:
            assert await deliveries.tap(session, notice_id, people[0], button, world.clock.now())
        world.clock.advance(minutes=1)
    row = (await rows(world, notice_id))[people[0]]
    assert (row.tapped, row.seen_at) == (0b101, first)
    assert (await place(world, notice_id)).seen == 1


async def test_a_button_pressed_by_somebody_who_was_never_sent_it_is_not_noted(world: World, people: list[PersonId]) -> None:
    notice_id = await made.begun(world)
    await made.expanded(world, notice_id)
    async with world.database.begin() as session:
        assert not await deliveries.tap(session, notice_id, world.lawyer, 0, world.clock.now())


async def test_what_a_page_has_shown_is_seen_and_repeats_change_nothing(world: World, people: list[PersonId]) -> None:
    notice_id = await made.begun(world)
    await made.expanded(world, notice_id)
    first = world.clock.now()
    for _ in range(2):
        async with world.database.begin() as session:
            await deliveries.mark_seen(session, [(notice_id, people[0]), (notice_id, people[1])], world.clock.now())
        world.clock.advance(minutes=1)
    assert {row.seen_at for row in (await rows(world, notice_id)).values()} == {first, None}
    assert (await place(world, notice_id)).seen == 2


# ---- stopped


async def test_after_a_stop_everybody_who_waited_is_left_out_and_who_was_told_stays_told(world: World, people: list[PersonId]) -> None:
    notice_id = await made.begun(world)
    await made.expanded(world, notice_id)
    await made.outcome(world, notice_id, people[0])
    await made.outcome(world, notice_id, people[1], DeliveryStatus.IN_HAND)
    await made.on(world, world.staff, notice_id, notice_life.stop, world.clock.now())
    await made.expanded(world, notice_id)
    found = await outcomes(world, notice_id)
    assert found == [DeliveryStatus.SENT, DeliveryStatus.IN_HAND, *[DeliveryStatus.LEFT_OUT] * (PEOPLE - 2)]


async def test_stopped_before_all_rows_are_made_everybody_gets_an_answer_all_the_same(
    world: World, people: list[PersonId], small_steps: None
) -> None:
    notice_id = await made.begun(world)
    await step(world, notice_id)
    await made.on(world, world.staff, notice_id, notice_life.stop, world.clock.now())
    at_once = await place(world, notice_id)
    assert (at_once.total, at_once.waiting, at_once.left_out) == (PEOPLE, 0, PEOPLE)
    await made.expanded(world, notice_id)
    assert await outcomes(world, notice_id) == [DeliveryStatus.LEFT_OUT] * PEOPLE
    assert await place(world, notice_id) == at_once


async def test_what_is_given_back_after_a_stop_is_left_out_too(world: World, people: list[PersonId]) -> None:
    notice_id = await made.begun(world)
    await made.expanded(world, notice_id)
    await made.outcome(world, notice_id, people[0], DeliveryStatus.IN_HAND)
    await made.on(world, world.staff, notice_id, notice_life.stop, world.clock.now())
    await made.expanded(world, notice_id)
    await made.outcome(world, notice_id, people[0], DeliveryStatus.WAITING)
    await made.expanded(world, notice_id)
    assert await outcomes(world, notice_id) == [DeliveryStatus.LEFT_OUT] * PEOPLE


async def test_somebody_who_joins_after_the_expansion_does_not_turn_up_when_it_is_stopped(world: World, people: list[PersonId]) -> None:
    notice_id = await made.begun(world)
    await made.expanded(world, notice_id)
    await made.members(world, 1)
    await made.on(world, world.staff, notice_id, notice_life.stop, world.clock.now())
    await made.expanded(world, notice_id)
    assert (await place(world, notice_id)).total == PEOPLE


# ---- corrected


async def sent(world: World, notice_id: NoticeId, people: list[PersonId]) -> None:
    """They have got it."""
    async with world.database.begin() as session:
        await session.execute(
            sa.update(NoticeDelivery)
            .where(NoticeDelivery.notice_id == notice_id, NoticeDelivery.person_id.in_(people))
            .values(status=DeliveryStatus.SENT, message_ref="7", not_before=world.clock.now())
        )


async def correct(world: World, notice_id: NoticeId) -> None:
    words = {"title": "免费体检改期", "text": "改到周日上午九点", "now": world.clock.now()}
    assert await made.on(world, world.staff, notice_id, notice_correction.correct, **words)


async def stale(world: World, notice_id: NoticeId) -> set[PersonId]:
    return {person_id for person_id, row in (await rows(world, notice_id)).items() if row.stale}


async def test_a_correction_marks_those_who_were_told_the_older_words(world: World, people: list[PersonId], small_steps: None) -> None:
    notice_id = await made.begun(world)
    await made.expanded(world, notice_id)
    await sent(world, notice_id, people[:7])
    await correct(world, notice_id)
    await made.expanded(world, notice_id)
    assert await stale(world, notice_id) == set(people[:7])
    assert (await place(world, notice_id)).sent == 7


async def test_a_correction_is_over_when_nobody_has_the_older_words_any_more(world: World, people: list[PersonId]) -> None:
    notice_id = await made.begun(world)
    await made.expanded(world, notice_id)
    await sent(world, notice_id, people)
    await correct(world, notice_id)
    await made.expanded(world, notice_id)
    assert await step(world, notice_id) is False
    assert (await made.notice(world, notice_id)).corrected_to is not None
    async with world.database.begin() as session:
        await session.execute(sa.update(NoticeDelivery).values(stale=False))
    await step(world, notice_id)
    assert (await made.notice(world, notice_id)).corrected_to is None


async def test_a_second_correction_during_the_first_reaches_those_who_were_marked_already(
    world: World, people: list[PersonId], small_steps: None
) -> None:
    notice_id = await made.begun(world)
    await made.expanded(world, notice_id)
    await sent(world, notice_id, people)
    await correct(world, notice_id)
    await step(world, notice_id)
    async with world.database.begin() as session:  # the first ones have been shown the second version
        await session.execute(sa.update(NoticeDelivery).where(NoticeDelivery.stale).values(stale=False, version=2))
    await correct(world, notice_id)
    await made.expanded(world, notice_id)
    assert await stale(world, notice_id) == set(people)


async def test_somebody_who_joins_later_does_not_get_a_notice_that_is_over_because_it_is_corrected(
    world: World, people: list[PersonId]
) -> None:
    notice_id = await made.begun(world)
    await made.expanded(world, notice_id)
    await sent(world, notice_id, people)
    async with world.database.begin() as session:
        await notice_life.watch(session, notice_id, world.clock.now())
    assert (await made.notice(world, notice_id)).status is NoticeStatus.SENT
    late = await made.members(world, 1, WANGJING)
    await correct(world, notice_id)
    world.clock.advance(seconds=timedelta(minutes=1).total_seconds())
    await made.expanded(world, notice_id)
    assert not set(late) & set(await rows(world, notice_id))
