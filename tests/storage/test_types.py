"""Column types: what is personal is encrypted and bound to its place, times have a zone, choices are stored as they are called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import Database, asyncpg_url, open_database
from storage.models import Conversation, Invite, Person, Role, Unit, UnitKind
from storage.types import Vault, WrongKey
from tests.union.shared import database, database_url, shared_database, shared_url

__all__ = ["database", "database_url", "shared_database", "shared_url"]

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
OLD, NEW = "the first secret, which is long enough", "the second secret, which is long enough"


# ---- the vault


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_is_sealed_is_opened_in_its_own_place(value: bytes, context: str) -> None:
    vault = Vault([OLD])
    assert vault.open(vault.seal(value, context), context) == value


def test_a_value_cannot_change_places() -> None:
    vault = Vault([OLD])
    sealed = vault.seal(b"13900001234", "person.phone")
    with pytest.raises(WrongKey):
        vault.open(sealed, "person.name")


def test_the_same_value_looks_different_each_time() -> None:
    vault = Vault([OLD])
    assert vault.seal(b"x", "a") != vault.seal(b"x", "a")


def test_another_secret_opens_nothing() -> None:
    with pytest.raises(WrongKey):
        Vault([NEW]).open(Vault([OLD]).seal(b"x", "a"), "a")


@pytest.mark.parametrize("place", [0, 5, 20, -1])
def test_a_value_that_was_changed_by_one_bit_is_not_opened(place: int) -> None:
    vault = Vault([OLD])
    sealed = bytearray(vault.seal(b"a value of some length", "a"))
    sealed[place] ^= 1
    with pytest.raises(WrongKey):
        vault.open(bytes(sealed), "a")


@pytest.mark.parametrize("sealed", [b"", b"abc", b"\x00" * 40])
def test_what_was_never_sealed_is_not_opened(sealed: bytes) -> None:
    with pytest.raises(WrongKey):
        Vault([OLD]).open(sealed, "a")


def test_after_a_new_secret_the_old_values_are_read_and_new_ones_are_written_with_it() -> None:
    old, both, new = Vault([OLD]), Vault([NEW, OLD]), Vault([NEW])
    assert both.open(old.seal(b"x", "a"), "a") == b"x"
    assert new.open(both.seal(b"y", "a"), "a") == b"y"
    with pytest.raises(WrongKey):
        old.open(both.seal(b"y", "a"), "a")


def test_lookups_survive_a_new_secret() -> None:
    assert Vault([NEW, OLD]).blind("13900001234", "person.phone") == Vault([OLD]).blind("13900001234", "person.phone")


def test_a_fingerprint_belongs_to_its_place_and_its_secret() -> None:
    prints = {Vault([secret]).blind("139", context) for secret in (OLD, NEW) for context in ("person.phone", "person.card")}
    assert len(prints) == 4


def test_a_token_is_the_same_at_every_start_and_another_for_each_purpose_and_secret() -> None:
    assert Vault([OLD]).token("webhook") == Vault([OLD]).token("webhook")
    assert len({Vault([OLD]).token("webhook"), Vault([OLD]).token("other"), Vault([NEW]).token("webhook")}) == 3


@pytest.mark.parametrize("secrets", [[], ["short"], [OLD, "short"], ["x" * 31]])
def test_a_short_secret_is_refused(secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="32 characters"):
        Vault(secrets)


# ---- columns


async def person(database: Database, **values: object) -> int:
    async with database.begin() as session:
        row = Person(created_at=NOW, **values)
        session.add(row)
        await session.flush()
        return row.id


async def test_names_and_phones_are_encrypted_at_rest_and_plain_in_the_program(database: Database) -> None:
    number = await person(database, name="张三", phone="13900001234", phone_index="13900001234")
    async with database.begin() as session:
        stored = await session.scalar(sa.text("SELECT p::text FROM person p"))
        loaded = await session.get_one(Person, number)
    for word in ("张三", "13900001234"):
        assert word not in stored
        assert word.encode().hex() not in stored
    assert (loaded.name, loaded.phone) == ("张三", "13900001234")


async def test_somebody_is_found_by_their_phone_without_it_being_readable(database: Database) -> None:
    number = await person(database, phone_index="13900001234")
    async with database.begin() as session:
        assert await session.scalar(sa.select(Person.id).where(Person.phone_index == "13900001234")) == number
        assert await session.scalar(sa.select(Person.id).where(Person.phone_index == "13900001235")) is None


async def test_a_value_copied_into_another_column_cannot_be_read(database: Database) -> None:
    number = await person(database, name="张三")
    async with database.begin() as session:
        await session.execute(sa.text("UPDATE person SET phone = name"))
        with pytest.raises(WrongKey):
            await session.get(Person, number)


async def test_an_engine_without_a_vault_reads_nothing_personal(database: Database, database_url: str) -> None:
    await person(database, name="张三")
    engine = create_async_engine(asyncpg_url(database_url))
    async with engine.connect() as connection:
        with pytest.raises(RuntimeError, match="without a vault"):
            await connection.scalar(sa.select(Person.name))
    await engine.dispose()


async def test_two_databases_in_one_process_have_each_their_own_keys(database: Database, database_url: str) -> None:
    number = await person(database, name="张三")
    other = open_database(database_url, Vault([NEW]))
    async with other.begin() as session:
        with pytest.raises(WrongKey):
            await session.get(Person, number)
    await other.close()


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        await person(database, consent_at=datetime(2026, 11, 18, 10, 0))  # noqa: DTZ001


async def test_a_time_in_any_zone_comes_back_in_utc(database: Database) -> None:
    beijing = datetime(2026, 11, 18, 10, 0, tzinfo=timezone(timedelta(hours=8)))
    number = await person(database, consent_at=beijing)
    async with database.begin() as session:
        loaded = (await session.get_one(Person, number)).consent_at
    assert loaded == NOW
    assert loaded is not None
    assert loaded.tzinfo is UTC


async def test_choices_are_stored_as_they_are_called_and_not_by_their_name_in_the_program(database: Database) -> None:
    async with database.begin() as session:
        session.add(Unit(id=1, kind=UnitKind.CITY, name="北京市总工会", short="北京", path="1."))
        await session.flush()
        session.add(Invite(code_index="A", role=Role.LAWYER, name="x", unit_id=1, created_at=NOW, expires_at=NOW))
    async with database.begin() as session:
        assert await session.scalar(sa.text("SELECT kind FROM unit")) == "city"
        assert await session.scalar(sa.text("SELECT role FROM invite")) == "lawyer"
        assert await session.scalar(sa.select(Unit.kind)) is UnitKind.CITY


async def test_values_do_not_appear_in_errors_which_are_logged(database: Database) -> None:
    async with database.begin() as session:
        session.add(Conversation(door="d", address="secret-address", side="member", created_at=NOW))
    with pytest.raises(sa.exc.IntegrityError) as error:
        async with database.begin() as session:
            session.add(Conversation(door="d", address="secret-address", side="member", created_at=NOW))
    assert "secret-address" not in str(error.value).split("DETAIL")[0]


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("postgresql://u:p@h:5432/d", "postgresql+asyncpg://u:p@h:5432/d"),
        ("postgres://h/d", "postgresql+asyncpg://h/d"),
        ("postgresql+asyncpg://h/d", "postgresql+asyncpg://h/d"),
    ],
)
def test_an_address_may_be_spelled_for_any_driver(url: str, spelled: str) -> None:
    assert asyncpg_url(url) == spelled


@pytest.mark.parametrize("url", ["", "sqlite:///x", "localhost/d", "mysql://h/d"])
def test_an_address_of_another_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="postgresql://"):
        asyncpg_url(url)


async def test_a_transaction_that_raises_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.begin() as session:
            session.add(Person(created_at=NOW))
            await session.flush()
            raise RuntimeError("power cut")
    async with database.begin() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0
