"""What is learned from examples, how it is written down, and how it is read again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge.cutting import Cutter
from knowledge.examples import Example, digest_of, read_examples, read_precedents
from knowledge.folder import data_folder
from knowledge.learn import learn, write
from knowledge.lexicon import load_lexicon
from knowledge.reader import Reader
from knowledge.topics import Nature, RequestKind, Topic
from knowledge.variation import Variation
from knowledge.weights import SCALES, load_weights


def _examples() -> list[Example]:
    """A made-up world in which boats are a matter of wages and kites one of leave, and who says 哼 disputes."""
    made = []
    for number in range(12):
        for thing, topic in (("小船", Topic.WAGES), ("风筝", Topic.LEAVE)):
            for end, kind, nature in (("哼", RequestKind.DISPUTE, Nature.RIGHTS), ("呀", RequestKind.CONSULT, None)):
                made.append(Example(f"第{number}只{thing}飞走了{end}", (topic,), kind, nature, (), "test"))
    made += [Example(f"第{number}次喊救火快来", (Topic.SAFETY,), RequestKind.INCIDENT, None, (), "test") for number in range(12)]
    natures = ((Nature.VIOLATION, "扣下"), (Nature.INTEREST, "多给"))
    made += [
        Example(f"{word}{n}只小船哼", (Topic.WAGES,), RequestKind.DISPUTE, nature, (), "test") for n in range(9) for nature, word in natures
    ]
    every = [
        Example(f"{topic}{kind}", (topic,), kind, None, (), "test")
        for topic in Topic
        for kind in RequestKind
        if kind is not RequestKind.DISPUTE
    ]
    return made + every


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    lexicon = load_lexicon()
    file = tmp_path_factory.mktemp("learned") / "weights.tsv"
    write(learn(_examples(), lexicon, Variation({})), "made up", file)
    return Reader(lexicon, load_weights(file), Cutter(()))


def test_what_the_examples_teach_is_read(reader: Reader) -> None:
    assert reader.read("我的小船飞走了呀").topic is Topic.WAGES
    assert reader.read("我的风筝飞走了呀").topic is Topic.LEAVE


def test_the_way_of_saying_tells_the_kind(reader: Reader) -> None:
    assert reader.read("我的小船飞走了哼").kind is RequestKind.DISPUTE
    assert reader.read("我的小船飞走了呀").kind is RequestKind.CONSULT


def test_only_a_dispute_has_a_nature(reader: Reader) -> None:
    assert reader.read("我的小船飞走了哼").nature is not None
    assert reader.read("我的小船飞走了呀").nature is None


def test_why_names_whole_words(reader: Reader) -> None:
    assert "风筝" in reader.read("我的风筝飞走了呀").why


def test_the_table_is_up_to_date() -> None:
    folder = data_folder()
    weights = load_weights(folder / "lexicon" / "weights.tsv")
    assert weights.counted_from.split()[0] == digest_of(folder / "examples"), "examples have changed: python -m bot knowledge learn"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: [*lines[:1], lines[1].replace("wages", "pay"), *lines[2:]], "line 2"),
        (lambda lines: [*lines[:2], lines[2].rsplit("\t", 1)[0], *lines[3:]], "line 3"),
    ],
    ids=["other columns", "a number missing"],
)
def test_a_damaged_table_is_refused_with_the_line(tmp_path: Path, change, said: str) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "weights.tsv"
    write({"小船": np.ones(len(SCALES)), "=*": np.zeros(len(SCALES))}, "made up", file)
    file.write_text("\n".join(change(file.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        load_weights(file)


@pytest.mark.parametrize(
    "line",
    [
        "wages | consult | - | 没有条文这一格",
        "pay | consult | - | - | 工资",
        "wages | dispute | - | - | 争议没有性质",
        "wages | consult | rights | - | 咨询有性质",
    ],
)
def test_a_malformed_example_is_named_by_file_and_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "some.txt").write_text(f"# a comment\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"some\.txt line 2"):
        read_examples(tmp_path)


def test_precedents_are_the_examples_that_name_articles(tmp_path: Path) -> None:
    lines = ["wages | consult | - | - | 没有条文", "wages | consult | - | 劳动合同法 30;劳动法 50 | 有条文"]
    (tmp_path / "some.txt").write_text("\n".join(lines), encoding="utf-8")
    assert [example.text for example in read_precedents(tmp_path)] == ["有条文"]
    assert read_precedents(tmp_path)[0].articles == (("劳动合同法", 30), ("劳动法", 50))


def test_a_variation_says_the_same_in_other_words_and_always_the_same_ones() -> None:
    variation = Variation({"欠": ("拖欠工资", "不发工资", "压着工资"), "老板": ("老板", "掌柜的", "东家")})
    said = {variation.vary("老板拖欠工资三个月", copy) for copy in range(30)}
    assert len(said) > 3
    assert all(text.endswith("三个月") for text in said)
    assert variation.vary("老板拖欠工资", 1) == variation.vary("老板拖欠工资", 1)
    assert variation.vary("今天天气好", 1) == "今天天气好"
