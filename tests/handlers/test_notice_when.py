"""When a notice is to go out, as staff say it."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.staff.notice_when import from_json, read_repeat, repeat_words, to_json, words
from union.calendar import BEIJING
from union.notice_schedule import Every, Repeat, Timing

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("每周一", Repeat(Every.WEEK, time(9), weekday=1)),
        ("每周日 20:30", Repeat(Every.WEEK, time(20, 30), weekday=7)),
        ("每星期天下午3点", Repeat(Every.WEEK, time(15), weekday=7)),
        ("每个礼拜五上午十点半", Repeat(Every.WEEK, time(10, 30), weekday=5)),
        ("每月15号", Repeat(Every.MONTH, time(9), day=15)),
        ("每个月十五日晚上8点", Repeat(Every.MONTH, time(20), day=15)),
        ("每月最后一天", Repeat(Every.MONTH, time(9), day=31)),
        ("每月月底 14:00", Repeat(Every.MONTH, time(14), day=31)),
        ("12月31日前7天", Repeat(Every.BEFORE, time(9), target=date(2026, 12, 31), days=(7,))),
        ("12月31日前7天、3天、1天 上午10点", Repeat(Every.BEFORE, time(10), target=date(2026, 12, 31), days=(7, 3, 1))),
        ("12月31日之前７、3、1天", Repeat(Every.BEFORE, time(9), target=date(2026, 12, 31), days=(7, 3, 1))),
        ("2027年3月8日前三天", Repeat(Every.BEFORE, time(9), target=date(2027, 3, 8), days=(3,))),
        ("1月5号前两天", Repeat(Every.BEFORE, time(9), target=date(2027, 1, 5), days=(2,))),
    ],
)
def test_a_repetition_is_read_as_people_say_it_and_said_back_so_that_it_reads_the_same(said: str, meant: Repeat) -> None:
    assert read_repeat(said, NOW) == meant
    assert read_repeat(repeat_words(meant), NOW) == meant


@pytest.mark.parametrize(
    "said", ["", "每周", "每周八", "每月32号", "每月0号", "2月30日前3天", "12月31日前", "12月31日前400天", "明天上午9点", "每周一 25:00"]
)
def test_what_is_none_is_not_taken_for_one(said: str) -> None:
    assert read_repeat(said, NOW) is None


@given(st.text(max_size=80))
def test_whatever_is_typed_is_survived(said: str) -> None:
    read_repeat(said, NOW)


def test_the_next_times_are_told() -> None:
    told = words(Timing(None, Repeat(Every.MONTH, time(9), day=31)), NOW)
    assert told == "每月最后一天 9:00（接下来：11月30日 09:00、12月31日 09:00、1月31日 09:00）"


def test_what_the_form_keeps_can_be_read_again() -> None:
    for timing in (Timing(), Timing(NOW), Timing(NOW, Repeat(Every.WEEK, time(9), weekday=1))):
        assert from_json(to_json(timing)) == timing
