"""The outbox: most urgent first, each person's messages in their order, held by one process at a time and never forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa

from storage import outbox, routes
from storage.database import Database
from storage.models import Conversation, Deadline, DeadlineStatus, OutboxRow, OutboxStatus, Person, Priority, Unit, UnitKind
from storage.outbox import PRESENCE, Claimed, Delivered
from storage.types import ConversationId, OutboxId, PersonId, UnitId
from tests.union.shared import database, database_url, shared_database, shared_url

__all__ = ["database", "database_url", "shared_database", "shared_url"]

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
A, B = PersonId(900_001), PersonId(900_002)
ROOM_A, ROOM_B = ConversationId(A), ConversationId(B)


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    """Two people, each with a conversation of the same number."""
    async with database.begin() as session:
        for number in (A, B):
            session.add(Person(id=number, created_at=NOW))
        await session.flush()
        for number, room in ((A, ROOM_A), (B, ROOM_B)):
            session.add(Conversation(id=room, door="desk", address=str(number), side="desk", person_id=number, created_at=NOW))


async def put(database: Database, person_id: PersonId = A, **values: Any) -> OutboxId | None:
    async with database.begin() as session:
        made: dict[str, Any] = {"kind": "case_assigned", "params": {"case": 1}, **values}
        return await outbox.put_fact(session, person_id=person_id, side="desk", now=NOW, **made)


async def reply(database: Database, conversation_id: int = ROOM_A, body: bytes = b"hello") -> OutboxId:
    async with database.begin() as session:
        row = OutboxRow(
            lane=f"c{conversation_id}", conversation_id=conversation_id, side="desk", priority=Priority.REPLY, kind="reply", body=body,
            not_before=NOW, created_at=NOW,
        )  # fmt: skip
        session.add(row)
        await session.flush()
        return row.id


async def claim(database: Database, *, owner: int = 1, limit: int = 100, now: datetime = NOW) -> list[Claimed]:
    async with database.connect() as connection:
        return await outbox.claim(connection, database.vault, owner=owner, limit=limit, now=now)


async def row(database: Database, row_id: OutboxId | None) -> OutboxRow:
    assert row_id is not None
    async with database.begin() as session:
        return await session.get_one(OutboxRow, row_id)


async def sent(database: Database, row_id: OutboxId, *, reached: bool = False, now: datetime = NOW) -> None:
    async with database.connect() as connection:
        await outbox.mark_sent(connection, [Delivered(row_id, ROOM_A, f"m{row_id}", reached)], now)


async def mark(database: Database, row_id: OutboxId | None, status: OutboxStatus, not_before: datetime = NOW) -> None:
    assert row_id is not None
    async with database.connect() as connection:
        await outbox.mark(connection, row_id, status, "why", not_before)


# ---- claiming


async def test_of_one_lane_only_the_oldest_may_be_claimed(database: Database) -> None:
    first, second = await put(database), await put(database)
    assert [c.id for c in await claim(database)] == [first]
    assert await claim(database, owner=2) == []
    await sent(database, first)  # type: ignore[arg-type]
    assert [c.id for c in await claim(database, owner=2)] == [second]


async def test_lanes_do_not_wait_for_each_other(database: Database) -> None:
    mine, theirs = await put(database, A), await put(database, B)
    assert {c.id for c in await claim(database)} == {mine, theirs}


async def test_one_that_waits_to_be_tried_again_holds_back_its_own_lane_only(database: Database) -> None:
    first, second, other = await put(database, A), await put(database, A), await put(database, B)
    await claim(database)
    await mark(database, first, OutboxStatus.PENDING, NOW + timedelta(seconds=5))
    await mark(database, other, OutboxStatus.PENDING)
    assert [c.id for c in await claim(database)] == [other]
    assert [c.id for c in await claim(database, now=NOW + timedelta(seconds=5))] == [first]
    assert second not in [c.id for c in await claim(database, now=NOW + timedelta(seconds=5))]


@pytest.mark.parametrize("outcome", [OutboxStatus.FAILED, OutboxStatus.UNREACHABLE, OutboxStatus.MOOT])
async def test_one_that_came_to_nothing_lets_the_next_one_through(database: Database, outcome: OutboxStatus) -> None:
    first, second = await put(database), await put(database)
    await claim(database)
    await mark(database, first, outcome)
    assert [c.id for c in await claim(database)] == [second]


async def test_a_person_in_conversation_comes_first_then_alerts(database: Database) -> None:
    alert = await put(database, A)
    answer = await reply(database)
    assert [c.id for c in await claim(database)] == [answer, alert]


async def test_what_is_not_due_yet_is_not_claimed(database: Database) -> None:
    await put(database)
    assert await claim(database, now=NOW - timedelta(seconds=1)) == []


async def test_many_claimers_in_a_race_claim_nothing_twice_and_miss_nothing(database: Database) -> None:
    async with database.begin() as session:
        session.add_all(Person(id=PersonId(100 + n), created_at=NOW) for n in range(60))
    made = [await put(database, PersonId(100 + n)) for n in range(60)]
    shares = await asyncio.gather(*(claim(database, owner=n, limit=15) for n in range(6)))
    claimed = [c.id for share in shares for c in share] + [c.id for c in await claim(database, owner=9)]
    assert sorted(claimed) == sorted(i for i in made if i is not None)


async def test_a_reply_is_claimed_with_its_words_and_a_fact_with_its_numbers(database: Database) -> None:
    await reply(database, body="您好".encode())
    await put(database, B, params={"case": 7}, slot="s")
    answer, fact = await claim(database)
    assert ((answer.body or b"").decode(), answer.conversation_id, answer.params) == ("您好", ROOM_A, None)
    assert (fact.body, fact.person_id, fact.params, fact.slot, fact.attempts) == (None, B, {"case": 7}, "s", 1)


# ---- told once


async def test_what_has_a_key_is_told_once(database: Database) -> None:
    assert await put(database, dedupe_key="assigned:1") is not None
    assert await put(database, dedupe_key="assigned:1") is None
    assert await put(database, dedupe_key="assigned:2") is not None
    assert await put(database) is not None
    assert await put(database) is not None


async def test_of_many_facts_at_once_repeats_are_dropped(database: Database) -> None:
    facts = [{"person_id": p, "side": "desk", "kind": "x", "params": {}, "dedupe_key": key} for p, key in ((A, "k"), (B, "l"), (A, "k"))]
    for _ in range(2):
        async with database.begin() as session:
            await outbox.put_facts(session, facts, NOW)
            await outbox.put_facts(session, [], NOW)
    assert len(await claim(database)) == 2


# ---- what became of it


async def test_what_was_sent_keeps_where_and_when_and_loses_its_words(database: Database) -> None:
    row_id = await reply(database)
    await claim(database)
    await sent(database, row_id)
    found = await row(database, row_id)
    assert (found.status, found.owner, found.body, found.sent_at, found.reached_at) == (OutboxStatus.SENT, None, None, NOW, None)
    assert (found.conversation_id, found.message_ref) == (ROOM_A, f"m{row_id}")


async def test_what_reached_the_device_is_news_only_once(database: Database) -> None:
    row_id = await put(database, kind="room_message", params={"message": 5})
    assert row_id is not None
    await claim(database)
    await sent(database, row_id)
    for expected in ([("room_message", {"message": 5})], []):
        async with database.begin() as session:
            assert await outbox.mark_reached(session, [row_id], NOW) == expected


async def test_a_page_may_have_shown_it_before_it_was_noted_as_sent(database: Database) -> None:
    row_id = await put(database)
    assert row_id is not None
    await claim(database)
    async with database.begin() as session:
        assert len(await outbox.mark_reached(session, [row_id], NOW)) == 1
    await sent(database, row_id, now=NOW + timedelta(seconds=1))
    assert (await row(database, row_id)).reached_at == NOW


async def test_who_comes_back_gets_what_could_not_reach_them(database: Database) -> None:
    alert, other = await put(database), await put(database, B)
    await claim(database)
    for row_id in (alert, other):
        await mark(database, row_id, OutboxStatus.UNREACHABLE)
    async with database.begin() as session:
        await outbox.revive(session, A, "desk", NOW - timedelta(days=7), NOW)
        await outbox.revive(session, B, "member", NOW - timedelta(days=7), NOW)  # another counter
        await outbox.revive(session, B, "desk", NOW + timedelta(seconds=1), NOW)  # too long ago
    assert [c.id for c in await claim(database)] == [alert]


# ---- processes that ended


@pytest.fixture
async def living(database_url: str) -> AsyncIterator[int]:
    """The number of a process that lives: it holds its lock."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("SELECT pg_advisory_lock($1, 42)", PRESENCE)
    yield 42
    await connection.close()


async def release(database: Database, me: int = 1) -> int:
    async with database.connect() as connection:
        return await outbox.release_orphans(connection, me)


async def test_what_a_dead_process_held_is_given_back(database: Database) -> None:
    row_id = await put(database)
    await claim(database, owner=13)
    assert await release(database) == 1
    assert [c.id for c in await claim(database)] == [row_id]


async def test_what_a_living_process_holds_stays_with_it_until_it_ends(database: Database, living: int) -> None:
    row_id = await put(database)
    await claim(database, owner=living)
    assert await release(database) == 0
    assert (await row(database, row_id)).owner == living


async def test_a_process_does_not_take_its_own_work_away(database: Database) -> None:
    await put(database)
    await claim(database, owner=1)
    assert await release(database, me=1) == 0


async def test_deadlines_of_a_dead_process_are_given_back_and_those_of_a_living_one_are_not(database: Database, living: int) -> None:
    async with database.begin() as session:
        session.add(Unit(id=UnitId(1), kind=UnitKind.CITY, name="北京市总工会", short="北京", path="1."))
        await session.flush()
        for owner in (13, living):
            session.add(
                Deadline(
                    rule="r", subject="case", subject_id=owner, unit_id=UnitId(1), started_at=NOW, due_at=NOW, next_at=NOW, owner=owner,
                    status=DeadlineStatus.LIVE,
                )
            )  # fmt: skip
    assert await release(database) == 1
    async with database.begin() as session:
        assert list(await session.scalars(sa.select(Deadline.owner).order_by(Deadline.id))) == [None, living]


async def test_releasing_again_finds_nothing(database: Database) -> None:
    await put(database)
    await claim(database, owner=13)
    await release(database)
    assert await release(database) == 0


# ---- where it goes


async def ways(database: Database, *claimed: Claimed) -> dict[OutboxId, list[str]]:
    async with database.connect() as connection:
        return {i: [way.address for way in found] for i, found in (await routes.addresses(connection, claimed)).items()}


async def test_a_fact_goes_to_the_open_conversations_of_its_side_the_last_used_first(database: Database) -> None:
    async with database.begin() as session:
        for address, side, last_in_at, gone in (
            ("old", "desk", NOW - timedelta(days=3), None), ("new", "desk", NOW, None), ("shut", "desk", NOW, NOW), ("phone", "member", NOW, None),
        ):  # fmt: skip
            session.add(
                Conversation(
                    door="web", address=address, side=side, person_id=A, last_in_at=last_in_at, unreachable_since=gone, created_at=NOW
                )
            )
    await put(database, A)
    (fact,) = await claim(database)
    assert await ways(database, fact) == {fact.id: ["new", "old", str(A)]}


async def test_a_reply_goes_to_its_own_conversation_and_nowhere_else(database: Database) -> None:
    async with database.begin() as session:
        session.add(Conversation(door="web", address="other", side="desk", person_id=A, last_in_at=NOW, created_at=NOW))
    await reply(database, A)
    (answer,) = await claim(database)
    assert await ways(database, answer) == {answer.id: [str(A)]}


async def test_many_rows_find_each_their_own_way(database: Database) -> None:
    await reply(database, A)
    await put(database, B)
    answer, fact = await claim(database)
    assert await ways(database, answer, fact) == {answer.id: [str(A)], fact.id: [str(B)]}
    assert await ways(database) == {}


async def test_a_door_that_is_shut_is_noted_once_with_the_first_time(database: Database) -> None:
    for now in (NOW, NOW + timedelta(hours=1)):
        async with database.connect() as connection:
            await routes.mark_unreachable(connection, ROOM_A, now)
    async with database.begin() as session:
        assert (await session.get_one(Conversation, A)).unreachable_since == NOW
    await put(database, A)
    (fact,) = await claim(database)
    assert await ways(database, fact) == {fact.id: []}


async def test_the_last_message_of_a_slot_is_the_one_to_be_replaced(database: Database) -> None:
    async with database.begin() as session:
        assert await routes.last_of_slot(session, ROOM_A, "notice:1") == ""
    for _ in range(2):
        row_id = await put(database, A, slot="notice:1")
        await claim(database)
        await sent(database, row_id)  # type: ignore[arg-type]
    await put(database, A, slot="notice:1")  # not sent yet
    async with database.begin() as session:
        assert await routes.last_of_slot(session, ROOM_A, "notice:1") == f"m{row_id}"
        assert await routes.last_of_slot(session, ROOM_A, "notice:2") == ""
        assert await routes.last_of_slot(session, ROOM_B, "notice:1") == ""


async def test_a_page_may_have_shown_what_a_dead_process_put_there_and_never_noted(database: Database) -> None:
    row_id = await put(database)
    assert row_id is not None  # given back by `release_orphans`: it waits to be sent again
    async with database.begin() as session:
        assert len(await outbox.mark_reached(session, [row_id], NOW)) == 1
