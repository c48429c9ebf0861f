"""The worker asks to be called: whom it is told, that there is one call at a time, and that no number outlives its call."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from storage.models import CallBack, Case
from storage.types import CaseId
from tests.union.world import World
from union import callbacks
from union.alerts import Fact
from union.errors import IllegalTransition

PHONE = "13911112222"


async def ask(world: World, case_id: CaseId, *, ahead: timedelta = timedelta(hours=3), phone: str = PHONE) -> int:
    now = world.clock.now()

    async def action(session: object, case: Case) -> int:
        asked = await callbacks.ask(session, case, now, by=world.worker, wanted_at=now + ahead, phone=phone)  # type: ignore[arg-type]
        return asked.id

    return await world.change(case_id, action)


async def rows(world: World, case_id: CaseId) -> list[tuple[str | None, datetime | None]]:
    async with world.database.begin() as session:
        found = await session.scalars(sa.select(CallBack).where(CallBack.case_id == case_id).order_by(CallBack.id))
        return [(call.phone, call.done_at) for call in found]


async def test_the_one_responsible_is_told_and_finds_time_and_number(world: World) -> None:
    case_id = await world.new_case()
    await ask(world, case_id)
    assert (await world.told(world.lawyer))[-1] == Fact.CALL_BACK_ASKED
    async with world.database.begin() as session:
        [call] = await callbacks.open_of(session, case_id)
    assert (call.phone, call.wanted_at) == (PHONE, world.clock.now() + timedelta(hours=3))
    assert "case.call_asked" in await world.history(case_id)


async def test_asking_again_changes_the_call_that_is_open(world: World) -> None:
    case_id = await world.new_case()
    first = await ask(world, case_id)
    assert await ask(world, case_id, phone="13933334444") == first
    assert await rows(world, case_id) == [("13933334444", None)]
    assert (await world.told(world.lawyer)).count(Fact.CALL_BACK_ASKED) == 2


async def test_when_the_call_is_made_its_number_is_erased(world: World) -> None:
    case_id = await world.new_case()
    call = await ask(world, case_id)
    now = world.clock.now()
    assert await world.change(case_id, lambda s, c: callbacks.done(s, c, call, now, by=world.lawyer))
    assert await rows(world, case_id) == [(None, now)]
    assert not await world.change(case_id, lambda s, c: callbacks.done(s, c, call, now, by=world.lawyer))
    assert (await world.history(case_id)).count("case.call_done") == 1


async def test_a_call_of_another_case_can_not_be_ended(world: World) -> None:
    first, second = await world.new_case(), await world.new_case()
    call = await ask(world, first)
    assert not await world.change(second, lambda s, c: callbacks.done(s, c, call, world.clock.now(), by=world.lawyer))
    assert await rows(world, first) == [(PHONE, None)]


async def test_the_worker_can_take_it_back(world: World) -> None:
    case_id = await world.new_case()
    await ask(world, case_id)
    assert await world.change(case_id, lambda s, c: callbacks.cancel(s, c, world.clock.now(), by=world.worker))
    assert not await world.change(case_id, lambda s, c: callbacks.cancel(s, c, world.clock.now(), by=world.worker))
    assert [phone for phone, _ in await rows(world, case_id)] == [None]


@pytest.mark.parametrize("ending", ["close", "withdraw"])
async def test_no_number_outlives_its_case(world: World, ending: str) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await ask(world, case_id)
    await getattr(world, ending)(case_id)
    assert await rows(world, case_id) == [(None, world.clock.now())]


@pytest.mark.parametrize("ahead", [timedelta(minutes=-6), timedelta(days=14, seconds=1)])
async def test_a_time_that_has_passed_or_is_too_far_away_is_refused(world: World, ahead: timedelta) -> None:
    case_id = await world.new_case()
    with pytest.raises(ValueError, match="14 days"):
        await ask(world, case_id, ahead=ahead)


async def test_an_ended_case_takes_no_call(world: World) -> None:
    case_id = await world.new_case()
    await world.withdraw(case_id)
    with pytest.raises(IllegalTransition):
        await ask(world, case_id)


async def test_before_anybody_is_responsible_it_waits_for_them(world: World) -> None:
    case_id = await world.new_case(routed=False)
    await ask(world, case_id)
    assert Fact.CALL_BACK_ASKED not in await world.told()
    assert await rows(world, case_id) == [(PHONE, None)]
