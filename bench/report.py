"""What a bench found: figures, each beside its plain alternative measured in the same run, and the limit that it must keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A bound: `least` and `most` for the value, `share` for the value in parts of its alternative."""

    least: float | None = None
    most: float | None = None
    share: float | None = None

    def text(self, unit: str) -> str:
        """The limit in words."""
        bounds = []
        if self.least is not None:
            bounds.append(f"≥ {shown(self.least)} {unit}")
        if self.most is not None:
            bounds.append(f"≤ {shown(self.most)} {unit}")
        if self.share is not None:
            bounds.append(f"≥ {self.share:.0%} of plain")
        return ", ".join(bounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value. beside: the plain alternative's, None where there is none to compare with."""

    what: str
    value: float
    unit: str
    beside: float | None = None
    limit: Limit | None = None

    @property
    def ratio(self) -> float | None:
        """The value in parts of its alternative."""
        return self.value / self.beside if self.beside else None

    @property
    def met(self) -> bool | None:
        """Whether the limit is kept; None where there is none."""
        if self.limit is None:
            return None
        low, high, share = self.limit.least, self.limit.most, self.limit.share
        return (
            (low is None or self.value >= low)
            and (high is None or self.value <= high)
            and (share is None or (self.ratio is not None and self.ratio >= share))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one bench found. plain: what the alternative is. notes: what must be known to read the figures."""

    name: str
    title: str
    plain: str
    figures: Sequence[Figure]
    notes: Sequence[str] = ()

    @property
    def met(self) -> bool:
        """Whether every limit is kept."""
        return all(figure.met is not False for figure in self.figures)

    def as_json(self) -> dict[str, Any]:
        """As plain JSON."""
        figures = [{**asdict(figure), "ratio": figure.ratio, "met": figure.met} for figure in self.figures]
        return {"name": self.name, "title": self.title, "plain": self.plain, "met": self.met, "figures": figures, "notes": list(self.notes)}


def shown(value: float) -> str:
    """A number as it is read: four digits at most behind the first."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.3g}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def print_facts(console: Console, facts: Mapping[str, str]) -> None:
    """The machine that the figures come from."""
    grid = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        grid.add_row(name, value)
    console.print(grid)


def print_result(console: Console, result: Result) -> None:
    """A readable table."""
    table = Table(title=f"{result.name}: {result.title}", title_justify="left", title_style="bold", caption_justify="left")
    for name in ("figure", "value", "plain", "ratio", "limit", "met"):
        table.add_column(name, justify="left" if name in ("figure", "limit") else "right")
    for figure in result.figures:
        table.add_row(
            figure.what,
            f"{shown(figure.value)} {figure.unit}",
            "" if figure.beside is None else f"{shown(figure.beside)} {figure.unit}",
            "" if figure.ratio is None else f"{figure.ratio:.0%}" if figure.ratio < 10 else f"×{shown(figure.ratio)}",
            figure.limit.text(figure.unit) if figure.limit else "",
            {None: "", True: "yes", False: "NO"}[figure.met],
        )
    console.print()
    console.print(table)
    console.print(f"plain: {result.plain}")
    for note in result.notes:
        console.print(f"· {note}")
