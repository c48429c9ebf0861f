"""What is asked about the rooms of a worker for every message: who had the last word, and whether a case waits for any word of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from storage.models import CaseStatus
from storage.types import CaseId, PersonId

LAST_WORD = """
    SELECT m.case_id, m.from_worker, m.created_at
    FROM "case" c JOIN room_message m ON m.case_id = c.id
    WHERE (c.worker_id = $1 OR c.id IN (SELECT f.case_id FROM case_follower f WHERE f.person_id = $1)) AND c.status = ANY($2::text[])
    ORDER BY m.id DESC LIMIT 1
    """

PAUSED = """
    SELECT c.id FROM "case" c
    WHERE (c.worker_id = $1 OR c.id IN (SELECT f.case_id FROM case_follower f WHERE f.person_id = $1))
      AND c.paused_at IS NOT NULL AND c.status = ANY($2::text[])
    ORDER BY c.paused_at DESC LIMIT 1
    """


@dataclass(frozen=True, slots=True)
class LastWord:
    """The newest message in the rooms of a worker's cases."""

    case_id: CaseId
    from_worker: bool
    at: datetime


async def last_word(driver: asyncpg.Connection, worker_id: PersonId, statuses: Sequence[CaseStatus]) -> LastWord | None:
    """The newest message in the rooms of those of a worker's cases that are in one of the states; None when nobody has written."""
    row = await driver.fetchrow(LAST_WORD, worker_id, [status.value for status in statuses])
    return None if row is None else LastWord(row[0], row[1], row[2])


async def paused_case(driver: asyncpg.Connection, worker_id: PersonId, statuses: Sequence[CaseStatus]) -> CaseId | None:
    """Of a worker's cases in one of the states the one whose clocks were stopped last, because they could not be reached."""
    found: int | None = await driver.fetchval(PAUSED, worker_id, [status.value for status in statuses])
    return None if found is None else CaseId(found)
