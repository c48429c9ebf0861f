"""Looking the data files over for staff: `python -m bot knowledge check`.

Words that clash, that no message can ever contain or that hide each other; examples, weights, answers, citation rules and
calculators that no longer fit together. Every finding says in plain Chinese what it is and where it stands.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from .articles import ArticleReference, Digest, load_digest
from .calculators import CALCULATORS
from .check import Citation, prove
from .examples import Example, digest_of
from .examples import _example as read_example
from .facts import BadFacts, Facts, fact_names, read_region
from .folder import data_folder
from .library import Knowledge
from .lint_files import Finding, Severity, error, line_of, numbered, read_files, shown, warning
from .lint_words import check_clashes, check_forms, check_overlaps, check_slips, check_use
from .text import Normaliser
from .weights import load_weights

LEARN = "python -m bot knowledge learn"
_PLACEHOLDER = re.compile(r"\{\s*fact\b[^{}]*\}?")
_FACT = re.compile(r"\{fact:(?P<name>[^{}@\s]+)@(?P<region>[^{}@\s]+)\}")
_SHOWN_TO_PEOPLE = ("title", "text", "more", "steps", "evidence", "where", "questions")
_ORDER = tuple(Severity)


@dataclass(frozen=True, slots=True)
class _Placed:
    """An example and where it stands."""

    file: str
    line: int
    example: Example

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class _Written:
    """An answer as it stands in its file."""

    file: str
    line: int
    table: Mapping[str, Any]
    whole: str  # the file's text

    @property
    def code(self) -> str:
        return str(self.table.get("code", "?"))

    def line_of(self, what: str) -> int:
        return line_of(self.whole, what, f'code = "{self.code}"') or self.line


def lint(today: date, overlay: Path | None = None, texts: Iterable[str] = ()) -> list[Finding]:
    """Everything there is to say about the data files, errors first. `texts` are further messages in which words may occur."""
    folder = data_folder(overlay)
    findings: list[Finding] = []
    files = read_files(folder, findings)
    plain = _normaliser(folder)
    digest = _digest(folder, findings)
    examples = list(_examples(folder, findings))
    answers = list(_answers(folder))
    findings += check_forms(files, plain)
    findings += check_slips(folder, files, plain, (word for article in digest.articles.values() for word in article.keywords))
    findings += check_clashes(files)
    findings += check_overlaps(files)
    findings += _check_examples(examples, plain, digest)
    findings += _check_weights(folder)
    findings += _check_rules(folder, digest)
    findings += _check_answers(answers, digest, plain)
    findings += _check_facts(answers, today, overlay)
    findings += _check_calculators(digest)
    asked = [(plain(question), ()) for answer in answers for question in _texts(answer.table.get("questions", ()))]
    told = [(plain(each.example.text), each.example.topics) for each in examples]
    findings += check_use(files, [*told, *asked, *((plain(text), ()) for text in texts)])
    return sorted(findings, key=lambda each: (_ORDER.index(each.severity), each.file, each.line))


def prove_citations(statutes: Path, overlay: Path | None = None) -> list[Finding]:
    """What the official texts say against our citations: those of the digest, the answers, the rules and the calculators."""
    knowledge = Knowledge.load(overlay)
    further: list[Citation] = [(f"calculator {name}", article) for name, each in CALCULATORS.items() for article in each.articles]
    further += [(f"citations.txt line {line}", reference) for line, reference in _cited_by_rules(data_folder(overlay))]
    proof = prove(knowledge.digest, statutes, knowledge.answers, further)
    findings = [error("条文核对", 0, problem) for problem in dict.fromkeys(proof.problems)]
    if proof.unchecked:
        listed = shown([reference.cite for reference in proof.unchecked])
        findings.append(Finding(Severity.INFORMATION, "条文核对", 0, f"手头没有官方文本、没法核对的 {len(proof.unchecked)} 条：{listed}"))
    return findings


# ---- reading what may be malformed


def _normaliser(folder: Traversable) -> Normaliser:
    """As `load_normaliser`, but lines that don't fit are passed over: `check_slips` names them."""
    pairs = [pair for _, line in numbered(folder, "lexicon/traditional.txt") for pair in line.split()]
    slips = [line.split(maxsplit=1) for _, line in numbered(folder, "lexicon/slips.txt")]
    return Normaliser({pair[0]: pair[1] for pair in pairs if len(pair) == 2}, {slip[0]: slip[1] for slip in slips if len(slip) == 2})


def _digest(folder: Traversable, findings: list[Finding]) -> Digest:
    try:
        return load_digest(folder)
    except (ValueError, KeyError) as bad:
        findings.append(error("articles.txt", 0, f"法条摘要打不开：{bad}"))
        return Digest({}, ())


def _examples(folder: Traversable, findings: list[Finding]) -> Iterator[_Placed]:
    for file in sorted((folder / "examples").iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".txt"):
            continue
        name = f"examples/{file.name}"
        for number, line in numbered(folder, name):
            try:
                example = read_example(line, file.name.removesuffix(".txt"))
            except ValueError as bad:
                findings.append(error(name, number, f"例句写得不对，程序学不了：{bad}"))
                continue
            yield _Placed(name, number, example)


def _answers(folder: Traversable) -> Iterator[_Written]:
    for file in sorted((folder / "answers").iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".toml"):
            continue
        whole = file.read_text(encoding="utf-8")
        try:
            tables = tomllib.loads(whole).get("answer", [])
        except tomllib.TOMLDecodeError:
            continue  # `read_files` has said so
        for table in tables:
            yield _Written(f"answers/{file.name}", line_of(whole, f'code = "{table.get("code", "?")}"'), table, whole)


def _texts(value: object) -> list[str]:
    return (
        [value] if isinstance(value, str) else [each for each in value if isinstance(each, str)] if isinstance(value, list | tuple) else []
    )


def _reference(written: str) -> ArticleReference | None:
    law, _, number = written.strip().rpartition(" ")
    return ArticleReference(law, int(number)) if law and number.isdecimal() else None


# ---- examples and weights


def _check_examples(examples: Sequence[_Placed], plain: Normaliser, digest: Digest) -> Iterator[Finding]:
    same: dict[str, list[_Placed]] = defaultdict(list)
    missing: Counter[str] = Counter()
    for each in examples:
        same[plain(each.example.text)].append(each)
        missing.update(f"{law} {number}" for law, number in each.example.articles if ArticleReference(law, number) not in digest.articles)
    again = []
    for first, *others in same.values():
        for other in others:
            if _label(first.example) == _label(other.example):
                again.append(other.example.text.replace("\n", " ")[:20])
            else:
                text = (
                    f"同一句话在 {first.where} 标成“{_label(first.example)}”，这里标成“{_label(other.example)}”：{other.example.text[:30]}"
                )
                yield error(other.file, other.line, f"{text}；按同一个意思改成一样")
    if again:
        yield Finding(Severity.INFORMATION, "examples", 0, f"{len(again)} 个例句和别的例句是同一句话、标得也一样：{shown(again)}")
    if missing:
        listed = shown([f"{article}（{count} 句）" for article, count in missing.most_common()])
        yield warning("examples", 0, f"例句指着 {len(missing)} 条法条摘要（articles.txt）里没有的法条，问到时引不出来：{listed}")


def _label(example: Example) -> str:
    return "、".join(part.label for part in (example.topics[0], example.kind, example.nature) if part is not None)


def _check_weights(folder: Traversable) -> Iterator[Finding]:
    file = "lexicon/weights.tsv"
    try:
        counted_from = load_weights(folder / "lexicon" / "weights.tsv").counted_from
    except (ValueError, IndexError, OSError) as bad:
        yield error(file, 0, f"权重表打不开：{bad}；重新学一遍：{LEARN}")
        return
    if counted_from.partition(" ")[0] != digest_of(folder / "examples"):
        yield error(file, 1, f"例句改过以后还没有重新学，权重是旧的；运行：{LEARN}")


# ---- citations, answers, facts, calculators


def _cited_by_rules(folder: Traversable) -> Iterator[tuple[int, ArticleReference]]:
    for line, written in _rules(folder):
        if (reference := _reference(written)) is not None:
            yield line, reference


def _rules(folder: Traversable) -> Iterator[tuple[int, str]]:
    for number, line in numbered(folder, "citations.txt"):
        for written in line.split("|")[-1].split(";"):
            yield number, written.strip()


def _check_rules(folder: Traversable, digest: Digest) -> Iterator[Finding]:
    for line, written in _rules(folder):
        reference = _reference(written)
        if reference is None:
            yield error("citations.txt", line, f"“{written[:30]}”应写成“法的简称 条号”")
        elif reference not in digest.articles:
            yield error("citations.txt", line, f"{reference.cite}不在法条摘要（articles.txt）里，这条规则引不出它")


def _check_answers(answers: Sequence[_Written], digest: Digest, plain: Normaliser) -> Iterator[Finding]:
    codes: dict[str, _Written] = {}
    asked: dict[str, tuple[_Written, str]] = {}
    for answer in answers:
        if answer.code in codes:
            yield error(answer.file, answer.line, f"编号 {answer.code} 在 {codes[answer.code].file}:{codes[answer.code].line} 用过了")
        codes.setdefault(answer.code, answer)
        if lacking := [key for key in ("code", "title", "text", "words", "articles", "steps") if key not in answer.table]:
            yield error(answer.file, answer.line, f"{answer.code} 缺少 {'、'.join(lacking)}")
        for written in _texts(answer.table.get("articles", ())):
            reference = _reference(written)
            if reference is None or reference not in digest.articles:
                yield error(answer.file, answer.line_of(f'"{written}"'), f"{answer.code} 引的“{written}”不在法条摘要（articles.txt）里")
        for name in _texts(answer.table.get("calculators", ())):
            if name not in CALCULATORS:
                yield error(
                    answer.file, answer.line_of(f'"{name}"'), f"{answer.code} 要用的计算器 {name} 没有；有的是：{'、'.join(CALCULATORS)}"
                )
        for question in _texts(answer.table.get("questions", ())):
            before, worded = asked.setdefault(plain(question)[1:-1].strip("?，"), (answer, question))
            if before is not answer:
                there = f"{before.code}（{before.file}:{before.line_of(worded)}）"
                yield warning(answer.file, answer.line_of(question), f"“{question}”已经是 {there}的问法，两条回答会抢；只留在一条里")


def _check_facts(answers: Sequence[_Written], today: date, overlay: Path | None) -> Iterator[Finding]:
    try:
        facts = Facts.load(overlay)
    except (BadFacts, ValueError, KeyError) as bad:
        yield error("facts", 0, f"事实表打不开：{bad}")
        return
    for answer in answers:
        for key in _SHOWN_TO_PEOPLE:
            for text in _texts(answer.table.get(key, ())):
                for found in _PLACEHOLDER.findall(text):
                    if (problem := _wrong_with(found)) is not None:
                        yield error(answer.file, answer.line_of(found), f"{answer.code} 里的 {found}：{problem}")
                    elif (fact := _FACT.fullmatch(found)) and facts.latest(fact["name"], fact["region"], today) is None:
                        lacking = f"内置的事实表里没有{fact['region']}的{fact_names()[fact['name']].label}，工作人员补上之前没有数可填"
                        yield warning(answer.file, answer.line_of(found), f"{answer.code} 里的 {found}：{lacking}")


def _wrong_with(placeholder: str) -> str | None:
    written = _FACT.fullmatch(placeholder)
    if written is None:
        return "应写成 {fact:名称@地区}，例如 {fact:minimum-wage-month@北京}"
    name, region = written["name"], written["region"]
    if name not in fact_names():
        return f"事实表里没有 {name} 这个名称（见 facts/names.toml）"
    return None if read_region(region) is not None else f"“{region}”不是一个地区；写北京、山东临沂、全国这样"


def _check_calculators(digest: Digest) -> Iterator[Finding]:
    for name, calculator in CALCULATORS.items():
        missing = [reference.cite for reference in calculator.articles if reference not in digest.articles]
        if missing:
            yield warning("articles.txt", 0, f"计算器 {name}（{calculator.title}）引的 {'、'.join(missing)} 不在法条摘要里，看不到条文要点")
