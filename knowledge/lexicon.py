"""Reading the lexicon's files into matchers. The format is described, for staff, in data/lexicon/README.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from itertools import product

from .folder import data_folder
from .matcher import Entry, Matcher
from .text import Normaliser
from .topics import Nature, RequestKind, Topic
from .urgency import SCALES, Urgency

LABOUR = "labour"
_WORD = re.compile("[\u4e00-\u9fff]+")


def lines_of(file: Traversable) -> Iterator[str]:
    """The lines of a file without comments and empty ones."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def _entries(file: Traversable, scale: str) -> Iterator[Entry]:
    for line in lines_of(file):
        weight, *tokens = line.split()
        for token in tokens:
            yield Entry(scale, float(weight), token)


def named_lists(file: Traversable) -> dict[str, tuple[str, ...]]:
    """A file of named lists: `name: word word`."""
    lists: dict[str, tuple[str, ...]] = {}
    for line in lines_of(file):
        name, _, words = line.partition(":")
        lists[name] = tuple(words.split())
    return lists


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything a reading needs: the plain form, the words for topic, kind and nature, and the grammar of danger."""

    plain: Normaliser
    words: Matcher
    urgency: Urgency
    groups: dict[str, tuple[str, ...]]
    own_words: frozenset[str]  # the words of the lexicon that stand for something by themselves
    masks: tuple[str, ...]


def load_normaliser(folder: Traversable) -> Normaliser:
    """The plain form, with the tables of traditional characters and of slips."""
    traditional = {pair[0]: pair[1] for line in lines_of(folder / "traditional.txt") for pair in line.split()}
    slips = dict(line.split(maxsplit=1) for line in lines_of(folder / "slips.txt"))
    return Normaliser(traditional, slips)


def load_urgency(folder: Traversable, groups: dict[str, tuple[str, ...]]) -> Urgency:
    """Read the words of danger, which have groups, masks and tenses of their own."""
    entries = [entry for scale in SCALES for entry in _entries(folder / f"{scale}.txt", scale)]
    masks = [word for line in lines_of(folder / "masks.txt") for word in line.split()]
    return Urgency(entries, {**groups, **named_lists(folder / "groups.txt")}, masks, named_lists(folder / "tense.txt"))


def load_lexicon(data: Traversable | None = None) -> Lexicon:
    """Read all the files of the lexicon; a file that does not fit the format raises ValueError or KeyError here, at the start."""
    folder = (data or data_folder()) / "lexicon"
    groups = named_lists(folder / "groups.txt")
    masks = tuple(word for line in lines_of(folder / "masks.txt") for word in line.split())
    negations = named_lists(folder / "negations.txt")
    # 没有拖欠 → the act did not happen: it must not speak for a dispute.
    denied = tuple(map("".join, product(negations["否定"], negations["侵权"])))
    words = list(_entries(folder / "labour.txt", LABOUR))
    for topic in Topic:
        words += _entries(folder / "topics" / f"{topic}.txt", topic)
    for kind in RequestKind:
        if kind is not RequestKind.INCIDENT:  # an incident is what is urgent
            words += _entries(folder / "kinds" / f"{kind}.txt", kind)
    for nature in Nature:
        words += _entries(folder / "natures" / f"{nature}.txt", nature)
    return Lexicon(
        plain=load_normaliser(folder),
        words=Matcher(words, groups, (*masks, *denied)),
        urgency=load_urgency(folder / "urgent", groups),
        groups=groups,
        own_words=frozenset(entry.token for entry in words if len(entry.token) > 1 and _WORD.fullmatch(entry.token)),
        masks=masks,
    )
