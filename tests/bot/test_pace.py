"""The pace of notices: never more than N in any second, on a loop whose time only passes when nobody has anything to do."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pace import Pace


class _Selector(selectors.DefaultSelector):
    """Doesn't wait: it says how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.slept = 0.0

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if not found and timeout:
            self.slept += timeout
        return found


def run(work: Callable[[Callable[[], float]], Awaitable[None]]) -> None:
    """Runs `work` with the time of such a loop."""
    selector = _Selector()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.slept  # type: ignore[method-assign]
    try:
        loop.run_until_complete(work(loop.time))
    finally:
        loop.close()


def most_in_a_second(times: list[float]) -> int:
    return max((sum(1 for other in times if time <= other < time + 1) for time in times), default=0)


@settings(deadline=None, max_examples=40)
@given(
    rate=st.integers(1, 12),
    arrivals=st.lists(st.tuples(st.floats(0, 0.6), st.booleans()), min_size=1, max_size=50),
)
def test_there_are_never_more_than_n_notices_in_any_second(rate: int, arrivals: list[tuple[float, bool]]) -> None:
    """arrivals: (pause before it, whether it is a reply, which never waits)."""

    async def work(now: Callable[[], float]) -> None:
        pace = Pace(rate, now)
        bulk: list[float] = []

        async def notice() -> None:
            await pace.wait()
            bulk.append(now())

        tasks = []
        for pause, urgent in arrivals:
            await asyncio.sleep(pause)
            if urgent:
                pace.note()
            else:
                tasks.append(asyncio.create_task(notice()))
        await asyncio.gather(*tasks)
        assert most_in_a_second(bulk) <= rate

    run(work)


def test_replies_are_counted_so_that_notices_make_room_for_them() -> None:
    async def work(now: Callable[[], float]) -> None:
        pace = Pace(5, now)
        for _ in range(5):
            pace.note()
        await pace.wait()
        assert now() > 1

    run(work)


def test_the_whole_rate_is_used_and_not_much_less() -> None:
    async def work(now: Callable[[], float]) -> None:
        pace = Pace(10, now)
        for _ in range(100):
            await pace.wait()
        assert now() < 10

    run(work)


def test_notices_go_in_the_order_in_which_they_asked() -> None:
    async def work(now: Callable[[], float]) -> None:
        pace = Pace(3, now)
        went: list[int] = []

        async def notice(number: int) -> None:
            await pace.wait()
            went.append(number)

        await asyncio.gather(*(notice(n) for n in range(12)))
        assert went == list(range(12))

    run(work)


def test_after_a_429_nothing_goes_until_the_door_s_patience_is_back() -> None:
    async def work(now: Callable[[], float]) -> None:
        pace = Pace(100, now)
        times: list[float] = []
        await pace.wait()
        pace.hold(7)
        pace.hold(3)  # a shorter one does not shorten it
        for _ in range(5):
            await pace.wait()
            times.append(now())
        assert times[0] >= 7
        assert all(later - earlier < 0.1 for earlier, later in pairwise(times))

    run(work)


def test_one_that_is_cancelled_while_it_waits_keeps_nobody_behind_it() -> None:
    async def work(now: Callable[[], float]) -> None:
        pace = Pace(1, now)
        await pace.wait()
        waiting = asyncio.create_task(pace.wait())
        await asyncio.sleep(0.1)
        waiting.cancel()
        await pace.wait()
        assert now() < 1.1

    run(work)
