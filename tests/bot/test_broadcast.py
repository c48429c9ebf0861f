"""A broadcast: everybody once, through their door, whatever the door, the database or a kill does; paused and stopped at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.broadcast import Broadcast
from bot.channels.base import Outgoing, Refused, SendError, Sent, TryLater, Unreachable
from bot.clock import Clock
from bot.lane import delivery_of, number_of
from bot.notice_work import NoticeWork
from bot.pace import Pace
from storage import outbox
from storage.database import Database
from storage.models import (
    Category,
    Conversation,
    DeliveryStatus,
    Notice,
    NoticeDelivery,
    NoticeStatus,
    Person,
    Subscription,
)
from storage.types import NoticeId, PersonId
from tests.bot.doors import RecordingDoor
from tests.bot.world import World, cut_connections, make_world
from union import deliveries
from union.deliveries import Progress

MORNING = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)  # ten in Beijing
NIGHT = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
OWNER = 4711


class FaultyDoor(RecordingDoor):
    """A door whose other end can be told how to be. trouble: what every send raises while it is set."""

    def __init__(self, name: str, *, bulk_rate: float = 1000.0) -> None:
        super().__init__(name, bulk_rate=bulk_rate)
        self.trouble: SendError | None = None
        self.times: list[float] = []

    async def send(self, outgoing: Outgoing) -> Sent:
        self.times.append(time.monotonic())
        if self.trouble is not None:
            self.asked.append(outgoing)
            raise self.trouble
        return await super().send(outgoing)

    @property
    def told(self) -> list[str]:
        """Who got something, in order."""
        return [outgoing.address for outgoing in self.sent]


@dataclass
class Process:
    """What one process runs of a broadcast."""

    broadcast: Broadcast
    work: NoticeWork
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        await self.broadcast.start()
        self.tasks = [asyncio.create_task(lane.run()) for lane in self.broadcast.lanes.values()]
        self.tasks.append(asyncio.create_task(self._work()))

    async def _work(self) -> None:
        while True:
            try:
                await self.work.run()
            except (sa.exc.DBAPIError, OSError):
                await asyncio.sleep(0.2)
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.broadcast.stop()


class Stage:
    """Two doors, a clock that shows a morning, and people."""

    def __init__(self, database: Database, world: World, url: str, start: datetime = MORNING) -> None:
        self.database = database
        self.world = world
        self.url = url
        self.clock = Clock(1, start)
        self.phone = FaultyDoor("phone")
        self.page = FaultyDoor("page")
        self.processes: list[Process] = []

    async def process(self, owner: int = OWNER, **more: Any) -> Process:
        doors = {door.name: door for door in (self.phone, self.page)}
        paces = {name: Pace(door.bulk_rate) for name, door in doors.items()}
        broadcast = Broadcast(self.database, self.clock, doors, paces, owner=owner, **({"paid_rate": 1000.0} | more))
        process = Process(broadcast, NoticeWork(self.database, self.clock, lambda: None))
        self.processes.append(process)
        await process.start()
        return process

    async def people(self, number: int, door: str = "phone") -> list[PersonId]:
        now = self.clock.now()
        async with self.database.begin() as session:
            people = [Person(created_at=now, unit_id=self.world.street, name="王芳") for _ in range(number)]
            session.add_all(people)
            await session.flush()
            for person in people:
                more = {"person_id": person.id, "created_at": now, "last_in_at": now}
                session.add(Conversation(door=door, address=str(person.id), side="member", **more))
            return [person.id for person in people]

    async def notice(self, **values: Any) -> NoticeId:
        """One that is being sent to the people of the district."""
        now = self.clock.now()
        notice = Notice(
            **{
                "author_id": self.world.district_staff,
                "unit_id": self.world.district,
                "audience": {"unit": self.world.district},
                "title": "通知",
                "text": "明天放假",
                "status": NoticeStatus.SENDING,
                "category": Category.SERVICE,
                "created_at": now,
                "started_at": now,
            }
            | values
        )
        async with self.database.begin() as session:
            session.add(notice)
            await session.flush()
            await deliveries.begin(session, notice)
            return notice.id

    async def change(self, notice_id: NoticeId, **values: Any) -> None:
        async with self.database.begin() as session:
            await session.execute(sa.update(Notice).where(Notice.id == notice_id).values(**values))

    async def status(self, notice_id: NoticeId) -> NoticeStatus:
        async with self.database.begin() as session:
            return (await session.get_one(Notice, notice_id)).status

    async def place(self, notice_id: NoticeId) -> Progress:
        async with self.database.begin() as session:
            return await deliveries.progress(session, notice_id)

    async def rows(self, notice_id: NoticeId) -> Sequence[NoticeDelivery]:
        query = sa.select(NoticeDelivery).where(NoticeDelivery.notice_id == notice_id).order_by(NoticeDelivery.person_id)
        async with self.database.begin() as session:
            return list(await session.scalars(query))

    async def over(self, notice_id: NoticeId, seconds: float = 15) -> Progress:
        """Waits until it has finished by itself."""
        try:
            async with asyncio.timeout(seconds):
                while not await self._is_sent(notice_id):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"it stands at {await self.place(notice_id)}") from None
        place = await self.place(notice_id)
        assert (
            place.total
            == place.sent + place.unreachable + place.failed + place.left_out + place.gathered
            == len(await self.rows(notice_id))
        )
        return place

    async def _is_sent(self, notice_id: NoticeId) -> bool:
        try:
            return await self.status(notice_id) is NoticeStatus.SENT
        except sa.exc.DBAPIError:  # the pool hands out broken connections until it has noticed
            return False

    async def until(self, told: int) -> None:
        async with asyncio.timeout(10):
            while len(self.phone.sent) < told:  # noqa: ASYNC110
                await asyncio.sleep(0.005)


@pytest.fixture
async def stage(database: Database, database_url: str) -> AsyncIterator[Stage]:
    world = await make_world(database, MORNING)
    stage = Stage(database, world, database_url)
    yield stage
    for door in (stage.phone, stage.page):
        door.gate.set()
        door.trouble = None
    await asyncio.gather(*(process.stop() for process in stage.processes))


def texts(people: Sequence[PersonId]) -> list[str]:
    return [str(person_id) for person_id in people]


# ---- everybody once


async def test_everybody_gets_it_once_through_their_own_door_and_it_finishes_by_itself(stage: Stage) -> None:
    phones, pages = await stage.people(60), await stage.people(40, "page")
    notice_id = await stage.notice()
    await stage.process()
    assert (await stage.over(notice_id)).sent == 100
    assert sorted(stage.phone.told) == sorted(texts(phones))
    assert sorted(stage.page.told) == sorted(texts(pages))


async def test_the_first_message_is_out_within_a_second_of_the_start(stage: Stage) -> None:
    await stage.people(3)
    await stage.process()
    await asyncio.sleep(0.3)
    began = time.monotonic()
    await stage.notice()
    await stage.until(1)
    assert stage.phone.times[0] - began < 1


async def test_it_says_the_same_to_all_and_fills_in_what_is_of_each(stage: Stage) -> None:
    await stage.people(2)
    notice_id = await stage.notice(title="给{姓名}", text="{单位}的{姓名}：明天放假", buttons=[{"label": "已阅", "do": "ack", "value": ""}])
    await stage.process()
    await stage.over(notice_id)
    reply = stage.phone.sent[0].reply
    assert (reply.title, "劲松街道总工会的王芳" in reply.text, reply.buttons[0][0].choice) == ("给王芳", True, f"n:tap:{notice_id}:0")


async def test_small_notices_do_not_wait_for_a_large_one_and_urgent_ones_go_first(stage: Stage) -> None:
    await stage.people(300)
    stage.phone.bulk_rate = 100
    large = await stage.notice(title="大")
    await stage.process()
    await stage.until(10)
    async with stage.database.begin() as session:
        other = Person(created_at=stage.clock.now(), unit_id=stage.world.city)
        session.add(other)
        await session.flush()
        now = stage.clock.now()
        session.add(Conversation(door="phone", address="x", side="member", person_id=other.id, created_at=now, last_in_at=now))
    urgent = await stage.notice(title="急", audience={"unit": stage.world.city}, urgent=True)
    began = time.monotonic()
    await stage.over(urgent)
    assert time.monotonic() - began < 6
    assert await stage.status(large) is NoticeStatus.SENDING


async def test_the_rate_is_kept_to_in_every_second(stage: Stage) -> None:
    stage.phone.bulk_rate = 20
    await stage.people(50)
    notice_id = await stage.notice()
    await stage.process()
    await stage.over(notice_id)
    most = max(sum(1 for other in stage.phone.times if moment <= other < moment + 1) for moment in stage.phone.times)
    assert most <= 20


async def test_a_notice_at_the_paid_rate_goes_at_that_rate_and_says_so_to_the_door(stage: Stage) -> None:
    stage.phone.bulk_rate = 5
    await stage.people(60)
    notice_id = await stage.notice(paid_rate=True)
    await stage.process(paid_rate=500.0)
    await stage.over(notice_id, seconds=5)
    assert all(outgoing.paid for outgoing in stage.phone.sent)


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
    paused = time.monotonic()
    await asyncio.sleep(1.6)
    assert max(stage.phone.times) - paused < 1
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
    stopped = time.monotonic()
    async with asyncio.timeout(10):
        while (await stage.rows(notice_id))[-1].status != DeliveryStatus.LEFT_OUT or any(  # noqa: ASYNC110
            row.status <= DeliveryStatus.IN_HAND for row in await stage.rows(notice_id)
        ):
            await asyncio.sleep(0.05)
    assert max(stage.phone.times) - stopped < 1
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
    async with asyncio.timeout(5):
        while not stage.phone.asked:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await asyncio.sleep(3)
    assert len(stage.phone.asked) <= 100 + 10  # those that were on their way when it began, and one at a time since
    assert {row.tries for row in await stage.rows(notice_id)} <= {0, 1}
    stage.phone.trouble = None
    assert (await stage.over(notice_id, seconds=20)).sent == 100
    assert sorted(stage.phone.told) == sorted(texts(people))


async def test_a_door_that_is_down_holds_up_no_other_door(stage: Stage) -> None:
    await stage.people(20)
    pages = await stage.people(20, "page")
    stage.phone.trouble = TryLater(1.0)
    await stage.notice()
    await stage.process()
    async with asyncio.timeout(5):
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
    async with asyncio.timeout(10):
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
    async with asyncio.timeout(15):
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
