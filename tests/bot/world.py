"""A small city for the tests: three units on a ladder, staff on two of them, a lawyer, workers, and what they say and are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import sqlalchemy as sa

from handlers.conversation import Incoming, Kind, Reply, Side
from storage import inbox, outbox
from storage.database import Database
from storage.models import Case, CaseStatus, Conversation, Lawyer, LawyerUnit, OutboxRow, Person, Priority, Role, RoleGrant, Unit, UnitKind
from storage.types import ConversationId, OutboxId, PersonId, UnitId
from union import cases
from union.rules import load_rules

RULES = load_rules()


@dataclass(frozen=True)
class World:
    """The numbers of everybody and everything."""

    city: UnitId
    district: UnitId
    street: UnitId
    city_staff: PersonId
    district_staff: PersonId
    lawyer: PersonId
    worker: PersonId


async def make_world(database: Database, now: datetime) -> World:
    """Makes the city. Staff and lawyer have an open desk conversation at the door "desk", the worker one at "members"; addresses are names."""
    async with database.begin() as session:
        units: list[UnitId] = []
        for kind, name in ((UnitKind.CITY, "北京市总工会"), (UnitKind.DISTRICT, "朝阳区总工会"), (UnitKind.STREET, "劲松街道总工会")):
            unit = Unit(kind=kind, name=name, short=name[:2], parent_id=units[-1] if units else None, path="")
            session.add(unit)
            await session.flush()
            units.append(unit.id)
            unit.path = "".join(f"{i}." for i in units)
        people: dict[str, PersonId] = {}
        for name in ("city_staff", "district_staff", "lawyer", "worker"):
            person = Person(name=name, consent_at=now, made_up=False, created_at=now)
            session.add(person)
            await session.flush()
            people[name] = person.id
            door, side = ("members", "member") if name == "worker" else ("desk", "desk")
            session.add(Conversation(door=door, address=name, side=side, person_id=person.id, created_at=now, last_in_at=now))
        grants = {"city_staff": (Role.STAFF, units[0]), "district_staff": (Role.STAFF, units[1]), "lawyer": (Role.LAWYER, units[2])}
        for name, (role, unit_id) in grants.items():
            session.add(RoleGrant(person_id=people[name], role=role, unit_id=unit_id, granted_at=now))
        session.add(Lawyer(person_id=people["lawyer"], capacity=30, topics=[]))
        await session.flush()
        session.add(LawyerUnit(unit_id=units[2], lawyer_id=people["lawyer"], named_at=now))
    city, district, street = units
    return World(
        city=city,
        district=district,
        street=street,
        city_staff=people["city_staff"],
        district_staff=people["district_staff"],
        lawyer=people["lawyer"],
        worker=people["worker"],
    )


async def make_case(database: Database, world: World, now: datetime, *, status: CaseStatus = CaseStatus.ASSIGNED) -> Case:
    """A dispute of the worker, in the lawyer's hands, with its 24-hour clock running since `now`."""
    async with database.begin() as session:
        grievance = cases.Grievance(
            worker_id=world.worker,
            kind="dispute",
            topic="wages",
            nature="violation",
            story="拖欠三个月工资",
            employer="某餐饮公司",
            unit_id=world.street,
            since=None,
            amount=None,
            anonymous=True,
            contact_name=None,
            contact_phone=None,
        )
        case = await cases.open_case(session, grievance, RULES, now)
        if status is not CaseStatus.RECEIVED:
            case.lawyer_id = world.lawyer
        case.status = status
        return case


def said(address: str, event_id: str, text: str, at: datetime, *, kind: Kind = Kind.TEXT, door: str = "members") -> Incoming:
    """Something that a person did."""
    side = Side.DESK if door == "desk" else Side.MEMBER
    return Incoming(door=door, address=address, event_id=event_id, side=side, kind=kind, at=at, text=text)


async def make_conversation(database: Database, address: str, now: datetime, **more: Any) -> ConversationId:
    """A conversation of somebody at the members' counter."""
    values: dict[str, Any] = {"door": "members", "side": "member", "created_at": now, "last_in_at": now} | more
    async with database.begin() as session:
        conversation = Conversation(address=address, **values)
        session.add(conversation)
        await session.flush()
        return conversation.id


async def put_reply(database: Database, conversation_id: ConversationId, reply: Reply | str, now: datetime) -> OutboxId:
    """Puts a reply in the outbox, as dispatch does."""
    reply = Reply(text=reply) if isinstance(reply, str) else reply
    async with database.begin() as session:
        row = OutboxRow(
            lane=f"c{conversation_id}",
            conversation_id=conversation_id,
            side="member",
            priority=Priority.REPLY,
            kind="reply",
            body=reply.to_json(),
            slot=reply.slot or None,
            edit_ref=reply.edit or None,
            attempts=0,
            not_before=now,
            created_at=now,
        )
        session.add(row)
        await session.flush()
        return row.id


async def put_fact(database: Database, person_id: PersonId, kind: str, now: datetime, **params: Any) -> OutboxId:
    """Puts a fact in the outbox, as the union does."""
    side = "member" if kind in ("case_accepted", "case_closed", "room_message") else "desk"
    async with database.begin() as session:
        subject, subject_id = next(iter(params.items()))
        found = await outbox.put_fact(
            session,
            person_id=person_id,
            side=side,
            kind=kind,
            params=params,
            now=now,
            subject=subject,
            subject_id=subject_id,
        )
    assert found is not None
    return found


async def rows(database: Database, *columns: Any, where: Any = None) -> list[Any]:
    """Columns of a table, by number: tuples, or plain values for one column."""
    query = sa.select(*columns).order_by(columns[0].class_.id)
    if where is not None:
        query = query.where(where)
    async with database.begin() as session:
        found = list(await session.execute(query))
    return [row[0] for row in found] if len(columns) == 1 else [tuple(row) for row in found]


async def arrive(database: Database, arrived: Sequence[Incoming], now: datetime) -> None:
    """Stores events without telling any dispatcher, as another process would."""
    async with database.connect() as connection:
        arrivals = [inbox.Arrival(i.door, i.address, i.event_id, i.to_json()) for i in arrived]
        await inbox.store(connection, database.vault, arrivals, now)


async def break_events(url: str, event_id: str) -> None:
    """From now on the database refuses to note this event (a pattern) as done: everything that it caused fails at the last moment."""
    await _run(
        url,
        f"""
        CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
        CREATE TRIGGER refuse BEFORE UPDATE ON inbox FOR EACH ROW
            WHEN (NEW.status = 'done' AND NEW.event_id LIKE '{event_id}') EXECUTE FUNCTION refuse();
        """,
    )


async def mend_events(url: str) -> None:
    """Takes it back."""
    await _run(url, "DROP TRIGGER refuse ON inbox")


@asynccontextmanager
async def held_event(url: str, event_id: str) -> AsyncIterator[asyncpg.Connection]:
    """While this lasts, whoever handles this event waits just before it is noted as done. Gives the connection that holds it up."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT pg_advisory_lock(4711)")
        await connection.execute(
            f"""
            CREATE OR REPLACE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$;
            CREATE TRIGGER wait BEFORE UPDATE ON inbox FOR EACH ROW
                WHEN (NEW.status = 'done' AND NEW.event_id = '{event_id}') EXECUTE FUNCTION wait();
            """
        )
        yield connection
    finally:
        await connection.close()


async def until_waiting(holder: asyncpg.Connection) -> None:
    """Returns when somebody waits for what `held_event` holds."""
    async with asyncio.timeout(60):
        while not await holder.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def end_waiting(holder: asyncpg.Connection) -> None:
    """Ends the connection that waits, as a failing server or network does."""
    await holder.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted")


async def cut_connections(url: str) -> int:
    """Ends every other connection to the database, as a failing server or network does. Returns how many."""
    connection = await asyncpg.connect(url)
    try:
        found: int = await connection.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return found
    finally:
        await connection.close()


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
