"""One door to PostgreSQL: an engine whose connections know how to encrypt, and the pattern of a transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from storage.types import Vault


@dataclass(frozen=True, slots=True)
class Database:
    """An open database. `begin()` is the whole pattern: a session in one transaction, committed at the end or rolled back whole."""

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    vault: Vault

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A session in a transaction of its own. Not to be shared between tasks."""
        async with self.sessions.begin() as session:
            yield session

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction of its own, for the hot path's Core statements."""
        async with self.engine.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Closes all connections."""
        await self.engine.dispose()


def open_database(url: str, vault: Vault, *, pool_size: int = 20) -> Database:
    """An engine for `url` (postgresql://…, any spelling of the driver). Nothing is connected yet.

    hide_parameters: values must not appear in errors, which are logged.
    """
    engine = create_async_engine(
        asyncpg_url(url),
        pool_size=pool_size,
        max_overflow=4,
        pool_pre_ping=False,
        hide_parameters=True,
        # Our own plans are few and fixed; JIT only adds milliseconds to them.
        connect_args={"server_settings": {"jit": "off", "timezone": "UTC"}, "timeout": 10},
    )
    engine.sync_engine.dialect.vault = vault  # type: ignore[attr-defined]
    return Database(engine, async_sessionmaker(engine, expire_on_commit=False), vault)


def asyncpg_url(url: str) -> str:
    """The same address, spelled for SQLAlchemy's asyncpg driver."""
    scheme, separator, rest = url.partition("://")
    if not separator or not scheme.startswith("postgres"):
        raise ValueError("expected an address like postgresql://user:password@host:5432/database")
    return f"postgresql+asyncpg://{rest}"
