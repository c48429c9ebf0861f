"""Surveys and votes: for whom they are, once each, nobody to be found by an anonymous one, and what they come to."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from storage.models import (
    Category,
    Notice,
    NoticeDelivery,
    NoticeStatus,
    SurveyAnswer,
    SurveyKind,
    SurveyTurnout,
    Unit,
    UnitKind,
)
from storage.types import PersonId, SurveyId, UnitId
from tests.union.survey_made import CONTENT, COURSES, INDUSTRY, WAGE, WEEK, answer, make, members, survey
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, WANGJING, ZHONGGUANCUN, World
from union import survey_closing, survey_results, surveys
from union.errors import NotAllowed, NotFound
from union.survey_questions import BadAnswer
from union.survey_results import Hidden, Results, UnitRow, Vote, WageRow
from union.surveys import AlreadyAnswered, BadSurvey, Closed, NotEntitled, State


async def close_due(world: World) -> int:
    async with world.database.begin() as session:
        return await survey_closing.close_due(session, world.clock.now())


async def close(world: World, survey_id: SurveyId, by: PersonId | None = None) -> bool:
    async with world.database.begin() as session:
        return await survey_closing.close(session, await world.actor(by or world.staff), survey_id, world.clock.now())


async def results(world: World, survey_id: SurveyId) -> Results:
    async with world.database.begin() as session:
        return await survey_results.results(session, await survey(world, survey_id))


async def state(world: World, survey_id: SurveyId, person_id: PersonId) -> State:
    async with world.database.begin() as session:
        return (await surveys.open_for(session, survey_id, person_id, world.clock.now())).state


async def rows(world: World, query: str, **values: Any) -> list[tuple[Any, ...]]:
    async with world.database.begin() as session:
        return [tuple(row) for row in await session.execute(sa.text(query), values)]


# ---- made


@pytest.mark.parametrize(
    ("kind", "other", "reason"),
    [
        (SurveyKind.SURVEY, {"title": ""}, "title"),
        (SurveyKind.SURVEY, {"title": "字" * 41}, "title"),
        (SurveyKind.SURVEY, {"questions": ()}, "no_questions"),
        (SurveyKind.SURVEY, {"places": 20}, "places"),
        (SurveyKind.SIGN_UP, {"places": 0}, "places"),
        (SurveyKind.SIGN_UP, {"anonymous": True}, "anonymous"),
        (SurveyKind.APPRAISAL, {"questions": (COURSES,)}, "no_goal"),
    ],
)
async def test_a_survey_that_makes_no_sense_is_refused(world: World, kind: SurveyKind, other: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadSurvey) as refused:
        await make(world, kind, **other)
    assert refused.value.reason == reason


@pytest.mark.parametrize("length", [timedelta(0), timedelta(days=-1), timedelta(days=367)])
async def test_a_survey_ends_in_the_future_and_within_a_year(world: World, length: timedelta) -> None:
    with pytest.raises(BadSurvey):
        await make(world, SurveyKind.SURVEY, closes_at=world.clock.now() + length)


async def test_signing_up_ends_before_the_activity(world: World) -> None:
    with pytest.raises(BadSurvey):
        await make(world, SurveyKind.SIGN_UP, held_at=world.clock.now() + WEEK - timedelta(minutes=1))


async def test_a_survey_is_made_only_for_units_within_reach(world: World) -> None:
    with pytest.raises(NotAllowed):
        await make(world, SurveyKind.SURVEY, unit_id=HAIDIAN)
    with pytest.raises(NotAllowed):
        await make(world, SurveyKind.SURVEY, by=world.lawyer)


async def test_votes_and_the_wage_survey_are_anonymous_whatever_is_asked_for(world: World) -> None:
    for kind in (SurveyKind.APPRAISAL, SurveyKind.CONSENT, SurveyKind.WAGES):
        assert (await survey(world, await make(world, kind, anonymous=False))).anonymous


# ---- for whom


async def test_a_survey_is_open_to_people_of_the_unit_and_below_and_to_nobody_else(world: World) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    below, itself, beside = [(await members(world, 1, unit))[0] for unit in (JINSONG, CHAOYANG, ZHONGGUANCUN)]
    assert await state(world, survey_id, below) is State.OPEN
    assert await state(world, survey_id, itself) is State.OPEN
    for stranger in (beside, world.worker):  # the worker belongs to no unit
        assert await state(world, survey_id, stranger) is State.NOT_ENTITLED
        with pytest.raises(NotEntitled):
            await answer(world, survey_id, stranger, q1=[0])


async def test_workplaces_of_an_industry_line_belong_to_it(world: World) -> None:
    line, firm = UnitId(20), UnitId(21)
    async with world.database.begin() as session:
        session.add(Unit(id=line, kind=UnitKind.INDUSTRY, name="服务业工会", short="服务业", parent_id=CITY, path="1.20."))
        await session.flush()
        session.add(
            Unit(id=firm, kind=UnitKind.WORKPLACE, name="饭店", short="饭店", parent_id=JINSONG, industry_id=line, path="1.2.4.21.")
        )
    cook, other = (await members(world, 1, firm))[0], (await members(world, 1, JINSONG))[0]
    survey_id = await make(world, SurveyKind.SURVEY, unit_id=line, by=world.city_staff)
    assert await state(world, survey_id, cook) is State.OPEN
    assert await state(world, survey_id, other) is State.NOT_ENTITLED


async def test_who_was_sent_a_survey_may_answer_it_but_not_vote(world: World) -> None:
    guest = (await members(world, 1, HAIDIAN))[0]
    survey_id, vote_id = await make(world, SurveyKind.SURVEY), await make(world, SurveyKind.CONSENT)
    async with world.database.begin() as session:
        for each in (survey_id, vote_id):
            notice = Notice(
                author_id=world.staff, unit_id=CHAOYANG, category=Category.SURVEY, audience={}, title="调查", text="请填",
                survey_id=each, status=NoticeStatus.SENT, created_at=world.clock.now(),
            )  # fmt: skip
            session.add(notice)
            await session.flush()
            session.add(NoticeDelivery(notice_id=notice.id, person_id=guest))
    assert await state(world, survey_id, guest) is State.OPEN
    assert await state(world, vote_id, guest) is State.NOT_ENTITLED


@pytest.mark.parametrize("kind", [SurveyKind.APPRAISAL, SurveyKind.CONSENT])
async def test_only_members_vote(world: World, kind: SurveyKind) -> None:
    survey_id = await make(world, kind)
    worker = (await members(world, 1, member=False))[0]
    with pytest.raises(NotEntitled):
        await answer(world, survey_id, worker, q1=0)


async def test_answers_are_taken_until_the_moment_of_closing(world: World) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    first, second = await members(world, 2)
    world.clock.advance(days=6, hours=23, minutes=59)
    assert await answer(world, survey_id, first, q1=[0])
    world.clock.advance(minutes=1)
    with pytest.raises(Closed):
        await answer(world, survey_id, second, q1=[0])
    assert await state(world, survey_id, second) is State.CLOSED


async def test_a_survey_that_does_not_exist_cannot_be_answered(world: World) -> None:
    with pytest.raises(NotFound):
        await answer(world, SurveyId(987654), world.worker, q1=[0])
    with pytest.raises(NotFound):
        await state(world, SurveyId(987654), world.worker)


# ---- once each


async def test_an_answer_of_a_named_survey_is_changed_and_not_counted_twice(world: World) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    person = (await members(world, 1))[0]
    assert await answer(world, survey_id, person, q1=[0], q3="甲") is True
    assert await answer(world, survey_id, person, q1=[1, 2]) is False
    found = await results(world, survey_id)
    assert (found.took_part, found.tallies[0].counts) == (1, (0, 1, 1))
    async with world.database.begin() as session:
        opening = await surveys.open_for(session, survey_id, person, world.clock.now())
    assert opening.answers == {"q1": [1, 2]}


async def test_an_anonymous_vote_can_be_cast_once_and_never_changed(world: World) -> None:
    survey_id = await make(world, SurveyKind.CONSENT)
    person = (await members(world, 1))[0]
    await answer(world, survey_id, person, q1=0)
    with pytest.raises(AlreadyAnswered):
        await answer(world, survey_id, person, q1=1)
    assert len(await rows(world, "SELECT 1 FROM survey_answer")) == 1


@pytest.mark.parametrize("kind", [SurveyKind.CONSENT, SurveyKind.SURVEY])
async def test_pressing_twice_at_once_makes_one_answer(world: World, kind: SurveyKind) -> None:
    survey_id = await make(world, kind)
    person = (await members(world, 1))[0]
    given = 0 if kind is SurveyKind.CONSENT else [0]
    await asyncio.gather(*(answer(world, survey_id, person, q1=given) for _ in range(6)), return_exceptions=True)
    assert len(await rows(world, "SELECT 1 FROM survey_answer")) == 1
    assert len(await rows(world, "SELECT 1 FROM survey_turnout")) == 1


async def test_a_bad_answer_leaves_no_trace_of_having_taken_part(world: World) -> None:
    survey_id = await make(world, SurveyKind.CONSENT)
    person = (await members(world, 1))[0]
    with pytest.raises(BadAnswer):
        await answer(world, survey_id, person, q1=7)
    assert await rows(world, "SELECT 1 FROM survey_turnout") == []
    assert await answer(world, survey_id, person, q1=0)


# ---- nobody is found by an anonymous answer


async def voted(world: World, survey_id: SurveyId, *numbers: int, unit_id: UnitId = JINSONG) -> list[PersonId]:
    """So many members vote for the first option, so many for the second …, an hour after each other."""
    people = await members(world, sum(numbers), unit_id)
    options = [option for option, number in enumerate(numbers) for _ in range(number)]
    for person, option in zip(people, options, strict=True):
        await answer(world, survey_id, person, q1=option)
        world.clock.advance(hours=1)
    return people


async def test_no_column_leads_from_an_anonymous_answer_to_whoever_gave_it(world: World) -> None:
    survey_id = await make(world, SurveyKind.APPRAISAL)
    world.clock.advance(days=2)
    await voted(world, survey_id, 12)
    made = await survey(world, survey_id)
    async with world.database.begin() as session:
        answers = list(await session.scalars(sa.select(SurveyAnswer).order_by(sa.text("ctid"))))
        turnouts = list(await session.scalars(sa.select(SurveyTurnout)))
    assert {each.person_id for each in answers} == {None}
    assert len({each.day for each in answers}) == 1
    assert {(each.number, each.at) for each in turnouts} == {(0, made.opens_at)}
    ids = [each.id for each in answers]  # as they came in
    assert ids != sorted(ids)
    assert ids != sorted(ids, reverse=True)


async def test_when_it_ends_neither_transaction_nor_place_on_the_disk_leads_to_anybody(world: World) -> None:
    survey_id = await make(world, SurveyKind.APPRAISAL)
    await voted(world, survey_id, 6, 0, 6)
    marks = "SELECT id, xmin::text, choices->>'q1' FROM survey_answer ORDER BY ctid"
    joined = "SELECT 1 FROM survey_answer a JOIN survey_turnout t ON a.xmin = t.xmin"
    before = await rows(world, marks)
    assert len(await rows(world, joined)) == 12
    await close(world, survey_id)
    after = await rows(world, marks)
    assert await rows(world, joined) == []
    assert len({row[1] for row in after}) == 1
    assert not {row[0] for row in before} & {row[0] for row in after}
    assert sorted(row[2] for row in after) == sorted(row[2] for row in before)


async def test_the_order_of_answers_is_another_after_the_end(world: World) -> None:
    survey_id = await make(world, SurveyKind.WAGES)
    for number, person in enumerate(await members(world, 24)):
        await answer(world, survey_id, person, q1=0, q2=str(5000 + number))
    order = "SELECT choices->>'q2' FROM survey_answer ORDER BY ctid"
    before = await rows(world, order)
    await close(world, survey_id)
    after = await rows(world, order)
    assert after != before
    assert sorted(after) == sorted(before)


async def test_what_few_people_of_a_unit_said_is_counted_one_unit_higher_when_it_ends(world: World) -> None:
    survey_id = await make(world, SurveyKind.APPRAISAL)
    await voted(world, survey_id, 6, unit_id=JINSONG)
    await voted(world, survey_id, 2, unit_id=WANGJING)
    await close(world, survey_id)
    found = await rows(world, "SELECT unit_id, count(*) FROM survey_answer GROUP BY 1 ORDER BY 1")
    assert found == [(CHAOYANG, 2), (JINSONG, 6)]


async def test_a_named_survey_is_left_as_it_is_when_it_ends(world: World) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    person = (await members(world, 1))[0]
    await answer(world, survey_id, person, q1=[0])
    before = await rows(world, "SELECT id, person_id, unit_id FROM survey_answer")
    await close(world, survey_id)
    assert await rows(world, "SELECT id, person_id, unit_id FROM survey_answer") == before


async def test_nothing_of_an_anonymous_survey_is_shown_while_it_runs(world: World) -> None:
    survey_id = await make(world, SurveyKind.CONSENT)
    await voted(world, survey_id, 6)
    found = await results(world, survey_id)
    assert (found.took_part, found.hidden, found.tallies, found.vote) == (6, Hidden.RUNNING, (), None)


async def test_an_anonymous_survey_that_fewer_than_five_answered_stays_closed(world: World) -> None:
    survey_id = await make(world, SurveyKind.CONSENT)
    await voted(world, survey_id, 4)
    await close(world, survey_id)
    assert (await results(world, survey_id)).hidden is Hidden.FEW


async def test_what_was_written_cannot_be_read_in_the_database(world: World) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    person = (await members(world, 1))[0]
    await answer(world, survey_id, person, q1=[0], q3="食堂早点开")
    [(kept,)] = await rows(world, "SELECT words FROM survey_answer")
    assert "食堂".encode() not in bytes(kept)


# ---- the end


async def test_what_is_over_is_ended_once_and_its_author_told(world: World) -> None:
    survey_id = await make(world, SurveyKind.CONSENT)
    world.clock.advance(days=6)
    assert await close_due(world) == 0
    world.clock.advance(days=2)
    assert await close_due(world) == 1
    assert await close_due(world) == 0
    ended = await survey(world, survey_id)
    assert ended.closed_at == ended.closes_at
    assert await world.told(world.staff) == ["survey_closed"]


async def test_two_processes_end_a_survey_once(world: World) -> None:
    await make(world, SurveyKind.CONSENT)
    world.clock.advance(days=8)
    assert sum(await asyncio.gather(close_due(world), close_due(world))) == 1
    assert await world.told(world.staff) == ["survey_closed"]


async def test_only_those_who_see_to_it_end_a_survey_early(world: World) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    for stranger in (world.haidian_staff, world.lawyer, world.chair):
        with pytest.raises(NotFound):
            await close(world, survey_id, by=stranger)
    assert await close(world, survey_id, by=world.city_staff)
    assert not await close(world, survey_id)
    person = (await members(world, 1))[0]
    with pytest.raises(Closed):
        await answer(world, survey_id, person, q1=[0])


async def test_a_large_survey_that_is_ended_early_takes_no_more_and_is_finished_by_the_clock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_closing, "AT_ONCE", 0)
    survey_id = await make(world, SurveyKind.CONSENT)
    first, second = await members(world, 2)
    await answer(world, survey_id, first, q1=0)
    assert await close(world, survey_id)
    assert not await close(world, survey_id)
    assert (await survey(world, survey_id)).closed_at is None
    with pytest.raises(Closed):
        await answer(world, survey_id, second, q1=0)
    assert await close_due(world) == 1
    assert (await survey(world, survey_id)).closed_at == world.clock.now()


async def test_an_answer_and_the_end_at_once_leave_no_answer_out_of_the_shuffle(world: World) -> None:
    survey_id = await make(world, SurveyKind.CONSENT)
    people = await members(world, 8)
    await asyncio.gather(*(answer(world, survey_id, person, q1=0) for person in people), close(world, survey_id), return_exceptions=True)
    assert await rows(world, "SELECT 1 FROM survey_answer a JOIN survey_turnout t ON a.xmin = t.xmin") == []
    assert len(await rows(world, "SELECT 1 FROM survey_answer")) == len(await rows(world, "SELECT 1 FROM survey_turnout"))


# ---- the vote on the plan


@pytest.mark.parametrize(
    ("entitled", "took_part", "agreed", "quorate", "carried"),
    [
        (9, 6, 6, True, True),
        (9, 6, 5, True, False),
        (9, 5, 5, False, False),
        (10, 7, 7, True, True),
        (10, 7, 6, True, False),  # 60% of all; of those who voted it would be 86%
        (0, 0, 0, False, False),
    ],
)
def test_two_thirds_are_two_thirds_of_all_members(entitled: int, took_part: int, agreed: int, quorate: bool, carried: bool) -> None:
    vote = Vote(entitled, took_part, agreed)
    assert (vote.is_quorate, vote.is_carried) == (quorate, carried)


async def test_members_who_never_opened_the_bot_are_counted_among_those_who_must_agree(world: World) -> None:
    survey_id = await make(world, SurveyKind.CONSENT)
    await voted(world, survey_id, 6, 1)
    silent = await members(world, 2, CHAOYANG)
    await members(world, 3, member=False)
    await members(world, 3, ZHONGGUANCUN)
    await rows(world, "UPDATE conversation SET unreachable_since = created_at WHERE person_id = ANY(:who) RETURNING 1", who=silent)
    await close(world, survey_id)
    await members(world, 5)  # who joins afterwards changes nothing
    found = await results(world, survey_id)
    assert found.vote == Vote(9, 7, 6)


# ---- satisfaction by unit


async def test_satisfaction_is_counted_by_unit_against_ninety_percent(world: World) -> None:
    survey_id = await make(world, SurveyKind.APPRAISAL, unit_id=CITY, by=world.city_staff)
    await voted(world, survey_id, 7, 2, 1, unit_id=JINSONG)  # 9 of 10
    await voted(world, survey_id, 5, 0, 5, unit_id=ZHONGGUANCUN)
    await close(world, survey_id, by=world.city_staff)
    found = await results(world, survey_id)
    tally = found.tallies[0]
    assert (tally.question, tally.counts, tally.good, tally.good_share, tally.reaches_goal) == (
        CONTENT,
        (12, 2, 6),
        14,
        Decimal("0.7"),
        False,
    )
    async with world.database.begin() as session:
        by_unit = await survey_results.by_unit(session, await survey(world, survey_id), tally)
    assert [(row.unit.id, row.answered, row.good, row.reaches_goal) for row in by_unit] == [
        (HAIDIAN, 10, 5, False),
        (CHAOYANG, 10, 9, True),
    ]


async def by_unit(world: World, survey_id: SurveyId) -> list[UnitRow]:
    found = await results(world, survey_id)
    async with world.database.begin() as session:
        return await survey_results.by_unit(session, found.survey, found.tallies[0])


async def test_a_unit_where_few_voted_is_not_shown_and_cannot_be_worked_out(world: World) -> None:
    survey_id = await make(world, SurveyKind.APPRAISAL, unit_id=CITY, by=world.city_staff)
    await voted(world, survey_id, 9, unit_id=JINSONG)
    await voted(world, survey_id, 3, unit_id=ZHONGGUANCUN)
    await close(world, survey_id, by=world.city_staff)
    assert {(row.unit.id, row.good) for row in await by_unit(world, survey_id)} == {(CHAOYANG, None), (CITY, None)}


# ---- wages


async def test_wages_are_told_by_industry_and_district(world: World) -> None:
    survey_id = await make(world, SurveyKind.WAGES, unit_id=CITY, by=world.city_staff)
    await paid(world, survey_id, JINSONG, 0, 3000, 4000, 5000, 6000, 7000)
    await paid(world, survey_id, ZHONGGUANCUN, 1, 8004, 8004, 8004, 8004, 8004)
    await close(world, survey_id, by=world.city_staff)
    async with world.database.begin() as session:
        found = await survey_results.wages(session, await survey(world, survey_id))
    assert [(row.industry, row.district, row.number) for row in found] == [
        (None, None, 10), (0, None, 5), (1, None, 5), (None, CHAOYANG, 5), (None, HAIDIAN, 5), (0, CHAOYANG, 5), (1, HAIDIAN, 5),
    ]  # fmt: skip
    spread = found[1].spread
    assert spread is not None
    assert (spread.median, spread.p10, spread.p90) == (Decimal(5000), Decimal(3400), Decimal(6600))
    other = found[2].spread
    assert other is not None
    assert other.median == 8000  # to ten 元: nobody's own


async def paid(world: World, survey_id: SurveyId, unit_id: UnitId, industry: int, *wages: int) -> None:
    for person, wage in zip(await members(world, len(wages), unit_id, member=False), wages, strict=True):
        await answer(world, survey_id, person, q1=industry, q2=str(wage))


async def test_wages_of_few_people_are_not_told(world: World) -> None:
    survey_id = await make(world, SurveyKind.WAGES, unit_id=CITY, by=world.city_staff)
    await paid(world, survey_id, JINSONG, 0, *range(3000, 3012))
    await paid(world, survey_id, JINSONG, 1, 9000, 9100)
    await close(world, survey_id, by=world.city_staff)
    async with world.database.begin() as session:
        found = await survey_results.wages(session, await survey(world, survey_id))
    told: dict[tuple[int | None, int | None], WageRow] = {(row.industry, row.district): row for row in found}
    assert told[None, None].spread is not None
    assert told[1, None].spread is None
    assert told[1, CHAOYANG].spread is None
    assert (INDUSTRY.key, WAGE.key) == ("q1", "q2")


# ---- who sees what


async def test_each_answer_is_for_the_author_and_staff_of_the_unit_itself(world: World) -> None:
    survey_id = await make(world, SurveyKind.SURVEY)
    person = (await members(world, 1))[0]
    await answer(world, survey_id, person, q1=[0], q3="好")
    made = await survey(world, survey_id)
    async with world.database.begin() as session:
        [each] = await survey_results.each_answer(session, await world.actor(world.staff), made)
        assert (each.name, each.unit, each.choices, each.words) == ("会员", "劲松", {"q1": [0]}, {"q3": "好"})
        for stranger in (world.city_staff, world.haidian_staff, world.lawyer, person):
            with pytest.raises(NotFound):
                await survey_results.each_answer(session, await world.actor(stranger), made)


async def test_what_each_person_said_anonymously_is_for_nobody(world: World) -> None:
    survey_id = await make(world, SurveyKind.APPRAISAL)
    await voted(world, survey_id, 6)
    await close(world, survey_id)
    made = await survey(world, survey_id)
    async with world.database.begin() as session:
        with pytest.raises(NotFound):
            await survey_results.each_answer(session, await world.actor(world.staff), made)


async def test_staff_see_to_the_surveys_of_their_units_and_attach_only_open_ones(world: World) -> None:
    own, above = await make(world, SurveyKind.SURVEY), await make(world, SurveyKind.SURVEY, unit_id=CITY, by=world.city_staff)
    staff, city = await world.actor(world.staff), await world.actor(world.city_staff)
    async with world.database.begin() as session:
        assert [each.id for each in await surveys.of_units(session, staff)] == [own]
        assert [each.id for each in await surveys.of_units(session, city)] == [above, own]
        assert (await surveys.to_attach(session, staff, own, world.clock.now())).id == own
        with pytest.raises(NotFound):
            await surveys.to_attach(session, staff, above, world.clock.now())
        with pytest.raises(Closed):
            await surveys.to_attach(session, staff, own, world.clock.now() + WEEK)
