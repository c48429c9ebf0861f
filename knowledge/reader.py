"""Reading a message: what it is about, what its writer wants, what kind of dispute it is, and whether somebody must go now.

A reading is a sum of words that anybody can check: `Reading.why` names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .lexicon import LABOUR, NOW, URGENT, Lexicon
from .matcher import Findings
from .text import has_words
from .topics import Nature, RequestKind, Topic

_LABOUR_TOPICS = tuple(topic for topic in Topic if topic is not Topic.NOT_LABOUR)
_PLAIN_KINDS = tuple(kind for kind in RequestKind if kind is not RequestKind.INCIDENT)
_QUESTION = re.compile(r"\?|[吗么呢不没啊](?:〉|，)|怎么|多少|如何|是否|能否|哪")

LEAST_TOPIC = 1.5  # below this nothing of a topic was really said
LABOUR_SHARE = 0.5  # how much words of working life weigh against words of other matters
SECOND_LEAST, SECOND_SHARE = 4.0, 0.4  # what a further topic needs, alone and against the first
SURE_LEAST, SURE_MARGIN = 4.0, 1.5
URGENT_LEAST, NOW_MOST = 5.0, 4.0  # that it happens now makes a danger urgent, but is no danger by itself
MOST_TOPICS, MOST_WORDS = 3, 8
SHORT, LONG = 8, 60


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message was understood to say."""

    topic: Topic
    topics: tuple[Topic, ...]  # the primary first, at most three
    kind: RequestKind
    nature: Nature | None  # of disputes only
    urgent: bool
    why: tuple[str, ...]  # the words that decided, the weightiest first
    sure: bool  # whether the first topic stands clear of the second


NOTHING = Reading(
    topic=Topic.NOT_LABOUR,
    topics=(Topic.NOT_LABOUR,),
    kind=RequestKind.SMALLTALK,
    nature=None,
    urgent=False,
    why=(),
    sure=True,
)


class Reader:
    """Reads messages with a lexicon. Pure: the same text always reads the same."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        denials = "|".join(map(re.escape, sorted(lexicon.denials, key=len, reverse=True)))
        acts = "|".join(map(re.escape, sorted(lexicon.denied_acts, key=len, reverse=True)))
        # 没有拖欠 → the act did not happen: it must not speak for a dispute.
        self._denied = re.compile(f"(?:{denials})(?:被|过|人|再){{0,2}}(?:{acts})")

    def read(self, text: str) -> Reading:
        """Read a message. Never raises, whatever the text."""
        plain = self._lexicon.plain(text)
        if not has_words(plain):
            return NOTHING
        about = self._lexicon.topics.find(plain)
        topics, sure = _topics(about)
        tags = _tags(plain, topics[0])
        wanted = self._lexicon.intents.find(self._denied.sub("，", plain), tags)
        urgent = _urgent(wanted)
        kind = RequestKind.INCIDENT if urgent else _kind(wanted, topics[0])
        nature = _nature(wanted) if kind is RequestKind.DISPUTE else None
        scales = [topics[0], *([URGENT] if urgent else [kind]), *([nature] if nature else [])]
        return Reading(
            topic=topics[0],
            topics=topics,
            kind=kind,
            nature=nature,
            urgent=urgent,
            why=_why(about, wanted, scales),
            sure=sure,
        )


def _topics(about: Findings) -> tuple[tuple[Topic, ...], bool]:
    ranked = sorted(((about.score(topic), topic) for topic in _LABOUR_TOPICS), key=lambda pair: -pair[0])
    best, first = ranked[0]
    other = about.score(Topic.NOT_LABOUR)
    labour = best + LABOUR_SHARE * about.score(LABOUR)
    if best < LEAST_TOPIC or other > labour:
        return (Topic.NOT_LABOUR,), other >= SURE_LEAST or not about.score(LABOUR)
    further = [topic for score, topic in ranked[1:MOST_TOPICS] if score >= max(SECOND_LEAST, SECOND_SHARE * best)]
    sure = best >= SURE_LEAST and best - ranked[1][0] >= SURE_MARGIN
    return (first, *further), sure


def _tags(plain: str, topic: Topic) -> Iterable[str]:
    length = len(plain) - 2
    tags = [f"#{topic}"]
    if length <= SHORT:
        tags.append("#short")
    if length >= LONG:
        tags.append("#long")
    if _QUESTION.search(plain):
        tags.append("#question")
    return tags


def _urgent(wanted: Findings) -> bool:
    danger = wanted.score(URGENT)
    return danger > 0 and danger + min(wanted.score(NOW), NOW_MOST) >= URGENT_LEAST


def _kind(wanted: Findings, topic: Topic) -> RequestKind:
    if topic is Topic.NOT_LABOUR:
        chat, asked = wanted.score(RequestKind.SMALLTALK), wanted.score(RequestKind.CONSULT)
        return RequestKind.SMALLTALK if chat > asked else RequestKind.CONSULT
    allowed = (kind for kind in _PLAIN_KINDS if kind is not RequestKind.SMALLTALK)
    return max(allowed, key=wanted.score)


def _nature(wanted: Findings) -> Nature:
    return max(Nature, key=wanted.score)


def _why(about: Findings, wanted: Findings, scales: list[str]) -> tuple[str, ...]:
    """The words that spoke for what was decided, the weightiest first, none inside another."""
    weights: dict[str, float] = {}
    for findings in (about, wanted):
        for scale, weight, word in findings.evidence:
            if weight > 0 and (scale in scales or scale == LABOUR) and not word.startswith("#"):
                shown = word.strip("〈〉，")
                weights[shown] = weights.get(shown, 0.0) + weight
    ranked = sorted((word for word in weights if word), key=lambda word: -weights[word])
    return tuple(ranked[:MOST_WORDS])
