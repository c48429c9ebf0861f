"""A broadcast on a stage: two doors that can be told how to be, people, and processes that send."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.broadcast import Broadcast
from bot.channels.base import Outgoing, SendError, Sent
from bot.clock import Clock
from bot.notice_work import NoticeWork
from bot.pace import Pace
from storage.database import Database
from storage.models import Category, Conversation, DeliveryStatus, Notice, NoticeDelivery, NoticeList, NoticeListEntry, NoticeStatus, Person
from storage.types import NoticeId, PersonId
from tests.bot.doors import RecordingDoor
from tests.bot.world import World, make_world
from union import deliveries
from union.audience import Audience
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

    async def notice_to_one(self, **values: Any) -> NoticeId:
        """One that is being sent to a single newcomer of the district, by a list."""
        now = self.clock.now()
        async with self.database.begin() as session:
            person = Person(created_at=now, unit_id=self.world.street)
            session.add(person)
            await session.flush()
            session.add(Conversation(door="phone", address="x", side="member", person_id=person.id, created_at=now, last_in_at=now))
            chosen = NoticeList(unit_id=self.world.district, author_id=self.world.district_staff, name="", missing=0, created_at=now)
            session.add(chosen)
            await session.flush()
            session.add(NoticeListEntry(list_id=chosen.id, person_id=person.id))
        audience = Audience(units=(self.world.district,), list_id=chosen.id)
        return await self.notice(audience=audience.to_json(), **values)

    async def expand(self, *notice_ids: NoticeId) -> None:
        """All their deliveries are made."""
        for notice_id in notice_ids:
            async with self.database.begin() as session:
                while await deliveries.expand_some(session, notice_id):
                    pass

    async def all_in_hand_back(self, notice_id: NoticeId) -> None:
        """Waits until nothing of it is in anybody's hands."""
        async with asyncio.timeout(60):
            while any(row.status == DeliveryStatus.IN_HAND for row in await self.rows(notice_id)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

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

    async def over(self, notice_id: NoticeId, seconds: float = 60) -> Progress:
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
        async with asyncio.timeout(60):
            while len(self.phone.sent) < told:  # noqa: ASYNC110
                await asyncio.sleep(0.005)


@asynccontextmanager
async def on_stage(database: Database, database_url: str) -> AsyncIterator[Stage]:
    """A stage; at the end everything that runs on it is ended."""
    world = await make_world(database, MORNING)
    stage = Stage(database, world, database_url)
    yield stage
    for door in (stage.phone, stage.page):
        door.gate.set()
        door.trouble = None
    await asyncio.gather(*(process.stop() for process in stage.processes))


def texts(people: Sequence[PersonId]) -> list[str]:
    return [str(person_id) for person_id in people]
