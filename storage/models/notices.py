"""Notices: something told to many."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, choice
from storage.types import NoticeId, PersonId, UnitId


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
