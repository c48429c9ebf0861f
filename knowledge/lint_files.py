"""Reading the files of words line by line for the check, so that every mistake is named and not only the first.

The program itself reads them in `lexicon`, `citing` and `answers`, which stop at the first mistake.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources.abc import Traversable

from .lexicon import LABOUR
from .signs import FLAGS
from .topics import Nature, RequestKind, Topic
from .urgency import CROWD
from .urgency import SCALES as DANGERS

FIRST = 20  # how many of a long list are shown
_TAGS = frozenset(FLAGS) - {"#urgent"}  # what a lexicon word may ask for; urgency is known only when everything is read


class Severity(StrEnum):
    """How bad it is. Only errors make the check fail."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"

    @property
    def label(self) -> str:
        """As staff read it."""
        return {"error": "错误", "warning": "提醒", "information": "说明"}[self]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that staff should look at: where it stands, and in plain words what it is. Line 0 means the file as a whole."""

    severity: Severity
    file: str
    line: int
    text: str

    @property
    def where(self) -> str:
        """lexicon/topics/wages.txt:12."""
        return f"{self.file}:{self.line}" if self.line else self.file


def error(file: str, line: int, text: str) -> Finding:
    """Something that does not work."""
    return Finding(Severity.ERROR, file, line, text)


def warning(file: str, line: int, text: str) -> Finding:
    """Something that works otherwise than its writer thought."""
    return Finding(Severity.WARNING, file, line, text)


def shown(words: Sequence[str], most: int = FIRST) -> str:
    """The first of many words."""
    return " ".join(words[:most]) + (f" ……（共 {len(words)} 个）" if len(words) > most else "")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or pattern, what it speaks for, and where it stands."""

    file: str
    line: int
    scale: str
    weight: float
    text: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of a pattern; a word is its own only part."""
        return tuple(self.text.split("+"))

    @property
    def is_word(self) -> bool:
        """Whether it is a plain word: no pattern, no group, no tag."""
        return "+" not in self.text and not self.text.startswith(("@", "#"))


@dataclass(slots=True)
class Vocabulary:
    """Words that are looked for together, with all that bears on finding them."""

    name: str
    tokens: list[Token]
    groups: dict[str, tuple[str, ...]]
    masks: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    rivals: tuple[tuple[str, ...], ...] = ()  # scales of which one is chosen
    adds_up: bool = True  # whether a word that stands there twice counts twice


@dataclass(slots=True)
class Files:
    """All words, as they stand in the files."""

    reading: Vocabulary
    urgent: Vocabulary
    citing: Vocabulary
    answering: Vocabulary
    lists: dict[str, list[tuple[int, str, tuple[str, ...]]]] = field(default_factory=dict)  # file: line, name, words

    @property
    def vocabularies(self) -> tuple[Vocabulary, ...]:
        """All that are looked for."""
        return self.reading, self.urgent, self.citing, self.answering


def numbered(folder: Traversable, file: str) -> Iterator[tuple[int, str]]:
    """The lines of a data file with their numbers, without comments and empty ones."""
    for number, line in enumerate((folder / file).read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            yield number, line.strip()


def read_files(folder: Traversable, findings: list[Finding]) -> Files:
    """Read every file of words; what can't be read is added to `findings` and passed over."""
    lists = {
        file: list(_lists(folder, file, findings))
        for file in (
            "lexicon/groups.txt",
            "lexicon/negations.txt",
            "lexicon/synonyms.txt",
            "lexicon/urgent/groups.txt",
            "lexicon/urgent/tense.txt",
        )
    }
    groups = {name: words for _, name, words in lists["lexicon/groups.txt"]}
    urgent_groups = {**groups, **{name: words for _, name, words in lists["lexicon/urgent/groups.txt"]}}
    negations = {name: words for _, name, words in lists["lexicon/negations.txt"]}
    denied = [no + act for no in negations.get("否定", ()) for act in negations.get("侵权", ())]
    masks = {file: tuple(word for _, line in numbered(folder, file) for word in line.split()) for file in _MASKS}
    kinds = [kind for kind in RequestKind if kind is not RequestKind.INCIDENT]
    read = [("lexicon/labour.txt", LABOUR)]
    read += [(f"lexicon/topics/{topic}.txt", str(topic)) for topic in Topic]
    read += [(f"lexicon/kinds/{kind}.txt", str(kind)) for kind in kinds]
    read += [(f"lexicon/natures/{nature}.txt", str(nature)) for nature in Nature]
    return Files(
        reading=Vocabulary(
            name="词库",
            tokens=[token for file, scale in read for token in _weighted(folder, file, scale, findings)],
            groups=groups,
            masks=(*masks["lexicon/masks.txt"], *denied),
            tags=_TAGS,
            rivals=(tuple(Topic), tuple(kinds), tuple(Nature), (LABOUR, Topic.NOT_LABOUR)),
        ),
        urgent=Vocabulary(
            name="险情词库",
            tokens=[token for scale in DANGERS for token in _weighted(folder, f"lexicon/urgent/{scale}.txt", scale, findings)],
            groups=urgent_groups,
            masks=masks["lexicon/urgent/masks.txt"],
            tags=frozenset({CROWD}),
        ),
        citing=Vocabulary(
            name="引用规则",
            tokens=list(_rules(folder, findings)),
            groups=groups,
            tags=frozenset(f"#{topic}" for topic in Topic),
            adds_up=False,
        ),
        answering=Vocabulary(name="回答的词", tokens=list(_answers(folder, findings)), groups=groups),
        lists=lists,
    )


_MASKS = ("lexicon/masks.txt", "lexicon/urgent/masks.txt")


def _lists(folder: Traversable, file: str, findings: list[Finding]) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    for number, line in numbered(folder, file):
        name, colon, words = line.partition(":")
        if not colon or not words.split():
            findings.append(error(file, number, f"应写成“名字: 词 词”：{line[:30]}"))
            continue
        yield number, name, tuple(words.split())


def _weighted(folder: Traversable, file: str, scale: str, findings: list[Finding]) -> Iterator[Token]:
    for number, line in numbered(folder, file):
        yield from _tokens_of(line, file, number, scale, findings)


def _tokens_of(line: str, file: str, number: int, scale: str, findings: list[Finding]) -> Iterator[Token]:
    weight, *tokens = line.split()
    try:
        points = float(weight)
    except ValueError:
        findings.append(error(file, number, f"行首应是分值，现在是“{weight[:20]}”，程序会因此打不开词库"))
        return
    if not tokens:
        findings.append(warning(file, number, "只有分值，没有词"))
    for token in tokens:
        yield Token(file, number, scale, points, token)


def _rules(folder: Traversable, findings: list[Finding]) -> Iterator[Token]:
    file = "citations.txt"
    for number, line in numbered(folder, file):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 3:
            findings.append(error(file, number, f"应有三格“分值 | 词 | 法条”，现在有 {len(cells)} 格"))
            continue
        yield from _tokens_of(f"{cells[0]} {cells[1]}", file, number, str(number), findings)


def _answers(folder: Traversable, findings: list[Finding]) -> Iterator[Token]:
    for file in sorted((folder / "answers").iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".toml"):
            continue
        name, written = f"answers/{file.name}", file.read_text(encoding="utf-8")
        try:
            tables = tomllib.loads(written).get("answer", [])
        except tomllib.TOMLDecodeError as bad:
            findings.append(error(name, 0, f"TOML 写得不对，程序打不开：{bad}"))
            continue
        for table in tables:
            code = str(table.get("code", "?"))
            for line in table.get("words", ()):
                yield from _tokens_of(line, name, line_of(written, line, f'code = "{code}"'), code, findings)


def line_of(written: str, what: str, after: str = "") -> int:
    """The line on which something stands, the first time after something else; 0 if it does not."""
    start = max(written.find(after), 0)
    place = written.find(what, start)
    return written.count("\n", 0, place) + 1 if place >= 0 else 0
