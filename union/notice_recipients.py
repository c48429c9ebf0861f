"""What became of a notice for each single recipient: a row for each in a table, without anything that names them, and the answer for one person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.models import DeliveryStatus, Notice, NoticeDelivery, Person, Place, Survey, SurveyTurnout, Unit
from storage.types import NoticeId, PersonId
from union.audience_filter import own_units
from union.notice_report import Report, survey_of
from union.notices import ENDED
from union.numbers import plain_number
from union.people import Actor

MOST_ROWS = 50_000
"""A turn has 20 seconds; a table of so many takes about 5 seconds of a core, nearly all of it the writing."""

_AT_A_TIME = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """What became of a notice for one person. unit: where they belonged. taps: the places of the buttons that they pressed.

    taken_part: of the form behind it; None where there is none, and in an anonymous one. left, repeats: as in `notice_report.Figures`.
    digest: when the digest that holds it went out, of one that is gathered.
    """

    unit: str
    status: DeliveryStatus
    sent_at: datetime | None
    seen_at: datetime | None
    taps: tuple[int, ...]
    left: bool
    repeats: bool
    taken_part: bool | None
    digest: datetime | None


async def rows(session: AsyncSession, report: Report) -> AsyncIterator[Sequence[Recipient]]:
    """All recipients, by unit and outcome, a thousand at a time; `MOST_ROWS` at most. Nothing in a row says who it is."""
    notice = report.notice
    query = _query(notice, report.survey).order_by(Unit.path, NoticeDelivery.status, NoticeDelivery.sent_at, NoticeDelivery.seen_at)
    result = await session.stream(query.limit(MOST_ROWS).execution_options(yield_per=_AT_A_TIME))
    async for some in result.partitions():
        yield [_recipient(notice, row) for row in some]


async def outcome_of(session: AsyncSession, notice_id: NoticeId, person_id: PersonId) -> Recipient | None:
    """What became of the notice for this person; None when they are not among those it was meant for. The caller has checked who may know.

    While the deliveries are still being made, somebody whose turn has not come has no answer yet (`is_complete`).
    """
    notice = await session.get_one(Notice, notice_id)
    query = _query(notice, await survey_of(session, notice)).where(NoticeDelivery.person_id == person_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _recipient(notice, row)


def is_complete(notice: Notice, person_id: PersonId) -> bool:
    """Whether it is decided that somebody is among the recipients, or is not."""
    return notice.expanded or person_id <= notice.expanded_to or notice.status in ENDED


async def find(session: AsyncSession, actor: Actor, number: str) -> list[PersonId]:
    """The people with this phone or card number, as far as the actor's staff roles reach; none for all others, who look like nobody."""
    plain = plain_number(number)
    if not plain:
        return []
    query = (
        sa.select(Person.id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(sa.or_(Person.phone_index == plain, Person.card_index == plain), own_units(actor))
        .order_by(Person.id)
    )
    return list(await session.scalars(query))


def _query(notice: Notice, survey: Survey | None) -> sa.Select[*tuple[Any, ...]]:
    told = aliased(NoticeDelivery)
    taken = (
        sa.exists().where(
            SurveyTurnout.survey_id == survey.id,
            SurveyTurnout.person_id == NoticeDelivery.person_id,
            SurveyTurnout.place.is_distinct_from(Place.CANCELLED),
        )
        if survey is not None and not survey.anonymous
        else sa.null()
    )
    return (
        sa.select(
            Unit.name,
            NoticeDelivery.status,
            NoticeDelivery.sent_at,
            NoticeDelivery.seen_at,
            NoticeDelivery.tapped,
            NoticeDelivery.left,
            NoticeDelivery.attempts,
            taken.label("taken_part"),
            told.sent_at.label("digest"),
        )
        .outerjoin(Unit, Unit.id == NoticeDelivery.unit_id)
        .outerjoin(told, sa.and_(told.notice_id == NoticeDelivery.digest_id, told.person_id == NoticeDelivery.person_id))
        .where(NoticeDelivery.notice_id == notice.id)
    )


def _recipient(notice: Notice, row: Any) -> Recipient:
    status = DeliveryStatus(row.status)
    return Recipient(
        unit=row.name or "",
        status=status,
        sent_at=row.sent_at if status is DeliveryStatus.SENT else None,
        seen_at=row.seen_at,
        taps=tuple(place for place in range(len(notice.buttons)) if row.tapped & 1 << place),
        left=row.left,
        repeats=status is DeliveryStatus.SENT and row.attempts > 0,
        taken_part=row.taken_part,
        digest=row.digest,
    )
