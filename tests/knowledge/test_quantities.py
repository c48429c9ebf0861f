"""Amounts and days as workers type them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.numerals import from_chinese, to_chinese
from knowledge.quantities import amount_text, read_amount, read_day

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("3万5", 35000), ("三万五", 35000), ("35000元", 35000), ("一万二千三百", 12300), ("3.5万", 35000), ("8k", 8000),
        ("两千多", 2000), ("２万", 20000), ("12,000", 12000), ("三个月一共9600", 9600), ("一共九千六", 9600), ("3000-4000", 4000),
        ("壹万贰仟", 12000), ("三万零五百", 30500), ("五百块", 500), ("8号发的3000", 3000), ("每月5000元，3个月", 5000),
    ],
)  # fmt: skip
def test_amounts_are_read_the_way_they_are_said(text: str, amount: int) -> None:
    assert read_amount(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "没有", "-500", "负三千", "100亿", "三个月", "8月15号", "千万别说", "一样", "😀"])
def test_what_is_no_amount_or_absurd_is_none(text: str) -> None:
    assert read_amount(text) is None


def test_an_amount_is_shown_with_separators() -> None:
    assert amount_text(Decimal(35000)) == "35,000 元"
    assert amount_text(Decimal("12.5")) == "12.50 元"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026年8月", date(2026, 8, 1)), ("8月15号", date(2026, 8, 15)), ("去年10月", date(2025, 10, 1)),
        ("三个月前", date(2026, 8, 20)), ("上个月", date(2026, 10, 1)), ("前天", date(2026, 11, 18)),
        ("2026-08-01", date(2026, 8, 1)), ("半年前", date(2026, 5, 20)), ("上个月15号", date(2026, 10, 15)),
        ("十月一号", date(2026, 10, 1)), ("上周五", date(2026, 11, 13)), ("大前天", date(2026, 11, 17)), ("两年前", date(2024, 11, 20)),
        ("二〇二六年三月", date(2026, 3, 1)), ("25号", date(2026, 10, 25)), ("20260801", date(2026, 8, 1)),
    ],
)  # fmt: skip
def test_days_are_read_the_way_they_are_said(text: str, day: date) -> None:
    assert read_day(text, TODAY) == day


def test_a_month_still_ahead_is_last_years() -> None:
    assert read_day("12月", TODAY) == date(2025, 12, 1)


@pytest.mark.parametrize("text", ["", "明天", "2027年1月", "2月30号", "不记得了", "13月", "99999年前"])
def test_no_day_or_one_ahead_is_none(text: str) -> None:
    assert read_day(text, TODAY) is None


def test_three_months_before_the_end_of_may_is_the_end_of_february() -> None:
    assert read_day("三个月前", date(2026, 5, 31)) == date(2026, 2, 28)


@settings(database=None)
@given(st.text(), st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_no_text_makes_the_readers_raise_and_no_day_lies_ahead(text: str, today: date) -> None:
    amount = read_amount(text)
    assert amount is None or 0 <= amount <= 1_000_000_000
    day = read_day(text, today)
    assert day is None or day <= today


_PIECES = st.sampled_from([*"0123456789一二三两十百千万亿年月日号前半上个周星期天去今昨多-./,. ", "个月", "年前"])


@settings(database=None)
@given(st.lists(_PIECES, max_size=12).map("".join))
def test_no_mixture_of_numbers_and_units_makes_the_readers_raise(text: str) -> None:
    read_amount(text)
    read_day(text, TODAY)


@settings(database=None)
@given(st.integers(1, 9999))
def test_chinese_numerals_are_read_back_as_written(number: int) -> None:
    assert from_chinese(to_chinese(number)) == number


@pytest.mark.parametrize("text", ["明年3月", "下个月5号", "后天"])
def test_a_day_that_is_said_to_lie_ahead_is_not_taken_for_one_that_has_been(text: str) -> None:
    assert read_day(text, date(2026, 11, 21)) is None
