"""The demo's people are made up, complete and the same every time."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from bot.demo.cases import OPEN, STATUSES
from bot.demo.people import CITY, MARK, People, make_people
from bot.demo.register import Register, read_register


@pytest.fixture(scope="module")
def register() -> Register:
    return read_register()


@pytest.fixture(scope="module")
def people(register: Register) -> People:
    return make_people(register)


def test_the_same_register_gives_the_same_people(register: Register, people: People) -> None:
    assert make_people(register) == people


def everybody(people: People) -> list[tuple[str, str]]:
    """Name and phone of each."""
    return (
        [(lawyer.name, lawyer.phone) for lawyer in people.lawyers]
        + [(officer.name, officer.phone) for officer in people.officers]
        + [(member.name, member.phone) for member in people.members]
    )


def test_everybody_is_there(people: People) -> None:
    assert len(people.lawyers) == 60
    assert len(people.members) == 200
    assert sum(officer.role == "chair" for officer in people.officers) == 8


def test_everybody_is_marked_as_made_up_and_nobody_is_there_twice(people: People) -> None:
    names = [name for name, _ in everybody(people)]
    assert all(name.endswith(MARK) for name in names)
    assert len(set(names)) == len(names)


def test_every_phone_is_made_up_and_nobody_shares_one(people: People) -> None:
    phones = [phone for _, phone in everybody(people)]
    assert all(re.fullmatch(r"1000000\d{4}", phone) for phone in phones)
    assert len(set(phones)) == len(phones)
    assert [people.members[0].phone, people.members[-1].phone] == ["10000000001", "10000000200"]


def test_every_street_has_exactly_one_named_lawyer(register: Register, people: People) -> None:
    named = Counter(unit for lawyer in people.lawyers for unit in lawyer.units if len(unit) == 2)
    assert named == dict.fromkeys(((street.district, street.name) for street in register.streets), 1)


def test_every_district_and_the_city_have_a_pool_in_which_two_are_at_work(register: Register, people: People) -> None:
    pool = Counter(unit for lawyer in people.lawyers if lawyer.leave_days is None for unit in lawyer.units if len(unit) < 2)
    assert set(pool) == {CITY} | {(district.name,) for district in register.districts}
    assert min(pool.values()) >= 2


def test_every_lawyer_is_named_for_something_and_belongs_to_a_firm(register: Register, people: People) -> None:
    firms = {firm.name for firm in register.firms}
    assert all(lawyer.units and lawyer.capacity > 0 for lawyer in people.lawyers)
    assert {lawyer.firm for lawyer in people.lawyers} == firms


def test_some_lawyers_are_on_leave_and_stand_for_streets(people: People) -> None:
    away = [lawyer for lawyer in people.lawyers if lawyer.leave_days is not None]
    assert len(away) == 5
    assert all(any(len(unit) == 2 for unit in lawyer.units) for lawyer in away)


def test_every_unit_above_a_street_has_an_officer(register: Register, people: People) -> None:
    seats = {officer.unit for officer in people.officers if officer.role == "staff"}
    assert {CITY} | {(district.name,) for district in register.districts} <= seats


def test_every_member_works_where_the_register_knows_it(register: Register, people: People) -> None:
    known = {(workplace.district, workplace.street, workplace.name) for workplace in register.workplaces}
    assert {member.unit for member in people.members} == known
    assert all(member.interests for member in people.members)
    assert 20 <= sum(not member.reachable for member in people.members) <= 50


def test_cards_are_made_up_and_nobody_shares_one(people: People) -> None:
    cards = [member.card for member in people.members if member.card]
    assert all(re.fullmatch(r"9900000000000\d{3}", card) for card in cards)
    assert 130 <= len(set(cards)) == len(cards) < 200


def test_the_cases_are_in_every_state_and_befell_different_members_of_their_workplace(people: People) -> None:
    assert 24 <= len(people.cases) <= 30
    assert {case.status for case, _ in people.cases} == set(STATUSES)
    assert {case.kind for case, _ in people.cases} == {"dispute", "complaint", "help", "suggestion"}
    assert len({member.phone for _, member in people.cases}) == len(people.cases)
    assert all(member.workplace == case.workplace.name for case, member in people.cases)


def test_the_open_disputes_show_the_24_hour_clock_early_late_and_past(people: People) -> None:
    waiting = [case.received_hours for case, _ in people.cases if case.kind == "dispute" and case.open and case.intervened_hours is None]
    assert any(1 <= hours <= 4 for hours in waiting)
    assert 21 in waiting
    assert any(hours > 24 for hours in waiting)


def test_closed_cases_have_an_outcome_and_open_ones_have_none(people: People) -> None:
    for case, _ in people.cases:
        assert bool(case.outcome) == (case.status not in OPEN)
        assert (case.rating is not None) == (case.status == "rated")
        assert case.recovered is None or case.amount is None or case.recovered <= case.amount
