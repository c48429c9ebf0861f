"""The migrations and the models say the same, and every migration can be undone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from storage.database import Database, open_database
from storage.migrate import alembic_config, check_key, differences, migrate
from storage.models import Case, DatedFactChange, Person
from storage.types import BlindIndex, CaseId, SealedText, Vault, WrongKey
from union import history

NOW = datetime(2026, 11, 18, tzinfo=UTC)


async def test_the_migrated_database_has_exactly_the_shape_of_the_models(database: Database) -> None:
    assert await differences(database) == []


async def test_migrations_go_up_down_and_up_again(database: Database) -> None:
    await migrate(database, "base")
    assert await migrate(database) is True
    assert await migrate(database) is False
    assert await differences(database) == []


async def test_every_migration_can_be_undone_and_redone_by_itself_with_rows_in_the_tables(database: Database) -> None:
    now = NOW
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


async def test_cases_from_before_they_were_whole_keep_their_history_chained_and_are_found_by_any_name_of_the_employer(
    database: Database,
) -> None:
    await step(database, "0003", down=True)
    was = sa.table(
        "case",
        *[sa.column(name) for name in ("id", "code", "kind", "topic", "status", "worker_id", "anonymous", "unit_id", "overdue")],
        sa.column("story", SealedText("case.story")),
        sa.column("employer", SealedText("case.employer")),
        sa.column("employer_index", BlindIndex("case.employer")),
        sa.column("received_at", sa.DateTime(timezone=True)),
    )
    name = "北京市劲松饭店有限公司"
    async with database.begin() as session:
        await session.execute(sa.text("INSERT INTO person (id, created_at, made_up) VALUES (1, now(), false)"))
        await session.execute(sa.text("INSERT INTO unit (id, kind, name, short, path) VALUES (1, 'city', '北京市总工会', '北京', '1.')"))
        plain = {
            "kind": "dispute",
            "topic": "wages",
            "status": "assigned",
            "worker_id": 1,
            "anonymous": True,
            "unit_id": 1,
            "overdue": False,
        }
        for number in (1, 2):
            told = {"story": "拖欠", "employer": name, "employer_index": name, "received_at": NOW}
            await session.execute(was.insert().values(id=number, code=str(number), **plain, **told))
            for action in ("case.received", "case.assigned"):
                line = sa.text("INSERT INTO case_event (case_id, at, action, detail) VALUES (:id, :at, :action, '{\"lawyer\": 7}')")
                await session.execute(line, {"id": number, "at": NOW, "action": action})
    await step(database, "head")
    async with database.begin() as session:
        assert (await history.audit(session)).broken == ()
        assert [(line.number, line.action) for line in await history.of_case(session, CaseId(2))] == [
            (1, "case.received"),
            (2, "case.assigned"),
        ]
        query = sa.select(Case.due_at).where(Case.employer_index == "劲松饭店（朝阳店）")
        assert list(await session.scalars(query)) == [NOW + timedelta(hours=24)] * 2
        history.note(session, CaseId(2), "case.accepted", NOW)
        await session.flush()
        assert (await history.audit(session)).broken == ()


def revisions() -> list[str]:
    """Every migration, the first one first."""
    return [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()][::-1]


async def step(database: Database, revision: str, *, down: bool = False) -> None:
    """Goes up to a migration, or takes it and all that came after it back."""

    def walk(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, f"{revision}-1") if down else command.upgrade(config, revision)

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
