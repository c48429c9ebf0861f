"""What people want to hear and when: categories, everything, the night, and so many a day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from storage.models import Category, Conversation, Notice, NoticeDelivery, NoticeStatus, Person, RoleGrant, UnitSetting
from storage.types import NoticeId, PersonId
from tests.union.world import CHAOYANG, CITY, World, new_person
from union import subscriptions
from union.alerts import DESK, MEMBER
from union.subscriptions import SWITCHES

NOON = datetime(2026, 11, 18, 4, tzinfo=UTC)


def a_notice(world: World, category: Category = Category.SERVICE, *, urgent: bool = False) -> Notice:
    """A notice of the city that goes out now; not stored."""
    now = world.clock.now()
    return Notice(
        author_id=world.city_staff, unit_id=CITY, category=category, urgent=urgent, audience={"unit": CITY}, title="免费体检", text="周六上午九点",
        status=NoticeStatus.SENDING, created_at=now, started_at=now,
    )  # fmt: skip


async def switch(world: World, person_id: PersonId, category: Category, *, on: bool) -> bool:
    async with world.database.begin() as session:
        return await subscriptions.switch(session, person_id, category, world.clock.now(), on=on)


async def everything(world: World, person_id: PersonId, *, on: bool) -> None:
    async with world.database.begin() as session:
        await subscriptions.everything(session, person_id, world.clock.now(), on=on)


async def unwanted(world: World, category: Category, *people: PersonId) -> set[PersonId]:
    async with world.database.connect() as connection:
        return await subscriptions.unwanted(connection, a_notice(world, category), people)


async def over(world: World, notice: Notice, *people: PersonId) -> set[PersonId]:
    async with world.database.connect() as connection:
        return await subscriptions.over_the_day(connection, notice, people, world.clock.now())


# ---- categories


@pytest.mark.parametrize("category", SWITCHES)
async def test_a_category_that_was_switched_off_is_unwanted_and_no_other_is(world: World, category: Category) -> None:
    await switch(world, world.chair, category, on=False)
    assert {other for other in Category if await unwanted(world, other, world.chair)} == {category}


async def test_a_category_that_was_switched_on_again_is_wanted(world: World) -> None:
    for on in (False, True):
        await switch(world, world.worker, Category.RIGHTS, on=on)
    assert await unwanted(world, Category.RIGHTS, world.worker) == set()


async def test_without_a_word_of_theirs_only_chairs_get_the_midday_paper(world: World) -> None:
    assert await unwanted(world, Category.DIGEST, world.worker, world.chair, world.staff) == {world.worker, world.staff}


async def test_who_subscribes_to_the_midday_paper_gets_it_without_being_a_chair(world: World) -> None:
    await switch(world, world.worker, Category.DIGEST, on=True)
    assert await unwanted(world, Category.DIGEST, world.worker, world.other_worker) == {world.other_worker}


async def test_who_no_longer_chairs_a_union_gets_no_midday_paper(world: World) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.update(RoleGrant).where(RoleGrant.person_id == world.chair).values(revoked_at=NOON))
    assert await unwanted(world, Category.DIGEST, world.chair) == {world.chair}


async def test_emergencies_cannot_be_switched_off_by_themselves(world: World) -> None:
    assert not await switch(world, world.worker, Category.EMERGENCY, on=False)
    for category in SWITCHES:
        await switch(world, world.worker, category, on=False)
    assert await unwanted(world, Category.EMERGENCY, world.worker) == set()


async def test_who_switched_everything_off_wants_nothing_not_even_emergencies(world: World) -> None:
    await everything(world, world.worker, on=False)
    for category in Category:
        assert await unwanted(world, category, world.worker, world.chair) - {world.chair} == {world.worker}


async def test_coming_back_to_everything_keeps_what_was_chosen_before(world: World) -> None:
    await switch(world, world.worker, Category.SURVEY, on=False)
    for on in (False, True):
        await everything(world, world.worker, on=on)
    assert {category for category in SWITCHES if await unwanted(world, category, world.worker)} == {Category.SURVEY, Category.DIGEST}


async def test_switching_one_on_after_everything_off_brings_that_one_alone(world: World) -> None:
    await everything(world, world.worker, on=False)
    await switch(world, world.worker, Category.ACTIVITY, on=True)
    assert {category for category in SWITCHES if not await unwanted(world, category, world.worker)} == {Category.ACTIVITY}


async def test_somebody_who_is_gone_wants_nothing(world: World) -> None:
    assert await unwanted(world, Category.RIGHTS, PersonId(987_654), world.worker) == {PersonId(987_654)}


async def test_wishes_tell_what_holds_and_which_topics_were_chosen(world: World) -> None:
    async with world.database.begin() as session:
        await subscriptions.switch(session, world.worker, Category.SURVEY, NOON, on=False)
        for topic in ("skills", "sports", "sports"):
            await subscriptions.like(session, world.worker, topic, liked=True)
        await subscriptions.like(session, world.worker, "skills", liked=False)
    async with world.database.begin() as session:
        wishes = await subscriptions.wishes(session, world.worker)
    assert not wishes.all_off
    assert {category for category, wanted in wishes.wanted.items() if not wanted} == {Category.SURVEY, Category.DIGEST}
    assert wishes.topics == {"sports"}


async def test_a_notice_remembers_who_left_because_of_it_until_they_come_back(world: World) -> None:
    async with world.database.begin() as session:
        notice = a_notice(world)
        session.add(notice)
        await session.flush()
        notice_id = NoticeId(notice.id)
        session.add_all([NoticeDelivery(notice_id=notice_id, person_id=person) for person in (world.worker, world.other_worker)])
    for left in (True, False):
        async with world.database.begin() as session:
            await subscriptions.note_left(session, world.worker, notice_id, left=left)
        async with world.database.begin() as session:
            rows = await session.execute(sa.select(NoticeDelivery.person_id, NoticeDelivery.left))
            assert {row[0]: row[1] for row in rows} == {world.worker: left, world.other_worker: False}


# ---- the night


@pytest.mark.parametrize(
    ("hour", "minute", "until"),
    [
        (7, 59, datetime(2026, 11, 18, 0, tzinfo=UTC)),
        (8, 0, None),
        (20, 59, None),
        (21, 0, datetime(2026, 11, 19, 0, tzinfo=UTC)),
        (0, 0, datetime(2026, 11, 18, 0, tzinfo=UTC)),
        (23, 59, datetime(2026, 11, 19, 0, tzinfo=UTC)),
    ],
)
def test_from_nine_in_the_evening_to_eight_in_the_morning_of_beijing_notices_wait(hour: int, minute: int, until: datetime | None) -> None:
    moment = datetime(2026, 11, 17, 16, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)
    assert subscriptions.quiet_until(Notice(category=Category.RIGHTS, urgent=False), moment) == until


@pytest.mark.parametrize("urgent", [Notice(category=Category.SERVICE, urgent=True), Notice(category=Category.EMERGENCY, urgent=False)])
def test_what_is_urgent_does_not_wait_for_the_morning(urgent: Notice) -> None:
    assert subscriptions.quiet_until(urgent, datetime(2026, 11, 18, 18, tzinfo=UTC)) is None


# ---- so many a day


async def test_after_three_on_a_day_the_next_is_over_and_the_day_after_it_is_not(world: World) -> None:
    for _ in range(3):
        assert await over(world, a_notice(world), world.worker) == set()
    assert await over(world, a_notice(world), world.worker, world.other_worker) == {world.worker}
    world.clock.advance(hours=13, minutes=59)  # 23:59 in Beijing
    assert await over(world, a_notice(world), world.worker) == {world.worker}
    world.clock.advance(minutes=1)
    assert await over(world, a_notice(world), world.worker) == set()


async def test_the_city_may_set_another_number(world: World) -> None:
    async with world.database.begin() as session:
        for unit_id, value in ((CITY, 1), (CHAOYANG, 9)):
            session.add(UnitSetting(unit_id=unit_id, name="notices_a_day", value=value, set_by=world.city_staff, set_at=NOON))
    assert [await over(world, a_notice(world), world.worker) for _ in range(2)] == [set(), {world.worker}]


async def test_with_a_number_of_nought_everything_is_gathered(world: World) -> None:
    async with world.database.begin() as session:
        session.add(UnitSetting(unit_id=CITY, name="notices_a_day", value=0, set_by=world.city_staff, set_at=NOON))
    assert await over(world, a_notice(world), world.worker) == {world.worker}


async def test_what_is_urgent_neither_needs_a_place_nor_takes_one(world: World) -> None:
    for notice in (a_notice(world, urgent=True), a_notice(world, Category.EMERGENCY)):
        for _ in range(4):
            assert await over(world, notice, world.worker) == set()
    assert await over(world, a_notice(world), world.worker) == set()


async def test_a_place_that_was_given_back_is_free_again(world: World) -> None:
    for _ in range(3):
        await over(world, a_notice(world), world.worker)
    async with world.database.connect() as connection:
        await subscriptions.give_back(connection, a_notice(world), [world.worker], world.clock.now())
    assert [await over(world, a_notice(world), world.worker) for _ in range(2)] == [set(), {world.worker}]


async def test_notices_that_go_out_side_by_side_never_give_anybody_more_than_the_day_allows(world: World) -> None:
    async with world.database.begin() as session:
        people = [await new_person(session, "", NOON, MEMBER) for _ in range(20)]
    gathered = await asyncio.gather(*(over(world, a_notice(world), *(people if n % 2 else reversed(people))) for n in range(5)))
    assert sorted(person for each in gathered for person in each) == sorted([*people, *people])


# ---- which door


async def door_side(world: World, person_id: PersonId) -> str | None:
    """At which counter a notice reaches somebody; None where it doesn't."""
    query = sa.select(Conversation.side).join(Person, Person.door_id == Conversation.id).where(Person.id == person_id)
    async with world.database.begin() as session:
        return await session.scalar(query)


async def test_a_chair_who_only_sits_at_the_desk_is_reached_there(world: World) -> None:
    assert await door_side(world, world.chair) == DESK


async def test_a_door_at_the_members_counter_comes_before_the_desk_even_if_the_desk_was_used_later(world: World) -> None:
    now = world.clock.now()
    async with world.database.begin() as session:
        session.add(Conversation(door="test-member", address="chair", side=MEMBER, person_id=world.chair, created_at=now, last_in_at=now))
    async with world.database.begin() as session:
        at_desk = sa.update(Conversation).where(Conversation.person_id == world.chair, Conversation.side == DESK)
        await session.execute(at_desk.values(last_in_at=now + timedelta(hours=1)))
    assert await door_side(world, world.chair) == MEMBER


async def test_when_the_members_door_shuts_the_desk_is_left(world: World) -> None:
    now = world.clock.now()
    async with world.database.begin() as session:
        session.add(Conversation(door="test-member", address="chair", side=MEMBER, person_id=world.chair, created_at=now, last_in_at=now))
    async with world.database.begin() as session:
        await session.execute(sa.update(Conversation).where(Conversation.address == "chair").values(unreachable_since=now))
    assert await door_side(world, world.chair) == DESK
