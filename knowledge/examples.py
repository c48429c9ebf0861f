"""The example messages in `data/examples`, from which the weights are counted: made up for this purpose, each with what it means.

    topic[,further] | kind | nature or - | articles or - | text

A line break inside a text is written \\n. Every file is one hand's writing, so that learning can be tried on a hand it has not seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from .topics import Nature, RequestKind, Topic

_CELLS = 5
_BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class Example:
    """One message and what a careful reader makes of it."""

    text: str
    topics: tuple[Topic, ...]  # the primary first
    kind: RequestKind | None  # None where only the topic is known
    nature: Nature | None
    articles: tuple[tuple[str, int], ...]
    hand: str  # who wrote it: the file's name

    @property
    def urgent(self) -> bool:
        """Somebody must go at once: an incident, and nothing else."""
        return self.kind is RequestKind.INCIDENT


def read_examples(folder: Traversable) -> list[Example]:
    """Every example. Raises ValueError, naming file and line, for one that does not fit."""
    return [example for file in _files(folder) for example in _read(file)]


def read_precedents(folder: Traversable) -> list[Example]:
    """The examples that name articles; the others are passed over unread. Raises ValueError as `read_examples`."""
    return [example for file in _files(folder) for example in _read(file, _names_articles)]


def _names_articles(line: str) -> bool:
    return line.split(_BETWEEN, 4)[3:4] != ["-"]


def digest_of(folder: Traversable) -> str:
    """A short fingerprint of all examples, by which the weights know whether they are up to date."""
    total = hashlib.sha256()
    for file in _files(folder):
        total.update(file.name.encode())
        total.update(file.read_bytes())
    return total.hexdigest()[:16]


def _files(folder: Traversable) -> list[Traversable]:
    return sorted((file for file in folder.iterdir() if file.name.endswith(".txt")), key=lambda file: file.name)


def _read(file: Traversable, is_wanted: Callable[[str], bool] = bool) -> Iterator[Example]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#") or not is_wanted(line):
            continue
        try:
            yield _example(line, file.name.removesuffix(".txt"))
        except ValueError as error:
            raise ValueError(f"{file.name} line {number}: {error}") from None


def _example(line: str, hand: str) -> Example:
    cells = [cell.strip() for cell in line.split(_BETWEEN, _CELLS - 1)]
    if len(cells) != _CELLS:
        raise ValueError("five cells were expected: topic | kind | nature or - | articles or - | text")
    topics, kind, nature, articles, text = cells
    example = Example(
        text=text.replace("\\n", "\n"),
        topics=tuple(Topic(topic) for topic in topics.split(",")),
        kind=RequestKind(kind),
        nature=None if nature == "-" else Nature(nature),
        articles=tuple(_article(each) for each in articles.split(";")) if articles != "-" else (),
        hand=hand,
    )
    if (example.kind is RequestKind.DISPUTE) != (example.nature is not None):
        raise ValueError("a dispute has a nature, and nothing else has")
    return example


def _article(written: str) -> tuple[str, int]:
    law, _, number = written.strip().rpartition(" ")
    return law, int(number)
