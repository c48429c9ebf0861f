"""How a case looks to those who handle it: never an account, never a number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from handlers.conversation import Button, Reply
from handlers.wording import DESK_STATUS, OUTCOME, countdown, day, moment, money, shorten
from knowledge import Topic
from storage.models import Case, CaseStatus
from union import cases
from union.codes import spoken
from union.rules import Rule

NATURE: Mapping[str, str] = {"violation": "权利争议·违法类", "rights": "权利争议·争议类", "interest": "利益争议"}


def clock_line(case: Case, rules: Mapping[str, Rule], now: datetime) -> str:
    """Where the 24-hour clock of a case stands."""
    due = case.received_at + rules["intervention"].due
    if case.intervened_at is not None:
        late = "（超时）" if case.overdue else ""
        return f"已介入：{moment(case.intervened_at)}{late}"
    return f"介入时限：{moment(due)}（{countdown(due, now)}）"


def who(case: Case) -> str:
    """What the worker wants to be called."""
    if case.anonymous:
        return "匿名职工"
    return case.contact_name or "职工"


def short_line(case: Case, rules: Mapping[str, Rule], now: datetime) -> str:
    """One line of a list: state, code, topic and clock."""
    due = case.received_at + rules["intervention"].due
    running = f" · {countdown(due, now)}" if case.intervened_at is None else ""
    return f"{spoken(case.code)} {Topic(case.topic).label} · {DESK_STATUS[case.status]}{running}"


def body(case: Case, unit: str, files: int, rules: Mapping[str, Rule], now: datetime, *, full: bool) -> str:
    """The case in lines. full: the whole story; otherwise its beginning."""
    lines = [
        f"状态：{DESK_STATUS[case.status]}",
        clock_line(case, rules, now),
        f"职工：{who(case)}",
        f"单位：{case.employer}（{unit}）",
        f"事由：{Topic(case.topic).label}" + (f" · {NATURE[case.nature]}" if case.nature and case.nature in NATURE else ""),
        f"开始：{day(case.since) if case.since else '没有填'} · 金额：{money(case.amount)} · 材料 {files} 份",
        "",
        case.story if full else shorten(case.story, 120),
    ]
    if case.outcome is not None:
        lines.append(f"\n结果：{OUTCOME[case.outcome]}，追回 {money(case.recovered) if case.recovered else '0 元'}")
    if case.rating is not None:
        lines.append(f"职工评分：{'★' * case.rating}{'☆' * (5 - case.rating)}")
    return "\n".join(lines)


def lawyer_buttons(case: Case, files: int) -> tuple[tuple[Button, ...], ...]:
    """What the responsible lawyer may do now."""
    found: list[tuple[Button, ...]] = []
    if case.status is CaseStatus.ASSIGNED:
        found.append((Button(label="接单", choice=f"c:accept:{case.id}"), Button(label="退单", choice=f"c:decline:{case.id}")))
    if case.status in cases.OPEN and case.status is not CaseStatus.ASSIGNED:
        found.append((Button(label="写给职工", choice=f"c:room:{case.id}"),))
    last = [Button(label="看全文", choice=f"c:show:{case.id}")]
    if files:
        last.append(Button(label=f"看材料（{files}）", choice=f"c:files:{case.id}"))
    found.append(tuple(last))
    if case.status in (CaseStatus.INTERVENED, CaseStatus.IN_PROGRESS):
        found.append((Button(label="办结", choice=f"c:close:{case.id}"),))
    return tuple(found)


def staff_buttons(case: Case, files: int) -> tuple[tuple[Button, ...], ...]:
    """What staff may do now."""
    found: list[tuple[Button, ...]] = []
    if case.status in (CaseStatus.RECEIVED, CaseStatus.ASSIGNED, CaseStatus.ACCEPTED):
        found.append((Button(label="改派律师", choice=f"s:reassign:{case.id}"), Button(label="催律师", choice=f"s:urge:{case.id}")))
    last = [Button(label="看全文", choice=f"c:show:{case.id}"), Button(label="办理经过", choice=f"c:history:{case.id}")]
    found.append(tuple(last))
    if files:
        found.append((Button(label=f"看材料（{files}）", choice=f"c:files:{case.id}"),))
    return tuple(found)


def card(
    case: Case, unit: str, files: int, rules: Mapping[str, Rule], now: datetime, *, title: str, mine: bool, full: bool = False
) -> Reply:
    """The card of a case with its buttons. mine: it is the reader's to handle (a lawyer); otherwise staff look at it."""
    return Reply(
        title=f"{title} {spoken(case.code)}",
        text=body(case, unit, files, rules, now, full=full),
        buttons=lawyer_buttons(case, files) if mine else staff_buttons(case, files),
    )
