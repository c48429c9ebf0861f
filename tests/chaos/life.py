"""What people do, at random: cases come in, lawyers accept late or never, decline, write early or late, close; workers withdraw, rate, come back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from storage.database import Database
from storage.models import Case, CaseKind, CaseStatus, Deadline, DeadlineStatus, Outcome
from storage.types import CaseId, PersonId
from tests.chaos.city import PLACES, People
from union import cases, people, room, routing
from union.errors import IllegalTransition, NotAllowed
from union.rules import Rules

AT_ONCE = 6
"""How many people do something at the same time."""

KINDS = (CaseKind.DISPUTE,) * 7 + (CaseKind.COMPLAINT, CaseKind.HELP, CaseKind.SUGGESTION)

CAREFUL = 2
"""Every so manieth case is left alone while a step of it is due: whatever falls due on it must have been done, without any excuse."""

HASTE_SECONDS = 5.0
"""The others are left alone only when a step has been due for so many real seconds: people and the clock get in each other's way, and no more than that."""

IDLE = 0.4
"""How often somebody who could do something does nothing."""

NEGLECTED = 8
"""Every so manieth case nobody ever touches."""


@dataclass(slots=True)
class Life:
    """Everybody who does something, until `end`. seed: what is random is the same again, as far as the machine allows."""

    database: Database
    clock: Clock
    rules: Rules
    people: People
    seed: int
    end: datetime
    done: int = 0
    deadlocks: int = 0
    careful: set[int] = field(default_factory=set)
    _hands: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    @property
    def haste(self) -> timedelta:
        """HASTE_SECONDS on the program's clock."""
        return self.clock.passing_in(HASTE_SECONDS)

    async def live(self, count: int, within: timedelta) -> None:
        """So many cases come in within a time, and each goes its way."""
        chance = random.Random(self.seed)
        begin = self.clock.now()
        moments = sorted(begin + within * chance.random() for _ in range(count))
        await asyncio.gather(*(self._one(number, moment) for number, moment in enumerate(moments)))

    async def _one(self, number: int, moment: datetime) -> None:
        chance = random.Random(f"{self.seed}/{number}")
        await self._until(moment)
        case_id = await self._open(chance, number)
        if number % CAREFUL == 0:
            self.careful.add(case_id)
        if number % NEGLECTED == 0:
            return
        patience = chance.choice((1.0, 3.0, 6.0, 12.0))  # hours between what happens to a case: some lawyers are quick, some never come
        while True:
            await self._until(self.clock.now() + timedelta(hours=chance.expovariate(1 / patience)))
            if self.clock.now() >= self.end:
                return
            await self._act(chance, case_id)

    async def _until(self, moment: datetime) -> None:
        await asyncio.sleep(self.clock.real_seconds_until(min(moment, self.end)))

    async def _open(self, chance: random.Random, number: int) -> CaseId:
        grievance = cases.Grievance(
            worker_id=chance.choice(self.people.workers),
            kind=chance.choice(KINDS),
            topic="wages",
            nature="violation",
            story="…",
            employer=f"第{number}饭店",
            unit_id=chance.choice(PLACES),
            since=None,
            amount=None,
            anonymous=True,
            contact_name=None,
            contact_phone=None,
        )
        async with self._hands, self.database.begin() as session:
            case = await cases.open_case(session, grievance, self.rules, self.clock.now())
            await routing.route(session, case, self.rules, self.clock.now())
            return case.id

    async def _act(self, chance: random.Random, case_id: CaseId) -> None:
        if chance.random() < IDLE:
            return
        async with self._tried():
            await self._do_something(chance, case_id)

    @asynccontextmanager
    async def _tried(self) -> AsyncIterator[None]:
        """What somebody does may come to nothing: the last place with a lawyer is taken in the same moment, or the database wants it to be tried again."""
        try:
            yield
        except NotAllowed:
            pass
        except DBAPIError as error:
            if "deadlock" not in str(error.orig):
                raise
            self.deadlocks += 1

    async def _do_something(self, chance: random.Random, case_id: CaseId) -> None:
        async with self._hands, self.database.begin() as session:
            case = await session.get_one(Case, case_id, with_for_update=True)
            now = self.clock.now()
            haste = timedelta(0) if case_id in self.careful else self.haste
            if await _has_something_due(session, case_id, now - haste):
                return
            deeds = [(deed, weight) for deed, statuses, weight in DEEDS if case.status in statuses and _suits(deed, case)]
            if not deeds:
                return
            (deed,) = chance.choices([deed for deed, _ in deeds], [weight for _, weight in deeds])
            try:
                await deed(Moment(session, case, self.rules, now, self.people.staff[0], chance))
                self.done += 1
            except IllegalTransition:
                raise AssertionError(f"{deed.__name__} of a case that is {case.status}") from None


async def _has_something_due(session: AsyncSession, case_id: CaseId, by: datetime) -> bool:
    due = sa.exists().where(
        Deadline.subject == "case", Deadline.subject_id == case_id, Deadline.status == DeadlineStatus.LIVE, Deadline.next_at <= by
    )
    return bool(await session.scalar(sa.select(due)))


@dataclass(frozen=True, slots=True)
class Moment:
    """Something is about to happen to a case, which is locked."""

    session: AsyncSession
    case: Case
    rules: Rules
    now: datetime
    staff: PersonId
    chance: random.Random

    @property
    def handler(self) -> PersonId:
        """The one responsible."""
        assert self.case.responsible_id is not None
        return self.case.responsible_id


async def accept(at: Moment) -> None:
    await cases.accept(at.session, at.case, at.handler, at.rules, at.now)


async def decline(at: Moment) -> None:
    await routing.decline(at.session, at.case, at.handler, at.rules, at.now, reason="busy")


async def write(at: Moment) -> None:
    await room.write(at.session, at.case, at.handler, at.rules, at.now, text="您好")


async def answer(at: Moment) -> None:
    await room.write(at.session, at.case, at.case.worker_id, at.rules, at.now, text="谢谢")


async def call(at: Moment) -> None:
    await cases.intervene(at.session, at.case, at.rules, at.now, "call")


async def proceed(at: Moment) -> None:
    await cases.proceed(at.session, at.case, at.chance.choice(("negotiation", "mediation", "arbitration")), at.rules, at.now, by=at.handler)


async def hand_over(at: Moment) -> None:
    await routing.hand_over(at.session, at.case, at.handler, at.rules, at.now, reason="busy")


async def hand_up(at: Moment) -> None:
    await routing.hand_up(at.session, at.case, at.rules, at.now, by=at.handler, reason="beyond_us")


async def close(at: Moment) -> None:
    handler = await people.load_actor(at.session, at.handler)
    money = Decimal("8000") if at.case.kind is CaseKind.DISPUTE else None
    await cases.close(at.session, at.case, handler, at.rules, at.now, outcome=Outcome.SETTLED, recovered=money, remark="")


async def pause(at: Moment) -> None:
    await cases.pause(at.session, at.case, at.rules, at.now, by=at.staff)


async def resume(at: Moment) -> None:
    await cases.resume(at.session, at.case, at.rules, at.now, by=at.staff)


async def withdraw(at: Moment) -> None:
    await cases.withdraw(at.session, at.case, at.case.worker_id, at.rules, at.now)


async def rate(at: Moment) -> None:
    await cases.rate(at.session, at.case, at.case.worker_id, at.rules, at.now, marks=cases.Marks(at.chance.randint(1, 5)))


async def reopen(at: Moment) -> None:
    if await cases.reopen(at.session, at.case, at.rules, at.now, by=at.case.worker_id) and at.case.status is CaseStatus.RECEIVED:
        await routing.route(at.session, at.case, at.rules, at.now)


async def assign(at: Moment) -> None:
    free = await routing.free_lawyers(at.session, at.case, at.now)
    if free:
        await routing.assign_by_hand(at.session, at.case, free[0].lawyer_id, at.rules, at.now, by=at.staff)


Deed = Callable[[Moment], Awaitable[None]]

RECEIVED, ASSIGNED, ACCEPTED = CaseStatus.RECEIVED, CaseStatus.ASSIGNED, CaseStatus.ACCEPTED
WORK = (CaseStatus.INTERVENED, CaseStatus.IN_PROGRESS)
CLOSED, RATED, WITHDRAWN = CaseStatus.CLOSED, CaseStatus.RATED, CaseStatus.WITHDRAWN

DEEDS: tuple[tuple[Deed, tuple[CaseStatus, ...], float], ...] = (
    (accept, (ASSIGNED, *WORK), 6),
    (decline, (ASSIGNED, ACCEPTED), 2),
    (write, (ASSIGNED, ACCEPTED, *WORK), 4),
    (answer, (ASSIGNED, ACCEPTED, *WORK), 1),
    (call, (ASSIGNED, ACCEPTED), 1),
    (proceed, WORK, 2),
    (hand_over, WORK, 1),
    (hand_up, (ASSIGNED, ACCEPTED, *WORK), 0.5),
    (close, WORK, 2),
    (pause, (ASSIGNED, ACCEPTED, *WORK), 1),
    (resume, (RECEIVED, ASSIGNED, ACCEPTED, *WORK), 4),
    (withdraw, (RECEIVED, ASSIGNED, ACCEPTED, *WORK), 0.4),
    (assign, (RECEIVED, ASSIGNED, ACCEPTED), 1),
    (rate, (CLOSED,), 3),
    (reopen, (CLOSED, RATED, WITHDRAWN), 1),
)
"""What may happen in which state, and how often."""

_ONLY_DISPUTES = (decline, hand_over, assign)


def _suits(deed: Deed, case: Case) -> bool:
    if deed in _ONLY_DISPUTES:
        return case.kind is CaseKind.DISPUTE and (deed is assign or case.lawyer_id is not None)
    if deed is resume:
        return case.paused_at is not None
    return deed is not pause or case.paused_at is None
