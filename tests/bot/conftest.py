"""What the tests of the running program share."""

from __future__ import annotations

import pytest

from handlers.turn import House
from knowledge import Knowledge
from knowledge.facts import Facts
from knowledge.statutes import Statutes
from tests.bot.world import RULES


@pytest.fixture(scope="session")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> House:
    """What every conversation may use."""
    return House(Knowledge.load(), RULES, Facts.load(), Statutes(tmp_path_factory.mktemp("statutes")))
