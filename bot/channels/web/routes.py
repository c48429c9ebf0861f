"""What the browser talks to: the page, its stream of events, and what a person sends. It only translates; the house is behind the door."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, HTTPException, Request, Response

from bot.channels.web import demo as made_up
from bot.channels.web import screen
from bot.channels.web.door import WebDoor
from bot.channels.web.files import give_out, read_upload
from bot.channels.web.hub import Crowded
from bot.channels.web.limits import Budget, Rate, read_body
from bot.channels.web.page import add_page
from bot.channels.web.stream import EventStream, events
from bot.channels.web.taking import take_in
from bot.channels.web.visitors import Visitor, Visitors, refuse_other_sites
from bot.channels.web.wire import BODY_LIMIT, TOO_LONG, Pictures, Said, malformed, object_of, revisions, said

MESSAGES = (30, 10.0)
"""Messages that one person may send, and in how many seconds."""

FILES = (60, 600.0)

FILE_MEMORY = 256 * 1024 * 1024
"""Bytes of uploads that may be in memory at once, in one process."""

_TOO_FAST = "发得太快了，请稍等几秒再发。"


class _Counter:
    """The routes' handlers, with what they share."""

    def __init__(self, door: WebDoor, *, demo: bool) -> None:
        self.door = door
        self.visitors = Visitors(door, demo=demo)
        self.pictures = Pictures(door.database.vault)
        self.messages = Rate(*MESSAGES)
        self.files = Rate(*FILES)
        self.budget = Budget(FILE_MEMORY)

    async def session(self, request: Request, response: Response) -> dict[str, Any]:
        """Lets the browser in. mark: what it may keep unsent messages under; demo: whether people can be switched here."""
        refuse_other_sites(request)
        visitor = await self.visitors.enter(request, response)
        response.headers["Cache-Control"] = "no-store"
        return {"mark": visitor.mark, "side": visitor.side, "demo": self.visitors.demo_here(request)}

    async def events(self, request: Request) -> Response:
        """The stream of what is on the screen."""
        visitor = await self.visitors.of(request)
        after = request.headers.get("last-event-id") or request.query_params.get("after") or ""
        if after and (not after.isdecimal() or len(after) > 18):
            raise malformed()
        if self.door.hub.closing:
            raise HTTPException(503, "正在重新启动，请稍候。", headers={"Retry-After": "2"})
        try:
            page = self.door.hub.join(visitor.address)
        except Crowded:
            raise HTTPException(429, "打开的页面太多了，请先关掉几个。", headers={"Retry-After": "30"}) from None
        stream = events(self.door, self.pictures, page, int(after) if after else None)
        return EventStream(self.door.hub, page, stream)

    async def history(self, request: Request) -> Response:
        """The messages before one, oldest first; more: whether there are still older ones."""
        visitor = await self.visitors.of(request)
        before = request.query_params.get("before", "")
        if not before.isdecimal() or len(before) > 18:
            raise malformed()
        async with self.door.database.connect() as connection:
            shown = await screen.latest(connection, visitor.address, before=int(before))
        return self._json({"messages": self._draw(visitor, shown), "more": len(shown) == screen.FIRST_PAGE})

    async def message(self, request: Request) -> Response:
        """Takes in a text, a pressed button or a place."""
        refuse_other_sites(request)
        visitor = await self.visitors.of(request)
        self.messages.take(visitor.address, _TOO_FAST)
        message = said(await read_body(request, BODY_LIMIT, TOO_LONG))
        shown = await take_in(self.door, visitor, message)
        return self._json({"message": self.pictures.of(visitor.address, shown), "revision": shown.revision})

    async def upload(self, request: Request) -> Response:
        """Takes in a file: the body is the file, all else is in the query."""
        refuse_other_sites(request)
        visitor = await self.visitors.of(request)
        self.messages.take(visitor.address, _TOO_FAST)
        self.files.take(visitor.address, "一会儿工夫发了很多文件，请过几分钟再发。")
        with self.budget.share() as share:
            own_id, upload = await read_upload(request, share)
            shown = await take_in(self.door, visitor, Said(own_id, {}), upload)
        return self._json({"message": self.pictures.of(visitor.address, shown), "revision": shown.revision})

    async def file(self, number: str, request: Request) -> Response:
        """A file that this person was shown."""
        visitor = await self.visitors.of(request)
        return await give_out(self.door, self.pictures, visitor, number, request)

    async def receipts(self, request: Request) -> Response:
        """Notes which revisions arrived at the page (delivered) and were in sight (read), and tells the house of the former."""
        refuse_other_sites(request)
        visitor = await self.visitors.of(request)
        data = object_of(await read_body(request, BODY_LIMIT, TOO_LONG))
        delivered, read = revisions(data, "delivered"), revisions(data, "read")
        async with self.door.database.connect() as connection:
            reached = await screen.undelivered(connection, visitor.address, [*delivered, *read])
        if reached:
            # First: if the house can't be told now, the receipt is not noted either, and the page sends it again.
            await self.door.report_reached(reached)
        async with screen.change_screen(self.door.database, visitor.address) as connection:
            await screen.mark_received(connection, visitor.address, delivered=delivered, read=read, now=self.door.clock.now())
        return self._json({"delivered": len(reached)})

    async def people(self, request: Request) -> Response:
        """The demo's people, to switch between."""
        if not self.visitors.demo_here(request):
            raise HTTPException(403, "这里不能切换身份。")
        groups = await made_up.people(self.door)
        return self._json({"worker": [{"id": 0, "label": "我（职工）", "unread": 0}], **groups})

    def _draw(self, visitor: Visitor, shown: list[screen.Shown]) -> list[dict[str, Any]]:
        return [self.pictures.of(visitor.address, message) for message in shown]

    @staticmethod
    def _json(data: dict[str, Any]) -> Response:
        return Response(orjson.dumps(data, option=orjson.OPT_UTC_Z), media_type="application/json", headers={"Cache-Control": "no-store"})


def chat_router(door: WebDoor, *, demo: bool) -> APIRouter:
    """The routes of the chat page. demo: the made-up people may be played from this machine's own browser."""
    router = APIRouter(include_in_schema=False)
    counter = _Counter(door, demo=demo)
    add_page(router)
    router.add_api_route("/chat/session", counter.session, methods=["POST"])
    router.add_api_route("/chat/events", counter.events, methods=["GET"])
    router.add_api_route("/chat/history", counter.history, methods=["GET"])
    router.add_api_route("/chat/messages", counter.message, methods=["POST"])
    router.add_api_route("/chat/files", counter.upload, methods=["POST"])
    router.add_api_route("/chat/files/{number}", counter.file, methods=["GET"])
    router.add_api_route("/chat/receipts", counter.receipts, methods=["POST"])
    router.add_api_route("/chat/demo/people", counter.people, methods=["GET"])
    return router
