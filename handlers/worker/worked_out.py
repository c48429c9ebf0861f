"""How the result of a calculation reads on a phone: the sum, every step with its article, the standards used, what to mind."""

from __future__ import annotations

import re

from handlers.conversation import ButtonRows, Reply
from handlers.wording import day
from knowledge.calculators import Line, Result
from knowledge.facts import Fact, fact_names
from knowledge.quantities import amount_text

LONGEST = 600
"""Characters of one message; a longer result becomes two: the working, and what to mind."""


def replies(result: Result, buttons: ButtonRows) -> list[Reply]:
    """The result in one message, or in two if it is long; the buttons stand under the last."""
    working = "\n".join(f"{number}. {_line(line)}" for number, line in enumerate(result.lines, 1))
    rest = [*_block("用到的标准", [_fact(fact) for fact in result.facts_used]), *_block("请注意", list(_own_notes(result)))]
    rest.append(f"以上是按您填的数估算，不是律师意见（{day(result.as_of)}的规定）。")
    whole = "\n\n".join([working, *rest])
    if len(result.headline) + len(whole) <= LONGEST:
        return [Reply(title=result.headline, text=whole, buttons=buttons)]
    return [Reply(title=result.headline, text=working), Reply(text="\n\n".join(rest), buttons=buttons)]


def _block(title: str, lines: list[str]) -> list[str]:
    return ["\n".join([f"{title}：", *(f"· {line}" for line in lines)])] if lines else []


def _own_notes(result: Result) -> list[str]:
    return [note for note in result.notes if "不代替律师意见" not in note]  # said in our own last line


def _fact(fact: Fact) -> str:
    label = fact_names()[fact.name].label
    ended = f"（到{day(fact.valid_until)}为止）" if fact.valid_until else ""
    return f"{label}：{fact.sentence}{ended}，来源：{fact.source}"


def _line(line: Line) -> str:
    """小时工资：8,700 元 ÷ 21.75 天 ÷ 8 小时，约 50 元（《工资支付暂行规定》第13条）."""
    text = line.text
    if line.amount is not None:
        amount = amount_text(line.amount)
        if not re.search(rf"(?<![\d,.]){re.escape(amount)}", text):
            text = _with_amount(text, amount)
    cited = _cites(line)
    return f"{text}（{cited}）" if cited else text


def _with_amount(text: str, amount: str) -> str:
    """What comes out stands right behind what is worked out: 11 个月 × 6,000 元 = 66,000 元，由单位付."""
    worked, who = found.groups() if (found := re.fullmatch("(.*)(，由[^，]*付)", text)) else (text, "")
    if re.search("[×÷]", worked.rpartition("，")[2]):
        return f"{worked} = {amount}{who}"
    return f"{text}{'，' if '：' in text else '：'}{amount}"


def _cites(line: Line) -> str:
    by_law: dict[str, list[int]] = {}
    for article in dict.fromkeys(line.articles):
        by_law.setdefault(article.law, []).append(article.number)
    known = [f"《{law}》第{'、'.join(map(str, numbers))}条" for law, numbers in by_law.items()]
    return "；".join([*known, *(f"{document.cite}，未核对原文" for document in line.documents)])
