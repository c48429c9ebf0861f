"""The answers: short texts in our own words, each with its articles and the next steps, and choosing the one that fits."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable
from typing import Any

from .articles import ArticleReference, Digest
from .matcher import Borders, Entry, Matcher
from .reader import Reading
from .topics import RequestKind, Topic

# How much an answer gains by being about the message's first or a further topic.
FIRST_TOPIC, FURTHER_TOPIC = 3.0, 1.0
LEAST = 3.5  # below this an answer would be a guess
ELSEWHERE = 8.0  # what the words alone must give for an answer of a topic the reading does not name (逼我写辞职: 辞退)
GENERAL = 0.6  # a topic's general answer serves when nothing fits better


@dataclass(frozen=True, slots=True)
class Answer:
    """One entry of the knowledge base, as it is shown."""

    code: str
    topic: Topic
    title: str
    text: str
    articles: tuple[ArticleReference, ...]
    steps: tuple[str, ...]
    region: str
    valid_from: date
    reviewed_on: date


class Answers:
    """All answers and the words that lead to each."""

    def __init__(
        self,
        answers: tuple[Answer, ...],
        words: dict[str, list[tuple[float, str]]],
        general: frozenset[str],
        groups: dict[str, tuple[str, ...]],
        borders: Borders | None = None,
    ) -> None:
        """`words` gives each code its weighted words; `general` are the codes that serve their whole topic."""
        self.all = {answer.code: answer for answer in answers}
        self._general = general
        self._general_of = {topic: [code for code in self.all if code in general and self.all[code].topic is topic] for topic in Topic}
        entries = (Entry(code, weight, word) for code, pairs in words.items() for weight, word in pairs)
        self._matcher = Matcher(entries, groups, borders=borders)

    def best(self, plain: str, reading: Reading) -> Answer | None:
        """The best fitting answer, None if none fits."""
        if reading.topic is Topic.NOT_LABOUR or reading.kind is RequestKind.SMALLTALK:
            return None
        found = self._matcher.find(plain)
        best: tuple[float, Answer] | None = None
        for code in dict.fromkeys((*self._general_of[reading.topic], *found.scores)):
            answer = self.all[code]
            words = found.score(code)
            if answer.topic not in reading.topics:
                if words < ELSEWHERE:
                    continue
                score = words
            else:
                score = words + (FIRST_TOPIC if answer.topic is reading.topic else FURTHER_TOPIC)
            if code in self._general and answer.topic is reading.topic:
                score += GENERAL
            elif words <= 0:
                continue
            if words <= 0 and not reading.sure:
                continue  # neither the topic nor the words are certain
            if score >= LEAST and (best is None or score > best[0]):
                best = (score, answer)
        return best[1] if best else None


def _reference(text: str) -> ArticleReference:
    law, _, number = text.rpartition(" ")
    return ArticleReference(law, int(number))


def _weighted(lines: list[str]) -> Iterator[tuple[float, str]]:
    for line in lines:
        weight, *words = line.split()
        for word in words:
            yield float(weight), word


def _answer(table: dict[str, Any], topic: Topic, reviewed_on: date, digest: Digest) -> Answer:
    articles = tuple(_reference(article) for article in table["articles"])
    return Answer(
        code=table["code"],
        topic=topic,
        title=table["title"],
        text=table["text"].strip(),
        articles=articles,
        steps=tuple(table["steps"]),
        region=table.get("region", "全国"),
        # As long as the youngest of its articles, unless the file knows better.
        valid_from=table.get("valid_from") or max(digest.articles[article].valid_from for article in articles),
        reviewed_on=table.get("reviewed_on", reviewed_on),
    )


def load_answers(folder: Traversable, digest: Digest, groups: dict[str, tuple[str, ...]], borders: Borders | None = None) -> Answers:
    """Read every file of the folder: one TOML file a topic, named by it. An article not in the digest raises KeyError."""
    answers: list[Answer] = []
    words: dict[str, list[tuple[float, str]]] = {}
    general: set[str] = set()
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".toml"):
            continue
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        for table in tables["answer"]:
            answer = _answer(table, Topic(file.name.removesuffix(".toml")), tables["reviewed_on"], digest)
            if answer.code in words:
                raise ValueError(f"{file.name}: the code {answer.code} is used twice")
            answers.append(answer)
            words[answer.code] = list(_weighted(table["words"]))
            if table.get("general", False):
                general.add(answer.code)
    return Answers(tuple(answers), words, frozenset(general), groups, borders)
