"""突发事件 at the staff's desk: 收到, stepping in for a level that does not answer, and who knew what when."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply
from handlers.incidents import wording
from handlers.turn import Turn
from handlers.wording import moment
from storage.models import CaseStatus, Intake
from storage.types import CaseId, DeadlineId, PersonId
from union import alarms, cases, people
from union.access import access_case
from union.alarms import Knew, LogEntry
from union.codes import spoken
from union.lifecycle import ENDED
from union.units import unit_card


def who_button(case_id: CaseId) -> Button:
    """谁知道了: leads to the log."""
    return Button(label="谁知道了", choice=f"s:who:{case_id}")


def _next(case_id: CaseId) -> tuple[tuple[Button, ...], ...]:
    return ((Button(label="看案件", choice=f"c:card:{case_id}"), who_button(case_id)),)


async def acknowledge(turn: Turn, case_id: CaseId) -> list[Reply]:
    """收到，我来处理: this level has it. The other levels answer for themselves. Whoever is responsible for the case has taken it with that."""
    actor = await turn.actor()
    case = await access_case(turn.session, actor, case_id, "acknowledge", lock=True)
    if case.status in ENDED:
        return [_over(case.code, case_id)]
    own = await alarms.acknowledge(turn.session, case, actor, turn.now)
    if not own:
        return [Reply(text=f"突发事件 {spoken(case.code)}：您这一级已经有人确认过了。", buttons=_next(case_id))]
    if case.responsible_id == actor.id and case.status is CaseStatus.ASSIGNED:
        await cases.accept(turn.session, case, actor.id, turn.house.rules, turn.now)
    names = await wording.unit_names(turn.session, own)
    text = f"记下了：突发事件 {spoken(case.code)}，{names}由您处理（{moment(turn.now)}）。请马上联系现场，人命第一，有进展写在案件里。"
    if case.responsible_id == actor.id and case.intake in _IN_CHAT and turn.state.draft is None:
        turn.state.room = case.id
        text += "\n\n现在直接打字，就会发给求助的人。"
    return [Reply(text=text, buttons=_next(case_id))]


_IN_CHAT = (Intake.URGENT, Intake.CHAIR)
"""Where somebody waits in a chat for a word."""


async def take_over(turn: Turn, case_id: CaseId, deadline: str) -> list[Reply]:
    """我来接手: for a level below that has not answered."""
    actor = await turn.actor()
    case = await access_case(turn.session, actor, case_id, "acknowledge", lock=True)
    if case.status in ENDED:
        return [_over(case.code, case_id)]
    unit_id = await alarms.take_over(turn.session, case, actor, DeadlineId(int(deadline)), turn.now)
    if unit_id is None:
        return [Reply(text=f"突发事件 {spoken(case.code)}：那一级已经有人确认了，不用接手。", buttons=_next(case_id))]
    unit = await unit_card(turn.session, unit_id)
    text = f"记下了：突发事件 {spoken(case.code)}，您替{unit.name}接手（{moment(turn.now)}）。请马上联系现场，并问清{unit.name}为什么没有确认。"
    return [Reply(text=text, buttons=_next(case_id))]


def _over(code: str, case_id: CaseId) -> Reply:
    return Reply(text=f"突发事件 {spoken(code)} 已经结束，不用再确认了。", buttons=_next(case_id))


async def who(turn: Turn, case_id: CaseId) -> list[Reply]:
    """谁在什么时候知道: for each level when it was told, when the message arrived, who answered and when."""
    case = await access_case(turn.session, await turn.actor(), case_id, "see")
    entries = await alarms.log(turn.session, case.id)
    if not entries:
        return [Reply(text="这个案件没有上报记录。")]
    ids = {knew.person_id for entry in entries for knew in entry.people} | {e.answered_by for e in entries if e.answered_by is not None}
    names = await people.names(turn.session, list(ids))
    blocks = [await _block(turn, entry, names) for entry in entries]
    return [Reply(title=f"谁在什么时候知道 · {spoken(case.code)}", text="\n\n".join(blocks), buttons=_next(case_id)[:1])]


async def _block(turn: Turn, entry: LogEntry, names: dict[PersonId, str]) -> str:
    unit = await unit_card(turn.session, entry.unit_id)
    lines = [f"{moment(entry.told_at)} {unit.name}{await _why(turn, entry)}", *_people(entry.people, names)]
    answer = "还没有确认"
    if entry.answered_at is not None and entry.answered_by is not None:
        name = names.get(entry.answered_by) or "工会干部"
        answer = f"{moment(entry.answered_at)} " + (f"由上级{name}接手" if entry.by_higher else f"{name}确认")
    return "\n".join([*lines, f"→ {answer}"])


async def _why(turn: Turn, entry: LogEntry) -> str:
    """Why a level was told again; empty for the alarm itself."""
    if entry.instead_of is None:
        return ""
    if entry.instead_of == entry.unit_id:
        return "（没人确认，又催一次）"
    return f"（{(await unit_card(turn.session, entry.instead_of)).name}没人确认，报到这里）"


def _people(told: Sequence[Knew], names: dict[PersonId, str]) -> list[str]:
    if not told:
        return ["· 这一级没有登记工作人员"]
    return [f"· {names.get(knew.person_id) or '工会干部'}：{_arrived(knew)}" for knew in told]


def _arrived(knew: Knew) -> str:
    if knew.reached_at is not None:
        return f"{moment(knew.reached_at)} 送达"
    return f"{moment(knew.sent_at)} 发出" if knew.sent_at is not None else "还没送到"


CHOICES: Choices = {
    "s:incack": on_case(acknowledge),
    "s:inctake": on_case(take_over),
    "s:who": on_case(who),
}
