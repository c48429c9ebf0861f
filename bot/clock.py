"""What time it is. Only this module asks the machine; everything else is handed `now`.

With a speed of 3600 an hour passes in a second: deadlines, reminders and forms all follow, while waits that another machine asks for
(a 429's retry_after, a reconnect) stay in real seconds.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The program's clock. speed: how many seconds pass in a real one. start: the time that it shows first (default: the real time)."""

    def __init__(self, speed: float = 1.0, start: datetime | None = None) -> None:
        self.speed = speed
        self._real_start = time.monotonic()
        self._start = start or datetime.now(UTC)

    def now(self) -> datetime:
        """The time, aware and in UTC."""
        return self._start + timedelta(seconds=(time.monotonic() - self._real_start) * self.speed)

    def after(self, real_seconds: float) -> datetime:
        """What the clock will show when `real_seconds` have passed."""
        return self.now() + timedelta(seconds=real_seconds * self.speed)

    def passing_in(self, real_seconds: float) -> timedelta:
        """How much time passes on this clock in `real_seconds`."""
        return timedelta(seconds=real_seconds * self.speed)

    def real_seconds_until(self, moment: datetime) -> float:
        """Real seconds until the clock shows `moment`; 0 if it has passed."""
        return max(0.0, (moment - self.now()).total_seconds() / self.speed)


class VirtualClock(Clock):
    """A clock that stands still until it is moved, for tests."""

    def __init__(self, start: datetime) -> None:
        super().__init__(1.0, start)
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """Moves the clock forward and returns the new time."""
        self._now += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return self._now
