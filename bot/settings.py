"""The settings: one frozen object, read once when the program starts and passed down. Environment or .env, prefix UNION_."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import SettingsError
from storage.database import asyncpg_url
from storage.types import SECRET_LENGTH

PREFIX = "UNION_"
MOST_PORTS = 65535
DATABASE_OPTIONS = frozenset({"host", "port", "sslmode", "ssl"})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(BaseSettings):
    """Every setting, with what it means; `.env.example` is tested against these fields."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    member_token: SecretStr | None = Field(None, description="token of the member bot (workers), from Telegram's BotFather")
    desk_token: SecretStr | None = Field(None, description="token of the desk bot (lawyers and staff)")
    telegram_api: str | None = Field(None, description="base address of another Bot API server, such as http://127.0.0.1:8081")
    database_url: SecretStr | None = Field(None, description="a PostgreSQL of your own: postgresql://user:password@host:5432/database")
    data_dir: Path = Field(
        Path(".data"), description="where the embedded PostgreSQL, the generated key and imported texts of laws are kept"
    )
    knowledge_dir: Path | None = Field(None, description="a folder of data files that stand in for the program's own, file by file")
    web_host: str = Field("127.0.0.1", description="address that the web page is served on")
    web_port: Annotated[int, Field(ge=1, le=MOST_PORTS)] = Field(12351, description="port that the web page is served on")
    webhook_url: str | None = Field(
        None, description="public https address of this program; set it to receive by webhook instead of polling"
    )
    secret_key: SecretStr | None = Field(
        None, description=f"at least {SECRET_LENGTH} characters; several, newest first, separated by commas"
    )
    demo: bool | None = Field(
        None, description="made-up people and the switcher on the page; on by default with the embedded database only"
    )
    clock_speed: Annotated[float, Field(gt=0, le=100_000)] = Field(1.0, description="how fast time passes, in demo mode only")
    bulk_rate: Annotated[float, Field(gt=0, le=1000)] = Field(28.0, description="notices a second that each bot may send at most")
    paid_rate: Annotated[float, Field(gt=0, le=1000)] = Field(
        1000.0, description="notices a second that each bot may send at most at Telegram's paid rate (0.1 Star each)"
    )
    log_level: str = Field("info", description="debug, info, warning or error")

    @property
    def is_demo(self) -> bool:
        """Whether this is a demonstration."""
        return self.database_url is None if self.demo is None else self.demo

    @property
    def statutes_folder(self) -> Path:
        """Where the official texts that were imported are kept."""
        return self.data_dir / "statutes"

    @property
    def is_loopback(self) -> bool:
        """Whether the page can only be reached from this machine."""
        return self.web_host in LOOPBACK

    @field_validator("member_token", "desk_token")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"\d+:[\w-]{3,}", value.get_secret_value()):
            raise ValueError("expected a token as BotFather gives it, such as 123456789:AAE…")
        return value

    @field_validator("telegram_api", "webhook_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", value):
            raise ValueError("expected an address that begins with https:// or http://")
        return value.rstrip("/") if value else value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                address = make_url(asyncpg_url(value.get_secret_value()))
            except (ArgumentError, ValueError):
                address = None
            if address is None or not 0 < (address.port or 1) <= MOST_PORTS:
                raise ValueError("expected an address like postgresql://user:password@host:5432/database")
            if set(address.query) - DATABASE_OPTIONS:
                raise ValueError(f"only {', '.join(sorted(DATABASE_OPTIONS))} can stand behind the question mark")
        return value

    @field_validator("knowledge_dir")
    @classmethod
    def _folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError("expected a folder that exists")
        return value

    @field_validator("secret_key")
    @classmethod
    def _secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and any(len(part) < SECRET_LENGTH for part in secrets_in(value)):
            raise ValueError(f"expected at least {SECRET_LENGTH} characters; `openssl rand -base64 48` makes a good one")
        return value

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.lower() not in ("debug", "info", "warning", "error"):
            raise ValueError("expected debug, info, warning or error")
        return value.lower()

    @model_validator(mode="after")
    def _together(self) -> Settings:
        if self.clock_speed != 1 and not self.is_demo:
            raise ValueError("UNION_CLOCK_SPEED: only a demonstration may run faster; set UNION_DEMO=true or leave it at 1.")
        if self.member_token and self.desk_token and self.member_token.get_secret_value() == self.desk_token.get_secret_value():
            raise ValueError("UNION_DESK_TOKEN: the two bots need tokens of their own; this one is the member bot's.")
        return self


def secrets_in(value: SecretStr) -> list[str]:
    """The secrets of UNION_SECRET_KEY, the newest first."""
    return [part.strip() for part in value.get_secret_value().split(",")]


def read_settings(**overrides: object) -> Settings:
    """Reads the settings. Raises SettingsError with one sentence that names the setting and what it should be."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    # pydantic-settings passes over a misspelt name in silence; the operator would believe that it holds.
    try:
        given = _given_names()
    except (OSError, ValueError):
        raise SettingsError(".env: the file can't be read; it should be text in UTF-8.") from None
    for name in sorted(given):
        if name not in known:
            raise SettingsError(f"{name} is not a setting of this program; see .env.example for those there are.")
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:
            raise SettingsError(message) from None
        raise SettingsError(f"{PREFIX}{str(first['loc'][0]).upper().removeprefix(PREFIX)}: {message}.") from None


def _given_names() -> set[str]:
    names = {name.upper() for name in os.environ if name.upper().startswith(PREFIX)}
    file = Path(".env")
    if file.is_file():
        for line in file.read_text(encoding="utf-8").splitlines():
            name = line.partition("=")[0].removeprefix("export ").strip().upper()
            if name.startswith(PREFIX):
                names.add(name)
    return names
