"""Settings: a wrong one ends the start with one sentence that names it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import PREFIX, Settings, read_settings

ROOT = Path(__file__).parents[2]
TOKEN = "123456789:AAEverySecretLetterOfAToken"
SECRET = "x" * 40


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without settings, in a folder without .env."""
    import os

    for name in list(os.environ):
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def complaint(monkeypatch: pytest.MonkeyPatch, **settings: str) -> str:
    """What is said about settings that are wrong."""
    for name, value in settings.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)
    with pytest.raises(SettingsError) as raised:
        read_settings()
    return str(raised.value)


BAD = [
    ("WEB_PORT", "abc"),
    ("WEB_PORT", "0"),
    ("WEB_PORT", "70000"),
    ("WEB_PORT", "12351.5"),
    ("MEMBER_TOKEN", "hello"),
    ("MEMBER_TOKEN", "12345:"),
    ("MEMBER_TOKEN", f"{TOKEN} "),
    ("DESK_TOKEN", "bot123:abc def"),
    ("TELEGRAM_API", "127.0.0.1:8081"),
    ("TELEGRAM_API", "ftp://example.org"),
    ("WEBHOOK_URL", "example.org"),
    ("WEBHOOK_URL", "https://"),
    ("DATABASE_URL", "mysql://localhost/x"),
    ("DATABASE_URL", "localhost:5432"),
    ("DATABASE_URL", "postgresql://user:password@host:port/database"),
    ("DATABASE_URL", "postgresql://user:password@host:99999/database"),
    ("DATABASE_URL", "postgresql://[::1/database"),
    ("DATABASE_URL", "postgresql://u:p@localhost/x?application_name=union"),
    ("SECRET_KEY", "short"),
    ("SECRET_KEY", f"{SECRET},short"),
    ("SECRET_KEY", f"{SECRET},"),
    ("CLOCK_SPEED", "0"),
    ("CLOCK_SPEED", "-1"),
    ("CLOCK_SPEED", "fast"),
    ("CLOCK_SPEED", "nan"),
    ("CLOCK_SPEED", "inf"),
    ("BULK_RATE", "0"),
    ("BULK_RATE", "nan"),
    ("LOG_LEVEL", "loud"),
    ("DEMO", "perhaps"),
    ("KNOWLEDGE_DIR", "nowhere"),
]


@pytest.mark.parametrize(("name", "value"), BAD, ids=[f"{name}={value[:24]}" for name, value in BAD])
def test_a_wrong_value_gives_one_sentence_that_names_its_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    said = complaint(monkeypatch, **{name: value})
    assert said.startswith(f"{PREFIX}{name}: ")
    assert said.endswith(".")
    assert "\n" not in said
    assert len(said) < 200


@pytest.mark.parametrize(
    ("name", "value"), [("MEMBER_TOKEN", "987654:a b c"), ("SECRET_KEY", "mypassword"), ("DATABASE_URL", "mysql://me:mypassword@h/x")]
)
def test_the_sentence_never_repeats_a_secret(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    said = complaint(monkeypatch, **{name: value})
    assert "mypassword" not in said
    assert "987654" not in said


def test_two_bots_can_not_share_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    said = complaint(monkeypatch, MEMBER_TOKEN=TOKEN, DESK_TOKEN=TOKEN)
    assert said.startswith("UNION_DESK_TOKEN: ")
    assert TOKEN not in said


def test_only_a_demonstration_may_run_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    said = complaint(monkeypatch, CLOCK_SPEED="60", DATABASE_URL="postgresql://u:p@localhost/x")
    assert said.startswith("UNION_CLOCK_SPEED: ")
    monkeypatch.setenv("UNION_DEMO", "true")
    assert read_settings().clock_speed == 60


@pytest.mark.parametrize("name", ["UNION_SWEEP_SECOND", "UNION_MEMBER_TOKENS", "union_web_prot"])
def test_a_misspelt_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(SettingsError, match=rf"^{name.upper()} is not a setting .*\.$"):
        read_settings()


@pytest.mark.parametrize("line", ["UNION_WEB_PROT=1", "export UNION_WEB_PROT=1", "  UNION_WEB_PROT = 1"])
def test_a_misspelt_setting_in_the_env_file_is_named(line: str) -> None:
    Path(".env").write_text(f"# mine\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="UNION_WEB_PROT"):
        read_settings()


def test_an_env_file_that_is_not_text_gives_one_sentence() -> None:
    Path(".env").write_bytes("UNION_WEB_HOST=本机".encode("gbk"))
    with pytest.raises(SettingsError, match=r"^\.env"):
        read_settings()


def test_the_environment_comes_before_the_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("UNION_WEB_PORT=1000\nUNION_LOG_LEVEL=DEBUG\n", encoding="utf-8")
    monkeypatch.setenv("UNION_WEB_PORT", "2000")
    settings = read_settings()
    assert (settings.web_port, settings.log_level) == (2000, "debug")


def test_an_option_of_the_command_line_comes_before_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNION_WEB_PORT", "2000")
    assert read_settings(web_port=3000, clock_speed=None).web_port == 3000


def test_an_option_of_the_command_line_that_is_wrong_names_its_setting() -> None:
    with pytest.raises(SettingsError, match=r"^UNION_WEB_PORT: "):
        read_settings(web_port=0)


def test_an_empty_setting_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", "")
    settings = read_settings()
    assert settings.member_token is None
    assert settings.web_port == 12351


def test_without_any_setting_it_is_a_demonstration_on_this_machine_only() -> None:
    settings = read_settings()
    assert settings.is_demo
    assert settings.is_loopback
    assert settings.clock_speed == 1


def test_with_a_database_of_ones_own_it_is_no_demonstration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNION_DATABASE_URL", "postgresql://u:p@localhost/x")
    assert not read_settings().is_demo


def test_the_secrets_are_not_shown_when_the_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"MEMBER_TOKEN": TOKEN, "SECRET_KEY": SECRET, "DATABASE_URL": "postgresql://u:mypassword@h/x"}.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)
    shown = repr(read_settings())
    assert TOKEN not in shown
    assert SECRET not in shown
    assert "mypassword" not in shown


def test_the_example_lists_every_setting_and_no_other() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = re.findall(r"^#?\s*(UNION_[A-Z_]+)=", text, re.MULTILINE)
    assert sorted(named) == sorted(f"{PREFIX}{name.upper()}" for name in Settings.model_fields)


def test_the_example_itself_can_be_used_as_it_is() -> None:
    Path(".env").write_text((ROOT / ".env.example").read_text(encoding="utf-8"), encoding="utf-8")
    assert read_settings().is_loopback
