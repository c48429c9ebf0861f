"""Cutting a text into words: jieba with the words of our own lexicon in its dictionary.

Reading needs no cut (`text.pieces`), so that this is done only when somebody is told which words decided.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable
from functools import cached_property
from io import BytesIO
from threading import Lock
from typing import Any

RARE = 20  # words of the dictionary that occur less often are names and sayings: they would only cost memory
OURS = 2_000  # how often a word of our own is held to occur: more often than its parts by chance


def _is_common(line: bytes) -> bool:
    return int(line.split(b" ")[1]) >= RARE


class Cutter:
    """Cuts plain texts. No file is written anywhere and nothing is logged; the first cut loads the dictionary, a third of a second."""

    def __init__(self, own: Iterable[str]) -> None:
        """`own` are words that are kept whole: 停工留薪期, 竞业限制."""
        self._own = tuple(own)
        self._loading = Lock()

    def cut(self, plain: str) -> list[str]:
        """The words of a text in order; together they are the text."""
        with self._loading:  # two threads may ask first
            tokenizer = self._tokenizer
        return list(tokenizer.cut(plain, HMM=False))

    @cached_property
    def _tokenizer(self) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # jieba 0.42.1 has outdated escapes and reads its version through pkg_resources
            import jieba
        jieba.setLogLevel(logging.ERROR)
        tokenizer = jieba.Tokenizer()
        # jieba would keep the dictionary in a shared temporary file that it takes in unchecked: it is read anew instead.
        with tokenizer.get_dict_file() as dictionary:
            common = b"".join(line for line in dictionary if _is_common(line))
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(BytesIO(common))
        tokenizer.initialized = True
        for word in self._own:
            tokenizer.add_word(word, max(OURS, tokenizer.FREQ.get(word, 0)))
        return tokenizer
