"""Logs carry the event, not the person: event names and numbers, never a text, a name or a token."""

from __future__ import annotations

import logging
import sys
import traceback

import structlog


def configure_logs(level: str) -> None:
    """Sets up logging to standard error: readable on a terminal, JSON lines elsewhere."""
    to_terminal = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=True) if to_terminal else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries' own loggers may quote addresses with tokens or bodies; only their serious complaints come through, without arguments.
    logging.basicConfig(level=logging.CRITICAL, force=True)


def where(error: BaseException) -> dict[str, str]:
    """An error for the log: its kind and the places it came through. Its text is left out, since it may quote what somebody wrote."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " > ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames)
    return {"error": type(error).__name__, "at": places}
