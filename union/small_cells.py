"""Figures about a few people say too much about each of them: which cells of a table are hidden, and where few answers are counted instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

FEWEST = 5
"""With fewer answers a cell is not shown."""


def hidden(numbers: Sequence[int]) -> frozenset[int]:
    """The places of the cells of one breakdown that are not shown: those with fewer than five answers.

    One hidden cell alone, or several that together have fewer than five, could be worked out from the total: then the smallest of the others
    goes with them.
    """
    found = {place for place, number in enumerate(numbers) if number < FEWEST}
    if found and (len(found) == 1 or sum(numbers[place] for place in found) < FEWEST):
        rest = [place for place in range(len(numbers)) if place not in found]
        if rest:
            found.add(min(rest, key=lambda place: numbers[place]))
    return frozenset(found)


def lifted(counts: Mapping[str, int], top: str) -> dict[str, str]:
    """Where the answers of units with fewer than five are counted: one unit higher, and so on up to `top`. From path to path; who stays is left out.

    counts: answers by the path of their unit ("1.7.42."). A unit that does not stand under `top` (a workplace of an industry line) goes to it at once.
    """
    at = {path: path if path.startswith(top) or number >= FEWEST else top for path, number in counts.items()}
    deepest = max((path.count(".") for path in counts), default=0)
    for depth in range(deepest, top.count("."), -1):
        numbers: Counter[str] = Counter()
        for path, now in at.items():
            numbers[now] += counts[path]
        for path, now in at.items():
            if now.startswith(top) and now.count(".") == depth and numbers[now] < FEWEST:
                at[path] = now[: now.rstrip(".").rfind(".") + 1]
    return {path: now for path, now in at.items() if now != path}
