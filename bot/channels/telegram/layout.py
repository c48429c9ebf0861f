"""How a reply is laid out for Telegram: pieces of text within its limits, the title in bold, keyboards as plain data.

Telegram counts in UTF-16 units: a Chinese character is one, an emoji two.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from handlers.conversation import Button, Reply, clean

TEXT_UNITS = 4096
CAPTION_UNITS = 1024

_BREAKS = (("\n\n",), ("\n",), ("。", "！", "？", "；", "…", ". ", "! ", "? ", "; "), ("，", "、", ", ", " "))
"""Where a long text may be cut, best first: between paragraphs, lines, sentences, words."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One message's text. bold: how many UTF-16 units at its start are the title."""

    text: str
    bold: int = 0


@dataclass(frozen=True, slots=True)
class InlineKeyboard:
    """Buttons under a message."""

    rows: tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class MenuKeyboard:
    """The keyboard that stays at the bottom of the screen; without rows it is taken away."""

    rows: tuple[tuple[str, ...], ...]


Keyboard = InlineKeyboard | MenuKeyboard


def units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def split(text: str, limit: int = TEXT_UNITS) -> list[str]:
    """The text in parts of at most `limit` UTF-16 units, none of them blank, cut at the best place in the later half of each part."""
    parts = []
    rest = text.strip()
    while rest and (len(rest) > limit or units(rest) > limit):
        end = _fitting(rest, limit)
        cut = _cut(rest, end)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest:
        parts.append(rest)
    return parts


def _fitting(text: str, limit: int) -> int:
    """How many characters from the start fit into `limit` units."""
    end, used = 0, 0
    for character in text[:limit]:
        used += 2 if character > "\uffff" else 1
        if used > limit:
            break
        end += 1
    return end


def _cut(text: str, end: int) -> int:
    """Where to cut a text of which `end` characters fit."""
    for marks in _BREAKS:
        found = [at + len(mark) for mark in marks if (at := text.rfind(mark, end // 2, end)) >= 0]
        if found:
            return max(found)
    return end


def pieces(reply: Reply, limit: int = TEXT_UNITS) -> list[Piece]:
    """The reply's title and text as messages, in order; empty if there is nothing to read."""
    title = " ".join(clean(reply.title).split())
    whole = "\n".join(part for part in (title, clean(reply.text).strip()) if part)
    left = units(title)
    laid = []
    for part in split(whole, limit):
        bold = min(left, units(part))
        laid.append(Piece(part, bold))
        left = max(0, left - bold)
    return laid


def keyboard(reply: Reply) -> Keyboard | None:
    """The keyboard that goes with the reply's last message. A link that Telegram would refuse loses its button, not the message."""
    if reply.menu is not None:
        return MenuKeyboard(tuple(tuple(clean(label) for label in row) for row in reply.menu if row))
    rows = tuple(kept for row in reply.buttons if (kept := tuple(button for button in row if button.choice or _can_open(button.url))))
    return InlineKeyboard(rows) if rows else None


def _can_open(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # Telegram answers "Wrong HTTP URL" to a host without a dot, such as localhost.
    return parts.scheme == "tg" or (parts.scheme in {"http", "https"} and "." in (parts.hostname or ""))
