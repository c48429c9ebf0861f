"""Lets hypothesis, which knows no coroutines, play with the real database: it runs in a thread of its own and asks the tests' loop for each step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings

from bot.clock import VirtualClock
from storage.database import Database
from tests.union.shared import EMPTY
from tests.union.world import World, make_world

Found = TypeVar("Found")

STEP_SECONDS = 60


class House:
    """The database as a synchronous caller sees it."""

    def __init__(self, database: Database, loop: asyncio.AbstractEventLoop) -> None:
        self.database = database
        self._loop = loop

    def run(self, coroutine: Coroutine[Any, Any, Found]) -> Found:
        """Runs one coroutine in the tests' loop, and waits for it."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(STEP_SECONDS)

    def new_world(self, clock: VirtualClock) -> World:
        """The city, as nothing has happened yet."""
        return self.run(self._new_world(clock))

    async def _new_world(self, clock: VirtualClock) -> World:
        async with self.database.connect() as connection:
            await connection.execute(sa.text(EMPTY))
        return await make_world(self.database, clock)


async def play(database: Database, game: Callable[[House], None]) -> None:
    """Runs a game of hypothesis to its end."""
    await asyncio.to_thread(game, House(database, asyncio.get_running_loop()))


def few(examples: int, steps: int = 20) -> settings:
    """A bounded number of games, the same at every run; each step is a transaction of a real database, so a failing game is shown as it was found."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
