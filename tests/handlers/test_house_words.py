"""How a fault of the house reads to the staff of the city: what is wrong, which cases, and what to do."""

from __future__ import annotations

import ast
import inspect

import pytest
import sqlalchemy as sa

from handlers import alerts
from handlers.alerts.house_words import _WORDS
from handlers.conversation import Reply
from storage.models import Deadline
from storage.types import PersonId
from tests.union.world import CITY, RULES, World, new_officer
from union import invariants
from union.alerts import Fact
from union.codes import spoken

CODES = sorted(_WORDS)


async def render(world: World, reader: PersonId, code: str, *examples: int) -> Reply | None:
    params = {"code": code, "count": 3, "examples": list(examples)}
    async with world.database.begin() as session:
        return await alerts.render(session, Fact.HOUSE_FAULT, params, reader=reader, rules=RULES, now=world.clock.now())


def test_every_invariant_has_words() -> None:
    checked = ast.parse(inspect.getsource(invariants.check))
    named = {
        node.value for node in ast.walk(checked) if isinstance(node, ast.Constant) and "_" in str(node.value) and " " not in str(node.value)
    }
    assert named == set(CODES)


@pytest.mark.parametrize("code", CODES)
async def test_each_says_how_many_and_what_to_do(world: World, code: str) -> None:
    reply = await render(world, world.city_staff, code)
    assert reply is not None
    assert reply.title.startswith("系统自查：3 ")
    assert "请" in reply.text
    assert [button.label for row in reply.buttons for button in row] == ["打开看板"]


async def test_the_cases_are_named_by_the_codes_that_staff_know(world: World) -> None:
    case_id = await world.new_case()
    code = spoken((await world.case(case_id)).code)
    async with world.database.begin() as session:
        (deadline_id, *_) = await session.scalars(sa.select(Deadline.id).where(Deadline.subject_id == case_id))
    for invariant, number in (("alert_not_received", case_id), ("deadline_step_late", deadline_id)):
        reply = await render(world, world.city_staff, invariant, number)
        assert reply is not None
        assert code in reply.text


async def test_a_case_that_the_reader_must_not_see_is_not_named(world: World) -> None:
    case_id = await world.new_case(worker_id=world.city_staff)
    code = spoken((await world.case(case_id)).code)
    async with world.database.begin() as session:
        other = await new_officer(session, "另一位", CITY, world.clock.now())
    own, others = [await render(world, reader, "alert_not_received", case_id) for reader in (world.city_staff, other)]
    assert own is not None
    assert code not in own.text
    assert others is not None
    assert code in others.text


async def test_a_fault_that_this_version_does_not_know_is_not_said(world: World) -> None:
    assert await render(world, world.city_staff, "of_a_later_version") is None
