"""走到哪一步 and 记日期: where a dispute stands on its path, and the days from which the terms of the law run."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply, pairs, rows
from handlers.forms import Form, NotAccepted
from handlers.lawyer import at_hand
from handlers.steps import Answered, Day, Offer, Problem, Step, Value, Values
from handlers.turn import Turn
from handlers.wording import day, days_left, shorten
from storage.models import Case, CaseKind
from storage.types import CaseId
from union import case_dates, cases
from union.case_dates import NotADay, Term
from union.errors import IllegalTransition
from union.lifecycle import AT_WORK, OPEN
from union.paths import date_kinds, dates_on, path_for

_NO_PATH = "只有劳动争议才按步骤走、记法定日期。"


async def steps(turn: Turn, case_id: CaseId) -> list[Reply]:
    """走到哪一步: the path, with a button for each step."""
    case = await at_hand.look(turn, case_id, "proceed")
    if case.kind is not CaseKind.DISPUTE:
        return [Reply(text=_NO_PATH, buttons=((at_hand.back(case),),))]
    if case.status not in AT_WORK:
        return [Reply(text="联系上职工以后，才能记走到哪一步。", buttons=((at_hand.back(case),),))]
    path = path_for(case.nature)
    now = path.place(case.step) if case.step else -1
    marks = ["▶ " if n == now else "✓ " if n < now else "· " for n in range(len(path.steps))]
    lines = [f"{mark}{step.title}" for mark, step in zip(marks, path.steps, strict=True)]
    text = "\n".join([f"{path.title}：", *lines, "", "到了哪一步就点哪一步。点了就记上，职工马上收到通知。"])
    buttons = [Button(label=step.title, choice=f"c:step:{case.id}:{step.code}") for n, step in enumerate(path.steps) if n != now]
    return [Reply(title=at_hand.titled("走到哪一步", case), text=text, buttons=(*rows(buttons, 3), (at_hand.back(case),)))]


async def step_to(turn: Turn, case_id: CaseId, code: str) -> list[Reply]:
    """The case is on this step now; the worker is told."""
    case = await at_hand.take(turn, case_id, "proceed")
    step = next((step for step in path_for(case.nature).steps if step.code == code), None)
    if step is None or case.kind is not CaseKind.DISPUTE:
        return await steps(turn, case_id)
    try:
        fresh = await cases.proceed(turn.session, case, step.code, turn.house.rules, turn.now, by=at_hand.me(turn))
    except IllegalTransition:
        return await steps(turn, case_id)
    text = f"记上了：现在是“{step.title}”，职工已收到通知。" if fresh else f"本来就在“{step.title}”这一步。"
    buttons = [Button(label="记日期", choice=f"c:dates:{case.id}")] if step.dates else []
    buttons += [Button(label="文书草稿", choice=f"c:papers:{case.id}")] if step.papers else []
    if step.dates:
        text += f"\n{'、'.join(date_kinds()[date_].label for date_ in step.dates)}：知道日子就记上，期限会自动提醒。"
    return [Reply(title=at_hand.titled(step.title, case), text=text, buttons=(*rows(buttons, 2), (at_hand.back(case),)))]


async def dates(turn: Turn, case_id: CaseId) -> list[Reply]:
    """记日期: the days noted, the terms that run, and which day to note."""
    case = await at_hand.look(turn, case_id, "set_date")
    if case.kind is not CaseKind.DISPUTE:
        return [Reply(text=_NO_PATH, buttons=((at_hand.back(case),),))]
    kinds = dates_on(path_for(case.nature), case.step, case.topic)
    noted = await case_dates.of_case(turn.session, case.id)
    lines = [f"· {date_kinds()[code].label}：{day(when)}" for code, when in noted.items() if code in date_kinds()]
    running = _running(await case_dates.terms(turn.session, case.id, turn.house.rules, turn.now), turn)
    text = "\n".join([*(["已记的日子：", *lines] if lines else ["还没有记过日子。"]), *running])
    if case.status not in OPEN:
        return [Reply(title=at_hand.titled("日期", case), text=text, buttons=((at_hand.back(case),),))]
    buttons = [Button(label=shorten(kind.label.partition("（")[0], 24), choice=f"c:date:{case.id}:{kind.code}") for kind in kinds]
    return [Reply(title=at_hand.titled("记日期", case), text=f"{text}\n\n要记哪一个？", buttons=(*pairs(buttons), (at_hand.back(case),)))]


def _running(terms: list[Term], turn: Turn) -> list[str]:
    """The terms in words."""
    if not terms:
        return ["", "现在没有在走的法定期限。"]
    return [
        "",
        "正在走的期限：",
        *[f"· {term.title}：最后一天 {day(term.last_day)}（{days_left(term.last_day, turn.now)}）" for term in terms],
    ]


async def begin_date(turn: Turn, case_id: CaseId, code: str) -> list[Reply]:
    """One of the days: when was it?"""
    case = await at_hand.look(turn, case_id, "set_date")
    if code not in {kind.code for kind in dates_on(path_for(case.nature), case.step, case.topic)} or case.status not in OPEN:
        return await dates(turn, case_id)
    return await at_hand.begin(turn, FORM, case, {"kind": code})


@dataclass(frozen=True, slots=True, kw_only=True)
class WhichDay(Step):
    """Which of the days that count it is; chosen before the form begins, changed in its summary."""

    async def offer(self, turn: Turn, values: Values) -> Offer:
        draft = turn.state.draft
        if draft is None:
            return ()
        case = await at_hand.look(turn, CaseId(draft.about), "set_date")
        kinds = dates_on(path_for(case.nature), case.step, case.topic)
        return [[(kind.label, kind.code)] for kind in kinds]

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        return Value(choice) if choice in date_kinds() else Problem("请点下面的按钮选一个。")

    def shown(self, value: Any) -> str:
        return date_kinds()[value].label if value in date_kinds() else ""


_A_DAY = re.compile(r"[日号天]|周|星期|礼拜|\d\s*[./-]\s*\d{1,2}\s*[./-]\s*\d|(?<![\d.])\d{1,2}[./-]\d{1,2}(?![\d.])|\d{8}")
_FULL_DAY = re.compile(r"(20\d\d)\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalDay(Day):
    """A day that counts in law: to the day, never a month; in the future only for what may lie there."""

    def question(self, values: Values) -> str:
        kind = date_kinds()[values["kind"]]
        ahead = "可以是将来的日子，请写全：2027年1月31日。" if kind.ahead else ""
        return f"{kind.label}，是哪一天？例如：今天、11月15日、2026年11月15日。{ahead}"

    async def offer(self, turn: Turn, values: Values) -> Offer:
        return [[("今天", "今天"), ("昨天", "昨天"), ("前天", "前天")]]

    async def from_words(self, turn: Turn, values: Values, text: str) -> Answered:
        if date_kinds()[values["kind"]].ahead and (full := _FULL_DAY.search(unicodedata.normalize("NFKC", text))):
            try:
                return Value(date(*(int(part) for part in full.groups())).isoformat())
            except ValueError:
                return Problem("没有这一天，请核对。")
        found = await Day.from_words(self, turn, values, text)
        if isinstance(found, Problem) or not _to_the_day(text):
            return Problem("请写到哪一天，例如：昨天、11月15日、2026年11月15日（不能是将来的日子）。")
        return found


def _to_the_day(text: str) -> bool:
    """Whether the words name a day: a term counted from the first of a month that was only named would be wrong."""
    plain = unicodedata.normalize("NFKC", text)
    return bool(_A_DAY.search(plain))


async def _noted(turn: Turn, case: Case, values: Values) -> list[Reply]:
    code, when = values["kind"], date.fromisoformat(values["day"])
    try:
        await case_dates.note(turn.session, case, code, turn.house.rules, turn.now, day=when, by=at_hand.me(turn))
    except NotADay:
        raise NotAccepted("day", "这个日子不对：太早了，或者还没有到。请核对。") from None
    running = _running(await case_dates.terms(turn.session, case.id, turn.house.rules, turn.now), turn)
    text = "\n".join(
        [f"记上了：{date_kinds()[code].label}，{day(when)}。", *running, "", "快到期时会提醒您；关系到职工自己去办的，也会提醒职工。"]
    )
    last = (Button(label="再记一个", choice=f"c:dates:{case.id}"), at_hand.back(case))
    return [Reply(title=at_hand.titled("日期已记", case), text=text, buttons=(last,))]


FORM = Form(
    code="case_date",
    title="记日期",
    summary="请核对。期限从这一天算起，记错了再记一次就以新的为准。",
    submit_label="记上",
    submit=at_hand.on_submit("set_date", _noted),
    steps=(
        WhichDay(key="kind", label="哪个日子", ask="要记哪一个日子？"),
        LegalDay(key="day", label="日期", ask="是哪一天？"),
    ),
)

CHOICES: Choices = {
    "c:steps": on_case(steps),
    "c:step": on_case(step_to),
    "c:dates": on_case(dates),
    "c:date": on_case(begin_date),
}
