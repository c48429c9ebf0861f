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

REACH = 12  # characters between two parts of a pattern


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
_Hit = tuple[int, int, str]


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
                self._automaton.add_word(word, (len(word), word))
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

    def find(self, plain: str, tags: Iterable[str] = (), spots: Mapping[str, Iterable[_Hit]] | None = None) -> Findings:
        """Score a plain text; `tags` count as found without standing in it, `spots` are tags that stand in certain places."""
        evidence: list[Evidence] = []
        placed: dict[str, list[_Hit]] = {}
        counted: set[str] = set()
        reach = -1
        effects_of, parts_of = self._effects, self._parts_of
        for hit in self._hits(plain) if len(self._automaton) else ():
            _, end, word = hit
            if end > reach:  # not inside a longer one
                reach = end
                if word in effects_of and word not in counted:
                    counted.add(word)
                    evidence += effects_of[word]
            if word in parts_of:
                for part in parts_of[word]:
                    if part in placed:
                        placed[part].append(hit)
                    else:
                        placed[part] = [hit]
        for tag in tags:
            evidence += effects_of.get(tag, ())
            for part in parts_of.get(tag, ()):
                placed[part] = [(-1, -1, "")]
        for tag, places in (spots or {}).items():
            self._spot(tag, list(places), placed, evidence)
        by_last = self._by_last
        for last in placed:
            for pattern in by_last.get(last, ()):
                if pattern[0] in placed and _stands(pattern, placed):  # most fail at the first look
                    evidence += self._patterns[pattern]
        return Findings(evidence)

    def _spot(self, tag: str, places: list[_Hit], placed: dict[str, list[_Hit]], evidence: list[Evidence]) -> None:
        if not places:
            return
        evidence += self._effects.get(tag, ())
        for part in self._parts_of.get(tag, ()):
            placed[part] = sorted([*placed.get(part, ()), *places])

    def _hits(self, plain: str) -> list[_Hit]:
        """Every word found, by its beginning, the longer first; without those under a mask."""
        found = [(last + 1 - length, -last - 1, word) for last, (length, word) in self._automaton.iter(plain)]
        found.sort()
        hits = [(start, -end, word) for start, end, word in found]
        masks = self._masks
        masked = [(s, e) for s, e, word in hits if word in masks] if masks else ()
        if masked:
            hits = [(s, e, w) for s, e, w in hits if not any(ms <= s and e <= me and (s, e) != (ms, me) for ms, me in masked)]
        return hits


def _stands(pattern: tuple[str, ...], placed: Mapping[str, list[_Hit]]) -> bool:
    """Whether the parts of a pattern stand in the text in order, each near the one before. A tag (-1) stands everywhere."""
    reached = [end for _, end, _ in placed[pattern[0]]]
    for part in pattern[1:]:
        if part not in placed:
            return False
        reached = [
            end if start >= 0 else before
            for start, end, _ in placed[part]
            for before in reached
            if start < 0 or before < 0 or 0 <= start - before <= REACH
        ]
        if not reached:
            return False
    return True
