"""How Alembic meets our database: always over a connection that is handed to it (see storage.migrate)."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import TypeDecorator

from storage.models import Base


def plain_type(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Our own column types by what PostgreSQL sees, so that an old migration needs nothing of today's code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    render_item=plain_type,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
