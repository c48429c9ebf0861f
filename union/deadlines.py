"""The deadline engine: rows that come due, claimed by one query and acted on in batches. It knows no rule; rules are data (rules.py),
and what a rule is about (a case, later a congress or an agreement) is a `Subject` that the engine asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from storage.models import Deadline, DeadlineStatus, Rung
from storage.types import DeadlineId, PersonId, UnitId, one_of
from union.rules import SERIOUS, Do, Rule, Rules, Step

_when = sa.DateTime(timezone=True)

RUNNING = (DeadlineStatus.LIVE, DeadlineStatus.PAUSED)
"""A deadline that has not ended: it runs, or it waits because the worker can't be reached."""

MOVING = (Do.PASS_ON, Do.ARCHIVE)
"""Steps that change what they are about. Each takes as long as a hundred reminders."""

MOVES = 10
"""Of these so many are taken in one transaction: until it ends nobody else can touch anything that is in it. The others are free again at once."""

MOVING_LOCK = 1235110
"""Advisory lock: one process moves at a time. Each case that is passed on locks a lawyer, and two who lock several in different order would wait for each other."""


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline of which a step has come due. number: which step; behind it stands the rule's `step`.

    for_also: earlier reminders that were slept through, which this one stands for as well.
    """

    id: DeadlineId
    rule: Rule
    subject_id: int
    unit_id: UnitId
    due_at: datetime
    number: int
    step: Step
    for_also: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """Who was told of a breach on which rung."""

    due: Due
    unit_id: UnitId
    people: tuple[PersonId, ...]


class Subject(Protocol):
    """What deadlines of one kind are about. Everything takes many at once: ten thousand may fall due in the same second."""

    async def lock(self, session: AsyncSession, subject_ids: Sequence[int]) -> None:
        """Locks them, in order of their numbers, before their deadlines are: whoever changes a subject takes the two in that order as well."""

    async def act(self, session: AsyncSession, due: Sequence[Due], rules: Rules, now: datetime) -> list[Told]:
        """Takes these steps, and says who was told on which rung of the ladder."""


async def start(
    session: AsyncSession, rule: Rule, subject_id: int, unit_id: UnitId, started_at: datetime, *, now: datetime | None = None
) -> DeadlineId:
    """Begins a deadline, in the caller's transaction. now: later than started_at when it is counted from a day that has passed; steps before it are left out."""
    first = 0 if now is None else rule.first_after(started_at, now)
    deadline = Deadline(
        rule=rule.code,
        subject=rule.subject,
        subject_id=subject_id,
        unit_id=unit_id,
        started_at=started_at,
        due_at=started_at + rule.due,
        step=first,
        next_at=rule.next_at(started_at, first),
        status=DeadlineStatus.LIVE,
    )
    session.add(deadline)
    await session.flush()
    return deadline.id


async def stop(
    session: AsyncSession,
    subject: str,
    subject_id: int,
    now: datetime,
    *,
    rules: Sequence[str] | None = None,
    ids: Sequence[DeadlineId] | None = None,
    met: bool = True,
) -> int:
    """Ends the deadlines of a subject that run or wait (or those of some rules, or these). One met when it was due, or later, counts as missed.

    Returns how many.
    """
    query = (
        sa.update(Deadline)
        .where(Deadline.subject == subject, Deadline.subject_id == subject_id, Deadline.status.in_(RUNNING))
        .values(
            status=sa.case(
                (sa.literal(not met), DeadlineStatus.CANCELLED.value),
                (sa.and_(Deadline.due_at <= now, Deadline.status == DeadlineStatus.LIVE), DeadlineStatus.MISSED.value),
                else_=DeadlineStatus.MET.value,
            ),
            next_at=None,
            owner=None,
            stopped_at=now,
        )
    )
    if rules is not None:
        query = query.where(Deadline.rule.in_(rules))
    if ids is not None:
        query = query.where(Deadline.id.in_(ids))
    result = await session.execute(query.execution_options(synchronize_session=False))
    return result.rowcount  # type: ignore[attr-defined, no-any-return]


async def pause(session: AsyncSession, subject: str, subject_id: int, rules: Sequence[str], now: datetime) -> None:
    """Lets the live deadlines of some rules wait."""
    await session.execute(
        sa.update(Deadline)
        .where(
            Deadline.subject == subject,
            Deadline.subject_id == subject_id,
            Deadline.rule.in_(rules),
            Deadline.status == DeadlineStatus.LIVE,
        )
        .values(status=DeadlineStatus.PAUSED, next_at=None, owner=None, stopped_at=now)
        .execution_options(synchronize_session=False)
    )


async def resume(session: AsyncSession, subject: str, subject_id: int, rules: Rules, now: datetime) -> None:
    """Lets what waited run on: every time of it lies as much later as it has waited."""
    waiting = sa.select(Deadline).where(
        Deadline.subject == subject, Deadline.subject_id == subject_id, Deadline.status == DeadlineStatus.PAUSED
    )
    for deadline in await session.scalars(waiting.with_for_update()):
        waited = now - (deadline.stopped_at or now)
        deadline.started_at += waited
        deadline.due_at += waited
        deadline.status, deadline.stopped_at = DeadlineStatus.LIVE, None
        rule = rules.get(deadline.rule)
        deadline.next_at = None if rule is None else rule.next_at(deadline.started_at, deadline.step)
    await session.flush()


async def restart(session: AsyncSession, rule: Rule, subject_id: int, now: datetime) -> None:
    """Counts a live deadline from now again (a follow-up after each word to the worker). Never used for the 24-hour clock.

    One of which a step was taken ends, and another begins: what was told of its steps must not be mistaken for what will be told of the same ones.
    """
    live = (
        Deadline.rule == rule.code,
        Deadline.subject == rule.subject,
        Deadline.subject_id == subject_id,
        Deadline.status == DeadlineStatus.LIVE,
    )
    begun = await session.scalar(sa.select(Deadline.unit_id).where(*live, Deadline.step > 0))
    if begun is not None:
        await stop(session, rule.subject, subject_id, now, rules=[rule.code])
        await start(session, rule, subject_id, begun, now)
        return
    await session.execute(
        sa.update(Deadline)
        .where(*live)
        .values(started_at=now, due_at=now + rule.due, next_at=rule.next_at(now, 0), owner=None)
        .execution_options(synchronize_session=False)
    )


_CLAIM = sa.text("""
    WITH due AS MATERIALIZED (
        SELECT id FROM deadline WHERE next_at <= :now AND next_at IS NOT NULL AND owner IS NULL
        ORDER BY next_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE deadline SET owner = :owner FROM due WHERE deadline.id = due.id RETURNING deadline.id
    """).bindparams(sa.bindparam("now", type_=_when), sa.bindparam("limit", type_=sa.Integer), sa.bindparam("owner", type_=sa.BigInteger))


async def claim(connection: AsyncConnection, *, owner: int, now: datetime, limit: int) -> list[DeadlineId]:
    """Takes up to `limit` deadlines of which a step is due. They stay `owner`'s until acted on, or until that process ends. The caller commits."""
    return list((await connection.scalars(_CLAIM, {"now": now, "limit": limit, "owner": owner})).all())


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When the earliest step of all falls: the clock wakes for it."""
    query = sa.select(sa.func.min(Deadline.next_at)).where(Deadline.next_at.is_not(None), Deadline.owner.is_(None))
    return await connection.scalar(query)


async def act(
    session: AsyncSession,
    ids: Sequence[DeadlineId],
    *,
    owner: int,
    rules: Rules,
    subjects: Mapping[str, Subject],
    now: datetime,
) -> int:
    """Takes the due steps of claimed deadlines and sets each to its next step, all in the caller's transaction. Returns how many it acted on.

    A deadline that was met, or taken away, since it was claimed is left alone. When several reminders were slept through
    only the last is given, and none with a breach; what climbs the ladder is never skipped. What there is no room for is free again.
    """
    still_ours = (one_of(Deadline.id, ids), Deadline.owner == owner, Deadline.status == DeadlineStatus.LIVE)
    about: dict[str, list[int]] = {}
    moving = False
    for name, subject_id, code in await session.execute(sa.select(Deadline.subject, Deadline.subject_id, Deadline.rule).where(*still_ours)):
        about.setdefault(name, []).append(subject_id)
        moving = moving or (code in rules and any(step.do in MOVING for step in rules[code].steps))
    if moving:
        await session.execute(sa.select(sa.func.pg_advisory_xact_lock(MOVING_LOCK)))
    for name, subject_ids in sorted(about.items()):
        await subjects[name].lock(session, subject_ids)
    columns = (Deadline.id, Deadline.rule, Deadline.subject_id, Deadline.unit_id, Deadline.started_at, Deadline.due_at, Deadline.step)
    # What waits longest first: what there is no room for now comes before what falls due meanwhile.
    query = sa.select(*columns).where(*still_ours).order_by(Deadline.next_at, Deadline.id).with_for_update()
    taking = _Taking()
    for row in await session.execute(query):
        taking.add(rules, now, row)
    if taking.left:
        await session.execute(sa.update(Deadline).where(one_of(Deadline.id, taking.left)).values(owner=None))
    await _advance(session, taking.advanced, now)
    for name, due in taking.steps.items():
        await _note_rungs(session, await subjects[name].act(session, due, rules, now), now)
    return len(taking.advanced)


class _Taking:
    """The steps that are taken in one transaction, by what they are about; where each deadline stands afterwards; and what is left for the next one."""

    def __init__(self) -> None:
        self.steps: dict[str, list[Due]] = {}
        self.advanced: list[tuple[DeadlineId, int, datetime | None]] = []
        self.left: list[DeadlineId] = []
        self._moves = 0

    def add(self, rules: Rules, now: datetime, claimed: sa.Row[*tuple[Any, ...]]) -> None:
        """Adds a claimed deadline, with its columns."""
        rule = rules.get(claimed.rule)
        if rule is None:  # taken out of the file: nothing is left to do
            self.advanced.append((claimed.id, claimed.step, None))
            return
        following = rule.first_after(claimed.started_at, now, claimed.step)
        numbers = _recent(claimed.step, following, rule)
        passed = [Due(claimed.id, rule, claimed.subject_id, claimed.unit_id, claimed.due_at, n, rule.step(n)) for n in numbers]
        if any(due.step.do in MOVING for due in passed):
            self._moves += 1
            if self._moves > MOVES:
                self.left.append(claimed.id)
                return
        self.advanced.append((claimed.id, following, rule.next_at(claimed.started_at, following)))
        self.steps.setdefault(rule.subject, []).extend(_worth_taking(passed))


def _worth_taking(passed: Sequence[Due]) -> list[Due]:
    """Of reminders that came due together only the last is given, and none before something graver; a breach or an escalation is never skipped."""
    # To pass a case on twice in one breath would take it from somebody to whom it has just been given.
    moving = [due for due in passed if due.step.do in MOVING][-1:]
    graver = sorted([*moving, *(due for due in passed if due.step.do in SERIOUS)], key=lambda due: due.number)
    reminders = [due for due in passed if due.step.do is Do.REMIND]
    if not reminders:
        return graver
    last = reminders[-1]
    if graver and graver[-1].number > last.number:
        stands_for = tuple(due.number for due in reminders)
        return [replace(graver[0], for_also=stands_for), *graver[1:]]
    return [*graver, replace(last, for_also=tuple(due.number for due in reminders[:-1]))]


def _recent(number: int, following: int, rule: Rule) -> list[int]:
    # After a long sleep a repeating step may have passed many times: its last passing stands for them all.
    once = list(range(number, min(following, len(rule.steps))))
    repeated = range(max(number, len(rule.steps)), following)
    return once + list(repeated[-1:])


async def _note_rungs(session: AsyncSession, told: Sequence[Told], now: datetime) -> None:
    if not told:
        return
    rungs = [{"deadline_id": t.due.id, "step": t.due.number, "unit_id": t.unit_id, "told": len(t.people), "told_at": now} for t in told]
    await session.execute(insert(Rung).on_conflict_do_nothing(index_elements=["deadline_id", "step"]), rungs)


async def _advance(session: AsyncSession, advanced: Sequence[tuple[DeadlineId, int, datetime | None]], now: datetime) -> None:
    """Sets each to its next step, before anything is done: a step may end or begin deadlines itself. Without a next step its time is over."""
    statement = sa.text(
        "UPDATE deadline SET step = a.step, next_at = a.next_at, owner = NULL,"
        " status = CASE WHEN a.next_at IS NULL THEN 'missed' ELSE deadline.status END,"
        " stopped_at = CASE WHEN a.next_at IS NULL THEN :now ELSE deadline.stopped_at END"
        " FROM unnest(:ids, :steps, :moments) AS a(id, step, next_at) WHERE deadline.id = a.id"
    ).bindparams(
        sa.bindparam("now", type_=_when),
        sa.bindparam("ids", type_=ARRAY(sa.BigInteger)),
        sa.bindparam("steps", type_=ARRAY(sa.SmallInteger)),
        sa.bindparam("moments", type_=ARRAY(_when)),
    )
    values = {"ids": [a[0] for a in advanced], "steps": [a[1] for a in advanced], "moments": [a[2] for a in advanced], "now": now}
    await session.execute(statement, values)


async def acknowledge(
    session: AsyncSession, deadline_id: DeadlineId, person_id: PersonId, now: datetime, *, subject: str, subject_id: int
) -> bool:
    """Somebody says that they have it: every rung of this deadline that waits is theirs. Returns whether one was still waiting.

    subject, subject_id: what the person was shown to reach; a deadline of anything else is left alone.
    """
    theirs = sa.select(Deadline.id).where(Deadline.id == deadline_id, Deadline.subject == subject, Deadline.subject_id == subject_id)
    result = await session.execute(
        sa.update(Rung)
        .where(Rung.deadline_id.in_(theirs), Rung.acknowledged_at.is_(None))
        .values(acknowledged_at=now, acknowledged_by=person_id)
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]


async def give_back(connection: AsyncConnection, ids: Sequence[DeadlineId], owner: int, again_at: datetime) -> None:
    """Acting on these failed: they are free again, to be tried a little later. The caller commits."""
    await connection.execute(
        sa.update(Deadline)
        .where(Deadline.id.in_(ids), Deadline.owner == owner, Deadline.status == DeadlineStatus.LIVE)
        .values(owner=None, next_at=sa.func.greatest(Deadline.next_at, again_at))
    )
