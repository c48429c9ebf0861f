"""How it reads on the first day of a leave: to the lawyer who is away, and to the staff around their cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from handlers.alerts.about import Params
from handlers.conversation import Button, Reply, rows
from handlers.lawyer import cards
from handlers.wording import day, handler_title
from storage.models import Case, LawyerLeave, Unit
from storage.types import PersonId
from union import leave, people
from union.access import within_reach
from union.alerts import Fact
from union.lifecycle import OPEN

SHOWN = 5


async def told(session: AsyncSession, fact: Fact, params: Params, reader: PersonId, now: datetime) -> Reply | None:
    """None once the leave is over or taken back, and for staff around whom none of the cases lies any more."""
    away = await session.get(LawyerLeave, int(params["leave"]))
    if away is None or away.cancelled_at is not None or away.ends_at <= now:
        return None
    return await (_to_lawyer(session, away) if fact is Fact.LEAVE_BEGINS else _to_staff(session, away, reader, now))


async def _to_lawyer(session: AsyncSession, away: LawyerLeave) -> Reply:
    theirs = await leave.open_cases(session, away.lawyer_id)
    untaken = await leave.untaken(session, away.lawyer_id)
    title = f"今天起休假，到 {day(leave.last_day(away))}"
    if not theirs:
        return Reply(title=title, text="休假期间不派新案件。名下没有在办的案件，好好休息。")
    waiting = f"，其中 {len(untaken)} 件还没接" if untaken else ""
    text = (
        f"休假期间不派新案件。名下还有 {len(theirs)} 件在办{waiting}：还归您，时限照走，职工还会找您。\n"
        "顾不上的请在案件里“转办”；当地工会干部也收到了通知，会帮着照看。"
    )
    ways = [Button(label="没接的都转给别的律师", choice="m:leavecases")] if untaken else []
    return Reply(title=title, text=text, buttons=rows([*ways, Button(label="看收件箱", choice="c:inbox:0")], 1))


async def _to_staff(session: AsyncSession, away: LawyerLeave, reader: PersonId, now: datetime) -> Reply | None:
    around = within_reach(await people.load_actor(session, reader))
    query = sa.select(Case).join(Unit, Unit.id == Case.unit_id).where(Case.lawyer_id == away.lawyer_id, Case.status.in_(OPEN), around)
    found: Sequence[Case] = list(await session.scalars(query.order_by(Case.intervened_at.is_not(None), Case.due_at, Case.id)))
    if not found:
        return None
    name = handler_title(found[0], (await people.names(session, [away.lawyer_id])).get(away.lawyer_id, ""))
    more = f"（先列 {SHOWN} 件）" if len(found) > SHOWN else ""
    text = (
        f"休到 {day(leave.last_day(away))}，您这里有 {len(found)} 件在他名下{more}。案件还归他，时限照走；"
        "急的、没联系上职工的，请点开改派或催办。"
    )
    buttons = [Button(label=cards.short_line(case, now), choice=f"c:card:{case.id}") for case in found[:SHOWN]]
    return Reply(title=f"{name}今天起休假", text=text, buttons=rows(buttons, 1))
