"""How it reads that a place has come free, that an activity is tomorrow, and that a survey has ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.alerts.about import Params
from handlers.conversation import Button, Reply
from handlers.survey_sets import KIND
from handlers.wording import moment
from storage.models import Place, Survey, SurveyTurnout
from storage.types import PersonId, SurveyId
from union import signups, surveys
from union.alerts import Fact


async def told(session: AsyncSession, fact: Fact, params: Params, reader: PersonId, now: datetime) -> Reply | None:
    """The words for a fact about a survey; None when it need not be said any more."""
    survey = await session.get(Survey, SurveyId(params["survey"]))
    if survey is None:
        return None
    if fact is Fact.SURVEY_CLOSED:
        took_part = await surveys.turnout(session, survey.id)
        results = Button(label="看结果", choice=f"s:survey_results:{survey.id}:0")
        text = f"“{survey.title}”结束了，共 {took_part} 人参加。"
        return Reply(title=f"{KIND[survey.kind]}结束", text=text, buttons=((results,),))
    taken = await session.get(SurveyTurnout, (survey.id, reader))
    if taken is None or taken.place is not Place.IN or signups.has_begun(survey, now):
        return None
    give_up = ((Button(label="来不了，取消", choice=f"w:unsign:{survey.id}"),),)
    when = f"时间：{moment(survey.held_at)}。" if survey.held_at is not None else ""
    if fact is Fact.PLACE_GIVEN:
        return Reply(
            title="候补轮到您了", text=f"“{survey.title}”有名额空出来，您报上了。{when}来不了请马上取消，让给下一位。", buttons=give_up
        )
    return Reply(title="活动快到了", text=f"您报名的“{survey.title}”快开始了。{when}来不了请现在取消，让给候补的人。", buttons=give_up)
