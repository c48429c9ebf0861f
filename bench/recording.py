"""The statements that the program really sends, caught on their way, so that the plain alternatives run exactly the same ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. sql and values: as they go to asyncpg. names: of the values. source, given: as they were handed to SQLAlchemy."""

    sql: str
    names: tuple[str, ...]
    values: tuple[Any, ...]
    source: sa.Executable
    given: Mapping[str, Any]

    def having(self, **replaced: Any) -> list[Any]:
        """The values, some of them replaced."""
        return [replaced.get(name, value) for name, value in zip(self.names, self.values, strict=True)]

    def given_having(self, **replaced: Any) -> dict[str, Any]:
        """The same for SQLAlchemy."""
        return {name: replaced.get(name, value) for name, value in self.given.items()}


@dataclass(frozen=True, slots=True)
class Handled:
    """Everything that one event sends: the statement that stores it, and its one transaction from the taking to the finishing."""

    store: Statement
    turn: tuple[Statement, ...]


Recorded = Mapping[str, Sequence[Handled]]
"""What each sender's events send, by address, in order."""


class Recorder:
    """Gathers finished transactions and sorts them by sender. Each event must be stored and handled before the sender's next one is."""

    def __init__(self) -> None:
        self.recorded: dict[str, list[Handled]] = {}
        self._open: dict[int, list[Statement]] = {}
        self._stored: dict[str, Statement] = {}

    def begun(self, connection: sa.Connection) -> None:
        """A transaction begins."""
        self._open[id(connection)] = []

    def sent(self, connection: sa.Connection, cursor: Any, sql: str, values: Any, context: Any, many: bool) -> None:  # noqa: PLR0917  SQLAlchemy's call
        """A statement goes out."""
        compiled = context.compiled
        if compiled is None or many:
            raise RuntimeError("this statement can't be replayed")
        names = tuple(compiled.positiontup or ())
        if len(names) != len(values):  # an IN with several values: none of these are ever replaced
            names = ("",) * len(values)
        statement = Statement(sql, names, tuple(values), context.invoked_statement, dict(context.compiled_parameters[0]))
        self._open[id(connection)].append(statement)

    def committed(self, connection: sa.Connection) -> None:
        """A transaction is over."""
        sent = self._open.pop(id(connection), [])
        if not sent:
            return
        first = dict(zip(sent[0].names, sent[0].values, strict=True))
        if "addresses" in first:
            self._stored[first["addresses"][0]] = sent[0]
        elif "address" in first and any("inbox_id" in statement.names for statement in sent):
            self.recorded.setdefault(first["address"], []).append(Handled(self._stored[first["address"]], tuple(sent)))


@contextmanager
def recording(engine: AsyncEngine) -> Iterator[Recorder]:
    """Records what goes through `engine`."""
    recorder = Recorder()
    listeners = (("begin", recorder.begun), ("before_cursor_execute", recorder.sent), ("commit", recorder.committed))
    for name, listener in listeners:
        sa.event.listen(engine.sync_engine, name, listener)
    try:
        yield recorder
    finally:
        for name, listener in listeners:
            sa.event.remove(engine.sync_engine, name, listener)
