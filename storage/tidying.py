"""What has served its time is deleted: repeats can no longer come, sent messages are no longer needed, words of people who never agreed
to be known are not kept, and who stood in a spreadsheet is forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

STEP = 5_000
"""Rows deleted by one statement at most: a clean-up must not hold anybody up."""

_STATEMENTS = (
    # Telegram gives an update again for a day at most; a page keeps what it could not send for a few days.
    ("DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE status = 'done' AND done_at < :before LIMIT :step)", timedelta(days=14)),
    (
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE status NOT IN ('pending', 'sending') AND subject IS NULL"
        " AND created_at < :before LIMIT :step)",
        timedelta(days=30),
    ),
    # Before consent nothing personal is kept: the page's screen forgets after a day, as the privacy notice says.
    (
        "DELETE FROM web_message WHERE id IN (SELECT m.id FROM web_message m JOIN conversation c ON c.door = 'web'"
        " AND c.address = m.address WHERE c.person_id IS NULL AND m.at < :before LIMIT :step)",
        timedelta(days=1),
    ),
    (
        "DELETE FROM file WHERE id IN (SELECT id FROM file WHERE case_id IS NULL AND created_at < :before"
        " AND NOT EXISTS (SELECT 1 FROM notice WHERE notice.file_id = file.id) LIMIT :step)",
        timedelta(days=30),
    ),
    # Who stood in somebody's spreadsheet is forgotten once nothing was done for so long with a notice to them. The list's name stays, for the notices
    # that went to it. What waits, is planned or runs still needs it, however long ago it was written.
    (
        "DELETE FROM notice_list_entry WHERE (list_id, person_id) IN (SELECT e.list_id, e.person_id FROM notice_list_entry e"
        " JOIN notice_list l ON l.id = e.list_id WHERE l.created_at < :before AND NOT EXISTS (SELECT 1 FROM notice n"
        " WHERE (n.audience ->> 'list_id')::bigint = l.id AND (n.status IN ('waiting', 'scheduled', 'sending', 'paused')"
        " OR EXISTS (SELECT 1 FROM notice_event v WHERE v.notice_id = n.id AND v.at >= :before))) LIMIT :step)",
        timedelta(days=30),
    ),
)


async def tidy(connection: AsyncConnection, now: datetime) -> int:
    """Deletes a bounded number of old rows. Returns how many. The caller commits."""
    deleted = 0
    for statement, age in _STATEMENTS:
        query = sa.text(statement).bindparams(sa.bindparam("before", type_=sa.DateTime(timezone=True)))
        deleted += (await connection.execute(query, {"before": now - age, "step": STEP})).rowcount
    return deleted
