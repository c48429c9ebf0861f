"""突发事件 goes up the whole line at once (S1 二(一)): every level is told and must say within 30 minutes that it has it, or the one above is told.

Each level's duty is a deadline of its own. Who was told, who answered, who stepped in for whom stands in the history; `log` reads it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseEvent, Deadline, OutboxRow, Role, Unit
from storage.types import CaseId, DeadlineId, PersonId, UnitId
from union import deadlines, history
from union.access import is_accused
from union.alerts import Fact, tell
from union.errors import NotFound
from union.people import Actor, load_actor
from union.rules import INCIDENT_RULE, Rules
from union.rungs import ladders

ALARMED, UNANSWERED, ACKNOWLEDGED, TAKEN_OVER = "case.alarmed", "case.incident_unanswered", "case.acknowledged", "case.taken_over"
"""The lines of the history of which the log is made. UNANSWERED is written by the clock (union/case_clock)."""


@dataclass(frozen=True, slots=True)
class Level:
    """A unit on the way up with the people there who may know. reachable: a door to one of them is open."""

    unit_id: UnitId
    people: tuple[PersonId, ...]
    reachable: bool


async def _line(session: AsyncSession, case: Case) -> list[Level]:
    """The levels with people, from below; without whoever brought the case and whoever chairs the union of the employer it is about."""
    ladder = (await ladders(session, [case.unit_id]))[case.unit_id]
    line = []
    for rung in ladder:
        may = [
            (person, door)
            for person, door in rung.staff
            if person != case.worker_id and not is_accused(await load_actor(session, person), case.employer)
        ]
        if may:
            line.append(Level(rung.unit_id, tuple(person for person, _ in may), any(door for _, door in may)))
    return line or [Level(ladder[-1].unit_id, (), False)]


async def alarm(session: AsyncSession, case: Case, rules: Rules, now: datetime) -> list[Level]:
    """Tells everybody on the line at once and starts each level's 30 minutes. Returns the levels.

    A level that nobody can be reached on has no duty of its own: it passes to the next one above. Its people are told all the same.
    """
    line = await _line(session, case)
    carrying = [level for level in line if level.reachable] or line[:1]
    rule = rules[INCIDENT_RULE]
    duties = {level.unit_id: await deadlines.start(session, rule, case.id, level.unit_id, now) for level in carrying}
    due = (now + rule.due).isoformat()
    for place, level in enumerate(line):
        above = [duties[upper.unit_id] for upper in line[place:] if upper.unit_id in duties]
        deadline = above[0] if above else duties[carrying[-1].unit_id]
        for person_id in level.people:
            key = f"{Fact.INCIDENT}:{case.id}:{person_id}"
            about: dict[str, Any] = {"deadline": deadline, "unit": level.unit_id, "due": due}
            await tell(session, person_id, Fact.INCIDENT, now, subject="case", subject_id=case.id, key=key, **about)
        history.note(session, case.id, ALARMED, now, unit=level.unit_id, told=list(level.people), deadline=deadline)
    await session.flush()
    return line


async def acknowledge(session: AsyncSession, case: Case, person: Actor, now: datetime) -> list[UnitId]:
    """Somebody on the line says that their level has it: its duty is met. Every level answers for itself, so a higher one silences none below.

    Returns the units for which that is news; none the second time, and none for somebody whose units are not on the line.
    """
    lines = await history.of_case(session, case.id)
    waiting = _units(lines, ALARMED) - _units(lines, ACKNOWLEDGED, TAKEN_OVER)
    own = [unit.id for unit in person.units(Role.STAFF) if unit.id in waiting]
    for unit_id in own:
        query = sa.select(Deadline.id).where(*_running(case.id), Deadline.unit_id == unit_id)
        duty = await session.scalar(query.with_for_update())
        await _settle(session, case.id, duty, person.id, now)
        history.note(session, case.id, ACKNOWLEDGED, now, actor_id=person.id, unit=unit_id, deadline=duty)
    await session.flush()
    return own


async def take_over(session: AsyncSession, case: Case, person: Actor, deadline_id: DeadlineId, now: datetime) -> UnitId | None:
    """A higher level steps in, in so many words, for one below that has not answered. Returns that one; None when it has answered meanwhile.

    Raises NotFound for a duty of another case, or of a unit that this person's own is not above.
    """
    query = sa.select(Deadline.unit_id, Unit.path).join(Unit, Unit.id == Deadline.unit_id)
    row = (await session.execute(query.where(Deadline.id == deadline_id, *_of(case.id)))).one_or_none()
    if row is None or not person.reaches(row[1], Role.STAFF, Role.ADMIN):
        raise NotFound
    unit_id: UnitId = row[0]
    if not await _settle(session, case.id, deadline_id, person.id, now):
        return None
    history.note(session, case.id, TAKEN_OVER, now, actor_id=person.id, unit=unit_id, deadline=deadline_id)
    await session.flush()
    await acknowledge(session, case, person, now)
    return unit_id


async def call_off(session: AsyncSession, case: Case, now: datetime) -> None:
    """Nothing happened, says whoever cried for help: everybody who was told of it is told that as well."""
    lines = await history.of_case(session, case.id)
    told = dict.fromkeys(PersonId(i) for line in lines if line.action in (ALARMED, UNANSWERED) for i in line.detail["told"])
    if case.responsible_id is not None:
        told.setdefault(case.responsible_id)
    for person_id in told:
        await tell(session, person_id, Fact.INCIDENT_OFF, now, subject="case", subject_id=case.id)


def _of(case_id: CaseId) -> tuple[sa.ColumnElement[bool], ...]:
    return Deadline.rule == INCIDENT_RULE, Deadline.subject == "case", Deadline.subject_id == case_id


def _running(case_id: CaseId) -> tuple[sa.ColumnElement[bool], ...]:
    return *_of(case_id), Deadline.status.in_(deadlines.RUNNING)


def _units(lines: Sequence[CaseEvent], *actions: str) -> set[UnitId]:
    return {UnitId(line.detail["unit"]) for line in lines if line.action in actions and "unit" in line.detail}


async def _settle(session: AsyncSession, case_id: CaseId, duty: DeadlineId | None, person_id: PersonId, now: datetime) -> bool:
    """Ends one level's duty, and everything that it had climbed to. Returns False when it had ended."""
    if duty is None:
        return False
    ended = await deadlines.stop(session, "case", case_id, now, ids=[duty])
    await deadlines.acknowledge(session, duty, person_id, now, subject="case", subject_id=case_id)
    return bool(ended)


@dataclass(frozen=True, slots=True)
class Knew:
    """What one person was told. sent_at: it left the house; reached_at: it is on their device. Neither is known: it waits, or no door is open."""

    person_id: PersonId
    sent_at: datetime | None
    reached_at: datetime | None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A level that was told. instead_of: it was told because that one had not answered; None for the alarm itself.

    answered_at, answered_by: who said that the level (or the one it was told instead of) has it; by_higher: somebody above stepped in.
    """

    unit_id: UnitId
    told_at: datetime
    people: tuple[Knew, ...]
    instead_of: UnitId | None = None
    answered_at: datetime | None = None
    answered_by: PersonId | None = None
    by_higher: bool = False


async def log(session: AsyncSession, case_id: CaseId) -> list[LogEntry]:
    """Who knew what when, in order of time: from the history, which nobody can change, and from what became of each message."""
    lines = await history.of_case(session, case_id)
    answers: dict[int, CaseEvent] = {}
    for line in lines:
        if line.action in (ACKNOWLEDGED, TAKEN_OVER) and "unit" in line.detail:
            answers.setdefault(line.detail["unit"], line)
    sent = await _sent(session, case_id)
    owners = {int(row[0]): row[1] for row in await session.execute(sa.select(Deadline.id, Deadline.unit_id).where(*_of(case_id)))}
    return [_entry(line, owners, answers, sent) for line in lines if line.action in (ALARMED, UNANSWERED)]


_Key = tuple[Any, ...]


async def _sent(session: AsyncSession, case_id: CaseId) -> Mapping[_Key, OutboxRow]:
    query = sa.select(OutboxRow).where(
        OutboxRow.subject == "case", OutboxRow.subject_id == case_id, OutboxRow.kind.in_((Fact.INCIDENT, Fact.INCIDENT_UNANSWERED))
    )
    found: dict[_Key, OutboxRow] = {}
    for row in await session.scalars(query):
        params = row.params or {}
        where = () if row.kind == Fact.INCIDENT else (params.get("deadline"), params.get("step"))
        found[(row.person_id, *where)] = row
    return found


def _entry(line: CaseEvent, owners: Mapping[int, UnitId], answers: Mapping[int, CaseEvent], sent: Mapping[_Key, OutboxRow]) -> LogEntry:
    detail = line.detail
    again = line.action == UNANSWERED
    where = (detail["deadline"], detail["step"]) if again else ()
    rows = {person: sent.get((person, *where)) for person in detail["told"]}
    instead_of = owners.get(detail["deadline"]) if again else None
    answer = answers.get(instead_of if instead_of is not None else detail["unit"])
    return LogEntry(
        unit_id=UnitId(detail["unit"]),
        told_at=line.at,
        people=tuple(Knew(PersonId(p), row.sent_at if row else None, row.reached_at if row else None) for p, row in rows.items()),
        instead_of=instead_of,
        answered_at=answer.at if answer else None,
        answered_by=answer.actor_id if answer else None,
        by_higher=answer is not None and answer.action == TAKEN_OVER,
    )
