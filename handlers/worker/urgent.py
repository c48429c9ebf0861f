"""Somebody says that a life is in danger. They have been comforted and given the emergency numbers (consult.emergency); here the union is told.

A known person is reported at once where the grammar of danger itself says so; where only the weight of the words does (好的，马上 has been read
as a cry), one button asks first, because a whole city's line would be alarmed. A stranger has agreed to nothing yet: one button is the consent
and the report in one. Their last words are kept, encrypted, for that press alone: to protect a life in an emergency that needs no consent
(个人信息保护法第13条第1款第4项).
"""

from __future__ import annotations

from handlers.choices import Choices, on_case, plain
from handlers.conversation import Button, Reply
from handlers.incidents import radar, wording
from handlers.turn import Turn
from handlers.wording import today
from handlers.worker.welcome import HOTLINE, agree
from storage.models import Case, Intake, Person, UnitKind
from storage.types import CaseId, UnitId
from union import cases, incidents, units
from union.access import access_case
from union.codes import spoken
from union.errors import IllegalTransition, NotFound
from union.incidents import Reported, Sort
from union.lifecycle import ENDED
from union.people import Actor

CALL_ME = "w:sos"
LONGEST = 1000
_NO_WORDS = "请工会的人马上联系我。"
_FIRST = "现在有危险，先打 110、120，别等我们的消息。"


async def after_reading(turn: Turn, text: str) -> list[Reply]:
    """What follows the words of comfort: an incident for somebody whom we know, a button for a stranger or where it is less plain.

    text: what was read as urgent.
    """
    words = text[:LONGEST]
    if turn.person_id is None or not turn.house.knowledge.read(text).alarmed:
        turn.state.cry = f"{turn.state.cry}\n{words}".strip()[-LONGEST:]
        return [_offer(known=turn.person_id is not None)]
    reported = await _report(turn, words)
    if reported.added:
        return [] if turn.state.room == reported.case.id else [_added(reported.case)]
    return [await _told(turn, reported), *_listen(turn, reported.case)]


def _listen(turn: Turn, case: Case) -> list[Reply]:
    """Opens the room: what somebody in danger says next (where they are) must not be taken for a question about the law."""
    if turn.state.draft is not None or turn.state.room is not None or case.officer_id is None:
        return []
    turn.state.room = case.id
    more = "接下来打的字会直接转给工会的人。方便的话，说说您在哪里、怎么找到您；想让人打电话，把号码发过来。"
    return [Reply(text=more, buttons=((Button(label="结束留言", choice="w:leave"),),))]


def _offer(*, known: bool) -> Reply:
    agreeing = "就报给工会值班的人" if known else "就是同意我们保存您刚才的话，报给工会值班的人；不用留名字"
    return Reply(
        text=f"要工会的人马上联系您吗？点下面，{agreeing}。\n{_FIRST}",
        buttons=((Button(label="让工会的人马上联系我", choice=CALL_ME),),),
    )


async def call_me(turn: Turn) -> list[Reply]:
    """让工会的人马上联系我: the consent, the report, and the room: what they say next goes to whoever handles it."""
    words, turn.state.cry = turn.state.cry, ""
    await agree(turn)
    reported = await _report(turn, words or _NO_WORDS)
    if reported.added:
        return [_added(reported.case)]
    turn.state.room = None  # whoever asks for people now is done with their lawyer for the moment
    return [await _told(turn, reported), *_listen(turn, reported.case)]


async def _report(turn: Turn, words: str) -> Reported:
    assert turn.person_id is not None
    newest = next(iter(await cases.cases_of_worker(turn.session, turn.person_id, limit=1)), None)
    said = turn.house.knowledge.pick_up(words, today(turn.now))
    reading = turn.house.knowledge.read(words)
    grievance = cases.Grievance(
        worker_id=turn.person_id,
        kind="incident",
        topic=reading.topic,
        nature=Sort.THREAT,
        story=words,
        employer=said.employer or (newest.employer if newest is not None and newest.status not in ENDED else ""),
        unit_id=await _where(turn, words, newest),
        since=today(turn.now),
        amount=None,
        anonymous=newest.anonymous if newest is not None else True,
        contact_name=newest.contact_name if newest is not None else None,
        contact_phone=newest.contact_phone if newest is not None else None,
        intake=Intake.URGENT,
    )
    in_room = turn.state.room
    known = await incidents.standing(turn.session, turn.person_id, turn.now) if in_room else None
    reported = await incidents.report(
        turn.session, grievance, turn.house.rules, turn.now, in_room=known is not None and known.id == in_room
    )
    if not reported.added:
        await radar.watch(turn, reported.case)
    return reported


async def _where(turn: Turn, words: str, newest: Case | None) -> UnitId:
    """Whose staff must go: where the words say, else where the person belongs, else where their newest case lies, else the whole city."""
    for place in turn.house.knowledge.pick_up(words, today(turn.now)).places:
        found = await units.find_by_name(turn.session, place.district + place.street)
        territorial = [unit for unit in found if unit.kind in (UnitKind.DISTRICT, UnitKind.STREET)]
        if len(territorial) == 1:
            return territorial[0].id
    person = await turn.session.get_one(Person, turn.person_id)
    if newest is not None and newest.status not in ENDED:
        return newest.unit_id
    if person.unit_id is not None:
        return person.unit_id
    if newest is not None:
        return newest.unit_id
    return (await units.units_of_kind(turn.session, UnitKind.CITY))[0].id


async def _told(turn: Turn, reported: Reported) -> Reply:
    case = reported.case
    who = await wording.told(turn.session, reported.levels, turn.house.rules)
    text = f"您刚才的话我们报上去了：{who}\n他们会在这里联系您。{_FIRST}\n编号 {spoken(case.code)}：打{HOTLINE}报这个号就行。"
    buttons = ((Button(label="给工会留言", choice=f"w:room:{case.id}"), _calm(case)),)
    return Reply(title="已经报给工会", text=text, buttons=buttons)


def _calm(case: Case) -> Button:
    return Button(label="没事，我说错了", choice=f"w:calm:{case.id}")


def _added(case: Case) -> Reply:
    text = f"刚才的话也转给工会的人了（编号 {spoken(case.code)}）。{_FIRST}"
    return Reply(text=text, buttons=((Button(label="给工会留言", choice=f"w:room:{case.id}"), _calm(case)),))


async def _own(turn: Turn, case_id: CaseId, *, lock: bool = False) -> Case:
    if turn.person_id is None:
        raise NotFound
    return await access_case(turn.session, Actor(turn.person_id, ""), case_id, "withdraw", lock=lock)


async def ask_calm(turn: Turn, case_id: CaseId) -> list[Reply]:
    """没事，我说错了: one more tap, because somebody may be on the way."""
    case = await _own(turn, case_id)
    if case.status in ENDED:
        return [_over(case)]
    sure = (Button(label="真的没事", choice=f"w:calmed:{case.id}"), Button(label="还是需要帮忙", choice=f"w:room:{case.id}"))
    return [Reply(text="真的没事的话，点一下“真的没事”，我们告诉工会的人不用赶过来。", buttons=(sure,))]


async def calm(turn: Turn, case_id: CaseId) -> list[Reply]:
    """真的没事: the incident is taken back, and everybody who was alarmed is told."""
    case = await _own(turn, case_id, lock=True)
    assert turn.person_id is not None
    try:
        await incidents.false_alarm(turn.session, case, turn.person_id, turn.house.rules, turn.now)
    except IllegalTransition:
        return [_over(case)]
    if turn.state.room == case.id:
        turn.state.room = None
    text = f"好，没事就好，已经告诉工会的人了。以后有危险，先打 110、120，再告诉我们；心里难受打 12356，随时有人听。{HOTLINE}。"
    return [Reply(text=text)]


def _over(case: Case) -> Reply:
    return Reply(text=f"编号 {spoken(case.code)} 的求助已经结束了。有新的情况，直接打字告诉我们。")


CHOICES: Choices = {
    CALL_ME: plain(call_me),
    "w:calm": on_case(ask_calm),
    "w:calmed": on_case(calm),
}
