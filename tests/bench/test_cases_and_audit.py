"""The benches of cases run on a tiny scale and do what they say; no time is judged here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bench import audit, cases
from bench.case_rows import City
from bench.ground import Ground, ground

TINY = City(streets=130, stations=12, lawyers=200, workers=40, open_cases=400, ended_cases=40)


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Ground]:
    async with ground() as server:
        yield server


async def test_a_tiny_city_routes_shows_sweeps_and_checks_itself(server: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "WARM", 1)
    result = await cases.measure_on(server, 0.5, TINY, due=4)
    values = {figure.what: figure.value for figure in result.figures}
    assert values["cases that found no lawyer"] == 0
    assert values["swept once too often or not at all"] == 0
    assert "all invariants checked" in values  # with nothing behind it: none is broken
    assert all(figure.value > 0 for figure in result.figures if figure.unit == "ms")


async def test_an_audit_finds_a_whole_history_whole_both_ways(server: Ground) -> None:
    result = await audit.measure_on(server, cases=20, lines=3)
    assert "60 lines in the histories of 20 cases" in result.title
    (broken,) = [figure for figure in result.figures if figure.what == "histories found broken"]
    assert (broken.value, broken.beside) == (0, 0)
