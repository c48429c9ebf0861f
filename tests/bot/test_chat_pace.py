"""What follows one another in one chat."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from bot.chat_pace import AT_ONCE, ChatPace


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_three_go_at_once_and_the_fourth_waits_a_second() -> None:
    pace = ChatPace(1.0, time := Time())
    for _ in range(AT_ONCE):
        assert pace.pause("a") == 0
        pace.note("a")
    assert pace.pause("a") == 1.0
    assert pace.pause("b") == 0
    time.now += 1.0
    assert pace.pause("a") == 0


def test_a_door_that_bears_everything_never_waits() -> None:
    pace = ChatPace(math.inf, Time())
    for _ in range(100):
        pace.note("a")
    assert pace.pause("a") == 0


@given(st.lists(st.floats(0, 3), max_size=60))
def test_in_any_span_of_time_there_are_three_more_than_its_seconds_at_most(gaps: list[float]) -> None:
    pace = ChatPace(1.0, time := Time())
    sent = []
    for gap in gaps:
        time.now += gap
        if pace.pause("a") <= 1e-9:
            pace.note("a")
            sent.append(time.now)
    for first, begin in enumerate(sent):
        for last in range(first, len(sent)):
            assert last - first + 1 <= AT_ONCE + (sent[last] - begin) + 1e-6
