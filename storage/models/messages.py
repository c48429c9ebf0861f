"""What comes in and what goes out: conversations, the inbox, the outbox, files, and the web page's own screen."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, choice
from storage.types import CaseId, ConversationId, FileId, OutboxId, PersonId, Sealed, SealedText


class InboxStatus(StrEnum):
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class OutboxStatus(StrEnum):
    PENDING = "pending"  # to be sent
    SENDING = "sending"  # in the hands of the process `owner`
    SENT = "sent"
    UNREACHABLE = "unreachable"  # no door is open; goes out when the person comes back
    MOOT = "moot"  # no longer true when it was to be sent (the case had moved on)
    FAILED = "failed"  # refused by the door, or tried too often


class Priority:
    """Who waits for whom: a person in conversation never waits for an alert. Notices are not in the outbox (`NoticeDelivery`)."""

    REPLY = 0
    ALERT = 1


class Conversation(Base):
    """One person at one door: where they are in it. `state` is the conversation's own memory (form drafts …), encrypted."""

    __tablename__ = "conversation"
    __table_args__ = (sa.UniqueConstraint("door", "address"), {"postgresql_with": {"fillfactor": "80"}})

    id: Mapped[ConversationId] = mapped_column(primary_key=True)
    door: Mapped[str]
    address: Mapped[str]
    side: Mapped[str]
    person_id: Mapped[PersonId | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    state: Mapped[bytes | None] = mapped_column(Sealed("conversation.state"))
    last_in_at: Mapped[datetime | None]
    unreachable_since: Mapped[datetime | None]
    created_at: Mapped[datetime]


class InboxRow(Base):
    """Something that arrived and was acknowledged. The payload is encrypted and is erased once the row is done."""

    __tablename__ = "inbox"
    __table_args__ = (
        sa.UniqueConstraint("door", "event_id"),
        sa.Index("ix_inbox_pending", "door", "address", "id", postgresql_where=sa.text("status = 'pending'")),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    door: Mapped[str]
    address: Mapped[str]
    event_id: Mapped[str]
    payload: Mapped[bytes | None] = mapped_column(Sealed("inbox.payload"))
    received_at: Mapped[datetime]
    status: Mapped[InboxStatus] = mapped_column(choice(InboxStatus), default=InboxStatus.PENDING)
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    not_before: Mapped[datetime]
    done_at: Mapped[datetime | None]
    error: Mapped[str | None]


class OutboxRow(Base):
    """Something to tell somebody: a reply (`kind` is "reply", `body` its text, erased once sent) or a fact with its `params`.

    A reply is addressed to a conversation, a fact to a person; rows of one `lane` go out in the order of their ids.
    dedupe_key: the same thing is told once. slot: a later message of the same slot replaces the earlier one on the screen.
    reached_at: it is on the person's device. subject, subject_id: the case or notice that it belongs to.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index("ix_outbox_due", "priority", "id", postgresql_where=sa.text("status = 'pending'")),
        sa.Index("ix_outbox_lane", "lane", "id", postgresql_where=sa.text("status IN ('pending', 'sending')")),
        sa.Index("ix_outbox_sending", "owner", postgresql_where=sa.text("status = 'sending'")),
        sa.Index("ix_outbox_slot", "conversation_id", "slot", "id", postgresql_where=sa.text("slot IS NOT NULL")),
        sa.Index("ix_outbox_subject", "subject", "subject_id", postgresql_where=sa.text("subject IS NOT NULL")),
        sa.Index("ix_outbox_not_received", "created_at", postgresql_where=sa.text("status IN ('unreachable', 'failed')")),
        sa.Index("ix_outbox_unreachable", "person_id", postgresql_where=sa.text("status = 'unreachable'")),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    id: Mapped[OutboxId] = mapped_column(primary_key=True)
    lane: Mapped[str]
    conversation_id: Mapped[ConversationId | None] = mapped_column(sa.ForeignKey("conversation.id"))
    person_id: Mapped[PersonId | None] = mapped_column(sa.ForeignKey("person.id"))
    side: Mapped[str]
    priority: Mapped[int] = mapped_column(sa.SmallInteger)
    kind: Mapped[str]
    body: Mapped[bytes | None] = mapped_column(Sealed("outbox.body"))
    params: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    slot: Mapped[str | None]
    edit_ref: Mapped[str | None]
    subject: Mapped[str | None]
    subject_id: Mapped[int | None]
    dedupe_key: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[OutboxStatus] = mapped_column(choice(OutboxStatus), default=OutboxStatus.PENDING)
    owner: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    not_before: Mapped[datetime]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    reached_at: Mapped[datetime | None]
    message_ref: Mapped[str | None]
    error: Mapped[str | None]


class FileStatus(StrEnum):
    WAITING = "waiting"  # the door still holds it; it is to be fetched
    STORED = "stored"
    GONE = "gone"  # the door would not give it


class StoredFile(Base):
    """A file that a person sent. It is fetched from its door once and kept here, encrypted, because another door can't read the first one's handle."""

    __tablename__ = "file"
    __table_args__ = (sa.Index("ix_file_waiting", "not_before", postgresql_where=sa.text("status = 'waiting'")),)

    id: Mapped[FileId] = mapped_column(primary_key=True)
    door: Mapped[str]
    handle: Mapped[str] = mapped_column(SealedText("file.handle"))
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(SealedText("file.name"))
    mime: Mapped[str]
    size: Mapped[int]
    data: Mapped[bytes | None] = mapped_column(Sealed("file.data"), deferred=True)
    status: Mapped[FileStatus] = mapped_column(choice(FileStatus))
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    not_before: Mapped[datetime]
    address: Mapped[str]
    case_id: Mapped[CaseId | None] = mapped_column(sa.ForeignKey("case.id"), index=True)
    created_at: Mapped[datetime]


class WebSession(Base):
    """A browser that opened the page. token_hash: SHA-256 of its cookie. person_id is set only for the made-up people of demo mode."""

    __tablename__ = "web_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    side: Mapped[str]
    address: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


web_revision = sa.Sequence("web_revision", metadata=Base.metadata)


class WebMessage(Base):
    """One message on the web page's screen. `revision` grows with every change, so a page that comes back asks for what is newer than it has seen.

    outgoing: from the house to the person. key: the event or the outbox row that it shows, so that a repeat is shown once.
    body: JSON, encrypted. For the house's messages delivered_at/read_at are the person's, for the person's messages the house's.
    """

    __tablename__ = "web_message"
    __table_args__ = (
        sa.UniqueConstraint("address", "key"),
        sa.Index("ix_web_message_address_revision", "address", "revision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(web_revision, server_default=web_revision.next_value())
    address: Mapped[str]
    key: Mapped[str]
    outgoing: Mapped[bool]
    body: Mapped[bytes] = mapped_column(Sealed("web_message.body"))
    at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
