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
from dataclasses import dataclass, field
from typing import Protocol

import ahocorasick

REACH = 12  # characters between two parts of a pattern


class Borders(Protocol):
    """Where the words of a text begin and end, by a dictionary."""

    def __call__(self, plain: str) -> frozenset[int]:
        """Every border, the text's beginning and end among them."""

    def may_part(self, plain: str, place: int) -> bool:
        """Whether a word of the dictionary ends or begins at `place`, so that a border may lie there. Cheap, where cutting is not."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a lexicon: `token` speaks for `scale` with `weight`."""

    scale: str
    weight: float
    token: str


@dataclass(slots=True)
class Findings:
    """What a text scored on each scale, the weights that make up each score, and every word that counted: (scale, weight, word)."""

    scores: dict[str, float] = field(default_factory=dict)
    weights: dict[str, list[float]] = field(default_factory=dict)
    evidence: list[tuple[str, float, str]] = field(default_factory=list)

    def score(self, scale: str) -> float:
        """The sum of weights on `scale`, 0 if nothing spoke for it."""
        return self.scores.get(scale, 0.0)

    def add(self, scale: str, weight: float, words: Iterable[str]) -> None:
        """Count `weight` for `scale`, remembering the words it came from."""
        if scale in self.scores:
            self.scores[scale] += weight
            self.weights[scale].append(weight)
        else:
            self.scores[scale] = weight
            self.weights[scale] = [weight]
        for word in words:
            self.evidence.append((scale, weight, word))


Effects = list[tuple[str, float]]
_Hit = tuple[int, int, str]


class Matcher:
    """A compiled lexicon. Building costs milliseconds; finding costs microseconds a character."""

    def __init__(
        self,
        entries: Iterable[Entry],
        groups: Mapping[str, Iterable[str]] | None = None,
        masks: Iterable[str] = (),
        borders: Borders | None = None,
    ) -> None:
        """With `borders` (where a text's words begin and end) no two-character word is found across a border (员工|会)."""
        self._masks = frozenset(masks)
        self._cut = borders
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
            self._effects.setdefault(entry.token, []).append((entry.scale, entry.weight))
            return
        self._patterns.setdefault(parts, []).append((entry.scale, entry.weight))
        for part in parts:
            for word in groups[part[1:]] if part.startswith("@") else (part,):
                serves = self._parts_of.setdefault(word, [])
                if part not in serves:
                    serves.append(part)

    def find(self, plain: str, tags: Iterable[str] = (), spots: Mapping[str, Iterable[_Hit]] | None = None) -> Findings:
        """Score a plain text; `tags` count as found without standing in it, `spots` are tags that stand in certain places."""
        findings = Findings()
        hits = self._hits(plain) if len(self._automaton) else []
        placed: dict[str, list[_Hit]] = {}
        counted: set[str] = set()
        reach = -1
        effects_of, parts_of = self._effects, self._parts_of
        for start, end, word in hits:
            if end > reach:  # not inside a longer one
                reach = end
                if word not in counted:
                    counted.add(word)
                    if word in effects_of:
                        for scale, weight in effects_of[word]:
                            findings.add(scale, weight, (word,))
            if word in parts_of:
                for part in parts_of[word]:
                    if part in placed:
                        placed[part].append((start, end, word))
                    else:
                        placed[part] = [(start, end, word)]
        for tag in tags:
            self._tag(tag, placed, findings)
        for tag, places in (spots or {}).items():
            self._spot(tag, list(places), placed, findings)
        for last in placed:
            for pattern in self._by_last.get(last, ()):
                if pattern[0] in placed:  # most fail here, and a call would cost more than the look
                    self._try(pattern, placed, findings)
        return findings

    def _tag(self, tag: str, placed: dict[str, list[_Hit]], findings: Findings) -> None:
        for scale, weight in self._effects.get(tag, ()):
            findings.add(scale, weight, ())
        for part in self._parts_of.get(tag, ()):
            placed[part] = [(-1, -1, "")]

    def _spot(self, tag: str, places: list[_Hit], placed: dict[str, list[_Hit]], findings: Findings) -> None:
        if not places:
            return
        for scale, weight in self._effects.get(tag, ()):
            findings.add(scale, weight, (places[0][2],))
        for part in self._parts_of.get(tag, ()):
            placed[part] = sorted([*placed.get(part, ()), *places])

    def _try(self, pattern: tuple[str, ...], placed: Mapping[str, list[_Hit]], findings: Findings) -> None:
        for part in pattern:
            if part not in placed:
                return
        words = _in_order(pattern, placed)
        if words:
            for scale, weight in self._patterns[pattern]:
                findings.add(scale, weight, words)

    def _hits(self, plain: str) -> list[_Hit]:
        """Every word found, by its beginning, the longer first; without those under a mask or across a word's border."""
        found = [(last + 1 - length, -last - 1, word) for last, (length, word) in self._automaton.iter(plain)]
        found.sort()
        hits = [(start, -end, word) for start, end, word in found]
        masked = [(s, e) for s, e, word in hits if word in self._masks] if self._masks else []
        if masked:
            hits = [(s, e, w) for s, e, w in hits if not any(ms <= s and e <= me and (s, e) != (ms, me) for ms, me in masked)]
        cut = self._cut
        if cut is None or not any(e - s == 2 and cut.may_part(plain, s + 1) for s, e, _ in hits):
            return hits
        borders = cut(plain)
        # A word that holds a border inside and does not end on borders itself is made of pieces of two other words.
        return [(s, e, w) for s, e, w in hits if e - s != 2 or s + 1 not in borders or (s in borders and e in borders)]


def _in_order(pattern: tuple[str, ...], placed: Mapping[str, list[_Hit]]) -> list[str]:
    """The words that make up the pattern, in order and near each other; empty if there are none."""
    chains: list[tuple[int, list[str]]] = []
    for start, end, word in placed[pattern[0]]:
        chains.append((end, [word] if start >= 0 else []))
    for part in pattern[1:]:
        longer: list[tuple[int, list[str]]] = []
        for start, end, word in placed[part]:
            for reached, words in chains:
                if start < 0 or reached < 0 or 0 <= start - reached <= REACH:
                    longer.append((end if start >= 0 else reached, [*words, word] if word else words))
                    break
        if not longer:
            return []
        chains = longer
    return chains[0][1] or ["#"]
