"""The HTTP side of the stand-in: calls in, files out, webhooks delivered, failures on demand."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from tests.botapi.methods import ALLOWED, ApiError, Upload, run
from tests.botapi.phone import Phone
from tests.botapi.state import Bot, Call, Fault, FaultKind


class BotApi:
    """A Bot API server for the given tokens on a free port of this machine; an async context manager."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self.files: dict[str, bytes] = {}
        self.violations: list[str] = []
        self._bots = {token: Bot(token, self.files) for token in tokens}
        self._couriers: list[asyncio.Task[None]] = []
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._on_call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._on_file)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.05)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self._couriers = [asyncio.create_task(self._deliver(bot)) for bot in self._bots.values()]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        for courier in self._couriers:
            courier.cancel()
        await asyncio.gather(*self._couriers, return_exceptions=True)
        if self._runner:
            await self._runner.cleanup()

    def bot(self, token: str) -> Bot:
        """What is known of a bot: commands, webhook, answered presses, waiting updates."""
        return self._bots[token]

    def phone(self, token: str, user_id: int, first_name: str = "王芳") -> Phone:
        """A person's phone, open at the chat with a bot."""
        return Phone(self._bots[token], user_id, first_name)

    def calls(self, token: str, method: str = "") -> list[Call]:
        """What a bot has called, oldest first."""
        return [call for call in self._bots[token].calls if method in {"", call.method}]

    def fail(
        self,
        token: str,
        method: str,
        kind: FaultKind,
        *,
        times: int = 1,
        after: int = 0,
        retry_after: int = 1,
        seconds: float = 60,
        description: str = "",
        chat_id: int | None = None,
    ) -> None:
        """Makes the next calls of a method fail; "*" is any, "file" a download."""
        more: dict[str, Any] = {"retry_after": retry_after, "seconds": seconds, "description": description, "chat_id": chat_id}
        self._bots[token].faults.append(Fault(method=method, kind=kind, times=times, after=after, **more))

    async def _on_call(self, request: web.Request) -> web.StreamResponse:
        bot = self._bots.get(request.match_info["token"])
        method = request.match_info["method"]
        if bot is None:
            return _error(ApiError(401, "Unauthorized"))
        params, uploads = await _read(request)
        call = Call(method=method, params=params, status=0)
        bot.calls.append(call)
        try:
            chat = params.get("chat_id")
            fault = bot.fault(method, int(chat) if isinstance(chat, int | str) else None)
            result = await self._do(bot, call, uploads, fault)
        except ApiError as error:
            call.status = error.code
            if error.violation:
                self.violations.append(f"{method}: {error.description}")
            return _error(error, html=bool(fault and fault.kind == "502"))
        except _CutError:
            if request.transport:
                request.transport.abort()
            return web.Response()
        finally:
            await bot.notify()
        call.status = 200
        return web.json_response({"ok": True, "result": result})

    async def _do(self, bot: Bot, call: Call, uploads: Mapping[str, Upload], fault: Fault | None) -> Any:
        if fault:
            if fault.kind == "disconnect":
                raise _CutError
            if fault.kind == "timeout":
                await asyncio.sleep(fault.seconds)
            elif fault.kind != "drop":
                raise ApiError(
                    int(fault.kind), fault.description or "on purpose", retry_after=fault.retry_after if fault.kind == "429" else 0
                )
        result = await _get_updates(bot, call.params) if call.method == "getUpdates" else run(bot, call.method, call.params, uploads)
        if fault and fault.kind == "drop":
            raise _CutError
        return result

    async def _on_file(self, request: web.Request) -> web.StreamResponse:
        bot = self._bots.get(request.match_info["token"])
        if bot is None:
            return _error(ApiError(401, "Unauthorized"))
        fault = bot.fault("file", None)
        data = self.files.get(request.match_info["path"].removeprefix("files/"))
        if fault and fault.kind in {"disconnect", "drop"}:
            response = web.StreamResponse(headers={"Content-Length": str(len(data or b"") + 1)})
            await response.prepare(request)
            await response.write(data or b"")
            if request.transport:
                request.transport.abort()
            return response
        if fault:
            return _error(ApiError(int(fault.kind), "on purpose"))
        return _error(ApiError(404, "Not Found")) if data is None else web.Response(body=data)

    async def _deliver(self, bot: Bot) -> None:
        """Brings a bot's updates to its webhook, one after the other, each until it is taken."""
        async with ClientSession(timeout=ClientTimeout(total=5)) as session:
            while True:
                await bot.until(lambda: bool(bot.webhook and bot.updates), 3600)
                update = bot.updates[0]
                headers = {"X-Telegram-Bot-Api-Secret-Token": str(bot.webhook.get("secret_token", ""))}
                status = 0
                try:
                    async with session.post(bot.webhook["url"], json=update, headers=headers) as response:
                        status = response.status
                except (ClientError, TimeoutError):
                    pass
                if status == 200:
                    bot.updates.remove(update)
                    await bot.notify()
                else:
                    await asyncio.sleep(0.05)


class _CutError(Exception):
    """The line is to be cut."""


async def _get_updates(bot: Bot, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    if unknown := set(params) - ALLOWED["getUpdates"]:
        raise ApiError(400, f"Bad Request: unknown parameters {sorted(unknown)}", violation=True)
    if bot.webhook:
        raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
    offset = int(params.get("offset", 0))
    bot.updates = [update for update in bot.updates if update["update_id"] >= offset]
    bot.poller += 1
    me = bot.poller
    await bot.notify()
    wanted = set(params.get("allowed_updates") or ())

    def found() -> list[dict[str, Any]]:
        return [u for u in bot.updates if not wanted or wanted & set(u)][: int(params.get("limit", 100))]

    deadline = time.monotonic() + float(params.get("timeout", 0))
    try:
        await bot.until(lambda: bool(found()) or bot.poller != me, max(0.01, deadline - time.monotonic()))
    except TimeoutError:
        return []
    if bot.poller != me:
        raise ApiError(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
    return found()


async def _read(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """The parameters, read as JSON where they are, and the files."""
    if request.content_type == "application/json":
        return dict(await request.json()), {}
    params: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            uploads[name] = (value.filename, value.file.read())
            continue
        params[name] = _value(name, str(value))
    # A library may send a file under the parameter's own name instead of attach://.
    for name in uploads.keys() & {"photo", "voice", "video", "document"}:
        params[name] = f"attach://{name}"
    return params, uploads


def _value(name: str, text: str) -> Any:
    if name in {"text", "caption", "url", "callback_query_id", "file_id", "secret_token", "short_description", "description"}:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _error(error: ApiError, *, html: bool = False) -> web.Response:
    if html:
        return web.Response(status=error.code, text="<html><h1>Bad Gateway</h1></html>", content_type="text/html")
    body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    if error.retry_after:
        body["parameters"] = {"retry_after": error.retry_after}
    return web.json_response(body, status=error.code)
