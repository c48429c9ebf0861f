"""The example cases: what happened at made-up workplaces, told the way workers tell it. The stories are in `data/cases.csv`.

Times are counted back from the moment the demo is loaded, so the clocks of the open cases are always running.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from bot.demo.register import DATA, Register, Workplace
from bot.demo.rows import Row, read_table

TOPICS = (
    "wages",
    "hours",
    "leave",
    "contract",
    "termination",
    "resignation",
    "injury",
    "insurance",
    "women",
    "restrictive",
    "relationship",
    "procedure",
    "safety",
    "collective",
    "union",
    "hardship",
)
KINDS = ("dispute", "complaint", "help", "suggestion")
NATURES = ("violation", "rights", "interest")
OPEN = ("received", "assigned", "accepted", "intervened", "in_progress")
STATUSES = (*OPEN, "closed", "rated", "withdrawn")
OUTCOMES = ("settled", "mediated", "arbitration", "litigation", "inspectorate", "advised", "withdrawn")

NEEDED = {
    "accepted": ("accepted_hours",),
    "intervened": ("accepted_hours", "intervened_hours"),
    "in_progress": ("accepted_hours", "intervened_hours"),
    "closed": ("accepted_hours", "intervened_hours", "closed_hours", "outcome"),
    "rated": ("accepted_hours", "intervened_hours", "closed_hours", "outcome", "rating"),
    "withdrawn": ("closed_hours", "outcome"),
}
"""What a dispute must have reached for its status to be true; other kinds of case have no lawyer, so no acceptance and no intervention."""

COLUMNS = (
    "workplace kind topic nature status since_days received_hours accepted_hours intervened_hours closed_hours"
    " amount story outcome recovered rating comment"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleCase:
    """One case. received_hours: hours before now. accepted_hours, intervened_hours, closed_hours: hours after that.

    since_days: days before now that the trouble began. amount, recovered: whole 元. nature is empty for what is not a dispute.
    """

    workplace: Workplace
    kind: str
    topic: str
    nature: str
    status: str
    since_days: int
    received_hours: int
    accepted_hours: int | None
    intervened_hours: int | None
    closed_hours: int | None
    amount: int | None
    story: str
    outcome: str
    recovered: int | None
    rating: int | None
    comment: str

    @property
    def open(self) -> bool:
        """Somebody still has to handle it."""
        return self.status in OPEN


def _maybe(row: Row, column: str) -> int | None:
    return row.whole(column) if row.optional(column) else None


def _choice(row: Row, column: str, allowed: Collection[str]) -> str:
    return row.known(column, allowed) if row.optional(column) else ""


def _check(row: Row, case: ExampleCase) -> None:
    """Refuses a line that contradicts itself."""
    for column in NEEDED.get(case.status, ()):
        if column in {"accepted_hours", "intervened_hours"} and case.kind != "dispute":
            continue
        if not row.optional(column):
            raise row.error(f"{column} is empty, but the case is {case.status}")
    if (case.kind == "dispute") != bool(case.nature):
        raise row.error("a dispute has a nature, and nothing else has one")
    steps = [hours for hours in (case.accepted_hours, case.intervened_hours, case.closed_hours, case.received_hours) if hours is not None]
    if steps != sorted(steps):
        raise row.error("the hours must go accepted, intervened, closed, and none may lie after now")
    if case.since_days * 24 < case.received_hours:
        raise row.error("since_days is later than the day the case was received")
    if case.rating is not None and not 1 <= case.rating <= 5:
        raise row.error(f"rating {case.rating} is not 1 to 5")


def read_cases(register: Register, folder: Path = DATA) -> tuple[ExampleCase, ...]:
    """Reads and checks cases.csv. Raises RegisterError for the first line that can't be used."""
    workplaces = {workplace.name: workplace for workplace in register.workplaces}

    def build(row: Row) -> ExampleCase:
        case = ExampleCase(
            workplace=workplaces[row.known("workplace", workplaces)],
            kind=row.known("kind", KINDS),
            topic=row.known("topic", TOPICS),
            nature=_choice(row, "nature", NATURES),
            status=row.known("status", STATUSES),
            since_days=row.whole("since_days"),
            received_hours=row.whole("received_hours"),
            accepted_hours=_maybe(row, "accepted_hours"),
            intervened_hours=_maybe(row, "intervened_hours"),
            closed_hours=_maybe(row, "closed_hours"),
            amount=_maybe(row, "amount"),
            story=row.text("story"),
            outcome=_choice(row, "outcome", OUTCOMES),
            recovered=_maybe(row, "recovered"),
            rating=_maybe(row, "rating"),
            comment=row.optional("comment"),
        )
        _check(row, case)
        return case

    return read_table(folder / "cases.csv", COLUMNS, build, lambda case: case.story)
