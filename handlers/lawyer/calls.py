"""Calls and visits: who wants to be called, what was said, and what to do when nobody answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply, rows
from handlers.forms import Form
from handlers.lawyer import at_hand, cards
from handlers.steps import Answered, Ask, Day, Offer, Problem, Value, Values
from handlers.turn import Turn
from handlers.wording import moment, today
from storage.models import Case, CaseKind, CaseStatus, NoteKind
from storage.types import CaseId
from union import callbacks, contact
from union.calendar import beginning_of
from union.codes import spoken
from union.errors import IllegalTransition, InConflict
from union.lifecycle import ENDED

NOW = "now"


@dataclass(frozen=True, slots=True, kw_only=True)
class HappenedOn(Day):
    """When a call or visit took place: just now, or on a day of the past."""

    async def offer(self, turn: Turn, values: Values) -> Offer:
        return [[("刚才", NOW), ("今天早些时候", "今天"), ("昨天", "昨天"), ("前天", "前天")]]

    async def from_words(self, turn: Turn, values: Values, text: str) -> Answered:
        if text in (NOW, "刚才", "刚刚", "现在"):
            return Value(NOW)
        found = await Day.from_words(self, turn, values, text)
        return Problem("没看懂是哪天。可以写：刚才、昨天、11月15日。") if isinstance(found, Problem) else found

    def shown(self, value: object) -> str:
        return "刚才" if value == NOW else Day.shown(self, value)


def _when(value: str, now: datetime) -> datetime:
    """The moment of a contact: a day that is over is kept as its beginning; of today we know no hour either."""
    return now if value == NOW or value == today(now).isoformat() else beginning_of(date.fromisoformat(value))


async def choose(turn: Turn, case_id: CaseId) -> list[Reply]:
    """记电话、见面: what was it?"""
    case = await at_hand.look(turn, case_id, "log_contact")
    if case.status in ENDED:
        return [Reply(text=f"案件 {spoken(case.code)} 已经结束，不用再记了。")]
    buttons = [
        Button(label="打通了电话", choice=f"c:called:{case.id}"),
        Button(label="见了面", choice=f"c:visited:{case.id}"),
        Button(label="没打通", choice=f"c:missed:{case.id}"),
    ]
    clock = "" if case.intervened_at is not None else "\n打通或见到本人，登记那一刻时钟就停；没打通也记一笔，时钟接着走。"
    text = f"和{cards.who(case)}联系了吗？{clock}"
    return [Reply(title=at_hand.titled("记电话、见面", case), text=text, buttons=(*rows(buttons, 3), (at_hand.back(case),)))]


async def begin_call(turn: Turn, case_id: CaseId) -> list[Reply]:
    """打通了: what was said."""
    return await at_hand.begin(turn, CALL, await at_hand.look(turn, case_id, "log_contact"))


async def begin_visit(turn: Turn, case_id: CaseId) -> list[Reply]:
    """见了面: what was said."""
    return await at_hand.begin(turn, VISIT, await at_hand.look(turn, case_id, "log_contact"))


async def _logged(turn: Turn, case: Case, values: Values, kind: NoteKind) -> list[Reply]:
    done = await contact.log(
        turn.session,
        case,
        kind,
        turn.house.rules,
        turn.now,
        by=at_hand.me(turn),
        text=values["said"],
        happened_at=_when(values["when"], turn.now),
    )
    text = "记下了，只有办理这件事的人看得到。"
    if done.first:
        what = "24 小时的钟停了" if case.kind is CaseKind.DISPUTE else "首次联系的时限停了"
        text += f"\n已算第一次联系上，{what}（{moment(turn.now)}）。"
    elif case.status is CaseStatus.RECEIVED:
        text += "\n还没有律师接手，24 小时的钟接着走。"
    buttons = (Button(label="记日期", choice=f"c:dates:{case.id}"), at_hand.back(case)) if _has_path(case) else (at_hand.back(case),)
    return [Reply(title=at_hand.titled("已登记", case), text=text, buttons=(buttons,))]


def _has_path(case: Case) -> bool:
    return case.kind is CaseKind.DISPUTE


async def _log_call(turn: Turn, case: Case, values: Values) -> list[Reply]:
    return await _logged(turn, case, values, NoteKind.CALL)


async def _log_visit(turn: Turn, case: Case, values: Values) -> list[Reply]:
    return await _logged(turn, case, values, NoteKind.VISIT)


async def missed(turn: Turn, case_id: CaseId) -> list[Reply]:
    """没打通: noted at once; after three in a row the way out is offered."""
    case = await at_hand.take(turn, case_id, "log_contact")
    try:
        tries = await contact.log_failed(turn.session, case, turn.house.rules, turn.now, by=at_hand.me(turn))
    except InConflict:
        return await at_hand.given_back(turn, case_id)
    except IllegalTransition:
        return [await at_hand.card(turn, case)]
    clock = "时钟还在走。" if case.intervened_at is None and case.paused_at is None else ""
    text = f"记下了：连续 {tries} 次没打通。{clock}"
    buttons = [at_hand.back(case)]
    if tries >= contact.TRIES and case.paused_at is None:
        text += "\n是不是联系不上了？可以请工会核实，核实后时钟先停。"
        buttons.insert(0, Button(label=f"联系不上{cards.role(case)}", choice=f"c:lost:{case.id}"))
    elif case.status is not CaseStatus.RECEIVED:
        text += "\n换个时间再打，也可以先在这里写一句。"
        buttons.insert(0, Button(label=f"写给{cards.role(case)}", choice=f"c:room:{case.id}"))
    return [Reply(title=at_hand.titled("没打通", case), text=text, buttons=(tuple(buttons),))]


async def asked_for(turn: Turn, case_id: CaseId) -> list[Reply]:
    """请打电话的: when, and the number that was given for this call."""
    case = await at_hand.look(turn, case_id, "call")
    found = await callbacks.open_of(turn.session, case.id)
    if not found:
        return [Reply(text="现在没有等电话的。", buttons=((at_hand.back(case),),))]
    lines = [f"{moment(asked.wanted_at)} · {asked.phone or '没有留号码'}" for asked in found]
    text = "\n".join([f"{cards.who(case)}请您打电话：", *lines, "", "号码只给这一次通话用，登记打通以后就删掉，请不要另外保存。"])
    buttons = (Button(label="打通了，登记", choice=f"c:called:{case.id}"), Button(label="没打通", choice=f"c:missed:{case.id}"))
    return [Reply(title=at_hand.titled("请打电话", case), text=text, buttons=(buttons, (at_hand.back(case),)))]


async def ask_lost(turn: Turn, case_id: CaseId) -> list[Reply]:
    """联系不上: are you sure?"""
    case = await at_hand.look(turn, case_id, "ask_pause")
    if case.status in ENDED or case.paused_at is not None:
        return [await at_hand.card(turn, case)]
    tries = await contact.failed_tries(turn.session, case.id)
    logged = f"已登记连续 {tries} 次没打通。" if tries else "还没有登记过没打通的电话，先打几次试试更好。"
    text = f"{logged}\n申请后由工会工作人员再联系一次，确认联系不上，时钟才停；在那之前时钟照走。{cards.role(case)}一说话，时钟就接着走。"
    buttons = (Button(label="申请核实", choice=f"c:losted:{case.id}"), Button(label="再打一次，没打通", choice=f"c:missed:{case.id}"))
    return [Reply(title=at_hand.titled(f"联系不上{cards.role(case)}", case), text=text, buttons=(buttons, (at_hand.back(case),)))]


async def lost(turn: Turn, case_id: CaseId) -> list[Reply]:
    """申请核实: the staff are asked."""
    case = await at_hand.take(turn, case_id, "ask_pause")
    try:
        asked = await contact.ask_pause(turn.session, case, turn.house.rules, turn.now, by=at_hand.me(turn))
    except IllegalTransition:
        return [await at_hand.card(turn, case)]
    if case.paused_at is not None:
        return [await at_hand.card(turn, case)]
    text = "已请工会工作人员核实，结果会通知您。时钟还在走，请接着想办法联系。" if asked else "已经申请过了，工会正在核实。"
    return [Reply(title=at_hand.titled("申请核实", case), text=text, buttons=((at_hand.back(case),),))]


def _form(code: str, title: str, ask: str, action: at_hand.Submit) -> Form:
    return Form(
        code=code,
        title=title,
        summary="请核对。只有办理这件事的人看得到，对方看不到。",
        submit_label="登记",
        submit=action,
        steps=(
            Ask(key="said", label="说了什么", ask=ask, longest=1000),
            HappenedOn(key="when", label="时间", ask="是什么时候？时钟按现在登记的时间停。"),
        ),
        presets={"when": NOW},
    )


CALL = _form("call_log", "打通了电话", "说了什么？写一两句，以后接着办用得上。", at_hand.on_submit("log_contact", _log_call))
VISIT = _form("visit_log", "见了面", "在哪里见的、说了什么？写一两句。", at_hand.on_submit("log_contact", _log_visit))
FORMS = (CALL, VISIT)

CHOICES: Choices = {
    "c:log": on_case(choose),
    "c:called": on_case(begin_call),
    "c:visited": on_case(begin_visit),
    "c:missed": on_case(missed),
    "c:calls": on_case(asked_for),
    "c:lost": on_case(ask_lost),
    "c:losted": on_case(lost),
}
