"""A unit of work for tests, opened the way dispatch opens one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storage.database import Database
from storage.work import Line, Work


@asynccontextmanager
async def begin_work(database: Database) -> AsyncIterator[Work]:
    """One transaction on a line of its own, committed at the end or rolled back whole."""
    line = await Line.open(database)
    try:
        async with line.work() as work:
            yield work
    finally:
        await line.close()
