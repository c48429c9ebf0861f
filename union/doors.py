"""What the doors take of a notice, and what their paid rate costs: data/doors.toml."""

from __future__ import annotations

import pathlib
import tomllib
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from functools import cache

DOORS_FILE = pathlib.Path(__file__).parent / "data" / "doors.toml"

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The narrowest of all doors. text, caption: UTF-16 units. photo, file: MB. label, url: characters."""

    text: int
    caption: int
    photo: int
    file: int
    label: int
    url: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What the paid rate costs at most: in Stars, and in 元 at the price of a Star that is set."""

    stars: Decimal
    yuan: Decimal


@dataclass(frozen=True, slots=True)
class Paid:
    """The paid rate. stars: for each message beyond the `free` ones of a second. rate: messages a second. yuan: about what a Star costs, 元."""

    stars: Decimal
    free: int
    rate: int
    yuan: Decimal
    worth_from: int

    def cost(self, people: int) -> Cost:
        """For a message to so many people. Only what goes beyond the free ones of each second is charged: at the full rate that is the largest share,
        whatever runs slower costs less. Rounded up to whole Stars and 元."""
        billed = Decimal(people) * (self.rate - self.free) / self.rate
        stars = billed * self.stars
        return Cost(_up(stars), _up(stars * self.yuan))


def _up(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1), ROUND_UP)


@cache
def limits() -> Limits:
    """What every door takes."""
    return Limits(**tomllib.loads(DOORS_FILE.read_text(encoding="utf-8"))["limits"])


@cache
def paid() -> Paid:
    """The paid rate as it is set."""
    raw = tomllib.loads(DOORS_FILE.read_text(encoding="utf-8"))["paid"]
    return Paid(Decimal(raw["stars"]), raw["free"], raw["rate"], Decimal(raw["yuan"]), raw["worth_from"])


def units(text: str) -> int:
    """The length of a text as the doors count it: in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2
