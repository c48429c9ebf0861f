"""The ground that benches stand on: an embedded PostgreSQL of their own that keeps every promise (fsync on), and databases in it."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from bot.demo.load import load_register
from bot.embedded import Server, start_embedded
from storage.database import Database, open_database
from storage.migrate import check_key, migrate
from storage.types import Vault

SECRET = "a secret that is only used by benches, never elsewhere"


class Ground:
    """A running server. `fresh` makes databases in it, `copy` makes one that is exactly like another."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._numbers = itertools.count(1)
        self._template = ""

    def url(self, name: str | None = None) -> str:
        """The address of one of its databases."""
        return self._server.get_uri(name)

    def open(self, name: str, *, pool_size: int = 20) -> Database:
        """Opens one of its databases as the program does."""
        return open_database(self.url(name), Vault([SECRET]), pool_size=pool_size)

    async def fresh(self) -> str:
        """Makes a migrated database with the union's register and nobody in it; its name."""
        if not self._template:
            name = await self._create("")
            database = self.open(name)
            await migrate(database)
            await check_key(database)
            async with database.begin() as session:
                await load_register(session, datetime.now(UTC))
            await database.close()
            self._template = name
        return await self.copy(self._template)

    async def copy(self, template: str) -> str:
        """Makes a copy of a database that nobody is connected to; its name. What was written before is on disk when this returns."""
        name = await self._create(f' TEMPLATE "{template}" STRATEGY FILE_COPY')
        await self.settle()
        return name

    async def settle(self) -> None:
        """Writes out what earlier work left in memory, so that it is not paid for by what is measured next."""
        await self._execute("CHECKPOINT")

    async def _create(self, how: str) -> str:
        name = f"bench_{next(self._numbers)}"
        await self._execute(f'CREATE DATABASE "{name}"{how}')
        return name

    async def _execute(self, statement: str) -> None:
        admin = await asyncpg.connect(self.url())
        try:
            await admin.execute(statement)
        finally:
            await admin.close()


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """Starts a server in a folder of its own; at the end both are gone. Raises RuntimeError if it would not keep its promises."""
    with tempfile.TemporaryDirectory(prefix="union-bench-", ignore_cleanup_errors=True) as folder:
        server = await asyncio.to_thread(start_embedded, Path(folder))
        try:
            admin = await asyncpg.connect(server.get_uri())
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                if (value := await admin.fetchval(f"SHOW {setting}")) != "on":
                    raise RuntimeError(f"{setting} is {value}; figures from such a server mean nothing")
            await admin.close()
            yield Ground(server)
        finally:
            await asyncio.to_thread(server.cleanup)
