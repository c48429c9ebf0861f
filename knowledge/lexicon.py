"""Reading the lexicon's files into matchers. The format is described, for staff, in data/lexicon/README.md."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import accumulate

from .matcher import Borders, Entry, Matcher
from .text import Normaliser
from .topics import Nature, RequestKind, Topic
from .urgency import SCALES, Urgency

LABOUR = "labour"


def data_folder() -> Traversable:
    """Where the data files are, whether the package lies in a folder or in an archive."""
    return files(__package__).joinpath("data")


def _lines(file: Traversable) -> Iterator[str]:
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def _entries(file: Traversable, scale: str) -> Iterator[Entry]:
    for line in _lines(file):
        weight, *tokens = line.split()
        for token in tokens:
            yield Entry(scale, float(weight), token)


def _named_lists(file: Traversable) -> dict[str, tuple[str, ...]]:
    lists: dict[str, tuple[str, ...]] = {}
    for line in _lines(file):
        name, _, words = line.partition(":")
        lists[name] = tuple(words.split())
    return lists


class DictionaryBorders:
    """jieba's cut with a dictionary of our own: no file is written anywhere and nothing is logged.

    The last few texts are remembered, since topics, intents, articles and answers all ask for the same one.
    """

    LONGEST = 4
    """Longer words of the dictionary are names and sayings that no word of ours stands across."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # jieba 0.42.1 has outdated escapes and reads its version through pkg_resources
            import jieba
        jieba.setLogLevel(logging.ERROR)
        tokenizer = jieba.Tokenizer()
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
        tokenizer.initialized = True
        self._tokenizer = tokenizer
        self._frequency: dict[str, int] = tokenizer.FREQ
        self._remembered = lru_cache(maxsize=4)(self._borders)

    def __call__(self, plain: str) -> frozenset[int]:
        """Every border in a plain text."""
        return self._remembered(plain)

    def _borders(self, plain: str) -> frozenset[int]:
        return frozenset(accumulate(map(len, self._tokenizer.cut(plain, HMM=False)), initial=0))

    def may_part(self, plain: str, place: int) -> bool:
        """Whether a word of the dictionary ends or begins at `place`: without one, both characters beside it stand alone or together."""
        frequency = self._frequency
        for length in range(2, self.LONGEST + 1):
            if place >= length and frequency.get(plain[place - length : place]):
                return True
            if place + length <= len(plain) and frequency.get(plain[place : place + length]):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything a reading needs: the plain form, the topics' words, the words for kind and nature, and the grammar of danger."""

    plain: Normaliser
    topics: Matcher
    intents: Matcher
    urgency: Urgency
    groups: dict[str, tuple[str, ...]]
    masks: tuple[str, ...]
    denials: tuple[str, ...]
    denied_acts: frozenset[str]


def load_normaliser() -> Normaliser:
    """The plain form, with the tables of traditional characters and of slips."""
    folder = data_folder() / "lexicon"
    traditional = {pair[0]: pair[1] for line in _lines(folder / "traditional.txt") for pair in line.split()}
    slips = dict(line.split(maxsplit=1) for line in _lines(folder / "slips.txt"))
    return Normaliser(traditional, slips)


def load_urgency(folder: Traversable, groups: dict[str, tuple[str, ...]]) -> Urgency:
    """Read the words of danger, which have groups, masks and tenses of their own."""
    entries = [entry for scale in SCALES for entry in _entries(folder / f"{scale}.txt", scale)]
    masks = [word for line in _lines(folder / "masks.txt") for word in line.split()]
    return Urgency(entries, {**groups, **_named_lists(folder / "groups.txt")}, masks, _named_lists(folder / "tense.txt"))


def load_lexicon(borders: Borders) -> Lexicon:
    """Read all the files of the lexicon; a file that does not fit the format raises ValueError or KeyError here, at the start."""
    folder = data_folder() / "lexicon"
    groups = _named_lists(folder / "groups.txt")
    masks = tuple(word for line in _lines(folder / "masks.txt") for word in line.split())
    negations = _named_lists(folder / "negations.txt")
    about = list(_entries(folder / "labour.txt", LABOUR))
    for topic in Topic:
        about += _entries(folder / "topics" / f"{topic}.txt", topic)
    wanted: list[Entry] = []
    for kind in RequestKind:
        if kind is not RequestKind.INCIDENT:  # an incident is what is urgent
            wanted += _entries(folder / "kinds" / f"{kind}.txt", kind)
    for nature in Nature:
        wanted += _entries(folder / "natures" / f"{nature}.txt", nature)
    return Lexicon(
        plain=load_normaliser(),
        topics=Matcher(about, groups, masks, borders),
        intents=Matcher(wanted, groups, masks, borders),
        urgency=load_urgency(folder / "urgent", groups),
        groups=groups,
        masks=masks,
        denials=negations["否定"],
        denied_acts=frozenset(negations["侵权"]),
    )
