"""Notices: something told to many. Who may see one, drafts, lists, and the lines that tell what was done with it.

    draft ──submit──► waiting ──approve──► scheduled ──due──► sending ◄──► paused
      ▲                  │ refuse             │ cancel           │            │
      └──change── refused ◄┘                  ▼                  ▼            ▼
                                           stopped          sent, or stopped

What is written: union/notice_content. Second pair of eyes: union/notice_approval. When: union/notice_schedule. From the start on: union/notice_life.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Category, Notice, NoticeEvent, NoticeStatus, Role, Survey, Unit, UnitKind
from storage.types import NoticeId, PersonId
from union import audience as audiences
from union import notice_content, notice_waiting, surveys
from union.audience import Audience
from union.errors import NotAllowed, NotFound, UnionError
from union.notice_content import BadContent, Content
from union.notice_schedule import Timing
from union.people import Actor
from union.units import UnitCard

SENDERS = (Role.STAFF, Role.ADMIN)
"""The roles that send notices."""

UNWRITTEN = (NoticeStatus.DRAFT, NoticeStatus.REFUSED)
"""May be submitted."""

CHANGEABLE = (*UNWRITTEN, NoticeStatus.WAITING, NoticeStatus.SCHEDULED)
"""May still be changed; one that waits, or was approved, becomes a draft again with that."""

RUNNING = (NoticeStatus.SENDING, NoticeStatus.PAUSED)
ENDED = (NoticeStatus.SENT, NoticeStatus.STOPPED)


class NotNow(UnionError):
    """A notice can't go from where it is to where it was to go."""

    code = "notice.not_now"

    def __init__(self, status: NoticeStatus) -> None:
        super().__init__(f"the notice is {status}")
        self.status = status


def note(session: AsyncSession, notice: Notice, action: str, now: datetime, actor_id: PersonId | None = None, **detail: Any) -> None:
    """Writes a line of what was done with a notice, in the transaction that does it."""
    session.add(NoticeEvent(notice_id=notice.id, at=now, actor_id=actor_id, action=action, detail=detail))


async def events(session: AsyncSession, notice_id: NoticeId) -> list[NoticeEvent]:
    """What was done with a notice, from the first."""
    return list(await session.scalars(sa.select(NoticeEvent).where(NoticeEvent.notice_id == notice_id).order_by(NoticeEvent.id)))


# ---- who may


def may_send(actor: Actor) -> bool:
    """Whether somebody may write notices at all."""
    return actor.has(*SENDERS)


def may_urge(actor: Actor) -> bool:
    """Whether somebody may send at night, in an emergency, or at the paid rate: administrators, and staff of the city or of a district."""
    high = (UnitKind.CITY, UnitKind.DISTRICT, UnitKind.INDUSTRY)
    return actor.has(Role.ADMIN) or any(unit.kind in high for unit in actor.units(Role.STAFF))


async def access_notice(session: AsyncSession, actor: Actor, notice_id: NoticeId, *, lock: bool = False) -> Notice:
    """The notice, for its author and for staff whose units reach the one in whose name it goes; a draft only for its author.

    Raises NotFound for a missing one and for somebody else's alike.
    """
    notice = await session.get(Notice, notice_id, with_for_update=lock, populate_existing=lock)
    if notice is None or not may_send(actor):
        raise NotFound
    if notice.author_id == actor.id:
        return notice
    path = await session.scalar(sa.select(Unit.path).where(Unit.id == notice.unit_id))
    if notice.status in UNWRITTEN or not actor.reaches(path or "", *SENDERS):
        raise NotFound
    return notice


def in_whose_name(actor: Actor) -> UnitCard:
    """The unit that signs what somebody sends: the highest at which they hold their role. Raises NotAllowed."""
    units = sorted(actor.units(*SENDERS), key=lambda unit: unit.path.count("."))
    if not units:
        raise NotAllowed
    return units[0]


# ---- drafts


async def write(
    session: AsyncSession,
    actor: Actor,
    content: Content,
    audience: Audience,
    *,
    timing: Timing,
    now: datetime,
    notice: Notice | None = None,
) -> Notice:
    """Keeps what was written as a draft: a new one, or `notice` (one's own) changed. Whatever was approved or asked for before is void then.

    Raises BadContent, BadTiming, NotAllowed (an audience beyond one's units, urgent without the right to), NotNow.
    """
    await check_content(session, actor, content, now)
    timing = timing.checked(now)
    urgent = content.urgent or content.category is Category.EMERGENCY
    if urgent and not may_urge(actor):
        raise NotAllowed
    await audiences.check(session, actor, audience)
    unit = in_whose_name(actor)
    if notice is None:
        notice = Notice(author_id=actor.id, created_at=now, status=NoticeStatus.DRAFT)
        session.add(notice)
        action = "written"
    else:
        _change_own(actor, notice)
        action = "changed" if notice.status in UNWRITTEN else "withdrawn"
    notice.unit_id, notice.audience = unit.id, audience.to_json()
    notice.title, notice.text, notice.category, notice.urgent = content.title, content.text, content.category, urgent
    notice.buttons = [button.to_json() for button in content.buttons]
    notice.file_id, notice.survey_id = content.file_id, content.survey_id
    notice.send_at, notice.repeat = timing.at, timing.repeat.to_json() if timing.repeat else None
    await session.flush()
    await _undo(session, notice, now)
    note(session, notice, action, now, actor.id)
    return notice


async def check_content(session: AsyncSession, actor: Actor, content: Content, now: datetime) -> None:
    """Whether this can go out: what it says, its picture or file, and the form behind one of its buttons. Raises BadContent."""
    notice_content.check(content)
    await notice_content.check_stored_file(session, content.file_id)
    if content.survey_id is not None:
        try:
            await surveys.to_attach(session, actor, content.survey_id, now)
        except (NotFound, surveys.Closed):
            raise BadContent("buttons", "survey_over") from None


async def _undo(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """Back to a draft: nobody has asked for anything, nobody has decided anything."""
    if notice.status is NoticeStatus.WAITING:
        await notice_waiting.over(session, notice, now)
    notice.status = NoticeStatus.DRAFT
    notice.submitted_at = notice.decided_by = notice.decided_at = notice.refusal = None


def _change_own(actor: Actor, notice: Notice) -> None:
    if notice.author_id != actor.id:
        raise NotFound
    if notice.status not in CHANGEABLE:
        raise NotNow(notice.status)


async def take_back(session: AsyncSession, actor: Actor, notice: Notice, now: datetime) -> None:
    """The author takes back what waits or is planned: it is a draft again. Raises NotFound, NotNow."""
    _change_own(actor, notice)
    if notice.status in UNWRITTEN:
        return
    await _undo(session, notice, now)
    note(session, notice, "withdrawn", now, actor.id)


async def go_paid(session: AsyncSession, actor: Actor, notice: Notice, now: datetime, *, paid: bool) -> None:
    """Whether a draft is to go at the paid rate. Raises NotAllowed, NotFound, NotNow."""
    _change_own(actor, notice)
    if notice.status not in UNWRITTEN:
        raise NotNow(notice.status)
    if paid and not may_urge(actor):
        raise NotAllowed
    notice.paid_rate = paid
    note(session, notice, "paid" if paid else "unpaid", now, actor.id)


async def discard(session: AsyncSession, actor: Actor, notice: Notice, now: datetime) -> None:
    """Deletes a draft. One that was ever submitted is stopped instead: its lines stay. Raises NotFound, NotNow."""
    _change_own(actor, notice)
    if notice.status not in UNWRITTEN:
        raise NotNow(notice.status)
    notice.status, notice.finished_at = NoticeStatus.STOPPED, now
    note(session, notice, "discarded", now, actor.id)


# ---- lists


class Which(StrEnum):
    """What of the notices is listed."""

    DRAFTS = "drafts"  # one's own, and what came back refused
    WAITING = "waiting"  # for a second pair of eyes
    AHEAD = "ahead"  # planned, being sent, standing still
    OVER = "over"  # sent or stopped


_STATUSES: dict[Which, Sequence[NoticeStatus]] = {
    Which.DRAFTS: UNWRITTEN,
    Which.WAITING: (NoticeStatus.WAITING,),
    Which.AHEAD: (NoticeStatus.SCHEDULED, *RUNNING),
    Which.OVER: ENDED,
}


def _listed(actor: Actor, which: Which) -> sa.ColumnElement[bool]:
    mine = Notice.author_id == actor.id
    reached = [Unit.path.startswith(unit.path, autoescape=True) for unit in actor.units(*SENDERS)]
    seen = mine if which is Which.DRAFTS else sa.or_(mine, *reached)
    # A draft that was thrown away is no notice that somebody would look for.
    real = sa.or_(Notice.submitted_at.is_not(None), Notice.started_at.is_not(None)) if which is Which.OVER else sa.true()
    return sa.and_(Notice.status.in_(_STATUSES[which]), seen, real)


async def listed(session: AsyncSession, actor: Actor, which: Which, *, limit: int, offset: int = 0) -> list[Notice]:
    """Notices of one's units, and one's own: those to come by their time, the others from the latest."""
    order = (
        (Notice.send_at.asc().nulls_first(),) if which is Which.AHEAD else (sa.func.coalesce(Notice.started_at, Notice.created_at).desc(),)
    )
    query = sa.select(Notice).join(Unit, Unit.id == Notice.unit_id).where(_listed(actor, which)).order_by(*order, Notice.id.desc())
    return list(await session.scalars(query.limit(limit).offset(offset)))


async def numbers(session: AsyncSession, actor: Actor) -> dict[Which, int]:
    """How many there are to list of each."""
    counted = [sa.func.count().filter(_listed(actor, which)) for which in Which]
    row = (await session.execute(sa.select(*counted).select_from(Notice).join(Unit, Unit.id == Notice.unit_id))).one()
    return dict(zip(Which, row, strict=True))


async def open_surveys(session: AsyncSession, actor: Actor, now: datetime, limit: int = 8) -> list[Survey]:
    """The forms that may stand behind a button: those of one's own units that are open, the newest first."""
    reached = [Unit.path.startswith(unit.path, autoescape=True) for unit in actor.units(*SENDERS)]
    query = (
        sa.select(Survey)
        .join(Unit, Unit.id == Survey.unit_id)
        .where(sa.or_(sa.false(), *reached), Survey.closed_at.is_(None), Survey.closes_at > now)
        .order_by(Survey.id.desc())
        .limit(limit)
    )
    return list(await session.scalars(query))


async def under_way(session: AsyncSession) -> list[NoticeId]:
    """The notices that are being sent."""
    return list(await session.scalars(sa.select(Notice.id).where(Notice.status == NoticeStatus.SENDING).order_by(Notice.id)))
