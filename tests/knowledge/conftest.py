"""One Knowledge for all tests: loading takes most of a second, and it is read only."""

from __future__ import annotations

import pytest

from knowledge import Knowledge


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return Knowledge.load()
