"""The digest of the law: articles in our own plain words, and finding those that matter to a message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable

from .matcher import Borders, Entry, Matcher
from .numerals import to_chinese
from .reader import Reading
from .topics import Topic

# How much of an article's usualness counts if the message is about its topic (first, further), and if not.
FIRST_TOPIC, FURTHER_TOPIC, OTHER_TOPIC = 1.0, 0.6, 0.0
USUALNESS = 1.2


@dataclass(frozen=True, slots=True)
class ArticleReference:
    """One article of one law, by the law's short name."""

    law: str
    number: int

    @property
    def cite(self) -> str:
        """As it is cited to a person: 《劳动合同法》第四十七条."""
        return f"《{self.law}》第{to_chinese(self.number)}条"


@dataclass(frozen=True, slots=True)
class Article:
    """What an article says, in plain words of our own, and the words that lead to it."""

    reference: ArticleReference
    gist: str
    keywords: tuple[str, ...]
    topics: tuple[Topic, ...]
    valid_from: date  # of the law as last amended
    usualness: float = 0.0  # how often workers' questions turn on it, 0 to 3


@dataclass(frozen=True, slots=True)
class Law:
    """A law the digest cites."""

    short: str
    full: str
    valid_from: date
    region: str

    @property
    def title(self) -> str:
        """The name under which collections of law file it: 劳动合同法, but 最高人民法院关于…的解释（一）."""
        return self.full if self.full.startswith("最高人民法院") else self.short


class Digest:
    """All articles, and the way from a message to them."""

    def __init__(self, laws: dict[str, Law], articles: tuple[Article, ...], borders: Borders | None = None) -> None:
        self.laws = laws
        self.articles = {article.reference: article for article in articles}
        spread = Counter(word for article in articles for word in article.keywords)
        self._by_place = articles
        self._matcher = Matcher(
            (
                Entry(str(place), (0.6 + 0.25 * min(len(word), 6)) / spread[word] ** 0.35, word)
                for place, article in enumerate(articles)
                for word in article.keywords
            ),
            borders=borders,
        )
        self._by_topic: dict[Topic, list[int]] = {}
        for place, article in enumerate(articles):
            for topic in article.topics:
                self._by_topic.setdefault(topic, []).append(place)

    def cite(self, plain: str, reading: Reading, limit: int) -> list[ArticleReference]:
        """The articles a message turns on, best first: by its words, its topics, and what is usual for those."""
        scores = {int(scale): score for scale, score in self._matcher.find(plain).scores.items()}
        share = {topic: FURTHER_TOPIC for topic in reading.topics} | {reading.topic: FIRST_TOPIC}
        if reading.topic is not Topic.NOT_LABOUR:
            for topic in reading.topics:
                for place in self._by_topic.get(topic, ()):
                    scores.setdefault(place, 0.0)
        ranked: list[tuple[float, int]] = []
        for place, words in scores.items():
            article = self._by_place[place]
            about = max((share.get(topic, OTHER_TOPIC) for topic in article.topics), default=OTHER_TOPIC)
            score = words * (0.5 + about) + USUALNESS * about * article.usualness
            ranked.append((-score, place))
        ranked.sort()
        return [self._by_place[place].reference for score, place in ranked[:limit] if score < 0]


def _rows(file: Traversable, cells: int) -> Iterator[list[str]]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        row = [cell.strip() for cell in line.split("|")]
        if len(row) != cells:
            raise ValueError(f"{file.name} line {number}: {len(row)} cells instead of {cells}")
        yield row


def load_digest(folder: Traversable, borders: Borders | None = None) -> Digest:
    """Read laws.txt and articles.txt; raises ValueError or KeyError if a line does not fit."""
    laws = {
        short: Law(short, full, date.fromisoformat(valid_from), region) for short, full, valid_from, region in _rows(folder / "laws.txt", 4)
    }
    articles = tuple(
        Article(
            reference=ArticleReference(law, int(number)),
            gist=gist,
            keywords=tuple(dict.fromkeys(keywords.split())),
            topics=tuple(Topic(topic) for topic in topics.split()),
            valid_from=laws[law].valid_from,
            usualness=float(usualness),
        )
        for law, number, usualness, topics, keywords, gist in _rows(folder / "articles.txt", 6)
    )
    return Digest(laws, articles, borders)
