"""Importing official texts and looking articles up, with laws of our own invention."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge import statutes as module
from knowledge.statutes import StatuteError, Statutes, import_statutes, parse_statute, read_statute

TEA = """# 茶水间管理法
施行：2001-02-03；最近修正/修订：2020-04-05

第一条 茶水间里的水壶归大家。
谁喝完谁添水。

第二条 茶叶各带各的。

第二条之一 茶杯也是。

第一百二十条 洗杯子按星期轮。
"""


def _folder(path: Path, *laws: tuple[str, str], **changes: Any) -> Path:
    path.mkdir(exist_ok=True)
    index = []
    for file, text in laws:
        (path / file).write_text(text, encoding="utf-8")
        law = text.splitlines()[0][2:]
        index.append({"law": law, "short_names": [law.removesuffix("管理法")], "file": file} | changes)
    (path / "index.json").write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
    return path


def _law(name: str, day: str = "2001-02-03", *articles: str) -> str:
    return "\n\n".join([f"# {name}\n施行：{day}", *(articles or ("第一条 就一条。",))]) + "\n"


def test_a_file_is_read_exactly() -> None:
    statute = parse_statute(TEA, "tea.md")
    assert statute.law == "茶水间管理法"
    assert (statute.in_force, statute.version_date) == (date(2001, 2, 3), date(2020, 4, 5))
    assert list(statute.articles) == [1, 2, 120]
    assert statute.articles[1] == "第一条 茶水间里的水壶归大家。\n谁喝完谁添水。"
    assert statute.inserted == {(2, 1): "第二条之一 茶杯也是。"}


def test_an_excerpt_and_an_appendix_are_read() -> None:
    text = "# 走廊法\n施行：2001-02-03；节选：第5-6条\n\n第五条 靠右走。\n\n第六条 别跑。\n\n附录 附录：\n走廊的种类\n\n一、长的。\n"
    statute = parse_statute(text, "a.md")
    assert list(statute.articles) == [5, 6]
    assert statute.excerpt == "第5-6条"
    assert statute.appendix.endswith("一、长的。")


def test_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "tea.md"
    path.write_bytes(TEA.replace("\n", "\r\n").encode())
    assert read_statute(path).articles == parse_statute(TEA, "tea.md").articles


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: expected '# '"),
        ("茶水间管理法\n施行：2001-02-03\n\n第一条 水。", "line 1: expected '# '"),
        ("# 法\n2001-02-03\n\n第一条 水。", "line 2: expected '施行："),
        ("# 法\n施行：2001-02-30\n\n第一条 水。", "line 2: expected a day of the calendar"),
        ("# 法\n施行：2001-02-03\n", "line 3: expected an empty line and then articles"),
        ("# 法\n施行：2001-02-03\n\n第一章 总则\n\n第一条 水。", "line 4: expected a block beginning '第X条'"),
        ("# 法\n施行：2001-02-03\n\n第二条 水。\n\n第一条 茶。", "line 6: expected an article after 第二条, found 第一条"),
        ("# 法\n施行：2001-02-03\n\n第一条 水。\n\n第一条 茶。", "line 6: expected an article after 第一条, found 第一条"),
        ("# 法\n施行：2001-02-03\n\n第一条 水。\n\n附录：\n表\n\n第二条 茶。", "line 9: expected no article after the appendix"),
        ("# 法\n施行：2001-02-03\n\n第十十条 水。", "line 4: expected a number such as"),
        ("# 法\n施行：2001-02-03\n\n第一条 水。\n茶\x00。", "line 5: a control or replacement character"),
        (f"# 法\n施行：2001-02-03\n\n第一条 {'水' * 30_000}", "line 4: expected at most 20000 characters"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(StatuteError) as refused:
        parse_statute(text, "x.md")
    assert str(refused.value).startswith("x.md line")
    assert says in str(refused.value)


def test_what_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_bytes("# 法\n施行：2001-02-03\n\n".encode() + "第一条 水".encode("gb18030"))
    with pytest.raises(StatuteError, match=r"x\.md line 4: expected UTF-8"):
        read_statute(tmp_path / "x.md")


def test_imported_texts_are_found_by_any_name(tmp_path: Path) -> None:
    report = import_statutes(_folder(tmp_path / "in", ("tea.md", TEA)), tmp_path / "out")
    assert [(law.law, law.articles, law.replaced, law.changed) for law in report.laws] == [("茶水间管理法", 4, None, True)]
    assert (report.articles, report.kept, report.older) == (4, (), ())
    statutes = Statutes.load(tmp_path / "out")
    found = statutes.text("茶水间", 1)
    assert found is not None
    assert found == statutes.text("茶水间管理法", 1)
    assert (found.law, found.version_date, found.cite) == ("茶水间管理法", date(2020, 4, 5), "《茶水间管理法》第一条")
    inserted = statutes.text("茶水间", 2, inserted=1)
    assert inserted is not None and inserted.cite.endswith("第二条之一")
    assert statutes.text("茶水间", 3) is None
    assert statutes.text("饭堂", 1) is None


def test_what_was_imported_can_be_imported_again(tmp_path: Path) -> None:
    import_statutes(_folder(tmp_path / "in", ("tea.md", TEA)), tmp_path / "out")
    report = import_statutes(tmp_path / "out", tmp_path / "copy")
    assert report.articles == 4


def test_nothing_imported_yet_means_no_laws(tmp_path: Path) -> None:
    statutes = Statutes.load(tmp_path / "nowhere")
    assert statutes.laws == ()
    assert statutes.text("茶水间", 1) is None


def test_a_new_version_replaces_the_old_one_others_stay_and_a_running_program_notices(tmp_path: Path) -> None:
    out = tmp_path / "out"
    import_statutes(_folder(tmp_path / "in", ("tea.md", TEA), ("hall.md", _law("走廊管理法"))), out)
    statutes = Statutes.load(out)
    assert statutes.text("走廊", 1) is not None
    newer = _folder(tmp_path / "newer", ("tea.md", _law("茶水间管理法", "2024-01-01", "第一条 改喝咖啡。")))
    report = import_statutes(newer, out)
    assert [(law.replaced, law.version_date, law.changed) for law in report.laws] == [(date(2020, 4, 5), date(2024, 1, 1), True)]
    assert report.kept == ("走廊管理法",)
    found = statutes.text("茶水间", 1)
    assert found is not None and found.text == "第一条 改喝咖啡。"
    assert statutes.text("茶水间", 2) is None
    assert statutes.text("走廊", 1) is not None
    assert not import_statutes(newer, out).laws[0].changed
    assert import_statutes(_folder(tmp_path / "in", ("tea.md", TEA)), out).older[0].law == "茶水间管理法"
    assert len(list(out.glob("*.md"))) == 3  # what nobody can be reading any more is gone
    assert not list(out.glob("*.part"))


def test_one_bad_file_stops_the_whole_import_and_every_problem_is_named(tmp_path: Path) -> None:
    out = tmp_path / "out"
    import_statutes(_folder(tmp_path / "in", ("tea.md", TEA)), out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    bad = _folder(tmp_path / "bad", ("a.md", _law("甲法")), ("b.md", "# 乙法\n某年\n"), ("c.md", "# 丙法\n施行：2001-02-03\n\n空\n"))
    with pytest.raises(StatuteError) as refused:
        import_statutes(bad, out)
    assert [problem.split(":")[0] for problem in refused.value.problems] == ["b.md line 2", "c.md line 4"]
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_crash_before_the_index_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    import_statutes(_folder(tmp_path / "in", ("tea.md", TEA)), out)
    write = module._write

    def crash(path: Path, content: bytes) -> None:
        if path.name == "index.json":
            raise OSError("the power is gone")
        write(path, content)

    monkeypatch.setattr(module, "_write", crash)
    with pytest.raises(OSError, match="power"):
        import_statutes(_folder(tmp_path / "newer", ("tea.md", _law("茶水间管理法", "2024-01-01"))), out)
    found = Statutes.load(out).text("茶水间", 1)
    assert found is not None and "水壶" in found.text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"file": "../tea.md"}, "expected 'file'"),
        ({"file": "/etc/passwd.md"}, "expected 'file'"),
        ({"file": "tea.txt"}, "expected 'file'"),
        ({"file": "none.md"}, "none.md: expected a plain file"),
        ({"law": ""}, "expected 'law'"),
        ({"law": "咖啡法"}, "tea.md line 1: expected 咖啡法"),
        ({"short_names": "茶"}, "expected 'short_names'"),
        ({"version_date": "2019-01-01"}, "tea.md line 2: expected the version of 2019-01-01"),
        ({"version_date": 7}, "expected 'version_date'"),
        ({"articles": 9}, "tea.md: expected 9 articles as in index.json, found 4"),
        ({"articles": True}, "expected 'articles'"),
    ],
)
def test_an_index_that_does_not_tell_the_truth_is_refused(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(StatuteError, match=says.replace(".", r"\.")):
        import_statutes(_folder(tmp_path / "in", ("tea.md", TEA), **changes), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("index", ["", "{}", "[]", "[1]", "[" * 100_000])
def test_an_index_of_another_form_is_refused(tmp_path: Path, index: str) -> None:
    (tmp_path / "index.json").write_text(index, encoding="utf-8")
    with pytest.raises(StatuteError, match=r"index\.json"):
        import_statutes(tmp_path, tmp_path / "out")


def test_no_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StatuteError, match=r"index\.json: expected a plain file"):
        import_statutes(tmp_path, tmp_path / "out")


def test_a_name_belongs_to_one_law_only_also_across_imports(tmp_path: Path) -> None:
    both = _folder(tmp_path / "both", ("a.md", _law("甲法")), ("b.md", _law("乙法")), short_names=["法"])
    with pytest.raises(StatuteError, match="a name of one law only"):
        import_statutes(both, tmp_path / "out")
    import_statutes(_folder(tmp_path / "one", ("a.md", _law("甲法")), short_names=["法"]), tmp_path / "out")
    with pytest.raises(StatuteError, match="a name of one law only"):
        import_statutes(_folder(tmp_path / "other", ("b.md", _law("乙法")), short_names=["法"]), tmp_path / "out")


def test_links_and_files_too_large_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _folder(tmp_path / "in", ("tea.md", TEA))
    monkeypatch.setattr(module, "LARGEST_FILE", 10)
    with pytest.raises(StatuteError, match="at most 10 bytes"):
        import_statutes(folder, tmp_path / "out")
    monkeypatch.undo()
    (folder / "tea.md").rename(tmp_path / "elsewhere.md")
    os.symlink(tmp_path / "elsewhere.md", folder / "tea.md")
    with pytest.raises(StatuteError, match="a plain file"):
        import_statutes(folder, tmp_path / "out")
