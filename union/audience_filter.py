"""Who is meant by a notice, as data, and the query that finds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import sqlalchemy as sa

from storage.models import Case, Interest, NoticeListEntry, Person, Place, Role, RoleGrant, SurveyTurnout, Unit, UnitKind
from storage.types import ListId, PersonId, SurveyId, UnitId
from union.errors import UnionError
from union.lifecycle import OPEN
from union.people import Actor
from union.units import UnitCard

VERSION = 1
CHINESE = "zh"
"""Stands for those who named no other language."""

INDUSTRIAL = (UnitKind.INDUSTRY, UnitKind.FEDERATION)
SENDERS = (Role.STAFF, Role.ADMIN)


class BadAudience(UnionError):
    """Stored data that no audience can be read from: a later program wrote it, or something else did."""

    code = "audience.bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who is meant: the people of the units and of everything below them for whom every condition holds that is given.

    line: those on an industry line, wherever they sit (隶属关系不变, S0); with a line the units may be empty. role: held at one of the units.
    member, card: with it, without it, or None. interests: at least one of these. took_part: who has a place in that sign-up.
    case_topics: an open case about one of these that lies with one of the units; anonymous cases don't count, or whoever brought one
    could be found by narrowing. languages: codes, `CHINESE` for none. doors: the names of the doors they are reached by. list_id: who is on a list.
    """

    units: tuple[UnitId, ...] = ()
    line: UnitId | None = None
    role: Role | None = None
    member: bool | None = None
    card: bool | None = None
    interests: tuple[str, ...] = ()
    took_part: SurveyId | None = None
    case_topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    doors: tuple[str, ...] = ()
    list_id: ListId | None = None

    def __post_init__(self) -> None:
        if not self.units and self.line is None:
            raise BadAudience("neither a unit nor an industry line")

    @property
    def conditions(self) -> tuple[str, ...]:
        """The names of the conditions that are given, besides where: what can be taken away again."""
        return tuple(name for name, value in self.to_json().items() if name not in ("v", "units") and (name != "line" or self.units))

    def without(self, name: str) -> Audience:
        """The same with one of its conditions taken away. Raises ValueError for one that it does not have."""
        if name not in self.conditions:
            raise ValueError("no such condition")
        return self.changed(name, () if isinstance(getattr(self, name), tuple) else None)

    def changed(self, name: str, value: object) -> Audience:
        """The same with another value for one field, which the caller knows to be of its kind."""
        given: dict[str, Any] = {name: value}
        return replace(self, **given)

    def to_json(self) -> dict[str, Any]:
        """As it is stored with a notice: only what is given."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items() if value not in (None, ())}
        return {"v": VERSION, **plain}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Audience:
        """What `to_json` wrote, or the first version ({"unit": 7}). Raises BadAudience for anything else: rather nobody than the wrong people."""
        if set(data) == {"unit"} and _is_number(data["unit"]):
            return cls(units=(UnitId(data["unit"]),))
        given = {name: value for name, value in data.items() if name != "v"}
        if data.get("v") != VERSION or not given.keys() <= _READ.keys():
            raise BadAudience("unknown version or condition")
        if not all(_READ[name](value) for name, value in given.items()):
            raise BadAudience("a condition of the wrong kind")
        read: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
        if "role" in read:
            read["role"] = Role(read["role"])
        return cls(**read)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def _are_numbers(value: object) -> bool:
    return isinstance(value, list) and all(_is_number(each) for each in value)


def _are_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_choice(value: object) -> bool:
    return isinstance(value, bool)


def _is_role(value: object) -> bool:
    return value in list(Role)


_READ = {
    "units": _are_numbers,
    "line": _is_number,
    "role": _is_role,
    "member": _is_choice,
    "card": _is_choice,
    "interests": _are_words,
    "took_part": _is_number,
    "case_topics": _are_words,
    "languages": _are_words,
    "doors": _are_words,
    "list_id": _is_number,
}
"""What each stored condition must be."""


def people(audience: Audience, actor: Actor | None = None) -> sa.Select[PersonId]:
    """The people who are meant and can be reached: an open door, and notices not switched off. Each once, in no order.

    actor: nobody outside this sender's own units, whatever the audience says. Without one the audience must have been checked before (`check`).
    """
    return sa.select(Person.id).where(*meant(audience, actor), *REACHABLE)


REACHABLE = (Person.door.is_not(None), Person.wants_notices)


def meant(audience: Audience, actor: Actor | None = None) -> list[sa.ColumnElement[bool]]:
    """The conditions on `Person`, without whether they can be reached."""
    where = [within(audience), *([] if actor is None else [own_units(actor)])]
    found: list[sa.ColumnElement[bool]] = []
    if audience.role is None:
        found.append(Person.unit_id.in_(sa.select(Unit.id).where(*where)))
    else:
        found.append(Person.id.in_(_grants(audience.role, where).with_only_columns(RoleGrant.person_id)))
    if audience.member is not None:
        found.append(Person.is_member.is_(audience.member))
    if audience.card is not None:
        found.append(Person.has_card.is_(audience.card))
    if audience.interests:
        found.append(Person.id.in_(sa.select(Interest.person_id).where(Interest.topic.in_(audience.interests))))
    if audience.took_part is not None:
        in_it = sa.and_(SurveyTurnout.survey_id == audience.took_part, SurveyTurnout.place == Place.IN)
        found.append(Person.id.in_(sa.select(SurveyTurnout.person_id).where(in_it)))
    if audience.case_topics:
        found.append(Person.id.in_(_workers(audience.case_topics, where)))
    if audience.languages:
        other = Person.language.in_([code for code in audience.languages if code != CHINESE])
        found.append(sa.or_(Person.language.is_(None), other) if CHINESE in audience.languages else other)
    if audience.doors:
        found.append(Person.door.in_(audience.doors))
    if audience.list_id is not None:
        found.append(Person.id.in_(sa.select(NoticeListEntry.person_id).where(NoticeListEntry.list_id == audience.list_id)))
    return found


def place_of(audience: Audience) -> sa.SQLColumnExpression[Any]:
    """The unit for which somebody of the audience is counted: where they belong, or where they hold the role (one of them, if several)."""
    if audience.role is None:
        return Person.unit_id
    held = _grants(audience.role, [within(audience)]).where(RoleGrant.person_id == Person.id)
    return held.with_only_columns(sa.func.min(RoleGrant.unit_id)).correlate(Person).scalar_subquery()


def _grants(role: Role, where: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    query = sa.select(RoleGrant.id).join(Unit, Unit.id == RoleGrant.unit_id)
    return query.where(RoleGrant.role == role, RoleGrant.revoked_at.is_(None), *where)


def _workers(topics: Sequence[str], where: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    query = sa.select(Case.worker_id).join(Unit, Unit.id == Case.unit_id)
    return query.where(Case.topic.in_(topics), Case.status.in_(OPEN), Case.anonymous.is_(False), *where)


# ---- units


def within(audience: Audience) -> sa.ColumnElement[bool]:
    """A condition on `Unit`: it is one of the audience's units or stands under one, and it is on the line."""
    parts = []
    if audience.units:
        parts.append(sa.or_(*[below(unit_id) for unit_id in audience.units]))
    if audience.line is not None:
        parts.append(on_line(audience.line))
    return sa.and_(*parts)


def below(unit_id: UnitId) -> sa.ColumnElement[bool]:
    """A condition on `Unit`: it is this one or stands under it."""
    return _path_holds(Unit.path, unit_id)


def on_line(unit_id: UnitId) -> sa.ColumnElement[bool]:
    """A condition on `Unit`: it is this industry union, stands under it, or is a workplace that belongs to its line."""
    line = sa.orm.aliased(Unit)
    return sa.or_(below(unit_id), Unit.industry_id.in_(sa.select(line.id).where(_path_holds(line.path, unit_id))))


def _path_holds(path: sa.orm.InstrumentedAttribute[str], unit_id: UnitId) -> sa.ColumnElement[bool]:
    # A path is the chain of ids, so no unit has to be read first; and as part of the statement the patterns let PostgreSQL know how many units
    # they match: with parameters it guesses, and walks 40,000 units one by one where it should read the index through.
    def like(pattern: str) -> sa.ColumnElement[bool]:
        return path.like(sa.bindparam(None, pattern, type_=sa.Text, literal_execute=True))

    return sa.or_(like(f"{int(unit_id)}.%"), like(f"%.{int(unit_id)}.%"))


def own_units(actor: Actor) -> sa.ColumnElement[bool]:
    """A condition on `Unit`: it is one of those that a sender's roles reach; for an industry union that is its whole line."""
    return sa.or_(sa.false(), *[_reach(unit) for unit in actor.units(*SENDERS)])


def _reach(unit: UnitCard) -> sa.ColumnElement[bool]:
    return on_line(unit.id) if unit.kind in INDUSTRIAL else below(unit.id)
