"""Proving the citations: `python -m knowledge.check STATUTES_DIR`.

Every article that the digest, an answer or anything else cites must exist in the imported statutes, at least one of our keywords
must stand in it, and our dates must be theirs. What is copied is reported too: our words must be ours. Laws marked 未核对 that
were not imported cannot be proved: they are named, but are no problem.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .answers import Answer, Answers
from .articles import ArticleReference, Digest
from .library import Knowledge
from .numerals import NUMERALS, from_chinese
from .statutes import Statute, StatuteError, Statutes

LONGEST_TEXT = 300
LONGEST_COPY = 22  # characters in a row that may stand in a statute too: names of things, not sentences

_CITED = re.compile(rf"(?:《(?P<law>[^《》]+)》)?第(?P<number>[{NUMERALS}]+)条")

Citation = tuple[str, ArticleReference]  # where it is cited, and what


@dataclass(slots=True)
class Proof:
    """What a check found."""

    problems: list[str] = field(default_factory=list)
    unchecked: list[ArticleReference] = field(default_factory=list)  # of laws without a text at hand, said to be so


def check_citations(digest: Digest, statutes_dir: Path, answers: Answers | None = None, further: Iterable[Citation] = ()) -> list[str]:
    """What is wrong with the citations of the digest, the answers and whatever else cites; empty if nothing is."""
    return prove(digest, statutes_dir, answers, further).problems


def prove(digest: Digest, statutes_dir: Path, answers: Answers | None = None, further: Iterable[Citation] = ()) -> Proof:
    """Check every citation against the imported statutes. A folder that is malformed is a problem like any other."""
    proof = Proof()
    try:
        imported = Statutes.load(statutes_dir)
    except StatuteError as error:
        proof.problems.extend(error.problems)
        return proof
    statutes = _statutes(digest, imported, proof)
    for reference, article in digest.articles.items():
        statute = statutes.get(reference.law)
        if statute is None:
            if not digest.laws[reference.law].checked:
                proof.unchecked.append(reference)
            continue
        text = statute.articles.get(reference.number)
        if text is None:
            proof.problems.append(f"{reference.cite}: no such article")
        elif not any(word in text for word in article.keywords):
            proof.problems.append(f"{reference.cite}: none of our keywords stands in it")
        elif copied := _copied(article.gist, text):
            proof.problems.append(f"{reference.cite}: the gist copies {copied!r}")
        if article.valid_until is not None and article.valid_until < article.valid_from:
            proof.problems.append(f"{reference.cite}: valid until {article.valid_until}, before it begins")
    if answers is not None:
        for answer in answers.all.values():
            proof.problems.extend(_check_answer(digest, answer, statutes))
    for where, reference in further:
        proof.problems.extend(_check_further(digest, where, reference, statutes))
    return proof


def _statutes(digest: Digest, imported: Statutes, proof: Proof) -> dict[str, Statute]:
    """The digest's laws that were imported, by our short names."""
    statutes: dict[str, Statute] = {}
    for law in digest.laws.values():
        try:
            statute = imported.statute(law.short) or imported.statute(law.full)
        except StatuteError as error:
            proof.problems.extend(error.problems)
            continue
        if statute is None:
            if law.checked:
                proof.problems.append(f"{law.short}: no such statute was imported")
            continue
        statutes[law.short] = statute
        if statute.law != law.full:
            proof.problems.append(f"{law.short}: its full name is {statute.law}, not {law.full}")
        if statute.version_date != law.valid_from:
            proof.problems.append(f"{law.short}: valid from {statute.version_date}, not {law.valid_from}")
    return statutes


def _check_answer(digest: Digest, answer: Answer, statutes: dict[str, Statute]) -> Iterator[str]:
    if not answer.articles or not answer.steps:
        yield f"{answer.code}: no articles or no steps"
    if len(answer.text) > LONGEST_TEXT:
        yield f"{answer.code}: {len(answer.text)} characters"
    for reference in answer.articles:
        article = digest.articles.get(reference)
        if article is None:
            yield f"{answer.code}: {reference.cite} is not in the digest"
        elif answer.valid_from < article.valid_from:
            yield f"{answer.code}: valid from {answer.valid_from}, before {reference.cite}"
        elif article.valid_until is not None and article.valid_until < answer.reviewed_on:
            yield f"{answer.code}: {reference.cite} was valid until {article.valid_until}"
        statute = statutes.get(reference.law)
        if statute is not None and (copied := _copied(answer.text, statute.articles.get(reference.number, ""))):
            yield f"{answer.code}: copies {copied!r} from {reference.cite}"
    yield from _check_prose(digest, answer, statutes)


def _check_prose(digest: Digest, answer: Answer, statutes: dict[str, Statute]) -> Iterator[str]:
    """What an answer cites in its sentences: 《法》第X条 must exist; a bare 第X条 must be one of the answer's articles."""
    names = {name: law.short for law in digest.laws.values() for name in (law.short, law.full)}
    for found in _CITED.finditer(answer.text):
        number = from_chinese(found["number"])
        if found["law"] is None:
            if all(number != reference.number for reference in answer.articles):
                yield f"{answer.code}: 第{found['number']}条 in its text is none of its articles"
            continue
        short = names.get(found["law"])
        if short is None:
            yield f"{answer.code}: 《{found['law']}》 in its text is no law we know"
        elif number is None or (short in statutes and number not in statutes[short].articles):
            yield f"{answer.code}: {found.group()} in its text does not exist"


def _check_further(digest: Digest, where: str, reference: ArticleReference, statutes: dict[str, Statute]) -> Iterator[str]:
    law = digest.laws.get(reference.law)
    if law is None:
        yield f"{where}: {reference.law} is no law we know"
    elif reference.law in statutes:
        if reference.number not in statutes[reference.law].articles:
            yield f"{where}: {reference.cite} does not exist"
    elif not law.checked and reference not in digest.articles:
        yield f"{where}: {reference.cite} can be checked nowhere, and is not in the digest"


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
    proof = prove(knowledge.digest, Path(arguments[0]), knowledge.answers)
    for problem in proof.problems:
        sys.stdout.write(f"{problem}\n")
    if proof.unchecked:
        sys.stderr.write(f"not checked against a text: {', '.join(reference.cite for reference in proof.unchecked)}\n")
    cited = {reference for answer in knowledge.answers.all.values() for reference in answer.articles}
    sys.stderr.write(
        f"{len(knowledge.digest.articles)} articles, {len(knowledge.answers.all)} answers citing {len(cited)} articles: "
        f"{len(proof.problems)} problems\n"
    )
    return 1 if proof.problems else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
