"""A migrated database with the units of the register, a Bot API to talk to, and the program between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.clock import Clock
from bot.demo.load import load_register
from storage.database import Database, open_database
from storage.migrate import check_key
from storage.models import KeyCheck, Role
from storage.types import Vault
from tests.acceptance.program import Launcher, Person, Program, QuickProgram, free_port
from tests.botapi import BotApi, Phone
from union import people, units

SECRET = "a key that only the acceptance tests use"
MEMBER, DESK = "111:member-token", "222:desk-token"


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi(tokens={MEMBER, DESK}) as api:
        yield api
    assert api.violations == []


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The program's database, under a key that can stand in a setting."""
    database = open_database(database_url, Vault([SECRET]))
    async with database.begin() as session:
        await session.execute(sa.delete(KeyCheck))
    await check_key(database)
    yield database
    await database.close()


@pytest.fixture
async def register(database: Database) -> None:
    """The units."""
    async with database.begin() as session:
        await load_register(session, Clock().now())


@pytest.fixture
def settings(tmp_path: Path, api: BotApi, database_url: str, register: None) -> dict[str, str]:
    """What the program is started with."""
    return {
        "DATABASE_URL": database_url,
        "SECRET_KEY": SECRET,
        "DATA_DIR": str(tmp_path),
        "MEMBER_TOKEN": MEMBER,
        "DESK_TOKEN": DESK,
        "TELEGRAM_API": api.url,
        "WEB_PORT": str(free_port()),
        "LOG_LEVEL": "debug",
    }


@pytest.fixture
async def program(tmp_path: Path, settings: dict[str, str]) -> AsyncIterator[Program]:
    """The program, not started yet."""
    program = Program(tmp_path, settings)
    yield program
    await program.kill()


@pytest.fixture(scope="session")
async def launcher() -> AsyncIterator[Launcher]:
    launcher = Launcher()
    yield launcher
    await launcher.close()


@pytest.fixture
async def pair(tmp_path: Path, settings: dict[str, str], launcher: Launcher) -> AsyncIterator[tuple[QuickProgram, QuickProgram]]:
    """Two processes that share one database, not started yet."""
    first, second = (QuickProgram(tmp_path, {**settings, "WEB_PORT": str(free_port())}, launcher=launcher) for _ in range(2))
    yield first, second
    for program in (first, second):
        await program.kill()


async def invited(database: Database, phone: Phone, role: Role, name: str, unit: str) -> tuple[Person, str]:
    """Somebody at the desk, and the code with which they may come in."""
    async with database.begin() as session:
        (found,) = await units.find_by_name(session, unit)
        code = await people.invite(session, role=role, name=name, unit_id=found.id, now=Clock().now())
    return Person(phone), code
