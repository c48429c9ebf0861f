"""Correcting a notice that has begun: those still to come get the new words, what went out is changed where the door can.

What was approved by a second pair of eyes is corrected by two as well: whoever could rewrite it alone could send anything.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Notice, NoticeEvent
from union import deliveries, notice_content, notice_life, notice_waiting
from union.alerts import Fact, tell
from union.errors import NotAllowed
from union.notice_approval import NoApprover, approvers
from union.notices import NotNow, note
from union.people import Actor

ASKED, DONE, REFUSED = "correction_asked", "corrected", "correction_refused"


async def correct(session: AsyncSession, actor: Actor, notice: Notice, *, title: str, text: str, now: datetime) -> bool:
    """Gives a notice other words. True when they hold from now on, False when somebody else must agree first.

    Raises BadContent, NoApprover, NotNow for one that has not begun.
    """
    if not notice_life.may_correct(notice):
        raise NotNow(notice.status)
    notice_content.check_words("title", title)
    notice_content.check_words("text", text)
    if notice.decided_by is None:
        await _apply(session, notice, title, text, now)
        note(session, notice, DONE, now, actor.id, version=notice.version)
        return True
    people = await approvers(session, notice, actor.id)
    if not people:
        raise NoApprover
    note(session, notice, ASKED, now, actor.id, title=title, text=text)
    await notice_waiting.begin(session, notice, notice_waiting.CORRECTION, now)
    for person_id in people:
        key = f"correction:{notice.id}:{now.timestamp()}:{person_id}"
        await tell(session, person_id, Fact.NOTICE_CORRECTION, now, subject="notice", subject_id=notice.id, key=key)
    return False


async def asked_for(session: AsyncSession, notice: Notice) -> NoticeEvent | None:
    """The correction that waits for somebody to agree: its detail holds title and text. None when none does."""
    query = sa.select(NoticeEvent).where(NoticeEvent.notice_id == notice.id, NoticeEvent.action.in_((ASKED, DONE, REFUSED)))
    last = await session.scalar(query.order_by(NoticeEvent.id.desc()).limit(1))
    return last if last is not None and last.action == ASKED else None


async def decide(session: AsyncSession, actor: Actor, notice: Notice, event_id: int, now: datetime, *, agreed: bool) -> None:
    """Somebody else agrees to a correction, or doesn't. event_id: the one they have seen.

    Raises NotAllowed for whoever asked for it, NotNow when another waits by now, or none.
    """
    asked = await asked_for(session, notice)
    if asked is None or asked.id != event_id:
        raise NotNow(notice.status)
    if asked.actor_id == actor.id:
        raise NotAllowed
    await notice_waiting.over(session, notice, now)
    if agreed:
        await _apply(session, notice, asked.detail["title"], asked.detail["text"], now)
        note(session, notice, DONE, now, actor.id, version=notice.version, asked=asked.id)
    else:
        note(session, notice, REFUSED, now, actor.id, asked=asked.id)
    if asked.actor_id is not None:
        fact = Fact.NOTICE_CORRECTED if agreed else Fact.NOTICE_CORRECTION_REFUSED
        await tell(session, asked.actor_id, fact, now, subject="notice", subject_id=notice.id)


async def _apply(session: AsyncSession, notice: Notice, title: str, text: str, now: datetime) -> None:
    notice.title, notice.text = title, text
    deliveries.correct(notice)
    await session.flush()
    await notice_life.tell_progress(session, notice, now)
