"""Questions typed one per line, as staff write them:

1. 您对食堂满意吗：满意／一般／不满意
2. 想参加哪些培训（多选）：电工、法律、英语
3. 每周工作几小时（数字）
4. 还有什么建议（可不填）
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from union.survey_questions import CHOSEN, MOST_OPTIONS, MOST_QUESTIONS, BadQuestions, Question, Takes, check

EXAMPLE = "您对食堂满意吗：满意／一般／不满意\n想参加哪些培训（多选）：电工、法律、英语\n每周工作几小时（数字）\n还有什么建议（可不填）"

MARK: Mapping[str, Takes] = {
    "单选": Takes.ONE,
    "多选": Takes.MANY,
    "可多选": Takes.MANY,
    "数字": Takes.NUMBER,
    "填数字": Takes.NUMBER,
    "金额": Takes.MONEY,
    "填金额": Takes.MONEY,
    "文字": Takes.WORDS,
}
_OPTIONAL = frozenset({"可不填", "选填", "可以不填", "可跳过"})
_SHOWN: Mapping[Takes, str] = {Takes.MANY: "（多选）", Takes.NUMBER: "（数字）", Takes.MONEY: "（金额）"}

_NUMBERED = re.compile(r"^\s*(?:第?[\d一二三四五六七八九十]{1,3}[、.．)）题]\s*)+")
_MARKED = re.compile(r"[（(]([^（()）]{2,6})[)）]\s*$")
_COLON = re.compile(r"[：:]")
_BETWEEN = re.compile(r"\s*[／/、;；|｜]\s*")

_REASONS: Mapping[str, str] = {
    "empty": "没有写题目",
    "too_long": "题目太长，最多 200 个字",
    "too_few_options": "选择题至少要两个选项，写在冒号后面，用“／”隔开",
    "too_many_options": f"选项太多，最多 {MOST_OPTIONS} 个",
    "same_option": "有两个选项一样",
    "bad_option": "有选项是空的，或者超过 60 个字",
    "options_without_choice": "标了数字、金额或文字，就不要再写选项",
}


class BadLines(Exception):
    """Lines that no questions can be made of. It says which, why, and what to mend, in a sentence for a person."""


def read_lines(text: str) -> list[Question]:
    """The questions in a typed text. Raises BadLines."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise BadLines("没有看到题目。一行写一题。")
    if len(lines) > MOST_QUESTIONS:
        raise BadLines(f"有 {len(lines)} 题，最多 {MOST_QUESTIONS} 题。")
    questions = [_question(number, line) for number, line in enumerate(lines, 1)]
    try:
        check(questions)
    except BadQuestions as bad:
        raise BadLines(f"第 {bad.number} 题：{_REASONS.get(bad.reason, '不能这样出')}。") from None
    return questions


def _question(number: int, line: str) -> Question:
    written, *rest = _COLON.split(_NUMBERED.sub("", line), maxsplit=1)
    options = tuple(_BETWEEN.split(rest[0].strip())) if rest and rest[0].strip() else ()
    takes, optional = (Takes.ONE if options else Takes.WORDS), False
    while (found := _MARKED.search(written)) and (found[1] in MARK or found[1] in _OPTIONAL):
        takes, optional = (takes, True) if found[1] in _OPTIONAL else (MARK[found[1]], optional)
        written = written[: found.start()]
    return Question(key=f"q{number}", takes=takes, text=written.strip(), options=options, optional=optional)


def write_lines(questions: Sequence[Question]) -> str:
    """Questions as they could be typed."""
    return "\n".join(f"{number}. {_line(question)}" for number, question in enumerate(questions, 1))


def _line(question: Question) -> str:
    marks = _SHOWN.get(question.takes, "") + ("（可不填）" if question.optional else "")
    options = f"：{'／'.join(question.options)}" if question.takes in CHOSEN else ""
    return f"{question.text}{marks}{options}"
