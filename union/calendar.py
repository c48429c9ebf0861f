"""The days of Beijing: China has had one time zone without summer time since 1991."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


def day_of(moment: datetime) -> date:
    """The day it is in Beijing at that moment."""
    return moment.astimezone(BEIJING).date()


def beginning_of(day: date) -> datetime:
    """The first moment of a day in Beijing."""
    return datetime.combine(day, time(), BEIJING)
