"""Saying an example in other words: each phrase of `data/lexicon/synonyms.txt` may stand in for the others of its group.

Used in learning only, so that a wording none of the examples happens to have (a dialect's, an office's) is known as well.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

KEPT = 0.5  # how often a phrase stays as it was


class Variation:
    """Varies texts. The same text and copy always give the same variation."""

    def __init__(self, groups: Mapping[str, tuple[str, ...]]) -> None:
        """`groups` are phrases that can stand in for each other; no phrase is in two of them."""
        self._group_of = {phrase: group for group in groups.values() for phrase in group}
        longest_first = sorted(map(re.escape, self._group_of), key=len, reverse=True)
        self._phrase = re.compile("|".join(longest_first) or r"(?!)")

    def vary(self, text: str, copy: int) -> str:
        """The text in other words; unchanged where no phrase of it is known."""
        chance = random.Random(f"{copy}:{text}")

        def other(found: re.Match[str]) -> str:
            return found.group() if chance.random() < KEPT else chance.choice(self._group_of[found.group()])

        return self._phrase.sub(other, text)
