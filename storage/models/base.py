"""What every table shares: names for constraints (so that migrations can speak of them), typed ids, times in UTC."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

from storage.types import TYPED_IDS, Moment, stored_by_value


class Base(DeclarativeBase):
    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[Any] = {
        int: sa.BigInteger,
        str: sa.Text,
        datetime: Moment,
        Decimal: sa.Numeric(14, 2),
        **{typed_id: sa.BigInteger for typed_id in TYPED_IDS},
    }


def choice(enum: type[StrEnum]) -> sa.Enum:
    """The column type of a closed set of values."""
    return stored_by_value(enum)
