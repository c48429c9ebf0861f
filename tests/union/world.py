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
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import VirtualClock
from storage.database import Database
from storage.models import (
    Case,
    CaseEvent,
    Conversation,
    Deadline,
    DeadlineStatus,
    OutboxRow,
    Outcome,
    Person,
    Role,
    RoomMessage,
    Unit,
    UnitKind,
)
from storage.types import CaseId, PersonId, UnitId
from union import cases, deadlines, history, people, room, routing
from union.alerts import DESK, MEMBER
from union.case_clock import CaseClock
from union.choosing import Choice
from union.deadlines import Subject
from union.notice_clock import NoticeClock
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

Done = TypeVar("Done")


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

    async def new_case(
        self, *, unit_id: UnitId = JINSONG, worker_id: PersonId | None = None, routed: bool = True, kind: str = "dispute", **other: Any
    ) -> CaseId:
        """A case that has just come in, given to the one whose turn it is unless routed is False. other: more of what the worker told."""
        told = replace(grievance(worker_id or self.worker, unit_id), kind=kind, **other)
        async with self.database.begin() as session:
            case = await cases.open_case(session, told, RULES, self.clock.now())
            if routed:
                await routing.route(session, case, RULES, self.clock.now())
            return case.id

    async def taken(self) -> CaseId:
        """A dispute that its lawyer has accepted, so that it is passed on to nobody."""
        case_id = await self.new_case()
        await self.accept(case_id)
        return case_id

    async def run_to_breach(self) -> None:
        """24 hours pass, and the clock looks."""
        self.clock.advance(hours=24)
        await self.sweep()

    async def case(self, case_id: CaseId) -> Case:
        """The case as it stands in the database now."""
        async with self.database.begin() as session:
            return await session.get_one(Case, case_id)

    async def accept(self, case_id: CaseId) -> None:
        """The one responsible for the case presses 接单."""
        async with self.database.begin() as session:
            case = await session.get_one(Case, case_id)
            assert case.responsible_id is not None
            await cases.accept(session, case, case.responsible_id, RULES, self.clock.now())

    async def change(self, case_id: CaseId, action: Callable[[AsyncSession, Case], Awaitable[Done]]) -> Done:
        """Lets something happen to a case, in a transaction of its own."""
        async with self.database.begin() as session:
            return await action(session, await session.get_one(Case, case_id, with_for_update=True))

    async def decline(self, case_id: CaseId, reason: str = "busy") -> Choice:
        """The lawyer of the case gives it back."""

        async def action(session: AsyncSession, case: Case) -> Choice:
            assert case.lawyer_id is not None
            return await routing.decline(session, case, case.lawyer_id, RULES, self.clock.now(), reason=reason)

        return await self.change(case_id, action)

    async def give(self, case_id: CaseId, lawyer_id: PersonId, by: PersonId | None = None) -> None:
        """Staff give the case to a lawyer, whatever speaks against it."""
        now, by = self.clock.now(), by or self.staff
        await self.change(case_id, lambda s, c: routing.give(s, c, lawyer_id, RULES, now, actor_id=by, detail={"lawyer": lawyer_id}))

    async def close(self, case_id: CaseId) -> bool:
        """办结, with 8000 元 recovered, by the one responsible."""
        handler_id = (await self.case(case_id)).responsible_id
        assert handler_id is not None
        handler = await self.actor(handler_id)
        how = {"outcome": Outcome.SETTLED, "recovered": Decimal("8000"), "remark": "已到账"}
        return await self.change(case_id, lambda s, c: cases.close(s, c, handler, RULES, self.clock.now(), **how))  # type: ignore[arg-type]

    async def rate(self, case_id: CaseId, content: int = 5, **other: Any) -> bool:
        """The worker rates the case."""
        marks = cases.Marks(content, **other)
        return await self.change(case_id, lambda s, c: cases.rate(s, c, c.worker_id, RULES, self.clock.now(), marks=marks))

    async def withdraw(self, case_id: CaseId) -> bool:
        """The worker takes the case back."""
        return await self.change(case_id, lambda s, c: cases.withdraw(s, c, c.worker_id, RULES, self.clock.now()))

    async def reopen(self, case_id: CaseId, by: PersonId | None = None) -> bool:
        """The case is taken up again: by its worker, unless it is said by whom."""
        return await self.change(case_id, lambda s, c: cases.reopen(s, c, RULES, self.clock.now(), by=by or c.worker_id))

    async def pause(self, case_id: CaseId) -> bool:
        """Staff of the district confirm that the worker can't be reached."""
        return await self.change(case_id, lambda s, c: cases.pause(s, c, RULES, self.clock.now(), by=self.staff))

    async def resume(self, case_id: CaseId) -> bool:
        """Staff of the district say that the worker is back."""
        return await self.change(case_id, lambda s, c: cases.resume(s, c, RULES, self.clock.now(), by=self.staff))

    async def deadline(self, case_id: CaseId, rule: str = "intervention") -> Deadline:
        """The latest deadline of a rule on a case."""
        query = sa.select(Deadline).where(Deadline.subject == "case", Deadline.rule == rule, Deadline.subject_id == case_id)
        async with self.database.begin() as session:
            return (await session.scalars(query.order_by(Deadline.id.desc()).limit(1))).one()

    async def running(self, case_id: CaseId) -> set[str]:
        """The rules that run on a case."""
        query = sa.select(Deadline.rule).where(
            Deadline.subject == "case", Deadline.subject_id == case_id, Deadline.status == DeadlineStatus.LIVE
        )
        async with self.database.begin() as session:
            return set(await session.scalars(query))

    async def write(self, case_id: CaseId, author_id: PersonId, text: str = "您好") -> int:
        """Somebody writes in the room of a case. Returns the message's number; it has not reached anybody yet."""
        async with self.database.begin() as session:
            message = await room.write(session, await session.get_one(Case, case_id), author_id, RULES, self.clock.now(), text=text)
            return message.id

    async def reached(self, message_id: int) -> None:
        """The message is on the other side's device."""
        async with self.database.begin() as session:
            await room.reached(session, message_id, self.clock.now(), RULES)

    async def contact(self, case_id: CaseId) -> None:
        """The one responsible for the case writes, and it reaches the worker."""
        handler_id = (await self.case(case_id)).responsible_id
        assert handler_id is not None
        await self.reached(await self.write(case_id, handler_id))

    async def sweep(self, owner: int = OWNER) -> int:
        """The clock looks for what is due, once. Returns how many deadlines were acted on."""
        async with self.database.connect() as connection:
            ids = await deadlines.claim(connection, owner=owner, now=self.clock.now(), limit=1000)
        async with self.database.begin() as session:
            subjects: dict[str, Subject] = {"case": CaseClock(), "notice": NoticeClock()}
            return await deadlines.act(session, ids, owner=owner, rules=RULES, subjects=subjects, now=self.clock.now())

    async def told(self, person_id: PersonId | None = None) -> list[str]:
        """The kinds of the facts in the outbox, oldest first: those for one person, or all."""
        query = sa.select(OutboxRow.kind).where(OutboxRow.kind != "reply").order_by(OutboxRow.id)
        if person_id is not None:
            query = query.where(OutboxRow.person_id == person_id)
        async with self.database.begin() as session:
            return list(await session.scalars(query))

    async def history(self, case_id: CaseId) -> list[str]:
        """The actions in the history of a case."""
        return [event.action for event in await self.events(case_id)]

    async def events(self, case_id: CaseId) -> list[CaseEvent]:
        """The lines of the history of a case."""
        async with self.database.begin() as session:
            return await history.of_case(session, case_id)

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
