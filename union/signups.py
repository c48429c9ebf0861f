"""Signing up for an activity or a training: places, a waiting list, and who is next when somebody cancels.

The survey's row is locked by everybody who takes or gives up a place, so the last one is given once. A place is given by number: first come, first served.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Place, Survey, SurveyAnswer, SurveyKind, SurveyTurnout
from storage.outbox import put_facts
from storage.types import PersonId, SurveyId
from union.alerts import MEMBER, Fact, tell
from union.errors import NotFound
from union.people import Actor
from union.survey_questions import read_answers
from union.surveys import Closed, NotEntitled, access, is_entitled, is_open, keep_answer, questions_of

REMINDED = timedelta(days=1)
"""How long before an activity those who have a place are reminded of it."""

UNDATED = timedelta(days=90)
"""So long after signing up has ended, an activity whose day was never said is taken to have begun."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an activity is filled. places: None for no limit."""

    places: int | None
    taken: int
    waiting: int

    @property
    def free(self) -> int | None:
        """Places left; None for no limit."""
        return None if self.places is None else max(0, self.places - self.taken)


@dataclass(frozen=True, slots=True)
class Own:
    """One of somebody's own sign-ups. ahead: how many wait before them."""

    survey: Survey
    place: Place
    ahead: int


def has_begun(survey: Survey, now: datetime) -> bool:
    """Whether the activity has begun: from then on nobody gives up a place or gets one. That signing up has ended is no matter."""
    return (survey.held_at or survey.closes_at + UNDATED) <= now


async def sign_up(session: AsyncSession, survey_id: SurveyId, person_id: PersonId, answers: Mapping[str, Any], now: datetime) -> Place:
    """Takes a place, or the next one on the waiting list. Who has one keeps it, and their answers change.

    Raises NotFound, Closed, NotEntitled, BadAnswer.
    """
    survey = await _locked(session, survey_id)
    if not is_open(survey, now):
        raise Closed
    if not await is_entitled(session, survey, person_id):
        raise NotEntitled
    given = read_answers(questions_of(survey), answers)
    taken = await session.get(SurveyTurnout, (survey_id, person_id))
    if taken is None or taken.place is Place.CANCELLED:
        place = Place.IN if (await standing(session, survey)).free != 0 else Place.WAITING
        number = 1 + (await session.scalar(sa.select(sa.func.max(SurveyTurnout.number)).where(SurveyTurnout.survey_id == survey_id)) or 0)
        if taken is None:
            taken = SurveyTurnout(survey_id=survey_id, person_id=person_id, number=number, place=place, at=now)
            session.add(taken)
        else:  # they come again: at the end of the queue
            taken.number, taken.place, taken.at = number, place, now
        await session.flush()
    await keep_answer(session, survey, person_id, given, now)
    assert taken.place is not None
    return taken.place


async def cancel(session: AsyncSession, survey_id: SurveyId, person_id: PersonId, now: datetime) -> bool:
    """Gives a place up, or leaves the waiting list; the next in line is told and in. Possible until the activity begins.

    Returns False when there was nothing to give up. Raises NotFound, and Closed once it has begun.
    """
    survey = await _locked(session, survey_id)
    taken = await session.get(SurveyTurnout, (survey_id, person_id))
    if taken is None or taken.place is Place.CANCELLED:
        return False
    if has_begun(survey, now):
        raise Closed
    taken.place = Place.CANCELLED
    await session.execute(sa.delete(SurveyAnswer).where(SurveyAnswer.survey_id == survey_id, SurveyAnswer.person_id == person_id))
    await session.flush()
    await _move_up(session, survey, now)
    return True


async def set_places(session: AsyncSession, actor: Actor, survey_id: SurveyId, places: int | None, now: datetime) -> int:
    """Changes the number of places; nobody loses theirs. Returns how many of those waiting have moved up. Raises NotFound."""
    await access(session, actor, survey_id)
    survey = await _locked(session, survey_id)
    survey.places = places
    return await _move_up(session, survey, now)


async def _locked(session: AsyncSession, survey_id: SurveyId) -> Survey:
    survey = await session.get(Survey, survey_id, with_for_update=True, populate_existing=True)
    if survey is None or survey.kind is not SurveyKind.SIGN_UP:
        raise NotFound
    return survey


async def _move_up(session: AsyncSession, survey: Survey, now: datetime) -> int:
    """Gives the free places to those who wait, in the order in which they came, and tells them."""
    if has_begun(survey, now):
        return 0
    waiting = (
        sa.select(SurveyTurnout)
        .where(SurveyTurnout.survey_id == survey.id, SurveyTurnout.place == Place.WAITING)
        .order_by(SurveyTurnout.number)
        .limit((await standing(session, survey)).free)
    )
    moved = (await session.scalars(waiting)).all()
    for each in moved:
        each.place = Place.IN
        key = f"survey:{survey.id}:place:{each.person_id}:{each.number}"
        await tell(session, each.person_id, Fact.PLACE_GIVEN, now, subject="survey", subject_id=survey.id, key=key)
    await session.flush()
    return len(moved)


async def standing(session: AsyncSession, survey: Survey) -> Standing:
    """How an activity is filled."""
    rows = await session.execute(
        sa.select(SurveyTurnout.place, sa.func.count()).where(SurveyTurnout.survey_id == survey.id).group_by(SurveyTurnout.place)
    )
    by_place = {place: number for place, number in rows}
    return Standing(survey.places, by_place.get(Place.IN, 0), by_place.get(Place.WAITING, 0))


async def ahead_of(session: AsyncSession, taken: SurveyTurnout) -> int:
    """How many wait before somebody on the waiting list."""
    return (
        await session.scalar(
            sa.select(sa.func.count()).where(
                SurveyTurnout.survey_id == taken.survey_id, SurveyTurnout.place == Place.WAITING, SurveyTurnout.number < taken.number
            )
        )
        or 0
    )


async def own(session: AsyncSession, person_id: PersonId, now: datetime, limit: int = 20) -> list[Own]:
    """What somebody has signed up for and has not begun, the nearest first."""
    ahead = sa.or_(Survey.held_at > now, sa.and_(Survey.held_at.is_(None), Survey.closes_at > now - UNDATED))
    rows = await session.execute(
        sa.select(Survey, SurveyTurnout)
        .join(SurveyTurnout, SurveyTurnout.survey_id == Survey.id)
        .where(
            SurveyTurnout.person_id == person_id,
            SurveyTurnout.place.in_((Place.IN, Place.WAITING)),
            ahead,
        )
        .order_by(sa.func.coalesce(Survey.held_at, Survey.closes_at), Survey.id)
        .limit(limit)
    )
    found = []
    for survey, taken in rows.all():
        before = await ahead_of(session, taken) if taken.place is Place.WAITING else 0
        found.append(Own(survey, taken.place or Place.IN, before))
    return found


async def remind(session: AsyncSession, now: datetime, limit: int = 10) -> int:
    """Reminds those who have a place on the day before, once; any number of processes may. Returns for how many activities, at most `limit`."""
    query = (
        sa.select(Survey)
        .where(Survey.kind == SurveyKind.SIGN_UP, Survey.reminded_at.is_(None), Survey.held_at > now, Survey.held_at <= now + REMINDED)
        .order_by(Survey.held_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due: Sequence[Survey] = (await session.scalars(query)).all()
    for survey in due:
        survey.reminded_at = now
        those_in = sa.select(SurveyTurnout.person_id).where(SurveyTurnout.survey_id == survey.id, SurveyTurnout.place == Place.IN)
        await put_facts(session, [_reminder(survey.id, person_id) for person_id in await session.scalars(those_in)], now)
    return len(due)


def _reminder(survey_id: SurveyId, person_id: PersonId) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "side": MEMBER,
        "kind": Fact.SIGN_UP_EVE.value,
        "params": {"survey": survey_id},
        "subject": "survey",
        "subject_id": survey_id,
        "dedupe_key": f"survey:{survey_id}:eve:{person_id}",
    }
