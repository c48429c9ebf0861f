"""The demo's made-up people at the web page: who there is, and a conversation for each that somebody plays."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.web.door import WEB, WebDoor
from handlers.conversation import Incoming, Kind, Side
from storage.models import Conversation, Person, Role, RoleGrant, Unit, WebMessage
from storage.types import PersonId

_GROUP_SIZE = 200


def address_of(person: PersonId) -> str:
    """A made-up person's address at the web door."""
    return f"demo:{person}"


async def enter(door: WebDoor, person: int, *, greet: bool) -> str | None:
    """The address of a made-up person with a role, whose conversation is begun if there was none; None if there is no such person.

    greet: the page was opened; the first time the house is told of a start, says what can be done here and gives the menu.
    """
    now = door.clock.now()
    address = address_of(PersonId(person))
    async with door.database.connect() as connection:
        known = await connection.scalar(sa.select(_playable().where(Person.id == person).exists()))
        if not known:
            return None
        row = {"door": WEB, "address": address, "side": Side.DESK, "person_id": person, "created_at": now}
        await connection.execute(insert(Conversation).values(row).on_conflict_do_nothing(index_elements=["door", "address"]))
    if greet:
        start = Incoming(door=WEB, address=address, event_id=f"start:{address}", side=Side.DESK, kind=Kind.START, at=now)
        await door.store([start])
    return address


async def people(door: WebDoor) -> dict[str, list[dict[str, Any]]]:
    """Lawyers and staff that can be played: id, label (name · unit) and unread messages; those with unread ones first."""
    async with door.database.connect() as connection:
        rows = (await connection.execute(_playable().order_by(Person.id, RoleGrant.id))).all()
        unread = await _unread(connection)
    groups: dict[str, dict[int, dict[str, Any]]] = {"lawyers": {}, "staff": {}}
    for row in rows:
        group = "lawyers" if row.role == Role.LAWYER else "staff"
        entry = {"id": row.id, "label": f"{row.name or '（无名）'} · {row.short}", "unread": unread.get(address_of(row.id), 0)}
        groups[group].setdefault(row.id, entry)
    return {name: sorted(entries.values(), key=lambda entry: -int(entry["unread"]))[:_GROUP_SIZE] for name, entries in groups.items()}


def _playable() -> sa.Select[PersonId, str | None, Role, str]:
    return (
        sa.select(Person.id, Person.name, RoleGrant.role, Unit.short)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(Person.made_up, RoleGrant.revoked_at.is_(None))
    )


async def _unread(connection: AsyncConnection) -> dict[str, int]:
    statement = (
        sa.select(WebMessage.address, sa.func.count())
        .where(WebMessage.address.like("demo:%"), WebMessage.outgoing, WebMessage.read_at.is_(None))
        .group_by(WebMessage.address)
    )
    return {address: count for address, count in await connection.execute(statement)}
