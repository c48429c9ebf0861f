"""The outbox: what is to be told, claimed by one process at a time and never forgotten. A claim ends with the process that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from storage.inbox import BODY
from storage.models import OutboxRow, OutboxStatus, Priority
from storage.types import ConversationId, OutboxId, PersonId, Vault

_when = sa.DateTime(timezone=True)
_ids = ARRAY(sa.BigInteger)


@dataclass(slots=True)
class Claimed:
    """An outbox row in our hands. body is plain (None for a fact)."""

    id: OutboxId
    conversation_id: ConversationId | None
    person_id: PersonId | None
    side: str
    priority: int
    kind: str
    body: bytes | None
    params: dict[str, Any] | None
    slot: str | None
    edit_ref: str | None
    attempts: int
    created_at: datetime


async def put_fact(
    session: AsyncSession,
    *,
    person_id: PersonId,
    side: str,
    kind: str,
    params: dict[str, Any],
    now: datetime,
    dedupe_key: str | None = None,
    slot: str | None = None,
    subject: str | None = None,
    subject_id: int | None = None,
) -> OutboxId | None:
    """Puts a fact for a person in the outbox, in the caller's transaction. Returns None if the same dedupe_key was told already."""
    statement = (
        insert(OutboxRow)
        .values(
            lane=f"p{person_id}",
            person_id=person_id,
            side=side,
            priority=Priority.ALERT,
            kind=kind,
            params=params,
            slot=slot,
            subject=subject,
            subject_id=subject_id,
            dedupe_key=dedupe_key,
            status=OutboxStatus.PENDING,
            attempts=0,
            not_before=now,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
        .returning(OutboxRow.id)
    )
    return await session.scalar(statement)


_PUT_MANY = sa.text("""
    INSERT INTO outbox (lane, person_id, side, priority, kind, params, subject, subject_id, dedupe_key, status, attempts, not_before, created_at)
    SELECT 'p' || person_id, person_id, side, :priority, kind, params, subject, subject_id, dedupe_key, 'pending', 0, :now, :now
    FROM jsonb_to_recordset(:facts) AS fact(
        person_id bigint, side text, kind text, params jsonb, subject text, subject_id bigint, dedupe_key text
    )
    ON CONFLICT (dedupe_key) DO NOTHING
    """).bindparams(sa.bindparam("facts", type_=JSONB), sa.bindparam("priority", type_=sa.SmallInteger), sa.bindparam("now", type_=_when))


async def put_facts(session: AsyncSession, facts: Sequence[dict[str, Any]], now: datetime) -> None:
    """Many alerts in one statement, each as the keyword arguments of `put_fact` without session, now and slot; repeats of a dedupe_key are dropped."""
    if facts:
        await session.execute(_PUT_MANY, {"facts": list(facts), "priority": Priority.ALERT, "now": now})


# Only the oldest unsent row of a lane may be claimed, so that one person's messages keep their order whoever sends them.
_CLAIM = sa.text("""
    WITH due AS MATERIALIZED (
        SELECT o.id FROM outbox o
        WHERE o.status = 'pending' AND o.not_before <= :now
            AND NOT EXISTS (
                SELECT 1 FROM outbox e WHERE e.lane = o.lane AND e.status IN ('pending', 'sending') AND e.id < o.id
            )
        ORDER BY o.priority, o.id LIMIT :limit
        FOR UPDATE OF o SKIP LOCKED
    )
    UPDATE outbox SET status = 'sending', owner = :owner, attempts = attempts + 1 FROM due WHERE outbox.id = due.id
    RETURNING outbox.id, conversation_id, person_id, side, priority, kind, body, params, slot, edit_ref, attempts, created_at
    """).bindparams(
    sa.bindparam("limit", type_=sa.Integer),
    sa.bindparam("owner", type_=sa.BigInteger),
    sa.bindparam("now", type_=_when),
)
_CLAIM = _CLAIM.columns(
    sa.column("id", sa.BigInteger),
    sa.column("conversation_id", sa.BigInteger),
    sa.column("person_id", sa.BigInteger),
    sa.column("side", sa.Text),
    sa.column("priority", sa.SmallInteger),
    sa.column("kind", sa.Text),
    sa.column("body", BYTEA),
    sa.column("params", JSONB),
    sa.column("slot", sa.Text),
    sa.column("edit_ref", sa.Text),
    sa.column("attempts", sa.SmallInteger),
    sa.column("created_at", _when),
)  # type: ignore[assignment]


async def claim(connection: AsyncConnection, vault: Vault, *, owner: int, limit: int, now: datetime) -> list[Claimed]:
    """Takes up to `limit` rows that are due, most urgent first. The caller commits before sending."""
    result = await connection.execute(_CLAIM, {"limit": limit, "owner": owner, "now": now})
    claimed = [
        Claimed(
            row[0],
            row[1],
            row[2],
            row[3],
            row[4],
            row[5],
            None if row[6] is None else vault.open(row[6], BODY),
            row[7],
            row[8],
            row[9],
            row[10],
            row[11],
        )
        for row in result
    ]
    claimed.sort(key=lambda c: (c.priority, c.id))
    return claimed


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a row that was sent. conversation_id: where a fact went in the end."""

    id: OutboxId
    conversation_id: ConversationId
    message_ref: str
    reached: bool


_MARK = sa.text("""
    UPDATE outbox SET status = 'sent', owner = NULL, sent_at = :now, reached_at = CASE WHEN d.reached THEN :now ELSE outbox.reached_at END,
        conversation_id = d.conversation_id, message_ref = d.message_ref, body = NULL, error = NULL
    FROM unnest(:ids, :conversations, :refs, :reached) AS d(id, conversation_id, message_ref, reached)
    WHERE outbox.id = d.id
    """).bindparams(
    sa.bindparam("now", type_=_when),
    sa.bindparam("ids", type_=_ids),
    sa.bindparam("conversations", type_=_ids),
    sa.bindparam("refs", type_=ARRAY(sa.Text)),
    sa.bindparam("reached", type_=ARRAY(sa.Boolean)),
)


async def mark_sent(connection: AsyncConnection, delivered: Sequence[Delivered], now: datetime) -> None:
    """Notes what went out; the text of replies is erased. The caller commits."""
    await connection.execute(
        _MARK,
        {
            "now": now,
            "ids": [d.id for d in delivered],
            "conversations": [d.conversation_id for d in delivered],
            "refs": [d.message_ref for d in delivered],
            "reached": [d.reached for d in delivered],
        },
    )


_OUT = (OutboxStatus.PENDING, OutboxStatus.SENDING, OutboxStatus.SENT)
"""A page may have shown a message before we have noted that it was sent, or after the process that put it there has died."""


async def mark_reached(session: AsyncSession, ids: Sequence[OutboxId], now: datetime) -> list[tuple[str, dict[str, Any] | None]]:
    """Notes that sent messages are on the person's device. Returns kind and params of those for which that is new."""
    result = await session.execute(
        sa.update(OutboxRow)
        .where(OutboxRow.id.in_(ids), OutboxRow.status.in_(_OUT), OutboxRow.reached_at.is_(None))
        .values(reached_at=now)
        .returning(OutboxRow.kind, OutboxRow.params)
        .execution_options(synchronize_session=False)
    )
    return [(row[0], row[1]) for row in result]


async def mark(connection: AsyncConnection, row_id: OutboxId, status: OutboxStatus, error: str, not_before: datetime) -> None:
    """Notes that a row did not go out: to be tried again (PENDING, from not_before), or with its last outcome. The caller commits."""
    await connection.execute(
        sa.update(OutboxRow).where(OutboxRow.id == row_id).values(status=status, owner=None, error=error, not_before=not_before)
    )


async def revive(session: AsyncSession, person_id: PersonId, side: str, since: datetime, now: datetime) -> None:
    """The person is back: what could not reach them since `since` goes out now."""
    await session.execute(
        sa.update(OutboxRow)
        .where(
            OutboxRow.person_id == person_id,
            OutboxRow.side == side,
            OutboxRow.status == OutboxStatus.UNREACHABLE,
            OutboxRow.created_at >= since,
        )
        .values(status=OutboxStatus.PENDING, attempts=0, not_before=now)
    )


async def release_orphans(connection: AsyncConnection, me: int) -> int:
    """Gives back what processes that have ended still held. A living process holds the advisory lock (PRESENCE, its number) on a connection
    of its own, so its lock can't be had. The caller commits. Returns how many rows were given back."""
    owners = (
        await connection.scalars(
            sa.text(
                "SELECT DISTINCT owner FROM outbox WHERE status = 'sending' AND owner <> :me"
                " UNION SELECT DISTINCT owner FROM deadline WHERE owner IS NOT NULL AND owner <> :me"
                " UNION SELECT DISTINCT owner FROM notice_delivery WHERE status = 1 AND owner <> :me"
            ),
            {"me": me},
        )
    ).all()
    released = 0
    for owner in owners:
        if not await connection.scalar(
            sa.text("SELECT pg_try_advisory_xact_lock(CAST(:space AS int), CAST(:owner AS int))"), {"space": PRESENCE, "owner": owner}
        ):
            continue
        for statement in (
            "UPDATE outbox SET status = 'pending', owner = NULL WHERE status = 'sending' AND owner = :owner",
            "UPDATE deadline SET owner = NULL WHERE owner = :owner",
            # It may have been sent and not noted: whoever got a notice twice is among those with attempts (union/notice_report).
            "UPDATE notice_delivery SET status = 0, owner = NULL, attempts = attempts + 1 WHERE status = 1 AND owner = :owner",
        ):
            released += (await connection.execute(sa.text(statement), {"owner": owner})).rowcount
    return released


PRESENCE = 12351
"""The space of the advisory locks by which processes show that they live: (PRESENCE, number of the process)."""
