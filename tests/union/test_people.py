"""Who somebody is to the union: consent makes a person, a one-time code gives a role, and a role reaches its unit and what is below."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage.models import Invite, Lawyer, LawyerUnit, Person, Role, RoleGrant
from storage.types import PersonId
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, WANGJING, World
from union import people
from union.errors import BadInvite, NotFound
from union.people import INVITE_LIFE, Grant


async def invite(world: World, role: Role = Role.LAWYER, name: str = "新人") -> str:
    async with world.database.begin() as session:
        return await people.invite(session, role=role, name=name, unit_id=WANGJING, now=world.clock.now())


async def redeem(world: World, code: str, person_id: PersonId | None = None) -> tuple[PersonId, Grant]:
    async with world.database.begin() as session:
        return await people.redeem(session, code=code, person_id=person_id, now=world.clock.now())


async def refused(world: World, code: str) -> str:
    with pytest.raises(BadInvite) as error:
        await redeem(world, code)
    return error.value.reason


# ---- consent


async def test_who_agrees_becomes_a_person_without_a_name(world: World) -> None:
    async with world.database.begin() as session:
        person = await session.get_one(Person, await people.agree(session, world.clock.now()))
    assert (person.name, person.phone, person.unit_id, person.made_up) == (None, None, None, False)
    assert person.consent_at == world.clock.now()


async def test_a_worker_has_no_role(world: World) -> None:
    assert (await world.actor(world.worker)).grants == ()


async def test_an_unknown_person_cannot_be_loaded(world: World) -> None:
    with pytest.raises(NotFound):
        await world.actor(PersonId(999_999_999))


# ---- codes


async def test_a_code_makes_a_stranger_what_the_invitation_says(world: World) -> None:
    person_id, granted = await redeem(world, await invite(world, name="孙律师"))
    actor = await world.actor(person_id)
    assert (actor.name, granted.role, granted.unit.id) == ("孙律师", Role.LAWYER, WANGJING)
    assert actor.grants == (granted,)


async def test_a_lawyer_who_comes_in_is_the_one_named_for_the_unit(world: World) -> None:
    person_id, _ = await redeem(world, await invite(world))
    assert (await world.case(await world.new_case(unit_id=WANGJING))).lawyer_id == person_id


async def test_a_staff_member_who_comes_in_is_no_lawyer(world: World) -> None:
    person_id, granted = await redeem(world, await invite(world, Role.STAFF))
    assert granted.role is Role.STAFF
    async with world.database.begin() as session:
        assert await session.get(Lawyer, person_id) is None


async def test_somebody_who_is_known_already_keeps_who_they_are_and_gets_the_role_on_top(world: World) -> None:
    person_id, _ = await redeem(world, await invite(world, Role.STAFF, "别的名字"), world.lawyer)
    actor = await world.actor(world.lawyer)
    assert person_id == world.lawyer
    assert actor.name == "何律师"
    assert [(g.role, g.unit.id) for g in actor.grants] == [(Role.LAWYER, JINSONG), (Role.STAFF, WANGJING)]


async def test_a_code_may_be_typed_in_small_letters_and_with_spaces_around_it(world: World) -> None:
    code = await invite(world)
    await redeem(world, f"  {code.lower()} ")


async def test_a_wrong_code_lets_nobody_in(world: World) -> None:
    await invite(world)
    assert await refused(world, "AAAAAAAAAA") == "unknown"
    assert await refused(world, "") == "unknown"


async def test_a_code_is_used_up_by_the_first_who_brings_it(world: World) -> None:
    code = await invite(world)
    first, _ = await redeem(world, code)
    assert await refused(world, code) == "used"
    async with world.database.begin() as session:
        used = (await session.scalars(sa.select(Invite))).one()
    assert (used.used_by, used.used_at) == (first, world.clock.now())


async def test_a_code_is_good_for_seven_days_and_not_a_second_longer(world: World) -> None:
    early, late = await invite(world), await invite(world)
    world.clock.advance(seconds=(INVITE_LIFE - timedelta(seconds=1)).total_seconds())
    await redeem(world, early)
    world.clock.advance(seconds=1)
    assert await refused(world, late) == "expired"


async def test_a_refused_code_leaves_nobody_behind(world: World) -> None:
    async with world.database.begin() as session:
        before = await session.scalar(sa.select(sa.func.count()).select_from(Person))
    await refused(world, "AAAAAAAAAA")
    async with world.database.begin() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(Person)) == before


async def test_of_a_code_only_the_fingerprint_is_kept(world: World) -> None:
    code = await invite(world)
    async with world.database.begin() as session:
        stored = await session.scalar(sa.text("SELECT i::text FROM invite i"))
    assert code not in stored
    assert code.encode().hex() not in stored


async def test_a_code_can_be_read_out_over_a_phone(world: World) -> None:
    code = await invite(world)
    assert len(code) == 10
    assert not set(code) & set("01OIL")


# ---- roles


async def test_giving_a_role_twice_is_harmless(world: World) -> None:
    async with world.database.begin() as session:
        for _ in range(2):
            await people.grant(session, person_id=world.staff, role=Role.STAFF, unit_id=CHAOYANG, now=world.clock.now())
    assert len((await world.actor(world.staff)).grants) == 1


async def test_a_lawyer_named_again_for_a_unit_is_its_latest(world: World) -> None:
    world.clock.advance(days=1)
    async with world.database.begin() as session:
        await people.grant(session, person_id=world.lawyer, role=Role.LAWYER, unit_id=JINSONG, now=world.clock.now())
        named = (await session.scalars(sa.select(LawyerUnit).where(LawyerUnit.lawyer_id == world.lawyer))).one()
    assert named.named_at == world.clock.now()


async def test_a_role_that_was_taken_away_can_be_given_again(world: World) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.update(RoleGrant).where(RoleGrant.person_id == world.staff).values(revoked_at=world.clock.now()))
    assert (await world.actor(world.staff)).grants == ()
    async with world.database.begin() as session:
        await people.grant(session, person_id=world.staff, role=Role.STAFF, unit_id=CHAOYANG, now=world.clock.now())
    assert (await world.actor(world.staff)).has(Role.STAFF)


async def test_a_role_reaches_its_unit_and_everything_below_and_nothing_else(world: World) -> None:
    staff = await world.actor(world.staff)
    reached = {path: staff.reaches(path, Role.STAFF) for path in ("1.", "1.2.", "1.2.4.", "1.2.4.9.", "1.3.", "1.22.", "2.2.")}
    assert [path for path, yes in reached.items() if yes] == ["1.2.", "1.2.4.", "1.2.4.9."]


async def test_a_lawyers_role_reaches_no_unit(world: World) -> None:
    assert not (await world.actor(world.lawyer)).reaches("1.2.4.", Role.STAFF, Role.ADMIN)


async def test_staff_of_a_unit_are_those_held_there_and_not_above_or_below(world: World) -> None:
    async with world.database.begin() as session:
        assert await people.staff_of(session, [CHAOYANG], "desk") == [(CHAOYANG, world.staff, True)]
        assert await people.staff_of(session, [JINSONG], "desk") == []
        assert {p for _, p, _ in await people.staff_of(session, [CITY, HAIDIAN], "desk")} == {world.city_staff, world.haidian_staff}


async def test_a_door_on_the_members_side_is_no_door_for_an_officer(world: World) -> None:
    async with world.database.begin() as session:
        assert await people.staff_of(session, [CHAOYANG], "member") == [(CHAOYANG, world.staff, False)]


async def test_names_and_firms_are_empty_where_none_is_noted(world: World) -> None:
    async with world.database.begin() as session:
        assert await people.names(session, [world.worker, world.lawyer]) == {world.worker: "", world.lawyer: "何律师"}
        assert await people.firm_of(session, world.lawyer) == ""
