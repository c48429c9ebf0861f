"""A broadcast: everybody once, through their door, whatever the door, the database or a kill does; paused and stopped at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.channels.base import Refused, TryLater, Unreachable
from bot.lane import delivery_of, number_of
from storage import deliveries as rows_of_notices
from storage import outbox
from storage.database import Database
from storage.models import (
    Category,
    Conversation,
    DeliveryStatus,
    Notice,
    NoticeDelivery,
    NoticeStatus,
    Subscription,
)
from storage.types import NoticeId, PersonId
from tests.bot.broadcast_stage import NIGHT, OWNER, Stage, on_stage, texts
from tests.bot.world import cut_connections, make_world
from union import deliveries


@pytest.fixture
async def stage(database: Database, database_url: str) -> AsyncIterator[Stage]:
    async with on_stage(database, database_url) as stage:
        yield stage


# ---- everybody once


async def test_everybody_gets_it_once_through_their_own_door_and_it_finishes_by_itself(stage: Stage) -> None:
    phones, pages = await stage.people(60), await stage.people(40, "page")
    notice_id = await stage.notice()
    await stage.process()
    assert (await stage.over(notice_id)).sent == 100
    assert sorted(stage.phone.told) == sorted(texts(phones))
    assert sorted(stage.page.told) == sorted(texts(pages))


async def test_the_first_message_does_not_wait_for_the_last_delivery(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "FIRST_STEP", 5)
    await stage.people(30)
    notice_id = await stage.notice()
    async with stage.database.begin() as session:
        await deliveries.expand_some(session, notice_id)
    process = await stage.process()
    process.tasks.pop().cancel()  # nobody makes the others
    await stage.until(5)
    assert (await stage.place(notice_id)).total == 5


async def test_it_says_the_same_to_all_and_fills_in_what_is_of_each(stage: Stage) -> None:
    await stage.people(2)
    notice_id = await stage.notice(
        title="给{姓名}", text="{单位}的{姓名}：**明天**放假", buttons=[{"label": "已阅", "do": "ack", "value": ""}]
    )
    await stage.process()
    await stage.over(notice_id)
    reply = stage.phone.sent[0].reply
    assert (reply.title, "劲松街道总工会的王芳" in reply.text, reply.buttons[0][0].choice) == ("给王芳", True, f"n:tap:{notice_id}:0")
    assert [reply.text[start:end] for start, end in reply.bold] == ["明天"]


@pytest.mark.parametrize("urgent", [False, True])
async def test_a_small_notice_does_not_wait_for_a_large_one_of_its_kind(stage: Stage, *, urgent: bool) -> None:
    await stage.people(400)
    stage.phone.bulk_rate = 100
    large = await stage.notice(urgent=urgent)
    await stage.process()
    await stage.until(10)
    small = await stage.notice_to_one(urgent=urgent)
    await stage.over(small)
    assert await stage.status(large) is NoticeStatus.SENDING


async def test_urgent_ones_go_first(stage: Stage) -> None:
    await stage.people(300)
    stage.phone.bulk_rate = 100
    quiet = await stage.notice()
    await stage.process()
    await stage.until(10)
    urgent = await stage.notice(urgent=True)
    await stage.over(urgent)
    assert (await stage.place(quiet)).waiting > 100


async def test_the_correction_of_many_does_not_hold_up_what_is_urgent(stage: Stage) -> None:
    stage.phone.bulk_rate = 100
    await stage.people(200)
    large = await stage.notice()
    await stage.process()
    await stage.over(large)
    async with stage.database.begin() as session:
        deliveries.correct(await session.get_one(Notice, large, with_for_update=True))
    await stage.until(210)
    await stage.over(await stage.notice_to_one(urgent=True))
    assert any(row.stale for row in await stage.rows(large))


async def test_what_is_not_paid_for_does_not_slow_down_what_is(stage: Stage) -> None:
    stage.phone.bulk_rate = 5
    people = await stage.people(150)
    free, paid = await stage.notice(), await stage.notice(paid_rate=True)
    await stage.expand(free, paid)
    await stage.process(paid_rate=500.0)
    await stage.over(paid)
    last = max(number for number, outgoing in enumerate(stage.phone.sent) if outgoing.paid)
    assert last < len(people) + 10
    assert (await stage.place(free)).waiting > 0


async def test_what_was_paid_for_is_corrected_at_the_free_rate(stage: Stage) -> None:
    stage.phone.bulk_rate = 10
    await stage.people(25)
    notice_id = await stage.notice(paid_rate=True)
    await stage.process(paid_rate=500.0)
    await stage.over(notice_id)
    before = len(stage.phone.times)
    async with stage.database.begin() as session:
        deliveries.correct(await session.get_one(Notice, notice_id, with_for_update=True))
    await stage.until(50)
    assert most_in_a_second(stage.phone.times[before:]) <= 10


async def test_the_rate_is_kept_to_in_every_second(stage: Stage) -> None:
    stage.phone.bulk_rate = 20
    await stage.people(50)
    notice_id = await stage.notice()
    await stage.process()
    await stage.over(notice_id)
    assert most_in_a_second(stage.phone.times) <= 20


def most_in_a_second(times: list[float]) -> int:
    return max(sum(1 for other in times if moment <= other < moment + 1) for moment in times)


async def test_a_notice_at_the_paid_rate_goes_at_that_rate_and_says_so_to_the_door(stage: Stage) -> None:
    stage.phone.bulk_rate = 5
    await stage.people(60)
    notice_id = await stage.notice(paid_rate=True)
    await stage.process(paid_rate=500.0)
    await stage.over(notice_id)
    assert all(outgoing.paid for outgoing in stage.phone.sent)
    assert max(stage.phone.times) - min(stage.phone.times) < 11  # as long as it would take at the free rate


# ---- who does not get it


async def test_whoever_blocked_us_is_marked_and_left_out_next_time_until_they_write_again(stage: Stage) -> None:
    people = await stage.people(50)
    for person_id in people[::5]:
        stage.phone.failures[str(person_id)] = [Unreachable()]
    first = await stage.notice()
    await stage.process()
    assert (await stage.over(first)).unreachable == 10
    second = await stage.notice()
    assert (await stage.over(second)).total == 40
    async with stage.database.begin() as session:
        await session.execute(
            sa.update(Conversation).where(Conversation.person_id == people[0]).values(unreachable_since=None, last_in_at=stage.clock.now())
        )
    assert (await stage.over(await stage.notice())).total == 41


async def test_whoever_blocked_one_door_gets_it_through_their_other_one_once(stage: Stage) -> None:
    (person_id,) = await stage.people(1)
    async with stage.database.begin() as session:
        earlier = stage.clock.now() - timedelta(days=1)
        more = {"person_id": person_id, "created_at": earlier, "last_in_at": earlier}
        session.add(Conversation(door="page", address="older", side="member", **more))
    stage.phone.failures[str(person_id)] = [Unreachable()]
    notice_id = await stage.notice()
    await stage.process()
    assert (await stage.over(notice_id)).sent == 1
    assert (stage.phone.told, stage.page.told) == ([], ["older"])


async def test_whoever_switched_the_category_off_since_is_left_out(stage: Stage) -> None:
    people = await stage.people(3)
    async with stage.database.begin() as session:
        session.add(Subscription(person_id=people[1], category=Category.SERVICE, wanted=False, at=stage.clock.now()))
    notice_id = await stage.notice()
    await stage.process()
    assert (await stage.over(notice_id)).left_out == 1
    assert sorted(stage.phone.told) == texts([people[0], people[2]])


async def test_what_is_over_the_days_number_is_gathered_and_an_urgent_one_is_not(stage: Stage) -> None:
    await stage.people(2)
    await stage.process()
    for _ in range(3):
        assert (await stage.over(await stage.notice())).sent == 2
    assert (await stage.over(await stage.notice())).gathered == 2
    assert (await stage.over(await stage.notice(urgent=True))).sent == 2


async def test_what_the_door_refuses_fails_visibly_and_the_rest_goes_on(stage: Stage) -> None:
    people = await stage.people(5)
    stage.phone.failures[str(people[2])] = [Refused("no")]
    notice_id = await stage.notice()
    await stage.process()
    place = await stage.over(notice_id)
    assert (place.sent, place.failed) == (4, 1)


# ---- night, pause, stop


async def test_at_night_only_urgent_ones_go_out(database: Database, database_url: str) -> None:
    stage = Stage(database, await make_world(database, NIGHT), database_url, NIGHT)
    await stage.people(2)
    quiet = await stage.notice()
    urgent = await stage.notice(category=Category.EMERGENCY)
    await stage.process()
    assert (await stage.over(urgent)).sent == 2
    assert (await stage.place(quiet)).waiting == 2
    await stage.processes[0].stop()


async def test_a_pause_takes_effect_within_a_second_and_it_goes_on_where_it_stood(stage: Stage) -> None:
    stage.phone.bulk_rate = 50
    people = await stage.people(90)
    notice_id = await stage.notice()
    await stage.process()
    await stage.until(20)
    await stage.change(notice_id, status=NoticeStatus.PAUSED)
    by_then = len(stage.phone.times)
    await stage.all_in_hand_back(notice_id)
    assert len(stage.phone.times) - by_then < 50
    assert (await stage.place(notice_id)).waiting > 0
    await stage.change(notice_id, status=NoticeStatus.SENDING)
    assert (await stage.over(notice_id)).sent == 90
    assert sorted(stage.phone.told) == sorted(texts(people))


async def test_a_stop_takes_effect_within_a_second_and_everybody_else_is_left_out(stage: Stage) -> None:
    stage.phone.bulk_rate = 50
    await stage.people(150)
    notice_id = await stage.notice()
    await stage.process()
    await stage.until(20)
    async with stage.database.begin() as session:
        await session.execute(sa.update(Notice).values(status=NoticeStatus.STOPPED))
        await deliveries.drop(session, notice_id)
    by_then = len(stage.phone.times)
    async with asyncio.timeout(60):
        while (await stage.rows(notice_id))[-1].status != DeliveryStatus.LEFT_OUT or any(  # noqa: ASYNC110
            row.status <= DeliveryStatus.IN_HAND for row in await stage.rows(notice_id)
        ):
            await asyncio.sleep(0.05)
    assert len(stage.phone.times) - by_then < 50
    place = await stage.place(notice_id)
    assert (place.sent, place.left_out) == (len(stage.phone.sent), 150 - len(stage.phone.sent))


# ---- a door in trouble


async def test_a_storm_of_429s_is_waited_out_and_everybody_gets_it_once(stage: Stage) -> None:
    people = await stage.people(80)
    for person_id in people[:40]:
        stage.phone.failures[str(person_id)] = [TryLater(0.5, throttled=True)]
    notice_id = await stage.notice()
    process = await stage.process()
    assert (await stage.over(notice_id)).sent == 80
    assert sorted(stage.phone.told) == sorted(texts(people))
    assert process.broadcast.lanes["phone"]._pace.share < 1
    assert all(row.attempts == 0 for row in await stage.rows(notice_id))  # a 429 was certainly not sent


async def test_a_door_that_is_down_is_left_in_peace_and_nobody_is_given_up(stage: Stage) -> None:
    people = await stage.people(100)
    stage.phone.trouble = TryLater(1.0)
    notice_id = await stage.notice()
    await stage.process()
    async with asyncio.timeout(60):
        while not stage.phone.asked:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await asyncio.sleep(3)
    assert len(stage.phone.asked) <= 100 + 10  # those that were on their way when it began, and one at a time since
    assert {row.tries for row in await stage.rows(notice_id)} <= {0, 1}
    stage.phone.trouble = None
    assert (await stage.over(notice_id)).sent == 100
    assert sorted(stage.phone.told) == sorted(texts(people))


async def test_a_door_that_is_down_holds_up_no_other_door(stage: Stage) -> None:
    await stage.people(20)
    pages = await stage.people(20, "page")
    stage.phone.trouble = TryLater(1.0)
    await stage.notice()
    await stage.process()
    async with asyncio.timeout(60):
        while len(stage.page.sent) < 20:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert sorted(stage.page.told) == sorted(texts(pages))


async def test_one_message_that_the_door_never_takes_is_given_up_and_the_notice_ends(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    people = await stage.people(40)
    stage.phone.failures[str(people[-1])] = [TryLater(0.01) for _ in range(50)]
    monkeypatch.setattr("storage.deliveries.MOST_TRIES", 2)
    notice_id = await stage.notice()
    await stage.process()
    place = await stage.over(notice_id)
    assert (place.sent, place.failed) == (39, 1)
    assert len(stage.phone.asked) == 39 + 2


# ---- the database, and the end of processes


async def test_what_was_sent_while_the_database_broke_off_is_noted_later_and_not_sent_again(stage: Stage) -> None:
    people = await stage.people(30)
    stage.phone.gate.clear()
    notice_id = await stage.notice()
    await stage.process()
    async with asyncio.timeout(60):
        while len(stage.phone.asked) < 30:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await cut_connections(stage.url)
    stage.phone.gate.set()
    assert (await stage.over(notice_id)).sent == 30
    assert sorted(stage.phone.told) == sorted(texts(people))


async def test_stopping_finishes_what_is_on_its_way_and_gives_the_rest_back(stage: Stage) -> None:
    stage.phone.bulk_rate = 20
    people = await stage.people(60)
    notice_id = await stage.notice()
    first = await stage.process()
    await stage.until(10)
    await first.stop()
    assert {row.status for row in await stage.rows(notice_id)} == {DeliveryStatus.WAITING, DeliveryStatus.SENT}
    assert (await stage.place(notice_id)).sent == len(stage.phone.sent)
    await stage.process(owner=4712)
    await stage.over(notice_id)
    assert sorted(stage.phone.told) == sorted(texts(people))


async def test_what_a_dead_process_held_goes_out_and_is_counted_as_possibly_repeated(stage: Stage) -> None:
    await stage.people(20)
    notice_id = await stage.notice()
    async with stage.database.begin() as session:
        while await deliveries.expand_some(session, notice_id):
            pass
    async with stage.database.begin() as session:
        some = sa.select(NoticeDelivery.person_id).limit(5)
        dead = {"status": DeliveryStatus.IN_HAND, "owner": 999, "not_before": stage.clock.now()}
        await session.execute(sa.update(NoticeDelivery).where(NoticeDelivery.person_id.in_(some)).values(**dead))
    await stage.process()
    await stage.until(15)
    async with stage.database.connect() as connection:
        assert await outbox.release_orphans(connection, OWNER) == 5
    assert (await stage.over(notice_id)).sent == 20
    assert sum(row.attempts for row in await stage.rows(notice_id)) == 5


async def test_what_was_claimed_again_while_it_was_looked_for_is_not_freed(stage: Stage) -> None:
    """The answer to a claim may be lost, and with it what we hold. What only seemed so must not go out twice."""
    people = await stage.people(2)
    notice_id = await stage.notice()
    await stage.expand(notice_id)
    async with stage.database.begin() as session:
        ours = {"status": DeliveryStatus.IN_HAND, "owner": OWNER, "not_before": stage.clock.now()}
        await session.execute(sa.update(NoticeDelivery).where(NoticeDelivery.notice_id == notice_id).values(**ours))
    async with stage.database.connect() as connection:
        held = HeldAtTheSecondLook({(notice_id, people[0])})
        assert await rows_of_notices.free_unknown(connection, OWNER, held) == 1
    assert [row.status for row in await stage.rows(notice_id)] == [DeliveryStatus.IN_HAND, DeliveryStatus.WAITING]


class HeldAtTheSecondLook(set[tuple[NoticeId, PersonId]]):
    """What is in hand when one looks for the second time."""

    def __init__(self, keys: set[tuple[NoticeId, PersonId]]) -> None:
        super().__init__(keys)
        self.asked: set[object] = set()

    def __contains__(self, key: object) -> bool:
        first = key not in self.asked
        self.asked.add(key)
        return not first and super().__contains__(key)


async def test_two_processes_that_send_at_once_tell_nobody_twice(stage: Stage) -> None:
    people = await stage.people(200)
    notice_id = await stage.notice()
    await asyncio.gather(stage.process(4711), stage.process(4712))
    assert (await stage.over(notice_id)).sent == 200
    assert sorted(stage.phone.told) == sorted(texts(people))


# ---- corrections


async def test_what_went_out_is_changed_and_who_comes_later_gets_the_new_words(stage: Stage) -> None:
    stage.phone.bulk_rate = 20
    await stage.people(40)
    notice_id = await stage.notice()
    await stage.process()
    await stage.until(5)
    async with stage.database.begin() as session:
        notice = await session.get_one(Notice, notice_id, with_for_update=True)
        notice.text = "后天放假"
        deliveries.correct(notice)
    await stage.over(notice_id)
    async with asyncio.timeout(60):
        while any(row.version == 1 for row in await stage.rows(notice_id)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    changed = [outgoing for outgoing in stage.phone.sent if outgoing.edit]
    told_old = [outgoing for outgoing in stage.phone.sent if "明天" in outgoing.reply.text]
    assert 5 <= len(told_old) == len(changed) < 40
    assert all("后天放假" in outgoing.reply.text for outgoing in changed)
    refs = {outgoing.address: str(number) for number, outgoing in enumerate(stage.phone.sent, 1) if outgoing in told_old}
    assert {outgoing.address: outgoing.edit for outgoing in changed} == refs


# ---- the page


def test_a_number_for_a_door_names_the_delivery_and_is_nobody_elses() -> None:
    keys = [
        (NoticeId(notice), PersonId(person), version) for notice in (1, 7, 8_000_000) for person in (1, 2**34 - 1) for version in (1, 2)
    ]
    numbers = [number_of(*key) for key in keys]
    assert len(set(numbers)) == len(numbers)
    assert all(-(2**63) <= number < 0 for number in numbers)
    assert [delivery_of(number) for number in numbers] == [key[:2] for key in keys]


async def test_what_a_page_has_shown_counts_as_seen(stage: Stage) -> None:
    await stage.people(2, "page")
    notice_id = await stage.notice()
    process = await stage.process()
    await stage.over(notice_id)
    await process.broadcast.shown([stage.page.sent[0].outbox_id])
    assert (await stage.place(notice_id)).seen == 1
