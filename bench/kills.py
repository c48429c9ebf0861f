"""kill -9 of whichever of two processes is sending, again and again in the middle of a broadcast: who gets it, who gets it twice, and what is told."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from bench.ground import Ground, ground
from bench.notice_ground import begin, settle
from bench.report import Figure, Limit, Result
from storage.database import Database
from storage.models import NoticeStatus
from storage.types import NoticeId
from union import deliveries

ROOT = Path(__file__).parents[1]
SENDERS = 2


PATIENCE = 120.0
"""Seconds without anybody being told, after which it is given up: a busy machine is no failure."""


class OtherEnd:
    """What the senders' doors speak to: it notes who was told by whom, and answers `delay` seconds later."""

    def __init__(self, delay: float = 0.03) -> None:
        self.told: Counter[str] = Counter()
        self.sender = 0
        self.longest_pause = 0.0
        self._delay = delay
        self._last = 0.0
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Begins to listen; the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def stands_still(self) -> bool:
        """Whether nobody was told for so long that nobody will be."""
        return bool(self._last) and time.monotonic() > self._last + PATIENCE

    async def stop(self) -> None:
        """Ends listening."""
        if self._server:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pid = int((await reader.readline()).split()[1])
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):
            while line := await reader.readline():
                self.sender = pid
                self.told[line.decode().strip()] += 1
                now = time.monotonic()
                self.longest_pause = max(self.longest_pause, now - self._last if self._last else 0.0)
                self._last = now
                loop.call_later(self._delay, _answer, writer, self.told.total())
        writer.close()


def _answer(writer: asyncio.StreamWriter, number: int) -> None:
    if not writer.is_closing():
        writer.write(f"{number}\n".encode())


async def measure(seconds: float, *, people: int = 0, kills: int = 0) -> Result:
    """A kill for each two seconds, and so many people that the broadcast lasts as long; `--seconds 100` is the whole: 50 kills among 100,000."""
    async with ground() as server:
        return await measure_on(server, people=people or round(seconds * 1000), kills=kills or round(seconds / 2))


async def measure_on(server: Ground, *, people: int, kills: int) -> Result:
    """The same on a server that runs."""
    name = await server.fresh()
    database = server.open(name)
    unit = await settle(database, people)
    other_end = OtherEnd()
    port = await other_end.start()
    async with _senders(server.url(name), port) as senders:
        notice = await begin(database, unit)
        began = time.monotonic()
        await _kill_now_and_then(senders, other_end, people, kills)
        await _over(database, notice, other_end)
        took = time.monotonic() - began
    await other_end.stop()
    counted = await _counted(database, notice)
    await database.close()
    twice = {address for address, number in other_end.told.items() if number > 1}
    return Result(
        name="kills",
        title=f"{kills} kills of the sender in a broadcast to {people:,} people, with {SENDERS} senders",
        plain="none: a loop in memory begins anew after each kill",
        figures=[
            Figure(what="people who did not get it", value=people - len(other_end.told), unit="", limit=Limit(most=0)),
            Figure(what="people who got it twice or more", value=len(twice), unit=""),
            Figure(what="of them not counted in the report", value=len(twice - counted), unit="", limit=Limit(most=0)),
            Figure(what="counted in the report as possibly repeated", value=len(counted), unit=""),
            Figure(what="the same for each kill", value=len(counted) / max(1, kills), unit="people"),
            Figure(what="longest pause until the other took over", value=other_end.longest_pause, unit="s"),
            Figure(what="whole broadcast", value=took, unit="s"),
        ],
        notes=["the one that is sending is killed every time, and started again; the other one takes over"],
    )


@asynccontextmanager
async def _senders(url: str, port: int) -> AsyncIterator[list[asyncio.subprocess.Process]]:
    senders = [await _start(url, port) for _ in range(SENDERS)]
    watching = asyncio.create_task(_keep_alive(senders, url, port))
    try:
        yield senders
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        for sender in senders:
            with suppress(ProcessLookupError):
                sender.kill()
            await sender.wait()


async def _start(url: str, port: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.sender", url, str(port), cwd=ROOT)


async def _keep_alive(senders: list[asyncio.subprocess.Process], url: str, port: int) -> None:
    while True:
        for place, sender in enumerate(senders):
            if sender.returncode is not None:
                senders[place] = await _start(url, port)
        await asyncio.sleep(0.1)


async def _kill_now_and_then(senders: list[asyncio.subprocess.Process], other_end: OtherEnd, people: int, kills: int) -> None:
    for number in range(1, kills + 1):
        while len(other_end.told) < number * people / (kills + 1) and not other_end.stands_still():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        with suppress(ProcessLookupError, StopIteration):
            next(sender for sender in senders if sender.pid == other_end.sender).kill()


async def _over(database: Database, notice_id: NoticeId, other_end: OtherEnd) -> None:
    query = sa.text("SELECT status FROM notice WHERE id = :notice")
    while True:
        async with database.connect() as connection:
            if await connection.scalar(query, {"notice": notice_id}) == NoticeStatus.SENT.value:
                return
        if other_end.stands_still():
            async with database.begin() as session:
                raise RuntimeError(f"it stands still at {await deliveries.progress(session, notice_id)}")
        await asyncio.sleep(0.1)


async def _counted(database: Database, notice_id: NoticeId) -> set[str]:
    """The addresses of those whom the report counts as possibly told twice."""
    query = sa.text(
        "SELECT c.address FROM notice_delivery d JOIN conversation c ON c.id = d.conversation_id"
        " WHERE d.notice_id = :notice AND d.status = 2 AND d.attempts > 0"
    )
    async with database.connect() as connection:
        return set(await connection.scalars(query, {"notice": notice_id}))
