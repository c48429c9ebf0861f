"""What changes while the program runs: facts that staff at another process added, and data files that somebody edited."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.clock import VirtualClock
from bot.doctor import _knowledge as look_at_knowledge
from bot.settings import Settings
from bot.upkeep import Shelf, Upkeep, load_shelf, state_of_files, strange_files
from handlers.turn import House
from knowledge.facts import Facts
from storage.database import Database
from tests.bot.world import World, make_world
from union import facts, people
from union.facts import Row

WAGE = Row(
    name="minimum-wage-month",
    region="北京",
    value="2600",
    unit="元/月",
    valid_from=date(2026, 9, 1),
    valid_until=None,
    source="一个通知",
    note="",
)
TODAY = date(2026, 11, 18)

FACTS = """
[[fact]]
name = "minimum-wage-month"
region = "天津"
value = "{}"
valid_from = 2026-01-01
source = "天津的一个通知"
"""


@dataclass
class Loader:
    """Reads the facts of the overlay, and takes the rest from the house at hand: a second less each time. times: how often it was asked."""

    rooms: House
    times: int = 0

    def __call__(self, overlay: Path | None) -> Shelf:
        self.times += 1
        return Shelf(self.rooms.knowledge, Facts.load(overlay), state_of_files(overlay))


@dataclass
class Ears:
    houses: list[House] = field(default_factory=list)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine" / "facts").mkdir(parents=True)
    return tmp_path / "mine"


@pytest.fixture
def loader(rooms: House) -> Loader:
    return Loader(rooms)


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def upkeep(database: Database, clock: VirtualClock, folder: Path, loader: Loader, ears: Ears) -> Upkeep:
    made = Upkeep(database, clock, loader(folder), loader.rooms.rules, loader.rooms.statutes, folder=folder, load=loader)
    made.use = ears.houses.append
    return made


@pytest.fixture
async def world(database: Database, clock: VirtualClock) -> World:
    return await make_world(database, clock.now())


async def put(database: Database, world: World, clock: VirtualClock, *rows: Row) -> None:
    """Staff of the city change rows, at whatever process."""
    async with database.begin() as session:
        await facts.put(session, await people.load_actor(session, world.city_staff), rows, clock.now())


def minimum(upkeep: Upkeep, region: str = "北京") -> Decimal | None:
    found = upkeep.house.facts.value("minimum-wage-month", region, TODAY)
    return None if found is None else found.number


# ---- facts


async def test_what_staff_changed_is_taken_up_and_turns_that_are_under_way_keep_theirs(
    upkeep: Upkeep, ears: Ears, database: Database, world: World, clock: VirtualClock
) -> None:
    before = upkeep.house
    await put(database, world, clock, WAGE)
    assert await upkeep.look_at_facts() is True
    assert minimum(upkeep) == 2600
    assert ears.houses == [upkeep.house]
    old = before.facts.value("minimum-wage-month", "北京", TODAY)
    assert old is not None and old.number == 2540


async def test_a_look_that_finds_nothing_new_reads_one_number(upkeep: Upkeep, ears: Ears, database: Database, world: World) -> None:
    statements: list[str] = []
    sa.event.listen(database.engine.sync_engine, "before_cursor_execute", lambda c, cursor, statement, *rest: statements.append(statement))
    assert await upkeep.look_at_facts() is False
    assert len(statements) == 1
    assert ears.houses == []


async def test_a_row_that_was_taken_back_no_longer_holds(upkeep: Upkeep, database: Database, world: World, clock: VirtualClock) -> None:
    await put(database, world, clock, WAGE)
    await upkeep.look_at_facts()
    async with database.begin() as session:
        await facts.take_back(session, await people.load_actor(session, world.city_staff), WAGE.key, clock.now())
    assert await upkeep.look_at_facts() is True
    assert minimum(upkeep) == 2540


async def test_a_row_that_this_program_does_not_understand_is_reported_and_the_others_hold(
    upkeep: Upkeep, database: Database, world: World, clock: VirtualClock
) -> None:
    async with database.begin() as session:
        await session.execute(
            sa.text(
                "INSERT INTO dated_fact (name, region, value, unit, valid_from, source, note, added_by, added_at)"
                " VALUES ('a-name-of-old', '北京', '1', '', '2020-01-01', 's', '', :person, now())"
            ),
            {"person": world.city_staff},
        )
    await put(database, world, clock, WAGE)
    with capture_logs() as logs:
        await upkeep.look_at_facts()
    assert minimum(upkeep) == 2600
    assert [(entry["event"], entry.get("count")) for entry in logs] == [("facts.unreadable", 1)]


# ---- files


async def test_an_edited_file_is_taken_up_and_what_staff_added_stays(
    upkeep: Upkeep, folder: Path, database: Database, world: World, clock: VirtualClock
) -> None:
    await put(database, world, clock, WAGE)
    await upkeep.look_at_facts()
    (folder / "facts" / "tianjin.toml").write_text(FACTS.format(2510), encoding="utf-8")
    clock.advance(minutes=1)
    assert await upkeep.look_at_files() is True
    assert minimum(upkeep, "天津") == 2510
    assert minimum(upkeep) == 2600
    assert upkeep.report() == {"ok": True, "loaded_at": clock.now().isoformat(), "problem": ""}


async def test_files_are_read_only_when_they_have_changed(upkeep: Upkeep, folder: Path, loader: Loader) -> None:
    assert await upkeep.look_at_files() is False
    (folder / "facts" / ".tianjin.toml.swp").write_text("half a line")
    assert await upkeep.look_at_files() is False
    assert loader.times == 1


async def test_files_that_can_not_be_read_change_nothing_and_are_tried_again_when_they_change(
    upkeep: Upkeep, folder: Path, ears: Ears, loader: Loader
) -> None:
    file = folder / "facts" / "tianjin.toml"
    file.write_text(FACTS.format("很多"), encoding="utf-8")
    with capture_logs() as logs:
        assert await upkeep.look_at_files() is False
        assert await upkeep.look_at_files() is False
    assert [entry["event"] for entry in logs] == ["knowledge.refused"]
    assert loader.times == 2
    assert ears.houses == []
    assert upkeep.report()["ok"] is False
    assert upkeep.report()["problem"] == "BadFacts"
    file.write_text(FACTS.format(2510), encoding="utf-8")
    assert await upkeep.look_at_files() is True
    assert upkeep.report()["ok"] is True
    assert minimum(upkeep, "天津") == 2510


async def test_a_file_that_went_away_no_longer_stands_in(upkeep: Upkeep, folder: Path) -> None:
    file = folder / "facts" / "tianjin.toml"
    file.write_text(FACTS.format(2510), encoding="utf-8")
    await upkeep.look_at_files()
    file.unlink()
    assert await upkeep.look_at_files() is True
    assert minimum(upkeep, "天津") is None


# ---- everything, read in earnest


def test_a_file_of_ones_own_stands_in_for_the_programs(tmp_path: Path) -> None:
    ours = Path(__file__).parents[2] / "knowledge" / "data" / "answers" / "wages.toml"
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "wages.toml").write_text(
        ours.read_text(encoding="utf-8").replace('title = "', 'title = "改过：', 1), encoding="utf-8"
    )
    shelf = load_shelf(tmp_path)
    assert sum(answer.title.startswith("改过：") for answer in shelf.knowledge.answers.all.values()) == 1


@pytest.fixture
def settings(tmp_path: Path, folder: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path, knowledge_dir=folder)  # type: ignore[call-arg]


def test_doctor_names_the_file_that_can_not_be_read_and_files_that_nobody_reads(settings: Settings, folder: Path) -> None:
    (folder / "facts" / "tianjin.toml").write_text(FACTS.format("很多"), encoding="utf-8")
    (folder / "lexikon").mkdir()
    (folder / "lexikon" / "masks.txt").write_text("")
    found = look_at_knowledge(settings)
    assert [finding.ok for finding in found] == [False, None, None]
    assert "只写数字" in found[0].what
    assert "lexikon/masks.txt" in found[1].what
    assert strange_files(folder) == ["lexikon/masks.txt"]


def test_doctor_is_content_with_no_files_of_ones_own(settings: Settings) -> None:
    found = look_at_knowledge(settings)
    assert [finding.ok for finding in found] == [True, None]
    assert "import-statutes" in found[1].mend
