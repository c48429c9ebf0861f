"""How well messages are read and articles found, measured on labelled questions: `python -m knowledge.evaluate DIR`.

Every figure is given for two parts of each file, told apart by a checksum of the id: the three quarters that may be looked at
while the lexicon is written, and the quarter kept back.
"""

from __future__ import annotations

import json
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .library import Knowledge
from .topics import RequestKind, Topic

Row = dict[str, Any]
Report = dict[str, dict[str, float]]
PARTS = ("open", "kept back")


def f1(pairs: Iterable[tuple[bool, bool]]) -> float:
    """F1 of (expected, read) truth values."""
    counts = Counter(pairs)
    hit, missed, false = counts[True, True], counts[True, False], counts[False, True]
    return 2 * hit / (2 * hit + missed + false) if hit else 0.0


def macro_f1(expected: Sequence[str], read: Sequence[str]) -> float:
    """The mean F1 over the labels that are expected at least once."""
    labels = sorted(set(expected))
    return sum(f1((e == label, r == label) for e, r in zip(expected, read, strict=True)) for label in labels) / len(labels)


def _share(hits: Iterable[bool]) -> float:
    values = list(hits)
    return sum(values) / len(values) if values else 0.0


def is_kept_back(row_id: str) -> bool:
    """Whether a row belongs to the quarter that nobody looks at."""
    return zlib.crc32(row_id.encode()) % 4 == 3


def score_readings(knowledge: Knowledge, rows: Sequence[Row]) -> dict[str, float]:
    """The figures of one set of labelled messages; those its labels allow."""
    readings = [knowledge.read(row["text"]) for row in rows]
    expected = [row["primary"] for row in rows]
    topics = [str(r.topic) for r in readings]
    figures = {
        "messages": float(len(rows)),
        "topic accuracy": _share(e == t for e, t in zip(expected, topics, strict=True)),
        "topic macro-F1": macro_f1(expected, topics),
        "labour F1": f1((e != Topic.NOT_LABOUR, t != Topic.NOT_LABOUR) for e, t in zip(expected, topics, strict=True)),
        "sure": _share(r.sure for r in readings),
        "accuracy when sure": _share(e == r.topic for e, r in zip(expected, readings, strict=True) if r.sure),
    }
    concrete = {RequestKind.DISPUTE, RequestKind.COMPLAINT, RequestKind.INCIDENT}
    if rows and "dispute" in rows[0]:
        pairs = [(row["dispute"] == "grievance", r.kind in concrete) for row, r in zip(rows, readings, strict=True)]
        figures["grievance F1"] = f1(pairs)
    if rows and "kind" in rows[0]:
        disputes = [(row, r) for row, r in zip(rows, readings, strict=True) if row["nature"]]
        figures["kind accuracy"] = _share(row["kind"] == r.kind for row, r in zip(rows, readings, strict=True))
        figures["kind macro-F1"] = macro_f1([row["kind"] for row in rows], [str(r.kind) for r in readings])
        figures["nature accuracy (of disputes)"] = _share(row["nature"] == r.nature for row, r in disputes)
        figures["urgent recall"] = _share(r.urgent for row, r in zip(rows, readings, strict=True) if row["urgent"])
        figures["urgent false alarms"] = _share(r.urgent for row, r in zip(rows, readings, strict=True) if not row["urgent"])
    return figures


def score_citations(knowledge: Knowledge, rows: Sequence[Row]) -> dict[str, float]:
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


def evaluate(questions_dir: Path) -> Report:
    """All figures, by file and part."""
    knowledge = Knowledge.load()
    report: Report = {}
    for name in ("dev", "dev_extra", "written_dev", "articles_dev"):
        path = questions_dir / f"{name}.jsonl"
        if not path.exists():
            continue
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        score = score_citations if name == "articles_dev" else score_readings
        for kept, title in enumerate(PARTS):
            part = [row for row in rows if is_kept_back(row["id"]) == bool(kept)]
            report[f"{name}, {title}"] = score(knowledge, part)
    report["speed"] = _speed(knowledge)
    return report


def _speed(knowledge: Knowledge, times: int = 500) -> dict[str, float]:
    text = "老板拖欠我三个月工资不给，怎么办？在通州工地"
    began = time.perf_counter()
    for _ in range(times):
        knowledge.read(text)
    return {f"ms to read {len(text)} characters": (time.perf_counter() - began) * 1000 / times}


def main(arguments: Sequence[str]) -> int:
    """Print the report for the folder given as the only argument."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m knowledge.evaluate DIR\n")
        return 2
    for title, figures in evaluate(Path(arguments[0])).items():
        sys.stdout.write(f"{title}\n")
        for name, value in figures.items():
            sys.stdout.write(f"  {name:32} {value:8.3f}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
