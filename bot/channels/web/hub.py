"""The pages that are open just now, and who wakes them. A page holds no queue: when woken it asks the database for what is new."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

log = structlog.get_logger(__name__)

PAGES_PER_ADDRESS = 8
"""Open pages of one person (tabs, devices) at once, in one process."""

POLL_SECONDS = 1.0

NewestRevisions = Callable[[Sequence[str]], Awaitable[dict[str, int]]]


class Crowded(Exception):
    """This person has as many pages open as we serve."""


class Page:
    """One open page. seen: the last revision that was sent to it, -1 before the first."""

    __slots__ = ("_changed", "address", "seen")

    def __init__(self, address: str) -> None:
        self.address = address
        self.seen = -1
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """Tells the page that something may be new."""
        self._changed.set()

    def look(self) -> None:
        """Called before looking for what is new: a wake-up from now on counts for the next look."""
        self._changed.clear()

    async def woken(self, seconds: float) -> bool:
        """Waits for a wake-up, at most `seconds` of real time; whether there was one."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True


class Hub:
    """All open pages of this process. Changes made here wake them at once; those made by other processes are found once a second."""

    def __init__(self, newest: NewestRevisions) -> None:
        self._newest = newest
        self._pages: dict[str, set[Page]] = {}
        self._occupied = asyncio.Event()
        self._poll: asyncio.Task[None] | None = None
        self.closing = False

    def start(self) -> None:
        """Begins to look for other processes' changes."""
        self.closing = False
        self._poll = asyncio.create_task(self._watch(), name="web pages")

    async def stop(self) -> None:
        """Ends all streams, and the looking."""
        self.closing = True
        for address in self._pages:
            self.wake(address)
        if self._poll:
            self._poll.cancel()
            await asyncio.gather(self._poll, return_exceptions=True)
            self._poll = None

    def join(self, address: str) -> Page:
        """A new page. Raises Crowded when the person has too many open."""
        pages = self._pages.setdefault(address, set())
        if len(pages) >= PAGES_PER_ADDRESS:
            raise Crowded
        page = Page(address)
        pages.add(page)
        self._occupied.set()
        return page

    def leave(self, page: Page) -> None:
        """The page was closed. A second call is harmless."""
        pages = self._pages.get(page.address)
        if pages is None:
            return
        pages.discard(page)
        if not pages:
            del self._pages[page.address]
        if not self._pages:
            self._occupied.clear()

    def wake(self, address: str) -> None:
        """Something changed for this address."""
        for page in self._pages.get(address, ()):
            page.wake()

    def __len__(self) -> int:
        return sum(map(len, self._pages.values()))

    async def _watch(self) -> None:
        while True:
            await self._occupied.wait()
            await asyncio.sleep(POLL_SECONDS)
            addresses = list(self._pages)
            if not addresses:
                continue
            try:
                newest = await self._newest(addresses)
            except Exception:
                # The database is away. The pages stay, and so must this task: it is all that wakes them for other processes' changes.
                log.warning("web_poll.failed", exc_info=True)
                await asyncio.sleep(4 * POLL_SECONDS)
                continue
            for address, revision in newest.items():
                for page in self._pages.get(address, ()):
                    if 0 <= page.seen < revision:
                        page.wake()
