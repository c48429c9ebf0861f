"""A small city made by hand: two districts, a street in each, lawyers named for units, staff at district and city, a chair, two workers.

北京市总工会
├── 朝阳区总工会     staff: 区干部 · pool: 周律师
│   ├── 劲松街道总工会  named: 何律师 · chair: 主席
│   └── 望京街道总工会
└── 海淀区总工会     staff: 海淀干部
    └── 中关村街道总工会
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import VirtualClock
from storage.database import Database
from storage.models import Case, Conversation, OutboxRow, Person, Role, RoomMessage, Unit, UnitKind
from storage.types import CaseId, PersonId, UnitId
from union import cases, deadlines, people, room, routing
from union.alerts import DESK, MEMBER
from union.case_clock import CaseClock
from union.people import Actor
from union.rules import Rule, load_rules

CITY, CHAOYANG, HAIDIAN, JINSONG, WANGJING, ZHONGGUANCUN = (UnitId(n) for n in range(1, 7))

_UNITS = (
    (CITY, UnitKind.CITY, "北京市总工会", "北京", None, "1."),
    (CHAOYANG, UnitKind.DISTRICT, "朝阳区总工会", "朝阳", CITY, "1.2."),
    (HAIDIAN, UnitKind.DISTRICT, "海淀区总工会", "海淀", CITY, "1.3."),
    (JINSONG, UnitKind.STREET, "劲松街道总工会", "劲松", CHAOYANG, "1.2.4."),
    (WANGJING, UnitKind.STREET, "望京街道总工会", "望京", CHAOYANG, "1.2.5."),
    (ZHONGGUANCUN, UnitKind.STREET, "中关村街道总工会", "中关村", HAIDIAN, "1.3.6."),
)
_PLACES = {JINSONG: (39.885, 116.461), WANGJING: (39.996, 116.470), ZHONGGUANCUN: (39.984, 116.316)}

OWNER = 4711
"""The number of the process that acts in tests."""

RULES = load_rules()

_addresses = itertools.count(1)


@dataclass(frozen=True, slots=True)
class World:
    """The city, opened: its database, its clock, and the people by what they are."""

    database: Database
    clock: VirtualClock
    worker: PersonId
    other_worker: PersonId
    lawyer: PersonId  # 何律师, named for 劲松
    pool_lawyer: PersonId  # 周律师, in the pool of 朝阳
    staff: PersonId  # at 朝阳
    city_staff: PersonId
    haidian_staff: PersonId
    chair: PersonId  # at 劲松

    @property
    def rules(self) -> Mapping[str, Rule]:
        """The rules that the program ships with."""
        return RULES

    async def actor(self, person_id: PersonId) -> Actor:
        """The person with their roles."""
        async with self.database.begin() as session:
            return await people.load_actor(session, person_id)

    async def new_case(self, *, unit_id: UnitId = JINSONG, worker_id: PersonId | None = None, routed: bool = True) -> CaseId:
        """A dispute that has just come in, given to the lawyer whose turn it is unless routed is False."""
        async with self.database.begin() as session:
            case = await cases.open_case(session, grievance(worker_id or self.worker, unit_id), RULES, self.clock.now())
            if routed:
                await routing.route(session, case, self.clock.now())
            return case.id

    async def case(self, case_id: CaseId) -> Case:
        """The case as it stands in the database now."""
        async with self.database.begin() as session:
            return await session.get_one(Case, case_id)

    async def accept(self, case_id: CaseId) -> None:
        """The lawyer of the case presses 接单."""
        async with self.database.begin() as session:
            case = await session.get_one(Case, case_id)
            assert case.lawyer_id is not None
            await cases.accept(session, case, case.lawyer_id, self.clock.now())

    async def write(self, case_id: CaseId, author_id: PersonId, text: str = "您好") -> int:
        """Somebody writes in the room of a case. Returns the message's number; it has not reached anybody yet."""
        async with self.database.begin() as session:
            message = await room.write(session, await session.get_one(Case, case_id), author_id, text, self.clock.now())
            return message.id

    async def reached(self, message_id: int) -> None:
        """The message is on the other side's device."""
        async with self.database.begin() as session:
            await room.reached(session, message_id, self.clock.now(), RULES)

    async def contact(self, case_id: CaseId) -> None:
        """The lawyer of the case writes, and it reaches the worker."""
        lawyer_id = (await self.case(case_id)).lawyer_id
        assert lawyer_id is not None
        await self.reached(await self.write(case_id, lawyer_id))

    async def sweep(self, owner: int = OWNER) -> int:
        """The clock looks for what is due, once. Returns how many deadlines were acted on."""
        async with self.database.connect() as connection:
            ids = await deadlines.claim(connection, owner=owner, now=self.clock.now(), limit=1000)
        async with self.database.begin() as session:
            return await deadlines.act(session, ids, owner=owner, rules=RULES, subjects={"case": CaseClock()}, now=self.clock.now())

    async def told(self, person_id: PersonId | None = None) -> list[str]:
        """The kinds of the facts in the outbox, oldest first: those for one person, or all."""
        query = sa.select(OutboxRow.kind).where(OutboxRow.kind != "reply").order_by(OutboxRow.id)
        if person_id is not None:
            query = query.where(OutboxRow.person_id == person_id)
        async with self.database.begin() as session:
            return list(await session.scalars(query))

    async def history(self, case_id: CaseId) -> list[str]:
        """The actions in the history of a case."""
        async with self.database.begin() as session:
            return [event.action for event in await cases.history(session, case_id)]

    async def room(self, case_id: CaseId) -> Sequence[RoomMessage]:
        """What was said in the room of a case."""
        async with self.database.begin() as session:
            return await room.transcript(session, case_id, 100)


def grievance(worker_id: PersonId, unit_id: UnitId = JINSONG) -> cases.Grievance:
    """What a worker tells: two months' wages withheld, with a name and a phone."""
    return cases.Grievance(
        worker_id=worker_id,
        kind="dispute",
        topic="wages",
        nature="violation",
        story="老板拖欠我两个月工资",
        employer="劲松饭店",
        unit_id=unit_id,
        since=date(2026, 9, 1),
        amount=Decimal("12000.50"),
        anonymous=False,
        contact_name="张三",
        contact_phone="13900001234",
    )


async def make_world(database: Database, clock: VirtualClock) -> World:
    """Fills an empty database with the city."""
    now = clock.now()
    async with database.begin() as session:
        await session.execute(
            sa.insert(Unit),
            [
                {
                    "id": id_,
                    "kind": kind,
                    "name": name,
                    "short": short,
                    "parent_id": parent,
                    "path": path,
                    "latitude": _PLACES.get(id_, (None, None))[0],
                    "longitude": _PLACES.get(id_, (None, None))[1],
                }
                for id_, kind, name, short, parent, path in _UNITS
            ],
        )
        worker = await new_person(session, "", now, MEMBER)
        other = await new_person(session, "", now, MEMBER)
        lawyer = await new_lawyer(session, "何律师", JINSONG, now)
        pool = await new_lawyer(session, "周律师", CHAOYANG, now)
        staff = await new_officer(session, "区干部", CHAOYANG, now)
        city = await new_officer(session, "市干部", CITY, now)
        haidian = await new_officer(session, "海淀干部", HAIDIAN, now)
        chair = await new_officer(session, "主席", JINSONG, now, role=Role.CHAIR)
    return World(
        database=database,
        clock=clock,
        worker=worker,
        other_worker=other,
        lawyer=lawyer,
        pool_lawyer=pool,
        staff=staff,
        city_staff=city,
        haidian_staff=haidian,
        chair=chair,
    )


async def new_person(
    session: AsyncSession, name: str, now: datetime, side: str, *, door: bool = True, unit_id: UnitId | None = None
) -> PersonId:
    """Somebody who agreed, with an open door unless door is False."""
    person = Person(name=name or None, consent_at=now, created_at=now, unit_id=unit_id)
    session.add(person)
    await session.flush()
    if door:
        session.add(Conversation(door=f"test-{side}", address=str(next(_addresses)), side=side, person_id=person.id, created_at=now))
    return person.id


async def new_lawyer(
    session: AsyncSession,
    name: str,
    unit_id: UnitId,
    now: datetime,
    *,
    door: bool = True,
    made_up: bool = False,
    ago: timedelta = timedelta(0),
) -> PersonId:
    """A lawyer named for a unit, some time ago."""
    person_id = await new_person(session, name, now, DESK, door=door)
    await people.grant(session, person_id=person_id, role=Role.LAWYER, unit_id=unit_id, now=now - ago)
    if made_up:
        await session.execute(sa.update(Person).where(Person.id == person_id).values(made_up=True))
    return person_id


async def new_officer(
    session: AsyncSession, name: str, unit_id: UnitId, now: datetime, *, role: Role = Role.STAFF, door: bool = True
) -> PersonId:
    """Somebody with a role at a unit."""
    person_id = await new_person(session, name, now, DESK, door=door)
    await people.grant(session, person_id=person_id, role=role, unit_id=unit_id, now=now)
    return person_id
