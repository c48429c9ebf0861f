"""The migrations and the models say the same, and every migration can be undone."""

from __future__ import annotations

import pytest

from storage.database import Database, open_database
from storage.migrate import check_key, differences, migrate
from storage.types import Vault, WrongKey


async def test_the_migrated_database_has_exactly_the_shape_of_the_models(database: Database) -> None:
    assert await differences(database) == []


async def test_migrations_go_up_down_and_up_again(database: Database) -> None:
    await migrate(database, "base")
    assert await migrate(database) is True
    assert await migrate(database) is False
    assert await differences(database) == []


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
