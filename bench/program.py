"""The whole program as a process of its own, as `python -m bot run` starts it, and what the system says about it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
START_SECONDS = 120.0
STOP_SECONDS = 30.0
READY = b"Ready:"


@dataclass(frozen=True, slots=True)
class Program:
    """A running program. started: seconds from the call until it said that it is ready."""

    pid: int
    started: float

    def memory(self) -> Mapping[str, float]:
        """What it holds now and held at most, in MB: `VmRSS`, `VmHWM`. The database server's processes are not its own."""
        lines = (line.split() for line in Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines())
        return {line[0].rstrip(":"): int(line[1]) / 1024 for line in lines if line[0] in ("VmRSS:", "VmHWM:")}


@asynccontextmanager
async def program(folder: Path, settings: Mapping[str, str]) -> AsyncIterator[Program]:
    """Runs the program in `folder` with these settings; at the end it is asked to stop, as an operator would.

    Raises RuntimeError when it does not say that it is ready.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("UNION_")}
    env = {**own, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "200", **settings}
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", cwd=folder, env=env, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    reading: asyncio.Task[None] | None = None
    try:
        await _until_ready(process)
        started = time.perf_counter() - began
        reading = asyncio.create_task(_drain(process))  # or it would stand still when the pipe is full
        yield Program(process.pid, started)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()
        if reading is not None:
            await reading


async def _until_ready(process: asyncio.subprocess.Process) -> None:
    if process.stderr is None:
        raise RuntimeError("its standard error is not read")
    seen = []
    async with asyncio.timeout(START_SECONDS):
        while line := await process.stderr.readline():
            if READY in line:
                return
            seen.append(line.decode(errors="replace"))
    raise RuntimeError(f"the program did not start: {''.join(seen[-5:])}")


async def _drain(process: asyncio.subprocess.Process) -> None:
    while process.stderr is not None and await process.stderr.readline():
        pass


async def alone(code: str) -> tuple[float, float]:
    """A fresh Python that runs `code` and nothing else: the seconds that it takes, and its memory at the end in MB."""
    code += "\nprint(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmRSS')))"
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return time.perf_counter() - began, int(out) / 1024


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
