import subprocess
import sys

import pytest

from bot.channels.telegram.client import CallFailed, uses_proxy


@pytest.mark.parametrize(
    ("api", "expected"),
    [
        (None, True),
        ("https://tg.example.org", True),
        ("http://10.0.0.5:8081", True),
        ("http://127.0.0.1:8081", False),
        ("http://localhost:8081", False),
        ("http://[::1]:8081", False),
    ],
)
def test_a_server_on_this_machine_is_not_reached_through_a_proxy(api: str | None, expected: bool) -> None:
    assert uses_proxy(api) is expected


def test_a_failure_s_own_text_holds_nothing_but_the_code() -> None:
    assert str(CallFailed(400, "Bad Request: 'Wang Fang'")) == "the call failed with code 400"
    assert str(CallFailed(0, "https://api.telegram.org/bot111:secret/")) == "no answer"


def test_neither_library_is_loaded_before_its_door_is() -> None:
    code = "import bot.channels.telegram.door, sys; print({'aiogram', 'telegram', 'httpx', 'aiohttp'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"
