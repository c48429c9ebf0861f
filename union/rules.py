"""The rules of deadlines, read from a file that staff can read and change."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from storage.models import UnitKind

RULES_FILE = Path(__file__).parent / "data" / "deadlines.toml"

_UNITS_OF_TIME = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Do(StrEnum):
    REMIND = "remind"
    BREACH = "breach"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a rule. at: how long after the beginning. tell: the rungs of the ladder, from below."""

    at: timedelta
    do: Do
    tell: tuple[UnitKind, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. repeat: how long after the last step it is taken again; never shorter than a minute."""

    code: str
    title: str
    subject: str
    source: str
    due: timedelta
    repeat: timedelta
    steps: tuple[Step, ...]

    def step(self, number: int) -> Step:
        """Step `number`, counted from 0; beyond the last it is the last one again, `repeat` later each time."""
        if number < len(self.steps):
            return self.steps[number]
        last = self.steps[-1]
        again = number - len(self.steps) + 1
        return Step(last.at + self.repeat * again, last.do, last.tell)

    def next_at(self, started_at: datetime, number: int) -> datetime:
        """When step `number` falls for a deadline that began at `started_at`."""
        return started_at + self.step(number).at

    def first_after(self, started_at: datetime, now: datetime, number: int = 0) -> int:
        """The first step from `number` on that lies after `now`."""
        while number < len(self.steps) and self.next_at(started_at, number) <= now:
            number += 1
        if number >= len(self.steps) and self.next_at(started_at, number) <= now:
            behind = now - self.next_at(started_at, number)
            number += behind // self.repeat + 1
        return number


class BadRules(ValueError):
    """The rules' file is wrong; the text says where and what is expected."""


def load_rules(path: Path = RULES_FILE) -> Mapping[str, Rule]:
    """The rules by their code. Raises BadRules."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadRules(f"{path.name}: {error}") from error
    return {code: _rule(path.name, code, table) for code, table in raw.items()}


def _rule(file: str, code: str, table: dict[str, Any]) -> Rule:
    try:
        steps = tuple(
            Step(_span(step["at"]), Do(step["do"]), tuple(UnitKind(kind) for kind in step.get("tell", ()))) for step in table["steps"]
        )
        rule = Rule(code, table["title"], table["subject"], table["source"], _span(table["due"]), _span(table["repeat"]), steps)
    except (KeyError, TypeError, ValueError) as error:
        raise BadRules(f"{file}: [{code}]: {type(error).__name__} {error}") from error
    times = [step.at for step in steps]
    if not steps or times != sorted(times):
        raise BadRules(f"{file}: [{code}]: at least one step, in order of time")
    if rule.repeat < timedelta(minutes=1):
        raise BadRules(f"{file}: [{code}]: repeat of at least 1m")
    if any(step.do is not Do.REMIND and not step.tell for step in steps):
        raise BadRules(f"{file}: [{code}]: a breach or an escalation names the rungs to tell")
    return rule


def _span(text: str) -> timedelta:
    match = re.fullmatch(r"(\d+)([mhd])", text)
    if match is None:
        raise ValueError(f"{text!r} is not a time like 30m, 24h or 7d")
    return int(match[1]) * _UNITS_OF_TIME[match[2]]
