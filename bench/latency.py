"""How long a person waits: from the arrival of a message to the moment its reply is in the door's hands, at 100 messages a second."""

from __future__ import annotations

import asyncio
import gc
import math
import random
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import suppress
from itertools import count

from bench.ground import Ground, ground
from bench.people import Desk, connect_all, make_house, meet
from bench.report import Figure, Limit, Result, percentile
from bench.traffic import DOOR, address, said, script
from bot.channels.base import FileGone, Outgoing, Sent
from bot.clock import Clock
from bot.delivery import Delivery
from handlers.conversation import Incoming

RATE = 100
"""Messages a second."""

PEOPLE = 600
CONNECTIONS = 20
WARM_UP = 200
"""Messages before the clock counts."""

LIMIT = Limit(most=100)
SEED = 12351
SETTLING = 2.0
LOST_AFTER = 10.0

Answered = Callable[[str], None]
"""Told the address that an answer is for."""

Store = Callable[[Sequence[Incoming]], Coroutine[None, None, None]]
"""Takes what has arrived."""


class RecordingDoor:
    """A door that hands nothing on and notes who was answered."""

    name = DOOR
    bulk_rate = 30.0
    chat_rate = math.inf

    def __init__(self, answered: Answered) -> None:
        self._answered = answered
        self._numbers = count(1)

    async def start(self) -> None:
        """Nothing to begin."""

    async def stop(self) -> None:
        """Nothing to stop."""

    async def close(self) -> None:
        """Nothing to let go of."""

    async def send(self, outgoing: Outgoing) -> Sent:
        """The reply has come this far: the moment that counts."""
        self._answered(outgoing.address)
        return Sent(message_ref=str(next(self._numbers)))

    async def fetch(self, handle: str) -> bytes:
        """There are no files here."""
        raise FileGone(handle)


class Waiting:
    """Who waits for an answer since when. Whoever has to wait writes nothing more until it has come; others write meanwhile.

    Should somebody write again all the same, their wait still counts from the first message.
    """

    def __init__(self) -> None:
        self.took: list[float] = []
        self.nobody = asyncio.Event()
        self._since: dict[str, float] = {}

    def __contains__(self, sender: str) -> bool:
        return sender in self._since

    def __len__(self) -> int:
        return len(self._since)

    def arrived(self, sender: str) -> None:
        """A message has come in."""
        self.nobody.clear()
        self._since.setdefault(sender, time.perf_counter())

    def answered(self, sender: str) -> None:
        """An answer has gone out; a second one to the same message doesn't count."""
        since = self._since.pop(sender, None)
        if since is not None:
            self.took.append(time.perf_counter() - since)
        if not self._since:
            self.nobody.set()


async def measure(seconds: float) -> Result:
    """Measures for so long on each side."""
    async with ground() as server:
        return await measure_on(server, people=PEOPLE, messages=round(seconds * RATE) + WARM_UP)


async def measure_on(server: Ground, *, people: int, messages: int) -> Result:
    """Measures with so many people and messages."""
    waiting = Waiting()
    house = await make_house()
    database = server.open(await meet(server, house, people))
    await server.settle()
    delivery = Delivery(database, Clock(), {DOOR: RecordingDoor(waiting.answered)}, rules=house.rules, owner=1, receipts={})
    desk = Desk(database, house, delivery.nudge)
    await connect_all(database, CONNECTIONS)
    await delivery.start()
    await desk.dispatch.start()
    await asyncio.sleep(SETTLING)  # what the greetings left behind goes out first
    gc.collect()
    late, lost = await pour(waiting, desk.dispatch.store, people, messages)
    await desk.dispatch.stop()
    await delivery.stop()
    await database.close()
    echoed = Waiting()
    await pour(echoed, _echo(echoed), people, messages)
    return _result(waiting, echoed, late, lost, people)


def _result(waiting: Waiting, echoed: Waiting, late: float, lost: int, people: int) -> Result:
    figures = []
    for what, share in (("half of all answers within", 0.5), ("95 % within", 0.95), ("99 % within", 0.99), ("the slowest", 1.0)):
        ours, plain = (percentile(side.took[WARM_UP:] or side.took, share) * 1000 for side in (waiting, echoed))
        figures.append(Figure(what=what, value=ours, unit="ms", beside=plain, limit=LIMIT if share == 0.99 else None))
    figures.append(Figure(what="never answered", value=lost, unit="messages", limit=Limit(most=0)))
    return Result(
        name="latency",
        title=f"{RATE} messages a second, from arrival to the reply in the door's hands",
        plain="an echo through the same timing and the same event loop, without anything stored",
        figures=figures,
        notes=[
            f"{len(waiting.took) + lost} messages from {people} people at random moments (Poisson), the first {WARM_UP} not counted",
            f"the messages themselves came at most {late * 1000:.1f} ms after their moment",
        ],
    )


async def pour(waiting: Waiting, store: Store, people: int, messages: int) -> tuple[float, int]:
    """Pours messages in at random moments, whether or not earlier ones are answered. Returns how late the latest came, and how many were lost."""
    rng = random.Random(SEED)
    texts = [script(person) for person in range(people)]
    free = _round(waiting, people)
    storing: set[asyncio.Task[None]] = set()
    moment = time.perf_counter()
    latest = 0.0
    for number in range(messages):
        moment += rng.expovariate(RATE)
        await asyncio.sleep(moment - time.perf_counter())
        latest = max(latest, time.perf_counter() - moment)
        person = next(free)
        incoming = said(person, 10 + number, next(texts[person]))
        waiting.arrived(incoming.address)
        task = asyncio.create_task(store([incoming]))
        storing.add(task)
        task.add_done_callback(storing.discard)
    await asyncio.gather(*storing)
    with suppress(TimeoutError):
        await asyncio.wait_for(waiting.nobody.wait(), LOST_AFTER)
    return latest, len(waiting)


def _round(waiting: Waiting, people: int) -> Iterator[int]:
    """One after the other, past those who are waiting; when everybody waits, whoever's turn it is."""
    for number in count():
        yield next((one % people for one in range(number, number + people) if address(one % people) not in waiting), number % people)


def _echo(waiting: Waiting) -> Store:
    async def echo(arrived: Sequence[Incoming]) -> None:
        await asyncio.sleep(0)
        for incoming in arrived:
            waiting.answered(incoming.address)

    return echo
