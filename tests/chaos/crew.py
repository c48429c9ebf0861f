"""The processes that are killed: each is a fork of one process that has imported everything and run nothing, so a new one works at once.

    python -m tests.chaos.crew DATABASE_URL SECRET

Requests and answers are lines of JSON: {"start": {how time goes}} → {"pid": …}, {"wait": pid} → {"code": …}.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import random
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import bot.app
from bot.channels.base import Outgoing, Sent, TryLater
from bot.clock import Clock
from bot.delivery import Delivery
from bot.fetching import Fetching
from bot.logs import configure_logs
from bot.presence import Presence
from bot.timers import Timers
from storage.database import open_database
from storage.types import Vault
from tests.chaos.quick_rules import quick_rules
from union.case_clock import CaseClock

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Course:
    """How time goes: all processes show the same. real_start: seconds since 1970 at which the clock shows `start`."""

    speed: float
    real_start: float
    start: datetime

    def as_json(self) -> dict[str, Any]:
        """As it goes over a pipe."""
        return {"speed": self.speed, "real_start": self.real_start, "start": self.start.isoformat()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Course:
        """As it came."""
        return cls(data["speed"], data["real_start"], datetime.fromisoformat(data["start"]))

    def clock(self) -> Clock:
        """A clock that begins now and shows what all the others show."""
        return Clock(self.speed, self.start + timedelta(seconds=(time.time() - self.real_start) * self.speed))


class PaperDoor:
    """A door behind which people read at once, mostly: now and then it is busy, or takes its time."""

    bulk_rate = 1000.0
    chat_rate = math.inf

    def __init__(self, name: str) -> None:
        self.name = name
        self._chance = random.Random(os.getpid())

    async def send(self, outgoing: Outgoing) -> Sent:
        await asyncio.sleep(self._chance.choice((0, 0, 0, 0.02)))
        if self._chance.random() < 0.05:
            raise TryLater(0.2)
        return Sent(message_ref=f"paper-{outgoing.outbox_id}")


async def work(url: str, secret: str, course: Course) -> None:
    """One process: the program's own timers and delivery, until it is told to stop."""
    database = open_database(url, Vault([secret]), pool_size=6)
    clock, rules, presence = course.clock(), quick_rules(), Presence(url)
    doors: Any = {name: PaperDoor(name) for name in ("test-member", "test-desk")}
    await presence.start()
    delivery = Delivery(database, clock, doors, rules=rules, owner=presence.number, receipts=bot.app.receipts(rules))
    timers = Timers(
        database,
        clock,
        rules=rules,
        subjects={"case": CaseClock()},
        owner=presence.number,
        fetching=Fetching(database, clock, {}),
        on_facts=delivery.nudge,
    )
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await delivery.start()
    await timers.start()
    await stopping.wait()
    await timers.stop()
    await delivery.stop()
    await presence.close()
    await database.close()


def main(url: str, secret: str) -> None:
    """Does what it is asked until nobody asks any more; then nobody it has started is left."""
    living: set[int] = set()
    answer({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            living.discard(request["wait"])
            answer({"code": os.waitstatus_to_exitcode(os.waitpid(request["wait"], 0)[1])})
            continue
        pid = os.fork()
        if pid == 0:
            become_worker(url, secret, Course.from_json(request["start"]))
        living.add(pid)
        answer({"pid": pid})
    for pid in living:
        os.kill(pid, signal.SIGKILL)


def become_worker(url: str, secret: str, course: Course) -> NoReturn:
    """In a fork: works, and never returns."""
    import uvloop

    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    configure_logs("warning")
    try:
        uvloop.run(work(url, secret, course))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def answer(data: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


class Crew:
    """Starts processes and ends them, from outside. killed: how often one was ended in the middle of its work."""

    def __init__(self, url: str, secret: str) -> None:
        self._arguments = (url, secret)
        self._asking = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self.killed = 0

    async def open(self) -> None:
        """Imports everything; nobody works yet."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.chaos.crew", *self._arguments),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        await self._answer()

    async def start(self, course: Course) -> int:
        """One more process; its number."""
        pid: int = (await self._ask({"start": course.as_json()}))["pid"]
        return pid

    async def kill(self, pid: int) -> None:
        """Ends it at once, in the middle of whatever it does."""
        os.kill(pid, signal.SIGKILL)
        await self._ask({"wait": pid})
        self.killed += 1

    async def stop(self, pid: int) -> int:
        """Asks it to finish, and gives its exit code."""
        os.kill(pid, signal.SIGTERM)
        code: int = (await self._ask({"wait": pid}))["code"]
        return code

    async def close(self) -> None:
        """Lets the first one go."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        async with self._asking:
            assert self._process is not None
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            return await self._answer()

    async def _answer(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            found: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return found


if __name__ == "__main__":
    main(*sys.argv[1:])
