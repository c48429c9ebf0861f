"""Finding the articles that a message turns on. Three witnesses are heard, and what each says can be read in a file:

* the digest: an article's keywords stand in the message, and its topics are the message's (`data/articles.txt`);
* rules: this way of asking is decided by these articles (`data/citations.txt`);
* precedents: questions like this one, answered by people who looked the article up (`data/examples`, those with articles).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable

import numpy as np

from .articles import ArticleReference, Digest
from .examples import Example
from .lexicon import lines_of
from .matcher import Entry, Matcher
from .nearness import Nearness
from .reader import Reading
from .text import Normaliser, pieces
from .topics import RequestKind

DIGEST, RULES, PRECEDENTS = 0.7, 1.0, 3.0  # what each witness's word is worth
DECISIVENESS = (1.0, 0.8, 0.6, 0.45)  # of the first, second … article of a rule
PRECEDENCE = (1.0, 0.6, 0.4, 0.3)  # of the first, second … article of a precedent
NEIGHBOURS = 30  # precedents that are heard
SAME_TOPIC = 3.0  # how much more a precedent counts whose topic is the message's

Scores = dict[ArticleReference, float]


@dataclass(frozen=True, slots=True)
class Rule:
    """A way of asking that certain articles decide, the most decisive first."""

    weight: float
    tokens: tuple[str, ...]
    articles: tuple[ArticleReference, ...]


def read_rules(file: Traversable) -> tuple[Rule, ...]:
    """Read `data/citations.txt`; raises ValueError, naming the line, if one does not fit."""
    rules = []
    for line in lines_of(file):
        cells = [cell.strip() for cell in line.split("|")]
        try:
            weight, tokens, articles = cells
            rules.append(Rule(float(weight), tuple(tokens.split()), tuple(_reference(each) for each in articles.split(";"))))
        except ValueError as error:
            raise ValueError(f"{file.name}: {line[:40]}…: weight | words | articles were expected ({error})") from None
    return tuple(rules)


def _reference(written: str) -> ArticleReference:
    law, _, number = written.strip().rpartition(" ")
    return ArticleReference(law, int(number))


class Citer:
    """Hears the three witnesses. Pure; about half a millisecond a message."""

    def __init__(
        self,
        digest: Digest,
        rules: Sequence[Rule],
        precedents: Iterable[Example],
        groups: Mapping[str, tuple[str, ...]],
        plain: Normaliser,
    ) -> None:
        """Articles that the digest does not have are never cited, whoever names them."""
        self._digest = digest
        self._rules = [(rule.weight, [each for each in rule.articles if each in digest.articles]) for rule in rules]
        self._matcher = Matcher((Entry(str(place), 1.0, token) for place, rule in enumerate(rules) for token in rule.tokens), groups)
        self._precedents = [
            (example.topics[0], [known for each in example.articles if (known := ArticleReference(*each)) in digest.articles])
            for example in precedents
        ]
        self._nearness = Nearness([pieces(plain(example.text)) for example in precedents])

    def cite(self, plain: str, reading: Reading, limit: int, on: date | None = None) -> list[ArticleReference]:
        """The articles in force `on` that day which a message turns on, best first; none for chatting."""
        if reading.kind is RequestKind.SMALLTALK:
            return []
        total: Scores = defaultdict(float)
        for worth, scores in (
            (DIGEST, self._digest.scores(plain, reading)),
            (RULES, self._ruled(plain, reading)),
            (PRECEDENTS, self._preceded(plain, reading)),
        ):
            for reference, score in scores.items():
                total[reference] += worth * score
        ranked = sorted(
            (-score, place) for place, score in ((self._digest.place(each), score) for each, score in total.items()) if score > 0
        )
        cited = (self._digest.at(place) for _, place in ranked)
        return [article.reference for article in cited if on is None or article.holds(on)][:limit]

    def _ruled(self, plain: str, reading: Reading) -> Scores:
        scores: Scores = defaultdict(float)
        for scale in self._matcher.find(plain, [f"#{topic}" for topic in reading.topics]).scores:
            weight, articles = self._rules[int(scale)]
            for reference, share in zip(articles, DECISIVENESS, strict=False):
                scores[reference] += weight * share
        return scores

    def _preceded(self, plain: str, reading: Reading) -> Scores:
        scores: Scores = defaultdict(float)
        if not self._precedents:
            return scores
        near = self._nearness.find(pieces(plain))
        heard = min(NEIGHBOURS, len(near))
        total = 0.0
        for place in np.argpartition(-near, heard - 1)[:heard].tolist():
            topic, articles = self._precedents[place]
            weight = float(near[place]) ** 2 * (SAME_TOPIC if topic is reading.topic else 1.0)
            total += weight
            for reference, share in zip(articles, PRECEDENCE, strict=False):
                scores[reference] += weight * share
        return {reference: score / total for reference, score in scores.items()} if total else {}
