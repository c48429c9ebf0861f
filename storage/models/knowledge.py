"""What staff have added to what the bot knows: dated facts, and the trail of who changed them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base
from storage.types import PersonId


class DatedFact(Base):
    """A figure that holds in a region from a day on. It lies over the built-in row of the same name, region and first day.

    value: as it is written in a cell; its form is the business of who knows the names. valid_until: the last day, None until a later row
    takes over. added_by, added_at: who vouched for the row last, and when.
    """

    __tablename__ = "dated_fact"
    __table_args__ = (sa.UniqueConstraint("name", "region", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    region: Mapped[str]
    value: Mapped[str]
    unit: Mapped[str]
    valid_from: Mapped[date] = mapped_column(sa.Date)
    valid_until: Mapped[date | None] = mapped_column(sa.Date)
    source: Mapped[str]
    note: Mapped[str]
    added_by: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"))
    added_at: Mapped[datetime]


class DatedFactChange(Base):
    """A line of the facts' history. Lines are only ever added: a trigger refuses to change or delete one. Its number is the table's version.

    before, after: the row's cells; before is None for one that was new, after for one that was taken back.
    """

    __tablename__ = "dated_fact_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    region: Mapped[str]
    valid_from: Mapped[date] = mapped_column(sa.Date)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    actor_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime]
