"""How times, sums and states read on a screen. People see Beijing time; an answer never makes them calculate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from storage.models import CaseStatus, Outcome, Role

SHANGHAI = timezone(timedelta(hours=8))
"""China has had one time zone without summer time since 1991."""

STATUS: Mapping[CaseStatus, str] = {
    CaseStatus.RECEIVED: "已受理，正在安排律师",
    CaseStatus.ASSIGNED: "已派给律师，等律师接单",
    CaseStatus.ACCEPTED: "律师已接单，马上联系您",
    CaseStatus.INTERVENED: "律师已介入",
    CaseStatus.IN_PROGRESS: "办理中",
    CaseStatus.CLOSED: "已办结，等您评价",
    CaseStatus.RATED: "已办结，已评价",
    CaseStatus.ARCHIVED: "已归档",
    CaseStatus.WITHDRAWN: "已撤回",
}

DESK_STATUS: Mapping[CaseStatus, str] = {
    CaseStatus.RECEIVED: "待派单",
    CaseStatus.ASSIGNED: "待接单",
    CaseStatus.ACCEPTED: "已接单",
    CaseStatus.INTERVENED: "已介入",
    CaseStatus.IN_PROGRESS: "办理中",
    CaseStatus.CLOSED: "已办结",
    CaseStatus.RATED: "已评价",
    CaseStatus.ARCHIVED: "已归档",
    CaseStatus.WITHDRAWN: "职工已撤回",
}

OUTCOME: Mapping[Outcome, str] = {
    Outcome.SETTLED: "协商解决",
    Outcome.MEDIATED: "调解成功",
    Outcome.ARBITRATION: "转入仲裁",
    Outcome.LITIGATION: "转入诉讼",
    Outcome.INSPECTORATE: "移送劳动监察",
    Outcome.ADVISED: "解答指导",
    Outcome.WITHDRAWN: "职工撤回",
}

ROLE: Mapping[Role, str] = {Role.LAWYER: "律师", Role.STAFF: "工会干部", Role.CHAIR: "基层工会主席", Role.ADMIN: "管理员"}


def moment(when: datetime) -> str:
    """11月18日 10:00, in Beijing."""
    local = when.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def day(when: date) -> str:
    """2026年8月15日."""
    return f"{when.year}年{when.month}月{when.day}日"


def today(now: datetime) -> date:
    """The day it is in Beijing."""
    return now.astimezone(SHANGHAI).date()


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


def money(amount: Decimal | None) -> str:
    """35,000 元; 不涉及金额 for none."""
    if amount is None:
        return "不涉及金额"
    return f"{amount:,.2f} 元".replace(".00 元", " 元")


def shorten(text: str, length: int) -> str:
    """The text on one line, cut at `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
