"""`run`: the whole program, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from datetime import datetime

import sqlalchemy as sa
import structlog
from rich.console import Console

from bot.app import App, clock_for, open_store, read_rules
from bot.demo.load import is_empty, load_people, load_register
from bot.errors import SettingsError
from bot.logs import where
from bot.settings import Settings
from bot.upkeep import Shelf, in_one_line, load_shelf
from bot.web import listen
from storage.database import Database
from storage.models import Unit
from union.rules import record_changes

log = structlog.get_logger()
console = Console(stderr=True, highlight=False)


async def run(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM. Raises SettingsError when it can't begin."""
    if settings.is_demo and not settings.is_loopback:
        console.print("[yellow]Demo people can only be played from this machine; others who reach the page are ordinary workers.[/]")
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    rules = read_rules()
    sock = listen(settings.web_host, settings.web_port)
    with contextlib.closing(sock):
        # The database starts while the words are being read: together they are most of a start.
        reading = asyncio.create_task(asyncio.to_thread(_read_shelf, settings))
        try:
            store = await open_store(settings)
        except SettingsError:
            await asyncio.gather(reading, return_exceptions=True)
            raise
        try:
            shelf = await reading
            if settings.is_demo:
                await lay_demo_data(store.database, (await clock_for(settings, store.database)).now())
            await _hint_at_units(store.database)
            async with store.database.begin() as session:
                changed = await record_changes(session, rules, (await clock_for(settings, store.database)).now())
            if changed:
                log.info("rules.changed", rules=changed)
            app = App(settings, store, shelf, rules, await clock_for(settings, store.database))
            loop.add_signal_handler(signal.SIGHUP, app.upkeep.reload_soon)
            try:
                await app.start(sock)
                _settle()
                _say(settings, app)
                await asyncio.to_thread(shelf.knowledge.warm)
                _settle()
                await stopping.wait()
                console.print("Stopping: finishing what is in hand …")
            finally:
                await app.stop()
        finally:
            await store.close()
    console.print("Stopped.")


def _read_shelf(settings: Settings) -> Shelf:
    try:
        return load_shelf(settings.knowledge_dir)
    except Exception as error:
        if settings.knowledge_dir is None:  # our own files: a fault of the program
            raise
        raise SettingsError(f"UNION_KNOWLEDGE_DIR: a file in {settings.knowledge_dir} can't be read ({in_one_line(error)}).") from None


async def lay_demo_data(database: Database, now: datetime) -> bool:
    """Lays the demo data when the database is empty. Returns whether it did."""
    async with database.begin() as session:
        if not await is_empty(session):
            return False
        await load_register(session, now)
        await load_people(session, now)
    log.info("demo.laid")
    return True


async def _hint_at_units(database: Database) -> None:
    async with database.connect() as connection:
        if not await connection.scalar(sa.select(sa.exists().where(Unit.id > 0))):
            console.print(
                "[yellow]There are no units yet, so no case can find a lawyer: run `python -m bot demo-data --register-only` once.[/]"
            )


def _settle() -> None:
    """What a start has made stays until the end, so the collector need not look at it again and again (it was off during the start)."""
    gc.collect()
    gc.freeze()
    gc.enable()


def _say(settings: Settings, app: App) -> None:
    host = f"[{settings.web_host}]" if ":" in settings.web_host else settings.web_host
    console.print(f"[bold green]Ready:[/] http://{host}:{settings.web_port}")
    for setting, bot, token in (
        ("UNION_MEMBER_TOKEN", "member", settings.member_token),
        ("UNION_DESK_TOKEN", "desk", settings.desk_token),
    ):
        if token is None:
            console.print(f"  Telegram {bot} bot: off. Set {setting} to the token that BotFather gives you.")
        else:
            console.print(f"  Telegram {bot} bot: on, by {'webhook' if settings.webhook_url else 'long polling'}.")
    if settings.is_demo:
        console.print(
            "  Demonstration with made-up people: open the page as a worker, a lawyer or a staff member with the switcher on top."
        )
        if settings.clock_speed != 1:
            console.print(f"  Time passes {settings.clock_speed:g} times as fast.")
    console.print("  Ctrl-C stops.")


def main(settings: Settings) -> int:
    """Runs the program and returns its exit code: 0 after a stop, 2 with one sentence when a setting is wrong."""
    import uvloop

    gc.disable()  # a start only makes things; see _settle
    try:
        uvloop.run(run(settings))
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    except Exception as error:
        log.error("program.failed", **where(error))
        raise
    return 0
