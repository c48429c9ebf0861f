"""The life of a case as one table: every change there is, who may make it, from where it leads to where, and whom it is told.

What begins, ends or is counted anew with a change (the deadlines) is said by the rules in data/deadlines.toml, under the names of the changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import OPEN_STATUSES, Case, CaseKind, CaseStatus
from storage.types import PersonId
from union import callbacks, deadlines, history
from union.alerts import Fact, tell, tell_worker
from union.errors import IllegalTransition
from union.rules import Rules

OPEN = OPEN_STATUSES
ENDED = tuple(status for status in CaseStatus if status not in OPEN)
WAITING = (CaseStatus.RECEIVED, CaseStatus.ASSIGNED, CaseStatus.ACCEPTED)
"""Open, and the one responsible has not been in contact with the worker."""
AT_WORK = (CaseStatus.INTERVENED, CaseStatus.IN_PROGRESS)


class Party(StrEnum):
    """What somebody is to a case."""

    WORKER = "worker"  # whose case it is, at any door
    HANDLER = "handler"  # the one responsible: the lawyer, or the member of staff
    STAFF = "staff"  # staff of a unit that the case's own unit is or stands under
    SYSTEM = "system"  # the program itself: routing, the clock, a receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A change. event: its name in the history (case.…) and in the rules of deadlines. target: None leaves the state as it is.

    worker_hears, handler_hears: the fact that they are told; the one who made the change is not told of it.
    """

    event: str
    by: frozenset[Party]
    sources: tuple[CaseStatus, ...]
    target: CaseStatus | None
    worker_hears: Fact | None = None
    handler_hears: Fact | None = None
    kinds: frozenset[CaseKind] = frozenset(CaseKind)


W, H, S, P = Party.WORKER, Party.HANDLER, Party.STAFF, Party.SYSTEM


def _by(*parties: Party) -> frozenset[Party]:
    return frozenset(parties)


TRANSITIONS: Mapping[str, Transition] = {
    # Somebody becomes responsible. Whoever gives it tells them (union/routing): the state alone does not say whom.
    "assign": Transition(event="assigned", by=_by(S, P, H), sources=WAITING, target=CaseStatus.ASSIGNED),
    "unassign": Transition(event="unassigned", by=_by(P), sources=WAITING, target=CaseStatus.RECEIVED),
    "transfer": Transition(event="transferred", by=_by(S, P, H), sources=AT_WORK, target=None, worker_hears=Fact.CASE_TRANSFERRED),
    "hand_up": Transition(event="handed_up", by=_by(H, S), sources=OPEN, target=None, worker_hears=Fact.CASE_HANDED_UP),
    "refer": Transition(event="referred", by=_by(S), sources=OPEN, target=None, worker_hears=Fact.CASE_HANDED_UP),
    "decline": Transition(event="declined", by=_by(H), sources=(CaseStatus.ASSIGNED, CaseStatus.ACCEPTED), target=None),
    "accept": Transition(
        event="accepted", by=_by(H), sources=(CaseStatus.ASSIGNED,), target=CaseStatus.ACCEPTED, worker_hears=Fact.CASE_ACCEPTED
    ),
    # The work.
    "intervene": Transition(
        event="intervened",
        by=_by(H, P),
        sources=(CaseStatus.ASSIGNED, CaseStatus.ACCEPTED),
        target=CaseStatus.INTERVENED,
        handler_hears=Fact.CASE_INTERVENED,
    ),
    "proceed": Transition(event="proceeded", by=_by(H), sources=AT_WORK, target=CaseStatus.IN_PROGRESS, worker_hears=Fact.CASE_STEP),
    "report": Transition(event="news", by=_by(H, P), sources=AT_WORK, target=None),
    "ask_pause": Transition(event="pause_asked", by=_by(H), sources=(CaseStatus.ASSIGNED, CaseStatus.ACCEPTED, *AT_WORK), target=None),
    "pause": Transition(
        event="paused", by=_by(S), sources=OPEN, target=None, handler_hears=Fact.CASE_PAUSED, worker_hears=Fact.NOT_REACHED
    ),
    "resume": Transition(event="resumed", by=_by(S, W, P), sources=OPEN, target=None, handler_hears=Fact.CASE_RESUMED),
    # The end, and what comes after.
    "close": Transition(event="closed", by=_by(H), sources=AT_WORK, target=CaseStatus.CLOSED, worker_hears=Fact.CASE_CLOSED),
    "withdraw": Transition(event="withdrawn", by=_by(W), sources=OPEN, target=CaseStatus.WITHDRAWN, handler_hears=Fact.CASE_WITHDRAWN),
    "merge": Transition(event="merged", by=_by(S, W), sources=OPEN, target=CaseStatus.MERGED, handler_hears=Fact.CASE_MERGED),
    "rate": Transition(event="rated", by=_by(W), sources=(CaseStatus.CLOSED,), target=CaseStatus.RATED, handler_hears=Fact.CASE_RATED),
    "reopen": Transition(
        event="reopened",
        by=_by(W, S),
        sources=(CaseStatus.CLOSED, CaseStatus.RATED, CaseStatus.WITHDRAWN),
        target=CaseStatus.IN_PROGRESS,
        handler_hears=Fact.CASE_REOPENED,
    ),
    # Nobody had been in contact with the worker: back to the beginning.
    "reopen_unheard": Transition(event="received_again", by=_by(W, S), sources=(CaseStatus.WITHDRAWN,), target=CaseStatus.RECEIVED),
    "archive": Transition(
        event="archived",
        by=_by(P),
        sources=(CaseStatus.CLOSED, CaseStatus.RATED, CaseStatus.WITHDRAWN, CaseStatus.MERGED),
        target=CaseStatus.ARCHIVED,
    ),
    # Cases among one another.
    "split": Transition(event="split", by=_by(H, S), sources=OPEN, target=None),
    "join": Transition(event="joined", by=_by(S), sources=OPEN, target=None),
    "leave_group": Transition(event="left_group", by=_by(S), sources=OPEN, target=None),
}
"""Every change of a case, by the name of what is done."""

_ENDINGS = (CaseStatus.CLOSED, CaseStatus.WITHDRAWN, CaseStatus.MERGED, CaseStatus.ARCHIVED)


def move(case: Case, action: str) -> bool:
    """Moves a case along an arrow. Returns False if it is already there (a button pressed twice). Raises IllegalTransition."""
    transition = TRANSITIONS[action]
    target = transition.target
    if case.status in transition.sources and case.kind in transition.kinds:
        changed = target is None or case.status != target
        if target is not None:
            case.status = target
        return changed
    if target is not None and case.status == target:
        return False
    raise IllegalTransition(case.status, action)


async def perform(
    session: AsyncSession, case: Case, action: str, rules: Rules, now: datetime, *, by: PersonId | None, key: str = "", **detail: Any
) -> bool:
    """Makes a change, if the table has an arrow for it: the state, the line of the history, the deadlines, and who is told, in the caller's transaction.

    by: who does it, None for the program. key: makes a second such change of the same case news again. Returns False when it is so already.
    Whether `by` may do it was asked when the case was loaded (union/access). Raises IllegalTransition.
    """
    if not move(case, action):
        return False
    transition = TRANSITIONS[action]
    history.note(session, case.id, f"case.{transition.event}", now, actor_id=by, **detail)
    await happened(session, case, transition.event, rules, now)
    once = f"{transition.event}:{case.id}:{key}" if key else None
    if transition.worker_hears is not None:
        await tell_worker(session, case, transition.worker_hears, now, key=once, but=by)
    handler = case.responsible_id
    if transition.handler_hears is not None and handler is not None and (handler != by or transition.event == "intervened"):
        await tell(session, handler, transition.handler_hears, now, subject="case", subject_id=case.id, key=once)
    return True


async def happened(
    session: AsyncSession, case: Case, event: str, rules: Rules, now: datetime, *, started_at: datetime | None = None
) -> None:
    """Ends, begins and counts anew the deadlines that the rules tie to what has happened to a case.

    started_at: the moment from which a deadline that begins is counted; now, unless what happened has a date of its own.
    """
    ours = [rule for rule in rules.values() if rule.subject == "case" and rule.holds_for(case.kind)]
    begins = [rule for rule in ours if event in rule.starts]
    if case.status in _ENDINGS:
        await deadlines.stop(session, "case", case.id, now, met=case.status is CaseStatus.CLOSED)
        await callbacks.forget(session, case.id, now)
    elif ends := [rule.code for rule in ours if event in rule.stops]:
        await deadlines.stop(session, "case", case.id, now, rules=ends)
    if begins and event != "received":  # before a case is received nothing of it can run
        await deadlines.stop(session, "case", case.id, now, rules=[rule.code for rule in begins], met=False)
    for rule in begins:
        if not rule.over(rule.first_after(started_at or now, now)):
            await deadlines.start(session, rule, case.id, case.unit_id, started_at or now, now=now)
    for rule in ours:
        if event in rule.restarts:
            await deadlines.restart(session, rule, case.id, now)
