"""How quickly what the program tells by itself may follow one another in one chat: three at once, then so many a second."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

AT_ONCE = 3

_REMEMBERED = 10_000


class ChatPace:
    """For each chat of a door the time at which it has rested enough. Replies are noted and never held back: somebody waits for them.

    rate: messages a second that one chat bears in the long run (Telegram asks for one); math.inf for a door that bears everything.
    """

    def __init__(self, rate: float, now: Callable[[], float] = time.monotonic) -> None:
        self._gap = 0.0 if math.isinf(rate) else 1.0 / rate
        self._now = now
        self._rested: dict[str, float] = {}

    def pause(self, address: str) -> float:
        """Seconds until one more may follow; 0 when it may go now."""
        return max(0.0, self._rested.get(address, 0.0) - self._now() - (AT_ONCE - 1) * self._gap)

    def note(self, address: str) -> None:
        """One goes out."""
        if not self._gap:
            return
        now = self._now()
        if len(self._rested) >= _REMEMBERED:
            self._rested = {chat: rested for chat, rested in self._rested.items() if rested > now}
        self._rested[address] = max(now, self._rested.get(address, 0.0)) + self._gap
