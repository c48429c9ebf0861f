"""休假: when a lawyer is away; no new cases come then, and what was not taken yet can go to others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from handlers import forms
from handlers.choices import Choices, plain
from handlers.conversation import Button, Kind, Reply, rows
from handlers.forms import Form, NotAccepted
from handlers.lawyer import at_hand, cards
from handlers.moments import read_moment
from handlers.steps import Answered, Offer, Problem, Step, Value, Values
from handlers.turn import Turn
from handlers.wording import day, today
from storage.models import Case, LawyerLeave, Role
from union import leave, routing
from union.codes import spoken
from union.errors import NotFound
from union.leave import BadLeave, first_day, last_day
from union.lifecycle import AT_WORK

_WRONG = {
    "order": ("last", "最后一天在第一天前面了，请核对。"),
    "past": ("first", "只能从今天开始。"),
    "long": ("last", "一次最多一年，请核对日子。"),
    "far": ("first", "最多提前一年登记，请核对年份。"),
}


def _span(each: LawyerLeave) -> str:
    first, last = first_day(each), last_day(each)
    return day(first) if first == last else f"{day(first)} 到 {day(last)}"


async def show(turn: Turn) -> list[Reply]:
    """休假: what is noted."""
    standing = await leave.standing(turn.session, at_hand.me(turn), turn.now)
    lines = [f"· {_span(each)}" + ("（正在休假）" if each.starts_at <= turn.now else "") for each in standing]
    text = "\n".join(
        [*(lines or ["没有登记休假。"]), "", "休假期间不派新案件；已经接的案件还归您，需要就转办。第一天会告诉您和当地工会干部还有哪些。"]
    )
    gone = [Button(label=f"取消 {first_day(each):%m-%d} 起的", choice=f"m:unleave:{each.id}") for each in standing]
    last = (Button(label="登记休假", choice="m:leaving"), Button(label="回到设置", choice="m:settings"))
    return [Reply(title="休假", text=text, buttons=(*rows(gone, 2), last))]


async def begin(turn: Turn) -> list[Reply]:
    """登记休假."""
    if turn.state.draft is not None and turn.state.draft.form != FORM.code:
        return at_hand.unfinished(turn)
    turn.state.room = None
    return await forms.begin(turn, FORM)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingDay(Step):
    """A day from today on, as people say it: 明天, 下周一, 12月1日."""

    offers: tuple[tuple[str, str], ...] = ()

    async def offer(self, turn: Turn, values: Values) -> Offer:
        return [self.offers] if self.offers else ()

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        if choice.startswith("+"):
            first = date.fromisoformat(values["first"]) if "first" in values else today(turn.now)
            return Value((first + timedelta(days=int(choice[1:]))).isoformat())
        text = turn.incoming.text.strip() if turn.incoming.kind is Kind.TEXT else ""
        # The day alone, or one with an hour that is not needed.
        found = (read_moment(f"{text}上午", turn.now) or read_moment(text, turn.now)) if text else None
        if found is None or today(found) < today(turn.now):
            return Problem("没看懂是哪天。可以写：今天、明天、下周一、12月1日、2026年12月1日（从今天起）。")
        return Value(today(found).isoformat())

    def shown(self, value: Any) -> str:
        return day(date.fromisoformat(value)) if value else Step.shown(self, value)


async def _noted(turn: Turn, values: Values) -> list[Reply]:
    first, last = date.fromisoformat(values["first"]), date.fromisoformat(values["last"])
    try:
        noted = await leave.add(turn.session, at_hand.me(turn), first, last, turn.now)
    except BadLeave as error:
        raise NotAccepted(*_WRONG[error.reason]) from None
    except NotFound:
        return [Reply(text="休假登记是律师用的。")]
    merged = "（和原来登记的连在一起了）" if (first_day(noted), last_day(noted)) != (first, last) else ""
    text = f"记下了：{_span(noted)}{merged}。这期间不派新案件。"
    return [Reply(text=text), *await show(turn), *await reminder(turn)]


async def cancel(turn: Turn, parts: list[str]) -> list[Reply]:
    """取消: back earlier, or not away after all."""
    cancelled = await leave.cancel(turn.session, at_hand.me(turn), int(parts[0]), turn.now)
    return [Reply(text="已取消，从现在起照常派案件。" if cancelled else "这次休假已经取消或结束了。"), *await show(turn)]


async def reminder(turn: Turn) -> list[Reply]:
    """Who is away and has cases not taken is shown the way to give them to others; nothing otherwise."""
    if not (await turn.actor()).has(Role.LAWYER):
        return []
    away = await leave.present(turn.session, at_hand.me(turn), turn.now)
    waiting = await leave.untaken(turn.session, at_hand.me(turn)) if away else []
    if away is None or not waiting:
        return []
    lines = [f"· {cards.short_line(case, turn.now)}" for case in waiting[:10]]
    more = f"\n等 {len(waiting)} 件" if len(waiting) > 10 else ""
    text = f"您在休假（到 {day(last_day(away))}），还有没接的案件：\n" + "\n".join(lines) + f"{more}\n时钟在走，交给别的律师更稳妥。"
    return [Reply(title="休假中", text=text, buttons=((Button(label="都转给别的律师", choice="m:leavecases"),),))]


async def hand_all(turn: Turn) -> list[Reply]:
    """都转给别的律师: every case that was given and not accepted."""
    waiting = await leave.untaken(turn.session, at_hand.me(turn))
    if await leave.present(turn.session, at_hand.me(turn), turn.now) is None or not waiting:
        return [Reply(text="没有要转的案件。")]
    kept = [case for case in waiting if not await _given_away(turn, case.id)]
    turn.state.room = None
    text = f"已转出 {len(waiting) - len(kept)} 件。"
    if kept:
        codes = "、".join(spoken(case.code) for case in kept)
        text += f"\n案件 {codes} 暂时没有别的律师能接，还在您名下，已请工会工作人员人工安排。"
    return [Reply(text=text)]


async def _given_away(turn: Turn, case_id: int) -> bool:
    """Gives one case to somebody else. Returns False when it stays, because there is no other lawyer."""
    case: Case = await at_hand.take(turn, case_id, "decline")  # type: ignore[arg-type]
    rules, me = turn.house.rules, at_hand.me(turn)
    if case.status in AT_WORK:
        return await routing.hand_over(turn.session, case, me, rules, turn.now, reason="away")
    await routing.decline(turn.session, case, me, rules, turn.now, reason="away")
    return True


FORM = Form(
    code="leave",
    title="登记休假",
    summary="请核对，头尾两天都算休假。",
    submit_label="登记",
    submit=_noted,
    steps=(
        ComingDay(key="first", label="第一天", ask="从哪天开始休？", offers=(("今天", "+0"), ("明天", "+1"))),
        ComingDay(
            key="last",
            label="最后一天",
            ask="休到哪天（包括这一天）？",
            offers=(("就一天", "+0"), ("共三天", "+2"), ("共一周", "+6"), ("共两周", "+13")),
        ),
    ),
)

CHOICES: Choices = {
    "m:leave": plain(show),
    "m:leaving": plain(begin),
    "m:unleave": cancel,
    "m:leavecases": plain(hand_all),
}
