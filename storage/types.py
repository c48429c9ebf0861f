"""Column types and typed ids. Personal text is encrypted on its way into the database and decrypted on its way out, so no query can forget it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NewType

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect

CaseId = NewType("CaseId", int)
ConversationId = NewType("ConversationId", int)
DeadlineId = NewType("DeadlineId", int)
FileId = NewType("FileId", int)
ListId = NewType("ListId", int)
NoticeId = NewType("NoticeId", int)
OutboxId = NewType("OutboxId", int)
PersonId = NewType("PersonId", int)
SurveyId = NewType("SurveyId", int)
UnitId = NewType("UnitId", int)

TYPED_IDS: tuple[Any, ...] = (CaseId, ConversationId, DeadlineId, FileId, ListId, NoticeId, OutboxId, PersonId, SurveyId, UnitId)


def one_of(column: Any, values: Iterable[Any]) -> sa.ColumnElement[bool]:
    """Whether a column's value is one of these: one parameter for a list of any length, where IN (…) is a statement of its own for every length,
    made and prepared anew. For lists that grow with what falls due."""
    return column == sa.any_(sa.literal(list(values), ARRAY(column.type)))  # type: ignore[no-any-return]


SECRET_LENGTH = 32
"""Shortest secret that is accepted, in characters."""


class WrongKey(Exception):
    """What was encrypted cannot be read with the keys at hand."""


class Vault:
    """Encrypts, decrypts and blinds. AES-256-GCM; each value begins with the number of its key, so keys can be changed one after the other.

    secrets: the newest first; older ones only read. The blind index stays with the oldest, so that lookups survive a new key.
    Raises ValueError for a secret shorter than 32 characters.
    """

    def __init__(self, secrets: list[str]) -> None:
        if not secrets or any(len(secret) < SECRET_LENGTH for secret in secrets):
            raise ValueError(f"a secret needs at least {SECRET_LENGTH} characters")
        self._keys: dict[bytes, AESGCM] = {}
        for secret in secrets:
            key_number = hashlib.sha256(b"union key number" + secret.encode()).digest()[:4]
            self._keys.setdefault(key_number, AESGCM(_derive(secret, b"columns")))
        self._current = next(iter(self._keys))
        self._index_key = _derive(secrets[-1], b"blind index")
        self._derived_from = secrets[0]

    def seal(self, value: bytes, context: str) -> bytes:
        """Encrypts. context: what the value is (a column's name); it must be given again to open it, so values can't change places."""
        nonce = os.urandom(12)
        return self._current + nonce + self._keys[self._current].encrypt(nonce, value, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypts what `seal` made. Raises WrongKey when no key at hand fits or the value was changed."""
        key = self._keys.get(sealed[:4])
        if key is None:
            raise WrongKey
        try:
            return key.decrypt(sealed[4:16], sealed[16:], context.encode())
        except InvalidTag as error:
            raise WrongKey from error

    def blind(self, value: str, context: str) -> bytes:
        """A keyed fingerprint by which an encrypted value can be looked up, and from which it can't be guessed without the key."""
        return hmac.new(self._index_key, f"{context}\x00{value}".encode(), hashlib.sha256).digest()

    def token(self, purpose: str) -> str:
        """A secret string for `purpose` (a webhook's), the same at every start and on every machine with the same secret."""
        return base64.urlsafe_b64encode(_derive(self._derived_from, purpose.encode())).decode().rstrip("=")


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"union-bot", info=purpose).derive(secret.encode())


def _vault_of(dialect: Dialect) -> Vault:
    # The vault hangs on the engine's dialect (see database.open_database): no global, and two databases in one process can differ.
    vault = getattr(dialect, "vault", None)
    if not isinstance(vault, Vault):
        raise RuntimeError("this engine was opened without a vault")
    return vault


class Sealed(sa.TypeDecorator[bytes]):
    """Bytes, encrypted at rest. context: the column's name, bound into the encryption."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _vault_of(dialect).seal(value, self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _vault_of(dialect).open(value, self.context)


class SealedText(sa.TypeDecorator[str]):
    """Text, encrypted at rest. context: the column's name, bound into the encryption."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _vault_of(dialect).seal(value.encode(), self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else _vault_of(dialect).open(value, self.context).decode()


class BlindIndex(sa.TypeDecorator[str]):
    """The keyed fingerprint of a text; compare it with the plain text. It comes back as hexadecimal digits and can't be undone."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _vault_of(dialect).blind(value, self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else value.hex()


class Moment(sa.TypeDecorator[datetime]):
    """A point in time: aware and in UTC, on both ways. A naive value is refused with ValueError, because it would mean another hour."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)


def stored_by_value(enum: type[StrEnum]) -> sa.Enum:
    """An enum column that stores the value (`open`), where SQLAlchemy would store the member's name (`OPEN`)."""
    return sa.Enum(enum, native_enum=False, length=24, create_constraint=False, values_callable=lambda members: [m.value for m in members])
