"""How fast a door may be used by notices: never more than N sends in any sliding second, everything else counted in but never held back."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

WINDOW = 1.005
"""Seconds: a little over one, so that a clock that ticks a little differently never counts one too many."""

SHORTEST = 0.002
"""Shorter pauses than this are not kept: a loop can't."""

LOWER = 0.8
"""What is left of the rate after a 429."""

TOGETHER = 0.5
"""Seconds within which several 429s count as one, as do those that come while the door's patience is waited for: they were on their way together."""

LEAST = 0.1
"""Lower than this part of the setting it never gets."""

RAISE, RAISE_SECONDS = 0.02, 5.0
"""How much of the setting it gets back, each time so many seconds have passed without a 429: all of it within a minute."""


class Turn:
    """One send. at: when it was let go; until then, when it was its turn."""

    __slots__ = ("at",)

    def __init__(self, at: float) -> None:
        self.at = at


class Pace:
    """An exact window over the last second. Replies and alerts are noted; notices wait for their turn, in order.

    rate: sends in any second. After a rest they begin evenly: a platform counts what arrives, and on a fresh connection the first of a burst
    arrive late, so that those of the next second come too soon after them. After a 429 everything bulk waits as long as the door asked, and the
    rate is lower for a while: what a platform takes is not documented, differs by bot and hour, and is learned only by being refused.
    """

    def __init__(self, rate: float, now: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._now = now
        self._sent: deque[Turn] = deque()
        self._turn = asyncio.Lock()
        self._held_until = 0.0
        self._begun = 0.0
        self._share = 1.0
        self._lowered_at = self._changed_at = -RAISE_SECONDS

    @property
    def share(self) -> float:
        """The part of the setting that is used just now: 1 unless the door has refused."""
        return self._share

    def note(self) -> None:
        """Something went out that doesn't wait."""
        self._sent.append(Turn(self._now()))
        if len(self._sent) > 4 * self._rate:
            self._forget()

    def hold(self, seconds: float) -> None:
        """Nothing bulk goes out for so long."""
        self._held_until = max(self._held_until, self._now() + seconds)

    def throttled(self, seconds: float) -> None:
        """The door refused and asked for a pause (retry_after): it is kept, and the rate lowered."""
        if self._now() >= max(self._held_until, self._lowered_at + TOGETHER):
            self._share = max(LEAST, self._share * LOWER)
            self._lowered_at = self._now()
        self._changed_at = self._now()
        self.hold(seconds)

    async def wait(self, rate: float | None = None) -> Turn:
        """Waits until one more may go out, and counts it. rate: another one than the setting, for what is paid for.

        Whoever doesn't send at once says so with `let_go`, when it has been handed over: on a busy machine that may be a while later, and it is then
        that the door counts it.
        """
        async with self._turn:
            while (pause := self._pause(rate or self._rate)) > 0:  # noqa: ASYNC110 (it is time that we wait for)
                await asyncio.sleep(pause)
            turn = Turn(self._now())
            if not self._sent:
                self._begun = turn.at
            self._sent.append(turn)
            return turn

    def let_go(self, turn: Turn) -> None:
        """It has gone out, at this moment at the latest."""
        turn.at = self._now()

    def _pause(self, rate: float) -> float:
        self._forget()
        self._recover()
        held = self._held_until - self._now()
        if held > 0:
            return held
        allowed = max(1, int(rate * self._share))
        if len(self._sent) < allowed:
            evenly = self._sent[-1].at + WINDOW / allowed - self._now() if self._sent and self._now() < self._begun + WINDOW else 0.0
            return evenly if evenly > SHORTEST else 0.0
        return max(0.001, self._sent[-allowed].at + WINDOW - self._now())

    def _recover(self) -> None:
        while self._share < 1 and self._now() >= max(self._held_until, self._changed_at) + RAISE_SECONDS:
            self._changed_at = max(self._held_until, self._changed_at) + RAISE_SECONDS
            self._share = min(1.0, self._share + RAISE)

    def _forget(self) -> None:
        horizon = self._now() - WINDOW
        while self._sent and self._sent[0].at <= horizon:
            self._sent.popleft()
