"""Whole days in Beijing, and the codes by which buttons name them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from union.periods import Period, last_months, month_of, read_period


@pytest.mark.parametrize("code", ["2026", "202602", "202612", "20260101-20260331", "20240229-20240229"])
def test_a_period_comes_back_from_its_code(code: str) -> None:
    assert read_period(code).code == code


@pytest.mark.parametrize(
    "code", ["", "26", "202613", "1999", "20260331-20260101", "20260230-20260301", "２０２６", "9999", "0", "2026-2027"]
)
def test_what_is_no_period_is_refused(code: str) -> None:
    with pytest.raises(ValueError):
        read_period(code)


def test_months_are_whole_and_reach_back_over_the_year() -> None:
    assert month_of(date(2026, 1, 31), 1) == Period(date(2025, 12, 1), date(2025, 12, 31))
    assert month_of(date(2028, 2, 10)).last == date(2028, 2, 29)
    # 23:30 on the last of October in London is November in Beijing.
    assert last_months(datetime(2026, 10, 31, 23, 30, tzinfo=UTC), 6) == Period(date(2026, 6, 1), date(2026, 11, 30))
