"""One process that sweeps deadlines as the program does, and tells what it did and when: python -m bench.sweeper DATABASE_URL

Lines of JSON on standard output: ready, then each claim and each batch acted on; it stops when standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import uvloop
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.ground import SECRET
from bot import timers
from bot.clock import Clock
from bot.fetching import Fetching
from bot.logs import configure_logs
from bot.presence import Presence
from storage.database import open_database
from storage.types import DeadlineId, Vault
from union import deadlines
from union.case_clock import CaseClock
from union.rules import load_rules


def tell(what: str, ids: Sequence[int] = ()) -> None:
    """One line for the bench."""
    print(json.dumps({"what": what, "at": time.time(), "ids": list(ids)}), flush=True)


class WatchedTimers(timers.Timers):
    """The program's timers, looked at from outside: what is claimed is told once it is committed, and so is what was acted on."""

    def __init__(self, *parts: Any, **named: Any) -> None:
        super().__init__(*parts, **named)
        self._claimed: list[DeadlineId] = []
        self._unwatched = deadlines.claim
        setattr(deadlines, "claim", self._watched_claim)  # noqa: B010

    async def _watched_claim(self, connection: AsyncConnection, **how: Any) -> list[DeadlineId]:
        self._claimed = await self._unwatched(connection, **how)
        return self._claimed

    async def _act(self, ids: list[DeadlineId]) -> int:
        if self._claimed:
            tell("claimed", self._claimed)
            self._claimed = []
        acted = await super()._act(ids)
        tell("acted" if acted == len(ids) else "failed", ids)
        return acted


async def sweep(url: str) -> None:
    """Sweeps until standard input closes."""
    database = open_database(url, Vault([SECRET]))
    clock = Clock()
    presence = Presence(url)
    await presence.start()
    subjects: Mapping[str, deadlines.Subject] = {"case": CaseClock()}
    sweeping = WatchedTimers(
        database,
        clock,
        rules=load_rules(),
        subjects=subjects,
        owner=presence.number,
        fetching=Fetching(database, clock, {}),
        on_facts=lambda: None,
    )
    await sweeping.start()
    tell("ready")
    await asyncio.to_thread(sys.stdin.read)
    await sweeping.stop()
    await presence.close()
    await database.close()


if __name__ == "__main__":
    configure_logs("warning")
    uvloop.run(sweep(sys.argv[1]))
