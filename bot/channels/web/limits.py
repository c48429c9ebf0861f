"""What one person, and everybody together, may ask of the page's server: how often, and how much memory for files on their way."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from fastapi import HTTPException, Request

_REMEMBERED = 10_000

_CHUNK_SECONDS = 60.0


class Rate:
    """At most `count` acts in any `seconds` of real time, per key; of keys that have been quiet longest, the memory is dropped."""

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds
        self._acts: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, key: str, sentence: str) -> None:
        """Counts one act. Raises 429 with the sentence, and with the time to wait, when it is one too many."""
        now = asyncio.get_running_loop().time()
        acts = self._acts.setdefault(key, deque())
        self._acts.move_to_end(key)
        if len(self._acts) > _REMEMBERED:
            self._acts.popitem(last=False)
        while acts and acts[0] <= now - self._seconds:
            acts.popleft()
        if len(acts) >= self._count:
            wait = int(acts[0] + self._seconds - now) + 1
            raise HTTPException(429, sentence, headers={"Retry-After": str(wait)})
        acts.append(now)


class Budget:
    """Bytes of files that may be in memory at once, in this process."""

    def __init__(self, total: int) -> None:
        self._free = total

    @contextmanager
    def share(self) -> Iterator[Share]:
        """A share of it, given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            self._free += share.taken

    def take(self, size: int) -> None:
        """Raises 503 when there is not enough left just now."""
        if size > self._free:
            raise HTTPException(503, "现在传文件的人比较多，请稍后再试。", headers={"Retry-After": "5"})
        self._free -= size


class Share:
    """What one request has taken of a budget."""

    __slots__ = ("_budget", "taken")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.taken = 0

    def take(self, size: int) -> None:
        """Takes `size` bytes more, or raises 503."""
        self._budget.take(size)
        self.taken += size


async def read_body(request: Request, limit: int, too_large: str, share: Share | None = None) -> bytes:
    """The whole body, if it is at most `limit` bytes; 413 with the sentence as soon as it is known to be more, 408 when it stops coming."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise HTTPException(413, too_large)
    chunks: list[bytes] = []
    size = 0
    async for chunk in _patiently(request):
        size += len(chunk)
        if size > limit:
            raise HTTPException(413, too_large)
        if share:
            share.take(len(chunk))
        chunks.append(chunk)
    return b"".join(chunks)


async def _patiently(request: Request) -> AsyncIterator[bytes]:
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(_CHUNK_SECONDS):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise HTTPException(408, "网络太慢，没有收完整，请重试。") from None
        yield chunk
