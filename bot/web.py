"""The web application: the chat page, the webhooks, and what operators look at (health, metrics)."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from bot.channels.web.door import WebDoor
from bot.channels.web.routes import chat_router
from bot.errors import SettingsError
from bot.health import Health, metrics_text
from bot.logs import where

if TYPE_CHECKING:
    from bot.channels.telegram.door import TelegramDoor

log = structlog.get_logger()

LARGEST_UPDATE = 1024 * 1024
"""Bytes of a webhook's body at most; Telegram's are a few kilobytes."""


def build_web(door: WebDoor, health: Health, webhooks: Mapping[str, TelegramDoor], *, demo: bool) -> FastAPI:
    """The application. webhooks: the doors that receive by webhook, by the last part of their path."""
    app = FastAPI(title="union-bot", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(chat_router(door, demo=demo))

    @app.get("/health")
    async def health_page() -> JSONResponse:
        report = await health.report()
        return JSONResponse(report, status_code=200 if report["ok"] else 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(await metrics_text(health), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.post("/telegram/{bot}")
    async def webhook(bot: str, request: Request) -> Response:
        """Answers 200 only after the update is stored; Telegram sends it again otherwise."""
        telegram = webhooks.get(bot)
        if telegram is None:
            return Response(status_code=404)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_UPDATE:
                return Response(status_code=413)
        try:
            accepted = await telegram.take(bytes(body), request.headers.get("x-telegram-bot-api-secret-token"))
        except ValueError:
            return Response(status_code=400)
        except Exception as error:
            log.warning("webhook.interrupted", **where(error))
            return Response(status_code=503)
        return Response(status_code=200 if accepted else 403)

    return app


class WebServer(uvicorn.Server):
    """uvicorn, with the signals left to the program, which has more to finish than open requests."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Takes the port before anything else is started. Raises SettingsError naming the setting when it can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(1024)
    except OSError as error:
        sock.close()
        if isinstance(error, socket.gaierror):
            raise SettingsError(f"UNION_WEB_HOST: {host} is not an address of this machine.") from None
        name = "UNION_WEB_HOST" if error.errno == 99 else "UNION_WEB_PORT"
        reason = "is already taken by another program; choose another" if error.errno == 98 else f"can't be used ({error.strerror})"
        raise SettingsError(f"{name}: {host}:{port} {reason}.") from None
    sock.setblocking(False)
    return sock


def make_server(app: FastAPI) -> WebServer:
    """The server, to be run with `serve(sockets=[...])`."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
        http="httptools",
        loop="none",
    )
    return WebServer(config)
