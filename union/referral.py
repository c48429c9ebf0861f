"""移送劳动监察: a statutory duty was broken, and the labour inspectorate can act on it (S4 广东: 违法类)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseKind
from storage.types import PersonId
from union import cases, history
from union.alerts import Fact, tell_worker
from union.errors import IllegalTransition
from union.lifecycle import AT_WORK, OPEN
from union.paths import path_for
from union.rules import Rules

INSPECTION = "inspection"
"""The step of a path that leads to the inspectorate (data/paths.toml)."""


def leads_to_inspectorate(case: Case) -> bool:
    """Whether the inspectorate is on the way of this case."""
    return case.kind is CaseKind.DISPUTE and any(step.code == INSPECTION for step in path_for(case.nature).steps)


async def to_inspectorate(session: AsyncSession, case: Case, rules: Rules, now: datetime, *, by: PersonId) -> bool:
    """The case goes to the inspectorate as well; whoever handles it goes on with it. The worker is told what to bring. Returns False if it was there.

    Raises IllegalTransition for a case that has ended, or whose way does not lead there.
    """
    if case.status not in OPEN or not leads_to_inspectorate(case):
        raise IllegalTransition(case.status, "refer")
    if case.step == INSPECTION:
        return False
    if case.status in AT_WORK:
        await cases.proceed(session, case, INSPECTION, rules, now, by=by)
    else:  # nobody has spoken to the worker yet: the step is noted, the clock until that runs on
        case.step = INSPECTION
        await tell_worker(session, case, Fact.CASE_STEP, now, but=by)
    history.note(session, case.id, "case.referred_to_inspectorate", now, actor_id=by)
    return True
