"""The proof of citations, over a small digest and statutes of our own invention."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge.answers import Answer, Answers, load_answers
from knowledge.articles import ArticleReference, Digest, load_digest
from knowledge.check import LONGEST_TEXT, check_citations, main, prove
from knowledge.lexicon import load_lexicon
from knowledge.text import Normaliser

LAWS = "茶法 | 茶水间管理法 | 2020-04-05 | 全国\n廊法 | 走廊管理法 | 2010-01-01 | 北京 | 未核对\n"
ARTICLES = (
    "茶法 | 1 | 1 | wages | 水壶 添水 | 喝完的人把水加上。\n"
    "茶法 | 2 | 0.5 | hours | 茶叶 | 自己带茶。 | ..2030-01-31\n"
    "廊法 | 5 | 0.1 | safety | 靠右 | 走右边。\n"
)
TEA = "# 茶水间管理法\n施行：2001-02-03；最近修正/修订：2020-04-05\n\n第一条 水壶归大家，谁喝完最后一杯开水谁就负责马上去把它重新添满。\n\n第二条 茶叶各带各的。\n"


def _digest(folder: Path, laws: str = LAWS, articles: str = ARTICLES) -> Digest:
    folder.mkdir(exist_ok=True)
    (folder / "laws.txt").write_text(laws, encoding="utf-8")
    (folder / "articles.txt").write_text(articles, encoding="utf-8")
    return load_digest(folder)


def _statutes(folder: Path, tea: str = TEA, file: str = "tea.md") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "tea.md").write_text(tea, encoding="utf-8")
    index = [{"law": "茶水间管理法", "short_names": ["茶法"], "file": file}]
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return folder


TOML = """
reviewed_on = 2026-01-01

[[answer]]
code = "tea"
title = "水"
words = ["1 水"]
text = "见《茶法》第一条和第二条。"
articles = ["茶法 1", "茶法 2"]
steps = ["添水。"]
"""


@pytest.fixture
def answer(tmp_path: Path) -> Answer:
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "wages.toml").write_text(TOML, encoding="utf-8")
    return load_answers(tmp_path / "answers", _digest(tmp_path / "digest"), load_lexicon()).all["tea"]


def _problems(tmp_path: Path, answer: Answer) -> list[str]:
    answers = Answers((answer,), {answer.code: []}, frozenset(), {}, Normaliser({}, {}))
    return check_citations(_digest(tmp_path / "digest"), _statutes(tmp_path / "statutes"), answers)


def test_all_is_well_and_what_cannot_be_checked_is_named_without_being_a_problem(tmp_path: Path, answer: Answer) -> None:
    proof = prove(_digest(tmp_path / "digest"), _statutes(tmp_path / "statutes"))
    assert proof.problems == []
    assert proof.unchecked == [ArticleReference("廊法", 5)]
    assert _problems(tmp_path, answer) == []


def test_the_digest_reads_an_articles_own_days(tmp_path: Path) -> None:
    digest = _digest(tmp_path, articles=ARTICLES + "茶法 | 3 | 0 | wages | 杯 | 洗杯子。 | 2021-01-01..2025-08-31\n")
    own = digest.articles[ArticleReference("茶法", 3)]
    assert (own.valid_from, own.valid_until) == (date(2021, 1, 1), date(2025, 8, 31))
    assert digest.articles[ArticleReference("茶法", 1)].valid_until is None
    assert digest.articles[ArticleReference("茶法", 2)].valid_from == date(2020, 4, 5)
    assert [digest.laws[law].checked for law in ("茶法", "廊法")] == [True, False]


@pytest.mark.parametrize(
    ("laws", "articles", "says"),
    [
        (LAWS, "茶法 | 1 | 1 | wages | 水壶\n", "articles.txt line 1: 5 cells"),
        (LAWS, ARTICLES + "茶法 | 1 | 1 | wages | 水壶 | 又一遍。\n", "twice"),
        (LAWS, "茶法 | 1 | 1 | wages | 水壶 | 水。 | 2021\n", "2021"),
        ("茶法 | 茶水间管理法 | 2020-04-05 | 全国 | 大概\n", "", "大概"),
    ],
)
def test_a_malformed_digest_is_refused(tmp_path: Path, laws: str, articles: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        _digest(tmp_path, laws, articles)


@pytest.mark.parametrize(
    ("articles", "problem"),
    [
        ("茶法 | 9 | 1 | wages | 水壶 | 水。\n", "《茶法》第九条: no such article"),
        ("茶法 | 1 | 1 | wages | 咖啡 | 水。\n", "《茶法》第一条: none of our keywords stands in it"),
        (
            "茶法 | 1 | 1 | wages | 水壶 | 谁喝完最后一杯开水谁就负责马上去把它重新添满\n",
            "《茶法》第一条: the gist copies '谁喝完最后一杯开水谁就负责马上去把它重新添满'",
        ),
        ("茶法 | 1 | 1 | wages | 水壶 | 水。 | 2022-01-01..2021-01-01\n", "《茶法》第一条: valid until 2021-01-01, before it begins"),
    ],
)
def test_what_is_wrong_with_the_digest_is_named(tmp_path: Path, articles: str, problem: str) -> None:
    assert check_citations(_digest(tmp_path / "digest", LAWS, articles), _statutes(tmp_path / "statutes")) == [problem]


@pytest.mark.parametrize(
    ("laws", "problem"),
    [
        (LAWS.replace("2020-04-05", "2019-01-01"), "茶法: valid from 2020-04-05, not 2019-01-01"),
        (LAWS.replace("茶水间管理法", "开水间管理法"), "茶法: its full name is 茶水间管理法, not 开水间管理法"),
        (LAWS.replace(" | 未核对", ""), "廊法: no such statute was imported"),
    ],
)
def test_what_is_wrong_with_a_law_is_named(tmp_path: Path, laws: str, problem: str) -> None:
    assert check_citations(_digest(tmp_path / "digest", laws), _statutes(tmp_path / "statutes")) == [problem]


def test_an_unchecked_law_is_checked_as_soon_as_its_text_is_there(tmp_path: Path) -> None:
    folder = _statutes(tmp_path / "statutes")
    (folder / "hall.md").write_text("# 走廊管理法\n施行：2010-01-01\n\n第四条 靠右走。\n", encoding="utf-8")
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    index.append({"law": "走廊管理法", "short_names": [], "file": "hall.md"})
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    proof = prove(_digest(tmp_path / "digest"), folder)
    assert (proof.problems, proof.unchecked) == (["《廊法》第五条: no such article"], [])


def test_malformed_statutes_are_a_problem_like_any_other(tmp_path: Path) -> None:
    digest = _digest(tmp_path / "digest")
    assert check_citations(digest, _statutes(tmp_path / "a", "# 茶水间管理法\n施行：某年\n"))[0].startswith("tea.md line 2")
    assert check_citations(digest, _statutes(tmp_path / "b", file="../tea.md"))[0].startswith("index.json entry 1")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"steps": ()}, "no articles or no steps"),
        ({"text": "水" * (LONGEST_TEXT + 1)}, "301 characters"),
        (
            {"articles": (ArticleReference("茶法", 1), ArticleReference("茶法", 2), ArticleReference("茶法", 7))},
            "第七条 is not in the digest",
        ),
        ({"valid_from": date(2019, 1, 1)}, "valid from 2019-01-01, before 《茶法》第一条"),
        ({"reviewed_on": date(2031, 1, 1)}, "《茶法》第二条 was valid until 2030-01-31"),
        ({"text": "谁喝完最后一杯开水谁就负责马上去把它重新添满"}, "copies"),
        ({"text": "见第八条。"}, "第八条 in its text is none of its articles"),
        ({"text": "见《茶法》第八条。"}, "《茶法》第八条 in its text does not exist"),
        ({"text": "见《饭法》第一条。"}, "《饭法》 in its text is no law we know"),
    ],
)
def test_what_is_wrong_with_an_answer_is_named(tmp_path: Path, answer: Answer, changes: dict[str, Any], says: str) -> None:
    problems = _problems(tmp_path, replace(answer, **changes))
    assert problems
    assert all(problem.startswith("tea: ") for problem in problems)
    assert says in problems[0]


def test_whatever_else_cites_is_proved_too(tmp_path: Path) -> None:
    further = [
        ("overtime", ArticleReference("茶法", 1)),
        ("overtime", ArticleReference("茶法", 8)),
        ("severance", ArticleReference("饭法", 1)),
        ("severance", ArticleReference("廊法", 5)),
        ("severance", ArticleReference("廊法", 6)),
    ]
    assert check_citations(_digest(tmp_path / "digest"), _statutes(tmp_path / "statutes"), further=further) == [
        "overtime: 《茶法》第八条 does not exist",
        "severance: 饭法 is no law we know",
        "severance: 《廊法》第六条 can be checked nowhere, and is not in the digest",
    ]


def test_the_command_says_what_is_wrong_by_its_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main([str(_statutes(tmp_path / "statutes"))]) == 1
    assert "劳动合同法: no such statute was imported" in capsys.readouterr().out
