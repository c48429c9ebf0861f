"""The rules of deadlines, read from a file that staff can read and change."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import CaseKind, RuleChange
from union.calendar import BEIJING
from union.paths import date_kinds

RULES_FILE = Path(__file__).parent / "data" / "deadlines.toml"

INCIDENT_RULE = "incident"
"""The rule of 突发事件: each level has a deadline of its own, begun by the alarm (union/alarms) and not by an event."""

CHANGES_LOCK = 1235102
"""Advisory lock: of several processes that start at once, one notes a change of the rules."""

CHANGES = frozenset(
    {
        "received", "received_again", "assigned", "unassigned", "transferred", "handed_up", "referred", "declined", "accepted", "intervened",
        "proceeded", "news", "pause_asked", "paused", "resumed", "closed", "withdrawn", "merged", "rated", "reopened", "archived", "split",
        "joined", "left_group", "mediation", "mediation_over",
    }
)  # fmt: skip
"""What can happen to a case and so begin, end or renew a deadline: the changes of its life (union/lifecycle), its intake, and its mediations.
A name that is none of these, nor a day that can be noted, is a slip of the pen: the rule would never begin, or never end."""

OPENS, SHUTS = time(9), time(18)
"""The hours of Beijing in which the steps of a rule that keeps working hours fall. Days off are not known here."""

_UNITS_OF_TIME = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Do(StrEnum):
    """What a step does."""

    REMIND = "remind"  # the people in `tell` are reminded
    BREACH = "breach"  # the time is over: the mark stays, and the rungs in `tell` are told
    ESCALATE = "escalate"  # nobody has acted: the rungs in `tell` are told
    PASS_ON = "pass_on"  # the lawyer has not taken the case: it goes to the next
    ARCHIVE = "archive"  # the case is put away


SERIOUS = (Do.BREACH, Do.ESCALATE)
"""Those that climb the ladder: whom they told, and who said that they have it, is kept as a rung."""


class Whom(StrEnum):
    """Who is told. A rung without anybody who can be reached passes to the next one above."""

    HANDLER = "handler"  # the one responsible for the case
    WORKER = "worker"  # the person whose case it is
    OWN = "own"  # the staff of the unit that the deadline belongs to
    ABOVE = "above"  # the staff of the next rung above that unit; each step of the rule that says so again climbs one more
    STREET = "street"
    DISTRICT = "district"
    CITY = "city"


STAFF_RUNGS = (Whom.OWN, Whom.ABOVE, Whom.STREET, Whom.DISTRICT, Whom.CITY)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a rule. at: how long after the beginning. tell: whom."""

    at: timedelta
    do: Do
    tell: tuple[Whom, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. kinds: the kinds of case that it holds for; empty means all. starts, stops, restarts: what must happen for it to begin, end, count anew.

    repeat: how long after the last step it is taken again; never shorter than a minute. ends: it is not repeated, its time is over for good.
    pausable: it waits while the worker can't be reached. by_day: its steps fall in working hours; one that would come outside of them comes when the
    next ones begin.
    """

    code: str
    title: str
    subject: str
    source: str
    due: timedelta
    repeat: timedelta
    steps: tuple[Step, ...]
    kinds: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    restarts: tuple[str, ...] = ()
    ends: bool = False
    pausable: bool = False
    by_day: bool = False

    def holds_for(self, kind: str) -> bool:
        """Whether the rule is one for cases of this kind."""
        return not self.kinds or kind in self.kinds

    def step(self, number: int) -> Step:
        """Step `number`, counted from 0; beyond the last it is the last one again, `repeat` later each time."""
        if number < len(self.steps):
            return self.steps[number]
        last = self.steps[-1]
        again = number - len(self.steps) + 1
        return Step(last.at + self.repeat * again, last.do, last.tell)

    def over(self, number: int) -> bool:
        """Whether there is no step `number`: a rule that ends has only those that are written down."""
        return self.ends and number >= len(self.steps)

    def next_at(self, started_at: datetime, number: int) -> datetime | None:
        """When step `number` falls for a deadline that began at `started_at`; None when there is none."""
        return None if self.over(number) else self._falls(started_at, number)

    def _falls(self, started_at: datetime, number: int) -> datetime:
        moment = started_at + self.step(number).at
        return in_working_hours(moment) if self.by_day else moment

    def first_after(self, started_at: datetime, now: datetime, number: int = 0) -> int:
        """The first step from `number` on that lies after `now`."""
        while number < len(self.steps) and self._falls(started_at, number) <= now:
            number += 1
        if number >= len(self.steps) and not self.ends and self._falls(started_at, number) <= now:
            behind = now - (started_at + self.step(number).at)
            number += behind // self.repeat  # the last one that has come, or that waits for the morning
            while self._falls(started_at, number) <= now:
                number += 1
        return number

    def as_data(self) -> dict[str, Any]:
        """The rule as it is kept when it changes."""
        shown = {
            name: getattr(self, name) for name in ("title", "subject", "source", "kinds", "starts", "stops", "restarts", "ends", "pausable")
        }
        if self.by_day:
            shown["by_day"] = True
        steps = [{"at": int(s.at.total_seconds()), "do": s.do.value, "tell": [w.value for w in s.tell]} for s in self.steps]
        times = {"due": int(self.due.total_seconds()), "repeat": int(self.repeat.total_seconds())}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in shown.items()} | times | {"steps": steps}


def in_working_hours(moment: datetime) -> datetime:
    """The moment itself, or when the next working hours begin."""
    local = moment.astimezone(BEIJING)
    if local.time() < OPENS:
        return datetime.combine(local.date(), OPENS, BEIJING).astimezone(moment.tzinfo)
    if local.time() >= SHUTS:
        return datetime.combine(local.date() + timedelta(days=1), OPENS, BEIJING).astimezone(moment.tzinfo)
    return moment


Rules = Mapping[str, Rule]


def contact_rule(rules: Rules, kind: str) -> Rule:
    """The rule that says how soon the one responsible must have made contact with the person: in a dispute the 24-hour clock (S1 三(三)3)."""
    return next(rule for rule in rules.values() if "received" in rule.starts and "intervened" in rule.stops and rule.holds_for(kind))


class BadRules(ValueError):
    """The rules' file is wrong; the text says where and what is expected."""


def load_rules(path: Path = RULES_FILE) -> Mapping[str, Rule]:
    """The rules by their code. Raises BadRules."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadRules(f"{path.name}: {error}") from error
    rules = {code: _rule(path.name, code, table) for code, table in raw.items()}
    for kind in CaseKind:
        contact = [
            code for code, rule in rules.items() if rule.holds_for(kind) and "received" in rule.starts and "intervened" in rule.stops
        ]
        if len(contact) != 1:
            raise BadRules(f"{path.name}: exactly one rule that starts with received and stops with intervened for {kind}, not {contact}")
    return rules


_FIELDS = frozenset(
    {"title", "subject", "source", "due", "repeat", "steps", "kinds", "starts", "stops", "restarts", "ends", "pausable", "by_day"}
)  # fmt: skip


def _rule(file: str, code: str, table: dict[str, Any]) -> Rule:
    try:
        steps = tuple(Step(_span(step["at"]), Do(step["do"]), _told(step)) for step in table["steps"])
        rule = Rule(
            code,
            table["title"],
            table["subject"],
            table["source"],
            _span(table["due"]),
            _span(table["repeat"]),
            steps,
            kinds=tuple(CaseKind(kind).value for kind in table.get("kinds", ())),
            starts=_names(table, "starts"),
            stops=_names(table, "stops"),
            restarts=_names(table, "restarts"),
            ends=_flag(table, "ends"),
            pausable=_flag(table, "pausable"),
            by_day=_flag(table, "by_day"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadRules(f"{file}: [{code}]: {type(error).__name__} {error}") from error
    if unknown := set(table) - _FIELDS:
        raise BadRules(f"{file}: [{code}]: unknown {', '.join(sorted(unknown))}")
    times = [step.at for step in steps]
    if not steps or times != sorted(times):
        raise BadRules(f"{file}: [{code}]: at least one step, in order of time")
    if rule.repeat < timedelta(minutes=1):
        raise BadRules(f"{file}: [{code}]: repeat of at least 1m")
    if any(step.do in SERIOUS and not set(step.tell) & set(STAFF_RUNGS) for step in steps):
        raise BadRules(f"{file}: [{code}]: a breach or an escalation names the rungs to tell")
    return rule


def _told(step: dict[str, Any]) -> tuple[Whom, ...]:
    default = ("handler",) if step["do"] == Do.REMIND else ()
    return tuple(Whom(whom) for whom in step.get("tell", default))


def _names(table: dict[str, Any], key: str) -> tuple[str, ...]:
    found = table.get(key, ())
    names = (found,) if isinstance(found, str) else tuple(found)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"{key}: names of what happens")
    if table["subject"] == "case" and (unknown := [name for name in names if not _can_happen(name)]):
        raise ValueError(f"{key}: {', '.join(unknown)} never happens to a case")
    return names


def _can_happen(name: str) -> bool:
    return name in CHANGES or (name.startswith("date:") and name.removeprefix("date:") in date_kinds())


def _flag(table: dict[str, Any], key: str) -> bool:
    found = table.get(key, False)
    if not isinstance(found, bool):
        raise TypeError(f"{key}: true or false")
    return found


async def record_changes(session: AsyncSession, rules: Rules, now: datetime) -> list[str]:
    """Notes every rule that is other than when the program last looked. Returns their codes. Called once at the start, by one process at a time."""
    await session.execute(sa.select(sa.func.pg_advisory_xact_lock(CHANGES_LOCK)))
    latest = sa.select(RuleChange).ext(distinct_on(RuleChange.code)).order_by(RuleChange.code, RuleChange.id.desc())
    known = {change.code: change.after for change in await session.scalars(latest)}
    changed = []
    for code in sorted({*known, *rules}):
        after = rules[code].as_data() if code in rules else None
        if known.get(code) != after:
            session.add(RuleChange(code=code, before=known.get(code), after=after, at=now))
            changed.append(code)
    await session.flush()
    return changed


def _span(text: str) -> timedelta:
    match = re.fullmatch(r"(\d+)([mhd])", text)
    if match is None:
        raise ValueError(f"{text!r} is not a time like 30m, 24h or 7d")
    return int(match[1]) * _UNITS_OF_TIME[match[2]]
