"""Where else a case may go: to the labour inspectorate, to another unit, to the next level up."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply, rows
from handlers.forms import Form
from handlers.lawyer import at_hand
from handlers.steps import Ask, Pick, Place, Values
from handlers.turn import Turn
from storage.models import Case, Role
from storage.types import CaseId, UnitId
from union import notes, referral, routing, units
from union.codes import spoken
from union.errors import IllegalTransition
from union.lifecycle import ENDED
from union.paths import office_for, path_for

UP_REASONS: Mapping[str, str] = {
    "beyond_us": "本单位解决不了",
    "several_units": "牵涉几个单位",
    "serious": "情况重大",
    "authority": "要上级出面协调",
}

REFER_REASONS: Mapping[str, str] = {
    "workplace": "单位在那边",
    "authority": "归那边管",
    "same_employer": "那边在办同一单位",
    "other": "其他原因",
}


def _over(case: Case) -> list[Reply]:
    return [Reply(text=f"案件 {spoken(case.code)} 已经结束，不能再转了。", buttons=((at_hand.back(case),),))]


# ---- the inspectorate


async def ask_inspection(turn: Turn, case_id: CaseId) -> list[Reply]:
    """移送劳动监察: which office, and what goes along, before it is done."""
    case = await at_hand.take(turn, case_id, "refer")
    if case.status in ENDED:
        return _over(case)
    step = next((step for step in path_for(case.nature).steps if step.code == referral.INSPECTION), None)
    if step is None or not referral.leads_to_inspectorate(case):
        return [Reply(text="这件事不属于劳动监察查处的违法类争议，走协商、调解、仲裁。", buttons=((at_hand.back(case),),))]
    office = await office_for(turn.session, step, case.unit_id)
    where = "，".join(part for part in (office.name, office.address, f"电话 {office.phone}") if part)
    text = (
        f"送到：{where}\n材料：{'、'.join(step.documents)}\n\n"
        "确认后，职工会收到通知：到了这一步、要准备什么、投诉书草稿在哪里拿。办案的人继续办。"
    )
    buttons = (Button(label="确认移送", choice=f"s:inspected:{case.id}"), at_hand.back(case))
    return [Reply(title=at_hand.titled("移送劳动监察", case), text=text, buttons=(buttons,))]


async def inspect(turn: Turn, case_id: CaseId) -> list[Reply]:
    """确认移送."""
    case = await at_hand.take(turn, case_id, "refer")
    try:
        fresh = await referral.to_inspectorate(turn.session, case, turn.house.rules, turn.now, by=at_hand.me(turn))
    except IllegalTransition:
        return _over(case)
    if not fresh:
        return [Reply(text=f"案件 {spoken(case.code)} 已经移送过劳动监察了。", buttons=((at_hand.back(case),),))]
    text = (
        f"案件 {spoken(case.code)} 已记为移送劳动监察，职工已收到通知。递交那天，请在案件里记下“向劳动监察投诉”的日期，受理期限从那天算。"
    )
    return [Reply(text=text, buttons=((at_hand.back(case),),))]


# ---- the next level up


async def ask_up(turn: Turn, case_id: CaseId) -> list[Reply]:
    """逐级上报: why?"""
    case = await at_hand.take(turn, case_id, "hand_up")
    if case.status in ENDED:
        return _over(case)
    buttons = [Button(label=label, choice=f"c:uped:{case.id}:{code}") for code, label in UP_REASONS.items()]
    text = "本单位解决不了的，报给上一级工会接着办（案件、材料都转过去，时限不变）。为什么上报？"
    return [Reply(title=at_hand.titled("逐级上报", case), text=text, buttons=(*rows(buttons, 2), (at_hand.back(case),)))]


async def hand_up(turn: Turn, case_id: CaseId, reason: str) -> list[Reply]:
    """The next level has it; the worker is told."""
    if reason not in UP_REASONS:
        return await ask_up(turn, case_id)
    case = await at_hand.take(turn, case_id, "hand_up")
    try:
        went = await routing.hand_up(turn.session, case, turn.house.rules, turn.now, by=at_hand.me(turn), reason=reason)
    except IllegalTransition:
        return _over(case)
    if not went:
        return [Reply(text=f"案件 {spoken(case.code)} 已经在最上一级了，没有上级可报。", buttons=((at_hand.back(case),),))]
    unit = await units.unit_card(turn.session, case.unit_id)
    return [Reply(text=f"案件 {spoken(case.code)} 已报给{unit.name}，职工已收到通知。")]


# ---- another unit


async def begin_refer(turn: Turn, case_id: CaseId) -> list[Reply]:
    """转给别的单位: where to, and why."""
    case = await at_hand.take(turn, case_id, "refer")
    if case.status in ENDED:
        return _over(case)
    return await at_hand.begin(turn, FORM, case)


async def _submit(turn: Turn, case: Case, values: Values) -> list[Reply]:
    """The case belongs to the other unit from now on. The remark stays among the notes: the history holds codes only."""
    unit_id = UnitId(values["place"]["unit"])
    unit = await units.unit_card(turn.session, unit_id)
    if unit_id == case.unit_id:
        return [Reply(text=f"案件 {spoken(case.code)} 本来就在{unit.name}，没有转。", buttons=((at_hand.back(case),),))]
    if remark := values.get("remark"):
        await notes.add(turn.session, case, remark, turn.now, by=at_hand.me(turn))
    await routing.refer(turn.session, case, unit_id, turn.house.rules, turn.now, by=at_hand.me(turn), reason=values["reason"])
    stays = (await turn.actor()).reaches(unit.path, Role.STAFF, Role.ADMIN)
    after = "" if stays else "它不在您的辖区了，以后由那边办。"
    buttons = ((at_hand.back(case),),) if stays else ()
    return [Reply(text=f"案件 {spoken(case.code)} 已转给{unit.name}，职工已收到通知。{after}", buttons=buttons)]


FORM = Form(
    code="refer",
    title="转给别的单位",
    summary="请核对。提交后案件归那边办，时限不变，职工会收到通知。",
    submit_label="确认转出",
    submit=at_hand.on_submit("refer", _submit),
    steps=(
        Place(key="place", label="转到", ask="转到哪个区？选区再选街道，或者直接打名字。"),
        Pick(key="reason", label="原因", ask="为什么转？", choices=tuple((label, code) for code, label in REFER_REASONS.items())),
        Ask(key="remark", label="说明", ask="要给那边留一句说明吗？（职工看不到）没有就点“跳过”。", longest=500, optional=True),
    ),
)

CHOICES: Choices = {
    "s:inspect": on_case(ask_inspection),
    "s:inspected": on_case(inspect),
    "c:up": on_case(ask_up),
    "c:uped": on_case(hand_up),
    "s:refer": on_case(begin_refer),
}
