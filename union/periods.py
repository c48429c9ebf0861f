"""Whole days in Beijing, from one to another: what figures are asked about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from union.calendar import beginning_of, day_of

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class Period:
    """From the beginning of `first` to the end of `last`. Raises ValueError when they are the wrong way round or in another century."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not EARLIEST <= self.first <= self.last <= LATEST:
            raise ValueError("a period begins before it ends")

    @property
    def begins(self) -> datetime:
        """The first moment that belongs to it."""
        return beginning_of(self.first)

    @property
    def ends(self) -> datetime:
        """The first moment that does not belong to it any more."""
        return beginning_of(self.last + timedelta(days=1))

    @property
    def code(self) -> str:
        """2026, 202611 or 20260101-20260331: what `read_period` reads; at most 17 letters, so that it fits behind a button."""
        if self == year_of(self.first):
            return f"{self.first:%Y}"
        if self == month_of(self.first):
            return f"{self.first:%Y%m}"
        return f"{self.first:%Y%m%d}-{self.last:%Y%m%d}"


def year_of(day: date) -> Period:
    """The calendar year of a day."""
    return Period(date(day.year, 1, 1), date(day.year, 12, 31))


def month_of(day: date, back: int = 0) -> Period:
    """The month of a day, or the one `back` months earlier."""
    months = day.year * 12 + day.month - 1 - back
    first = date(months // 12, months % 12 + 1, 1)
    following = date((months + 1) // 12, (months + 1) % 12 + 1, 1)
    return Period(first, following - timedelta(days=1))


def last_months(now: datetime, months: int) -> Period:
    """The month it is in Beijing and those before it, `months` in all."""
    this = month_of(day_of(now))
    return Period(month_of(this.first, months - 1).first, this.last)


def read_period(code: str) -> Period:
    """The period of that code. Raises ValueError for anything else."""
    if re.fullmatch(r"\d{4}", code, re.ASCII):
        return year_of(date(int(code), 1, 1))
    if re.fullmatch(r"\d{6}", code, re.ASCII):
        return month_of(date(int(code[:4]), int(code[4:]), 1))
    if re.fullmatch(r"\d{8}-\d{8}", code, re.ASCII):
        first, last = (date(int(d[:4]), int(d[4:6]), int(d[6:])) for d in code.split("-"))
        return Period(first, last)
    raise ValueError("a period looks like 2026, 202611 or 20260101-20260331")
