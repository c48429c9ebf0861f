"""The answers: short texts in our own words, each with its articles and the next steps, and choosing the one that fits."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np

from .articles import ArticleReference, Digest
from .lexicon import Lexicon
from .matcher import Entry, Matcher
from .nearness import Nearness
from .reader import Reading
from .text import pieces
from .topics import RequestKind, Topic

NEAR = 1.0  # what a question worded like the message is worth
SAID, MOST_SAID = 0.03, 16.0  # what an answer's own words are worth, and how many points of them are heard
HEARD_FURTHER, HEARD_ELSEWHERE = 0.5, 0.35  # how much of that in an answer about a further topic, and about none that was read
FIRST_TOPIC, FURTHER_TOPIC = 0.15, 0.05  # for being about the message's first or a further topic
LEAST = 0.42  # below this an answer would be a guess

_TOPICS = tuple(Topic)


@dataclass(frozen=True, slots=True)
class Answer:
    """One entry of the knowledge base, as it is shown."""

    code: str
    topic: Topic
    title: str
    text: str
    more: str
    articles: tuple[ArticleReference, ...]
    steps: tuple[str, ...]
    evidence: tuple[str, ...]
    where: tuple[str, ...]
    calculators: tuple[str, ...]
    questions: tuple[str, ...]  # examples of what it answers; they lead to it
    region: str
    valid_from: date
    reviewed_on: date


@dataclass(frozen=True, slots=True)
class Fitting:
    """An answer and how well it fits."""

    answer: Answer
    score: float


class Answers:
    """All answers, and the way from a message to them: the questions each one serves, its words, and its topic."""

    def __init__(
        self,
        answers: tuple[Answer, ...],
        words: dict[str, list[tuple[float, str]]],
        general: frozenset[str],
        groups: dict[str, tuple[str, ...]],
        plain: Callable[[str], str],
    ) -> None:
        """`words` gives each code its weighted words; `general` are the codes that serve their whole topic."""
        self.all = {answer.code: answer for answer in answers}
        self._general_of = {
            topic: next((code for code in self.all if code in general and self.all[code].topic is topic), "") for topic in Topic
        }
        self._matcher = Matcher((Entry(code, weight, word) for code, pairs in words.items() for weight, word in pairs), groups)
        asked = [[*answer.questions, answer.title] for answer in answers]
        self._codes = list(self.all)
        self._place = {code: place for place, code in enumerate(self._codes)}
        self._about = np.array([_TOPICS.index(answer.topic) for answer in answers])
        self._first_question = np.cumsum([0, *map(len, asked)])[:-1]
        self._nearness = Nearness([pieces(plain(question)) for questions in asked for question in questions])

    def best(self, plain: str, reading: Reading) -> Answer | None:
        """The best fitting answer, None if none fits: better no answer than a wrong one."""
        if reading.topic is Topic.NOT_LABOUR or reading.kind is RequestKind.SMALLTALK:
            return None
        fitting = self.fitting(plain, reading, 1)
        if fitting and fitting[0].score >= LEAST:
            return fitting[0].answer
        general = self._general_of[reading.topic]
        return self.all[general] if general and reading.sure else None

    def fitting(self, plain: str, reading: Reading, limit: int) -> list[Fitting]:
        """The answers that may fit, the best first."""
        share = np.zeros(len(Topic))
        # A word tells the answers of one topic apart; across topics it misleads: 包工头 in the story of a fall is no matter of wages.
        heard = np.full(len(Topic), HEARD_ELSEWHERE)
        for topic in (*reading.likely, *reading.topics) if not reading.sure else reading.topics:
            heard[_TOPICS.index(topic)] = HEARD_FURTHER
        for topic in reading.topics:
            share[_TOPICS.index(topic)] = FURTHER_TOPIC
        share[_TOPICS.index(reading.topic)], heard[_TOPICS.index(reading.topic)] = FIRST_TOPIC, 1.0
        scores = share[self._about] + NEAR * np.maximum.reduceat(self._nearness.find(pieces(plain)), self._first_question)
        for code, points in self._matcher.find(plain).scores.items():
            place = self._place[code]
            scores[place] += SAID * heard[self._about[place]] * min(max(points, 0.0), MOST_SAID)
        best = [int(scores.argmax())] if limit == 1 else np.argsort(-scores, kind="stable")[:limit].tolist()
        return [Fitting(self.all[self._codes[place]], float(scores[place])) for place in best]

    def of_topic(self, topic: Topic) -> list[Answer]:
        """Every answer of a topic, the general one first."""
        general = self._general_of[topic]
        return sorted((answer for answer in self.all.values() if answer.topic is topic), key=lambda answer: answer.code != general)


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
        more=table.get("more", "").strip(),
        articles=articles,
        steps=tuple(table["steps"]),
        evidence=tuple(table.get("evidence", ())),
        where=tuple(table.get("where", ())),
        calculators=tuple(table.get("calculators", ())),
        questions=tuple(table.get("questions", ())),
        region=table.get("region", "全国"),
        # As long as the youngest of its articles, unless the file knows better.
        valid_from=table.get("valid_from") or max(digest.articles[article].valid_from for article in articles),
        reviewed_on=table.get("reviewed_on", reviewed_on),
    )


def load_answers(folder: Traversable, digest: Digest, lexicon: Lexicon) -> Answers:
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
    return Answers(tuple(answers), words, frozenset(general), lexicon.groups, lexicon.plain)
