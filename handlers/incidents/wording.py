"""How an incident reads: what sort of thing happened, who has been told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.wording import span
from storage.models import Case
from storage.types import UnitId
from union.alarms import Level
from union.incidents import Sort
from union.rules import INCIDENT_RULE, Rules
from union.units import unit_card

SORT: Mapping[str, str] = {
    Sort.CROWD: "群体性事件",
    Sort.CASUALTY: "死亡或重伤",
    Sort.THREAT: "有人身危险",
    Sort.OTHER: "其他突发事件",
    Sort.SERIES: "多名职工反映同一单位",
}

NUMBERS = "有人受伤打 120，有危险打 110，着火打 119"


def sort_word(case: Case) -> str:
    """What sort of incident a case is."""
    return SORT.get(case.nature or "", SORT[Sort.OTHER])


def within(rules: Rules) -> str:
    """How long a level has to say that it has it: 30分钟."""
    limit: timedelta = rules[INCIDENT_RULE].due
    return span(limit)


async def unit_names(session: AsyncSession, unit_ids: Sequence[UnitId]) -> str:
    """劲松街道总工会、朝阳区总工会、北京市总工会."""
    return "、".join([(await unit_card(session, unit_id)).name for unit_id in unit_ids])


async def told(session: AsyncSession, levels: Sequence[Level], rules: Rules) -> str:
    """Who has been told, and what is asked of them; honest where nobody is there to hear it."""
    reached = [level for level in levels if level.reachable]
    if not reached:
        waiting = "工会各级的人这会儿都不在线，消息他们一上线就会收到"
        return f"{waiting}。等不及请直接打 12351（工会热线，24 小时有人接）。"
    names = await unit_names(session, [level.unit_id for level in reached])
    people = len({person_id for level in reached for person_id in level.people})
    return f"已经同时告诉{names}（共 {people} 人），每一级都要在{within(rules)}内确认，没人确认会自动再往上报。"
