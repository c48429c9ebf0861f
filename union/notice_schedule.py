"""When a notice goes out: at once, at a moment, or again and again: weekly, monthly, some days before a date. In the days of Beijing."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from union.calendar import BEIJING, day_of
from union.errors import UnionError

FURTHEST = timedelta(days=366)
"""How far ahead a notice may be planned."""

LAST_DAY = 31
"""Of every month its last one."""

_MONTHS_TRIED = 3


class Every(StrEnum):
    """How a notice comes back."""

    WEEK = "week"
    MONTH = "month"
    BEFORE = "before"  # some days before a date, and then no more


class BadTiming(UnionError):
    """A moment that can't be kept. problem: "past" or "far"."""

    code = "notice.bad_timing"

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Repeat:
    """weekday: 1 Monday … 7 Sunday. day: of the month; a month without it has its last. days: how many before `target`. at: the time in Beijing."""

    every: Every
    at: time
    weekday: int = 0
    day: int = 0
    target: date | None = None
    days: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        fits = {
            Every.WEEK: 1 <= self.weekday <= 7,
            Every.MONTH: 1 <= self.day <= LAST_DAY,
            Every.BEFORE: self.target is not None and 1 <= len(self.days) <= 10 and all(0 <= days <= 366 for days in self.days),
        }
        if not fits[self.every]:
            raise ValueError("no such repetition")

    def following(self, after: datetime) -> datetime | None:
        """The first time after that moment; None when there is none any more."""
        return next((moment for moment in self._ahead(day_of(after)) if moment > after), None)

    def _ahead(self, today: date) -> list[datetime]:
        """Some moments from today on, in order, among them the next one if there is one."""
        match self.every:
            case Every.WEEK:
                first = today + timedelta(days=(self.weekday - 1 - today.weekday()) % 7)
                days = [first, first + timedelta(weeks=1)]
            case Every.MONTH:
                days = [_in_month(today, months, self.day) for months in range(_MONTHS_TRIED)]
            case Every.BEFORE:
                days = sorted(self.target - timedelta(days=before) for before in set(self.days)) if self.target else []
        return [datetime.combine(day, self.at, BEIJING) for day in days]

    def to_json(self) -> dict[str, Any]:
        """As it is stored with a notice."""
        data: dict[str, Any] = {"every": self.every.value, "at": self.at.isoformat("minutes")}
        match self.every:
            case Every.WEEK:
                data["weekday"] = self.weekday
            case Every.MONTH:
                data["day"] = self.day
            case Every.BEFORE:
                data |= {"date": self.target.isoformat() if self.target else "", "days": list(self.days)}
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Repeat:
        """What `to_json` wrote. Raises ValueError or KeyError for anything else."""
        return cls(
            Every(data["every"]),
            time.fromisoformat(data["at"]),
            weekday=data.get("weekday", 0),
            day=data.get("day", 0),
            target=date.fromisoformat(data["date"]) if "date" in data else None,
            days=tuple(data.get("days", ())),
        )


def _in_month(today: date, months: int, day: int) -> date:
    """That day of the month `months` after today's; its last one where it is shorter."""
    place = today.year * 12 + today.month - 1 + months
    year, month = place // 12, place % 12 + 1
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Timing:
    """at: None for at once. repeat: how it comes back; `at` is then the first time."""

    at: datetime | None = None
    repeat: Repeat | None = None

    def checked(self, now: datetime) -> Timing:
        """The same with the first time filled in. Raises BadTiming for a moment that lies behind, or more than a year ahead."""
        at = self.repeat.following(now) if self.repeat else self.at
        if self.repeat and at is None:
            raise BadTiming("past")
        if at is not None and at < now:
            raise BadTiming("past")
        if at is not None and at > now + FURTHEST:
            raise BadTiming("far")
        return Timing(at, self.repeat)


def coming(repeat: Repeat, after: datetime, number: int) -> list[datetime]:
    """The next times, `number` at most."""
    found: list[datetime] = []
    moment = repeat.following(after)
    while moment is not None and len(found) < number:
        found.append(moment)
        moment = repeat.following(moment)
    return found
