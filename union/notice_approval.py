"""Four eyes: above a size that the unit sets, and whenever it costs money, somebody else must have seen a notice before it goes out."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Conversation, Notice, NoticeStatus, RoleGrant
from storage.types import PersonId
from union import audience as audiences
from union import notice_life, notice_waiting
from union.alerts import DESK, Fact, tell
from union.audience import Audience
from union.errors import NotAllowed, UnionError
from union.notice_content import Content
from union.notices import SENDERS, UNWRITTEN, NotNow, check_content, note
from union.people import Actor
from union.unit_settings import APPROVAL_ABOVE, setting
from union.units import ladder


class NoApprover(UnionError):
    """There is nobody else who could approve it: neither in the unit nor above."""

    code = "notice.no_approver"


async def needs_second(session: AsyncSession, notice: Notice, people: int) -> bool:
    """Whether a notice to so many people needs somebody else's eyes."""
    return notice.paid_rate or people > (await setting(session, notice.unit_id, APPROVAL_ABOVE)).value


async def approvers(session: AsyncSession, notice: Notice, but: PersonId, above: int = 0) -> list[PersonId]:
    """Whom it is put before: the staff and administrators of the unit; where there is nobody else who can be reached, those of the next one above.

    above: so many units with such people higher, and no higher than the highest. When nobody can be reached anywhere it is the nearest who hold
    the role: it waits for them. Empty if there is nobody at all.
    """
    open_door = (
        sa.select(Conversation.id)
        .where(Conversation.person_id == RoleGrant.person_id, Conversation.side == DESK, Conversation.unreachable_since.is_(None))
        .exists()
    )
    units = [unit.id for unit in await ladder(session, notice.unit_id)]
    rows = await session.execute(
        sa.select(RoleGrant.unit_id, RoleGrant.person_id, open_door)
        .where(RoleGrant.unit_id.in_(units), RoleGrant.role.in_(SENDERS), RoleGrant.revoked_at.is_(None), RoleGrant.person_id != but)
        .order_by(RoleGrant.id)
    )
    found = sorted(((units.index(row[0]), row[1], row[2]) for row in rows), key=lambda entry: entry[0])
    candidates = [entry for entry in found if entry[2]] or found
    rungs = list(dict.fromkeys(rung for rung, _, _ in candidates))
    return list(dict.fromkeys(person for rung, person, _ in candidates if rung == rungs[min(above, len(rungs) - 1)]))


async def submit(session: AsyncSession, actor: Actor, notice: Notice, now: datetime) -> NoticeStatus:
    """The author wants it sent. Returns where it is then: WAITING, SCHEDULED, or SENDING at once.

    Everything is checked as if it were new, because a draft may lie for months. Raises BadContent, BadTiming, NotAllowed, EmptyAudience,
    NoApprover, NotNow.
    """
    if notice.author_id != actor.id:
        raise NotAllowed
    if notice.status not in UNWRITTEN:
        raise NotNow(notice.status)
    await check_content(session, actor, Content.of(notice), now)
    notice_life.renew_timing(notice, now)
    audience = Audience.from_json(notice.audience)
    await audiences.check(session, actor, audience)
    notice.total = (await audiences.count(session, actor, audience)).reachable
    waits = await needs_second(session, notice, notice.total)
    if waits:
        await put_before(session, notice, now)
    notice.submitted_at = now
    note(session, notice, "submitted", now, actor.id, people=notice.total, waits=waits)
    return notice.status if waits else await notice_life.release(session, notice, now)


async def put_before(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """It waits for a second pair of eyes, and they are told. Raises NoApprover."""
    people = await approvers(session, notice, notice.author_id)
    if not people:
        raise NoApprover
    notice.status = NoticeStatus.WAITING
    await notice_waiting.begin(session, notice, notice_waiting.APPROVAL_URGENT if notice.urgent else notice_waiting.APPROVAL, now)
    for person_id in people:
        key = f"approval:{notice.id}:{now.timestamp()}:{person_id}"
        await tell(session, person_id, Fact.NOTICE_APPROVAL, now, subject="notice", subject_id=notice.id, key=key)


async def _decide(session: AsyncSession, actor: Actor, notice: Notice, now: datetime) -> None:
    """Raises NotAllowed for the author, NotNow when it does not wait (any more)."""
    if notice.author_id == actor.id:
        raise NotAllowed
    if notice.status is not NoticeStatus.WAITING:
        raise NotNow(notice.status)
    notice.decided_by, notice.decided_at = actor.id, now
    await notice_waiting.over(session, notice, now)


async def approve(session: AsyncSession, actor: Actor, notice: Notice, now: datetime) -> NoticeStatus:
    """Somebody else has seen it: it goes out, or waits for its time. A time that has passed meanwhile means at once.

    The notice was loaded by `access_notice`, which is what lets nobody in whose units don't reach it. Raises NotAllowed, NotNow, and BadTiming for
    a repetition that has no time left.
    """
    if notice.repeat:
        notice_life.renew_timing(notice, now)
    await _decide(session, actor, notice, now)
    note(session, notice, "approved", now, actor.id, people=notice.total)
    status = await notice_life.release(session, notice, now)
    await tell(session, notice.author_id, Fact.NOTICE_APPROVED, now, subject="notice", subject_id=notice.id)
    return status


async def refuse(session: AsyncSession, actor: Actor, notice: Notice, reason: str, now: datetime) -> None:
    """It goes back to its author with a reason. Raises NotAllowed, NotNow."""
    await _decide(session, actor, notice, now)
    notice.status, notice.refusal = NoticeStatus.REFUSED, reason
    note(session, notice, "refused", now, actor.id, reason=reason)
    await tell(session, notice.author_id, Fact.NOTICE_REFUSED, now, subject="notice", subject_id=notice.id)
