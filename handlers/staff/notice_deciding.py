"""批准, 退回, and the rule above how many people somebody else must look."""

from __future__ import annotations

from handlers import forms
from handlers.alerts import notice_words
from handlers.choices import Choices, plain
from handlers.conversation import Button, Reply, rows
from handlers.forms import Form
from handlers.lawyer import at_hand
from handlers.staff import notice_day, notice_when
from handlers.staff.notice_problems import told
from handlers.staff.notice_sheet import HOME, load, on_notice, see
from handlers.steps import Ask, Values
from handlers.turn import Turn
from handlers.whole_number import WholeNumber
from handlers.wording import shorten
from storage.models import Notice, NoticeStatus
from storage.types import NoticeId, UnitId
from union import notice_approval, unit_settings
from union.errors import NotAllowed, NotFound, UnionError
from union.notices import SENDERS, NotNow
from union.overview import top_units
from union.unit_settings import APPROVAL_ABOVE
from union.units import unit_card

_OWN = "自己写的通知，要请另一位同志审批。"


async def _approve(turn: Turn, notice: Notice) -> list[Reply]:
    try:
        status = await notice_approval.approve(turn.session, await turn.actor(), notice, turn.now)
    except NotAllowed:
        return [Reply(text=_OWN)]
    when = notice_when.words_of(notice, turn.now) if status is NoticeStatus.SCHEDULED else notice_words.begins(notice, turn.now)
    return [Reply(text=f"批准了“{notice.title}”，{when}。写的人会收到消息。", buttons=(see(notice),))]


async def _begin_refusal(turn: Turn, notice: Notice) -> list[Reply]:
    if notice.author_id == at_hand.me(turn):
        return [Reply(text=_OWN)]
    if notice.status is not NoticeStatus.WAITING:
        raise NotNow(notice.status)
    if turn.state.draft is not None:
        return at_hand.unfinished(turn)
    turn.state.room = None
    return await forms.begin(turn, REFUSAL, about=notice.id, of=shorten(notice.title, 20))


async def _refuse(turn: Turn, values: Values) -> list[Reply]:
    try:
        notice = await load(turn, NoticeId(values["about"]), lock=True)
        await notice_approval.refuse(turn.session, await turn.actor(), notice, values["reason"], turn.now)
    except UnionError as error:
        return [Reply(text=told(error))]
    return [Reply(text=f"“{notice.title}”退回了，原因已经告诉写的人。", buttons=(HOME,))]


REFUSAL = Form(
    code="notice_refusal",
    title="退回通知",
    summary="请核对，写的人会看到原因。",
    submit_label="退回",
    submit=_refuse,
    steps=(Ask(key="reason", label="原因", ask="哪里要改？写一两句，写的人看得到。", shortest=2, longest=300),),
    straight=True,
)


# ---- the rule


async def rules(turn: Turn) -> list[Reply]:
    """审批规定: what holds for one's units, and who said so."""
    actor = await turn.actor()
    units = top_units(actor.units(*SENDERS))
    if not units:
        raise NotFound
    lines = []
    for unit in units:
        found = await unit_settings.setting(turn.session, unit.id, APPROVAL_ABOVE)
        origin = "自己定的" if found.unit and found.unit.id == unit.id else f"{found.unit.name}定的" if found.unit else "默认"
        lines.append(f"· {unit.name}：超过 {found.value:,} 人要审批（{origin}）")
    text = "\n".join(
        [
            *lines,
            "",
            "人数超过这个数，或者要花钱加速的，由写的人以外的一位同志看过内容、人数和抽样，批准了才发。下级单位没有另外定的，也按这个数。",
        ]
    )
    buttons = [Button(label=f"改{unit.short}的", choice=f"s:nrule:{unit.id}") for unit in units]
    a_day = ((notice_day.BUTTON,),) if notice_day.city_of(actor) else ()
    return [Reply(title="审批规定", text=text, buttons=(*rows(buttons, 2), *a_day, (Button(label="回到发通知", choice="s:nhome"),)))]


async def _begin_rule(turn: Turn, parts: list[str]) -> list[Reply]:
    if turn.state.draft is not None and turn.state.draft.form != RULE.code:
        return at_hand.unfinished(turn)
    unit = await unit_card(turn.session, UnitId(int(parts[0])))
    if not (await turn.actor()).reaches(unit.path, *SENDERS):
        raise NotFound
    turn.state.room = None
    return await forms.begin(turn, RULE, about=unit.id, of=unit.short)


async def _set_rule(turn: Turn, values: Values) -> list[Reply]:
    unit_id, number = UnitId(values["about"]), int(values["number"])
    try:
        await unit_settings.change(turn.session, await turn.actor(), unit_id, APPROVAL_ABOVE, value=number, now=turn.now)
    except NotAllowed:
        text = "本单位只能定得更严（人数更少）。要放宽，请上级工会或管理员来改。"
        return [Reply(text=text), *await rules(turn)]
    return [Reply(text=f"改好了：超过 {number:,} 人要审批。"), *await rules(turn)]


RULE = Form(
    code="notice_rule",
    title="审批规定",
    summary="请核对。",
    submit_label="改好",
    submit=_set_rule,
    steps=(
        WholeNumber(
            key="number",
            label="超过几人",
            ask="超过多少人要另一位同志审批？写 0 就是每一条都要。",
            usual=(0, 100, 200, 500),
            counter="人",
            least=0,
            most=unit_settings.MOST,
            problem="请写一个数，例如 500；写 0 就是每一条都要审批。",
        ),
    ),
    straight=True,
)

FORMS = (REFUSAL, RULE)

CHOICES: Choices = {
    "s:napprove": on_notice(_approve),
    "s:nrefuse": on_notice(_begin_refusal, lock=False),
    "s:nrules": plain(rules),
    "s:nrule": _begin_rule,
}
