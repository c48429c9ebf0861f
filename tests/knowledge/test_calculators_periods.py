"""Months and years of the calendar: ends of months, leap years, limits and periods."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.calculators.periods import Span, add_months, add_years, day_count, day_text, full_months, months_of, period_end, span

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2024, 1, 31), 1, date(2024, 2, 29)), (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 11, 21), 2, date(2027, 1, 21)), (date(2026, 12, 31), 12, date(2027, 12, 31)), (date(2026, 8, 31), 6, date(2027, 2, 28)),
    ],
)  # fmt: skip
def test_a_limit_ends_on_the_day_of_the_same_number_or_the_months_last(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


def test_a_year_from_29_february_ends_on_the_28th() -> None:
    assert add_years(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert add_years(date(2025, 2, 28), -1) == date(2024, 2, 28)


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2025, 3, 15), 1, date(2025, 4, 14)), (date(2025, 3, 1), 12, date(2026, 2, 28)), (date(2023, 3, 1), 12, date(2024, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2026, 1, 30), 1, date(2026, 2, 28)), (date(2026, 1, 29), 1, date(2026, 2, 28)),
        (date(2026, 1, 28), 1, date(2026, 2, 27)), (date(2024, 1, 29), 1, date(2024, 2, 28)), (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 5, 31), 1, date(2026, 6, 30)), (date(2026, 12, 1), 1, date(2026, 12, 31)), (date(2026, 1, 1), 0, date(2025, 12, 31)),
    ],
)  # fmt: skip
def test_a_period_ends_the_day_before_its_next_anniversary(first: date, months: int, last: date) -> None:
    assert period_end(first, months) == last


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2020, 3, 15), date(2025, 3, 14), 60), (date(2020, 3, 15), date(2025, 3, 13), 59), (date(2026, 1, 31), date(2026, 2, 27), 0),
        (date(2026, 1, 31), date(2026, 2, 28), 1), (date(2026, 1, 1), date(2026, 1, 1), 0), (date(2026, 1, 2), date(2026, 1, 1), 0),
    ],
)  # fmt: skip
def test_whole_months_count_both_ends(first: date, last: date, months: int) -> None:
    assert full_months(first, last) == months


def test_a_span_is_said_in_years_months_and_days() -> None:
    assert span(date(2021, 3, 15), date(2026, 10, 31)) == Span(5, 7, 17)
    assert span(date(2021, 3, 15), date(2026, 10, 31)).text == "5 年 7 个月 17 天"
    assert span(date(2021, 3, 15), date(2026, 3, 14)).text == "5 年"
    assert span(date(2026, 3, 15), date(2026, 3, 14)).text == "0 天"
    assert day_text(date(2026, 1, 5)) == "2026年1月5日"


def test_part_of_a_month_counts_by_its_own_days() -> None:
    start = date(2026, 1, 5)
    assert months_of(date(2026, 2, 5), date(2026, 4, 4), anchor=start) == 2
    assert months_of(date(2026, 2, 5), date(2026, 2, 18), anchor=start) == Fraction(1, 2)  # 14 of the 28 days to 4 March
    assert months_of(date(2026, 2, 5), date(2026, 2, 4), anchor=start) == 0


@settings(database=None)
@given(DAYS, st.integers(1, 480))
def test_a_period_is_followed_by_the_next_without_gap_or_overlap(first: date, months: int) -> None:
    assert period_end(first, months - 1) < period_end(first, months)
    assert full_months(first, period_end(first, months)) == months
    assert full_months(first, period_end(first, months) - timedelta(days=1)) == months - 1
    assert months_of(first, period_end(first, months), anchor=first) == months


@settings(database=None)
@given(DAYS, st.integers(0, 5000))
def test_a_span_is_never_negative_and_grows_with_the_days(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    length, longer = span(first, last), span(first, last + timedelta(days=1))
    assert 0 <= length.months < 12 and 0 <= length.days < 31
    assert (length.years, length.months, length.days) < (longer.years, longer.months, longer.days)
    assert day_count(first, last) == days + 1
