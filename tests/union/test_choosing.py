"""The choice among lawyers, from plain values: held against a choice that simply looks at everybody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.models import UnitKind
from storage.types import PersonId, UnitId
from union.choosing import Candidate, Choice, choose
from union.units import UnitCard

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
NEVER = datetime.min.replace(tzinfo=UTC)
RUNGS = [
    UnitCard(UnitId(level + 1), kind, kind.value, kind.value, "1.")
    for level, kind in enumerate([UnitKind.STREET, UnitKind.DISTRICT, UnitKind.CITY])
]


def lawyer(number: int, level: int = 1, **other: object) -> Candidate:
    usual = Candidate(
        lawyer_id=PersonId(number),
        unit=RUNGS[level],
        level=level,
        capacity=10,
        on_leave=False,
        in_conflict=False,
        knows_topic=True,
        speaks=True,
        made_up=False,
        named_at=NOW,
        last_assigned_at=None,
        load=0,
    )
    return replace(usual, **other)  # type: ignore[arg-type]


def marked(candidates: Sequence[Candidate], given_back: frozenset[PersonId]) -> list[Candidate]:
    return [replace(c, gave_back=c.lawyer_id in given_back) for c in candidates]


def decide(candidates: Sequence[Candidate], given_back: frozenset[PersonId] = frozenset()) -> Choice:
    """As routing does: whose open cases must be known first is counted, and the question is put again."""
    counted: dict[PersonId, int] = {}
    candidates = marked(candidates, given_back)
    while (choice := choose(candidates, counted)).undecided:
        assert not set(choice.undecided) & set(counted)
        counted |= {c.lawyer_id: c.load or 0 for c in candidates if c.lawyer_id in choice.undecided}
    return choice


def simply(candidates: Sequence[Candidate], given_back: frozenset[PersonId]) -> PersonId | None:
    """The rule in one line, over everybody."""

    def right(c: Candidate) -> tuple[object, ...]:
        newest_first = -c.named_at.timestamp() if c.level == 0 else 0
        return c.made_up, not c.knows_topic, not c.speaks, c.level, newest_first, c.load, c.last_assigned_at or NEVER, c.lawyer_id

    may = [c for c in candidates if c.lawyer_id not in given_back and not c.in_conflict and not c.on_leave and (c.load or 0) < c.capacity]
    return min(may, key=right).lawyer_id if may else None


@st.composite
def registers(draw: st.DrawFn) -> tuple[list[Candidate], frozenset[PersonId]]:
    """Lawyers, each named for one unit or several, and those who gave the case back."""
    number = draw(st.integers(0, 7))
    rarely = st.sampled_from([False, False, False, True])
    found = []
    for lawyer_id in range(1, number + 1):
        of_the_person = {
            "capacity": draw(st.integers(0, 3)),
            "load": draw(st.integers(0, 3)),
            "on_leave": draw(rarely),
            "in_conflict": draw(rarely),
            "knows_topic": draw(st.booleans()),
            "speaks": draw(st.booleans()),
            "made_up": draw(rarely),
            "last_assigned_at": draw(st.sampled_from([None, NOW, NOW - timedelta(days=1)])),
        }
        for level in draw(st.sets(st.integers(0, 2), min_size=1, max_size=2)):
            found.append(lawyer(lawyer_id, level, named_at=NOW - timedelta(days=draw(st.integers(0, 2))), **of_the_person))
    given_back = draw(st.frozensets(st.integers(1, max(number, 1)), max_size=2))
    return draw(st.permutations(found)), frozenset(PersonId(i) for i in given_back)


@given(registers())
@settings(max_examples=300, deadline=None)
def test_the_choice_is_the_one_that_looking_at_everybody_makes(register: tuple[list[Candidate], frozenset[PersonId]]) -> None:
    candidates, given_back = register
    assert decide(candidates, given_back).lawyer_id == simply(candidates, given_back)


@given(registers())
@settings(max_examples=150, deadline=None)
def test_everybody_who_was_nearer_or_as_near_and_is_passed_over_for_a_reason_is_named_with_a_true_one(
    register: tuple[list[Candidate], frozenset[PersonId]],
) -> None:
    candidates, given_back = register
    choice = decide(candidates, given_back)
    by_id: dict[PersonId, list[Candidate]] = {}
    for candidate in candidates:
        by_id.setdefault(candidate.lawyer_id, []).append(candidate)
    true: dict[str, Callable[[Candidate], bool]] = {
        "declined": lambda c: c.lawyer_id in given_back,
        "conflict": lambda c: c.in_conflict,
        "on_leave": lambda c: c.on_leave,
        "full": lambda c: (c.load or 0) >= c.capacity,
        "topic": lambda c: not c.knows_topic,
        "language": lambda c: not c.speaks,
    }
    assert all(true[why](by_id[lawyer_id][0]) for lawyer_id, why in choice.passed_over)
    named = {lawyer_id for lawyer_id, _ in choice.passed_over}
    assert choice.lawyer_id not in named
    assert {i for i, (c, *_) in by_id.items() if c.on_leave or c.in_conflict or i in given_back} <= named
    if choice.lawyer_id is None:
        assert named == set(by_id)  # when it is nobody, every single one has a reason


@given(registers())
@settings(max_examples=100, deadline=None)
def test_who_was_found_full_at_the_last_moment_is_left_out_of_the_next_look(
    register: tuple[list[Candidate], frozenset[PersonId]],
) -> None:
    candidates, given_back = register
    loads = {c.lawyer_id: c.load or 0 for c in candidates}
    first = choose(marked(candidates, given_back), loads)
    if first.lawyer_id is None:
        return
    again = choose(marked(candidates, given_back), loads, full={first.lawyer_id})
    others = [c for c in candidates if c.lawyer_id != first.lawyer_id]
    assert again.lawyer_id == simply(others, given_back)
    assert (first.lawyer_id, "full") in again.passed_over


# ---- the rule, one example for each part of it


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        ([lawyer(1, 1), lawyer(2, 0)], 2),  # the nearest
        ([lawyer(1, 0, named_at=NOW - timedelta(days=1)), lawyer(2, 0, load=5)], 2),  # of a street: the latest named, however busy
        ([lawyer(1, 1, named_at=NOW - timedelta(days=1)), lawyer(2, 1, load=1)], 1),  # of a pool: the least loaded
        ([lawyer(1, 1, last_assigned_at=NOW), lawyer(2, 1, last_assigned_at=NOW - timedelta(days=1))], 2),  # who has waited longest
        ([lawyer(1, 1, last_assigned_at=NOW), lawyer(2, 1)], 2),  # who never had one has waited longest of all
        ([lawyer(1, 0, knows_topic=False), lawyer(2, 2)], 2),  # the subject counts more than the distance
        ([lawyer(1, 0, speaks=False), lawyer(2, 2)], 2),  # so does the language
        ([lawyer(1, 0, knows_topic=False), lawyer(2, 2, speaks=False)], 2),  # the subject more than the language
        ([lawyer(1, 0, made_up=True), lawyer(2, 2, knows_topic=False, speaks=False)], 2),  # anybody real rather than the demo's
        ([lawyer(1, 0, made_up=True)], 1),  # the demo's rather than nobody
        ([lawyer(1, 0, capacity=2, load=2), lawyer(2, 1)], 2),
        ([lawyer(1, 0, on_leave=True), lawyer(2, 1)], 2),
        ([lawyer(1, 0, in_conflict=True), lawyer(2, 1)], 2),
        ([lawyer(1, 0, capacity=0)], None),
        ([], None),
    ],
)
def test_the_rule_by_examples(candidates: list[Candidate], chosen: int | None) -> None:
    assert decide(candidates).lawyer_id == chosen


def test_what_had_to_be_given_up_is_said_and_nothing_that_had_not() -> None:
    assert decide([lawyer(1)]).compromise == ()
    assert decide([lawyer(1, speaks=False)]).compromise == ("language",)
    assert decide([lawyer(1, knows_topic=False)]).compromise == ("topic",)
    assert decide([lawyer(1, knows_topic=False, speaks=False)]).compromise == ("language", "topic")


def test_only_those_of_equal_right_need_to_be_counted() -> None:
    candidates = [lawyer(1, 0), *[lawyer(n, 1) for n in range(2, 50)]]
    assert choose(candidates, {}).undecided == (1,)


def test_the_reasons_are_written_down_as_numbers_and_codes() -> None:
    choice = decide([lawyer(1, 0, on_leave=True), lawyer(2, 1, speaks=False)])
    assert choice.detail() == {
        "lawyer": 2,
        "named_for": RUNGS[1].id,
        "passed_over": [{"lawyer": 1, "why": "on_leave"}],
        "compromise": ["language"],
    }
