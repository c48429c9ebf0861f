"""The secret key: given by the operator, or made once and kept beside the data."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import structlog

from bot.errors import SettingsError
from bot.settings import Settings, secrets_in
from storage.types import SECRET_LENGTH, Vault

log = structlog.get_logger()


def open_vault(settings: Settings) -> Vault:
    """The vault with the operator's key, or with one that is made and kept under the data directory (mode 0600)."""
    if settings.secret_key is not None:
        return Vault(secrets_in(settings.secret_key))
    path = settings.data_dir / "secret.key"
    try:
        secret = path.read_text(encoding="ascii").strip() if path.exists() else _make(path)
    except (OSError, ValueError) as error:
        raise SettingsError(f"UNION_DATA_DIR: the key in {path} can't be used ({type(error).__name__}).") from None
    if len(secret) < SECRET_LENGTH:
        raise SettingsError(
            f"UNION_SECRET_KEY: the key in {path} is too short; restore the file or set the key that the data was written with."
        )
    return Vault([secret])


def _make(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_urlsafe(48)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    log.warning("key.made", file=path.name, advice="a real installation sets UNION_SECRET_KEY and keeps it apart from the data")
    return secret
