"""What every conversation may use, kept up to date while the program runs: dated facts that staff changed, and data files that were edited.

A turn is given the house as it is when the turn begins. What is newer comes as another house, whole; files that can't be read leave
everything as it was, with an error in the log and in health until they can.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog

from bot.clock import Clock
from bot.logs import where
from handlers.stored_facts import read_rows
from handlers.turn import House
from knowledge import Knowledge
from knowledge.facts import Fact, Facts
from knowledge.folder import data_folder
from knowledge.statutes import Statutes
from storage.database import Database
from union import facts
from union.rules import Rule

log = structlog.get_logger()

FACTS_SECONDS, FILES_SECONDS = 5.0, 60.0
"""How often to look, on the program's clock."""

FilesState = frozenset[tuple[str, int, int]]
"""Every data file with its time of change and its size."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is read from the data files, and the state that they were in before the reading began."""

    knowledge: Knowledge
    facts: Facts
    state: FilesState


def load_shelf(overlay: Path | None) -> Shelf:
    """Reads all data files: about a second, not for the event loop. Raises what a malformed file makes it raise: ValueError, KeyError …"""
    state = state_of_files(overlay)
    return Shelf(Knowledge.load(overlay), Facts.load(overlay), state)


def state_of_files(overlay: Path | None) -> FilesState:
    """How the data files are now. What editors leave beside a file counts for nothing."""
    found = set()
    for root in (Path(str(data_folder())), overlay):
        for folder, _, names in os.walk(root) if root is not None else ():
            for name in names:
                if name.startswith(".") or name.endswith("~"):
                    continue
                try:
                    stat = os.stat(file := os.path.join(folder, name))
                except OSError:
                    continue  # it went away meanwhile
                found.add((file, stat.st_mtime_ns, stat.st_size))
    return frozenset(found)


def strange_files(overlay: Path) -> list[str]:
    """Files of the overlay that stand in for nothing, and that nobody would read: misspelt, most likely. Answers and facts may be new files."""
    ours = Path(str(data_folder()))
    found = sorted(Path(file).relative_to(overlay) for file, _, _ in state_of_files(overlay) if Path(file).is_relative_to(overlay))
    read = {("answers", ".toml"), ("facts", ".toml")}
    return [str(file) for file in found if not (ours / file).is_file() and (str(file.parent), file.suffix) not in read]


def in_one_line(error: Exception) -> str:
    """What is wrong with a data file, for the operator: these files hold nothing personal."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said[:300]}" if said else type(error).__name__


class Upkeep:
    """Holds the house as it is now. use: told of each new one. folder: UNION_KNOWLEDGE_DIR."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        shelf: Shelf,
        rules: Mapping[str, Rule],
        statutes: Statutes,
        *,
        folder: Path | None,
        load: Callable[[Path | None], Shelf] = load_shelf,
    ) -> None:
        self.house = House(shelf.knowledge, rules, shelf.facts, statutes)
        self.loaded_at: datetime = clock.now()
        self.problem = ""
        self.use: Callable[[House], None] = lambda house: None
        self._database = database
        self._clock = clock
        self._folder = folder
        self._load = load
        self._state = shelf.state
        self._version = 0
        self._added: tuple[Fact, ...] = ()
        self._reloading = asyncio.Lock()
        self._asked: set[asyncio.Task[bool]] = set()

    async def look_at_facts(self) -> bool:
        """Takes up what staff, at whatever process, have changed since the last look: one number is read when nothing has. Returns whether."""
        async with self._database.connect() as connection:
            version = await facts.version(connection)
        if version == self._version:
            return False
        async with self._database.begin() as session:  # after the number: these rows are at least as new
            kept = await facts.kept(session)
        found, strange = read_rows(each.row for each in kept)
        if strange:
            log.error("facts.unreadable", count=len(strange))
        self._version, self._added = version, tuple(found)
        self._change(replace(self.house, facts=self.house.facts.built_in.with_rows(found)))
        return True

    async def look_at_files(self) -> bool:
        """Takes up data files that were edited. Returns whether."""
        state = await asyncio.to_thread(state_of_files, self._folder)
        return state != self._state and await self.reload()

    async def reload(self) -> bool:
        """Reads all data files, in a thread, and takes them up if every one of them can be read. Returns whether."""
        async with self._reloading:
            # Noted before the reading, and also when it fails: a file is tried again when it has changed again.
            self._state = await asyncio.to_thread(state_of_files, self._folder)
            try:
                shelf = await asyncio.to_thread(self._load, self._folder)
            except Exception as error:  # a malformed file may make the reading fail in any way
                log.error("knowledge.refused", **where(error))
                self.problem = type(error).__name__
                return False
            self._state, self.problem, self.loaded_at = shelf.state, "", self._clock.now()
            self._change(replace(self.house, knowledge=shelf.knowledge, facts=shelf.facts.with_rows(self._added)))
            log.info("knowledge.loaded")
            _settle_again()
            return True

    def reload_soon(self) -> None:
        """Reads the data files again whether they have changed or not (SIGHUP). Returns at once."""
        task = asyncio.create_task(self.reload(), name="reload")
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    def report(self) -> dict[str, str | bool]:
        """For health."""
        return {"ok": not self.problem, "loaded_at": self.loaded_at.isoformat(), "problem": self.problem}

    def _change(self, house: House) -> None:
        self.house = house
        self.use(house)


def _settle_again() -> None:
    """As at the start (`bot.run`): the collector need not look at what stays. What was replaced goes first."""
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
        gc.freeze()
