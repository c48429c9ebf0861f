"""Proving the citations: `python -m knowledge.check STATUTES_DIR`.

Every article that the digest or an answer cites must exist in the imported statutes, at least one of our keywords must
stand in it, and our date for a law must be the one its file gives. What is copied is reported too: our words must be ours.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from .answers import Answers
from .articles import ArticleReference, Digest
from .library import Knowledge
from .numerals import from_chinese

_ARTICLE = re.compile(r"^第([零〇一二三四五六七八九十百千]+)条")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
LONGEST_TEXT = 300
LONGEST_COPY = 22  # characters in a row that may stand in a statute too: names of things, not sentences

Statute = dict[int, str]


def read_statute(path: Path) -> tuple[date, Statute]:
    """The date of the version and the articles of one imported file."""
    head, *blocks = path.read_text(encoding="utf-8").split("\n\n")
    days = _DAY.findall(head.splitlines()[1].partition("；节选")[0])
    articles: Statute = {}
    for block in blocks:
        found = _ARTICLE.match(block)
        number = from_chinese(found.group(1)) if found else None
        if number is not None:
            articles[number] = block
    return date.fromisoformat(days[-1]), articles


def check_citations(digest: Digest, statutes_dir: Path, answers: Answers | None = None) -> list[str]:
    """What is wrong with the citations of the digest and the answers; empty if nothing is."""
    index = json.loads((statutes_dir / "index.json").read_text(encoding="utf-8"))
    files = {name: statutes_dir / entry["file"] for entry in index for name in (entry["law"], *entry["short_names"])}
    problems: list[str] = []
    statutes: dict[str, Statute] = {}
    for law in digest.laws.values():
        path = files.get(law.short) or files.get(law.full)
        if path is None:
            problems.append(f"{law.short}: no such statute was imported")
            continue
        valid_from, statutes[law.short] = read_statute(path)
        if valid_from != law.valid_from:
            problems.append(f"{law.short}: valid from {valid_from}, not {law.valid_from}")
    for reference, article in digest.articles.items():
        text = statutes.get(reference.law, {}).get(reference.number)
        if text is None:
            problems.append(f"{reference.cite}: no such article")
        elif not any(word in text for word in article.keywords):
            problems.append(f"{reference.cite}: none of our keywords stands in it")
        elif copied := _copied(article.gist, text):
            problems.append(f"{reference.cite}: the gist copies {copied!r}")
    if answers is not None:
        problems.extend(_check_answers(digest, answers, statutes))
    return problems


def _check_answers(digest: Digest, answers: Answers, statutes: dict[str, Statute]) -> Iterator[str]:
    for answer in answers.all.values():
        if not answer.articles or not answer.steps:
            yield f"{answer.code}: no articles or no steps"
        if len(answer.text) > LONGEST_TEXT:
            yield f"{answer.code}: {len(answer.text)} characters"
        for reference in answer.articles:
            if reference not in digest.articles:
                yield f"{answer.code}: {reference.cite} is not in the digest"
            elif answer.valid_from < digest.articles[reference].valid_from:
                yield f"{answer.code}: valid from {answer.valid_from}, before {reference.cite}"
            yield from _copies(answer.code, answer.text, reference, statutes)


def _copies(code: str, text: str, reference: ArticleReference, statutes: dict[str, Statute]) -> Iterator[str]:
    copied = _copied(text, statutes.get(reference.law, {}).get(reference.number, ""))
    if copied:
        yield f"{code}: copies {copied!r} from {reference.cite}"


def _copied(ours: str, theirs: str) -> str:
    for start in range(len(ours) - LONGEST_COPY + 1):
        if ours[start : start + LONGEST_COPY] in theirs:
            return ours[start : start + LONGEST_COPY]
    return ""


def main(arguments: Sequence[str]) -> int:
    """Print what is wrong; the exit code says whether anything is."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m knowledge.check STATUTES_DIR\n")
        return 2
    knowledge = Knowledge.load()
    problems = check_citations(knowledge.digest, Path(arguments[0]), knowledge.answers)
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    cited = {reference for answer in knowledge.answers.all.values() for reference in answer.articles}
    sys.stderr.write(
        f"{len(knowledge.digest.articles)} articles, {len(knowledge.answers.all)} answers citing {len(cited)} articles: "
        f"{len(problems)} problems\n"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
