"""How well messages are read and articles found, measured on labelled questions: `python -m knowledge.evaluate DIR [--json]`.

Every figure is given for two parts of each file, told apart by a checksum of the id: the three quarters that may be looked at
while the lexicon is written, and the quarter kept back. What shows single messages shows those that may be looked at only.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .folder import data_folder
from .lexicon import load_lexicon
from .library import Knowledge
from .reader import Reading
from .signs import Signer
from .speed import measure
from .topics import RequestKind, Topic
from .weights import SCALES, load_weights

Row = dict[str, Any]
Figures = dict[str, float]
Report = dict[str, Any]
Pair = tuple[str, str]  # what is expected, and what was read

FILES = ("dev", "dev_extra", "written_dev", "articles_dev")
PARTS = ("open", "kept back", "all")
LEARNABLE = ("dev", "dev_extra")  # files whose open part `knowledge.learn` may have learned from, and then says so in the table of weights
CONCRETE = frozenset({RequestKind.DISPUTE, RequestKind.COMPLAINT, RequestKind.INCIDENT})
GRIEVANCE = CONCRETE | {RequestKind.HELP}
"""Kinds that a grievance may be read as: something has happened to the writer, or they can't get by."""

LEAST_CONFUSED, WORST = 2, 10


def f1(pairs: Iterable[tuple[bool, bool]]) -> float:
    """F1 of (expected, read) truth values."""
    counts = Counter(pairs)
    hit, missed, false = counts[True, True], counts[True, False], counts[False, True]
    return 2 * hit / (2 * hit + missed + false) if hit else 0.0


def macro_f1(expected: Sequence[str], read: Sequence[str], labels: Sequence[str] = ()) -> float:
    """The mean F1 over `labels`, those that occur nowhere counting as 0; without them, over the labels expected at least once."""
    over = labels or sorted(set(expected))
    return sum(f1((e == label, r == label) for e, r in zip(expected, read, strict=True)) for label in over) / (len(over) or 1)


def _share(hits: Iterable[bool]) -> float:
    values = list(hits)
    return sum(values) / len(values) if values else 0.0


def is_kept_back(row_id: str) -> bool:
    """Whether a row belongs to the quarter that nobody looks at."""
    return zlib.crc32(row_id.encode()) % 4 == 3


def read_rows(file: Path) -> list[Row]:
    """Labelled messages, one JSON object a line. Raises ValueError, naming the line, for one that can't be read."""
    rows = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not isinstance(row.get("text"), str):
                raise ValueError("a text is expected")
        except (ValueError, AttributeError) as error:
            raise ValueError(f"{file.name} line {number}: {error}") from None
        rows.append(row)
    return rows


# ---- figures


def score_readings(knowledge: Knowledge, rows: Sequence[Row]) -> Figures:
    """The figures of one set of labelled messages; those its labels allow."""
    pairs = [(row, knowledge.read(row["text"])) for row in rows]
    expected, topics = [row["primary"] for row, _ in pairs], [str(r.topic) for _, r in pairs]
    figures = {
        "messages": float(len(rows)),
        "topic accuracy": _share(row["primary"] == r.topic for row, r in pairs),
        "topic macro-F1": macro_f1(expected, topics),
        "topic macro-F1 over all 17": macro_f1(expected, topics, list(Topic)),
        "labour F1": f1((row["primary"] != Topic.NOT_LABOUR, r.topic is not Topic.NOT_LABOUR) for row, r in pairs),
        "sure": _share(r.sure for _, r in pairs),
        "accuracy when sure": _share(row["primary"] == r.topic for row, r in pairs if r.sure),
        "right one among the likely": _share(row["primary"] in r.likely for row, r in pairs),
    }
    if rows and "dispute" in rows[0]:
        figures |= _score_grievances(pairs)
    if rows and "kind" in rows[0]:
        figures |= _score_kinds(pairs)
    return figures


def _score_grievances(pairs: Sequence[tuple[Row, Reading]]) -> Figures:
    decided = [(row["dispute"] == "grievance", r.kind in GRIEVANCE) for row, r in pairs if row["dispute"] != "other"]
    return {
        "grievance F1": f1((row["dispute"] == "grievance", r.kind in CONCRETE) for row, r in pairs),
        "consult or grievance": _share(expected == read for expected, read in decided),
    }


def _score_kinds(pairs: Sequence[tuple[Row, Reading]]) -> Figures:
    disputes = [(row, r) for row, r in pairs if row["nature"]]
    return {
        "kind accuracy": _share(row["kind"] == r.kind for row, r in pairs),
        "kind macro-F1": macro_f1([row["kind"] for row, _ in pairs], [str(r.kind) for _, r in pairs]),
        "nature accuracy (of disputes)": _share(row["nature"] == r.nature for row, r in disputes),
        "nature, if read as a dispute": _share(row["nature"] == r.nature for row, r in disputes if r.nature is not None),
        "urgent recall": _share(r.urgent for row, r in pairs if row["urgent"]),
        "urgent false alarms": _share(r.urgent for row, r in pairs if not row["urgent"]),
    }


def score_citations(knowledge: Knowledge, rows: Sequence[Row]) -> Figures:
    """How often a gold article is among the first 1, 3, 10 cited."""
    ranks: list[int] = []
    for row in rows:
        gold = {(short_law(law), number) for law, number in row["gold"]}
        cited = [(ref.law, ref.number) for ref in knowledge.cite(row["text"])]
        ranks.append(next((rank for rank, ref in enumerate(cited) if ref in gold), len(cited) + 10))
    return {"questions": float(len(rows)), **{f"hit@{k}": _share(rank < k for rank in ranks) for k in (1, 3, 10)}}


def short_law(name: str) -> str:
    """A law's name as this library writes it."""
    name = name.removeprefix("中华人民共和国")
    return "劳动争议司法解释（一）" if "审理劳动争议案件" in name else name


# ---- what is taken for what


def topic_pairs(knowledge: Knowledge, rows: Sequence[Row]) -> list[Pair]:
    """The topic expected and the one read, of each row that has one."""
    return [(row["primary"], str(knowledge.read(row["text"]).topic)) for row in rows if row.get("primary")]


def kind_pairs(knowledge: Knowledge, rows: Sequence[Row]) -> list[Pair]:
    """The kind expected and the one read, of each row that has one."""
    return [(row["kind"], str(knowledge.read(row["text"]).kind)) for row in rows if row.get("kind")]


def confused(pairs: Iterable[Pair], least: int = LEAST_CONFUSED) -> list[tuple[str, str, int]]:
    """What was taken for what, at least so often, the most frequent first."""
    counts = Counter((expected, read) for expected, read in pairs if expected != read)
    return sorted(((*pair, count) for pair, count in counts.items() if count >= least), key=lambda cell: (-cell[2], cell[:2]))


@dataclass(frozen=True, slots=True)
class Mistake:
    """A message whose topic was read wrongly, and how far the wrong one stood above the right one."""

    text: str
    expected: str
    read: str
    margin: float
    why: tuple[str, ...]


def worst_mistakes(knowledge: Knowledge, rows: Sequence[Row], overlay: Path | None = None, limit: int = WORST) -> list[Mistake]:
    """The messages read most decidedly wrongly, of those that may be looked at. `overlay` is what `knowledge` was loaded with."""
    folder = data_folder(overlay)
    lexicon = load_lexicon(folder)
    signer, weights = Signer(lexicon), load_weights(folder / "lexicon" / "weights.tsv")
    mistakes = []
    for row in rows:
        expected = row.get("primary")
        if expected not in SCALES or is_kept_back(str(row.get("id", ""))):
            continue
        reading = knowledge.read(row["text"])
        if reading.topic != expected:
            scores = weights.weigh(signer.find(lexicon.plain(row["text"]))).scores
            margin = scores[SCALES.index(reading.topic)] - scores[SCALES.index(expected)]
            mistakes.append(Mistake(row["text"], expected, str(reading.topic), round(margin, 3), reading.why))
    return sorted(mistakes, key=lambda mistake: -mistake.margin)[:limit]


# ---- the report


def evaluate(questions_dir: Path) -> Report:
    """All figures: `parts` by file and part, what is confused, the worst mistakes, and how fast it goes.

    What the weights were learned from measures nothing: those files are named, and none of their messages is among the mistakes.
    """
    knowledge = Knowledge.load()
    learned = LEARNABLE if "labelled" in load_weights(data_folder() / "lexicon" / "weights.tsv").counted_from else ()
    parts: dict[str, dict[str, Figures]] = {}
    texts: list[str] = []
    may_be_seen: list[Row] = []
    for name in FILES:
        path = questions_dir / f"{name}.jsonl"
        if not path.exists():
            continue
        rows = read_rows(path)
        texts += [row["text"] for row in rows]
        score = score_citations if name == "articles_dev" else score_readings
        parts[name] = {part: score(knowledge, [row for row in rows if _is_in(row, part)]) for part in PARTS}
        may_be_seen += [row for row in rows if name not in learned and _is_in(row, "open")]
    return {
        "learned from": list(learned),
        "parts": parts,
        "topics confused": confused(topic_pairs(knowledge, may_be_seen)),
        "kinds confused": confused(kind_pairs(knowledge, may_be_seen)),
        "worst": [
            {"text": each.text, "expected": each.expected, "read": each.read, "margin": each.margin, "why": list(each.why)}
            for each in worst_mistakes(knowledge, may_be_seen)
        ],
        **measure(knowledge, load_lexicon().own_words, texts),
    }


def _is_in(row: Row, part: str) -> bool:
    return part == "all" or is_kept_back(row["id"]) == (part == "kept back")


def in_words(report: Report) -> str:
    """The report as a person reads it."""
    lines: list[str] = []
    if report["learned from"]:
        lines += [
            f"The weights were learned from the open part of {' and '.join(report['learned from'])}: there only “kept back” measures.",
            "",
        ]
    for name, parts in report["parts"].items():
        lines.append(f"{name:34}" + "".join(f"{part:>12}" for part in parts))
        for figure in next(iter(parts.values())):
            lines.append(f"  {figure:32}" + "".join(_figure(figure, figures[figure]) for figures in parts.values()))
    for title in ("topics confused", "kinds confused"):
        lines += ["", f"{title} (expected → read, {LEAST_CONFUSED} times or more, the open part)"]
        lines += [f"  {count:3}  {expected} → {read}" for expected, read, count in report[title]]
    lines += ["", "the worst mistakes of the open part (by how far the wrong topic stands above the right one)"]
    for each in report["worst"]:
        text = " ".join(each["text"].split())
        lines.append(f"  {each['margin']:5.2f}  {each['expected']} → {each['read']}  [{' '.join(each['why'])}]  {text[:120]}")
    lines += ["", f"{report['speed of']:42}{'median':>10}{'p99':>10}{'most':>10}  ms"]
    for name, times in report["speed"].items():
        lines.append(f"  {name:40}" + "".join(f"{times[each]:10.3f}" for each in ("median", "p99", "most")))
    lines += ["", f"{report['rubbish of']:42}{'ms':>10}"]
    lines += [f"  {name:40}{value:10.1f}" for name, value in report["rubbish"].items()]
    lines += ["", "a fresh process"]
    lines += [f"  {name:40}{value:10.2f}" for name, value in report["fresh process"].items()]
    return "\n".join(lines) + "\n"


def _figure(name: str, value: float) -> str:
    return f"{value:12.0f}" if name in {"messages", "questions"} else f"{value:12.3f}"


def main(arguments: Sequence[str]) -> int:
    """Print the report for a folder of labelled questions."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.evaluate", description="How well labelled messages are read.")
    parser.add_argument("folder", type=Path, metavar="DIR", help=f"a folder with {', '.join(f'{name}.jsonl' for name in FILES)}, or some")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(list(arguments))
    if not any((given.folder / f"{name}.jsonl").exists() for name in FILES):
        parser.error(f"{given.folder}: none of {', '.join(f'{name}.jsonl' for name in FILES)} is there")
    report = evaluate(given.folder)
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n" if given.json else in_words(report))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
