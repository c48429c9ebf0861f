"""Notices that have gone out, laid into the database as they stand afterwards: for tests of what is counted of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Category, DeliveryStatus, Notice, NoticeDelivery, NoticeStatus, Person, Place, Survey, SurveyKind, SurveyTurnout
from storage.types import NoticeId, PersonId, SurveyId, UnitId
from tests.union.world import CHAOYANG, CITY, JINSONG, World

BUTTONS = [
    {"label": "已阅", "do": "ack", "value": ""},
    {"label": "看原文", "do": "link", "value": "https://example.org/"},
    {"label": "我要报名", "do": "survey", "value": "1"},
]


async def new_notice(world: World, *, unit_id: UnitId = CHAOYANG, author_id: PersonId | None = None, **other: Any) -> NoticeId:
    """A notice of 朝阳 that has been sent, with the three buttons; other: what is to be different."""
    now = world.clock.now()
    values: dict[str, Any] = {
        "author_id": author_id or world.staff,
        "unit_id": unit_id,
        "category": Category.ACTIVITY,
        "audience": {},
        "title": "技能培训班",
        "text": "下周开班，欢迎报名。",
        "buttons": BUTTONS,
        "status": NoticeStatus.SENT,
        "created_at": now,
        "submitted_at": now,
        "started_at": now,
        "finished_at": now,
        "expanded": True,
    }
    async with world.database.begin() as session:
        notice = Notice(**{**values, **other})
        session.add(notice)
        await session.flush()
        return notice.id


async def deliver(
    world: World, notice_id: NoticeId, status: DeliveryStatus = DeliveryStatus.SENT, unit_id: UnitId | None = JINSONG, **other: Any
) -> PersonId:
    """Somebody new for whom the notice was meant, and what became of it. Returns who."""
    now = world.clock.now()
    async with world.database.begin() as session:
        person_id = await _somebody(session, unit_id, now, other.pop("phone", None), other.pop("card", None))
        session.add(NoticeDelivery(notice_id=notice_id, person_id=person_id, unit_id=unit_id, status=status, **other))
        return person_id


async def _somebody(session: AsyncSession, unit_id: UnitId | None, now: datetime, phone: str | None, card: str | None) -> PersonId:
    person = Person(unit_id=unit_id, phone=phone, phone_index=phone, card=card, card_index=card, consent_at=now, created_at=now)
    session.add(person)
    await session.flush()
    return person.id


async def attach_survey(world: World, notice_id: NoticeId, *, anonymous: bool = False, kind: SurveyKind = SurveyKind.SIGN_UP) -> SurveyId:
    """A form behind the notice, open since the day before."""
    now = world.clock.now()
    async with world.database.begin() as session:
        survey = Survey(
            unit_id=CITY,
            author_id=world.city_staff,
            kind=kind,
            title="培训报名",
            questions=[],
            anonymous=anonymous,
            opens_at=now.replace(day=now.day - 1),
            closes_at=now.replace(month=12),
            created_at=now,
        )
        session.add(survey)
        await session.flush()
        await session.execute(sa.update(Notice).where(Notice.id == notice_id).values(survey_id=survey.id))
        return survey.id


async def take_part(
    world: World, survey_id: SurveyId, person_id: PersonId, place: Place | None = Place.IN, at: datetime | None = None
) -> None:
    """Somebody fills the form in."""
    async with world.database.begin() as session:
        session.add(SurveyTurnout(survey_id=survey_id, person_id=person_id, number=person_id, place=place, at=at or world.clock.now()))
