"""The radar: looks, after each case, whether many workers have brought cases against one employer within a few days."""

from __future__ import annotations

from handlers.turn import Turn
from handlers.wording import today
from knowledge.facts import NATIONAL
from storage.models import Case
from union import incidents

REPORTS, DAYS = "radar-reports", "radar-days"
"""The names of the two dated facts by which staff set the threshold (数据)."""

USUAL_REPORTS, USUAL_DAYS = 5, 3
"""Where staff have let a row run out."""


async def watch(turn: Turn, case: Case) -> None:
    """To be called once a case has been opened and routed. Whoever brought it is told nothing: an alarm is the staff's business."""
    reports = _set(turn, REPORTS, USUAL_REPORTS)
    days = _set(turn, DAYS, USUAL_DAYS)
    story = (
        f"系统自动预警：{days} 天内有 {reports} 名以上的职工反映“{case.employer}”。请尽快了解情况，看看是不是群体性事件。"
        "各案件的编号在办理经过里；职工本人不知道有这个预警。"
    )
    await incidents.radar(turn.session, case, turn.house.rules, turn.now, reports=reports, days=days, story=story)


def _set(turn: Turn, name: str, usual: int) -> int:
    """A threshold as staff have set it."""
    fact = turn.house.facts.value(name, NATIONAL, today(turn.now))
    return usual if fact is None else int(fact.number)
