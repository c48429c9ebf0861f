"""What became of a notice: how many it reached, who read it, pressed a button, took part, switched it off; together, by unit and by hour.

Everything is counted by the database, one pass over the deliveries for each question. The outcomes of a figure add up to its total.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import DeliveryStatus, Notice, NoticeDelivery, Place, Survey, SurveyTurnout, Unit
from storage.types import NoticeId, UnitId
from union.calendar import beginning_of, day_of
from union.notices import ENDED, SENDERS, access_notice
from union.people import Actor
from union.units import UnitCard, unit_card


@dataclass(frozen=True, slots=True)
class Report:
    """A notice whose figures somebody may see. unit: in whose name it went.

    entitled: whether they may also have a row for each recipient. survey: the form behind it.
    """

    notice: Notice
    unit: UnitCard
    entitled: bool
    survey: Survey | None

    @property
    def shows_turnout(self) -> bool:
        """Whether it is shown who took part, or where and when; of an anonymous form only how many did, all together."""
        return self.survey is not None and not self.survey.anonymous


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of a notice's recipients, or of some of them.

    waiting, sent, unreachable, failed, left_out, gathered: the outcomes; they add up to total. gathered: told in a digest instead, or to be told.
    seen: the page showed it, or a button was pressed. tapped: pressed any button; taps: of each button how many pressed it, in their order.
    left: switched something off with the button under it. repeats: may have got it twice, because a process died with it in hand.
    taken_part: of those whom it reached, in the form behind it, without who cancelled; None where there is no form, or it is not shown.
    """

    total: int
    waiting: int
    sent: int
    unreachable: int
    failed: int
    left_out: int
    gathered: int
    seen: int
    tapped: int
    left: int
    repeats: int
    taps: tuple[int, ...]
    taken_part: int | None


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One line by unit. unit_id: None for recipients who belong to no unit."""

    unit_id: UnitId | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class HourRow:
    """What happened within an hour. hour: its first moment, UTC (a whole hour of Beijing is one of UTC). taken_part: None where it is not shown."""

    hour: datetime
    sent: int
    seen: int
    taken_part: int | None


async def open_report(session: AsyncSession, actor: Actor, notice_id: NoticeId) -> Report:
    """The notice, for those who may see it. Raises NotFound for missing and not theirs alike."""
    notice = await access_notice(session, actor, notice_id)
    unit = await unit_card(session, notice.unit_id)
    return Report(notice, unit, actor.reaches(unit.path, *SENDERS), await survey_of(session, notice))


async def survey_of(session: AsyncSession, notice: Notice) -> Survey | None:
    """The form behind a notice."""
    return None if notice.survey_id is None else await session.get(Survey, notice.survey_id)


async def summary(session: AsyncSession, report: Report) -> Figures:
    """All recipients together, those whose deliveries are still to be made among them."""
    found = await _whole(session, report) | {"taken_part": None}
    if report.survey is not None:
        found["taken_part"] = sum((await _turnout(session, report, sa.literal(0))).values())
    if not report.notice.expanded:
        found["total"], more = max(found["total"], report.notice.total), max(0, report.notice.total - found["total"])
        found["waiting"] += more
        if report.notice.status in ENDED:  # they are being left out, step by step (union/deliveries)
            found["left_out"], found["waiting"] = found["left_out"] + found["waiting"], 0
    return Figures(**found)


_OUTCOMES = {
    DeliveryStatus.WAITING: "waiting",
    DeliveryStatus.IN_HAND: "waiting",
    DeliveryStatus.SENT: "sent",
    DeliveryStatus.UNREACHABLE: "unreachable",
    DeliveryStatus.FAILED: "failed",
    DeliveryStatus.LEFT_OUT: "left_out",
    DeliveryStatus.GATHERED: "gathered",
}


async def _whole(session: AsyncSession, report: Report) -> dict[str, Any]:
    """The figures of all. Rows that are alike are counted together and added up here: for each row that is one count instead of fifteen."""
    one = NoticeDelivery
    alike = (one.status, one.tapped, one.left, one.seen_at.is_not(None), one.attempts > 0)
    rows = await session.execute(sa.select(*alike, sa.func.count()).where(_of(report)).group_by(*alike))
    found = dict.fromkeys(("total", *_OUTCOMES.values(), "seen", "tapped", "left", "repeats"), 0)
    taps = [0] * len(report.notice.buttons)
    for status, tapped, left, seen, again, number in rows:
        told = status == DeliveryStatus.SENT
        counts = {
            _OUTCOMES[DeliveryStatus(status)]: True,
            "total": True,
            "seen": seen,
            "tapped": tapped != 0,
            "left": left,
            "repeats": told and again,
        }
        for name, counted in counts.items():
            found[name] += number * counted
        for place in range(len(taps)):
            taps[place] += number * (tapped >> place & 1)
    return {**found, "taps": tuple(taps)}


async def by_unit(session: AsyncSession, report: Report, looked_at: UnitCard) -> list[UnitRow]:
    """One rung down from the unit looked at; those who belong to it itself are a line of their own. The most recipients first.

    Looked at from the report's own unit, those who belong elsewhere (an industry's people, a list) are counted by their districts: all are in a line.
    """
    # Counted by the unit's number first: then the units are looked at once each, and not once for each of millions.
    each = sa.select(NoticeDelivery.unit_id, *_measures(report.notice)).where(_of(report)).group_by(NoticeDelivery.unit_id).subquery()
    sums = [sa.cast(sa.func.sum(column), sa.BigInteger).label(column.name) for column in each.c if column.name != "unit_id"]
    key = _unit_key(looked_at)
    query = (
        sa.select(key.label("key"), *sums)
        .select_from(each)
        .outerjoin(Unit, Unit.id == each.c.unit_id)
        .where(_shown(report, looked_at))
        .group_by(sa.text("1"))
        .order_by(sa.text("total DESC, 1"))
    )
    rows = (await session.execute(query)).all()
    turnout = await _turnout(session, report, key, _shown(report, looked_at)) if report.shows_turnout else None
    return [
        UnitRow(
            row.key,
            Figures(**_counted(report.notice, row), taken_part=None if turnout is None else turnout.get(row.key, 0)),
        )
        for row in rows
    ]


async def by_hour(session: AsyncSession, report: Report) -> list[HourRow]:
    """Hour by hour, in order; an hour in which nothing happened has no line."""
    went_out = await _hours(session, report, NoticeDelivery.sent_at, NoticeDelivery.status == DeliveryStatus.SENT)
    seen = await _hours(session, report, NoticeDelivery.seen_at, sa.true())
    turnout = await _turnout(session, report, _hour(SurveyTurnout.at)) if report.shows_turnout else None
    hours = sorted({*went_out, *seen, *(turnout or ())})
    return [HourRow(hour, went_out.get(hour, 0), seen.get(hour, 0), None if turnout is None else turnout.get(hour, 0)) for hour in hours]


async def _hours(session: AsyncSession, report: Report, moment: Any, where: sa.ColumnElement[bool]) -> dict[datetime, int]:
    # Each moment in a query of its own: PostgreSQL counts one in parallel, and not both at once (GROUPING SETS).
    query = sa.select(_hour(moment), sa.func.count()).where(_of(report), moment.is_not(None), where).group_by(sa.text("1"))
    return {row[0]: row[1] for row in await session.execute(query)}


_TIME = sa.DateTime(timezone=True)


def _hour(moment: Any) -> sa.ColumnElement[datetime]:
    hour, origin = sa.literal(timedelta(hours=1), sa.Interval), sa.literal(datetime(2000, 1, 1, tzinfo=UTC), _TIME)
    return sa.func.date_bin(hour, moment, origin, type_=NoticeDelivery.sent_at.type)


def _of(report: Report) -> sa.ColumnElement[bool]:
    return NoticeDelivery.notice_id == report.notice.id


def _below(unit: UnitCard) -> sa.ColumnElement[bool]:
    return Unit.path.startswith(unit.path, autoescape=True)


def _shown(report: Report, looked_at: UnitCard) -> sa.ColumnElement[bool]:
    return sa.true() if looked_at.path == report.unit.path else _below(looked_at)


def _unit_key(looked_at: UnitCard) -> sa.ColumnElement[int]:
    """The unit directly below the one looked at that a recipient's unit is or stands under, or the unit itself; elsewhere its district."""

    def rung(number: int) -> sa.ColumnElement[int]:
        return sa.cast(sa.func.nullif(sa.func.split_part(Unit.path, ".", number), ""), sa.BigInteger)

    own = sa.literal(int(looked_at.id), sa.BigInteger)
    return sa.case(
        (_below(looked_at), sa.func.coalesce(rung(looked_at.path.count(".") + 1), own)), else_=sa.func.coalesce(rung(2), rung(1))
    )


async def _turnout(
    session: AsyncSession, report: Report, key: sa.ColumnElement[Any], where: sa.ColumnElement[bool] | None = None
) -> dict[Any, int]:
    """How many of those whom it reached have taken part, by key. In a form with names only since the day on which the notice went out; an anonymous
    one does not know when."""
    began = report.notice.started_at or report.notice.created_at
    query = (
        sa.select(key.label("key"), sa.func.count())
        .select_from(SurveyTurnout)
        .join(NoticeDelivery, sa.and_(_of(report), NoticeDelivery.person_id == SurveyTurnout.person_id))
        .outerjoin(Unit, Unit.id == NoticeDelivery.unit_id)
        .where(
            SurveyTurnout.survey_id == report.notice.survey_id,
            SurveyTurnout.place.is_distinct_from(Place.CANCELLED),
            NoticeDelivery.status.in_((DeliveryStatus.SENT, DeliveryStatus.GATHERED)),
            sa.true() if not report.shows_turnout else SurveyTurnout.at >= beginning_of(day_of(began)),
            sa.true() if where is None else where,
        )
        .group_by(sa.text("1"))
    )
    return {row[0]: row[1] for row in await session.execute(query)}


def _measures(notice: Notice) -> list[sa.Label[Any]]:
    def number(where: Any) -> sa.ColumnElement[int]:
        return sa.func.count().filter(where)

    one = NoticeDelivery
    measures: dict[str, sa.ColumnElement[Any]] = {
        "total": sa.func.count(),
        "waiting": number(one.status <= DeliveryStatus.IN_HAND),
        "sent": number(one.status == DeliveryStatus.SENT),
        "unreachable": number(one.status == DeliveryStatus.UNREACHABLE),
        "failed": number(one.status == DeliveryStatus.FAILED),
        "left_out": number(one.status == DeliveryStatus.LEFT_OUT),
        "gathered": number(one.status == DeliveryStatus.GATHERED),
        "seen": sa.func.count(one.seen_at),
        "tapped": number(one.tapped != 0),
        "left": number(one.left),
        "repeats": number(sa.and_(one.status == DeliveryStatus.SENT, one.attempts > 0)),
    }
    for place in range(len(notice.buttons)):
        measures[f"tap_{place}"] = number(one.tapped.op("&")(1 << place) != 0)
    return [measure.label(name) for name, measure in measures.items()]


def _counted(notice: Notice, row: Any) -> dict[str, Any]:
    found = {name: value for name, value in row._mapping.items() if name != "key"}
    found["taps"] = tuple(found.pop(f"tap_{place}") for place in range(len(notice.buttons)))
    return found
