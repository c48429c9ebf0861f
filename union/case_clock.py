"""What the deadline engine asks about cases: whom to remind, and whom to tell when the 24 hours are over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseEvent, Unit, UnitKind
from storage.outbox import put_facts
from storage.types import CaseId, PersonId, UnitId
from union.alerts import DESK, Fact, side_of
from union.deadlines import Due, Told
from union.people import staff_of

ORDER = (UnitKind.STREET, UnitKind.DISTRICT, UnitKind.CITY)


class CaseClock:
    """The `Subject` of deadlines on cases. Everything is read and written for many cases at once."""

    async def lock(self, session: AsyncSession, subject_ids: Sequence[int]) -> None:
        """Locks the cases; their history may be written to meanwhile."""
        query = sa.select(Case.id).where(Case.id.in_(set(subject_ids))).order_by(Case.id)
        await session.execute(query.with_for_update(key_share=True))

    async def remind(self, session: AsyncSession, due: Sequence[Due], now: datetime) -> None:
        """Reminds the lawyer of each case; where there is none, the staff of its units, because then it is theirs."""
        lawyers: dict[CaseId, PersonId | None] = {}
        for case_id, lawyer_id in await session.execute(sa.select(Case.id, Case.lawyer_id).where(Case.id.in_({d.subject_id for d in due}))):
            lawyers[case_id] = lawyer_id
        facts: list[dict[str, Any]] = []
        orphaned: list[Due] = []
        for d in due:
            lawyer_id = lawyers.get(CaseId(d.subject_id))
            if lawyer_id is None:
                orphaned.append(d)
                continue
            fact = Fact.FOLLOW_UP_DUE if d.rule.code == "follow_up" else Fact.CASE_REMINDER
            facts.append(_fact(d, lawyer_id, fact, now, hours=max(0, round((d.due_at - now).total_seconds() / 3600))))
        if orphaned:
            ladders = await _staff_ladders(session, [d.unit_id for d in orphaned])
            for d in orphaned:
                _, people = _rung(ladders[d.unit_id], UnitKind.STREET)
                facts.extend(_fact(d, person_id, Fact.CASE_UNASSIGNED, now) for person_id in people)
        await put_facts(session, facts, now)

    async def breach(self, session: AsyncSession, due: Sequence[Due], now: datetime) -> list[Told]:
        """Marks each case 超时 (the mark stays), tells the rungs of its step, and the worker that the matter has gone up."""
        case_ids = list({d.subject_id for d in due})
        newly = set(
            await session.scalars(
                sa.update(Case)
                .where(Case.id.in_(case_ids), sa.not_(Case.overdue))
                .values(overdue=True)
                .returning(Case.id)
                .execution_options(synchronize_session=False)
            )
        )
        workers = {row[0]: row[1] for row in await session.execute(sa.select(Case.id, Case.worker_id).where(Case.id.in_(newly)))}
        ladders = await _staff_ladders(session, [d.unit_id for d in due])
        facts: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        told: list[Told] = []
        for d in due:
            unit_id, people = _people_of(ladders[d.unit_id], d.step.tell)
            told.append(Told(d, unit_id, tuple(people)))
            facts.extend(_fact(d, person_id, Fact.CASE_OVERDUE, now, deadline=d.id, step=d.number) for person_id in people)
            action = "case.overdue" if d.step.do == "breach" else "case.escalated"
            detail = {"rule": d.rule.code, "step": d.number, "unit": unit_id, "told": people}
            events.append({"case_id": d.subject_id, "at": now, "actor_id": None, "action": action, "detail": detail})
            worker_id = workers.pop(CaseId(d.subject_id), None)
            if worker_id is not None:
                facts.append(_fact(d, worker_id, Fact.CASE_LATE, now))
        await put_facts(session, facts, now)
        await session.execute(insert(CaseEvent), events)
        return told


def _fact(due: Due, person_id: PersonId, fact: Fact, now: datetime, **params: Any) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "side": side_of(fact),
        "kind": fact.value,
        "params": {"case": due.subject_id, **params},
        "subject": "case",
        "subject_id": due.subject_id,
        "dedupe_key": f"{fact}:{due.id}:{due.number}:{person_id}",
    }


Staff = list[tuple[PersonId, bool]]
"""People, each with whether a door to them is open."""

Ladder = list[tuple[UnitId, UnitKind, Staff]]
"""The rungs above a case from below: (unit, kind, staff); only those of the territorial line."""


async def _staff_ladders(session: AsyncSession, unit_ids: Sequence[UnitId]) -> dict[UnitId, Ladder]:
    paths = [(row[0], row[1]) for row in await session.execute(sa.select(Unit.id, Unit.path).where(Unit.id.in_(set(unit_ids))))]
    above = {int(part) for _, path in paths for part in path.split(".") if part}
    kinds = {row[0]: row[1] for row in await session.execute(sa.select(Unit.id, Unit.kind).where(Unit.id.in_(above)))}
    staff: dict[UnitId, Staff] = {}
    for unit_id, person_id, open_door in await staff_of(session, [UnitId(i) for i in above], DESK):
        staff.setdefault(unit_id, []).append((person_id, open_door))
    ladders: dict[UnitId, Ladder] = {}
    for unit_id, path in paths:
        rungs = [UnitId(int(part)) for part in reversed(path.split(".")) if part]
        ladders[unit_id] = [(rung, kinds[rung], staff.get(rung, [])) for rung in rungs]
    return ladders


def _people_of(ladder: Ladder, kinds: Sequence[UnitKind]) -> tuple[UnitId, list[PersonId]]:
    """Everybody on the named rungs, and the highest of these units."""
    people: list[PersonId] = []
    unit_id = ladder[0][0]
    for kind in kinds:
        unit_id, found = _rung(ladder, kind)
        people.extend(person for person in found if person not in people)
    return unit_id, people


def _rung(ladder: Ladder, kind: UnitKind) -> tuple[UnitId, list[PersonId]]:
    """The staff of the rung of this kind, or of the next one above where somebody can be reached: a rung that is empty, or whose people have all
    shut their doors, must not swallow an alarm. When nobody can be reached anywhere it waits for those of the lowest rung that has people."""
    start = ORDER.index(kind)
    found = [rung for rung in ladder if rung[1] in ORDER and ORDER.index(rung[1]) >= start and rung[2]]
    reachable = [rung for rung in found if any(open_door for _, open_door in rung[2])]
    for unit_id, _, staff in (reachable or found)[:1]:
        return unit_id, [person_id for person_id, _ in staff]
    return ladder[-1][0], []
