"""What the words for a fact are made from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.conversation import Reply
from storage.models import Case
from storage.types import PersonId
from union import people
from union.alerts import Fact
from union.lifecycle import ENDED
from union.rules import Rules

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class About:
    """A fact about a case, and who will read it."""

    session: AsyncSession
    case: Case
    params: Params
    reader: PersonId
    rules: Rules
    now: datetime

    @property
    def ended(self) -> bool:
        """Whether the case has come to an end meanwhile."""
        return self.case.status in ENDED

    @property
    def theirs(self) -> bool:
        """Whether the reader is (still) the one responsible for an open case."""
        return self.case.responsible_id == self.reader and not self.ended

    async def name_of(self, person_id: PersonId | None) -> str:
        """Somebody's name; empty for nobody."""
        return "" if person_id is None else (await people.names(self.session, [person_id])).get(person_id, "")


Words = Callable[[About], Awaitable[Reply | None]]
"""The words for a fact; None when it need not be said any more (the case has moved on, it is somebody else's)."""

Table = Mapping[Fact, Words]
