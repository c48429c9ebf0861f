"""我要维权: the intake form, and what happens when it is sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from handlers import forms
from handlers.conversation import Button, Reply
from handlers.forms import Form
from handlers.steps import MOST_SUGGESTED, Amount, Ask, Day, Files, Phone, Pick, Place, Said, Values
from handlers.turn import Turn
from handlers.wording import moment, today
from handlers.worker.welcome import CLAIM, HOTLINE, privacy_notice
from knowledge import RequestKind, Topic
from knowledge.particulars import Particulars
from storage.types import FileId, UnitId
from union import cases, evidence, routing
from union.codes import spoken

START_OVER = "w:again"
_YEAR_ALONE = re.compile("(?:[0-9]{4}|今|去|前|上一)年(?!的?[0-9元一二三四五六七八九十]{1,3}月|年?[初底])")


def _named(values: Values) -> bool:
    return values.get("who") == "named"


def _question(turn: Turn, values: Values) -> Sequence[Said]:
    return [Said(turn.state.question, label="就用刚才那句话")] if turn.state.question else []


# What the story says in passing, for the steps after it.


def _story(turn: Turn, values: Values) -> Particulars:
    return turn.house.knowledge.pick_up(values.get("story") or "", today(turn.now))


def _employer(turn: Turn, values: Values) -> Sequence[Said]:
    employer = _story(turn, values).employer
    return [Said(employer)] if employer else []


def _places(turn: Turn, values: Values) -> Sequence[Said]:
    return [Said(place.district + place.street, instead=place.district) for place in _story(turn, values).places]


def _days(turn: Turn, values: Values) -> Sequence[Said]:
    days = _story(turn, values).days
    # A year alone (2024年入职) is read as its first day, which nobody has said.
    year_alone = _YEAR_ALONE.search(values.get("story") or "")
    return [Said(day.isoformat()) for day in days if not (year_alone and (day.month, day.day) == (1, 1))]


def _amounts(turn: Turn, values: Values) -> Sequence[Said]:
    amounts = _story(turn, values).amounts
    largest = sorted(amounts, reverse=True)[:MOST_SUGGESTED]  # the sum that is owed, rather than the monthly pay and its parts
    return [Said(f"{amount:f}元") for amount in amounts if amount in largest]


async def begin(turn: Turn, *, afresh: bool = False) -> list[Reply]:
    """Opens the form; asks for consent first where there is none, and for what to do with a form that is half filled in."""
    if turn.person_id is None:
        turn.state.then = "grievance"
        return [privacy_notice(continuing=True)]
    if turn.state.draft is not None and not afresh:
        again = Button(label="重新填一张", choice=START_OVER)
        return [Reply(text="您有一张表还没填完，内容都在。", buttons=(*forms.resume_button(turn), (again,)))]
    turn.state.room = None
    return await forms.begin(turn, FORM)


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """提交: opens the case, starts its clock, routes it, and says what happens next. One transaction with the message that asked for it."""
    if turn.person_id is None:
        return [privacy_notice(continuing=True)]
    story = values["story"]
    reading = turn.house.knowledge.read(story)
    # The story decides; only where it says too little (就是刚才说的那件事情) does the question that was asked before.
    vague = reading.topic is Topic.NOT_LABOUR or not reading.sure
    asked = turn.state.topic if vague and turn.state.topic != Topic.NOT_LABOUR else ""
    grievance = cases.Grievance(
        worker_id=turn.person_id,
        kind=RequestKind.DISPUTE,
        topic=asked or reading.topic,
        nature=(turn.state.nature if asked else reading.nature) or None,
        story=story,
        employer=values["employer"],
        unit_id=UnitId(values["place"]["unit"]),
        since=date.fromisoformat(values["since"]) if values.get("since") else None,
        amount=Decimal(values["amount"]) if values.get("amount") else None,
        anonymous=values["who"] == "anonymous",
        contact_name=values.get("name"),
        contact_phone=values.get("phone"),
    )
    case = await cases.open_case(turn.session, grievance, turn.house.rules, turn.now)
    await evidence.attach(turn.session, [FileId(i) for i in values.get("files") or ()], case.id)
    choice = await routing.route(turn.session, case, turn.now)
    turn.state.topic = turn.state.request = turn.state.nature = turn.state.question = ""
    due = turn.house.rules["intervention"].due
    next_step = "已经派给负责您那里的律师" if choice.lawyer_id else "正在安排律师，工会工作人员已经收到提醒"
    text = (
        f"案件编号：{spoken(case.code)}（打电话时报这个号就行）\n"
        f"{next_step}。最晚 {moment(turn.now + due)} 前（{due // timedelta(hours=1)} 小时内）会有律师联系您；到时没人联系，系统会自动报给上一级工会。\n\n"
        "律师会在这里给您发消息，请留意。劳动合同、工资条、打卡记录、聊天记录都先保存好，不要删。"
    )
    if reading.urgent:
        text += f"\n\n如果有人身危险，请先打 110、120；{HOTLINE}随时有人接。"
    buttons = ((Button(label="看进度", choice=f"w:case:{case.id}"), Button(label="补充材料", choice=f"w:room:{case.id}")),)
    return [Reply(title="您的诉求已受理", text=text, buttons=buttons)]


FORM = Form(
    code="grievance",
    title=CLAIM,
    summary="请看一遍，对了就提交；哪里不对点“修改”。",
    submit_label="提交",
    submit=submit,
    steps=(
        Ask(
            key="story",
            label="发生了什么",
            ask="发生了什么事？按时间顺序，简单说说就行。",
            shortest=5,
            longest=2000,
            suggest=_question,
        ),
        Ask(
            key="employer",
            label="单位",
            ask="单位叫什么名字？营业执照、工资条或合同上的名字最好；不清楚就写平时怎么叫。",
            shortest=2,
            longest=100,
            suggest=_employer,
        ),
        Place(key="place", label="地区", ask="单位在哪个区？点一下，或者发送位置。", suggest=_places),
        Day(key="since", label="从什么时候开始", ask="从什么时候开始的？", optional=True, suggest=_days),
        Amount(
            key="amount",
            label="涉及金额",
            ask="大概涉及多少钱（元）？估计个数就行；不涉及钱就点“跳过”。",
            optional=True,
            suggest=_amounts,
        ),
        Files(
            key="files",
            label="证据",
            ask="有证据的话发上来：合同、工资条、考勤、聊天记录的照片或文件都行。没有也没关系，点“跳过”。",
            optional=True,
        ),
        Pick(
            key="who",
            label="留名方式",
            ask="要留姓名电话吗？匿名也一样办理，律师通过这里和您联系。无论哪种，律师都看不到您的账号和电话。",
            choices=(("留姓名电话", "named"), ("匿名", "anonymous")),
        ),
        Ask(key="name", label="称呼", ask="怎么称呼您？", longest=30, when=_named),
        Phone(key="phone", label="电话", ask="留一个电话，只有工会工作人员在联系不上您时才用。", optional=True, when=_named),
    ),
)
