"""Who is at the page: a browser's session by its cookie, or one of the demo's made-up people; and what protects them from other sites."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

import sqlalchemy as sa
from fastapi import HTTPException, Request, Response

from bot.channels.web import demo as made_up
from bot.channels.web.door import WEB, WebDoor
from bot.channels.web.limits import Rate
from handlers.conversation import Incoming, Kind, Side
from storage.models import WebSession

SESSION_DAYS = 180

COOKIES = {Side.MEMBER: "union_session", Side.DESK: "union_desk"}

_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at the page. address: theirs at this door."""

    address: str
    side: Side

    @property
    def mark(self) -> str:
        """What the browser may keep its unsent messages under: tells sessions apart and gives nothing away."""
        return hashlib.sha256(self.address.encode()).hexdigest()[:16]


class Visitors:
    """Lets people in and knows them again."""

    def __init__(self, door: WebDoor, *, demo: bool) -> None:
        self._door = door
        self._demo = demo
        # New sessions cost rows; nobody opens the page this often, but a script might.
        self._new_sessions = Rate(200, 10)

    def demo_here(self, request: Request) -> bool:
        """Whether the demo's switching of people is offered to this request: never over the network, nor through a proxy."""
        return self._demo and is_local(request)

    async def of(self, request: Request) -> Visitor:
        """Who asks. Raises 401 without a session, 403 for a made-up person where there is no demo."""
        visitor = await self._find(request)
        if visitor is None:
            raise HTTPException(401, "请刷新页面，重新开始对话。")
        return visitor

    async def enter(self, request: Request, response: Response) -> Visitor:
        """Who asks; somebody unknown becomes a new session, with its cookie, and the house is told of the start."""
        visitor = await self._find(request, greet=True)
        side = _side(request)
        if visitor is None:
            self._new_sessions.take("all", "现在来的人比较多，请稍后再试。")
            token = secrets.token_urlsafe(32)
            visitor = await self._create(side, token)
            self._set_cookie(request, response, side, token)
        elif not request.query_params.get("as"):
            self._set_cookie(request, response, side, request.cookies[COOKIES[side]])
        return visitor

    async def _find(self, request: Request, *, greet: bool = False) -> Visitor | None:
        person = request.query_params.get("as")
        if person:
            if not self.demo_here(request) or not person.isdecimal() or len(person) > 18:
                raise HTTPException(403, "这里不能切换身份。")
            address = await made_up.enter(self._door, int(person), greet=greet)
            if address is None:
                raise HTTPException(403, "没有这位演示人物。")
            return Visitor(address, Side.DESK)
        side = _side(request)
        token = request.cookies.get(COOKIES[side])
        return await self._by_token(side, token) if token else None

    async def _by_token(self, side: Side, token: str) -> Visitor | None:
        now = self._door.clock.now()
        mine = sa.and_(
            WebSession.token_hash == _fingerprint(token),
            WebSession.side == side,
            WebSession.last_seen_at > now - timedelta(days=SESSION_DAYS),
        )
        async with self._door.database.connect() as connection:
            row = (await connection.execute(sa.select(WebSession.address, WebSession.last_seen_at).where(mine))).first()
            if row is None:
                return None
            if row.last_seen_at < now - timedelta(hours=1):
                await connection.execute(sa.update(WebSession).where(mine).values(last_seen_at=now))
        return Visitor(row.address, side)

    async def _create(self, side: Side, token: str) -> Visitor:
        now = self._door.clock.now()
        address = f"s:{secrets.token_urlsafe(12)}"
        values = {"token_hash": _fingerprint(token), "side": side, "address": address, "created_at": now, "last_seen_at": now}
        async with self._door.database.connect() as connection:
            session_id = await connection.scalar(sa.insert(WebSession).values(values).returning(WebSession.id))
        start = Incoming(door=WEB, address=address, event_id=f"start:{session_id}", side=side, kind=Kind.START, at=now)
        # If this fails the cookie is never given out, and the row above is nobody's.
        await self._door.store([start])
        return Visitor(address, side)

    def _set_cookie(self, request: Request, response: Response, side: Side, token: str) -> None:
        https = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
        response.set_cookie(COOKIES[side], token, max_age=SESSION_DAYS * 86400, path="/", secure=https, httponly=True, samesite="strict")


def _side(request: Request) -> Side:
    return Side.DESK if request.query_params.get("side") == Side.DESK else Side.MEMBER


def _fingerprint(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def is_local(request: Request) -> bool:
    """Whether the browser runs on this machine and asked for it by a local name, directly.

    The name matters because a web page elsewhere can point its own name at 127.0.0.1; the headers because a proxy here may serve the world.
    """
    if request.client is None or any(name in request.headers for name in _FORWARDING):
        return False
    try:
        named_locally = urlsplit(f"//{request.headers.get('host', '')}").hostname in _LOCAL_NAMES
        return named_locally and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def refuse_other_sites(request: Request) -> None:
    """Raises 403 for a change that another site's page may have asked for (CSRF): our own page sends a header that others can't."""
    ours = {request.headers.get("host", ""), request.headers.get("x-forwarded-host", "")} - {""}
    origin = request.headers.get("origin")
    fetch_site = request.headers.get("sec-fetch-site", "same-origin")
    foreign = origin is not None and urlsplit(origin).netloc not in ours
    if request.headers.get("x-union") != "1" or foreign or fetch_site != "same-origin":
        raise HTTPException(403, "请求来源不对，请从工会服务页面操作。")
