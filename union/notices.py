"""Something told to many: who is meant, how many that is, and the spreading over the outbox in steps that block nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Conversation, Notice, NoticeStatus, OutboxRow, OutboxStatus, Person, Priority, Role, Unit
from storage.types import NoticeId, PersonId, UnitId
from union.alerts import MEMBER, Fact, side_of, tell
from union.errors import NotAllowed, NotFound
from union.people import Actor

STEP = 500
"""People that get their outbox rows in one transaction."""

AHEAD = 2_000
"""Rows of a notice that may wait unsent before more are made: the outbox stays small however many are meant."""

PROGRESS_EVERY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant: the people of a unit and of everything below it, who have a door that is open."""

    unit_id: UnitId

    def to_json(self) -> dict[str, Any]:
        """As it is stored with a notice."""
        return {"unit": self.unit_id}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Audience:
        """What `to_json` wrote."""
        return cls(UnitId(data["unit"]))


@dataclass(frozen=True, slots=True)
class Count:
    """How many a notice would reach, and how many belong to the unit but have no open door or want no notices."""

    reachable: int
    unreachable: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a notice stands; sent + failed + unreachable + waiting is the total."""

    total: int
    sent: int
    reached: int
    unreachable: int
    failed: int

    @property
    def waiting(self) -> int:
        """Those without an outcome yet."""
        return self.total - self.sent - self.unreachable - self.failed


def _people(path: str, *, reachable: bool) -> sa.Select[PersonId]:
    has_door = (
        sa.select(Conversation.id)
        .where(Conversation.person_id == Person.id, Conversation.side == MEMBER, Conversation.unreachable_since.is_(None))
        .exists()
    )
    wants = has_door & Person.notices_off_at.is_(None)
    return (
        sa.select(Person.id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(Unit.path.startswith(path, autoescape=True), wants if reachable else sa.not_(wants))
    )


async def count(session: AsyncSession, actor: Actor, audience: Audience) -> Count:
    """How many the notice would reach. Raises NotAllowed when the unit is not the sender's, or below it."""
    path = await _allowed_path(session, actor, audience)
    both = [
        await session.scalar(sa.select(sa.func.count()).select_from(_people(path, reachable=reachable).subquery()))
        for reachable in (True, False)
    ]
    return Count(both[0] or 0, both[1] or 0)


async def _allowed_path(session: AsyncSession, actor: Actor, audience: Audience) -> str:
    path = await session.scalar(sa.select(Unit.path).where(Unit.id == audience.unit_id))
    if path is None:
        raise NotFound
    if not actor.reaches(path, Role.STAFF, Role.ADMIN):
        raise NotAllowed
    return path


async def send(session: AsyncSession, actor: Actor, audience: Audience, *, title: str, text: str, now: datetime) -> Notice:
    """Begins to send a notice. Raises NotAllowed."""
    counted = await count(session, actor, audience)
    notice = Notice(
        author_id=actor.id,
        unit_id=audience.unit_id,
        audience=audience.to_json(),
        title=title,
        text=text,
        total=counted.reachable,
        status=NoticeStatus.SENDING,
        confirmed_at=now,
    )
    session.add(notice)
    await session.flush()
    await tell_progress(session, notice, now)
    return notice


async def tell_progress(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """Has the author's progress message say where the notice stands."""
    notice.progress_at = now
    await tell(
        session,
        notice.author_id,
        Fact.NOTICE_PROGRESS,
        now,
        subject="notice_progress",
        subject_id=notice.id,
        key=f"progress:{notice.id}:{now.timestamp()}",
        slot=f"notice:{notice.id}",
    )


async def spread(session: AsyncSession, notice_id: NoticeId, now: datetime) -> bool:
    """Makes the next outbox rows of a notice, a bounded number, and finishes it when all have an outcome. Returns whether there is more to do now.

    The place reached is kept with the rows in one transaction, and each person's row has a key: a restart neither skips nor repeats anybody.
    """
    notice = await session.get(Notice, notice_id, with_for_update={"skip_locked": True})
    if notice is None or notice.status is not NoticeStatus.SENDING:
        return False
    if not notice.spread_done:
        return await _spread_more(session, notice, now)
    state = await progress(session, notice)
    if state.waiting == 0:
        notice.status = NoticeStatus.SENT
        notice.finished_at = now
        await tell_progress(session, notice, now)
    elif notice.progress_at is None or now - notice.progress_at >= PROGRESS_EVERY:
        await tell_progress(session, notice, now)
    return False


async def _spread_more(session: AsyncSession, notice: Notice, now: datetime) -> bool:
    waiting = await session.scalar(
        sa.select(sa.func.count()).where(
            OutboxRow.subject == "notice", OutboxRow.subject_id == notice.id, OutboxRow.status == OutboxStatus.PENDING
        )
    )
    if waiting is not None and waiting >= AHEAD:
        if notice.progress_at is None or now - notice.progress_at >= PROGRESS_EVERY:
            await tell_progress(session, notice, now)
        return False
    path = await session.scalar(sa.select(Unit.path).where(Unit.id == Audience.from_json(notice.audience).unit_id))
    query = _people(path or "", reachable=True).where(Person.id > notice.spread_to).order_by(Person.id).limit(STEP)
    people = list(await session.scalars(query))
    for_each = sa.text(
        "INSERT INTO outbox (lane, person_id, side, priority, kind, params, subject, subject_id, dedupe_key, status, attempts,"
        " not_before, created_at)"
        " SELECT 'n' || p, p, :side, :priority, :kind, jsonb_build_object('notice', CAST(:notice AS bigint)), 'notice', :notice,"
        " 'notice:' || :notice || ':' || p, 'pending', 0, :now, :now FROM unnest(:people) AS p ON CONFLICT (dedupe_key) DO NOTHING"
    ).bindparams(
        sa.bindparam("people", type_=sa.ARRAY(sa.BigInteger)),
        sa.bindparam("notice", type_=sa.BigInteger),
        sa.bindparam("priority", type_=sa.SmallInteger),
        sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    )
    await session.execute(
        for_each,
        {
            "people": people,
            "notice": notice.id,
            "side": side_of(Fact.NOTICE),
            "kind": Fact.NOTICE.value,
            "priority": Priority.NOTICE,
            "now": now,
        },
    )
    if people:
        notice.spread_to = people[-1]
    if len(people) < STEP:
        notice.spread_done = True
        made = await session.scalar(sa.select(sa.func.count()).where(OutboxRow.subject == "notice", OutboxRow.subject_id == notice.id))
        notice.total = made or 0  # people may have come or gone since it was counted; from here on the outcomes add up to this
    return True


async def progress(session: AsyncSession, notice: Notice) -> Progress:
    """Where a notice stands."""
    rows = await session.execute(
        sa.select(OutboxRow.status, sa.func.count(), sa.func.count(OutboxRow.reached_at))
        .where(OutboxRow.subject == "notice", OutboxRow.subject_id == notice.id)
        .group_by(OutboxRow.status)
    )
    by_status = {status: (number, reached) for status, number, reached in rows}

    def number(status: OutboxStatus) -> int:
        return by_status.get(status, (0, 0))[0]

    return Progress(
        total=notice.total,
        sent=number(OutboxStatus.SENT),
        reached=by_status.get(OutboxStatus.SENT, (0, 0))[1],
        unreachable=number(OutboxStatus.UNREACHABLE),
        failed=number(OutboxStatus.FAILED),
    )


async def subscribe(session: AsyncSession, person_id: PersonId, now: datetime, *, wanted: bool) -> None:
    """Whether the person wants notices, from now on. Alerts about their own cases are not notices."""
    await session.execute(sa.update(Person).where(Person.id == person_id).values(notices_off_at=None if wanted else now))


async def under_way(session: AsyncSession) -> list[NoticeId]:
    """The notices that are being sent."""
    return list(await session.scalars(sa.select(Notice.id).where(Notice.status == NoticeStatus.SENDING).order_by(Notice.id)))


async def stop(session: AsyncSession, actor: Actor, notice_id: NoticeId, now: datetime) -> bool:
    """Stops a notice; what is on its way arrives, the rest is dropped. Raises NotFound unless it is the actor's own or of a unit they reach."""
    notice = await session.get(Notice, notice_id, with_for_update=True)
    if notice is None:
        raise NotFound
    path = await session.scalar(sa.select(Unit.path).where(Unit.id == notice.unit_id))
    if notice.author_id != actor.id and not actor.reaches(path or "", Role.STAFF, Role.ADMIN):
        raise NotFound
    if notice.status is not NoticeStatus.SENDING:
        return False
    notice.status = NoticeStatus.STOPPED
    notice.finished_at = now
    await session.execute(
        sa.delete(OutboxRow).where(
            OutboxRow.subject == "notice", OutboxRow.subject_id == notice.id, OutboxRow.status == OutboxStatus.PENDING
        )
    )
    await tell_progress(session, notice, now)
    return True
