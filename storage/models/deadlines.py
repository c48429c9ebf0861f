"""Deadlines, and the rungs that a missed one climbed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, choice
from storage.types import DeadlineId, PersonId, UnitId


class DeadlineStatus(StrEnum):
    LIVE = "live"
    MET = "met"
    MISSED = "missed"  # met too late, or its time has passed for good
    CANCELLED = "cancelled"
    PAUSED = "paused"  # the worker can't be reached, and staff confirmed it


class Deadline(Base):
    """A rule at work on a subject. next_at: when its next step (a reminder, the due time, an escalation) falls; NULL when nothing is left to do.

    step: how many steps of the rule have been taken. owner: the process that holds it just now. unit_id: where its ladder of units begins.
    stopped_at: when it ended, or was paused.
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


class RuleChange(Base):
    """A change of a rule of deadlines, noted when the program began to use it. before: None for a new rule; after: None for one that is gone."""

    __tablename__ = "rule_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    at: Mapped[datetime]
