"""Whether a message fails, or the door does."""

from __future__ import annotations

import pytest

from bot.lane_health import TROUBLE, TROUBLE_SECONDS, Health
from storage.types import PersonId


class Time:
    """A clock that is set."""

    now = 0.0


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr("bot.lane_health.time.monotonic", lambda: time.now)
    return time


def fail(health: Health, number: int = TROUBLE) -> None:
    for person_id in range(1, number + 1):
        health.failed(PersonId(person_id))


def test_one_that_fails_among_others_that_arrive_is_to_blame_itself(time: Time) -> None:
    health = Health()
    health.failed(PersonId(1))
    assert health.blames_message(health.successes)
    assert not health.in_trouble


def test_a_door_that_fails_one_after_the_other_is_to_blame_and_is_tried_ever_more_seldom(time: Time) -> None:
    health = Health()
    waits = []
    for _ in range(8):
        fail(health)
        assert not health.blames_message(health.successes)
        waits.append(health.wait_until - time.now)
        time.now = health.wait_until
    assert waits == [0.5, 1, 2, 4, 8, 10, 10, 10]


def test_one_success_ends_the_trouble(time: Time) -> None:
    health = Health()
    fail(health)
    health.well()
    assert not health.in_trouble
    assert health.blames_message(0)


def test_a_door_that_nobody_used_for_days_is_not_given_up_when_it_fails_for_an_hour(time: Time) -> None:
    health = Health()
    health.well()
    time.now = 3 * TROUBLE_SECONDS
    fail(health)
    time.now += 3600
    fail(health)
    assert not health.blames_message(health.successes)


def test_a_door_that_fails_for_a_day_is_given_up(time: Time) -> None:
    health = Health()
    fail(health)
    time.now += TROUBLE_SECONDS + 1
    assert health.blames_message(health.successes)
