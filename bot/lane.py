"""One door's share of a broadcast: claims deliveries a few at a time, sends them as fast as the door may be used, and notes what became of each.

Of all processes on all machines one at a time runs a door's lane (bot/app has it elected), because a bot's limit holds for all of them together.
Whatever happens to that process: what it held goes back, and another one takes over.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Attachment, Door, Outgoing, Refused, TryLater, Unreachable
from bot.clock import Clock
from bot.lane_health import Health
from bot.logs import where
from bot.notice_board import Board, Marks
from bot.notice_text import Texts, corrected
from bot.pace import Pace, Turn
from handlers.conversation import Reply
from storage import deliveries
from storage.database import Database
from storage.deliveries import Claim, Held, Outcome
from storage.models import DeliveryStatus, Notice
from storage.types import NoticeId, PersonId
from union import subscriptions

log = structlog.get_logger()

SEND_SECONDS = 30.0
STOP_SECONDS = 10.0
IDLE_SECONDS = 0.1
AGAIN_SECONDS = 0.5
"""Between two looks for what is to be sent once more."""

ON_THEIR_WAY = 0.2
"""Messages on their way at once, in seconds at the door's rate: what a kill can make repeat stays small, and a door that takes as long keeps its pace."""

FEWEST, MOST = 64, 400
"""Of them at least, because at a small rate a fifth of a second's is nothing beside a slow answer or a disk that is busy; and at most."""

AHEAD, AHEAD_SECONDS = 10, 0.125
"""When so few messages are left at hand, more are claimed, in seconds at the door's rate: as long may the database take to find them. Not many more:
who is behind them waits for them, be it the first message of another notice."""

NOBODY = PersonId(0)
"""Everybody comes after."""

_PERSON_BITS, _VERSION_BITS = 34, 6


def number_of(notice_id: NoticeId, person_id: PersonId, version: int) -> int:
    """A number for a door that is unlike every outbox row's and every other delivery's: negative, and made of what it stands for."""
    version_bits = version & ((1 << _VERSION_BITS) - 1)
    return -(((notice_id << _VERSION_BITS | version_bits) << _PERSON_BITS) | person_id)


def delivery_of(number: int) -> tuple[NoticeId, PersonId]:
    """The notice and person of such a number."""
    whole = -number
    return NoticeId(whole >> (_PERSON_BITS + _VERSION_BITS)), PersonId(whole & ((1 << _PERSON_BITS) - 1))


@dataclass(frozen=True, slots=True)
class _Message:
    """One delivery, ready to be handed over."""

    held: Held
    reply: Reply
    attachment: Attachment | None
    notice: Notice
    corrects: bool


@dataclass(frozen=True, slots=True)
class _Job:
    """A notice to be sent, or one whose correction is to be shown."""

    notice: Notice
    corrects: bool


@dataclass(slots=True)
class _Place:
    """How far a lane is with a notice. spent: seconds used on looking in vain since the last pass over it began."""

    after: PersonId = NOBODY
    look_at: float = 0.0
    again_at: float = 0.0
    spent: float = 0.0


class Lane:
    """`run` sends until it is cancelled; then what is in hand is finished, and the rest given back."""

    def __init__(
        self,
        door: Door,
        pace: Pace,
        *,
        database: Database,
        clock: Clock,
        board: Board,
        marks: Marks,
        texts: Texts,
        owner: int,
        paid_rate: float,
    ) -> None:
        self._door = door
        self._pace = pace
        self._database = database
        self._clock = clock
        self._board = board
        self._marks = marks
        self._texts = texts
        self._owner = owner
        self._paid_rate = paid_rate
        self._places: dict[tuple[NoticeId, bool], _Place] = {}
        self._batch: deque[_Message] = deque()
        self._filled, self._low, self._free = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._hands: set[asyncio.Task[None]] = set()
        self._health = Health()
        self._turn = 0
        self._complaints: set[tuple[str, NoticeId]] = set()

    @property
    def name(self) -> str:
        """The door's."""
        return self._door.name

    async def run(self) -> None:
        """Sends what there is to send through this door, until it is cancelled."""
        self._places.clear()
        claiming = asyncio.create_task(self._claim_ahead(), name=f"claims-{self.name}")
        try:
            await self._send_all()
        finally:
            claiming.cancel()
            await asyncio.gather(claiming, return_exceptions=True)
            await self._finish()

    # ---- claiming

    async def _claim_ahead(self) -> None:
        """Keeps a few messages at hand: a door must not stand idle while the database is asked for the next ones."""
        while True:
            try:
                found = await self._claim_next()
            except (DBAPIError, OSError, TimeoutError) as error:
                log.warning("broadcast.interrupted", door=self.name, **where(error))
                await asyncio.sleep(0.5)
            except Exception as error:
                log.error("broadcast.failed", door=self.name, **where(error))
                await asyncio.sleep(1)
            else:
                if found:
                    self._filled.set()
                    self._low.clear()
                    await self._low.wait()
                else:
                    await self._board.wait(IDLE_SECONDS)

    async def _claim_next(self) -> bool:
        """Takes the next few deliveries of the notice whose turn it is; urgent ones come first. Whether there were any."""
        self._turn += 1
        jobs = [_Job(notice, True) for notice in self._board.correcting] + [_Job(notice, False) for notice in self._board.sending]
        for job in _in_turn(jobs, self._turn):
            if await self._claim_of(job.notice, corrects=job.corrects):
                return True
        live = {(job.notice.id, job.corrects) for job in jobs}
        self._places = {key: place for key, place in self._places.items() if key in live}
        return False

    async def _claim_of(self, notice: Notice, *, corrects: bool) -> bool:
        place = self._places.setdefault((notice.id, corrects), _Place())
        now = time.monotonic()
        if not corrects and now >= place.again_at:
            place.again_at = now + AGAIN_SECONDS
            if (await self._take(notice, NOBODY, again=True)).rows:
                return True
        if now < place.look_at:
            return False
        claim = await self._take(notice, place.after, corrects=corrects)
        if not claim.rows:
            place.spent += time.monotonic() - now
        if claim.passed is not None:
            place.after = claim.passed
        elif notice.expanded:  # the end: from the start again, for those whose door has changed; seldom, if looking through takes long
            place.after, place.look_at, place.spent = NOBODY, time.monotonic() + max(IDLE_SECONDS, 20 * place.spent), 0.0
        else:  # more are being made, and the first of them in no order
            place.after, place.look_at = NOBODY, time.monotonic() + (0.0 if claim.rows else IDLE_SECONDS)
        return bool(claim.rows)

    async def _take(self, notice: Notice, after: PersonId, *, again: bool = False, corrects: bool = False) -> Claim:
        """Claims some, and sorts out those that need not be sent: who has no door, doesn't want it, or has had enough for the day."""
        limit = max(AHEAD + 2, min(200, int(self._rate_of(notice, corrects=corrects) * AHEAD_SECONDS)))
        key = {"door": self.name, "after": after, "limit": limit, "now": self._clock.now()}
        claim = Claim((), None)
        fresh: list[Held] = []
        try:
            async with self._database.begin() as session:
                await self._texts.template(session, notice)
                connection = await session.connection()
                if corrects:
                    claim = await deliveries.claim_stale(connection, notice.id, **key)  # type: ignore[arg-type]
                else:
                    claim = await deliveries.claim(connection, notice.id, owner=self._owner, again=again, **key)  # type: ignore[arg-type]
                fresh = self._marks.hold(claim.rows)  # before the commit: from then on they are noted as ours
                ready = await self._sort_out(session, notice, fresh, corrects=corrects) if fresh else []
            self._batch.extend(ready)
        except TryLater:  # its file is still being fetched
            return Claim((), None)
        finally:
            kept = {(message.held.notice_id, message.held.person_id) for message in self._batch}
            self._marks.let_go({(held.notice_id, held.person_id) for held in fresh} - kept)
        return claim

    async def _sort_out(self, session: AsyncSession, notice: Notice, rows: Sequence[Held], *, corrects: bool) -> list[_Message]:
        """Those of them that are to be sent, with their words. Of the others it is noted what became of them."""
        people = [held.person_id for held in rows if held.conversation_id is not None]
        replies = await self._texts.for_people(session, notice, people)
        if corrects:
            return [_Message(held, corrected(replies[held.person_id]), None, notice, True) for held in rows if held.person_id in replies]
        not_sent = await self._not_sent(session, notice, rows, replies.keys())
        if not_sent:
            now = self._clock.now()
            outcomes = [
                Outcome(notice_id=notice.id, person_id=person, status=status, not_before=now) for person, status in not_sent.items()
            ]
            await deliveries.mark(await session.connection(), outcomes, self._owner, now)
        attachment = (await self._texts.template(session, notice)).attachment
        return [_Message(held, replies[held.person_id], attachment, notice, False) for held in rows if held.person_id not in not_sent]

    async def _not_sent(
        self, session: AsyncSession, notice: Notice, rows: Sequence[Held], worded: Collection[PersonId]
    ) -> dict[PersonId, DeliveryStatus]:
        """Who of them has no door any more, doesn't want it, or has had enough for the day. A place in the day is taken when it is first claimed."""
        connection = await session.connection()
        homeless = {held.person_id for held in rows if held.conversation_id is None}
        reached = [held for held in rows if held.person_id not in homeless]
        unwanted = await subscriptions.unwanted(connection, notice, [held.person_id for held in reached])
        unwanted |= {held.person_id for held in reached if held.person_id not in worded}
        first = [held.person_id for held in reached if held.first and held.person_id not in unwanted]
        gathered = await subscriptions.over_the_day(connection, notice, first, self._clock.now())
        return (
            dict.fromkeys(homeless, DeliveryStatus.UNREACHABLE)
            | dict.fromkeys(unwanted, DeliveryStatus.LEFT_OUT)
            | dict.fromkeys(gathered, DeliveryStatus.GATHERED)
        )

    # ---- sending

    def _rate_of(self, notice: Notice, *, corrects: bool) -> float:
        """What is changed on the screen can't be paid for, so it goes at the free rate."""
        return max(self._paid_rate, self._door.bulk_rate) if notice.paid_rate and not corrects else self._door.bulk_rate

    async def _send_all(self) -> None:
        """Releases what was claimed, one after the other, each at its moment."""
        while True:
            if not self._batch:
                self._filled.clear()
                self._low.set()
                await self._filled.wait()
                continue
            first = self._batch[0]
            rate = self._rate_of(first.notice, corrects=first.corrects)
            await self._room(max(FEWEST, min(MOST, int(rate * ON_THEIR_WAY))))
            turn = await self._pace.wait(rate)
            message = self._batch.popleft()
            if len(self._batch) < max(AHEAD, rate * AHEAD_SECONDS):
                self._low.set()
            if not message.corrects and not self._board.allows(message.notice.id):  # paused or stopped since, or night has come
                hand = asyncio.create_task(self._give_back(message))
            else:
                hand = asyncio.create_task(self._deliver(message, turn))
            self._hands.add(hand)
            hand.add_done_callback(self._hand_is_free)
            await asyncio.sleep(0)  # one for each turn of the loop, also when a stall is made up for: replies go in between

    async def _room(self, most: int) -> None:
        """Waits until one more may be on its way: many as long as the door is well, one at a time and seldom when it is in trouble."""
        while True:
            in_trouble = self._health.in_trouble
            if in_trouble and (pause := self._health.wait_until - time.monotonic()) > 0:
                await asyncio.sleep(pause)
                continue
            if len(self._hands) < (1 if in_trouble else most):
                return
            self._free.clear()
            await self._free.wait()

    def _hand_is_free(self, hand: asyncio.Task[None]) -> None:
        self._hands.discard(hand)
        self._free.set()

    async def _deliver(self, message: _Message, turn: Turn) -> None:
        """One message, whatever becomes of it: afterwards the row says so."""
        # Not before it: should the machine do something else in between, the door would count it later than we do, and one too many in a second.
        asyncio.get_running_loop().call_soon(self._pace.let_go, turn)
        try:
            outcome = await self._hand_over(message)
        except asyncio.CancelledError:
            self._marks.put(self._outcome(message, DeliveryStatus.WAITING, unsure=True), corrects=message.corrects)
            raise
        await self._marks.add(outcome, corrects=message.corrects)

    async def _hand_over(self, message: _Message) -> Outcome:
        held, notice, successes = message.held, message.notice, self._health.successes
        try:
            async with asyncio.timeout(SEND_SECONDS):
                sent = await self._door.send(
                    Outgoing(
                        outbox_id=number_of(held.notice_id, held.person_id, notice.version),
                        address=held.address,
                        reply=message.reply,
                        edit=held.message_ref,
                        attachment=message.attachment,
                        paid=notice.paid_rate,
                    )
                )
        except Unreachable:
            self._health.well()
            return self._outcome(message, DeliveryStatus.UNREACHABLE, conversation_id=held.conversation_id, blocked=True)
        except Refused as error:
            self._health.well()
            self._complain("notice.refused", notice, error)
            return self._outcome(message, DeliveryStatus.FAILED)
        except TryLater as error:
            if error.throttled:
                self._pace.throttled(error.seconds)
                return self._outcome(message, DeliveryStatus.WAITING, seconds=error.seconds)
            return self._failed(message, error.seconds, successes, unsure=error.unsure)
        except TimeoutError:
            return self._failed(message, 1.0, successes, unsure=True)
        except Exception as error:
            self._complain("notice.failed", notice, error)
            return self._failed(message, 1.0, successes, unsure=True)
        self._health.well()
        return self._outcome(
            message, DeliveryStatus.SENT, version=notice.version, conversation_id=held.conversation_id, message_ref=sent.message_ref
        )

    def _complain(self, event: str, notice: Notice, error: Exception) -> None:
        """Once for each notice: what a door refuses it refuses four million times."""
        if (event, notice.id) not in self._complaints:
            self._complaints.add((event, notice.id))
            log.error(event, notice_id=notice.id, door=self.name, **where(error))

    def _failed(self, message: _Message, seconds: float, successes: int, *, unsure: bool) -> Outcome:
        """It goes again, later and later, for eleven minutes; trouble of the door itself does not count against it."""
        self._health.failed(message.held.person_id)
        tried = self._health.blames_message(successes)
        wait = max(seconds, 2.0 * 4**message.held.tries)
        return self._outcome(message, DeliveryStatus.WAITING, seconds=wait, tried=tried, unsure=unsure)

    def _outcome(self, message: _Message, status: DeliveryStatus, *, seconds: float = 0, **more: object) -> Outcome:
        held, moment = message.held, self._clock.after(seconds)
        return Outcome(notice_id=held.notice_id, person_id=held.person_id, status=status, not_before=moment, **more)  # type: ignore[arg-type]

    async def _give_back(self, message: _Message) -> None:
        """Nothing happened to it."""
        if message.corrects:
            self._marks.let_go([(message.held.notice_id, message.held.person_id)])
        else:
            await self._marks.add(self._outcome(message, DeliveryStatus.WAITING))

    async def _finish(self) -> None:
        """Gives back what was not released, and waits for what is on its way."""
        rest = [asyncio.create_task(self._give_back(message)) for message in self._batch]
        self._batch.clear()
        hands = {*self._hands, *rest}
        if hands:
            await asyncio.wait(hands, timeout=STOP_SECONDS)
        for hand in hands:
            hand.cancel()
        await asyncio.gather(*hands, return_exceptions=True)


def _in_turn(jobs: Sequence[_Job], turn: int) -> list[_Job]:
    """Urgent ones first. Of the others, and among the urgent, those that are paid for before those that are not: side by side the free rate would
    hold for both. Otherwise they take turns, so that a small one doesn't wait for millions, nor for the correction of millions."""
    found: list[_Job] = []
    for _, group in groupby(sorted(jobs, key=_rank), key=_rank):
        equals = list(group)
        start = turn % len(equals)
        found += [*equals[start:], *equals[:start]]
    return found


def _rank(job: _Job) -> tuple[bool, bool]:
    return not subscriptions.is_urgent(job.notice), not job.notice.paid_rate or job.corrects
