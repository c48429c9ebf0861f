"""Who is meant by a notice: only people of the sender's own units, by every condition alone and together, counted as they are reached."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from storage.models import (
    Case,
    CaseStatus,
    Conversation,
    Interest,
    NoticeList,
    NoticeListEntry,
    Person,
    Place,
    Role,
    RoleGrant,
    Survey,
    SurveyKind,
    SurveyTurnout,
    Unit,
    UnitKind,
)
from storage.types import ListId, PersonId, SurveyId, UnitId
from tests.union.audience_world import EDUCATION, HOTEL, SCHOOL, SCHOOLS, add, add_units
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, WANGJING, ZHONGGUANCUN, World, new_officer, new_person
from union import audience as audiences
from union.alerts import DESK, MEMBER
from union.audience import CHINESE, Audience, BadAudience, Count, EmptyAudience, Sampled
from union.errors import NotAllowed, NotFound

WHOLE_CITY = Audience(units=(CITY,))


async def meant(world: World, audience: Audience) -> set[PersonId]:
    async with world.database.begin() as session:
        return set(await session.scalars(audiences.people(audience)))


async def count(world: World, audience: Audience, who: PersonId | None = None) -> Count:
    actor = await world.actor(who or world.city_staff)
    async with world.database.begin() as session:
        return await audiences.count(session, actor, audience)


async def check(world: World, audience: Audience, who: PersonId | None = None) -> None:
    actor = await world.actor(who or world.city_staff)
    async with world.database.begin() as session:
        await audiences.check(session, actor, audience)


async def write(world: World, *rows: Any) -> None:
    async with world.database.begin() as session:
        for row in rows:
            session.add(row)
            await session.flush()


def sign_up(world: World, unit_id: UnitId, kind: SurveyKind = SurveyKind.SIGN_UP) -> Survey:
    now = world.clock.now()
    return Survey(
        unit_id=unit_id, author_id=world.haidian_staff, kind=kind, title="游园", questions=[], anonymous=False, places=2, opens_at=now,
        closes_at=now, created_at=now,
    )  # fmt: skip


# ---- where


async def test_a_unit_means_everybody_below_it_and_nobody_beside_it(world: World) -> None:
    jinsong, wangjing, haidian = await add(world, JINSONG), await add(world, WANGJING), await add(world, ZHONGGUANCUN)
    assert await meant(world, Audience(units=(JINSONG,))) == {jinsong}
    assert await meant(world, Audience(units=(CHAOYANG,))) == {jinsong, wangjing}
    assert await meant(world, Audience(units=(JINSONG, ZHONGGUANCUN))) == {jinsong, haidian}
    assert await meant(world, WHOLE_CITY) == {jinsong, wangjing, haidian}


async def test_who_belongs_to_the_unit_itself_is_meant(world: World) -> None:
    own = await add(world, CHAOYANG)
    assert await meant(world, Audience(units=(CHAOYANG,))) == {own}


async def test_units_that_lie_in_each_other_do_not_count_anybody_twice(world: World) -> None:
    await add(world, JINSONG)
    assert (await count(world, Audience(units=(CHAOYANG, JINSONG)))).reachable == 1


@pytest.mark.parametrize("digits", [24, 42, 124, 1244])
async def test_a_unit_whose_number_holds_the_digits_of_another_is_not_below_it(world: World, digits: int) -> None:
    await write(world, Unit(id=UnitId(digits), kind=UnitKind.STREET, name="别处", short="别处", parent_id=HAIDIAN, path=f"1.3.{digits}."))
    await add(world, UnitId(digits))
    assert await meant(world, Audience(units=(JINSONG,))) == set()
    assert await meant(world, Audience(units=(CHAOYANG,))) == set()


async def test_who_belongs_nowhere_is_in_no_audience(world: World) -> None:
    async with world.database.begin() as session:
        await new_person(session, "路人", world.clock.now(), MEMBER)
    assert await meant(world, WHOLE_CITY) == set()


async def test_an_industry_line_means_its_workplaces_wherever_they_sit(world: World) -> None:
    async with world.database.begin() as session:
        await add_units(session)
    await add(world, HOTEL)
    teacher, official = await add(world, SCHOOL), await add(world, SCHOOLS)
    assert await meant(world, Audience(line=EDUCATION)) == {teacher, official}
    assert await meant(world, Audience(line=SCHOOLS)) == {teacher, official}
    assert await meant(world, Audience(units=(HAIDIAN,), line=EDUCATION)) == {teacher}
    assert await meant(world, Audience(units=(CHAOYANG,), line=EDUCATION)) == set()


# ---- each condition alone


async def test_members_and_those_who_have_not_joined(world: World) -> None:
    member, other = await add(world, JINSONG, member_since=world.clock.now()), await add(world, JINSONG)
    assert await meant(world, replace(WHOLE_CITY, member=True)) == {member}
    assert await meant(world, replace(WHOLE_CITY, member=False)) == {other}


async def test_those_with_a_card_and_those_without(world: World) -> None:
    holder, other = await add(world, JINSONG, card="1001", card_index="1001"), await add(world, JINSONG)
    assert await meant(world, replace(WHOLE_CITY, card=True)) == {holder}
    assert await meant(world, replace(WHOLE_CITY, card=False)) == {other}


@pytest.mark.parametrize("role", [Role.LAWYER, Role.STAFF, Role.CHAIR])
async def test_a_role_means_those_who_hold_it_at_the_units_and_still_hold_it(world: World, role: Role) -> None:
    now = world.clock.now()
    async with world.database.begin() as session:
        here = await new_officer(session, "甲", WANGJING, now, role=role)
        await new_officer(session, "乙", ZHONGGUANCUN, now, role=role)
        past = await new_officer(session, "丙", WANGJING, now, role=role)
        await session.execute(sa.update(RoleGrant).where(RoleGrant.person_id == past).values(revoked_at=now))
    await add(world, WANGJING)
    assert await meant(world, Audience(units=(WANGJING,), role=role)) == {here}


async def test_who_holds_a_role_twice_is_meant_once(world: World) -> None:
    async with world.database.begin() as session:
        chair = await new_officer(session, "甲", WANGJING, world.clock.now(), role=Role.CHAIR)
        session.add(RoleGrant(person_id=chair, role=Role.CHAIR, unit_id=CHAOYANG, granted_at=world.clock.now()))
    counted = await count(world, Audience(units=(CHAOYANG,), role=Role.CHAIR))
    assert (counted.reachable, sum(counted.by_unit.values())) == (2, 2)  # the other one is the chair of 劲松


async def test_topics_of_interest_mean_whoever_named_one_of_them(world: World) -> None:
    skills, health, both = [await add(world, JINSONG) for _ in range(3)]
    await add(world, JINSONG)
    named = ((skills, "skills"), (health, "health"), (both, "skills"), (both, "health"))
    await write(world, *(Interest(person_id=person, topic=topic) for person, topic in named))
    assert await meant(world, replace(WHOLE_CITY, interests=("skills",))) == {skills, both}
    assert await meant(world, replace(WHOLE_CITY, interests=("skills", "health"))) == {skills, health, both}


async def test_taking_part_means_having_a_place_in_that_sign_up(world: World) -> None:
    first, second = sign_up(world, CITY), sign_up(world, CITY)
    await write(world, first, second)
    people = [await add(world, JINSONG) for _ in range(4)]
    places = ((first.id, Place.IN), (first.id, Place.WAITING), (first.id, Place.CANCELLED), (second.id, Place.IN))
    await write(
        world,
        *(
            SurveyTurnout(survey_id=survey, person_id=person, number=number, place=place, at=world.clock.now())
            for number, (person, (survey, place)) in enumerate(zip(people, places, strict=True))
        ),
    )
    assert await meant(world, replace(WHOLE_CITY, took_part=first.id)) == {people[0]}


async def test_an_open_case_of_a_topic(world: World) -> None:
    about_wages, about_leave, closed = [await add(world, JINSONG) for _ in range(3)]
    await world.new_case(worker_id=about_wages)
    await world.new_case(worker_id=about_leave, topic="leave")
    case_id = await world.new_case(worker_id=closed)
    async with world.database.begin() as session:
        await session.execute(sa.update(Case).where(Case.id == case_id).values(status=CaseStatus.CLOSED))
    assert await meant(world, replace(WHOLE_CITY, case_topics=("wages",))) == {about_wages}
    assert await meant(world, replace(WHOLE_CITY, case_topics=("wages", "leave"))) == {about_wages, about_leave}


async def test_an_anonymous_case_points_at_nobody(world: World) -> None:
    worker = await add(world, JINSONG)
    await world.new_case(worker_id=worker, anonymous=True, contact_name=None, contact_phone=None)
    assert await meant(world, replace(WHOLE_CITY, case_topics=("wages",))) == set()


async def test_a_case_that_lies_with_another_unit_does_not_count(world: World) -> None:
    worker = await add(world, JINSONG)
    await world.new_case(worker_id=worker, unit_id=ZHONGGUANCUN)
    assert await meant(world, Audience(units=(CHAOYANG,), case_topics=("wages",))) == set()
    assert await meant(world, replace(WHOLE_CITY, case_topics=("wages",))) == {worker}


async def test_languages(world: World) -> None:
    uyghur, english, chinese = await add(world, JINSONG, language="ug"), await add(world, JINSONG, language="en"), await add(world, JINSONG)
    assert await meant(world, replace(WHOLE_CITY, languages=("ug",))) == {uyghur}
    assert await meant(world, replace(WHOLE_CITY, languages=("ug", CHINESE))) == {uyghur, chinese}
    assert await meant(world, replace(WHOLE_CITY, languages=("ug", "en"))) == {uyghur, english}


async def test_the_door_that_somebody_used_last(world: World) -> None:
    here, there = await add(world, JINSONG), await add(world, JINSONG)
    await write(
        world,
        Conversation(door="web", address="w", side=MEMBER, person_id=there, created_at=world.clock.now(), last_in_at=world.clock.now()),
    )
    assert await meant(world, replace(WHOLE_CITY, doors=("web",))) == {there}
    assert await meant(world, replace(WHOLE_CITY, doors=("test-member",))) == {here}
    async with world.database.begin() as session:
        await session.execute(sa.update(Conversation).where(Conversation.door == "web").values(unreachable_since=world.clock.now()))
    assert await meant(world, replace(WHOLE_CITY, doors=("test-member",))) == {here, there}


async def test_who_is_on_a_list(world: World) -> None:
    listed = await add(world, JINSONG)
    await add(world, JINSONG)
    made = NoticeList(unit_id=CITY, author_id=world.city_staff, name="", missing=0, created_at=world.clock.now())
    await write(world, made)
    await write(world, NoticeListEntry(list_id=made.id, person_id=listed))
    assert await meant(world, replace(WHOLE_CITY, list_id=made.id)) == {listed}
    assert await meant(world, Audience(units=(HAIDIAN,), list_id=made.id)) == set()


async def test_conditions_together_narrow_each_other(world: World) -> None:
    now = world.clock.now()
    right = await add(world, JINSONG, member_since=now, card_index="1", language="ug")
    await add(world, JINSONG, member_since=now, card_index="2")
    await add(world, JINSONG, card_index="3", language="ug")
    elsewhere = await add(world, WANGJING, member_since=now, card_index="4", language="ug")
    await write(world, *(Interest(person_id=person, topic="skills") for person in (right, elsewhere)))
    audience = Audience(units=(JINSONG,), member=True, card=True, languages=("ug",), interests=("skills",), doors=("test-member",))
    assert await meant(world, audience) == {right}


# ---- how they are reached


async def test_the_count_tells_who_is_reached_and_how_and_why_others_are_not(world: World) -> None:
    await add(world, JINSONG)
    await add(world, JINSONG, door=False)
    on_web = await add(world, WANGJING, door=False)
    await write(world, Conversation(door="web", address="w", side=MEMBER, person_id=on_web, created_at=world.clock.now()))
    await add(world, WANGJING, notices_off_at=world.clock.now())
    await add(world, WANGJING, door=False, notices_off_at=world.clock.now())
    assert await count(world, Audience(units=(CHAOYANG,))) == Count(
        reachable=2, unreachable=1, unwilling=2, by_door={"test-member": 1, "web": 1}, by_unit={JINSONG: 1, WANGJING: 1}
    )


async def test_who_blocked_the_bot_is_not_reached_until_they_come_back(world: World) -> None:
    person = await add(world, JINSONG)
    blocked = sa.update(Conversation).where(Conversation.person_id == person)
    async with world.database.begin() as session:
        await session.execute(blocked.values(unreachable_since=world.clock.now()))
    assert (await count(world, WHOLE_CITY)).unreachable == 1
    async with world.database.begin() as session:
        await session.execute(blocked.values(unreachable_since=None))
    assert (await count(world, WHOLE_CITY)).reachable == 1


async def test_a_person_with_two_doors_is_one_person(world: World) -> None:
    person = await add(world, JINSONG)
    await write(world, Conversation(door="web", address="w", side=MEMBER, person_id=person, created_at=world.clock.now()))
    assert (await count(world, WHOLE_CITY)).reachable == 1


async def test_at_the_desk_is_reached_only_who_has_no_other_door(world: World) -> None:
    await write(world, Conversation(door="d", address="1", side=DESK, person_id=await add(world, JINSONG), created_at=world.clock.now()))
    only = await add(world, JINSONG, door=False)
    await write(world, Conversation(door="d", address="2", side=DESK, person_id=only, created_at=world.clock.now()))
    assert (await count(world, WHOLE_CITY)).by_door == {"d": 1, "test-member": 1}


async def test_the_count_by_unit_goes_one_rung_down(world: World) -> None:
    async with world.database.begin() as session:
        await add_units(session)
    for unit_id in (CHAOYANG, JINSONG, HOTEL, SCHOOL):
        await add(world, unit_id)
    assert (await count(world, WHOLE_CITY)).by_unit == {CHAOYANG: 3, HAIDIAN: 1}
    assert (await count(world, Audience(units=(CHAOYANG,)))).by_unit == {CHAOYANG: 1, JINSONG: 2}
    assert (await count(world, Audience(units=(JINSONG, HAIDIAN)))).by_unit == {JINSONG: 2, HAIDIAN: 1}
    assert (await count(world, Audience(line=EDUCATION))).by_unit == {HAIDIAN: 1}
    assert (await count(world, Audience(units=(HOTEL,)))).by_unit == {HOTEL: 1}


# ---- the sample


async def test_the_sample_masks_names_and_says_where_they_belong(world: World) -> None:
    await add(world, JINSONG, "王小明")
    await add(world, WANGJING, "欧阳锋")
    await add(world, ZHONGGUANCUN, "")
    actor = await world.actor(world.city_staff)
    async with world.database.begin() as session:
        found = await audiences.sample(session, actor, WHOLE_CITY)
    expected = {Sampled("王*", "劲松街道总工会"), Sampled("欧*", "望京街道总工会"), Sampled("", "中关村街道总工会")}
    assert (set(found), len(found)) == (expected, 3)


async def test_the_sample_holds_only_those_who_would_get_it_and_ten_at_most(world: World) -> None:
    now = world.clock.now()
    for number in range(12):
        await add(world, JINSONG if number % 2 else WANGJING, "会员", member_since=now)
        await add(world, JINSONG, "关", member_since=now, notices_off_at=now)
        await add(world, ZHONGGUANCUN, "外", member_since=now)
        await add(world, JINSONG, "非")
    actor = await world.actor(world.staff)
    async with world.database.begin() as session:
        found = await audiences.sample(session, actor, Audience(units=(CHAOYANG,), member=True))
    assert [one.name for one in found] == ["会*"] * 10


async def test_the_sample_finds_the_few_among_many_units(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiences, "SAMPLE_UNITS", 1)
    for unit_id in (JINSONG, WANGJING, ZHONGGUANCUN):
        await add(world, unit_id)
    actor = await world.actor(world.city_staff)
    async with world.database.begin() as session:
        assert len(await audiences.sample(session, actor, WHOLE_CITY)) == 3


async def test_a_sample_of_a_role_says_where_it_is_held(world: World) -> None:
    actor = await world.actor(world.staff)
    async with world.database.begin() as session:
        found = await audiences.sample(session, actor, Audience(units=(CHAOYANG,), role=Role.CHAIR))
    assert found == [Sampled("主*", "劲松街道总工会")]


# ---- who may


@pytest.mark.parametrize("unit_id", [HAIDIAN, ZHONGGUANCUN, CITY])
async def test_nobody_counts_or_looks_beyond_their_own_units(world: World, unit_id: UnitId) -> None:
    await add(world, unit_id)
    actor = await world.actor(world.staff)
    for audience in (Audience(units=(unit_id,)), Audience(units=(CHAOYANG, unit_id))):
        for ask in (audiences.count, audiences.sample, audiences.check):
            with pytest.raises(NotAllowed):
                async with world.database.begin() as session:
                    await ask(session, actor, audience)


@pytest.mark.parametrize("who", ["lawyer", "chair", "worker"])
async def test_only_staff_address_anybody(world: World, who: str) -> None:
    await add(world, JINSONG)
    with pytest.raises(NotAllowed):
        await check(world, Audience(units=(JINSONG,)), getattr(world, who))


async def test_an_administrator_of_the_city_addresses_everybody(world: World) -> None:
    await add(world, ZHONGGUANCUN)
    async with world.database.begin() as session:
        admin = await new_officer(session, "管理员", CITY, world.clock.now(), role=Role.ADMIN)
    assert (await count(world, Audience(units=(HAIDIAN,)), admin)).reachable == 1


async def test_an_industry_union_addresses_its_line_and_nobody_else(world: World) -> None:
    async with world.database.begin() as session:
        await add_units(session)
        officer = await new_officer(session, "产业干部", EDUCATION, world.clock.now())
    await add(world, SCHOOL)
    await add(world, HOTEL)
    assert audiences.start_from(await world.actor(officer)) == Audience(line=EDUCATION)
    assert (await count(world, Audience(line=EDUCATION), officer)).reachable == 1
    assert (await count(world, Audience(units=(HAIDIAN,), line=EDUCATION), officer)).reachable == 1
    for audience in (WHOLE_CITY, Audience(units=(HAIDIAN,)), Audience(units=(EDUCATION, HAIDIAN))):
        with pytest.raises(NotAllowed):
            await count(world, audience, officer)


async def test_a_district_may_narrow_by_a_line_but_not_reach_out_along_it(world: World) -> None:
    async with world.database.begin() as session:
        await add_units(session)
    await add(world, SCHOOL)
    assert (await count(world, Audience(units=(HAIDIAN,), line=EDUCATION), world.haidian_staff)).reachable == 1
    with pytest.raises(NotAllowed):
        await count(world, Audience(line=EDUCATION), world.haidian_staff)


async def test_the_query_itself_keeps_to_the_senders_units(world: World) -> None:
    own = await add(world, JINSONG)
    await add(world, ZHONGGUANCUN)
    actor = await world.actor(world.staff)
    async with world.database.begin() as session:
        assert list(await session.scalars(audiences.people(WHOLE_CITY, actor))) == [own]


async def test_one_begins_with_ones_own_units_the_highest_of_them(world: World) -> None:
    async with world.database.begin() as session:
        for unit_id in (JINSONG, HAIDIAN):
            session.add(RoleGrant(person_id=world.staff, role=Role.STAFF, unit_id=unit_id, granted_at=world.clock.now()))
    assert audiences.start_from(await world.actor(world.staff)) == Audience(units=(CHAOYANG, HAIDIAN))
    with pytest.raises(NotAllowed):
        audiences.start_from(await world.actor(world.lawyer))


async def test_what_is_not_there_is_not_found(world: World) -> None:
    for audience in (Audience(units=(UnitId(999),)), replace(WHOLE_CITY, list_id=ListId(9)), replace(WHOLE_CITY, took_part=SurveyId(9))):
        with pytest.raises(NotFound):
            await count(world, audience)


async def test_a_list_or_a_sign_up_of_another_unit_looks_as_if_it_were_not_there(world: World) -> None:
    theirs = NoticeList(unit_id=HAIDIAN, author_id=world.haidian_staff, name="", missing=0, created_at=world.clock.now())
    survey = sign_up(world, HAIDIAN)
    await write(world, theirs, survey)
    for audience in (Audience(units=(CHAOYANG,), list_id=theirs.id), Audience(units=(CHAOYANG,), took_part=survey.id)):
        with pytest.raises(NotFound):
            await count(world, audience, world.staff)


async def test_nobody_is_addressed_by_having_voted(world: World) -> None:
    survey = sign_up(world, CITY, SurveyKind.APPRAISAL)
    await write(world, survey)
    with pytest.raises(NotFound):
        await count(world, replace(WHOLE_CITY, took_part=survey.id))


async def test_a_chair_who_is_staff_too_does_not_choose_by_cases(world: World) -> None:
    async with world.database.begin() as session:
        session.add(RoleGrant(person_id=world.staff, role=Role.CHAIR, unit_id=JINSONG, granted_at=world.clock.now()))
    with pytest.raises(NotAllowed):
        await count(world, Audience(units=(CHAOYANG,), case_topics=("wages",)), world.staff)


async def test_an_audience_that_nobody_would_get_is_refused(world: World) -> None:
    await add(world, JINSONG, door=False)
    await add(world, JINSONG, notices_off_at=world.clock.now())
    with pytest.raises(EmptyAudience):
        await check(world, Audience(units=(JINSONG,)))
    await add(world, JINSONG)
    await check(world, Audience(units=(JINSONG,)))


# ---- as data


FULL = Audience(
    units=(CHAOYANG, HAIDIAN), line=EDUCATION, role=Role.CHAIR, member=True, card=False, interests=("skills",), took_part=SurveyId(7),
    case_topics=("wages", "leave"), languages=("ug", CHINESE), doors=("web",), list_id=ListId(8),
)  # fmt: skip


@pytest.mark.parametrize("audience", [WHOLE_CITY, Audience(line=EDUCATION), replace(WHOLE_CITY, member=False), FULL])
def test_an_audience_survives_being_stored(audience: Audience) -> None:
    assert Audience.from_json(audience.to_json()) == audience


def test_what_the_first_program_stored_is_still_read() -> None:
    assert Audience.from_json({"unit": 4}) == Audience(units=(JINSONG,))


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"v": 1},
        {"v": 2, "units": [1]},
        {"units": [1]},
        {"v": 1, "units": [1], "age": 40},
        {"v": 1, "units": 1},
        {"v": 1, "units": ["1"]},
        {"v": 1, "units": [0]},
        {"v": 1, "units": [1], "role": "queen"},
        {"v": 1, "units": [1], "member": "yes"},
        {"v": 1, "units": [1], "interests": "skills"},
        {"v": 1, "units": [True]},
        {"unit": "1.2.' OR true"},
        {"unit": 1, "v": 1},
    ],
)
def test_anything_else_is_refused_rather_than_read_as_everybody(data: dict[str, Any]) -> None:
    with pytest.raises(BadAudience):
        Audience.from_json(data)


def test_an_audience_without_a_place_is_none() -> None:
    with pytest.raises(BadAudience):
        Audience(member=True)


def test_what_can_be_taken_away_again_is_listed() -> None:
    assert WHOLE_CITY.conditions == ()
    assert Audience(line=EDUCATION, card=False).conditions == ("card",)
    assert replace(FULL, took_part=None).conditions == (
        "line", "role", "member", "card", "interests", "case_topics", "languages", "doors", "list_id",
    )  # fmt: skip


async def test_somebody_without_a_wish_wants_notices_and_a_new_card_is_seen_at_once(world: World) -> None:
    person = await add(world, JINSONG)
    async with world.database.begin() as session:
        assert (await session.get_one(Person, person)).wants_notices is True
        await session.execute(sa.update(Person).where(Person.id == person).values(card_index="1001", member_since=world.clock.now()))
    assert await meant(world, replace(WHOLE_CITY, card=True, member=True)) == {person}
