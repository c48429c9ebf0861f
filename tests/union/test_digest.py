"""The digest: what was gathered is told once, in one message a day, at 11:30, to those who have any."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
import sqlalchemy as sa

from storage.models import Category, DeliveryStatus, Notice, NoticeDelivery, NoticeStatus, RoleGrant
from storage.types import NoticeId, PersonId
from tests.union.world import CITY, JINSONG, World, new_person
from union import deliveries, digest, subscriptions
from union.alerts import MEMBER
from union.calendar import BEIJING
from union.errors import NotFound

TITLE = "汇总"


def beijing(world: World, hour: int, minute: int, day: int = 18) -> None:
    """Moves the clock on to a time of Beijing in November 2026."""
    then = datetime(2026, 11, day, hour, minute, tzinfo=BEIJING)
    world.clock.advance(seconds=(then - world.clock.now()).total_seconds())


async def gather(world: World, *people: PersonId, title: str = "免费体检", category: Category = Category.SERVICE) -> NoticeId:
    """A notice that was over the day's number for these people."""
    now = world.clock.now()
    async with world.database.begin() as session:
        notice = Notice(
            author_id=world.staff, unit_id=JINSONG, category=category, audience={"unit": JINSONG}, title=title, text=f"{title}的时间和地点",
            status=NoticeStatus.SENT, created_at=now, started_at=now,
        )  # fmt: skip
        session.add(notice)
        await session.flush()
        for person_id in people:
            session.add(NoticeDelivery(notice_id=notice.id, person_id=person_id, status=DeliveryStatus.GATHERED))
        return NoticeId(notice.id)


async def begin(world: World) -> Notice | None:
    async with world.database.begin() as session:
        return await digest.begin_due(session, TITLE, world.clock.now())


async def expand(world: World, digest_id: NoticeId) -> int:
    """Makes all its deliveries. Returns how many steps that took."""
    for steps in range(1, 100):
        async with world.database.begin() as session:
            if not await deliveries.expand_some(session, digest_id):
                return steps
    raise AssertionError("it never comes to an end")


async def made(world: World) -> Notice:
    """The digest of the day with all its deliveries."""
    notice = await begin(world)
    assert notice is not None
    await expand(world, notice.id)
    async with world.database.begin() as session:
        return await session.get_one(Notice, notice.id)


async def told(world: World, notice: Notice, *people: PersonId) -> dict[PersonId, list[str]]:
    """The titles that each of these people reads."""
    async with world.database.connect() as connection:
        found = await digest.told_to(connection, notice.id, people)
    return {person_id: [each.title for each in gathered] for person_id, gathered in found.items()}


async def recipients(world: World, notice: Notice) -> set[PersonId]:
    async with world.database.begin() as session:
        return set(await session.scalars(sa.select(NoticeDelivery.person_id).where(NoticeDelivery.notice_id == notice.id)))


async def test_it_tells_each_what_was_gathered_for_them_and_goes_to_nobody_else(world: World) -> None:
    await gather(world, world.worker, world.other_worker)
    await gather(world, world.worker, title="健步走")
    beijing(world, 11, 30)
    notice = await made(world)
    assert await told(world, notice, world.worker, world.other_worker, world.chair) == {
        world.worker: ["免费体检", "健步走"],
        world.other_worker: ["免费体检"],
    }
    assert await recipients(world, notice) == {world.worker, world.other_worker}
    assert (notice.total, notice.expanded, notice.status) == (2, True, NoticeStatus.SENDING)


@pytest.mark.parametrize(("hour", "minute", "due"), [(11, 29, False), (11, 30, True), (20, 59, True), (21, 0, False)])
async def test_it_is_told_from_half_past_eleven_until_the_night(world: World, hour: int, minute: int, due: bool) -> None:
    await gather(world, world.worker)
    beijing(world, hour, minute)
    assert (await begin(world) is not None) is due


async def test_without_anything_gathered_there_is_none(world: World) -> None:
    beijing(world, 11, 30)
    assert await begin(world) is None


async def test_one_that_is_stopped_before_its_deliveries_are_made_leaves_the_rest_for_the_next_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "STEP", 1)
    first, second = sorted((world.worker, world.other_worker))
    await gather(world, first, second)
    beijing(world, 11, 30)
    notice = await begin(world)
    assert notice is not None
    async with world.database.begin() as session:
        assert await deliveries.expand_some(session, notice.id)
    async with world.database.begin() as session:
        (await session.get_one(Notice, notice.id)).status = NoticeStatus.STOPPED
    await expand(world, notice.id)
    async with world.database.begin() as session:
        progress = await deliveries.progress(session, notice.id)
    assert (progress.total, progress.left_out) == (1, 1)
    beijing(world, 11, 30, day=19)
    assert await recipients(world, await made(world)) == {second}


async def test_there_is_one_a_day_however_much_is_gathered_after_it(world: World) -> None:
    await gather(world, world.worker)
    beijing(world, 11, 30)
    await made(world)
    await gather(world, world.worker, title="健步走")
    beijing(world, 15, 0)
    assert await begin(world) is None
    beijing(world, 11, 30, day=19)
    assert await told(world, await made(world), world.worker) == {world.worker: ["健步走"]}


async def test_nothing_is_told_twice(world: World) -> None:
    await gather(world, world.worker)
    beijing(world, 11, 30)
    await made(world)
    beijing(world, 11, 30, day=19)
    assert await begin(world) is None


async def test_two_processes_that_look_at_once_begin_one_digest(world: World) -> None:
    await gather(world, world.worker)
    beijing(world, 11, 30)
    begun = await asyncio.gather(begin(world), begin(world), begin(world))
    assert len([notice for notice in begun if notice is not None]) == 1


async def test_its_deliveries_are_made_in_steps_and_add_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "STEP", 3)
    async with world.database.begin() as session:
        people = [await new_person(session, "", world.clock.now(), MEMBER) for _ in range(7)]
    for title in ("一号通知", "二号通知"):
        await gather(world, *people, title=title)
    beijing(world, 11, 30)
    notice = await begin(world)
    assert notice is not None
    assert await expand(world, notice.id) == 3
    assert await recipients(world, notice) == set(people)
    async with world.database.begin() as session:
        assert (await session.get_one(Notice, notice.id)).total == 7


async def test_a_notice_that_was_stopped_meanwhile_is_left_out(world: World) -> None:
    stopped, other = await gather(world, world.worker, world.other_worker), await gather(world, world.worker, title="健步走")
    async with world.database.begin() as session:
        (await session.get_one(Notice, stopped)).status = NoticeStatus.STOPPED
    beijing(world, 11, 30)
    notice = await made(world)
    assert await told(world, notice, world.worker, world.other_worker) == {world.worker: ["健步走"]}
    async with world.database.begin() as session:
        rows = await session.execute(
            sa.select(NoticeDelivery.notice_id, NoticeDelivery.status).where(NoticeDelivery.person_id == world.worker)
        )
        assert {row[0]: row[1] for row in rows} == {
            stopped: DeliveryStatus.LEFT_OUT,
            other: DeliveryStatus.GATHERED,
            notice.id: DeliveryStatus.WAITING,
        }


async def test_what_was_switched_off_after_it_was_gathered_is_not_told(world: World) -> None:
    await gather(world, world.worker, world.other_worker, category=Category.SURVEY, title="问卷")
    await gather(world, world.worker, title="健步走")
    beijing(world, 11, 30)
    notice = await made(world)
    async with world.database.begin() as session:
        for person_id in (world.worker, world.other_worker):
            await subscriptions.switch(session, person_id, Category.SURVEY, world.clock.now(), on=False)
    assert await told(world, notice, world.worker, world.other_worker) == {world.worker: ["健步走"]}
    async with world.database.connect() as connection:
        people = [world.worker, world.other_worker]
        assert await subscriptions.unwanted(connection, notice, people) == {world.other_worker}


async def test_who_switched_everything_off_gets_no_digest(world: World) -> None:
    await gather(world, world.worker)
    beijing(world, 11, 30)
    notice = await made(world)
    async with world.database.begin() as session:
        await subscriptions.everything(session, world.worker, world.clock.now(), on=False)
    async with world.database.connect() as connection:
        assert await subscriptions.unwanted(connection, notice, [world.worker]) == {world.worker}


async def test_it_needs_no_place_in_the_day(world: World) -> None:
    await gather(world, world.worker)
    beijing(world, 11, 30)
    notice = await made(world)
    async with world.database.connect() as connection:
        for _ in range(5):
            assert await subscriptions.over_the_day(connection, notice, [world.worker], world.clock.now()) == set()


async def test_the_highest_unit_with_staff_stands_for_it(world: World) -> None:
    await gather(world, world.worker)
    beijing(world, 11, 30)
    notice = await made(world)
    assert (notice.unit_id, notice.author_id, notice.title) == (CITY, world.city_staff, TITLE)


async def test_without_any_staff_left_nothing_is_begun(world: World) -> None:
    await gather(world, world.worker)
    async with world.database.begin() as session:
        await session.execute(sa.update(RoleGrant).values(revoked_at=world.clock.now()))
    beijing(world, 11, 30)
    assert await begin(world) is None


async def test_a_gathered_notice_is_opened_by_its_reader_and_by_nobody_else(world: World) -> None:
    notice_id = await gather(world, world.worker)
    beijing(world, 11, 30)
    await made(world)
    async with world.database.begin() as session:
        assert (await digest.opened(session, notice_id, world.worker, world.clock.now())).title == "免费体检"
        with pytest.raises(NotFound):
            await digest.opened(session, notice_id, world.other_worker, world.clock.now())
    async with world.database.begin() as session:
        delivery = await session.get_one(NoticeDelivery, (notice_id, world.worker))
        assert delivery.seen_at == world.clock.now()


async def test_one_that_has_not_stood_in_a_digest_yet_cannot_be_opened(world: World) -> None:
    notice_id = await gather(world, world.worker)
    async with world.database.begin() as session:
        with pytest.raises(NotFound):
            await digest.opened(session, notice_id, world.worker, world.clock.now())
