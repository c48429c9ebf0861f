"""How fast a door may be used by notices: never more than N sends in any sliding second, everything else counted in but never held back."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable


class Pace:
    """An exact window over the last second. Replies and alerts are noted; notices wait for their turn, in order.

    rate: sends in any second. After a 429 everything bulk waits as long as the door asked.
    """

    def __init__(self, rate: float, now: Callable[[], float] = time.monotonic) -> None:
        self._rate = max(1, int(rate))
        self._now = now
        self._sent: deque[float] = deque()
        self._turn = asyncio.Lock()
        self._held_until = 0.0

    def note(self) -> None:
        """Something went out that doesn't wait."""
        self._sent.append(self._now())
        if len(self._sent) > 4 * self._rate:
            self._forget()

    def hold(self, seconds: float) -> None:
        """The door asked for a pause (retry_after)."""
        self._held_until = max(self._held_until, self._now() + seconds)

    async def wait(self) -> None:
        """Waits until one more may go out, and counts it."""
        async with self._turn:
            while (pause := self._pause()) > 0:  # noqa: ASYNC110 (it is time that we wait for)
                await asyncio.sleep(pause)
            self._sent.append(self._now())

    def _pause(self) -> float:
        self._forget()
        held = self._held_until - self._now()
        if held > 0:
            return held
        if len(self._sent) < self._rate:
            return 0.0
        # A little over the second, so that the door's own clock never counts one too many.
        return max(0.001, self._sent[-self._rate] + 1.005 - self._now())

    def _forget(self) -> None:
        horizon = self._now() - 1.005
        while self._sent and self._sent[0] <= horizon:
            self._sent.popleft()
