"""Whatever lawyers there are, with their leaves, clients, firms, subjects, languages and places: a case never goes to one who may not have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import VirtualClock
from storage.database import Database
from storage.models import Case, CaseKind, CaseStatus, Firm, Lawyer, LawyerLeave, LawyerUnit, OutboxRow, Person
from storage.types import CaseId, PersonId, UnitId
from tests.union.machine import House, few, play
from tests.union.world import CHAOYANG, CITY, JINSONG, RULES, WANGJING, ZHONGGUANCUN, World, new_lawyer
from union import conflicts, routing
from union.alerts import Fact
from union.choosing import Choice

EMPLOYERS = {"劲松饭店": "北京市劲松饭店有限公司", "望京书店": "望京书店（总店）"}
"""Each employer as a worker calls it, and as a lawyer declares it."""

ABOVE: Mapping[UnitId, Sequence[UnitId]] = {
    JINSONG: (JINSONG, CHAOYANG, CITY),
    WANGJING: (WANGJING, CHAOYANG, CITY),
    CHAOYANG: (CHAOYANG, CITY),
    ZHONGGUANCUN: (ZHONGGUANCUN, UnitId(3), CITY),
}
TOPICS, LANGUAGES = ("wages", "injury"), ("ug", "en")


@dataclass(frozen=True)
class Known:
    """A lawyer as the game made them: everything that speaks for or against giving them a case."""

    unit: UnitId
    capacity: int
    topics: tuple[str, ...]
    languages: tuple[str, ...]
    firm: int | None
    client: str | None
    away: tuple[int, int] | None  # hours from the beginning
    role_taken: bool


@dataclass(frozen=True)
class Told:
    """A case that comes in. by_lawyer: the worker is that one of the lawyers. after: hours since the one before; given_back: the lawyer declines."""

    unit: UnitId
    employer: str
    topic: str
    language: str | None
    by_lawyer: int | None
    after: int
    given_back: bool


def some(options: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(list(options)), unique=True, max_size=len(options)).map(tuple)


maybe_employer = st.none() | st.sampled_from(sorted(EMPLOYERS))
lawyers = st.builds(
    Known,
    unit=st.sampled_from([JINSONG, JINSONG, WANGJING, CHAOYANG, CHAOYANG, CITY]),
    capacity=st.integers(0, 2),
    topics=some(TOPICS),
    languages=some(LANGUAGES),
    firm=st.none() | st.integers(1, 2),
    client=maybe_employer,
    away=st.none() | st.tuples(st.integers(-3, 3), st.integers(1, 6)).map(lambda t: (t[0], t[0] + t[1])),
    role_taken=st.integers(0, 9).map(lambda n: n == 0),
)
told = st.builds(
    Told,
    unit=st.sampled_from(list(ABOVE)),
    employer=st.sampled_from(sorted(EMPLOYERS)),
    topic=st.sampled_from(TOPICS),
    language=st.none() | st.sampled_from(LANGUAGES),
    by_lawyer=st.none() | st.integers(0, 5),
    after=st.integers(0, 2),
    given_back=st.booleans(),
)


class Trial:
    """One register and the cases that come to it."""

    def __init__(self, world: World, known: Sequence[Known]) -> None:
        self.world = world
        self.known = known
        self.start = world.clock.now()
        self.ids: list[PersonId] = []

    async def register(self) -> None:
        """Instead of the city's own lawyers these."""
        async with self.world.database.begin() as session:
            await session.execute(sa.delete(LawyerUnit))
            for number in (1, 2):
                session.add(Firm(id=number, name=f"第{number}律师事务所"))
            await session.flush()
            for one in self.known:
                lawyer_id = await new_lawyer(session, "律师", one.unit, self.start)
                values = {"capacity": one.capacity, "topics": list(one.topics), "languages": list(one.languages), "firm_id": one.firm}
                await session.execute(sa.update(Lawyer).where(Lawyer.person_id == lawyer_id).values(**values))
                if one.client is not None:
                    await conflicts.declare(session, lawyer_id, EMPLOYERS[one.client], self.start)
                if one.away is not None:
                    begins, ends = (self.start + timedelta(hours=h) for h in one.away)
                    session.add(LawyerLeave(lawyer_id=lawyer_id, starts_at=begins, ends_at=ends))
                if one.role_taken:
                    gone = sa.text("UPDATE role_grant SET revoked_at = now() WHERE person_id = :p")
                    await session.execute(gone, {"p": lawyer_id})
                self.ids.append(lawyer_id)

    async def may(self, case: Case, given_back: Sequence[PersonId]) -> set[PersonId]:
        """Those who may have this case now, as the game knows it."""
        async with self.world.database.begin() as session:
            rows = await session.execute(
                sa.select(Case.lawyer_id).where(Case.id != case.id, Case.lawyer_id.is_not(None), Case.status != CaseStatus.WITHDRAWN)
            )
            busy = [row[0] for row in rows]
        hours = (self.world.clock.now() - self.start) / timedelta(hours=1)
        against = {(one.firm, i) for one, i in zip(self.known, self.ids, strict=True) if one.client == case.employer}
        firms = {firm for firm, _ in against if firm is not None}
        return {
            lawyer_id
            for one, lawyer_id in zip(self.known, self.ids, strict=True)
            if one.unit in ABOVE[case.unit_id]
            and not one.role_taken
            and busy.count(lawyer_id) < one.capacity
            and not (one.away and one.away[0] <= hours < one.away[1])
            and (one.firm, lawyer_id) not in against
            and one.firm not in firms
            and lawyer_id != case.worker_id
            and lawyer_id not in given_back
        }

    async def comes_in(self, case: Told) -> None:
        """One case, routed, and given back where it is meant to be: what was decided is held against what the game knows."""
        self.world.clock.advance(hours=case.after)
        worker = self.world.worker if case.by_lawyer is None or not self.ids else self.ids[case.by_lawyer % len(self.ids)]
        async with self.world.database.begin() as session:
            await session.execute(sa.update(Person).where(Person.id == worker).values(language=case.language))
        case_id = await self.world.new_case(
            unit_id=case.unit, worker_id=worker, routed=False, employer=case.employer, topic=case.topic, since=None
        )
        choice = await self.world.change(case_id, lambda s, c: routing.route(s, c, RULES, self.world.clock.now()))
        await self.judge(case_id, choice, given_back=())
        if case.given_back and choice.lawyer_id is not None:
            again = await self.world.decline(case_id)
            await self.judge(case_id, again, given_back=(choice.lawyer_id,))

    async def judge(self, case_id: CaseId, choice: Choice, *, given_back: Sequence[PersonId]) -> None:
        """Never one who may not have it; nobody only if there is nobody; and then the staff keep it and know."""
        case = await self.world.case(case_id)
        may = await self.may(case, given_back)
        assert choice.lawyer_id == case.lawyer_id
        if may:
            assert choice.lawyer_id in may
            assert case.status is CaseStatus.ASSIGNED
            knowing = {i for one, i in zip(self.known, self.ids, strict=True) if i in may and (not one.topics or case.topic in one.topics)}
            assert choice.lawyer_id in (knowing or may)  # somebody who knows the subject, if there is one
        else:
            assert (case.lawyer_id, case.status) == (None, CaseStatus.RECEIVED)
            assert case.officer_id in (self.world.staff, self.world.city_staff, self.world.haidian_staff)
        async with self.world.database.begin() as session:
            fact = Fact.CASE_ASSIGNED if case.lawyer_id is not None else Fact.CASE_UNASSIGNED
            heard = sa.select(OutboxRow.id).where(
                OutboxRow.subject_id == case_id, OutboxRow.kind == fact, OutboxRow.person_id == case.responsible_id
            )
            assert (await session.execute(heard)).first() is not None
        assert case.kind is CaseKind.DISPUTE


async def test_a_case_goes_only_to_a_lawyer_who_may_have_it_and_to_the_staff_when_there_is_none(database: Database) -> None:
    def game(house: House) -> None:
        @few(examples=20)
        @given(known=st.lists(lawyers, max_size=6), arriving=st.lists(told, min_size=1, max_size=5))
        def run(known: list[Known], arriving: list[Told]) -> None:
            trial = Trial(house.new_world(VirtualClock(datetime(2026, 11, 18, 2, 0, tzinfo=UTC))), known)
            house.run(trial.register())
            for case in arriving:
                house.run(trial.comes_in(case))

        run()

    await play(database, game)
