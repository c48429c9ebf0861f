"""`python -m bot audit`: an operator reads whether every history is whole, and by a mark whether all of it was written anew."""

from __future__ import annotations

import json
from pathlib import Path

import asyncpg
import pytest

from bot.audit_cli import Report, look, show
from bot.clock import VirtualClock
from bot.errors import SettingsError
from storage.database import Database
from tests.acceptance.program import command
from tests.conftest import TEST_SECRET
from tests.union.world import World, make_world
from union.codes import spoken


@pytest.fixture
async def world(database: Database, clock: VirtualClock) -> World:
    return await make_world(database, clock)


async def behind_the_back(url: str, *statements: str) -> None:
    """What somebody with the database's own password does, past the triggers."""
    connection = await asyncpg.connect(url)
    for statement in ("SET session_replication_role = replica", *statements):
        await connection.execute(statement)
    await connection.close()


def said(report: Report, capsys: pytest.CaptureFixture[str]) -> str:
    show(report, as_json=False)
    return capsys.readouterr().err


async def test_whole_histories_are_counted_and_nothing_is_wrong(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    await world.accept(await world.new_case())
    await world.new_case()
    report = await look(world.database, None)
    assert report.whole
    words = said(report, capsys)
    assert f"{report.audit.lines} lines in the histories of 2 cases" in words
    assert "Every history is whole." in words


async def test_a_changed_line_names_the_case_and_the_line(world: World, database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    case_id = await world.new_case()
    await world.new_case()
    await behind_the_back(database_url, f"UPDATE case_event SET action = 'case.rated' WHERE case_id = {case_id} AND number = 2")
    report = await look(world.database, None)
    assert not report.whole
    assert [(broken.case_id, broken.line) for broken in report.audit.broken] == [(case_id, 2)]
    words = said(report, capsys)
    assert f"Case {spoken((await world.case(case_id)).code)}: line 2 is not as it was written" in words
    assert "is whole" not in words


async def test_a_history_cut_off_at_its_end_is_told_apart(world: World, database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    case_id = await world.new_case()
    await behind_the_back(database_url, f"DELETE FROM case_event WHERE case_id = {case_id} AND number > 1")
    assert "the end of the history is missing" in said(await look(world.database, None), capsys)


async def test_a_mark_fits_as_long_as_what_it_stands_for_is_as_it_was(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    await world.new_case()
    mark = (await look(world.database, None)).audit.mark
    await world.new_case()
    report = await look(world.database, f" {mark} ")
    assert (report.whole, report.fits) == (True, True)
    assert report.audit.mark != mark
    assert "The earlier mark fits" in said(report, capsys)


async def test_a_mark_finds_a_history_that_was_written_anew_with_its_chain(
    world: World, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    case_id = await world.new_case()
    mark = (await look(world.database, None)).audit.mark
    await behind_the_back(
        database_url,
        f"DELETE FROM case_event WHERE case_id = {case_id} AND number > 1",
        f"UPDATE case_chain SET length = 1, head = (SELECT digest FROM case_event WHERE case_id = {case_id}) WHERE case_id = {case_id}",
    )
    report = await look(world.database, mark)
    assert report.audit.broken == ()
    assert not report.whole
    assert "The earlier mark does not fit" in said(report, capsys)


async def test_what_is_no_mark_is_said_in_one_sentence(world: World) -> None:
    with pytest.raises(SettingsError, match="--mark: a mark looks like"):
        await look(world.database, "yesterday")


async def test_for_programs_it_is_one_object(world: World, database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    case_id = await world.new_case()
    await behind_the_back(
        database_url, f"UPDATE case_event SET number = 70 WHERE case_id = {case_id} AND number = (SELECT max(number) FROM case_event)"
    )
    show(await look(world.database, None), as_json=True)
    shown = json.loads(capsys.readouterr().out)
    assert shown["whole"] is False
    assert shown["broken"] == [{"case": case_id, "code": (await world.case(case_id)).code, "line": 70}]
    assert shown["earlier_mark_fits"] is None


async def test_the_command_ends_with_code_1_when_a_history_is_broken(world: World, database_url: str, tmp_path: Path) -> None:
    case_id = await world.new_case()
    settings = {"DATABASE_URL": database_url, "SECRET_KEY": TEST_SECRET, "DATA_DIR": str(tmp_path)}
    whole = await command(tmp_path, "audit", command_settings=settings)
    assert whole.code == 0, whole.err
    await behind_the_back(database_url, f"UPDATE case_event SET at = at + interval '1 hour' WHERE case_id = {case_id} AND number = 1")
    broken = await command(tmp_path, "audit", "--mark", whole.out.strip(), command_settings=settings)
    assert broken.code == 1
    assert "line 1" in broken.err
    refused = await command(tmp_path, "audit", "--mark", "yesterday", command_settings=settings)
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
