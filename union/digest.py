"""The digest: what was over somebody's number of notices on a day, told in one message at 11:30 of Beijing, once a day, to those who have any.

A digest is a notice of its own, with deliveries like any other; it has no text, because what it says is each reader's. Every gathered delivery is
given to one digest, in the statement that makes the digest's own delivery: so it is told once, and a crash neither forgets nor repeats it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from storage.models import Category, Notice, NoticeDelivery, NoticeStatus, Role, RoleGrant, Unit
from storage.types import NoticeId, PersonId, UnitId
from union.audience_filter import Audience
from union.calendar import BEIJING, day_of
from union.errors import NotFound
from union.subscriptions import NIGHT, wants

TOLD_AT = time(11, 30)
"""In Beijing, from then on, when notices were gathered and nothing was told yet that day; in the night it waits for the next day."""

STEP = 20_000
"""People that are given their part of a digest in one transaction."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A notice that stands in somebody's digest. opening: how its text begins."""

    notice_id: NoticeId
    unit_id: UnitId
    title: str
    opening: str


async def begin_due(session: AsyncSession, title: str, now: datetime) -> Notice | None:
    """Begins the digest of the day, if it is time, something was gathered, and no process has begun it yet. title: what staff see in their list.

    It belongs to the highest unit that has staff (the city), whose first officer stands as its author.
    """
    local = now.astimezone(BEIJING)
    if not TOLD_AT <= local.time() < NIGHT:
        return None
    day = day_of(now)
    if await session.scalar(sa.select(Notice.id).where(Notice.digest_day == day)) or not await _any_gathered(session):
        return None
    owner = await _owner(session)
    if owner is None:
        return None
    statement = insert(Notice).values(
        author_id=owner[0],
        unit_id=owner[1],
        category=Category.DIGEST,
        audience=Audience(units=(owner[1],)).to_json(),
        title=title,
        text="",
        status=NoticeStatus.SENDING,
        created_at=now,
        started_at=now,
        digest_day=day,
        total=0,
    )
    made = await session.scalar(statement.on_conflict_do_nothing(index_elements=["digest_day"]).returning(Notice.id))
    return None if made is None else await session.get_one(Notice, made)


async def _any_gathered(session: AsyncSession) -> bool:
    return bool(
        await session.scalar(sa.select(sa.select(NoticeDelivery.person_id).where(sa.text("status = 6 AND digest_id IS NULL")).exists()))
    )


async def _owner(session: AsyncSession) -> tuple[PersonId, UnitId] | None:
    query = (
        sa.select(RoleGrant.person_id, RoleGrant.unit_id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(RoleGrant.role.in_((Role.STAFF, Role.ADMIN)), RoleGrant.revoked_at.is_(None))
        .order_by(sa.func.length(Unit.path), RoleGrant.id)
        .limit(1)
    )
    row = (await session.execute(query)).first()
    return None if row is None else (row[0], row[1])


# Notices that were stopped meanwhile are left out, like those of them that had not been anybody's turn.
_GIVE = sa.text("""
    WITH next AS MATERIALIZED (
        SELECT DISTINCT person_id FROM notice_delivery
        WHERE status = 6 AND digest_id IS NULL AND person_id > :after ORDER BY person_id LIMIT :step
    ), given AS (
        UPDATE notice_delivery d
        SET digest_id = CASE WHEN n.status = 'stopped' THEN NULL ELSE :digest END, status = CASE WHEN n.status = 'stopped' THEN 5 ELSE 6 END
        FROM next, notice n
        WHERE d.person_id = next.person_id AND d.status = 6 AND d.digest_id IS NULL AND n.id = d.notice_id
        RETURNING d.person_id, d.digest_id
    ), made AS (
        INSERT INTO notice_delivery (notice_id, person_id, unit_id)
        SELECT DISTINCT :digest, given.person_id, person.unit_id FROM given LEFT JOIN person ON person.id = given.person_id
        WHERE digest_id IS NOT NULL
        RETURNING person_id
    )
    SELECT (SELECT count(*) FROM next), (SELECT max(person_id) FROM next), (SELECT count(*) FROM made)
    """).bindparams(
    sa.bindparam("after", type_=sa.BigInteger), sa.bindparam("step", type_=sa.Integer), sa.bindparam("digest", type_=sa.BigInteger)
)


async def expand_some(session: AsyncSession, digest_id: NoticeId) -> bool:
    """Makes the deliveries of a digest for the next people who have something gathered, a bounded number. Returns whether there is more to do.

    The place reached is kept in the same transaction; the caller sees to it that only one process is at it (union/deliveries). What is gathered
    behind that place waits a day.
    """
    place = await session.scalar(sa.select(Notice.expanded_to).where(Notice.id == digest_id))
    found, last, made = (await session.execute(_GIVE, {"after": place, "step": STEP, "digest": digest_id})).one()
    # Stopped meanwhile? Then it is not done: those that wait are to be left out.
    done = sa.and_(sa.literal(found < STEP), Notice.status != NoticeStatus.STOPPED)
    kept = sa.update(Notice).where(Notice.id == digest_id).values(total=Notice.total + made, expanded_to=last or place, expanded=done)
    await session.execute(kept.execution_options(synchronize_session=False))
    return bool(found == STEP)


async def told_to(connection: AsyncConnection, digest_id: NoticeId, person_ids: Sequence[PersonId]) -> dict[PersonId, list[Gathered]]:
    """What a digest tells each of these people, oldest first, without what they have switched off since. Who has nothing left is missing."""
    query = (
        sa.select(NoticeDelivery.person_id, NoticeDelivery.notice_id)
        .join(Notice, Notice.id == NoticeDelivery.notice_id)
        .where(NoticeDelivery.digest_id == digest_id, NoticeDelivery.person_id.in_(person_ids))
        .where(wants(Notice.category, NoticeDelivery.person_id))
        .order_by(NoticeDelivery.notice_id)
    )
    pairs = [(row[0], row[1]) for row in await connection.execute(query)]
    notices = await _openings(connection, {notice_id for _, notice_id in pairs})
    told: dict[PersonId, list[Gathered]] = {}
    for person_id, notice_id in pairs:
        told.setdefault(person_id, []).append(notices[notice_id])
    return told


async def _openings(connection: AsyncConnection, notice_ids: set[NoticeId]) -> dict[NoticeId, Gathered]:
    opening = sa.func.left(Notice.text, 200)
    rows = await connection.execute(sa.select(Notice.id, Notice.unit_id, Notice.title, opening).where(Notice.id.in_(notice_ids)))
    return {row[0]: Gathered(row[0], row[1], row[2], row[3]) for row in rows}


async def opened(session: AsyncSession, notice_id: NoticeId, person_id: PersonId, now: datetime) -> Notice:
    """A notice that was gathered for this person, opened from their digest: it has been seen. Raises NotFound for one that was not."""
    delivery = await session.get(NoticeDelivery, (notice_id, person_id))
    if delivery is None or delivery.digest_id is None:
        raise NotFound
    delivery.seen_at = delivery.seen_at or now
    return await session.get_one(Notice, notice_id)
