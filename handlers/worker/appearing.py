"""我去 and 去不了: the worker's answer to the invitation to a mediation."""

from __future__ import annotations

from handlers.choices import Choices, Take
from handlers.conversation import Button, Reply
from handlers.turn import Turn
from handlers.wording import handler_word, moment
from handlers.worker.my_cases import own
from storage.models import AppointmentStatus
from union import mediation


async def answer(turn: Turn, appointment_id: int, *, coming: bool) -> list[Reply]:
    """Notes it and tells those who planned for it. Raises NotFound for an appointment of somebody else's case."""
    appointment = await mediation.one_of(turn.session, appointment_id)
    case = await own(turn, appointment.case_id, "answer_mediation", lock=True)
    assert turn.person_id is not None
    if appointment.status is not AppointmentStatus.PLANNED:
        return [Reply(text="这次调解已经取消或者开过了，不用回复。", buttons=((Button(label="看进度", choice=f"w:case:{case.id}"),),))]
    await mediation.answer(turn.session, case, appointment, turn.now, by=turn.person_id, coming=coming)
    room = Button(label=f"给{handler_word(case)}留言", choice=f"w:room:{case.id}")
    if coming:
        changed = Button(label="又去不了了", choice=f"w:notcome:{appointment.id}")
        text = f"好的，{moment(appointment.at)} 在{appointment.place}见。带上身份证和证据；前一天会再提醒您。"
        return [Reply(text=text, buttons=((changed, room),))]
    changed = Button(label="还是去", choice=f"w:come:{appointment.id}")
    return [Reply(text="知道了，已经告诉安排调解的人。什么时候方便，给他们留个言，好另约时间。", buttons=((room, changed),))]


def _coming(coming: bool) -> Take:
    async def take(turn: Turn, parts: list[str]) -> list[Reply]:
        return await answer(turn, int(parts[0]), coming=coming)

    return take


CHOICES: Choices = {"w:come": _coming(True), "w:notcome": _coming(False)}
