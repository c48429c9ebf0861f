"""How figures read on a phone: one block for the whole, two or three lines for each row of a breakdown."""

from __future__ import annotations

from decimal import Decimal

from handlers.wording import day, money, span
from union.figures import FEWEST_RATINGS, Figures
from union.periods import Period, month_of, year_of

DENOMINATOR = "按时率的分母：时限已到、或者已经联系上职工的案件。"
ROWS_READ = f"{DENOMINATOR}用时只算劳动争议：一半在多久内／九成在多久内／最慢。"
NOTHING = "这段时间没有受理的案件。"


BAR = 10
"""Places of a bar."""


def bar(part: int, whole: int) -> str:
    """▓▓▓░░░░░░░: a share of a whole. What is not nothing shows, and what is not all leaves a gap."""
    filled = min(BAR, max(1, part * BAR // whole)) if part and whole else 0
    return "▓" * filled + "░" * (BAR - filled)


def percent(rate: Decimal) -> str:
    """95.0%, rounded down before."""
    return f"{rate * 100:.1f}%"


def period_title(period: Period) -> str:
    """2026年, 2026年11月, 2026年1月1日—3月31日."""
    if period == year_of(period.first):
        return f"{period.first.year}年"
    if period == month_of(period.first):
        return f"{period.first.year}年{period.first.month}月"
    if period.first == period.last:
        return day(period.first)
    same_year = period.first.year == period.last.year
    until = f"{period.last.month}月{period.last.day}日" if same_year else day(period.last)
    return f"{day(period.first)}—{until}"


def whole(found: Figures) -> str:
    """All figures, each on its line, with what they are made of."""
    if not found.cases:
        return NOTHING
    duplicates = f"（其中 {found.merged} 件并入了别的案件）" if found.merged else ""
    lines = [f"受理 {found.cases} 件{duplicates}", *_in_time(found)]
    if found.median is not None and found.p90 is not None and found.worst is not None:
        times = f"一半在{span(found.median)}内，九成在{span(found.p90)}内，最慢{span(found.worst)}"
        lines.append(f"首次联系用时（劳动争议）：{times}；暂停的时间不算")
    lines.append(_ended(found))
    lines.append(f"追回 {money(found.recovered)}")
    lines.append(_content(found))
    return "\n".join(lines)


def _in_time(found: Figures) -> list[str]:
    if found.on_time_rate is None:
        rate = "按时联系：还没有到时限或已联系上的案件，算不出"
    else:
        rate = f"按时联系 {percent(found.on_time_rate)}：{found.decided} 件中按时 {found.on_time} 件，超时 {found.late} 件"
    left_out = [
        f"{why} {number}"
        for why, number in (("没到时限", found.running), ("联系不上职工已暂停", found.paused), ("时限内撤回或并案", found.ended))
        if number
    ]
    uncounted = f"另有 {found.running + found.paused + found.ended} 件不算：{'，'.join(left_out)}。" if left_out else ""
    return [rate, f"· {DENOMINATOR}{uncounted}"]


def _ended(found: Figures) -> str:
    rest = found.closed - found.settled - found.referred
    parts = [f"解决 {found.settled}", f"转仲裁诉讼监察 {found.referred}", f"解答等其他 {rest}"]
    withdrawn = f"；职工撤回 {found.withdrawn} 件" if found.withdrawn else ""
    return (f"办结 {found.closed} 件：{'，'.join(parts)}" if found.closed else "还没有办结的") + withdrawn


def _content(found: Figures) -> str:
    if not found.rated:
        return "满意率：还没有评价"
    if found.content_rate is None:
        return f"满意率：评价还太少（{found.rated} 份），满 {FEWEST_RATINGS} 份再算"
    goal = "达到 90% 的目标" if found.reaches_goal else "没到 90% 的目标"
    return f"满意率 {percent(found.content_rate)}：{found.rated} 份评价中满意 {found.content} 份（4 分、5 分），{goal}"


def block(name: str, found: Figures) -> str:
    """A row of a breakdown in two or three short lines."""
    rate = "按时 还没有" if found.on_time_rate is None else f"按时 {percent(found.on_time_rate)}（{found.on_time}/{found.decided}）"
    lines = [f"{name}　受理 {found.cases}", f"{rate}　解决 {found.settled}/办结 {found.closed}　追回 {money(found.recovered)}"]
    if found.median is not None and found.p90 is not None and found.worst is not None:
        lines.append(f"用时 {span(found.median)}／{span(found.p90)}／{span(found.worst)}")
    lines.append(_short_content(found))
    return "\n".join(lines)


def _short_content(found: Figures) -> str:
    if not found.rated:
        return "满意 还没有评价"
    if found.content_rate is None:
        return f"满意 评价还太少（{found.rated} 份）"
    return f"满意 {percent(found.content_rate)}（{found.content}/{found.rated}）" + ("" if found.reaches_goal else "，没到 90%")
