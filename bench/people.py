"""Dispatch as the program builds it, with nothing around it, and the people who have been here before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from bench.ground import Ground
from bench.traffic import said
from bot.app import read_rules
from bot.clock import Clock
from bot.dispatch import Dispatch
from handlers.conversation import Incoming, Kind
from handlers.turn import House
from knowledge import Knowledge
from knowledge.facts import Facts
from knowledge.statutes import Statutes
from storage.database import Database


class Desk:
    """A dispatch whose handled events can be waited for."""

    def __init__(self, database: Database, house: House, on_replies: Callable[[], None] = lambda: None) -> None:
        self.dispatch = Dispatch(database, Clock(), house, on_replies=on_replies, on_handled=self._handled)
        self._left = 0
        self._all = asyncio.Event()
        self._one: dict[str, asyncio.Event] = {}

    async def _handled(self, door: str, sender: str, event_id: str) -> None:
        if sender in self._one:
            self._one[sender].set()
        self._left -= 1
        if self._left == 0:
            self._all.set()

    async def work_off(self, count: int) -> None:
        """Starts, and returns when `count` events that were stored before have been handled."""
        self._left = count
        await self.dispatch.start()
        await self._all.wait()

    async def write(self, events: Sequence[Incoming]) -> None:
        """One person: stores an event, waits until it is handled, and goes on to the next."""
        for event in events:
            handled = self._one[event.address] = asyncio.Event()
            await self.dispatch.store([event])
            await handled.wait()


async def make_house() -> House:
    """What the bot knows, and the rules."""
    return House(await asyncio.to_thread(_knowledge), read_rules(), Facts.load(), Statutes(Path("no-statutes")))


@cache
def _knowledge() -> Knowledge:
    return Knowledge.load()


async def meet(server: Ground, house: House, count: int) -> str:
    """A database with the union's register and `count` people who have opened the bot; half of them have agreed. Its name."""
    name = await server.fresh()
    database = server.open(name)
    desk = Desk(database, house)
    await desk.dispatch.start()
    for first in range(0, count, 64):
        await asyncio.gather(*(desk.write(_first_words(person)) for person in range(first, min(count, first + 64))))
    await desk.dispatch.stop()
    await database.close()
    return name


def _first_words(person: int) -> list[Incoming]:
    words = [said(person, 1, "", Kind.START)]
    if has_agreed(person):
        words.append(said(person, 2, "p:agree", Kind.CHOICE))
    return words


def has_agreed(person: int) -> bool:
    """Whether the union knows this person. Everybody who fills in a form must have agreed (see traffic.script)."""
    return person % 2 == 0 or person % 3 == 0


async def connect_all(database: Database, count: int) -> None:
    """Opens a pool's connections beforehand: what is measured is work, not the opening of connections."""

    async def hold() -> None:
        async with database.connect() as connection:
            await connection.execute(sa.text("SELECT pg_sleep(0.05)"))

    await asyncio.gather(*(hold() for _ in range(count)))
