"""How each fact reads on a screen. Delivery asks at the moment of sending, so the words tell how things stand then."""

from __future__ import annotations

from collections import ChainMap
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.alerts import (
    call_words,
    case_words,
    house_words,
    incident_words,
    leave_words,
    linked_words,
    mediation_words,
    notice_words,
    room_words,
    staff_words,
    survey_words,
)
from handlers.alerts.about import About, Params, Words
from handlers.conversation import Reply
from storage.models import Case
from storage.types import CaseId, PersonId
from union.access import is_accused
from union.alerts import DESK, Fact, side_of
from union.people import load_actor
from union.rules import Rules

__all__ = ["CASE_WORDS", "About", "render"]

CASE_WORDS: ChainMap[Fact, Words] = ChainMap(
    *(dict(module.WORDS) for module in (case_words, staff_words, call_words, incident_words, mediation_words, linked_words))
)
"""The words for every fact about a case."""


async def render(session: AsyncSession, fact: Fact, params: Params, *, reader: PersonId, rules: Rules, now: datetime) -> Reply | None:
    """The words for a fact; None when it need not be said any more (the case has moved on, the lawyer is another one)."""
    if "message" in params:
        return await room_words.said(session, fact, params, reader)
    if fact is Fact.HOUSE_FAULT:
        return await house_words.fault(session, params, reader)
    if "leave" in params:
        return await leave_words.told(session, fact, params, reader, now)
    if "notice" in params:
        return await notice_words.told(session, fact, params, reader=reader, now=now)
    if "survey" in params:
        return await survey_words.told(session, fact, params, reader, now)
    case = await session.get(Case, CaseId(params["case"]))
    if case is None:
        return None
    # Whoever chairs the union of the accused employer learns nothing of the case, whatever else they are (union/access).
    if side_of(fact) == DESK and reader != case.worker_id and is_accused(await load_actor(session, reader), case.employer):
        return None
    return await CASE_WORDS[fact](About(session, case, params, reader, rules, now))
