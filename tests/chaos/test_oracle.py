"""The judge of chaos is judged: what is early, twice, missing or impossible in a history is found, and a right one is not blamed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage.models import Case, CaseEvent, CaseKind, CaseStatus
from tests.chaos.oracle import Running, Walk, begin, taken_together, told_by
from union.rules import load_rules

RULES = load_rules()
START = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)

Line = tuple[float, str, dict[str, Any]]
"""Hours after the beginning, what happened, the detail."""


def remind(hours: float, step: int, *also: int, deadline: int = 1, rule: str = "intervention") -> Line:
    more = {"for_also": list(also)} if also else {}
    return (hours, "reminded", {"rule": rule, "deadline": deadline, "step": step, "told": [7], **more})


def passed_on(hours: float, step: int = 0, deadline: int = 2) -> Line:
    return (hours, "passed_on", {"rule": "acceptance", "deadline": deadline, "step": step, "lawyer": 7})


RECEIVED: Line = (0, "received", {})
ASSIGNED: Line = (0, "assigned", {"lawyer": 7})
ACCEPTED: Line = (1, "accepted", {})
BREACH: Line = (24, "overdue", {"rule": "intervention", "deadline": 1, "step": 4, "told": [8]})
WAITED = [RECEIVED, ASSIGNED, ACCEPTED, remind(2, 0), remind(12, 1), remind(20, 2), remind(23, 3)]


def found(*lines: Line, until: float, status: CaseStatus = CaseStatus.ACCEPTED, overdue: bool = False) -> list[str]:
    events = [
        CaseEvent(case_id=1, number=n, at=START + timedelta(hours=hours), actor_id=None, action=f"case.{what}", detail=detail)
        for n, (hours, what, detail) in enumerate(lines, 1)
    ]
    walk = Walk(Case(kind=CaseKind.DISPUTE, status=status, overdue=overdue), RULES, timedelta(0))
    if begin(walk, events[0]):
        walk.walk(events[1:], (), START + timedelta(hours=until))
    return walk.found


def test_a_right_history_is_not_blamed() -> None:
    assert found(*WAITED, BREACH, until=35, overdue=True) == []
    assert found(*WAITED[:4], (3, "intervened", {"how": "call"}), until=160, status=CaseStatus.INTERVENED) == []
    assert found(RECEIVED, ASSIGNED, remind(2, 0), passed_on(2), (2, "assigned", {}), until=3.9, status=CaseStatus.ASSIGNED) == []


def test_reminders_slept_through_are_stood_for_by_the_last() -> None:
    assert found(RECEIVED, ASSIGNED, ACCEPTED, remind(21, 2, 0, 1), until=22) == []
    assert found(RECEIVED, ASSIGNED, ACCEPTED, remind(21, 2, 1), until=22) != []
    assert found(RECEIVED, ASSIGNED, ACCEPTED, remind(21, 0), until=21.5) != []


@pytest.mark.parametrize(
    ("what", "lines", "until"),
    [
        ("early", [RECEIVED, ASSIGNED, ACCEPTED, remind(1.99, 0)], 3),
        ("twice", [*WAITED[:4], remind(2, 0)], 3),
        ("twice, later", [*WAITED[:4], remind(3, 0)], 4),
        ("missing", WAITED[:4], 12),
        ("missing in between", [*WAITED[:4], remind(20, 2)], 21),
        ("not the deadline's own", [*WAITED[:4], remind(12, 1, deadline=9)], 13),
        ("after it was stopped", [*WAITED[:4], (3, "intervened", {"how": "call"}), remind(12, 1)], 13),
        ("passed on after it was accepted", [RECEIVED, ASSIGNED, ACCEPTED, remind(2, 0), passed_on(2)], 3),
        ("no arrow", [RECEIVED, ASSIGNED, ACCEPTED, (1.5, "closed", {})], 1.9),
        ("a line that nobody knows", [RECEIVED, ASSIGNED, ACCEPTED, (1.5, "vanished", {})], 1.9),
        ("does not begin", [ASSIGNED, ACCEPTED], 1.9),
    ],
)
def test_what_is_wrong_is_found(what: str, lines: list[Line], until: float) -> None:
    assert found(*lines, until=until) != [], what


def test_a_case_that_is_elsewhere_than_its_history_says_is_found() -> None:
    assert found(RECEIVED, ASSIGNED, until=1, status=CaseStatus.ACCEPTED) != []
    assert found(RECEIVED, ASSIGNED, ACCEPTED, until=1, overdue=True) != []


def test_a_step_that_was_missing_when_people_ended_its_deadline_is_found() -> None:
    late = [RECEIVED, ASSIGNED, ACCEPTED, (2.01, "intervened", {"how": "call"})]
    assert found(*late, until=3, status=CaseStatus.INTERVENED) != []


def test_of_repeats_the_last_stands_for_all_and_a_case_is_passed_on_once() -> None:
    acceptance = Running(RULES["acceptance"], START)
    assert taken_together(acceptance, 3) == [("passed_on", 2, ())]
    follow_up = Running(RULES["follow_up"], START, position=1)
    assert taken_together(follow_up, 4) == [("reminded", 3, ())]
    clock = Running(RULES["intervention"], START)
    assert taken_together(clock, 9) == [("escalated", 5, ()), ("escalated", 8, ()), ("overdue", 4, (0, 1, 2, 3))]


def test_who_must_have_been_told_is_read_from_the_lines() -> None:
    event = CaseEvent(case_id=1, number=1, at=START, action="case.reminded", detail=remind(2, 3)[2])
    assert told_by([event]) == {(1, 3, 7): 1}
