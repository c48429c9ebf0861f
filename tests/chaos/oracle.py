"""What must have happened, worked out from each case's history and the rules alone, and held against what did.

The history says what people did and when; the rules say which deadlines that begins and ends, and which step falls when. Every step must have been
taken once, not before its time, and none may be missing. Nothing here asks the engine (union/deadlines): the arithmetic is done anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from storage.models import Case, CaseEvent, CaseKind, CaseStatus
from union.lifecycle import AT_WORK, TRANSITIONS
from union.rules import Do, Rule, Rules

ENDINGS = (CaseStatus.CLOSED, CaseStatus.WITHDRAWN, CaseStatus.MERGED, CaseStatus.ARCHIVED)
BY_EVENT = {transition.event: transition for transition in TRANSITIONS.values()}
REMARKS = frozenset({"passed_on", "not_taken", "handed_over", "kept"})
"""Lines that are neither a change of the table nor a step of a deadline."""

STEPS: Mapping[Do, str] = {Do.REMIND: "reminded", Do.BREACH: "overdue", Do.ESCALATE: "escalated", Do.PASS_ON: "passed_on"}
ASKED = "rating_asked"  # how a reminder of an ended case is written down

EVER = timedelta(days=10_000)
NEAR = timedelta(hours=2)
"""Two processes that write at nearly the same real time may do so in another order than their clocks say: milliseconds there are minutes here."""

Taken = tuple[str, int, tuple[int, ...]]
"""A step as a line tells of it: what was done, its number, and the reminders that it stands for as well."""


@dataclass(slots=True)
class Running:
    """A deadline that runs, as the history lets us know it. position: the first step not taken. doubt: how much its beginning is uncertain."""

    rule: Rule
    started: datetime
    position: int = 0
    paused_at: datetime | None = None
    number: int | None = None
    doubt: timedelta = timedelta(0)

    def due(self, step: int) -> datetime | None:
        """When a step falls; None when there is none."""
        if step < len(self.rule.steps):
            return self.started + self.rule.steps[step].at
        if self.rule.ends:
            return None
        return self.started + self.rule.steps[-1].at + self.rule.repeat * (step - len(self.rule.steps) + 1)

    def after(self, moment: datetime) -> int:
        """The first step that falls after a moment."""
        step = self.position
        while (due := self.due(step)) is not None and due <= moment:
            step += 1
        return step

    def does(self, step: int) -> Do:
        """What a step does."""
        return self.rule.steps[min(step, len(self.rule.steps) - 1)].do


def taken_together(running: Running, following: int) -> list[Taken]:
    """What must be done when all steps up to `following` have come due: of repeats and reminders the last stands for those before it."""
    last = len(running.rule.steps)
    numbers = [n for n in range(running.position, following) if n < last or n == following - 1]
    reminders = [n for n in numbers if running.does(n) is Do.REMIND]
    moves = [n for n in numbers if running.does(n) is Do.PASS_ON][-1:]
    graver = sorted([n for n in numbers if running.does(n) in (Do.BREACH, Do.ESCALATE)] + moves)
    told: list[Taken] = [(STEPS[running.does(n)], n, ()) for n in graver]
    if reminders and graver and graver[-1] > reminders[-1]:
        what, number, _ = told[0]
        told[0] = (what, number, tuple(reminders))
    elif reminders:
        told.append((STEPS[Do.REMIND], reminders[-1], tuple(reminders[:-1])))
    return sorted(told)


@dataclass(slots=True)
class Walk:
    """One case, walked through line by line. haste: so long after a step fell due people may still have put an end to its deadline before it was
    taken; what a message that arrives puts an end to is excused however late the message was."""

    case: Case
    rules: Rules
    haste: timedelta
    found: list[str] = field(default_factory=list)
    status: CaseStatus | None = None
    overdue: bool = False
    told_late: int = 0
    running: dict[str, Running] = field(default_factory=dict)
    numbers: set[int] = field(default_factory=set)
    taken: Counter[str] = field(default_factory=Counter)
    stood_for: int = 0

    def walk(self, lines: Sequence[CaseEvent], news: Iterable[datetime], until: datetime) -> None:
        """Goes through everything. news: when a word of the handler's reached the worker. until: by then everything due must have been taken."""
        together: dict[tuple[int, datetime], list[CaseEvent]] = {}
        for line in lines:
            if "deadline" in line.detail:
                together.setdefault((line.detail["deadline"], line.at), []).append(line)
        words = sorted(news)
        for line in lines:
            while words and words[0] < line.at:
                self._news(words.pop(0), lines)
            self._line(line, together)
        for word in words:
            self._news(word, lines)
        for running in self.running.values():
            self._nothing_missing(running, until, timedelta(0), "at the end")
        if self.status != self.case.status:
            self.found.append(f"the history ends {self.status}, the case is {self.case.status}")
        if self.overdue != self.case.overdue:
            self.found.append(f"the history says overdue {self.overdue}, the case says {self.case.overdue}")

    def _line(self, line: CaseEvent, together: dict[tuple[int, datetime], list[CaseEvent]]) -> None:
        name = line.action.removeprefix("case.")
        if "deadline" in line.detail:
            group = together.pop((line.detail["deadline"], line.at), None)
            if group is not None:
                self._steps(line.detail["rule"], group)
        elif name in BY_EVENT:
            self._move(name, line)
            self._happened(name, line)
        elif name not in REMARKS:
            self.found.append(f"line {line.number}: {line.action} is not known")

    def _move(self, name: str, line: CaseEvent) -> None:
        if self.status is None:
            self.found.append(f"line {line.number}: {name} before the case was received")
        transition = BY_EVENT[name]
        if name == "accepted" and self.status in AT_WORK:  # it was given to them in the middle of the work
            return
        if self.status not in transition.sources or self.case.kind not in transition.kinds:
            self.found.append(f"line {line.number}: no arrow {name} from {self.status}")
        if name == "intervened" and (clock := self._contact()) is not None and line.at >= clock.started + clock.rule.due:
            self.overdue = True
        if name == "archived" and ((put := self.running.get("archive")) is None or put.after(line.at) == put.position):
            self.found.append(f"line {line.number}: archived before its time")
        self.status = transition.target or self.status

    def _contact(self) -> Running | None:
        return next((r for r in self.running.values() if "intervened" in r.rule.stops and "received" in r.rule.starts), None)

    # ---- deadlines

    def _happened(self, name: str, line: CaseEvent) -> None:
        by_program = name in ("intervened", "resumed") and line.detail.get("how") != "call"
        excuse = EVER if by_program else self.haste
        ours = [rule for rule in self.rules.values() if not rule.kinds or self.case.kind in rule.kinds]
        if name == "resumed":
            for running in self.running.values():
                if running.paused_at is not None:
                    running.started += line.at - running.paused_at
                    running.paused_at = None
        touched = [rule.code for rule in ours if name in rule.stops or name in rule.starts]
        for code in list(self.running) if self.status in ENDINGS else touched:
            if code in self.running:
                running = self.running.pop(code)
                if name != "archived" or code != "archive":
                    self._nothing_missing(running, line.at, excuse, name)
        for rule in ours:
            if name in rule.starts:
                self.running[rule.code] = Running(rule, line.at)
            if name in rule.restarts and rule.code in self.running and self.running[rule.code].paused_at is None:
                self._nothing_missing(self.running[rule.code], line.at, excuse, name)
                self.running[rule.code] = Running(rule, line.at)
        if name == "paused":
            for running in self.running.values():
                if running.rule.pausable:
                    self._nothing_missing(running, line.at, excuse, name)
                    running.paused_at = line.at

    def _news(self, moment: datetime, lines: Sequence[CaseEvent]) -> None:
        """A word reached the worker: that counts the follow-up anew, without a line. Which of two things at nearly the same time came first is not written
        down, so the beginning is in doubt by as much."""
        if self.status in ENDINGS or self.status is None:
            return
        near = [abs(line.at - moment) for line in lines if abs(line.at - moment) < NEAR]
        for code, running in list(self.running.items()):
            if "news" in running.rule.restarts and running.paused_at is None:
                self._nothing_missing(running, moment, EVER, "news")
                self.running[code] = Running(running.rule, moment, doubt=max(near, default=timedelta(0)))

    def _nothing_missing(self, running: Running, moment: datetime, excuse: timedelta, why: str) -> None:
        due = running.due(running.position) if running.paused_at is None else None
        if due is not None and due + excuse + running.doubt <= moment:
            self.found.append(
                f"{running.rule.code} step {running.position} fell at {due:%d %H:%M:%S}, and was not taken by {moment:%d %H:%M:%S} ({why})"
            )

    def _steps(self, code: str, group: Sequence[CaseEvent]) -> None:
        line = group[0]
        where = f"line {line.number}: {code}"
        running = self.running.get(code)
        if running is None or running.paused_at is not None:
            self.found.append(f"{where} does not run")
            return
        number = line.detail["deadline"]
        if running.number is None and number in self.numbers:
            self.found.append(f"{where} deadline {number} had ended")
        if running.number not in (None, number):
            self.found.append(f"{where} deadline {number} instead of {running.number}")
        running.number = number
        self.numbers.add(number)
        following = running.after(line.at + running.doubt)
        done = sorted((_name(each), each.detail["step"], tuple(each.detail.get("for_also", ()))) for each in group)
        wanted = taken_together(running, following)
        if running.doubt and done != wanted:
            following = running.after(line.at)
            wanted = taken_together(running, following)
        if done != wanted:
            self.found.append(f"{where} at {line.at:%d %H:%M:%S}: {done} instead of {wanted}")
        for what, step, also in done:
            self.taken[f"{code}.{what}"] += 1
            self.stood_for += len(also)
            if what == "overdue" and running is self._contact():
                self.told_late += not self.overdue and self.case.kind is CaseKind.DISPUTE
                self.overdue = True
            following = max(following, step + 1)
        running.position = following
        if running.due(following) is None:
            del self.running[code]


def _name(line: CaseEvent) -> str:
    name = line.action.removeprefix("case.")
    return STEPS[Do.REMIND] if name == ASKED else name


def begin(walk: Walk, first: CaseEvent) -> bool:
    """The first line of every history: the case was received. Returns whether it is that."""
    if first.action != "case.received" or first.number != 1:
        walk.found.append(f"the history begins with {first.action}")
        return False
    walk.status = CaseStatus.RECEIVED
    for rule in walk.rules.values():
        if (not rule.kinds or walk.case.kind in rule.kinds) and "received" in rule.starts:
            walk.running[rule.code] = Running(rule, first.at)
    return True


def told_by(lines: Iterable[CaseEvent]) -> Counter[tuple[int, int, int]]:
    """Who must have been told of which step of which deadline."""
    return Counter(
        (line.detail["deadline"], line.detail["step"], person)
        for line in lines
        if "deadline" in line.detail
        for person in line.detail.get("told", ())
    )


def as_text(lines: Iterable[CaseEvent]) -> str:
    """A history to read."""
    return "\n".join(f"  {line.number:3} {line.at:%d %H:%M:%S} {line.action} by {line.actor_id} {line.detail}" for line in lines)
