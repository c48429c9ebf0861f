"""The three witnesses for an article: the digest, the rules, the precedents."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge import ArticleReference, Knowledge
from knowledge.citing import read_rules


@pytest.mark.parametrize(
    ("text", "law", "number"),
    [
        ("被公司辞退，补偿怎么算", "劳动合同法", 47),
        ("无故把我开除了能要多少赔偿", "劳动合同法", 87),
        ("工伤十级能赔多少钱", "工伤保险条例", 37),
        ("右手食指断了能评几级", "工伤保险条例", 22),
        ("单位不给报工伤，自己多久内能申请认定", "工伤保险条例", 17),
        ("老板三个月不发工资", "劳动合同法", 30),
        ("向劳动局投诉工资，多长时间有结果", "劳动保障监察条例", 17),
        ("怀孕被辞退合法吗", "劳动合同法", 42),
        ("没签劳动合同能要双倍工资吗", "劳动合同法", 82),
        ("试用期最长几个月", "劳动合同法", 19),
        ("仲裁时效是多久", "劳动争议调解仲裁法", 27),
    ],
)
def test_the_article_that_decides_comes_first(knowledge: Knowledge, text: str, law: str, number: int) -> None:
    assert knowledge.cite(text, 3)[0] == ArticleReference(law, number)


def test_chatting_turns_on_no_article(knowledge: Knowledge) -> None:
    assert knowledge.cite("你好") == []
    assert knowledge.cite("😀") == []


def test_no_more_are_cited_than_asked_for_and_none_twice(knowledge: Knowledge) -> None:
    cited = knowledge.cite("工资社保合同加班工伤都有问题", 10, date(2026, 11, 21))
    assert len(cited) == len(set(cited)) == 10


def test_a_malformed_rule_is_named(tmp_path: Path) -> None:
    file = tmp_path / "citations.txt"
    file.write_text("# comment\n3 | 只有两格\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"citations\.txt: 3 \| 只有两格"):
        read_rules(file)


def test_every_rule_names_articles_that_the_digest_has(knowledge: Knowledge) -> None:
    from knowledge.folder import data_folder

    named = {article for rule in read_rules(data_folder() / "citations.txt") for article in rule.articles}
    assert not named - set(knowledge.digest.articles)
