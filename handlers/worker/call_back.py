"""请律师打电话: when, and at which number. The number is for this call alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handlers import forms
from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply
from handlers.forms import Form, NotAccepted
from handlers.moments import When
from handlers.steps import Answered, Offer, Phone, Value, Values
from handlers.turn import Turn
from handlers.wording import handler_word, moment
from handlers.worker import case_card
from handlers.worker.my_cases import own
from storage.models import CaseStatus
from storage.types import CaseId
from union import callbacks
from union.codes import spoken
from union.errors import IllegalTransition
from union.lifecycle import ENDED

_KNOWN = "known"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPhone(Phone):
    """A number for one call. The one that the worker left with the case can be taken with a tap; it stays masked."""

    async def offer(self, turn: Turn, values: Values) -> Offer:
        left = values.get(_KNOWN)
        return [[(f"就打 {self.shown(left)}", _KNOWN)]] if left else ()

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        if choice == _KNOWN and values.get(_KNOWN):
            return Value(values[_KNOWN])
        return await Phone.read(self, turn, values, choice)


async def begin(turn: Turn, case_id: CaseId) -> list[Reply]:
    """Asks when and at which number."""
    case = await own(turn, case_id, "ask_call")
    if case.status in ENDED:
        return [await case_card.card(turn, case)]
    if turn.state.draft is not None and turn.state.draft.form != FORM.code:
        return [Reply(text="您有一张表还没填完，先提交或取消（/cancel），再来约电话。", buttons=forms.resume_button(turn))]
    turn.state.room = None
    return await forms.begin(turn, FORM, about=case.id, values={_KNOWN: case.contact_phone} if case.contact_phone else None)


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """Asks for the call, and says who sees the number and for how long."""
    case = await own(turn, CaseId(values["about"]), "ask_call", lock=True)
    assert turn.person_id is not None
    wanted_at = datetime.fromisoformat(values["at"])
    try:
        await callbacks.ask(turn.session, case, turn.now, by=turn.person_id, wanted_at=wanted_at, phone=values["phone"])
    except ValueError as passed:
        raise NotAccepted("at", "这个时间已经过了，请再选一个。") from passed
    except IllegalTransition:
        return [await case_card.card(turn, case)]
    word = handler_word(case)
    when = f"{word}会在 {moment(wanted_at)} 左右打给您"
    if case.status is CaseStatus.RECEIVED:
        when = f"现在还在安排{word}，有人接手就会看到您约的时间（{moment(wanted_at)} 左右）"
    text = f"记下了：{when}，号码 {Phone.shown(_PHONE, values['phone'])}。号码只给办理这件事的人，打完就删掉。"
    cancel = Button(label="不用打了", choice=f"w:nocall:{case.id}")
    return [Reply(text=text, buttons=((cancel, Button(label="看进度", choice=f"w:case:{case.id}")),))]


async def cancel(turn: Turn, case_id: CaseId) -> list[Reply]:
    """不用打了: the number is erased at once."""
    case = await own(turn, case_id, "ask_call", lock=True)
    assert turn.person_id is not None
    if not await callbacks.cancel(turn.session, case, turn.now, by=turn.person_id):
        return [Reply(text=f"案件 {spoken(case.code)} 现在没有约着的电话。")]
    return [Reply(text="好的，电话不用打了，号码已经删掉。")]


_PHONE = CallPhone(key="phone", label="电话", ask="打哪个号码？只给办理这件事的人看，打完就删掉。")

FORM = Form(
    code="call_back",
    title="请给我打电话",
    summary="就约这个时间吗？",
    submit_label="约好了",
    submit=submit,
    straight=True,
    steps=(When(key="at", label="时间", ask="什么时候方便接电话？点一个，或者打字写，例如“明天下午3点”。"), _PHONE),
)

CHOICES: Choices = {"w:call": on_case(begin), "w:nocall": on_case(cancel)}
