"""Bringing the database to the shape that the program expects, and checking that it has it and that the key fits."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from storage.database import Database
from storage.models import Base, KeyCheck
from storage.types import WrongKey

MIGRATION_LOCK = 1235101
"""Advisory lock: of several processes that start at once, one migrates and the others wait."""

KEY_WORD = "the key fits"


def alembic_config() -> Config:
    """Alembic's configuration, without a file: the migrations lie beside this module."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


async def migrate(database: Database, revision: str = "head") -> bool:
    """Brings the database to `revision`. Returns whether anything had to be done."""
    async with database.engine.connect() as connection:
        await connection.execute(sa.text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
        await connection.commit()
        try:
            changed = await connection.run_sync(_upgrade, revision)
            await connection.commit()
        finally:
            await connection.execute(sa.text("SELECT pg_advisory_unlock(:lock)"), {"lock": MIGRATION_LOCK})
            await connection.commit()
    return changed


def _upgrade(connection: Connection, revision: str) -> bool:
    config = alembic_config()
    current = MigrationContext.configure(connection).get_current_revision()
    if revision == "head" and current == ScriptDirectory.from_config(config).get_current_head():
        connection.rollback()
        return False
    connection.rollback()
    config.attributes["connection"] = connection
    command.upgrade(config, revision) if revision != "base" else command.downgrade(config, revision)
    return True


async def differences(database: Database) -> list[object]:
    """What the models say and the migrated database does not; empty when they agree (`alembic check`)."""
    async with database.engine.connect() as connection:
        return list(await connection.run_sync(lambda sync: compare_metadata(MigrationContext.configure(sync), Base.metadata)))


async def check_key(database: Database) -> None:
    """Proves that the key at hand is the one this database was written with; the first start leaves the proof. Raises WrongKey."""
    async with database.begin() as session:
        found = await session.scalar(sa.select(KeyCheck.sealed).where(KeyCheck.id == 1))
        if found is None:
            session.add(KeyCheck(id=1, sealed=KEY_WORD))
        elif found != KEY_WORD:
            raise WrongKey
