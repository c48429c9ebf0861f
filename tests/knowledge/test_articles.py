"""The digest of the law, and the articles found for a message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge import ArticleReference, Knowledge, Topic
from knowledge.check import check_citations


def test_the_digest_covers_the_laws_that_matter(knowledge: Knowledge) -> None:
    assert len(knowledge.digest.articles) >= 120
    cited = {topic for article in knowledge.digest.articles.values() for topic in article.topics}
    assert cited >= set(Topic) - {Topic.NOT_LABOUR}


def test_every_article_has_a_gist_in_a_sentence_or_two_and_keywords(knowledge: Knowledge) -> None:
    for article in knowledge.digest.articles.values():
        assert 6 <= len(article.gist) <= 90, article.reference.cite
        assert article.keywords, article.reference.cite


def test_an_unknown_article_is_none(knowledge: Knowledge) -> None:
    assert knowledge.article(ArticleReference("劳动合同法", 999)) is None


@pytest.mark.parametrize(
    ("text", "law", "number"),
    [
        ("老板拖欠我三个月工资不给", "劳动合同法", 85),
        ("被公司辞退补偿怎么算", "劳动合同法", 47),
        ("一直没签劳动合同", "劳动合同法", 82),
        ("工伤九级赔多少", "工伤保险条例", 37),
        ("哺乳期每天有喂奶时间吗", "女职工劳动保护特别规定", 9),
        ("年休假几天", "职工带薪年休假条例", 3),
        ("仲裁时效多久", "劳动争议调解仲裁法", 27),
        ("公司不交公积金", "住房公积金管理条例", 20),
    ],
)
def test_the_article_in_point_is_among_the_first_three(knowledge: Knowledge, text: str, law: str, number: int) -> None:
    assert ArticleReference(law, number) in knowledge.cite(text)[:3]


def test_no_more_articles_are_cited_than_asked_for_and_none_twice(knowledge: Knowledge) -> None:
    cited = knowledge.cite("公司拖欠工资还不交社保，我想辞职要补偿", limit=5)
    assert len(cited) == 5
    assert len(set(cited)) == 5


def test_nothing_is_cited_for_a_greeting(knowledge: Knowledge) -> None:
    assert knowledge.cite("你好") == []
    assert knowledge.cite("") == []


def _statutes(folder: Path, knowledge: Knowledge, *, without: ArticleReference | None = None) -> Path:
    """A folder of statutes in the form the check reads: each article made of its first keyword."""
    index = []
    for law in knowledge.digest.laws.values():
        articles = [a for a in knowledge.digest.articles.values() if a.reference.law == law.short and a.reference != without]
        blocks = [f"{article.reference.cite.split('》')[1]} {' '.join(article.keywords)}" for article in articles]
        head = f"# {law.full}\n施行：1990-01-01；最近修正/修订：{law.valid_from}"
        (folder / f"{law.short}.md").write_text("\n\n".join([head, *blocks]) + "\n", encoding="utf-8")
        index.append({"law": law.full, "short_names": [law.short], "file": f"{law.short}.md"})
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return folder


def test_the_check_is_content_when_every_citation_is_in_the_statutes(knowledge: Knowledge, tmp_path: Path) -> None:
    assert check_citations(knowledge.digest, _statutes(tmp_path, knowledge), knowledge.answers) == []


def test_the_check_names_an_article_that_does_not_exist(knowledge: Knowledge, tmp_path: Path) -> None:
    missing = ArticleReference("劳动合同法", 47)
    problems = check_citations(knowledge.digest, _statutes(tmp_path, knowledge, without=missing))
    assert problems == ["《劳动合同法》第四十七条: no such article"]
