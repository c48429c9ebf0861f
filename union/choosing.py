"""The choice among lawyers, from plain values: whom a dispute goes to, and why the others were passed over."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from storage.types import PersonId
from union.units import UnitCard

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A lawyer named for a unit on the case's ladder. level: how many units up from the case's own. load: open cases; None while not counted.

    speaks: the worker's language, or none is noted. gave_back: they had this very case before.
    """

    lawyer_id: PersonId
    unit: UnitCard
    level: int
    capacity: int
    on_leave: bool
    in_conflict: bool
    knows_topic: bool
    speaks: bool
    made_up: bool
    named_at: datetime
    last_assigned_at: datetime | None
    gave_back: bool = False
    load: int | None = None

    def with_load(self, load: int) -> Candidate:
        """The same, with the open cases counted."""
        return replace(self, load=load)


@dataclass(frozen=True, slots=True)
class Choice:
    """The decision with its reasons, as they are written to the history. lawyer_id is None when nobody may take the case.

    compromise: what had to be given up to find somebody ("language", "topic"). undecided: those whose open cases must be counted first.
    """

    lawyer_id: PersonId | None
    unit: UnitCard | None
    passed_over: tuple[tuple[PersonId, str], ...]
    compromise: tuple[str, ...] = ()
    undecided: tuple[PersonId, ...] = ()

    def detail(self) -> dict[str, Any]:
        """For the history: numbers and codes only."""
        given_up = {"compromise": list(self.compromise)} if self.compromise else {}
        return {
            "lawyer": self.lawyer_id,
            "named_for": self.unit.id if self.unit else None,
            "passed_over": [{"lawyer": lawyer, "why": why} for lawyer, why in self.passed_over],
            **given_up,
        }


NOBODY = Choice(None, None, ())


def choose(candidates: Sequence[Candidate], loads: Mapping[PersonId, int], full: Collection[PersonId] = ()) -> Choice:
    """Nearest unit first; on the case's own unit the latest named, in a pool the least loaded, then the one who has waited longest.

    Somebody who knows the subject and speaks the worker's language is wanted; rather than nobody it is one who does not speak it, then one to
    whom the subject is new. The demo's made-up lawyers come after every real one, whatever these know: they can't answer a real worker.
    Never one on leave, in conflict, without a place, or who gave the case back. loads: open cases, as far as they are counted;
    full: found without a place since.
    """
    passed_over: dict[PersonId, str] = {}
    may = []
    for candidate in candidates:
        why = _ruled_out(candidate, full)
        if why:
            passed_over.setdefault(candidate.lawyer_id, why)
        else:
            may.append(candidate)
    for group in _groups(may):
        missing = tuple(c.lawyer_id for c in group if c.lawyer_id not in loads)
        if missing:
            return Choice(None, None, (), undecided=missing)
        for candidate in sorted(group, key=lambda c: _order(c, loads)):
            if loads[candidate.lawyer_id] < candidate.capacity:
                for other in may:
                    if other.level <= candidate.level and (without := [what for what in _lacks(other) if what not in _lacks(candidate)]):
                        passed_over.setdefault(other.lawyer_id, without[0])
                reasons = tuple((lawyer, why) for lawyer, why in passed_over.items() if lawyer != candidate.lawyer_id)
                return Choice(candidate.lawyer_id, candidate.unit, reasons, _lacks(candidate))
            passed_over.setdefault(candidate.lawyer_id, "full")
    return Choice(None, None, tuple(passed_over.items()))


def _ruled_out(candidate: Candidate, full: Collection[PersonId]) -> str:
    if candidate.gave_back:
        return "declined"
    if candidate.in_conflict:
        return "conflict"
    if candidate.on_leave:
        return "on_leave"
    return "full" if candidate.lawyer_id in full else ""


def _lacks(candidate: Candidate) -> tuple[str, ...]:
    has = (("language", candidate.speaks), ("topic", candidate.knows_topic))
    return tuple(what for what, there in has if not there)


def _groups(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Those of equal right, the first in right first: only their open cases need to be counted."""
    by_right: dict[tuple[bool, bool, bool, int], list[Candidate]] = {}
    for candidate in candidates:
        right = (candidate.made_up, not candidate.knows_topic, not candidate.speaks, candidate.level)
        by_right.setdefault(right, []).append(candidate)
    return [by_right[right] for right in sorted(by_right)]


def _order(candidate: Candidate, loads: Mapping[PersonId, int]) -> tuple[Any, ...]:
    newest_first = -candidate.named_at.timestamp() if candidate.level == 0 else 0.0
    return (newest_first, loads[candidate.lawyer_id], candidate.last_assigned_at or _NEVER, candidate.lawyer_id)
