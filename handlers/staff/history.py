"""A case's history in words: who did what, when, and why the program decided as it did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.wording import OUTCOME, moment
from storage.models import Outcome
from storage.types import CaseId, PersonId, UnitId
from union import cases, people, units

_WHY: Mapping[str, str] = {"declined": "已退单", "on_leave": "休假", "full": "案件已满"}
_REASON: Mapping[str, str] = {"conflict": "利益冲突", "busy": "案件太多", "topic": "不熟悉这类案件", "away": "休假或外出"}


async def told(session: AsyncSession, case_id: CaseId) -> str:
    """The last 30 lines of the history, oldest first."""
    events = (await cases.history(session, case_id))[-30:]
    ids: set[PersonId] = {event.actor_id for event in events if event.actor_id is not None}
    for event in events:
        ids.update(PersonId(i) for i in _people_in(event.detail))
    names = await people.names(session, list(ids))
    lines = [f"{moment(event.at)} {await _line(session, event.action, event.detail, event.actor_id, names)}" for event in events]
    return "\n".join(lines)


def _people_in(detail: Mapping[str, Any]) -> list[int]:
    passed = [entry["lawyer"] for entry in detail.get("passed_over", ())]
    return [*passed, *detail.get("told", ()), *([detail["lawyer"]] if detail.get("lawyer") else [])]


async def _line(
    session: AsyncSession, action: str, detail: Mapping[str, Any], actor_id: PersonId | None, names: Mapping[PersonId, str]
) -> str:
    def name(person_id: int | None) -> str:
        return "系统" if person_id is None else names.get(PersonId(person_id)) or "职工"

    match action:
        case "case.received":
            return "受理" + ("（匿名）" if detail.get("anonymous") else "")
        case "case.assigned":
            passed = "".join(f"；{name(entry['lawyer'])}{_WHY.get(entry['why'], '')}" for entry in detail.get("passed_over", ()))
            unit = (await units.unit_card(session, UnitId(detail["named_for"]))).name if detail.get("named_for") else ""
            return f"派给{name(detail.get('lawyer'))}" + (f"（{unit}指定律师{passed}）" if unit else "（人工指派）")
        case "case.unassigned":
            return "没有合适的律师，已提醒工会工作人员"
        case "case.accepted":
            return f"{name(actor_id)}接单"
        case "case.declined":
            return f"{name(actor_id)}退单：{_REASON.get(detail.get('reason', ''), '其他原因')}"
        case "case.intervened":
            return f"{name(actor_id)}介入（消息送达职工）"
        case "case.proceeded":
            return f"{name(actor_id)}开始办理"
        case "case.overdue" | "case.escalated":
            unit = (await units.unit_card(session, UnitId(detail["unit"]))).name
            people_told = "、".join(name(person) for person in detail.get("told", ())) or "无人在岗"
            return f"{'超过24小时未介入' if action == 'case.overdue' else '仍未介入，再次上报'}，已报{unit}（{people_told}）"
        case "case.acknowledged":
            return f"{name(actor_id)}确认跟进"
        case "case.urged":
            return f"{name(actor_id)}催办"
        case "case.closed":
            return f"办结：{OUTCOME[Outcome(detail['outcome'])]}" + (f"，追回 {detail['recovered']} 元" if detail.get("recovered") else "")
        case "case.rated":
            return f"职工评价 {detail.get('stars')} 分"
        case "case.withdrawn":
            return "职工撤回"
    return action
