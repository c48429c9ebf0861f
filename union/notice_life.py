"""A notice from its start on: begun, paused, taken up again, stopped, corrected, finished; and the message by which its author follows it."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Notice, NoticeEvent, NoticeStatus
from storage.types import NoticeId
from union import deliveries, notice_waiting
from union.alerts import Fact, tell
from union.deliveries import Progress
from union.notice_schedule import Repeat, Timing
from union.notices import CHANGEABLE, RUNNING, NotNow, note
from union.people import Actor
from union.subscriptions import awake, quiet_until, with_nights

PROGRESS_EVERY = timedelta(seconds=2)
"""How often the message that tells the progress changes at most."""


# ---- beginning


def timing_of(notice: Notice) -> Timing:
    """When it is to go out."""
    return Timing(notice.send_at, Repeat.from_json(notice.repeat) if notice.repeat else None)


def renew_timing(notice: Notice, now: datetime) -> None:
    """The first time of a repetition that has passed is the next one. Raises BadTiming for a moment that lies behind."""
    notice.send_at = timing_of(notice).checked(now).at


async def release(session: AsyncSession, notice: Notice, now: datetime) -> NoticeStatus:
    """Nothing stands in its way any more: it goes out, or waits for its time. A time that has passed meanwhile means at once; one of a repetition
    is passed over. Raises BadTiming for a repetition that has no time left."""
    if notice.repeat:
        renew_timing(notice, now)
    if notice.send_at is not None and notice.send_at > now:
        notice.status = NoticeStatus.SCHEDULED
        return notice.status
    await start(session, notice, now)
    return notice.status


async def start(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """It begins. From here on union/deliveries makes and counts the deliveries; of a repetition the next one is planned."""
    notice.status, notice.started_at = NoticeStatus.SENDING, now
    note(session, notice, "started", now, done=0)
    await deliveries.begin(session, notice)
    await plan_next(session, notice, now)
    await session.flush()
    await tell_progress(session, notice, now)


async def plan_next(session: AsyncSession, notice: Notice, now: datetime) -> Notice | None:
    """The next of a repetition is a notice of its own, approved with the first; whom it reaches is found when it begins (until
    then its total is an estimate). None when it was the last."""
    repeat = timing_of(notice).repeat
    at = repeat.following(max(now, notice.send_at or now)) if repeat else None
    if at is None:
        return None
    kept = (
        "author_id",
        "unit_id",
        "category",
        "urgent",
        "audience",
        "title",
        "text",
        "buttons",
        "file_id",
        "survey_id",
        "repeat",
        "paid_rate",
        "total",
    )
    following = Notice(
        **{name: getattr(notice, name) for name in (*kept, "submitted_at", "decided_by", "decided_at")},
        created_at=now,
        status=NoticeStatus.SCHEDULED,
        send_at=at,
        series_id=notice.series_id or notice.id,
    )
    session.add(following)
    await session.flush()
    note(session, following, "planned", now)
    return following


# ---- while it runs


async def pause(session: AsyncSession, actor: Actor, notice: Notice, now: datetime) -> bool:
    """Nothing more goes out until it is taken up again. False when it is not being sent."""
    if notice.status is not NoticeStatus.SENDING:
        return False
    notice.status = NoticeStatus.PAUSED
    note(session, notice, "paused", now, actor.id)
    await tell_progress(session, notice, now)
    return True


async def resume(session: AsyncSession, actor: Actor, notice: Notice, now: datetime) -> bool:
    """It goes on. False when it does not stand still."""
    if notice.status is not NoticeStatus.PAUSED:
        return False
    notice.status = NoticeStatus.SENDING
    done = done_of(await deliveries.progress(session, notice.id))
    note(session, notice, "resumed", now, actor.id, done=done)
    await tell_progress(session, notice, now)
    return True


async def stop(session: AsyncSession, actor: Actor, notice: Notice, now: datetime) -> bool:
    """No more of it goes out; what is on its way arrives. One that is planned is called off, and with it what would have come after it.

    False when it is over already.
    """
    if notice.status not in (*RUNNING, NoticeStatus.SCHEDULED, NoticeStatus.WAITING):
        return False
    running = notice.status in RUNNING
    if notice.status is NoticeStatus.WAITING:
        await notice_waiting.over(session, notice, now)
    _end(session, notice, "stopped" if running else "cancelled", now, actor)
    if running:
        await deliveries.drop(session, notice.id)
        await session.flush()
        await tell_progress(session, notice, now)
    return True


async def skip(session: AsyncSession, actor: Actor, notice: Notice, now: datetime) -> Notice | None:
    """The next time of a repetition falls out. Returns the one after it, None when there is none. Raises NotNow."""
    if notice.status is not NoticeStatus.SCHEDULED or not notice.repeat:
        raise NotNow(notice.status)
    following = await plan_next(session, notice, now)
    _end(session, notice, "skipped", now, actor)
    return following


def _end(session: AsyncSession, notice: Notice, action: str, now: datetime, actor: Actor) -> None:
    notice.status, notice.finished_at = NoticeStatus.STOPPED, now
    note(session, notice, action, now, actor.id)


async def finish(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """Every recipient has an outcome: it is over."""
    if notice.status is not NoticeStatus.SENDING:
        return
    notice.status, notice.finished_at = NoticeStatus.SENT, now
    note(session, notice, "finished", now)
    await tell_progress(session, notice, now)


async def watch(session: AsyncSession, notice_id: NoticeId, now: datetime) -> bool:
    """Looks at one that is being sent: finishes it when everybody has an outcome, otherwise has its progress told now and then.

    Returns whether it goes on. Another process that looks at it just now has it.
    """
    notice = await session.get(Notice, notice_id, with_for_update={"skip_locked": True}, populate_existing=True)
    if notice is None or notice.status is not NoticeStatus.SENDING:
        return False
    if notice.expanded and (await deliveries.progress(session, notice.id)).waiting == 0:
        await finish(session, notice, now)
        return False
    if _is_worth_telling(notice, now):
        await tell_progress(session, notice, now)
    return True


def _is_worth_telling(notice: Notice, now: datetime) -> bool:
    """Whether the progress is to be told again: now and then, and once in a night in which nothing moves."""
    if notice.progress_at is None:
        return True
    rests = quiet_until(notice, now) is not None and quiet_until(notice, now) == quiet_until(notice, notice.progress_at)
    return not rests and now - notice.progress_at >= PROGRESS_EVERY


# ---- being followed


async def tell_progress(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """Has the author's progress message say where the notice stands. A digest has nobody who wrote it and waits for it."""
    notice.progress_at = now
    if notice.digest_day is not None:
        return
    key = f"progress:{notice.id}:{now.timestamp()}:{notice.status}"
    await tell(
        session, notice.author_id, Fact.NOTICE_PROGRESS, now, subject="notice", subject_id=notice.id, key=key, slot=f"notice:{notice.id}"
    )


def done_of(progress: Progress) -> int:
    """How many have an outcome."""
    return progress.total - progress.waiting


async def time_to_go(session: AsyncSession, notice: Notice, progress: Progress, now: datetime) -> timedelta | None:
    """How long it will take at the pace since it began, or was last taken up again, with the nights in which it rests; None as long as there is too
    little to tell it from, and in such a night."""
    if notice.status is not NoticeStatus.SENDING or quiet_until(notice, now) is not None:
        return None
    query = sa.select(NoticeEvent).where(NoticeEvent.notice_id == notice.id, NoticeEvent.action.in_(("started", "resumed")))
    since = await session.scalar(query.order_by(NoticeEvent.id.desc()).limit(1))
    if since is None or now <= since.at:
        return None
    done = done_of(progress) - int(since.detail.get("done", 0))
    return None if done <= 0 else with_nights(notice, now, awake(notice, since.at, now) * progress.waiting / done)


# ---- being corrected


def may_correct(notice: Notice) -> bool:
    """Whether there is something out there to correct. A digest has no words of its own."""
    return notice.started_at is not None and notice.status not in CHANGEABLE and notice.digest_day is None
