"""The whole program as its own process, and people who talk to it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.botapi import Message, Phone

ROOT = Path(__file__).parents[2]
READY_SECONDS = 60
PATIENCE = 60


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process with these settings and no other."""
    ours = {name: value for name, value in os.environ.items() if not name.upper().startswith("UNION_")}
    return {**ours, "PYTHONPATH": str(ROOT), **{f"UNION_{name}": value for name, value in settings.items()}}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def complaints(self) -> list[str]:
        """The lines for a person on standard error, without those of the log."""
        return [line for line in self.err.splitlines() if line.strip() and not line.startswith("{")]


async def command(
    folder: Path, *arguments: str, stdin: bytes = b"", seconds: float = 60, command_settings: Mapping[str, str] | None = None
) -> Ended:
    """Runs `python -m bot …` in `folder` to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=folder,
        env=environment(command_settings or {}),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate(stdin)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@dataclass
class Program:
    """`python -m bot run`. It can be killed and started again; everything that it ever wrote to standard error is kept."""

    folder: Path
    settings: Mapping[str, str]
    arguments: tuple[str, ...] = ()
    err: str = ""
    starts: int = 0
    _process: asyncio.subprocess.Process | None = None
    _reader: asyncio.Task[None] | None = None
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Starts it and returns when it serves."""
        self._ready.clear()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            *self.arguments,
            cwd=self.folder,
            env=environment(self.settings),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self.starts += 1
        self._reader = asyncio.create_task(self._read(self._process))
        waiting = asyncio.create_task(self._ready.wait())
        await asyncio.wait({waiting, self._reader}, timeout=READY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not self._ready.is_set():
            await self.kill()
            raise AssertionError(f"it did not start:\n{self.err}")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr
        async for line in process.stderr:
            self.err += line.decode()
            if b"Ready:" in line:
                self._ready.set()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Asks it to stop and gives its exit code."""
        assert self._process
        assert self._reader
        if self._process.returncode is None:
            self._process.send_signal(number)
        async with asyncio.timeout(60):
            code = await self._process.wait()
        await self._reader
        return code

    def tell(self, number: signal.Signals) -> None:
        """Tells it something, and goes on."""
        assert self._process
        self._process.send_signal(number)

    async def kill(self) -> None:
        """Ends it at once, in the middle of whatever it does."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._reader:
            await self._reader


class Launcher:
    """The process that quick starts are forked from (see launcher.py)."""

    def __init__(self) -> None:
        self._asking = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Its answer."""
        async with self._asking:
            if self._process is None:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "tests.acceptance.launcher"),
                    cwd=ROOT,
                    env=environment({}),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                )
                await self._answer()
            assert self._process.stdin
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            return await self._answer()

    async def _answer(self) -> dict[str, Any]:
        assert self._process
        assert self._process.stdout
        async with asyncio.timeout(READY_SECONDS):
            answer: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return answer

    async def close(self) -> None:
        if self._process:
            assert self._process.stdin
            self._process.stdin.close()
            await self._process.wait()


@dataclass
class QuickProgram(Program):
    """The same, forked by a launcher."""

    launcher: Launcher = field(default_factory=Launcher)
    pid: int = 0

    @property
    def log(self) -> Path:
        return self.folder / f"log-{self.settings['WEB_PORT']}"

    async def start(self) -> None:
        before = self.log.read_text().count("Ready:") if self.log.exists() else 0
        request = {"folder": str(self.folder), "environment": environment(self.settings), "log": str(self.log)}
        self.pid = (await self.launcher.ask({"start": request}))["pid"]
        self.starts += 1
        async with asyncio.timeout(READY_SECONDS):
            while not self.log.exists() or self.log.read_text().count("Ready:") == before:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        os.kill(self.pid, number)
        return await self._wait()

    async def kill(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            await self._wait()

    async def _wait(self) -> int:
        code: int = (await self.launcher.ask({"wait": self.pid}))["code"]
        self.pid = 0
        self.err = self.log.read_text()
        return code


class Person:
    """Somebody with a phone who does one thing after the other, and waits each time until the screen says what they expect."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self._seen = 0

    async def does(self, action: Coroutine[Any, Any, Any], expected: str) -> Message:
        """Does something and waits for a message that holds `expected`."""
        self._seen = len(self.phone.screen())
        await action
        return await self.sees(expected)

    async def says(self, text: str, expected: str) -> Message:
        return await self.does(self.phone.say(text), expected)

    async def taps(self, label: str, expected: str) -> Message:
        return await self.does(self.phone.tap(label), expected)

    async def sees(self, expected: str, *, ever: bool = False) -> Message:
        """Waits for a message of the bot that holds `expected`; ever: earlier ones, which may have been changed meanwhile, count as well."""

        def found(screen: list[Message]) -> list[Message]:
            return [m for m in (screen if ever else screen[self._seen :]) if m.from_bot and expected in m.text]

        try:
            return found(await self.phone.wait_for(lambda screen: bool(found(screen)), PATIENCE))[-1]
        except TimeoutError:
            screen = "\n---\n".join(m.text[:200] for m in self.phone.screen()[-6:])
            raise AssertionError(f"{self.phone.user_id} never saw {expected!r}; the screen ends with:\n{screen}") from None

    def texts(self) -> list[str]:
        """What the bot said, in order; what arrived twice (a send that could not be noted before a crash) counts once."""
        return list(dict.fromkeys(m.text for m in self.phone.replies()))
