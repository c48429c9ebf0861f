"""The staff's board: what is open in their units, what is overdue, and the buttons to move it on."""

from __future__ import annotations

from handlers.conversation import Button, Reply, rows
from handlers.lawyer import cards
from handlers.turn import Turn
from storage.models import Case, Role
from storage.types import CaseId, DeadlineId, PersonId
from union import cases, deadlines, people, routing
from union.alerts import Fact, tell
from union.codes import spoken
from union.errors import IllegalTransition, NotFound

NO_BOARD = "看板是给工会干部用的。您是律师的话，请看“收件箱”。"


async def board(turn: Turn) -> list[Reply]:
    """看板 and /board: open cases of one's units, overdue ones first."""
    actor = await turn.actor()
    if not actor.has(Role.STAFF, Role.ADMIN):
        return [Reply(text=NO_BOARD)]
    found = await cases.cases_of_units(turn.session, actor)
    where = "、".join(unit.name for unit in actor.units(Role.STAFF, Role.ADMIN))
    if not found:
        return [Reply(title=f"看板 · {where}", text="目前没有在办的案件。")]
    overdue = sum(case.overdue and case.intervened_at is None for case in found)
    waiting = sum(case.intervened_at is None for case in found)
    buttons = [
        Button(
            label=("超时 " if case.overdue and case.intervened_at is None else "") + cards.short_line(case, turn.house.rules, turn.now),
            choice=f"c:card:{case.id}",
        )
        for case in found
    ]
    text = f"在办 {len(found)} 件：等待介入 {waiting} 件，其中超时 {overdue} 件。点开处理："
    return [Reply(title=f"看板 · {where}", text=text, buttons=rows(buttons, 1))]


async def duty(turn: Turn) -> list[Reply]:
    """值班 and /duty: who one is here, and what that reaches."""
    from handlers.wording import ROLE

    actor = await turn.actor()
    lines = [f"· {ROLE[grant.role]} — {grant.unit.name}" for grant in actor.grants]
    text = "\n".join(
        [f"{actor.name}，您在这里的身份：", *lines, "", "提醒会发到这个聊天。收不到提醒时案件会自动上报上一级，请保持通知打开。"]
    )
    return [Reply(title="我的值班身份", text=text)]


async def _staffed(turn: Turn, case_id: CaseId) -> Case:
    actor = await turn.actor()
    case = await cases.access_case(turn.session, actor, case_id, lock=True)
    if not actor.has(Role.STAFF, Role.ADMIN) or case.lawyer_id == actor.id:
        raise NotFound
    return case


async def acknowledge(turn: Turn, case_id: CaseId, deadline_id: DeadlineId) -> list[Reply]:
    """我来跟进: the rung is taken; the others on it are spared wondering."""
    case = await _staffed(turn, case_id)
    if turn.person_id is not None and await deadlines.acknowledge(
        turn.session, deadline_id, turn.person_id, turn.now, subject="case", subject_id=case.id
    ):
        cases.note(turn.session, case.id, "case.acknowledged", turn.now, actor_id=turn.person_id)
        text = f"记下了：案件 {spoken(case.code)} 由您跟进。建议马上改派或催律师。"
    else:
        text = f"案件 {spoken(case.code)} 已经有人确认跟进了。"
    buttons = ((Button(label="改派律师", choice=f"s:reassign:{case.id}"), Button(label="催律师", choice=f"s:urge:{case.id}")),)
    return [Reply(text=text, buttons=buttons if case.status in cases.OPEN else ())]


async def urge(turn: Turn, case_id: CaseId) -> list[Reply]:
    """催律师: one more reminder, on the staff's word."""
    case = await _staffed(turn, case_id)
    if case.lawyer_id is None:
        return [Reply(text="这个案件还没有律师，请点“改派律师”。", buttons=((Button(label="改派律师", choice=f"s:reassign:{case.id}"),),))]
    if case.intervened_at is not None:
        return [Reply(text="律师已经介入了，不用催。")]
    due = case.received_at + turn.house.rules["intervention"].due
    hours = max(0, round((due - turn.now).total_seconds() / 3600))
    await tell(
        turn.session,
        case.lawyer_id,
        Fact.CASE_REMINDER,
        turn.now,
        subject="case",
        subject_id=case.id,
        hours=hours,
        urged=True,
        key=f"urged:{case.id}:{int(turn.now.timestamp()) // 600}",  # at most one in ten minutes, whoever presses
    )
    cases.note(turn.session, case.id, "case.urged", turn.now, actor_id=turn.person_id)
    return [Reply(text=f"已催办，案件 {spoken(case.code)} 的律师会马上收到提醒。")]


async def choose_lawyer(turn: Turn, case_id: CaseId) -> list[Reply]:
    """改派律师: who may take it, best first."""
    case = await _staffed(turn, case_id)
    found = await routing.candidates_for(turn.session, case, turn.now)
    free = {c.lawyer_id: c for c in found if c.lawyer_id != case.lawyer_id and not c.on_leave and c.load < c.capacity}
    best = sorted(free.values(), key=lambda c: (c.made_up, c.level, c.load))[:8]
    if not best:
        return [Reply(text="这一片没有空闲的律师了。请联系市总工会法律部协调。")]
    names = await people.names(turn.session, [c.lawyer_id for c in best])
    buttons = [
        Button(label=f"{names[c.lawyer_id]} · {c.unit.short} · 在办{c.load}件", choice=f"s:give:{case.id}:{c.lawyer_id}") for c in best
    ]
    return [Reply(title=f"改派 · 案件 {spoken(case.code)}", text="派给哪位律师？时钟不会重新计算。", buttons=rows(buttons, 1))]


async def give(turn: Turn, case_id: CaseId, lawyer_id: PersonId) -> list[Reply]:
    """The chosen lawyer is responsible from now on."""
    case = await _staffed(turn, case_id)
    allowed = {c.lawyer_id for c in await routing.candidates_for(turn.session, case, turn.now) if not c.on_leave}
    if lawyer_id not in allowed:
        return await choose_lawyer(turn, case_id)
    try:
        await routing.give(turn.session, case, lawyer_id, turn.now, actor_id=turn.person_id, detail={"lawyer": lawyer_id})
    except IllegalTransition:
        return [Reply(text="律师已经介入，这里不能改派了。")]
    names = await people.names(turn.session, [lawyer_id])
    return [Reply(text=f"案件 {spoken(case.code)} 已派给{names[lawyer_id]}，对方已收到通知。")]
