"""What becomes of a notice for each person: a row each (`notice_delivery`), made in steps that block nobody; how far that has come; and what people did.

    begin ──► made step by step ──► claimed and sent (storage/deliveries, bot/broadcast) ──► an outcome for everybody
    drop: who has not been told is left out, in steps · correct: who has the older words is marked, in steps

Nothing here commits. The steps of one notice are one process's at a time (an advisory lock), and never hold the notice's own row while they work:
whoever pauses or stops it doesn't wait for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from storage.deliveries import FAR
from storage.models import SEEN_TALLY, DeliveryStatus, Notice, NoticeDelivery, NoticeStatus, NoticeTally, Person
from storage.types import NoticeId, PersonId
from union import digest
from union.audience import Audience, people

FIRST_STEP = 1_000
"""People who get their row in the first step: the first message must not wait for more."""

STEP = 25_000
"""People who get theirs in every later one at most: about a quarter of a second."""

FIRST_SPAN, WIDEST_SPAN = 100_000, 1_000_000
"""Numbers of persons that a step looks through: the first that goes by numbers, and the widest where few of them are meant."""

EXPANDING = 12353
"""The space of the advisory locks of expansion: (EXPANDING, number of the notice)."""

OVER = (NoticeStatus.SENT, NoticeStatus.STOPPED)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a notice stands. waiting … gathered add up to total; seen are those of them who saw it, on the page or by pressing a button."""

    total: int
    waiting: int
    sent: int
    seen: int
    unreachable: int
    failed: int
    left_out: int
    gathered: int


# ---- beginning, stopping, correcting


async def begin(session: AsyncSession, notice: Notice) -> None:
    """From now on its deliveries are made: `expand_some` does it, step by step, in transactions of its own."""
    notice.expanded, notice.expanded_to, notice.corrected_to = False, PersonId(0), None
    await session.flush()


async def drop(session: AsyncSession, notice_id: NoticeId) -> None:
    """The notice was stopped: who has not been told is left out, by `expand_some`; what is on its way arrives.

    Not here: whoever stops it has locked the notice, and a step that is just being made holds its tally and wants the notice.
    """
    await session.flush()
    await session.execute(sa.update(Notice).where(Notice.id == notice_id).values(expanded=False))


def correct(notice: Notice) -> None:
    """The notice says something else from now on: who comes gets the new words, and what went out is changed where the door can."""
    notice.version += 1
    notice.corrected_to = PersonId(0)
    flag_modified(notice, "corrected_to")  # also where it was 0 when it was read: the marking may have come further since


# ---- the steps


async def unfinished(session: AsyncSession) -> list[NoticeId]:
    """The notices for which `expand_some` has something to do."""
    to_make = sa.and_(sa.not_(Notice.expanded), Notice.started_at.is_not(None))
    return list(await session.scalars(sa.select(Notice.id).where(to_make | Notice.corrected_to.is_not(None)).order_by(Notice.id)))


async def expand_some(session: AsyncSession, notice_id: NoticeId) -> bool:
    """The next step towards what the notice says: deliveries made, left out after a stop, or marked for a correction; a bounded number.

    Returns whether there is more to do now. False also when another process is at it. The place reached is kept in the same transaction, and the
    key of the rows lets nobody in twice: a restart neither skips nor repeats anybody.
    """
    lock = sa.select(sa.func.pg_try_advisory_xact_lock(sa.cast(EXPANDING, sa.Integer), sa.cast(notice_id, sa.Integer)))
    if not await session.scalar(lock):
        return False
    notice = await session.get(Notice, notice_id, populate_existing=True)
    if notice is None or notice.started_at is None:
        return False
    if not notice.expanded:
        return await _expand(session, notice)
    if notice.corrected_to is not None:
        return await _correct_some(session, notice)
    return False


async def _expand(session: AsyncSession, notice: Notice) -> bool:
    if notice.status in OVER:
        return await _wind_up(session, notice)
    if notice.digest_day is not None:
        return await digest.expand_some(session, notice.id)
    reached = await _make(session, notice, DeliveryStatus.WAITING)
    # Stopped meanwhile? Then it is not done: those that wait are to be left out.
    await _keep(session, notice.id, expanded_to=reached, expanded=Notice.status.not_in(OVER) if reached == FAR else False)
    return True


async def _wind_up(session: AsyncSession, notice: Notice) -> bool:
    """A notice that was stopped: those who never got a row are left out too, so that everybody who was meant has an answer; and so is what comes
    back from the hands that it was in."""
    reached = FAR if notice.digest_day is not None else notice.expanded_to
    if reached != FAR:
        reached = await _make(session, notice, DeliveryStatus.LEFT_OUT)
        await _keep(session, notice.id, expanded_to=reached)
        return True
    swept = await _leave_out(session, notice.id, STEP)
    still = sa.select(NoticeTally.number).where(NoticeTally.notice_id == notice.id, NoticeTally.status == DeliveryStatus.WAITING)
    await _keep(session, notice.id, expanded=sa.func.coalesce(still.scalar_subquery(), 0) == 0)
    return swept == STEP


# A plan that fits every span takes half as long again as one for this span.
_AS_IT_IS = sa.text("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")


async def _make(session: AsyncSession, notice: Notice, status: DeliveryStatus) -> PersonId:
    """Rows for the next people of the audience, a bounded number. Returns the place reached, FAR when there are no more.

    It goes by the numbers of persons, from the lowest on. Each step looks through a span of numbers, and so all of them together through everybody
    once, however many are meant: "the next so many of a district" would gather and sort the whole district each time.
    """
    if notice.expanded_to == FAR:
        return FAR
    meant = people(Audience.from_json(notice.audience)).add_columns(Person.unit_id)
    until = await _look_until(session, notice)
    begins = notice.expanded_to == 0
    most = FIRST_STEP if begins else STEP
    await session.execute(_AS_IT_IS)
    last, found = await _put(session, notice, status, _between(notice, meant, until).limit(most))
    if found == most or until == FAR:
        return last if found == most else FAR
    if begins:  # few of them at first: nobody is to wait until a span is reached in which there are more
        _, found = await _put(session, notice, status, meant.where(Person.id > until).limit(most))
        return until if found == most else FAR
    return until


def _between(notice: Notice, meant: sa.Select[Any], until: PersonId) -> sa.Select[Any]:
    """Who comes next, without those of the first step. They are looked for between the same numbers, where there are few of them or none."""
    there = sa.select(NoticeDelivery.person_id).where(
        NoticeDelivery.notice_id == notice.id,
        NoticeDelivery.person_id > notice.expanded_to,
        NoticeDelivery.person_id <= until,
        NoticeDelivery.person_id == Person.id,
    )
    return meant.where(Person.id > notice.expanded_to, Person.id <= until, ~there.exists()).order_by(Person.id)


async def _look_until(session: AsyncSession, notice: Notice) -> PersonId:
    """To which number the next step looks: about as far as `STEP` of those who are meant, as they lay so far; FAR when that is beyond everybody."""
    made = sa.select(sa.func.sum(NoticeTally.number)).where(NoticeTally.notice_id == notice.id, NoticeTally.status < SEEN_TALLY)
    last, so_far = (await session.execute(sa.select(sa.select(sa.func.max(Person.id)).scalar_subquery(), made.scalar_subquery()))).one()
    place = int(notice.expanded_to)
    span = FIRST_SPAN if place == 0 else min(WIDEST_SPAN, max(STEP, place * STEP // int(so_far or 1)))
    return FAR if place + span >= (last or 0) else PersonId(place + span)


async def _put(session: AsyncSession, notice: Notice, status: DeliveryStatus, meant: sa.Select[Any]) -> tuple[PersonId, int]:
    """Rows for these people, who have none yet. Returns the last of them and how many they are."""
    chosen = meant.cte("chosen").prefix_with("MATERIALIZED")
    number = sa.literal(notice.id, sa.BigInteger)
    rows = sa.select(number, chosen.c.id, chosen.c.unit_id, sa.literal(int(status), sa.SmallInteger))
    made = sa.insert(NoticeDelivery).from_select(["notice_id", "person_id", "unit_id", "status"], rows, include_defaults=False)
    done = made.cte("made")
    last, found = (await session.execute(sa.select(sa.func.max(chosen.c.id), sa.func.count()).add_cte(done))).one()
    return PersonId(last or 0), int(found)


async def _keep(session: AsyncSession, notice_id: NoticeId, **values: Any) -> None:
    """Notes how far a step has come; once all rows are made, how many they are. Without the ORM: its copy may be older than what others wrote."""
    await session.execute(sa.update(Notice).where(Notice.id == notice_id).values(**values).execution_options(synchronize_session=False))
    made = sa.select(sa.func.sum(NoticeTally.number)).where(NoticeTally.notice_id == notice_id, NoticeTally.status < SEEN_TALLY)
    await session.execute(
        sa.update(Notice)
        .where(Notice.id == notice_id, Notice.expanded)
        .values(total=sa.func.coalesce(made.scalar_subquery(), 0))
        .execution_options(synchronize_session=False)
    )


_LEAVE_OUT = sa.text("""
    WITH next AS MATERIALIZED (
        SELECT person_id FROM notice_delivery WHERE notice_id = :notice AND status = 0 ORDER BY person_id LIMIT :step FOR UPDATE SKIP LOCKED
    )
    UPDATE notice_delivery d SET status = 5 FROM next WHERE d.notice_id = :notice AND d.person_id = next.person_id
    """).bindparams(sa.bindparam("notice", type_=sa.BigInteger), sa.bindparam("step", type_=sa.Integer))


async def _leave_out(session: AsyncSession, notice_id: NoticeId, step: int) -> int:
    """Some of those that wait are left out, a bounded number. Returns how many."""
    result = await session.execute(_LEAVE_OUT, {"notice": notice_id, "step": step})
    return int(result.rowcount)  # type: ignore[attr-defined]


_OUTDATED = sa.text("""
    WITH next AS MATERIALIZED (
        SELECT person_id FROM notice_delivery WHERE notice_id = :notice AND person_id > :after ORDER BY person_id LIMIT :step
    ), marked AS (
        UPDATE notice_delivery d SET stale = true, tries = 0 FROM next
        WHERE d.notice_id = :notice AND d.person_id = next.person_id AND d.status = 2 AND d.version < :version AND d.message_ref IS NOT NULL
    )
    SELECT max(person_id), count(*) FROM next
    """).bindparams(
    sa.bindparam("notice", type_=sa.BigInteger),
    sa.bindparam("after", type_=sa.BigInteger),
    sa.bindparam("step", type_=sa.Integer),
    sa.bindparam("version", type_=sa.SmallInteger),
)


async def _correct_some(session: AsyncSession, notice: Notice) -> bool:
    """Marks the next of those who have an older version; when all are marked, waits until the doors have been through with them."""
    if notice.corrected_to == FAR:
        left = sa.select(NoticeDelivery.person_id).where(NoticeDelivery.notice_id == notice.id, sa.text("stale"))
        done = sa.update(Notice).where(Notice.id == notice.id, Notice.version == notice.version, ~left.exists()).values(corrected_to=None)
        await session.execute(done.execution_options(synchronize_session=False))
        return False
    values = {"notice": notice.id, "after": notice.corrected_to, "step": STEP, "version": notice.version}
    last, found = (await session.execute(_OUTDATED, values)).one()
    # Corrected once more meanwhile? Then it begins anew.
    again = sa.case((Notice.version > notice.version, 0), else_=last if found == STEP else FAR)
    await _keep(session, notice.id, corrected_to=again)
    return True


# ---- where it stands


async def progress(session: AsyncSession, notice_id: NoticeId) -> Progress:
    """Where a notice stands, from the tallies: a matter of microseconds however many are meant."""
    columns = (Notice.total, Notice.expanded, Notice.status)
    total, expanded, status = (await session.execute(sa.select(*columns).where(Notice.id == notice_id))).one()
    rows = await session.execute(sa.select(NoticeTally.status, NoticeTally.number).where(NoticeTally.notice_id == notice_id))
    tally: dict[int, int] = {row[0]: row[1] for row in rows}
    seen = sum(number for kind, number in tally.items() if kind >= SEEN_TALLY)
    made = sum(tally.values()) - seen
    total = made if expanded else max(total, made)
    waiting = tally.get(DeliveryStatus.WAITING, 0) + total - made
    left_out = tally.get(DeliveryStatus.LEFT_OUT, 0)
    if status is NoticeStatus.STOPPED and not expanded:  # they are being left out, step by step
        waiting, left_out = 0, left_out + waiting
    return Progress(
        total=total,
        waiting=waiting,
        sent=tally.get(DeliveryStatus.SENT, 0),
        seen=seen,
        unreachable=tally.get(DeliveryStatus.UNREACHABLE, 0),
        failed=tally.get(DeliveryStatus.FAILED, 0),
        left_out=left_out,
        gathered=tally.get(DeliveryStatus.GATHERED, 0),
    )


# ---- what people did


async def tap(session: AsyncSession, notice_id: NoticeId, person_id: PersonId, button: int, now: datetime) -> bool:
    """Notes that somebody pressed a button of a notice (its place, from 0), and with that has seen it. False when they were never sent it."""
    bit = 1 << button
    changed = (
        sa.update(NoticeDelivery)
        .where(NoticeDelivery.notice_id == notice_id, NoticeDelivery.person_id == person_id)
        .values(tapped=NoticeDelivery.tapped.op("|")(sa.cast(bit, sa.SmallInteger)), seen_at=sa.func.coalesce(NoticeDelivery.seen_at, now))
        .returning(NoticeDelivery.person_id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(changed) is not None


async def mark_seen(session: AsyncSession, read: Sequence[tuple[NoticeId, PersonId]], now: datetime) -> None:
    """Notes that a page has shown these. Repeats change nothing."""
    which = sa.tuple_(NoticeDelivery.notice_id, NoticeDelivery.person_id).in_(read)
    await session.execute(
        sa.update(NoticeDelivery)
        .where(which, NoticeDelivery.seen_at.is_(None))
        .values(seen_at=now)
        .execution_options(synchronize_session=False)
    )
