"""A moment ahead, as people say it, seen from a Wednesday afternoon at half past three in Beijing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handlers.moments import coming_parts, read_moment
from union.calendar import BEIJING

NOW = datetime(2026, 11, 18, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("明天下午3点", "11-19 15:00"), ("明天下午三点半", "11-19 15:30"), ("明早八点", "11-19 08:00"), ("后天早上9点一刻", "11-20 09:15"),
        ("今晚8点", "11-18 20:00"), ("今晚八点四十", "11-18 20:40"), ("晚上10点左右", "11-18 22:00"), ("明天中午12点", "11-19 12:00"),
        ("11月25日 14:30", "11-25 14:30"), ("11月25日，14：30", "11-25 14:30"), ("十二月三号下午三点二十", "12-03 15:20"),
        ("12/1 10:00", "12-01 10:00"), ("2026-11-25 9:05", "11-25 09:05"), ("25号下午两点", "11-25 14:00"), ("3号上午", "12-03 09:00"),
        ("周五上午", "11-20 09:00"), ("周一上午", "11-23 09:00"), ("下周一10点", "11-23 10:00"), ("星期天晚上", "11-22 19:00"),
        ("下下周三上午10点30分", "12-02 10:30"), ("3点", "11-19 15:00"), ("四点", "11-18 16:00"), ("9点", "11-19 09:00"),
        ("下午", "11-19 14:00"), ("明天下午", "11-19 14:00"), ("明天晚上7点吧", "11-19 19:00"), ("明天的下午3点钟", "11-19 15:00"),
    ],
)  # fmt: skip
def test_it_is_read_as_it_is_meant(said: str, meant: str) -> None:
    found = read_moment(said, NOW)
    assert found is not None
    assert found.astimezone(BEIJING).strftime("%m-%d %H:%M") == meant


def test_a_day_of_a_month_that_is_over_is_next_years() -> None:
    found = read_moment("1月2号上午", NOW)
    assert found is not None
    assert found.astimezone(BEIJING).date().isoformat() == "2027-01-02"


@pytest.mark.parametrize(
    "said",
    ["", "现在", "明天", "11月25日", "随便", "2月30日 9点", "25:00", "九十九点", "明天 下午 三点 我在家", "13900001234", "点" * 5000],
)
def test_what_names_no_hour_or_no_day_is_none(said: str) -> None:
    assert read_moment(said, NOW) is None


def test_a_moment_with_its_day_may_lie_behind() -> None:
    found = read_moment("今天上午9点", NOW)
    assert found is not None
    assert found < NOW


def test_a_part_that_has_begun_means_now_and_one_that_is_over_is_not_there() -> None:
    today, tomorrow = coming_parts(NOW)
    assert [(part.label, part.at.astimezone(BEIJING).hour) for part in today] == [("今天下午", 15), ("今天晚上", 19)]
    assert today[0].at == NOW
    assert [part.label for part in tomorrow] == ["明天上午", "明天下午", "明天晚上"]


def test_late_in_the_evening_only_tomorrow_is_left() -> None:
    assert [[part.label for part in row] for row in coming_parts(NOW.replace(hour=14))] == [["明天上午", "明天下午", "明天晚上"]]
