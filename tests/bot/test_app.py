"""Opening an operator's own database."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.app import addresses, open_store
from bot.errors import SettingsError
from bot.presence import Presence
from bot.settings import Settings
from storage.database import Database
from storage.models import KeyCheck

SECRET = "a key for a database of one's own"


def settings(data_dir: Path, url: str, secret: str = SECRET) -> Settings:
    return Settings(_env_file=None, data_dir=data_dir, database_url=url, secret_key=secret)  # type: ignore[call-arg, arg-type]


@pytest.fixture
async def own_url(database: Database, database_url: str) -> str:
    """A database that no key has written to yet."""
    async with database.begin() as session:
        await session.execute(sa.delete(KeyCheck))
    return database_url


@pytest.mark.parametrize("more", ["", "&sslmode=prefer", "&ssl=prefer", "&sslmode=disable"])
async def test_a_database_is_opened_with_whatever_its_address_says_about_tls(own_url: str, tmp_path: Path, more: str) -> None:
    store = await open_store(settings(tmp_path, own_url + more))
    presence = Presence(store.url)
    try:
        await presence.start()  # the same address has to do for the connection of its own
    finally:
        await presence.close()
        await store.close()


def test_a_password_with_odd_characters_survives() -> None:
    engine, plain = addresses("postgresql://me:p%40ss%2Fw%3A%C3%A9@host:5433/db?sslmode=require")
    assert plain == "postgresql://me:p%40ss%2Fw%3A%C3%A9@host:5433/db?sslmode=require"
    assert engine == "postgresql+asyncpg://me:p%40ss%2Fw%3A%C3%A9@host:5433/db?ssl=require"


async def test_the_wrong_key_stops_the_start_and_names_the_setting(own_url: str, tmp_path: Path) -> None:
    await (await open_store(settings(tmp_path, own_url))).close()
    with pytest.raises(SettingsError, match=r"^UNION_SECRET_KEY: "):
        await open_store(settings(tmp_path, own_url, "another key, not that of the database".replace(",", "")))


async def test_a_new_key_before_the_old_one_opens_the_database(own_url: str, tmp_path: Path) -> None:
    await (await open_store(settings(tmp_path, own_url))).close()
    await (await open_store(settings(tmp_path, own_url, f"a new key that is long enough for us,{SECRET}"))).close()
