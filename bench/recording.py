"""The statements that the program really sends, caught where they leave it, so that the plain alternatives send exactly the same ones."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

_STORING = "INSERT INTO inbox"
_OWN = re.compile(r"typeinfo_tree|'jit'")
"""What the driver asks for itself, once on each connection."""

_FINISHING = re.compile(r"UPDATE inbox SET status = 'done'.*WHERE id = \$(\d+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it went to PostgreSQL. key: which of its values is the number of the inbox row, None if none is."""

    sql: str
    values: tuple[Any, ...]
    key: int | None = None

    def at(self, now: datetime, key: int | None = None) -> list[Any]:
        """The values for another time and another row."""
        values = [now if isinstance(value, datetime) else value for value in self.values]
        if self.key is not None:
            values[self.key] = key
        return values


@dataclass(frozen=True, slots=True)
class Handled:
    """Everything that one event sends: the statement that stores it, and its one transaction from the taking to the finishing."""

    store: Statement
    turn: tuple[Statement, ...]


Recorded = Mapping[str, Sequence[Handled]]
"""What each sender's events send, by address, in order."""


class Recorder:
    """Gathers finished transactions and sorts them by sender. Each event must be handled before the sender's next one is stored."""

    def __init__(self) -> None:
        self.recorded: dict[str, list[Handled]] = {}
        self._stored: dict[str, Statement] = {}
        self._open: dict[int, list[Statement]] = {}

    def connected(self, connection: Any, record: object) -> None:
        """A new connection: from now on the driver tells of everything that goes through it, except of what it prepared for SQLAlchemy."""
        driver = connection.driver_connection
        driver.add_query_logger(lambda query: self._sent(id(driver), query.query, query.args))

    def prepared(self, connection: sa.Connection, cursor: Any, sql: str, values: Any, *more: object) -> None:
        """SQLAlchemy sends a statement. The driver tells of its own a moment later, so this has to queue up behind them."""
        driver = connection.connection.driver_connection
        asyncio.get_running_loop().call_soon(self._sent, id(driver), sql, values)

    def _sent(self, driver: int, sql: str, values: Sequence[Any]) -> None:
        # SQLAlchemy tells of its first statement before the driver tells of the BEGIN, so only the end of a transaction parts it from the next.
        sent = self._open.setdefault(driver, [])
        if sql.startswith(("COMMIT", "ROLLBACK")):
            del self._open[driver]
            if sql.startswith("COMMIT"):
                self._committed(sent)
        elif not sql.startswith("BEGIN") and not _OWN.search(sql):
            finishing = _FINISHING.search(sql)
            sent.append(Statement(sql, tuple(values), int(finishing[1]) - 1 if finishing else None))

    def _committed(self, sent: Sequence[Statement]) -> None:
        if any(statement.key is not None for statement in sent):
            sender = next(value for value in sent[0].values if value in self._stored)
            self.recorded.setdefault(sender, []).append(Handled(self._stored[sender], tuple(sent)))
        elif len(sent) == 1 and _STORING in sent[0].sql:
            self._note_stored(sent[0])

    def _note_stored(self, statement: Statement) -> None:
        """Several senders' events may be stored together; the plain alternatives store each when its sender writes it."""
        columns = [value for value in statement.values if isinstance(value, list)]
        for number, sender in enumerate(columns[1]):
            values = tuple([value[number]] if isinstance(value, list) else value for value in statement.values)
            self._stored[sender] = Statement(statement.sql, values)


@asynccontextmanager
async def recording(engine: AsyncEngine) -> AsyncIterator[Recorder]:
    """Records what goes through `engine`, which has not been used yet."""
    recorder = Recorder()
    listeners = (("connect", recorder.connected), ("before_cursor_execute", recorder.prepared))
    for name, listener in listeners:
        sa.event.listen(engine.sync_engine, name, listener)
    try:
        yield recorder
        await asyncio.sleep(0.1)  # the driver tells of a statement a moment after it was sent
    finally:
        for name, listener in listeners:
            sa.event.remove(engine.sync_engine, name, listener)
