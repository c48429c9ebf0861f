"""`python -m bot knowledge`: official texts come in whole or not at all, and the operator reads why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.settings import read_settings
from knowledge.statutes import Statutes


@pytest.fixture(autouse=True)
def installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An installation of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNION_DATA_DIR", str(tmp_path / "data"))


def bring_in(folder: Path) -> Result:
    return CliRunner().invoke(app, ["knowledge", "import-statutes", str(folder)])


def a_folder(path: Path, *laws: tuple[str, str]) -> Path:
    """A folder to import: laws of one article, each with the day of its version."""
    path.mkdir(exist_ok=True)
    entries = []
    for law, version in laws:
        (path / f"{law}.md").write_text(f"# {law}\n施行：{version}\n\n第一条 喝茶自便。\n", encoding="utf-8")
        entries.append({"law": law, "short_names": [], "file": f"{law}.md"})
    (path / "index.json").write_text(json.dumps(entries), encoding="utf-8")
    return path


def test_texts_come_in_and_a_table_tells_which(tmp_path: Path) -> None:
    done = bring_in(a_folder(tmp_path / "in", ("茶水法", "2020-01-01"), ("走廊法", "2021-01-01")))
    assert done.exit_code == 0
    assert all(word in done.stdout for word in ("茶水法", "2020-01-01", "走廊法", "new"))
    assert "2 laws with 2 articles" in done.stderr
    found = Statutes(read_settings().statutes_folder).text("走廊法", 1)
    assert found is not None and "喝茶自便" in found.text


def test_an_older_version_is_warned_of_and_what_was_there_stays(tmp_path: Path) -> None:
    bring_in(a_folder(tmp_path / "in", ("茶水法", "2020-01-01"), ("走廊法", "2021-01-01")))
    done = bring_in(a_folder(tmp_path / "older", ("茶水法", "2010-01-01")))
    assert done.exit_code == 0
    assert "Warning: 茶水法: the version of 2010-01-01 has replaced a newer one, of 2020-01-01" in done.stderr
    assert "1 others stayed as they were" in done.stderr


def test_every_problem_has_a_line_and_the_code_is_2(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in", ("茶水法", "2020-01-01"), ("走廊法", "20-1-1"), ("楼梯法", "x"))
    done = bring_in(folder)
    assert done.exit_code == 2
    lines = done.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines[:2]] == ["走廊法.md line 2", "楼梯法.md line 2"]
    assert lines[-1] == "Nothing was imported."
    assert Statutes(tmp_path / "data" / "statutes").laws == ()


@pytest.mark.parametrize("folder", ["nowhere", "file"])
def test_what_is_no_folder_is_refused_in_one_sentence(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_text("")
    done = bring_in(tmp_path / folder)
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1


def test_a_data_folder_that_can_not_be_written_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    done = bring_in(a_folder(tmp_path / "in", ("茶水法", "2020-01-01")))
    assert done.exit_code == 2
    assert "nothing was imported" in done.stderr
