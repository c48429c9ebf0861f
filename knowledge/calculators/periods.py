"""Months and years of the calendar: limits that run from a day, and periods that begin on one.

Two countings, not to be mixed up. A limit does not count its first day and ends on the day of the same number
(民法典 201, 202): one year from 2025-03-15 ends on 2026-03-15. A period of service counts its first day and ends the
day before: five years of work that began on 2020-03-15 are full on 2025-03-14.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction


def add_months(day: date, months: int) -> date:
    """The day of the same number that many months on, or the month's last if it has none (民法典 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_years(day: date, years: int) -> date:
    """The same day that many years on; 29 February becomes the 28th in a common year."""
    return add_months(day, 12 * years)


def period_end(first: date, months: int) -> date:
    """The last day of a period of that many months that begins on `first`: 2020-03-15 and 12 give 2021-03-14."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    longest = monthrange(year, month + 1)[1]
    if first.day > longest:
        return date(year, month + 1, longest)
    return date(year, month + 1, first.day) - timedelta(days=1)


def full_months(first: date, last: date) -> int:
    """How many whole months lie in the days from `first` to `last`, both counted."""
    months = max(0, (last.year - first.year) * 12 + last.month - first.month + 1)
    while months and period_end(first, months) > last:
        months -= 1
    return months


def day_count(first: date, last: date) -> int:
    """How many days there are from `first` to `last`, both counted; 0 if last comes before."""
    return max(0, (last - first).days + 1)


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in years, months and days over."""

    years: int
    months: int
    days: int

    @property
    def text(self) -> str:
        """As it is said: 5 年 7 个月 3 天."""
        parts = ((self.years, "年"), (self.months, "个月"), (self.days, "天"))
        return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 天"


def span(first: date, last: date) -> Span:
    """The length from `first` to `last`, both counted."""
    months = full_months(first, last)
    over = (last - period_end(first, months)).days if last >= first else 0
    return Span(*divmod(months, 12), over)


def months_of(first: date, last: date, *, anchor: date) -> Fraction:
    """The days from `first` to `last`, both counted, in months that begin on the anchor's day; part of a month by its days."""
    total = Fraction(0)
    for begin, end in _months_from(anchor, last):
        inside = day_count(max(first, begin), min(last, end))
        total += Fraction(inside, day_count(begin, end))
    return total


def _months_from(anchor: date, last: date) -> Iterator[tuple[date, date]]:
    """The months that begin on the anchor's day, first and last day of each, until `last` is covered."""
    begin, months = anchor, 1
    while begin <= last:
        end = period_end(anchor, months)
        yield begin, end
        begin, months = end + timedelta(days=1), months + 1


def day_text(day: date) -> str:
    """As people read it: 2026年11月21日."""
    return f"{day.year}年{day.month}月{day.day}日"
