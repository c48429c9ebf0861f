"""A subject of deadlines that is no case, for the engine's tests: a garden that notes what is asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import VirtualClock
from storage.database import Database
from storage.models import Deadline, Unit, UnitKind
from storage.types import DeadlineId, PersonId, UnitId
from union import deadlines
from union.deadlines import Due, Told
from union.rules import SERIOUS, Do, Rule, Rules, Step, Whom

STREET = (Whom.STREET,)
UNIT = UnitId(1)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


RULE = Rule(
    code="watering",
    title="浇花",
    subject="flower",
    source="S0",
    due=hours(24),
    repeat=hours(12),
    steps=(
        Step(hours(2), Do.REMIND, ()),
        Step(hours(12), Do.REMIND, ()),
        Step(hours(24), Do.BREACH, STREET),
        Step(hours(36), Do.ESCALATE, STREET),
    ),
)
REMINDERS = Rule("news", "消息", "flower", "S0", hours(48), hours(12), (Step(hours(48), Do.REMIND, ()),))
TERM = Rule(
    "term", "期限", "flower", "S0", hours(48), hours(12), (Step(hours(24), Do.REMIND, ()), Step(hours(48), Do.REMIND, ())), ends=True
)
RULES = {rule.code: rule for rule in (RULE, REMINDERS, TERM)}


class Garden:
    """A subject that notes what the engine asks of it."""

    def __init__(self) -> None:
        self.reminded: list[int] = []
        self.breached: list[int] = []
        self.for_also: list[tuple[int, ...]] = []

    async def lock(self, session: AsyncSession, subject_ids: Sequence[int]) -> None:
        """Flowers change with nothing else."""

    async def act(self, session: AsyncSession, due: Sequence[Due], rules: Rules, now: datetime) -> list[Told]:
        reminders = [d for d in due if d.step.do is Do.REMIND]
        graver = [d for d in due if d.step.do in SERIOUS]
        self.reminded += [d.number for d in reminders]
        self.breached += [d.number for d in graver]
        self.for_also += [d.for_also for d in due]
        return [Told(d, d.unit_id, (PersonId(1), PersonId(2))) for d in graver]


@pytest.fixture
def garden() -> Garden:
    return Garden()


@pytest.fixture
async def started(database: Database, clock: VirtualClock) -> DeadlineId:
    """A deadline that begins now."""
    return (await begin(database, clock))[0]


async def begin(database: Database, clock: VirtualClock, number: int = 1, rule: Rule = RULE) -> list[DeadlineId]:
    async with database.begin() as session:
        if await session.get(Unit, UNIT) is None:
            session.add(Unit(id=UNIT, kind=UnitKind.CITY, name="北京市总工会", short="北京", path="1."))
            await session.flush()
        return [await deadlines.start(session, rule, subject_id, UNIT, clock.now()) for subject_id in range(1, number + 1)]


async def claim(database: Database, clock: VirtualClock, owner: int = 1, limit: int = 1000) -> list[DeadlineId]:
    async with database.connect() as connection:
        return await deadlines.claim(connection, owner=owner, now=clock.now(), limit=limit)


async def act(database: Database, clock: VirtualClock, garden: Garden, ids: Sequence[DeadlineId], owner: int = 1) -> int:
    async with database.begin() as session:
        return await deadlines.act(session, ids, owner=owner, rules=RULES, subjects={"flower": garden}, now=clock.now())


async def sweep(database: Database, clock: VirtualClock, garden: Garden) -> int:
    return await act(database, clock, garden, await claim(database, clock))


async def row(database: Database, deadline_id: DeadlineId) -> Deadline:
    async with database.begin() as session:
        return await session.get_one(Deadline, deadline_id)


async def stop(database: Database, clock: VirtualClock, subject_id: int = 1, *, met: bool = True, rule: str | None = None) -> int:
    async with database.begin() as session:
        return await deadlines.stop(session, "flower", subject_id, clock.now(), met=met, rules=None if rule is None else [rule])
