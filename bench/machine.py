"""The facts about the machine that figures mean nothing without."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import asyncpg

from bench.ground import Ground, ground
from bench.report import percentile

COMMITS = 200


async def machine() -> Mapping[str, str]:
    """The facts, from a server that is started for them."""
    async with ground() as server:
        return await facts(server)


async def facts(server: Ground) -> Mapping[str, str]:
    """Cores, versions, and what one durable commit costs here: that bounds everything that is stored one by one."""
    connection = await asyncpg.connect(server.url())
    named = await connection.fetchval("SHOW server_version")
    settings = [f"{name} {await connection.fetchval(f'SHOW {name}')}" for name in ("fsync", "synchronous_commit", "wal_sync_method")]
    commit = await _commit_seconds(connection)
    await connection.close()
    load = "/".join(f"{part:.1f}" for part in os.getloadavg())
    libraries = ", ".join(f"{name} {version(name)}" for name in ("uvloop", "SQLAlchemy", "asyncpg"))
    return {
        "processor": f"{_processor()}, {len(os.sched_getaffinity(0))} cores, load {load} before the start",
        "Python": f"{platform.python_implementation()} {platform.python_version()}, {libraries}",
        "PostgreSQL": f"{named}, {', '.join(settings)}, shared with the bench on this machine",
        "one commit": f"{commit * 1000:.2f} ms (median of {COMMITS}, one after the other)",
    }


async def _commit_seconds(connection: asyncpg.Connection) -> float:
    await connection.execute("CREATE TABLE commit_cost (id bigint)")
    took = []
    for number in range(COMMITS):
        began = time.perf_counter()
        await connection.execute("INSERT INTO commit_cost VALUES ($1)", number)
        took.append(time.perf_counter() - began)
    return percentile(took, 0.5)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
