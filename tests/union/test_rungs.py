"""Whom an alarm finds: the rungs above a unit with the staff on each; an empty or shut one never swallows it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.models import Role, RoleGrant, Unit, UnitKind
from storage.types import PersonId, UnitId
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, WANGJING, World, new_officer
from union import people
from union.rungs import Ladder, Rung, at_kind, first_with_people, ladders, without

STREET, DISTRICT, TOP = UnitKind.STREET, UnitKind.DISTRICT, UnitKind.CITY


def rung(unit_id: int, kind: UnitKind, *staff: tuple[int, bool]) -> Rung:
    return Rung(UnitId(unit_id), kind, tuple((PersonId(person), door) for person, door in staff))


def ladder(*staff: tuple[tuple[int, bool], ...]) -> Ladder:
    """Street, district and city with these people; True: a door to them is open."""
    return tuple(rung(number, kind, *there) for number, (kind, there) in enumerate(zip((STREET, DISTRICT, TOP), staff, strict=True), 1))


HERE, SHUT, NOBODY = ((7, True),), ((7, False),), ()


@pytest.mark.parametrize(
    ("staff", "found"),
    [
        ((HERE, HERE, HERE), 1),
        ((NOBODY, HERE, HERE), 2),
        ((SHUT, HERE, HERE), 2),
        ((SHUT, NOBODY, HERE), 3),
        ((SHUT, SHUT, SHUT), 1),  # nobody at all can be reached: it waits where it belongs
        ((NOBODY, SHUT, SHUT), 2),
        ((NOBODY, NOBODY, NOBODY), 3),  # nobody at all: the top one, and what tells finds nobody
        (((( 7, False), (8, True)), HERE, HERE), 1),  # one open door on a rung is enough
    ],
)  # fmt: skip
def test_an_alarm_goes_to_the_first_rung_where_somebody_can_be_reached(staff: tuple[tuple[tuple[int, bool], ...], ...], found: int) -> None:
    assert first_with_people(ladder(*staff)).unit_id == found


def test_it_never_goes_below_where_it_begins() -> None:
    steps = ladder(HERE, HERE, HERE)
    assert [first_with_people(steps, start).unit_id for start in (0, 1, 2, 3, 9)] == [1, 2, 3, 3, 3]


@pytest.mark.parametrize(("kind", "found"), [(STREET, 1), (DISTRICT, 2), (TOP, 3), (UnitKind.STATION, 1), (UnitKind.WORKPLACE, 1)])
def test_the_rung_of_a_kind_is_that_or_the_next_above(kind: UnitKind, found: int) -> None:
    assert at_kind(ladder(HERE, HERE, HERE), kind).unit_id == found


def test_a_case_of_the_district_has_no_street_and_what_is_meant_for_it_goes_to_the_district() -> None:
    assert at_kind(ladder(HERE, HERE, HERE)[1:], STREET).unit_id == 2


def test_a_unit_of_the_industry_line_stands_on_no_rung_and_is_passed() -> None:
    steps = (rung(9, UnitKind.INDUSTRY, (7, True)), rung(3, TOP, (8, True)))
    assert at_kind(steps, STREET).unit_id == 3


def test_people_whom_an_alarm_must_not_find_empty_their_rung() -> None:
    steps = ladder(((7, True), (8, True)), HERE, ((9, True),))
    assert [r.people for r in without(steps, {PersonId(7)})] == [[8], [], [9]]
    assert without(steps, {PersonId(1)}) is steps


async def test_the_ladder_of_a_unit_is_itself_and_all_above_it_with_the_staff_held_there(world: World) -> None:
    async with world.database.begin() as session:
        street = await new_officer(session, "街道", JINSONG, world.clock.now(), door=False)
        found = await ladders(session, [JINSONG, HAIDIAN])
    assert [(r.unit_id, r.staff) for r in found[JINSONG]] == [
        (JINSONG, ((street, False),)),
        (CHAOYANG, ((world.staff, True),)),
        (CITY, ((world.city_staff, True),)),
    ]
    assert [r.unit_id for r in found[HAIDIAN]] == [HAIDIAN, CITY]


async def test_neither_chairs_nor_lawyers_nor_admins_nor_those_of_the_past_are_staff(world: World) -> None:
    async with world.database.begin() as session:
        for role in (Role.CHAIR, Role.LAWYER, Role.ADMIN):
            await people.grant(session, person_id=world.other_worker, role=role, unit_id=WANGJING, now=world.clock.now())
        gone = await new_officer(session, "离任", WANGJING, world.clock.now())
        await session.execute(sa.update(RoleGrant).where(RoleGrant.person_id == gone).values(revoked_at=world.clock.now()))
        assert (await ladders(session, [WANGJING]))[WANGJING][0].staff == ()


async def test_a_workplace_climbs_by_its_territory_whatever_its_industry(world: World) -> None:
    async with world.database.begin() as session:
        session.add(Unit(id=8, kind=UnitKind.INDUSTRY, name="北京市服务工会", short="服务", parent_id=CITY, path="1.8."))
        await session.flush()
        session.add(
            Unit(
                id=9, kind=UnitKind.WORKPLACE, name="劲松书店工会", short="书店", parent_id=JINSONG, industry_id=UnitId(8), path="1.2.4.9."
            )
        )
        await session.flush()
        assert [r.unit_id for r in (await ladders(session, [UnitId(9)]))[UnitId(9)]] == [9, JINSONG, CHAOYANG, CITY]
