"""What the clock does with notices: those whose time has come begin, if what held when they were planned still holds."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Notice, NoticeStatus
from storage.types import NoticeId
from union import audience as audiences
from union import notice_approval, notice_life
from union.alerts import Fact, tell
from union.audience import Audience, EmptyAudience
from union.errors import UnionError
from union.notice_approval import NoApprover
from union.notices import may_urge, note
from union.people import load_actor

AT_ONCE = 10
"""Notices begun in one transaction at most."""


async def start_due(session: AsyncSession, now: datetime) -> list[NoticeId]:
    """Begins the notices whose time has come, each by one process only. Returns those that began; the others were put off or called off, and their
    authors told why."""
    due = sa.select(Notice).where(Notice.status == NoticeStatus.SCHEDULED, Notice.send_at <= now).order_by(Notice.send_at, Notice.id)
    begun = []
    for notice in await session.scalars(due.limit(AT_ONCE).with_for_update(skip_locked=True)):
        if reason := await _hindrance(session, notice):
            await _call_off(session, notice, reason, now)
        elif await _grown(session, notice):
            await _ask_again(session, notice, now)
        else:
            await notice_life.start(session, notice, now)
            begun.append(notice.id)
    return begun


async def _hindrance(session: AsyncSession, notice: Notice) -> str:
    """Why it can't begin: the author may not send there (any more), or nobody would get it. Empty when it can."""
    author = await load_actor(session, notice.author_id)
    try:
        await audiences.check(session, author, Audience.from_json(notice.audience))
    except EmptyAudience:
        return "empty"
    except UnionError:
        return "not_allowed"
    return "not_allowed" if (notice.urgent or notice.paid_rate) and not may_urge(author) else ""


async def _grown(session: AsyncSession, notice: Notice) -> bool:
    """Whether nobody has approved it, and by now it reaches more people than may go without."""
    if notice.decided_by is not None:
        return False
    author = await load_actor(session, notice.author_id)
    notice.total = (await audiences.count(session, author, Audience.from_json(notice.audience))).reachable
    return await notice_approval.needs_second(session, notice, notice.total)


async def _ask_again(session: AsyncSession, notice: Notice, now: datetime) -> None:
    try:
        await notice_approval.put_before(session, notice, now)
    except NoApprover:
        await _call_off(session, notice, "no_approver", now)
        return
    note(session, notice, "grown", now, people=notice.total)
    await _tell_author(session, notice, now, "grown")


async def _call_off(session: AsyncSession, notice: Notice, reason: str, now: datetime) -> None:
    """This time it falls out. Of a repetition the next one comes all the same, unless the author may not send any more."""
    if reason == "empty":
        await notice_life.plan_next(session, notice, now)
    notice.status, notice.finished_at = NoticeStatus.STOPPED, now
    note(session, notice, "called_off", now, reason=reason)
    await _tell_author(session, notice, now, reason)


async def _tell_author(session: AsyncSession, notice: Notice, now: datetime, reason: str) -> None:
    await tell(session, notice.author_id, Fact.NOTICE_HELD, now, subject="notice", subject_id=notice.id, reason=reason)


async def next_start(session: AsyncSession) -> datetime | None:
    """When the next notice is to begin."""
    return await session.scalar(sa.select(sa.func.min(Notice.send_at)).where(Notice.status == NoticeStatus.SCHEDULED))
