"""How many events a second go through one process, from stored to replies committed, when 64 people write at once."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.ground import Ground, ground
from bench.people import Desk, connect_all, make_house, meet
from bench.recording import Recorded, recording
from bench.replay import Core, backlog, bare, closed_loop
from bench.report import Figure, Limit, Result
from bench.traffic import address, events
from bot.dispatch import WORKERS
from handlers.conversation import Incoming
from handlers.turn import House

PEOPLE = 64
POOL = 24
"""Connections that the program's pool may open: 20, and 4 more."""

ROUNDS = 3
EVENTS_PER_SECOND = 600
"""How many events are made for each second of measuring: a guess that sets the length of the runs and nothing else."""

LIMIT = Limit(least=400, share=0.4)

Script = Sequence[Sequence[Incoming]]
"""What each person writes."""

Took = dict[str, list[float]]
"""The seconds of each round, by side."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What every side starts from. met: the database in which everybody has been before. loaded: the one in which, besides, all is stored."""

    server: Ground
    house: House
    script: Script
    met: str
    loaded: str
    recorded: Recorded


async def measure(seconds: float) -> Result:
    """Measures for about so long on each side."""
    async with ground() as server:
        return await measure_on(server, people=PEOPLE, each=max(2, round(seconds * EVENTS_PER_SECOND / PEOPLE / ROUNDS)), rounds=ROUNDS)


async def measure_on(server: Ground, *, people: int, each: int, rounds: int) -> Result:
    """Measures with so many people, so many events of each, and the median of so many rounds."""
    stored: Took = defaultdict(list)
    looped: Took = defaultdict(list)
    stage = await prepare(server, [events(person, each) for person in range(people)])
    for _ in range(rounds):  # in turns, so that a noisy moment of the machine falls on every side
        await _backlogs(stage, stored)
        await _loops(stage, looped)
    return _result(stage.recorded, stored, looped)


async def prepare(server: Ground, script: Script) -> Stage:
    """Everything that must be there before the clock starts."""
    house = await make_house()
    met = await meet(server, house, len(script))
    recorded = await record(server, house, met, script)
    return Stage(server, house, script, met, await load(server, house, met, script), recorded)


def _result(recorded: Recorded, stored: Took, looped: Took) -> Result:
    total = sum(len(turns) for turns in recorded.values())
    backlogs = {side: total / median(took) for side, took in stored.items()}
    loops = {side: total / median(took) for side, took in looped.items()}
    statements = sum(len(event.turn) for turns in recorded.values() for event in turns) / total
    figures = []
    for what, rates in (("backlog, stored beforehand", backlogs), ("loop: store, wait until handled, next", loops)):
        figures.append(Figure(what=what, value=rates["dispatch"], unit="events/s", beside=rates["bare"], limit=LIMIT))
    for what, rates in (("backlog", backlogs), ("loop", loops)):
        for side, words in (("core", "SQLAlchemy Core without handlers"), ("wide", f"bare, {PEOPLE} connections")):
            figures.append(Figure(what=f"(to compare) {what}: {words}", value=rates[side], unit="events/s", beside=rates["bare"]))
    return Result(
        name="inbound",
        title=f"{PEOPLE} people write at once, one process, with the real handlers and knowledge",
        plain="bare asyncpg sends the same statements in the same transactions",
        figures=figures,
        notes=[
            f"{total} events a run, median of {len(stored['bare'])} runs; {statements:.2f} statements a turn, besides BEGIN and COMMIT",
            f"plain over {WORKERS} connections, as many as dispatch has workers; with more of them plain gets slower (last lines)",
        ],
    )


async def record(server: Ground, house: House, met: str, script: Script) -> Recorded:
    """One run that isn't measured: it warms everything up, and notes what is sent."""
    database = server.open(await server.copy(met))
    desk = Desk(database, house)
    async with recording(database.engine) as recorder:
        await _loop(desk, script)
    await desk.dispatch.stop()
    await database.close()
    for person, said in enumerate(script):
        if len(recorder.recorded[address(person)]) != len(said):
            raise RuntimeError("not every event was handled exactly once")
    return recorder.recorded


async def load(server: Ground, house: House, met: str, script: Script) -> str:
    """A database in which everything has been stored and nothing handled; its name."""
    name = await server.copy(met)
    database = server.open(name)
    desk = Desk(database, house)
    for said in zip(*script, strict=True):
        await desk.dispatch.store(said)
    await database.close()
    return name


async def _loop(desk: Desk, script: Script) -> float:
    await desk.dispatch.start()
    began = time.perf_counter()
    await asyncio.gather(*(desk.write(said) for said in script))
    return time.perf_counter() - began


async def _backlogs(stage: Stage, took: Took) -> None:
    server, recorded = stage.server, stage.recorded
    database = server.open(await server.copy(stage.loaded))
    await connect_all(database, WORKERS)
    desk = Desk(database, stage.house)
    began = time.perf_counter()
    await desk.work_off(sum(len(turns) for turns in recorded.values()))
    took["dispatch"].append(time.perf_counter() - began)
    await desk.dispatch.stop()
    await database.close()
    for side, count in (("bare", WORKERS), ("wide", PEOPLE)):
        async with bare(server.url(await server.copy(stage.loaded)), count) as hands:
            took[side].append(await backlog(hands, recorded))
    database = server.open(await server.copy(stage.loaded))
    await connect_all(database, WORKERS)
    took["core"].append(await backlog([Core(database)] * WORKERS, recorded))
    await database.close()


async def _loops(stage: Stage, took: Took) -> None:
    server, recorded = stage.server, stage.recorded
    database = server.open(await server.copy(stage.met))
    await connect_all(database, POOL)
    desk = Desk(database, stage.house)
    took["dispatch"].append(await _loop(desk, stage.script))
    await desk.dispatch.stop()
    await database.close()
    for side, count in (("bare", WORKERS), ("wide", PEOPLE)):
        async with bare(server.url(await server.copy(stage.met)), count) as hands:
            took[side].append(await closed_loop(hands, recorded))
    database = server.open(await server.copy(stage.met))
    await connect_all(database, POOL)
    took["core"].append(await closed_loop([Core(database)] * WORKERS, recorded))
    await database.close()
