"""The end of a survey, by hand or because its time is over.

What PostgreSQL itself keeps with every row (its transaction, its place on the disk) leads from an anonymous answer to the line of the turnout that was
written with it, for somebody with the database in hand. So when the survey ends all its answers are written anew, in random order, in one transaction,
and those from units with fewer than five are counted one unit higher. Before that its results are shown to nobody (union/survey_results).
What this can't reach: copies of the database that were made while it ran, and the log of the database's changes.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Survey, SurveyAnswer, Unit
from storage.types import SurveyId
from union import small_cells
from union.alerts import Fact, tell
from union.people import Actor
from union.surveys import MEMBERS_ONLY, access, path_of, turnout, voters

AT_ONCE = 10_000
"""Answers that are written anew in under a second."""


async def close(session: AsyncSession, actor: Actor, survey_id: SurveyId, now: datetime) -> bool:
    """Ends a survey before its time. Returns False when its time is over. Raises NotFound.

    No more answers are taken from now on. What is more than a moment's work is left to `close_due`, so that nobody waits for it at a screen.
    """
    survey = await access(session, actor, survey_id, lock=True)
    if survey.closed_at is not None or survey.closes_at <= now:
        return False
    survey.closes_at = now
    if await turnout(session, survey_id) <= AT_ONCE:
        await _end(session, survey, now)
    return True


async def close_due(session: AsyncSession, now: datetime, limit: int = 10) -> int:
    """Ends the surveys whose time is over; any number of processes may. Returns how many, at most `limit`."""
    query = (
        sa.select(Survey)
        .where(Survey.closed_at.is_(None), Survey.closes_at <= now)
        .order_by(Survey.closes_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = (await session.scalars(query)).all()
    for survey in due:
        await _end(session, survey, now)
    return len(due)


async def _end(session: AsyncSession, survey: Survey, now: datetime) -> None:
    survey.closed_at = min(now, survey.closes_at)
    if survey.kind in MEMBERS_ONLY:
        survey.entitled = await voters(session, survey)
    if survey.anonymous:
        await _lift_small_units(session, survey)
        await _shuffle(session, survey.id)
    key = f"survey:{survey.id}:closed"
    await tell(session, survey.author_id, Fact.SURVEY_CLOSED, now, subject="survey", subject_id=survey.id, key=key)


async def _lift_small_units(session: AsyncSession, survey: Survey) -> None:
    """Counts the answers of units with fewer than five one unit higher: what nobody can see, nobody can ask the database for either."""
    rows = await session.execute(
        sa.select(Unit.path, sa.func.count())
        .join(SurveyAnswer, SurveyAnswer.unit_id == Unit.id)
        .where(SurveyAnswer.survey_id == survey.id)
        .group_by(Unit.path)
    )
    moves = small_cells.lifted({path: number for path, number in rows}, await path_of(session, survey))
    if moves:
        await session.execute(_LIFT, {"survey": survey.id, "from": [_last(p) for p in moves], "to": [_last(p) for p in moves.values()]})


def _last(path: str) -> int:
    return int(path.rstrip(".").rpartition(".")[2])


_LIFT = sa.text(
    'UPDATE survey_answer SET unit_id = move."to" FROM unnest(:from, :to) AS move("from", "to")'
    ' WHERE survey_id = :survey AND unit_id = move."from"'
).bindparams(
    sa.bindparam("survey", type_=sa.BigInteger),
    sa.bindparam("from", type_=ARRAY(sa.BigInteger)),
    sa.bindparam("to", type_=ARRAY(sa.BigInteger)),
)

# A new number for each as well, so that not even an older copy of the table leads from one to the other by it.
_SHUFFLE = sa.text(
    "WITH old AS (DELETE FROM survey_answer WHERE survey_id = :survey RETURNING survey_id, unit_id, choices, words, day)"
    " INSERT INTO survey_answer (id, survey_id, unit_id, choices, words, day)"
    " SELECT hashtextextended(gen_random_uuid()::text, 0) & 4611686018427387903, survey_id, unit_id, choices, words, day"
    " FROM old ORDER BY random()"
).bindparams(sa.bindparam("survey", type_=sa.BigInteger))


async def _shuffle(session: AsyncSession, survey_id: SurveyId) -> None:
    """Writes all answers of a survey anew, in random order and in this one transaction."""
    await session.flush()
    await session.execute(_SHUFFLE, {"survey": survey_id})
