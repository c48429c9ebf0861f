"""How a door is doing while notices go through it: whether messages fail, or the door does."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from bot.channels.telegram.backoff import Backoff
from storage.types import PersonId

TROUBLE = 3
"""Messages that fail one after the other, with no success between them, after which it is the door that is in trouble and not they."""

TROUBLE_SECONDS = 24 * 3600.0
"""A door that has failed for so long, with no success between, is given up, message by message: a notice must end some time."""


@dataclass(slots=True)
class Health:
    """How the door is doing: who it has failed since its last success, and since when; successes at all; when a message may be tried in times of
    trouble. A door that nobody used for days has not failed for days."""

    failing: set[PersonId] = field(default_factory=set)
    failing_since: float = 0.0
    successes: int = 0
    wait_until: float = 0.0
    backoff: Backoff = field(default_factory=lambda: Backoff(0.5, 10.0))

    @property
    def in_trouble(self) -> bool:
        """Whether it is the door that fails."""
        return len(self.failing) >= TROUBLE

    def well(self) -> None:
        """It has taken a message, or said what is wrong with it."""
        self.failing.clear()
        self.successes += 1
        self.backoff.reset()

    def failed(self, person_id: PersonId) -> None:
        """It did not take the message for this person."""
        if not self.failing:
            self.failing_since = time.monotonic()
        self.failing.add(person_id)
        if self.in_trouble and time.monotonic() >= self.wait_until:
            self.wait_until = time.monotonic() + self.backoff.next()

    def blames_message(self, successes: int) -> bool:
        """Whether a failure now counts against the message. successes: how many there were when it was handed over."""
        return self.successes > successes or not self.in_trouble or time.monotonic() > self.failing_since + TROUBLE_SECONDS
