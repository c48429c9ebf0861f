"""Who there is: units, service points, people with their roles, lawyers with their firms and units, codes that let people in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from storage.employers import EmployerIndex
from storage.models.base import Base, choice
from storage.types import BlindIndex, ConversationId, PersonId, SealedText, UnitId


class UnitKind(StrEnum):
    """The two lines of the organisation: territorial 区域三级 and industry 产业 (S0, S4)."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    STATION = "station"
    COMMUNITY = "community"
    INDUSTRY = "industry"
    FEDERATION = "federation"
    WORKPLACE = "workplace"


class Role(StrEnum):
    LAWYER = "lawyer"
    STAFF = "staff"
    CHAIR = "chair"
    ADMIN = "admin"


class Unit(Base):
    """A unit of the union. path: the ids from the root down to this unit, each followed by a dot ("1.7.42."), so everything below is one prefix.

    A workplace keeps its territorial parent and may also belong to one industry line (隶属关系不变, S0).
    """

    __tablename__ = "unit"
    __table_args__ = (
        sa.Index("ix_unit_path", "path", postgresql_ops={"path": "text_pattern_ops"}),
        sa.Index("ix_unit_name", "name"),
    )

    id: Mapped[UnitId] = mapped_column(primary_key=True)
    kind: Mapped[UnitKind] = mapped_column(choice(UnitKind))
    name: Mapped[str]
    short: Mapped[str]
    parent_id: Mapped[UnitId | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    industry_id: Mapped[UnitId | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    path: Mapped[str]
    workers: Mapped[int | None]
    latitude: Mapped[float | None] = mapped_column(sa.Float)
    longitude: Mapped[float | None] = mapped_column(sa.Float)


class ServicePoint(Base):
    """A place one can go to (服务阵地, S1, S4). kind: the Chinese name of its sort."""

    __tablename__ = "service_point"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[UnitId] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    address: Mapped[str]
    phone: Mapped[str]
    hours: Mapped[str]
    latitude: Mapped[float] = mapped_column(sa.Float)
    longitude: Mapped[float] = mapped_column(sa.Float)


class Person(Base):
    """Somebody we know by their own act. Everything that names them is encrypted; phone and card are found by their blind index.

    made_up: one of the demo's people. consent_at: agreed to the privacy notice (个人信息保护法第13条).
    unit_id: where they belong, as a member or by the case they brought. notices_off_at: they want no notices.
    door_id: the open conversation at the members' counter that they used last, else the one at the desk, kept by a trigger on conversations:
    whom a notice can reach. door: that door's name, kept with it.
    language: the one they would rather speak, as a code (en, ug, bo …); None for Chinese.
    """

    __tablename__ = "person"
    __table_args__ = (
        # Audiences are counted in it alone. Few values, many times each: PostgreSQL keeps each combination once (4 million people in 29 MB).
        sa.Index("ix_person_audience", "unit_id", "wants_notices", "door", "has_card", "is_member", "language"),
    )

    id: Mapped[PersonId] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(SealedText("person.name"))
    phone: Mapped[str | None] = mapped_column(SealedText("person.phone"))
    phone_index: Mapped[str | None] = mapped_column(BlindIndex("person.phone"), index=True)
    card: Mapped[str | None] = mapped_column(SealedText("person.card"))
    card_index: Mapped[str | None] = mapped_column(BlindIndex("person.card"), index=True)
    unit_id: Mapped[UnitId | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    member_since: Mapped[datetime | None]
    consent_at: Mapped[datetime | None]
    notices_off_at: Mapped[datetime | None]
    door_id: Mapped[ConversationId | None] = mapped_column(sa.ForeignKey("conversation.id", use_alter=True))
    door: Mapped[str | None]
    has_card: Mapped[bool] = mapped_column(sa.Computed("card_index IS NOT NULL", persisted=True))
    is_member: Mapped[bool] = mapped_column(sa.Computed("member_since IS NOT NULL", persisted=True))
    wants_notices: Mapped[bool] = mapped_column(sa.Computed("notices_off_at IS NULL", persisted=True))
    language: Mapped[str | None]
    made_up: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class RoleGrant(Base):
    """A role that somebody holds at a unit: it reaches that unit and everything below it, and nothing else."""

    __tablename__ = "role_grant"
    __table_args__ = (
        sa.Index("uq_role_grant_live", "person_id", "role", "unit_id", unique=True, postgresql_where=sa.text("revoked_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"), index=True)
    role: Mapped[Role] = mapped_column(choice(Role))
    unit_id: Mapped[UnitId] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Firm(Base):
    """A law firm bought in by the union (S4)."""

    __tablename__ = "firm"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Lawyer(Base):
    """What routing must know of a lawyer. capacity: open cases at most. topics: those they know; empty means all.

    languages: those they speak besides Chinese. last_assigned_at: when a case was last given to them; who has waited longest comes first.
    """

    __tablename__ = "lawyer"

    person_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    firm_id: Mapped[int | None] = mapped_column(sa.ForeignKey("firm.id"), index=True)
    capacity: Mapped[int] = mapped_column(sa.SmallInteger)
    topics: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    languages: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list, server_default="{}")
    last_assigned_at: Mapped[datetime | None]


class LawyerLeave(Base):
    """A time in which a lawyer takes no new cases. ends_at: the first moment at which they are back."""

    __tablename__ = "lawyer_leave"

    id: Mapped[int] = mapped_column(primary_key=True)
    lawyer_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("lawyer.person_id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]


class Conflict(Base):
    """An employer that is or was a client of a lawyer, or of the firm (firm_id): none of them may take a case against it. Declared by the lawyer.

    employer_index is the fingerprint of `storage.employers.employer_key`.
    """

    __tablename__ = "conflict"

    id: Mapped[int] = mapped_column(primary_key=True)
    lawyer_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("lawyer.person_id"), index=True)
    firm_id: Mapped[int | None] = mapped_column(sa.ForeignKey("firm.id"))
    employer: Mapped[str] = mapped_column(SealedText("conflict.employer"))
    employer_index: Mapped[str] = mapped_column(EmployerIndex(), index=True)
    declared_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class LawyerUnit(Base):
    """The lawyer named for a unit (一家一站一律师, S1). Where several are named, the latest comes first; a district's or the city's are its pool."""

    __tablename__ = "lawyer_unit"

    unit_id: Mapped[UnitId] = mapped_column(sa.ForeignKey("unit.id"), primary_key=True)
    lawyer_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("lawyer.person_id"), primary_key=True, index=True)
    named_at: Mapped[datetime]


class Invite(Base):
    """A one-time code that binds a role to whoever brings it to the desk bot. Only the code's fingerprint is kept."""

    __tablename__ = "invite"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_index: Mapped[str] = mapped_column(BlindIndex("invite.code"), unique=True)
    role: Mapped[Role] = mapped_column(choice(Role))
    name: Mapped[str] = mapped_column(SealedText("invite.name"))
    unit_id: Mapped[UnitId] = mapped_column(sa.ForeignKey("unit.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[PersonId | None] = mapped_column(sa.ForeignKey("person.id"))
