"""The hot path of a broadcast: deliveries claimed in batches by any number of processes, and marked with their outcome, many in one statement.

Like the outbox, a claim ends with the process that holds it. The caller commits.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import DeliveryStatus
from storage.types import ConversationId, NoticeId, PersonId

WINDOW = 2_000
"""Rows looked at for one claim at most: where nearly everybody is at another door, a claim must not walk over millions."""

MOST_TRIES = 6
"""How often the door may not take a message while it takes others, before it is given up."""

FAR = PersonId(2**62)
"""Beyond everybody: a pass over the people that has come to its end."""

_when = sa.DateTime(timezone=True)
_ids = ARRAY(sa.BigInteger)

# Claims and marks touch few rows by their keys. A plan made while the table was small, or before it was analysed, would read all of it instead.
_BY_KEY = sa.text(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),"
    " set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)"
)


@dataclass(frozen=True, slots=True)
class Held:
    """A delivery in our hands. Its conversation is the one that the person used last; None when no door is open any more.

    first: it was never claimed before. tries: see the model. message_ref: the door's name of what they were sent, of one to be corrected.
    """

    notice_id: NoticeId
    person_id: PersonId
    conversation_id: ConversationId | None
    address: str
    first: bool
    tries: int
    message_ref: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What was claimed. passed: the last person that was looked at; None when there is nobody behind them."""

    rows: Sequence[Held]
    passed: PersonId | None


_WAITING = """
    WITH seen AS MATERIALIZED ({seen}), due AS MATERIALIZED (
        SELECT d.person_id, d.not_before IS NULL AS first, d.tries, p.door_id
        FROM seen JOIN notice_delivery d ON d.notice_id = :notice AND d.person_id = seen.person_id
        LEFT JOIN person p ON p.id = seen.person_id
        WHERE d.status = 0 AND (d.not_before IS NULL OR d.not_before <= :now) AND (p.door IS NULL OR p.door = :door)
        ORDER BY d.person_id LIMIT :limit
        FOR UPDATE OF d SKIP LOCKED
    ), taken AS (
        UPDATE notice_delivery d SET status = 1, owner = :owner, not_before = :now FROM due
        WHERE d.notice_id = :notice AND d.person_id = due.person_id
        RETURNING d.person_id, due.first, due.tries, due.door_id
    )
    SELECT whole.last, whole.number, taken.person_id, taken.first, taken.tries, c.id, c.address, '' AS message_ref
    FROM (SELECT max(person_id) AS last, count(*) AS number FROM seen) AS whole
    LEFT JOIN taken ON true LEFT JOIN conversation c ON c.id = taken.door_id
    ORDER BY taken.person_id
    """

# Not claimed but only read: one process at a time sends through a door, and showing the same words twice changes nothing.
_STALE = """
    WITH seen AS MATERIALIZED (
        SELECT person_id, conversation_id, message_ref, tries FROM notice_delivery
        WHERE notice_id = :notice AND stale AND person_id > :after AND not_before <= :now ORDER BY person_id LIMIT :window
    ), taken AS (
        SELECT seen.person_id, seen.tries, seen.message_ref, c.id, c.address
        FROM seen JOIN conversation c ON c.id = seen.conversation_id AND c.door = :door ORDER BY seen.person_id LIMIT :limit
    )
    SELECT whole.last, whole.number, taken.person_id, false AS first, taken.tries, taken.id, taken.address, taken.message_ref
    FROM (SELECT max(person_id) AS last, count(*) AS number FROM seen) AS whole LEFT JOIN taken ON true
    ORDER BY taken.person_id
    """


def _bound(statement: str) -> sa.TextClause:
    types: dict[str, Any] = {
        "notice": sa.BigInteger,
        "after": sa.BigInteger,
        "door": sa.Text,
        "limit": sa.Integer,
        "window": sa.Integer,
        "now": _when,
    }
    if ":owner" in statement:
        types["owner"] = sa.BigInteger
    return sa.text(statement).bindparams(*(sa.bindparam(name, type_=type_) for name, type_ in types.items()))


_FRESH = _bound(
    _WAITING.format(
        seen="""
        SELECT person_id FROM notice_delivery
        WHERE notice_id = :notice AND status = 0 AND person_id > :after ORDER BY person_id LIMIT :window
        """
    )
)
# In an index of their own (ix_notice_delivery_again): they are few among millions, and are looked for twice a second.
_AGAIN = _bound(
    _WAITING.format(
        seen="""
        SELECT person_id FROM notice_delivery
        WHERE notice_id = :notice AND status = 0 AND not_before IS NOT NULL AND not_before <= :now AND person_id > :after
        ORDER BY not_before LIMIT :window
        """
    )
)
_CORRECTED = _bound(_STALE)


async def claim(
    connection: AsyncConnection,
    notice_id: NoticeId,
    *,
    owner: int,
    door: str,
    after: PersonId,
    limit: int,
    now: datetime,
    again: bool = False,
) -> Claim:
    """Takes up to `limit` waiting deliveries behind `after`, in the order of the people's numbers: those of people at this door, and of those who
    have none any more. again: only those that were claimed before and are due once more."""
    values = {"notice": notice_id, "after": after, "door": door, "limit": limit, "window": WINDOW, "now": now, "owner": owner}
    return await _claimed(connection, _AGAIN if again else _FRESH, notice_id, values, limit)


async def claim_stale(connection: AsyncConnection, notice_id: NoticeId, *, door: str, after: PersonId, limit: int, now: datetime) -> Claim:
    """Up to `limit` deliveries behind `after` that went out through this door and are to be shown in a newer version."""
    values = {"notice": notice_id, "after": after, "door": door, "limit": limit, "window": WINDOW, "now": now}
    return await _claimed(connection, _CORRECTED, notice_id, values, limit)


async def _claimed(
    connection: AsyncConnection, statement: sa.TextClause, notice_id: NoticeId, values: dict[str, object], limit: int
) -> Claim:
    await connection.execute(_BY_KEY)
    found = (await connection.execute(statement, values)).all()
    rows = [Held(notice_id, row[2], row[5], row[6] or "", row[3], row[4], row[7]) for row in found if row[2] is not None]
    if len(rows) == limit:
        return Claim(rows, rows[-1].person_id)
    return Claim(rows, found[0][0] if found[0][1] == WINDOW else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a delivery in our hands: WAITING for one that goes again (from not_before), or one of the others.

    blocked: the person can't be reached there any more; status is UNREACHABLE, and if they have another open door it goes again all the same.
    tried: the door did not take it, though it took others. unsure: it may have been sent without our knowing.
    """

    notice_id: NoticeId
    person_id: PersonId
    status: DeliveryStatus
    not_before: datetime
    version: int = 0
    conversation_id: ConversationId | None = None
    message_ref: str | None = None
    blocked: bool = False
    tried: bool = False
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Marked:
    """A delivery as it stands after a mark."""

    notice_id: NoticeId
    person_id: PersonId
    status: DeliveryStatus


_BLOCKED = sa.text("""
    UPDATE conversation SET unreachable_since = :now
    FROM (SELECT id FROM conversation WHERE id = ANY(:ids) AND unreachable_since IS NULL ORDER BY id FOR NO KEY UPDATE) AS open
    WHERE conversation.id = open.id
    """).bindparams(sa.bindparam("now", type_=_when), sa.bindparam("ids", type_=_ids))

_UNNEST = """
    unnest(:notices, :people, :statuses, :versions, :conversations, :refs, :moments, :tried, :unsure)
        AS m(notice_id, person_id, status, version, conversation_id, message_ref, not_before, tried, unsure)
    """

_NEWER = "EXISTS (SELECT 1 FROM notice n WHERE n.id = m.notice_id AND n.version > m.version)"

# Only rows that are still ours: should others have taken this process for dead, they have sent it, or will.
_MARK = f"""
    UPDATE notice_delivery d SET
        status = CASE WHEN m.status = 3 AND p.door_id IS NOT NULL AND d.tries < :most THEN 0
            WHEN m.status = 0 AND m.tried AND d.tries + 1 >= :most THEN 4 ELSE m.status END,
        owner = NULL,
        not_before = m.not_before,
        version = CASE WHEN m.status = 2 THEN m.version ELSE d.version END,
        stale = m.status = 2 AND {_NEWER},
        conversation_id = coalesce(m.conversation_id, d.conversation_id),
        message_ref = coalesce(m.message_ref, d.message_ref),
        sent_at = CASE WHEN m.status = 2 THEN :now ELSE d.sent_at END,
        tries = d.tries + (m.tried OR m.status = 3)::int,
        attempts = d.attempts + m.unsure::int
    FROM {_UNNEST} LEFT JOIN person p ON p.id = m.person_id
    WHERE d.notice_id = m.notice_id AND d.person_id = m.person_id AND d.status = 1 AND d.owner = :owner
    RETURNING d.notice_id, d.person_id, d.status, d.stale
    """

_MARK_CORRECTED = f"""
    UPDATE notice_delivery d SET
        stale = (m.status = 0 AND d.tries + m.tried::int < :most) OR {_NEWER},
        not_before = m.not_before,
        version = CASE WHEN m.status = 2 THEN m.version ELSE d.version END,
        message_ref = coalesce(m.message_ref, d.message_ref),
        tries = d.tries + m.tried::int
    FROM {_UNNEST}
    WHERE d.notice_id = m.notice_id AND d.person_id = m.person_id AND d.stale
    RETURNING d.notice_id, d.person_id, d.status, false
    """


def _marking(statement: str) -> sa.TextClause:
    small = ARRAY(sa.SmallInteger)
    types: dict[str, Any] = {
        "notices": _ids,
        "people": _ids,
        "statuses": small,
        "versions": small,
        "conversations": _ids,
        "refs": ARRAY(sa.Text),
        "moments": ARRAY(_when),
        "tried": ARRAY(sa.Boolean),
        "unsure": ARRAY(sa.Boolean),
        "most": sa.SmallInteger,
        **({"now": _when, "owner": sa.BigInteger} if ":owner" in statement else {}),
    }
    return sa.text(statement).bindparams(*(sa.bindparam(name, type_=type_) for name, type_ in types.items()))


_MARKING, _MARKING_CORRECTED = _marking(_MARK), _marking(_MARK_CORRECTED)

_CORRECTING = sa.text("UPDATE notice SET corrected_to = :far WHERE id = ANY(:ids) AND corrected_to IS NULL").bindparams(
    sa.bindparam("ids", type_=_ids), sa.bindparam("far", type_=sa.BigInteger)
)


async def mark(connection: AsyncConnection, outcomes: Sequence[Outcome], owner: int, now: datetime) -> list[Marked]:
    """Notes what became of deliveries that this process held. Returns how they stand now: given up after too many tries, or unreachable, say so."""
    if blocked := sorted({o.conversation_id for o in outcomes if o.blocked and o.conversation_id is not None}):
        await connection.execute(_BLOCKED, {"ids": blocked, "now": now})
    await connection.execute(_BY_KEY)
    rows = (await connection.execute(_MARKING, {**_columns(outcomes), "owner": owner, "now": now})).all()
    if corrected := {row[0] for row in rows if row[3]}:  # they went out while the notice was being corrected
        await connection.execute(_CORRECTING, {"ids": sorted(corrected), "far": FAR})
    return [Marked(row[0], row[1], DeliveryStatus(row[2])) for row in rows]


async def mark_corrected(connection: AsyncConnection, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Notes what became of corrections: SENT for one that was shown, WAITING for one that goes again, anything else for one that can't be shown."""
    if blocked := sorted({o.conversation_id for o in outcomes if o.blocked and o.conversation_id is not None}):
        await connection.execute(_BLOCKED, {"ids": blocked, "now": now})
    await connection.execute(_BY_KEY)
    await connection.execute(_MARKING_CORRECTED, _columns(outcomes))


def _columns(outcomes: Sequence[Outcome]) -> dict[str, object]:
    return {
        "notices": [o.notice_id for o in outcomes],
        "people": [o.person_id for o in outcomes],
        "statuses": [int(o.status) for o in outcomes],
        "versions": [o.version for o in outcomes],
        "conversations": [o.conversation_id if o.status is DeliveryStatus.SENT else None for o in outcomes],
        "refs": [o.message_ref for o in outcomes],
        "moments": [o.not_before for o in outcomes],
        "tried": [o.tried for o in outcomes],
        "unsure": [o.unsure for o in outcomes],
        "most": MOST_TRIES,
    }


_THESE = """unnest(:notices, :people) AS m(notice_id, person_id)
    WHERE d.notice_id = m.notice_id AND d.person_id = m.person_id AND d.status = 1 AND d.owner = :owner"""


def _keyed(statement: str) -> sa.TextClause:
    types: dict[str, Any] = {"notices": _ids, "people": _ids, "owner": sa.BigInteger}
    return sa.text(statement).bindparams(*(sa.bindparam(name, type_=type_) for name, type_ in types.items()))


_OURS = sa.text("SELECT notice_id, person_id FROM notice_delivery WHERE status = 1 AND owner = :owner")
_LOCKED = _keyed(f"SELECT d.notice_id, d.person_id FROM notice_delivery d, {_THESE} FOR UPDATE OF d")
_FREED = _keyed(f"UPDATE notice_delivery d SET status = 0, owner = NULL FROM {_THESE}")


async def free_unknown(connection: AsyncConnection, owner: int, in_hand: Collection[tuple[NoticeId, PersonId]]) -> int:
    """A claim may have been committed and its answer lost with the connection: what is noted as ours and not in hand waits again. Returns how many.

    in_hand is asked once more when they are locked: what went back and was claimed again in between is in our hands, and must not go twice.
    """
    values: dict[str, object] = {"owner": owner}
    for statement in (_OURS, _LOCKED):
        lost = [(row[0], row[1]) for row in await connection.execute(statement, values) if (row[0], row[1]) not in in_hand]
        if not lost:
            return 0
        values = {"owner": owner, "notices": [key[0] for key in lost], "people": [key[1] for key in lost]}
    await connection.execute(_FREED, values)
    return len(lost)
