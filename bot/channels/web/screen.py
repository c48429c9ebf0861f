"""What the page shows: the rows of web_message and everything that changes them. Plain functions on a connection; the caller commits.

Every change of an address is made under that address' lock (`change_screen`), so revisions become visible in their order and a page that
has seen revision 7 can never miss a 6 that was committed later.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.models import WebMessage
from storage.models.messages import web_revision

FIRST_PAGE = 100
"""Messages that a page gets when it opens, and per step back into history."""

_MENU_DEPTH = 2000

_COLUMNS = (
    WebMessage.id,
    WebMessage.revision,
    WebMessage.key,
    WebMessage.outgoing,
    WebMessage.body,
    WebMessage.at,
    WebMessage.delivered_at,
    WebMessage.read_at,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One message on the screen. key: "in:<the page's id>" for the person's, "out:<outbox id>" for the house's."""

    id: int
    revision: int
    key: str
    outgoing: bool
    body: dict[str, Any]
    at: datetime
    delivered_at: datetime | None
    read_at: datetime | None


def _shown(row: Any) -> Shown:
    return Shown(row[0], row[1], row[2], row[3], orjson.loads(row[4]), row[5], row[6], row[7])


@asynccontextmanager
async def change_screen(database: Database, address: str) -> AsyncIterator[AsyncConnection]:
    """A transaction that may change what `address` sees; others that want to wait until it is over."""
    async with database.connect() as connection:
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"web:{address}", 0))))
        yield connection


async def add(
    connection: AsyncConnection, address: str, key: str, *, outgoing: bool, body: dict[str, Any], at: datetime
) -> tuple[Shown, bool]:
    """The message with this key, and whether it is new: a repeat gets the one that is there, unchanged."""
    statement = (
        insert(WebMessage)
        .values(address=address, key=key, outgoing=outgoing, body=orjson.dumps(body), at=at)
        .on_conflict_do_nothing(index_elements=["address", "key"])
        .returning(*_COLUMNS)
    )
    row = (await connection.execute(statement)).first()
    if row is not None:
        return _shown(row), True
    found = await find(connection, address, key)
    assert found is not None  # the conflict was with it, and nothing deletes messages
    return found, False


async def find(connection: AsyncConnection, address: str, key: str) -> Shown | None:
    """The message with this key, if there is one."""
    statement = sa.select(*_COLUMNS).where(WebMessage.address == address, WebMessage.key == key)
    row = (await connection.execute(statement)).first()
    return None if row is None else _shown(row)


async def replace(connection: AsyncConnection, address: str, message_id: int, body: dict[str, Any], outbox_id: int) -> Shown | None:
    """Changes a message of the house, which thereby is unread again; None if there is no such message.

    The outbox ids that nobody has reported as delivered yet stay with it: what replaced them on the screen stands for them.
    """
    where = sa.and_(WebMessage.address == address, WebMessage.id == message_id, WebMessage.outgoing)
    row = (await connection.execute(sa.select(*_COLUMNS).where(where))).first()
    if row is None:
        return None
    old = _shown(row)
    told: list[int] = old.body.get("outbox", [])
    if outbox_id in told:
        return old
    body = {**body, "outbox": [*(told if old.delivered_at is None else []), outbox_id]}
    statement = (
        sa.update(WebMessage)
        .where(where)
        .values(body=orjson.dumps(body), revision=web_revision.next_value(), delivered_at=None, read_at=None)
        .returning(*_COLUMNS)
    )
    return _shown((await connection.execute(statement)).one())


async def accept(connection: AsyncConnection, address: str, key: str, now: datetime) -> Shown:
    """Marks the person's message as taken in by the house. A repeat changes nothing."""
    await connection.execute(
        sa.update(WebMessage)
        .where(WebMessage.address == address, WebMessage.key == key, WebMessage.delivered_at.is_(None))
        .values(delivered_at=now, revision=web_revision.next_value())
    )
    found = await find(connection, address, key)
    assert found is not None  # the caller has just added it
    return found


async def mark_handled(connection: AsyncConnection, address: str, key: str, now: datetime) -> bool:
    """Marks the person's message, and all that the house took in before it, as read. Tells whether anything changed."""
    this = sa.select(WebMessage.id).where(WebMessage.address == address, WebMessage.key == key).scalar_subquery()
    result = await connection.execute(
        sa.update(WebMessage)
        .where(
            WebMessage.address == address,
            ~WebMessage.outgoing,
            WebMessage.read_at.is_(None),
            sa.or_(WebMessage.key == key, sa.and_(WebMessage.id < this, WebMessage.delivered_at.is_not(None))),
        )
        .values(
            read_at=now,
            delivered_at=sa.func.coalesce(WebMessage.delivered_at, now),
            revision=web_revision.next_value(),
        )
    )
    return bool(result.rowcount)


async def undelivered(connection: AsyncConnection, address: str, revisions: Sequence[int]) -> list[int]:
    """The outbox ids behind those of the house's messages, named by revision, that were not marked as delivered before."""
    statement = sa.select(WebMessage.body).where(
        WebMessage.address == address,
        WebMessage.outgoing,
        WebMessage.revision.in_(revisions),
        WebMessage.delivered_at.is_(None),
    )
    bodies = (await connection.execute(statement)).scalars()
    return [outbox_id for body in bodies for outbox_id in orjson.loads(body).get("outbox", [])]


async def mark_received(connection: AsyncConnection, address: str, *, delivered: Sequence[int], read: Sequence[int], now: datetime) -> None:
    """Notes what the page has got, and what was in sight, by revision.

    By revision, because a message may have been changed since: its new text is not delivered by the receipt for the old one.
    """
    for column, revisions in ((WebMessage.delivered_at, [*delivered, *read]), (WebMessage.read_at, read)):
        if revisions:
            mine = sa.and_(WebMessage.address == address, WebMessage.outgoing, WebMessage.revision.in_(revisions))
            await connection.execute(sa.update(WebMessage).where(mine, column.is_(None)).values({column: now}))


async def latest(connection: AsyncConnection, address: str, *, before: int | None = None) -> list[Shown]:
    """The last messages, or the last ones before the message `before`, oldest first."""
    statement = sa.select(*_COLUMNS).where(WebMessage.address == address)
    if before is not None:
        statement = statement.where(WebMessage.id < before)
    rows = await connection.execute(statement.order_by(WebMessage.id.desc()).limit(FIRST_PAGE))
    return [_shown(row) for row in rows][::-1]


async def newer(connection: AsyncConnection, address: str, revision: int, limit: int = 200) -> list[Shown]:
    """What was added or changed after `revision`, in the order of the changes."""
    statement = sa.select(*_COLUMNS).where(WebMessage.address == address, WebMessage.revision > revision)
    return [_shown(row) for row in await connection.execute(statement.order_by(WebMessage.revision).limit(limit))]


async def current_menu(connection: AsyncConnection, address: str) -> list[list[str]]:
    """The keyboard at the bottom, as the last message that speaks of it left it; looked for in the last 2000 messages."""
    statement = (
        sa.select(WebMessage.body)
        .where(WebMessage.address == address, WebMessage.outgoing)
        .order_by(WebMessage.id.desc())
        .limit(_MENU_DEPTH)
    )
    result = await connection.stream(statement)
    async for (body,) in result:
        menu: list[list[str]] | None = orjson.loads(body).get("menu")
        if menu is not None:
            await result.close()
            return menu
    return []


async def newest_revisions(connection: AsyncConnection, addresses: Sequence[str]) -> dict[str, int]:
    """The last revision of each of these addresses that has any message."""
    wanted = sa.func.unnest(sa.bindparam("addresses", list(addresses), sa.ARRAY(sa.Text))).column_valued("address")
    # One look at the end of the index per address, where GROUP BY would read all of them.
    last = sa.select(sa.func.max(WebMessage.revision)).where(WebMessage.address == wanted).scalar_subquery()
    rows = await connection.execute(sa.select(wanted, last))
    return {address: revision for address, revision in rows if revision is not None}
