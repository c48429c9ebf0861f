"""How a reply is laid out for Telegram: pieces of text within its limits, what is bold in them, keyboards as plain data.

Telegram counts in UTF-16 units: a Chinese character is one, an emoji two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from handlers.conversation import Button, Reply, clean
from union import emphasis
from union.emphasis import Spans

TEXT_UNITS = 4096
CAPTION_UNITS = 1024

_BREAKS = (("\n\n",), ("\n",), ("。", "！", "？", "；", "…", ". ", "! ", "? ", "; "), ("，", "、", ", ", " "))
"""Where a long text may be cut, best first: between paragraphs, lines, sentences, words."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One message's text. bold: the title, and what is bold in the text, as (offset, length) in UTF-16 units."""

    text: str
    bold: tuple[tuple[int, int], ...] = ()


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
    return [text[start:end] for start, end in _parts(text, limit)]


def _parts(text: str, limit: int) -> Iterator[tuple[int, int]]:
    """From where and up to where each of these parts goes."""
    at = len(text) - len(text.lstrip())
    rest = text.strip()
    while rest:
        whole = len(rest) <= limit and units(rest) <= limit
        cut = len(rest) if whole else _cut(rest, _fitting(rest, limit))
        yield at, at + len(rest[:cut].rstrip())
        following = rest[cut:].lstrip()
        at += len(rest) - len(following)
        rest = following


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
    whole, bold = _whole(reply)
    return [_piece(whole[start:end], emphasis.within(bold, start, end)) for start, end in _parts(whole, limit)]


def _whole(reply: Reply) -> tuple[str, Spans]:
    """Title and text as one, and what is bold in it, in characters."""
    title = " ".join(clean(reply.title).split())
    text, bold = emphasis.joined((clean(part), is_bold) for part, is_bold in emphasis.runs_of(reply.text, reply.bold))
    kept = text.strip()
    blank = len(text) - len(text.lstrip())
    runs = emphasis.runs_of(kept, emphasis.within(bold, blank, blank + len(kept)))
    return emphasis.joined([(title, True), ("\n" if title and kept else "", False), *runs])


def _piece(text: str, bold: Spans) -> Piece:
    return Piece(text, tuple((units(text[:start]), units(text[start:end])) for start, end in bold))


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
