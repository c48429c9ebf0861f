"""The languages that people can ask for and lawyers can speak, by their codes (data/languages.toml)."""

from __future__ import annotations

import pathlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

FILE = pathlib.Path(__file__).parent / "data" / "languages.toml"


@dataclass(frozen=True, slots=True)
class Language:
    """A language. label: in Chinese; own: as its speakers write it, empty where it is not written."""

    code: str
    label: str
    own: str = ""

    @property
    def button(self) -> str:
        """How it stands on a button, for those who read only one of the two."""
        return f"{self.label} {self.own}".rstrip()


@cache
def languages() -> Mapping[str, Language]:
    """All of them, in the order of the screen."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {code: Language(code, **table) for code, table in raw.items()}


def label(code: str | None) -> str:
    """What a language is called; 普通话 for none, and the code itself for one that is no longer in the list."""
    if code is None:
        return "普通话"
    known = languages().get(code)
    return known.label if known else code
