"""How the program is: for the operator's eyes, for a load balancer, and for Prometheus. Numbers only."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import DBAPIError

from bot.clock import Clock
from bot.timers import SWEEP_PATIENCE
from storage.database import Database
from union import invariants

_COUNTS = """
    SELECT (SELECT count(*) FROM inbox WHERE status = 'pending'),
        (SELECT min(received_at) FROM inbox WHERE status = 'pending'),
        (SELECT count(*) FROM inbox WHERE status = 'failed'),
        (SELECT count(*) FROM outbox WHERE status = 'pending'),
        (SELECT count(*) FROM outbox WHERE status IN ('failed', 'unreachable')),
        (SELECT count(*) FROM deadline WHERE next_at IS NOT NULL),
        (SELECT min(next_at) FROM deadline WHERE next_at IS NOT NULL),
        (SELECT count(*) FROM notice WHERE status = 'sending'),
        (SELECT coalesce(sum(number), 0)::bigint FROM notice_tally JOIN notice ON id = notice_id
            WHERE notice.status IN ('sending', 'paused') AND notice_tally.status = 0),
        (SELECT coalesce(sum(number), 0)::bigint FROM notice_tally WHERE status = 2)
"""

REMEMBER_SECONDS = 2.0
"""A report is made at most this often, however often it is asked for."""

MINUTE = 60.0
"""Seconds over which the rate of notices is taken: from the report of then, or the oldest since, to now."""


class Health:
    """Makes reports. doors: those that are open in this process, by name, with how they receive. knowledge: how its files were last read."""

    def __init__(
        self, database: Database, clock: Clock, doors: Mapping[str, str], knowledge: Callable[[], Mapping[str, str | bool]]
    ) -> None:
        self._database = database
        self._clock = clock
        self._doors = doors
        self._knowledge = knowledge
        self._last: tuple[float, dict[str, Any]] | None = None
        self._sent: deque[tuple[datetime, int]] = deque()

    async def report(self) -> dict[str, Any]:
        """The state of things. "ok" is false when the database is away or an invariant does not hold."""
        if self._last is None or time.monotonic() - self._last[0] > REMEMBER_SECONDS:
            self._last = (time.monotonic(), await self._make())
        return self._last[1]

    async def _make(self) -> dict[str, Any]:
        now = self._clock.now()
        try:
            async with self._database.begin() as session:
                row = (await session.execute(sa.text(_COUNTS))).one()
                violations = await invariants.check(session, now, self._clock.passing_in(SWEEP_PATIENCE))
        except (DBAPIError, OSError, TimeoutError):
            return {"ok": False, "database": "unreachable", "doors": dict(self._doors), "knowledge": dict(self._knowledge())}
        broken = [v for v in violations if v.code in invariants.GRAVE]
        return {
            "ok": not broken,
            "database": "ok",
            "doors": dict(self._doors),
            "knowledge": dict(self._knowledge()),
            "time": now.isoformat(),
            "inbox": {
                "pending": row[0],
                "oldest_seconds": 0 if row[1] is None else round((now - row[1]).total_seconds(), 1),
                "failed": row[2],
            },
            "outbox": {"pending": row[3], "not_delivered": row[4]},
            "deadlines": {"live": row[5], "next_at": None if row[6] is None else row[6].isoformat()},
            "notices": {"sending": row[7], "waiting": row[8], "sent": row[9], "sent_per_minute": self._rate(now, row[9])},
            "invariants": [{"code": v.code, "count": v.count, "examples": list(v.examples)} for v in violations],
        }

    def _rate(self, now: datetime, sent: int) -> float | None:
        """Deliveries of notices that went out in a minute, of all processes, by what earlier reports counted; None for the first of them."""
        while len(self._sent) > 1 and (now - self._sent[1][0]).total_seconds() >= MINUTE:
            self._sent.popleft()
        self._sent.append((now, sent))
        then, before = self._sent[0]
        passed = (now - then).total_seconds()
        return round((sent - before) * MINUTE / passed, 1) if passed > 0 else None


async def metrics_text(health: Health) -> bytes:
    """The same numbers for Prometheus."""
    report = await health.report()
    registry = CollectorRegistry()
    Gauge("union_up", "1 when the database answers and no grave invariant is broken", registry=registry).set(int(report["ok"]))
    Gauge("union_knowledge_ok", "0 while edited data files can't be read and the older ones are in use", registry=registry).set(
        int(report["knowledge"]["ok"])
    )
    for group in ("inbox", "outbox", "deadlines", "notices"):
        for name, value in report.get(group, {}).items():
            if isinstance(value, int | float):
                Gauge(f"union_{group}_{name}", f"{group}: {name.replace('_', ' ')}", registry=registry).set(value)
    broken = Gauge("union_invariant_violations", "How often an invariant does not hold", ["code"], registry=registry)
    for violation in report.get("invariants", []):
        broken.labels(violation["code"]).set(violation["count"])
    return generate_latest(registry)
