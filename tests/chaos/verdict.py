"""Everything that must be true when the dust has settled: each case by its own history, and the tables against one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseEvent, OutboxRow, OutboxStatus, RoomMessage, Rung
from tests.chaos.oracle import Walk, as_text, begin, told_by
from union import history, invariants
from union.rules import Rules

SHOWN = 3
"""Cases whose history is shown when something is wrong."""

PEOPLES_OWN = frozenset({"rung_not_acknowledged"})
"""Invariants that nobody in chaos cares for: no member of staff presses a button."""


@dataclass(slots=True)
class Verdict:
    """What was found. taken: how many steps of each sort were taken. stood_for: reminders that were slept through and for which a later step stands."""

    wrong: list[str] = field(default_factory=list)
    histories: dict[int, str] = field(default_factory=dict)
    taken: Counter[str] = field(default_factory=Counter)
    stood_for: int = 0
    cases: int = 0
    lines: int = 0

    def blame(self, case_id: int, lines: Sequence[CaseEvent], *found: str) -> None:
        """Something is wrong with a case."""
        self.wrong += [f"case {case_id}: {each}" for each in found]
        if len(self.histories) < SHOWN:
            self.histories[case_id] = as_text(lines)

    def __str__(self) -> str:
        shown = "\n".join(f"case {case_id}\n{text}" for case_id, text in self.histories.items())
        return "\n".join([f"{len(self.wrong)} things are wrong:", *self.wrong[:40], shown])


async def judge(session: AsyncSession, rules: Rules, *, until: datetime, haste: timedelta, careful: Collection[int]) -> Verdict:
    """Judges everything. until: by then every step must have been taken. haste: see Walk; there is none with the cases that are `careful`."""
    verdict = Verdict()
    cases = {case.id: case for case in await session.scalars(sa.select(Case).order_by(Case.id))}
    events = list(await session.scalars(sa.select(CaseEvent).order_by(CaseEvent.case_id, CaseEvent.number)))
    lines_of = {case_id: list(lines) for case_id, lines in groupby(events, key=lambda event: event.case_id)}
    news = await _news(session)
    told, late, assigned = await _told(session)
    rungs = Counter((row[0], row[1]) for row in await session.execute(sa.select(Rung.deadline_id, Rung.step)))
    verdict.cases, verdict.lines = len(cases), len(events)
    for case_id, case in cases.items():
        lines = lines_of.get(case_id, [])
        walk = Walk(case, rules, timedelta(0) if case_id in careful else haste)
        if lines and begin(walk, lines[0]):
            walk.walk(lines[1:], news.get(case_id, ()), until)
        verdict.taken += walk.taken
        verdict.stood_for += walk.stood_for
        if told.get(case_id, Counter()) != told_by(lines):
            walk.found.append(f"told {_difference(told.get(case_id, Counter()), told_by(lines))}")
        if late.get(case_id, 0) != walk.told_late:
            walk.found.append(f"the worker was told {late.get(case_id, 0)} times that it is late, not {walk.told_late}")
        given = sum(line.action in ("case.assigned", "case.transferred") for line in lines)
        if assigned.get(case_id, 0) != given:
            walk.found.append(f"given to somebody {given} times, and told {assigned.get(case_id, 0)} times")
        climbed = Counter(
            (line.detail["deadline"], line.detail["step"]) for line in lines if line.action in ("case.overdue", "case.escalated")
        )
        if any(rungs[each] != 1 for each in climbed) or climbed.total() != len(climbed):
            walk.found.append(f"rungs {[(each, rungs[each]) for each in climbed if rungs[each] != 1]}")
        if walk.found:
            verdict.blame(case_id, lines, *walk.found)
    await _whole(session, verdict, until)
    return verdict


async def _whole(session: AsyncSession, verdict: Verdict, until: datetime) -> None:
    audit = await history.audit(session)
    verdict.wrong += [f"the chain of case {broken.case_id} is broken at {broken.line}" for broken in audit.broken]
    broken = [violation for violation in await invariants.check(session, until) if violation.code not in PEOPLES_OWN]
    verdict.wrong += [f"{violation.code}: {violation.count} {violation.examples}" for violation in broken]
    query = sa.select(OutboxRow.status, OutboxRow.kind, sa.func.count()).where(OutboxRow.created_at <= until)
    left = [
        row
        for row in await session.execute(query.group_by(OutboxRow.status, OutboxRow.kind))
        if row[0] not in (OutboxStatus.SENT, OutboxStatus.MOOT)
    ]
    verdict.wrong += [f"{count} {kind} are {status}" for status, kind, count in left]


async def _news(session: AsyncSession) -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = {}
    query = sa.select(RoomMessage.case_id, RoomMessage.reached_at).where(
        RoomMessage.from_worker.is_(False), RoomMessage.reached_at.is_not(None)
    )
    for case_id, at in await session.execute(query):
        if at is not None:
            found.setdefault(case_id, []).append(at)
    return found


async def _told(session: AsyncSession) -> tuple[dict[int, Counter[tuple[int, int, int]]], Counter[int], Counter[int]]:
    """What is in the outbox about each case: of the steps of deadlines who was told of which, the alerts that it is late, and that it was given."""
    steps: dict[int, Counter[tuple[int, int, int]]] = {}
    late: Counter[int] = Counter()
    assigned: Counter[int] = Counter()
    query = sa.select(OutboxRow.subject_id, OutboxRow.kind, OutboxRow.person_id, OutboxRow.dedupe_key).where(OutboxRow.subject == "case")
    for row in await session.execute(query):
        case_id, kind, person_id, key = int(row[0] or 0), row[1], int(row[2] or 0), row[3]
        parts = (key or "").split(":")
        if kind == "case_assigned":
            assigned[case_id] += 1
        elif kind == "case_late":
            late[case_id] += 1
        elif len(parts) == 4 and kind != "case_not_taken":  # that one is told once, not at a step
            steps.setdefault(case_id, Counter())[int(parts[1]), int(parts[2]), person_id] += 1
    return steps, late, assigned


def _difference(found: Counter[tuple[int, int, int]], wanted: Counter[tuple[int, int, int]]) -> str:
    return f"too often {dict(found - wanted)}, too seldom {dict(wanted - found)} (deadline, step, person)"
