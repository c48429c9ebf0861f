"""The composition root: every part is built once, here, and started and stopped in order."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcast import Broadcast
from bot.channels.base import Door
from bot.channels.web.door import WebDoor
from bot.clock import Clock
from bot.delivery import Delivery, Receipt
from bot.dispatch import Dispatch
from bot.embedded import Server, start_embedded
from bot.errors import SettingsError
from bot.fetching import Fetching
from bot.health import Health
from bot.keys import open_vault
from bot.notice_work import LOOK_SECONDS, NoticeWork
from bot.presence import Presence
from bot.settings import Settings
from bot.timers import Timers
from bot.upkeep import FACTS_SECONDS, FILES_SECONDS, Shelf, Upkeep
from bot.web import build_web, make_server
from knowledge.statutes import Statutes
from storage.database import Database, asyncpg_url, open_database
from storage.migrate import check_key, migrate
from storage.types import Vault, WrongKey
from union import room
from union.alerts import Fact
from union.case_clock import CaseClock
from union.notice_clock import NoticeClock
from union.rules import BadRules, Rule, load_rules

if TYPE_CHECKING:
    from bot.channels.telegram.door import TelegramDoor

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Store:
    """An open, migrated database, with the embedded server that it runs on, if it is that. url: for connections of their own."""

    database: Database
    url: str
    server: Server | None

    async def close(self) -> None:
        """Closes the database and, when we are its last user, stops the embedded server."""
        await self.database.close()
        if self.server is not None:
            await asyncio.to_thread(self.server.cleanup)


async def open_store(settings: Settings, *, migrating: bool = True) -> Store:
    """Opens the database that the settings name: starts the embedded server if need be, migrates, and proves the key.

    Raises SettingsError with one sentence when the database can't be reached or was written with another key.
    """
    vault = open_vault(settings)
    if settings.database_url is None:
        server = await asyncio.to_thread(start_embedded, settings.data_dir)
        return await _checked(Store(open_database(server.get_uri(), vault), server.get_uri(), server), migrating)
    for_engine, for_ourselves = addresses(settings.database_url.get_secret_value())
    return await _checked(Store(open_database(for_engine, vault), for_ourselves, None), migrating)


def addresses(url: str) -> tuple[str, str]:
    """An operator's address as SQLAlchemy's driver wants it, and as the driver itself does: they call the setting of TLS by different names."""
    parts = make_url(asyncpg_url(url))
    query = {name: value for name, value in parts.query.items() if name not in ("ssl", "sslmode")}
    mode = parts.query.get("sslmode") or parts.query.get("ssl")
    engine, plain = (parts.set(query={**query, name: mode} if mode else query) for name in ("ssl", "sslmode"))
    return engine.render_as_string(hide_password=False), plain.set(drivername="postgresql").render_as_string(hide_password=False)


async def _checked(store: Store, migrating: bool) -> Store:
    try:
        async with store.database.connect() as connection:
            await connection.execute(sa.text("SELECT 1"))
        if migrating:
            await migrate(store.database)
        await check_key(store.database)
    except WrongKey:
        await store.close()
        raise SettingsError(
            "UNION_SECRET_KEY: this database was written with another key; set that one (and put a newer one before it, with a comma)."
        ) from None
    except (DBAPIError, SQLAlchemyError, OSError, TimeoutError) as error:
        await store.close()
        name = "UNION_DATABASE_URL" if store.server is None else "UNION_DATA_DIR"
        reason = type(getattr(error, "orig", None) or error).__name__
        raise SettingsError(f"{name}: the database can't be used ({reason}); check that it runs, its address, name and password.") from None
    return store


def read_rules() -> Mapping[str, Rule]:
    """The rules of deadlines. Raises SettingsError when their file is wrong."""
    try:
        return load_rules()
    except BadRules as error:
        raise SettingsError(str(error)) from None


def receipts(rules: Mapping[str, Rule]) -> Mapping[str, Receipt]:
    """What follows in the union when a fact has reached its reader."""

    async def room_message(session: AsyncSession, params: Mapping[str, object], at: datetime) -> None:
        await room.reached(session, int(str(params["message"])), at, rules)

    return {Fact.ROOM_MESSAGE: room_message, Fact.ROOM_ANSWER: room_message}


def telegram_doors(settings: Settings, vault: Vault, dispatch: Dispatch, clock: Clock) -> dict[str, TelegramDoor]:
    """The bots for which there is a token, by the last part of their webhook's path. Their libraries are imported only here."""
    doors: dict[str, TelegramDoor] = {}
    for bot, token in (("member", settings.member_token), ("desk", settings.desk_token)):
        if token is None:
            continue
        doors[bot] = _telegram(bot)(
            token.get_secret_value(),
            api=settings.telegram_api,
            store=dispatch.store,
            clock=clock,
            webhook_url=f"{settings.webhook_url}/telegram/{bot}" if settings.webhook_url else None,
            webhook_secret=vault.token(f"webhook {bot}"),
            bulk_rate=settings.bulk_rate,
        )
    return doors


def _telegram(bot: str) -> Callable[..., TelegramDoor]:
    if bot == "member":
        from bot.channels.members_telegram import MembersTelegram

        return MembersTelegram
    from bot.channels.desk_telegram import DeskTelegram

    return DeskTelegram


class App:
    """The running program. `start` returns when it serves, `stop` when everything in hand is finished."""

    def __init__(self, settings: Settings, store: Store, shelf: Shelf, rules: Mapping[str, Rule], clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.database = store.database
        self.presence = Presence(store.url)
        self.upkeep = Upkeep(self.database, clock, shelf, rules, Statutes(settings.statutes_folder), folder=settings.knowledge_dir)
        self.dispatch = Dispatch(
            self.database, clock, self.upkeep.house, on_replies=self._replies_are_waiting, on_handled=self._event_was_handled
        )
        self.upkeep.use = self.dispatch.use
        self.web = WebDoor(self.database, clock, self.dispatch.store, self._pages_have_shown)
        self.telegram = telegram_doors(settings, self.database.vault, self.dispatch, clock)
        self.doors: dict[str, Door] = {self.web.name: self.web, **{door.name: door for door in self.telegram.values()}}
        owner = self.presence.number
        self.delivery = Delivery(self.database, clock, self.doors, rules=rules, owner=owner, receipts=receipts(rules))
        self.broadcast = Broadcast(self.database, clock, self.doors, self.delivery.paces, owner=owner, paid_rate=settings.paid_rate)
        self.notice_work = NoticeWork(self.database, clock, self.delivery.nudge)
        fetching = Fetching(self.database, clock, self.doors)
        self.timers = Timers(
            self.database,
            clock,
            rules=rules,
            subjects={"case": CaseClock(), "notice": NoticeClock()},
            owner=owner,
            fetching=fetching,
            on_facts=self.delivery.nudge,
        )
        how = {name: "web" if door is self.web else ("webhook" if settings.webhook_url else "polling") for name, door in self.doors.items()}
        self.health = Health(self.database, clock, how, self.upkeep.report)
        webhooks = self.telegram if settings.webhook_url else {}
        self.server = make_server(build_web(self.web, self.health, webhooks, demo=settings.is_demo))
        self._elected: list[asyncio.Task[None]] = []
        self._serving: asyncio.Task[None] | None = None

    def _replies_are_waiting(self) -> None:
        self.delivery.nudge()

    async def _event_was_handled(self, door: str, address: str, event_id: str) -> None:
        if door == self.web.name:
            await self.web.handled(address, event_id)

    async def _pages_have_shown(self, outbox_ids: Sequence[int]) -> None:
        if told := [number for number in outbox_ids if number > 0]:
            await self.delivery.reached(told)
        if notices := [number for number in outbox_ids if number < 0]:
            await self.broadcast.shown(notices)

    async def start(self, sock: socket.socket) -> None:
        """Starts everything; what an earlier run left is taken up. Raises SettingsError when a door can't work."""
        await self.presence.start()
        await self.upkeep.look_at_facts()
        await self.dispatch.start()
        await self.delivery.start()
        await self.broadcast.start()
        self.timers.every(LOOK_SECONDS, "notices", self.notice_work.run)
        for seconds, name, look in (
            (FACTS_SECONDS, "facts", self.upkeep.look_at_facts),
            (FILES_SECONDS, "knowledge", self.upkeep.look_at_files),
        ):
            self.timers.every(max(0.5, seconds / self.clock.speed), name, look)
        await self.timers.start()
        await self.web.start()
        self._serving = asyncio.create_task(self.server.serve(sockets=[sock]), name="web")
        await asyncio.gather(*(door.start() for door in self.telegram.values()))
        # Of all processes on all machines one is elected for each of these.
        self._elected = [asyncio.create_task(self.presence.lead("watch house", self.timers.watch_house), name="watch-house")]
        # A bot's limit holds for all processes together, so one at a time sends notices through a door.
        self._elected += [
            asyncio.create_task(self.presence.lead(f"notices {name}", partial(self.broadcast.take_over, name)), name=f"notices-{name}")
            for name in self.doors
        ]
        if not self.settings.webhook_url:  # Telegram gives a bot's updates to one poller only
            self._elected += [
                asyncio.create_task(self.presence.lead(f"poll {door.name}", door.poll_forever), name=f"poll-{door.name}")
                for door in self.telegram.values()
            ]

    async def stop(self) -> None:
        """Stops taking events, finishes what is in hand, and lets go of everything. What is left waits in the database."""
        for task in self._elected:
            task.cancel()
        await asyncio.gather(*self._elected, return_exceptions=True)
        await asyncio.gather(*(door.stop() for door in self.doors.values()))
        self.server.should_exit = True
        if self._serving is not None:
            await asyncio.wait([self._serving], timeout=10)
        await self.timers.stop()
        await self.dispatch.stop()
        await self.delivery.stop()
        await self.broadcast.stop()
        await asyncio.gather(*(door.close() for door in self.doors.values()))
        await self.presence.close()


async def clock_for(settings: Settings, database: Database) -> Clock:
    """The clock. A demonstration whose time has run ahead goes on from there: what was, must not lie in the future."""
    clock = Clock(settings.clock_speed)
    if not settings.is_demo:
        return clock
    async with database.connect() as connection:
        latest = await connection.scalar(
            sa.text("SELECT greatest((SELECT max(received_at) FROM inbox), (SELECT max(sent_at) FROM outbox))")
        )
    return Clock(settings.clock_speed, latest) if latest is not None and latest > clock.now() else clock
