"""Cases with their history, the room between the two sides, and what is noted about them on the way."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.employers import EmployerIndex
from storage.models.base import Base, choice
from storage.types import BlindIndex, CaseId, FileId, PersonId, SealedText, UnitId


class CaseKind(StrEnum):
    """What a case is about: the kinds of request that somebody must handle (12351's own), and 突发事件."""

    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    HELP = "help"
    SUGGESTION = "suggestion"
    INCIDENT = "incident"


class CaseStatus(StrEnum):
    """The life of a case (domain.md): 受理 派单 接单 介入 办理 办结 评价 归档, and 撤回, 并案."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    INTERVENED = "intervened"
    IN_PROGRESS = "in_progress"
    CLOSED = "closed"
    RATED = "rated"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


OPEN_STATUSES = (CaseStatus.RECEIVED, CaseStatus.ASSIGNED, CaseStatus.ACCEPTED, CaseStatus.INTERVENED, CaseStatus.IN_PROGRESS)
BOARD_COUNTS = ("status", "kind", "intervened_at", "paused_at", "worker_id")
"""What the board counts by (union/overview), so that it never has to look at the cases themselves."""
IS_OPEN = sa.text("status IN ('received', 'assigned', 'accepted', 'intervened', 'in_progress')")
"""OPEN_STATUSES as the indexes have it: only a query that says it in these words can be planned once and use them."""


class Outcome(StrEnum):
    """How a case ended."""

    SETTLED = "settled"
    MEDIATED = "mediated"
    ARBITRATION = "arbitration"
    LITIGATION = "litigation"
    INSPECTORATE = "inspectorate"
    COLLECTIVE = "collective"
    ADVISED = "advised"
    HELPED = "helped"
    ANSWERED = "answered"
    UNFOUNDED = "unfounded"
    WITHDRAWN = "withdrawn"


class Intake(StrEnum):
    """By which way a case came in."""

    WORKER = "worker"
    HOTLINE = "hotline"
    CHAIR = "chair"
    URGENT = "urgent"
    RADAR = "radar"
    SPLIT = "split"


class Case(Base):
    """Something that somebody must handle. What the worker told is encrypted.

    code: eight digits, the last a check digit, spoken over a phone. unit_id: the unit that it belongs to (归口); whose staff may see it.
    Exactly one is responsible for an open case (专人): lawyer_id in a dispute, otherwise officer_id, a member of staff, who also keeps a dispute
    that has no lawyer yet. received_at starts the 24-hour clock, intervened_at (the first real contact with the worker) stops it (S1 三(三)3);
    due_at: when it runs out. overdue: it did, and the mark stays. paused_at: staff confirmed that the worker can't be reached.
    step: where it stands on the path of its nature (union/paths). since: the day the trouble began. amount, recovered: 元.
    merged_into_id: it is a duplicate of that one. collective_id: the case that leads those of a group of workers. split_from_id: it was part of that one.
    passphrase_index: by code and passphrase a case is followed from any door; wrong tries are counted and lock it for a while.
    rating, rating_speed, rating_manner: 1 to 5. publish_agreed: the writer lets the answer be published.
    """

    __tablename__ = "case"
    __table_args__ = (
        sa.Index("ix_case_open_lawyer", "lawyer_id", postgresql_where=IS_OPEN),
        sa.Index("ix_case_open_officer", "officer_id", postgresql_where=sa.text(f"officer_id IS NOT NULL AND {IS_OPEN.text}")),
        sa.Index("ix_case_open_board", sa.text("(intervened_at IS NOT NULL)"), "due_at", "id", postgresql_where=IS_OPEN),
        sa.Index(
            "ix_case_open_unit",
            "unit_id",
            sa.text("(intervened_at IS NOT NULL)"),
            "due_at",
            postgresql_where=IS_OPEN,
            postgresql_include=BOARD_COUNTS,
        ),
        sa.Index("ix_case_unit_received", "unit_id", "received_at"),
        sa.Index("ix_case_employer_received", "employer_index", "received_at"),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    id: Mapped[CaseId] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[CaseKind] = mapped_column(choice(CaseKind))
    topic: Mapped[str]
    nature: Mapped[str | None]
    status: Mapped[CaseStatus] = mapped_column(choice(CaseStatus))
    step: Mapped[str | None]
    intake: Mapped[Intake] = mapped_column(choice(Intake), default=Intake.WORKER, server_default="worker")
    intake_by: Mapped[PersonId | None] = mapped_column(sa.ForeignKey("person.id"))
    worker_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"), index=True)
    anonymous: Mapped[bool]
    contact_name: Mapped[str | None] = mapped_column(SealedText("case.contact_name"))
    contact_phone: Mapped[str | None] = mapped_column(SealedText("case.contact_phone"))
    passphrase_index: Mapped[str | None] = mapped_column(BlindIndex("case.passphrase"))
    passphrase_tries: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    passphrase_locked_until: Mapped[datetime | None]
    story: Mapped[str] = mapped_column(SealedText("case.story"))
    employer: Mapped[str] = mapped_column(SealedText("case.employer"))
    employer_index: Mapped[str] = mapped_column(EmployerIndex())
    unit_id: Mapped[UnitId] = mapped_column(sa.ForeignKey("unit.id"))
    since: Mapped[date | None] = mapped_column(sa.Date)
    amount: Mapped[Decimal | None]
    lawyer_id: Mapped[PersonId | None] = mapped_column(sa.ForeignKey("lawyer.person_id"))
    officer_id: Mapped[PersonId | None] = mapped_column(sa.ForeignKey("person.id"))
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    intervened_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    overdue: Mapped[bool] = mapped_column(default=False)
    closed_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome))
    outcome_note: Mapped[str | None] = mapped_column(SealedText("case.outcome_note"))
    recovered: Mapped[Decimal | None]
    merged_into_id: Mapped[CaseId | None] = mapped_column(sa.ForeignKey("case.id"))
    collective_id: Mapped[CaseId | None] = mapped_column(sa.ForeignKey("case.id"), index=True)
    split_from_id: Mapped[CaseId | None] = mapped_column(sa.ForeignKey("case.id"))
    rating: Mapped[int | None] = mapped_column(sa.SmallInteger)
    rating_speed: Mapped[int | None] = mapped_column(sa.SmallInteger)
    rating_manner: Mapped[int | None] = mapped_column(sa.SmallInteger)
    rating_comment: Mapped[str | None] = mapped_column(SealedText("case.rating_comment"))
    publish_agreed: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    @property
    def responsible_id(self) -> PersonId | None:
        """The one person who has to act: the lawyer, or the member of staff."""
        return self.lawyer_id or self.officer_id


class CaseEvent(Base):
    """A line of a case's history. Lines are only ever added: a trigger refuses to change or delete one. detail holds ids and codes, never a name.

    number counts a case's lines from 1; digest is SHA-256 over the digest of the line before and this one. Both are made by a trigger, which
    keeps the last of each in `CaseChain`, so that a line that was changed, taken out or cut off at the end is found (`union.history.audit`).
    """

    __tablename__ = "case_event"
    __table_args__ = (sa.UniqueConstraint("case_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId] = mapped_column(sa.ForeignKey("case.id"))
    number: Mapped[int] = mapped_column(sa.Integer, server_default=sa.FetchedValue())
    at: Mapped[datetime]
    actor_id: Mapped[PersonId | None] = mapped_column(sa.ForeignKey("person.id"))
    action: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary, server_default=sa.FetchedValue(), deferred=True)


class CaseChain(Base):
    """Where the history of a case ends: how many lines it has, and the digest of the last. Written by the trigger of `CaseEvent` alone."""

    __tablename__ = "case_chain"
    __table_args__ = ({"postgresql_with": {"fillfactor": "80"}},)

    case_id: Mapped[CaseId] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    length: Mapped[int] = mapped_column(sa.Integer)
    head: Mapped[bytes] = mapped_column(sa.LargeBinary)


class CaseFollower(Base):
    """Somebody who proved, with code and passphrase, that a case is theirs: the same worker at another door."""

    __tablename__ = "case_follower"

    case_id: Mapped[CaseId] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    person_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, index=True)
    since: Mapped[datetime]


class CaseDate(Base):
    """A date that counts in law (the award was received on …): warnings are computed from it. code: one of union/data/paths.toml. The latest of a code holds."""

    __tablename__ = "case_date"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId] = mapped_column(sa.ForeignKey("case.id"), index=True)
    code: Mapped[str]
    day: Mapped[date] = mapped_column(sa.Date)
    noted_by: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"))
    noted_at: Mapped[datetime]


class NoteKind(StrEnum):
    NOTE = "note"  # an internal remark
    CALL = "call"  # a call with the worker
    VISIT = "visit"  # a visit, or the worker came by


class CaseNote(Base):
    """What those who handle a case wrote down for one another; it never reaches the worker. happened_at: when the call or visit took place."""

    __tablename__ = "case_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId] = mapped_column(sa.ForeignKey("case.id"), index=True)
    author_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[NoteKind] = mapped_column(choice(NoteKind))
    text: Mapped[str] = mapped_column(SealedText("case_note.text"))
    happened_at: Mapped[datetime]
    created_at: Mapped[datetime]


class RoomMessage(Base):
    """A message in the room between the worker and the one who is responsible. from_worker tells the direction.

    reached_at: it is on the other side's device. read_at: the other side has seen it, as far as a door can tell.
    """

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
    read_at: Mapped[datetime | None]


class CallBack(Base):
    """The worker asks to be called. phone: given for this call alone, by the worker's own act; it is erased when the call is done."""

    __tablename__ = "call_back"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId] = mapped_column(sa.ForeignKey("case.id"), index=True)
    phone: Mapped[str | None] = mapped_column(SealedText("call_back.phone"))
    wanted_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class AppointmentStatus(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class Appointment(Base):
    """A mediation (调解): where and when, who is asked to come, and what came of it. employer_contact: how the other side was asked."""

    __tablename__ = "appointment"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId] = mapped_column(sa.ForeignKey("case.id"), index=True)
    point_id: Mapped[int | None] = mapped_column(sa.ForeignKey("service_point.id"))
    place: Mapped[str]
    at: Mapped[datetime]
    employer_contact: Mapped[str | None] = mapped_column(SealedText("appointment.employer_contact"))
    made_by: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    worker_coming: Mapped[bool | None]
    status: Mapped[AppointmentStatus] = mapped_column(choice(AppointmentStatus))
    result: Mapped[str | None]
    remark: Mapped[str | None] = mapped_column(SealedText("appointment.remark"))


class PublishedAnswer(Base):
    """An answer that everybody may read, with the writer's consent and without anything that names them."""

    __tablename__ = "published_answer"

    case_id: Mapped[CaseId] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    unit_id: Mapped[UnitId] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    question: Mapped[str]
    answer: Mapped[str]
    published_by: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"))
    published_at: Mapped[datetime]


class CannedReply(Base):
    """A sentence that somebody at the desk keeps ready."""

    __tablename__ = "canned_reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"), index=True)
    text: Mapped[str] = mapped_column(SealedText("canned_reply.text"))
    created_at: Mapped[datetime]
