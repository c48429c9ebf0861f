"""Notices to begin from, kept by a unit for itself and everything below it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import NoticeTemplate, Unit
from union import notice_content
from union.errors import NotFound, UnionError
from union.notice_content import Content
from union.notices import SENDERS, in_whose_name
from union.people import Actor

MOST = 30
"""Of one unit: so many that a list on a phone is still a help."""

LONGEST_NAME = 20


class TooManyTemplates(UnionError):
    """There is no place for another one."""

    code = "notice.too_many_templates"


async def keep(session: AsyncSession, actor: Actor, name: str, content: Content, now: datetime) -> NoticeTemplate:
    """Keeps what a notice says under a name; one of the same name is replaced. Raises BadContent, NotAllowed, TooManyTemplates."""
    notice_content.check(content)
    unit = in_whose_name(actor)
    own = list(await session.scalars(sa.select(NoticeTemplate).where(NoticeTemplate.unit_id == unit.id)))
    template = next((template for template in own if template.name == name), None)
    if template is None:
        if len(own) >= MOST:
            raise TooManyTemplates
        template = NoticeTemplate(unit_id=unit.id, name=name[:LONGEST_NAME])
        session.add(template)
    template.author_id, template.content, template.created_at = actor.id, content.to_json(), now
    await session.flush()
    return template


async def usable(session: AsyncSession, actor: Actor) -> list[NoticeTemplate]:
    """Those of one's own units and of the units above them, by name."""
    above = {int(part) for unit in actor.units(*SENDERS) for part in unit.path.split(".") if part}
    query = sa.select(NoticeTemplate).where(NoticeTemplate.unit_id.in_(above)).order_by(NoticeTemplate.name, NoticeTemplate.id)
    return list(await session.scalars(query))


async def one(session: AsyncSession, actor: Actor, template_id: int) -> NoticeTemplate:
    """One that somebody may use. Raises NotFound."""
    found = next((template for template in await usable(session, actor) if template.id == template_id), None)
    if found is None:
        raise NotFound
    return found


async def may_delete(session: AsyncSession, actor: Actor, template: NoticeTemplate) -> bool:
    """Whether it is one's own, or of a unit within one's reach."""
    path = await session.scalar(sa.select(Unit.path).where(Unit.id == template.unit_id))
    return template.author_id == actor.id or actor.reaches(path or "", *SENDERS)


async def delete(session: AsyncSession, actor: Actor, template_id: int) -> None:
    """Deletes one. Raises NotFound for one that is not there, or not to be deleted by them."""
    template = await one(session, actor, template_id)
    if not await may_delete(session, actor, template):
        raise NotFound
    await session.delete(template)
    await session.flush()
