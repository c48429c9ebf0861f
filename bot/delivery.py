"""Delivery: takes what is due from the outbox and hands it to a door: replies and alerts. Notices to many go by bot/broadcast."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Attachment, Door, Outgoing, Refused, Sent, TryLater, Unreachable
from bot.chat_pace import ChatPace
from bot.clock import Clock
from bot.logs import where
from bot.pace import Pace
from handlers import alerts
from handlers.conversation import FileKind, Reply
from storage import outbox
from storage.database import Database
from storage.models import FileStatus, OutboxRow, OutboxStatus, StoredFile
from storage.outbox import Claimed, Delivered
from storage.routes import Address, addresses, last_of_slot, mark_unreachable
from storage.types import OutboxId
from union.alerts import Fact
from union.rules import Rule

log = structlog.get_logger()

IN_HAND = 64
"""Messages in hand at most."""

SEND_SECONDS = 60.0
STOP_SECONDS = 10.0
"""How long a stop waits for what is in hand, and then for the database to take note of it."""

IDLE_SECONDS = 1.0
GIVE_UP_AFTER = timedelta(days=3)
TRIES_AT_LEAST = 20
"""Age alone is no reason to give up: the program may have stood still for days, or the person come back after five."""

LONGEST_WAIT = 60.0
"""Real seconds between two tries at most."""

ELSEWHERE_SECONDS = 3.0
"""How long a message for a door that this process doesn't have is left for one that has it."""

Receipt = Callable[[AsyncSession, Mapping[str, object], datetime], Awaitable[None]]
"""What follows in the union when a fact has reached its reader, in the transaction that notes it: session, params, when."""


class Delivery:
    """The outbox's other end. `nudge` says that something was put in; `reached` that a web page has shown something."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        doors: Mapping[str, Door],
        *,
        rules: Mapping[str, Rule],
        owner: int,
        receipts: Mapping[str, Receipt],
    ) -> None:
        self._database = database
        self._clock = clock
        self._doors = doors
        self._rules = rules
        self._owner = owner
        self._receipts = receipts
        self.paces = {name: Pace(door.bulk_rate) for name, door in doors.items()}
        """What notices must keep to, by door: what goes out here is counted in."""
        self._holds: dict[str, _Hold] = {name: _Hold() for name in doors}
        self._chats = {name: ChatPace(door.chat_rate) for name, door in doors.items()}
        self._wake = asyncio.Event()
        self._pump_task: asyncio.Task[None] | None = None
        self._hands: set[asyncio.Task[None]] = set()
        self._marks = _Marks(database, clock, self.nudge)
        self._stopping = False
        self._in_doubt = False
        """Whether we may have claimed more than we know of."""

    def nudge(self) -> None:
        """Something was put into the outbox."""
        self._wake.set()

    async def start(self) -> None:
        """Begins to send."""
        self._pump_task = asyncio.create_task(self._pump(), name="delivery")

    async def stop(self) -> None:
        """Finishes what is in hand. What still waits is safe in the outbox."""
        self._stopping = True
        self.nudge()
        if self._pump_task is not None:
            await asyncio.gather(self._pump_task, return_exceptions=True)
        if self._hands:
            await asyncio.wait(self._hands, timeout=STOP_SECONDS)
        for hand in self._hands:
            hand.cancel()
        await asyncio.gather(*self._hands, return_exceptions=True)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._marks.flush()
        except TimeoutError:
            log.error("delivery.cut_short", why="the database is away; what it could not note as sent may be sent again")

    async def _pump(self) -> None:
        hands: dict[asyncio.Task[None], OutboxId] = {}
        while not self._stopping:
            self._wake.clear()
            try:
                if len(hands) >= IN_HAND:
                    await asyncio.wait(hands, return_when=asyncio.FIRST_COMPLETED)
                if self._in_doubt:
                    await self._free_unknown(hands.values())
                    self._in_doubt = False
                claimed = await self._claim(hands)
            except (DBAPIError, OSError, TimeoutError) as error:
                log.warning("delivery.interrupted", **where(error))
                claimed = 0
                self._in_doubt = True
                await asyncio.sleep(0.5)
            if claimed == 0:
                try:
                    async with asyncio.timeout(IDLE_SECONDS):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    async def _free_unknown(self, in_hand: Iterable[OutboxId]) -> None:
        """A claim may have been committed and its answer lost with the connection: what is noted as ours and not in hand is free again."""
        async with self._database.connect() as connection:
            await connection.execute(
                sa.update(OutboxRow)
                .where(
                    OutboxRow.status == OutboxStatus.SENDING,
                    OutboxRow.owner == self._owner,
                    OutboxRow.id.not_in(list(in_hand)),
                )
                .values(status=OutboxStatus.PENDING, owner=None)
            )

    async def _claim(self, hands: dict[asyncio.Task[None], OutboxId]) -> int:
        """Claims as many as there are free hands, and sets a hand to each. Returns how many."""
        async with self._database.connect() as connection:
            claimed = await outbox.claim(
                connection,
                self._database.vault,
                owner=self._owner,
                limit=IN_HAND - len(hands),
                now=self._clock.now(),
            )
            ways = await addresses(connection, claimed)
        for row in claimed:
            hand = asyncio.create_task(self._deliver(row, ways.get(row.id, ())))
            hands[hand] = row.id
            self._hands.add(hand)
            hand.add_done_callback(hands.pop)
            hand.add_done_callback(self._hands.discard)
        return len(claimed)

    async def _deliver(self, row: Claimed, ways: Sequence[Address]) -> None:
        """One message, whatever becomes of it: afterwards the row says so."""
        try:
            reply = await self._words(row)
            if reply is None:  # it need not be said any more
                await self._outcome(row, OutboxStatus.MOOT, "moot")
                return
            for way in ways:
                if (pause := self._rest(row, way)) > 0:
                    await self._outcome(row, OutboxStatus.PENDING, "", self._clock.after(pause))
                    asyncio.get_running_loop().call_later(pause + 0.005, self.nudge)
                    return
                try:
                    sent = await self._send(row, way, reply)
                except Unreachable:
                    async with self._database.connect() as connection:
                        await mark_unreachable(connection, way.conversation_id, self._clock.now())
                    continue
                await self._sent(row, Delivered(row.id, way.conversation_id, sent.message_ref, sent.reached), sent)
                return
            await self._outcome(row, OutboxStatus.UNREACHABLE, "no open door")
        except TryLater as error:
            await self._again(row, error.seconds, "TryLater")
        except Refused as error:
            log.error("message.refused", outbox_id=row.id, kind=row.kind, **where(error))
            await self._outcome(row, OutboxStatus.FAILED, "Refused")
        except Exception as error:
            log.error("message.failed", outbox_id=row.id, kind=row.kind, **where(error))
            await self._again(row, 1.0, type(error).__name__)

    async def _words(self, row: Claimed) -> Reply | None:
        if row.body is not None:
            return Reply.from_json(row.body, edit=row.edit_ref or "", slot=row.slot or "")
        if row.person_id is None or row.params is None:
            return None
        async with self._database.begin() as session:
            return await alerts.render(session, Fact(row.kind), row.params, reader=row.person_id, rules=self._rules, now=self._clock.now())

    def _rest(self, row: Claimed, way: Address) -> float:
        """Seconds that a chat must rest before one more alert; a reply goes at once, because somebody waits for it."""
        chats = self._chats.get(way.door)
        return chats.pause(way.address) if chats and row.body is None else 0.0

    async def _send(self, row: Claimed, way: Address, reply: Reply) -> Sent:
        door = self._doors.get(way.door)
        if door is None:  # another process has this door, or its token was taken out of the settings
            raise TryLater(ELSEWHERE_SECONDS)
        hold, pace = self._holds[way.door], self.paces[way.door]
        hold.check(way.address)
        self._chats[way.door].note(way.address)
        pace.note()
        edit = reply.edit
        attachment = None
        if row.slot or reply.file is not None:
            async with self._database.begin() as session:
                edit = edit or (await last_of_slot(session, way.conversation_id, row.slot) if row.slot else "")
                attachment = await load_attachment(session, reply.file)
        outgoing = Outgoing(outbox_id=row.id, address=way.address, reply=reply, edit=edit, attachment=attachment)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await door.send(outgoing)
        except TimeoutError:
            raise TryLater(1.0) from None
        except TryLater as error:
            if error.throttled:
                pace.throttled(error.seconds)
                hold.throttled(way.address, error.seconds)
            raise

    async def _sent(self, row: Claimed, delivered: Delivered, sent: Sent) -> None:
        receipt = self._receipts.get(row.kind)
        if receipt is None or not sent.reached:
            await self._marks.add(delivered)
            return
        now = self._clock.now()
        async with self._database.begin() as session:
            await outbox.mark_sent(await session.connection(), [delivered], now)
            await receipt(session, row.params or {}, now)
        self.nudge()

    async def reached(self, outbox_ids: Sequence[int]) -> None:
        """Messages that a page has shown: notes it, with what follows from it in the union. Repeats change nothing."""
        now = self._clock.now()
        async with self._database.begin() as session:
            for kind, params in await outbox.mark_reached(session, [OutboxId(i) for i in outbox_ids], now):
                if receipt := self._receipts.get(kind):
                    await receipt(session, params or {}, now)
        self.nudge()

    async def _again(self, row: Claimed, seconds: float, error: str) -> None:
        now = self._clock.now()
        if row.attempts >= TRIES_AT_LEAST and now - row.created_at > GIVE_UP_AFTER * max(1.0, self._clock.speed):
            await self._outcome(row, OutboxStatus.FAILED, error)
            return
        wait = min(LONGEST_WAIT, max(seconds, 0.5 * 2 ** min(row.attempts - 1, 7) if seconds <= 1 else seconds))
        await self._outcome(row, OutboxStatus.PENDING, error, self._clock.after(wait))
        asyncio.get_running_loop().call_later(wait + 0.005, self.nudge)

    async def _outcome(self, row: Claimed, status: OutboxStatus, error: str, not_before: datetime | None = None) -> None:
        try:
            async with self._database.connect() as connection:
                await outbox.mark(connection, row.id, status, error, not_before or self._clock.now())
        except (DBAPIError, OSError, TimeoutError) as fault:
            log.warning("delivery.interrupted", **where(fault))
            self._marks.lost(row.id)
        self.nudge()


class _Hold:
    """After a 429: one chat waits; when a second chat is refused within the time, it was meant for the whole door."""

    def __init__(self) -> None:
        self._chats: dict[str, float] = {}
        self._door_until = 0.0

    def check(self, address: str) -> None:
        """Raises TryLater while this address, or the whole door, has to wait."""
        now = asyncio.get_running_loop().time()
        until = max(self._door_until, self._chats.get(address, 0.0))
        if until > now:
            raise TryLater(until - now + 0.01)

    def throttled(self, address: str, seconds: float) -> None:
        """The door refused a message to this address for so long."""
        now = asyncio.get_running_loop().time()
        self._chats = {chat: until for chat, until in self._chats.items() if until > now}
        self._chats[address] = now + seconds
        if len(self._chats) > 1:
            self._door_until = max(self._door_until, now + seconds)


class _Marks:
    """Notes what was sent, many at once: while one commit is under way the next ones gather."""

    def __init__(self, database: Database, clock: Clock, nudge: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._nudge = nudge
        self._gathered: list[Delivered] = []
        self._unreleased: set[OutboxId] = set()
        self._writing = asyncio.Lock()

    async def add(self, delivered: Delivered) -> None:
        """Returns when it is noted."""
        self._gathered.append(delivered)
        await self.flush()

    def lost(self, row_id: OutboxId) -> None:
        """A row whose outcome could not be written: it goes back to be sent with the next write that succeeds."""
        self._unreleased.add(row_id)

    async def flush(self) -> None:
        """Writes what has gathered; keeps trying while the database is away, so that nothing sent is sent again."""
        async with self._writing:
            while self._gathered or self._unreleased:
                batch, self._gathered = self._gathered, []
                lost, self._unreleased = self._unreleased, set()
                try:
                    async with self._database.connect() as connection:
                        if batch:
                            await outbox.mark_sent(connection, batch, self._clock.now())
                        for row_id in lost:
                            await outbox.mark(connection, row_id, OutboxStatus.PENDING, "interrupted", self._clock.now())
                except (DBAPIError, OSError, TimeoutError) as error:
                    log.warning("delivery.interrupted", **where(error))
                    self._gathered = batch + self._gathered
                    self._unreleased |= lost
                    await asyncio.sleep(0.5)
        self._nudge()


async def load_attachment(session: AsyncSession, file_id: int | None) -> Attachment | None:
    """A stored file, whole; None when there is none (any more). Raises TryLater while it is still being fetched."""
    if file_id is None:
        return None
    file = await session.get(StoredFile, file_id)
    if file is None or file.status is FileStatus.GONE:
        return None
    if file.status is FileStatus.WAITING:  # it is still being fetched from the door it came through
        raise TryLater(2.0)
    data = await session.scalar(sa.select(StoredFile.data).where(StoredFile.id == file_id))
    return Attachment(kind=FileKind(file.kind), name=file.name, mime=file.mime, data=data or b"")
