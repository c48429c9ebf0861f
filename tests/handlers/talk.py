"""Conversations in tests: what is said goes the way that dispatch takes, what comes back is what a screen would show.

await worker.say("我要维权")
await worker.press("同意")
assert "发生了什么" in worker.screen
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import sqlalchemy as sa
from openpyxl import load_workbook

from handlers import alerts, routes
from handlers.conversation import Button, FileKind, FileReference, Incoming, Kind, Reply, Side
from handlers.turn import House, State, Turn
from storage import inbox
from storage.models import Conversation, OutboxRow, OutboxStatus, StoredFile
from storage.outbox import Delivered, mark_sent
from storage.types import ConversationId, PersonId
from tests.union.world import RULES, World
from tests.work import begin_work
from union import room
from union.alerts import Fact
from union.emphasis import Spans

_events = itertools.count(1)


@dataclass
class Talk:
    """One conversation at one counter. shown: everything on its screen, oldest first; last: what the last thing done has brought."""

    world: World
    house: House
    side: Side
    door: str
    address: str
    shown: list[Reply] = field(default_factory=list)
    last: list[Reply] = field(default_factory=list)

    # ---- what a person does

    async def start(self, code: str = "") -> list[Reply]:
        """Opens the conversation, or follows a link with a code."""
        return await self._do(Kind.START, code)

    async def say(self, *texts: str) -> list[Reply]:
        """Types one message after the other."""
        for text in texts:
            await self._do(Kind.TEXT, text)
        return self.last

    async def say_bold(self, text: str, bold: str) -> list[Reply]:
        """Types a message in which some words are bold, as Telegram's apps make of `**`."""
        at = text.index(bold)
        return await self._do(Kind.TEXT, text, bold=((at, at + len(bold)),))

    async def press(self, *labels: str) -> list[Reply]:
        """Presses one button after the other; each is the newest on the screen with that label (or one that begins with it)."""
        for label in labels:
            await self._do(Kind.CHOICE, self.button(label).choice)
        return self.last

    async def choose(self, choice: str, *, ref: str = "") -> list[Reply]:
        """Sends a choice that may stand behind no button on the screen: an old one, or a forged one. ref: the message that holds the button."""
        return await self._do(Kind.CHOICE, choice, ref=ref)

    async def workbook(self) -> Any:
        """The workbook that the last message brought."""
        async with self.world.database.begin() as session:
            data = await session.scalar(sa.select(StoredFile.data).where(StoredFile.id == self.last[0].file))
        assert data is not None
        return load_workbook(BytesIO(data))

    async def pages(self) -> dict[str, list[tuple[Any, ...]]]:
        """The lines of every page of that workbook."""
        return {page.title: [tuple(cell.value for cell in row) for row in page.iter_rows()] for page in (await self.workbook()).worksheets}

    async def charts(self) -> list[str]:
        """The pages of that workbook that hold a chart."""
        return [page.title for page in (await self.workbook()).worksheets if page._charts]

    async def photo(self, *, caption: str = "", album: str = "", size: int = 90_000) -> list[Reply]:
        """Sends a photo."""
        file = FileReference(handle=f"photo-{next(_events)}", kind=FileKind.PHOTO, mime="image/jpeg", size=size)
        return await self._do(Kind.FILE, caption, file=file, group=album)

    async def document(self, name: str, size: int) -> list[Reply]:
        """Sends a document."""
        return await self._do(Kind.FILE, file=FileReference(handle=name, kind=FileKind.DOCUMENT, name=name, size=size))

    async def voice(self) -> list[Reply]:
        """Sends a voice message."""
        return await self._do(Kind.FILE, file=FileReference(handle="voice", kind=FileKind.VOICE, mime="audio/ogg", size=9_000))

    async def place(self, latitude: float, longitude: float) -> list[Reply]:
        """Shares a position."""
        return await self._do(Kind.PLACE, place=(latitude, longitude))

    async def contact(self, phone: str) -> list[Reply]:
        """Shares a contact card."""
        return await self._do(Kind.CONTACT, phone)

    async def edit(self, text: str) -> list[Reply]:
        """Changes an earlier message."""
        return await self._do(Kind.EDITED, text)

    async def sticker(self) -> list[Reply]:
        """Sends something that can't be read."""
        return await self._do(Kind.OTHER)

    async def do(self, kind: Kind) -> list[Reply]:
        """Blocks the bot, or lifts the block."""
        return await self._do(kind)

    async def _do(
        self,
        kind: Kind,
        text: str = "",
        *,
        file: FileReference | None = None,
        place: tuple[float, float] | None = None,
        group: str = "",
        ref: str = "",
        bold: Spans = (),
    ) -> list[Reply]:
        """One event, from the inbox to the outbox, in one transaction: what dispatch does."""
        world, now, vault = self.world, self.world.clock.now(), self.world.database.vault
        incoming = Incoming(
            door=self.door, address=self.address, event_id=str(next(_events)), side=self.side, kind=kind, at=now,
            text=text, file=file, place=place, group=group, message_ref=ref, bold=bold,
        )  # fmt: skip
        async with world.database.connect() as connection:
            arrival = inbox.Arrival(self.door, self.address, incoming.event_id, incoming.to_json())
            await inbox.store(connection, vault, [arrival], now)
            await inbox.ensure_conversation(connection, self.door, self.address, self.side, now)
        async with begin_work(world.database) as work:
            taken = await inbox.take(work.driver, vault, self.door, self.address, now)
            assert taken is not None
            incoming = Incoming.from_json(self.door, self.address, taken.event_id, taken.payload)
            turn = Turn(incoming, State.from_json(taken.state), taken.person_id, work, self.house, now)
            replies = await routes.handle(turn)
            await turn.work.flush()
            await inbox.finish(
                work.driver, vault, taken,
                state=turn.state.to_json(), person_id=turn.person_id,
                replies=[inbox.NewReply(r.to_json(), r.slot or None, r.edit or None) for r in replies],
                gone=kind is Kind.STOPPED, now=now,
            )  # fmt: skip
        self.last = [Reply.from_json(reply.to_json(), edit=reply.edit, slot=reply.slot) for reply in replies]
        self.shown += self.last
        return self.last

    # ---- what a person sees

    async def hears(self) -> list[Reply]:
        """Everything that waits for this person is delivered, and is on their device."""
        world, now = self.world, self.world.clock.now()
        self.last = []
        async with world.database.begin() as session:
            conversation = (await session.scalars(self._conversation())).one()
            query = sa.select(OutboxRow).where(OutboxRow.person_id == conversation.person_id, OutboxRow.side == self.side)
            for row in await session.scalars(query.where(OutboxRow.status == OutboxStatus.PENDING).order_by(OutboxRow.id)):
                assert conversation.person_id is not None
                assert row.params is not None
                reply = await alerts.render(session, Fact(row.kind), row.params, reader=conversation.person_id, rules=RULES, now=now)
                if reply is None:
                    row.status = OutboxStatus.MOOT
                    continue
                self.last.append(Reply.from_json(reply.to_json(), slot=row.slot or ""))
                delivered = Delivered(row.id, ConversationId(conversation.id), str(row.id), reached=True)
                await mark_sent(await session.connection(), [delivered], now)
                if row.kind in (Fact.ROOM_MESSAGE, Fact.ROOM_ANSWER):
                    await room.reached(session, row.params["message"], now, RULES)
        self.shown += self.last
        return self.last

    @property
    def screen(self) -> str:
        """The words of the last messages, titles and all."""
        return "\n".join(f"{reply.title}\n{reply.text}" for reply in self.last)

    @property
    def labels(self) -> list[str]:
        """The labels of the buttons under the last messages."""
        return [button.label for button in _buttons(self.last)]

    def button(self, label: str) -> Button:
        """The newest button with that label, or else the newest whose label begins with it."""
        for fits in (str.__eq__, str.startswith):
            for reply in reversed(self.shown):
                for button in _buttons([reply]):
                    if button.choice and fits(button.label, label):
                        return button
        raise AssertionError(f"no button {label!r}; the last ones are {self.labels}")

    # ---- what is remembered

    def _conversation(self) -> sa.Select[Conversation]:
        return sa.select(Conversation).where(Conversation.door == self.door, Conversation.address == self.address)

    async def person_id(self) -> PersonId | None:
        """Who this is, once they are somebody."""
        async with self.world.database.begin() as session:
            return (await session.scalars(self._conversation())).one().person_id

    async def state(self) -> State:
        """What the conversation remembers."""
        async with self.world.database.begin() as session:
            return State.from_json((await session.scalars(self._conversation())).one().state)


def _buttons(replies: list[Reply]) -> Iterator[Button]:
    return (button for reply in replies for row in reply.buttons for button in row)


@dataclass(frozen=True)
class Talks:
    """Begins conversations."""

    world: World
    house: House

    def stranger(self, side: Side = Side.MEMBER) -> Talk:
        """Somebody whom nobody knows yet."""
        return Talk(self.world, self.house, side, f"test-{side}", f"stranger-{next(_events)}")

    async def of(self, person_id: PersonId) -> Talk:
        """Somebody of the small city, at the door that they have."""
        async with self.world.database.begin() as session:
            found = (await session.scalars(sa.select(Conversation).where(Conversation.person_id == person_id))).one()
        return Talk(self.world, self.house, Side(found.side), found.door, found.address)


STORY = "老板拖欠我三个月工资不给"
EMPLOYER = "劲松饭店有限公司"


async def fill_in(worker: Talk, *, named: bool = True) -> None:
    """Fills in the intake form up to its summary; consent is given on the way if it was not yet."""
    await worker.say("我要维权")
    if "同意" in worker.labels:
        await worker.press("同意")
    await worker.say(STORY, EMPLOYER)
    await worker.press("朝阳", "劲松街道", "上个月")
    await worker.say("3万5")
    await worker.press("跳过")
    if named:
        await worker.press("留姓名电话")
        await worker.say("张三", "13900001234")
    else:
        await worker.press("匿名")


async def submit_case(worker: Talk, *, named: bool = True) -> int:
    """Fills the form in and sends it. Returns the number of the case."""
    await fill_in(worker, named=named)
    await worker.press("提交")
    return int(worker.button("看进度").choice.rpartition(":")[2])
