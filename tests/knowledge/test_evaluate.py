"""What the figures mean. The messages here are written for these tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from knowledge import ArticleReference, Knowledge, Nature, Reading, RequestKind, Topic
from knowledge.evaluate import (
    PARTS,
    confused,
    evaluate,
    f1,
    in_words,
    is_kept_back,
    macro_f1,
    main,
    read_rows,
    score_citations,
    score_readings,
    short_law,
    topic_pairs,
    worst_mistakes,
)
from knowledge.speed import RUBBISH, RUBBISH_LENGTH, rubbish


class Scripted:
    """Reads and cites as it was told to, so that the figures can be worked out by hand."""

    def __init__(self, readings: dict[str, Reading] | None = None, cited: dict[str, list[ArticleReference]] | None = None) -> None:
        self._readings, self._cited = readings or {}, cited or {}

    def read(self, text: str) -> Reading:
        return self._readings[text]

    def cite(self, text: str) -> list[ArticleReference]:
        return self._cited[text]


def reads(topic: Topic, kind: RequestKind, nature: Nature | None = None, *, sure: bool = True, likely: tuple[Topic, ...] = ()) -> Reading:
    return Reading(
        topic=topic, topics=(topic,), kind=kind, nature=nature, urgent=kind is RequestKind.INCIDENT, sure=sure, likely=likely or (topic,)
    )


def score(rows: list[dict[str, Any]], readings: list[Reading]) -> dict[str, float]:
    texts = {row["text"]: reading for row, reading in zip(rows, readings, strict=True)}
    return score_readings(cast(Knowledge, Scripted(texts)), rows)


def test_f1_counts_what_is_missed_and_what_is_raised_for_nothing() -> None:
    assert f1([(True, True), (True, False), (False, True), (False, False)]) == 0.5
    assert f1([(True, False)]) == 0.0
    assert f1([]) == 0.0


def test_topics_that_nobody_asks_about_count_as_nothing_only_if_all_seventeen_are_asked_for() -> None:
    expected, read = ["wages", "hours"], ["wages", "wages"]
    assert macro_f1(expected, read) == pytest.approx((2 / 3 + 0) / 2)
    assert macro_f1(expected, read, list(Topic)) == pytest.approx((2 / 3) / 17)
    assert macro_f1([], []) == 0.0


def test_a_quarter_is_kept_back_and_always_the_same() -> None:
    ids = [f"id-{number}" for number in range(4000)]
    kept = [each for each in ids if is_kept_back(each)]
    assert 900 < len(kept) < 1100
    assert kept == [each for each in ids if is_kept_back(each)]


def test_real_questions_are_judged_by_topic_and_by_whether_they_tell_a_grievance() -> None:
    rows = [
        {"text": "一", "primary": "wages", "dispute": "grievance"},
        {"text": "二", "primary": "hours", "dispute": "consult"},
        {"text": "三", "primary": "hardship", "dispute": "grievance"},
        {"text": "四", "primary": "not_labour", "dispute": "other"},
    ]
    figures = score(
        rows,
        [
            reads(Topic.WAGES, RequestKind.DISPUTE, Nature.VIOLATION),
            reads(Topic.WAGES, RequestKind.CONSULT, sure=False, likely=(Topic.WAGES, Topic.HOURS)),
            reads(Topic.HARDSHIP, RequestKind.HELP),
            reads(Topic.NOT_LABOUR, RequestKind.COMPLAINT),
        ],
    )
    assert figures["topic accuracy"] == 0.75
    assert figures["right one among the likely"] == 1.0
    assert (figures["sure"], figures["accuracy when sure"]) == (0.75, 1.0)
    assert figures["labour F1"] == 1.0
    assert figures["consult or grievance"] == 1.0  # what is neither is left out
    assert figures["grievance F1"] == pytest.approx(0.5)  # help is none of its kinds, and the other's complaint is a false one


def test_a_dispute_read_as_something_else_has_the_wrong_nature() -> None:
    rows: list[dict[str, Any]] = [
        {"text": "一", "primary": "wages", "kind": "dispute", "nature": "violation", "urgent": False},
        {"text": "二", "primary": "wages", "kind": "dispute", "nature": "rights", "urgent": False},
        {"text": "三", "primary": "injury", "kind": "incident", "nature": None, "urgent": True},
        {"text": "四", "primary": "injury", "kind": "consult", "nature": None, "urgent": False},
    ]
    figures = score(
        rows,
        [
            reads(Topic.WAGES, RequestKind.DISPUTE, Nature.VIOLATION),
            reads(Topic.WAGES, RequestKind.CONSULT),
            reads(Topic.INJURY, RequestKind.INCIDENT),
            reads(Topic.INJURY, RequestKind.INCIDENT),
        ],
    )
    assert figures["nature accuracy (of disputes)"] == 0.5
    assert figures["nature, if read as a dispute"] == 1.0
    assert figures["kind accuracy"] == 0.5
    assert figures["urgent recall"] == 1.0
    assert figures["urgent false alarms"] == pytest.approx(1 / 3)


def test_a_citation_hits_if_any_gold_article_is_early_enough() -> None:
    first, second, third = (ArticleReference("劳动合同法", number) for number in (30, 47, 85))
    rows = [
        {"text": "一", "gold": [["中华人民共和国劳动合同法", 30]]},
        {"text": "二", "gold": [["劳动合同法", 85], ["劳动法", 1]]},
        {"text": "三", "gold": [["劳动法", 1]]},
    ]
    figures = score_citations(cast(Knowledge, Scripted(cited={"一": [first], "二": [first, second, third], "三": []})), rows)
    assert (figures["hit@1"], figures["hit@3"], figures["hit@10"]) == pytest.approx((1 / 3, 2 / 3, 2 / 3))


def test_laws_are_called_by_our_short_names() -> None:
    assert short_law("中华人民共和国劳动法") == "劳动法"
    assert short_law("最高人民法院关于审理劳动争议案件适用法律问题的解释（一）") == "劳动争议司法解释（一）"


def test_only_what_is_confused_more_than_once_is_shown_the_most_frequent_first() -> None:
    pairs = [("a", "b")] * 2 + [("b", "c")] * 3 + [("c", "a")] + [("a", "a")] * 9
    assert confused(pairs) == [("b", "c", 3), ("a", "b", 2)]


def test_no_single_message_of_the_part_kept_back_is_ever_shown(knowledge: Knowledge) -> None:
    rows = [{"id": f"row-{number}", "text": f"老板拖欠我{number}个月工资", "primary": "women"} for number in range(1, 40)]
    worst = worst_mistakes(knowledge, rows, limit=100)
    shown = {mistake.text for mistake in worst}
    assert shown == {row["text"] for row in rows if not is_kept_back(str(row["id"]))}
    assert all(mistake.margin > 0 and mistake.read == Topic.WAGES and mistake.why for mistake in worst)
    assert [mistake.margin for mistake in worst] == sorted((mistake.margin for mistake in worst), reverse=True)
    assert len(topic_pairs(knowledge, rows)) == len(rows)


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for line in ("{", "[1]", '{"id": "a"}', '{"text": 5}'):
        (tmp_path / "rows.jsonl").write_text(f'{{"text": "好"}}\n\n{line}\n', encoding="utf-8")
        with pytest.raises(ValueError, match=r"rows\.jsonl line 3"):
            read_rows(tmp_path / "rows.jsonl")


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like the reference data, but small."""
    folder = tmp_path_factory.mktemp("questions")
    kinds: list[dict[str, Any]] = [
        {"kind": "dispute", "nature": "violation", "urgent": False},
        {"kind": "consult", "nature": None, "urgent": False},
    ]
    rows = [
        {"id": f"w{number}", "text": text, "primary": topic, **kinds[number % 2]}
        for number, (text, topic) in enumerate([("老板拖欠我三个月工资不给", "wages"), ("年休假有几天", "leave")] * 6)
    ]
    gold = [{"id": f"a{number}", "text": "老板拖欠我三个月工资不给", "gold": [["中华人民共和国劳动合同法", 30]]} for number in range(12)]
    for name, lines in (("written_dev", rows), ("articles_dev", gold)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in lines), encoding="utf-8")
    return folder


def test_the_report_has_every_figure_for_every_part_and_reads_well(questions: Path) -> None:
    report = json.loads(json.dumps(evaluate(questions)))
    assert set(report["parts"]) == {"written_dev", "articles_dev"}
    assert set(report["parts"]["written_dev"]) == set(PARTS)
    assert report["parts"]["written_dev"]["all"]["messages"] == 12
    assert set(report["rubbish"]) == set(RUBBISH)
    assert "jieba alone, cutting" in report["speed"]
    assert all(times["median"] <= times["p99"] <= times["most"] for times in report["speed"].values())
    assert report["fresh process"]["seconds to load"] > 0
    assert "there only “kept back” measures" in in_words({**report, "learned from": ["dev", "dev_extra"]})
    words = in_words({**report, "learned from": []})
    assert "only “kept back”" not in words
    for part in ("kept back", "topic macro-F1 over all 17", "hit@10", "peak memory in MB", "particulars"):
        assert part in words


def test_a_folder_without_questions_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([str(tmp_path)])
    assert stopped.value.code == 2
    assert "written_dev.jsonl" in capsys.readouterr().err


def test_rubbish_is_as_long_as_it_says() -> None:
    assert {len(rubbish(unit)) for unit in RUBBISH.values()} == {RUBBISH_LENGTH}
