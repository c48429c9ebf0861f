"""How times, sums and states read on a screen. People see Beijing time; an answer never makes them calculate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from storage.models import Case, CaseKind, CaseStatus, Outcome, Role
from union.calendar import BEIJING, day_of

STATUS: Mapping[CaseStatus, str] = {  # of a dispute, and of every kind where `_STAFF_STATUS` says nothing else
    CaseStatus.RECEIVED: "已受理，正在安排律师",
    CaseStatus.ASSIGNED: "已派给律师，等律师接单",
    CaseStatus.ACCEPTED: "律师已接单，马上联系您",
    CaseStatus.INTERVENED: "律师已介入",
    CaseStatus.IN_PROGRESS: "办理中",
    CaseStatus.CLOSED: "已办结，等您评价",
    CaseStatus.RATED: "已办结，已评价",
    CaseStatus.ARCHIVED: "已归档",
    CaseStatus.WITHDRAWN: "已撤回",
    CaseStatus.MERGED: "已并入另一个案件",
}

_STAFF_STATUS: Mapping[CaseStatus, str] = {  # where the union's own staff handle it
    CaseStatus.RECEIVED: "已受理，正在安排工会工作人员",
    CaseStatus.ASSIGNED: "已交给工会工作人员，等他联系您",
    CaseStatus.ACCEPTED: "工会工作人员已接手，马上联系您",
    CaseStatus.INTERVENED: "工会工作人员已联系您，正在办理",
}

DESK_STATUS: Mapping[CaseStatus, str] = {  # of a dispute; `status_word` for every kind
    CaseStatus.RECEIVED: "待派单",
    CaseStatus.ASSIGNED: "待接单",
    CaseStatus.ACCEPTED: "已接单",
    CaseStatus.INTERVENED: "已介入",
    CaseStatus.IN_PROGRESS: "办理中",
    CaseStatus.CLOSED: "已办结",
    CaseStatus.RATED: "已评价",
    CaseStatus.ARCHIVED: "已归档",
    CaseStatus.WITHDRAWN: "职工已撤回",
    CaseStatus.MERGED: "已并案",
}

KIND: Mapping[CaseKind, str] = {
    CaseKind.DISPUTE: "劳动争议",
    CaseKind.COMPLAINT: "信访投诉",
    CaseKind.HELP: "困难帮扶",
    CaseKind.SUGGESTION: "意见建议",
    CaseKind.INCIDENT: "突发事件",
}

OUTCOME: Mapping[Outcome, str] = {
    Outcome.SETTLED: "协商解决",
    Outcome.MEDIATED: "调解成功",
    Outcome.ARBITRATION: "转入仲裁",
    Outcome.LITIGATION: "转入诉讼",
    Outcome.INSPECTORATE: "移送劳动监察",
    Outcome.COLLECTIVE: "集体协商达成",
    Outcome.ADVISED: "解答指导",
    Outcome.HELPED: "已帮扶",
    Outcome.ANSWERED: "已答复",
    Outcome.UNFOUNDED: "情况不属实",
    Outcome.WITHDRAWN: "职工撤回",
}

ROLE: Mapping[Role, str] = {Role.LAWYER: "律师", Role.STAFF: "工会干部", Role.CHAIR: "基层工会主席", Role.ADMIN: "管理员"}


def status_word(case: Case) -> str:
    """Where a case stands, as its worker reads it."""
    word = STATUS[case.status]
    return word if case.kind is CaseKind.DISPUTE else _STAFF_STATUS.get(case.status, word)


def moment(when: datetime) -> str:
    """11月18日 10:00, in Beijing."""
    local = when.astimezone(BEIJING)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def day(when: date) -> str:
    """2026年8月15日."""
    return f"{when.year}年{when.month}月{when.day}日"


def today(now: datetime) -> date:
    """The day it is in Beijing."""
    return day_of(now)


def span(length: timedelta) -> str:
    """2天3小时, 3小时20分, 15分钟, rounded down; 不到1分钟 below that."""
    minutes = int(length.total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days}天{hours}小时" if hours else f"{days}天"
    if hours:
        return f"{hours}小时{minutes}分" if minutes else f"{hours}小时"
    return f"{minutes}分钟" if minutes else "不到1分钟"


def countdown(due: datetime, now: datetime) -> str:
    """还剩3小时20分 or 已超时2小时."""
    return f"还剩{span(due - now)}" if due > now else f"已超时{span(now - due)}"


def days_left(last: date, now: datetime) -> str:
    """还剩12天, 今天是最后一天 or 已过3天, for a term whose last day is `last`."""
    days = (last - today(now)).days
    return f"还剩{days}天" if days > 0 else "今天是最后一天" if days == 0 else f"已过{-days}天"


def short_countdown(due: datetime, now: datetime) -> str:
    """剩22小时, 剩45分钟, 超时3小时, 超时2天, 刚超时: for a button, rounded down."""
    left = abs(due - now)
    minutes = int(left.total_seconds() // 60)
    days, hours = left.days, minutes // 60
    length = f"{days}天" if days > 1 else f"{hours}小时" if hours else f"{minutes}分钟"
    if not minutes:
        return "剩不到1分钟" if due > now else "刚超时"
    return f"{'剩' if due > now else '超时'}{length}"


def money(amount: Decimal | None) -> str:
    """35,000 元; 不涉及金额 for none."""
    if amount is None:
        return "不涉及金额"
    return f"{amount:,.2f} 元".replace(".00 元", " 元")


def shorten(text: str, length: int) -> str:
    """The text on one line, cut at `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def handler_word(case: Case) -> str:
    """What the one responsible is called in front of the worker: 律师 in a dispute, otherwise 工会."""
    return "律师" if case.kind is CaseKind.DISPUTE else "工会"


def handler_title(case: Case, name: str) -> str:
    """The one responsible by name: 何律师, 工会干部王芳; without a name 律师 or 工会工作人员."""
    if case.lawyer_id is None:
        return f"工会干部{name}" if name else "工会工作人员"
    return name if name.endswith("律师") else f"{name}律师"
