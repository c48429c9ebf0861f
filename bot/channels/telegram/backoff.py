"""Waits that grow while trouble lasts."""

from __future__ import annotations


class Backoff:
    """Seconds to wait before each next try: `first`, then doubled each time up to `most`."""

    def __init__(self, first: float, most: float) -> None:
        self._first = first
        self._most = most
        self._next = first

    def next(self) -> float:
        """The wait before the next try."""
        wait = self._next
        self._next = min(self._most, wait * 2)
        return wait

    def reset(self) -> None:
        """It worked: the next wait is the first again."""
        self._next = self._first
