"""我要维权: the intake form, and what happens when it is sent. A dispute goes to a lawyer, everything else to the union's staff."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from handlers import forms
from handlers.conversation import Button, Reply
from handlers.forms import Form
from handlers.incidents import radar
from handlers.steps import Step, Values
from handlers.turn import Turn
from handlers.wording import moment, shorten
from handlers.worker import passphrase
from handlers.worker.intake_steps import KINDS, NO_DISPUTE, STEPS, kind_of
from handlers.worker.welcome import CLAIM, HOTLINE, privacy_notice
from knowledge import RequestKind, Topic
from storage.models import Case, CaseKind, UnitKind
from storage.types import FileId, UnitId
from union import cases, duplicates, evidence, routing
from union.codes import spoken
from union.rules import Rules
from union.units import ladder, units_of_kind

START_OVER, JOIN, APART = "w:again", "w:join", "w:apart"


async def begin(turn: Turn, *, afresh: bool = False, kind: str = "") -> list[Reply]:
    """Opens the form; asks for consent first where there is none, and for what to do with a form that is half filled in.

    kind: what stood on the button. Else what was read before decides which kind it is, if it is plain; 上一步 leads to the others.
    """
    if turn.person_id is None:
        turn.state.then = f"grievance:{kind}"
        return [privacy_notice(continuing=True)]
    if turn.state.draft is not None and not afresh:
        again = Button(label="重新填一张", choice=START_OVER)
        return [Reply(text="您有一张表还没填完，内容都在。", buttons=(*forms.resume_button(turn, or_drop=False), (again,)))]
    turn.state.room = None
    kind = kind_of(kind, "") or kind_of(turn.state.request, turn.state.topic)
    replies = await forms.begin(turn, FORM, values={"kind": kind} if kind else None)
    if not kind:
        return replies
    label = next(label for label, code in KINDS if code == kind)
    first = replies[0]
    return [replace(first, text=f"按“{label}”受理；要办别的事，点“上一步”。\n\n{first.text}"), *replies[1:]]


_COMPLAINS = re.compile(
    "(?:您好|你好)?[，,。！!\\s]*(?:我|俺|本人)?(?:想要|想|要|得)?(?:投诉|举报)(?:一下|下)?(?!.{0,4}(?:热线|电话|渠道|方式|流程|平台|部门))(?!.*(?:什么|哪|多少|怎么|怎样|如何|吗|？|\\?))"
)
"""Words that say outright what is wanted, and are no question."""


def complains(turn: Turn, text: str) -> bool:
    """Whether somebody says that they want to complain, of something other than what a lawyer sees to (我想投诉街道工会办卡拖了两个月)."""
    if not _COMPLAINS.match(text.strip()):
        return False
    reading = turn.house.knowledge.read(text)
    return not reading.urgent and reading.kind != RequestKind.DISPUTE and reading.topic in NO_DISPUTE


async def begin_complaint(turn: Turn, text: str) -> list[Reply]:
    """The form for a complaint at once, with what was said as the story; a stranger is asked for consent first, and nothing is kept until then."""
    turn.state.question = text[:2000] if turn.person_id is not None else ""
    return await begin(turn, kind=RequestKind.COMPLAINT.value)


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """提交: opens the case, unless it looks like one that is open already; then the worker is asked first. One transaction with the message."""
    if turn.person_id is None:
        return [privacy_notice(continuing=True)]
    told = await grievance_of(turn, values)
    same = await duplicates.open_like(turn.session, worker_id=told.worker_id, employer=told.employer, topic=told.topic, now=turn.now)
    if same:
        turn.state.draft = forms.finished(FORM, values)
        return [_is_it_the_same(same[0], turn.state.draft.id)]
    return await open_case(turn, values)


def _is_it_the_same(case: Case, draft: str) -> Reply:
    """The answers stay in the draft until the worker has chosen: nothing is lost (handlers/worker/same_matter)."""
    text = f"这和您 {moment(case.received_at)} 的案件 {spoken(case.code)} 是同一件事吗？\n“{shorten(case.story, 60)}”"
    hint = "是的话并过去，同一个人接着办，不用从头再来，刚才写的和传的都会加进去。"
    join = Button(label="是，并到原来的案件", choice=f"{JOIN}:{case.id}:{draft}")
    apart = Button(label="是另一件事，单独受理", choice=f"{APART}:{draft}")
    return Reply(text=f"{text}\n\n{hint}", buttons=((join,), (apart,)))


async def grievance_of(turn: Turn, values: Values) -> cases.Grievance:
    """What the union is told, made from the answers."""
    assert turn.person_id is not None
    story, kind = values["story"], values["kind"]
    reading = turn.house.knowledge.read(story)
    # The story decides; only where it says too little (就是刚才说的那件事情) does the question that was asked before.
    vague = reading.topic is Topic.NOT_LABOUR or not reading.sure
    asked = turn.state.topic if vague and turn.state.topic != Topic.NOT_LABOUR else ""
    nature = turn.state.nature if asked else reading.nature
    wish = f"\n\n想要的帮助：{values['wish']}" if values.get("wish") else ""
    return cases.Grievance(
        worker_id=turn.person_id,
        kind=kind,
        topic=asked or reading.topic,
        nature=(nature or None) if kind == RequestKind.DISPUTE else None,
        story=f"{story}{wish}",
        employer=values.get("employer") or "",
        unit_id=await _unit(turn, values),
        since=date.fromisoformat(values["since"]) if values.get("since") else None,
        amount=Decimal(values["amount"]) if values.get("amount") else None,
        anonymous=values["who"] == "anonymous",
        contact_name=values.get("name"),
        contact_phone=values.get("phone"),
        publish_agreed=values.get("publish") == "yes",
    )


async def _unit(turn: Turn, values: Values) -> UnitId:
    """Where it belongs: the place that was named; the city for what concerns no one place."""
    if values.get("place"):
        unit_id = UnitId(values["place"]["unit"])
        return await above_the_accused(turn, unit_id, values["employer"]) if values["kind"] == RequestKind.COMPLAINT else unit_id
    return (await units_of_kind(turn.session, UnitKind.CITY))[0].id


_OF_THE_UNION = re.compile("工会|服务站|服务中心|职工之家")


async def above_the_accused(turn: Turn, unit_id: UnitId, accused: str) -> UnitId:
    """A complaint about the union of a street, or its station, is not for that street's own staff: it goes one level higher (分级负责, S4)."""
    if not _OF_THE_UNION.search(accused):
        return unit_id
    rungs = await ladder(turn.session, unit_id)
    for rung, above in itertools.pairwise(rungs):
        if rung.short in accused:
            return above.id
    return unit_id


async def open_case(turn: Turn, values: Values) -> list[Reply]:
    """Opens the case, starts its clock, routes it, and says what happens next."""
    told = await grievance_of(turn, values)
    case = await cases.open_case(turn.session, told, turn.house.rules, turn.now)
    await evidence.attach(turn.session, [FileId(i) for i in values.get("files") or ()], case.id)
    await routing.route(turn.session, case, turn.house.rules, turn.now)
    await radar.watch(turn, case)
    turn.state.topic = turn.state.request = turn.state.nature = turn.state.question = ""
    text = _receipt(case, turn.house.rules)
    if turn.house.knowledge.read(case.story).urgent:
        text += f"\n\n如果有人身危险，请先打 110、120；{HOTLINE}随时有人接。"
    buttons = ((Button(label="看进度", choice=f"w:case:{case.id}"), Button(label="补充材料", choice=f"w:room:{case.id}")),)
    replies = [Reply(title=_TITLES[case.kind], text=text, buttons=buttons)]
    return [*replies, await passphrase.first(turn, case)] if case.anonymous else replies


_TITLES = {
    CaseKind.DISPUTE: "您的诉求已受理",
    CaseKind.COMPLAINT: "您的投诉已受理",
    CaseKind.HELP: "您的求助已受理",
    CaseKind.SUGGESTION: "您的建议已收到",
}


def _receipt(case: Case, rules: Rules) -> str:
    """The code, who has it now, by when they come, and what happens if they don't."""
    code = f"案件编号：{spoken(case.code)}（打电话时报这个号就行）"
    length = case.due_at - case.received_at
    within = f"{length // timedelta(hours=1)} 小时内" if length <= timedelta(days=1) else f"{length.days} 天内"
    by = f"最晚 {moment(case.due_at)} 前（{within}）"
    otherwise = "到时没人联系，系统会自动报给上一级工会。"
    if case.kind is CaseKind.DISPUTE:
        now = "已经派给负责您那里的律师" if case.lawyer_id else "正在安排律师，工会工作人员已经收到提醒"
        keep = "律师会在这里给您发消息，请留意。劳动合同、工资条、打卡记录、聊天记录都先保存好，不要删。"
        return f"{code}\n{now}。{by}会有律师联系您；{otherwise}\n\n{keep}"
    now = "已经交给工会的专门工作人员" if case.officer_id else "正在安排工会工作人员"
    publish = "\n您同意公开答复：公开前会去掉能认出您的内容，随时可以在“我的诉求”里改主意。" if case.publish_agreed else ""
    answer = rules.get("answer")
    answered = f"\n{answer.due.days} 天内给您答复。" if answer is not None and answer.holds_for(case.kind) else ""
    return f"{code}\n{now}。{by}会有人在这里联系您；{otherwise}{answered}{publish}"


class _Intake(Form):
    """The form of what is brought. As long as it is not known what that is, nobody knows how many questions there will be."""

    def place(self, number: int, path: Sequence[Step]) -> str:
        return Form.place(self, number, path) if len(path) > 1 else ""


FORM = _Intake(
    code="grievance",
    title=CLAIM,
    summary="请看一遍，对了就提交；哪里不对点“修改”。",
    submit_label="提交",
    submit=submit,
    steps=STEPS,
)
