"""Surveys for tests, and people who answer them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from storage.models import Person, Survey, SurveyKind
from storage.types import PersonId, SurveyId, UnitId
from tests.union.world import CHAOYANG, JINSONG, World, new_person
from union import surveys
from union.alerts import MEMBER
from union.survey_questions import Means, Question, Takes
from union.surveys import Wanted

CONTENT = Question(key="q1", takes=Takes.ONE, text="对工会工作满意吗？", options=("满意", "基本满意", "不满意"), good=(0, 1))
PLAN = Question(key="q1", takes=Takes.ONE, text="同意今年的重点工作方案吗？", options=("同意", "不同意", "弃权"), good=(0,))
COURSES = Question(key="q1", takes=Takes.MANY, text="想学什么？", options=("电工", "法律", "英语"))
HOURS = Question(key="q2", takes=Takes.NUMBER, text="每周工作几小时？", optional=True)
REMARK = Question(key="q3", takes=Takes.WORDS, text="还有什么建议？", optional=True)
INDUSTRY = Question(key="q1", takes=Takes.ONE, text="哪个行业？", options=("餐饮", "快递"), means=Means.INDUSTRY)
WAGE = Question(key="q2", takes=Takes.MONEY, text="上个月到手多少？", means=Means.WAGE)

WEEK = timedelta(days=7)

_QUESTIONS: Mapping[SurveyKind, Sequence[Question]] = {
    SurveyKind.SIGN_UP: (),
    SurveyKind.SURVEY: (COURSES, HOURS, REMARK),
    SurveyKind.APPRAISAL: (CONTENT, REMARK),
    SurveyKind.CONSENT: (PLAN,),
    SurveyKind.WAGES: (INDUSTRY, WAGE),
}


async def make(world: World, kind: SurveyKind, *, by: PersonId | None = None, unit_id: UnitId = CHAOYANG, **other: Any) -> SurveyId:
    """A survey of 朝阳 that is open for a week, made by its officer."""
    values: dict[str, Any] = {"title": "秋季健步走", "questions": _QUESTIONS[kind], "closes_at": world.clock.now() + WEEK} | other
    async with world.database.begin() as session:
        survey = await surveys.define(
            session, await world.actor(by or world.staff), Wanted(unit_id=unit_id, kind=kind, **values), world.clock.now()
        )
        return survey.id


async def members(world: World, number: int, unit_id: UnitId = JINSONG, *, member: bool = True) -> list[PersonId]:
    """So many people of a unit who can be reached; members of the union unless it is said."""
    async with world.database.begin() as session:
        found = [await new_person(session, "会员", world.clock.now(), MEMBER, unit_id=unit_id) for _ in range(number)]
        if member:
            await session.execute(sa.update(Person).where(Person.id.in_(found)).values(member_since=world.clock.now()))
    return found


async def answer(world: World, survey_id: SurveyId, person_id: PersonId, **answers: Any) -> bool:
    """Somebody answers."""
    async with world.database.begin() as session:
        return await surveys.answer(session, survey_id, person_id, answers, world.clock.now())


async def survey(world: World, survey_id: SurveyId) -> Survey:
    """The survey as it stands in the database now."""
    async with world.database.begin() as session:
        return await session.get_one(Survey, survey_id)
