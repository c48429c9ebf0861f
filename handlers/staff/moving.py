"""Moving a case on: somebody of the staff has it in hand, the one responsible is urged, or it is given to somebody else."""

from __future__ import annotations

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply, rows
from handlers.lawyer import at_hand, taking
from handlers.staff.case_buttons import reassign_button, urge_button
from handlers.turn import Turn
from handlers.wording import handler_title
from storage.models import Case, CaseKind, Role
from storage.types import CaseId, DeadlineId, PersonId
from union import deadlines, history, people, routing, units
from union.alerts import Fact, tell
from union.codes import spoken
from union.errors import IllegalTransition, NotAllowed
from union.lifecycle import ENDED, OPEN
from union.units import UnitCard

MOST = 8
"""People to choose from on one screen."""

TEN_MINUTES = 600


async def acknowledge(turn: Turn, case_id: CaseId, deadline: str) -> list[Reply]:
    """我来跟进: the rung is taken; the others on it are spared wondering."""
    case = await at_hand.take(turn, case_id, "acknowledge")
    if turn.person_id is not None and await deadlines.acknowledge(
        turn.session, DeadlineId(int(deadline)), turn.person_id, turn.now, subject="case", subject_id=case.id
    ):
        history.note(turn.session, case.id, "case.acknowledged", turn.now, actor_id=at_hand.me(turn))
        text = f"记下了：案件 {spoken(case.code)} 由您跟进。建议马上催办或改派。"
    else:
        text = f"案件 {spoken(case.code)} 已经有人确认跟进了。"
    return [Reply(text=text, buttons=((reassign_button(case), urge_button(case)),) if case.status in OPEN else ())]


async def urge(turn: Turn, case_id: CaseId) -> list[Reply]:
    """催办: one more reminder on the staff's word, at most one in ten minutes, whoever presses."""
    case = await at_hand.take(turn, case_id, "urge")
    handler = case.responsible_id
    if case.status in ENDED:
        return [Reply(text=f"案件 {spoken(case.code)} 已经结束，不用催了。")]
    if handler is None or (case.kind is CaseKind.DISPUTE and case.lawyer_id is None):
        return [Reply(text="这个案件还没有律师，请点“改派”。", buttons=((reassign_button(case),),))]
    if handler == turn.person_id:
        return [Reply(text="这个案件就由您自己办，没有别人可催。", buttons=((at_hand.back(case),),))]
    hours = max(0, round((case.due_at - turn.now).total_seconds() / 3600))
    await tell(
        turn.session,
        handler,
        Fact.CASE_REMINDER if case.intervened_at is None else Fact.FOLLOW_UP_DUE,
        turn.now,
        subject="case",
        subject_id=case.id,
        hours=hours,
        urged=True,
        key=f"urged:{case.id}:{int(turn.now.timestamp()) // TEN_MINUTES}",
    )
    history.note(turn.session, case.id, "case.urged", turn.now, actor_id=at_hand.me(turn))
    name = handler_title(case, (await people.names(turn.session, [handler])).get(handler, ""))
    return [Reply(text=f"已催办，案件 {spoken(case.code)} 的{name}会马上收到提醒。")]


async def choose(turn: Turn, case_id: CaseId) -> list[Reply]:
    """改派: who may take it, best first: lawyers for a dispute, the staff of the unit and above for everything else."""
    case = await at_hand.take(turn, case_id, "assign_by_hand")
    if case.status in ENDED:
        return [_over(case)]
    return await (_lawyers(turn, case) if case.kind is CaseKind.DISPUTE else _officers(turn, case))


async def _lawyers(turn: Turn, case: Case) -> list[Reply]:
    best = (await routing.free_lawyers(turn.session, case, turn.now))[:MOST]
    if not best:
        keep = ((Button(label="交给同事盯住", choice=f"s:keepers:{case.id}"),),) if case.lawyer_id is None else ()
        return [Reply(text="这一片没有空闲的律师了。请联系市总工会法律部协调。", buttons=keep)]
    names = await people.names(turn.session, [c.lawyer_id for c in best])
    buttons = [
        Button(label=f"{names[c.lawyer_id]} · {c.unit.short} · 在办{c.load}件", choice=f"s:give:{case.id}:{c.lawyer_id}") for c in best
    ]
    after = "职工会收到换人的通知。" if case.intervened_at is not None else "时钟不会重新计算。"
    return [Reply(title=at_hand.titled("改派", case), text=f"派给哪位律师？{after}", buttons=rows(buttons, 1))]


async def _officers(turn: Turn, case: Case) -> list[Reply]:
    found = await _colleagues(turn, case)
    if not found:
        text = "您管辖的单位里没有别的工会干部可以接。需要上级办，请点“更多”里的“逐级上报”。"
        return [Reply(text=text, buttons=((at_hand.back(case),),))]
    names = await people.names(turn.session, list(found))
    buttons = [
        Button(
            label="我来办" if person_id == turn.person_id else f"{names[person_id]} · {unit.short}",
            choice=f"s:entrust:{case.id}:{person_id}",
        )
        for person_id, unit in list(found.items())[:MOST]
    ]
    return [Reply(title=at_hand.titled("改派", case), text="交给谁办？时钟不会重新计算。", buttons=rows(buttons, 1))]


async def _colleagues(turn: Turn, case: Case) -> dict[PersonId, UnitCard]:
    """Those whom one may give the case, with their units: staff where one's own roles reach, oneself first; never the one who has it."""
    actor = await turn.actor()
    found: dict[PersonId, UnitCard] = {}
    for person_id, unit_id in await routing.officers_for(turn.session, case):
        unit = await units.unit_card(turn.session, unit_id)
        if person_id != case.officer_id and actor.reaches(unit.path, Role.STAFF, Role.ADMIN):
            found[person_id] = unit
    return dict(sorted(found.items(), key=lambda entry: entry[0] != actor.id))


async def give(turn: Turn, case_id: CaseId, lawyer: str) -> list[Reply]:
    """The chosen lawyer is responsible from now on."""
    case = await at_hand.take(turn, case_id, "assign_by_hand")
    lawyer_id = PersonId(int(lawyer))
    try:
        await routing.assign_by_hand(turn.session, case, lawyer_id, turn.house.rules, turn.now, by=at_hand.me(turn))
    except NotAllowed:
        return await choose(turn, case_id)
    except IllegalTransition:
        return [_over(case)]
    names = await people.names(turn.session, [lawyer_id])
    return [Reply(text=f"案件 {spoken(case.code)} 已派给{names[lawyer_id]}，对方已收到通知。", buttons=((at_hand.back(case),),))]


async def entrust(turn: Turn, case_id: CaseId, officer: str) -> list[Reply]:
    """A colleague, or oneself, is responsible from now on; of a dispute without a lawyer they are its keeper."""
    case = await at_hand.take(turn, case_id, "assign_by_hand")
    officer_id = PersonId(int(officer))
    if officer_id not in await _colleagues(turn, case):
        return await choose(turn, case_id)
    try:
        await routing.entrust_to(turn.session, case, officer_id, turn.house.rules, turn.now, by=at_hand.me(turn))
    except IllegalTransition:
        return [_over(case)]
    if officer_id == turn.person_id and case.kind is not CaseKind.DISPUTE:
        return await taking.accept(turn, case_id)
    names = await people.names(turn.session, [officer_id])
    who = "您自己" if officer_id == turn.person_id else f"{names[officer_id]}，对方已收到通知"
    return [Reply(text=f"案件 {spoken(case.code)} 已交给{who}。", buttons=((at_hand.back(case),),))]


async def keepers(turn: Turn, case_id: CaseId) -> list[Reply]:
    """交给同事盯住: who watches over a dispute as long as it has no lawyer."""
    return await _officers(turn, await at_hand.take(turn, case_id, "assign_by_hand"))


def _over(case: Case) -> Reply:
    return Reply(text=f"案件 {spoken(case.code)} 已经结束或已有律师，不能这样改派了。", buttons=((at_hand.back(case),),))


CHOICES: Choices = {
    "s:ack": on_case(acknowledge),
    "s:urge": on_case(urge),
    "s:reassign": on_case(choose),
    "s:give": on_case(give),
    "s:keepers": on_case(keepers),
    "s:entrust": on_case(entrust),
}
