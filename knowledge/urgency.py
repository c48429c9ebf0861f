"""Whether somebody must go now: a small grammar of danger.

A message is cut into clauses, and each clause has its time: what is said of the past or as a mere supposition speaks of no
danger now. In what remains, each danger has its own words (who, what, where), and what shows that it happens this moment is
added; what only people ask when it is over is taken away. Whoever speaks of ending their life is believed in any tense.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from .matcher import Entry, Findings, Matcher


class Danger(StrEnum):
    """What can be so bad that people must go at once; each has its file of words."""

    SELF_HARM = "self_harm"
    CASUALTY = "casualty"
    DISASTER = "disaster"
    VIOLENCE = "violence"
    CONFINEMENT = "confinement"
    CROWD = "crowd"


NOW, CALM = "now", "calm"
SCALES = (*Danger, NOW, CALM)

LEAST = 5.0  # from here on somebody must go
GRAVE, FURTHER = 3.0, 1.0  # a word as grave as this, or another danger, makes a danger worse by this much
NOW_MOST = 4.0  # what signs that it happens now can give at most
STILL = 3.0  # what a story that began in the past must make up for by signs that it happens now
CROWD = "#crowd"

_PAUSE = re.compile("(?<=[，?])")
_THREAT = re.compile("(?:我|我们|俺|俺们|咱|咱们|大伙|大家|他|他们)(?:就|要|便|只好|只能)|再不|不给.{0,6}就")
_YEARS_AGO = re.compile(
    r"(?:19|20)\d\d年|(?<![\d了满有过])[01]\d年(?!级|了|多|工)|[\d一二两三四五六七八九十几多半]+(?:年|个月|个多月|个星期|周|天)以?前"
)
_NUMBER = "[一二两三四五六七八九几好\\d]"
_PEOPLE = (
    rf"(?:(?:{_NUMBER}{{0,4}}[十百千]|(?<!\d)\d{{2,6}}|{_NUMBER}{{0,4}}[十百千][一二三四五六七八九\d]?)(?:[多来几余好]|几十)?[号个名位口]?[多来]?(?:号|"
    r"人|工友|工人|师傅|司机|骑手|员工|职工|老乡|农民工|家属|兄弟|弟兄|老师|护士|保安|业主|学生|辆车|辆货车|辆大车|辆电动车|辆出租车|台车))|[十百][多几来]个(?!月|小时|钟|星期|工作|礼拜|单|平|点|字)|百来号|上百[人号]|上千[人号]|成百|上百"
)
_CROWD = re.compile(_PEOPLE)
_MANY = re.compile(r"[十百千]|\d\d")


def crowds(text: str) -> list[tuple[int, int]]:
    """Where a text speaks of ten people or more."""
    if not _MANY.search(text):
        return []
    return [found.span() for found in _CROWD.finditer(text)]


class Urgency:
    """Finds dangers. Pure: the same text always reads the same."""

    def __init__(
        self, entries: Iterable[Entry], groups: Mapping[str, tuple[str, ...]], masks: Iterable[str], tenses: Mapping[str, tuple[str, ...]]
    ) -> None:
        """`entries` on SCALES; `tenses` name the words of 过去, 眼前, 假设, and of 否认 before 险情."""
        self._matcher = Matcher(entries, groups, masks)
        self._past, self._now, self._if = (_any_of(tenses[name]) for name in ("过去", "眼前", "假设"))
        self._has_times = re.compile("|".join((self._past.pattern, self._if.pattern, _YEARS_AGO.pattern)))
        denied, acts = (_any_of(tenses[name]).pattern for name in ("否认", "险情"))
        self._denied = re.compile(f"(?:{denied})[人有过再去被他们]{{0,2}}(?:{acts})")

    def find(self, plain: str) -> tuple[bool, Findings]:
        """Whether it is urgent, and what was found."""
        if not self._has_times.search(plain):
            whole = found = self._search(plain)
            calm, past = found.score(CALM), False
        else:
            told, live, past = self._clauses(plain)
            found = self._search(live)
            whole = found if told == live else self._search(told)
            calm = found.score(CALM) if plain.strip("〈〉") == live.strip("〈〉") else min(found.score(CALM), self._calm(plain))
        despair = _level(whole, Danger.SELF_HARM)
        dangers = sorted((_level(found, each) for each in Danger if each is not Danger.SELF_HARM), reverse=True)
        danger = dangers[0] + (FURTHER if dangers[1] > GRAVE else 0.0)
        sign = min(found.score(NOW), NOW_MOST)
        urgent = despair >= LEAST or (danger > 0 and danger + sign + calm - (STILL if past else 0.0) >= LEAST)
        return urgent, (whole if despair >= LEAST else found)

    def _search(self, text: str) -> Findings:
        return self._matcher.find(self._denied.sub("，", text), (), {CROWD: crowds(text)})

    def _calm(self, plain: str) -> float:
        return self._matcher.find(plain).score(CALM)

    def _clauses(self, plain: str) -> tuple[str, str, bool]:
        """What is told of the present, with suppositions and without; and whether it goes on from the past."""
        told: list[str] = []
        live: list[str] = []
        past = supposed = False
        for clause in _PAUSE.split(plain):
            now = self._now.search(clause) is not None
            if not now and (self._past.search(clause) or _YEARS_AGO.search(clause)):
                past = True
                continue
            told.append(clause)
            past = past and not now
            threat = _THREAT.search(clause) is not None
            if not threat and self._if.search(clause):
                supposed = True
                continue
            follows, supposed = supposed and not now and not threat, False
            if not follows:  # what follows upon a supposition is supposed as well
                live.append(clause)
        return "".join(told), "".join(live), past


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))


def _level(found: Findings, danger: Danger) -> float:
    """How bad it is: the gravest word, a little more if others bear it out, less what speaks against it."""
    if danger not in found.scores:
        return 0.0
    weights = found.weights(danger)
    graver = [weight for weight in weights if weight >= GRAVE]
    if not weights or max(weights) <= 0:
        return 0.0
    return max(weights) + (FURTHER if len(graver) > 1 else 0.0) + sum(weight for weight in weights if weight < 0)
