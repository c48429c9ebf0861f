"""Delivery: who waits for whom, what is tried again, and what follows when a message has arrived."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import receipts
from bot.channels.base import Refused, Sent, TryLater, Unreachable
from bot.chat_pace import AT_ONCE
from bot.clock import Clock, VirtualClock
from bot.delivery import GIVE_UP_AFTER, Delivery
from bot.embedded import Server
from handlers.conversation import Button, FileKind, Reply
from storage import outbox
from storage.database import Database
from storage.models import Case, CaseStatus, Conversation, Deadline, FileStatus, OutboxRow, StoredFile
from storage.types import OutboxId
from tests.bot.doors import RecordingDoor, until
from tests.bot.world import RULES, World, cut_connections, make_case, make_conversation, make_world, put_fact, put_reply, rows
from union import room

OWNER = 4711


class Stage:
    """A delivery with two doors on a fresh database, and a receipt that counts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.members = RecordingDoor("members")
        self.desk = RecordingDoor("desk")
        self.received: list[tuple[int, datetime]] = []
        self.delivery = self.make()

    def make(self) -> Delivery:
        doors = {"members": self.members, "desk": self.desk}
        kinds = {**receipts(RULES), "case_withdrawn": self._receipt}
        return Delivery(self.database, self.clock, doors, rules=RULES, owner=OWNER, receipts=kinds)

    async def _receipt(self, session: AsyncSession, params: Mapping[str, object], at: datetime) -> None:
        self.received.append((int(str(params["case"])), at))

    async def statuses(self) -> list[str]:
        return [str(status) for status in await rows(self.database, OutboxRow.status)]

    async def tried(self, times: int) -> None:
        """Waits until the doors were asked so often and nothing is in hand any more."""
        await until(lambda: len(self.members.asked) + len(self.desk.asked) >= times)
        async with asyncio.timeout(60):
            while "sending" in await self.statuses():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def settled(self, *statuses: str) -> None:
        """Waits until the outbox looks like this."""
        seen: list[str] = []
        try:
            async with asyncio.timeout(60):
                while (seen := await self.statuses()) != list(statuses):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"the outbox holds {seen}") from None


@pytest.fixture
async def stage(database: Database, clock: VirtualClock) -> AsyncIterator[Stage]:
    stage = Stage(database, clock)
    yield stage
    stage.members.gate.set()
    await stage.delivery.stop()


@pytest.fixture
async def quick(database: Database) -> AsyncIterator[Stage]:
    """The same on a clock that runs."""
    stage = Stage(database, Clock(1))
    await stage.delivery.start()
    yield stage
    await stage.delivery.stop()


@pytest.fixture
async def world(database: Database, clock: VirtualClock) -> World:
    return await make_world(database, clock.now())


async def send_all(stage: Stage) -> None:
    """Lets everything that is due go out now."""
    await stage.delivery.start()
    stage.delivery.nudge()


# ---- who waits for whom


async def test_a_reply_that_hangs_at_the_door_delays_no_other(stage: Stage) -> None:
    slow, quick = [await make_conversation(stage.database, name, stage.clock.now()) for name in ("slow", "quick")]
    await put_reply(stage.database, slow, "a", stage.clock.now())
    stage.members.gate.clear()
    await send_all(stage)
    await until(lambda: len(stage.members.asked) == 1)
    await put_reply(stage.database, quick, "b", stage.clock.now())
    stage.delivery.nudge()
    await until(lambda: len(stage.members.asked) == 2)
    assert [outgoing.address for outgoing in stage.members.asked] == ["slow", "quick"]


async def test_the_messages_of_one_conversation_go_out_in_their_order(stage: Stage) -> None:
    ann, bob = [await make_conversation(stage.database, name, stage.clock.now()) for name in ("ann", "bob")]
    for n in range(15):
        for conversation in (ann, bob):
            await put_reply(stage.database, conversation, f"{n}", stage.clock.now())
    await send_all(stage)
    await until(lambda: len(stage.members.sent) == 30)
    assert stage.members.texts("ann") == stage.members.texts("bob") == [f"{n}" for n in range(15)]


async def test_a_message_that_has_to_wait_keeps_the_later_ones_of_its_lane_behind_it(stage: Stage, clock: VirtualClock) -> None:
    ann, bob = [await make_conversation(stage.database, name, clock.now()) for name in ("ann", "bob")]
    for conversation in (ann, bob):
        for n in (1, 2):
            await put_reply(stage.database, conversation, f"{n}", clock.now())
    stage.members.failures["ann"] = [TryLater(5)]
    await send_all(stage)
    await stage.settled("pending", "pending", "sent", "sent")
    clock.advance(seconds=5)
    stage.delivery.nudge()
    await stage.settled("sent", "sent", "sent", "sent")
    assert stage.members.texts("ann") == ["1", "2"]


async def test_two_processes_send_every_message_once_and_in_order(database: Database, clock: VirtualClock) -> None:
    first = Stage(database, clock)
    second = Stage(database, clock)
    second.members = first.members
    second.delivery = Delivery(database, clock, {"members": first.members}, rules=RULES, owner=OWNER + 1, receipts={})
    conversations = [await make_conversation(database, f"c{n}", clock.now()) for n in range(6)]
    for n in range(8):
        for conversation in conversations:
            await put_reply(database, conversation, f"{n}", clock.now())
    await asyncio.gather(first.delivery.start(), second.delivery.start())
    await until(lambda: len(first.members.sent) >= 48)
    await asyncio.gather(first.delivery.stop(), second.delivery.stop())
    assert all(first.members.texts(f"c{n}") == [f"{m}" for m in range(8)] for n in range(6))


# ---- what is tried again


async def test_try_later_goes_out_exactly_when_it_is_due(stage: Stage, clock: VirtualClock) -> None:
    ann = await make_conversation(stage.database, "ann", clock.now())
    await put_reply(stage.database, ann, "a", clock.now())
    stage.members.failures["ann"] = [TryLater(30)]
    await send_all(stage)
    await stage.tried(1)
    assert await rows(stage.database, OutboxRow.not_before) == [clock.now() + timedelta(seconds=30)]
    clock.advance(seconds=29)
    stage.delivery.nudge()
    await asyncio.sleep(0.05)
    assert stage.members.sent == []
    clock.advance(seconds=1)
    stage.delivery.nudge()
    await stage.settled("sent")


async def test_try_later_needs_no_nudge(quick: Stage) -> None:
    ann = await make_conversation(quick.database, "ann", quick.clock.now())
    quick.members.failures["ann"] = [TryLater(0.3), TryLater(0.3)]
    await put_reply(quick.database, ann, "a", quick.clock.now())
    quick.delivery.nudge()
    began = time.monotonic()
    await until(lambda: bool(quick.members.sent))
    assert time.monotonic() - began >= 0.6


async def test_a_message_is_never_lost_however_often_the_door_says_later(stage: Stage, clock: VirtualClock) -> None:
    ann = await make_conversation(stage.database, "ann", clock.now())
    await put_reply(stage.database, ann, "a", clock.now())
    stage.members.failures["ann"] = [TryLater(60) for _ in range(40)]
    await send_all(stage)
    for attempt in range(1, 41):
        await stage.tried(attempt)
        clock.advance(seconds=60)
        stage.delivery.nudge()
    await stage.settled("sent")


async def test_of_many_alerts_to_one_person_three_go_at_once_and_a_reply_does_not_wait_behind_them(
    stage: Stage, world: World, clock: VirtualClock
) -> None:
    stage.desk.chat_rate = 0.001
    stage.delivery = stage.make()
    await make_case(stage.database, world, clock.now())
    for _ in range(AT_ONCE + 2):
        await put_fact(stage.database, world.lawyer, "case_assigned", clock.now(), case=1)
    await send_all(stage)
    await stage.settled(*["sent"] * AT_ONCE, "pending", "pending")
    assert len(stage.desk.sent) == AT_ONCE
    (desk,) = await rows(stage.database, Conversation.id, where=Conversation.address == "lawyer")
    await put_reply(stage.database, desk, "您问的在这里", clock.now())
    stage.delivery.nudge()
    await until(lambda: "您问的在这里" in stage.desk.texts())


async def test_a_message_that_could_not_go_out_for_days_is_given_up_visibly(stage: Stage, clock: VirtualClock) -> None:
    ann = await make_conversation(stage.database, "ann", clock.now())
    await put_reply(stage.database, ann, "a", clock.now())
    async with stage.database.begin() as session:
        await session.execute(sa.update(OutboxRow).values(attempts=5000))
    clock.advance(days=GIVE_UP_AFTER.days, seconds=1)
    stage.members.failures["ann"] = [TryLater(1)]
    await send_all(stage)
    await stage.settled("failed")
    assert await rows(stage.database, OutboxRow.error) == ["TryLater"]


async def test_a_message_that_nobody_could_try_for_days_gets_more_than_one_try(stage: Stage, clock: VirtualClock) -> None:
    """The program stood still over a long weekend, and the door hiccups as it comes back."""
    ann = await make_conversation(stage.database, "ann", clock.now())
    await put_reply(stage.database, ann, "a", clock.now())
    clock.advance(days=4)
    stage.members.failures["ann"] = [TryLater(1)]
    await send_all(stage)
    await stage.tried(1)
    clock.advance(seconds=1)
    stage.delivery.nudge()
    await stage.settled("sent")


async def test_what_the_door_refuses_fails_visibly_and_the_rest_goes_on(stage: Stage, clock: VirtualClock) -> None:
    ann = await make_conversation(stage.database, "ann", clock.now())
    await put_reply(stage.database, ann, "a", clock.now())
    await put_reply(stage.database, ann, "b", clock.now())
    stage.members.failures["ann"] = [Refused("too long")]
    await send_all(stage)
    await stage.settled("failed", "sent")
    assert await rows(stage.database, OutboxRow.error) == ["Refused", None]


# ---- people who can't be reached


async def test_somebody_unreachable_is_noted_and_gets_it_at_their_next_door(stage: Stage, world: World, clock: VirtualClock) -> None:
    await make_conversation(
        stage.database, "elsewhere", clock.now() - timedelta(days=1), door="members", side="desk", person_id=world.lawyer
    )
    await make_case(stage.database, world, clock.now())
    await put_fact(stage.database, world.lawyer, "case_assigned", clock.now(), case=1)
    stage.desk.failures["lawyer"] = [Unreachable()]
    await send_all(stage)
    await stage.settled("sent")
    assert [outgoing.address for outgoing in stage.members.sent] == ["elsewhere"]
    unreachable = dict(await rows(stage.database, Conversation.address, Conversation.unreachable_since))
    assert unreachable["lawyer"] == clock.now()
    assert unreachable["elsewhere"] is None


async def test_a_door_that_is_known_to_be_closed_is_not_tried(stage: Stage, world: World, clock: VirtualClock) -> None:
    await make_case(stage.database, world, clock.now())
    stage.desk.failures["lawyer"] = [Unreachable()]
    await put_fact(stage.database, world.lawyer, "case_assigned", clock.now(), case=1)
    await send_all(stage)
    await stage.settled("unreachable")
    await put_fact(stage.database, world.lawyer, "case_assigned", clock.now(), case=1)
    stage.delivery.nudge()
    await stage.settled("unreachable", "unreachable")
    assert len(stage.desk.asked) == 1


async def test_one_blocked_person_keeps_no_other_waiting(stage: Stage, clock: VirtualClock) -> None:
    for n in range(6):
        conversation = await make_conversation(stage.database, f"c{n}", clock.now())
        await put_reply(stage.database, conversation, "a", clock.now())
    stage.members.failures["c2"] = [Unreachable()]
    await send_all(stage)
    await stage.settled("sent", "sent", "unreachable", "sent", "sent", "sent")


async def test_an_alert_that_is_no_longer_true_is_not_sent(stage: Stage, world: World, clock: VirtualClock) -> None:
    await make_case(stage.database, world, clock.now())
    await put_fact(stage.database, world.city_staff, "case_assigned", clock.now(), case=1)  # the case is another's by now
    await send_all(stage)
    await stage.settled("moot")
    assert stage.desk.asked == []


async def test_an_alert_that_was_not_sendable_goes_out_when_the_person_is_back_even_if_the_door_hiccups_then(
    stage: Stage, world: World, clock: VirtualClock
) -> None:
    await make_case(stage.database, world, clock.now())
    fact = await put_fact(stage.database, world.lawyer, "case_assigned", clock.now(), case=1)
    stage.desk.failures["lawyer"] = [Unreachable(), TryLater(1)]
    await send_all(stage)
    await stage.settled("unreachable")
    clock.advance(days=5)
    async with stage.database.begin() as session:
        await session.execute(sa.update(Conversation).values(unreachable_since=None))
        await outbox.revive(session, world.lawyer, "desk", clock.now() - timedelta(days=7), clock.now())
    stage.delivery.nudge()
    await stage.tried(2)
    clock.advance(seconds=1)
    stage.delivery.nudge()
    await stage.settled("sent")
    assert [outgoing.outbox_id for outgoing in stage.desk.sent] == [fact]


# ---- a door that asks for patience


async def test_a_throttled_chat_waits_and_the_others_do_not(stage: Stage, clock: VirtualClock) -> None:
    ann, bob = [await make_conversation(stage.database, name, clock.now()) for name in ("ann", "bob")]
    await put_reply(stage.database, ann, "a1", clock.now())
    stage.members.failures["ann"] = [TryLater(20, throttled=True)]
    await send_all(stage)
    await stage.tried(1)
    clock.advance(seconds=5)  # by the clock of the tests; the door's patience is in real seconds
    await put_reply(stage.database, bob, "b1", clock.now())
    stage.delivery.nudge()
    await stage.settled("pending", "sent")


async def test_a_second_throttled_chat_means_that_the_whole_door_waits(stage: Stage, clock: VirtualClock) -> None:
    names = ("ann", "bob", "cat")
    ids = [await make_conversation(stage.database, name, clock.now()) for name in names]
    for name, conversation in zip(names[:2], ids[:2], strict=True):
        stage.members.failures[name] = [TryLater(20, throttled=True)]
        await put_reply(stage.database, conversation, name, clock.now())
    await send_all(stage)
    await stage.tried(2)
    await put_reply(stage.database, ids[2], "cat", clock.now())
    stage.delivery.nudge()
    async with asyncio.timeout(60):
        while await rows(stage.database, OutboxRow.error) != ["TryLater"] * 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert [outgoing.address for outgoing in stage.members.asked] == ["ann", "bob"]  # the door itself was left in peace


async def test_after_a_429_the_notices_of_that_door_have_to_wait_too(stage: Stage, clock: VirtualClock) -> None:
    ann = await make_conversation(stage.database, "ann", clock.now())
    await put_reply(stage.database, ann, "a1", clock.now())
    stage.members.failures["ann"] = [TryLater(20, throttled=True)]
    await send_all(stage)
    await stage.tried(1)
    assert {name: pace.share < 1 for name, pace in stage.delivery.paces.items()} == {"members": True, "desk": False}


# ---- what a message looks like when it goes


async def test_a_later_message_of_a_slot_changes_the_earlier_one(stage: Stage, clock: VirtualClock) -> None:
    ann, bob = [await make_conversation(stage.database, name, clock.now()) for name in ("ann", "bob")]
    for conversation, text in ((ann, "1 张"), (ann, "2 张"), (bob, "1 张")):
        await put_reply(stage.database, conversation, Reply(text=text, slot="album"), clock.now())
    await put_reply(stage.database, ann, Reply(text="别的", slot="other"), clock.now())
    await send_all(stage)
    await stage.settled("sent", "sent", "sent", "sent")
    sent = {(o.address, o.reply.text): o for o in stage.members.sent}
    first = str(stage.members.sent.index(sent["ann", "1 张"]) + 1)
    assert sent["ann", "2 张"].edit == first
    assert [sent[key].edit for key in (("ann", "1 张"), ("bob", "1 张"), ("ann", "别的"))] == ["", "", ""]


async def test_a_reply_that_names_a_message_changes_that_one(stage: Stage, clock: VirtualClock) -> None:
    ann = await make_conversation(stage.database, "ann", clock.now())
    await put_reply(stage.database, ann, Reply(text="新", edit="77"), clock.now())
    await send_all(stage)
    await stage.settled("sent")
    assert stage.members.sent[0].edit == "77"


async def test_title_buttons_and_menu_arrive_as_they_were_written(stage: Stage, clock: VirtualClock) -> None:
    ann = await make_conversation(stage.database, "ann", clock.now())
    buttons = ((Button(label="同意", choice="p:agree"), Button(label="网站", url="https://example.org")),)
    with_buttons, with_menu = Reply(title="标题", text="正文", buttons=buttons), Reply(text="菜单", menu=(("一", "二"), ("三",)))
    for reply in (with_buttons, with_menu):
        await put_reply(stage.database, ann, reply, clock.now())
    await send_all(stage)
    await stage.settled("sent", "sent")
    assert [outgoing.reply for outgoing in stage.members.sent] == [with_buttons, with_menu]


async def test_the_text_of_a_reply_is_erased_once_it_is_sent(stage: Stage, clock: VirtualClock) -> None:
    ann = await make_conversation(stage.database, "ann", clock.now())
    await put_reply(stage.database, ann, "a", clock.now())
    await send_all(stage)
    await stage.settled("sent")
    assert await rows(stage.database, OutboxRow.body) == [None]


async def put_file(stage: Stage, status: FileStatus) -> int:
    async with stage.database.begin() as session:
        file = StoredFile(
            door="members",
            handle="h",
            kind="photo",
            name="合同.jpg",
            mime="image/jpeg",
            size=3,
            data=b"abc" if status is FileStatus.STORED else None,
            status=status,
            not_before=stage.clock.now(),
            address="ann",
            created_at=stage.clock.now(),
        )
        session.add(file)
        await session.flush()
        return int(file.id)


async def test_a_stored_file_goes_along_whole(stage: Stage, clock: VirtualClock) -> None:
    ann = await make_conversation(stage.database, "ann", clock.now())
    await put_reply(stage.database, ann, Reply(text="材料", file=await put_file(stage, FileStatus.STORED)), clock.now())
    await send_all(stage)
    await stage.settled("sent")
    attachment = stage.members.sent[0].attachment
    assert attachment is not None
    assert (attachment.kind, attachment.name, attachment.mime, attachment.data) == (FileKind.PHOTO, "合同.jpg", "image/jpeg", b"abc")


async def test_a_message_waits_for_its_file_to_be_fetched(stage: Stage, clock: VirtualClock) -> None:
    ann = await make_conversation(stage.database, "ann", clock.now())
    file = await put_file(stage, FileStatus.WAITING)
    await put_reply(stage.database, ann, Reply(text="材料", file=file), clock.now())
    await send_all(stage)
    async with asyncio.timeout(60):
        while await rows(stage.database, OutboxRow.status, OutboxRow.attempts) != [("pending", 1)]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    async with stage.database.begin() as session:
        await session.execute(sa.update(StoredFile).values(status=FileStatus.STORED, data=b"x"))
    clock.advance(seconds=2)
    stage.delivery.nudge()
    await stage.settled("sent")
    assert stage.members.sent[0].attachment is not None


async def test_a_file_that_is_gone_does_not_hold_back_the_words(stage: Stage, clock: VirtualClock) -> None:
    ann = await make_conversation(stage.database, "ann", clock.now())
    await put_reply(stage.database, ann, Reply(text="材料", file=await put_file(stage, FileStatus.GONE)), clock.now())
    await send_all(stage)
    await stage.settled("sent")
    assert (stage.members.texts(), stage.members.sent[0].attachment) == (["材料"], None)


# ---- what has arrived


async def test_the_receipt_runs_once_when_the_door_says_that_it_has_arrived(stage: Stage, world: World, clock: VirtualClock) -> None:
    await make_case(stage.database, world, clock.now())
    await put_fact(stage.database, world.lawyer, "case_withdrawn", clock.now(), case=1)
    await send_all(stage)
    await stage.settled("sent")
    assert stage.received == [(1, clock.now())]
    assert await rows(stage.database, OutboxRow.reached_at) == [clock.now()]


async def test_the_receipt_waits_for_the_page_and_runs_once_however_often_the_page_says_so(
    stage: Stage, world: World, clock: VirtualClock
) -> None:
    stage.desk.reaches = False
    await make_case(stage.database, world, clock.now())
    fact = await put_fact(stage.database, world.lawyer, "case_withdrawn", clock.now(), case=1)
    await send_all(stage)
    await stage.settled("sent")
    assert stage.received == []
    clock.advance(minutes=1)
    await stage.delivery.reached([fact])
    await asyncio.gather(*(stage.delivery.reached([fact]) for _ in range(4)))
    assert stage.received == [(1, clock.now())]


async def test_a_page_that_is_quicker_than_our_own_note_is_heard(stage: Stage, world: World, clock: VirtualClock) -> None:
    """The page acknowledges while the row is still noted as being sent."""
    delivery = stage.delivery

    class QuickPage(RecordingDoor):
        async def send(self, outgoing: object) -> Sent:
            sent = await super().send(outgoing)  # type: ignore[arg-type]
            await delivery.reached([OutboxId(outgoing.outbox_id)])  # type: ignore[attr-defined]
            return sent

    page = QuickPage("desk", reaches=False)
    stage.delivery = delivery = Delivery(
        stage.database, clock, {"desk": page}, rules=RULES, owner=OWNER, receipts={"case_withdrawn": stage._receipt}
    )
    await make_case(stage.database, world, clock.now())
    await put_fact(stage.database, world.lawyer, "case_withdrawn", clock.now(), case=1)
    await send_all(stage)
    await stage.settled("sent")
    assert stage.received == [(1, clock.now())]
    assert await rows(stage.database, OutboxRow.reached_at) == [clock.now()]


async def test_the_lawyers_message_stops_the_24_hour_clock_when_it_reaches_the_worker_and_not_before(
    stage: Stage, world: World, clock: VirtualClock
) -> None:
    stage.members.reaches = False
    case = await make_case(stage.database, world, clock.now(), status=CaseStatus.ACCEPTED)
    async with stage.database.begin() as session:
        await room.write(session, await session.get_one(Case, case.id), world.lawyer, RULES, clock.now(), text="您好")
    await send_all(stage)
    await until(lambda: len(stage.members.sent) == 1)
    await stage.settled("sent")
    assert await rows(stage.database, Deadline.status) == ["live"]
    clock.advance(hours=1)
    await stage.delivery.reached([OutboxId(stage.members.sent[0].outbox_id)])
    assert await rows(stage.database, Deadline.rule, Deadline.status) == [("intervention", "met"), ("follow_up", "live")]
    assert await rows(stage.database, Case.intervened_at) == [clock.now()]
    await until(lambda: any("时钟已停" in text for text in stage.desk.texts("lawyer")))


# ---- stopping, and a database that goes away


async def test_stop_finishes_what_is_in_hand_and_leaves_the_rest(stage: Stage, clock: VirtualClock) -> None:
    ann = await make_conversation(stage.database, "ann", clock.now())
    for text in ("a", "b"):
        await put_reply(stage.database, ann, text, clock.now())
    stage.members.gate.clear()
    await send_all(stage)
    await until(lambda: len(stage.members.asked) == 1)
    stopping = asyncio.create_task(stage.delivery.stop())
    await asyncio.sleep(0.02)
    stage.members.gate.set()
    await stopping
    assert await stage.statuses() == ["sent", "pending"]


async def test_what_was_sent_while_the_database_broke_off_is_noted_later_and_not_sent_again(quick: Stage, database_url: str) -> None:
    ann = await make_conversation(quick.database, "ann", quick.clock.now())
    quick.members.gate.clear()
    await put_reply(quick.database, ann, "a", quick.clock.now())
    quick.delivery.nudge()
    await until(lambda: len(quick.members.asked) == 1)
    await cut_connections(database_url)
    quick.members.gate.set()
    await until(lambda: len(quick.members.sent) == 1)
    await asyncio.sleep(0.7)
    await quick.settled("sent")
    assert quick.members.texts() == ["a"]


async def test_what_was_claimed_as_the_database_broke_off_goes_out_afterwards(quick: Stage, database_url: str) -> None:
    """The claim was committed, and its answer was lost with the connection: this living process holds what it does not know of."""
    ann = await make_conversation(quick.database, "ann", quick.clock.now())
    await put_reply(quick.database, ann, "a", quick.clock.now() + timedelta(days=1))
    async with quick.database.begin() as session:
        await session.execute(sa.update(OutboxRow).values(status="sending", owner=OWNER, not_before=quick.clock.now()))
    await cut_connections(database_url)
    await until(lambda: quick.members.texts() == ["a"])
    await asyncio.sleep(0.1)
    assert quick.members.texts() == ["a"]


async def test_stop_comes_to_an_end_though_the_database_is_away(
    database: Database, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.STOP_SECONDS", 0.5)
    stage = Stage(database, Clock(1))
    ann = await make_conversation(database, "ann", stage.clock.now())
    await put_reply(database, ann, "a", stage.clock.now())
    stage.members.gate.clear()
    await stage.delivery.start()
    await until(lambda: len(stage.members.asked) == 1)
    name = database.engine.url.database
    await database.engine.dispose()
    admin = await asyncpg.connect(server.get_uri())
    try:
        await admin.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        await admin.fetchval("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1", name)
        stage.members.gate.set()
        async with asyncio.timeout(60):
            await stage.delivery.stop()
    finally:
        await admin.close()
