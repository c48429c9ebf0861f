"""One turn of a conversation: what came in, what is remembered, and what the handler may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from handlers.conversation import Incoming, Side
from knowledge import Knowledge
from knowledge.facts import Facts
from knowledge.statutes import Statutes
from storage.types import PersonId
from storage.work import Work
from union.people import Actor, load_actor
from union.rules import Rule


@dataclass(slots=True)
class Draft:
    """A form that is being filled in. id: part of its buttons, so that those of an older form are told apart.

    about: the number of what the form is about, if it is about something; of: the same in words, for every title.
    editing: one answer is being changed from the summary.
    """

    form: str
    id: str
    step: str
    values: dict[str, Any] = field(default_factory=dict)
    about: int = 0
    editing: bool = False
    of: str = ""


@dataclass(slots=True)
class State:
    """What one conversation remembers between messages. It is kept encrypted; nothing personal is put here before the person agreed.

    room: the case whose room is open. topic, request, nature, question: the last reading. then: what to do once the person agreed.
    cry: what a stranger in danger said, kept for the press of one button (handlers/worker/urgent says why that may be).
    unsent: a lawyer's texts that wait for the case to be chosen. worked_out: the answers of the last calculation, to change and work out again.
    tried: when a passphrase was tried in vain, as ISO texts.
    """

    draft: Draft | None = None
    room: int | None = None
    topic: str = ""
    request: str = ""
    nature: str = ""
    question: str = ""
    then: str = ""
    cry: str = ""
    unsent: list[str] = field(default_factory=list)
    worked_out: Draft | None = None
    tried: list[str] = field(default_factory=list)

    def to_json(self) -> bytes | None:
        """As it is stored; None when there is nothing to remember."""
        # orjson writes dataclasses by itself; dataclasses.asdict would copy everything first, for every message.
        data = {name: value for name in self.__slots__ if (value := getattr(self, name))}
        return orjson.dumps(data) if data else None

    @classmethod
    def from_json(cls, data: bytes | None) -> State:
        """What `to_json` wrote. Fields that an older program wrote and this one doesn't know are dropped."""
        if not data:
            return cls()
        raw = orjson.loads(data)
        known = {key: value for key, value in raw.items() if key in cls.__dataclass_fields__}
        for name in ("draft", "worked_out"):
            if draft := known.get(name):
                known[name] = Draft(**{key: value for key, value in draft.items() if key in Draft.__dataclass_fields__})
        return cls(**known)


@dataclass(frozen=True, slots=True)
class House:
    """What every conversation may use and nobody changes: what the bot knows, the union's rules, the dated facts, the official texts.

    What is newer comes as another house, which turns that begin later are given (`bot.upkeep`): within a turn nothing changes.
    """

    knowledge: Knowledge
    rules: Mapping[str, Rule]
    facts: Facts
    statutes: Statutes


@dataclass(slots=True)
class Turn:
    """One turn. A handler reads it, changes `state` and `person_id`, and returns replies; it sends nothing and commits nothing."""

    incoming: Incoming
    state: State
    person_id: PersonId | None
    work: Work
    house: House
    now: datetime
    _actor: Actor | None = None

    @property
    def side(self) -> Side:
        """The counter at which this conversation is held."""
        return self.incoming.side

    @property
    def session(self) -> AsyncSession:
        """The session of this turn's one transaction."""
        return self.work.session

    async def actor(self) -> Actor:
        """The person with their roles, loaded once. At the members' counter roles count for nothing. Only for somebody who is known."""
        if self.person_id is None:
            raise RuntimeError("nobody is known here yet")
        if self._actor is None or self._actor.id != self.person_id:
            if self.side is Side.MEMBER:
                self._actor = Actor(self.person_id, "")
            else:
                self._actor = await load_actor(self.session, self.person_id)
        return self._actor

    def forget_actor(self) -> None:
        """After roles have changed in this turn."""
        self._actor = None
