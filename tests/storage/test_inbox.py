"""The inbox: what arrived is stored once and handled in each sender's order, by one process at a time, all of it or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from storage import inbox
from storage.database import Database
from storage.inbox import Arrival, NewReply, Taken
from storage.models import Conversation, InboxRow, InboxStatus, OutboxRow, OutboxStatus, Person, Priority
from storage.types import PersonId
from storage.work import Work
from tests.union.shared import database, database_url, shared_database, shared_url
from tests.work import begin_work

__all__ = ["database", "database_url", "shared_database", "shared_url"]

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
DOOR = "members"


async def store(database: Database, *events: tuple[str, str], door: str = DOOR) -> int:
    """Events as (address, event id); the payload is the event's id."""
    arrivals = [Arrival(door, address, event, event.encode()) for address, event in events]
    async with database.connect() as connection:
        stored = await inbox.store(connection, database.vault, arrivals, NOW)
        for address in {address for address, _ in events}:
            await inbox.ensure_conversation(connection, door, address, "member", NOW)
        return stored


async def take(database: Database, address: str = "1", now: datetime = NOW) -> Taken | None:
    """Takes, and lets go again at once."""
    async with begin_work(database) as work:
        return await inbox.take(work.driver, database.vault, DOOR, address, now)


async def handle(database: Database, address: str = "1", *replies: str, state: bytes | None = None) -> str:
    """Takes the oldest event and finishes it. Returns its id."""
    async with begin_work(database) as work:
        taken = await inbox.take(work.driver, database.vault, DOOR, address, NOW)
        assert taken is not None
        await finish(work, database, taken, *replies, state=state)
        return taken.event_id


async def finish(
    work: Work,
    database: Database,
    taken: Taken,
    *replies: str,
    state: bytes | None = None,
    person_id: PersonId | None = None,
    gone: bool = False,
) -> None:
    made = [NewReply(reply.encode(), None, None) for reply in replies]
    await inbox.finish(work.driver, database.vault, taken, state=state, person_id=person_id, replies=made, gone=gone, now=NOW)


async def rows(database: Database) -> list[InboxRow]:
    async with database.begin() as session:
        return list(await session.scalars(sa.select(InboxRow).order_by(InboxRow.id)))


async def conversation(database: Database, address: str = "1") -> Conversation:
    async with database.begin() as session:
        return (await session.scalars(sa.select(Conversation).where(Conversation.address == address))).one()


# ---- storing


async def test_what_arrives_is_stored_encrypted_and_comes_out_as_it_was(database: Database) -> None:
    async with database.connect() as connection:
        await inbox.store(connection, database.vault, [Arrival(DOOR, "1", "e1", "老板拖欠工资".encode())], NOW)
        await inbox.ensure_conversation(connection, DOOR, "1", "member", NOW)
        stored = await connection.scalar(sa.text("SELECT i::text FROM inbox i"))
    assert "老板拖欠工资".encode().hex() not in stored
    taken = await take(database)
    assert taken is not None
    assert taken.payload.decode() == "老板拖欠工资"


async def test_a_repeat_is_stored_once(database: Database) -> None:
    assert await store(database, ("1", "e1")) == 1
    assert await store(database, ("1", "e1")) == 0
    assert await store(database, ("1", "e1"), ("1", "e2")) == 1
    assert await store(database, ("2", "e3"), ("2", "e3")) == 1
    assert [row.event_id for row in await rows(database)] == ["e1", "e2", "e3"]


async def test_the_same_event_number_at_another_door_is_another_event(database: Database) -> None:
    await store(database, ("1", "e1"))
    assert await store(database, ("1", "e1"), door="desk") == 1


async def test_a_repeat_of_what_was_handled_already_is_not_handled_again(database: Database) -> None:
    await store(database, ("1", "e1"))
    await handle(database)
    assert await store(database, ("1", "e1")) == 0
    assert await take(database) is None


async def test_nothing_at_all_can_be_stored_too(database: Database) -> None:
    async with database.connect() as connection:
        assert await inbox.store(connection, database.vault, [], NOW) == 0


# ---- taking


async def test_each_senders_events_are_taken_in_the_order_in_which_they_came(database: Database) -> None:
    await store(database, ("1", "a"), ("2", "b"), ("1", "c"), ("1", "d"))
    assert [await handle(database) for _ in range(3)] == ["a", "c", "d"]
    assert await handle(database, "2") == "b"
    assert await take(database) is None


async def test_while_one_process_handles_a_sender_another_gets_nothing_of_theirs(database: Database) -> None:
    await store(database, ("1", "a"), ("1", "b"), ("2", "c"))
    async with begin_work(database) as first:
        taken = await inbox.take(first.driver, database.vault, DOOR, "1", NOW)
        assert taken is not None
        assert await take(database, "1") is None  # neither the same event nor the next one
        other = await take(database, "2")
        assert other is not None
        await finish(first, database, taken)
    following = await take(database, "1")
    assert following is not None
    assert following.event_id == "b"


async def test_an_event_that_waits_to_be_tried_again_holds_back_those_behind_it(database: Database) -> None:
    await store(database, ("1", "a"), ("1", "b"))
    taken = await take(database)
    assert taken is not None
    async with database.connect() as connection:
        await inbox.postpone(connection, taken.inbox_id, "Trouble", NOW + timedelta(seconds=3))
    assert await take(database) is None
    again = await take(database, now=NOW + timedelta(seconds=3))
    assert again is not None
    assert (again.event_id, again.attempts) == ("a", 1)


async def test_an_event_that_was_given_up_lets_the_next_one_through_and_keeps_its_payload(database: Database) -> None:
    await store(database, ("1", "a"), ("1", "b"))
    taken = await take(database)
    assert taken is not None
    async with database.connect() as connection:
        await inbox.give_up(connection, taken.inbox_id, "Trouble", NOW)
    first, _ = await rows(database)
    assert (first.status, first.error, first.attempts, first.payload) == (InboxStatus.FAILED, "Trouble", 1, b"a")
    following = await take(database)
    assert following is not None
    assert following.event_id == "b"


async def test_without_a_conversation_nothing_is_taken_and_the_first_event_says_who_it_is(database: Database) -> None:
    async with database.connect() as connection:
        await inbox.store(connection, database.vault, [Arrival(DOOR, "9", "a", b"first"), Arrival(DOOR, "9", "b", b"second")], NOW)
    assert await take(database, "9") is None
    async with database.connect() as connection:
        assert await inbox.first_unmet(connection, database.vault, DOOR, "9") == (b"first", "a")
        await inbox.ensure_conversation(connection, DOOR, "9", "member", NOW)
        await inbox.ensure_conversation(connection, DOOR, "9", "desk", NOW)  # a second time changes nothing
        assert await inbox.first_unmet(connection, database.vault, DOOR, "9") is None
    assert (await conversation(database, "9")).side == "member"


async def test_what_was_left_behind_is_found_by_sender(database: Database) -> None:
    await store(database, ("1", "a"), ("2", "b"), ("1", "c"), ("3", "d"))
    await handle(database, "3")
    async with database.connect() as connection:
        assert await inbox.waiting_senders(connection, NOW, 10) == [(DOOR, "1", 2), (DOOR, "2", 1)]
        assert await inbox.waiting_senders(connection, NOW, 1) == [(DOOR, "1", 2)]
        assert await inbox.waiting_senders(connection, NOW - timedelta(seconds=1), 10) == []


# ---- finishing


async def test_finishing_puts_out_the_replies_keeps_the_state_and_erases_the_payload(database: Database) -> None:
    await store(database, ("1", "a"))
    await handle(database, "1", "第一句", "第二句", state=b"remembered")
    async with database.begin() as session:
        out = list(await session.scalars(sa.select(OutboxRow).order_by(OutboxRow.id)))
    assert [(row.body or b"").decode() for row in out] == ["第一句", "第二句"]
    known = await conversation(database)
    assert {(row.conversation_id, row.lane, row.priority, row.status) for row in out} == {
        (known.id, f"c{known.id}", Priority.REPLY, OutboxStatus.PENDING)
    }
    assert (known.state, known.last_in_at) == (b"remembered", NOW)
    (row,) = await rows(database)
    assert (row.status, row.payload, row.done_at) == (InboxStatus.DONE, None, NOW)


async def test_the_state_is_there_at_the_next_event_and_can_be_forgotten(database: Database) -> None:
    await store(database, ("1", "a"), ("1", "b"), ("1", "c"))
    await handle(database, state=b"remembered")
    taken = await take(database)
    assert taken is not None
    assert taken.state == b"remembered"
    await handle(database, state=None)
    taken = await take(database)
    assert taken is not None
    assert taken.state is None


async def test_a_crash_in_the_middle_has_done_nothing(database: Database) -> None:
    await store(database, ("1", "a"))
    with pytest.raises(RuntimeError):
        async with begin_work(database) as work:
            taken = await inbox.take(work.driver, database.vault, DOOR, "1", NOW)
            assert taken is not None
            await finish(work, database, taken, "回复", state=b"half")
            raise RuntimeError("power cut")
    async with database.begin() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(OutboxRow)) == 0
    assert (await conversation(database)).state is None
    assert await handle(database) == "a"


async def test_who_blocked_us_is_noted_as_gone_and_who_writes_again_is_back(database: Database) -> None:
    await store(database, ("1", "a"), ("1", "b"))
    async with begin_work(database) as work:
        taken = await inbox.take(work.driver, database.vault, DOOR, "1", NOW)
        assert taken is not None
        await finish(work, database, taken, gone=True)
    assert (await conversation(database)).unreachable_since == NOW
    taken = await take(database)
    assert taken is not None
    assert taken.unreachable
    await handle(database)
    assert (await conversation(database)).unreachable_since is None


async def test_who_somebody_is_is_kept_with_their_conversation(database: Database) -> None:
    async with database.begin() as session:
        person = Person(created_at=NOW)
        session.add(person)
        await session.flush()
        person_id = person.id
    await store(database, ("1", "a"), ("1", "b"))
    async with begin_work(database) as work:
        taken = await inbox.take(work.driver, database.vault, DOOR, "1", NOW)
        assert taken is not None
        await finish(work, database, taken, person_id=person_id)
    taken = await take(database)
    assert taken is not None
    assert taken.person_id == person_id


async def test_an_apology_is_one_encrypted_reply(database: Database) -> None:
    await store(database, ("1", "a"))
    taken = await take(database)
    assert taken is not None
    async with database.connect() as connection:
        await inbox.apologise(connection, taken, "对不起".encode(), NOW)
    async with database.begin() as session:
        row = (await session.scalars(sa.select(OutboxRow))).one()
        assert (row.body or b"").decode() == "对不起"
        assert "对不起".encode().hex() not in await session.scalar(sa.text("SELECT o::text FROM outbox o"))
