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


@settings(deadline=None, max_examples=60)
@given(
    rate=st.integers(1, 12),
    arrivals=st.lists(
        st.tuples(st.floats(0, 0.6), st.sampled_from(["notice", "notice", "notice", "reply", "429"])), min_size=1, max_size=60
    ),
)
def test_there_are_never_more_than_n_notices_in_any_second(rate: int, arrivals: list[tuple[float, str]]) -> None:
    """arrivals: (pause before it, what it is): replies never wait, a 429 asks for a third of a second."""

    async def work(now: Callable[[], float]) -> None:
        pace = Pace(rate, now)
        bulk: list[float] = []

        async def notice() -> None:
            await pace.wait()
            bulk.append(now())

        tasks = []
        for pause, what in arrivals:
            await asyncio.sleep(pause)
            if what == "reply":
                pace.note()
            elif what == "429":
                pace.throttled(0.3)
            else:
                tasks.append(asyncio.create_task(notice()))
        await asyncio.gather(*tasks)
        assert len(bulk) == len(tasks)
        assert most_in_a_second(bulk) <= rate

    run(work)


@settings(deadline=None, max_examples=30)
@given(kinds=st.lists(st.booleans(), min_size=5, max_size=120))
def test_what_is_paid_for_has_its_own_rate_and_what_is_not_keeps_to_the_free_one(kinds: list[bool]) -> None:
    """kinds: whether each of them is paid for."""
    free, paid = 3, 20

    async def work(now: Callable[[], float]) -> None:
        pace = Pace(free, now)
        times: list[tuple[float, bool]] = []
        for is_paid in kinds:
            await pace.wait(paid if is_paid else None)
            times.append((now(), is_paid))
        assert most_in_a_second([time for time, _ in times]) <= paid
        assert most_in_a_second([time for time, is_paid in times if not is_paid]) <= free

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


# ---- what it learns


def test_a_429_lowers_the_rate_and_it_comes_back_slowly_to_the_setting() -> None:
    async def work(now: Callable[[], float]) -> None:
        pace = Pace(100, now)
        await pace.wait()
        pace.throttled(2)
        assert pace.share == 0.8
        shares = []
        for _ in range(120):
            await asyncio.sleep(0.5)
            await pace.wait()
            shares.append(pace.share)
        assert shares == sorted(shares)
        assert shares[4] == 0.8  # as long as the door asked, and a while longer
        assert shares[-1] == 1.0

    run(work)


def test_the_429s_of_messages_that_were_on_their_way_together_count_as_one() -> None:
    async def work(now: Callable[[], float]) -> None:
        pace = Pace(100, now)
        for _ in range(40):
            pace.throttled(3)
        assert pace.share == 0.8
        await pace.wait()
        assert now() >= 3

    run(work)


def test_a_door_that_refuses_again_and_again_is_used_ever_less_but_is_tried() -> None:
    async def work(now: Callable[[], float]) -> None:
        pace = Pace(100, now)
        for _ in range(60):
            await pace.wait()
            pace.throttled(1)
        assert pace.share == 0.1

    run(work)


def test_the_lower_rate_is_kept_to() -> None:
    async def work(now: Callable[[], float]) -> None:
        pace = Pace(10, now)
        pace.throttled(0.01)
        times = []
        for _ in range(24):
            await pace.wait()
            times.append(now())
        assert most_in_a_second(times) == 8

    run(work)
