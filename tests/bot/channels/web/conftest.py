"""The web page's fixtures: a house behind the door, the routes called in memory, the same on a real port, and a browser."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, async_playwright

from bot.channels.web.routes import chat_router
from bot.clock import Clock
from bot.embedded import Server
from storage.database import Database, open_database
from storage.models import Person, Role, RoleGrant, Unit, UnitKind
from storage.types import PersonId, Vault
from tests.bot.channels.web.house import House
from tests.conftest import TEST_SECRET

OURS = {"X-Union": "1"}

CHROMIUM_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Served:
    """The page on a real port. `off` closes the port and all streams, `on` opens the same port again."""

    app: FastAPI
    house: House
    port: int
    server: uvicorn.Server | None = None
    task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://127.0.0.1:{self.port}"

    async def on(self) -> None:
        """Begins to serve."""
        config = uvicorn.Config(self.app, host="127.0.0.1", port=self.port, log_level="error", lifespan="off", ws="none")
        self.server = uvicorn.Server(config)
        await self.house.door.start()
        self.task = asyncio.create_task(self.server.serve())
        while not self.server.started:  # noqa: ASYNC110  uvicorn offers nothing to wait for
            await asyncio.sleep(0.01)

    async def off(self) -> None:
        """Stops serving, as the program does: the streams first."""
        assert self.server
        assert self.task
        await self.house.door.stop()
        self.server.should_exit = True
        await self.task


@pytest.fixture(scope="session")
async def database(server: Server, template: str) -> AsyncIterator[Database]:
    """One database for all of these tests: every session has an address of its own, so none sees another's."""
    admin = await asyncpg.connect(server.get_uri())
    await admin.execute(f'CREATE DATABASE "union_web" TEMPLATE "{template}"')
    await admin.close()
    database = open_database(server.get_uri("union_web"), Vault([TEST_SECRET]))
    yield database
    await database.close()


@pytest.fixture
async def house(database: Database, clock: Clock) -> House:
    """Everything behind the door."""
    return House(database, clock)


@pytest.fixture
def demo() -> bool:
    """Whether the page runs in demo mode; a test changes it with `parametrize("demo", [True])`."""
    return False


@pytest.fixture
def app(house: House, demo: bool) -> FastAPI:
    """The routes."""
    app = FastAPI()
    app.include_router(chat_router(house.door, demo=demo))
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a window, on this machine; its session is open."""
    async with visit(app) as client:
        assert (await client.post("/chat/session")).status_code == 200
        yield client


@asynccontextmanager
async def visit(
    app: FastAPI, *, host: str = "127.0.0.1:12351", peer: str = "127.0.0.1", headers: dict[str, str] | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody's browser, at `peer`, that calls the page by the name `host`."""
    transport = httpx.ASGITransport(app, client=(peer, 4711))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=OURS | (headers or {})) as client:
        yield client


@pytest.fixture
async def served(app: FastAPI, house: House) -> AsyncIterator[Served]:
    """The page on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    served = Served(app, house, port)
    await served.on()
    yield served
    await served.off()


@pytest.fixture
async def people(database: Database, clock: Clock) -> dict[str, PersonId]:
    """A made-up lawyer and staff member, somebody real, and somebody whose role was taken back."""
    ids: dict[str, PersonId] = {}
    async with database.begin() as session:
        unit = Unit(kind=UnitKind.STREET, name="望京街道总工会", short="望京", path="1.")
        session.add(unit)
        await session.flush()
        for name, role in (("陈律师", Role.LAWYER), ("孙干事", Role.STAFF), ("真人", Role.LAWYER), ("离任", Role.STAFF)):
            person = Person(name=name, made_up=name != "真人", created_at=clock.now())
            session.add(person)
            await session.flush()
            revoked = clock.now() if name == "离任" else None
            session.add(RoleGrant(person_id=person.id, role=role, unit_id=unit.id, granted_at=clock.now(), revoked_at=revoked))
            ids[name] = person.id
    return ids


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        await browser.close()
