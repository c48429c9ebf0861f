"""Surveys and votes: made, open for those they are meant for, answered once, ended. Sign-ups have more to them (union/signups).

Who has taken part (survey_turnout) and what was answered (survey_answer) are written in one transaction, so nobody counts twice and no answer is
lost. In an anonymous survey no column leads from one to the other: the answer holds no person, a number drawn at random, and the day of the opening
instead of its own; the line of the turnout holds no time of its own. What is left when it runs is taken away when it ends (union/survey_closing).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.models import Notice, NoticeDelivery, Person, Role, Survey, SurveyAnswer, SurveyKind, SurveyTurnout, Unit
from storage.types import PersonId, SurveyId, UnitId
from union import survey_questions
from union.calendar import day_of
from union.errors import NotAllowed, NotFound, UnionError
from union.people import Actor
from union.survey_questions import Given, Question, read_answers

LONGEST_OPEN = timedelta(days=366)
LONGEST_TITLE = 40
MOST_PLACES = 100_000

ALWAYS_ANONYMOUS = frozenset({SurveyKind.APPRAISAL, SurveyKind.CONSENT, SurveyKind.WAGES})
MEMBERS_ONLY = frozenset({SurveyKind.APPRAISAL, SurveyKind.CONSENT})
"""Votes of the unit's own members (S1 三(四)1, 三(三)2); elsewhere whoever was sent the notice may answer too."""


class BadSurvey(UnionError):
    """A survey that can't be made as it is. reason: what is wrong."""

    code = "survey.bad"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Closed(UnionError):
    """It has not begun, or is over."""

    code = "survey.closed"


class NotEntitled(UnionError):
    """It is meant for others."""

    code = "survey.not_entitled"


class AlreadyAnswered(UnionError):
    """An anonymous answer was given already: nobody could tell which one to change."""

    code = "survey.already_answered"


class State(StrEnum):
    """Whether somebody can take part now."""

    OPEN = "open"
    CLOSED = "closed"
    NOT_ENTITLED = "not_entitled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A survey that is to be made. held_at, places: of a sign-up."""

    unit_id: UnitId
    kind: SurveyKind
    title: str
    questions: Sequence[Question]
    closes_at: datetime
    anonymous: bool = False
    places: int | None = None
    held_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A survey as one person finds it. taken: they took part; answers: what they answered, where it is known whose it is."""

    survey: Survey
    questions: tuple[Question, ...]
    state: State
    taken: SurveyTurnout | None
    answers: Mapping[str, Any]


# ---- made


async def define(session: AsyncSession, actor: Actor, wanted: Wanted, now: datetime) -> Survey:
    """Makes a survey; it is open from now on for those who find it. Raises NotAllowed, NotFound, BadSurvey, BadQuestions."""
    path = await session.scalar(sa.select(Unit.path).where(Unit.id == wanted.unit_id))
    if path is None:
        raise NotFound
    if not actor.reaches(path, Role.STAFF, Role.ADMIN):
        raise NotAllowed
    survey_questions.check(wanted.questions)
    if reason := _wrong(wanted, now):
        raise BadSurvey(reason)
    survey = Survey(
        unit_id=wanted.unit_id,
        author_id=actor.id,
        kind=wanted.kind,
        title=wanted.title.strip(),
        questions=[question.to_json() for question in wanted.questions],
        anonymous=wanted.anonymous or wanted.kind in ALWAYS_ANONYMOUS,
        places=wanted.places,
        opens_at=now,
        closes_at=wanted.closes_at,
        held_at=wanted.held_at,
        created_at=now,
    )
    session.add(survey)
    await session.flush()
    return survey


def _wrong(wanted: Wanted, now: datetime) -> str:
    """What is wrong with a survey besides its questions; empty when nothing is."""
    sign_up = wanted.kind is SurveyKind.SIGN_UP
    if not 1 <= len(wanted.title.strip()) <= LONGEST_TITLE:
        return "title"
    if not now < wanted.closes_at <= now + LONGEST_OPEN:
        return "closes_at"
    if wanted.held_at is not None and wanted.held_at < wanted.closes_at:
        return "held_before_closing"
    if (wanted.places is not None and not 1 <= wanted.places <= MOST_PLACES) or (not sign_up and (wanted.places or wanted.held_at)):
        return "places"
    if sign_up and wanted.anonymous:
        return "anonymous"
    if not wanted.questions and not sign_up:
        return "no_questions"
    if wanted.kind in MEMBERS_ONLY and not any(question.good for question in wanted.questions):
        return "no_goal"
    return ""


# ---- found

_Line = aliased(Unit)


def questions_of(survey: Survey) -> tuple[Question, ...]:
    """The questions of a survey."""
    return survey_questions.from_json(survey.questions)


def meant(path: str) -> sa.ColumnElement[bool]:
    """Whether a Unit, in the query, belongs to a survey's unit: it stands under it, or in its industry line (S0)."""
    in_line = sa.select(_Line.id).where(_Line.path.startswith(path, autoescape=True))
    return sa.or_(Unit.path.startswith(path, autoescape=True), Unit.industry_id.in_(in_line))


async def is_entitled(session: AsyncSession, survey: Survey, person_id: PersonId) -> bool:
    """Whether a survey is meant for somebody: a member of its unit; unless it is a vote, also whoever was sent it with a notice."""
    path = await path_of(session, survey)
    of_unit = sa.select(Person.id).join(Unit, Unit.id == Person.unit_id).where(Person.id == person_id, meant(path))
    if survey.kind in MEMBERS_ONLY:
        return await session.scalar(of_unit.where(Person.member_since.is_not(None))) is not None
    told = (
        sa.select(NoticeDelivery.person_id)
        .join(Notice, Notice.id == NoticeDelivery.notice_id)
        .where(Notice.survey_id == survey.id, NoticeDelivery.person_id == person_id)
    )
    return await session.scalar(sa.select(sa.or_(of_unit.exists(), told.exists()))) or False


async def voters(session: AsyncSession, survey: Survey) -> int:
    """How many members a vote is meant for, whether they have ever opened the bot or not: the denominator of S1's two thirds."""
    path = await path_of(session, survey)
    query = sa.select(sa.func.count()).select_from(Person).join(Unit, Unit.id == Person.unit_id)
    return await session.scalar(query.where(Person.member_since.is_not(None), meant(path))) or 0


async def path_of(session: AsyncSession, survey: Survey) -> str:
    """The path of a survey's unit."""
    return (await session.execute(sa.select(Unit.path).where(Unit.id == survey.unit_id))).scalar_one()


def is_open(survey: Survey, now: datetime) -> bool:
    """Whether answers are taken."""
    return survey.closed_at is None and survey.opens_at <= now < survey.closes_at


async def open_for(session: AsyncSession, survey_id: SurveyId, person_id: PersonId, now: datetime) -> Opening:
    """A survey as this person finds it. Raises NotFound."""
    survey = await session.get(Survey, survey_id)
    if survey is None:
        raise NotFound
    taken = await session.get(SurveyTurnout, (survey_id, person_id))
    state = State.OPEN if is_open(survey, now) else State.CLOSED
    if taken is None and not await is_entitled(session, survey, person_id):
        state = State.NOT_ENTITLED
    answers = {} if taken is None else await _answers_of(session, survey, person_id)
    return Opening(survey, questions_of(survey), state, taken, answers)


async def _answers_of(session: AsyncSession, survey: Survey, person_id: PersonId) -> dict[str, Any]:
    kept = await session.scalar(sa.select(SurveyAnswer).where(SurveyAnswer.survey_id == survey.id, SurveyAnswer.person_id == person_id))
    return {} if kept is None else {**kept.choices, **words_in(kept.words)}


def words_in(kept: str | None) -> dict[str, str]:
    """What was written in an answer, by the questions' keys."""
    return {} if kept is None else dict(orjson.loads(kept))


# ---- answered


async def answer(session: AsyncSession, survey_id: SurveyId, person_id: PersonId, answers: Mapping[str, Any], now: datetime) -> bool:
    """Takes somebody's answers. Returns False when they replace earlier ones of theirs.

    Raises NotFound, NotEntitled, Closed, AlreadyAnswered (an anonymous one can't be changed), BadAnswer.
    """
    # Shared: answers don't wait for each other, but ending the survey waits for those under way.
    survey = await session.get(Survey, survey_id, with_for_update={"read": True}, populate_existing=True)
    if survey is None or survey.kind is SurveyKind.SIGN_UP:
        raise NotFound
    if not is_open(survey, now):
        raise Closed
    if not await is_entitled(session, survey, person_id):
        raise NotEntitled
    given = read_answers(questions_of(survey), answers)
    new = await session.scalar(
        insert(SurveyTurnout)
        .values(survey_id=survey_id, person_id=person_id, number=0, at=survey.opens_at if survey.anonymous else now)
        .on_conflict_do_nothing()
        .returning(SurveyTurnout.person_id)
    )
    if new is None and survey.anonymous:
        raise AlreadyAnswered
    await keep_answer(session, survey, person_id, given, now)
    return new is not None


async def keep_answer(session: AsyncSession, survey: Survey, person_id: PersonId, given: Given, now: datetime) -> None:
    """Writes an answer down; that of a named survey takes the place of an earlier one. The caller has made sure that they may."""
    words = orjson.dumps(given.words).decode() if given.words else None
    if not survey.anonymous:
        # Whoever answers twice at once: the second waits here for the first, and finds its answer.
        await session.get(SurveyTurnout, (survey.id, person_id), with_for_update=True)
        earlier = await session.scalar(
            sa.select(SurveyAnswer).where(SurveyAnswer.survey_id == survey.id, SurveyAnswer.person_id == person_id)
        )
        if earlier is not None:
            earlier.choices, earlier.words, earlier.day = dict(given.choices), words, day_of(now)
            return
    session.add(
        SurveyAnswer(
            id=secrets.randbits(62),
            survey_id=survey.id,
            person_id=None if survey.anonymous else person_id,
            unit_id=await session.scalar(sa.select(Person.unit_id).where(Person.id == person_id)),
            choices=dict(given.choices),
            words=words,
            day=_day(survey, now),
        )
    )
    await session.flush()


def _day(survey: Survey, now: datetime) -> date:
    """The day of an answer; of an anonymous one that of the opening: on a quiet day its own would name the only one who voted."""
    return day_of(survey.opens_at if survey.anonymous else now)


# ---- for those who see to it


async def access(session: AsyncSession, actor: Actor, survey_id: SurveyId, *, lock: bool = False) -> Survey:
    """A survey that the actor sees to: one of a unit that a staff role of theirs reaches. Raises NotFound for others and for none alike."""
    query = sa.select(Survey, Unit.path).join(Unit, Unit.id == Survey.unit_id).where(Survey.id == survey_id)
    if lock:
        query = query.with_for_update(of=Survey).execution_options(populate_existing=True)
    row = (await session.execute(query)).one_or_none()
    if row is None or not actor.reaches(row[1], Role.STAFF, Role.ADMIN):
        raise NotFound
    survey: Survey = row[0]
    return survey


async def to_attach(session: AsyncSession, actor: Actor, survey_id: SurveyId, now: datetime) -> Survey:
    """A survey to put behind a button of a notice. Raises NotFound, and Closed when nobody could answer it any more."""
    survey = await access(session, actor, survey_id)
    if not is_open(survey, now):
        raise Closed
    return survey


def may_read_words(actor: Actor, survey: Survey) -> bool:
    """Whether somebody may read what was written, without who wrote it: the author, and staff of the unit itself."""
    return actor.id == survey.author_id or any(unit.id == survey.unit_id for unit in actor.units(Role.STAFF, Role.ADMIN))


def may_see_each(actor: Actor, survey: Survey) -> bool:
    """Whether somebody may see what each person answered: the same, but of an anonymous survey nobody."""
    return not survey.anonymous and may_read_words(actor, survey)


async def of_units(session: AsyncSession, actor: Actor, *, offset: int = 0, limit: int = 8) -> list[Survey]:
    """The surveys that the actor sees to, the newest first."""
    paths = [unit.path for unit in actor.units(Role.STAFF, Role.ADMIN)]
    if not paths:
        return []
    reached = sa.or_(*[Unit.path.startswith(path, autoescape=True) for path in paths])
    query = sa.select(Survey).join(Unit, Unit.id == Survey.unit_id).where(reached).order_by(Survey.id.desc())
    return list(await session.scalars(query.offset(offset).limit(limit)))


async def turnout(session: AsyncSession, survey_id: SurveyId) -> int:
    """How many have taken part."""
    return await session.scalar(sa.select(sa.func.count()).where(SurveyTurnout.survey_id == survey_id)) or 0
