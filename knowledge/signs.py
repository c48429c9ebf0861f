"""Everything in a message that can speak for something: its pieces, and what the lexicon's own words, patterns and dangers say.

Reading weighs these signs, and learning counts their weights from examples; both see a message through `Signer`, so they can't differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .lexicon import LABOUR, Lexicon
from .matcher import Evidence
from .text import pieces, without_courtesies
from .topics import Nature, RequestKind, Topic
from .urgency import SCALES as DANGER_SCALES

_QUESTION = re.compile(r"\?|[吗么呢不没啊](?:〉|，)|怎么|多少|如何|是否|能否|哪")
# What the writer wants stands at the end, before any thanks.
_THANKS = re.compile(r"谢谢|多谢|感谢|辛苦|敬礼|祝您|祝你|麻烦了|打扰|🙏|^[〈〉，?\s]*$")
_CLAUSE = re.compile(r"[^，?〈〉]+\??")
_ASKS = re.compile(
    r"\?|[吗么呢不没嘛]$|怎么|怎样|咋|多少|如何|是否|能否|可否|哪|几[天个年级号点岁次月]|多久|多长|啥|什么|谁|算不算|是不是|有没有|能不能|"
    r"要不要|会不会|行不行|可不可以|对不对|该不该|合不合|用不用|够不够|还是|请教|请问|想问|咨询"
)
SHORT, LONG = 8, 60

TOPIC_SCALES = (*Topic, LABOUR)
INTENT_SCALES = (*(kind for kind in RequestKind if kind is not RequestKind.INCIDENT), *Nature)
ALARM = "#urgent"
FLAGS = ("#asks", "#tells", "#question", "#short", "#long", ALARM)
OWN: tuple[str, ...] = (*TOPIC_SCALES, *INTENT_SCALES, *DANGER_SCALES, *FLAGS)
"""The names of what the lexicon itself says, apart from the pieces."""

_HALF = 10.0  # a score of the lexicon at which half of the most it can say is said


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks in one message. `own` has a value from -1 to 1 for some of OWN."""

    plain: str  # what was said, without greetings and thanks
    pieces: frozenset[str]
    own: dict[str, float]
    evidence: list[Evidence]  # the lexicon's words and patterns behind `own`


class Signer:
    """Finds the signs in plain texts. Pure."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def find(self, plain: str) -> Signs:
        """The signs in a plain text. Greetings and thanks around it say nothing."""
        plain = without_courtesies(plain)
        flags = _flags(plain)
        said = self._lexicon.words.find(plain, flags)
        alarm, danger = self._lexicon.urgency.find(plain)
        own = {scale: score / (abs(score) + _HALF) for found in (said, danger) for scale, score in found.scores.items()}
        for flag in flags:
            own[flag] = 1.0
        if alarm:
            own[ALARM] = 1.0
        return Signs(plain, pieces(plain), own, said.evidence + danger.evidence)


def _flags(plain: str) -> Iterable[str]:
    length = len(plain) - 2
    flags = []
    if length <= SHORT:
        flags.append("#short")
    if length >= LONG:
        flags.append("#long")
    if _QUESTION.search(plain):
        flags.append("#question")
    ending = [clause for clause in _CLAUSE.findall(plain) if not _THANKS.search(clause)][-2:]
    flags.append("#asks" if any(_ASKS.search(clause) for clause in ending) else "#tells")
    return flags
