"""The migrations and the models say the same, and every migration can be undone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from storage.database import Database, open_database
from storage.migrate import alembic_config, check_key, differences, migrate
from storage.models import DatedFactChange, Person
from storage.types import Vault, WrongKey


async def test_the_migrated_database_has_exactly_the_shape_of_the_models(database: Database) -> None:
    assert await differences(database) == []


async def test_migrations_go_up_down_and_up_again(database: Database) -> None:
    await migrate(database, "base")
    assert await migrate(database) is True
    assert await migrate(database) is False
    assert await differences(database) == []


async def test_every_migration_can_be_undone_and_redone_by_itself_with_rows_in_the_tables(database: Database) -> None:
    now = datetime(2026, 11, 18, tzinfo=UTC)
    async with database.begin() as session:
        person = Person(consent_at=now, created_at=now)
        session.add(person)
        await session.flush()
        session.add(DatedFactChange(name="n", region="r", valid_from=now.date(), after={}, actor_id=person.id, at=now))
    for revision in reversed(revisions()):
        await step(database, revision, down=True)
    for revision in revisions():
        await step(database, revision)
    assert await differences(database) == []


def revisions() -> list[str]:
    """Every migration, the first one first."""
    return [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()][::-1]


async def step(database: Database, revision: str, *, down: bool = False) -> None:
    """Takes one migration, or takes it back."""

    def walk(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "-1") if down else command.upgrade(config, revision)

    async with database.engine.connect() as connection:
        await connection.run_sync(walk)
        await connection.commit()


async def test_a_wrong_key_is_found_out_before_anything_is_read(database: Database, database_url: str) -> None:
    other = open_database(database_url, Vault(["quite another secret of sufficient length"]))
    with pytest.raises(WrongKey):
        await check_key(other)
    await other.close()


async def test_an_older_key_still_opens_the_database(database: Database, database_url: str) -> None:
    from tests.conftest import TEST_SECRET

    both = open_database(database_url, Vault(["a new secret that has come after the old one", TEST_SECRET]))
    await check_key(both)
    await both.close()
