"""How facts read on a screen: every kind has words, and what need not be said any more is not said."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from handlers import alerts
from handlers.conversation import Reply
from storage.models import Case, CaseStatus, Outcome
from storage.types import CaseId, PersonId
from tests.union.world import RULES, World
from union.alerts import Fact, side_of
from union.lifecycle import ENDED


async def render(world: World, fact: Fact, reader: PersonId, **params: Any) -> Reply | None:
    async with world.database.begin() as session:
        return await alerts.render(session, fact, params, reader=reader, rules=RULES, now=world.clock.now())


async def change(world: World, case_id: CaseId, **values: Any) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.update(Case).where(Case.id == case_id).values(**values))


OPENED: Mapping[Fact, Mapping[str, Any]] = {
    # how the case has to stand so that the fact is worth saying
    Fact.CASE_ASSIGNED: {},
    Fact.CASE_REMINDER: {},
    Fact.CASE_INTERVENED: {"status": CaseStatus.INTERVENED, "intervened_at": sa.func.now()},
    Fact.CASE_REASSIGNED: {"lawyer_id": "pool_lawyer"},
    Fact.CASE_WITHDRAWN: {"status": CaseStatus.WITHDRAWN},
    Fact.CASE_MERGED: {"status": CaseStatus.MERGED},
    Fact.CASE_REOPENED: {"status": CaseStatus.IN_PROGRESS, "intervened_at": sa.func.now()},
    Fact.CASE_RATED: {"status": CaseStatus.RATED, "rating": 4},
    Fact.CASE_PAUSED: {"paused_at": sa.func.now()},
    Fact.CASE_RESUMED: {},
    Fact.PAUSE_REFUSED: {},
    Fact.FOLLOW_UP_DUE: {"status": CaseStatus.INTERVENED},
    Fact.TERM_NEAR: {"status": CaseStatus.IN_PROGRESS},
    Fact.CASE_OVERDUE: {"overdue": True},
    Fact.CASE_UNASSIGNED: {"status": CaseStatus.RECEIVED, "lawyer_id": None},
    Fact.CASE_WAITS: {},
    Fact.CASE_NOT_TAKEN: {},
    Fact.PAUSE_ASKED: {},
    Fact.PAUSE_CHECK: {"paused_at": sa.func.now()},
    Fact.LOW_RATING: {"status": CaseStatus.RATED, "rating": 1},
    Fact.CASE_ACCEPTED: {"status": CaseStatus.ACCEPTED},
    Fact.CASE_TRANSFERRED: {"status": CaseStatus.INTERVENED},
    Fact.CASE_HANDED_UP: {},
    Fact.NOT_REACHED: {"paused_at": sa.func.now()},
    Fact.CASE_LATE: {"overdue": True},
    Fact.CASE_STEP: {"status": CaseStatus.IN_PROGRESS, "step": "arbitration"},
    Fact.RATING_ASKED: {"status": CaseStatus.CLOSED},
    Fact.TERM_WARNING: {"status": CaseStatus.IN_PROGRESS},
    Fact.CASE_CLOSED: {"status": CaseStatus.CLOSED, "outcome": Outcome.SETTLED, "recovered": Decimal("8000.50")},
}

STAFF = (
    Fact.CASE_OVERDUE, Fact.CASE_UNASSIGNED, Fact.CASE_WAITS, Fact.CASE_NOT_TAKEN, Fact.PAUSE_ASKED, Fact.PAUSE_CHECK, Fact.LOW_RATING,
)  # fmt: skip

ELSEWHERE = {
    # about more than a case: tried where they are made
    Fact.CALL_BACK_ASKED, Fact.CASE_ABSORBED, Fact.CASES_MERGED, Fact.CASE_SPLIT, Fact.ANSWER_PUBLISHED, Fact.MEDIATION, Fact.MEDIATION_SET,
    Fact.MEDIATION_ANSWERED, Fact.INCIDENT, Fact.INCIDENT_UNANSWERED, Fact.INCIDENT_OFF,
}  # fmt: skip
ABOUT_NOTICES = {fact for fact in Fact if fact.startswith("notice")}
"""Tried in tests/handlers/test_notice_….py."""

NOT_CASES = {
    Fact.ROOM_MESSAGE, Fact.ROOM_ANSWER, Fact.HOUSE_FAULT, Fact.SURVEY_CLOSED, Fact.PLACE_GIVEN, Fact.SIGN_UP_EVE, *ABOUT_NOTICES,
    Fact.LEAVE_BEGINS, Fact.LAWYER_AWAY,
}  # fmt: skip

PARAMS: Mapping[str, Any] = {"deadline": 1, "step": 4, "hours": 2, "rule": "sue_15", "due": "2026-12-02T16:00:00+00:00"}


def reader(world: World, fact: Fact) -> PersonId:
    return world.staff if fact in STAFF else world.worker if side_of(fact) == "member" else world.lawyer


def test_every_kind_of_fact_is_tried_here_or_where_it_is_made() -> None:
    assert set(OPENED) | ELSEWHERE | NOT_CASES == set(Fact)
    assert not set(OPENED) & ELSEWHERE


def test_every_fact_about_a_case_has_its_words() -> None:
    assert set(alerts.CASE_WORDS) == set(Fact) - NOT_CASES


@pytest.mark.parametrize("fact", list(OPENED))
async def test_every_fact_about_a_case_reads_well(world: World, fact: Fact) -> None:
    case_id = await world.new_case()
    values = {key: getattr(world, value) if value == "pool_lawyer" else value for key, value in OPENED[fact].items()}
    if values:
        await change(world, case_id, **values)
    reply = await render(world, fact, reader(world, fact), case=case_id, **PARAMS)
    assert reply is not None
    assert len(reply.text) > 8
    code = (await world.case(case_id)).code
    assert f"{code[:4]} {code[4:]}" in reply.title + reply.text  # whoever reads it knows which case
    if side_of(fact) == "desk":
        assert "13900001234" not in reply.text


@pytest.mark.parametrize("fact", list(OPENED))
async def test_a_fact_about_a_case_that_is_gone_is_not_said(world: World, fact: Fact) -> None:
    assert await render(world, fact, world.lawyer, case=987654, deadline=1) is None


@pytest.mark.parametrize("fact", [Fact.CASE_ASSIGNED, Fact.CASE_REMINDER, Fact.CASE_INTERVENED, Fact.FOLLOW_UP_DUE])
async def test_what_concerns_only_the_responsible_lawyer_is_not_said_to_the_one_before(world: World, fact: Fact) -> None:
    case_id = await world.new_case()
    assert await render(world, fact, world.pool_lawyer, case=case_id) is None


@pytest.mark.parametrize(
    "fact",
    [
        Fact.CASE_ASSIGNED, Fact.CASE_REMINDER, Fact.CASE_REOPENED, Fact.CASE_RESUMED, Fact.PAUSE_REFUSED, Fact.FOLLOW_UP_DUE, Fact.TERM_NEAR,
        Fact.CASE_OVERDUE, Fact.CASE_UNASSIGNED, Fact.CASE_WAITS, Fact.CASE_NOT_TAKEN, Fact.PAUSE_ASKED, Fact.PAUSE_CHECK, Fact.CASE_ACCEPTED,
        Fact.CASE_TRANSFERRED, Fact.CASE_HANDED_UP, Fact.CASE_LATE, Fact.CASE_STEP, Fact.TERM_WARNING,
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", ENDED)
async def test_about_an_ended_case_nobody_is_asked_for_anything(world: World, fact: Fact, status: CaseStatus) -> None:
    case_id = await world.new_case()
    await change(world, case_id, status=status)
    assert await render(world, fact, reader(world, fact), case=case_id, **PARAMS) is None


@pytest.mark.parametrize("fact", [Fact.CASE_REMINDER, Fact.CASE_OVERDUE, Fact.CASE_LATE])
async def test_after_contact_nobody_is_told_that_there_was_none(world: World, fact: Fact) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    assert await render(world, fact, reader(world, fact), case=case_id, deadline=1) is None


async def test_a_case_that_has_a_lawyer_by_now_is_not_called_unassigned(world: World) -> None:
    case_id = await world.new_case()
    assert await render(world, Fact.CASE_UNASSIGNED, world.staff, case=case_id) is None


async def test_a_case_that_came_back_is_not_called_somebody_elses(world: World) -> None:
    case_id = await world.new_case()
    assert await render(world, Fact.CASE_REASSIGNED, world.lawyer, case=case_id) is None


async def test_who_asked_to_hand_a_case_over_is_not_said_to_have_left_it_and_nobody_is_troubled_once_it_went(world: World) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    params = {"case": case_id, "lawyer": world.lawyer, "asked": True}
    reply = await render(world, Fact.CASE_NOT_TAKEN, world.staff, **params)
    assert reply is not None
    assert "何律师要求转办，但没有别的律师能接" in reply.text
    assert await render(world, Fact.CASE_NOT_TAKEN, world.staff, **{**params, "asked": False}) is None  # accepted meanwhile
    await world.give(case_id, world.pool_lawyer)
    assert await render(world, Fact.CASE_NOT_TAKEN, world.staff, **params) is None


async def test_on_the_last_day_of_a_term_it_is_called_the_last_day(world: World) -> None:
    case_id = await world.new_case()
    await change(world, case_id, status=CaseStatus.IN_PROGRESS)
    world.clock.advance(days=15)
    for fact, who in ((Fact.TERM_NEAR, world.lawyer), (Fact.TERM_WARNING, world.worker)):
        reply = await render(world, fact, who, case=case_id, **PARAMS)
        assert reply is not None
        assert "2026年12月3日（今天是最后一天）" in reply.text


async def test_the_words_tell_how_things_stand_when_they_are_read(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=20)
    reply = await render(world, Fact.CASE_REMINDER, world.lawyer, case=case_id, hours=4)
    assert reply is not None
    assert "还剩4小时" in reply.title
    world.clock.advance(hours=5)
    reply = await render(world, Fact.CASE_REMINDER, world.lawyer, case=case_id, hours=4)
    assert reply is not None
    assert "已超时1小时" in reply.title


async def test_a_rated_case_is_not_asked_to_be_rated_again(world: World) -> None:
    case_id = await world.new_case()
    await change(world, case_id, status=CaseStatus.RATED, outcome=Outcome.SETTLED, rating=5)
    reply = await render(world, Fact.CASE_CLOSED, world.worker, case=case_id)
    assert reply is not None
    assert reply.buttons == ()


async def test_the_room_shows_who_wrote_and_nothing_else_of_them(world: World) -> None:
    case_id = await world.new_case()
    message = await world.write(case_id, world.lawyer, "请发合同")
    shown = await render(world, Fact.ROOM_MESSAGE, world.worker, case=case_id, message=message)
    assert shown is not None
    assert shown.title.startswith("律师 · 案件")
    assert shown.text == "请发合同"
    answer = await world.write(case_id, world.worker, "好的")
    shown = await render(world, Fact.ROOM_ANSWER, world.lawyer, case=case_id, message=answer)
    assert shown is not None
    assert shown.title.startswith("张三 · 案件")
    assert "13900001234" not in f"{shown}"


async def test_an_answer_is_not_shown_to_a_lawyer_who_was_replaced_meanwhile(world: World) -> None:
    case_id = await world.new_case()
    answer = await world.write(case_id, world.worker, "只给我的律师看")
    await world.give(case_id, world.pool_lawyer)
    assert await render(world, Fact.ROOM_ANSWER, world.lawyer, case=case_id, message=answer) is None


async def test_a_message_that_does_not_exist_is_not_shown(world: World) -> None:
    assert await render(world, Fact.ROOM_MESSAGE, world.worker, message=987654) is None
