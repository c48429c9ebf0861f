"""The key: given by the operator, or made once, kept closely, and never silently replaced."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.errors import SettingsError
from bot.keys import open_vault
from bot.settings import Settings
from storage.database import Database, open_database
from storage.migrate import check_key
from storage.types import Vault, WrongKey

SECRETS = ["a" * 40, "b" * 40]


def settings(data_dir: Path, secret: str | None = None) -> Settings:
    return Settings(_env_file=None, data_dir=data_dir, secret_key=secret)  # type: ignore[call-arg, arg-type]


def test_a_key_is_made_with_mode_0600_and_warned_about(tmp_path: Path) -> None:
    with capture_logs() as logs:
        open_vault(settings(tmp_path / "data"))
    file = tmp_path / "data" / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("key.made", "warning")]
    assert file.read_text().strip() not in str(logs)


def test_the_key_that_was_made_is_used_from_then_on(tmp_path: Path) -> None:
    sealed = open_vault(settings(tmp_path)).seal(b"x", "test")
    with capture_logs() as logs:
        assert open_vault(settings(tmp_path)).open(sealed, "test") == b"x"
    assert logs == []


def test_two_installations_make_different_keys(tmp_path: Path) -> None:
    sealed = open_vault(settings(tmp_path / "a")).seal(b"x", "test")
    with pytest.raises(WrongKey):
        open_vault(settings(tmp_path / "b")).open(sealed, "test")


@pytest.mark.parametrize("content", ["", "short", " " * 60, "\n"])
def test_a_key_file_that_is_too_short_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret.key").write_text(content)
    with pytest.raises(SettingsError, match=r"^UNION_SECRET_KEY: "):
        open_vault(settings(tmp_path))
    assert (tmp_path / "secret.key").read_text() == content


def test_a_key_file_that_is_no_text_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_bytes(bytes(range(128, 200)))
    with pytest.raises(SettingsError, match=r"^UNION_DATA_DIR: "):
        open_vault(settings(tmp_path))


def test_a_data_folder_that_is_a_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    with pytest.raises(SettingsError, match=r"^UNION_DATA_DIR: "):
        open_vault(settings(tmp_path / "data"))


def test_a_given_key_leaves_no_file(tmp_path: Path) -> None:
    open_vault(settings(tmp_path, SECRETS[0]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("between", [",", ", "])
def test_a_new_key_reads_what_the_old_one_wrote(tmp_path: Path, between: str) -> None:
    sealed = open_vault(settings(tmp_path, SECRETS[0])).seal(b"x", "test")
    both = open_vault(settings(tmp_path, between.join([SECRETS[1], SECRETS[0]])))
    assert both.open(sealed, "test") == b"x"
    assert open_vault(settings(tmp_path, SECRETS[1])).open(both.seal(b"y", "test"), "test") == b"y"


async def test_a_database_that_was_written_with_another_key_is_noticed_before_anything_is_read(
    database: Database, database_url: str
) -> None:
    await check_key(database)
    other = open_database(database_url, Vault(["another secret that is long enough to be taken"]))
    try:
        with pytest.raises(WrongKey):
            await check_key(other)
    finally:
        await other.close()
