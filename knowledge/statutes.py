"""The official texts an operator imported: reading a folder of them strictly, keeping it, and looking articles up.

A folder holds `index.json` (a list of `{"law", "short_names", "file"}`, optionally `version_date` and `articles`, which must then
agree) and one file a law: line 1 `# 法名`, line 2 the dates, then blocks `第X条 …` separated by blank lines, `附录` at the end.
A folder that was imported has the same form, so whatever reads the one reads the other.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeGuard

from .numerals import from_chinese, to_chinese

INDEX = "index.json"
LARGEST_INDEX, LARGEST_FILE, LARGEST_FOLDER = 1_000_000, 4_000_000, 64_000_000  # bytes
MOST_LAWS, LONGEST_NAME, LONGEST_ARTICLE = 1_000, 120, 20_000  # laws, characters, characters

_DAY = r"\d{4}-\d{2}-\d{2}"
_DATES = re.compile(rf"施行：(?P<in_force>{_DAY})(；最近修正/修订：(?P<amended>{_DAY}))?(；节选：(?P<excerpt>.+))?")
_ARTICLE = re.compile(
    r"第(?P<number>[零〇一二三四五六七八九十百千]+)条(?:之(?P<inserted>[一二三四五六七八九十]+))?(?![零〇一二三四五六七八九十百千])"
)
_APPENDIX = re.compile(r"附(录|件|表|：|:)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffd]")


class StatuteError(ValueError):
    """A folder or file is not in the form it must have: each problem says which file, which line, and what was expected."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Statute:
    """One law: its full name, the date of this version, and every article exactly as it stands there, 第X条 included."""

    law: str
    version_date: date  # of the last amendment, of coming into force if there was none
    articles: Mapping[int, str]
    inserted: Mapping[tuple[int, int], str] = field(default_factory=dict)  # 第一百二十条之一 is (120, 1)
    in_force: date | None = None
    excerpt: str = ""  # which articles there are, if not all
    appendix: str = ""


@dataclass(frozen=True, slots=True)
class ArticleText:
    """The official text of one article, with what must be shown beside it."""

    law: str
    number: int
    inserted: int
    text: str
    version_date: date

    @property
    def cite(self) -> str:
        """As it is cited to a person, by the law's full name."""
        return f"《{self.law}》第{to_chinese(self.number)}条" + (f"之{to_chinese(self.inserted)}" if self.inserted else "")


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One law of a folder's index."""

    law: str
    names: tuple[str, ...]
    file: str
    version_date: date | None = None
    articles: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As `index.json` has it."""
        dated = self.version_date.isoformat() if self.version_date else None
        return {"law": self.law, "short_names": list(self.names), "file": self.file, "version_date": dated, "articles": self.articles}


@dataclass(frozen=True, slots=True)
class ImportedLaw:
    """What an import did with one law."""

    law: str
    articles: int
    version_date: date
    replaced: date | None  # the version there was before, None if the law is new
    changed: bool  # whether the text differs from what there was


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: the laws it brought, and those that were there before and stayed."""

    laws: tuple[ImportedLaw, ...]
    kept: tuple[str, ...]

    @property
    def articles(self) -> int:
        """How many articles came in."""
        return sum(law.articles for law in self.laws)

    @property
    def older(self) -> tuple[ImportedLaw, ...]:
        """Laws whose new version is older than the one it replaced: probably a mistake."""
        return tuple(law for law in self.laws if law.replaced is not None and law.version_date < law.replaced)


# --- reading one file


def parse_statute(text: str, name: str) -> Statute:
    """A law from its file's text; `name` is what errors call the file. Raises StatuteError."""
    lines = text.splitlines()
    found = _CONTROL.search(text.replace("\r\n", "\n"))
    if found:
        raise StatuteError(
            f"{name} line {text.count(chr(10), 0, found.start()) + 1}: a control or replacement character, expected plain text"
        )
    if not lines or not lines[0].startswith("# ") or not lines[0][2:].strip():
        raise StatuteError(f"{name} line 1: expected '# ' and the law's full name")
    dates = _DATES.fullmatch(lines[1].strip()) if len(lines) > 1 else None
    if dates is None:
        raise StatuteError(f"{name} line 2: expected '施行：YYYY-MM-DD', optionally '；最近修正/修订：YYYY-MM-DD' and '；节选：…'")
    in_force = _day(dates["in_force"], f"{name} line 2")
    amended = _day(dates["amended"], f"{name} line 2") if dates["amended"] else in_force
    articles: dict[int, str] = {}
    inserted: dict[tuple[int, int], str] = {}
    appendix: list[str] = []
    last = (0, 0)
    for start, block in _blocks(lines):
        place = _place(block, f"{name} line {start}")
        if place is None:
            if (_APPENDIX.match(block) and last != (0, 0)) or appendix:
                appendix.append(block)
                continue
            raise StatuteError(f"{name} line {start}: expected a block beginning '第X条', found {block[:20]!r}")
        if appendix:
            raise StatuteError(f"{name} line {start}: expected no article after the appendix")
        if place <= last:
            raise StatuteError(f"{name} line {start}: expected an article after {_called(last)}, found {_called(place)}")
        if len(block) > LONGEST_ARTICLE:
            raise StatuteError(f"{name} line {start}: expected at most {LONGEST_ARTICLE} characters an article, found {len(block)}")
        last = place
        if place[1]:
            inserted[place] = block
        else:
            articles[place[0]] = block
    if not articles:
        raise StatuteError(f"{name} line 3: expected an empty line and then articles")
    return Statute(lines[0][2:].strip(), amended, articles, inserted, in_force, dates["excerpt"] or "", "\n\n".join(appendix))


def _day(written: str, where: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise StatuteError(f"{where}: expected a day of the calendar, found {written}") from None


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """What stands between empty lines after the head, with the number of its first line."""
    begun, gathered = 0, list[str]()
    for number, line in enumerate([*lines[2:], ""], start=3):
        if line.strip():
            begun = begun or number
            gathered.append(line)
        elif gathered:
            yield begun, "\n".join(gathered)
            begun, gathered = 0, []


def _place(block: str, where: str) -> tuple[int, int] | None:
    found = _ARTICLE.match(block)
    if found is None:
        return None
    numbers = []
    for written in (found["number"], found["inserted"]):
        number = from_chinese(written) if written else 0
        if number is None or (written and (number < 1 or to_chinese(number) != written.replace("〇", "零"))):
            raise StatuteError(f"{where}: expected a number such as 一百零三, found {written}")
        numbers.append(number)
    return numbers[0], numbers[1]


def _called(place: tuple[int, int]) -> str:
    number, inserted = place
    if not number:
        return "the head"
    return f"第{to_chinese(number)}条" + (f"之{to_chinese(inserted)}" if inserted else "")


# --- reading a folder


def _bytes(path: Path, largest: int) -> bytes:
    try:
        if path.is_symlink() or not path.is_file():
            raise StatuteError(f"{path.name}: expected a plain file in {path.parent}")
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise StatuteError(f"{path.name}: cannot be read ({error.strerror})") from error
    if len(content) > largest:
        raise StatuteError(f"{path.name}: expected at most {largest:,} bytes")
    return content


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise StatuteError(f"{name} line {line}: expected UTF-8") from error


def read_statute(path: Path) -> Statute:
    """One law from its file. Raises StatuteError."""
    return parse_statute(_text(_bytes(path, LARGEST_FILE), path.name), path.name)


def read_index(folder: Path) -> tuple[IndexEntry, ...]:
    """A folder's index, each name in it belonging to one law only. Raises StatuteError."""
    try:
        table = json.loads(_text(_bytes(folder / INDEX, LARGEST_INDEX), INDEX))
    except json.JSONDecodeError as error:
        raise StatuteError(f"{INDEX} line {error.lineno}: expected JSON ({error.msg})") from error
    except RecursionError as error:
        raise StatuteError(f"{INDEX}: expected a list of laws, found something nested too deeply") from error
    if not isinstance(table, list) or not 0 < len(table) <= MOST_LAWS:
        raise StatuteError(f"{INDEX}: expected a list of 1 to {MOST_LAWS} laws")
    entries = tuple(_entry(row, number) for number, row in enumerate(table, start=1))
    _claims(entries)
    return entries


def _claims(entries: Sequence[IndexEntry]) -> None:
    owners: dict[str, str] = {}
    files: set[str] = set()
    for entry in entries:
        if entry.file in files:
            raise StatuteError(f"{INDEX}: expected a file for each law, found {entry.file} twice")
        files.add(entry.file)
        for name in entry.names:
            if owners.setdefault(name, entry.law) != entry.law:
                raise StatuteError(f"{INDEX}: expected a name of one law only, found {name} for {owners[name]} and {entry.law}")
    if len({entry.law for entry in entries}) < len(entries):
        raise StatuteError(f"{INDEX}: expected each law once")


def _entry(row: object, number: int) -> IndexEntry:
    where = f"{INDEX} entry {number}"
    if not isinstance(row, dict):
        raise StatuteError(f"{where}: expected an object")
    law, names, file = row.get("law"), row.get("short_names", []), row.get("file")
    if not _is_name(law):
        raise StatuteError(f"{where}: expected 'law', the law's full name")
    if not isinstance(names, list) or len(names) > MOST_LAWS or not all(map(_is_name, names)):
        raise StatuteError(f"{where} ({law}): expected 'short_names', a list of names")
    if not _is_name(file) or Path(file).name != file or "\\" in file or file.startswith(".") or not file.endswith(".md"):
        raise StatuteError(f"{where} ({law}): expected 'file', the name of a .md file in the same folder")
    dated, articles = row.get("version_date"), row.get("articles")
    if dated is not None and not isinstance(dated, str):
        raise StatuteError(f"{where} ({law}): expected 'version_date' as YYYY-MM-DD")
    if articles is not None and (not isinstance(articles, int) or isinstance(articles, bool)):
        raise StatuteError(f"{where} ({law}): expected 'articles', how many there are")
    return IndexEntry(law, tuple(dict.fromkeys((*names, law))), file, _day(dated, f"{where} ({law})") if dated else None, articles)


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value.strip()) == len(value) <= LONGEST_NAME and value.isprintable()


def _agreeing(entry: IndexEntry, statute: Statute) -> Statute:
    """The statute, if the index tells the truth about it."""
    if statute.law != entry.law:
        raise StatuteError(f"{entry.file} line 1: expected {entry.law} as in {INDEX}, found {statute.law}")
    if entry.version_date not in {None, statute.version_date}:
        raise StatuteError(f"{entry.file} line 2: expected the version of {entry.version_date} as in {INDEX}, found {statute.version_date}")
    count = len(statute.articles) + len(statute.inserted)
    if entry.articles not in {None, count}:
        raise StatuteError(f"{entry.file}: expected {entry.articles} articles as in {INDEX}, found {count}")
    return statute


# --- keeping a folder


def import_statutes(source: Path, target: Path) -> ImportReport:
    """Take every law of the folder `source` over into the folder `target`: all of them, or none and a StatuteError.

    A law that `target` has already is replaced, others stay. Files are never overwritten but written beside, and the index is
    exchanged in one step, so a program that is reading sees either the old state or the new one, also after a crash.
    """
    entries = read_index(source)
    problems: list[str] = []
    brought: list[tuple[IndexEntry, Statute, bytes]] = []
    total = 0
    for entry in entries:
        try:
            content = _bytes(source / entry.file, LARGEST_FILE)
            total += len(content)
            if total > LARGEST_FOLDER:
                raise StatuteError(f"{source}: expected at most {LARGEST_FOLDER:,} bytes in all")
            statute = _agreeing(entry, parse_statute(_text(content, entry.file), entry.file))
        except StatuteError as error:
            problems.extend(error.problems)
        else:
            brought.append((entry, statute, content))
    if problems:
        raise StatuteError(*problems)
    target.mkdir(parents=True, exist_ok=True)
    with _locked(target):
        return _exchange(brought, target)


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    with (target / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _exchange(brought: Sequence[tuple[IndexEntry, Statute, bytes]], target: Path) -> ImportReport:
    before = {entry.law: entry for entry in read_index(target)} if (target / INDEX).exists() else {}
    after = dict(before)
    laws: list[ImportedLaw] = []
    contents: dict[str, bytes] = {}
    for entry, statute, content in brought:
        stem = entry.file.removesuffix(".md").encode()[:160].decode(errors="ignore")
        file = f"{stem}.{hashlib.sha256(content).hexdigest()[:16]}.md"
        old = before.get(entry.law)
        count = len(statute.articles) + len(statute.inserted)
        after[entry.law] = IndexEntry(entry.law, entry.names, file, statute.version_date, count)
        contents[file] = content
        laws.append(ImportedLaw(entry.law, count, statute.version_date, old.version_date if old else None, old is None or old.file != file))
    _claims(tuple(after.values()))
    for file, content in contents.items():
        _write(target / file, content)
    _write(target / INDEX, json.dumps([entry.as_json() for entry in after.values()], ensure_ascii=False, indent=1).encode())
    used = {entry.file for entries in (before, after) for entry in entries.values()}  # the old files serve who is reading them just now
    for path in target.iterdir():
        if path.suffix in {".md", ".part"} and path.name not in used:
            path.unlink(missing_ok=True)
    return ImportReport(tuple(laws), tuple(law for law in before if law not in {entry.law for entry, _, _ in brought}))


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


class Statutes:
    """A folder of official texts, each law read when first asked for. A new import is noticed by itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[int, int] | None = None
        self._entries: dict[str, IndexEntry] = {}
        self._read: dict[str, Statute] = {}

    @classmethod
    def load(cls, target: Path) -> Statutes:
        """The folder's laws; no laws if nothing was imported yet. Raises StatuteError if its index is malformed."""
        statutes = cls(target)
        statutes._refresh()
        return statutes

    @property
    def laws(self) -> tuple[IndexEntry, ...]:
        """What there is, in the order of the index."""
        self._refresh()
        return tuple(dict.fromkeys(self._entries.values()))

    def statute(self, law: str) -> Statute | None:
        """A law by its full name or any short one, None if it was not imported. Raises StatuteError if its file is malformed."""
        self._refresh()
        entry = self._entries.get(law)
        if entry is None:
            return None
        if entry.file not in self._read:
            self._read[entry.file] = _agreeing(entry, read_statute(self._folder / entry.file))
        return self._read[entry.file]

    def text(self, law: str, number: int, inserted: int = 0) -> ArticleText | None:
        """The official text of an article (`inserted` 1 for 第…条之一), None if the law or the article is not there."""
        statute = self.statute(law)
        if statute is None:
            return None
        text = statute.inserted.get((number, inserted)) if inserted else statute.articles.get(number)
        return None if text is None else ArticleText(statute.law, number, inserted, text, statute.version_date)

    def _refresh(self) -> None:
        try:
            state = (self._folder / INDEX).stat()
        except OSError:
            self._seen, self._entries, self._read = None, {}, {}
            return
        seen = (state.st_mtime_ns, state.st_ino)
        if seen == self._seen:
            return
        entries = read_index(self._folder)
        self._entries = {name: entry for entry in entries for name in entry.names}
        self._read = {}
        self._seen = seen
