"""Making what people type comparable: width, script, case, punctuation and common slips of the keyboard."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

# Marks put around a text so that a lexicon word can ask for the beginning or the end: 吗〉
BEGIN, END = "〈", "〉"
_PAUSES = dict.fromkeys(map(ord, ",。;；、！!…~～:：\n\r\t \u3000\u200b"), "，")
_DROPPED = dict.fromkeys([*range(9), *range(11, 13), *range(14, 32), 127, 0xFEFF, ord(BEGIN), ord(END)])
_REPEATED_PAUSE = re.compile("，{2,}")
# A text longer than this is read by its beginning and its end, where people say what they want.
LONGEST = 1500


class Normaliser:
    """Turns any text into the plain form the lexicon is written in."""

    def __init__(self, traditional: Mapping[str, str], slips: Mapping[str, str]) -> None:
        """`traditional` maps single characters; `slips` maps misspelt words to the right ones."""
        self._table: dict[int, str | None] = {**_PAUSES, **_DROPPED, ord("？"): "?"}
        self._table.update({ord(old): new for old, new in traditional.items()})
        self._slips = dict(slips)
        longest_first = sorted(slips, key=len, reverse=True)
        # A slip in Latin letters must stand alone: "sb" is 社保, "usb" is not.
        parts = [rf"(?<![a-z]){re.escape(s)}(?![a-z])" if s.isascii() else re.escape(s) for s in longest_first]
        self._slip_pattern = re.compile("|".join(parts)) if parts else None
        self._remembered = lru_cache(maxsize=4)(self._plain)

    def __call__(self, text: str) -> str:
        """The plain form, between BEGIN and END. Never raises. The last few are remembered: reading, citing and answering ask for the same one."""
        return self._remembered(text)

    def _plain(self, text: str) -> str:
        if len(text) > LONGEST:
            text = text[: LONGEST // 2] + "，" + text[-LONGEST // 2 :]
        if not text.isascii():
            text = unicodedata.normalize("NFKC", text)
        plain = text.translate(self._table).lower()
        plain = _REPEATED_PAUSE.sub("，", plain).strip("，")
        if self._slip_pattern is not None:
            plain = self._slip_pattern.sub(lambda m: self._slips[m.group()], plain)
        return f"{BEGIN}{plain}{END}"


def has_words(plain: str) -> bool:
    """Whether anything in a plain text could be read at all (letters or ideographs, not only marks and emoji)."""
    return any(c.isalnum() for c in plain)


@lru_cache(maxsize=4)  # reading, citing and answering ask for the same text's
def pieces(plain: str) -> frozenset[str]:
    """Every one, two and three characters in a row: what examples and messages are compared by."""
    pairs = map("".join, pairwise(plain))
    threes = map("".join, zip(plain, plain[1:], plain[2:], strict=False))
    return frozenset((*plain, *pairs, *threes))


_GREETING = re.compile(
    "〈(?:(?:工会|各位|领导|老师|律师|同志|师傅|亲|尊敬的|亲爱的)*(?:你们|你|您|大家|领导|老师|律师|同志|工会|早上|上午|中午|下午|晚上)好[啊呀吗]?|"
    "在吗|在么|在不在|有人吗|有人在吗|hello|hi|哈喽|喂|打扰一下|打扰了|打扰下|早)[，?]+"
)
_FAREWELL = re.compile("，(?:(?:谢谢|多谢|感谢|辛苦|麻烦|拜托|此致|敬礼|祝)[^，?〉]{0,5})?〉")


def without_courtesies(plain: str) -> str:
    """A plain text without the greetings before and the thanks after what is said; itself if it says nothing else."""
    while True:
        shorter = _FAREWELL.sub(END, _GREETING.sub(BEGIN, plain))
        if shorter == plain or not has_words(shorter):
            return plain
        plain = shorter
