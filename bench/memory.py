"""What the whole program holds in memory after a thousand messages, and how long it takes to start on data that is there already."""

from __future__ import annotations

import asyncio
import tempfile
import time
from itertools import islice
from pathlib import Path
from statistics import median

from bench.program import alone, free_port, program
from bench.report import Figure, Limit, Result
from bench.traffic import script
from tests.botapi import BotApi

MEMBER, DESK = "1001:member", "1002:desk"
MESSAGES = 1000
STARTS = 3
PEOPLE = 50
PATIENCE = 120.0  # seconds that somebody waits for an answer before it counts as none
MEMORY = Limit(most=400)
START = Limit(most=6)


async def measure(seconds: float, *, messages: int = MESSAGES, starts: int = STARTS, demo: bool = True) -> Result:
    """Measures once; how long that takes does not depend on `seconds`."""
    with tempfile.TemporaryDirectory(prefix="union-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        async with BotApi({MEMBER, DESK}) as api:
            settings = {
                "UNION_DATA_DIR": str(folder / "data"),
                "UNION_MEMBER_TOKEN": MEMBER,
                "UNION_DESK_TOKEN": DESK,
                "UNION_TELEGRAM_API": api.url,
                "UNION_WEB_PORT": str(free_port()),
                "UNION_LOG_LEVEL": "warning",
                "UNION_DEMO": str(demo),
            }
            async with program(folder, settings) as first:
                fresh = first.memory()
                began = time.perf_counter()
                answered = await chat(api, messages)
                took = time.perf_counter() - began
                used = first.memory()
            second, aiogram = [], []
            for _ in range(starts):  # in turns, so that a noisy moment of the machine falls on both
                async with program(folder, settings) as again:
                    second.append(again.started)
                aiogram.append(await alone("import aiogram"))
    if not starts:
        second, aiogram = [first.started], [(first.started, fresh["VmRSS"])]
    aiogram_seconds, aiogram_memory = (median(values) for values in zip(*aiogram, strict=True))
    return Result(
        name="memory",
        title=f"the whole program with both bots, web page and knowledge, after {messages:,} messages through Telegram",
        plain="a Python that has imported aiogram and does nothing",
        figures=[
            Figure(what="memory after the messages", value=used["VmRSS"], unit="MB", beside=aiogram_memory, limit=MEMORY),
            Figure(what="memory at most", value=used["VmHWM"], unit="MB", beside=aiogram_memory, limit=MEMORY),
            Figure(what="memory when it was ready", value=fresh["VmRSS"], unit="MB", beside=aiogram_memory),
            Figure(what="start on existing data, until ready", value=median(second), unit="s", beside=aiogram_seconds, limit=START),
            Figure(what="first start, with database and demo data", value=first.started, unit="s", beside=aiogram_seconds),
            Figure(what="messages not answered", value=messages - answered, unit="", limit=Limit(most=0)),
        ],
        notes=[
            f"{messages:,} messages of {PEOPLE} people answered in {took:.1f} s; starts: median of {starts}; PostgreSQL's own processes are not counted"
        ],
    )


async def chat(api: BotApi, messages: int) -> int:
    """Everybody writes, one message after the other's answer. Returns how many were answered."""
    each = -(-messages // PEOPLE)
    return sum(await asyncio.gather(*(_one_person(api, person, min(each, messages - person * each)) for person in range(PEOPLE))))


async def _one_person(api: BotApi, person: int, count: int) -> int:
    if count <= 0:
        return 0
    phone = api.phone(MEMBER, 700_000_000 + person)
    await phone.start()
    await phone.wait_for(lambda screen: bool(phone.replies()), seconds=PATIENCE)
    answered = 0
    for text in islice(script(person), count):
        sent = await phone.say(text)
        try:
            await phone.wait_for(lambda screen, sent=sent: any(m.from_bot and m.id > sent for m in screen), seconds=PATIENCE)  # type: ignore[misc]
        except TimeoutError:
            continue
        answered += 1
    return answered
