"""The little that a notice's text may be marked with: `**重点**` is bold, and a line that begins with `- ` is a line of a list. Nothing else.

The marks are read once, where the notice is composed. From there on a text is plain, with the places of what is bold beside it: a door draws
these, and what is filled in later (a person's name) can't be taken for a mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MARK = "**"
DASH, DOT = "- ", "· "
"""How a line of a list is written, and how it is shown. Of the same length."""

Spans = tuple[tuple[int, int], ...]
"""What is bold: from where, and up to where, in characters; in order, and none empty."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A text whose marks were read. unpaired: lines with a mark that has no other; empty: lines with nothing between two. Both from 1."""

    text: str
    bold: Spans = ()
    unpaired: tuple[int, ...] = ()
    empty: tuple[int, ...] = ()


def read(text: str) -> Marked:
    """Reads the marks of a text; those that are not right stay the characters they are, and their lines are named."""
    runs: list[tuple[str, bool]] = []
    unpaired, empty = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if number > 1:
            runs.append(("\n", False))
        between = (DOT + line.removeprefix(DASH) if line.startswith(DASH) else line).split(MARK)
        if len(between) % 2 == 0:
            unpaired.append(number)
            between[-2:] = [MARK.join(between[-2:])]
        inside = between[1::2]
        if not all(map(str.strip, inside)):
            empty.append(number)
        runs += [_run(part, bold=place % 2 == 1) for place, part in enumerate(between)]
    plain, spans = joined(runs)
    return Marked(plain, spans, tuple(unpaired), tuple(empty))


def _run(part: str, *, bold: bool) -> tuple[str, bool]:
    return (part, True) if bold and part.strip() else (f"{MARK}{part}{MARK}" if bold else part, False)


def runs_of(text: str, bold: Spans) -> list[tuple[str, bool]]:
    """The text cut into what is bold and what is not, in order, nothing left out."""
    runs, at = [], 0
    for start, end in bold:
        runs += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [*runs, (text[at:], False)]


def joined(runs: Iterable[tuple[str, bool]]) -> tuple[str, Spans]:
    """The text made of such parts, and where it is bold."""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    at = 0
    for part, bold in runs:
        if bold and part:
            spans.append((at, at + len(part)))
        parts.append(part)
        at += len(part)
    return "".join(parts), tuple(spans)


def within(bold: Spans, start: int, end: int) -> Spans:
    """What of it lies in a piece of the text, counted from where the piece begins."""
    return tuple((max(a, start) - start, min(b, end) - start) for a, b in bold if max(a, start) < min(b, end))


def marked(text: str, bold: Sequence[tuple[int, int]]) -> str:
    """The text with marks where it is bold, as its author would type them; bold over several lines is marked in each.

    For apps that make `**` into bold themselves, before anything is sent.
    """
    parts = []
    for part, is_bold in runs_of(text, tuple(bold)):
        parts.append("\n".join(map(_with_marks, part.split("\n"))) if is_bold else part)
    return "".join(parts)


def _with_marks(line: str) -> str:
    """The marks go around the words, not the blanks beside them."""
    words = line.strip()
    return line.replace(words, f"{MARK}{words}{MARK}", 1) if words else line
