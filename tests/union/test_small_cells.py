"""Which figures are about too few people to be shown."""

from __future__ import annotations

import pytest

from union.small_cells import hidden, lifted


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([], set()),
        ([5, 9, 100], set()),
        ([4, 3], {0, 1}),
        ([4, 20, 9], {0, 2}),  # one alone could be worked out from the total: the smallest of the others goes with it
        ([1, 2, 20, 9], {0, 1, 3}),  # and so could two of whom there are three
        ([4, 4, 20, 9], {0, 1}),
        ([3], {0}),
        ([0, 30, 40], {0, 1}),
    ],
)
def test_what_is_hidden_cannot_be_worked_out_from_the_total(numbers: list[int], expected: set[int]) -> None:
    assert hidden(numbers) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"1.2.4.": 5}, {}),
        ({"1.2.4.": 4, "1.2.5.": 9}, {"1.2.4.": "1."}),  # alone in 朝阳 they would be as few: further up
        ({"1.2.4.": 4, "1.2.5.": 1}, {"1.2.4.": "1.2.", "1.2.5.": "1.2."}),
        ({"1.2.4.": 2, "1.2.": 3, "1.3.6.": 50}, {"1.2.4.": "1.2."}),
        ({"1.": 2}, {}),
        ({"1.2.4.7.": 3, "1.2.4.8.": 2, "1.2.4.": 0}, {"1.2.4.7.": "1.2.4.", "1.2.4.8.": "1.2.4."}),
    ],
)
def test_the_few_of_a_unit_are_counted_where_they_are_five(counts: dict[str, int], expected: dict[str, str]) -> None:
    moved = lifted(counts, "1.")
    assert {path: to for path, to in moved.items() if counts[path]} == expected


def test_a_workplace_of_an_industry_line_is_counted_with_the_line() -> None:
    assert lifted({"1.2.4.7.": 3, "1.3.6.8.": 9, "1.20.": 1}, "1.20.") == {"1.2.4.7.": "1.20."}
