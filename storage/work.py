"""The unit of work: one transaction for everything that one event causes. It is opened and committed in one place, by dispatch."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession


class Work:
    """A connection in a transaction, and a session on it for those who need one: most messages never do, and a session has its price."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self._session: AsyncSession | None = None

    @property
    def session(self) -> AsyncSession:
        """The session on this transaction. Nobody but dispatch ends the transaction."""
        if self._session is None:
            self._session = AsyncSession(self.connection, expire_on_commit=False)
        return self._session

    async def flush(self) -> None:
        """Sends what the session still holds to the database."""
        if self._session is not None:
            await self._session.flush()

    async def close(self) -> None:
        """Lets go of the session; the transaction is the caller's."""
        if self._session is not None:
            self._session.expunge_all()
            self._session = None
