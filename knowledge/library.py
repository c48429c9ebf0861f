"""The one object callers hold: everything the bot knows, loaded once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from .answers import Answer, Answers, load_answers
from .articles import Article, ArticleReference, Digest, load_digest
from .citing import Citer, read_rules
from .cutting import Cutter
from .examples import read_precedents
from .folder import data_folder
from .lexicon import load_lexicon, named_lists
from .particulars import Particulars, Places, pick_up
from .reader import Reader, Reading
from .text import Normaliser, has_words
from .topics import Topic
from .weights import load_weights


class Knowledge:
    """Reads messages, finds articles and answers. Loaded once, then read only: safe to share between threads."""

    def __init__(self, *, plain: Normaliser, reader: Reader, digest: Digest, citer: Citer, answers: Answers, places: Places) -> None:
        self._plain = plain
        self._reader = reader
        self._citer = citer
        self.digest = digest
        self.answers = answers
        self.places = places

    @classmethod
    def load(cls, overlay: Path | None = None) -> Knowledge:
        """Read all data files and build the indexes: about a second. A file in the folder `overlay` stands in for ours of the same name.

        Raises ValueError or KeyError for a malformed file.
        """
        folder = data_folder(overlay)
        lexicon = load_lexicon(folder)
        weights = load_weights(folder / "lexicon" / "weights.tsv")
        digest = load_digest(folder)
        answers = load_answers(folder / "answers", digest, lexicon)
        places = Places(named_lists(folder / "places.txt"))
        precedents = read_precedents(folder / "examples")
        citer = Citer(digest, read_rules(folder / "citations.txt"), precedents, lexicon.groups, lexicon.plain)
        reader = Reader(lexicon, weights, Cutter(lexicon.own_words))
        return cls(plain=lexicon.plain, reader=reader, digest=digest, citer=citer, answers=answers, places=places)

    def read(self, text: str) -> Reading:
        """What a message is about and what its writer wants. Pure, and never raises."""
        return self._reader.read(text)

    def warm(self) -> None:
        """Load what is only needed once somebody asks why, so that the first who asks doesn't wait for it."""
        self.read("工资").explain()

    def pick_up(self, text: str, today: date) -> Particulars:
        """What a message says in passing, seen from `today`: place, employer, days, amounts, time worked, injury grade."""
        return pick_up(text, today, self.places)

    def cite(self, text: str, limit: int = 10, on: date | None = None) -> list[ArticleReference]:
        """The articles in force `on` that day that a message turns on, best first; empty for a message without words."""
        plain = self._plain(text)
        return self._citer.cite(plain, self.read(text), limit, on) if has_words(plain) else []

    def answer(self, text: str, reading: Reading) -> Answer | None:
        """The best fitting answer, or None: better no answer than a wrong one."""
        return self.answers.best(self._plain(text), reading)

    def answers_on(self, topic: Topic, text: str = "") -> list[Answer]:
        """The answers of a topic, those nearest to `text` first; without a text the general one first."""
        answers = self.answers.of_topic(topic)
        if not has_words(self._plain(text)):
            return answers
        near = {
            fitting.answer.code: fitting.score
            for fitting in self.answers.fitting(self._plain(text), self.read(text), len(self.answers.all))
        }
        return sorted(answers, key=lambda answer: -near.get(answer.code, 0.0))

    def law_title(self, reference: ArticleReference) -> str:
        """The law's name for other programs, as collections of law file it."""
        return self.digest.laws[reference.law].title

    def answer_by_code(self, code: str) -> Answer | None:
        """The answer of that code, None if there is none (any more)."""
        return self.answers.all.get(code)

    def article(self, reference: ArticleReference) -> Article | None:
        """The digest of one article, None if we have none."""
        return self.digest.articles.get(reference)
