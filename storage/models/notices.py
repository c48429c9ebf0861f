"""Notices: something told to many; what became of it for each person; what people subscribe to; and the forms behind their buttons."""

from __future__ import annotations

from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, choice
from storage.types import ConversationId, FileId, ListId, NoticeId, PersonId, SealedText, SurveyId, UnitId


class Category(StrEnum):
    """What a notice is about; people subscribe by it (S1 二(三), S4)."""

    RIGHTS = "rights"  # 维权信息
    SERVICE = "service"  # 服务信息
    ACTIVITY = "activity"  # 活动和培训
    SURVEY = "survey"  # 调查、评议、投票
    DIGEST = "digest"  # 劳动午报
    EMERGENCY = "emergency"  # 紧急通知: told at any hour, can't be switched off alone


class NoticeStatus(StrEnum):
    DRAFT = "draft"
    WAITING = "waiting"  # for a second pair of eyes
    REFUSED = "refused"
    SCHEDULED = "scheduled"  # approved; goes out at send_at
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"  # every recipient has an outcome
    STOPPED = "stopped"


class Notice(Base):
    """Something told to many.

    audience: the filter over people, as data (union/audience). category, urgent: what people may have switched off, and whether the night counts.
    buttons: [{"label", "do", "value"}] (union/notices). survey_id: the form behind one of them. file_id: a picture or file sent along.
    version: grows with every correction. send_at: when it goes out. repeat: how it comes back, as data; series_id: the one it repeats.
    total: how many are meant; expanded_to, expanded: how far their deliveries have been made, so a restart goes on there.
    corrected_to: how far those who have an older version have been marked; None when no correction is under way.
    cost: what the paid rate would cost, 元; None when it is not used.
    digest_day: of a digest (union/digest), the day of Beijing whose gathered notices it tells: there is one a day. None for what somebody wrote.
    """

    __tablename__ = "notice"
    __table_args__ = (
        sa.Index("ix_notice_live", "status", postgresql_where=sa.text("status IN ('scheduled', 'sending', 'paused', 'waiting')")),
        sa.Index("ix_notice_unit_id", "unit_id"),
        # What union/deliveries has to see to: deliveries still to be made or dropped, corrections still to be shown.
        sa.Index(
            "ix_notice_unfinished",
            "id",
            postgresql_where=sa.text("(NOT expanded AND started_at IS NOT NULL) OR corrected_to IS NOT NULL"),
        ),
    )

    id: Mapped[NoticeId] = mapped_column(primary_key=True)
    author_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"), index=True)
    unit_id: Mapped[UnitId] = mapped_column(sa.ForeignKey("unit.id"))
    category: Mapped[Category] = mapped_column(choice(Category), default=Category.SERVICE, server_default="service")
    urgent: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    audience: Mapped[dict[str, Any]] = mapped_column(JSONB)
    title: Mapped[str]
    text: Mapped[str]
    buttons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    file_id: Mapped[FileId | None] = mapped_column(sa.ForeignKey("file.id"))
    survey_id: Mapped[SurveyId | None] = mapped_column(sa.ForeignKey("survey.id"))
    version: Mapped[int] = mapped_column(sa.SmallInteger, default=1, server_default="1")
    status: Mapped[NoticeStatus] = mapped_column(choice(NoticeStatus))
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_by: Mapped[PersonId | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    refusal: Mapped[str | None]
    send_at: Mapped[datetime | None]
    repeat: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    series_id: Mapped[NoticeId | None] = mapped_column(sa.ForeignKey("notice.id"))
    total: Mapped[int] = mapped_column(default=0)
    expanded_to: Mapped[PersonId] = mapped_column(default=PersonId(0), server_default="0")
    expanded: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    corrected_to: Mapped[PersonId | None]
    paid_rate: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    progress_at: Mapped[datetime | None]
    digest_day: Mapped[date | None] = mapped_column(sa.Date, unique=True)


class DeliveryStatus(IntEnum):
    """What became of a notice for one person; a number, because there are millions."""

    WAITING = 0
    IN_HAND = 1
    SENT = 2
    UNREACHABLE = 3
    FAILED = 4
    LEFT_OUT = 5  # switched off since, or stopped before it was their turn
    GATHERED = 6  # over the day's number: it stands in a digest, whose own delivery says whether that arrived


class NoticeDelivery(Base):
    """One notice for one person, at most once: the key says so. owner: the process that holds it. version: the one they were sent.

    No foreign keys: checking four million of them doubles the time that an expansion takes, and nothing deletes notices or people.
    attempts: how often it was in hand when a process died or the line broke, so that it may have been sent without our knowing. tries: how often the
    door did not take it though it took others. not_before: empty until it is first claimed. stale: a newer version is to be shown.
    unit_id: where they belonged when it was made, so that figures by unit (union/notice_report) need not look at millions of people.
    seen_at: the page showed it, or they pressed one of its buttons. tapped: which of its buttons were pressed, as bits.
    left: they switched something off with the button under it. digest_id: of a gathered one, the digest that tells it; told in one only, once.
    """

    __tablename__ = "notice_delivery"
    __table_args__ = (
        sa.Index("ix_notice_delivery_waiting", "notice_id", "person_id", postgresql_where=sa.text("status = 0")),
        sa.Index("ix_notice_delivery_again", "notice_id", "not_before", postgresql_where=sa.text("status = 0 AND not_before IS NOT NULL")),
        sa.Index("ix_notice_delivery_in_hand", "owner", postgresql_where=sa.text("status = 1")),
        sa.Index("ix_notice_delivery_stale", "notice_id", "person_id", postgresql_where=sa.text("stale")),
        sa.Index("ix_notice_delivery_gathered", "person_id", postgresql_where=sa.text("status = 6 AND digest_id IS NULL")),
        sa.Index("ix_notice_delivery_digest", "digest_id", "person_id", postgresql_where=sa.text("digest_id IS NOT NULL")),
        {"postgresql_with": {"fillfactor": "90"}},
    )

    notice_id: Mapped[NoticeId] = mapped_column(primary_key=True)
    person_id: Mapped[PersonId] = mapped_column(primary_key=True)
    unit_id: Mapped[UnitId | None]
    status: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    version: Mapped[int] = mapped_column(sa.SmallInteger, default=1, server_default="1")
    tapped: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    left: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    stale: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    tries: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    owner: Mapped[int | None]
    not_before: Mapped[datetime | None]
    conversation_id: Mapped[ConversationId | None]
    message_ref: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    digest_id: Mapped[NoticeId | None]


class NoticeTally(Base):
    """How many deliveries of a notice have which outcome, kept by a trigger on them: counting four million rows takes too long to do every two
    seconds. status 0 stands for WAITING and IN_HAND; from SEEN_TALLY on, for those that were seen, spread over several rows so that two people who
    press a button at once don't wait for each other."""

    __tablename__ = "notice_tally"
    __table_args__ = ({"postgresql_with": {"fillfactor": "50"}},)

    notice_id: Mapped[NoticeId] = mapped_column(primary_key=True)
    status: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    number: Mapped[int]


SEEN_TALLY = 100
"""See `NoticeTally`."""


class NoticeDay(Base):
    """How many notices that are not urgent a person got on a day of Beijing: the rest is gathered."""

    __tablename__ = "notice_day"
    __table_args__ = ({"postgresql_with": {"fillfactor": "80"}},)

    person_id: Mapped[PersonId] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(sa.Date)
    number: Mapped[int] = mapped_column(sa.SmallInteger)


class Subscription(Base):
    """Somebody's own word on a category of notices. Without a row a category is wanted, the digest only by chairs."""

    __tablename__ = "subscription"

    person_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    category: Mapped[Category] = mapped_column(choice(Category), primary_key=True)
    wanted: Mapped[bool]
    at: Mapped[datetime]


class Interest(Base):
    """A topic that somebody said they want to hear of."""

    __tablename__ = "interest"

    person_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True, index=True)


class NoticeList(Base):
    """People found by a spreadsheet of phone or card numbers. missing: rows in which nobody was found."""

    __tablename__ = "notice_list"

    id: Mapped[ListId] = mapped_column(primary_key=True)
    unit_id: Mapped[UnitId] = mapped_column(sa.ForeignKey("unit.id"))
    author_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"), index=True)
    name: Mapped[str]
    missing: Mapped[int]
    created_at: Mapped[datetime]


class NoticeListEntry(Base):
    """Somebody on a list."""

    __tablename__ = "notice_list_entry"

    list_id: Mapped[ListId] = mapped_column(sa.ForeignKey("notice_list.id"), primary_key=True)
    person_id: Mapped[PersonId] = mapped_column(primary_key=True)


class NoticeTemplate(Base):
    """A notice to begin from. content: title, text, buttons, category, as in a draft."""

    __tablename__ = "notice_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[UnitId] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    author_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"))
    name: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]


class SurveyKind(StrEnum):
    SIGN_UP = "sign_up"  # places, and a waiting list
    SURVEY = "survey"
    APPRAISAL = "appraisal"  # 会员评议: anonymous, one vote each, 90 % is the goal (S1)
    CONSENT = "consent"  # the annual plan: 2/3 must agree (S1)
    WAGES = "wages"  # for the proposal on the minimum wage (S3)


class Survey(Base):
    """A form behind a notice's button. questions: as data (union/surveys). places: None for no limit. anonymous: answers can't be led back to anybody.

    held_at: when the activity is that people sign up for; reminded_at: those with a place have been reminded of it.
    entitled: how many members could vote, counted when it ended; ended is what has a closed_at.
    """

    __tablename__ = "survey"

    id: Mapped[SurveyId] = mapped_column(primary_key=True)
    unit_id: Mapped[UnitId] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    author_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[SurveyKind] = mapped_column(choice(SurveyKind))
    title: Mapped[str]
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    anonymous: Mapped[bool]
    places: Mapped[int | None]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    entitled: Mapped[int | None]
    created_at: Mapped[datetime]


class Place(StrEnum):
    IN = "in"
    WAITING = "waiting"
    CANCELLED = "cancelled"


class SurveyTurnout(Base):
    """Who has taken part, once each; for a sign-up also whether they have a place, and their number in the queue. It says nothing of what they
    answered, and in an anonymous survey not even when: `number` is 0 and `at` the same for all."""

    __tablename__ = "survey_turnout"
    __table_args__ = (sa.Index("ix_survey_turnout_person_id", "person_id"),)

    survey_id: Mapped[SurveyId] = mapped_column(sa.ForeignKey("survey.id"), primary_key=True)
    person_id: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    number: Mapped[int]
    place: Mapped[Place | None] = mapped_column(choice(Place))
    at: Mapped[datetime]


class SurveyAnswer(Base):
    """What was answered: choices in the clear, because they are counted; words (JSON) encrypted. unit_id: the unit it is counted for.

    id is drawn at random. In an anonymous survey person_id is empty and day the same for all, so that neither order nor time leads to anybody.
    """

    __tablename__ = "survey_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[SurveyId] = mapped_column(sa.ForeignKey("survey.id"), index=True)
    person_id: Mapped[PersonId | None] = mapped_column(sa.ForeignKey("person.id"))
    unit_id: Mapped[UnitId | None] = mapped_column(sa.ForeignKey("unit.id"))
    choices: Mapped[dict[str, Any]] = mapped_column(JSONB)
    words: Mapped[str | None] = mapped_column(SealedText("survey_answer.words"))
    day: Mapped[date] = mapped_column(sa.Date)


class NoticeEvent(Base):
    """Who did what with a notice: written, submitted, approved, corrected, paused … Lines are only ever added."""

    __tablename__ = "notice_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[NoticeId] = mapped_column(sa.ForeignKey("notice.id"), index=True)
    at: Mapped[datetime]
    actor_id: Mapped[PersonId | None] = mapped_column(sa.ForeignKey("person.id"))
    action: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class UnitSetting(Base):
    """What a unit has set for itself: above how many people a notice needs a second pair of eyes, how many a day one person may get."""

    __tablename__ = "unit_setting"

    unit_id: Mapped[UnitId] = mapped_column(sa.ForeignKey("unit.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
    set_by: Mapped[PersonId] = mapped_column(sa.ForeignKey("person.id"))
    set_at: Mapped[datetime]
