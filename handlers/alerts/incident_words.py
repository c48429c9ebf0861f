"""How the alarm of an incident reads to the levels above it."""

from __future__ import annotations

from datetime import datetime

from handlers.alerts.about import About, Table
from handlers.conversation import Button, Reply
from handlers.incidents import wording
from handlers.staff.incidents import who_button
from handlers.wording import moment
from storage.models import Deadline, Intake, Role, UnitKind
from storage.types import DeadlineId, UnitId
from union.alerts import Fact
from union.codes import spoken
from union.deadlines import RUNNING
from union.people import load_actor
from union.units import UnitCard, unit_card

_STORY = 300


async def _reporter(about: About) -> str:
    case = about.case
    match case.intake:
        case Intake.RADAR:
            return "系统预警"
        case Intake.CHAIR:
            return f"基层工会主席{await about.name_of(case.worker_id)}"
        case Intake.HOTLINE:
            return f"工会工作人员{await about.name_of(case.intake_by)}登记"
    return "本人在聊天里求助"


async def _what(about: About) -> str:
    """What happened, where, said by whom."""
    case = about.case
    unit = await unit_card(about.session, case.unit_id)
    lines = [
        f"什么事：{wording.sort_word(case)}",
        f"在哪里：{_where(about, unit)}",
        f"谁报的：{await _reporter(about)}，{moment(case.received_at)}",
        f"原话：{case.story if len(case.story) <= _STORY else case.story[:_STORY] + '…'}",
    ]
    return "\n".join(lines)


def _where(about: About, unit: UnitCard) -> str:
    """The place; a cry for help that names none lies with the whole city, and whoever reads it must know that."""
    unknown = unit.kind is UnitKind.CITY and about.case.intake is Intake.URGENT
    place = f"{unit.place}（本人没说具体地方，请先问清楚）" if unknown else unit.place
    return f"{place}，{about.case.employer}" if about.case.employer else place


def _further(about: About) -> tuple[Button, ...]:
    return (Button(label="看案件", choice=f"c:card:{about.case.id}"), who_button(about.case.id))


def _acknowledge(about: About) -> Button:
    return Button(label="收到，我来处理", choice=f"s:incack:{about.case.id}")


async def _incident(about: About) -> Reply | None:
    if about.ended:
        return None
    due = datetime.fromisoformat(str(about.params["due"]))
    ask = f"请在 {moment(due)} 前点“收到”，没人确认会自动报到上一级。"
    return Reply(
        title=f"突发事件 · {wording.sort_word(about.case)} · {spoken(about.case.code)}",
        text=f"{await _what(about)}\n\n{ask}",
        buttons=((_acknowledge(about),), _further(about)),
    )


async def _unanswered(about: About) -> Reply | None:
    deadline = await about.session.get(Deadline, DeadlineId(about.params["deadline"]))
    if about.ended or deadline is None or deadline.status not in RUNNING:
        return None
    unit = await unit_card(about.session, UnitId(about.params["unit"]))
    own = unit.id in [held.id for held in (await load_actor(about.session, about.reader)).units(Role.STAFF)]
    ask = "这是您这一级，请马上确认。" if own else "请您接手，或者马上找到他们的人。"
    step_in = Button(label="我来接手", choice=f"s:inctake:{about.case.id}:{deadline.id}")
    return Reply(
        title=f"突发事件没人确认 · {spoken(about.case.code)}",
        text=f"{unit.name}过了{wording.within(about.rules)}还没有人确认。{ask}\n\n{await _what(about)}",
        buttons=((_acknowledge(about) if own else step_in,), _further(about)),
    )


async def _off(about: About) -> Reply | None:
    return Reply(
        title=f"突发事件已解除 · {spoken(about.case.code)}",
        text="报的人说没事了，已经撤回，不用再赶过去。经手的同志请再打个招呼，确认人真的平安。",
        buttons=(_further(about),),
    )


WORDS: Table = {
    Fact.INCIDENT: _incident,
    Fact.INCIDENT_UNANSWERED: _unanswered,
    Fact.INCIDENT_OFF: _off,
}
