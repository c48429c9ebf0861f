"""A row for each case of a scope."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.union.test_figures import HOUR, NOVEMBER, put, reached
from tests.union.world import RULES, ZHONGGUANCUN, World
from union import case_rows, figures
from union.figures import Clock


async def test_a_row_for_each_case_says_what_its_figure_was_made_of(world: World) -> None:
    code = (await world.case(await reached(world, 90 * timedelta(minutes=1), nature="violation"))).code
    await put(world, unit_id=ZHONGGUANCUN, lawyer_id=None)
    actor = await world.actor(world.city_staff)
    async with world.database.begin() as session:
        scope = await figures.scope_of(session, actor, NOVEMBER)
        assert await case_rows.count(session, scope) == 2
        rows = [row async for some in case_rows.case_rows(session, scope, RULES, world.clock.now()) for row in some]
    first, second = rows
    assert (first.code, first.unit, first.employer, first.handler) == (code, "劲松街道总工会", "劲松饭店", "何律师")
    assert (first.used, first.clock, second.used, second.clock) == (1.5 * HOUR, Clock.ON_TIME, None, Clock.RUNNING)
    assert (second.handler, second.unit) == ("", "中关村街道总工会")


async def test_more_cases_than_a_table_takes_are_refused_with_their_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_rows, "MOST_ROWS", 1)
    await put(world)
    await put(world)
    actor = await world.actor(world.staff)
    async with world.database.begin() as session:
        with pytest.raises(case_rows.TooMany) as refused:
            await case_rows.count(session, await figures.scope_of(session, actor, NOVEMBER))
    assert refused.value.count == 2
