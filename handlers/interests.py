"""The topics that people can say they want to hear of, by their codes (data/interests.toml)."""

from __future__ import annotations

import pathlib
import tomllib
from collections.abc import Mapping
from functools import cache

FILE = pathlib.Path(__file__).parent / "data" / "interests.toml"


@cache
def interests() -> Mapping[str, str]:
    """The label of each, in the order of the screen."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {code: str(table["label"]) for code, table in raw.items()}


def label(code: str) -> str:
    """What a topic is called; the code itself for one that is no longer in the list."""
    return interests().get(code, code)
