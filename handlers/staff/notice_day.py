"""每人每天几条: how many notices that are not urgent one person gets on a day, for the whole city; the rest comes in the digest."""

from __future__ import annotations

from handlers import forms
from handlers.choices import Choices, plain
from handlers.conversation import Button, Reply
from handlers.forms import Form
from handlers.lawyer import at_hand
from handlers.steps import Values
from handlers.turn import Turn
from handlers.whole_number import WholeNumber
from storage.models import UnitKind
from union import subscriptions, unit_settings
from union.audience_filter import SENDERS
from union.errors import NotAllowed, NotFound
from union.people import Actor
from union.unit_settings import NOTICES_A_DAY
from union.units import UnitCard

BUTTON = Button(label="每人每天几条", choice="s:nday")

MOST = 20


def city_of(actor: Actor) -> UnitCard | None:
    """The city, for its own staff: people get notices from all rungs, so a lower unit has no word in it."""
    return next((unit for unit in actor.units(*SENDERS) if unit.kind is UnitKind.CITY), None)


async def begin(turn: Turn) -> list[Reply]:
    """How many it is now, and another number."""
    city = city_of(await turn.actor())
    if city is None:
        raise NotFound
    if turn.state.draft is not None and turn.state.draft.form != FORM.code:
        return at_hand.unfinished(turn)
    turn.state.room = None
    now = await subscriptions.a_day(turn.session)
    return await forms.begin(turn, FORM, about=city.id, of=f"现在 {now} 条")


async def _set(turn: Turn, values: Values) -> list[Reply]:
    actor, number = await turn.actor(), int(values["number"])
    city = city_of(actor)
    if city is None:
        raise NotFound
    try:
        await unit_settings.change(turn.session, actor, city.id, NOTICES_A_DAY, value=number, now=turn.now)
    except NotAllowed:
        return [Reply(text=f"最多可以定 {unit_settings.DEFAULTS[NOTICES_A_DAY]} 条；要再多，请管理员来改。")]
    return [Reply(text=f"改好了：每人每天最多 {number} 条，多出来的并成一条，中午 11:30 发。紧急通知不算在内。")]


FORM = Form(
    code="notice_day",
    title="每人每天几条",
    summary="请核对。",
    submit_label="改好",
    submit=_set,
    steps=(
        WholeNumber(
            key="number",
            label="最多",
            ask="一个人一天最多收几条通知（紧急的不算）？多出来的并成一条，中午 11:30 发。",
            usual=(1, 2, 3, 5),
            counter="条",
            least=1,
            most=MOST,
            problem=f"请写一个数，1 到 {MOST}。",
        ),
    ),
    straight=True,
)

CHOICES: Choices = {BUTTON.choice: plain(begin)}
