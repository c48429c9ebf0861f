"""What Telegram lists under the button 菜单: commands that there are, within Telegram's limits."""

from __future__ import annotations

import pytest

from bot.channels.telegram.profiles import DESK, MEMBER, Profile
from handlers import desk
from handlers.worker import counter


def known(profile: Profile) -> set[str]:
    """The commands that the counter behind a bot takes. /start comes as an event of its own."""
    return {"/start", *(counter._COMMANDS if profile is MEMBER else desk._COMMANDS)}


@pytest.mark.parametrize("profile", [MEMBER, DESK], ids=["member", "desk"])
def test_every_command_that_is_listed_is_known(profile: Profile) -> None:
    assert {f"/{name}" for name, _ in profile.commands} - known(profile) == set()


@pytest.mark.parametrize(("profile", "name"), [(MEMBER, "follow"), (MEMBER, "notices"), (DESK, "notice"), (DESK, "surveys")])
def test_what_people_look_for_is_listed(profile: Profile, name: str) -> None:
    assert name in dict(profile.commands)


@pytest.mark.parametrize("profile", [MEMBER, DESK], ids=["member", "desk"])
def test_it_fits_what_telegram_takes(profile: Profile) -> None:
    """core.telegram.org/bots/api: BotCommand (256), setMyShortDescription (120), setMyDescription (512)."""
    assert max(len(text) for _, text in profile.commands) <= 256
    assert (len(profile.short) <= 120, len(profile.about) <= 512) == (True, True)
