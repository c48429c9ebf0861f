"""Who somebody is to the union: consent, roles, and the codes that let lawyers and staff in."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Conversation, Firm, Invite, Lawyer, LawyerUnit, Person, Role, RoleGrant, Unit
from storage.types import PersonId, UnitId, one_of
from union.errors import BadInvite, NotFound
from union.units import UnitCard, card_of

INVITE_LIFE = timedelta(days=7)
DEFAULT_CAPACITY = 30

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0/O, 1/I/L: a code is read out over a phone."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role and the unit at which it is held."""

    role: Role
    unit: UnitCard


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts: who they are and what their roles reach. A worker has no grants."""

    id: PersonId
    name: str
    grants: tuple[Grant, ...] = ()

    def has(self, *roles: Role) -> bool:
        """Whether one of the roles is held anywhere."""
        return any(grant.role in roles for grant in self.grants)

    def units(self, *roles: Role) -> list[UnitCard]:
        """The units at which one of the roles is held."""
        return [grant.unit for grant in self.grants if grant.role in roles]

    def reaches(self, path: str, *roles: Role) -> bool:
        """Whether one of the roles is held at the unit of `path` or above it. Staff see only the units below theirs."""
        return any(path.startswith(unit.path) for unit in self.units(*roles))


async def agree(session: AsyncSession, now: datetime) -> PersonId:
    """Somebody agreed to the privacy notice: from here on we may know them (个人信息保护法第13条). Returns their number; no name is needed."""
    person = Person(consent_at=now, created_at=now, made_up=False)
    session.add(person)
    await session.flush()
    return person.id


async def would_rather_speak(session: AsyncSession, person_id: PersonId, language: str | None) -> None:
    """Notes the language that somebody would rather speak, by its code; None for Chinese. Lawyers who speak it come first in routing."""
    person = await session.get_one(Person, person_id)
    person.language = language


async def load_actor(session: AsyncSession, person_id: PersonId) -> Actor:
    """The person with their live roles. Raises NotFound."""
    person = await session.get(Person, person_id)
    if person is None:
        raise NotFound
    query = (
        sa.select(RoleGrant.role, Unit)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(RoleGrant.person_id == person_id, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.id)
    )
    grants = tuple(Grant(role, card_of(unit)) for role, unit in await session.execute(query))
    return Actor(person_id, person.name or "", grants)


async def names(session: AsyncSession, person_ids: Sequence[PersonId]) -> dict[PersonId, str]:
    """The names of people, for screens of those who may see them."""
    rows = await session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {row[0]: row[1] or "" for row in rows}


async def firm_of(session: AsyncSession, lawyer_id: PersonId) -> str:
    """The name of a lawyer's firm; empty when none is noted."""
    return await session.scalar(sa.select(Firm.name).join(Lawyer, Lawyer.firm_id == Firm.id).where(Lawyer.person_id == lawyer_id)) or ""


async def invite(session: AsyncSession, *, role: Role, name: str, unit_id: UnitId, now: datetime) -> str:
    """Makes a one-time code by which somebody takes up a role; only its fingerprint is kept. Returns the code (10 letters and digits)."""
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(10))
    session.add(Invite(code_index=code, role=role, name=name, unit_id=unit_id, created_at=now, expires_at=now + INVITE_LIFE))
    await session.flush()
    return code


async def redeem(session: AsyncSession, *, code: str, person_id: PersonId | None, now: datetime) -> tuple[PersonId, Grant]:
    """Somebody brings a code: it is used up and the role is theirs. A lawyer becomes the one named for the unit (一家一站一律师, S1).

    person_id: who they already are at this door, if known; otherwise a person is made with the name of the invitation.
    Raises BadInvite when the code is unknown, used or expired.
    """
    found = await session.scalar(sa.select(Invite).where(Invite.code_index == code.strip().upper()).with_for_update())
    if found is None:
        raise BadInvite("unknown")
    if found.used_at is not None:
        raise BadInvite("used")
    if found.expires_at <= now:
        raise BadInvite("expired")
    if person_id is None:
        person = Person(name=found.name, consent_at=now, created_at=now, made_up=False)
        session.add(person)
        await session.flush()
        person_id = person.id
    found.used_at = now
    found.used_by = person_id
    await grant(session, person_id=person_id, role=found.role, unit_id=found.unit_id, now=now)
    unit = await session.get_one(Unit, found.unit_id)
    return person_id, Grant(found.role, card_of(unit))


async def grant(session: AsyncSession, *, person_id: PersonId, role: Role, unit_id: UnitId, now: datetime) -> None:
    """Gives a role at a unit; having it already is fine."""
    await session.execute(
        insert(RoleGrant)
        .values(person_id=person_id, role=role, unit_id=unit_id, granted_at=now)
        .on_conflict_do_nothing(index_elements=["person_id", "role", "unit_id"], index_where=sa.text("revoked_at IS NULL"))
    )
    if role is Role.LAWYER:
        await session.execute(insert(Lawyer).values(person_id=person_id, capacity=DEFAULT_CAPACITY, topics=[]).on_conflict_do_nothing())
        await session.execute(
            insert(LawyerUnit)
            .values(unit_id=unit_id, lawyer_id=person_id, named_at=now)
            .on_conflict_do_update(index_elements=["unit_id", "lawyer_id"], set_={"named_at": now})
        )


async def has_open_door(session: AsyncSession, person_id: PersonId, side: str) -> bool:
    """Whether somebody can be reached at that counter."""
    open_door = sa.exists().where(Conversation.person_id == person_id, Conversation.side == side, Conversation.unreachable_since.is_(None))
    return bool(await session.scalar(sa.select(open_door)))


async def staff_of(session: AsyncSession, unit_ids: Sequence[UnitId], side: str) -> list[tuple[UnitId, PersonId, bool]]:
    """The staff held at these units themselves: (unit, person, whether a door to them is open)."""
    open_door = (
        sa.select(Conversation.id)
        .where(Conversation.person_id == RoleGrant.person_id, Conversation.side == side, Conversation.unreachable_since.is_(None))
        .exists()
    )
    rows = await session.execute(
        sa.select(RoleGrant.unit_id, RoleGrant.person_id, open_door)
        .where(one_of(RoleGrant.unit_id, unit_ids), RoleGrant.role == Role.STAFF, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]
