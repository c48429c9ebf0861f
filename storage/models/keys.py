"""The proof that the key at hand is the right one."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base
from storage.types import SealedText


class KeyCheck(Base):
    """One known word, encrypted: a start with the wrong key is stopped before it reads or writes anything."""

    __tablename__ = "key_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[str] = mapped_column(SealedText("key_check"))
