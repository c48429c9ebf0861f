"""Who may do what with a case: one table. Nothing else loads a case for a person (loading is checking)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.employers import employer_key
from storage.models import Case, CaseFollower, Intake, Role, RoleGrant, Unit
from storage.types import CaseId, PersonId, one_of
from union.errors import NotFound
from union.lifecycle import TRANSITIONS, Party
from union.people import Actor
from union.rungs import Ladder, Rung, first_with_people, ladders, without

W, H, S = Party.WORKER, Party.HANDLER, Party.STAFF


def _for(*parties: Party) -> frozenset[Party]:
    return frozenset(parties)


MAY: Mapping[str, frozenset[Party]] = {
    # at the members' counter: only whose case it is
    "follow": _for(W),  # see where it stands
    "ask_call": _for(W),
    "answer_mediation": _for(W),
    "reveal": _for(W),  # give up being anonymous
    "passphrase": _for(W),
    "consent_to_publish": _for(W),
    # the room is the two sides' own: staff do not read it
    "speak": _for(W),
    "write": _for(H),
    # at the desk
    "see": _for(H, S),  # card, story, files, history
    "see_contact": _for(S),  # name and phone of a worker who left them
    "draft": _for(W, H),  # papers filled in from the case
    "see_notes": _for(H, S),
    "add_note": _for(H, S),
    "log_contact": _for(H),  # a call or a visit
    "hand_over": _for(H),  # 转办
    "read_room": _for(H),  # what was said, and how far it has come
    "call": _for(H),  # see the number that was given for a call-back
    "set_date": _for(H, S),
    "mediate": _for(H, S),
    "urge": _for(S),
    "acknowledge": _for(S),
    "assign_by_hand": _for(S),
    "publish": _for(S),
    "link": _for(S),
    **{action: transition.by - {Party.SYSTEM} for action, transition in TRANSITIONS.items()},
}
"""What may be done, and by whom. The changes of the life cycle stand in their own table (union/lifecycle) and are taken over from there."""


def parties(actor: Actor, case: Case, path: str, *, follows: bool = False) -> frozenset[Party]:
    """What somebody is to a case. path: that of the case's unit. follows: they proved to be the worker at another door.

    The accused employer's own union chair is nothing to it, whatever else they are; and nobody handles a case of their own.
    """
    found: set[Party] = set()
    if actor.id == case.worker_id or follows:
        found.add(Party.WORKER)
    elif not is_accused(actor, case.employer):
        if actor.id == case.responsible_id:
            found.add(Party.HANDLER)
        if actor.reaches(path, Role.STAFF, Role.ADMIN):
            found.add(Party.STAFF)
    if Party.WORKER in found and case.intake is not Intake.CHAIR and is_accused(actor, case.employer):
        found.discard(Party.WORKER)
    return frozenset(found)


def is_accused(actor: Actor, employer: str) -> bool:
    """Whether somebody chairs the union of the employer that a case is about."""
    return any(employer_key(unit.name) == employer_key(employer) for unit in actor.units(Role.CHAIR))


Chairs = Mapping[PersonId, frozenset[str]]
"""Who chairs the union of which employers, by the part of their names that they are known by."""


async def chairs_among(session: AsyncSession, people: Collection[PersonId]) -> Chairs:
    """Those of these people who chair a union."""
    if not people:
        return {}
    query = (
        sa.select(RoleGrant.person_id, Unit.name)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(one_of(RoleGrant.person_id, people), RoleGrant.role == Role.CHAIR, RoleGrant.revoked_at.is_(None))
    )
    found: dict[PersonId, frozenset[str]] = {}
    for person_id, name in await session.execute(query):
        found[person_id] = found.get(person_id, frozenset()) | {employer_key(name)}
    return found


def must_not_hear(worker_id: PersonId, employer: str, chairs: Chairs) -> set[PersonId]:
    """Of the staff around a case those whom no alarm about it finds: whose case it is, and who chairs the union of the employer it accuses."""
    accused = employer_key(employer)
    return {worker_id, *(person_id for person_id, employers in chairs.items() if accused in employers)}


async def ladder_of(session: AsyncSession, case: Case) -> Ladder:
    """The rungs of a case, with those on them who may hear of it."""
    ladder = (await ladders(session, [case.unit_id]))[case.unit_id]
    chairs = await chairs_among(session, {person_id for rung in ladder for person_id in rung.people})
    return without(ladder, must_not_hear(case.worker_id, case.employer, chairs))


async def nearest_rung(session: AsyncSession, case: Case) -> Rung:
    """The nearest rung of a case with people who may hear of it."""
    return first_with_people(await ladder_of(session, case))


def not_against_own_employer(actor: Actor) -> sa.ColumnElement[bool]:
    """The same for lists: not even a row of a case against the workplace whose union somebody chairs."""
    own = [unit.name for unit in actor.units(Role.CHAIR)]
    return Case.employer_index.not_in(own) if own else sa.true()


def within_reach(actor: Actor) -> sa.ColumnElement[bool]:
    """For lists: the cases of the units that a staff role reaches, without those that somebody must not see. Needs Unit in the query."""
    paths = [unit.path for unit in actor.units(Role.STAFF, Role.ADMIN)]
    if not paths:
        return sa.false()
    reached = sa.or_(*[Unit.path.startswith(path, autoescape=True) for path in paths])
    return sa.and_(reached, Case.worker_id != actor.id, not_against_own_employer(actor))


async def access_case(session: AsyncSession, actor: Actor, case_id: CaseId, action: str, *, lock: bool = False) -> Case:
    """The case, if this person may do this with it.

    Raises NotFound for a missing case, somebody else's, and one with which they may do other things but not this, alike: nobody can probe.
    """
    follows = sa.exists().where(CaseFollower.case_id == Case.id, CaseFollower.person_id == actor.id)
    query = sa.select(Case, Unit.path, follows).join(Unit, Unit.id == Case.unit_id).where(Case.id == case_id)
    if lock:
        query = query.with_for_update(of=Case)
    row = (await session.execute(query)).one_or_none()
    if row is None or not parties(actor, row[0], row[1], follows=row[2]) & MAY[action]:
        raise NotFound
    case: Case = row[0]
    return case


async def find_case(session: AsyncSession, actor: Actor, code: str, action: str) -> Case:
    """The same by the case's code."""
    case_id = await session.scalar(sa.select(Case.id).where(Case.code == code))
    if case_id is None:
        raise NotFound
    return await access_case(session, actor, case_id, action)
