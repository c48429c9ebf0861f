"""The digest of the law: articles in our own plain words, and finding those that matter to a message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable

from .matcher import Entry, Matcher
from .numerals import to_chinese
from .reader import Reading
from .topics import Topic

# How much of an article's usualness counts if the message is about its topic (first, further), and if not.
FIRST_TOPIC, FURTHER_TOPIC, OTHER_TOPIC = 1.0, 0.6, 0.0
USUALNESS = 1.2
UNCHECKED = "未核对"  # in laws.txt: cited from knowledge, no official text at hand


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
    valid_from: date  # of the law as last amended, if the article has no day of its own
    usualness: float = 0.0  # how often workers' questions turn on it, 0 to 3
    valid_until: date | None = None  # the last day, None while it is in force

    def holds(self, on: date) -> bool:
        """Whether it is (still) in force that day."""
        return self.valid_until is None or on <= self.valid_until


@dataclass(frozen=True, slots=True)
class Law:
    """A law the digest cites."""

    short: str
    full: str
    valid_from: date
    region: str
    checked: bool = True  # whether our articles of it were checked against an official text

    @property
    def title(self) -> str:
        """The name under which collections of law file it: 劳动合同法, but 最高人民法院关于…的解释（一）."""
        return self.full if self.full.startswith("最高人民法院") else self.short


class Digest:
    """All articles, and the way from a message to them."""

    def __init__(self, laws: dict[str, Law], articles: tuple[Article, ...]) -> None:
        self.laws = laws
        self.articles = {article.reference: article for article in articles}
        spread = Counter(word for article in articles for word in article.keywords)
        self._by_place = articles
        self._place = {article.reference: place for place, article in enumerate(articles)}
        self._matcher = Matcher(
            (
                Entry(str(place), (0.6 + 0.25 * min(len(word), 6)) / spread[word] ** 0.35, word)
                for place, article in enumerate(articles)
                for word in article.keywords
            ),
        )
        self._by_topic: dict[Topic, list[int]] = {}
        for place, article in enumerate(articles):
            for topic in article.topics:
                self._by_topic.setdefault(topic, []).append(place)

    def place(self, reference: ArticleReference) -> int:
        """Where an article stands in the digest: of two that matter equally, the earlier is cited first."""
        return self._place[reference]

    def at(self, place: int) -> Article:
        """The article at a place."""
        return self._by_place[place]

    def scores(self, plain: str, reading: Reading) -> dict[ArticleReference, float]:
        """How much each article matters to a message: by its words, its topics, and what is usual for those."""
        scores = {int(scale): score for scale, score in self._matcher.find(plain).scores.items()}
        share = {topic: FURTHER_TOPIC for topic in reading.topics} | {reading.topic: FIRST_TOPIC}
        if reading.topic is not Topic.NOT_LABOUR:
            for topic in reading.topics:
                for place in self._by_topic.get(topic, ()):
                    scores.setdefault(place, 0.0)
        found: dict[ArticleReference, float] = {}
        for place, words in scores.items():
            article = self._by_place[place]
            about = max((share.get(topic, OTHER_TOPIC) for topic in article.topics), default=OTHER_TOPIC)
            found[article.reference] = words * (0.5 + about) + USUALNESS * about * article.usualness
        return found


def _rows(file: Traversable, cells: int) -> Iterator[list[str]]:
    """The lines' cells; the last one may be left out and is then empty."""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        row = [cell.strip() for cell in line.split("|")]
        if len(row) not in {cells - 1, cells}:
            raise ValueError(f"{file.name} line {number}: {len(row)} cells instead of {cells - 1} or {cells}")
        yield row + [""] * (cells - len(row))


def _law(short: str, full: str, valid_from: str, region: str, mark: str) -> Law:
    if mark not in {"", UNCHECKED}:
        raise ValueError(f"laws.txt, {short}: {mark} instead of {UNCHECKED}")
    return Law(short, full, date.fromisoformat(valid_from), region, checked=mark != UNCHECKED)


def load_digest(folder: Traversable) -> Digest:
    """Read laws.txt and articles.txt; raises ValueError or KeyError if a line does not fit."""
    laws = {row[0]: _law(*row) for row in _rows(folder / "laws.txt", 5)}
    articles: dict[ArticleReference, Article] = {}
    for law, number, usualness, topics, keywords, gist, valid in _rows(folder / "articles.txt", 7):
        reference = ArticleReference(law, int(number))
        first, _, last = valid.partition("..")  # an article's own days: 2021-01-01..2025-08-31, either side may be empty
        if reference in articles:
            raise ValueError(f"articles.txt: {reference.cite} stands there twice")
        articles[reference] = Article(
            reference=reference,
            gist=gist,
            keywords=tuple(dict.fromkeys(keywords.split())),
            topics=tuple(Topic(topic) for topic in topics.split()),
            valid_from=date.fromisoformat(first) if first else laws[law].valid_from,
            usualness=float(usualness),
            valid_until=date.fromisoformat(last) if last else None,
        )
    return Digest(laws, tuple(articles.values()))
