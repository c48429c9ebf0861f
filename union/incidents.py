"""突发事件 (S1 二(一)): how one is opened — by somebody who cries for help, a chair's report, or many cases against one employer in a few days."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.employers import employer_key
from storage.models import Case, CaseKind, CaseStatus, Intake, Person
from storage.types import PersonId, UnitId
from union import additions, alarms, cases, history, routing
from union.alarms import Level
from union.cases import Grievance
from union.lifecycle import OPEN
from union.rules import Rules

SAME = timedelta(hours=24)
"""Who cries for help again within this time speaks of the same thing: it is added, and nobody is alarmed twice."""

QUIET = timedelta(days=7)
"""How long after the radar has raised an employer it keeps still about it."""

COUNTED = (CaseKind.DISPUTE, CaseKind.COMPLAINT, CaseKind.INCIDENT)
"""What the radar counts: requests for help and suggestions accuse nobody."""

RADAR_LOCK = 1235103
"""Space of the advisory locks (this, a checksum of the employer): two cases at once can't both miss that together they are enough."""

LONGEST_STORY = 6000
"""Characters; what is said beyond it stands in the room only."""

NO_NAMES = frozenset({"不知道", "不清楚", "没有", "没有单位", "没说", "保密", "匿名", "公司", "单位", "工地", "老板", "个人", "无"})
"""What people write where they don't want to name their employer: nothing that many could have in common."""


class Sort(StrEnum):
    """What happened (S1 二(一)); it stands in the case's nature."""

    CROWD = "crowd"  # 群体性事件
    CASUALTY = "casualty"  # death or serious injury
    THREAT = "threat"  # a life is threatened
    OTHER = "other"
    SERIES = "series"  # many cases against one employer in a few days


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of a report. levels: those who were told, from below; empty when it was added to an incident that is there already."""

    case: Case
    levels: Sequence[Level]

    @property
    def added(self) -> bool:
        """Whether nobody was alarmed, because it is known already."""
        return not self.levels


async def report(session: AsyncSession, grievance: Grievance, rules: Rules, now: datetime, *, in_room: bool = False) -> Reported:
    """Opens an incident, alarms the whole line upward at once, and makes somebody responsible.

    A cry for help within 24 hours of another one that is still open is added to that. in_room: the words were said in its own room,
    so those who handle it have them.
    """
    if grievance.intake is Intake.URGENT:
        # Two cries at two doors in the same moment must not raise two alarms.
        await session.execute(sa.select(Person.id).where(Person.id == grievance.worker_id).with_for_update())
        if (known := await standing(session, grievance.worker_id, now)) is not None:
            await _add_words(session, known, grievance.story, rules, now, in_room=in_room)
            return Reported(known, ())
    case = await cases.open_case(session, grievance, rules, now)
    levels = await alarms.alarm(session, case, rules, now)
    await routing.route(session, case, rules, now)
    return Reported(case, levels)


async def standing(session: AsyncSession, worker_id: PersonId, now: datetime) -> Case | None:
    """The open incident of somebody who cried for help within the last 24 hours."""
    query = (
        sa.select(Case)
        .where(Case.worker_id == worker_id, Case.kind == CaseKind.INCIDENT, Case.intake == Intake.URGENT)
        .where(Case.status.in_(OPEN), Case.received_at > now - SAME)
        .order_by(Case.id.desc())
        .limit(1)
        .with_for_update()
    )
    return await session.scalar(query)


async def _add_words(session: AsyncSession, case: Case, text: str, rules: Rules, now: datetime, *, in_room: bool) -> None:
    """Every level reads the story, the one responsible the room: what is said later belongs in both."""
    if in_room:
        history.note(session, case.id, "case.added", now, actor_id=case.worker_id, files=0)
    else:
        await additions.add(session, case, case.worker_id, rules, now, text=text)
    if text not in case.story and len(case.story) + len(text) < LONGEST_STORY:
        case.story = f"{case.story}\n\n{text}"


async def false_alarm(session: AsyncSession, case: Case, worker_id: PersonId, rules: Rules, now: datetime) -> bool:
    """Whoever cried for help says that nothing happened: the incident is withdrawn and the whole line told. Raises IllegalTransition."""
    if case.status in OPEN:
        history.note(session, case.id, "case.false_alarm", now, actor_id=worker_id)
    return await cases.withdraw(session, case, worker_id, rules, now)


async def reported_by(session: AsyncSession, person_id: PersonId, limit: int = 10) -> list[Case]:
    """The incidents that a chair, or one of the staff, has reported from the desk, the latest first."""
    query = (
        sa.select(Case)
        .where(Case.kind == CaseKind.INCIDENT)
        .where(sa.or_(sa.and_(Case.worker_id == person_id, Case.intake == Intake.CHAIR), Case.intake_by == person_id))
        .order_by(Case.id.desc())
        .limit(limit)
    )
    return list(await session.scalars(query))


async def nobody(session: AsyncSession, now: datetime) -> PersonId:
    """A person who stands for nobody: no name, no consent, no door. An incident that no worker brought is theirs.

    So no worker is drawn in by the radar: nobody can be taken for the one whose case it is, and nothing is sent to anybody as to them.
    """
    person = Person(created_at=now, made_up=False)
    session.add(person)
    await session.flush()
    return person.id


def names_somebody(employer: str) -> bool:
    """Whether an employer's name is one: two cases against 不清楚 have nothing in common."""
    return len(employer_key(employer)) > 1 and employer.strip() not in NO_NAMES


async def radar(
    session: AsyncSession, case: Case, rules: Rules, now: datetime, *, reports: int = 5, days: int = 3, story: str = ""
) -> Reported | None:
    """To be called after each opened case: where enough different workers have brought cases against its employer within some days, an
    incident is reported, once as long as it is open and for 7 days. story: what it says. Returns it; None when there is nothing to report.

    It belongs to the unit from which most of the cases come. Their codes stand in its history; their workers are not party to it.
    """
    if case.kind not in COUNTED or case.intake is Intake.RADAR or not names_somebody(case.employer):
        return None
    checksum = zlib.crc32(employer_key(case.employer).encode()) - 2**31
    await session.execute(sa.select(sa.func.pg_advisory_xact_lock(RADAR_LOCK, checksum)))
    found = await _counted(session, case.employer, now - timedelta(days=days))
    if len({one.worker_id for one in found}) < reports or await _raised(session, case.employer, now):
        return None
    grievance = Grievance(
        worker_id=await nobody(session, now),
        kind=CaseKind.INCIDENT,
        topic=Counter(one.topic for one in found).most_common(1)[0][0],
        nature=Sort.SERIES,
        story=story,
        employer=case.employer,
        unit_id=_most_common_unit(found),
        since=None,
        amount=None,
        anonymous=False,
        contact_name=None,
        contact_phone=None,
        intake=Intake.RADAR,
    )
    reported = await report(session, grievance, rules, now)
    codes = sorted(one.code for one in found)
    history.note(session, reported.case.id, "case.radar", now, cases=codes, reports=reports, days=days)
    return reported


def _most_common_unit(found: Sequence[Case]) -> UnitId:
    return Counter(one.unit_id for one in found).most_common(1)[0][0]


async def _counted(session: AsyncSession, employer: str, since: datetime) -> list[Case]:
    """The cases against an employer that count, the latest first."""
    query = sa.select(Case).where(
        Case.employer_index == employer,
        Case.received_at > since,
        Case.kind.in_(COUNTED),
        Case.status.not_in((CaseStatus.MERGED, CaseStatus.WITHDRAWN)),
        Case.intake != Intake.RADAR,
    )
    return list(await session.scalars(query.order_by(Case.id.desc())))


async def _raised(session: AsyncSession, employer: str, now: datetime) -> bool:
    standing = sa.or_(Case.status.in_(OPEN), Case.received_at > now - QUIET)
    raised = sa.exists().where(Case.employer_index == employer, Case.kind == CaseKind.INCIDENT, Case.intake == Intake.RADAR, standing)
    return bool(await session.scalar(sa.select(raised)))
