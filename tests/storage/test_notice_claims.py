"""Deliveries claimed and marked: by any number of processes, each by one; through the door used last; with an outcome that stays."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage import deliveries, outbox
from storage.database import Database
from storage.deliveries import Claim, Held, Marked, Outcome
from storage.models import Conversation, DeliveryStatus, Notice, NoticeDelivery, NoticeStatus, Person, Unit, UnitKind
from storage.types import ConversationId, NoticeId, PersonId

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
ME, OTHER = 4711, 4712
WEB, PHONE = "web", "phone"
NOBODY = PersonId(0)


class Ground:
    """A notice and its people."""

    def __init__(self, database: Database, notice_id: NoticeId, people: Sequence[PersonId]) -> None:
        self.database = database
        self.notice_id = notice_id
        self.people = list(people)

    async def claim(self, *, owner: int = ME, door: str = PHONE, after: PersonId = NOBODY, limit: int = 100, **more: Any) -> Claim:
        more = {"now": NOW, **more}
        async with self.database.connect() as connection:
            return await deliveries.claim(connection, self.notice_id, owner=owner, door=door, after=after, limit=limit, **more)

    async def mark(self, held: Held, status: DeliveryStatus, *, owner: int = ME, now: datetime = NOW, **more: Any) -> list[Marked]:
        more = {"not_before": now, "version": 1, "conversation_id": held.conversation_id, **more}
        outcome = Outcome(notice_id=held.notice_id, person_id=held.person_id, status=status, **more)
        async with self.database.connect() as connection:
            return await deliveries.mark(connection, [outcome], owner, now)

    async def row(self, person_id: PersonId) -> NoticeDelivery:
        async with self.database.begin() as session:
            return await session.get_one(NoticeDelivery, (self.notice_id, person_id))

    async def conversation(self, person_id: PersonId, door: str, at: datetime = NOW) -> ConversationId:
        async with self.database.begin() as session:
            made = Conversation(door=door, address=f"{door}-{person_id}", side="member", person_id=person_id, created_at=at, last_in_at=at)
            session.add(made)
            await session.flush()
            return made.id


@pytest.fixture
async def ground(database: Database) -> Ground:
    async with database.begin() as session:
        unit = Unit(kind=UnitKind.CITY, name="市总", short="市", path="1.")
        author = Person(created_at=NOW)
        session.add_all([unit, author])
        await session.flush()
        notice = Notice(
            author_id=author.id,
            unit_id=unit.id,
            audience={"unit": unit.id},
            title="通知",
            text="明天放假",
            status=NoticeStatus.SENDING,
            created_at=NOW,
            started_at=NOW,
            expanded=True,
        )
        session.add(notice)
        people = [Person(created_at=NOW, unit_id=unit.id) for _ in range(6)]
        session.add_all(people)
        await session.flush()
        session.add_all([NoticeDelivery(notice_id=notice.id, person_id=person.id) for person in people])
        ground = Ground(database, notice.id, [person.id for person in people])
    for person_id in ground.people:
        await ground.conversation(person_id, PHONE)
    return ground


def people_of(claim: Claim) -> list[PersonId]:
    return [held.person_id for held in claim.rows]


async def test_they_are_claimed_in_the_order_of_their_numbers_a_few_at_a_time(ground: Ground) -> None:
    first = await ground.claim(limit=2)
    second = await ground.claim(limit=10, after=first.passed or NOBODY)
    assert people_of(first) + people_of(second) == ground.people
    assert (first.passed, second.passed) == (ground.people[1], None)
    assert [(held.address, held.first) for held in first.rows] == [(f"phone-{person_id}", True) for person_id in ground.people[:2]]


async def test_of_processes_that_claim_at_once_each_gets_others(ground: Ground) -> None:
    claims = await asyncio.gather(*(ground.claim(owner=owner, limit=2) for owner in (1, 2, 3, 4)))
    found = [person_id for claim in claims for person_id in people_of(claim)]
    assert len(found) == len(set(found))


async def test_each_goes_through_the_door_that_was_used_last(ground: Ground) -> None:
    await ground.conversation(ground.people[2], WEB, NOW + timedelta(minutes=1))
    assert people_of(await ground.claim(door=WEB)) == [ground.people[2]]
    assert ground.people[2] not in people_of(await ground.claim())


async def test_somebody_without_an_open_door_is_anybodys(ground: Ground) -> None:
    async with ground.database.begin() as session:
        await session.execute(sa.update(Conversation).where(Conversation.person_id == ground.people[0]).values(unreachable_since=NOW))
    claim = await ground.claim(door=WEB)
    assert [(held.person_id, held.conversation_id) for held in claim.rows] == [(ground.people[0], None)]


async def test_a_claim_looks_at_a_bounded_number_of_those_at_other_doors(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "WINDOW", 4)
    await ground.conversation(ground.people[5], WEB, NOW + timedelta(minutes=1))
    in_vain = await ground.claim(door=WEB)
    assert (list(in_vain.rows), in_vain.passed) == ([], ground.people[3])
    assert people_of(await ground.claim(door=WEB, after=ground.people[3])) == [ground.people[5]]


async def test_what_goes_again_goes_when_it_is_due_and_is_not_the_first_time(ground: Ground) -> None:
    held = (await ground.claim(limit=1)).rows[0]
    later = NOW + timedelta(seconds=30)
    await ground.mark(held, DeliveryStatus.WAITING, not_before=later)
    assert people_of(await ground.claim(again=True)) == []
    assert [(again.person_id, again.first) for again in (await ground.claim(again=True, now=later)).rows] == [(ground.people[0], False)]


async def test_what_was_sent_is_noted_with_its_message_and_is_not_claimed_again(ground: Ground) -> None:
    held = (await ground.claim(limit=1)).rows[0]
    await ground.mark(held, DeliveryStatus.SENT, message_ref="77")
    row = await ground.row(held.person_id)
    assert (row.status, row.message_ref, row.conversation_id, row.sent_at, row.owner) == (2, "77", held.conversation_id, NOW, None)
    assert held.person_id not in people_of(await ground.claim(now=NOW + timedelta(days=1)))


async def test_a_mark_of_a_process_that_was_taken_for_dead_changes_nothing(ground: Ground) -> None:
    held = (await ground.claim(limit=1)).rows[0]
    async with ground.database.connect() as connection:
        assert await outbox.release_orphans(connection, OTHER) == 1
    await ground.claim(owner=OTHER, limit=1)
    assert await ground.mark(held, DeliveryStatus.SENT, message_ref="77") == []
    row = await ground.row(held.person_id)
    assert (row.status, row.owner, row.attempts) == (DeliveryStatus.IN_HAND, OTHER, 1)


async def test_whoever_blocked_their_last_door_gets_it_at_the_next_one(ground: Ground) -> None:
    person_id = ground.people[0]
    await ground.conversation(person_id, WEB, NOW - timedelta(days=1))
    held = (await ground.claim(limit=1)).rows[0]
    assert await ground.mark(held, DeliveryStatus.UNREACHABLE, blocked=True) == [
        Marked(ground.notice_id, person_id, DeliveryStatus.WAITING)
    ]
    assert people_of(await ground.claim(door=WEB)) == [person_id]


async def test_whoever_blocked_their_only_door_is_unreachable_and_not_meant_next_time(ground: Ground) -> None:
    held = (await ground.claim(limit=1)).rows[0]
    marked = await ground.mark(held, DeliveryStatus.UNREACHABLE, blocked=True)
    assert [one.status for one in marked] == [DeliveryStatus.UNREACHABLE]
    async with ground.database.begin() as session:
        assert (await session.get_one(Person, held.person_id)).door_id is None


async def test_what_the_door_does_not_take_again_and_again_is_given_up(ground: Ground) -> None:
    statuses: list[DeliveryStatus] = []
    for _ in range(deliveries.MOST_TRIES):
        held = (await ground.claim(limit=1, again=bool(statuses))).rows[0]
        statuses += [one.status for one in await ground.mark(held, DeliveryStatus.WAITING, tried=True)]
    assert statuses == [*[DeliveryStatus.WAITING] * (deliveries.MOST_TRIES - 1), DeliveryStatus.FAILED]


async def test_trouble_of_the_door_itself_counts_against_nobody(ground: Ground) -> None:
    for number in range(3 * deliveries.MOST_TRIES):
        held = (await ground.claim(limit=1, again=number > 0)).rows[0]
        await ground.mark(held, DeliveryStatus.WAITING, unsure=True)
    row = await ground.row(ground.people[0])
    assert (row.status, row.tries, row.attempts) == (DeliveryStatus.WAITING, 0, 3 * deliveries.MOST_TRIES)


async def test_a_claim_whose_answer_was_lost_is_freed_and_what_is_in_hand_is_not(ground: Ground) -> None:
    held, lost = (await ground.claim(limit=2)).rows
    async with ground.database.connect() as connection:
        assert await deliveries.free_unknown(connection, ME, {(held.notice_id, held.person_id)}) == 1
    assert (await ground.row(held.person_id)).status == DeliveryStatus.IN_HAND
    freed = await ground.row(lost.person_id)
    assert (freed.status, freed.owner, freed.attempts) == (DeliveryStatus.WAITING, None, 0)


async def test_a_message_that_overtakes_a_correction_is_to_be_corrected_itself(ground: Ground) -> None:
    held = (await ground.claim(limit=1)).rows[0]
    async with ground.database.begin() as session:
        await session.execute(sa.update(Notice).values(version=2))
    await ground.mark(held, DeliveryStatus.SENT, message_ref="77")
    assert (await ground.row(held.person_id)).stale
    async with ground.database.begin() as session:
        assert (await session.get_one(Notice, ground.notice_id)).corrected_to is not None


# ---- corrections


async def corrected(ground: Ground, **more: Any) -> NoticeDelivery:
    """One that went out, is stale, and has been shown in the second version, with this outcome."""
    held = (await ground.claim(limit=1)).rows[0]
    await ground.mark(held, DeliveryStatus.SENT, message_ref="77")
    async with ground.database.begin() as session:
        await session.execute(sa.update(Notice).values(version=2))
        await session.execute(sa.update(NoticeDelivery).where(NoticeDelivery.person_id == held.person_id).values(stale=True))
    async with ground.database.connect() as connection:
        found = await deliveries.claim_stale(connection, ground.notice_id, door=PHONE, after=NOBODY, limit=5, now=NOW)
    assert [(one.person_id, one.message_ref, one.address) for one in found.rows] == [(held.person_id, "77", held.address)]
    outcome: dict[str, Any] = {"status": DeliveryStatus.SENT, "version": 2, "not_before": NOW, **more}
    async with ground.database.connect() as connection:
        done = Outcome(notice_id=ground.notice_id, person_id=held.person_id, **outcome)
        await deliveries.mark_corrected(connection, [done], NOW)
    return await ground.row(held.person_id)


async def test_a_correction_that_was_shown_is_noted(ground: Ground) -> None:
    row = await corrected(ground, message_ref="78")
    assert (row.stale, row.version, row.message_ref, row.status) == (False, 2, "78", DeliveryStatus.SENT)


async def test_a_correction_that_could_not_be_shown_stays_to_be_shown(ground: Ground) -> None:
    row = await corrected(ground, status=DeliveryStatus.WAITING, not_before=NOW + timedelta(seconds=9))
    assert (row.stale, row.version, row.not_before) == (True, 1, NOW + timedelta(seconds=9))


async def test_a_correction_that_the_door_refuses_is_let_go_and_the_message_still_counts_as_sent(ground: Ground) -> None:
    row = await corrected(ground, status=DeliveryStatus.FAILED)
    assert (row.stale, row.version, row.status) == (False, 1, DeliveryStatus.SENT)
