"""The rungs of the territorial ladder above a unit, with the staff on each: whom an alarm finds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Unit, UnitKind
from storage.types import PersonId, UnitId, one_of
from union.alerts import DESK
from union.people import staff_of

LADDER = (UnitKind.WORKPLACE, UnitKind.COMMUNITY, UnitKind.STATION, UnitKind.STREET, UnitKind.DISTRICT, UnitKind.CITY)
"""The kinds of units from below; the industry line is no ladder of responsibility (隶属关系不变, S0)."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A unit on the way up. staff: each with whether a door to them is open."""

    unit_id: UnitId
    kind: UnitKind
    staff: tuple[tuple[PersonId, bool], ...]

    @property
    def people(self) -> list[PersonId]:
        """Everybody on it."""
        return [person_id for person_id, _ in self.staff]

    @property
    def reachable(self) -> bool:
        """Whether somebody on it can be told something."""
        return any(open_door for _, open_door in self.staff)


Ladder = tuple[Rung, ...]


async def ladders(session: AsyncSession, unit_ids: Sequence[UnitId]) -> Mapping[UnitId, Ladder]:
    """For each unit itself and everything above it, from below up to the city."""
    paths = [(row[0], row[1]) for row in await session.execute(sa.select(Unit.id, Unit.path).where(one_of(Unit.id, set(unit_ids))))]
    above = {int(part) for _, path in paths for part in path.split(".") if part}
    kinds = {row[0]: row[1] for row in await session.execute(sa.select(Unit.id, Unit.kind).where(one_of(Unit.id, above)))}
    staff: dict[UnitId, list[tuple[PersonId, bool]]] = {}
    for unit_id, person_id, open_door in await staff_of(session, [UnitId(i) for i in above], DESK):
        staff.setdefault(unit_id, []).append((person_id, open_door))
    return {
        unit_id: tuple(
            Rung(UnitId(int(p)), kinds[UnitId(int(p))], tuple(staff.get(UnitId(int(p)), ()))) for p in reversed(path.split(".")) if p
        )
        for unit_id, path in paths
    }


def first_with_people(ladder: Ladder, start: int = 0) -> Rung:
    """The first rung from `start` on where somebody can be reached: one that is empty, or whose people have all shut their doors, must not
    swallow an alarm. When nobody can be reached anywhere it is the first that has people: it waits for them. The top one if there are none at all."""
    candidates = ladder[start:] or ladder[-1:]
    staffed = [rung for rung in candidates if rung.staff]
    reachable = [rung for rung in staffed if rung.reachable]
    return (reachable or staffed or [ladder[-1]])[0]


def at_kind(ladder: Ladder, kind: UnitKind) -> Rung:
    """The rung of this kind, or the next one above it with people."""
    order = LADDER.index(kind)
    start = next((n for n, rung in enumerate(ladder) if rung.kind in LADDER and LADDER.index(rung.kind) >= order), len(ladder) - 1)
    return first_with_people(ladder, start)


def without(ladder: Ladder, people: Collection[PersonId]) -> Ladder:
    """The same ladder for an alarm that must not find some people: a rung on which only they stand is empty."""
    if not any(person_id in people for rung in ladder for person_id in rung.people):
        return ladder
    return tuple(replace(rung, staff=tuple(entry for entry in rung.staff if entry[0] not in people)) for rung in ladder)
