"""Finding weighted words and patterns in a text, all in one pass, and being able to say which ones were found.

A lexicon entry gives a scale (what it speaks for), a weight, and a token:

    拖欠工资          a word: counts once wherever it stands
    @单位+@辞退+我     a pattern: its parts in this order, each within REACH characters of the one before;
                      `@name` is any word of a group
    #short            a tag: something the caller knows about the text besides its words, as a whole or in certain places

A word standing inside a longer word of the same lexicon does not count again; it still serves patterns, unless the longer
word is a mask (欠条 is no 欠).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import ahocorasick

LONGEST = 1 << 20  # longer than any text
REACH = 12  # characters between two parts of a pattern
MOST_PLACES = 12  # of one part in one text: a text that repeats itself says no more by it


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a lexicon: `token` speaks for `scale` with `weight`."""

    scale: str
    weight: float
    token: str


Evidence = tuple[str, float, str]
"""A scale, a weight, and the word or pattern that it comes from."""


class Findings:
    """What was found in a text: everything that counted, and the sum on each scale."""

    def __init__(self, evidence: list[Evidence]) -> None:
        self.evidence = evidence

    @cached_property
    def scores(self) -> dict[str, float]:
        """The sum of weights on every scale that something spoke for."""
        scores: dict[str, float] = {}
        for scale, weight, _ in self.evidence:
            scores[scale] = scores.get(scale, 0.0) + weight
        return scores

    def score(self, scale: str) -> float:
        """The sum of weights on `scale`, 0 if nothing spoke for it."""
        return self.scores.get(scale, 0.0)

    def weights(self, scale: str) -> list[float]:
        """The weights that make up the sum on `scale`."""
        return [weight for known, weight, _ in self.evidence if known == scale]


Effects = list[Evidence]
Place = tuple[int, int]
"""Where something stands: its first character and the one after its last."""

_EVERYWHERE = (-1, -1)  # where a tag stands


class _Word:
    """A word of the automaton, with what it does."""

    __slots__ = ("effects", "length", "masks", "parts", "text")

    def __init__(self, text: str, length: int, effects: Effects, parts: list[str], masks: bool) -> None:
        self.text, self.length, self.effects, self.parts, self.masks = text, length, effects, parts, masks


class Matcher:
    """A compiled lexicon. Building costs milliseconds; finding costs microseconds a character."""

    def __init__(
        self,
        entries: Iterable[Entry],
        groups: Mapping[str, Iterable[str]] | None = None,
        masks: Iterable[str] = (),
    ) -> None:
        """`groups` are the words that `@name` stands for; what stands inside one of `masks` is not found."""
        self._masks = frozenset(masks)
        self._effects: dict[str, Effects] = {}
        self._parts_of: dict[str, list[str]] = {}
        self._patterns: dict[tuple[str, ...], Effects] = {}
        self._by_last: dict[str, list[tuple[str, ...]]] = {}
        members = {name: tuple(words) for name, words in (groups or {}).items()}
        for entry in entries:
            self._learn(entry, members)
        for pattern in self._patterns:
            self._by_last.setdefault(pattern[-1], []).append(pattern)
        self._automaton = ahocorasick.Automaton()
        for word in {*self._effects, *self._parts_of, *self._masks}:
            if not word.startswith("#"):
                # All that a hit needs comes with it: looking each one up again would cost as much as finding it.
                known = _Word(word, len(word), self._effects.get(word, []), self._parts_of.get(word, []), word in self._masks)
                self._automaton.add_word(word, known)
        self._automaton.make_automaton()

    def _learn(self, entry: Entry, groups: Mapping[str, tuple[str, ...]]) -> None:
        parts = tuple(entry.token.split("+"))
        if len(parts) == 1 and not entry.token.startswith("@"):
            self._effects.setdefault(entry.token, []).append((entry.scale, entry.weight, entry.token))
            return
        self._patterns.setdefault(parts, []).append((entry.scale, entry.weight, entry.token))
        for part in parts:
            for word in groups[part[1:]] if part.startswith("@") else (part,):
                serves = self._parts_of.setdefault(word, [])
                if part not in serves:
                    serves.append(part)

    def find(self, plain: str, tags: Iterable[str] = (), spots: Mapping[str, Iterable[Place]] | None = None) -> Findings:
        """Score a plain text; `tags` count as found without standing in it, `spots` are tags that stand in certain places."""
        evidence: list[Evidence] = []
        placed: dict[str, list[Place]] = {}
        counted: set[str] = set()
        reach = -1
        effects_of, parts_of = self._effects, self._parts_of
        for start, end, word in self._hits(plain) if len(self._automaton) else ():
            if end > reach:  # not inside a longer one
                reach = end
                if word.effects and word.text not in counted:
                    counted.add(word.text)
                    evidence += word.effects
            for part in word.parts:
                if part not in placed:
                    placed[part] = [(start, end)]
                elif len(placed[part]) < MOST_PLACES:
                    placed[part].append((start, end))
        for tag in tags:
            evidence += effects_of.get(tag, ())
            for part in parts_of.get(tag, ()):
                placed[part] = [_EVERYWHERE]
        for tag, places in (spots or {}).items():
            self._spot(tag, list(places), placed, evidence)
        by_last = self._by_last
        for last in placed:
            for pattern in by_last.get(last, ()):
                if pattern[0] in placed and _stands(pattern, placed):  # most fail at the first look
                    evidence += self._patterns[pattern]
        return Findings(evidence)

    def _spot(self, tag: str, places: list[Place], placed: dict[str, list[Place]], evidence: list[Evidence]) -> None:
        if not places:
            return
        evidence += self._effects.get(tag, ())
        for part in self._parts_of.get(tag, ()):
            placed[part] = sorted([*placed.get(part, ()), *places])

    def _hits(self, plain: str) -> list[tuple[int, int, _Word]]:
        """Every word found, by its beginning, the longer first; without those under a mask."""
        found = [(last + 1 - word.length, last + 1, word) for last, word in self._automaton.iter(plain)]
        found.sort(key=_by_beginning)
        if not any(word.masks for _, _, word in found):
            return found
        masked = [(start, end) for start, end, word in found if word.masks]
        return [hit for hit in found if not any(ms <= hit[0] and hit[1] <= me and hit[:2] != (ms, me) for ms, me in masked)]


def _by_beginning(hit: tuple[int, int, _Word]) -> int:
    return hit[0] * LONGEST - hit[1]


def _stands(pattern: tuple[str, ...], placed: Mapping[str, list[Place]]) -> bool:
    """Whether the parts of a pattern stand in the text in order, each near the one before. A tag (-1) stands everywhere."""
    reached = [end for _, end in placed[pattern[0]]]
    for part in pattern[1:]:
        if part not in placed:
            return False
        reached = [
            end if start >= 0 else before
            for start, end in placed[part]
            for before in reached
            if start < 0 or before < 0 or 0 <= start - before <= REACH
        ]
        if not reached:
            return False
    return True
