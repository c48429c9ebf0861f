"""What the clock does with notices: those whose time has come begin, if what held when they were planned still holds; and who is to decide on one
that waits is told again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Notice, NoticeStatus
from storage.types import NoticeId, PersonId
from union import audience as audiences
from union import notice_approval, notice_correction, notice_life
from union.alerts import Fact, tell
from union.audience import Audience, EmptyAudience
from union.deadlines import Due, Told
from union.errors import UnionError
from union.notice_approval import NoApprover
from union.notices import may_urge, note
from union.people import load_actor
from union.rules import Do, Rules, Whom

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


# ---- while nobody decides


class NoticeClock:
    """The `Subject` of deadlines on notices: those that wait for a second pair of eyes, or whose correction does (union/notice_waiting)."""

    async def lock(self, session: AsyncSession, subject_ids: Sequence[int]) -> None:
        """Locks the notices, as everybody does who decides on one."""
        await session.execute(sa.select(Notice.id).where(Notice.id.in_(set(subject_ids))).order_by(Notice.id).with_for_update())

    async def act(self, session: AsyncSession, due: Sequence[Due], rules: Rules, now: datetime) -> list[Told]:
        """Tells those who are to decide again, and from an escalation on those above. It leaves no rungs: deciding is the only way to say that one has it."""
        for step in due:
            await _press(session, await session.get_one(Notice, NoticeId(step.subject_id), populate_existing=True), step, now)
        return []


async def _press(session: AsyncSession, notice: Notice, due: Due, now: datetime) -> None:
    if notice.status is NoticeStatus.WAITING:
        fact, but = Fact.NOTICE_APPROVAL, notice.author_id
    elif asked := await notice_correction.asked_for(session, notice):
        fact, but = Fact.NOTICE_CORRECTION, asked.actor_id or notice.author_id
    else:
        return
    people = await _pressed(session, notice, due, but)
    hours = int((now - (due.due_at - due.rule.due)).total_seconds() // 3600)
    for person_id in people:
        key = f"waits:{due.id}:{due.number}:{person_id}"
        await tell(session, person_id, fact, now, subject="notice", subject_id=notice.id, key=key, hours=hours)
    higher = due.step.do is not Do.REMIND
    note(session, notice, "pressed_above" if higher else "pressed", now, people=len(people))
    if higher and fact is Fact.NOTICE_APPROVAL and due.number < len(due.rule.steps):
        await _tell_author(session, notice, now, "waits")


async def _pressed(session: AsyncSession, notice: Notice, due: Due, but: PersonId) -> list[PersonId]:
    """Whom a step tells: those it was put before, those of the next unit above, and one higher each time that nobody has decided."""
    above = 1 + max(0, due.number - len(due.rule.steps) + 1)
    rungs = [above if whom is Whom.ABOVE else 0 for whom in due.step.tell]
    found = [await notice_approval.approvers(session, notice, but, rung) for rung in rungs]
    return list(dict.fromkeys(person_id for people in found for person_id in people))
