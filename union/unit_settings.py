"""What a unit has set for itself, and what it takes over from the units above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Role, UnitSetting
from storage.types import UnitId
from union.errors import NotAllowed
from union.people import Actor
from union.units import UnitCard, ladder, unit_card

APPROVAL_ABOVE = "approval_above"
"""Above how many people a notice needs a second pair of eyes."""

NOTICES_A_DAY = "notices_a_day"
"""How many notices that are not urgent one person gets on a day; only the city's word counts, because people get notices from all rungs."""

DEFAULTS: Mapping[str, int] = {APPROVAL_ABOVE: 500, NOTICES_A_DAY: 3}

MOST = 100_000_000
"""More than there are people: nothing needs a second pair of eyes."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as it holds for a unit. unit: where it was set; None for the default that the program came with."""

    value: int
    unit: UnitCard | None


async def setting(session: AsyncSession, unit_id: UnitId, name: str) -> Setting:
    """What holds for a unit: its own word, or that of the nearest unit above, or the default. Raises NotFound."""
    return _first(await _set_on(session, await ladder(session, unit_id), name), name)


async def _set_on(session: AsyncSession, units: list[UnitCard], name: str) -> list[Setting]:
    """What units have set, in their order; those that have set nothing are left out."""
    rows = await session.execute(
        sa.select(UnitSetting.unit_id, UnitSetting.value).where(
            UnitSetting.unit_id.in_([unit.id for unit in units]), UnitSetting.name == name
        )
    )
    values = {unit_id: value for unit_id, value in rows}
    return [Setting(values[unit.id], unit) for unit in units if unit.id in values]


def _first(found: list[Setting], name: str) -> Setting:
    return found[0] if found else Setting(DEFAULTS[name], None)


async def change(session: AsyncSession, actor: Actor, unit_id: UnitId, name: str, *, value: int, now: datetime) -> None:
    """Sets something for a unit and all below it that have no word of their own.

    Its own staff may make it stricter than what comes from above; only an administrator, or staff of a unit above, may make it looser, because
    whoever writes the notices must not be able to do away with the second pair of eyes. Raises NotAllowed, NotFound.
    """
    unit = await unit_card(session, unit_id)
    if not 0 <= value <= MOST or not actor.reaches(unit.path, Role.STAFF, Role.ADMIN):
        raise NotAllowed
    from_above = [own.path for own in actor.units(Role.STAFF) if own.path != unit.path]
    may_loosen = actor.reaches(unit.path, Role.ADMIN) or any(unit.path.startswith(path) for path in from_above)
    above = [card for card in await ladder(session, unit_id) if card.id != unit_id]
    if value > _first(await _set_on(session, above, name), name).value and not may_loosen:
        raise NotAllowed
    values = {"value": value, "set_by": actor.id, "set_at": now}
    statement = insert(UnitSetting).values(unit_id=unit_id, name=name, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["unit_id", "name"], set_=values))
