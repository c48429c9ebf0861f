"""When a notice goes out: moments that can be kept, and repetitions in the days of Beijing."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from union.calendar import BEIJING
from union.notice_schedule import BadTiming, Every, Repeat, Timing, coming

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=BEIJING)  # a Wednesday
NINE = time(9)


def days(repeat: Repeat, number: int = 4) -> list[str]:
    return [f"{at.astimezone(BEIJING):%m-%d %H:%M}" for at in coming(repeat, NOW, number)]


def test_every_week_on_a_day() -> None:
    assert days(Repeat(Every.WEEK, NINE, weekday=1)) == ["11-23 09:00", "11-30 09:00", "12-07 09:00", "12-14 09:00"]


def test_today_counts_while_its_time_is_ahead_and_not_when_it_has_passed() -> None:
    assert days(Repeat(Every.WEEK, time(10, 1), weekday=3), 1) == ["11-18 10:01"]
    assert days(Repeat(Every.WEEK, time(10), weekday=3), 1) == ["11-25 10:00"]


def test_the_thirty_first_is_the_last_day_of_a_shorter_month() -> None:
    assert days(Repeat(Every.MONTH, NINE, day=31)) == ["11-30 09:00", "12-31 09:00", "01-31 09:00", "02-28 09:00"]


def test_a_day_of_the_month_that_has_passed_is_next_months() -> None:
    assert days(Repeat(Every.MONTH, NINE, day=18), 2) == ["12-18 09:00", "01-18 09:00"]


def test_some_days_before_a_date_and_then_no_more() -> None:
    repeat = Repeat(Every.BEFORE, NINE, target=date(2026, 11, 25), days=(1, 7, 3))
    assert days(repeat) == ["11-22 09:00", "11-24 09:00"]
    assert repeat.following(datetime(2026, 11, 24, 9, tzinfo=BEIJING)) is None


TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
REPEATS = st.one_of(
    st.builds(lambda at, weekday: Repeat(Every.WEEK, at, weekday=weekday), TIMES, st.integers(1, 7)),
    st.builds(lambda at, day: Repeat(Every.MONTH, at, day=day), TIMES, st.integers(1, 31)),
    st.builds(
        lambda at, target, before: Repeat(Every.BEFORE, at, target=target, days=tuple(before)),
        TIMES,
        st.dates(date(2026, 1, 1), date(2028, 1, 1)),
        st.lists(st.integers(0, 366), min_size=1, max_size=10),
    ),
)


@given(REPEATS, st.integers(-300 * 24 * 60, 400 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes)))
def test_the_next_time_lies_ahead_at_the_right_hour_and_survives_being_stored(repeat: Repeat, after: datetime) -> None:
    following = Repeat.from_json(repeat.to_json()).following(after)
    assert following == repeat.following(after)
    if following is None:
        assert repeat.every is Every.BEFORE
        return
    assert following > after
    assert following.astimezone(BEIJING).time() == repeat.at
    if repeat.every is not Every.BEFORE:
        assert following - after <= timedelta(days=7 if repeat.every is Every.WEEK else 62)


@pytest.mark.parametrize(
    "broken",
    [
        {"every": Every.WEEK},
        {"every": Every.WEEK, "weekday": 8},
        {"every": Every.MONTH, "day": 32},
        {"every": Every.BEFORE, "days": (1,)},
        {"every": Every.BEFORE, "target": date(2026, 1, 1)},
        {"every": Every.BEFORE, "target": date(2026, 1, 1), "days": (367,)},
    ],
)
def test_what_is_no_repetition_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="repetition"):
        Repeat(at=NINE, **broken)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("timing", "what"),
    [
        (Timing(NOW - timedelta(seconds=1)), "past"),
        (Timing(NOW + timedelta(days=367)), "far"),
        (Timing(None, Repeat(Every.BEFORE, NINE, target=date(2026, 11, 18), days=(0, 1))), "past"),
        (Timing(None, Repeat(Every.BEFORE, NINE, target=date(2028, 11, 18), days=(1,))), "far"),
    ],
)
def test_a_moment_that_can_not_be_kept_is_refused(timing: Timing, what: str) -> None:
    with pytest.raises(BadTiming) as error:
        timing.checked(NOW)
    assert error.value.problem == what


def test_the_first_time_of_a_repetition_is_filled_in() -> None:
    repeat = Repeat(Every.WEEK, NINE, weekday=1)
    assert Timing(NOW - timedelta(days=9), repeat).checked(NOW) == Timing(repeat.following(NOW), repeat)
    assert Timing().checked(NOW) == Timing()
