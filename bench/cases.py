"""A city at work: a new case finds its lawyer, staff open the board, a hundred deadlines fall due among a million, the program checks itself."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bench import case_plain
from bench.case_rows import EMPLOYERS, City, employer_name, fill_city
from bench.case_sweep import DUE, sweep
from bench.ground import Ground, ground
from bench.report import Figure, Limit, Result, percentile
from storage.database import Database
from storage.models import Person, Role, RoleGrant, Unit, UnitKind
from storage.types import PersonId, UnitId
from union import cases, invariants, overview, people, routing
from union.people import Actor
from union.rules import Rules, load_rules

SEED = 12351
BOARDS = (UnitKind.CITY, UnitKind.DISTRICT, UnitKind.STREET)
ROUTING, BOARD, SWEEP, CHECK = Limit(most=30), Limit(most=100), Limit(most=50), Limit(most=1000)
PAGE = 8
WARM = 20
"""Of each kind so many are done before anything is measured."""

Timed = Callable[[], Awaitable[None]]


async def measure(seconds: float, *, city: City | None = None) -> Result:
    """Measures each part for a share of the time."""
    async with ground() as server:
        return await measure_on(server, seconds, city or City())


async def measure_on(server: Ground, seconds: float, city: City, *, due: int = DUE) -> Result:
    """The same, in a server that runs."""
    name = await fill_city(server, city)
    database = server.open(name)
    gc.collect()
    gc.freeze()  # as the program itself does when it has started (bot/run)
    try:
        figures = await _routing(database, seconds / 4)
        figures += await _boards(database, seconds / 12)
        figures += await sweep(server.url(name), database, rounds=max(3, round(seconds)), limit=SWEEP, due=due)
        figures.append(await _check(database, server.url(name)))
    finally:
        gc.unfreeze()
        await database.close()
    return Result(
        name="cases",
        title=f"{city.open_cases:,} open cases, {city.lawyers:,} lawyers, {city.stations:,} stations, {city.deadlines:,} deadlines",
        plain="routing: one query that counts the open cases of every lawyer on the ladder; board: without an index, every case is read, counted and sorted;"
        " sweep: one SELECT … FOR UPDATE, one fact each, one UPDATE; check: cases and deadlines held against one another in memory",
        figures=figures,
        notes=[
            "routing is the whole transaction: the case opened with its line of history and its deadlines, the choice, the second line, the alert, the commit;"
            " a third of the streets' lawyers and every fourth district's pool are full",
            "95 of 100 were as quick; the sweep claims and acts: half are reminders, half breaches",
        ],
    )


async def _timed(work: Timed, seconds: float) -> list[float]:
    """How long each took, in milliseconds, over and over for so long."""
    for _ in range(WARM):
        await work()
    took: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or not took:
        began = time.perf_counter()
        await work()
        took.append((time.perf_counter() - began) * 1000)
    return took


def _slowest(what: str, ours: Sequence[float], plain: Sequence[float], limit: Limit) -> list[Figure]:
    return [
        Figure(what=f"{what}: half within", value=percentile(ours, 0.5), unit="ms", beside=percentile(plain, 0.5)),
        Figure(what=f"{what}: 95 of 100 within", value=percentile(ours, 0.95), unit="ms", beside=percentile(plain, 0.95), limit=limit),
    ]


async def _routing(database: Database, seconds: float) -> list[Figure]:
    chance, rules = random.Random(SEED), load_rules()
    async with database.begin() as session:
        places = list(await session.scalars(sa.select(Unit.id).where(Unit.kind.in_((UnitKind.STREET, UnitKind.STATION))).order_by(Unit.id)))
        held = sa.exists().where(RoleGrant.person_id == Person.id)
        workers = list(await session.scalars(sa.select(Person.id).where(sa.not_(held)).order_by(Person.id).limit(1000)))
    kept: list[bool] = []

    async def ours() -> None:
        async with database.begin() as session:
            case = await cases.open_case(session, grievance(chance, places, workers), rules, datetime.now(UTC))
            kept.append((await routing.route(session, case, rules, datetime.now(UTC))).lawyer_id is not None)

    async def plain() -> None:
        async with database.begin() as session:
            await _plain_route(session, grievance(chance, places, workers), rules)

    figures = _slowest("a new case opened and given to its lawyer", await _timed(ours, seconds), await _timed(plain, seconds), ROUTING)
    return [*figures, Figure(what="cases that found no lawyer", value=kept.count(False), unit="", limit=Limit(most=0))]


async def _plain_route(session: AsyncSession, told: cases.Grievance, rules: Rules) -> None:
    now = datetime.now(UTC)
    case = await cases.open_case(session, told, rules, now)
    lawyer_id = await case_plain.choose(session, case, now)
    if lawyer_id is not None:
        await routing.give(session, case, lawyer_id, rules, now, actor_id=None, detail={"lawyer": lawyer_id})


def grievance(chance: random.Random, places: Sequence[UnitId], workers: Sequence[PersonId]) -> cases.Grievance:
    """What somebody somewhere tells."""
    return cases.Grievance(
        worker_id=chance.choice(workers),
        kind="dispute",
        topic="wages",
        nature="violation",
        story="老板拖欠我两个月工资",
        employer=employer_name(chance.randrange(EMPLOYERS)),
        unit_id=chance.choice(places),
        since=None,
        amount=None,
        anonymous=True,
        contact_name=None,
        contact_phone=None,
    )


async def _boards(database: Database, seconds: float) -> list[Figure]:
    figures = []
    for kind in BOARDS:
        async with database.begin() as session:
            actor = await _somebody(session, kind)

        async def ours(actor: Actor = actor) -> None:
            async with database.begin() as session:
                await first_page(session, actor)

        async def plain(actor: Actor = actor) -> None:
            async with database.begin() as session:
                await case_plain.without_indexes(session)
                await first_page(session, actor)

        figures += _slowest(f"first page of the board, {kind}", await _timed(ours, seconds), await _timed(plain, seconds), BOARD)[1:]
    return figures


async def first_page(session: AsyncSession, actor: Actor) -> int:
    """What the board asks for when it is opened: the counts of the units below, and the first cases. Returns how many there are."""
    (unit,) = actor.units(Role.STAFF)
    counts = await overview.counts_below(session, actor, unit, datetime.now(UTC))
    await overview.open_cases(session, actor, PAGE)
    return sum(row.counts.all for row in counts)


async def _somebody(session: AsyncSession, kind: UnitKind) -> Actor:
    query = sa.select(RoleGrant.person_id).join(Unit, Unit.id == RoleGrant.unit_id).where(Unit.kind == kind, RoleGrant.role == Role.STAFF)
    return await people.load_actor(session, (await session.scalars(query.order_by(Unit.id).limit(1))).one())


async def _check(database: Database, url: str) -> Figure:
    now = datetime.now(UTC)
    async with database.begin() as session:
        await invariants.check(session, now)
        began = time.perf_counter()
        broken = await invariants.check(session, now)
        took = time.perf_counter() - began
    connection = await asyncpg.connect(url)
    began = time.perf_counter()
    await case_plain.check(connection)
    plain = time.perf_counter() - began
    await connection.close()
    named = f" ({', '.join(violation.code for violation in broken)})" if broken else ""
    return Figure(what=f"all invariants checked{named}", value=took * 1000, unit="ms", beside=plain * 1000, limit=CHECK)
