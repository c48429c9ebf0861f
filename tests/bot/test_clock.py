"""The clock: the only one who knows what time it is."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from bot.clock import Clock, VirtualClock

START = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)


def test_an_hour_passes_in_a_second_at_a_speed_of_3600() -> None:
    clock = Clock(3600, START)
    time.sleep(0.05)
    assert timedelta(minutes=3) <= clock.now() - START < timedelta(minutes=30)


def test_waits_asked_in_real_seconds_are_real_at_any_speed() -> None:
    clock = Clock(3600, START)
    assert timedelta(hours=2) <= clock.after(2) - START < timedelta(hours=2, minutes=10)
    assert 0.9 < clock.real_seconds_until(clock.now() + timedelta(hours=1)) <= 1


def test_a_moment_that_has_passed_is_waited_for_no_longer() -> None:
    assert Clock(1, START).real_seconds_until(START - timedelta(days=1)) == 0


def test_the_time_is_aware_and_in_utc() -> None:
    assert Clock().now().tzinfo is UTC
    assert abs(Clock().now() - datetime.now(UTC)) < timedelta(seconds=2)


def test_a_virtual_clock_moves_only_when_it_is_moved() -> None:
    clock = VirtualClock(START)
    assert clock.now() == START
    assert clock.advance(days=1, hours=2, minutes=3, seconds=4) == START + timedelta(days=1, hours=2, minutes=3, seconds=4)
    assert clock.after(5) == clock.now() + timedelta(seconds=5)
