"""The unit of work: one transaction for everything that one event causes. It is opened and committed in one place, by dispatch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from storage.database import Database


class Work:
    """A transaction under way, seen in two ways: `driver` for the few statements that every event sends, and `session` for those who
    need more than that: most messages never do, and a session has its price."""

    def __init__(self, connection: AsyncConnection, driver: asyncpg.Connection) -> None:
        self.driver = driver
        self._connection = connection
        self._session: AsyncSession | None = None

    @property
    def session(self) -> AsyncSession:
        """The session in this transaction. Nobody but dispatch ends the transaction."""
        if self._session is None:
            self._session = AsyncSession(self._connection, expire_on_commit=False)
        return self._session

    async def flush(self) -> None:
        """Sends what the session still holds to the database."""
        if self._session is not None:
            await self._session.flush()

    async def close(self) -> None:
        """Lets go of the session; the transaction is the caller's."""
        if self._session is not None:
            await self._session.close()
            self._session = None


class Line:
    """A connection kept for one worker after the other event. SQLAlchemy holds it in AUTOCOMMIT, so that it sends neither BEGIN nor COMMIT;
    the transaction is asyncpg's own, and a session opened in between takes part in it."""

    def __init__(self, connection: AsyncConnection, driver: asyncpg.Connection) -> None:
        self._connection = connection
        self._driver = driver

    @classmethod
    async def open(cls, database: Database) -> Line:
        """Takes a connection out of the pool for good. Raises what connecting raises."""
        connection = await database.engine.connect()
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        driver = (await connection.get_raw_connection()).driver_connection
        if not isinstance(driver, asyncpg.Connection):
            raise TypeError("the hot path speaks asyncpg")
        return cls(connection, driver)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """One transaction, committed at the end or rolled back whole."""
        async with self._driver.transaction():
            work = Work(self._connection, self._driver)
            try:
                yield work
            finally:
                await work.close()

    def is_gone(self) -> bool:
        """Whether the connection is broken."""
        return bool(self._driver.is_closed())

    async def close(self) -> None:
        """Gives the connection back, or drops it when it is broken."""
        if self._driver.is_closed():
            await self._connection.invalidate()
        await self._connection.close()
