"""What a survey has come to: counts and shares, the vote on the plan, satisfaction by unit, wages by industry and district.

Everything is counted by the database. What few people said is not shown (union/small_cells), and nothing of an anonymous survey before it has ended:
who looks twice, and knows who voted in between, would know what they voted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Person, Place, Survey, SurveyAnswer, SurveyKind, SurveyTurnout, Unit
from storage.types import UnitId
from union.errors import NotFound
from union.figures import GOAL, share
from union.people import Actor
from union.small_cells import FEWEST, hidden
from union.survey_questions import CHOSEN, COUNTED, Means, Question, Takes
from union.surveys import may_read_words, may_see_each, questions_of, turnout, voters, words_in
from union.units import UnitCard, cards, unit_card

MOST_ROWS = 50_000
"""Answers in one table at most."""

ROUNDED_TO = 10
"""元: of few people the highest and the lowest wage are somebody's own; rounded they are nobody's."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Numbers in short: how many, their median, and what a tenth is below and above."""

    number: int
    median: Decimal
    p10: Decimal
    p90: Decimal


@dataclass(frozen=True, slots=True)
class Tally:
    """What was answered to one question. counts: for each of its options; spread: of its numbers."""

    question: Question
    answered: int
    counts: tuple[int, ...] = ()
    spread: Spread | None = None

    @property
    def good(self) -> int:
        """The answers that count towards the goal."""
        return sum(self.counts[place] for place in self.question.good)

    @property
    def good_share(self) -> Decimal | None:
        """Their share of all answers, rounded down; None without any."""
        return share(self.good, self.answered)

    @property
    def reaches_goal(self) -> bool:
        """Whether at least 90% are satisfied (S1)."""
        return self.answered > 0 and self.good >= GOAL * self.answered


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote on the annual plan: it may be carried out when two thirds of the members agree (S1 三(三)2). entitled: all of them, voters or not."""

    entitled: int
    took_part: int
    agreed: int

    @property
    def is_quorate(self) -> bool:
        """Whether two thirds have voted: with fewer, two thirds can't have agreed."""
        return self.entitled > 0 and 3 * self.took_part >= 2 * self.entitled

    @property
    def is_carried(self) -> bool:
        """Whether two thirds of all have agreed."""
        return self.entitled > 0 and 3 * self.agreed >= 2 * self.entitled


class Hidden(StrEnum):
    """Why results are not shown."""

    RUNNING = "running"  # anonymous, and not over
    FEW = "few"  # anonymous, and fewer than five answers


@dataclass(frozen=True, slots=True)
class Results:
    """The results of a survey. entitled: of a vote, how many it was meant for. hidden: why there are no tallies."""

    survey: Survey
    took_part: int
    entitled: int | None
    tallies: tuple[Tally, ...]
    hidden: Hidden | None

    @property
    def vote(self) -> Vote | None:
        """The vote on the plan, if it is one and can be shown."""
        if self.survey.kind is not SurveyKind.CONSENT or self.entitled is None:
            return None
        goal = next((tally for tally in self.tallies if tally.question.good), None)
        return None if goal is None else Vote(self.entitled, self.took_part, goal.good)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit's part. good: None where too few answered to show it."""

    unit: UnitCard
    answered: int
    good: int | None

    @property
    def good_share(self) -> Decimal | None:
        """The share that is satisfied, or agrees; None where it is not shown."""
        return None if self.good is None else share(self.good, self.answered)

    @property
    def reaches_goal(self) -> bool:
        """Whether at least 90% are satisfied (S1)."""
        return self.good is not None and self.good >= GOAL * self.answered


@dataclass(frozen=True, slots=True)
class WageRow:
    """Wages of an industry in a district. industry, district: None for all of them; unknown district: 0. spread: None where too few answered."""

    industry: int | None
    district: UnitId | None
    number: int
    spread: Spread | None


# ---- of the whole


async def results(session: AsyncSession, survey: Survey) -> Results:
    """The results, or why they are not shown. Who may see them is the caller's to ask (union/surveys.access)."""
    took_part = await _took_part(session, survey)
    entitled = None
    if survey.kind in (SurveyKind.APPRAISAL, SurveyKind.CONSENT):
        entitled = survey.entitled if survey.entitled is not None else await voters(session, survey)
    if survey.anonymous and survey.closed_at is None:
        return Results(survey, took_part, entitled, (), Hidden.RUNNING)
    if survey.anonymous and took_part < FEWEST:
        return Results(survey, took_part, entitled, (), Hidden.FEW)
    return Results(survey, took_part, entitled, await _tallies(session, survey), None)


async def _took_part(session: AsyncSession, survey: Survey) -> int:
    if survey.kind is not SurveyKind.SIGN_UP:
        return await turnout(session, survey.id)
    query = sa.select(sa.func.count()).where(SurveyTurnout.survey_id == survey.id, SurveyTurnout.place != Place.CANCELLED)
    return await session.scalar(query) or 0


async def _tallies(session: AsyncSession, survey: Survey) -> tuple[Tally, ...]:
    counts, written = await _counts(session, survey), None
    found = []
    for question in questions_of(survey):
        if question.takes in CHOSEN:
            of_options = counts.get(question.key, {})
            answered = of_options.get(_ALL, 0)
            found.append(Tally(question, answered, tuple(of_options.get(str(place), 0) for place in range(len(question.options)))))
        elif question.takes in COUNTED:
            spread = await _spread(session, survey, question)
            found.append(Tally(question, spread.number if spread else 0, spread=spread))
        else:
            written = await _written(session, survey) if written is None else written
            found.append(Tally(question, sum(1 for words in written if question.key in words)))
    return tuple(found)


_ALL = ""

_COUNTS = sa.text("""
    SELECT e.key, o.option, count(*) FROM survey_answer a, jsonb_each(a.choices) AS e,
        LATERAL (
            SELECT '' AS option UNION ALL
            SELECT jsonb_array_elements_text(CASE jsonb_typeof(e.value) WHEN 'array' THEN e.value ELSE jsonb_build_array(e.value) END)
        ) AS o
    WHERE a.survey_id = :survey AND e.key = ANY(:keys) GROUP BY e.key, o.option
    """).bindparams(sa.bindparam("survey", type_=sa.BigInteger), sa.bindparam("keys", type_=sa.ARRAY(sa.Text)))


async def _counts(session: AsyncSession, survey: Survey) -> dict[str, dict[str, int]]:
    """How often each option was chosen, and under `_ALL` how many answered, by question: all in one walk over the answers."""
    keys = [question.key for question in questions_of(survey) if question.takes in CHOSEN]
    found: dict[str, dict[str, int]] = {}
    for key, option, number in await session.execute(_COUNTS, {"survey": survey.id, "keys": keys}):
        found.setdefault(key, {})[option] = number
    return found


def _number(question: Question) -> sa.ColumnElement[Any]:
    return sa.cast(SurveyAnswer.choices[question.key].astext, sa.Numeric)


def _measures(number: sa.ColumnElement[Any]) -> list[sa.ColumnElement[Any]]:
    return [sa.func.count(number), *(sa.func.percentile_cont(part).within_group(number) for part in (0.5, 0.1, 0.9))]


def _as_spread(question: Question, row: Sequence[Any]) -> Spread | None:
    number, *measures = row
    if not number:
        return None
    step = Decimal(ROUNDED_TO if question.means is Means.WAGE else 1) / (1 if question.takes is Takes.MONEY else 10)
    median, p10, p90 = (round(Decimal(str(each)) / step) * step for each in measures)
    return Spread(number, median, p10, p90)


async def _spread(session: AsyncSession, survey: Survey, question: Question) -> Spread | None:
    query = sa.select(*_measures(_number(question))).where(SurveyAnswer.survey_id == survey.id)
    return _as_spread(question, tuple((await session.execute(query)).one()))


# ---- by unit


async def by_unit(session: AsyncSession, survey: Survey, tally: Tally) -> list[UnitRow]:
    """The answers towards the goal by the units directly below the survey's, the lowest share first and what is hidden last."""
    top = await unit_card(session, survey.unit_id)
    rungs = top.path.count(".")
    below = sa.func.nullif(sa.func.split_part(Unit.path, ".", rungs + 1), "")
    district = sa.func.nullif(sa.func.split_part(Unit.path, ".", 2), "")  # of the workplaces of an industry line
    key = sa.case((Unit.path.startswith(top.path, autoescape=True), below), else_=district)
    chosen = SurveyAnswer.choices[tally.question.key].astext
    rows = (
        await session.execute(
            sa.select(
                sa.func.coalesce(sa.cast(key, sa.BigInteger), int(top.id)).label("unit"),
                sa.func.count(chosen).label("answered"),
                sa.func.count().filter(chosen.in_([str(place) for place in tally.question.good])).label("good"),
            )
            .select_from(SurveyAnswer)
            .outerjoin(Unit, Unit.id == SurveyAnswer.unit_id)
            .where(SurveyAnswer.survey_id == survey.id)
            .group_by("unit")
            .order_by("unit")
        )
    ).all()
    not_shown = hidden([row.answered for row in rows])
    names = await cards(session, [UnitId(row.unit) for row in rows])
    found = [UnitRow(names[UnitId(row.unit)], row.answered, None if place in not_shown else row.good) for place, row in enumerate(rows)]
    return sorted(found, key=lambda row: (row.good_share is None, row.good_share or Decimal(0), row.unit.id))


# ---- wages


async def wages(session: AsyncSession, survey: Survey) -> list[WageRow]:
    """The monthly wages of a wage survey: of all, by industry, by district, and by both (S3). Empty when it asks for no wage."""
    questions = questions_of(survey)
    wage = next((question for question in questions if question.means is Means.WAGE), None)
    if wage is None:
        return []
    industry = next((question for question in questions if question.means is Means.INDUSTRY), None)
    of_industry = sa.cast(SurveyAnswer.choices[industry.key].astext, sa.Integer) if industry else sa.cast(sa.null(), sa.Integer)
    of_district = sa.cast(sa.func.coalesce(sa.func.nullif(sa.func.split_part(Unit.path, ".", 2), ""), "0"), sa.BigInteger)
    each = (
        sa.select(of_industry.label("industry"), of_district.label("district"), _number(wage).label("wage"))
        .select_from(SurveyAnswer)
        .outerjoin(Unit, Unit.id == SurveyAnswer.unit_id)
        .where(SurveyAnswer.survey_id == survey.id, SurveyAnswer.choices.has_key(wage.key))
        .subquery()
    )
    sets = sa.func.grouping_sets(
        sa.tuple_(), sa.tuple_(each.c.industry), sa.tuple_(each.c.district), sa.tuple_(each.c.industry, each.c.district)
    )
    level = sa.func.grouping(each.c.industry, each.c.district)
    query = sa.select(level, each.c.industry, each.c.district, *_measures(each.c.wage)).group_by(sets).order_by(level.desc())
    rows = [tuple(row) for row in await session.execute(query)]
    return [row for kind in (3, 1, 2, 0) for row in _wage_rows(wage, [row for row in rows if row[0] == kind])]


def _wage_rows(wage: Question, rows: Sequence[tuple[Any, ...]]) -> list[WageRow]:
    # Of six wages of which five are told apart the sixth can nearly be worked out from the whole: what is hidden is never that few.
    without = hidden([row[3] for row in rows])
    found = [WageRow(row[1], row[2], row[3], None if n in without else _as_spread(wage, row[3:])) for n, row in enumerate(rows)]
    return sorted(found, key=lambda row: (row.industry is None, row.industry or 0, row.district or 0))


# ---- each answer


@dataclass(frozen=True, slots=True)
class EachAnswer:
    """What one person answered, for those who may see it. number, place: of a sign-up."""

    name: str
    unit: str
    number: int
    place: Place | None
    at: Any
    choices: dict[str, Any]
    words: dict[str, str]


async def each_answer(session: AsyncSession, actor: Actor, survey: Survey) -> list[EachAnswer]:
    """Who answered what, in the order in which they came, at most `MOST_ROWS`. Raises NotFound unless the actor may see that."""
    if not may_see_each(actor, survey):
        raise NotFound
    query = (
        sa.select(SurveyTurnout, Person.name, Unit.short, SurveyAnswer.choices, SurveyAnswer.words)
        .join(Person, Person.id == SurveyTurnout.person_id)
        .outerjoin(Unit, Unit.id == Person.unit_id)
        .outerjoin(
            SurveyAnswer, sa.and_(SurveyAnswer.survey_id == SurveyTurnout.survey_id, SurveyAnswer.person_id == SurveyTurnout.person_id)
        )
        .where(SurveyTurnout.survey_id == survey.id)
        .order_by(SurveyTurnout.number, SurveyTurnout.at, SurveyTurnout.person_id)
        .limit(MOST_ROWS)
    )
    return [
        EachAnswer(name or "", unit or "", taken.number, taken.place, taken.at, choices or {}, words_in(words))
        for taken, name, unit, choices, words in await session.execute(query)
    ]


async def written(session: AsyncSession, actor: Actor, found: Results, question: Question) -> list[str]:
    """What was written in answer to one question, each text for itself, in the order of the alphabet: nothing says what else its writer answered.

    Raises NotFound unless the actor may read that, and while the results are hidden.
    """
    if found.hidden is not None or not may_read_words(actor, found.survey):
        raise NotFound
    return sorted(words[question.key] for words in await _written(session, found.survey) if question.key in words)


async def _written(session: AsyncSession, survey: Survey) -> list[dict[str, str]]:
    query = sa.select(SurveyAnswer.words).where(SurveyAnswer.survey_id == survey.id, SurveyAnswer.words.is_not(None)).limit(MOST_ROWS)
    return [words_in(kept) for kept in await session.scalars(query)]
