"""Conflicts of interest: what a lawyer declares keeps them, and everybody of the firm, from cases against that employer."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.models import Case, Conflict, Firm, Lawyer, Role, Unit, UnitKind
from storage.types import PersonId, UnitId
from tests.union.world import CHAOYANG, JINSONG, RULES, World, new_lawyer
from union import cases, conflicts, people, routing
from union.errors import InConflict, NotAllowed, NotFound


async def declare(world: World, lawyer_id: PersonId, employer: str) -> bool:
    async with world.database.begin() as session:
        return await conflicts.declare(session, lawyer_id, employer, world.clock.now())


async def among(world: World, employer: str, *lawyer_ids: PersonId) -> set[PersonId]:
    async with world.database.begin() as session:
        return await conflicts.among(session, lawyer_ids or (world.lawyer, world.pool_lawyer), employer)


async def join_firm(world: World, firm_id: int | None, *lawyer_ids: PersonId) -> None:
    async with world.database.begin() as session:
        if firm_id is not None and await session.get(Firm, firm_id) is None:
            session.add(Firm(id=firm_id, name=f"第{firm_id}律师事务所"))
            await session.flush()
        await session.execute(sa.update(Lawyer).where(Lawyer.person_id.in_(lawyer_ids)).values(firm_id=firm_id))


@pytest.mark.parametrize("employer", ["劲松饭店", "北京市劲松饭店有限公司", "劲松饭店（朝阳店）"])
async def test_a_declared_client_keeps_the_lawyer_from_cases_against_it_under_any_of_its_names(world: World, employer: str) -> None:
    await declare(world, world.lawyer, "北京劲松饭店有限责任公司")
    assert await among(world, employer) == {world.lawyer}
    assert await among(world, "望京饭店") == set()


async def test_it_keeps_the_colleagues_of_the_firm_as_well_and_nobody_of_another(world: World) -> None:
    await join_firm(world, 1, world.lawyer, world.pool_lawyer)
    await declare(world, world.lawyer, "劲松饭店")
    assert await among(world, "劲松饭店") == {world.lawyer, world.pool_lawyer}
    await join_firm(world, 2, world.pool_lawyer)
    assert await among(world, "劲松饭店") == {world.lawyer}


async def test_lawyers_without_a_firm_have_no_colleagues(world: World) -> None:
    await declare(world, world.lawyer, "劲松饭店")
    assert await among(world, "劲松饭店", world.pool_lawyer) == set()


async def test_a_lawyer_who_changes_the_firm_takes_the_conflict_along_and_leaves_it_behind(world: World) -> None:
    await join_firm(world, 1, world.lawyer, world.pool_lawyer)
    async with world.database.begin() as session:
        third = await new_lawyer(session, "新同事", CHAOYANG, world.clock.now())
    await join_firm(world, 2, third)
    await declare(world, world.lawyer, "劲松饭店")
    await join_firm(world, 2, world.lawyer)
    assert await among(world, "劲松饭店", world.lawyer, world.pool_lawyer, third) == {world.lawyer, world.pool_lawyer, third}


async def test_who_chairs_the_employers_own_union_is_in_conflict_without_a_word(world: World) -> None:
    async with world.database.begin() as session:
        name = "北京市劲松饭店有限公司工会委员会"
        session.add(Unit(id=50, kind=UnitKind.WORKPLACE, name=name, short=name, parent_id=JINSONG, path="1.2.4.50."))
        await session.flush()
        await people.grant(session, person_id=world.lawyer, role=Role.CHAIR, unit_id=UnitId(50), now=world.clock.now())
    assert await among(world, "劲松饭店") == {world.lawyer}
    assert await among(world, "劲松书店") == set()


async def test_declaring_the_same_client_again_under_another_name_changes_nothing(world: World) -> None:
    assert await declare(world, world.lawyer, "劲松饭店") is True
    assert await declare(world, world.lawyer, "北京市劲松饭店有限公司") is False
    async with world.database.begin() as session:
        assert [conflict.employer for conflict in await conflicts.declared(session, world.lawyer)] == ["劲松饭店"]


async def test_what_was_taken_back_keeps_nobody_any_more_and_can_be_declared_again(world: World) -> None:
    await declare(world, world.lawyer, "劲松饭店")
    async with world.database.begin() as session:
        (conflict,) = await conflicts.declared(session, world.lawyer)
        assert await conflicts.take_back(session, world.lawyer, conflict.id, world.clock.now()) is True
        assert await conflicts.take_back(session, world.lawyer, conflict.id, world.clock.now()) is False
    assert await among(world, "劲松饭店") == set()
    assert await declare(world, world.lawyer, "劲松饭店") is True


async def test_nobody_takes_back_what_somebody_else_declared(world: World) -> None:
    await declare(world, world.lawyer, "劲松饭店")
    async with world.database.begin() as session:
        (conflict,) = await conflicts.declared(session, world.lawyer)
        assert await conflicts.take_back(session, world.pool_lawyer, conflict.id, world.clock.now()) is False
    assert await among(world, "劲松饭店") == {world.lawyer}


@pytest.mark.parametrize("name", ["", " ", "（）", "A"])
async def test_a_name_in_which_nothing_is_left_is_refused(world: World, name: str) -> None:
    with pytest.raises(ValueError, match="at least two characters"):
        await declare(world, world.lawyer, name)


async def test_only_a_lawyer_can_declare(world: World) -> None:
    with pytest.raises(NotFound):
        await declare(world, world.staff, "劲松饭店")


async def test_more_clients_than_can_be_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conflicts, "MOST", 2)
    for name in ("第一公司甲", "第二公司乙"):
        await declare(world, world.lawyer, name)
    with pytest.raises(conflicts.TooMany):
        await declare(world, world.lawyer, "第三公司丙")


async def test_the_clients_name_stands_nowhere_in_plain_words(world: World) -> None:
    await declare(world, world.lawyer, "劲松饭店")
    async with world.database.begin() as session:
        row = await session.scalar(sa.text("SELECT conflict::text FROM conflict"))
        assert (await session.scalars(sa.select(Conflict.employer))).one() == "劲松饭店"
    assert "劲松" not in row
    assert "劲松".encode().hex() not in row


# ---- where it is asked


async def test_a_new_case_goes_past_a_lawyer_in_conflict_and_says_why(world: World) -> None:
    await declare(world, world.lawyer, "劲松饭店有限公司")
    case_id = await world.new_case()
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer
    assert (await world.events(case_id))[-1].detail["passed_over"] == [{"lawyer": world.lawyer, "why": "conflict"}]


async def test_a_conflict_that_is_declared_after_the_case_was_given_bars_its_acceptance(world: World) -> None:
    case_id = await world.new_case()
    await declare(world, world.lawyer, "劲松饭店")
    with pytest.raises(InConflict):
        await world.change(case_id, lambda s, c: cases.accept(s, c, world.lawyer, RULES, world.clock.now()))
    with pytest.raises(InConflict):
        await world.write(case_id, world.lawyer)  # who writes accepts
    assert "case.accepted" not in await world.history(case_id)
    await world.decline(case_id, "conflict")
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer


async def test_staff_cannot_give_a_case_to_a_lawyer_in_conflict(world: World) -> None:
    case_id = await world.new_case()
    await declare(world, world.pool_lawyer, "劲松饭店")
    with pytest.raises(NotAllowed):
        await world.change(case_id, lambda s, c: routing.assign_by_hand(s, c, world.pool_lawyer, RULES, world.clock.now(), by=world.staff))
    async with world.database.begin() as session:
        case = await session.get_one(Case, case_id)
        assert await routing.free_lawyers(session, case, world.clock.now()) == []
