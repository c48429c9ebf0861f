"""The history of a case: only ever added to, free of names, and chained so that a change, a gap or a missing end is found."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from storage.models import CaseEvent
from storage.types import CaseId
from tests.union.world import World
from union import history
from union.history import Audit, Broken

FREE = "SET LOCAL session_replication_role = replica"
"""What somebody with all rights on the server would do first: the trigger that guards the history looks away."""


async def audit(world: World) -> Audit:
    async with world.database.begin() as session:
        return await history.audit(session)


async def forge(world: World, *statements: str, **params: object) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.text(FREE))
        for statement in statements:
            await session.execute(sa.text(statement), params)


async def full_life(world: World) -> CaseId:
    """A case with seven lines."""
    case_id = await world.new_case()
    await world.accept(case_id)
    await world.contact(case_id)
    await world.close(case_id)
    await world.rate(case_id)
    return case_id


async def test_a_case_that_went_all_the_way_tells_its_life_in_order(world: World) -> None:
    assert await world.history(await full_life(world)) == [
        "case.received", "case.date_noted", "case.assigned", "case.accepted", "case.intervened", "case.closed", "case.rated",
    ]  # fmt: skip


async def test_the_lines_of_each_case_are_counted_from_one(world: World) -> None:
    first, second = await world.new_case(), await world.new_case()
    await world.accept(first)
    assert [line.number for line in await world.events(first)] == [1, 2, 3, 4]
    assert [line.number for line in await world.events(second)] == [1, 2, 3]


async def test_the_history_holds_numbers_and_codes_but_never_a_name(world: World) -> None:
    case_id = await full_life(world)
    async with world.database.begin() as session:
        stored = " ".join(await session.scalars(sa.select(sa.cast(CaseEvent.detail, sa.Text)).where(CaseEvent.case_id == case_id)))
    assert not [word for word in ("律师", "张三", "饭店", "已到账") if word in stored]


# ---- what the database refuses


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_event SET action = 'x'",
        "UPDATE case_event SET at = now()",
        "UPDATE case_event SET digest = ''",
        "DELETE FROM case_event",
        "TRUNCATE case_event",
    ],
)
async def test_the_history_refuses_to_be_changed_or_deleted(world: World, statement: str) -> None:
    await world.new_case()
    async with world.database.begin() as session:
        with pytest.raises(DBAPIError, match="append-only"):
            await session.execute(sa.text(statement))


async def test_the_history_refuses_changes_through_the_models_as_well(world: World) -> None:
    case_id = await world.new_case()
    with pytest.raises(DBAPIError, match="append-only"):
        async with world.database.begin() as session:
            (await history.of_case(session, case_id))[0].action = "case.forged"


# ---- what the audit finds


async def test_a_history_as_it_was_written_is_whole(world: World) -> None:
    await full_life(world)
    await world.new_case()
    found = await audit(world)
    assert (found.lines, found.cases, found.broken) == (10, 2, ())


async def test_an_empty_house_is_whole(world: World) -> None:
    found = await audit(world)
    assert (found.lines, found.cases, found.broken) == (0, 0, ())
    async with world.database.begin() as session:
        assert await history.matches(session, found.mark)


@pytest.mark.parametrize(
    "change",
    [
        "action = 'case.declined'",
        "actor_id = NULL",
        "at = at - interval '1 hour'",
        "detail = detail || '{\"forged\": 1}'",
    ],
)
async def test_a_line_that_was_changed_is_found_whatever_of_it(world: World, change: str) -> None:
    case_id = await full_life(world)
    await forge(world, f"UPDATE case_event SET {change} WHERE case_id = :case AND number = 4", case=case_id)
    assert (await audit(world)).broken == (Broken(case_id, 4),)


async def test_a_line_that_was_changed_together_with_its_digest_is_found_at_the_next_one(world: World) -> None:
    case_id = await full_life(world)
    await forge(
        world,
        "UPDATE case_event e SET action = 'x', digest = case_event_digest(p.digest, e.case_id, e.number, e.at, e.actor_id, 'x', e.detail)"
        " FROM case_event p WHERE e.case_id = :case AND e.number = 4 AND p.case_id = :case AND p.number = 3",
        case=case_id,
    )
    assert (await audit(world)).broken == (Broken(case_id, 5),)


async def test_a_line_that_was_taken_out_is_found(world: World) -> None:
    case_id = await full_life(world)
    await forge(world, "DELETE FROM case_event WHERE case_id = :case AND number = 3", case=case_id)
    assert (await audit(world)).broken == (Broken(case_id, 4),)


async def test_a_gap_that_was_closed_by_counting_anew_is_found(world: World) -> None:
    case_id = await full_life(world)
    await forge(
        world,
        "DELETE FROM case_event WHERE case_id = :case AND number = 3",
        "UPDATE case_event SET number = number - 1 WHERE case_id = :case AND number > 3",
        case=case_id,
    )
    assert (await audit(world)).broken == (Broken(case_id, 3),)


async def test_an_end_that_was_cut_off_is_found(world: World) -> None:
    case_id = await full_life(world)
    await forge(world, "DELETE FROM case_event WHERE case_id = :case AND number > 5", case=case_id)
    assert (await audit(world)).broken == (Broken(case_id, 0),)


async def test_a_history_that_was_taken_away_whole_is_found(world: World) -> None:
    case_id = await full_life(world)
    await forge(world, "DELETE FROM case_event WHERE case_id = :case", case=case_id)
    assert (await audit(world)).broken == (Broken(case_id, 0),)


async def test_two_lines_that_were_swapped_are_found(world: World) -> None:
    case_id = await full_life(world)
    await forge(
        world,
        "UPDATE case_event SET number = -number WHERE case_id = :case AND number IN (3, 4)",
        "UPDATE case_event SET number = 7 + number WHERE case_id = :case AND number < 0",
        case=case_id,
    )
    assert (await audit(world)).broken == (Broken(case_id, 3),)


async def test_a_line_that_was_put_under_another_case_is_found_in_both(world: World) -> None:
    first, second = await full_life(world), await world.new_case()
    await forge(
        world,
        "UPDATE case_event SET case_id = :second, number = 4 WHERE case_id = :first AND number = 7",
        first=first,
        second=second,
    )
    assert (await audit(world)).broken == (Broken(first, 0), Broken(second, 4))


async def test_a_line_that_was_added_past_the_chain_is_found(world: World) -> None:
    case_id = await full_life(world)
    await forge(
        world,
        "INSERT INTO case_event (case_id, number, at, action, detail, digest)"
        " SELECT case_id, 8, at, 'case.forged', '{}', case_event_digest(digest, case_id, 8, at, NULL, 'case.forged', '{}')"
        " FROM case_event WHERE case_id = :case AND number = 7",
        case=case_id,
    )
    assert (await audit(world)).broken == (Broken(case_id, 0),)


async def test_what_is_broken_in_one_case_leaves_the_others_whole(world: World) -> None:
    whole, broken = await full_life(world), await full_life(world)
    await forge(world, "UPDATE case_event SET action = 'x' WHERE case_id = :case AND number = 1", case=broken)
    assert (await audit(world)).broken == (Broken(broken, 1),)
    assert (await audit(world)).broken[0].case_id != whole


async def test_as_many_are_named_as_were_asked_for(world: World) -> None:
    cases = [await world.new_case(routed=False) for _ in range(3)]
    await forge(world, "UPDATE case_event SET action = 'x'")
    async with world.database.begin() as session:
        assert [broken.case_id for broken in (await history.audit(session, limit=2)).broken] == cases[:2]


# ---- the mark that is kept outside


async def test_a_mark_holds_while_the_history_only_grows(world: World) -> None:
    await full_life(world)
    mark = (await audit(world)).mark
    await full_life(world)
    async with world.database.begin() as session:
        assert await history.matches(session, mark)


async def test_a_history_that_was_written_anew_with_its_whole_chain_is_given_away_by_the_mark(world: World) -> None:
    """With all rights one can rebuild a chain that fits; not one that fits a mark kept elsewhere."""
    case_id = await world.new_case(routed=False)
    mark = (await audit(world)).mark
    await forge(
        world,
        "DELETE FROM case_event WHERE case_id = :case AND number = 2",
        "UPDATE case_chain c SET length = 1, head = e.digest FROM case_event e WHERE c.case_id = :case AND e.case_id = :case",
        case=case_id,
    )
    assert (await audit(world)).broken == ()
    async with world.database.begin() as session:
        assert not await history.matches(session, mark)


@pytest.mark.parametrize("text", ["", "1-2", "1-2-xyz", f"1-2-{'a' * 33}", f"-1-2-{'a' * 32}", f"1-2-{'A' * 32}"])
async def test_what_is_no_mark_is_refused(world: World, text: str) -> None:
    async with world.database.begin() as session:
        with pytest.raises(ValueError, match="a mark looks like"):
            await history.matches(session, text)
