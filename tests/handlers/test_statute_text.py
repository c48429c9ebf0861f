"""看原文: the official text of what an answer cites, in screens; the gist while nothing was imported."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.conversation import CHOICE_LIMIT
from handlers.turn import House
from handlers.worker.statute_text import SCREEN, button, in_parts
from knowledge import Answer
from knowledge.statutes import Statutes, import_statutes
from tests.handlers.talk import Talk, Talks

LONG = "第{}条 " + "用人单位应当按照约定支付。" * 50


@pytest.fixture
def answer(house: House) -> Answer:
    """An answer that cites several articles."""
    return next(answer for answer in house.knowledge.answers.all.values() if len(answer.articles) > 1)


@pytest.fixture
def imported(talks: Talks, answer: Answer, house: House, tmp_path: Path) -> Talk:
    """A worker of an installation that has imported the first article of that answer, and no other."""
    from knowledge.numerals import to_chinese

    law = house.knowledge.digest.laws[answer.articles[0].law]
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.md").write_text(
        f"# {law.full}\n施行：2008-01-01；最近修正/修订：2012-12-28\n\n{LONG.format(to_chinese(answer.articles[0].number))}\n",
        encoding="utf-8",
    )
    (source / "index.json").write_text(json.dumps([{"law": law.full, "short_names": [law.short], "file": "a.md"}]), encoding="utf-8")
    import_statutes(source, tmp_path / "statutes")
    return replace(talks, house=replace(house, statutes=Statutes(tmp_path / "statutes"))).stranger()


async def test_an_imported_article_is_shown_in_full_with_its_law_and_version_a_screen_at_a_time(
    imported: Talk, answer: Answer, house: House
) -> None:
    await imported.choose(button(answer.code).choice)
    assert imported.labels == [reference.cite for reference in answer.articles]
    await imported.press(answer.articles[0].cite)
    assert imported.last[0].title.startswith(f"《{house.knowledge.digest.laws[answer.articles[0].law].full}》第")
    assert "（2012年12月28日版本，第 1/2 段）" in imported.screen
    assert len(imported.last[0].text) < SCREEN + 40
    assert imported.labels == ["下一段", "其他条文"]
    first = imported.last[0].text.partition("\n\n（")[0]
    await imported.press("下一段")
    assert "第 2/2 段" in imported.screen
    assert imported.labels == ["其他条文"]
    whole = first + imported.last[0].text.partition("\n\n（")[0]
    assert whole.endswith("用人单位应当按照约定支付。" * 50)
    await imported.press("其他条文")
    assert "看哪一条" in imported.screen


async def test_what_was_not_imported_is_told_in_our_words_with_the_way_to_the_official_text(
    worker: Talk, answer: Answer, house: House
) -> None:
    article = house.knowledge.article(answer.articles[0])
    assert article is not None
    await worker.choose(f"w:text:{answer.code}:0")
    assert article.gist in worker.screen
    assert "正式条文还没有导入这套系统，请看国家法律法规数据库" in worker.screen
    assert worker.last[0].buttons[0][0].url.startswith("https://")


async def test_a_damaged_text_is_as_good_as_none(imported: Talk, answer: Answer, tmp_path: Path) -> None:
    for file in (tmp_path / "statutes").glob("*.md"):
        file.write_text("# 别的法\n", encoding="utf-8")
    await imported.choose(f"w:text:{answer.code}:0")
    assert "还没有导入" in imported.screen


@pytest.mark.parametrize("rest", ["nonsense", ":", "{}:", "{}:99", "{}:-1", "{}:x", "{}:1:2:3", "{}:999999999999999999", "{}:²", ""])
async def test_an_old_or_forged_choice_gets_an_answer(worker: Talk, answer: Answer, rest: str) -> None:
    await worker.choose(f"w:text:{rest.format(answer.code)}")
    assert "请把问题再问一次" in worker.screen


def test_every_answers_choices_fit_behind_a_button(house: House) -> None:
    for answer in house.knowledge.answers.all.values():
        assert len(f"w:text:{answer.code}:{len(answer.articles)}:99".encode()) <= CHOICE_LIMIT


@given(st.text(alphabet="一二。；，\n ", max_size=300), st.integers(1, 50))
def test_parts_are_short_and_lose_nothing(text: str, limit: int) -> None:
    parts = in_parts(text, limit)
    assert all(len(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
