"""The words of a notice: made once for each of its versions, and filled in for each person where they say something of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Attachment
from bot.delivery import load_attachment
from handlers.alerts import digest_words, notice_words
from handlers.conversation import Reply
from storage.models import Notice, Person, Unit
from storage.types import NoticeId, PersonId
from union import digest
from union.units import unit_card


@dataclass(frozen=True, slots=True)
class Template:
    """A version of a notice, ready to be sent. personal: its variables are still open."""

    reply: Reply
    attachment: Attachment | None
    personal: bool


class Texts:
    """The templates of the notices that are being sent."""

    def __init__(self) -> None:
        self._templates: dict[tuple[NoticeId, int], Template] = {}

    def keep(self, notices: Sequence[Notice]) -> None:
        """Forgets all others."""
        live = {(notice.id, notice.version) for notice in notices}
        self._templates = {key: template for key, template in self._templates.items() if key in live}

    async def template(self, session: AsyncSession, notice: Notice) -> Template:
        """The notice as it stands. Raises TryLater while its file is still being fetched."""
        key = (notice.id, notice.version)
        if key not in self._templates:
            unit = await unit_card(session, notice.unit_id)
            reply = notice_words.compose(notice, unit.name)
            attachment = await load_attachment(session, reply.file)
            self._templates[key] = Template(reply, attachment, notice_words.has_variables(reply))
        return self._templates[key]

    async def for_people(self, session: AsyncSession, notice: Notice, people: Sequence[PersonId]) -> Mapping[PersonId, Reply]:
        """What each of these people is told; who is missing has nothing to be told any more (a digest of what they have switched off since)."""
        if notice.digest_day is not None:
            told = await digest.told_to(await session.connection(), notice.id, people)
            return {person_id: digest_words.compose(notice.id, gathered) for person_id, gathered in told.items()}
        template = await self.template(session, notice)
        if not template.personal:
            return dict.fromkeys(people, template.reply)
        query = sa.select(Person.id, Person.name, Unit.name).outerjoin(Unit, Unit.id == Person.unit_id).where(Person.id.in_(people))
        rows = (await session.execute(query)).all()
        return {row[0]: notice_words.fill(template.reply, row[1] or "", row[2] or "") for row in rows}


def corrected(reply: Reply) -> Reply:
    """What replaces an earlier version on the screen: the words alone, because a file that was sent can't be exchanged."""
    return replace(reply, file=None)
