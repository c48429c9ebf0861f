"""The one object callers hold: everything the bot knows, loaded once."""

from __future__ import annotations

from .answers import Answer, Answers, load_answers
from .articles import Article, ArticleReference, Digest, load_digest
from .lexicon import DictionaryBorders, data_folder, load_lexicon
from .reader import Reader, Reading
from .text import Normaliser


class Knowledge:
    """Reads messages, finds articles and answers. Loaded once, then read only: safe to share between threads."""

    def __init__(self, plain: Normaliser, reader: Reader, digest: Digest, answers: Answers) -> None:
        self._plain = plain
        self._reader = reader
        self.digest = digest
        self.answers = answers

    @classmethod
    def load(cls) -> Knowledge:
        """Read all data files and build the automata: about a second. Raises ValueError or KeyError for a malformed file."""
        borders = DictionaryBorders()
        lexicon = load_lexicon(borders)
        digest = load_digest(data_folder(), borders)
        answers = load_answers(data_folder() / "answers", digest, lexicon.groups, borders)
        return cls(lexicon.plain, Reader(lexicon), digest, answers)

    def read(self, text: str) -> Reading:
        """What a message is about and what its writer wants. Pure, and never raises."""
        return self._reader.read(text)

    def cite(self, text: str, limit: int = 10) -> list[ArticleReference]:
        """The articles a message turns on, best first; empty for what has nothing to do with work."""
        return self.digest.cite(self._plain(text), self.read(text), limit)

    def answer(self, text: str, reading: Reading) -> Answer | None:
        """The best fitting answer, or None: better no answer than a wrong one."""
        return self.answers.best(self._plain(text), reading)

    def law_title(self, reference: ArticleReference) -> str:
        """The law's name for other programs, as collections of law file it."""
        return self.digest.laws[reference.law].title

    def answer_by_code(self, code: str) -> Answer | None:
        """The answer of that code, None if there is none (any more)."""
        return self.answers.all.get(code)

    def article(self, reference: ArticleReference) -> Article | None:
        """The digest of one article, None if we have none."""
        return self.digest.articles.get(reference)
