"""The inbox: what arrived, once each, taken in each sender's order. The statements of the hot path; each is one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import InboxStatus, OutboxRow, OutboxStatus, Priority
from storage.types import ConversationId, PersonId, Vault

PAYLOAD = "inbox.payload"
STATE = "conversation.state"
BODY = "outbox.body"

_texts = ARRAY(sa.Text)
_when = sa.DateTime(timezone=True)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a door hands over to be stored; payload is plain here and encrypted on its way."""

    door: str
    address: str
    event_id: str
    payload: bytes


@dataclass(slots=True)
class Taken:
    """An inbox row with its conversation, both locked until the transaction ends."""

    inbox_id: int
    event_id: str
    payload: bytes
    attempts: int
    conversation_id: ConversationId
    side: str
    person_id: PersonId | None
    state: bytes | None
    unreachable: bool


@dataclass(frozen=True, slots=True)
class NewReply:
    """A reply to be put in the outbox. body is plain here and encrypted on its way."""

    body: bytes
    slot: str | None
    edit_ref: str | None


_STORE = sa.text("""
    INSERT INTO inbox (door, address, event_id, payload, received_at, not_before, status, attempts)
    SELECT a.door, a.address, a.event_id, a.payload, :now, :now, 'pending', 0
    FROM unnest(:doors, :addresses, :event_ids, :payloads) WITH ORDINALITY AS a(door, address, event_id, payload, number)
    ORDER BY a.number
    ON CONFLICT (door, event_id) DO NOTHING
    """).bindparams(
    sa.bindparam("now", type_=_when),
    sa.bindparam("doors", type_=_texts),
    sa.bindparam("addresses", type_=_texts),
    sa.bindparam("event_ids", type_=_texts),
    sa.bindparam("payloads", type_=ARRAY(BYTEA)),
)


async def store(connection: AsyncConnection, vault: Vault, arrivals: Sequence[Arrival], now: datetime) -> int:
    """Stores what arrived; what is there already (same door and event) is left as it is. Returns how many were new. The caller commits."""
    result = await connection.execute(
        _STORE,
        {
            "now": now,
            "doors": [a.door for a in arrivals],
            "addresses": [a.address for a in arrivals],
            "event_ids": [a.event_id for a in arrivals],
            "payloads": [vault.seal(a.payload, PAYLOAD) for a in arrivals],
        },
    )
    return result.rowcount


# The oldest row of one sender, with the conversation's row as the lock that keeps that sender's events in order: a second process finds it
# locked and goes on to somebody else. Both rows are locked, so that a row which was done between our snapshot and our lock is seen again as
# it is now, and left alone. NO KEY: other tables may point at the conversation meanwhile.
TAKE = """
    SELECT i.id, i.event_id, i.payload, i.attempts, c.id, c.side, c.person_id, c.state, c.unreachable_since IS NOT NULL
    FROM conversation c
    JOIN inbox i ON i.id = (
        SELECT j.id FROM inbox j WHERE j.door = $1 AND j.address = $2 AND j.status = 'pending' ORDER BY j.id LIMIT 1
    )
    WHERE c.door = $1 AND c.address = $2 AND i.status = 'pending' AND i.not_before <= $3
    FOR NO KEY UPDATE OF c, i SKIP LOCKED
    """


async def take(driver: asyncpg.Connection, vault: Vault, door: str, address: str, now: datetime) -> Taken | None:
    """The oldest event of one sender that may be handled now; None when there is none, another process has it, or it waits to be tried again."""
    row = await driver.fetchrow(TAKE, door, address, now)
    if row is None:
        return None
    inbox_id, event_id, payload, attempts, conversation_id, side, person_id, state, unreachable = row
    return Taken(
        inbox_id,
        event_id,
        vault.open(payload, PAYLOAD),
        attempts,
        conversation_id,
        side,
        person_id,
        None if state is None else vault.open(state, STATE),
        unreachable,
    )


FINISH = """
    WITH replies AS (
        INSERT INTO outbox (lane, conversation_id, side, priority, kind, body, slot, edit_ref, status, attempts, not_before, created_at)
        SELECT 'c' || $1::bigint, $1, $2::text, $3::smallint, 'reply', r.body, r.slot, r.edit_ref, 'pending', 0, $4::timestamptz, $4
        FROM unnest($5::bytea[], $6::text[], $7::text[]) WITH ORDINALITY AS r(body, slot, edit_ref, number) ORDER BY r.number
    ), memory AS (
        UPDATE conversation SET state = $8, person_id = $9, last_in_at = $4, unreachable_since = CASE WHEN $10 THEN $4 END WHERE id = $1
    )
    UPDATE inbox SET status = 'done', payload = NULL, done_at = $4 WHERE id = $11
    """


async def finish(
    driver: asyncpg.Connection,
    vault: Vault,
    taken: Taken,
    *,
    state: bytes | None,
    person_id: PersonId | None,
    replies: Sequence[NewReply],
    gone: bool,
    now: datetime,
) -> None:
    """Puts the replies in the outbox, keeps the conversation's new state and marks the event as done. gone: the person blocked us."""
    await driver.execute(
        FINISH,
        taken.conversation_id,
        taken.side,
        Priority.REPLY,
        now,
        [vault.seal(r.body, BODY) for r in replies],
        [r.slot for r in replies],
        [r.edit_ref for r in replies],
        None if state is None else vault.seal(state, STATE),
        person_id,
        gone,
        taken.inbox_id,
    )


async def ensure_conversation(connection: AsyncConnection, door: str, address: str, side: str, now: datetime) -> None:
    """Makes the sender's conversation if it is their first event. The caller commits."""
    await connection.execute(
        sa.text(
            "INSERT INTO conversation (door, address, side, created_at) VALUES (:door, :address, :side, :now)"
            " ON CONFLICT (door, address) DO NOTHING"
        ),
        {"door": door, "address": address, "side": side, "now": now},
    )


async def first_unmet(connection: AsyncConnection, vault: Vault, door: str, address: str) -> tuple[bytes, str] | None:
    """(payload, event id) of the sender's oldest pending event if they have no conversation yet, else None."""
    row = (
        await connection.execute(
            sa.text(
                "SELECT payload, event_id FROM inbox WHERE door = :door AND address = :address AND status = 'pending'"
                " AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.door = :door AND c.address = :address) ORDER BY id LIMIT 1"
            ).bindparams(sa.bindparam("door", type_=sa.Text), sa.bindparam("address", type_=sa.Text)),
            {"door": door, "address": address},
        )
    ).one_or_none()
    return None if row is None else (vault.open(row[0], PAYLOAD), row[1])


async def postpone(connection: AsyncConnection, inbox_id: int, error: str, not_before: datetime) -> None:
    """Notes that handling failed, and when to try again. The caller commits."""
    await connection.execute(
        sa.text("UPDATE inbox SET attempts = attempts + 1, error = :error, not_before = :not_before WHERE id = :id").bindparams(
            sa.bindparam("not_before", type_=_when)
        ),
        {"error": error, "not_before": not_before, "id": inbox_id},
    )


async def give_up(connection: AsyncConnection, inbox_id: int, error: str, now: datetime) -> None:
    """Marks an event as failed for good; its payload stays, so that a mended program can take it again. The caller commits."""
    await connection.execute(
        sa.text("UPDATE inbox SET attempts = attempts + 1, error = :error, status = :failed, done_at = :now WHERE id = :id").bindparams(
            sa.bindparam("now", type_=_when)
        ),
        {"error": error, "failed": InboxStatus.FAILED, "now": now, "id": inbox_id},
    )


async def apologise(connection: AsyncConnection, taken: Taken, body: bytes, now: datetime) -> None:
    """Puts one reply in the outbox for somebody whose event could not be handled. The caller commits."""
    await connection.execute(
        sa.insert(OutboxRow).values(
            lane=f"c{taken.conversation_id}",
            conversation_id=taken.conversation_id,
            side=taken.side,
            priority=Priority.REPLY,
            kind="reply",
            body=body,
            status=OutboxStatus.PENDING,
            attempts=0,
            not_before=now,
            created_at=now,
        )
    )


async def waiting_senders(connection: AsyncConnection, now: datetime, limit: int) -> list[tuple[str, str, int]]:
    """(door, address, number of events) of senders with events that may be handled now: what a restart, or another process's end, left behind."""
    result = await connection.execute(
        sa.text(
            "SELECT door, address, count(*) FROM inbox WHERE status = 'pending' AND not_before <= :now"
            " GROUP BY door, address ORDER BY min(id) LIMIT :limit"
        ).bindparams(sa.bindparam("now", type_=_when)),
        {"now": now, "limit": limit},
    )
    return [(row[0], row[1], row[2]) for row in result]
