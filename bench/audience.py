"""How long it takes to count an audience among 4,020,000 people, to draw a sample of it, and to find 100,000 people by their phone numbers."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bench.audience_rows import LIST, SIGN_UP, Federation, fill_federation, phone
from bench.ground import Ground, ground
from bench.report import Figure, Limit, Result
from storage.database import Database
from storage.models import Role, Unit, UnitKind
from storage.types import ListId, PersonId, SurveyId, UnitId
from union import audience as audiences
from union import notice_lists
from union.audience import Audience
from union.people import Actor, Grant
from union.units import card_of

ROUNDS = 3
MOST = 1.5

# The same by the tables that were there before: whoever has an open conversation and wants notices, joined with their unit.
_PLAIN = """
    SELECT count(*) FROM person p JOIN unit u ON u.id = p.unit_id
    WHERE u.path LIKE :path AND p.notices_off_at IS NULL AND EXISTS (SELECT 1 FROM conversation c
        WHERE c.person_id = p.id AND c.side = 'member' AND c.unreachable_since IS NULL{door}){more}
    """
_COMBINED = """ AND p.member_since IS NOT NULL AND p.card_index IS NOT NULL AND u.industry_id = :line
    AND EXISTS (SELECT 1 FROM interest i WHERE i.person_id = p.id AND i.topic = 'skills')"""


@dataclass(frozen=True, slots=True)
class Asked:
    """An audience to count. plain: the statement that counts it plainly, with its values; empty where none is measured."""

    what: str
    audience: Audience
    plain: str = ""
    values: Mapping[str, Any] | None = None


async def measure(seconds: float, *, size: Federation | None = None) -> Result:
    """Each count some times; how long that takes does not depend on `seconds`."""
    async with ground() as server:
        return await measure_on(server, size or Federation())


async def measure_on(server: Ground, size: Federation) -> Result:
    """The same on a server that runs."""
    database = server.open(await fill_federation(server, size))
    try:
        city, asked = await _asked(database)
        actor = Actor(PersonId(1), "", (Grant(Role.STAFF, card_of(city)),))
        figures = [await _counted(database, actor, one) for one in asked]
        whole = Audience(units=(city.id,))
        figures.append(
            Figure(
                what="a sample of ten, the whole city",
                value=(await _median(database, lambda session: audiences.sample(session, actor, whole)))[0] * 1000,
                unit="ms",
            )
        )
        figures.append(await _listed(database, actor, size.listed))
    finally:
        await database.close()
    return Result(
        name="audience",
        title=f"who is meant, among {size.people:,} people in {size.workplaces:,} workplaces",
        plain="persons joined with their units and open conversations, counted; without how they are reached, where, and why others are not",
        figures=figures,
        notes=[f"median of {ROUNDS}; each count tells the doors, the units one rung down, and those who can't be reached or want nothing"],
    )


async def _asked(database: Database) -> tuple[Unit, list[Asked]]:
    async with database.begin() as session:
        city, district, street, line = [
            await _first(session, kind) for kind in (UnitKind.CITY, UnitKind.DISTRICT, UnitKind.STREET, UnitKind.INDUSTRY)
        ]
    whole = Audience(units=(city.id,))
    combined = replace(whole, line=UnitId(line.id), member=True, card=True, interests=("skills",), doors=("member_telegram",))
    plain = _PLAIN.format(door="", more="")
    narrow = _PLAIN.format(door=" AND c.door = 'member_telegram'", more=_COMBINED)
    return city, [
        Asked("the whole city", whole, plain, {"path": f"{city.path}%"}),
        Asked("a district", Audience(units=(district.id,)), plain, {"path": f"{district.path}%"}),
        Asked("a street", Audience(units=(street.id,)), plain, {"path": f"{street.path}%"}),
        Asked("the city's members with a card", replace(whole, member=True, card=True)),
        Asked("an industry line", replace(whole, line=line.id)),
        Asked("who named a topic", replace(whole, interests=("skills",))),
        Asked("who has a place in a sign-up", replace(whole, took_part=SurveyId(SIGN_UP))),
        Asked("who has an open case of a topic", replace(whole, case_topics=("wages",))),
        Asked("who is on a list", replace(whole, list_id=ListId(LIST))),
        Asked("line, members with a card, topic, Telegram", combined, narrow, {"path": f"{city.path}%", "line": line.id}),
    ]


async def _first(session: AsyncSession, kind: UnitKind) -> Unit:
    return (await session.scalars(sa.select(Unit).where(Unit.kind == kind).order_by(Unit.id).limit(1))).one()


async def _counted(database: Database, actor: Actor, asked: Asked) -> Figure:
    took, counted = await _median(database, lambda session: audiences.count(session, actor, asked.audience))
    beside = None
    if asked.plain:
        beside, plainly = await _median(database, lambda session: session.scalar(sa.text(asked.plain), asked.values or {}))
        if plainly != counted.reachable:
            raise RuntimeError(f"{asked.what}: {counted.reachable} counted, plainly {plainly}")
    return Figure(what=f"{asked.what}: {counted.reachable:,} counted in", value=took, unit="s", beside=beside, limit=Limit(most=MOST))


async def _listed(database: Database, actor: Actor, number: int) -> Figure:
    rows = [(row, [phone(row - 1)]) for row in range(2, number + 2)]
    took, found = await _median(database, lambda session: notice_lists.make(session, actor, "", rows, datetime.now(UTC)))
    if found.people != number:
        raise RuntimeError(f"{found.people} of {number} found")
    return Figure(what=f"a list of {number:,} phone numbers looked up and kept in", value=took, unit="s")


async def _median(database: Database, work: Callable[[AsyncSession], Awaitable[Any]]) -> tuple[float, Any]:
    took, last = [], None
    for _ in range(ROUNDS):
        began = time.perf_counter()
        async with database.begin() as session:
            last = await work(session)
        took.append(time.perf_counter() - began)
    return statistics.median(took), last
