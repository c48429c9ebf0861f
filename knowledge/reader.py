"""Reading a message: what it is about, what its writer wants, what kind of dispute it is, and whether somebody must go now.

A reading is a sum of weights that anybody can check: `Reading.why` names the words that decided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from .cutting import Cutter
from .lexicon import Lexicon
from .signs import ALARM, Signer, Signs
from .text import has_words
from .topics import Nature, RequestKind, Topic
from .urgency import SCALES as DANGERS
from .weights import KINDS, NATURES, SCALES, URGENT, Weighed, Weights

SURE_MARGIN = 0.35  # how far the first topic must stand above the second to be said without asking
FURTHER_LEAST, FURTHER_SAID = -0.25, 0.33  # what a further topic must reach by itself, or by the lexicon's own words
URGENT_LEAST, ALARMED_LEAST = 0.0, -1.0  # what urgency must reach, by itself and where the grammar of danger says so too
MOST_TOPICS, MOST_WORDS = 3, 8
TELLING = 0.25  # a word that gives less than this share of the weightiest explains nothing
AUDIBLE = 0.2  # a piece that gives less than this share of the weightiest is not worth placing
LEXICON_POINTS = 3.0  # points of the lexicon that explain as much as a weight of one

_TOPICS = tuple(Topic)
_KINDS = tuple(RequestKind)
_NATURES = tuple(Nature)
_PLAIN_KINDS = tuple(place for place, kind in enumerate(_KINDS, start=KINDS.start) if kind is not RequestKind.INCIDENT)
_NATURE_PLACES = range(NATURES.start, NATURES.stop)
_PLACE = {scale: place for place, scale in enumerate(SCALES)}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message was understood to say."""

    topic: Topic
    topics: tuple[Topic, ...]  # the primary first, at most three
    kind: RequestKind
    nature: Nature | None  # of disputes only
    urgent: bool
    sure: bool  # whether the first topic stands clear of the second
    likely: tuple[Topic, ...]  # the two or three likeliest topics, for the writer to choose from when it is not sure
    alarmed: bool = False  # whether the grammar of danger itself says that it is urgent, not the words' weights alone
    explain: Callable[[], tuple[str, ...]] = field(default=tuple, repr=False, compare=False)

    @property
    def why(self) -> tuple[str, ...]:
        """The words that decided, the weightiest first. Worked out when asked: it takes about as long as the reading."""
        return self.explain()


NOTHING = Reading(
    topic=Topic.NOT_LABOUR,
    topics=(Topic.NOT_LABOUR,),
    kind=RequestKind.SMALLTALK,
    nature=None,
    urgent=False,
    sure=True,
    likely=(Topic.NOT_LABOUR,),
)


class Reader:
    """Reads messages with a lexicon and the weights. Pure: the same text always reads the same."""

    def __init__(self, lexicon: Lexicon, weights: Weights, cutter: Cutter) -> None:
        self._plain = lexicon.plain
        self._cutter = cutter
        self._signer = Signer(lexicon)
        self._weights = weights

    def read(self, text: str) -> Reading:
        """Read a message. Never raises, whatever the text."""
        plain = self._plain(text)
        if not has_words(plain):
            return NOTHING
        signs = self._signer.find(plain)
        weighed = self._weights.weigh(signs)
        scores = weighed.scores
        ranked = sorted(range(len(_TOPICS)), key=scores.__getitem__, reverse=True)[:MOST_TOPICS]
        first = _TOPICS[ranked[0]]
        alarmed = ALARM in signs.own
        urgent = scores[_PLACE[URGENT]] > (ALARMED_LEAST if alarmed else URGENT_LEAST)
        kind = RequestKind.INCIDENT if urgent else _KINDS[max(_PLAIN_KINDS, key=scores.__getitem__) - KINDS.start]
        nature = _NATURES[max(_NATURE_PLACES, key=scores.__getitem__) - NATURES.start] if kind is RequestKind.DISPUTE else None
        return Reading(
            topic=first,
            topics=(first, *_further(first, scores, signs)),
            kind=kind,
            nature=nature,
            urgent=urgent,
            sure=scores[ranked[0]] - scores[ranked[1]] >= SURE_MARGIN,
            likely=tuple(_TOPICS[place] for place in ranked),
            alarmed=alarmed,
            explain=partial(self._why, signs, weighed, [scale for scale in (first, kind, nature) if scale is not None]),
        )

    def _why(self, signs: Signs, weighed: Weighed, scales: Sequence[str]) -> tuple[str, ...]:
        """The words that spoke for what was decided: each gets the shares of the pieces and of the lexicon's words that stand on it."""
        plain = signs.plain
        shares = [0.0] * len(plain)
        danger = DANGERS if RequestKind.INCIDENT in scales else ()
        for scale, weight, token in signs.evidence:
            if weight > 0 and (scale in scales or scale in danger) and token in plain:
                _spread(shares, plain, token, weight / LEXICON_POINTS)
        spoken = weighed.rows.take([_PLACE[scale] for scale in scales], axis=1).clip(0).sum(axis=1).tolist()
        audible = max(spoken, default=0.0) * AUDIBLE
        for piece, share in zip(self._weights.known(signs.pieces), spoken, strict=True):
            if share > audible:
                _spread(shares, plain, piece, share)
        words: dict[str, float] = {}
        start = 0
        for word in self._cutter.cut(plain):
            end = start + len(word)
            if word.isalnum():
                words[word] = words.get(word, 0.0) + sum(shares[start:end])
            start = end
        # A character by itself tells nobody anything, unless there is nothing else.
        told = {word: share for word, share in words.items() if len(word) > 1} or words
        least = max(told.values(), default=0.0) * TELLING
        return tuple(word for word in sorted(told, key=lambda each: -told[each]) if told[word] >= least > 0)[:MOST_WORDS]


def _spread(shares: list[float], plain: str, token: str, share: float) -> None:
    """Give each character of the token's first place an equal part of its share."""
    start = plain.index(token)
    for place in range(start, start + len(token)):
        shares[place] += share / len(token)


def _further(first: Topic, scores: Sequence[float], signs: Signs) -> list[Topic]:
    """What else a message is about: at most two topics, the likelier first."""
    if first is Topic.NOT_LABOUR:
        return []
    said = signs.own
    others = (place for place, topic in enumerate(_TOPICS) if topic not in {first, Topic.NOT_LABOUR})
    heard = [place for place in others if scores[place] >= FURTHER_LEAST or said.get(_TOPICS[place], 0.0) >= FURTHER_SAID]
    return [_TOPICS[place] for place in sorted(heard, key=scores.__getitem__, reverse=True)[: MOST_TOPICS - 1]]
