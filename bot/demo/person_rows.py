"""The made-up people as rows of the database: persons, lawyers with their firms and units, roles, and doors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.web.demo import address_of
from bot.channels.web.door import WEB
from bot.demo.people import People, UnitKey
from bot.demo.register import Register
from bot.demo.unit_rows import Row, insert, reserve
from handlers.conversation import Side
from storage.models import Conversation, Firm, Lawyer, LawyerUnit, Person, Role, RoleGrant
from storage.types import PersonId, UnitId

SERVING = timedelta(days=400)
"""How long the made-up lawyers and officers have been in place: longer than any example case."""

GONE_FOR = timedelta(days=30)
"""How long the door has been shut of those who can't be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """What is being loaded, and under which numbers. persons: by phone number, which nobody shares. units: by their names from the top."""

    people: People
    persons: Mapping[str, PersonId]
    units: Mapping[UnitKey, UnitId]
    now: datetime


async def write_persons(session: AsyncSession, people: People, units: Mapping[UnitKey, UnitId], now: datetime) -> Loading:
    """Writes everybody as a person."""
    served = now - SERVING
    serving = [(lawyer.name, lawyer.phone) for lawyer in people.lawyers]
    serving += [(officer.name, officer.phone) for officer in people.officers]
    rows = [_person(name, phone, since=served, card=None, unit_id=None, member_since=None) for name, phone in serving]
    for member in people.members:
        joined = now - timedelta(days=member.joined_days)
        card = member.card or None
        rows.append(_person(member.name, member.phone, since=joined, card=card, unit_id=units[member.unit], member_since=joined))
    fresh = await reserve(session, "person", len(rows))
    for row, person_id in zip(rows, fresh, strict=True):
        row["id"] = person_id
    await insert(session, Person, rows)
    return Loading(people=people, persons={row["phone"]: row["id"] for row in rows}, units=units, now=now)


def _person(name: str, phone: str, *, since: datetime, card: str | None, unit_id: UnitId | None, member_since: datetime | None) -> Row:
    return {
        "name": name,
        "phone": phone,
        "phone_index": phone,
        "card": card,
        "card_index": card,
        "unit_id": unit_id,
        "member_since": member_since,
        "consent_at": since,
        "made_up": True,
        "created_at": since,
    }


async def write_lawyers(session: AsyncSession, register: Register, loading: Loading) -> None:
    """Writes the firms, and for each lawyer what routing must know and the units that they are named for."""
    fresh = await reserve(session, "firm", len(register.firms))
    firms = {firm.name: firm_id for firm, firm_id in zip(register.firms, fresh, strict=True)}
    await insert(session, Firm, [{"id": firm_id, "name": name} for name, firm_id in firms.items()])
    lawyers: list[Row] = [
        {
            "person_id": loading.persons[lawyer.phone],
            "firm_id": firms[lawyer.firm],
            "capacity": lawyer.capacity,
            "leave_until": None if lawyer.leave_days is None else loading.now + timedelta(days=lawyer.leave_days),
            "topics": list(lawyer.topics),
        }
        for lawyer in loading.people.lawyers
    ]
    await insert(session, Lawyer, lawyers)
    named: list[Row] = [
        {"unit_id": loading.units[unit], "lawyer_id": loading.persons[lawyer.phone], "named_at": loading.now - SERVING}
        for lawyer in loading.people.lawyers
        for unit in lawyer.units
    ]
    await insert(session, LawyerUnit, named)


async def write_roles(session: AsyncSession, loading: Loading) -> None:
    """Writes the roles of lawyers, each at every unit they are named for, and of officers."""
    held = [(lawyer.phone, Role.LAWYER, unit) for lawyer in loading.people.lawyers for unit in lawyer.units]
    held += [(officer.phone, Role(officer.role), officer.unit) for officer in loading.people.officers]
    granted_at = loading.now - SERVING
    rows: list[Row] = [
        {"person_id": loading.persons[phone], "role": role, "unit_id": loading.units[unit], "granted_at": granted_at}
        for phone, role, unit in held
    ]
    await insert(session, RoleGrant, rows)


async def write_doors(session: AsyncSession, loading: Loading) -> None:
    """Gives each a conversation at the web page, where lawyers and officers can be played. Nothing sent to it leaves the house."""
    doors = [(lawyer.phone, Side.DESK, True) for lawyer in loading.people.lawyers]
    doors += [(officer.phone, Side.DESK, True) for officer in loading.people.officers]
    doors += [(member.phone, Side.MEMBER, member.reachable) for member in loading.people.members]
    rows: list[Row] = [
        {
            "door": WEB,
            "address": address_of(loading.persons[phone]),
            "side": side,
            "person_id": loading.persons[phone],
            "unreachable_since": None if reachable else loading.now - GONE_FOR,
            "created_at": loading.now,
        }
        for phone, side, reachable in doors
    ]
    await insert(session, Conversation, rows)
