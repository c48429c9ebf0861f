"""Dispatch: each event once, each sender in order, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import sqlalchemy as sa

from bot.clock import Clock, VirtualClock
from bot.dispatch import APOLOGY, ATTEMPTS, Dispatch
from handlers.conversation import Kind, Reply
from handlers.turn import House
from storage.database import Database, open_database
from storage.models import Conversation, InboxRow, OutboxRow, Person
from storage.types import Vault
from tests.bot.doors import until
from tests.bot.world import (
    arrive,
    break_events,
    cut_connections,
    end_waiting,
    held_event,
    make_conversation,
    make_world,
    mend_events,
    put_fact,
    rows,
    said,
    until_waiting,
)
from tests.conftest import TEST_SECRET

Make = Callable[..., Awaitable[Dispatch]]


class Ears:
    """Hears which events were dealt with."""

    def __init__(self) -> None:
        self.handled: list[tuple[str, str]] = []
        self.replies = 0

    async def on_handled(self, door: str, address: str, event_id: str) -> None:
        self.handled.append((address, event_id))

    def on_replies(self) -> None:
        self.replies += 1

    def of(self, address: str) -> list[str]:
        return [event_id for who, event_id in self.handled if who == address]


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def make(database: Database, database_url: str, clock: VirtualClock, rooms: House, ears: Ears) -> AsyncIterator[Make]:
    """Makes dispatchers that are at work; those after the first have connections of their own, as another process would."""
    async with AsyncExitStack() as stack:
        made: list[Dispatch] = []

        async def make(*, at_work: bool = True, now: Clock = clock) -> Dispatch:
            its = database
            if made:
                its = open_database(database_url, Vault([TEST_SECRET]), pool_size=8)
                stack.push_async_callback(its.close)
            dispatch = Dispatch(its, now, rooms, on_replies=ears.on_replies, on_handled=ears.on_handled)
            made.append(dispatch)
            if at_work:
                await dispatch.start()
            stack.push_async_callback(dispatch.stop)
            return dispatch

        yield make


@pytest.fixture
async def dispatch(make: Make) -> Dispatch:
    return await make()


async def replies(database: Database) -> list[str]:
    return [Reply.from_json(body).text for body in await rows(database, OutboxRow.body)]


async def statuses(database: Database) -> dict[str, str]:
    return dict(await rows(database, InboxRow.event_id, InboxRow.status))


# ---- order and once


async def test_the_events_of_one_sender_are_handled_in_the_order_in_which_they_arrived(
    dispatch: Dispatch, clock: VirtualClock, ears: Ears
) -> None:
    await dispatch.store([said("ann", str(n), "您好", clock.now()) for n in range(20)])
    await dispatch.idle()
    assert ears.of("ann") == [str(n) for n in range(20)]


async def test_one_sender_in_hand_keeps_no_other_waiting(dispatch: Dispatch, database_url: str, clock: VirtualClock, ears: Ears) -> None:
    async with held_event(database_url, "s1") as holder:
        await dispatch.store([said("slow", "s1", "您好", clock.now())])
        await until_waiting(holder)
        await dispatch.store([said(f"quick{n}", f"q{n}", "您好", clock.now()) for n in range(10)])
        await until(lambda: len(ears.handled) == 10)
        assert ears.of("slow") == []
    await until(lambda: ears.of("slow") == ["s1"])


async def test_two_processes_never_handle_an_event_twice_and_keep_each_senders_order(
    make: Make, clock: VirtualClock, ears: Ears, database: Database
) -> None:
    first, second = await make(now=Clock(1)), await make(now=Clock(1))
    senders = [f"s{n}" for n in range(8)]
    for n in range(6):
        for sender in senders:
            both = [said(sender, f"{sender}:{n}", "您好", clock.now())]
            await (first if n % 2 else second).store(both)
    await until(lambda: len(ears.handled) >= 48)
    await asyncio.gather(first.idle(), second.idle())
    assert len(ears.handled) == 48
    for sender in senders:
        assert ears.of(sender) == [f"{sender}:{n}" for n in range(6)]
    assert len(await replies(database)) == 48


async def test_an_event_that_is_stored_twice_is_handled_once(
    dispatch: Dispatch, database: Database, clock: VirtualClock, ears: Ears
) -> None:
    event = said("ann", "1", "您好", clock.now())
    await dispatch.store([event, event])
    await dispatch.idle()
    await dispatch.store([event])
    await dispatch.idle()
    assert ears.handled == [("ann", "1")]
    assert len(await replies(database)) == 1


async def test_the_same_number_at_two_doors_is_two_events(dispatch: Dispatch, clock: VirtualClock, ears: Ears) -> None:
    await dispatch.store([said("ann", "1", "您好", clock.now()), said("ann", "1", "您好", clock.now(), door="desk")])
    await dispatch.idle()
    assert len(ears.handled) == 2


async def test_many_who_write_for_the_first_time_at_once_each_get_one_conversation_and_their_answers(
    make: Make, database: Database, clock: VirtualClock, ears: Ears
) -> None:
    first, second = await make(now=Clock(1)), await make(now=Clock(1))
    events = [said(f"new{n}", f"{n}.{m}", "您好", clock.now()) for m in range(2) for n in range(25)]
    await asyncio.gather(first.store(events), second.store(events))  # the same updates brought twice, as webhooks do
    await until(lambda: len(ears.handled) >= 50)
    assert len(ears.handled) == 50
    assert len(await rows(database, Conversation.id)) == 25
    assert all(ears.of(f"new{n}") == [f"{n}.0", f"{n}.1"] for n in range(25))


async def test_what_a_former_run_left_behind_is_found_without_a_nudge(
    make: Make, database: Database, clock: VirtualClock, ears: Ears
) -> None:
    await arrive(database, [said("ann", "1", "您好", clock.now())], clock.now())
    await make()
    await until(lambda: ears.of("ann") == ["1"])


async def test_the_payload_is_erased_once_the_event_is_done(dispatch: Dispatch, database: Database, clock: VirtualClock) -> None:
    await dispatch.store([said("ann", "1", "您好", clock.now())])
    await dispatch.idle()
    assert await rows(database, InboxRow.status, InboxRow.payload) == [("done", None)]


# ---- all or nothing


async def test_nothing_is_committed_when_the_event_can_not_be_noted_as_done(
    dispatch: Dispatch, database: Database, database_url: str, clock: VirtualClock, ears: Ears
) -> None:
    await break_events(database_url, "1")
    await dispatch.store([said("ann", "1", "p:agree", clock.now(), kind=Kind.CHOICE)])
    await dispatch.idle()
    assert await rows(database, Person.id) == []
    assert await replies(database) == []
    assert ears.handled == []
    assert await rows(database, InboxRow.status, InboxRow.attempts) == [("pending", 1)]


async def test_a_connection_that_breaks_in_the_middle_leaves_nothing_and_the_event_is_handled_afterwards_once(
    dispatch: Dispatch, database: Database, database_url: str, clock: VirtualClock, ears: Ears
) -> None:
    async with held_event(database_url, "1") as holder:
        await dispatch.store([said("ann", "1", "p:agree", clock.now(), kind=Kind.CHOICE)])
        await until_waiting(holder)
        await end_waiting(holder)
        await until(lambda: not dispatch._busy)
        assert await rows(database, Person.id) == []
        assert await replies(database) == []
    await until(lambda: ears.of("ann") == ["1"])
    assert len(await rows(database, Person.id)) == 1
    assert len(await replies(database)) == 1
    assert await rows(database, InboxRow.status, InboxRow.attempts) == [("done", 0)]


async def test_events_go_on_after_every_connection_was_lost(dispatch: Dispatch, database_url: str, clock: VirtualClock, ears: Ears) -> None:
    await dispatch.store([said("ann", "1", "您好", clock.now())])
    await dispatch.idle()
    assert await cut_connections(database_url)
    await asyncio.sleep(0.05)
    async with asyncio.timeout(60):
        while True:
            try:
                await dispatch.store([said("ann", "2", "您好", clock.now())])
                break
            except Exception:  # the door tries again, whatever it was
                await asyncio.sleep(0.05)
    await until(lambda: ears.of("ann") == ["1", "2"])


# ---- failures


async def fail_once(dispatch: Dispatch, database: Database, clock: VirtualClock, attempts: int) -> None:
    """Waits until an event has failed so often, and lets the time until the next try pass."""
    async with asyncio.timeout(60):
        while attempts not in await rows(database, InboxRow.attempts):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await dispatch.idle()
    clock.advance(seconds=15)


async def test_an_event_that_fails_is_tried_again_a_bounded_number_of_times_and_then_the_person_is_told(
    dispatch: Dispatch, database: Database, database_url: str, clock: VirtualClock, ears: Ears
) -> None:
    await break_events(database_url, "bad")
    await dispatch.store([said("ann", "bad", "您好", clock.now()), said("ann", "good", "您好", clock.now())])
    for attempt in range(1, ATTEMPTS):
        await fail_once(dispatch, database, clock, attempt)
        assert await replies(database) == []
        assert ears.handled == []  # what came later waits: order
        dispatch.nudge(("members", "ann"))
    await until(lambda: ears.of("ann") == ["good"])
    assert await statuses(database) == {"bad": "failed", "good": "done"}
    assert (await replies(database))[0] == APOLOGY
    assert len(await replies(database)) == 2


async def test_the_row_of_a_failed_event_keeps_its_payload_and_names_the_error(
    dispatch: Dispatch, database: Database, database_url: str, clock: VirtualClock
) -> None:
    await break_events(database_url, "bad")
    await dispatch.store([said("ann", "bad", "您好", clock.now())])
    for attempt in range(1, ATTEMPTS):
        await fail_once(dispatch, database, clock, attempt)
        dispatch.nudge(("members", "ann"))
    async with asyncio.timeout(60):
        while not await replies(database):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    ((status, attempts, payload, error),) = await rows(database, InboxRow.status, InboxRow.attempts, InboxRow.payload, InboxRow.error)
    assert (status, attempts) == ("failed", ATTEMPTS)
    assert payload and error


async def test_an_event_that_failed_is_handled_as_soon_as_the_fault_is_mended(
    make: Make, database: Database, database_url: str, ears: Ears
) -> None:
    clock = Clock(1)
    dispatch = await make(now=clock)
    await break_events(database_url, "1")
    await dispatch.store([said("ann", "1", "您好", clock.now())])
    await until(lambda: not dispatch._waiting and not dispatch._busy)
    await mend_events(database_url)
    await until(lambda: ears.of("ann") == ["1"], 3)


async def test_one_senders_failing_event_holds_up_nobody_else(
    dispatch: Dispatch, database_url: str, clock: VirtualClock, ears: Ears
) -> None:
    await break_events(database_url, "bad")
    await dispatch.store([said("ann", "bad", "您好", clock.now()), *(said(f"b{n}", f"b{n}", "您好", clock.now()) for n in range(20))])
    await until(lambda: len(ears.handled) == 20)


# ---- stopping


async def test_stop_finishes_what_is_in_hand_and_leaves_the_rest_in_the_inbox(
    make: Make, database: Database, database_url: str, clock: VirtualClock, ears: Ears
) -> None:
    dispatch = await make()
    async with held_event(database_url, "1") as holder:
        await dispatch.store([said("ann", "1", "p:agree", clock.now(), kind=Kind.CHOICE)])
        await until_waiting(holder)
        stopping = asyncio.create_task(dispatch.stop())
        await arrive(database, [said("bob", "2", "您好", clock.now())], clock.now())
        assert not stopping.done()
    await stopping
    assert await statuses(database) == {"1": "done", "2": "pending"}
    assert ears.handled == [("ann", "1")]


# ---- coming and going


async def test_somebody_who_blocks_the_bot_is_noted_and_gets_no_answer(dispatch: Dispatch, database: Database, clock: VirtualClock) -> None:
    await make_conversation(database, "ann", clock.now())
    await dispatch.store([said("ann", "1", "", clock.now(), kind=Kind.STOPPED)])
    await dispatch.idle()
    assert await rows(database, Conversation.unreachable_since) == [clock.now()]
    assert await replies(database) == []


@pytest.mark.parametrize("kind", [Kind.RETURNED, Kind.TEXT], ids=["by lifting the block", "by writing"])
async def test_alerts_that_could_not_reach_somebody_go_out_again_when_they_come_back(
    dispatch: Dispatch, database: Database, clock: VirtualClock, kind: Kind
) -> None:
    world = await make_world(database, clock.now())
    old, new = [await put_fact(database, world.lawyer, "case_withdrawn", clock.now(), case=1) for _ in range(2)]
    async with database.begin() as session:
        await session.execute(sa.update(Conversation).where(Conversation.address == "lawyer").values(unreachable_since=clock.now()))
        await session.execute(sa.update(OutboxRow).values(status="unreachable"))
    clock.advance(days=8)
    async with database.begin() as session:
        await session.execute(sa.update(OutboxRow).where(OutboxRow.id != old).values(created_at=clock.now()))
    await dispatch.store([said("lawyer", "1", "", clock.now(), kind=kind, door="desk")])
    await dispatch.idle()
    facts = dict(await rows(database, OutboxRow.id, OutboxRow.status, where=OutboxRow.kind == "case_withdrawn"))
    assert facts == {old: "unreachable", new: "pending"}
