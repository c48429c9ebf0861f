"""What the tests of the running program share."""

from __future__ import annotations

import pytest

from handlers.turn import House
from knowledge import Knowledge
from tests.bot.world import RULES


@pytest.fixture(scope="session")
def rooms() -> House:
    """What every conversation may use."""
    return House(Knowledge.load(), RULES)
