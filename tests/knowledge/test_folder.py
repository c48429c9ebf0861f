"""A file of an installation stands in for ours of the same name."""

from __future__ import annotations

from pathlib import Path

from knowledge.folder import data_folder


def test_an_overlaid_file_stands_in_for_ours_and_the_others_stay(tmp_path: Path) -> None:
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "labour.txt").write_text("1 打工\n", encoding="utf-8")
    folder = data_folder(tmp_path)
    assert (folder / "lexicon" / "labour.txt").read_text(encoding="utf-8") == "1 打工\n"
    assert (folder / "lexicon" / "groups.txt").read_text(encoding="utf-8") == (data_folder() / "lexicon" / "groups.txt").read_text(
        encoding="utf-8"
    )


def test_a_file_that_only_the_installation_has_is_found_too(tmp_path: Path) -> None:
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "zz.toml").write_text("", encoding="utf-8")
    names = {file.name for file in data_folder(tmp_path).joinpath("answers").iterdir()}
    assert {"zz.toml", "wages.toml"} <= names
