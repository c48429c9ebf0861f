"""Who handles a case, and why: a dispute goes to the lawyer named for the street, else the district's pool, else the city's (一家一站一律师, S1);
everything else to a member of staff of the unit (归口管理、专人办理, S4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseEvent, CaseKind, CaseStatus, Deadline, Lawyer, Unit
from storage.types import PersonId, UnitId
from union import deadlines, history
from union.access import is_accused, ladder_of, nearest_rung
from union.alerts import Fact, tell
from union.choosing import NOBODY, Choice, choose
from union.errors import IllegalTransition, NotAllowed
from union.lifecycle import AT_WORK, OPEN, WAITING, perform
from union.people import load_actor
from union.rules import INCIDENT_RULE, Rules
from union.rungs import Rung, first_with_people
from union.selection import candidates_for, is_full, loads


async def route(session: AsyncSession, case: Case, rules: Rules, now: datetime, *, actor_id: PersonId | None = None) -> Choice:
    """Finds the one who is responsible, with the reasons in the history. Nobody suitable: the staff are told at once, and one of them keeps the case.

    The clock is not touched: neither declining nor reassigning restarts it.
    """
    if case.kind is not CaseKind.DISPUTE:
        await entrust(session, case, rules, now, actor_id=actor_id)
        return NOBODY
    choice = await _choose(session, case, now)
    if choice.lawyer_id is None:
        await keep(session, case, rules, now, actor_id=actor_id, choice=choice)
    else:
        await give(session, case, choice.lawyer_id, rules, now, actor_id=actor_id, detail=choice.detail())
    return choice


async def _choose(session: AsyncSession, case: Case, now: datetime) -> Choice:
    """The decision, with the chosen lawyer's row locked, so that two cases at once can't fill one place twice."""
    candidates = await candidates_for(session, case, now)
    known: dict[PersonId, int] = {}
    full: set[PersonId] = set()
    while True:
        choice = choose(candidates, known, full)
        if choice.undecided:
            known |= await loads(session, choice.undecided)
            continue
        if choice.lawyer_id is None or not await is_full(session, choice.lawyer_id):
            return choice
        full.add(choice.lawyer_id)


async def give(
    session: AsyncSession,
    case: Case,
    lawyer_id: PersonId,
    rules: Rules,
    now: datetime,
    *,
    actor_id: PersonId | None,
    detail: dict[str, Any],
) -> None:
    """Makes one lawyer responsible and tells them; the one before is told that it is no longer theirs. Raises IllegalTransition for an ended case."""
    before = case.lawyer_id
    if before == lawyer_id:
        return
    if case.status not in OPEN:
        raise IllegalTransition(case.status, "assign")
    case.lawyer_id, case.officer_id, case.accepted_at = lawyer_id, None, None
    action = "transfer" if case.status in AT_WORK else "assign"
    if case.status is CaseStatus.ASSIGNED:
        case.status = CaseStatus.RECEIVED  # from one lawyer to the next is a step of its own
    await perform(session, case, action, rules, now, by=actor_id, **detail)
    turn = await session.scalar(_GIVEN, {"lawyer": lawyer_id, "case": case.id, "now": now})
    await tell(session, lawyer_id, Fact.CASE_ASSIGNED, now, subject="case", subject_id=case.id, key=f"assigned:{case.id}:{turn}")
    if before is not None and before != actor_id:
        await tell(session, before, Fact.CASE_REASSIGNED, now, subject="case", subject_id=case.id, key=f"reassigned:{case.id}:{turn}")


_GIVEN = (
    sa.update(Lawyer)
    .where(Lawyer.person_id == sa.bindparam("lawyer"))
    .values(last_assigned_at=sa.bindparam("now"))
    .returning(
        sa.select(sa.func.count())
        .select_from(CaseEvent)
        .where(CaseEvent.case_id == sa.bindparam("case"), CaseEvent.action.in_(("case.assigned", "case.transferred")))
        .scalar_subquery()
    )
    .execution_options(synchronize_session=False)
)
"""Notes when a lawyer was last given a case, and says how often this one has been given to anybody."""


async def assign_by_hand(session: AsyncSession, case: Case, lawyer_id: PersonId, rules: Rules, now: datetime, *, by: PersonId) -> None:
    """Staff choose the lawyer. Raises NotAllowed for one who may not have it (leave, conflict, no place left), IllegalTransition when it has ended."""
    if case.status not in OPEN or case.kind is not CaseKind.DISPUTE:
        raise IllegalTransition(case.status, "assign")
    if lawyer_id not in {c.lawyer_id for c in await free_lawyers(session, case, now)} or await is_full(session, lawyer_id):
        raise NotAllowed
    await give(session, case, lawyer_id, rules, now, actor_id=by, detail={"lawyer": lawyer_id})


async def free_lawyers(session: AsyncSession, case: Case, now: datetime) -> list[Any]:
    """Those who may take the case now, for staff to choose from: the nearest first, then the least loaded; with `load` known."""
    may = [c for c in await candidates_for(session, case, now) if not (c.on_leave or c.in_conflict) and c.lawyer_id != case.lawyer_id]
    load = await loads(session, [c.lawyer_id for c in may])
    free = {c.lawyer_id: c.with_load(load[c.lawyer_id]) for c in may if load[c.lawyer_id] < c.capacity}
    return sorted(free.values(), key=lambda c: (c.made_up, not c.knows_topic, c.level, c.load, c.lawyer_id))


async def decline(session: AsyncSession, case: Case, lawyer_id: PersonId, rules: Rules, now: datetime, *, reason: str) -> Choice:
    """退单: the lawyer gives the case back, with a reason code, and it goes to the next.

    Raises IllegalTransition once they have intervened, and for a case of the staff: what they can't solve they pass up, or to a colleague.
    """
    if case.lawyer_id is None:
        raise IllegalTransition(case.status, "decline")
    await perform(session, case, "decline", rules, now, by=lawyer_id, reason=reason)
    await session.flush()
    return await route(session, case, rules, now, actor_id=lawyer_id)


async def hand_over(session: AsyncSession, case: Case, lawyer_id: PersonId, rules: Rules, now: datetime, *, reason: str) -> bool:
    """转办, in the middle of the work: it goes to the next lawyer. While there is none it stays theirs, and staff are told. Returns whether it went.

    Raises IllegalTransition, also for a case that no lawyer has: staff entrust it to one another.
    """
    if case.status not in AT_WORK or case.lawyer_id is None:
        raise IllegalTransition(case.status, "transfer")
    history.note(session, case.id, "case.handed_over", now, actor_id=lawyer_id, reason=reason)
    return await _to_the_next(session, case, rules, now, actor_id=lawyer_id)


async def pass_on(session: AsyncSession, case: Case, rules: Rules, now: datetime, **why: Any) -> bool:
    """The time to accept is over: the case goes to the next lawyer. While there is none it stays where it is, and staff are told. Returns whether it went.

    why: for the history, which step of which deadline it was.
    """
    if case.lawyer_id is None or case.accepted_at is not None or case.status not in (CaseStatus.ASSIGNED, *AT_WORK):
        return False
    history.note(session, case.id, "case.passed_on", now, lawyer=case.lawyer_id, **why)
    return await _to_the_next(session, case, rules, now, actor_id=None)


async def _to_the_next(session: AsyncSession, case: Case, rules: Rules, now: datetime, *, actor_id: PersonId | None) -> bool:
    await session.flush()
    choice = await _choose(session, case, now)
    if choice.lawyer_id is not None:
        await give(session, case, choice.lawyer_id, rules, now, actor_id=actor_id, detail=choice.detail())
        return True
    history.note(session, case.id, "case.not_taken", now, actor_id=actor_id, **choice.detail())
    rung = await nearest_rung(session, case)
    asked = actor_id is not None
    for person_id in rung.people:
        # Asked again every two hours, told once: who was told and did nothing hears of it when the 24 hours are over.
        once = None if asked else f"{Fact.CASE_NOT_TAKEN}:{case.id}:{case.lawyer_id}:{person_id}"
        await tell(
            session, person_id, Fact.CASE_NOT_TAKEN, now, subject="case", subject_id=case.id, key=once, lawyer=case.lawyer_id, asked=asked
        )
    return False


async def keep(
    session: AsyncSession, case: Case, rules: Rules, now: datetime, *, actor_id: PersonId | None = None, choice: Choice = NOBODY
) -> None:
    """No lawyer may take it: one of the nearest staff is responsible until there is one, and all of them are told."""
    rung = await nearest_rung(session, case)
    case.lawyer_id, case.accepted_at = None, None
    case.officer_id = await _least_busy(session, rung)
    if case.status is CaseStatus.RECEIVED:
        history.note(session, case.id, "case.unassigned", now, actor_id=actor_id, **choice.detail(), officer=case.officer_id)
    else:
        await perform(session, case, "unassign", rules, now, by=actor_id, **choice.detail(), officer=case.officer_id)
    for person_id in rung.people:
        await tell(session, person_id, Fact.CASE_UNASSIGNED, now, subject="case", subject_id=case.id)


async def entrust(session: AsyncSession, case: Case, rules: Rules, now: datetime, *, actor_id: PersonId | None = None) -> None:
    """专人办理: one member of staff of the unit, or of the next one above with anybody, becomes responsible: the one with the fewest open cases."""
    rung = await nearest_rung(session, case)
    officer_id = await _least_busy(session, rung)
    case.officer_id, case.lawyer_id, case.accepted_at = officer_id, None, None
    if officer_id is None:
        history.note(session, case.id, "case.unassigned", now, actor_id=actor_id, officer=None)
        return
    if case.status in WAITING:
        case.status = CaseStatus.RECEIVED
    action = "transfer" if case.status in AT_WORK else "assign"
    await perform(session, case, action, rules, now, by=actor_id, officer=officer_id, named_for=rung.unit_id)
    await tell(session, officer_id, Fact.CASE_ASSIGNED, now, subject="case", subject_id=case.id)


async def entrust_to(session: AsyncSession, case: Case, officer_id: PersonId, rules: Rules, now: datetime, *, by: PersonId) -> None:
    """Staff give a case to a colleague, or take it themselves.

    Raises IllegalTransition for an ended one, or a dispute that a lawyer has; NotAllowed for whose case it is, or whom it accuses.
    """
    if case.status not in OPEN or case.lawyer_id is not None:
        raise IllegalTransition(case.status, "assign")
    if not await _may_have(session, officer_id, case):
        raise NotAllowed
    if case.officer_id == officer_id:
        return
    case.officer_id, case.accepted_at = officer_id, None
    if case.kind is CaseKind.DISPUTE:  # it still waits for a lawyer: another of the staff keeps it
        history.note(session, case.id, "case.kept", now, actor_id=by, officer=officer_id)
    else:
        if case.status in WAITING:
            case.status = CaseStatus.RECEIVED
        await perform(session, case, "transfer" if case.status in AT_WORK else "assign", rules, now, by=by, officer=officer_id)
    if officer_id != by:
        await tell(session, officer_id, Fact.CASE_ASSIGNED, now, subject="case", subject_id=case.id)


async def officers_for(session: AsyncSession, case: Case) -> list[tuple[PersonId, UnitId]]:
    """The staff who may be given a case, with their unit: those of its own unit first, then those of each unit above."""
    nearest: dict[PersonId, UnitId] = {}
    for rung in await ladder_of(session, case):
        for person_id in rung.people:
            nearest.setdefault(person_id, rung.unit_id)
    return list(nearest.items())


async def _may_have(session: AsyncSession, person_id: PersonId, case: Case) -> bool:
    """Never whose case it is, nor whom it accuses."""
    return person_id != case.worker_id and not is_accused(await load_actor(session, person_id), case.employer)


async def hand_up(session: AsyncSession, case: Case, rules: Rules, now: datetime, *, by: PersonId, reason: str) -> bool:
    """逐级上报: what a unit can't solve goes to the next level (S1 二(四)). Returns False when there is none above. Raises IllegalTransition."""
    ladder = await ladder_of(session, case)
    if len(ladder) < 2:
        return False
    above = first_with_people(ladder, 1)
    await move_to_unit(session, case, above.unit_id, rules, now, action="hand_up", by=by, reason=reason)
    return True


async def refer(session: AsyncSession, case: Case, unit_id: UnitId, rules: Rules, now: datetime, *, by: PersonId, reason: str) -> None:
    """移送: the case belongs to another unit. Raises IllegalTransition."""
    await move_to_unit(session, case, unit_id, rules, now, action="refer", by=by, reason=reason)


async def move_to_unit(
    session: AsyncSession, case: Case, unit_id: UnitId, rules: Rules, now: datetime, *, action: str, by: PersonId, reason: str
) -> None:
    """The case belongs to another unit from now on, its deadlines climb from there, and somebody there is responsible (a lawyer keeps a dispute)."""
    await session.get_one(Unit, unit_id)
    if case.status not in OPEN:
        raise IllegalTransition(case.status, action)
    before, case.unit_id = case.unit_id, unit_id
    await perform(session, case, action, rules, now, by=by, unit=unit_id, before=before, reason=reason)
    await session.execute(
        sa.update(Deadline)
        .where(Deadline.subject == "case", Deadline.subject_id == case.id, Deadline.status.in_(deadlines.RUNNING))
        .where(Deadline.rule != INCIDENT_RULE)  # each level on the line keeps its own duty (union/alarms)
        .values(unit_id=unit_id)
        .execution_options(synchronize_session=False)
    )
    await session.flush()
    if case.kind is not CaseKind.DISPUTE or case.lawyer_id is None:
        await route(session, case, rules, now, actor_id=by)


async def _least_busy(session: AsyncSession, rung: Rung) -> PersonId | None:
    """Of a rung's people the one with the fewest open cases, those with an open door first."""
    if not rung.staff:
        return None
    counted = (
        sa.select(Case.officer_id, sa.func.count()).where(Case.officer_id.in_(rung.people), Case.status.in_(OPEN)).group_by(Case.officer_id)
    )
    busy = {row[0]: row[1] for row in await session.execute(counted)}
    return min(rung.staff, key=lambda entry: (not entry[1], busy.get(entry[0], 0), entry[0]))[0]
