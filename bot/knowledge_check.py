"""`python -m bot knowledge check`: what is wrong with the data files, and how labelled messages are read, as tables for staff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from knowledge import Knowledge, RequestKind, Topic
from knowledge.evaluate import Mistake, Pair, Row, is_kept_back, kind_pairs, topic_pairs, worst_mistakes
from knowledge.lint_files import Finding, Severity

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFORMATION: "dim"}
_LEAST_WIDTH = 140  # columns, where it is not a terminal that says: a row of seventeen topics fits in


def console() -> Console:
    """Where the tables go."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=max(found.width, _LEAST_WIDTH))


def show_findings(findings: Sequence[Finding], to: Console) -> None:
    """Each finding on a line of its own, and how many there are."""
    for each in findings:
        to.print(f"[{_STYLES[each.severity]}]{each.severity.label}[/] {escape(each.where)}  {escape(each.text)}", soft_wrap=True)
    counts = Counter(each.severity for each in findings)
    to.print("，".join(f"{severity.label} {counts[severity]}" for severity in Severity) + "。", soft_wrap=True)


def show_labelled(knowledge: Knowledge, rows: Sequence[Row], overlay: Path | None, to: Console) -> None:
    """What is taken for what, and the worst mistakes."""
    topics, kinds = topic_pairs(knowledge, rows), kind_pairs(knowledge, rows)
    if topics:
        to.print(_confusion("主题（行：应当是；列：读成了）", topics, {str(topic): topic.label for topic in Topic}))
    if kinds:
        to.print(_confusion("诉求种类（行：应当是；列：读成了）", kinds, {str(kind): kind.label for kind in RequestKind}))
    if topics:
        _show_mistakes(worst_mistakes(knowledge, rows, overlay), sum(is_kept_back(str(row.get("id", ""))) for row in rows), to)


def _confusion(title: str, pairs: Sequence[Pair], labels: dict[str, str]) -> Table:
    counts = Counter(pairs)
    right = sum(count for (expected, read), count in counts.items() if expected == read)
    strange = sorted({expected for expected, _ in pairs} - set(labels))
    table = Table(title=f"{title}：{right}/{len(pairs)} 对", title_justify="left", padding=(0, 0), show_lines=False)
    table.add_column("", no_wrap=True)
    for label in labels.values():
        table.add_column(label, width=4, overflow="fold", justify="right")
    for name in [*labels, *strange]:
        cells = [_cell(counts[name, other], right=name == other) for other in labels]
        if any(cells):
            table.add_row(escape(labels.get(name, name)), *cells)
    return table


def _cell(count: int, *, right: bool) -> str:
    return "" if not count else f"[green]{count}[/]" if right else f"[red]{count}[/]"


def _show_mistakes(mistakes: Sequence[Mistake], kept_back: int, to: Console) -> None:
    if kept_back:
        to.print(f"下面不显示留作检验的 {kept_back} 条（按编号定），免得照着它们改词库。", soft_wrap=True)
    if not mistakes:
        to.print("没有读错主题的。")
        return
    table = Table(title="错得最远的（差：错的主题比对的高出多少）", title_justify="left")
    for heading in ("差", "应当是", "读成了", "起作用的词", "原话"):
        table.add_column(heading, overflow="fold")
    for each in mistakes:
        text = " ".join(each.text.split())[:160]
        table.add_row(f"{each.margin:.2f}", _label(each.expected), _label(each.read), escape(" ".join(each.why)), escape(text))
    to.print(table)


def _label(topic: str) -> str:
    return Topic(topic).label
