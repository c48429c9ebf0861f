"""How closely the pace for notices keeps to a limit: how much of it is used, and the most that goes out in any second."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from bench.report import Figure, Limit, Result
from bot.delivery import IN_HAND
from bot.pace import Pace

RATES = (30, 1000)


async def measure(seconds: float, *, rates: Sequence[int] = RATES) -> Result:
    """Measures each rate for so long on each side."""
    figures = []
    for rate in rates:
        pace = Pace(rate)
        ours = await release(lambda pace=pace: pace.wait(), seconds)  # type: ignore[misc]
        plain = await release(TokenBucket(rate).wait, seconds)
        used, used_plain = (flow(times, rate) / rate * 100 for times in (ours, plain))
        most, most_plain = most_in_a_second(ours), most_in_a_second(plain)
        figures += [
            Figure(what=f"{rate}/s: share of the limit used", value=used, unit="%", beside=used_plain, limit=Limit(least=90)),
            Figure(what=f"{rate}/s: most in any second", value=most, unit="sends", beside=most_plain, limit=Limit(most=rate)),
        ]
    return Result(
        name="pace",
        title=f"{IN_HAND} senders at once wait for their turn",
        plain="a token bucket of the same rate that holds one second's tokens",
        figures=figures,
        notes=[f"{seconds:g} s each; the bucket's burst on top of its flow is what a platform's limit punishes"],
    )


async def release(wait: Callable[[], Awaitable[None]], seconds: float) -> list[float]:
    """Has many senders wait for their turn again and again. Returns when each turn came."""
    times: list[float] = []

    async def send() -> None:
        while True:
            await wait()
            times.append(time.perf_counter())

    senders = [asyncio.create_task(send()) for _ in range(IN_HAND)]
    await asyncio.sleep(seconds)
    for sender in senders:
        sender.cancel()
    await asyncio.gather(*senders, return_exceptions=True)
    return times


def flow(times: Sequence[float], rate: int) -> float:
    """Sends a second once the first `rate` are out: what a limiter lets through after its first burst, or its first second."""
    begun = rate - 1 if len(times) > rate else 0
    return (len(times) - 1 - begun) / (times[-1] - times[begun])


def most_in_a_second(times: Sequence[float]) -> int:
    """The most of these moments that lie within one second."""
    within: deque[float] = deque()
    most = 0
    for moment in times:
        within.append(moment)
        while within[0] <= moment - 1.0:
            within.popleft()
        most = max(most, len(within))
    return most


class TokenBucket:
    """The usual limiter: tokens flow in at `rate` and at most a second's worth is kept."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = rate
        self._at = time.perf_counter()
        self._turn = asyncio.Lock()

    async def wait(self) -> None:
        """Waits for a token and takes it."""
        async with self._turn:
            while True:
                now = time.perf_counter()
                self._tokens = min(self._rate, self._tokens + (now - self._at) * self._rate)
                self._at = now
                if self._tokens >= 1:
                    self._tokens -= 1
                    return
                await asyncio.sleep((1 - self._tokens) / self._rate)
