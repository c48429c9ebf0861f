"""Times, sums and states as people read them, in Beijing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from handlers import wording
from storage.models import CaseStatus, Outcome, Role

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)


def test_times_are_shown_in_beijing() -> None:
    assert wording.moment(NOW) == "11月18日 10:00"
    assert wording.moment(datetime(2026, 12, 31, 16, 5, tzinfo=UTC)) == "1月1日 00:05"


def test_a_day_begins_at_midnight_in_beijing() -> None:
    assert wording.today(datetime(2026, 11, 18, 15, 59, tzinfo=UTC)) == date(2026, 11, 18)
    assert wording.today(datetime(2026, 11, 18, 16, 0, tzinfo=UTC)) == date(2026, 11, 19)
    assert wording.day(date(2026, 8, 5)) == "2026年8月5日"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "不到1分钟"), (0.9, "不到1分钟"), (1, "1分钟"), (59.9, "59分钟"), (60, "1小时"), (200, "3小时20分"), (1440, "1天"),
        (1441, "1天"), (3060, "2天3小时"),
    ],
)  # fmt: skip
def test_a_span_is_rounded_down_so_that_nobody_is_promised_more(minutes: float, words: str) -> None:
    assert wording.span(timedelta(minutes=minutes)) == words


def test_at_the_very_moment_it_is_over() -> None:
    assert wording.countdown(NOW + timedelta(minutes=1), NOW) == "还剩1分钟"
    assert wording.countdown(NOW, NOW).startswith("已超时")
    assert wording.countdown(NOW - timedelta(hours=2), NOW) == "已超时2小时"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0.5, "剩不到1分钟"),
        (45, "剩45分钟"),
        (22 * 60 + 59, "剩22小时"),
        (72 * 60, "剩3天"),
        (0, "刚超时"),
        (-61, "超时1小时"),
        (-60 * 48, "超时2天"),
    ],
)
def test_a_countdown_on_a_button_is_short(minutes: float, words: str) -> None:
    assert wording.short_countdown(NOW + timedelta(minutes=minutes), NOW) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [(None, "不涉及金额"), (Decimal("35000"), "35,000 元"), (Decimal("35000.00"), "35,000 元"), (Decimal("12.5"), "12.50 元")],
)
def test_money_is_written_with_its_thousands(amount: Decimal | None, words: str) -> None:
    assert wording.money(amount) == words


@pytest.mark.parametrize(
    ("text", "short"), [("工资", "工资"), ("一二三四五", "一二三四五"), ("一二三四五六", "一二三四…"), ("一\n二\t三", "一 二 三")]
)
def test_a_text_is_cut_to_one_line(text: str, short: str) -> None:
    assert wording.shorten(text, 5) == short


def test_every_state_outcome_and_role_has_a_name() -> None:
    assert set(wording.STATUS) == set(wording.DESK_STATUS) == set(CaseStatus)
    assert set(wording.OUTCOME) == set(Outcome)
    assert set(wording.ROLE) == set(Role)
