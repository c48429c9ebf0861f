"""Reading a message: what it is about, what its writer wants, what kind of dispute it is, and whether somebody must go now.

A reading is a sum of words that anybody can check: `Reading.why` names them.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass

from .lexicon import LABOUR, Lexicon
from .matcher import Findings
from .text import has_words
from .topics import Nature, RequestKind, Topic
from .urgency import SCALES, Danger

_LABOUR_TOPICS = tuple(topic for topic in Topic if topic is not Topic.NOT_LABOUR)
_PLAIN_KINDS = tuple(kind for kind in RequestKind if kind is not RequestKind.INCIDENT)
_QUESTION = re.compile(r"\?|[吗么呢不没啊](?:〉|，)|怎么|多少|如何|是否|能否|哪")

# What the writer wants stands at the end, before any thanks.
_THANKS = re.compile(r"谢谢|多谢|感谢|辛苦|敬礼|祝您|祝你|麻烦了|打扰|🙏|^[〈〉，?\s]*$")
_CLAUSE = re.compile(r"[^，?〈〉]+\??")
_ASKS = re.compile(
    r"\?|[吗么呢不没嘛]$|怎么|怎样|咋|多少|如何|是否|能否|可否|哪|几[天个年级号点岁次月]|多久|多长|啥|什么|谁|算不算|是不是|有没有|能不能|"
    r"要不要|会不会|行不行|可不可以|对不对|该不该|合不合|用不用|够不够|还是|请教|请问|想问|咨询"
)

LEAST_TOPIC = 1.5  # below this nothing of a topic was really said
LABOUR_SHARE = 0.5  # how much words of working life weigh against words of other matters
SECOND_LEAST, SECOND_SHARE = 4.0, 0.4  # what a further topic needs, alone and against the first
CHAT, MATTER = 7.0, 5.0  # chatting beyond doubt; words enough of another matter (离婚, 房东)
SURE_LEAST, SURE_MARGIN = 4.0, 1.5
MOST_TOPICS, MOST_WORDS = 3, 8
SHORT, LONG = 8, 60
_DANGER_TOPICS = {
    Danger.VIOLENCE: Topic.SAFETY,
    Danger.CONFINEMENT: Topic.SAFETY,
    Danger.DISASTER: Topic.SAFETY,
    Danger.CASUALTY: Topic.INJURY,
    Danger.CROWD: Topic.COLLECTIVE,
}


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
        urgent, danger = self._lexicon.urgency.find(plain)
        if urgent and topics[0] is Topic.NOT_LABOUR and about.score(LABOUR) > about.score(Topic.NOT_LABOUR):
            topics = (_topic_of(danger),)
        wanted = self._lexicon.intents.find(self._denied.sub("，", plain), _tags(plain, topics[0]))
        kind = RequestKind.INCIDENT if urgent else _kind(wanted, topics[0], about.score(Topic.NOT_LABOUR))
        nature = _nature(wanted) if kind is RequestKind.DISPUTE else None
        scales = {topics[0], LABOUR, kind, *([nature] if nature else []), *(SCALES if urgent else [])}
        return Reading(
            topic=topics[0],
            topics=topics,
            kind=kind,
            nature=nature,
            urgent=urgent,
            why=_why((about, wanted, danger), scales),
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


def _topic_of(danger: Findings) -> Topic:
    """What an emergency at work is about when nothing else was said (老板拿刀追我)."""
    return _DANGER_TOPICS[max(_DANGER_TOPICS, key=danger.score)]


def _tags(plain: str, topic: Topic) -> Iterable[str]:
    length = len(plain) - 2
    tags = [f"#{topic}"]
    if length <= SHORT:
        tags.append("#short")
    if length >= LONG:
        tags.append("#long")
    if _QUESTION.search(plain):
        tags.append("#question")
    ending = [clause for clause in _CLAUSE.findall(plain) if not _THANKS.search(clause)][-2:]
    tags.append("#asks" if any(_ASKS.search(clause) for clause in ending) else "#tells")
    return tags


def _kind(wanted: Findings, topic: Topic, other: float) -> RequestKind:
    if topic is Topic.NOT_LABOUR:
        # Another matter of life that somebody brings is a question, unless they are plainly chatting.
        chat, asked = wanted.score(RequestKind.SMALLTALK), wanted.score(RequestKind.CONSULT)
        chatting = chat >= CHAT if other >= MATTER else chat > asked
        return RequestKind.SMALLTALK if chatting else RequestKind.CONSULT
    allowed = (kind for kind in _PLAIN_KINDS if kind is not RequestKind.SMALLTALK)
    return max(allowed, key=wanted.score)


def _nature(wanted: Findings) -> Nature:
    return max(Nature, key=wanted.score)


def _why(found: Iterable[Findings], scales: Container[str]) -> tuple[str, ...]:
    """The words that spoke for what was decided, the weightiest first, none inside another."""
    weights: dict[str, float] = {}
    for findings in found:
        for scale, weight, word in findings.evidence:
            if weight > 0 and scale in scales:
                shown = word.strip("〈〉，?")
                weights[shown] = weights.get(shown, 0.0) + weight
    weights.pop("", None)
    whole = [word for word in weights if not any(word in longer and word != longer for longer in weights)]
    # A character by itself tells nobody anything, unless there is nothing else.
    shown_words = [word for word in whole if len(word) > 1] or whole
    return tuple(sorted(shown_words, key=lambda word: -weights[word])[:MOST_WORDS])
