"""Cases with their history and the room between worker and lawyer; deadlines; notices."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, choice
from storage.types import BlindIndex, CaseId, DeadlineId, FileId, NoticeId, PersonId, SealedText, UnitId


class CaseStatus(StrEnum):
    """The life of a dispute case (domain.md): 受理 派单 接单 介入 办理 办结 评价 归档, and 撤回."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    INTERVENED = "intervened"
    IN_PROGRESS = "in_progress"
    CLOSED = "closed"
    RATED = "rated"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """How a case ended."""

    SETTLED = "settled"
    MEDIATED = "mediated"
    ARBITRATION = "arbitration"
    LITIGATION = "litigation"
    INSPECTORATE = "inspectorate"
    ADVISED = "advised"
    WITHDRAWN = "withdrawn"


class Case(Base):
    """Something that somebody must handle. What the worker told is encrypted.

    code: eight digits, the last a check digit, spoken over a phone. unit_id: the street or district that it belongs to.
    lawyer_id: the one person responsible; None while the staff of the unit are. received_at starts the 24-hour clock,
    intervened_at stops it (S1 三(三)3). since: the day the trouble began. amount, recovered: 元.
    """

    __tablename__ = "case"
    __table_args__ = (
        sa.Index("ix_case_open_lawyer", "lawyer_id", postgresql_where=sa.text("status NOT IN ('closed','rated','archived','withdrawn')")),
        sa.Index("ix_case_unit_status", "unit_id", "status"),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    id: Mapped[CaseId] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    topic: Mapped[str]
    nature: Mapped[str | None]
    status: Mapped[CaseStatus] = mapped_column(choice(CaseStatus))
    worker_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"), index=True)
    anonymous: Mapped[bool]
    contact_name: Mapped[str | None] = mapped_column(SealedText("case.contact_name"))
    contact_phone: Mapped[str | None] = mapped_column(SealedText("case.contact_phone"))
    story: Mapped[str] = mapped_column(SealedText("case.story"))
    employer: Mapped[str] = mapped_column(SealedText("case.employer"))
    employer_index: Mapped[str] = mapped_column(BlindIndex("case.employer"), index=True)
    unit_id: Mapped[UnitId] = mapped_column(sa.ForeignKey("unit.id"))
    since: Mapped[date | None] = mapped_column(sa.Date)
    amount: Mapped[Decimal | None]
    lawyer_id: Mapped[PersonId | None] = mapped_column(sa.ForeignKey("lawyer.person_id"))
    received_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    intervened_at: Mapped[datetime | None]
    overdue: Mapped[bool] = mapped_column(default=False)
    closed_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome))
    outcome_note: Mapped[str | None] = mapped_column(SealedText("case.outcome_note"))
    recovered: Mapped[Decimal | None]
    rating: Mapped[int | None] = mapped_column(sa.SmallInteger)
    rating_comment: Mapped[str | None] = mapped_column(SealedText("case.rating_comment"))


class CaseEvent(Base):
    """A line of a case's history. Lines are only ever added: a trigger refuses to change or delete one. detail holds ids and codes, never a name."""

    __tablename__ = "case_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId] = mapped_column(sa.ForeignKey("case.id"), index=True)
    at: Mapped[datetime]
    actor_id: Mapped[PersonId | None] = mapped_column(sa.ForeignKey("person.id"))
    action: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class RoomMessage(Base):
    """A message in the room between the worker and the lawyer of a case. from_worker tells the direction."""

    __tablename__ = "room_message"
    __table_args__ = (sa.Index("ix_room_message_case_id_id", "case_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId] = mapped_column(sa.ForeignKey("case.id"))
    from_worker: Mapped[bool]
    author_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(SealedText("room_message.text"))
    file_id: Mapped[FileId | None] = mapped_column(sa.ForeignKey("file.id"))
    created_at: Mapped[datetime]
    reached_at: Mapped[datetime | None]


class DeadlineStatus(StrEnum):
    LIVE = "live"
    MET = "met"
    MISSED = "missed"  # every step was taken and it was never met
    CANCELLED = "cancelled"


class Deadline(Base):
    """A rule at work on a subject. next_at: when its next step (a reminder, the due time, an escalation) falls; NULL when nothing is left to do.

    step: how many steps of the rule have been taken. owner: the process that holds it just now. unit_id: where its ladder of units begins.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        sa.Index("ix_deadline_next_at", "next_at", postgresql_where=sa.text("next_at IS NOT NULL AND owner IS NULL")),
        sa.Index("ix_deadline_owner", "owner", postgresql_where=sa.text("owner IS NOT NULL")),
        sa.Index("ix_deadline_subject", "subject", "subject_id"),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    id: Mapped[DeadlineId] = mapped_column(primary_key=True)
    rule: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[int]
    unit_id: Mapped[UnitId] = mapped_column(sa.ForeignKey("unit.id"))
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    step: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    next_at: Mapped[datetime | None]
    owner: Mapped[int | None]
    status: Mapped[DeadlineStatus] = mapped_column(choice(DeadlineStatus), default=DeadlineStatus.LIVE)
    stopped_at: Mapped[datetime | None]


class Rung(Base):
    """A rung of the ladder that a missed deadline climbed: whom it was told to, and who said that they have it."""

    __tablename__ = "rung"
    __table_args__ = (sa.UniqueConstraint("deadline_id", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[DeadlineId] = mapped_column(sa.ForeignKey("deadline.id"))
    step: Mapped[int] = mapped_column(sa.SmallInteger)
    unit_id: Mapped[UnitId] = mapped_column(sa.ForeignKey("unit.id"))
    told: Mapped[int] = mapped_column(sa.SmallInteger)
    told_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[PersonId | None] = mapped_column(sa.ForeignKey("person.id"))


class NoticeStatus(StrEnum):
    SENDING = "sending"
    SENT = "sent"  # every recipient has an outcome
    STOPPED = "stopped"


class Notice(Base):
    """Something told to many. audience: the filter over people, as data. spread_to: the last person that got an outbox row, so a restart goes on there."""

    __tablename__ = "notice"

    id: Mapped[NoticeId] = mapped_column(primary_key=True)
    author_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"))
    unit_id: Mapped[UnitId] = mapped_column(sa.ForeignKey("unit.id"))
    audience: Mapped[dict[str, Any]] = mapped_column(JSONB)
    title: Mapped[str]
    text: Mapped[str]
    total: Mapped[int]
    spread_to: Mapped[PersonId] = mapped_column(default=PersonId(0))
    spread_done: Mapped[bool] = mapped_column(default=False)
    status: Mapped[NoticeStatus] = mapped_column(choice(NoticeStatus), index=True)
    confirmed_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    progress_at: Mapped[datetime | None]


class KeyCheck(Base):
    """One known word, encrypted: a start with the wrong key is stopped before it reads or writes anything."""

    __tablename__ = "key_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[str] = mapped_column(SealedText("key_check"))
