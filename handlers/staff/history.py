"""A case's history in words: who did what, when, and why the program decided as it did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from handlers.staff.history_words import Line, words
from handlers.wording import moment
from storage.models import Case, CaseEvent, CaseFollower, CaseKind, Unit
from storage.types import CaseId, PersonId, UnitId
from union import history, people
from union.codes import spoken
from union.rules import Rules

LAST = 40
"""Lines on one screen."""


async def told(session: AsyncSession, case_id: CaseId, rules: Rules) -> str:
    """The last lines of the history, oldest first. The worker is never named in it, whoever they are: an anonymous one stays so."""
    case = await session.get_one(Case, case_id)
    every = await history.of_case(session, case_id)
    events = every[-LAST:]
    names = dict(await people.names(session, sorted(_people_in(events))))
    worker = "职工" if case.kind is CaseKind.DISPUTE else "来人"
    followers = await session.scalars(sa.select(CaseFollower.person_id).where(CaseFollower.case_id == case_id))
    names |= dict.fromkeys((case.worker_id, *followers), worker)
    units = await _names_of_units(session, events)
    codes = await _codes(session, events)
    lines = []
    for event in events:
        line = Line(event.action, event.detail, event.actor_id, names, units, codes, rules, worker)
        lines.append(f"{moment(event.at)} {words(line)}")
    if len(every) > LAST:
        lines.insert(0, f"（前面还有 {len(every) - LAST} 条）")
    return "\n".join(lines)


def _people_in(events: Iterable[CaseEvent]) -> set[PersonId]:
    found: set[int] = set()
    for event in events:
        detail = event.detail
        found.update(entry["lawyer"] for entry in detail.get("passed_over", ()))
        found.update(detail.get("told", ()))
        found.update(person for person in (event.actor_id, detail.get("lawyer"), detail.get("officer")) if person is not None)
    return {PersonId(person) for person in found}


async def _names_of_units(session: AsyncSession, events: Iterable[CaseEvent]) -> dict[UnitId, str]:
    ids = {detail[key] for detail in (event.detail for event in events) for key in ("unit", "named_for") if detail.get(key)}
    rows = await session.execute(sa.select(Unit.id, Unit.name).where(Unit.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


async def _codes(session: AsyncSession, events: Sequence[CaseEvent]) -> dict[int, str]:
    """The codes of the other cases that the lines speak of."""
    keys = ("into", "merged", "new", "before", "lead")
    ids = {
        event.detail[key]
        for event in events
        for key in keys
        if isinstance(event.detail.get(key), int)
        and event.action.startswith(("case.merged", "case.absorbed", "case.split", "case.joined", "case.group"))
    }
    rows = await session.execute(sa.select(Case.id, Case.code).where(Case.id.in_(ids)))
    return {int(row[0]): spoken(row[1]) for row in rows}
