"""看原文: the official text of the articles that an answer cites, a phone screen at a time. Until texts are imported, the gist in our own words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from handlers.conversation import Button, Reply, rows
from handlers.turn import Turn
from handlers.wording import day
from knowledge import Answer, ArticleReference
from knowledge.statutes import ArticleText, StatuteError

TEXT = "w:text"
"""The choice is w:text:CODE for the list of an answer's articles, w:text:CODE:N for one of them, w:text:CODE:N:PART for a further part."""

SCREEN = 420
"""Characters of a law that are shown at once."""

_OFFICIAL = Button(label="国家法律法规数据库", url="https://flk.npc.gov.cn")
_NOT_IMPORTED = "正式条文还没有导入这套系统，请看国家法律法规数据库。"
_OUTDATED = "这条答复已经更新，请把问题再问一次。"
_BREAKS = ("\n", "。", "；", "，")


def button(code: str) -> Button:
    """看原文, for an answer's buttons."""
    return Button(label="看原文", choice=f"{TEXT}:{code}")


def gists(turn: Turn, references: Iterable[ArticleReference]) -> str:
    """What the articles say in plain words, under the law that each is from and the date of its text."""
    knowledge = turn.house.knowledge
    by_law: dict[str, list[str]] = {}
    for reference in references:
        if article := knowledge.article(reference):
            unchecked = "" if knowledge.digest.laws[reference.law].checked else "，未核对官方文本"
            law, _, number = reference.cite.partition("》")
            by_law.setdefault(f"{law}》（{article.valid_from:%Y-%m-%d} 版本{unchecked}）", []).append(f"· {number}：{article.gist}")
    return "\n\n".join([*("\n".join([law, *said]) for law, said in by_law.items()), "这是用大白话写的要点，正式条文以官方公布的为准。"])


def statute_text(turn: Turn, rest: str) -> list[Reply]:
    """What stands behind `w:text:`: an answer's code, and perhaps which article and which part of it."""
    code, *numbers = rest.split(":")
    answer = turn.house.knowledge.answer_by_code(code)
    if answer is None or len(numbers) > 2 or not all(number.isascii() and number.isdecimal() and len(number) <= 3 for number in numbers):
        return [Reply(text=_OUTDATED)]
    place, part = [*map(int, numbers), 0, 0][:2]
    if not numbers and len(answer.articles) > 1:
        return [_list(answer)]
    if place >= len(answer.articles):
        return [Reply(text=_OUTDATED)]
    return [_article(turn, answer, place, part)]


def _list(answer: Answer) -> Reply:
    buttons = [Button(label=reference.cite, choice=f"{TEXT}:{answer.code}:{place}") for place, reference in enumerate(answer.articles)]
    return Reply(title=f"条文原文：{answer.title}", text="看哪一条？", buttons=rows(buttons, 1))


def _article(turn: Turn, answer: Answer, place: int, part: int) -> Reply:
    reference = answer.articles[place]
    others = Button(label="其他条文", choice=f"{TEXT}:{answer.code}") if len(answer.articles) > 1 else None
    official = _official_text(turn, reference)
    if official is None:
        article = turn.house.knowledge.article(reference)
        gist = [f"要点（不是原文）：{article.gist}"] if article else []
        return Reply(title=reference.cite, text="\n\n".join([*gist, _NOT_IMPORTED]), buttons=_in_rows(_OFFICIAL, others))
    parts = in_parts(_without_number(official), SCREEN)
    part = min(part, len(parts) - 1)
    version = f"{day(official.version_date)}版本" + (f"，第 {part + 1}/{len(parts)} 段" if len(parts) > 1 else "")
    more = Button(label="下一段", choice=f"{TEXT}:{answer.code}:{place}:{part + 1}") if part + 1 < len(parts) else None
    return Reply(title=official.cite, text=f"{parts[part]}\n\n（{version}）", buttons=_in_rows(more, others))


def _without_number(official: ArticleText) -> str:
    """The text without the 第X条 that it begins with: the title says it."""
    number = official.cite.rpartition("》")[2]
    return official.text.removeprefix(number).lstrip() if number else official.text


def _in_rows(*buttons: Button | None) -> tuple[tuple[Button, ...], ...]:
    return rows([button for button in buttons if button], 2)


def _official_text(turn: Turn, reference: ArticleReference) -> ArticleText | None:
    """The imported text; None when it was not imported or its file can't be read, which `doctor` reports."""
    law = turn.house.knowledge.digest.laws[reference.law]
    try:
        for name in (law.short, law.title, law.full):
            if found := turn.house.statutes.text(name, reference.number):
                return found
    except (StatuteError, OSError):
        return None
    return None


def in_parts(text: str, limit: int) -> Sequence[str]:
    """The text in parts of at most `limit` characters, cut after a line, a sentence or a clause where there is one in a part's later half."""
    parts: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        cut = next((at + 1 for mark in _BREAKS if (at := rest.rfind(mark, limit // 2, limit)) > 0), limit)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest]
