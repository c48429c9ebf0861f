"""来电登记: a seat of the hotline writes down what a caller says, and tells them the code and the passphrase by which they find it again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from handlers import forms
from handlers.choices import Choices, plain
from handlers.conversation import Button, Reply
from handlers.forms import Form
from handlers.incidents import radar
from handlers.languages import languages
from handlers.lawyer import at_hand
from handlers.moments import When
from handlers.steps import Amount, Answered, Ask, Day, Phone, Pick, Place, Problem, Value, Values
from handlers.turn import Turn
from handlers.wording import handler_word, span
from handlers.worker.grievance import above_the_accused
from handlers.worker.welcome import HOTLINE
from knowledge import RequestKind
from storage.models import Case, CaseKind, Intake, Role, UnitKind
from storage.types import UnitId
from union import callbacks, callers, cases, history, passphrases, routing, units
from union.codes import spoken

WORD = "来电登记"

_NOT_FOR_YOU = "来电登记是给热线坐席和工会干部用的，您的身份没有这个权限。"

_AGREED, _CHINESE = "yes", "zh"

READ_ALOUD = "“我把您说的记下来，加密保存，只给办您这件事的人看。您可以不留姓名电话；以后要查看、更正、删除，打 12351 就行。您同意吗？”"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Pick):
    """Whether the caller has heard the privacy notice and agreed: without that nothing is written down (个人信息保护法第13条)."""

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        """Only a yes leads on."""
        answer = await Pick.read(self, turn, values, choice)
        if isinstance(answer, Value) and answer.value != _AGREED:
            return Problem("对方不同意就不登记，可以只在电话里解答。请点“取消”；对方改主意了再选“同意”。")
        return answer


def _of(*kinds: CaseKind) -> Callable[[Values], bool]:
    return lambda values: values.get("kind") in kinds


def _named(values: Values) -> bool:
    return values.get("who") == "named"


def _may_be_called(values: Values) -> bool:
    return bool(values.get("phone")) and values.get("call") == _AGREED


async def begin(turn: Turn) -> list[Reply]:
    """来电登记 and /hotline."""
    if not (await turn.actor()).has(Role.STAFF, Role.ADMIN):
        return [Reply(text=_NOT_FOR_YOU)]
    if turn.state.draft is not None:
        return at_hand.unfinished(turn)
    turn.state.room = None
    return await forms.begin(turn, FORM)


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """Opens the caller's case, routes it, and says what the seat tells the caller."""
    if not (await turn.actor()).has(Role.STAFF, Role.ADMIN):  # taken away while the form was filled in
        return [Reply(text=_NOT_FOR_YOU)]
    case = await _open(turn, values)
    phrase = await passphrases.give(turn.session, case)
    unit = await units.unit_card(turn.session, case.unit_id)
    sees_it = (await turn.actor()).reaches(unit.path, Role.STAFF, Role.ADMIN)
    text = f"请念给来电人听：\n\n{_to_read_out(case, phrase, called=_may_be_called(values))}\n\n口令只显示这一次，念完请不要留存。"
    if not sees_it:
        text += f"\n这件事归{unit.name}，不在您的辖区，以后由那边跟进。"
    buttons = [Button(label="再登记一个", choice="s:hotline")]
    if sees_it:
        buttons.insert(0, at_hand.back(case, "看案件"))
    replies = [Reply(title=f"已登记 · 案件 {spoken(case.code)}", text=text, buttons=(tuple(buttons),))]
    if turn.house.knowledge.read(case.story).urgent:
        warn = f"听起来有危险：请先让来电人打 110、120，电话不要挂；马上点下面上报。{HOTLINE}"
        replies.append(Reply(title="可能是突发事件", text=warn, buttons=((Button(label="报告突发事件", choice="i:report"),),)))
    return replies


async def _open(turn: Turn, values: Values) -> Case:
    now, seat, phone = turn.now, at_hand.me(turn), values.get("phone")
    case = await cases.open_case(turn.session, await _grievance(turn, values), turn.house.rules, now)
    history.note(turn.session, case.id, "case.consent_heard", now, actor_id=seat)
    await routing.route(turn.session, case, turn.house.rules, now)
    await radar.watch(turn, case)
    if phone and _may_be_called(values):
        wanted = datetime.fromisoformat(values["call_at"]) if values.get("call_at") else now
        await callbacks.ask(turn.session, case, now, by=seat, wanted_at=max(now, wanted), phone=phone)
    return case


async def _grievance(turn: Turn, values: Values) -> cases.Grievance:
    """What the union is told, made from the answers."""
    named, language = _named(values), values.get("language")
    caller = {"name": values.get("name"), "phone": values.get("phone")} if named else {"name": None, "phone": None}
    reading = turn.house.knowledge.read(values["story"])
    return cases.Grievance(
        worker_id=await callers.caller(turn.session, turn.now, **caller, language=None if language == _CHINESE else language),
        kind=values["kind"],
        topic=reading.topic,
        nature=(reading.nature or None) if values["kind"] == RequestKind.DISPUTE else None,
        story=values["story"],
        employer=values.get("employer") or "",
        unit_id=await _unit(turn, values),
        since=date.fromisoformat(values["since"]) if values.get("since") else None,
        amount=Decimal(values["amount"]) if values.get("amount") else None,
        anonymous=not named,
        contact_name=values.get("name"),
        contact_phone=values.get("phone"),
        intake=Intake.HOTLINE,
        intake_by=at_hand.me(turn),
        publish_agreed=values.get("publish") == _AGREED,
    )


async def _unit(turn: Turn, values: Values) -> UnitId:
    """Where it belongs: the place that was named; the city for what concerns no one place."""
    if values.get("place"):
        unit_id = UnitId(values["place"]["unit"])
        return await above_the_accused(turn, unit_id, values["employer"]) if values["kind"] == CaseKind.COMPLAINT else unit_id
    return (await units.units_of_kind(turn.session, UnitKind.CITY))[0].id


def _to_read_out(case: Case, phrase: str, *, called: bool) -> str:
    """What the seat says. The caller has no door yet: without a number they hear from us only by coming back with code and passphrase."""
    who = "律师" if case.kind is CaseKind.DISPUTE else "工会工作人员"
    within = span(case.due_at - case.received_at)
    alone = f"接手。我们打不到您，请您自己回来看{handler_word(case)}说了什么。"
    then = f"{within}内会有{who}{'打您留的电话。' if called else alone}"
    return (
        f"“您的事已经受理。请拿笔记一下：编号 {spoken(case.code)}，口令 {phrase}。{then}"
        "以后查进度，打 12351 报编号；或者在手机上打开工会会员机器人，点“更多”里的“用编号和口令查案件”，就能看进度、和办案的人说话。"
        "口令不要告诉别人。”"
    )


_KINDS = (
    ("劳动争议，找律师", CaseKind.DISPUTE.value),
    ("投诉", CaseKind.COMPLAINT.value),
    ("困难帮扶", CaseKind.HELP.value),
    ("意见建议", CaseKind.SUGGESTION.value),
)
_WITH_EMPLOYER = (CaseKind.DISPUTE, CaseKind.COMPLAINT)
_LANGUAGES = (("普通话", _CHINESE), *((language.label, language.code) for language in languages().values()))

FORM = Form(
    code="hotline",
    title=WORD,
    summary="请核对，最好念一遍给来电人听。",
    submit_label="登记",
    submit=submit,
    steps=(
        Heard(
            key="heard",
            label="隐私说明",
            ask=f"先念给来电人听：\n{READ_ALOUD}",
            choices=(("念过了，对方同意", _AGREED), ("对方不同意", "no")),
            width=1,
        ),
        Pick(key="kind", label="哪一类", ask="来电人要办什么？", choices=_KINDS),
        Ask(key="story", label="来电内容", ask="来电人怎么说的？尽量用他自己的话。", shortest=5, longest=2000),
        Ask(key="employer", label="单位", ask="哪个单位？名字尽量写全。", shortest=2, longest=100, when=_of(*_WITH_EMPLOYER)),
        Place(key="place", label="地区", ask="单位（或事情）在哪个区？", when=_of(CaseKind.DISPUTE, CaseKind.COMPLAINT, CaseKind.HELP)),
        Place(
            key="place", label="地区", ask="和哪个区有关？不分区就点“跳过”，交给市总工会。", optional=True, when=_of(CaseKind.SUGGESTION)
        ),
        Day(key="since", label="从什么时候开始", ask="从什么时候开始的？", optional=True, when=_of(CaseKind.DISPUTE)),
        Amount(key="amount", label="涉及金额", ask="大概涉及多少钱（元）？不涉及就点“跳过”。", optional=True, when=_of(CaseKind.DISPUTE)),
        Pick(
            key="publish",
            label="公开答复",
            ask="问一句：答复以后可以公开给大家看吗？不带姓名和单位。",
            choices=(("可以公开", _AGREED), ("不公开", "no")),
            when=_of(CaseKind.SUGGESTION),
        ),
        Pick(key="who", label="留名方式", ask="来电人愿意留姓名吗？", choices=(("留姓名", "named"), ("匿名", "anonymous"))),
        Ask(key="name", label="称呼", ask="怎么称呼？", longest=30, when=_named),
        Phone(key="phone", label="电话", ask="电话号码？对方不愿意留就点“跳过”。", optional=True),
        Pick(
            key="call",
            label="可以打电话",
            ask="办这件事的人可以打这个电话吗？号码只给他一个人看，打完就删。",
            choices=(("可以", _AGREED), ("不要打", "no")),
            when=lambda values: bool(values.get("phone")),
        ),
        When(key="call_at", label="什么时候打", ask="什么时候方便接电话？随时都行就点“跳过”。", optional=True, when=_may_be_called),
        Pick(key="language", label="语言", ask="用什么语言方便？", choices=_LANGUAGES, width=3),
    ),
)

CHOICES: Choices = {"s:hotline": plain(begin)}
