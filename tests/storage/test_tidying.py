"""What has served its time is deleted, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage import tidying
from storage.database import Database
from storage.models import (
    Base,
    Case,
    CaseStatus,
    Conversation,
    FileStatus,
    InboxRow,
    InboxStatus,
    Notice,
    NoticeEvent,
    NoticeList,
    NoticeListEntry,
    NoticeStatus,
    OutboxRow,
    OutboxStatus,
    Person,
    Priority,
    StoredFile,
    Unit,
    UnitKind,
    WebMessage,
)
from storage.types import NoticeId, PersonId, UnitId
from tests.union.shared import database, database_url, shared_database, shared_url

__all__ = ["database", "database_url", "shared_database", "shared_url"]

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def add(database: Database, *rows: Base) -> None:
    async with database.begin() as session:
        for one in rows:
            session.add(one)
            await session.flush()


async def tidy(database: Database) -> int:
    async with database.connect() as connection:
        return await tidying.tidy(connection, NOW)


async def left(database: Database, column: Any) -> list[Any]:
    async with database.begin() as session:
        return list(await session.scalars(sa.select(column).order_by(column)))


def inbox_row(event_id: str, status: InboxStatus, done_at: datetime | None) -> InboxRow:
    return InboxRow(door="d", address="1", event_id=event_id, received_at=NOW, not_before=NOW, status=status, done_at=done_at)


def outbox_row(lane: str, status: OutboxStatus, sent_at: datetime | None, **values: Any) -> OutboxRow:
    made = {"priority": Priority.REPLY, "kind": "reply", "side": "member", "not_before": NOW, "created_at": NOW, **values}
    return OutboxRow(lane=lane, status=status, sent_at=sent_at, **made)


async def test_handled_events_are_kept_for_fourteen_days(database: Database) -> None:
    age = timedelta(days=14)
    await add(
        database,
        inbox_row("older", InboxStatus.DONE, NOW - age - SECOND),
        inbox_row("just", InboxStatus.DONE, NOW - age),
        inbox_row("pending", InboxStatus.PENDING, None),
        inbox_row("failed", InboxStatus.FAILED, NOW - age - SECOND),  # it stays for us to look at
    )
    assert await tidy(database) == 1
    assert await left(database, InboxRow.event_id) == ["failed", "just", "pending"]


async def test_replies_are_kept_for_thirty_days_whatever_became_of_them_and_what_belongs_to_a_case_or_waits_stays(
    database: Database,
) -> None:
    old = NOW - timedelta(days=30) - SECOND
    await add(
        database,
        outbox_row("older", OutboxStatus.SENT, old, created_at=old),
        outbox_row("just", OutboxStatus.SENT, NOW, created_at=NOW - timedelta(days=30)),
        outbox_row("of a case", OutboxStatus.SENT, old, created_at=old, subject="case", subject_id=1),
        outbox_row("pending", OutboxStatus.PENDING, None, created_at=old),
        outbox_row("unreachable", OutboxStatus.UNREACHABLE, None, created_at=old),
        outbox_row("failed", OutboxStatus.FAILED, None, created_at=old),
    )
    assert await tidy(database) == 3
    assert await left(database, OutboxRow.lane) == ["just", "of a case", "pending"]


async def test_the_screen_of_who_never_agreed_is_forgotten_after_a_day_and_nobody_elses(database: Database) -> None:
    await add(
        database,
        Person(id=1, created_at=NOW),
        Conversation(door="web", address="known", side="member", person_id=1, created_at=NOW),
        Conversation(door="web", address="stranger", side="member", created_at=NOW),
    )
    for address in ("known", "stranger"):
        for key, at in (("older", NOW - timedelta(days=1) - SECOND), ("just", NOW - timedelta(days=1))):
            await add(database, WebMessage(address=address, key=key, outgoing=False, body=b"x", at=at))
    assert await tidy(database) == 1
    assert await left(database, WebMessage.address + ":" + WebMessage.key) == ["known:just", "known:older", "stranger:just"]


async def test_files_that_came_to_no_case_are_kept_for_thirty_days(database: Database) -> None:
    old = NOW - timedelta(days=30) - SECOND
    await add(
        database,
        Unit(id=1, kind=UnitKind.CITY, name="北京市总工会", short="北京", path="1."),
        Person(id=1, created_at=NOW),
        Case(
            id=1, code="1", kind="dispute", topic="wages", status=CaseStatus.RECEIVED, worker_id=1, anonymous=True, story="s", employer="e",
            employer_index="e", unit_id=1, received_at=NOW, due_at=NOW,
        ),
    )  # fmt: skip
    for door, case_id, created_at in (("older", None, old), ("just", None, NOW - timedelta(days=30)), ("of a case", 1, old)):
        file = StoredFile(
            door=door, handle="h", kind="photo", name="n", mime="m", size=1, status=FileStatus.STORED, not_before=NOW, address="1",
            case_id=case_id, created_at=created_at,
        )  # fmt: skip
        await add(database, file)
    assert await tidy(database) == 1
    assert await left(database, StoredFile.door) == ["just", "of a case"]


def file_of(door: str) -> StoredFile:
    return StoredFile(
        door=door, handle="h", kind="photo", name="n", mime="m", size=1, status=FileStatus.STORED, not_before=NOW, address="1",
        created_at=NOW - timedelta(days=31),
    )  # fmt: skip


def notice_of(number: int, status: NoticeStatus, **values: Any) -> Notice:
    made = {"created_at": NOW - timedelta(days=400), "title": "t", "text": "t", "audience": {"v": 2, "units": [1]}, **values}
    return Notice(id=NoticeId(number), author_id=PersonId(1), unit_id=UnitId(1), status=status, **made)


async def a_sender(database: Database) -> None:
    await add(database, Unit(id=1, kind=UnitKind.CITY, name="北京市总工会", short="北京", path="1."), Person(id=1, created_at=NOW))


async def test_the_picture_of_a_notice_stays_and_holds_up_no_other_tidying(database: Database) -> None:
    await a_sender(database)
    picture, other = file_of("picture"), file_of("other")
    await add(database, picture, other)
    await add(database, notice_of(1, NoticeStatus.SENT, file_id=picture.id))
    assert await tidy(database) == 1
    assert await left(database, StoredFile.door) == ["picture"]


DAYS_30 = timedelta(days=30)


@pytest.mark.parametrize(
    ("made", "status", "touched", "kept"),
    [
        (DAYS_30 - SECOND, None, None, True),  # new, and not used yet
        (DAYS_30 + SECOND, None, None, False),
        (timedelta(days=90), NoticeStatus.SENT, DAYS_30 - SECOND, True),
        (timedelta(days=90), NoticeStatus.SENT, DAYS_30 + SECOND, False),
        (timedelta(days=90), NoticeStatus.DRAFT, DAYS_30 - SECOND, True),
        (timedelta(days=90), NoticeStatus.DRAFT, DAYS_30 + SECOND, False),
        (timedelta(days=90), NoticeStatus.SCHEDULED, timedelta(days=80), True),  # it goes out at the end of the year
        (timedelta(days=90), NoticeStatus.PAUSED, timedelta(days=80), True),
    ],
)
async def test_who_stands_on_a_list_is_forgotten_after_thirty_days_without_use(
    database: Database, made: timedelta, status: NoticeStatus | None, touched: timedelta | None, kept: bool
) -> None:
    await a_sender(database)
    await add(
        database,
        NoticeList(id=7, unit_id=1, author_id=1, name="体检名单", missing=0, created_at=NOW - made),
        NoticeListEntry(list_id=7, person_id=1),
        notice_of(1, NoticeStatus.SENDING, audience={"v": 2, "units": [1], "list_id": 70}),  # another list
    )
    if status is not None and touched is not None:
        await add(database, notice_of(2, status, audience={"v": 2, "units": [1], "list_id": 7}))
        await add(database, NoticeEvent(notice_id=2, at=NOW - touched, action="written"))
    assert await tidy(database) == (0 if kept else 1)
    assert await left(database, NoticeListEntry.person_id) == ([1] if kept else [])
    assert await left(database, NoticeList.name) == ["体检名单"]


async def test_one_tidying_deletes_a_bounded_number_and_the_next_one_goes_on(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidying, "STEP", 2)
    for number in range(5):
        await add(database, inbox_row(str(number), InboxStatus.DONE, NOW - timedelta(days=15)))
    assert [await tidy(database) for _ in range(4)] == [2, 2, 1, 0]
