"""Every bench runs on a tiny scale and yields figures. No time is judged here: that is what the benches are for."""

from __future__ import annotations

import io
import json
import math
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from rich.console import Console

from bench import audience, deadline_plain, deadlines, kills, latency, memory, notices, outcomes, pace
from bench.audience_rows import Federation
from bench.deadline_rows import fill
from bench.ground import Ground, ground
from bench.inbound import measure_on
from bench.machine import facts
from bench.report import Figure, Limit, Result, print_facts, print_result


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Ground]:
    async with ground() as server:
        yield server


@pytest.fixture(scope="module")
async def filled(server: Ground) -> str:
    return await fill(server, pending=50, due=20)


def check(result: Result) -> dict[str, float]:
    """The result is complete, can be shown and can be read by a program; its values by name."""
    shown = io.StringIO()
    print_result(Console(file=shown, width=200), result)
    assert all(figure.what in shown.getvalue() for figure in result.figures)
    assert json.loads(json.dumps(result.as_json()))["name"] == result.name
    assert all(math.isfinite(figure.value) and figure.value >= 0 for figure in result.figures)
    return {figure.what: figure.value for figure in result.figures}


async def test_inbound_handles_every_event_on_every_side(server: Ground) -> None:
    result = await measure_on(server, people=4, each=10, rounds=1)
    assert all(figure.value > 0 and figure.beside for figure in result.figures)
    check(result)


async def test_latency_finds_an_answer_to_every_message(server: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "SETTLING", 0.1)
    values = check(await latency.measure_on(server, people=12, messages=30))
    assert values["never answered"] == 0
    assert values["half of all answers within"] > 0


async def test_deadlines_are_taken_once_each_by_two_processes(server: Ground, filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "AFTERWARDS", 0.2)
    monkeypatch.setattr(deadlines, "LEAD", timedelta(seconds=0.3))
    seen = await deadlines.fall_due(server, filled, timedelta(seconds=0.2))
    assert (len(seen.claimed), len(seen.acted), sum(seen.shares)) == (20, 20, 20)
    assert (seen.missed, seen.twice, seen.wrong, seen.repeated) == (0, 0, 0, 0)


async def test_the_plain_alternatives_to_the_deadlines_do_the_same_work(
    server: Ground, filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline_plain, "LEAD", timedelta(seconds=0.3))
    monkeypatch.setattr(deadline_plain, "GRACE", 120)
    swept = await deadline_plain.plain_sweep(server.url(await server.copy(filled)), 20)
    assert 0 < swept.claimed < swept.done
    ran, _ = await deadline_plain.apscheduler(server.url(await server.copy(filled)), 20)
    assert ran == 20


async def test_memory_is_that_of_the_whole_program() -> None:
    values = check(await memory.measure(0, messages=3, starts=0, demo=False))
    assert values["memory after the messages"] > 10
    assert values["messages not answered"] == 0


async def test_pace_counts_what_goes_out_in_any_second() -> None:
    check(await pace.measure(0.3, rates=(20,)))
    assert pace.most_in_a_second([0.0, 0.5, 0.99, 1.2, 1.6, 2.5]) == 3
    assert pace.flow([0.0, 0.0, 1.0, 2.0], 2) == 1.0


async def test_a_notice_reaches_everybody_at_its_pace(server: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "WRITERS", 12)
    monkeypatch.setattr(notices, "WARM_UP", 5)
    monkeypatch.setattr(notices, "SETTLING", 0.1)
    figures = [*await notices.expansion(server, 1_000), *await notices.keeping_pace(server, 20, 1.5)]
    figures += await notices.beside_replies(server, 20, 0.3)
    values = check(Result(name="notices", title="", plain="", figures=figures))
    assert (values["deliveries missing"], values["never answered"]) == (0, 0)
    assert values["20/s: most in any second"] <= 20


async def test_a_kill_of_the_sender_loses_nobody_and_repeats_are_counted(server: Ground) -> None:
    values = check(await kills.measure_on(server, people=200, kills=1))
    assert (values["people who did not get it"], values["of them not counted in the report"]) == (0, 0)


async def test_the_machine_is_named(server: Ground) -> None:
    shown = io.StringIO()
    print_facts(Console(file=shown, width=200), await facts(server))
    assert "fsync on" in shown.getvalue()


def test_a_limit_is_kept_or_not() -> None:
    both = Limit(least=400, share=0.4)
    assert Figure(what="rate", value=500, unit="events/s", beside=1000, limit=both).met is True
    assert Figure(what="rate", value=500, unit="events/s", beside=2000, limit=both).met is False
    assert Figure(what="rate", value=300, unit="events/s", beside=400, limit=both).met is False
    assert Figure(what="rate", value=300, unit="events/s").met is None


async def test_the_figures_of_a_notice_are_counted(server: Ground) -> None:
    size = Federation(people=200, workplaces=20, cases=5, signed_up=5, listed=5)
    values = check(await outcomes.measure_on(server, size, 30))
    assert values["all together"] > 0


async def test_audiences_are_counted_as_the_plain_join_counts_them(server: Ground) -> None:
    size = Federation(people=2_000, workplaces=40, interested=1_000, cases=20, signed_up=20, listed=30)
    values = check(await audience.measure_on(server, size))
    assert any("the whole city: 1,740 counted" in what for what in values)
