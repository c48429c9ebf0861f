"""The sentences that every desk has ready (handlers/data/replies.toml)."""

from __future__ import annotations

import pathlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

FILE = pathlib.Path(__file__).parents[1] / "data" / "replies.toml"


@dataclass(frozen=True, slots=True)
class SharedReply:
    """A sentence. group: when it is used. kinds: the kinds of case that it fits; none means all."""

    code: str
    title: str
    group: str
    text: str
    kinds: tuple[str, ...] = ()


@cache
def shared_replies() -> Mapping[str, SharedReply]:
    """All of them, in the order of the screen."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {code: SharedReply(code, one["title"], one["group"], one["text"], tuple(one.get("for", ()))) for code, one in raw.items()}
